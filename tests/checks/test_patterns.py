"""What is wrong alike in all cases is named, and nothing is named that was not seen."""

import dataclasses

import numpy as np
import pytest
from toy_lesson import BORDER, SCALE_PAIR, SHARE, share

from lessons_lib.checks.engine import judge
from lessons_lib.checks.result import RAISED, RIGHT, WRONG

# The toy lesson's own misconceptions would come first.
PLAIN_SHARE, PLAIN_PAIR = (
    dataclasses.replace(task, misconceptions=()) for task in (SHARE, SCALE_PAIR)
)
VOLUME = dataclasses.replace(
    SHARE,
    name="volume",
    signature="volume(height, width)",
    cases=lambda: [(2, 3), (2, 4), (5, 3), (1, 1)],
    reference=lambda height, width: height * width + 0.25,
    misconceptions=(),
)
TABLE = dataclasses.replace(
    SHARE,
    signature="share(numbers)",
    cases=lambda: [(np.arange(6.0).reshape(2, 3),), (np.arange(12.0).reshape(3, 4) ** 2,)],
    reference=lambda numbers: numbers + 1,
    misconceptions=(),
)


def right_pair(image, mask):
    return image / 255, mask - 1


@pytest.mark.parametrize(
    ("task", "answer", "name", "said"),
    [
        (
            PLAIN_SHARE,
            lambda numbers: [].append(numbers),
            "forgets the return",
            "Is the `return` missing",
        ),
        (PLAIN_SHARE, lambda numbers: print(3), "prints instead of returning", "Printing shows"),
        (PLAIN_SHARE, lambda numbers: 0.5, "ignores what it is given", "whatever it is given"),
        (PLAIN_SHARE, lambda numbers: 100 * share(numbers), "off by a factor", "100 times"),
        (PLAIN_SHARE, lambda numbers: share(numbers) / 4, "off by a factor", "1/4 of"),
        (PLAIN_SHARE, lambda numbers: -share(numbers), "has the wrong sign", "wrong sign"),
        (PLAIN_SHARE, lambda numbers: share(numbers) - 2, "off by a constant", "2 too small"),
        (PLAIN_SHARE, lambda numbers: str(share(numbers)), "gives a text", "the text '0.75'"),
        (
            PLAIN_PAIR,
            lambda image, mask: right_pair(image, mask)[::-1],
            "swaps the results",
            "wrong order",
        ),
        (
            PLAIN_PAIR,
            lambda image, mask: right_pair(image, mask)[1],
            "returns the mask only",
            "without the image",
        ),
        (
            PLAIN_PAIR,
            lambda image, mask: (*right_pair(image, mask), 3),
            "returns too few or too many",
            "3 values",
        ),
        (
            PLAIN_PAIR,
            lambda image, mask: (image / 255, (mask - 1)[..., 0]),
            "loses an axis",
            "The mask holds the right numbers in shape (2, 3)",
        ),
        (
            PLAIN_PAIR,
            lambda image, mask: (image / 255, (mask - 1.0)),
            "another kind of numbers",
            "decimal numbers",
        ),
        (VOLUME, lambda height, width: height * 3 + 0.25, "ignores width", "for 3 and for 4"),
        (VOLUME, lambda height, width: height * width, "off by a constant", "0.25 too small"),
        (VOLUME, lambda height, width: round(height * width), "off by a constant", ""),
        (
            VOLUME,
            lambda height, width: 2 * width + 0.25 if height == 2 else 7.0,
            "right at times only",
            "right in 2 of 4 cases",
        ),
        (TABLE, lambda numbers: (numbers + 1)[::-1], "turns the result", "upside down"),
        (TABLE, lambda numbers: (numbers + 1).T[:, ::-1].T, "turns the result", "upside down"),
        (TABLE, lambda numbers: (numbers + 1).T, "turns the result", "transposed"),
        (
            TABLE,
            lambda numbers: (numbers + 1) / numbers.max(),
            "right proportions, another scale",
            "What are they divided by",
        ),
        (TABLE, lambda numbers: (numbers + 1).tolist(), "gives a list instead of an array", ""),
    ],
)
def test_a_pattern_is_named_in_a_sentence(task, answer, name, said):
    result = judge(task, answer)
    assert (result.outcome, result.misconception) == (WRONG, name)
    assert said in result.message


@pytest.mark.parametrize(
    "answer",
    [
        lambda numbers: share(numbers) ** 2 + 0.01,
        lambda numbers: float(numbers[0]) + 0.123,
        lambda numbers: share(numbers) + 0.1 * len(numbers),
    ],
)
def test_what_has_no_pattern_gets_no_name(answer):
    result = judge(PLAIN_SHARE, answer)
    assert (result.outcome, result.misconception) == (WRONG, None)


def test_no_pattern_gives_a_quiz_away():
    assert judge(BORDER, 6).misconception is None


def test_an_answer_that_raises_at_times_only_is_told_so():
    def answer(height, width):
        return height * width + 0.25 if height < 5 else {}[height]

    result = judge(VOLUME, answer)
    assert (result.outcome, result.misconception) == (RAISED, "raises at times")
    assert "right in 3 of 4 cases" in result.message
    assert judge(VOLUME, lambda height, width: height * width + 0.25).outcome == RIGHT
