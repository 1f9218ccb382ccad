"""Ways to be wrong that any task may meet: seen in what an answer gave, never guessed.

They come after a task's own misconceptions. Each looks at expected and got in all cases together
and gives a name and a sentence, or None; where the sentence is empty, that of the first difference
is told. Nothing here is said of a quiz, whose answer would be given away.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lessons_lib.checks.comparing import Comparison, compare_values
from lessons_lib.checks.observing import Observation
from lessons_lib.checks.task import Misconception, Task
from lessons_lib.checks.values import Other, agree, capitalise, show

SMALLEST = 1e-9  # of factors
LARGEST = 1e300  # of the numbers that are calculated with
Found = tuple[str, str] | None
WRONG_KINDS = {
    "an object of type generator": (
        "yields instead of returning",
        "It gives a generator, as functions with `yield` do. Use `return`.",
    ),
    "an object of type coroutine": (
        "waits instead of returning",
        "It gives a coroutine, as functions with `async` do. Use a plain `def`.",
    ),
}


@dataclass(frozen=True)
class Part:
    """A part of the result that is wrong: what was expected of it in each case, and what came."""

    name: str
    expected: Sequence[Any]
    got: Sequence[Any]

    @property
    def arrays(self) -> list[tuple[np.ndarray, np.ndarray]] | None:
        """Pairs of arrays of decimal numbers, of one shape; None where these are none."""
        pairs = list(zip(self.expected, self.got, strict=True))
        if not all(_is_numeric(one) and _is_numeric(other) for one, other in pairs):
            return None
        arrays = [(np.asarray(one, float), np.asarray(other, float)) for one, other in pairs]
        return arrays if all(one.shape == other.shape for one, other in arrays) else None


def find_pattern(task: Task, comparison: Comparison, printed: str) -> Misconception | None:
    """Returns a misconception for what an answer did in all cases, or None."""
    if task.kind == "value" or not comparison.differences:
        return None
    if any(one.error is not None for one in comparison.got):
        return None
    found = next(_found(task, comparison, printed), None)
    return Misconception(*found, wrong=None) if found else None


def _found(task: Task, comparison: Comparison, printed: str) -> Iterator[tuple[str, str]]:
    searches: list[Callable[[], Found]] = [
        lambda: _gives_nothing(task, comparison, printed),
        lambda: _gives_another_kind(comparison),
        lambda: _gives_other_parts(task, comparison),
        lambda: _ignores_everything(comparison),
        lambda: _ignores_one_input(task, comparison),
    ]
    part = _wrong_part(task, comparison)
    if part is not None:
        relations = (
            *(_of_another_type, _of_another_shape, _turned),
            *(_scaled, _shifted, _rounded, _in_proportion),
        )
        searches += [lambda relation=relation: relation(part) for relation in relations]
    searches.append(lambda: _right_at_times(task, comparison))
    for search in searches:
        found = search()
        if found is not None:
            yield found


def _gives_nothing(task: Task, comparison: Comparison, printed: str) -> Found:
    if task.kind != "function" or any(one.value is not None for one in comparison.got):
        return None
    if printed:
        return (
            "prints instead of returning",
            "It prints its result and returns None. Printing shows, `return` gives it back.",
        )
    return "forgets the return", "It returns None. Is the `return` missing?"


def _gives_another_kind(comparison: Comparison) -> Found:
    kinds = {one.value.description for one in comparison.got if isinstance(one.value, Other)}
    return next((WRONG_KINDS[kind] for kind in WRONG_KINDS if kind in kinds), None)


def _gives_other_parts(task: Task, comparison: Comparison) -> Found:
    names, first = task.returns, comparison.got[0].value
    if len(names) < 2 or not all(isinstance(one.value, tuple) for one in comparison.expected):
        return None
    if all(isinstance(one.value, tuple) and len(one.value) == len(names) for one in comparison.got):
        return _in_another_order(comparison)
    came = len(first) if isinstance(first, tuple) else 1
    for place, name in enumerate(names):
        if came == 1 and all(
            compare_values(name, wanted.value[place], _only(got.value)) is None
            for wanted, got in _pairs(comparison)
        ):
            others = " and ".join(f"the {one}" for one in names if one != name)
            return f"returns the {name} only", f"It returns the {name} alone, without {others}."
    if came == len(names):
        return None
    return "returns too few or too many", ""


def _only(value: Any) -> Any:
    return value[0] if isinstance(value, tuple) and len(value) == 1 else value


def _in_another_order(comparison: Comparison) -> Found:
    for wanted, got in _pairs(comparison):
        turned = got.value[::-1]
        pairs = zip(wanted.value, turned, strict=True)
        if any(compare_values("", *pair) is not None for pair in pairs):
            return None
    return "swaps the results", "All results are right, and they come in the wrong order."


def _ignores_everything(comparison: Comparison) -> Found:
    # A dictionary is what the check says of the answer, and not what it gave.
    is_own = not any(isinstance(one.value, dict | Other) for one in comparison.got)
    if not (is_own and comparison.by_part and comparison.ignores_inputs):
        return None
    return (
        "ignores what it is given",
        "It gives the same result whatever it is given. Compute it from what is given.",
    )


def _ignores_one_input(task: Task, comparison: Comparison) -> Found:
    """Looks at pairs of cases that differ in one input only."""
    if not comparison.by_part or isinstance(comparison.got[0].value, dict | Other):
        return None
    cases = list(_pairs(comparison))
    for place, name in enumerate(task.parameters):
        pairs = [
            (one, other)
            for index, one in enumerate(cases)
            for other in cases[index + 1 :]
            if _differ_only_at(place, one[1].inputs, other[1].inputs)
            and compare_values("", one[0].value, other[0].value) is not None
            and _holds_something(one[1].value)
        ]
        if pairs and all(
            compare_values("", one[1].value, other[1].value) is None for one, other in pairs
        ):
            first, second = (show(one[1].inputs[place]) for one in pairs[0])
            tried = f" for {first} and for {second}" if len(first + second) < 30 else ""
            return (
                f"ignores {name}",
                f"Whatever `{name}` is, the result stays the same{tried}. It has to depend on it.",
            )
    return None


def _differ_only_at(place: int, one: tuple, other: tuple) -> bool:
    if len(one) != len(other) or place >= len(one):
        return False
    same = [compare_values("", *pair) is None for pair in zip(one, other, strict=True)]
    return not same[place] and sum(same) == len(same) - 1


def _wrong_part(task: Task, comparison: Comparison) -> Part | None:
    """Returns the one part that is wrong, where it can be told apart and is the answer's own."""
    values = [one.value for one in (*comparison.expected, *comparison.got)]
    if any(isinstance(value, dict) for value in values):
        return None
    expected, got = ([one.value for one in side] for side in (comparison.expected, comparison.got))
    if len(task.returns) < 2:
        name = f"the {task.returns[0]}" if len(task.returns) == 1 else "the result"
        return Part(name, expected, got)
    if not comparison.by_part or len(task.returns) < 2 or len(comparison.parts) != 1:
        return None
    (name,) = comparison.parts
    place = [f"the {one}" for one in task.returns].index(name)
    return Part(name, [value[place] for value in expected], [value[place] for value in got])


