"""Watches an answer at work: what it gives for each case, which error it raises, what it changes.

The reference, the known wrong answers and the learner's answer are all observed in the same way,
with fresh inputs, so that they can be compared.
"""

import copy
import dis
import inspect
import linecache
import re
import sysconfig
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lessons_lib.checks.compare import plain, shorten
from lessons_lib.checks.running import TimeLimitReached
from lessons_lib.checks.task import PLACEHOLDER, Task

LIBRARY_FOLDERS = tuple(
    {
        str(Path(__file__).resolve().parents[1]),
        *(sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")),
    }
)
LONGEST_MESSAGE = 200
# What the bytecode of a function without statements consists of, in all Pythons we allow.
EMPTY_BODY = {"RESUME", "NOP", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST"}
TERMINAL_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
TENSORFLOW_NODES = re.compile(r"\{\{[^}]*\}\}\s*")
# TensorFlow rewrites functions of tf.data pipelines, and marks the user's lines by an asterisk.
REWRITTEN_LINE = re.compile(r'File "[^"]*", line (\d+), in \S+\s+\*\s*\n\s*(\S.*)')
LAYER_COUNTER = re.compile(r"(?<=[a-z])_\d+\b")  # Keras numbers layers: concatenate_3
ERROR_LINE = re.compile(r"^\s*\w+(?:Error|Exception): (.*)", re.MULTILINE)


class UnfitAnswer(Exception):
    """Raised by a task's ``observe``: the answer is nothing it can look at, in a sentence."""


@dataclass(frozen=True)
class LearnersError:
    """An error that an answer raised, without the library's own traceback.

    Attributes:
        kind: the name of its type.
        message: its first line that says something.
        line: the number of the line in the learner's cell, or None.
        code: the text of that line.
        is_placeholder: whether it says that nothing has been written yet.
    """

    kind: str
    message: str
    line: int | None
    code: str
    is_placeholder: bool

    def is_like(self, other: "LearnersError") -> bool:
        """Says whether both are of one kind and say the same, apart from numbers of layers."""
        messages = {LAYER_COUNTER.sub("", error.message) for error in (self, other)}
        return self.kind == other.kind and len(messages) == 1

    def __str__(self) -> str:
        said = f"{self.kind}: {self.message}" if self.message else self.kind
        if self.line is None:
            return said
        return f"{said}, in line {self.line} of your cell: {shorten(self.code)}"


@dataclass(frozen=True)
class Observation:
    """What an answer did in one case.

    Attributes:
        value: what it gave, made plain; None if it raised.
        error: what it raised, or None.
        changed_inputs: whether it changed the arrays, lists or dictionaries it was given.
    """

    value: Any = None
    error: LearnersError | None = None
    changed_inputs: bool = False


def observe_cases(task: Task, answer: Any) -> list[Observation]:
    """Observes an answer in all cases of its task. To be called in a run with a limit."""
    return [_observe(task, answer, inputs) for inputs in task.cases()]


def _observe(task: Task, answer: Any, inputs: tuple) -> Observation:
    before = _changeable(inputs)
    try:
        value = plain(task.call(answer, inputs))
        error = None
    except (TimeLimitReached, UnfitAnswer):
        raise
    except BaseException as raised:  # also an exit, or an interrupt that the answer raises
        value, error = None, describe_error(raised)
    return Observation(value, error, not _same(before, _changeable(inputs)))


def _changeable(value: Any) -> Any:
    """Returns a copy of arrays, lists and dictionaries; None in place of all else."""
    if isinstance(value, np.ndarray):
        return copy.deepcopy(value)
    if isinstance(value, list | tuple):
        return [_changeable(item) for item in value]
    if isinstance(value, dict):
        return {key: _changeable(item) for key, item in value.items()}
    return value if isinstance(value, int | float | str) else None


def _same(first: Any, second: Any) -> bool:
    if isinstance(first, np.ndarray) and isinstance(second, np.ndarray):
        return (
            first.dtype == second.dtype
            and first.shape == second.shape
            and first.tobytes() == second.tobytes()
        )
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(map(_same, first, second))
    if isinstance(first, dict) and isinstance(second, dict):
        return list(first) == list(second) and all(_same(first[key], second[key]) for key in first)
    return type(first) is type(second) and (first == second or first != first)


def describe_error(error: BaseException) -> LearnersError:
    """Tells an exception as the learner needs it: kind, message, their own line."""
    try:
        text = TERMINAL_COLOURS.sub("", str(error))
    except Exception:  # an exception class of the learner's own, whose text fails
        text = ""
    is_placeholder = isinstance(error, NotImplementedError) and (not text or PLACEHOLDER in text)
    line, code = _learners_line(error)
    rewritten = REWRITTEN_LINE.findall(text)
    if rewritten:
        line, code = int(rewritten[-1][0]), rewritten[-1][1].strip()
    return LearnersError(type(error).__name__, _first_words(text), line, code, is_placeholder)


def _learners_line(error: BaseException) -> tuple[int | None, str]:
    for frame, line in reversed(list(traceback.walk_tb(error.__traceback__))):
        file = frame.f_code.co_filename
        is_library = file.startswith((*LIBRARY_FOLDERS, "<frozen", "<string>", "<__array"))
        if not is_library and "__autograph_generated_file" not in file:
            return line, linecache.getline(file, line).strip()
    return None, ""


def _first_words(text: str) -> str:
    """Returns the one line of a message that says what happened."""
    text = TENSORFLOW_NODES.sub("", text)
    if text.startswith("in user code:"):
        text = (ERROR_LINE.findall(text) or [text])[-1]
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and lines[0].startswith("Exception encountered when calling"):
        del lines[0]
    message = lines[0] if lines else ""
    return message if len(message) <= LONGEST_MESSAGE else message[:LONGEST_MESSAGE] + " ..."


def is_untouched(answer: Any) -> bool:
    """Says whether a function's body is nothing but a docstring, ``...`` or ``pass``."""
    code = getattr(answer, "__code__", None)
    if not inspect.iscode(code):
        return False
    instructions = list(dis.get_instructions(code))
    returned = [step.argval for step in instructions if step.opname.endswith("CONST")]
    return {step.opname for step in instructions} <= EMPTY_BODY and returned == [None]


def misfit(task: Task, answer: Any) -> str | None:
    """Says in a sentence how an answer is not what the task asks for at all, or None."""
    if task.kind == "value":
        return None
    if task.kind == "class" and not inspect.isclass(answer):
        return f"The answer is a class, {task.name}: give its name, without calling it."
    if not callable(answer):
        return (
            f"Give the function itself, check.{task.name}({task.name}), without calling it; "
            f"what came is of type {type(answer).__name__}."
        )
    if task.kind == "class":
        return None
    try:
        signature = inspect.signature(answer)
    except (TypeError, ValueError):  # some compiled functions tell no signature
        return None
    try:
        signature.bind(*task.parameters)
    except TypeError:
        yours = ", ".join(map(str, signature.parameters.values())) or "nothing"
        wanted = ", ".join(task.parameters) or "nothing"
        return f"{task.name} has to take {wanted}; yours takes {yours}."
    return None
