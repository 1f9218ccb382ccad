"""tap_sides: the sides of the encoder's five feature maps, predicted.

The task keeps the name of the first version, by which students hand in their answers.
"""

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from lessons_lib.checks.common import as_whole
from lessons_lib.checks.observing import UnfitAnswer
from lessons_lib.checks.quiz import Question, Quiz, read_answer, read_pairs
from lessons_lib.checks.task import Misconception, Task
from lessons_lib.checks.values import plain


def declare() -> Task:
    """Declares the exercise."""
    return Task(
        name="tap_sides",
        lesson=2,
        minutes=5,
        aim="Predict, without running the network, the sides of the five feature maps, shallow to "
        "deep, for images of 96×96, 128×128, 224×224 and 200×200 pixels.",
        signature="tap_sides",
        hints=(
            "You know the five sides for 128. What happens to the side between two of them?",
            "With a stride of 2, and zeros around the picture, there is one answer for every "
            "second pixel: the 1st, 3rd, 5th and so on. How many of 6 pixels are these? How many "
            "of 7?",
            "With 200 alone an odd side has to be halved: 25, and then what comes of it. Of 25 "
            "pixels, how many stand at the odd places 1, 3, …, 25?",
        ),
        reference=_all_sides(_sides),
        observe=_read_sides,
        misconceptions=MISCONCEPTIONS,
        why="A decoder that doubles 7 and 13 gets 14 and 26, where the encoder has 13 and 25: no "
        "feature map could be joined there, and so `build_encoder` asks for a multiple of 32.",
    )


IMAGE_SIDES = (96, 128, 224, 200)
FEATURE_MAPS = 5
SQUARE = re.compile(r"(\d+(?:\.\d+)?)\s*[x×*]\s*\1(?![\d.])")  # 48×48


def _sides(
    side: float, halve: Callable[[float], float] = lambda side: math.ceil(side / 2)
) -> tuple:
    """The sides of the five feature maps, shallow to deep."""
    sides = []
    for _ in range(FEATURE_MAPS):
        side = halve(side)
        sides.append(side)
    return tuple(sides)


def _all_sides(sides_of: Callable[[int], tuple]) -> dict[int, tuple]:
    return {side: sides_of(side) for side in IMAGE_SIDES}


def _read_sides(answer: Any) -> dict[str, Any]:
    """Takes the sides as they are meant: as texts, arrays, decimal numbers, height and width."""
    if callable(answer):
        raise UnfitAnswer(
            "A function was handed in; asked for are the numbers that it gives, in a dictionary.",
            "the function instead of the numbers",
        )
    sides = read_pairs(answer, IMAGE_SIDES)
    if sides is None:
        raise UnfitAnswer(
            "Write a dictionary: for each size of image five numbers, {96: (…), 128: (…), …}.",
            "no dictionary",
        )
    missing = [size for size in IMAGE_SIDES if size not in sides]
    if missing or len(sides) > len(IMAGE_SIDES):
        said = ", ".join(map(str, missing or [one for one in sides if one not in IMAGE_SIDES]))
        raise UnfitAnswer(
            f"{'The sides are missing for' if missing else 'Nobody asked for'} {said[:40]}; asked "
            f"for are {', '.join(map(str, IMAGE_SIDES))}.",
            "a size is missing" if missing else "a size too many",
        )
    read = {size: _read_row(sides[size]) for size in IMAGE_SIDES}
    counts = {len(row) for row in read.values() if isinstance(row, tuple)}
    if counts and counts != {FEATURE_MAPS} and len(counts) == 1:
        raise UnfitAnswer(
            f"The encoder gives {FEATURE_MAPS} feature maps, so there are {FEATURE_MAPS} numbers "
            f"for each image; yours has {counts.pop()}.",
            "another number of maps",
        )
    return {f"what you say of {size}": row for size, row in read.items()}


