"""Third stage: compares what was expected with what an answer gave, and says each difference.

What counts is rank, shape, kind of numbers and values. A result of several parts, a tuple or a
dictionary of properties, is compared part by part, so that it can be told which part is wrong.
"""

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lessons_lib.checks.observing import Observation
from lessons_lib.checks.task import Task
from lessons_lib.checks.values import agree, capitalise, describe, put_label, show

RELATIVE_TOLERANCE = 1e-4  # of decimal numbers, relative to the expected ones
HALF_PRECISION_TOLERANCE = 2e-3  # of float16, which has three digits
ABSOLUTE_TOLERANCE = 1e-5
# What the sentences about arrays begin with, and what is wrong there.
NAMES = {
    "has shape": "another shape",
    "has ": "another number of axes",
    "holds NaN": "not a number",
    "holds ": "another kind of numbers",
}
KINDS_OF_ITEMS = {
    "b": "true or false",
    "i": "whole numbers",
    "u": "whole numbers",
    "f": "decimal numbers",
    "c": "complex numbers",
    "U": "texts",
    "S": "texts",
}


@dataclass(frozen=True)
class Difference:
    """A difference between two values: a sentence, and both as short texts.

    Attributes:
        message: the sentence.
        expected: the expected value.
        got: the other.
        case: in which case, counted from 0.
        part: the name of the part that differs; None where the whole result does.
        name: of the difference, where it says by itself what is wrong: another shape, another kind
            of numbers, another property of what was built.
        values: both as they are, or nothing where only a text stands for them.
    """

    message: str
    expected: str
    got: str
    case: int = 0
    part: str | None = None
    name: str | None = None
    values: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """How what an answer did differs from what was expected, in all cases of a task.

    Attributes:
        expected: an observation for each case.
        got: the same of the other answer.
        differences: in the order of cases and parts.
        by_part: whether both gave the same parts in every case, so that each can be told apart.
        parts: the names of the parts that differ in any case; none if they cannot be told apart.
        changes_inputs: whether the answer changed its inputs where that was not expected.
        ignores_inputs: whether it gave the same in every case where that was not expected.
    """

    expected: Sequence[Observation]
    got: Sequence[Observation]
    differences: tuple[Difference, ...]
    by_part: bool
    parts: frozenset[str]
    changes_inputs: bool
    ignores_inputs: bool

    @property
    def is_equal(self) -> bool:
        """Whether the answer did what was expected, and nothing else."""
        return not self.differences and not self.changes_inputs


def compare(task: Task, expected: Sequence[Observation], got: Sequence[Observation]) -> Comparison:
    """Compares two answers by what they did.

    Args:
        task: whose cases they were observed in.
        expected: observations of one answer: of the reference, say.
        got: those of the other.
    """
    pairs = list(zip(expected, got, strict=True))
    differences = tuple(_differences(task, expected, got))
    by_part = all(_have_equal_parts(*pair) for pair in pairs)
    names = {one.part for one in differences if one.part is not None}
    return Comparison(
        expected,
        got,
        differences,
        by_part,
        parts=frozenset(names if by_part else ()),
        changes_inputs=any(two.changes_inputs and not one.changes_inputs for one, two in pairs),
        ignores_inputs=_is_constant(task, got) and not _is_constant(task, expected),
    )


def merge(one: Comparison, other: Comparison) -> Comparison:
    """Returns a comparison with the differences of two that were made in both directions."""
    return dataclasses.replace(
        one,
        differences=one.differences or other.differences,
        by_part=one.by_part and other.by_part,
        parts=one.parts | other.parts,
    )


def _is_constant(task: Task, observations: Sequence[Observation]) -> bool:
    repeated = [observations[0]] * len(observations)
    return len(observations) > 1 and not any(_differences(task, repeated, observations))


def _differences(
    task: Task, expected: Sequence[Observation], got: Sequence[Observation]
) -> Iterator[Difference]:
    for case, pair in enumerate(zip(expected, got, strict=True)):
        for difference in _case_differences(task, *pair):
            yield dataclasses.replace(difference, case=case)


