"""What a beginner passes by mistake, said in one sentence: numbers, texts, arrays, labels, models.

Every public function looks at its arguments by these before it does anything, so that a mistake is
told where it was made, in the words of the lessons. Nothing here imports TensorFlow.
"""

import inspect
import itertools
import math
import operator
import os
from collections.abc import Iterable, Mapping, Set
from typing import Any

import numpy as np

from lessons_lib.classes import Classes
from lessons_lib.saying import say
from lessons_lib.settings import shown, why_no_path

LARGEST_SIDE = 4096  # pixels; a batch of larger pictures fits into no learner's memory
MOST_LABELS = 256  # a mask holds a byte for each pixel
MOST_FILTERS = 16_384
LARGEST_SEED = 2**32 - 1  # NumPy's
VALUES_LISTED = 8


def list_values(mask: np.ndarray) -> str:
    """Lists the values that a mask holds, in order, at most eight of them.

    >>> list_values(np.array([[3, 1], [1, 255]])), list_values(np.arange(9))
    ('1, 3, 255', '0, 1, 2, 3, 4, 5, 6, 7, …')
    """
    values = np.unique(mask).tolist()
    listed = ", ".join(str(value) for value in values[:VALUES_LISTED])
    return f"{listed}, …" if len(values) > VALUES_LISTED else listed


def require_whole(
    name: str,
    value: Any,
    *,
    least: int | None = None,
    most: int | None = None,
    problem: type[ValueError] = ValueError,
) -> None:
    """Raises TypeError for what is no whole number, ValueError for one that is out of range."""
    try:
        number = None if isinstance(value, bool | np.bool_) else operator.index(value)
    except Exception:  # of arrays, tensors and other libraries' numbers, each has its own
        number = None
    if number is None:
        hint = "; write it without quotation marks" if isinstance(value, str) else ""
        if isinstance(value, float | np.floating) and value == value // 1:
            hint = f"; write int({value}), or // for a division"
        raise TypeError(f"{name} must be a whole number, but {say(value)} came{hint}.")
    if least is not None and number < least:
        raise problem(f"{name} must be at least {least}, but {number} came.")
    if most is not None and number > most:
        raise problem(f"{name} must be at most {most}, but {say(number)} came.")


def require_number(
    name: str, value: Any, *, above: float | None = None, least: float | None = None
) -> None:
    """Raises TypeError for what is no number, ValueError for NaN, infinity or one out of range."""
    number = None
    plain = None if isinstance(value, bool | np.bool_ | str | bytes) else _plain(value)
    if plain is not None and plain.ndim == 0 and plain.dtype.kind in "iuf":
        number = float(plain)
    if number is None:
        raise TypeError(f"{name} must be a number, but {say(value)} came.")
    if not math.isfinite(number):
        raise ValueError(f"{name} must be a finite number, but {number} came.")
    if above is not None and number <= above:
        raise ValueError(f"{name} must be above {above}, but {number} came.")
    if least is not None and number < least:
        raise ValueError(f"{name} must be at least {least}, but {number} came.")


def require_flag(name: str, value: Any) -> None:
    """Raises TypeError unless the value is True or False: any text, "False" too, counts as true."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be True or False, but {say(value)} came.")


def require_mapping(name: str, value: Any, held: str) -> None:
    """Raises TypeError for what is no dictionary from names to what is ``held``."""
    if not isinstance(value, Mapping):
        raise TypeError(
            f"{name} must be a dictionary from names to {held}, but {say(value)} came; write "
            "{'name': value}."
        )


def require_text(name: str, value: Any) -> None:
    """Raises TypeError for what is no text."""
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a text in quotation marks, but {say(value)} came.")


def is_listed(value: Any) -> bool:
    """Whether a value holds others in an order, and says how many: no text, set or class."""
    if isinstance(value, str | bytes | Mapping | Set) or inspect.isclass(value):
        return False
    if hasattr(value, "element_spec"):  # a tf.data set, which has no places
        return False
    try:
        return len(value) >= 0
    except Exception:  # of tensors without a length and of endless sets, each has its own
        return False


def read_few(name: str, values: Any, most: int) -> list:
    """Returns a few values as a list; raises TypeError or ValueError for none, or for too many."""
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        raise TypeError(f"{name} must be a list, but {say(values)} came; write it in brackets.")
    try:
        read = list(itertools.islice(values, most + 1))
    except Exception:  # of tensors that have no values, each has its own
        raise TypeError(f"{name} must be a list, but {say(values)} came.") from None
    if len(read) > most:
        raise ValueError(f"{name} must be at most {most}, but more came.")
    return read


def require_texts(name: str, value: Any) -> None:
    """Raises TypeError for what is no list of texts, such as a single one."""
    if not is_listed(value) or not all(isinstance(one, str) for one in value):
        raise TypeError(f"{name} must be a list of texts, but {say(value)} came; write ['name'].")


def require_path(name: str, value: Any) -> None:
    """Raises TypeError for what cannot be a file's path."""
    if not isinstance(value, str | os.PathLike):
        raise TypeError(f"{name} must be the path of a file, but {say(value)} came.")


