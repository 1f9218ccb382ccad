"""tap_sides: the sides of the encoder's five feature maps, predicted.

The task keeps the name of the first version, by which students hand in their answers.
"""

import math
from collections.abc import Callable

from lessons_lib.checks.quiz import Question, Quiz
from lessons_lib.checks.task import Misconception, Task


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
        misconceptions=MISCONCEPTIONS,
        why="A decoder that doubles 7 and 13 gets 14 and 26, where the encoder has 13 and 25: no "
        "feature map could be joined there, and so `build_encoder` asks for a multiple of 32.",
    )


IMAGE_SIDES = (96, 128, 224, 200)
FEATURE_MAPS = 5


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
