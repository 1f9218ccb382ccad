"""The table of what every check says to every kind of answer; the tests go through its rows.

For each task: the right answer, the placeholder, an answer that crashes, one that never ends,
and each wrong answer that the task knows.
"""

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from lessons_lib.checks.engine import judge
from lessons_lib.checks.result import NOT_ATTEMPTED, RAISED, RIGHT, WRONG, CheckResult
from lessons_lib.checks.task import PLACEHOLDER, Task

PATIENT_TIME_LIMIT = 120.0  # seconds: what an answer gets must not depend on a busy machine
SHORT_TIME_LIMIT = 0.2  # seconds: an answer that never ends is as slow at any limit


@dataclass(frozen=True)
class Trial:
    """An answer and what its check has to say.

    Attributes:
        task: whose check.
        kind: "right", "not attempted", "crashing", "endless" or "wrong".
        answer: what is handed to the check.
        outcome: the expected one.
        misconception: the expected one's name, or None.
    """

    task: Task
    kind: str
    answer: Any
    outcome: str
    misconception: str | None = None

    def result(self) -> CheckResult:
        """Checks the answer."""
        task = self.task
        if self.kind == "endless":
            task = dataclasses.replace(task, time_limit=SHORT_TIME_LIMIT)
        else:
            task = dataclasses.replace(task, time_limit=PATIENT_TIME_LIMIT)
        return judge(task, self.answer)


class Hostile:
    """A value that raises whatever one does with it."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError("nobody may touch this")

    def _fail(self, *_arguments: object) -> Any:
        return 1 / 0

    __len__ = __iter__ = __eq__ = __bool__ = __array__ = __repr__ = __str__ = _fail


def trials(task: Task) -> Iterator[Trial]:
    """Gives the answers that a task's check is tried with."""
    yield Trial(task, "right", task.reference, RIGHT)
    yield Trial(task, "not attempted", _placeholder(task), NOT_ATTEMPTED)
    if task.kind == "value":
        yield Trial(task, "crashing", Hostile(), WRONG)
    else:
        yield Trial(task, "crashing", _answer_that(task, _crash), RAISED)
        yield Trial(task, "endless", _answer_that(task, _never_end), RAISED)
    for misconception in task.misconceptions:
        for answer in misconception.wrong_answers:
            yield Trial(task, "wrong", answer, WRONG, misconception.name)


def _crash() -> None:
    raise ZeroDivisionError("division by zero")


def _never_end() -> None:
    while True:
        pass


def _not_written() -> None:
    raise NotImplementedError(PLACEHOLDER)


def _placeholder(task: Task) -> Any:
    return ... if task.kind == "value" else _answer_that(task, _not_written)


def _answer_that(task: Task, does: Callable[[], None]) -> Any:
    """Returns a function, or a class, that does this when it is called."""
    if task.kind == "class":
        return type(task.name, (), {"__init__": lambda self, *args, **named: does()})
    return lambda *args, **named: does()


def write_table(tasks: Iterable[Task]) -> Iterator[str]:
    """Gives the lines of the table, in Markdown, while its answers are checked."""
    yield "| lesson | exercise | answer | outcome | message |"
    yield "|---|---|---|---|---|"
    for task in tasks:
        for trial in trials(task):
            result = trial.result()
            answer = f"wrong: {trial.misconception}" if trial.misconception else trial.kind
            cells = [str(task.lesson), task.name, answer, result.outcome, result.message]
            yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