def _of_another_type(part: Part) -> Found:
    name = capitalise(part.name)
    if all(isinstance(value, np.ndarray) for value in part.expected) and all(
        isinstance(value, tuple) for value in part.got
    ):
        made = [np.array(value) if _is_regular(value) else value for value in part.got]
        if _all_equal(part.expected, made):
            return (
                "gives a list instead of an array",
                f"{name} is right, and it is a list; asked for is an array. "
                "`np.array(...)` makes one of it.",
            )
    if all(isinstance(value, tuple) for value in part.got) and all(
        _is_number(value) for value in part.expected
    ):
        sums = [sum(value) if all(map(_is_number, value)) else None for value in part.got]
        if _all_equal(part.expected, sums):
            return (
                "gives the parts instead of the sum",
                f"{name} comes in {len(part.got[0])} parts, whose sum is right: add them up.",
            )
    if all(isinstance(value, str) for value in part.got):
        return "gives a text", ""
    return None


def _is_regular(value: tuple) -> bool:
    try:
        return np.array(value).dtype.kind in "iufb"
    except ValueError:
        return False


def _of_another_shape(part: Part) -> Found:
    pairs = list(zip(part.expected, part.got, strict=True))
    if not all(isinstance(one, np.ndarray) for pair in pairs for one in pair):
        return None
    if all(one.shape == other.shape for one, other in pairs):
        return None
    name = capitalise(part.name)
    if not all(one.size == other.size for one, other in pairs):
        return None
    flat = [(one.ravel(), other.ravel()) for one, other in pairs]
    if any(compare_values("", *pair) is not None for pair in flat):
        return None
    wanted, came = pairs[0][0].shape, pairs[0][1].shape
    if len(came) < len(wanted):
        kind = "loses an axis"
    else:
        kind = "adds an axis" if len(came) > len(wanted) else "puts an axis elsewhere"
    verb = agree("holds", part.name)
    return kind, f"{name} {verb} the right numbers in shape {came}; expected {wanted}."


def _turned(part: Part) -> Found:
    name = capitalise(part.name)
    turns: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "transposed: rows and columns have changed places": np.transpose,
        "upside down": lambda array: array[::-1],
        "mirrored, left and right": lambda array: array[:, ::-1],
        "turned by half": lambda array: array[::-1, ::-1],
    }
    pairs = list(zip(part.expected, part.got, strict=True))
    if all(isinstance(one, tuple) and isinstance(other, tuple) for one, other in pairs):
        if _all_equal(part.expected, [one[::-1] for one in part.got]):
            return "turns the result", f"All is there, and {part.name} is in reverse order."
        return None
    for said, turn in turns.items():
        if all(
            isinstance(one, np.ndarray)
            and isinstance(other, np.ndarray)
            and other.ndim > (0 if said == "upside down" else 1)
            for one, other in pairs
        ) and _all_equal(part.expected, [turn(one) for one in part.got]):
            said = "in reverse order" if pairs[0][0].ndim == 1 else said
            verb = agree("is", part.name)
            return "turns the result", f"{name} {verb} right, only {said}."
    return None


