"""Values made plain, and put into words: what every stage of a check handles.

Plain means Python's and NumPy's own: tensors come as NumPy arrays, lists as tuples. So an answer is
right whether it is made with NumPy, TensorFlow or Keras.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

SHOWN_NUMBERS = 64
SHOWN_LINES = 12
LINE_WIDTH = 76
BUILTINS: tuple[type[Any], ...] = (int, float, complex, str, bytes)


@dataclass(frozen=True)
class Other:
    """A value that is neither a number, a text nor an array; equal only to the same object."""

    description: str
    identity: int


def plain(value: Any) -> Any:
    """Returns the value as Python's and NumPy's own: a copy that later changes do not reach."""
    if value is None or value is Ellipsis or isinstance(value, bool):
        return value
    for builtin in BUILTINS:
        if isinstance(value, builtin):
            return builtin(value)
    if isinstance(value, np.generic):
        return _plain_array(np.asarray(value)).item()
    if isinstance(value, np.ndarray):
        return _plain_array(np.array(value, copy=True, subok=False))
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return tuple(plain(item) for item in value)
    if type(value).__name__ == "TensorShape":
        return plain(value.as_list())
    if type(value).__name__ != "RaggedTensor" and callable(getattr(value, "numpy", None)):
        return plain(value.numpy())
    return Other(_describe_object(value), id(value))


def _plain_array(array: np.ndarray) -> np.ndarray:
    # TensorFlow's bfloat16 and float8 are no kind of number that NumPy knows.
    return array.astype(np.float32) if array.dtype.kind == "V" and not array.dtype.names else array


def _describe_object(value: Any) -> str:
    kind = type(value)
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if kind.__name__ in ("function", "builtin_function_or_method", "method"):
        return "a function"
    if kind.__name__ == "KerasTensor":
        return f"a symbolic tensor of shape {tuple(value.shape)}"
    if kind.__name__.endswith("Dataset"):
        return "a tf.data.Dataset"
    return f"an object of type {kind.__name__}"


def describe(value: Any) -> str:
    """Says what a plain value is, in a few words: ``"an array of shape (2, 3), uint8"``."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}, {value.dtype}"
    if isinstance(value, tuple):
        return f"{len(value)} values" if len(value) != 1 else "a tuple of 1 value"
    if isinstance(value, dict):
        return f"a dictionary of {len(value)}"
    if isinstance(value, Other):
        return value.description
    if isinstance(value, str):
        return "the text " + show(value)
    return show(value)


def describe_kind(value: Any) -> str:
    """Says what kind of thing a plain value is, without the value itself."""
    if isinstance(value, bool):
        return "True or False"
    names = {int: "a whole number", float: "a number", str: "a text", np.ndarray: "an array"}
    return names.get(type(value)) or describe(value)


def show(value: Any) -> str:
    """Writes a plain value in a few short lines, the same on every machine."""
    if isinstance(value, np.ndarray):
        text = _show_array(value)
    elif isinstance(value, float):
        text = f"{value:.6g}"
    elif isinstance(value, tuple):
        inside = ", ".join(_show_inside(item) for item in value[:SHOWN_NUMBERS])
        text = f"({inside}{',' if len(value) == 1 else ''})"
    elif isinstance(value, dict):
        text = "\n".join(f"{key}: {_show_inside(item)}" for key, item in value.items())
    elif isinstance(value, Other):
        text = value.description
    else:
        text = "..." if value is Ellipsis else repr(value)
    return shorten(text)


def _show_inside(value: Any) -> str:
    return describe(value) if isinstance(value, np.ndarray) else show(value)


def _show_array(array: np.ndarray) -> str:
    """Writes the numbers, a single channel without its brackets, and then shape and dtype."""
    single_channel = array.ndim > 2 and array.shape[-1] == 1
    numbers = np.array2string(
        array[..., 0] if single_channel else array,
        max_line_width=LINE_WIDTH,
        precision=4,
        suppress_small=True,
        separator=" ",
        threshold=SHOWN_NUMBERS,
        edgeitems=2,
        floatmode="maxprec",
        sign="-",
        legacy=False,
        formatter={"str_kind": lambda text: repr(str(text))},
    )
    lines = [line for line in shorten(numbers).splitlines() if line.strip()]
    return "\n".join([*lines, f"shape {array.shape}, {array.dtype}"])


def shorten(text: str) -> str:
    """Leaves out the middle of many lines and the ends of long ones."""
    lines = text.splitlines() or [""]
    if len(lines) > SHOWN_LINES:
        half = SHOWN_LINES // 2
        lines = [*lines[:half], " ...", *lines[-half:]]
    longest = 2 * LINE_WIDTH
    return "\n".join(line if len(line) <= longest else line[:longest] + " ..." for line in lines)


def capitalise(text: str) -> str:
    """Returns the text with a capital first letter, the rest as it is."""
    return text[:1].upper() + text[1:]


def put_label(label: str, text: str) -> str:
    """Puts a label before a text, whose further lines are indented below the first."""
    first, *others = text.splitlines() or [""]
    return "\n".join([label + first, *(" " * len(label) + line for line in others)])
