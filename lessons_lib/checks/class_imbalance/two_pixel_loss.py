"""two_pixel_loss: a weighted cross-entropy, and the one number that Keras makes of it."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lessons_lib.checks.common import in_place
from lessons_lib.checks.task import Misconception, Task
from lessons_lib.class_imbalance import pixel_losses
from lessons_lib.quiet import keras


def declare() -> Task:
    """Declares the exercise."""
    return Task(
        name="two_pixel_loss",
        lesson=5,
        minutes=8,
        aim="Compute the cross-entropy of two pixels, each times its own sample weight, and the "
        "one number that Keras makes of them.",
        signature="two_pixel_loss(labels, logits, weights)",
        hints=(
            "First forget the weights: what is the loss of each pixel?",
            "`pixel_losses(labels, logits)` from lessons_lib.class_imbalance gives the losses. "
            "Leave out its third argument: that takes weights of classes, and yours are weights of "
            "pixels. A weight is a factor.",
            "For the one number: what does Keras divide by? Section 3 of the lesson tries it.",
            "Multiply losses and weights, pixel by pixel; then take the plain mean of the "
            "products.",
        ),
        reference=_two_pixel_loss,
        cases=_two_pixels,
        returns=("loss of each pixel", "mean loss"),
        observe=lambda answer, *inputs: in_place(answer(*inputs), 0, _as_losses),
        misconceptions=MISCONCEPTIONS,
        why="Keras divides by the number of pixels and not by the weights, so twice the weights "
        "are twice the loss of the very same model: never compare losses under different weights.",
    )


def _two_pixels() -> list[tuple]:
    """Two pixels at a time, with weights below and above 1, and one of 0."""
    pixels = [
        ([0, 1], [[1.0, -1.0], [2.0, 0.5]], [1.0, 4.0]),
        ([1, 1], [[0.0, 2.0], [-1.0, 1.5]], [5.0, 0.5]),
        ([0, 2], [[0.0, 1.0, 2.5], [0.5, 0.0, -1.0]], [0.0, 3.0]),
    ]
    return [
        (np.array(labels), np.array(logits, np.float32), np.array(weights, np.float32))
        for labels, logits, weights in pixels
    ]


def _as_losses(value: Any) -> Any:
    """Returns losses that come in a list as an array."""
    if isinstance(value, list | tuple) and all(np.ndim(one) == 0 for one in value):
        return np.array([float(one) for one in value])
    return value


def _losses(labels: np.ndarray, logits: np.ndarray) -> np.ndarray:
    return pixel_losses(labels, logits)


def _two_pixel_loss(
    labels: np.ndarray, logits: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, float]:
    losses = _losses(labels, logits) * weights
    return losses, losses.mean()


def _weighting(weigh: Callable, *, reduce: Callable = np.mean) -> Callable:
    """Makes an answer from the way it weights the losses, and the way it makes one number."""

    def answer(
        labels: np.ndarray, logits: np.ndarray, weights: np.ndarray
    ) -> tuple[np.ndarray, float]:
        losses = weigh(labels, logits, weights)
        return losses, reduce(losses)

    return answer


def _over_the_weights(
    labels: np.ndarray, logits: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, float]:
    losses = _losses(labels, logits) * weights
    return losses, losses.sum() / weights.sum()


def _mean_times_mean(
    labels: np.ndarray, logits: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, float]:
    losses = _losses(labels, logits) * weights
    return losses, _losses(labels, logits).mean() * weights.mean()


def _log_of_weighted_probability(
    labels: np.ndarray, logits: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    probabilities = np.exp(-_losses(labels, logits))
    return -np.log(np.maximum(weights * probabilities, 1e-7))


def _weights_of_classes(labels: np.ndarray, logits: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return pixel_losses(labels, logits, weights.tolist())


def _softmax_twice(labels: np.ndarray, logits: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return _losses(labels, np.asarray(keras.ops.softmax(logits))) * weights


MISCONCEPTIONS = (
    Misconception(
        "no weights",
        "The weights have no effect: these are the losses as they were.",
        _weighting(lambda labels, logits, weights: _losses(labels, logits)),
    ),
    Misconception(
        "divides by the sum of the weights",
        "Each pixel is right. The one number is divided by the sum of the weights, which is "
        "sensible, but not what Keras does unless one asks for it.",
        _over_the_weights,
    ),
    Misconception(
        "adds up",
        "Each pixel is right. The one number is a sum; it would grow with the size of the picture.",
        _weighting(
            lambda labels, logits, weights: _losses(labels, logits) * weights, reduce=np.sum
        ),
    ),
    Misconception(
        "multiplies two means",
        "Each pixel is right. But the mean of the products is not the product of the means: "
        "which pixel has the large weight matters.",
        _mean_times_mean,
    ),
    Misconception(
        "weights the logits",
        "The logits are multiplied. A weight above 1 then makes the model seem surer than it is, "
        "so that a sure and right pixel even gets cheaper; a weight belongs to the loss.",
        _weighting(
            lambda labels, logits, weights: _losses(labels, logits * weights[:, np.newaxis])
        ),
    ),
    Misconception(
        "weights the probability",
        "The weight stands inside the logarithm, where it only adds a constant. A constant "
        "does not change what the model learns.",
        _weighting(_log_of_weighted_probability),
    ),
    Misconception(
        "takes them for weights of classes",
        "The weights are looked up by label, as `pixel_losses` does with its third argument, the "
        "weights of classes. Yours belong to pixels: the first to the first, the second to the "
        "second. With three classes the look-up even fails.",
        _weighting(_weights_of_classes),
        also=(
            _weighting(lambda labels, logits, weights: _losses(labels, logits) * weights[labels]),
            lambda labels, logits, weights: (
                _losses(labels, logits) * weights,
                _weights_of_classes(labels, logits, weights).mean(),
            ),
            _weighting(
                lambda labels, logits, weights: (
                    _weights_of_classes(labels, logits, weights) * weights
                )
            ),
        ),
    ),
    Misconception(
        "weights the pixels but not the mean",
        "Each pixel is right. The one number is the mean of the losses as they were before the "
        "weights.",
        lambda labels, logits, weights: (
            _losses(labels, logits) * weights,
            _losses(labels, logits).mean(),
        ),
    ),
    Misconception(
        "weights the mean but not the pixels",
        "The one number is right. But the losses of the pixels come back without their weights.",
        lambda labels, logits, weights: (
            _losses(labels, logits),
            (_losses(labels, logits) * weights).mean(),
        ),
    ),
    Misconception(
        "weights twice",
        "Each pixel is weighted twice, so that a weight of 4 counts 16 times.",
        _weighting(lambda labels, logits, weights: _losses(labels, logits) * weights**2),
        also=(
            lambda labels, logits, weights: (
                _losses(labels, logits) * weights,
                (_losses(labels, logits) * weights**2).mean(),
            ),
        ),
    ),
    Misconception(
        "scales the weights first",
        "The weights were scaled before they were used: to add up to 1, or to have the mean "
        "1. Take them as they are given.",
        _weighting(
            lambda labels, logits, weights: _losses(labels, logits) * weights / weights.sum()
        ),
        also=(
            _weighting(
                lambda labels, logits, weights: _losses(labels, logits) * weights / weights.mean()
            ),
        ),
    ),
    Misconception(
        "divides by the weights",
        "A larger weight makes the loss smaller: it is divided where it should be multiplied.",
        _weighting(
            lambda labels, logits, weights: _losses(labels, logits) / np.maximum(weights, 1e-7)
        ),
    ),
    Misconception(
        "softmax twice",
        "The loss of each pixel is wrong before any weight comes in: softmax was applied to what "
        "is a probability already.",
        _weighting(_softmax_twice),
    ),
    Misconception(
        "forgets the minus",
        "The losses are negative: the logarithm of a probability needs its sign turned.",
        _weighting(lambda labels, logits, weights: -_losses(labels, logits) * weights),
    ),
)
