"""Compares what was expected with what a learner's answer gave, and says the first difference.

Values come here `plain`: tensors as NumPy arrays, lists as tuples. So an answer is right whether
it is made with NumPy, TensorFlow or Keras; what counts is rank, shape, kind of numbers, values.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

RELATIVE_TOLERANCE = 1e-4
ABSOLUTE_TOLERANCE = 1e-5
SHOWN_NUMBERS = 64
SHOWN_LINES = 12
LINE_WIDTH = 76
KINDS_OF_ITEMS = {
    "b": "true or false",
    "i": "whole numbers",
    "u": "whole numbers",
    "f": "decimal numbers",
    "c": "complex numbers",
    "U": "texts",
    "S": "texts",
}


@dataclass(frozen=True)
class Difference:
    """The first difference between two values: a sentence, and both as short texts."""

    message: str
    expected: str
    got: str


@dataclass(frozen=True)
class Other:
    """A value that is neither a number, a text nor an array; equal only to the same object."""

    description: str
    identity: int


def plain(value: Any) -> Any:
    """Returns the value as Python's and NumPy's own: a copy that later changes do not reach."""
    if value is None or value is Ellipsis or isinstance(value, bool):
        return value
    for builtin in (int, float, complex, str, bytes):
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


def compare_values(
    name: str,
    expected: Any,
    got: Any,
    *,
    relative: float = RELATIVE_TOLERANCE,
    absolute: float = ABSOLUTE_TOLERANCE,
) -> Difference | None:
    """Returns the first difference of two plain values, or None where they are as good as equal.

    In this order: type, rank, shape, kind of numbers, NaN, range, values. The exact dtype
    does not count (float32 or float64), its kind does (whole or decimal numbers).

    Args:
        name: what the value is, to begin the sentence with: ``"the mask"``.
        expected: what the reference gave.
        got: what the learner's answer gave.
        relative: tolerance of decimal numbers, relative to the expected ones.
        absolute: tolerance of decimal numbers.
    """
    if isinstance(expected, tuple) and isinstance(got, np.ndarray) and got.ndim == 1:
        got = tuple(got.tolist())
    sentence = _type_difference(expected, got)
    if sentence is None and isinstance(expected, tuple | dict):
        return _compare_items(name, expected, got, relative, absolute)
    if sentence is None and isinstance(expected, np.ndarray):
        sentence = _array_difference(expected, got, relative, absolute)
    elif sentence is None and isinstance(expected, int | float | complex):
        if not _is_close(got, expected, relative, absolute):
            sentence = f"is {show(got)}; expected {show(expected)}"
    elif sentence is None and expected != got:
        sentence = f"is {describe(got)}; expected {describe(expected)}"
    if sentence is None:
        return None
    return Difference(f"{capitalise(name)} {sentence}.", show(expected), show(got))


def _is_close(got: Any, expected: Any, relative: float, absolute: float) -> bool:
    if isinstance(got, int) and isinstance(expected, int):
        return got == expected
    try:
        return bool(np.isclose(got, expected, rtol=relative, atol=absolute, equal_nan=True))
    except (OverflowError, TypeError):  # a whole number beyond what a float holds
        return False


def capitalise(text: str) -> str:
    """Returns the text with a capital first letter, the rest as it is."""
    return text[:1].upper() + text[1:]


def _compare_items(
    name: str, expected: Any, got: Any, relative: float, absolute: float
) -> Difference | None:
    keys = list(expected) if isinstance(expected, dict) else range(len(expected))
    got_keys = list(got) if isinstance(got, dict) else range(len(got))
    if list(keys) != list(got_keys):
        sentence = f"{capitalise(name)} is {describe(got)}; expected {describe(expected)}."
        return Difference(sentence, show(expected), show(got))
    for key in keys:
        difference = compare_values(
            f"{name}[{key!r}]", expected[key], got[key], relative=relative, absolute=absolute
        )
        if difference is not None:
            return Difference(difference.message, show(expected), show(got))
    return None


def _type_difference(expected: Any, got: Any) -> str | None:
    """Compares types: a whole number may stand for a decimal one, not the other way round."""
    if isinstance(got, np.ndarray) and got.ndim == 0 and not isinstance(expected, np.ndarray):
        got = got.item()
    if isinstance(expected, np.ndarray) and expected.ndim == 0 and np.isscalar(got):
        return None
    fits = type(expected) is type(got) or (isinstance(expected, float) and type(got) is int)
    return None if fits else f"is {describe(got)}; expected {describe(expected)}"


def _array_difference(
    expected: np.ndarray, got: np.ndarray, relative: float, absolute: float
) -> str | None:
    got = np.asarray(got)
    if got.ndim != expected.ndim:
        return (
            f"has {got.ndim} axes (shape {got.shape}); "
            f"expected {expected.ndim} (shape {expected.shape})"
        )
    if got.shape != expected.shape:
        return f"has shape {got.shape}; expected {expected.shape}"
    kind, expected_kind = (
        KINDS_OF_ITEMS.get(array.dtype.kind, "objects") for array in (got, expected)
    )
    if kind != expected_kind:
        return f"holds {kind} ({got.dtype}); expected {expected_kind} ({expected.dtype})"
    if expected.dtype.kind not in "iufcb":
        equal = got == expected
    elif expected.dtype.kind in "fc":
        new_nan = np.isnan(got) & ~np.isnan(expected)
        if new_nan.any():
            return f"holds NaN (not a number) in {new_nan.sum()} of {got.size} places"
        equal = np.isclose(got, expected, rtol=relative, atol=absolute, equal_nan=True)
    else:
        equal = got == expected
    if equal.all():
        return None
    return _range_difference(expected, got, absolute) or _value_difference(expected, got, equal)


def _range_difference(expected: np.ndarray, got: np.ndarray, absolute: float) -> str | None:
    """Says the range where the values leave the one expected."""
    if expected.dtype.kind not in "iuf" or not np.isfinite(expected).all():
        return None
    low, high = expected.min().item(), expected.max().item()
    got_low, got_high = got.min().item(), got.max().item()
    if got_low >= low - absolute and got_high <= high + absolute:
        return None
    return f"goes from {show(got_low)} to {show(got_high)}; expected {show(low)} to {show(high)}"


def _value_difference(expected: np.ndarray, got: np.ndarray, equal: np.ndarray) -> str:
    first = tuple(int(index) for index in np.argwhere(~equal)[0])
    place = f" at {list(first)}" if first else ""
    return (
        f"differs in {(~equal).sum()} of {equal.size} values, the first{place}: "
        f"{show(got[first].item())}, expected {show(expected[first].item())}"
    )