def _scaled(part: Part) -> Found:
    ratios = _relation(part, np.divide)
    if ratios is None or np.isclose(ratios, 1):
        return None
    name = capitalise(part.name)
    if np.isclose(ratios, -1):
        return (
            "has the wrong sign",
            f"{name} {agree('has', part.name)} the wrong sign in every case.",
        )
    said = f"{ratios:.6g} times" if abs(ratios) >= 1 else f"1/{1 / ratios:.6g} of"
    return (
        "off by a factor",
        f"In every case {part.name} {agree('is', part.name)} {said} what should come out.",
    )


def _shifted(part: Part) -> Found:
    difference = _relation(part, np.subtract)
    if difference is None or np.isclose(difference, 0):
        return None
    said = f"{abs(difference):.6g} too {'large' if difference > 0 else 'small'}"
    verb = agree("is", part.name)
    return "off by a constant", f"In every case {part.name} {verb} {said}."


def _relation(part: Part, operation: Callable) -> float | None:
    """Returns what the operation makes of got and expected, if it is one number everywhere."""
    arrays = part.arrays
    if arrays is None:
        return None
    expected, got = (np.concatenate([pair[side].ravel() for pair in arrays]) for side in (0, 1))
    with np.errstate(all="ignore"):
        numbers = operation(got, expected)
    if operation is np.divide:
        both_zero = (got == 0) & (expected == 0)
        numbers, expected = numbers[~both_zero], expected[~both_zero]
    numbers = numbers[~(np.isnan(expected))]
    if len(np.unique(expected)) < 3 or not np.isfinite(numbers).all():
        return None
    return float(numbers[0]) if np.allclose(numbers, numbers[0], rtol=1e-4, atol=1e-6) else None


def _in_proportion(part: Part) -> Found:
    """Says that the numbers of each case fit each other, by another factor in each."""
    arrays = part.arrays
    if arrays is None or min(len(np.unique(one)) for one, _ in arrays) < 2:
        return None
    ratios = []
    for expected, got in arrays:
        if not np.array_equal(np.isnan(expected), np.isnan(got)):
            return None
        there = ~np.isclose(expected, 0) & np.isfinite(expected)
        if not np.allclose(got[np.isclose(expected, 0)], 0) or not there.any():
            return None
        numbers = got[there] / expected[there]
        if not np.isfinite(numbers).all() or not np.allclose(numbers, numbers[0], rtol=1e-4):
            return None
        ratios.append(float(numbers[0]))
    if not np.isfinite(ratios).all() or min(map(abs, ratios)) < SMALLEST:
        return None
    if np.allclose(ratios, 1):
        return None
    first = next(ratio for ratio in ratios if not np.isclose(ratio, 1))
    return (
        "right proportions, another scale",
        f"The numbers of {part.name} are right in proportion to each other, and not in scale: here "
        f"they are {first:.4g} times what they should be. What are they divided by?",
    )


def _rounded(part: Part) -> Found:
    arrays = part.arrays
    if arrays is None or all(np.allclose(one, np.rint(one)) for one, _ in arrays):
        return None
    for digits in (0, 1, 2, 3):
        scale = 10.0**digits
        for cut in (np.rint, np.floor, np.trunc, np.ceil):
            if all(
                np.allclose(cut(one * scale) / scale, other, equal_nan=True)
                for one, other in arrays
            ):
                said = ("whole numbers", "one digit", f"{digits} digits")[min(digits, 2)]
                return (
                    "rounds the result",
                    f"{capitalise(part.name)} {agree('is', part.name)} cut or rounded to {said}; "
                    "give every digit.",
                )
    return None


def _right_at_times(task: Task, comparison: Comparison) -> Found:
    wrong = {one.case for one in comparison.differences}
    count = len(comparison.got)
    if not wrong or len(wrong) == count or not task.parameters:
        return None
    right = min(set(range(count)) - wrong)
    values = comparison.got[right].inputs
    shown = [
        f"{name} = {show(value)}"
        for name, value in zip(task.parameters, values, strict=False)
        if not isinstance(value, Other | np.ndarray | tuple | dict)
    ]
    example = f" It is right for {', '.join(shown)}." if shown else ""
    return (
        "right at times only",
        f"It is right in {count - len(wrong)} of {count} cases, and not in the one below.{example} "
        "What is so there, and not here?",
    )


def _pairs(comparison: Comparison) -> Iterator[tuple[Observation, Observation]]:
    return zip(comparison.expected, comparison.got, strict=True)


def _all_equal(expected: Sequence[Any], got: Sequence[Any]) -> bool:
    return all(compare_values("", *pair) is None for pair in zip(expected, got, strict=True))


def _holds_something(value: Any) -> bool:
    return bool(value.size) if isinstance(value, np.ndarray) else value != ()


def _is_number(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and abs(value) < LARGEST


def _is_numeric(value: Any) -> bool:
    return _is_number(value) or (isinstance(value, np.ndarray) and value.dtype.kind in "iuf")
