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
        minutes=10,
        aim="Compute the cross-entropy of one pixel from its logits, exactly, however large they "
        "are.",
        signature="pixel_loss(logits, label)",
        hints=(
            "Two steps: from logits to probabilities, and from one probability to the loss.",
            "Only one of the probabilities counts: that of the class which the pixel really has. "
            "A sure and right model has loss 0.",
            "np.exp(1000) is infinite. But the loss stays the same if one number is taken off all "
            "logits: which one makes the largest exponential exp(0), so 1?",
            "The logarithm of a quotient is a difference, so nothing has to be divided: with "
            "shifted = logits - logits.max() the loss is the logarithm of the sum of all "
            "np.exp(shifted), minus the label's entry of shifted.",
        ),
        reference=_pixel_loss,
        cases=_logits_and_labels,
        misconceptions=MISCONCEPTIONS,
        why="The loss of a whole training is the mean of this number over pixels; whoever knows "
        "it for one pixel recognises by the curve alone that a softmax came twice: with three "
        "classes it stops at 0.55.",
    )


def _logits_and_labels() -> list[tuple]:
    """Pixels of which the model is unsure, sure and wrong; from the fifth on exponentials overflow.

    In the last three the probability of the true class, such as exp(-1000), is 0 to a computer.
    """
    return [
        (np.array([3.0, 1.0, -0.5], np.float32), 2),
        (np.array([-1.0, 0.5, 1.5], np.float32), 1),
        (np.array([-1.0, 4.0, 0.5, 0.0], np.float32), 1),
        (np.array([-1.0, 0.5, 1.5], np.float32), 0),
        (np.array([1000.0, 999.0, 997.5], np.float32), 1),
        (np.array([-1000.0, -1001.5, -1000.5], np.float32), 2),
        (np.array([1000.0, 0.0, 0.0], np.float32), 1),
        (np.array([0.0, 1000.0, 5.0], np.float32), 0),
        (np.array([0.0, 5.0, 3000.0], np.float32), 1),
    ]


def _pixel_loss(logits: np.ndarray, label: int) -> float:
    return float(pixel_losses([label], [logits])[0])


def _log_probabilities(logits: np.ndarray) -> np.ndarray:
    shifted = logits - np.max(logits)
    return shifted - np.log(np.exp(shifted).sum())


def _underflowing_log_probabilities(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - np.max(logits))
    return np.log(powers / powers.sum())


def _overflowing_log_probabilities(logits: np.ndarray) -> np.ndarray:
    return np.log(np.exp(logits) / np.exp(logits).sum())


def _shifted_by(choose: Callable) -> Callable:
    """An answer that takes another number off the logits than the largest."""

    def answer(logits: np.ndarray, label: int) -> float:
        shifted = logits.astype(float) - choose(logits.astype(float))
        with np.errstate(all="ignore"):
            return float(np.log(np.exp(shifted).sum()) - shifted[label])

    return answer


def _with_any_softmax(mistake: Callable) -> dict:
    """Gives the wrong answers of a mistake for each way to come by logarithms of probabilities.

    Args:
        mistake: takes such a way, logits and a label.
    """

    def answer(log_probabilities: Callable) -> Callable:
        return lambda logits, label: mistake(log_probabilities, logits, label)

    inexact = (_underflowing_log_probabilities, _overflowing_log_probabilities)
    return {"wrong": answer(_log_probabilities), "also": tuple(map(answer, inexact))}


def _softmax_twice(log_probabilities: Callable, logits: np.ndarray, label: int) -> float:
    return -log_probabilities(np.exp(log_probabilities(logits)))[label]


def _binary_loss(log_probabilities: Callable, logits: np.ndarray, label: int) -> float:
    losses = -np.log(1 - np.exp(log_probabilities(logits)))
    losses[label] = -log_probabilities(logits)[label]
    return losses.sum()


def _squared_loss(log_probabilities: Callable, logits: np.ndarray, label: int) -> float:
    return np.sum((np.eye(len(logits))[label] - np.exp(log_probabilities(logits))) ** 2)


def _kept_from_zero(bound: float) -> Callable:
    """An answer that keeps the probability from becoming 0 by a small number."""

    def answer(logits: np.ndarray, label: int) -> float:
        return -np.log(max(np.exp(_log_probabilities(logits)[label]), bound))

    return answer


def _keras_without_from_logits(logits: np.ndarray, label: int) -> float:
    one_pixel = np.array([label]), logits[np.newaxis]
    losses: Any = keras.losses.sparse_categorical_crossentropy(*one_pixel)
    return losses[0]


def _mean_of_binary_losses(logits: np.ndarray, label: int) -> float:
    signs = np.where(np.arange(len(logits)) == label, -1.0, 1.0)
    return float(np.logaddexp(0, signs * np.asarray(logits, float)).mean())


def _sigmoid_loss(logits: np.ndarray, label: int) -> float:
    return np.log1p(np.exp(-logits[label]))


