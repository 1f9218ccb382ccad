"""Judges an answer: not attempted, raised, wrong (and in which known way), or right.

An answer is wrong in a known way if in every case it does what that misconception's wrong answer
does. An answer that mixes two mistakes, say one in the image and one in the mask, is told the
first whose parts it shares; mended, it will be told the other.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lessons_lib.checks.compare import (
    Difference,
    Other,
    capitalise,
    describe,
    describe_kind,
    plain,
    show,
)
from lessons_lib.checks.observing import (
    Observation,
    UnfitAnswer,
    is_untouched,
    misfit,
    observe_cases,
)
from lessons_lib.checks.result import NOT_ATTEMPTED, RAISED, RIGHT, WRONG, CheckResult
from lessons_lib.checks.running import Ended, run_with_limit
from lessons_lib.checks.task import Misconception, Task

NOTHING_GIVEN = object()
OWN_TIME_LIMIT = 300.0  # seconds for the reference and each wrong answer: they end by themselves

CHANGED = (
    "The result is right, but what it was given is changed afterwards: whoever called it "
    "would lose their data. Make a new array instead of writing into the old one."
)

_observed: dict[int, tuple[Any, list[Observation]]] = {}


@dataclass(frozen=True)
class _Attempt:
    """What the run of a learner's answer showed: a misfit, or an observation for each case."""

    misfit: str | None = None
    untouched: bool = False
    observations: Sequence[Observation] = ()
    detected: Misconception | None = None


def judge(task: Task, answer: Any = NOTHING_GIVEN) -> CheckResult:
    """Judges an answer. Never raises for what the answer is or does, and always ends."""
    if answer is NOTHING_GIVEN:
        return _not_attempted(task, f"Give it your answer: check.{task.name}({task.name}).")
    ended = run_with_limit(lambda: _attempt(task, answer), task.time_limit)
    if not ended.in_time:
        return _too_slow(task, ended)
    if isinstance(ended.error, UnfitAnswer):
        return CheckResult(WRONG, task.name, str(ended.error))
    if ended.error is not None:
        observe_own(task, task.reference)  # raises if it is the task's own inputs that fail
        kind = type(ended.error).__name__
        return CheckResult(WRONG, task.name, f"Your answer cannot be read: doing so raises {kind}.")
    attempt = ended.value
    if attempt.misfit is not None:
        return CheckResult(WRONG, task.name, attempt.misfit)
    if attempt.untouched:
        return _not_attempted(task)
    return _judge_observations(task, attempt, ended.printed.strip())


def _attempt(task: Task, answer: Any) -> _Attempt:
    if answer is Ellipsis or (task.kind == "value" and _has_ellipsis(plain(answer))):
        return _Attempt(untouched=True)
    problem = misfit(task, answer)
    if problem is not None:
        return _Attempt(misfit=problem)
    observations = observe_cases(task, answer)
    placeholders = (seen.error is not None and seen.error.is_placeholder for seen in observations)
    returned_nothing = all(seen.value is None and seen.error is None for seen in observations)
    untouched = any(placeholders) or (returned_nothing and is_untouched(answer))
    return _Attempt(None, untouched, observations, _detect(task, answer, observations))


def _has_ellipsis(value: Any) -> bool:
    items = value.values() if isinstance(value, dict) else value
    return value is Ellipsis or (isinstance(value, tuple | dict) and any(map(_has_ellipsis, items)))


def _detect(task: Task, answer: Any, observations: list[Observation]) -> Misconception | None:
    for misconception in task.misconceptions:
        if misconception.detect is not None:
            try:
                if misconception.detect(answer, observations):
                    return misconception
            except Exception:  # an answer of another kind than the detector expects
                continue
    return None


def _judge_observations(task: Task, attempt: _Attempt, printed: str) -> CheckResult:
    seen = attempt.observations
    expected = observe_own(task, task.reference)
    difference = first_difference(task, expected, seen)
    changed = any(
        now.changed_inputs and not own.changed_inputs
        for own, now in zip(expected, seen, strict=True)
    )
    if difference is None and not changed and attempt.detected is None:
        return CheckResult(RIGHT, task.name, task.why)
    known = recognise(task, seen)
    if known is None and attempt.detected is not None:
        known = _Known(attempt.detected)
    if difference is None:
        message, name = (known.message, known.name) if known else (CHANGED, "changes its inputs")
        return CheckResult(WRONG, task.name, message, misconception=name, printed=printed)
    if known is None and any(now.error is not None for now in seen):
        index = [now.error is not None for now in seen].index(True)
        message = f"Your code raised {seen[index].error}"
        given = _given(task, index)
        return CheckResult(RAISED, task.name, message, given=given, printed=printed)
    return _wrong(task, expected, seen, known, printed)


