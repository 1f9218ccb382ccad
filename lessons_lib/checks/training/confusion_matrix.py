"""confusion_matrix: which class was taken for which, counted from two masks."""

from collections.abc import Callable

import numpy as np

from lessons_lib.checks.common import whole_labels
from lessons_lib.checks.task import Misconception, Task
from lessons_lib.metrics import confusion_matrix as course_confusion_matrix
from lessons_lib.quiet import tf


def declare() -> Task:
    """Declares the exercise."""
    return Task(
        name="confusion_matrix",
        lesson=4,
        minutes=8,
        aim="Count from two masks in how many pixels each class was taken for each: an array with "
        "a row for each true class and a column for each predicted one.",
        signature="confusion_matrix(truth, prediction, classes)",
        hints=(
            "Take one field of the table: true class 0, predicted class 2. How do you count its "
            "pixels?",
            "`truth == 0` and `prediction == 2` are arrays of True and False. `&` says where both "
            "hold, and `.sum()` counts.",
            "Begin with `np.zeros((classes, classes), int)`, and go through all fields by two "
            "loops, over rows and over columns.",
            "Without loops: `classes * truth + prediction` is another number for each pair of "
            "labels, which `np.bincount` can count. Mind the bytes: 20 × 19 is no uint8.",
        ),
        reference=course_confusion_matrix,
        cases=_masks_to_compare,
        returns=("matrix",),
        observe=lambda answer, *inputs: whole_labels(answer(*inputs)),
        misconceptions=MISCONCEPTIONS,
        why="One table holds what accuracy, IoU, Dice, precision and recall are made of, and it "
        "alone says which class is taken for which.",
    )


def _pair(
    shape: tuple[int, ...], classes: int, errors: float, seed: int, dtype: type = np.int64
) -> tuple[np.ndarray, np.ndarray]:
    """Draws a true mask in bytes, and a predicted one in which a share of the pixels differs."""
    numbers = np.random.default_rng(seed)
    truth = numbers.integers(0, classes, shape).astype(np.uint8)
    is_wrong = numbers.random(shape) < errors
    prediction = np.where(is_wrong, numbers.integers(0, classes, shape), truth)
    return truth, prediction.astype(dtype)


def _masks_to_compare() -> list[tuple]:
    """Masks of one and of several pictures; classes that are nowhere, or more than a byte holds."""
    first, many = _pair((1, 3, 4, 1), 3, 0.5, seed=1), _pair((2, 24, 30, 1), 3, 0.3, seed=2)
    truth, prediction = _pair((3, 4, 5, 1), 5, 0.4, seed=3)
    truth[truth == 4], prediction[prediction == 1] = 2, 3  # 4 is never true, 1 never predicted
    small, lazy = np.copy(truth) % 3, np.ones_like(truth)  # 3 and 4 are nowhere
    twenty = _pair((2, 12, 15, 1), 20, 0.6, seed=4, dtype=np.uint8)
    return [
        (*first, 3),
        (*many, 3),
        (truth, prediction, 5),
        (small, lazy, 5),
        (*_pair((1, 5, 4, 1), 2, 0.5, seed=5), 2),
        (*twenty, 20),
    ]


def _fields(count: Callable, first: int = 0, last: int = 0) -> Callable:
    """An answer that fills field after field, from what is true and what is predicted there."""

    def confusion_matrix(truth: np.ndarray, prediction: np.ndarray, classes: int) -> np.ndarray:
        labels = range(first, classes + last)
        return np.array([[count(truth == i, prediction == j) for j in labels] for i in labels])

    return confusion_matrix


def _changed_counts(change: Callable) -> Callable:
    """An answer that makes something else of the right matrix."""
    return lambda truth, prediction, classes: change(
        course_confusion_matrix(truth, prediction, classes)
    )


def _for_each_picture(join: Callable) -> Callable:
    def confusion_matrix(truth: np.ndarray, prediction: np.ndarray, classes: int) -> np.ndarray:
        pairs = zip(truth, prediction, strict=True)
        return join([course_confusion_matrix(*pair, classes) for pair in pairs])

    return confusion_matrix


