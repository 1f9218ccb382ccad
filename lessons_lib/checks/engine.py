"""Judges an answer, one stage after the other: run and observe, compare, recognise, tell.

Each stage has a file, takes what the one before gave, and knows nothing of those that follow.
"""

from collections.abc import Sequence
from typing import Any

from lessons_lib.checks.comparing import Comparison, compare, merge
from lessons_lib.checks.guarding import guard
from lessons_lib.checks.observing import BrokenTask, Observation, observe
from lessons_lib.checks.patterns import find_pattern
from lessons_lib.checks.recognising import Candidate, Recognition, recognise
from lessons_lib.checks.result import CheckResult
from lessons_lib.checks.running import run_with_limit
from lessons_lib.checks.task import Misconception, Task
from lessons_lib.checks.telling import (
    tell_no_answer,
    tell_replaced,
    tell_right,
    tell_unobserved,
    tell_untrusted,
    tell_wrong,
)

NO_ANSWER = object()
DECLARED_TIME_LIMIT = 300.0  # seconds for an answer that a task declares: it ends by itself

_observed: dict[tuple, tuple[Any, list[Observation]]] = {}


def judge(task: Task, answer: Any = NO_ANSWER) -> CheckResult:
    """Judges an answer. Never raises for what the answer is or does, and always ends.

    Raises:
        BrokenTask: the task itself fails.
    """
    if answer is NO_ANSWER:
        return tell_no_answer(task)
    guard.note()
    if replaced := guard.changes():
        return tell_untrusted(task, replaced)
    run = run_with_limit(lambda: observe(task, answer), task.time_limit)
    if isinstance(run.error, BrokenTask):
        raise run.error
    if run.replaced:
        return tell_replaced(task, run.replaced)
    if run.value is None:
        return tell_unobserved(task, run)
    expected, got = observe_declared(task, task.reference), run.value
    comparison = compare(task, expected, got)
    if comparison.is_equal:
        return tell_right(task)
    recognition = recognise(compare_wrong_answers(task, expected, got))
    if recognition is None and (pattern := _find_pattern(task, comparison, run.printed)):
        recognition = Recognition(pattern, comparison.parts)
    return tell_wrong(task, comparison, recognition, run.printed)


def _find_pattern(task: Task, comparison: Comparison, printed: str) -> Misconception | None:
    """Looks for a pattern, and does without one where what came cannot be calculated with."""
    try:
        return find_pattern(task, comparison, printed)
    except (ArithmeticError, TypeError, ValueError):
        return None


def compare_wrong_answers(
    task: Task, expected: Sequence[Observation], got: Sequence[Observation]
) -> list[Candidate]:
    """Compares each of the task's wrong answers with the reference and with the answer."""
    candidates = []
    for misconception in task.misconceptions:
        for wrong_answer in misconception.wrong_answers:
            wrong = observe_declared(task, wrong_answer)
            mistake, deviation = compare(task, expected, wrong), compare(task, wrong, got)
            if not deviation.differences or deviation.by_part:
                # A whole number may stand for a decimal one, and not the other way round.
                deviation = merge(deviation, compare(task, got, wrong))
            candidates.append(Candidate(misconception, mistake, deviation))
    return candidates


def observe_declared(task: Task, answer: Any) -> list[Observation]:
    """Observes the reference or a wrong answer of a task; remembered, as it never changes.

    Raises:
        BrokenTask: the answer fails, or does not end.
    """
    # What the answer does depends on these; so a task with another limit of time finds it, too.
    key = (task.signature, task.cases, task.observe, id(answer))
    if key not in _observed:
        run = run_with_limit(lambda: observe(task, answer), DECLARED_TIME_LIMIT)
        if run.error is not None:
            raise BrokenTask(f"Task {task.name}: its own cases fail.") from run.error
        if not run.in_time:
            raise BrokenTask(f"Task {task.name}: its own answer does not end.")
        # The answer is kept too, so that no other object gets its identity.
        _observed[key] = (answer, run.value)
    return _observed[key][-1]
