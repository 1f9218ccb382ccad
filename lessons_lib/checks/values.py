"""Values made plain, and put into words: what every stage of a check handles.

Plain means Python's and NumPy's own: tensors come as NumPy arrays, lists as tuples. So an answer is
right whether it is made with NumPy, TensorFlow or Keras.
"""

import itertools
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

SHOWN_NUMBERS = 64
SHOWN_LINES = 12
LINE_WIDTH = 76
DEEPEST = 32  # lists within lists
MOST_ITEMS = 100_000  # in all lists of a result together
MOST_BYTES = 2**30  # of an array
MOST_DIGITS = 40
HEAD_ENDS = re.compile(r" (?:of|per|that|in|made) ")
PLURALS = {"is": "are", "has": "have", "holds": "hold", "goes": "go", "differs": "differ"}
# How each type makes a copy of its own of what may be a subclass with other methods.
COPIES: dict[type[Any], Callable[[Any], Any]] = {
    int: int.__int__,
    float: float.__float__,
    complex: complex.__complex__,
    str: str.__str__,
    bytes: lambda value: bytes.__add__(b"", value),
}


@dataclass(frozen=True)
class Other:
    """A value that is neither a number, a text nor an array; equal only to the same object."""

    description: str
    identity: int


def plain(value: Any) -> Any:
    """Returns the value as Python's and NumPy's own: a copy that later changes do not reach.

    Whatever else is in it, objects of a learner's own classes too, comes as an `Other`, so that
    nobody calls their methods any more. What is nested too deep, or holds too much, does too.
    """
    try:
        return _Plainer().plain(value)
    except _TooManyItems:
        return Other(f"a result of more than {MOST_ITEMS:,} items", id(value))


class _TooManyItems(Exception):
    """Raised by lists that hold too much together, or themselves."""


class _Plainer:
    """Makes one value plain, and counts its items, as a list may hold itself."""

    def __init__(self) -> None:
        self.items_left = MOST_ITEMS

    def plain(self, value: Any, depth: int = 0) -> Any:
        if value is None or value is Ellipsis or isinstance(value, bool):
            return value
        for builtin, copy in COPIES.items():
            if isinstance(value, builtin):
                return copy(value)
        if isinstance(value, np.generic):
            return self._plain_scalar(value, depth)
        if isinstance(value, np.ndarray):
            return self._plain_items_of(value, depth)
        if isinstance(value, dict | list | tuple):
            return self._plain_container(value, depth)
        if type(value).__name__ == "TensorShape":
            return self.plain(value.as_list(), depth + 1)
        if type(value).__name__ != "RaggedTensor" and callable(getattr(value, "numpy", None)):
            array = value.numpy()
            return (
                Other(_describe_object(value), id(value)) if array is value else self.plain(array)
            )
        return Other(_describe_object(value), id(value))

    def _plain_container(self, value: Any, depth: int) -> Any:
        kind = "dictionary" if isinstance(value, dict) else "list"
        if depth >= DEEPEST:
            return Other(f"a {kind} nested more than {DEEPEST} deep", id(value))
        if isinstance(value, dict):
            pairs = self._limited(dict.items(value))
            return {self._key(key): self.plain(item, depth + 1) for key, item in pairs}
        own_items = list.__iter__(value) if isinstance(value, list) else tuple.__iter__(value)
        return tuple(self.plain(item, depth + 1) for item in self._limited(own_items))

    def _limited(self, items: Iterable) -> list:
        taken = list(itertools.islice(items, self.items_left + 1))
        self.items_left -= len(taken)
        if self.items_left < 0:
            raise _TooManyItems
        return taken

    def _key(self, key: Any) -> str:
        key = self.plain(key, DEEPEST - 1)
        return key if isinstance(key, str) else show(key)

    def _plain_scalar(self, value: np.generic, depth: int) -> Any:
        item = _plain_array(np.asarray(value)).item()
        return Other(_describe_object(value), id(value)) if item is value else self.plain(item)

    def _plain_items_of(self, array: np.ndarray, depth: int) -> Any:
        if array.nbytes > MOST_BYTES:
            return Other(f"an array of shape {array.shape}, too large to be looked at", id(array))
        if array.dtype != object:
            return _plain_array(np.array(array, copy=True, subok=False))
        objects = np.empty(array.shape, object)
        for place, item in zip(np.ndindex(array.shape), self._limited(array.flat), strict=False):
            objects[place] = self.plain(item, depth + 1)
        return objects


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
    elif isinstance(value, int) and not isinstance(value, bool):
        text = _show_whole_number(value)
    else:
        text = "..." if value is Ellipsis else repr(value)
    return shorten(text)


def _show_whole_number(value: int) -> str:
    # Python refuses to write out more than 4,300 digits.
    digits = int(value.bit_length() * 0.30103) + 1
    return repr(value) if digits <= MOST_DIGITS else f"a whole number of about {digits:,} digits"


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
        formatter={"str_kind": lambda text: repr(str(text)), "object": _show_inside},
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


def agree(verb: str, name: str) -> str:
    """Returns a verb in the singular or the plural, as the name before it wants it.

    >>> agree("is", "the image"), agree("has", "the sample weights"), agree("is", "the loss")
    ('is', 'have', 'is')
    """
    head = HEAD_ENDS.split(name)[0].split()[-1:] or [""]
    is_plural = head[0].endswith("s") and not head[0].endswith("ss")
    return PLURALS.get(verb, verb) if is_plural and not name.startswith("what") else verb


def put_label(label: str, text: str) -> str:
    """Puts a label before a text, whose further lines are indented below the first."""
    first, *others = text.splitlines() or [""]
    return "\n".join([label + first, *(" " * len(label) + line for line in others)])
