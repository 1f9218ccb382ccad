"""class_shares: the share of each class over masks of unequal size."""

import numpy as np

from lessons_lib.checks.task import Misconception, Task
from lessons_lib.data import class_shares as course_class_shares


def declare() -> Task:
    """Declares the exercise."""
    return Task(
        name="class_shares",
        lesson=1,
        minutes=8,
        aim="Say which share of all pixels each of the three classes has, over a list of masks of "
        "different sizes with labels 0, 1, 2.",
        signature="class_shares(masks)",
        hints=(
            "Every pixel counts once, in whatever mask it is.",
            "Count first, over all masks; divide once, at the end.",
            "`np.bincount(mask.ravel(), minlength=3)` counts a class that is not there, too.",
            "Add these counts up over the masks, then divide by their sum.",
        ),
        reference=course_class_shares,
        cases=_lists_of_masks,
        returns=("shares",),
        misconceptions=MISCONCEPTIONS,
        why="The shares say what a lazy model would learn first, and lesson 5 makes weights of "
        "them; an absent class that shifts the others would weight the wrong ones.",
    )


def _lists_of_masks() -> list[tuple]:
    """Lists of masks with labels 0, 1, 2, of unequal size; in some a class does not occur."""
    return [
        ([np.array([[0, 1], [1, 1]]), np.array([[1, 2, 2, 2, 2, 2]])],),
        ([np.array([[0, 0, 1]]), np.array([[1, 1], [0, 1]])],),
        ([np.full((3, 3), 2), np.array([[2, 1]]), np.array([[1]])],),
        ([np.array([[2, 0, 0, 0, 1, 1]]), np.array([[0, 0]])],),
        (_large_masks(),),
    ]


def _large_masks() -> list[np.ndarray]:
    """Masks as the course has them, of one class and of all, with more pixels than uint8 counts."""
    striped = np.zeros((30, 40, 1), np.uint8)
    striped[::3], striped[:, 25:] = 1, 2
    return [striped, np.full((20, 20, 1), 1, np.uint8)]


def _unequal_mean(masks: list[np.ndarray]) -> np.ndarray:
    return np.mean([course_class_shares(mask) for mask in masks], axis=0)


def _together(masks: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([mask.ravel() for mask in masks])


def _in_how_many(masks: list[np.ndarray]) -> np.ndarray:
    return np.sum([[label in mask for label in range(3)] for mask in masks], axis=0)


def _wrapped_counts(masks: list[np.ndarray]) -> np.ndarray:
    return np.bincount(_together(masks), minlength=3) % 256


def _present_shares(masks: list[np.ndarray]) -> np.ndarray:
    counts = np.unique(_together(masks), return_counts=True)[1]
    return counts / counts.sum()


MISCONCEPTIONS = (
    Misconception(
        "missing absent class",
        "Where a class does not occur, its place is missing and the others move up. An absent "
        "class has the share 0.",
        _present_shares,
        also=(lambda masks: np.bincount(_together(masks)) / len(_together(masks)),),
    ),
    Misconception(
        "percentages",
        "These are percentages: they add up to 100. Shares add up to 1.",
        lambda masks: 100 * course_class_shares(masks),
        also=tuple(
            lambda masks, digits=digits: np.round(100 * course_class_shares(masks), digits)
            for digits in (0, 1, 2, 3)
        ),
    ),
    Misconception(
        "mean of means",
        "The shares of each mask are averaged, so that a pixel of a small mask counts more "
        "than one of a large mask.",
        _unequal_mean,
    ),
    Misconception(
        "counts",
        "These are numbers of pixels; divide them by all pixels.",
        lambda masks: np.bincount(_together(masks), minlength=3),
        also=(lambda masks: np.bincount(_together(masks), minlength=3).astype(float),),
    ),
    Misconception(
        "expects labels from 1",
        "It counts the values 1, 2, 3, so that class 0 is lost. The masks hold labels 0, 1, 2.",
        lambda masks: np.bincount(_together(masks), minlength=4)[1:] / len(_together(masks)),
    ),
    Misconception(
        "first mask only",
        "Only the first mask is counted.",
        lambda masks: course_class_shares(masks[0]),
    ),
    Misconception(
        "last mask only",
        "Only the last mask is counted: in each round its shares take the place of those before.",
        lambda masks: course_class_shares(masks[-1]),
    ),
    Misconception(
        "adds shares",
        "The shares of the masks are added, so that they add up to the number of masks. Add "
        "pixels, and divide once, at the end.",
        lambda masks: len(masks) * _unequal_mean(masks),
    ),
    Misconception(
        "counts masks",
        "It counts the masks that hold a class, not the pixels.",
        lambda masks: _in_how_many(masks) / _in_how_many(masks).sum(),
        also=(lambda masks: _in_how_many(masks) / len(masks),),
    ),
    Misconception(
        "takes all masks to be equally large",
        "The pixels are divided as if every mask were as large as the first; they differ in size.",
        lambda masks: np.bincount(_together(masks), minlength=3) / (len(masks) * masks[0].size),
    ),
    Misconception(
        "counts beyond 255 in uint8",
        "The counts start again from 0 after 255: uint8 has no larger number. Count in whole "
        "numbers of more bits.",
        lambda masks: _wrapped_counts(masks) / _wrapped_counts(masks).sum(),
        also=(lambda masks: _wrapped_counts(masks) / len(_together(masks)),),
    ),
    Misconception(
        "sorted by size",
        "The shares are sorted by size. Their place is what tells the class: keep the order "
        "of the labels.",
        lambda masks: np.sort(course_class_shares(masks))[::-1].copy(),
        also=(lambda masks: np.sort(course_class_shares(masks)),),
    ),
    Misconception(
        "divides by the number of masks",
        "The counts are divided by the number of masks, not of pixels: these are mean counts.",
        lambda masks: np.bincount(_together(masks), minlength=3) / len(masks),
    ),
)
