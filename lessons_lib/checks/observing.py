"""Second stage: watches an answer at work, case by case.

What it gives, which error it raises, what it changes. The learner's answer, the reference and the
wrong answers are all observed in the same way, with fresh inputs, so that they can be compared.
"""

import dis
import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lessons_lib.checks.errors import LearnersError, describe_error
from lessons_lib.checks.running import TimeLimitReached
from lessons_lib.checks.task import Task
from lessons_lib.checks.values import DEEPEST, MOST_ITEMS, plain

# What the bytecode of a function without statements consists of, in all Pythons we allow.
EMPTY_BODY = {"RESUME", "NOP", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST"}


class NotAttempted(Exception):
    """Raised instead of observations: nothing has been written yet."""


class UnfitAnswer(Exception):
    """Raised instead of observations: the answer cannot be looked at, in a sentence why.

    Attributes:
        name: of the misconception, a few words, or None.
    """

    def __init__(self, message: str, name: str | None = None) -> None:
        super().__init__(message)
        self.name = name


class BrokenTask(RuntimeError):
    """Raised where it is the task itself that fails, by a mistake of its author."""


@dataclass(frozen=True)
class Observation:
    """What an answer did in one case.

    Attributes:
        inputs: what it was given, made plain.
        value: what it gave, made plain; None if it raised.
        error: what it raised, or None.
        changes_inputs: whether it changed the arrays, lists or dictionaries it was given.
    """

    inputs: tuple
    value: Any
    error: LearnersError | None
    changes_inputs: bool


def observe(task: Task, answer: Any) -> list[Observation]:
    """Observes an answer in all cases of its task. To be called in a run with a limit.

    Raises:
        NotAttempted: the answer is still the placeholder.
        UnfitAnswer: it is not what the task asks for at all.
        BrokenTask: the task's cases cannot be made.
    """
    if answer is Ellipsis or (task.kind == "value" and _has_ellipsis(plain(answer))):
        raise NotAttempted
    _require_fit(task, answer)
    try:
        cases = list(task.cases())
    except Exception as error:
        raise BrokenTask(f"Task {task.name}: its own cases fail.") from error
    observations = [_observe_case(task, answer, inputs) for inputs in cases]
    if _is_untouched(answer, observations):
        raise NotAttempted
    return observations


def _has_ellipsis(value: Any) -> bool:
    items = value.values() if isinstance(value, dict) else value
    return value is Ellipsis or (isinstance(value, tuple | dict) and any(map(_has_ellipsis, items)))


def _require_fit(task: Task, answer: Any) -> None:
    """Raises `UnfitAnswer` unless an answer is of the kind, and takes the parameters, asked for."""
    if task.kind == "value":
        return
    if task.kind == "class":
        if not inspect.isclass(answer):
            raise UnfitAnswer(
                f"The answer is a class, {task.name}: give its name, without calling it.",
                "not the class itself",
            )
        return
    if not callable(answer):
        raise UnfitAnswer(
            f"Give the function itself, check.{task.name}({task.name}), without calling it; "
            f"what came is of type {type(answer).__name__}.",
            "not the function itself",
        )
    try:
        signature = inspect.signature(answer)
    except (TypeError, ValueError):  # some compiled functions tell no signature
        return
    try:
        signature.bind(*task.parameters)
    except TypeError as error:
        taken = ", ".join(signature.parameters) or "nothing"
        wanted = ", ".join(task.parameters) or "nothing"
        raise UnfitAnswer(
            f"{task.name} has to take {wanted}; yours takes {taken}.", "takes other parameters"
        ) from error


def _observe_case(task: Task, answer: Any, inputs: tuple) -> Observation:
    before, shown = _changeable(inputs), plain(inputs)
    value, error = None, None
    try:
        value = plain(_act(task, answer, inputs))
    except (TimeLimitReached, UnfitAnswer):
        raise
    except BaseException as raised:  # also an exit, or an interrupt that the answer raises
        error = describe_error(raised)
    return Observation(shown, value, error, not _are_same(before, _changeable(inputs)))


def _act(task: Task, answer: Any, inputs: tuple) -> Any:
    """Returns what the answer does with one case's inputs."""
    if task.observe is not None:
        return task.observe(answer, *inputs)
    return answer if task.kind == "value" else answer(*inputs)


def _changeable(value: Any, depth: int = 0) -> Any:
    """Returns a copy of what may be changed in a value; None in place of all else.

    Arrays, lists, dictionaries; of Keras' models and layers what is trainable, and the weights.
    """
    if depth > DEEPEST:
        return None
    if isinstance(value, np.ndarray):
        return _changeable(value.tolist(), depth) if value.dtype == object else value.copy()
    if isinstance(value, list | tuple):
        return [_changeable(item, depth + 1) for item in value[:MOST_ITEMS]]
    if isinstance(value, dict):
        return {key: _changeable(item, depth + 1) for key, item in value.items()}
    if hasattr(type(value), "trainable_weights"):
        layers = getattr(value, "_flatten_layers", lambda: [value])()
        return [[layer.trainable for layer in layers], [one.numpy() for one in value.weights]]
    return value if isinstance(value, int | float | str) else None


def _are_same(first: Any, second: Any) -> bool:
    if isinstance(first, np.ndarray) and isinstance(second, np.ndarray):
        return (
            first.dtype == second.dtype
            and first.shape == second.shape
            and first.tobytes() == second.tobytes()
        )
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(map(_are_same, first, second))
    if isinstance(first, dict) and isinstance(second, dict):
        return list(first) == list(second) and all(
            _are_same(first[key], second[key]) for key in first
        )
    return type(first) is type(second) and (first == second or first != first)


def _is_untouched(answer: Any, observations: Sequence[Observation]) -> bool:
    """Says whether an answer raises the placeholder's error, or is a function without a body."""
    errors = [observation.error for observation in observations]
    if any(error is not None and error.is_placeholder for error in errors):
        return True
    gives_nothing = all(one.value is None and one.error is None for one in observations)
    return gives_nothing and _has_empty_body(answer)


def _has_empty_body(answer: Any) -> bool:
    """Says whether a function's body is nothing but a docstring, ``...`` or ``pass``."""
    code = getattr(answer, "__code__", None)
    if not inspect.iscode(code):
        return False
    instructions = list(dis.get_instructions(code))
    returned = [step.argval for step in instructions if step.opname.endswith("CONST")]
    return {step.opname for step in instructions} <= EMPTY_BODY and returned == [None]