def _read_row(row: Any) -> Any:
    """Returns the sides in a row of a dictionary as whole numbers, where they are."""
    if isinstance(row, str):
        row = SQUARE.sub(r"\1", row)
        row = read_answer(row)
    row = plain(row)
    row = tuple(row.tolist()) if isinstance(row, np.ndarray) else row
    if not isinstance(row, tuple):
        return row
    row = tuple(
        tuple(one.tolist()) if isinstance(one, np.ndarray) else read_answer(one) for one in row
    )
    pairs = [isinstance(one, tuple) and len(one) == 2 and one[0] == one[1] for one in row]
    return tuple(as_whole(one[0] if pair else one) for one, pair in zip(row, pairs, strict=True))


def tap_sides_form() -> Quiz:
    """Returns the form of `tap_sides`, a field for each size of image."""
    from lessons_lib.checks import check

    questions = [
        Question(side, f"The sides of the five maps for {side}×{side}, for example 5, 4, 3, 2, 1")
        for side in IMAGE_SIDES
    ]
    return Quiz("tap_sides", questions, check.tap_sides)


MISCONCEPTIONS = (
    Misconception(
        "rounds down",
        "For 200 the odd sides are rounded down. Count once more: with a stride of 2 there is an "
        "answer for the 1st, 3rd, 5th … pixel, and in an odd row for the last one too.",
        _all_sides(lambda side: _sides(side, lambda side: side // 2)),
    ),
    Misconception(
        "rounds down once",
        "For 200 the side 25 is odd. Of 25 pixels, how many stand at the 1st, 3rd, 5th … place, "
        "the last one included? From there it goes on.",
        _all_sides(_sides) | {200: (100, 50, 24, 12, 6)},
        also=(
            _all_sides(_sides) | {200: (100, 50, 25, 12, 7)},
            _all_sides(_sides) | {200: (100, 50, 25, 13, 6)},
            _all_sides(_sides) | {200: (100, 50, 26, 13, 7)},
        ),
    ),
    Misconception(
        "thinks that 200 is refused",
        "`build_encoder` refuses 200, and MobileNetV2 does not: it halves 25 as well, somehow. "
        "How?",
        _all_sides(_sides) | {200: "refused"},
        also=tuple(
            _all_sides(_sides) | {200: one} for one in ("error", "none", None, (0,) * 5, ())
        ),
    ),
    Misconception(
        "gives the channels",
        "These are numbers of channels. Asked for is how high and wide the maps are.",
        _all_sides(lambda side: (96, 144, 192, 576, 320)),
    ),
    Misconception(
        "keeps half pixels",
        "There is half a pixel in it. A feature map has whole rows and columns; decide what "
        "the network does where the side is odd.",
        _all_sides(lambda side: _sides(side, lambda side: side / 2)),
    ),
    Misconception(
        "begins with the whole image",
        "The first feature map is given the side of the image. The network halves once before it.",
        _all_sides(lambda side: (side, *_sides(side)[:-1])),
    ),
    Misconception(
        "deep first",
        "The numbers are in the other direction: shallow is what comes first on the way in, "
        "and it has the largest map.",
        _all_sides(lambda side: _sides(side)[::-1]),
    ),
    Misconception(
        "the same for every image",
        "All images are given the same sides. The network has no size of its own: it halves "
        "whatever comes.",
        _all_sides(lambda side: _sides(128)),
    ),
    Misconception(
        "quarters the side",
        "The side is divided by four from map to map. A stride of 2 leaves a quarter of the "
        "pixels, since it works on the height and on the width; what does that do to one "
        "side?",
        _all_sides(lambda side: _sides(side, lambda side: math.ceil(side / 4))),
        also=(_all_sides(lambda side: _sides(side, lambda side: side // 4)),),
    ),
    Misconception(
        "counts pixels",
        "These are the numbers of pixels of each map. Asked for is the length of one side.",
        _all_sides(lambda side: tuple(one**2 for one in _sides(side))),
    ),
)