def _divided_by(total: Callable) -> dict:
    """Gives the wrong answers of a mistake: NaN or 0 where there is nothing to divide by."""

    def change(matrix: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            return matrix / total(matrix)

    return {
        "wrong": _changed_counts(change),
        "also": (_changed_counts(lambda matrix: np.nan_to_num(change(matrix))),),
    }


def _marks_fields(truth: np.ndarray, prediction: np.ndarray, classes: int) -> np.ndarray:
    matrix = np.zeros((classes, classes), int)
    matrix[truth, prediction] += 1
    return matrix


def _marks_fields_of_each_picture(
    truth: np.ndarray, prediction: np.ndarray, classes: int
) -> np.ndarray:
    pairs = zip(truth, prediction, strict=True)
    return np.sum([_marks_fields(*pair, classes) for pair in pairs], axis=0)


def _numbers_pairs_in_bytes(truth: np.ndarray, prediction: np.ndarray, classes: int) -> np.ndarray:
    pairs = classes * truth + prediction
    return np.bincount(pairs.ravel(), minlength=classes**2).reshape(classes, classes)


def _counts_what_occurs(truth: np.ndarray, prediction: np.ndarray, classes: int) -> np.ndarray:
    pairs = classes * truth.astype(int) + prediction
    return np.bincount(pairs.ravel()).reshape(classes, classes)


def _counts_without_absent(truth: np.ndarray, prediction: np.ndarray, classes: int) -> np.ndarray:
    labels = np.union1d(truth, prediction)
    return course_confusion_matrix(truth, prediction, classes)[np.ix_(labels, labels)]


def _as_many_as_the_largest_label(
    truth: np.ndarray, prediction: np.ndarray, classes: int
) -> np.ndarray:
    classes = int(max(truth.max(), prediction.max())) + 1
    return course_confusion_matrix(truth, prediction, classes)


def _against_the_rest(truth: np.ndarray, prediction: np.ndarray, classes: int) -> np.ndarray:
    matrix = course_confusion_matrix(truth, prediction, classes)
    hits, true, predicted = np.diag(matrix), matrix.sum(axis=1), matrix.sum(axis=0)
    rest = matrix.sum() - true - predicted + hits
    return np.stack([hits, true - hits, predicted - hits, rest], axis=-1).reshape(-1, 2, 2)


def _counts_of_three_classes(truth: np.ndarray, prediction: np.ndarray, classes: int) -> np.ndarray:
    return _fields(lambda true, predicted: (true & predicted).sum())(truth, prediction, 3)


MISCONCEPTIONS = (
    Misconception(
        "rows are predicted",
        "The table lies on its side: its rows are the predicted classes. Misses would be read as "
        "false alarms, and recall as precision.",
        _changed_counts(np.transpose),
    ),
    Misconception(
        "marks instead of counting",
        "A field is raised by 1 at most, however many pixels it has. `matrix[truth, prediction] "
        "+= 1` looks each field up once, before anything is added.",
        _marks_fields,
        also=(_marks_fields_of_each_picture,),
    ),
    Misconception(
        "the numbers of the pairs do not fit into a byte",
        "It is right for few classes. The labels are bytes, and so is what is calculated from "
        "them: with 20 classes some pairs get numbers above 255, which wrap around to others.",
        _numbers_pairs_in_bytes,
    ),
    Misconception(
        "counts in bytes",
        "The counts are bytes, which wrap around to 0 after 255. A single photo has thousands of "
        "pixels.",
        _changed_counts(lambda matrix: matrix.astype(np.uint8)),
    ),
    Misconception(
        "shares of the rows",
        "Each row is divided by its sum. Such shares are good to look at, and what was asked for "
        "are counts: from shares nobody can tell how many pixels a class has.",
        **_divided_by(lambda matrix: matrix.sum(axis=1, keepdims=True)),
    ),
    Misconception(
        "shares of the columns",
        "Each column is divided by its sum. Leave the counts whole: what they are to be divided by "
        "depends on what one wants to know.",
        **_divided_by(lambda matrix: matrix.sum(axis=0, keepdims=True)),
    ),
    Misconception(
        "shares of all pixels",
        "The counts are divided by the number of all pixels. Leave them whole: tables of whole "
        "numbers can be added up, picture by picture.",
        _changed_counts(lambda matrix: matrix / matrix.sum()),
    ),
    Misconception(
        "masks as they are",
        "`tf.math.confusion_matrix` wants two lists of labels, and these are masks with four axes. "
        "Lay their pixels out in a row first; all that counts is which of them belong together.",
        lambda truth, prediction, classes: tf.math.confusion_matrix(truth, prediction, classes),
    ),
    Misconception(
        "no place for pairs behind the last",
        "`np.bincount` ends with the largest number that occurs. Where the last pairs of classes "
        "do not, there are too few counts for a square; it has a setting for that.",
        _counts_what_occurs,
    ),
    Misconception(
        "no place for a class that does not occur",
        "The table has rows for the classes that occur in these masks. With `classes` of them, "
        "tables of different pictures can be laid on each other.",
        _counts_without_absent,
        also=(_as_many_as_the_largest_label,),
    ),
    Misconception(
        "the first picture only",
        "Only the first picture is counted. The masks hold several.",
        lambda truth, prediction, classes: course_confusion_matrix(
            truth[0], prediction[0], classes
        ),
    ),
    Misconception(
        "a table for each picture",
        "There is a table for each picture. Asked for is one, in which the pixels of all pictures "
        "are counted.",
        _for_each_picture(np.stack),
    ),
    Misconception(
        "the mean of the pictures",
        "The counts are a mean over the pictures. Asked for is how many pixels there are in all.",
        _for_each_picture(lambda matrices: np.mean(matrices, axis=0)),
    ),
    Misconception(
        "counts each class by itself",
        "Two numbers of pixels are multiplied: how often the one class is true, and how often the "
        "other is predicted, wherever that is. A pixel counts where both hold in the same place.",
        _fields(lambda true, predicted: int(true.sum()) * int(predicted.sum())),
    ),
    Misconception(
        "or instead of and",
        "A pixel is counted where the one class is true or the other predicted. Both have to hold.",
        _fields(lambda true, predicted: (true | predicted).sum()),
        also=(_fields(lambda true, predicted: int(true.sum()) + int(predicted.sum())),),
    ),
    Misconception(
        "hits only",
        "Only the pixels that are right are counted. The mistakes, which class was taken for "
        "which, are what such a table is made for.",
        _changed_counts(lambda matrix: np.diag(np.diag(matrix))),
        also=(_changed_counts(np.diag),),
    ),
    Misconception(
        "mistakes only",
        "The pixels that are right are missing. They belong on the diagonal: the class that is "
        "true and predicted.",
        _changed_counts(lambda matrix: matrix - np.diag(np.diag(matrix))),
    ),
    Misconception(
        "labels from 1",
        "The labels are taken to begin at 1. They begin at 0: in masks of the course that is the "
        "pet, and it is missing.",
        _fields(lambda true, predicted: (true & predicted).sum(), first=1, last=1),
        also=(_fields(lambda true, predicted: (true & predicted).sum(), first=1),),
    ),
    Misconception(
        "the last class is missing",
        "The last class has no row and no column. `range(classes - 1)` ends one before it already.",
        _fields(lambda true, predicted: (true & predicted).sum(), last=-1),
    ),
    Misconception(
        "a class too many",
        "There is a row and a column too many. The labels run from 0 to `classes` - 1.",
        _fields(lambda true, predicted: (true & predicted).sum(), last=1),
    ),
    Misconception(
        "always three classes",
        "The table is 3×3 whatever `classes` says. Other data sets have other numbers of classes.",
        _counts_of_three_classes,
    ),
    Misconception(
        "a table of two rows for each class",
        "There is a small table for each class, against all others. It says that a class was "
        "missed, and not what it was taken for.",
        _against_the_rest,
    ),
    Misconception(
        "accuracy",
        "It is one number, the share of the pixels that are right. Asked for is the whole table.",
        lambda truth, prediction, classes: float((truth == prediction).mean()),
        also=(lambda truth, prediction, classes: int((truth == prediction).sum()),),
    ),
)
