"""dice: how well the predicted region of each class covers the true one."""

from collections.abc import Callable

import numpy as np

from lessons_lib.checks.task import Misconception, Task


def declare() -> Task:
    """Declares the exercise."""
    return Task(
        name="dice",
        lesson=4,
        minutes=8,
        aim="Compute each class's Dice score from two masks, over all their pixels; NaN for a "
        "class that is neither true nor predicted anywhere.",
        signature="dice(truth, prediction, classes)",
        hints=(
            "Take one class. `truth == 1` says where it is, `prediction == 1` where the model "
            "says that it is.",
            "Three numbers are needed for a class: the pixels of its true region, those of its "
            "predicted region, and those that lie in both.",
            "`(truth == label) & (prediction == label)` is what they have in common; `.sum()` "
            "counts it.",
            "For each label: twice the common pixels, divided by the sum of the two regions. "
            "Where that sum is 0, put `np.nan`. `np.array` makes an array of a list.",
        ),
        reference=_dice,
        cases=_masks_to_score,
        returns=("result",),
        misconceptions=MISCONCEPTIONS,
        why="Dice and IoU put models in the same order for a class, since one follows from the "
        "other: Dice = 2 · IoU / (1 + IoU). Say which one it is when you tell a number.",
    )


def _masks_to_score() -> list[tuple]:
    """Masks of one and of several pictures; classes that are nowhere, or on one side only."""
    numbers = np.random.default_rng(8)

    def pair(shape: tuple[int, ...], classes: int, errors: float) -> tuple[np.ndarray, np.ndarray]:
        truth = numbers.integers(0, classes, shape).astype(np.uint8)
        is_wrong = numbers.random(shape) < errors
        return truth, np.where(is_wrong, numbers.integers(0, classes, shape), truth)

    small, many = pair((1, 3, 4, 1), 3, 0.4), pair((2, 24, 30, 1), 3, 0.3)
    truth, prediction = pair((3, 4, 5, 1), 5, 0.4)
    truth[truth == 4], prediction[prediction == 1] = 2, 3  # 4 is never true, 1 never predicted
    prediction[0, 0, 0, 0] = 4
    absent = pair((2, 5, 4, 1), 4, 0.5)
    for mask in absent:
        mask[mask == 1] = 3  # 1 is nowhere
        mask[0][mask[0] == 2] = 0  # 2 is in the second picture only
    lazy = (small[0], np.ones_like(small[1]))
    return [
        (*small, 3),
        (*many, 3),
        (truth, prediction, 5),
        (*absent, 4),
        (*lazy, 4),
        (*pair((1, 5, 4, 1), 2, 0.5), 2),
    ]


def _regions(measure: Callable, first: int = 0, last: int = 0) -> Callable:
    """An answer that takes class after class, and measures two regions of True and False."""

    def dice(truth: np.ndarray, prediction: np.ndarray, classes: int) -> np.ndarray:
        labels = range(first, classes + last)
        with np.errstate(all="ignore"):
            return np.array([measure(truth == label, prediction == label) for label in labels])

    return dice


def _dice_of_regions(true: np.ndarray, predicted: np.ndarray) -> np.float64:
    return np.float64(2 * (true & predicted).sum()) / (true.sum() + predicted.sum())


_dice = _regions(_dice_of_regions)


def _ratio(count: Callable, first: int = 0, last: int = 0) -> dict:
    """Gives the wrong answers of a mistake: NaN or 0 where there is nothing to divide by.

    Args:
        count: gives part and whole from the numbers of pixels of a class: hits, true, predicted,
            and of all.
        first: the first label that is taken.
        last: by how many the labels end later.
    """

    def measure(true: np.ndarray, predicted: np.ndarray) -> np.float64:
        hits = int((true & predicted).sum())
        part, whole = count(hits, int(true.sum()), int(predicted.sum()), true.size)
        return np.float64(part) / whole

    answer = _regions(measure, first, last)
    return {"wrong": answer, "also": (lambda *masks: np.nan_to_num(answer(*masks)),)}


