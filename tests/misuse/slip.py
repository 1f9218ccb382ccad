"""What a slip is, and what comes of one: shared by the tables of slips and their test."""

import dataclasses
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import traitlets

import lessons_lib
from lessons_lib.quiet import keras, tf

LIBRARY = Path(lessons_lib.__file__).parent
LONGEST_SENTENCE = 400
OUR_KINDS = (ValueError, TypeError, OSError, AttributeError, traitlets.TraitError)


@dataclasses.dataclass(frozen=True)
class Slip:
    """A call that a learner gets wrong, and words of the sentence that answers it."""

    name: str
    call: Callable
    arguments: tuple
    options: dict[str, Any]
    says: str


def slip(name: str, call: Callable, /, *arguments: Any, says: str = "", **options: Any) -> Slip:
    """Writes a slip down as its call is written."""
    return Slip(name, call, arguments, options, says)


def what_comes(one: Slip) -> tuple[str, str]:
    """Makes the call; returns how it ends ("ours", "foreign", "answer"), and the words of it."""
    try:
        answer = one.call(*one.arguments, **one.options)
    except Exception as error:
        *_, last = traceback.extract_tb(error.__traceback__)
        # What NumPy's own code in C refuses ends at the line that called it, too.
        raised = (last.line or "").startswith("raise ")
        mine = Path(last.filename).is_relative_to(LIBRARY) and raised
        kind = isinstance(error, OUR_KINDS)
        words = str(error)
        # Python's own words for a wrong type or value end without a full stop.
        sentence = "\n" not in words and len(words) < LONGEST_SENTENCE and words.endswith(".")
        said = f"{type(error).__name__}: {error}"
        return ("ours" if mine and kind and sentence else "foreign"), said
    return "answer", repr(answer)


def state_of(value: Any) -> Any:
    """Takes down what a call could have changed of an argument, to be compared afterwards."""
    if isinstance(value, np.ndarray):
        return value.shape, value.dtype.str, value.tobytes()
    if isinstance(value, keras.Model):
        layers = tuple((layer.name, layer.trainable) for layer in value.layers)
        return layers, tuple(state_of(weight.numpy()) for weight in value.weights)
    if isinstance(value, list | tuple):
        return type(value).__name__, tuple(state_of(part) for part in value)
    if isinstance(value, dict):
        return tuple((key, state_of(part)) for key, part in value.items())
    if isinstance(value, tf.Tensor):
        return state_of(np.asarray(value)) if hasattr(value, "numpy") else None
    return repr(value) if isinstance(value, str | int | float | type(None)) else id(value)