def _wrong(task: Task, expected, seen, known: "_Known | None", printed: str) -> CheckResult:
    """Tells a wrong answer: what is known about it, and the first difference it concerns."""
    parts = known.parts if known else None
    index, difference = first_difference(task, expected, seen, parts) or first_difference(
        task, expected, seen
    )
    name = known.name if known else None
    if task.kind == "value":  # what is expected there is the solution, so it is not shown
        message = known.message if known else _value_message(task, expected[0], seen[0])
        return CheckResult(WRONG, task.name, message, got=difference.got, misconception=name)
    message = (
        known.message if known else _general_message(task, expected, seen, difference, printed)
    )
    return CheckResult(
        WRONG,
        task.name,
        message,
        difference.expected,
        difference.got,
        name,
        _given(task, index),
        printed,
        _picture(task, expected[index], seen[index]),
    )


def observe_own(task: Task, answer: Any) -> list[Observation]:
    """Observes the reference or a wrong answer of the task; remembered, as it never changes."""
    key = (id(task), id(answer))
    if key not in _observed:
        ended = run_with_limit(lambda: observe_cases(task, answer), OWN_TIME_LIMIT)
        if ended.error is not None:
            raise RuntimeError(f"Task {task.name}: its own cases fail.") from ended.error
        if not ended.in_time:
            raise RuntimeError(f"Task {task.name}: its own answer does not end.")
        # The task and the answer are kept too, so that no other object gets their identity.
        _observed[key] = (task, answer, ended.value)
    return _observed[key][-1]


@dataclass(frozen=True)
class _Known:
    """A misconception that was recognised, and the parts of the result that it is about."""

    misconception: Misconception
    parts: frozenset[str] | None = None

    @property
    def name(self) -> str:
        return self.misconception.name

    @property
    def message(self) -> str:
        return self.misconception.message


def recognise(task: Task, seen: Sequence[Observation]) -> _Known | None:
    """Returns the misconception that does what was seen, or None.

    First those that do exactly the same; then those whose wrong parts are among the parts seen.
    """
    expected = observe_own(task, task.reference)
    for exactly in (True, False):
        for misconception in task.misconceptions:
            for wrong_answer in misconception.wrong_answers:
                wrong = observe_own(task, wrong_answer)
                parts = _wrong_parts(task, expected, wrong)
                if exactly and _does_the_same(task, wrong, seen):
                    return _Known(misconception, parts or None)
                if not exactly and parts and _agree(task, wrong, seen, parts):
                    return _Known(misconception, parts)
    return None


def _does_the_same(task: Task, wrong, seen) -> bool:
    return first_difference(task, wrong, seen) is None


def _wrong_parts(task: Task, expected, wrong) -> frozenset[str]:
    """Returns the names of the parts that are wrong in any case; none if it cannot be told."""
    if not _have_equal_parts(expected, wrong):
        return frozenset()
    return frozenset(
        name
        for own, now in zip(expected, wrong, strict=True)
        for name, _ in _differing_parts(task, own, now)
    )


def _agree(task: Task, wrong, seen, parts: frozenset[str]) -> bool:
    if not _have_equal_parts(wrong, seen):
        return False
    return not any(
        name in parts
        for own, now in zip(wrong, seen, strict=True)
        for name, _ in _differing_parts(task, own, now)
    )


def _have_equal_parts(first, second) -> bool:
    return all(
        own.error is None and now.error is None and _keys(own.value) == _keys(now.value)
        for own, now in zip(first, second, strict=True)
    )


def first_difference(
    task: Task,
    expected: Sequence[Observation],
    seen: Sequence[Observation],
    parts: frozenset[str] | None = None,
) -> tuple[int, Difference] | None:
    """Returns the first case in which two answers differ, with the difference, or None.

    Args:
        task: whose parts and comparison are used.
        expected: observations of one answer.
        seen: observations of the other.
        parts: names of the parts to compare; None means all.
    """
    for index, (own, now) in enumerate(zip(expected, seen, strict=True)):
        difference = _case_difference(task, own, now, parts)
        if difference is not None:
            return index, difference
    return None


def _case_difference(
    task: Task, own: Observation, now: Observation, parts: frozenset[str] | None
) -> Difference | None:
    if own.error is not None or now.error is not None:
        if own.error is not None and now.error is not None and own.error.is_like(now.error):
            return None
        texts = [str(seen.error) if seen.error else show(seen.value) for seen in (own, now)]
        return Difference(f"It gives {texts[1]}; expected {texts[0]}.", *texts)
    if _keys(own.value) is not None and _keys(own.value) != _keys(now.value):
        message = _wrong_parts_message(task, own, now)
        return Difference(message, show(own.value), show(now.value))
    differences = _differing_parts(task, own, now)
    return next((found for name, found in differences if parts is None or name in parts), None)


def _wrong_parts_message(task: Task, own: Observation, now: Observation) -> str:
    names = [name.removeprefix("the ") for name, _, _ in _parts(task, own.value, own.value)]
    wanted = f"{len(names)} values ({', '.join(names)})" if task.returns else describe(own.value)
    return f"It gives {describe(now.value)}; expected {wanted}."


def _keys(value: Any) -> list | None:
    if isinstance(value, tuple):
        return list(range(len(value)))
    return list(value) if isinstance(value, dict) else None