def require_folder_path(name: str, value: Any) -> None:
    """Raises TypeError for what cannot be a folder's path, ValueError for one that none has."""
    if not isinstance(value, str | os.PathLike):
        raise TypeError(f"{name} must be the path of a folder, but {say(value)} came.")
    reason = why_no_path(value)
    if reason:
        raise ValueError(
            f"{name} must be the path of a folder, but '{shown(value)}' {reason}; name another one."
        )


def require_file_path(name: str, value: Any) -> None:
    """Raises as ``require_path``, and ValueError for a path that no file here can have."""
    require_path(name, value)
    reason = why_no_path(value)
    if reason:
        raise ValueError(
            f"{name} must be the path of a file, but '{shown(value)}' {reason}; name another file."
        )


def require_model(name: str, value: Any, *, instead: str = "") -> None:
    """Raises TypeError for what is no Keras model, ValueError for one that has no weights yet.

    Args:
        name: of the argument.
        value: what came.
        instead: what to do, behind a semicolon.
    """
    if not (hasattr(value, "layers") and hasattr(value, "trainable_weights")) or inspect.isclass(
        value
    ):
        hint = "; call it, to get what it makes" if callable(value) else instead and f"; {instead}"
        raise TypeError(f"{name} must be a Keras model, but {say(value)} came{hint}.")
    if not getattr(value, "built", True) or not getattr(value, "inputs", None):
        raise ValueError(
            f"{name} has no weights yet, since it does not know its images' shape; "
            "begin it with keras.Input((height, width, channels))."
        )


def require_classes(classes: Any) -> None:
    """Raises TypeError for what says no classes, such as names or their number alone."""
    if not isinstance(classes, Classes):
        raise TypeError(
            f"classes must be what make_classes returns, but {say(classes)} came; "
            "write classes=make_classes(names)."
        )


def require_ignored(ignore_class: Any) -> None:
    """Raises TypeError or ValueError for what is no label of ignored pixels; None is none."""
    if ignore_class is not None:
        require_whole("ignore_class", ignore_class, least=-(2**31), most=2**31 - 1)


def read_numbers(name: str, values: Any) -> np.ndarray:
    """Returns what holds numbers as an array; raises TypeError where it holds none."""
    array = None if isinstance(values, dict | set | str | bytes) else _plain(values)
    if array is None or array.dtype.kind not in "iufb":
        raise TypeError(
            f"{name}: expected an array of numbers, in rows of equal length, but {say(values)} "
            f"came{_what_is_held(array)}."
        )
    return array


def read_finite(name: str, values: Any) -> np.ndarray:
    """Returns finite numbers as an array; raises as ``read_numbers``, ValueError for NaN too."""
    array = read_numbers(name, values)
    if not np.isfinite(array).all():
        raise ValueError(f"{name}: expected finite numbers, got NaN or infinity.")
    return array


def read_labels(
    name: str, labels: Any, num_classes: int, ignore_class: int | None = None
) -> np.ndarray:
    """Returns labels as an array.

    Raises:
        TypeError: they are no numbers.
        ValueError: they are no integers, or one is neither a class nor to be ignored.
    """
    array = read_numbers(name, labels)
    if not np.issubdtype(array.dtype, np.integer):
        raise ValueError(
            f"{name} must hold integer labels, but came as {array.dtype}; if these are logits "
            "or probabilities, pass them through create_mask, else make them integers."
        )
    require_labels(name, array, num_classes, ignore_class)
    return array


def require_labels(
    name: str, labels: np.ndarray, num_classes: int, ignore_class: int | None = None
) -> None:
    """Raises ValueError where an integer is neither a class nor to be ignored."""
    strange = find_strange_labels(name, labels, num_classes, ignore_class)
    if strange:
        raise ValueError(strange)


def find_strange_labels(
    name: str, labels: np.ndarray, num_classes: int, ignore_class: int | None = None
) -> str | None:
    """Says which labels are neither a class nor to be ignored; None where all are."""
    counted = labels if ignore_class is None else labels[labels != ignore_class]
    if not counted.size or 0 <= counted.min() <= counted.max() < num_classes:
        return None
    hint = "trimap values 1 to 3 become labels by normalize"
    if counted.max() == 255 and ignore_class is None:
        hint = "255 may stand for ignored pixels where that is said (ignored=True in make_classes)"
    return (
        f"{name} must hold the labels 0 to {num_classes - 1}, but {list_values(counted)} came; "
        f"{hint}."
    )


def _plain(values: Any) -> np.ndarray | None:
    """Returns an array where NumPy can make one."""
    if hasattr(values, "element_spec"):  # a tf.data set, which may have no end
        return None
    if np.ma.is_masked(values):  # NumPy would count what is masked
        return None
    try:
        array = np.asarray(values)
    except Exception:  # other libraries' tensors each have their own
        return None
    return array.astype(np.float32) if array.dtype.name == "bfloat16" else array


def _what_is_held(array: np.ndarray | None) -> str:
    if array is None or not array.ndim:
        return ""
    kinds = {"U": "text", "S": "text", "O": "objects", "c": "complex numbers"}
    return f", which holds {kinds.get(array.dtype.kind, array.dtype.name)}"
