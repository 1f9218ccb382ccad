"""Six small tasks of a lesson that does not exist, for the tests of the engine and of grading."""

import numpy as np

from lessons_lib.checks import Misconception, Task

LESSON = 1


def _pairs():
    for seed in range(3):
        numbers = np.random.default_rng(seed)
        image = numbers.integers(0, 256, (2, 3, 3), dtype=np.uint8)
        yield image, numbers.integers(1, 4, (2, 3, 1), dtype=np.uint8)


def scale_pair(image, mask):
    return image.astype(np.float32) / 255, mask - 1


def keep_image(image, mask):
    return image, mask - 1


def keep_labels(image, mask):
    return image.astype(np.float32) / 255, mask


SCALE_PAIR = Task(
    name="scale_pair",
    lesson=LESSON,
    minutes=5,
    aim="Scale an image and its mask.",
    signature="scale_pair(image, mask)",
    hints=("Look at the range.", "Divide by 255, subtract 1."),
    reference=scale_pair,
    misconceptions=(
        Misconception("forgets the minus one", "The labels still are 1 to 3.", keep_labels),
        Misconception("leaves the image", "The image still is 0 to 255.", keep_image),
    ),
    why="Networks learn best from small numbers.",
    cases=lambda: list(_pairs()),
    returns=("image", "mask"),
)


def share(numbers):
    return float(np.mean(np.asarray(numbers) > 0))


def _write_into(numbers):
    numbers[numbers < 0] = 0
    return share(numbers)


def _divide(numbers):
    return 1 / int((numbers < 0).sum())


SHARE = Task(
    name="share",
    lesson=LESSON,
    minutes=3,
    aim="Say which share of the numbers is positive.",
    signature="share(numbers)",
    hints=("Count.", "Take a mean."),
    reference=share,
    misconceptions=(
        Misconception("counts", "It counts.", lambda numbers: int((numbers > 0).sum())),
        Misconception("percent", "It gives percent.", lambda numbers: 100 * share(numbers)),
        Misconception("writes into its input", "It changes the numbers.", _write_into),
        Misconception("divides by zero", "It divides by zero.", _divide),
    ),
    why="Shares are comparable.",
    cases=lambda: [
        (np.array([1.0, -1.0, 2.0, 3.0]),),
        (np.array([1.0, 4.0]),),
        (np.array([-1.0, -2.0, 0.0, 5.0, -3.0]),),
    ],
)

BORDER = Task(
    name="border",
    lesson=LESSON,
    minutes=2,
    aim="Which label is the border?",
    signature="border",
    hints=("Measure.", "It is thin."),
    reference=3,
    misconceptions=(Misconception("follows the tutorial", "The tutorial errs.", 2),),
    why="A wrong legend spoils every picture.",
)

SHAPES = Task(
    name="shapes",
    lesson=LESSON,
    minutes=2,
    aim="Which shapes come out?",
    signature="shapes",
    hints=("Halve.", "Halve again."),
    reference=((4, 4), (2, 2)),
    misconceptions=(Misconception("doubles", "It shrinks.", ((16, 16), (32, 32))),),
    why="Shapes have to fit.",
)


class Counter:
    def __init__(self):
        self.count = 0

    def add(self, number):
        self.count += number


class _Overwrite(Counter):
    def add(self, number):
        self.count = number


def _count(counter_class, first, second):
    counter = counter_class()
    counter.add(first)
    counter.add(second)
    return {"the count": counter.count, "the kind of count": type(counter.count).__name__}


COUNTER = Task(
    name="Counter",
    lesson=LESSON + 1,
    minutes=4,
    aim="Count.",
    signature="class Counter",
    hints=("Add.", "Use +=."),
    reference=Counter,
    misconceptions=(Misconception("forgets", "It forgets the count before.", _Overwrite),),
    why="A sum needs all its parts.",
    cases=lambda: [(1, 2), (3, 4)],
    observe=_count,
)

TASKS = (SCALE_PAIR, SHARE, BORDER, SHAPES, COUNTER)