def _parts(task: Task, expected: Any, got: Any) -> Iterator[tuple[str, Any, Any]]:
    """Gives the name, the expected and the present value of each part of a result."""
    keys = _keys(expected)
    if keys is None or keys != _keys(got):
        noun = "your answer" if task.kind == "value" else "the result"
        yield (f"the {task.returns[0]}" if len(task.returns) == 1 else noun), expected, got
        return
    for key in keys:
        if isinstance(expected, dict):
            name = key
        elif len(task.returns) == len(keys):
            name = f"the {task.returns[key]}"
        else:
            name = f"value {key + 1}"
        yield name, expected[key], got[key]


def _differing_parts(
    task: Task, own: Observation, now: Observation
) -> Iterator[tuple[str, Difference]]:
    for name, expected, got in _parts(task, own.value, now.value):
        difference = task.compare(name, expected, got)
        if difference is not None:
            yield name, _with_names(own.value, name, difference)


def _with_names(whole: Any, name: str, difference: Difference) -> Difference:
    """Puts its name before each text of a difference, where the result has several parts."""
    if _keys(whole) is None:
        return difference
    texts = (difference.expected, difference.got)
    if isinstance(whole, dict):
        space = "\n" if any("\n" in text for text in texts) else " "
        expected, got = (f"{name}:{space}{text}" for text in texts)
    else:
        expected, got = (_hang(f"{name.removeprefix('the ')} = ", text) for text in texts)
    return Difference(difference.message, expected, got)


def _hang(label: str, text: str) -> str:
    """Puts a label before a text, whose further lines are indented below the first."""
    first, *others = text.splitlines() or [""]
    return "\n".join([label + first, *(" " * len(label) + line for line in others)])


def _general_message(
    task: Task,
    expected: Sequence[Observation],
    seen: Sequence[Observation],
    difference: Difference,
    printed: str,
) -> str:
    """Says what is wrong with an answer that is none of the known wrong ones."""
    values = [now.value for now in seen]
    if task.kind == "function" and all(value is None for value in values):
        if printed:
            return "It prints its result and returns None. Printing shows, `return` gives it back."
        return "It returns None. Is the `return` missing?"
    kinds = {value.description for value in values if isinstance(value, Other)}
    if "an object of type generator" in kinds:
        return "It gives a generator, as functions with `yield` do. Use `return`."
    if "an object of type coroutine" in kinds:
        return "It gives a coroutine, as functions with `async` do. Use a plain `def`."
    comparable = not kinds and _have_equal_parts(expected, seen)
    if comparable and _is_constant(task, seen) and not _is_constant(task, expected):
        return "It gives the same result whatever it is given. Compute it from what is given."
    return difference.message


def _value_message(task: Task, own: Observation, now: Observation) -> str:
    """Says where a value is wrong, not what it should be."""
    expected, got = own.value, now.value
    hint = f'Look again; check.hint("{task.name}") helps.'
    of_another_kind = _keys(expected) != _keys(got) or describe_kind(expected) != describe_kind(got)
    if of_another_kind and not (isinstance(expected, float) and isinstance(got, int)):
        return f"The answer is {describe_kind(expected)}; yours is {describe(got)}. {hint}"
    parts = [name for name, _ in _differing_parts(task, own, now)]
    return f"{capitalise(parts[0])} is not right. {hint}"


def _is_constant(task: Task, seen: Sequence[Observation]) -> bool:
    first = [seen[0]] * len(seen)
    return len(seen) > 1 and first_difference(task, first, seen) is None


def _given(task: Task, index: int) -> str:
    """Shows the inputs of a case, as far as they are numbers, texts or arrays."""
    if not task.parameters:
        return ""
    inputs = run_with_limit(lambda: [plain(item) for item in task.cases()[index]], OWN_TIME_LIMIT)
    values = zip(task.parameters, inputs.value or (), strict=False)
    return "\n".join(
        _hang(f"{name} = ", show(value)) for name, value in values if not isinstance(value, Other)
    )


def _picture(task: Task, own: Observation, now: Observation) -> Any:
    """Draws expected and got where the task knows how; what cannot be drawn is not."""
    if task.picture is None or now.error is not None:
        return None
    drawn = run_with_limit(lambda: task.picture(own.value, now.value), OWN_TIME_LIMIT)
    return drawn.value


def _not_attempted(task: Task, message: str = "") -> CheckResult:
    message = message or (
        f"Write your answer in the cell above, run it, then this one. "
        f'For a hint: check.hint("{task.name}").'
    )
    return CheckResult(NOT_ATTEMPTED, task.name, message)


def _too_slow(task: Task, ended: Ended) -> CheckResult:
    message = (
        f"Your code was stopped after {task.time_limit:g} seconds. "
        "Is there a loop that never ends, or one over every pixel?"
    )
    if not ended.stopped:
        message += " A part of it cannot be stopped: restart the kernel before you go on."
    return CheckResult(RAISED, task.name, message, printed=ended.printed.strip())