MISCONCEPTIONS = (
    Misconception(
        "softmax twice",
        "Softmax comes twice. The second one takes probabilities for logits, and with three "
        "classes even a sure and right model keeps a loss of 0.55.",
        **_with_any_softmax(_softmax_twice),
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
        **_with_any_softmax(lambda log_softmax, logits, label: -log_softmax(logits).max()),
    ),
    Misconception(
        "log of the first class",
        "This is the loss of class 0 for every pixel; use the label to choose.",
        **_with_any_softmax(lambda log_softmax, logits, label: -log_softmax(logits)[0]),
    ),
    Misconception(
        "counts labels from one",
        "The probability before the right one was taken: labels count from 0 by now, so "
        "nothing has to be taken off them.",
        **_with_any_softmax(lambda log_softmax, logits, label: -log_softmax(logits)[label - 1]),
    ),
    Misconception(
        "mean over the classes",
        "This is a mean over all classes. Then the model is also asked to make the wrong "
        "classes likely; only the true class has a place in the loss.",
        **_with_any_softmax(lambda log_softmax, logits, label: -log_softmax(logits).mean()),
    ),
    Misconception(
        "sum over the classes",
        "The losses of all classes are added up, as if the pixel had every class at once.",
        **_with_any_softmax(lambda log_softmax, logits, label: -log_softmax(logits).sum()),
    ),
    Misconception(
        "a loss for each class",
        "There is a number for each class, but the pixel has one class and one loss.",
        **_with_any_softmax(lambda log_softmax, logits, label: -log_softmax(logits)),
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
        **_with_any_softmax(lambda log_softmax, logits, label: log_softmax(logits)[label]),
    ),
    Misconception(
        "one minus the probability",
        "This is the probability of being wrong, and it never exceeds 1. Cross-entropy grows "
        "without limit where the model is sure and wrong.",
        **_with_any_softmax(
            lambda log_softmax, logits, label: 1 - np.exp(log_softmax(logits)[label])
        ),
    ),
    Misconception(
        "probability instead of loss",
        "This is the probability of the true class; the loss is still to be made of it.",
        **_with_any_softmax(lambda log_softmax, logits, label: np.exp(log_softmax(logits)[label])),
    ),
    Misconception(
        "another logarithm",
        "The logarithm has another base. Keras, NumPy's `log` and all figures of the lesson "
        "use the natural one.",
        **_with_any_softmax(
            lambda log_softmax, logits, label: -log_softmax(logits)[label] / np.log(2)
        ),
    ),
    Misconception(
        "the logarithm of base 10",
        "This is the logarithm of base 10. `np.log` is the natural one, which Keras takes.",
        **_with_any_softmax(
            lambda log_softmax, logits, label: -log_softmax(logits)[label] / np.log(10)
        ),
    ),
    Misconception(
        "binary cross-entropy",
        "Each class is treated as a yes-or-no question of its own. Here the classes exclude "
        "each other, so what the wrong ones get together is known from the true one.",
        **_with_any_softmax(_binary_loss),
    ),
    Misconception(
        "mean of binary cross-entropies",
        "This is a mean of yes-or-no losses, one for each class. The classes exclude each other: "
        "one softmax over all of them, and one loss.",
        _mean_of_binary_losses,
        also=(lambda logits, label: _mean_of_binary_losses(logits, label) * len(logits),),
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
        **_with_any_softmax(_squared_loss),
    ),
    Misconception(
        "overflows",
        "Right for small logits. But exp(1000) is infinite, and what is calculated with it is "
        "infinite or NaN; a single such pixel would do that to the loss of the whole batch.",
        lambda logits, label: -_overflowing_log_probabilities(logits)[label],
        also=(lambda logits, label: np.log(np.exp(logits).sum()) - logits[label],),
    ),
    Misconception(
        "loses a tiny probability",
        "Right unless the model is very sure and wrong. Then the probability of the true class "
        "is too small for a computer and becomes 0, and -log 0 is infinite. Can you come by its "
        "logarithm without the probability itself?",
        lambda logits, label: -_underflowing_log_probabilities(logits)[label],
    ),
    Misconception(
        "keeps the probability from zero",
        "Right unless the model is very sure and wrong: a small number keeps the probability "
        "from becoming 0, so the loss stops there, however wrong the model is.",
        _kept_from_zero(1e-7),
        also=tuple(_kept_from_zero(10.0**-power) for power in (6, 8, 9, 10, 12, 15, 16, 20, 30)),
    ),
    Misconception(
        "takes off another number",
        "Something is taken off the logits first, but not the largest of them. Then an exponential "
        "can still become infinite, or all of them 0; with the largest the greatest is exp(0), 1.",
        _shifted_by(np.mean),
        also=(
            _shifted_by(lambda logits: logits[0]),
            _shifted_by(lambda logits: logits[-1]),
            _shifted_by(lambda logits: np.abs(logits).max()),
        ),
    ),
)
