"""``check``, the one object that an exercise notebook uses: for answers, hints and progress."""

import difflib
import html
import importlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lessons_lib.checks.cells import failed_cells
from lessons_lib.checks.engine import NO_ANSWER, judge
from lessons_lib.checks.result import (
    CELL,
    INK,
    NOT_ATTEMPTED,
    PAPER,
    RIGHT,
    ROW,
    SAID,
    SYMBOLS,
    TABLE,
    AnswerNotRight,
    CheckResult,
    badge,
    prose,
)
from lessons_lib.checks.task import Task
from lessons_lib.checks.telling import tell_failed_cell
from lessons_lib.saying import quote

NBGRADER_RUNS = "NBGRADER_EXECUTION"  # nbgrader sets it to "autograde" or "validate"
OWN_NAMES = ("hint", "progress")  # of `check` itself, so no task can have them


class UnknownTask(AttributeError):
    """A name that no task has, told in one sentence."""


def load_tasks(modules: Iterable[str]) -> dict[str, Task]:
    """Imports the lessons' modules and returns their tasks by name, in the order of the lessons.

    Raises:
        ValueError: two tasks have the same name.
    """
    tasks: dict[str, Task] = {}
    for module in modules:
        for task in importlib.import_module(module).TASKS:
            if task.name in tasks or task.name in OWN_NAMES:
                raise ValueError(f"There are two things called check.{task.name}.")
            tasks[task.name] = task
    return tasks


@dataclass(frozen=True)
class Hint:
    """One hint, shown as text."""

    task: str
    number: int
    count: int
    text: str

    def __repr__(self) -> str:
        if self.number > self.count:
            return f"{self.task}: there is no further hint. The last was: {self.text}"
        return f"Hint {self.number} of {self.count} for {self.task}: {self.text}"

    def _repr_html_(self) -> str:
        style = f"background:{PAPER[NOT_ATTEMPTED]};color:{INK};padding:8px 12px;max-width:60em"
        return f'<div role="status" style="{style}">{prose(repr(self))}</div>'


@dataclass(frozen=True)
class Progress:
    """How far a learner has come: rows of lesson, task, outcome and minutes."""

    rows: Sequence[tuple[int, str, str, int]]

    def __repr__(self) -> str:
        width = max((len(name) for _, name, _, _ in self.rows), default=0)
        lines, lesson = [], None
        for number, name, outcome, minutes in self.rows:
            if number != lesson:
                lines.append(f"Lesson {number}")
                lesson = number
            said = SAID[outcome].lower()
            lines.append(
                f"  {SYMBOLS[outcome]} {name:<{width}}  {said:<15}  {minutes:>2} min planned"
            )
        return "\n".join([*lines, self._summary()])

    def _summary(self) -> str:
        right = sum(outcome == RIGHT for _, _, outcome, _ in self.rows)
        left = sum(minutes for _, _, outcome, minutes in self.rows if outcome != RIGHT)
        still = f"; about {left} minutes are planned for the others" if left else ""
        return f"{right} of {len(self.rows)} right{still}"

    def _repr_html_(self) -> str:
        head = "".join(
            f'<th scope="col" style="{CELL}">{title}</th>'
            for title in ("Lesson", "Exercise", "Outcome", "Minutes planned")
        )
        body = "".join(
            f'<tr style="{ROW}"><td style="{CELL}">{lesson}</td>'
            f'<td style="{CELL}">{html.escape(name)}</td>'
            f'<td style="{CELL}">{badge(outcome).replace(":</span>", "</span>")}</td>'
            f'<td style="{CELL}">{minutes}</td></tr>'
            for lesson, name, outcome, minutes in self.rows
        )
        panel = f"background:{PAPER[NOT_ATTEMPTED]};color:{INK};padding:8px 12px;max-width:60em"
        return (
            f'<div style="{panel}"><table style="{TABLE}"><caption style="text-align:left;'
            f'color:{INK}">{self._summary()}</caption><thead><tr style="{ROW}">{head}</tr></thead>'
            f"<tbody>{body}</tbody></table></div>"
        )


def _is_in(value: Any, known: Iterable) -> bool:
    """Says whether a value is among others; one that cannot be compared is not."""
    return isinstance(value, int | np.integer) and int(value) in known


