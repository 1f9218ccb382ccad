"""Last stage: tells what came out of a check, in sentences that a learner can act on."""

import re
from collections.abc import Sequence

import numpy as np

from lessons_lib.checks.comparing import Comparison, Difference
from lessons_lib.checks.errors import LearnersError
from lessons_lib.checks.guarding import say_names
from lessons_lib.checks.observing import NotAttempted, Observation, UnfitAnswer
from lessons_lib.checks.picturing import draw_pair
from lessons_lib.checks.recognising import Recognition
from lessons_lib.checks.result import NOT_ATTEMPTED, RAISED, RIGHT, WRONG, CheckResult
from lessons_lib.checks.running import Run
from lessons_lib.checks.task import Task
from lessons_lib.checks.values import (
    Other,
    capitalise,
    describe,
    describe_kind,
    put_label,
    show,
)

REPLACES = "replaces what belongs to a library"
CHANGES_INPUTS = "changes its inputs"
CHANGES_INPUTS_MESSAGE = (
    "The result is right, but what it was given is changed afterwards: whoever called it "
    "would lose their data. Make something new instead of writing into the old."
)
CHANGES_MODEL_MESSAGE = (
    "The result is right, but the model that it was given is changed afterwards: other weights, or "
    "other layers that are trainable. Nobody asked for that; leave it as it came."
)


# Errors of answers that are told in the words of Python: kind, words, a name and what may help.
ADVICE = (
    (
        "IndexError",
        r"out of (range|bounds)",
        "reaches beyond the end",
        "It asks for a place that is not there. Is a size written into the code, or taken from "
        "another axis or list, that is a different one here? Places are counted from 0.",
    ),
    (
        "NameError",
        r"is not defined",
        "uses an unknown name",
        "Is it misspelt, or is a line missing that imports or makes it?",
    ),
    (
        "AttributeError",
        r"^'list' object has no attribute",
        "hands over a plain list",
        "A plain list has come to where an array or a tensor is needed: make one of it.",
    ),
    (
        "ValueError",
        r"^operands could not be broadcast",
        "shapes that do not fit",
        "Two arrays are combined whose shapes do not fit: look at the `.shape` of both.",
    ),
)


def tell_no_answer(task: Task) -> CheckResult:
    """Tells that the check was called without an answer."""
    message = f"Give it your answer: check.{task.name}({task.name})."
    return CheckResult(NOT_ATTEMPTED, task.name, message)


def tell_untrusted(task: Task, names: Sequence[str]) -> CheckResult:
    """Tells that the notebook has replaced what checks rest on."""
    message = (
        f"This notebook has put something else in the place of {say_names(names)}, on which checks "
        "rest, so none of them can be trusted. Take that out, restart the kernel, and run the "
        "notebook from the top."
    )
    return CheckResult(RAISED, task.name, message)


def tell_replaced(task: Task, names: Sequence[str]) -> CheckResult:
    """Tells that an answer replaces what checks rest on."""
    message = (
        f"Your code puts something else in the place of {say_names(names)}. It has been put back: "
        "use what a library has, and leave it as it is."
    )
    return CheckResult(WRONG, task.name, message, misconception=REPLACES)


def tell_failed_cell(task: Task, error: LearnersError) -> CheckResult:
    """Tells that the cell with the answer did not run, so that there is only an older answer."""
    message = (
        f"The cell with your answer did not run: {error}. What {task.name} stands for is from "
        f"before, "
        "and is not judged. Mend the cell, run it, then this one."
    )
    return CheckResult(RAISED, task.name, message)


def tell_unobserved(task: Task, run: Run) -> CheckResult:
    """Tells why there is nothing to compare: the run did not end, or not with observations."""
    if not run.in_time:
        return _tell_too_slow(task, run)
    if isinstance(run.error, NotAttempted):
        message = (
            f"Write your answer in the cell above, run it, then this one. "
            f'For a hint: check.hint("{task.name}").'
        )
        return CheckResult(NOT_ATTEMPTED, task.name, message)
    if isinstance(run.error, UnfitAnswer):
        return CheckResult(WRONG, task.name, str(run.error), misconception=run.error.name)
    kind = type(run.error).__name__
    return CheckResult(WRONG, task.name, f"Your answer cannot be read: doing so raises {kind}.")


def _tell_too_slow(task: Task, run: Run) -> CheckResult:
    message = f"Your code was stopped: it may take {task.time_limit:g} seconds. {task.slow}"
    if not run.stopped:
        message += " A part of it cannot be stopped: restart the kernel before you go on."
    return CheckResult(RAISED, task.name, message, printed=run.printed)