def _case_differences(task: Task, expected: Observation, got: Observation) -> Iterator[Difference]:
    got = dataclasses.replace(got, value=_as_items(expected.value, got.value))
    if expected.error is not None or got.error is not None:
        if expected.error is None or got.error is None or not expected.error.is_like(got.error):
            wanted, given = (_show_outcome(one) for one in (expected, got))
            yield Difference(f"It gives {given}; expected {wanted}.", wanted, given)
    elif _keys(expected.value) is not None and _keys(expected.value) != _keys(got.value):
        message = _unequal_parts_message(task, expected.value, got.value)
        yield Difference(message, show(expected.value), show(got.value))
    else:
        for part, expected_value, got_value in _parts(task, expected.value, got.value):
            difference = compare_values(part, expected_value, got_value)
            if difference is not None:
                named = _with_part(difference, part, expected.value, got_value)
                yield dataclasses.replace(named, values=(expected_value, got_value))


def _show_outcome(observation: Observation) -> str:
    return str(observation.error) if observation.error else show(observation.value)


def _unequal_parts_message(task: Task, expected: Any, got: Any) -> str:
    names = [name.removeprefix("the ") for name, _, _ in _parts(task, expected, expected)]
    wanted = f"{len(names)} values ({', '.join(names)})" if task.returns else describe(expected)
    return f"It gives {describe(got)}; expected {wanted}."


def _have_equal_parts(expected: Observation, got: Observation) -> bool:
    got_value = _as_items(expected.value, got.value)
    return (
        expected.error is None and got.error is None and _keys(expected.value) == _keys(got_value)
    )


def _as_items(expected: Any, got: Any) -> Any:
    """Returns several values that came in one array as a tuple, where that is expected."""
    if isinstance(expected, tuple) and isinstance(got, np.ndarray) and got.ndim == 1:
        return tuple(got.tolist())
    return got


def _keys(value: Any) -> range | frozenset | None:
    if isinstance(value, tuple):
        return range(len(value))
    return frozenset(value) if isinstance(value, dict) else None


def _parts(task: Task, expected: Any, got: Any) -> Iterator[tuple[str, Any, Any]]:
    """Gives the name, the expected and the present value of each part of a result."""
    keys = _keys(expected)
    if keys is None or keys != _keys(got):
        noun = "your answer" if task.kind == "value" else "the result"
        yield (f"the {task.returns[0]}" if len(task.returns) == 1 else noun), expected, got
        return
    for key in expected if isinstance(expected, dict) else range(len(expected)):
        if isinstance(expected, dict):
            name = str(key)
        elif len(task.returns) == len(keys):
            name = f"the {task.returns[key]}"
        else:
            name = f"value {key + 1}"
        yield name, expected[key], got[key]


def _with_part(difference: Difference, part: str, whole: Any, got_value: Any) -> Difference:
    """Notes the part, and puts its name before each text where the result has several."""
    expected, got, message = difference.expected, difference.got, difference.message
    if isinstance(whole, dict) and isinstance(whole[part], str) and isinstance(got_value, str):
        # Both are words of the check about the answer, and no texts that it gave.
        expected, got = whole[part], got_value
        message = f"{capitalise(part)}: {got}; expected: {expected}."
    if isinstance(whole, dict):
        space = "\n" if "\n" in expected + got else " "
        expected, got = f"{part}:{space}{expected}", f"{part}:{space}{got}"
    elif isinstance(whole, tuple):
        label = f"{part.removeprefix('the ')} = "
        expected, got = put_label(label, expected), put_label(label, got)
    name = difference.name
    if isinstance(whole, dict):
        name = f"differs in {part}"
    return Difference(message, expected, got, part=part, name=name)


def compare_values(
    name: str,
    expected: Any,
    got: Any,
) -> Difference | None:
    """Returns the first difference of two plain values, or None where they are as good as equal.

    In this order: type, rank, shape, kind of numbers, NaN, range, values. The exact dtype
    does not count (float32 or float64), its kind does (whole or decimal numbers).

    Args:
        name: what the value is, to begin the sentence with: ``"the mask"``.
        expected: what the reference gave.
        got: what the learner's answer gave.
    """
    got = _as_items(expected, got)
    sentence = _type_difference(expected, got)
    if sentence is None and isinstance(expected, tuple | dict):
        return _compare_items(name, expected, got)
    if sentence is None and isinstance(expected, np.ndarray):
        sentence = _array_difference(expected, got)
    elif sentence is None and isinstance(expected, int | float | complex):
        if not _is_close(got, expected):
            sentence = f"is {show(got)}; expected {show(expected)}"
    elif sentence is None and expected != got:
        sentence = f"is {describe(got)}; expected {describe(expected)}"
    if sentence is None:
        return None
    named = next((NAMES[words] for words in NAMES if sentence.startswith(words)), None)
    verb, _, rest = sentence.partition(" ")
    message = f"{capitalise(name)} {agree(verb, name)} {rest}."
    return Difference(message, show(expected), show(got), name=named)


