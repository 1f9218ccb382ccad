"""iou_per_class: from a confusion matrix to each class's IoU."""

from collections.abc import Callable

import numpy as np

from lessons_lib.checks.task import Misconception, Task
from lessons_lib.metrics import iou_per_class as course_iou_per_class


def declare() -> Task:
    """Declares the exercise."""
    return Task(
        name="iou_per_class",
        lesson=4,
        minutes=8,
        aim="Compute each class's intersection over union from a confusion matrix; NaN for a class "
        "that is neither true nor predicted anywhere.",
        signature="iou_per_class(confusion)",
        hints=(
            "Take one class. Where in the matrix are its hits, where the pixels that have it, "
            "where those that were given it?",
            "Hits: the diagonal. A row holds all pixels that have the class, a column all that "
            "were given it.",
            "Union: row plus column, but who is counted in both?",
            "hits = np.diag(confusion); the union is the sum of the rows plus the sum of the "
            "columns, minus the hits. In arrays of NumPy 0 / 0 already is NaN, with a warning.",
        ),
        reference=course_iou_per_class,
        cases=_confusions,
        misconceptions=MISCONCEPTIONS,
        why="IoU punishes misses and false alarms alike, so the lazy model, all background, gets 0 "
        "for pet and border; and exchanging rows and columns does not change it.",
    )


def _confusions() -> list[tuple]:
    """Confusion matrices; in some a class is nowhere, never true, or never predicted."""
    return [
        (np.array([[6, 2, 0], [1, 9, 2], [3, 0, 4]]),),
        (np.array([[30, 5, 7], [2, 80, 11], [9, 3, 20]]),),
        (np.array([[8, 0, 2], [0, 0, 0], [1, 0, 5]]),),
        (np.array([[7, 1, 2], [0, 12, 3], [0, 0, 0]]),),
        (np.array([[40, 3], [300, 900]]),),
        (np.array([[9, 0, 2], [4, 0, 3], [1, 0, 6]]),),
        (np.array([[5, 0, 1, 2], [1, 7, 0, 0], [2, 1, 9, 3], [0, 4, 1, 300]]),),
    ]