def tell_right(task: Task) -> CheckResult:
    """Tells that the answer is right, and why that matters."""
    return CheckResult(RIGHT, task.name, task.why)


def tell_wrong(
    task: Task, comparison: Comparison, recognition: Recognition | None, printed: str
) -> CheckResult:
    """Tells a wrong answer: its misconception, or else what differs first.

    Args:
        task: what was asked for.
        comparison: of the answer with the reference.
        recognition: its misconception, if it is known.
        printed: what the answer printed.
    """
    name = recognition.misconception.name if recognition else None
    message = recognition.misconception.message if recognition else None
    if not comparison.differences:
        return CheckResult(
            WRONG,
            task.name,
            message or _changed_message(comparison),
            misconception=name or CHANGES_INPUTS,
            printed=printed,
        )
    raising = [one for one in comparison.got if one.error is not None]
    if recognition is None and raising:
        return _tell_error(task, comparison, raising[0], printed)
    difference = _difference_to_tell(comparison, recognition)
    if task.kind != "value":
        name = name or difference.name
    if task.kind == "value":  # what is expected there is the solution, so it is not shown
        message = message or _value_message(task, comparison)
        return CheckResult(WRONG, task.name, message, got=difference.got, misconception=name)
    return CheckResult(
        WRONG,
        task.name,
        message or comparison.differences[0].message,
        expected=difference.expected,
        got=difference.got,
        misconception=name,
        given=_describe_inputs(task, comparison.got[difference.case]),
        printed=printed,
        pictures=draw_pair(*difference.values) if difference.values else (),
    )


def _advice(error: LearnersError) -> tuple[str, str]:
    """Returns a name and a sentence for an error that many answers raise, or two empty texts."""
    found = (one[2:] for one in ADVICE if error.kind == one[0] and re.search(one[1], error.message))
    return next(found, ("", ""))


def _tell_error(
    task: Task, comparison: Comparison, raising: Observation, printed: str
) -> CheckResult:
    wrong = {difference.case for difference in comparison.differences}
    right = len(comparison.got) - len(wrong)
    message, name = f"Your code raised {raising.error}", None
    if right and all(comparison.got[case].error is not None for case in wrong):
        name = "raises at times"
        message += (
            f". It is right in {right} of {len(comparison.got)} cases, and fails in this one."
        )
    elif raising.error is not None:
        name, advice = _advice(raising.error)
        message += f". {advice}" if advice else ""
    given = _describe_inputs(task, raising)
    return CheckResult(
        RAISED, task.name, message, given=given, printed=printed, misconception=name or None
    )


def _changed_message(comparison: Comparison) -> str:
    inputs = next(one.inputs for one in comparison.got if one.changes_inputs)
    has_arrays = any(isinstance(one, np.ndarray) for one in inputs)
    has_model = any(isinstance(one, Other) for one in inputs)
    return CHANGES_MODEL_MESSAGE if has_model and not has_arrays else CHANGES_INPUTS_MESSAGE


def _difference_to_tell(comparison: Comparison, recognition: Recognition | None) -> Difference:
    """Returns the first difference that the misconception is about, or else the very first."""
    first = comparison.differences[0]
    if recognition is None or not recognition.parts:
        return first
    concerned = (
        one for one in comparison.differences if one.part is None or one.part in recognition.parts
    )
    return next(concerned, first)


def _value_message(task: Task, comparison: Comparison) -> str:
    """Says where a value is wrong, not what it should be."""
    expected, got = comparison.expected[0].value, comparison.got[0].value
    hint = f'Look again; check.hint("{task.name}") helps.'
    is_another_kind = not comparison.by_part or describe_kind(expected) != describe_kind(got)
    if is_another_kind and not (isinstance(expected, float) and isinstance(got, int)):
        return f"The answer is {describe_kind(expected)}; yours is {describe(got)}. {hint}"
    part = comparison.differences[0].part or "your answer"
    return f"{capitalise(part)} is not right. {hint}"


def _describe_inputs(task: Task, observation: Observation) -> str:
    """Shows the inputs of a case, as far as they are numbers, texts or arrays."""
    inputs = zip(task.parameters, observation.inputs, strict=False)
    return "\n".join(
        put_label(f"{name} = ", show(value))
        for name, value in inputs
        if not isinstance(value, Other)
    )
