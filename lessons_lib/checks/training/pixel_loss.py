"""pixel_loss: the cross-entropy of one pixel, also of very large logits."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lessons_lib.checks.task import Misconception, Task
from lessons_lib.class_imbalance import pixel_losses
from lessons_lib.quiet import keras


def declare() -> Task:
    """Declares the exercise."""
    return Task(
        name="pixel_loss",
        lesson=4,
        minutes=8,
        aim="Compute the cross-entropy of one pixel from its logits, also of very large ones.",
        signature="pixel_loss(logits, label)",
        hints=(
            "Two steps: from logits to probabilities, and from one probability to the loss.",
            "Only one of the probabilities counts: that of the class which the pixel really has. "
            "A sure and right model has loss 0.",
            "np.exp(1000) is infinite. Softmax stays the same if the same number is taken off all "
            "logits: which number makes the largest power exp(0)?",
            "shifted = logits - logits.max(). Take its exponentials, divide by their sum, pick the "
            "label's, take the negative logarithm.",
        ),
        reference=_pixel_loss,
        cases=_logits_and_labels,
        misconceptions=MISCONCEPTIONS,
        why="The loss of a whole training is the mean of this number over pixels; whoever knows "
        "it for one pixel can tell by the curve alone that a softmax came twice.",
    )


def _logits_and_labels() -> list[tuple]:
    """Pixels of which the model is unsure, sure and wrong; the last overflows an exponential."""
    return [
        (np.array([3.0, 1.0, -0.5], np.float32), 2),
        (np.array([-1.0, 0.5, 1.5], np.float32), 1),
        (np.array([-1.0, 4.0, 0.5, 0.0], np.float32), 1),
        (np.array([1000.0, 999.0, 997.5], np.float32), 1),
    ]


def _pixel_loss(logits: np.ndarray, label: int) -> float:
    return float(pixel_losses([label], [logits])[0])


def _softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - np.max(logits))
    return powers / powers.sum()


def _overflowing_softmax(logits: np.ndarray) -> np.ndarray:
    return np.exp(logits) / np.exp(logits).sum()


def _with_either_softmax(mistake: Callable) -> dict:
    """Gives the wrong answers of a mistake, which takes a softmax first: exact and overflowing."""

    def with_softmax(softmax: Callable) -> Callable:
        return lambda logits, label: mistake(softmax, logits, label)

    return {"wrong": with_softmax(_softmax), "also": (with_softmax(_overflowing_softmax),)}


def _binary_loss(softmax: Callable, logits: np.ndarray, label: int) -> float:
    losses = -np.log(1 - softmax(logits))
    losses[label] = -np.log(softmax(logits)[label])
    return losses.sum()


def _squared_loss(softmax: Callable, logits: np.ndarray, label: int) -> float:
    return np.sum((np.eye(len(logits))[label] - softmax(logits)) ** 2)


def _keras_without_from_logits(logits: np.ndarray, label: int) -> float:
    one_pixel = np.array([label]), logits[np.newaxis]
    losses: Any = keras.losses.sparse_categorical_crossentropy(*one_pixel)
    return losses[0]


def _sigmoid_loss(logits: np.ndarray, label: int) -> float:
    return np.log1p(np.exp(-logits[label]))


MISCONCEPTIONS = (
    Misconception(
        "softmax twice",
        "Softmax comes twice. The second one takes probabilities for logits, and even a sure "
        "and right model keeps a loss of about 0.55.",
        **_with_either_softmax(
            lambda softmax, logits, label: -np.log(softmax(softmax(logits))[label])
        ),
    ),
    Misconception(
        "Keras without from_logits",
        "Keras was not told that these are logits, so it cut them off at 0 and 1 as if they "
        "were probabilities.",
        _keras_without_from_logits,
    ),
    Misconception(
        "log of the likeliest class",
        "This is the loss of the class that the model prefers, whatever the pixel really is: "
        "the label has no say, so the model is always told that it is nearly right.",
        **_with_either_softmax(lambda softmax, logits, label: -np.log(softmax(logits).max())),
    ),
    Misconception(
        "log of the first class",
        "This is the loss of class 0 for every pixel; use the label to choose.",
        **_with_either_softmax(lambda softmax, logits, label: -np.log(softmax(logits)[0])),
    ),
    Misconception(
        "counts labels from one",
        "The probability beside the right one was taken: labels count from 0 by now, so "
        "nothing has to be taken off them.",
        **_with_either_softmax(lambda softmax, logits, label: -np.log(softmax(logits)[label - 1])),
    ),
    Misconception(
        "mean over the classes",
        "This is a mean over all classes. Then the model is also asked to make the wrong "
        "classes likely; only the true class belongs into the loss.",
        **_with_either_softmax(lambda softmax, logits, label: -np.log(softmax(logits)).mean()),
    ),
    Misconception(
        "sum over the classes",
        "The losses of all classes are added up, as if the pixel had every class at once.",
        **_with_either_softmax(lambda softmax, logits, label: -np.log(softmax(logits)).sum()),
    ),
    Misconception(
        "a loss for each class",
        "There is a number for each class, but the pixel has one class and one loss.",
        **_with_either_softmax(lambda softmax, logits, label: -np.log(softmax(logits))),
    ),
    Misconception(
        "no softmax",
        "A logit is no probability: it may be negative or far above 1, and its logarithm "
        "means nothing. Softmax has to come first.",
        lambda logits, label: -np.log(logits[label]),
        also=(lambda logits, label: -logits[label],),
    ),
    Misconception(
        "forgets the minus",
        "The loss is negative, and smallest where the model is wrong: a training would make it "
        "worse with every step.",
        **_with_either_softmax(lambda softmax, logits, label: np.log(softmax(logits)[label])),
    ),
    Misconception(
        "one minus the probability",
        "This is the probability of being wrong, and it never exceeds 1. Cross-entropy grows "
        "without limit where the model is sure and wrong.",
        **_with_either_softmax(lambda softmax, logits, label: 1 - softmax(logits)[label]),
    ),
    Misconception(
        "probability instead of loss",
        "This is the probability of the true class; the loss is still to be made of it.",
        **_with_either_softmax(lambda softmax, logits, label: softmax(logits)[label]),
    ),
    Misconception(
        "another logarithm",
        "The logarithm has another base. Keras, NumPy's `log` and all figures of the lesson "
        "use the natural one.",
        **_with_either_softmax(lambda softmax, logits, label: -np.log2(softmax(logits)[label])),
    ),
    Misconception(
        "binary cross-entropy",
        "Each class is treated as a yes-or-no question of its own. Here the classes exclude "
        "each other, so what the wrong ones get is already known from the true one.",
        **_with_either_softmax(_binary_loss),
    ),
    Misconception(
        "sigmoid instead of softmax",
        "A sigmoid looks at one logit alone. Whether 3 is much depends on the other logits, "
        "and softmax compares them.",
        _sigmoid_loss,
    ),
    Misconception(
        "squared error",
        "This is a squared error. It hardly tells a wrong pixel from a very wrong one; "
        "cross-entropy is a logarithm.",
        **_with_either_softmax(_squared_loss),
    ),
    Misconception(
        "overflows",
        "Right for small logits. For large ones it gives NaN, as exp(1000) is infinite; a "
        "single such pixel would make the loss of the whole batch NaN.",
        lambda logits, label: -np.log(_overflowing_softmax(logits)[label]),
    ),
)
