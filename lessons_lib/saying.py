"""How sentences name what came: in a few words, on one line, whatever it is."""

import inspect
from collections.abc import Collection
from typing import Any

import numpy as np

LONGEST_TEXT = 40
LONGEST_QUOTED = 60
FEW_NUMBERS = 8


def say(value: Any) -> str:
    """Says what came, in a few words.

    >>> say(None), say("32"), say([1, 2]), say(np.zeros((2, 3), np.uint8))
    ('None', "the text '32'", 'a list of 2', 'uint8 of shape (2, 3)')
    """
    if value is None or isinstance(value, bool | int | float | complex | np.number | np.bool_):
        return f"{value}"[:LONGEST_TEXT]
    if isinstance(value, str | bytes):
        return f"the text {value[:LONGEST_TEXT]!r}"
    if inspect.isclass(value):
        return f"the class {value.__name__}"
    if inspect.isroutine(value):
        return f"the function {value.__name__}"
    if hasattr(value, "element_spec"):
        return "a tf.data set"
    if hasattr(value, "trainable_weights"):
        return "a Keras model" if hasattr(value, "layers") else "a Keras layer"
    if isinstance(value, np.ma.MaskedArray):
        return "a masked array (write .filled(value) behind it)"
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        return f"{getattr(value.dtype, 'name', value.dtype)} of shape {_shape(value)}"
    kind = type(value).__name__
    if isinstance(value, Collection):
        return f"a {kind} of {len(value)}"
    return f"{'an' if kind[0] in 'AEIOUaeiou' else 'a'} {kind}"


def quote(value: Any) -> str:
    """Writes texts, numbers, None and short lists as Python does, and says what else came.

    >>> quote("red"), quote([1, 2]), quote(np.zeros(3))
    ("'red'", '[1, 2]', 'float64 of shape (3,)')
    """
    if value is None or isinstance(value, str | bytes | int | float):
        return f"{value!r}"[:LONGEST_QUOTED]
    written = repr(value) if isinstance(value, list | tuple | dict) else "\n"
    return written if len(written) <= LONGEST_QUOTED and "\n" not in written else say(value)


def say_numbers(values: np.ndarray) -> str:
    """Lists the numbers of a small array, and says what a larger one is.

    >>> say_numbers(np.array([0.5, 0.6])), say_numbers(np.zeros((4, 4)))
    ('[0.5, 0.6]', 'float64 of shape (4, 4)')
    """
    return str(values.tolist()) if values.size <= FEW_NUMBERS else say(values)


def _shape(value: Any) -> tuple:
    try:
        return tuple(value.shape)
    except Exception:  # a tensor whose rank is not known yet
        return ("unknown",)