def _with_either_absence(count: Callable) -> dict:
    """Gives the wrong answers of a mistake: NaN or 0 where there is nothing to divide by."""

    def answer(confusion: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            part, whole = count(np.diag(confusion), confusion.sum(axis=1), confusion.sum(axis=0))
            return part / whole

    return {"wrong": answer, "also": (lambda confusion: np.nan_to_num(answer(confusion)),)}


def _without_absent(confusion: np.ndarray) -> np.ndarray:
    values = course_iou_per_class(confusion)
    return values[~np.isnan(values)]


def _absent_means(value: float) -> Callable:
    return lambda confusion: np.nan_to_num(course_iou_per_class(confusion), nan=value)


def _never_true_is_absent(confusion: np.ndarray) -> np.ndarray:
    return np.where(confusion.sum(axis=1) > 0, course_iou_per_class(confusion), np.nan)


def _never_predicted_is_absent(confusion: np.ndarray) -> np.ndarray:
    return np.where(confusion.sum(axis=0) > 0, course_iou_per_class(confusion), np.nan)


def _never_hit_is_absent(confusion: np.ndarray) -> np.ndarray:
    return np.where(np.diag(confusion) > 0, course_iou_per_class(confusion), np.nan)


def _of_three_classes(confusion: np.ndarray) -> np.ndarray:
    values = np.full(3, np.nan)
    count = min(3, len(confusion))
    values[:count] = course_iou_per_class(confusion)[:count]
    return values


MISCONCEPTIONS = (
    Misconception(
        "recall",
        "This is the recall: hits out of all pixels that have the class. A model that calls "
        "everything pet would get 1 for pet.",
        **_with_either_absence(lambda hits, true, predicted: (hits, true)),
    ),
    Misconception(
        "precision",
        "This is the precision: hits out of all pixels that were given the class. A model "
        "that dares a single pixel, rightly, would get 1.",
        **_with_either_absence(lambda hits, true, predicted: (hits, predicted)),
    ),
    Misconception(
        "counts the hits twice",
        "The hits stand in the row and in the column, so the union counts them twice: even a "
        "perfect model would get a half.",
        **_with_either_absence(lambda hits, true, predicted: (hits, true + predicted)),
    ),
    Misconception(
        "Dice",
        "This is the Dice score, also called F1: twice the hits over row plus column. It is a "
        "relative of IoU, and never below it.",
        **_with_either_absence(lambda hits, true, predicted: (2 * hits, true + predicted)),
    ),
    Misconception(
        "leaves the hits out of the union",
        "The union lacks the hits: only misses and false alarms are in it. Such a number may "
        "exceed 1, or divide by zero where the model is perfect.",
        **_with_either_absence(lambda hits, true, predicted: (hits, true + predicted - 2 * hits)),
    ),
    Misconception(
        "divides by all pixels",
        "The hits are divided by all pixels of the set: a small class would get a small "
        "number even if it were found perfectly.",
        **_with_either_absence(lambda hits, true, predicted: (hits, true.sum())),
    ),
    Misconception(
        "accuracy of each class",
        "This is how often class or not-class was right. The many pixels that are rightly "
        "called something else count as hits, which flatters a rare class most.",
        **_with_either_absence(
            lambda hits, true, predicted: (
                true.sum() - true - predicted + 2 * hits,
                true.sum(),
            )
        ),
    ),
    Misconception(
        "accuracy",
        "This is one number, the pixel accuracy, and it flatters: a large background makes it "
        "high. Asked for is one number for each class.",
        lambda confusion: np.diag(confusion).sum() / confusion.sum(),
    ),
    Misconception(
        "mean IoU",
        "This is the mean over the classes. It hides which class is poor; give one number for "
        "each.",
        lambda confusion: np.nanmean(course_iou_per_class(confusion)),
        also=(
            lambda confusion: np.nan_to_num(course_iou_per_class(confusion)).mean(),
            lambda confusion: course_iou_per_class(confusion).mean(),
        ),
    ),
    Misconception(
        "absent is 0",
        "A class that is nowhere gets 0, as if the model had failed at it. There was nothing "
        "to find and nothing was claimed; the mean would be pulled down for nothing.",
        _absent_means(0.0),
        also=(
            lambda confusion: (
                np.diag(confusion)
                / (confusion.sum(0) + confusion.sum(1) - np.diag(confusion) + 1e-7)
            ),
        ),
    ),
    Misconception(
        "absent is 1",
        "A class that is nowhere gets 1, as if the model had found it perfectly. The mean "
        "would be pushed up for nothing.",
        _absent_means(1.0),
        also=(
            lambda confusion: (
                (np.diag(confusion) + 1e-7)
                / (confusion.sum(0) + confusion.sum(1) - np.diag(confusion) + 1e-7)
            ),
        ),
    ),
    Misconception(
        "leaves the absent class out",
        "A class that is nowhere has no place in the result, so the classes behind it move up "
        "and take its name.",
        _without_absent,
    ),
    Misconception(
        "calls a class absent that was predicted",
        "NaN is given to a class that no pixel has, though the model claimed it somewhere. "
        "Those claims are wrong, and the union is not empty.",
        _never_true_is_absent,
    ),
    Misconception(
        "calls a class absent that was never predicted",
        "NaN is given to a class that the model never names, though some pixels have it. All of "
        "them are missed: the union is not empty, and the IoU is 0.",
        _never_predicted_is_absent,
    ),
    Misconception(
        "calls a class absent that was never hit",
        "NaN is given to each class without a hit. Without a hit the IoU is 0, as long as some "
        "pixels have the class or were given it; only where there are neither is there no IoU.",
        _never_hit_is_absent,
    ),
    Misconception(
        "divides whole numbers",
        "Almost everything is 0: `//` or whole numbers cut off what stands behind the point.",
        lambda confusion: (
            np.diag(confusion)
            // np.maximum(confusion.sum(0) + confusion.sum(1) - np.diag(confusion), 1)
        ),
        also=(
            lambda confusion: np.nan_to_num(course_iou_per_class(confusion)).astype(int),
            lambda confusion: np.floor(np.nan_to_num(course_iou_per_class(confusion))),
        ),
    ),
    Misconception(
        "what is missing to 1",
        "This is one minus the IoU: how far hits and union are apart. Asked for is the IoU.",
        lambda confusion: 1 - course_iou_per_class(confusion),
        also=(lambda confusion: 1 - np.nan_to_num(course_iou_per_class(confusion)),),
    ),
    Misconception(
        "always three classes",
        "It gives three numbers however many classes there are. The matrix is C×C, and C may be "
        "any number.",
        lambda confusion: course_iou_per_class(confusion)[:3],
        also=(_of_three_classes,),
    ),
    Misconception(
        "percent",
        "These are percentages. Asked for are numbers from 0 to 1.",
        lambda confusion: 100 * course_iou_per_class(confusion),
        also=(lambda confusion: 100 * np.nan_to_num(course_iou_per_class(confusion)),),
    ),
)
