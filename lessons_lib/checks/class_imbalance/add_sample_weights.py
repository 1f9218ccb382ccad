"""add_sample_weights: a weight for every pixel, found by its label."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lessons_lib.checks.common import photos
from lessons_lib.checks.task import Misconception, Task
from lessons_lib.class_imbalance import add_sample_weights as course_add_sample_weights
from lessons_lib.quiet import tf


def declare() -> Task:
    """Declares the exercise."""
    return Task(
        name="add_sample_weights",
        lesson=5,
        minutes=8,
        aim="Return image, mask and a weight for every pixel, found by its label; to be used in "
        "the map of a tf.data pipeline.",
        signature="add_sample_weights(image, mask, weights)",
        hints=(
            "A label is a whole number that counts from 0. What in a list counts so, too?",
            "tf.gather(table, places) looks many places up at once; the result has the shape of "
            "the places.",
            "The weights should stay decimal: make the table with tf.constant(weights, "
            "tf.float32). Drop the mask's last axis, `mask[..., 0]`, and cast the labels to "
            "tf.int32.",
            "Return three things: the image and the mask as they came, and what tf.gather gives "
            "for table and labels.",
        ),
        reference=course_add_sample_weights,
        cases=_batches_and_weights,
        returns=("image", "mask", "sample weights"),
        observe=_map_over_batches,
        misconceptions=MISCONCEPTIONS,
        why="A weight for each pixel says exactly what is meant, and works with all three kinds of "
        "data on which lesson 5 tried `class_weight`; that worked with one of them only.",
    )


def _batches_and_weights() -> list[tuple]:
    """Two small batches with all three labels, and weights that are no whole numbers."""
    cases = []
    for seed, (count, weights) in enumerate([(1, [0.6, 0.3, 2.5]), (2, [1.7, 0.25, 4.2])]):
        mask = np.random.default_rng(seed).integers(0, 3, (count, 2, 4, 1), dtype=np.uint8)
        mask[0, 0, :3, 0] = 0, 1, 2
        image = np.repeat(photos(count, 4, seed=seed)[:, :2], 1, axis=1)
        cases.append((image, mask, weights))
    (image, mask, _), *_ = cases
    return [*cases, (image, mask, [2.0, 5.5, 0.75])]


class LabelWithoutWeight(ValueError):
    """A label was looked up for which there is no weight."""


class NumpyInPipeline(TypeError):
    """NumPy was handed a symbolic tensor."""


class NoNumbersYet(AttributeError):
    """A symbolic tensor was asked for its numbers."""


class NoPlaces(TypeError):
    """A table was asked for places that are uint8."""


# Keras and TensorFlow raise these kinds of errors for much else, so they are told by their words.
TELLING_ERRORS = {
    "is not in [0,": LabelWithoutWeight("A label was looked up that has no weight."),
    "Cannot convert a symbolic": NumpyInPipeline("NumPy cannot read a symbolic tensor."),
    "DataType uint8 not in": NoPlaces("A look-up takes int32 or int64, not uint8."),
    "no attribute 'numpy'": NoNumbersYet("A symbolic tensor has no .numpy()."),
}


def _map_over_batches(
    answer: Callable, image: np.ndarray, mask: np.ndarray, weights: list[float]
) -> Any:
    """Uses the answer as the lesson does, in the map of a tf.data pipeline."""
    batches = tf.data.Dataset.from_tensors((image, mask))
    try:
        result = next(iter(batches.map(lambda image, mask: answer(image, mask, weights))))
    except Exception as error:
        for words, telling_error in TELLING_ERRORS.items():
            if words in str(error):
                raise telling_error from error
        raise
    return result


def _labels(mask: tf.Tensor) -> tf.Tensor:
    return tf.squeeze(mask, axis=-1)


def _look_up(weights: Sequence[float] | np.ndarray, mask: tf.Tensor) -> tf.Tensor:
    return tf.gather(tf.constant(weights, tf.float32), tf.cast(_labels(mask), tf.int32))


def _weighted_classes(image: tf.Tensor, mask: tf.Tensor, weights: list[float]) -> tuple:
    return image, mask, tf.one_hot(_labels(mask), 3) * tf.constant(weights, tf.float32)


def _weights_for_all(image: tf.Tensor, mask: tf.Tensor, weights: list[float]) -> tuple:
    table = tf.constant(weights, tf.float32)
    return image, mask, tf.ones_like(mask, tf.float32) * table


def _flat_table(image: tf.Tensor, mask: tf.Tensor, weights: list[float]) -> tuple:
    return image, mask, tf.constant(weights, tf.float32)


def _one_hot_mask(image: tf.Tensor, mask: tf.Tensor, weights: list[float]) -> tuple:
    return image, tf.one_hot(_labels(mask), 3), _look_up(weights, mask)


def _count_from_one(image: tf.Tensor, mask: tf.Tensor, weights: list[float]) -> tuple:
    return image, mask, _look_up(weights, tf.cast(mask, tf.int32) - 1)


def _table_from_one(image: tf.Tensor, mask: tf.Tensor, weights: list[float]) -> tuple:
    return image, mask, _look_up([0.0, *weights], mask)


def _clipped_from_one(image: tf.Tensor, mask: tf.Tensor, weights: list[float]) -> tuple:
    return image, mask, _look_up(weights, tf.maximum(tf.cast(mask, tf.int32) - 1, 0))


def _whole_weights(kind: tf.DType) -> Callable:
    def answer(image: tf.Tensor, mask: tf.Tensor, weights: list[float]) -> tuple:
        return image, mask, tf.cast(_look_up(weights, mask), kind)

    return answer


def _label_as_weight(image: tf.Tensor, mask: tf.Tensor, weights: list[float]) -> tuple:
    return image, mask, tf.cast(_labels(mask), tf.float32)


def _weight_the_image(image: tf.Tensor, mask: tf.Tensor, weights: list[float]) -> tuple:
    return image * tf.expand_dims(_look_up(weights, mask), -1), mask, _look_up(weights, mask)


def _weight_the_image_only(image: tf.Tensor, mask: tf.Tensor, weights: list[float]) -> tuple:
    return image * tf.expand_dims(_look_up(weights, mask), -1), mask


def _weights_in_the_middle(image: tf.Tensor, mask: tf.Tensor, weights: list[float]) -> tuple:
    return image, _look_up(weights, mask), mask


def _scaled_to_sum(image: tf.Tensor, mask: tf.Tensor, weights: list[float]) -> tuple:
    return image, mask, _look_up(np.array(weights) / sum(weights), mask)


def _as_in_the_tutorial(image: tf.Tensor, mask: tf.Tensor, weights: list[float]) -> tuple:
    return image, mask, tf.expand_dims(_scaled_to_sum(image, mask, weights)[2], -1)


def _scaled_to_mean(image: tf.Tensor, mask: tf.Tensor, weights: list[float]) -> tuple:
    sample_weights = _look_up(weights, mask)
    return image, mask, sample_weights / tf.reduce_mean(sample_weights)


def _scaled_to_largest(image: tf.Tensor, mask: tf.Tensor, weights: list[float]) -> tuple:
    return image, mask, _look_up(np.array(weights) / max(weights), mask)


def _weight_of_picture(image: tf.Tensor, mask: tf.Tensor, weights: list[float]) -> tuple:
    return image, mask, tf.reduce_mean(_look_up(weights, mask), axis=(1, 2))


def _numpy_only(image: tf.Tensor, mask: tf.Tensor, weights: list[float]) -> tuple:
    return image, mask, np.array(weights, np.float32)[np.array(_labels(mask))]


def _eager_only(image: tf.Tensor, mask: tf.Tensor, weights: list[float]) -> tuple:
    return image, mask, np.array(weights, np.float32)[mask.numpy()[..., 0]]


def _border_only(image: tf.Tensor, mask: tf.Tensor, weights: list[float]) -> tuple:
    is_border = tf.equal(_labels(mask), 2)
    return image, mask, tf.where(is_border, tf.constant(weights[2], tf.float32), 1.0)


def _reversed_table(image: tf.Tensor, mask: tf.Tensor, weights: list[float]) -> tuple:
    return image, mask, _look_up(weights[::-1], mask)


def _no_weights(image: tf.Tensor, mask: tf.Tensor, weights: list[float]) -> tuple:
    return image, mask, tf.ones_like(_labels(mask), tf.float32)


MISCONCEPTIONS = (
    Misconception(
        "one-hot weights",
        "Each pixel has three weights, two of them 0: one-hot labels were multiplied and not "
        "added up. The loss of a pixel is one number and takes one weight.",
        _weighted_classes,
    ),
    Misconception(
        "weights on the channel axis",
        "Every pixel carries the whole list of class weights along its last axis, whatever "
        "its label. The label is to choose one of them.",
        _weights_for_all,
    ),
    Misconception(
        "returns the list of weights",
        "The third part is the list of class weights itself. Keras wants a weight for each "
        "pixel there, and would not look anything up in a list.",
        _flat_table,
    ),
    Misconception(
        "one-hot mask",
        "The mask has become one-hot. The course's loss is sparse: it wants labels, as they came.",
        _one_hot_mask,
    ),
    Misconception(
        "counts labels from one",
        "Labels are taken as 1 to 3. After `normalize` they are 0 to 2, so each class gets "
        "its neighbour's weight, and one of them none.",
        _count_from_one,
        also=(_table_from_one, _clipped_from_one),
    ),
    Misconception(
        "whole weights",
        "The weights are whole numbers: what stood behind the point is cut off, and a weight "
        "below 1 has become 0, as if the class were not there.",
        _whole_weights(tf.int32),
        also=(_whole_weights(tf.uint8),),
    ),
    Misconception(
        "cuts off the weights",
        "The weights are decimal numbers again, but on the way they were whole ones: what "
        "stood behind the point is lost.",
        lambda image, mask, weights: (image, mask, _look_up(np.floor(weights), mask)),
    ),
    Misconception(
        "the label as weight",
        "The label itself is used as the weight: pets would count 0 times and the border "
        "twice, whatever weights are given.",
        _label_as_weight,
    ),
    Misconception(
        "weights the image",
        "The image is multiplied by the weights. The network would see brighter or darker "
        "borders, which no new photo has; weights concern the loss alone.",
        _weight_the_image,
        also=(_weight_the_image_only,),
    ),
    Misconception(
        "weights in the middle",
        "Mask and weights have changed places. Keras goes by the order: what comes second is "
        "what the model has to predict.",
        _weights_in_the_middle,
    ),
    Misconception(
        "scales the weights",
        "The weights are scaled anew, so the ones that were asked for are not the ones "
        "that are used. How they are scaled is decided where they are chosen.",
        _scaled_to_sum,
        also=(_scaled_to_mean, _scaled_to_largest),
    ),
    Misconception(
        "scales and keeps the axis",
        "The weights are divided by their sum, and still have the mask's last axis, both as in "
        "TensorFlow's tutorial. Asked for are the weights that were given, N×H×W.",
        _as_in_the_tutorial,
    ),
    Misconception(
        "one weight a picture",
        "There is one weight for a whole picture. A picture holds all classes, so this "
        "cannot favour one of them.",
        _weight_of_picture,
    ),
    Misconception(
        "keeps the last axis",
        "The weights are right in each pixel, and have the mask's last axis, N×H×W×1. Keras drops "
        "it when it trains; asked for is N×H×W, one number for each pixel's loss.",
        lambda image, mask, weights: (image, mask, tf.expand_dims(_look_up(weights, mask), -1)),
    ),
    Misconception(
        "takes the mask's axis away",
        "The weights are right, but the mask has lost its last axis on the way. Return it as it "
        "came.",
        lambda image, mask, weights: (image, _labels(mask), _look_up(weights, mask)),
        also=(
            lambda image, mask, weights: (
                image,
                tf.cast(_labels(mask), tf.int32),
                _look_up(weights, mask),
            ),
        ),
    ),
    Misconception(
        "weights of its own",
        "Whatever list is given, the pixels get the same weights: they are written into the "
        "function.",
        lambda image, mask, weights: (image, mask, _look_up([1.0, 1.0, 2.0], mask)),
        also=(
            lambda image, mask, weights: (image, mask, _look_up([2.0, 2.0, 1.0], mask)),
            lambda image, mask, weights: (image, mask, _look_up([1.0, 1.0, 5.0], mask)),
            lambda image, mask, weights: (image, mask, _look_up([0.6, 0.3, 2.5], mask)),
        ),
    ),
    Misconception(
        "the border only",
        "Only the border gets its own weight, all others get 1. The list has a weight for "
        "each class.",
        _border_only,
    ),
    Misconception(
        "reads the weights backwards",
        "Pet and border have each other's weight: the list is in the order of the labels.",
        _reversed_table,
    ),
    Misconception(
        "all weights are 1",
        "Every pixel has the weight 1, so nothing is weighted.",
        _no_weights,
    ),
    Misconception(
        "looks up by uint8",
        "The labels are uint8, and `tf.gather` takes places as int32 or int64 only: "
        "`tf.cast(labels, tf.int32)` comes before it.",
        lambda image, mask, weights: (image, mask, tf.gather(weights, _labels(mask))),
    ),
    Misconception(
        "NumPy in a pipeline",
        "It fails inside `batches.map`: there the mask is a symbol for batches to come, "
        "without numbers that NumPy could see. Use TensorFlow's functions.",
        _numpy_only,
    ),
    Misconception(
        "asks a symbol for its numbers",
        "It calls `.numpy()`, which a tensor inside `batches.map` does not have: its numbers "
        "come later.",
        _eager_only,
    ),
)