def _is_close(got: Any, expected: Any) -> bool:
    if isinstance(got, int) and isinstance(expected, int):
        return got == expected
    try:
        return bool(
            np.isclose(
                got, expected, rtol=RELATIVE_TOLERANCE, atol=ABSOLUTE_TOLERANCE, equal_nan=True
            )
        )
    except (OverflowError, TypeError):  # a whole number beyond what a float holds
        return False


def _compare_items(name: str, expected: Any, got: Any) -> Difference | None:
    keys = list(expected) if isinstance(expected, dict) else range(len(expected))
    got_keys = list(got) if isinstance(got, dict) else range(len(got))
    if list(keys) != list(got_keys):
        sentence = f"{capitalise(name)} is {describe(got)}; expected {describe(expected)}."
        return Difference(sentence, show(expected), show(got))
    for key in keys:
        difference = compare_values(f"{name}[{key!r}]", expected[key], got[key])
        if difference is not None:
            return Difference(difference.message, show(expected), show(got))
    return None


def _type_difference(expected: Any, got: Any) -> str | None:
    """Compares types: a whole number may stand for a decimal one, not the other way round."""
    if isinstance(got, np.ndarray) and got.ndim == 0 and not isinstance(expected, np.ndarray):
        got = got.item()
    if isinstance(expected, np.ndarray) and expected.ndim == 0 and np.isscalar(got):
        return None
    fits = type(expected) is type(got) or (isinstance(expected, float) and type(got) is int)
    return None if fits else f"is {describe(got)}; expected {describe(expected)}"


def _array_difference(expected: np.ndarray, got: np.ndarray) -> str | None:
    got = np.asarray(got)
    if got.ndim != expected.ndim:
        return (
            f"has {got.ndim} axes (shape {got.shape}); "
            f"expected {expected.ndim} (shape {expected.shape})"
        )
    if got.shape != expected.shape:
        return f"has shape {got.shape}; expected {expected.shape}"
    kind, expected_kind = (
        KINDS_OF_ITEMS.get(array.dtype.kind, "objects") for array in (got, expected)
    )
    if kind != expected_kind:
        return f"holds {kind} ({got.dtype}); expected {expected_kind} ({expected.dtype})"
    if expected.dtype.kind == "O":
        equal = np.asarray(np.frompyfunc(_are_equal_objects, 2, 1)(got, expected), bool)
    elif expected.dtype.kind in "fc":
        new_nan = np.isnan(got) & ~np.isnan(expected)
        if new_nan.any():
            return f"holds NaN (not a number) in {new_nan.sum()} of {got.size} places"
        equal = np.isclose(
            got,
            expected,
            rtol=_tolerance(got),
            atol=ABSOLUTE_TOLERANCE,
            equal_nan=True,
        )
    else:
        equal = got == expected
    if equal.all():
        return None
    return _range_difference(expected, got) or _value_difference(expected, got, equal)


def _tolerance(array: np.ndarray) -> float:
    return HALF_PRECISION_TOLERANCE if array.dtype == np.float16 else RELATIVE_TOLERANCE


def _range_difference(expected: np.ndarray, got: np.ndarray) -> str | None:
    """Says the range where the values leave the one expected."""
    if expected.dtype.kind not in "iuf" or not np.isfinite(expected).all():
        return None
    low, high = expected.min().item(), expected.max().item()
    got_low, got_high = got.min().item(), got.max().item()
    if got_low >= low - ABSOLUTE_TOLERANCE and got_high <= high + ABSOLUTE_TOLERANCE:
        return None
    return f"goes from {show(got_low)} to {show(got_high)}; expected {show(low)} to {show(high)}"


def _value_difference(expected: np.ndarray, got: np.ndarray, equal: np.ndarray) -> str:
    first = tuple(int(index) for index in np.argwhere(~equal)[0])
    place = f" at {list(first)}" if first else ""
    return (
        f"differs in {(~equal).sum()} of {equal.size} values, the first{place}: "
        f"{show(_item(got, first))}, expected {show(_item(expected, first))}"
    )


def _item(array: np.ndarray, place: tuple[int, ...]) -> Any:
    value = array[place]
    return value.item() if isinstance(value, np.generic) else value


def _are_equal_objects(one: Any, other: Any) -> bool:
    return compare_values("", one, other) is None