class TaskCheck:
    """``check.<task>``: call it with your answer, as often as you like."""

    def __init__(self, checker: "Checker", task: Task) -> None:
        self._checker, self._task = checker, task
        self.__doc__ = f"{task.aim}\n\nYour answer: {task.signature}"

    def __call__(self, answer: Any = NO_ANSWER, *others: Any) -> CheckResult:
        """Checks the answer; shows nothing of the solution and leaves the answer as it is."""
        if others:
            raise TypeError(
                f"check.{self._task.name} takes one answer, but {1 + len(others)} came; write "
                f"check.{self._task.name}(your answer)."
            )
        error = failed_cells.error_of(self._task.name, answer)
        if error is None:
            result = judge(self._task, answer)
        else:
            result = tell_failed_cell(self._task, error)
        self._checker._results[self._task.name] = result
        # nbgrader gives points for cells without an error. Elsewhere a check never raises.
        if os.environ.get(NBGRADER_RUNS) and result.outcome != RIGHT:
            raise AnswerNotRight(str(result))
        return result

    def __repr__(self) -> str:
        return f"check.{self._task.name}(your answer): {self._task.aim}"


class Checker:
    """Finds tasks by name; remembers results and hints while the kernel runs.

    Lessons are imported at the first use, so that ``import lessons_lib.checks`` is quick.
    """

    def __init__(self, modules: Sequence[str]) -> None:
        self._modules = tuple(modules)
        self._loaded: dict[str, Task] | None = None
        self._results: dict[str, CheckResult] = {}
        self._hints_given: dict[str, int] = {}
        failed_cells.watch()

    def __getattr__(self, name: str) -> TaskCheck:
        if name.startswith("_"):  # what Python and Jupyter ask every object for
            raise AttributeError(name)
        return TaskCheck(self, self._task(name))

    def __dir__(self) -> list[str]:
        return [*OWN_NAMES, *self._tasks()]

    def __repr__(self) -> str:
        return (
            'check.<exercise>(your answer), check.hint("<exercise>") or check.progress(). '
            f"Exercises: {', '.join(self._tasks())}."
        )

    def __call__(self, *answers: Any) -> CheckResult:
        """Raises TypeError: each exercise has a check of its own."""
        raise TypeError("check knows many exercises; name one, as in check.normalize(your answer).")

    def __getitem__(self, name: Any) -> TaskCheck:
        """Finds an exercise, as ``check.<exercise>`` does."""
        return TaskCheck(self, self._task(name))

    def hint(self, name: str = "") -> Hint:
        """Returns the next hint for an exercise: the first a nudge, the last nearly the answer."""
        task = self._task(getattr(getattr(name, "_task", name), "name", name))
        number = self._hints_given.get(task.name, 0) + 1
        self._hints_given[task.name] = min(number, len(task.hints))
        text = task.hints[min(number, len(task.hints)) - 1]
        return Hint(task.name, number, len(task.hints), text)

    def progress(self, lesson: int | None = None) -> Progress:
        """Returns the exercises with their latest outcomes.

        Args:
            lesson: 1 to 6; where None, the lessons that have been begun, or all if none has.
        """
        tasks = self._tasks()
        lessons = {task.lesson for task in tasks.values()}
        if lesson is not None and (isinstance(lesson, bool) or not _is_in(lesson, lessons)):
            numbers = ", ".join(map(str, sorted(lessons)))
            raise ValueError(
                f"lesson must be one of {numbers}, as a number, but {quote(lesson)} came."
            )
        begun = {tasks[name].lesson for name in self._results}
        wanted = {lesson} if lesson is not None else begun
        rows = []
        for task in tasks.values():
            if not wanted or task.lesson in wanted:
                result = self._results.get(task.name)
                outcome = result.outcome if result else NOT_ATTEMPTED
                rows.append((task.lesson, task.name, outcome, task.minutes))
        return Progress(rows)

    def _tasks(self) -> dict[str, Task]:
        if self._loaded is None:
            self._loaded = load_tasks(self._modules)
        return self._loaded

    def _task(self, name: Any) -> Task:
        tasks = self._tasks()
        if isinstance(name, str) and name in tasks:
            return tasks[name]
        close = difflib.get_close_matches(str(name), tasks, n=1)
        if not close:
            raise UnknownTask(
                f"There is no exercise {quote(name)}; write its name in quotation marks, such as "
                "'normalize'; check.progress() lists them all."
            )
        lesson = tasks[close[0]].lesson
        names = ", ".join(task.name for task in tasks.values() if task.lesson == lesson)
        raise UnknownTask(
            f"There is no exercise {quote(name)}; did you mean {close[0]}? "
            f"Lesson {lesson} has: {names}."
        )