def _changed(change: Callable) -> Callable:
    """An answer that makes something else of the right numbers."""
    return lambda truth, prediction, classes: change(_dice(truth, prediction, classes))


def _with_constant(constant: float, *, below: float | None = None) -> Callable:
    """An answer that adds a constant, so that nothing is divided by 0."""

    def measure(true: np.ndarray, predicted: np.ndarray) -> float:
        whole = true.sum() + predicted.sum() + (constant if below is None else below)
        return float((2 * (true & predicted).sum() + constant) / whole)

    return _regions(measure)


def _mean_of_pictures(mean: Callable) -> Callable:
    def dice(truth: np.ndarray, prediction: np.ndarray, classes: int) -> np.ndarray:
        pairs = zip(truth, prediction, strict=True)
        return mean([_dice(*pair, classes) for pair in pairs], axis=0)

    return dice


def _with_labels_as_numbers(truth: np.ndarray, prediction: np.ndarray, classes: int) -> float:
    truth, prediction = truth.astype(float), prediction.astype(float)
    return float(2 * (truth * prediction).sum() / (truth.sum() + prediction.sum()))


MISCONCEPTIONS = (
    Misconception(
        "IoU",
        "This is the IoU: what both have, divided by what at least one of them has. Dice divides "
        "by the sum of the two regions, in which the common part stands twice.",
        **_ratio(lambda hits, true, predicted, all: (hits, true + predicted - hits)),
    ),
    Misconception(
        "forgets the factor 2",
        "The common pixels are counted once above and twice below: even a perfect mask would get "
        "a half.",
        **_ratio(lambda hits, true, predicted, all: (hits, true + predicted)),
    ),
    Misconception(
        "twice the hits over the union",
        "Twice the common pixels are divided by the union: a perfect mask would get 2. A share of "
        "something cannot be more than 1.",
        **_ratio(lambda hits, true, predicted, all: (2 * hits, true + predicted - hits)),
    ),
    Misconception(
        "recall",
        "This is the recall: the common pixels, divided by the true ones. A model that calls "
        "everything pet would get 1 for pet.",
        **_ratio(lambda hits, true, predicted, all: (hits, true)),
    ),
    Misconception(
        "precision",
        "This is the precision: the common pixels, divided by the predicted ones. A model that "
        "dares a single pixel, rightly, would get 1.",
        **_ratio(lambda hits, true, predicted, all: (hits, predicted)),
    ),
    Misconception(
        "accuracy of each class",
        "This is how often class or not-class was right. The many pixels that are rightly called "
        "something else count as hits, which flatters a rare class most.",
        **_ratio(
            lambda hits, true, predicted, all: (all - true - predicted + 2 * hits, all),
        ),
    ),
    Misconception(
        "divides by all pixels",
        "The common pixels are divided by all pixels of the masks: a small class would get a small "
        "number even if it were found perfectly.",
        **_ratio(lambda hits, true, predicted, all: (2 * hits, all)),
    ),
    Misconception(
        "the Dice loss",
        "It is 1 minus the score: the loss, which training makes small. The score is 1 for a "
        "perfect mask.",
        _changed(lambda scores: 1 - scores),
        also=(_changed(lambda scores: np.nan_to_num(1 - scores)),),
    ),
    Misconception(
        "one number",
        "It is one number, a mean over the classes. It hides which class is poor; give one number "
        "for each.",
        _changed(np.nanmean),
        also=(
            _changed(np.mean),
            _changed(lambda scores: np.nan_to_num(scores).mean()),
        ),
    ),
    Misconception(
        "one number for all pixels",
        "It is one number: all classes are thrown together, and that is the share of right pixels. "
        "Do it for each class by itself.",
        lambda truth, prediction, classes: float((truth == prediction).mean()),
        also=(lambda truth, prediction, classes: float(2 * (truth == prediction).mean()),),
    ),
    Misconception(
        "calculates with the labels",
        "The masks are multiplied as they are, as if a label were an amount. Labels are names: "
        "background and border are not one and two times something. Make a region of each class "
        "first, by `==`.",
        _with_labels_as_numbers,
    ),
    Misconception(
        "absent is 0",
        "A class that is nowhere gets 0, as if the model had failed at it. There was nothing to "
        "find and nothing was claimed; a mean over the classes would be pulled down for nothing.",
        _changed(np.nan_to_num),
        also=(_with_constant(0, below=1e-7),),
    ),
    Misconception(
        "absent is 1",
        "A class that is nowhere gets 1, as if the model had found it perfectly. A mean over the "
        "classes would be pushed up for nothing.",
        _changed(lambda scores: np.nan_to_num(scores, nan=1.0)),
        also=(_with_constant(1e-7),),
    ),
    Misconception(
        "absent is a number of its own",
        "A class that is nowhere gets a number, or an object, that stands for nothing. NaN, not a "
        "number, is made for this: `np.nanmean` leaves it out.",
        _changed(lambda scores: np.nan_to_num(scores, nan=-1.0)),
        also=(
            _changed(lambda scores: np.nan_to_num(scores, nan=np.inf)),
            _changed(lambda scores: np.array([None if np.isnan(one) else one for one in scores])),
        ),
    ),
    Misconception(
        "adds a pixel to both",
        "A constant such as 1 is added above and below, which changes every score: a class of few "
        "pixels most. In a loss that keeps a division by 0 away; a score should be exact.",
        _with_constant(1),
        also=(_with_constant(0, below=1), _changed(lambda scores: scores + 1e-3)),
    ),
    Misconception(
        "leaves the absent class out",
        "A class that is nowhere has no place in the result, so the classes behind it move up and "
        "take its name.",
        _changed(lambda scores: scores[~np.isnan(scores)]),
    ),
    Misconception(
        "calls a class absent that was predicted",
        "NaN is given to a class that no pixel has, though the model claimed it somewhere. Such a "
        "false alarm scores 0.",
        _regions(
            lambda true, predicted: (
                _dice_of_regions(true, predicted) if true.any() else np.float64("nan")
            )
        ),
    ),
    Misconception(
        "the mean of the pictures",
        "Each picture is scored by itself, and the scores are averaged. Asked for is one score "
        "over all pixels; a class that is in one of the pictures only is rated otherwise by it.",
        _mean_of_pictures(np.mean),
        also=(
            _mean_of_pictures(np.nanmean),
            _mean_of_pictures(lambda scores, axis: np.nan_to_num(scores).mean(axis=axis)),
            _mean_of_pictures(lambda scores, axis: np.stack(scores)),
        ),
    ),
    Misconception(
        "the first picture only",
        "Only the first picture is scored. The masks hold several.",
        lambda truth, prediction, classes: _dice(truth[0], prediction[0], classes),
    ),
    Misconception(
        "counts in bytes",
        "The pixels are counted in bytes, which wrap around to 0 after 255; a region of a photo "
        "has thousands of pixels. (`tf.reduce_sum` keeps the type of what it adds up.)",
        **_ratio(
            lambda hits, true, predicted, all: (2 * hits % 256, (true + predicted) % 256),
        ),
    ),
    Misconception(
        "whole numbers only",
        "The division has no fractions: only 0 and 1 come out. `//` rounds down, `/` does not.",
        **_ratio(
            lambda hits, true, predicted, all: (
                (2 * hits // (true + predicted), 1) if true + predicted else (0, 0)
            ),
        ),
    ),
    Misconception(
        "labels from 1",
        "The first class, label 0, is missing: in masks of the course that is the pet.",
        **_ratio(lambda hits, true, predicted, all: (2 * hits, true + predicted), first=1),
    ),
    Misconception(
        "the last class is missing",
        "The last class has no score. `range(classes - 1)` ends one before it already.",
        **_ratio(lambda hits, true, predicted, all: (2 * hits, true + predicted), last=-1),
    ),
    Misconception(
        "always three classes",
        "It gives three scores whatever `classes` says. Other data sets have other numbers of "
        "classes.",
        lambda truth, prediction, classes: _dice(truth, prediction, 3),
    ),
)
