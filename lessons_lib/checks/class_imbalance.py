"""Lesson 5's exercises: weights for classes and pixels, and what may be said of their effect.

Shares are float64 (C,), adding up to 1; masks uint8 N×H×W×1 with labels 0, 1, 2; sample weights
float32 N×H×W. Sources: the flaws of the recipe are those of TensorFlow's image segmentation
tutorial, each measured; its lines are our own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from lessons_lib.checks import Misconception, Task, UnfitAnswer
from lessons_lib.checks.common import photos
from lessons_lib.checks.quiz import Question, Quiz
from lessons_lib.imbalance import add_sample_weights as course_add_sample_weights
from lessons_lib.imbalance import class_weights as course_class_weights
from lessons_lib.imbalance import pixel_losses
from lessons_lib.quiet import keras, tf

LESSON = 5


# --- two_pixel_loss ----------------------------------------------------------------------------


def _two_pixels() -> list[tuple]:
    """Two pixels at a time, with weights below and above 1, and one of 0."""
    return [
        (np.array([0, 1]), np.float32([[1.0, -1.0], [2.0, 0.5]]), np.float32([1.0, 4.0])),
        (np.array([1, 1]), np.float32([[0.0, 2.0], [-1.0, 1.5]]), np.float32([5.0, 0.5])),
        (np.array([0, 2]), np.float32([[0, 1, 2.5], [0.5, 0, -1]]), np.float32([0.0, 3.0])),
    ]


def _losses(labels, logits):
    return pixel_losses(labels, logits)


def _two_pixel_loss(labels, logits, weights):
    losses = _losses(labels, logits) * weights
    return losses, losses.mean()


def _weighting(weigh: Callable, *, reduce: Callable = np.mean) -> Callable:
    """Makes an answer from the way it weights the losses, and the way it makes one number."""

    def answer(labels, logits, weights):
        losses = weigh(labels, logits, weights)
        return losses, reduce(losses)

    return answer


def _over_the_weights(labels, logits, weights):
    losses = _losses(labels, logits) * weights
    return losses, losses.sum() / weights.sum()


def _mean_times_mean(labels, logits, weights):
    losses = _losses(labels, logits) * weights
    return losses, _losses(labels, logits).mean() * weights.mean()


def _log_of_weighted_probability(labels, logits, weights):
    probabilities = np.exp(-_losses(labels, logits))
    return -np.log(np.maximum(weights * probabilities, 1e-7))


def _weights_by_label(labels, logits, weights):
    return _losses(labels, logits) * np.append(weights, weights[-1])[labels]


def _softmax_twice(labels, logits, weights):
    return _losses(labels, keras.ops.softmax(logits).numpy()) * weights


TWO_PIXEL_LOSS = Task(
    name="two_pixel_loss",
    lesson=LESSON,
    minutes=8,
    aim="Compute the weighted cross-entropy of two pixels, and the one number that Keras makes "
    "of it.",
    signature="two_pixel_loss(labels, logits, weights)",
    hints=(
        "First forget the weights: what is the loss of each pixel?",
        "`pixel_losses(labels, logits)` from lessons_lib.imbalance gives the losses; or use the "
        "logits' softmax and a logarithm, as in lesson 4. A weight is a factor.",
        "For the one number: what does Keras divide by? Section 3 of the lesson tries it.",
        "Multiply losses and weights, pixel by pixel; then take the plain mean of the products.",
    ),
    reference=_two_pixel_loss,
    cases=_two_pixels,
    returns=("loss of each pixel", "mean loss"),
    misconceptions=(
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
            "Each pixel is right. The one number is a sum; it would grow with the size of the "
            "picture.",
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
            "The logits are multiplied. That makes the model seem surer than it is, and a sure "
            "and right pixel even gets cheaper; a weight belongs to the loss.",
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
            "looks the weights up by label",
            "The weights are looked up by label. Here each already belongs to a pixel: the "
            "first to the first, the second to the second.",
            _weighting(_weights_by_label),
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
                    lambda labels, logits, weights: _losses(labels, logits)
                    * weights
                    / weights.mean()
                ),
            ),
        ),
        Misconception(
            "divides by the weights",
            "A larger weight makes the loss smaller: it is divided where it should be multiplied.",
            _weighting(
                lambda labels, logits, weights: _losses(labels, logits)
                / np.maximum(weights, 1e-7)
            ),
        ),
        Misconception(
            "softmax twice",
            "The loss of each pixel is off before any weight: softmax was applied to what is "
            "already a probability.",
            _weighting(_softmax_twice),
        ),
        Misconception(
            "forgets the minus",
            "The losses are negative: the logarithm of a probability needs its sign turned.",
            _weighting(lambda labels, logits, weights: -_losses(labels, logits) * weights),
        ),
    ),
    why="Keras divides by the number of pixels and not by the weights, so twice the weights are "
    "twice the loss of the very same model: never compare losses under different weights.",
)


# --- add_sample_weights ------------------------------------------------------------------------


def _batches_and_weights() -> list[tuple]:
    """Two small batches with all three labels, and weights that are no whole numbers."""
    cases = []
    for seed, (count, weights) in enumerate([(1, [0.6, 0.3, 2.5]), (2, [1.7, 0.25, 4.2])]):
        mask = np.random.default_rng(seed).integers(0, 3, (count, 2, 4, 1), dtype=np.uint8)
        mask[0, 0, :3, 0] = 0, 1, 2
        image = np.repeat(photos(count, 4, seed=seed)[:, :2], 1, axis=1)
        cases.append((image, mask, weights))
    return cases


class LabelWithoutWeight(ValueError):
    """A label was looked up for which there is no weight."""


class NumpyInPipeline(TypeError):
    """NumPy was handed a symbolic tensor."""


class NoNumbersYet(AttributeError):
    """A symbolic tensor was asked for its numbers."""


# Keras and TensorFlow raise these kinds of errors for much else, so they are told by their words.
TELLING_ERRORS = {
    "is not in [0,": LabelWithoutWeight("A label was looked up that has no weight."),
    "Cannot convert a symbolic": NumpyInPipeline("NumPy cannot read a symbolic tensor."),
    "no attribute 'numpy'": NoNumbersYet("A symbolic tensor has no .numpy()."),
}


def _map_over_batches(answer, image, mask, weights):
    """Uses the answer as the lesson does, in the map of a tf.data pipeline."""
    batches = tf.data.Dataset.from_tensors((image, mask))
    try:
        result = next(iter(batches.map(lambda image, mask: answer(image, mask, weights))))
    except Exception as error:
        for words, telling_error in TELLING_ERRORS.items():
            if words in str(error):
                raise telling_error from error
        raise
    if not isinstance(result, tuple) or len(result) != 3:
        return result
    # Keras takes N×H×W×1 as well: it drops the last axis.
    image, mask, sample_weights = result
    if sample_weights.shape.rank == 4 and sample_weights.shape[-1] == 1:
        sample_weights = tf.squeeze(sample_weights, axis=-1)
    return image, mask, sample_weights


def _look_up(weights, mask):
    return tf.gather(tf.constant(weights, tf.float32), tf.cast(mask[..., 0], tf.int32))


def _weighted_classes(image, mask, weights):
    return image, mask, tf.one_hot(mask[..., 0], 3) * tf.constant(weights, tf.float32)


def _weights_for_all(image, mask, weights):
    table = tf.constant(weights, tf.float32)
    return image, mask, tf.ones_like(mask, tf.float32) * table


def _flat_table(image, mask, weights):
    return image, mask, tf.constant(weights, tf.float32)


def _one_hot_mask(image, mask, weights):
    return image, tf.one_hot(mask[..., 0], 3), _look_up(weights, mask)


def _count_from_one(image, mask, weights):
    return image, mask, _look_up(weights, tf.cast(mask, tf.int32) - 1)


def _table_from_one(image, mask, weights):
    return image, mask, _look_up([0.0, *weights], mask)


def _clipped_from_one(image, mask, weights):
    return image, mask, _look_up(weights, tf.maximum(tf.cast(mask, tf.int32) - 1, 0))


def _whole_weights(kind):
    def answer(image, mask, weights):
        return image, mask, tf.cast(_look_up(weights, mask), kind)

    return answer


def _label_as_weight(image, mask, weights):
    return image, mask, tf.cast(mask[..., 0], tf.float32)


def _weight_the_image(image, mask, weights):
    return image * _look_up(weights, mask)[..., tf.newaxis], mask, _look_up(weights, mask)


def _weight_the_image_only(image, mask, weights):
    return image * _look_up(weights, mask)[..., tf.newaxis], mask


def _weights_in_the_middle(image, mask, weights):
    return image, _look_up(weights, mask), mask


def _scaled_to_sum(image, mask, weights):
    return image, mask, _look_up(np.array(weights) / sum(weights), mask)


def _scaled_to_mean(image, mask, weights):
    sample_weights = _look_up(weights, mask)
    return image, mask, sample_weights / tf.reduce_mean(sample_weights)


def _scaled_to_largest(image, mask, weights):
    return image, mask, _look_up(np.array(weights) / max(weights), mask)


def _weight_of_picture(image, mask, weights):
    return image, mask, tf.reduce_mean(_look_up(weights, mask), axis=(1, 2))


def _numpy_only(image, mask, weights):
    return image, mask, np.array(weights, np.float32)[np.array(mask[..., 0])]


def _eager_only(image, mask, weights):
    return image, mask, np.array(weights, np.float32)[mask.numpy()[..., 0]]


def _border_only(image, mask, weights):
    is_border = tf.equal(mask[..., 0], 2)
    return image, mask, tf.where(is_border, tf.constant(weights[2], tf.float32), 1.0)


def _reversed_table(image, mask, weights):
    return image, mask, _look_up(weights[::-1], mask)


def _no_weights(image, mask, weights):
    return image, mask, tf.ones_like(mask[..., 0], tf.float32)


ADD_SAMPLE_WEIGHTS = Task(
    name="add_sample_weights",
    lesson=LESSON,
    minutes=8,
    aim="Return image, mask and a weight for every pixel, found by its label; to be used in the "
    "map of a tf.data pipeline.",
    signature="add_sample_weights(image, mask, weights)",
    hints=(
        "A label is a whole number that counts from 0. What in a list counts so, too?",
        "tf.gather(table, places) looks many places up at once; the result has the shape of "
        "the places.",
        "The weights should stay decimal: make the table with tf.constant(weights, tf.float32). "
        "Drop the mask's last axis, `mask[..., 0]`, and cast the labels to tf.int32.",
        "Return three things: the image and the mask as they came, and what tf.gather gives for "
        "table and labels.",
    ),
    reference=course_add_sample_weights,
    cases=_batches_and_weights,
    returns=("image", "mask", "sample weights"),
    observe=_map_over_batches,
    misconceptions=(
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
            "The third part is the list of class weights itself. Keras would take it for a "
            "weight of each picture.",
            _flat_table,
        ),
        Misconception(
            "one-hot mask",
            "The mask has become one-hot. The course's loss is sparse: it wants labels, as they "
            "came.",
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
            "The image is multiplied by the weights. The network would see brighter borders, "
            "which it will not see in a new photo; weights concern the loss alone.",
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
            "one weight a picture",
            "There is one weight for a whole picture. A picture holds all classes, so this "
            "cannot favour one of them.",
            _weight_of_picture,
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
    ),
    why="A weight for each pixel says exactly what is meant, and works with every kind of data "
    "that Keras takes; `class_weight` depends on an axis of length one.",
)


# --- class_weights -----------------------------------------------------------------------------


def _shares() -> list[tuple]:
    """Shares of three and four classes; in some a class does not occur."""
    return [
        (np.array([0.5, 0.4, 0.1]),),
        (np.array([0.25, 0.6, 0.05, 0.1]),),
        (np.array([0.7, 0.0, 0.3]),),
    ]


def _scaled(weights, shares):
    return weights / (weights * shares).sum()


def _with_either_zero(weigh: Callable) -> dict:
    """Gives the wrong answers of a mistake: 0, or what NumPy makes, where a class is absent."""

    def unguarded(shares):
        with np.errstate(all="ignore"):
            return weigh(shares)

    def guarded(shares):
        weights = np.zeros_like(shares)
        weights[shares > 0] = weigh(shares[shares > 0])
        return weights

    return {"wrong": guarded, "also": (unguarded,)}


def _by_median(shares):
    return np.median(shares) / shares


def _by_logarithm(shares):
    return _scaled(-np.log(shares), shares)


def _one_for_absent(shares):
    return np.where(shares > 0, course_class_weights(shares, "inverse"), 1.0)


def _tiny_instead_of_zero(shares):
    return _scaled(1 / (shares + 1e-6), shares)


def _unguarded_inverse(shares):
    with np.errstate(all="ignore"):
        return _scaled(1 / shares, shares)


def _left_out(shares):
    return course_class_weights(shares[shares > 0], "inverse")


def _counts_absent(shares):
    weights = np.zeros_like(shares)
    weights[shares > 0] = 1 / (len(shares) * shares[shares > 0])
    return weights


def _infinite(shares):
    with np.errstate(all="ignore"):
        return 1 / ((shares > 0).sum() * shares)


CLASS_WEIGHTS = Task(
    name="class_weights",
    lesson=LESSON,
    minutes=8,
    aim="Choose weights by inverse frequency, scaled so that the mean weight of all pixels is 1; "
    "a class that does not occur gets 0.",
    signature="class_weights(shares)",
    hints=(
        "A class with half the share of another is to get twice its weight.",
        "The mean weight of all pixels is not the mean of the list: a common class has more "
        "pixels. It is (weights * shares).sum().",
        "1 / 0 is infinite. Divide only where shares > 0, and leave 0 in the other places.",
        "Start with np.zeros(len(shares)); fill the classes that occur with 1 / share; divide "
        "all by the mean weight of a pixel.",
    ),
    reference=lambda shares: course_class_weights(shares, "inverse"),
    cases=_shares,
    misconceptions=(
        Misconception(
            "proportional",
            "A common class gets more weight than a rare one: that makes the imbalance worse.",
            lambda shares: _scaled(shares, shares),
            also=(lambda shares: shares * 1.0, lambda shares: shares / shares.max()),
        ),
        Misconception(
            "not normalised",
            "The ratios are right, but nothing is scaled: the loss would become several times as "
            "large, and with it every step of a plain optimizer.",
            **_with_either_zero(lambda shares: 1 / shares),
        ),
        Misconception(
            "weights add up to 1",
            "The ratios are right, but the weights add up to 1. What is to be 1 is the mean over "
            "pixels, and common classes have more of those.",
            **_with_either_zero(lambda shares: (1 / shares) / (1 / shares).sum()),
        ),
        Misconception(
            "mean of the list is 1",
            "The mean of the list is 1, as if all classes had the same number of pixels. Count "
            "each weight as often as it occurs.",
            **_with_either_zero(lambda shares: (1 / shares) / (1 / shares).mean()),
        ),
        Misconception(
            "largest weight is 1",
            "The largest weight is 1 and all others are below it, so the loss shrinks. What is to "
            "be 1 is the mean weight of a pixel.",
            **_with_either_zero(lambda shares: (1 / shares) / (1 / shares).max()),
        ),
        Misconception(
            "smallest weight is 1",
            "The smallest weight is 1 and all others are above it, so the loss grows. The mean "
            "weight of a pixel is to be 1.",
            **_with_either_zero(lambda shares: (1 / shares) / (1 / shares).min()),
        ),
        Misconception(
            "divides by zero",
            "A class that does not occur breaks it: 1 / 0 is infinite, infinite times 0 is NaN, "
            "and the scaling spreads the NaN to all classes.",
            _unguarded_inverse,
            also=(_infinite,),
        ),
        Misconception(
            "nearly divides by zero",
            "A tiny number was added to keep from dividing by zero. Then a class that does not "
            "occur gets a weight of many thousands: one pixel of it would drown the batch.",
            _tiny_instead_of_zero,
            also=(lambda shares: _scaled(1 / np.maximum(shares, 1e-6), shares),),
        ),
        Misconception(
            "leaves the absent class out",
            "A class that does not occur has no place in the list, so the weights behind it move "
            "up and go to the wrong class.",
            _left_out,
        ),
        Misconception(
            "absent class gets 1",
            "A class that does not occur gets 1. No harm today, but asked for is 0: a weight "
            "that rests on no pixel should not look like one that was measured.",
            _one_for_absent,
        ),
        Misconception(
            "counts the absent class",
            "With a class that does not occur, the mean weight of a pixel is below 1: the absent "
            "class was counted among those that share the weight.",
            _counts_absent,
        ),
        Misconception(
            "one minus the share",
            "One minus the share favours rare classes far too little: a class ten times as rare "
            "does not get ten times the weight.",
            lambda shares: 1 - shares,
            also=(
                lambda shares: _scaled(1 - shares, shares),
                lambda shares: np.where(shares > 0, 1 - shares, 0.0),
                lambda shares: np.where(shares > 0, _scaled(1 - shares, shares), 0.0),
            ),
        ),
        Misconception(
            "inverse root",
            "These go by the root of the share, a halfway house between no weights and inverse "
            "ones. Asked for is the inverse itself.",
            **_with_either_zero(lambda shares: _scaled(1 / np.sqrt(shares), shares)),
        ),
        Misconception(
            "minus logarithm",
            "This is how much a class surprises, minus the logarithm of its share. It grows far "
            "more slowly than the inverse.",
            **_with_either_zero(_by_logarithm),
        ),
        Misconception(
            "median frequency",
            "This is median frequency: the same ratios on another scale, with 1 for the class in "
            "the middle instead of the mean pixel.",
            **_with_either_zero(_by_median),
        ),
        Misconception(
            "all alike",
            "All classes that occur have the same weight, so the weighted loss is the plain one.",
            lambda shares: (shares > 0) * 1.0,
            also=(lambda shares: np.ones_like(shares),),
        ),
    ),
    why="With inverse weights each class has the same part in the weight, and with a mean of 1 the "
    "loss keeps its size, so learning rates that worked before still do.",
)


# --- fair_pair ---------------------------------------------------------------------------------


@dataclass
class _Training:
    """One call of `train`: which model, how, and what its weights were when it began."""

    model: keras.Model
    weighted: bool
    epochs: float
    start: np.ndarray


class _SmallModel(keras.Model):
    """A decoder and a last layer; without Keras' tracing, which would take longer than all else."""

    def __init__(self, decoder: list):
        super().__init__()
        self.decoder, self.last = list(decoder), _built_layer(2, 1)
        self.built = True

    def call(self, features):
        for layer in (*self.decoder, self.last):
            features = layer(features)
        return features


def _built_layer(inputs: int, outputs: int) -> keras.layers.Layer:
    layer = keras.layers.Dense(outputs, use_bias=False)
    layer.build((None, inputs))
    return layer


class _Workshop:
    """Makes small models and notes their trainings; a training moves all weights by its length."""

    def __init__(self) -> None:
        self.trainings: list[_Training] = []

    def build_decoder(self) -> list:
        """Returns new layers with random weights."""
        return [_built_layer(3, 4), _built_layer(4, 2)]

    def build_model(self, decoder: list) -> keras.Model:
        """Returns a new model that uses these layers."""
        return _SmallModel(decoder)

    def train(self, model: keras.Model, weighted: bool, epochs: int) -> None:
        """Trains the model, with or without sample weights."""
        self.trainings.append(_Training(model, bool(weighted), epochs, _flat_weights(model)))
        for variable in model.trainable_variables:
            variable.assign_add(keras.ops.ones(variable.shape) * (0.1 * epochs))


def _flat_weights(model: keras.Model) -> np.ndarray:
    return np.concatenate([np.ravel(weights) for weights in model.get_weights()])


def _seeds_and_epochs() -> list[tuple]:
    """A workshop's functions, a seed, a number of epochs, and the seed of a second call."""
    cases = []
    for seed, epochs, second_seed in [(3, 5, 3), (11, 2, 12)]:
        workshop = _Workshop()
        steps = (workshop.build_decoder, workshop.build_model, workshop.train)
        cases.append((*steps, seed, epochs, second_seed))
    return cases


def _observe_pair(answer, build_decoder, build_model, train, seed, epochs, second_seed) -> dict:
    """Lets the answer build and train, and again with the second seed."""
    workshop = train.__self__
    pairs = []
    for one_seed in (seed, second_seed):
        workshop.trainings.clear()
        models = answer(build_decoder, build_model, train, one_seed, epochs)
        pairs.append(_describe_pair(models, workshop.trainings))
    alike = np.array_equal(*(pair.pop("start") for pair in pairs))
    which = "the same" if seed == second_seed else "another"
    start = "alike" if alike else "different"
    return pairs[0] | {f"the start of a second call with {which} seed": start}


def _describe_pair(models, trainings: Sequence[_Training]) -> dict:
    if not isinstance(models, tuple | list) or len(models) != 2:
        raise UnfitAnswer("fair_pair has to return two models: the plain one, the weighted one.")
    if not all(isinstance(model, keras.Model) for model in models):
        raise UnfitAnswer("fair_pair has to return models, as build_model makes them.")
    runs = [[run for run in trainings if run.model is model] for model in models]
    starts = [own[0].start if own else _flat_weights(model) for own, model in zip(runs, models)]
    plain_ids, weighted_ids = ({id(part) for part in model.variables} for model in models)
    return {
        "what both models share": f"{len(plain_ids & weighted_ids)} tensors",
        "the plain model's training": _tell_epochs(runs[0]),
        "the weighted model's training": _tell_epochs(runs[1]),
        "the plain model": _tell_weights(runs[0]),
        "the weighted model": _tell_weights(runs[1]),
        "the start of both": "alike" if np.allclose(*starts) else "different",
        "the second training": "goes on" if _goes_on(models, runs) else "starts anew",
        "start": starts[0],
    }


def _tell_epochs(runs) -> str:
    return f"{sum(run.epochs for run in runs):g} epochs"


def _tell_weights(runs) -> str:
    return "with weights" if any(run.weighted for run in runs) else "without weights"


def _goes_on(models, runs) -> bool:
    """Says whether the weighted model's training begins with the trained weights of the other."""
    return bool(runs[0] and runs[1]) and np.allclose(_flat_weights(models[0]), runs[1][0].start)


def _fair_pair(build_decoder, build_model, train, seed, epochs):
    models = []
    for weighted in (False, True):
        keras.utils.set_random_seed(seed)
        model = build_model(build_decoder())
        train(model, weighted, epochs)
        models.append(model)
    return tuple(models)


def _pair(
    *,
    seeds: Callable = lambda seed: (seed, seed),
    set_seed: Callable = keras.utils.set_random_seed,
    lengths: tuple[float, float] = (1, 1),
    weighted: tuple[bool, bool] = (False, True),
) -> Callable:
    """Makes an answer that is unfair in one respect; a seed of None is not set."""

    def answer(build_decoder, build_model, train, seed, epochs):
        models = []
        for own_seed, length, is_weighted in zip(seeds(seed), lengths, weighted, strict=True):
            if own_seed is not None:
                set_seed(own_seed)
            model = build_model(build_decoder())
            train(model, is_weighted, epochs * length)
            models.append(model)
        return tuple(models)

    return answer


def _shared_decoder(build_decoder, build_model, train, seed, epochs):
    keras.utils.set_random_seed(seed)
    decoder = build_decoder()
    plain = build_model(decoder)
    train(plain, False, epochs)
    weighted = build_model(decoder)
    train(weighted, True, epochs)
    return plain, weighted


def _shared_decoder_built_first(build_decoder, build_model, train, seed, epochs):
    keras.utils.set_random_seed(seed)
    decoder = build_decoder()
    models = build_model(decoder), build_model(decoder)
    train(models[0], False, epochs)
    train(models[1], True, epochs)
    return models


def _shared_decoder_seeded_twice(build_decoder, build_model, train, seed, epochs):
    decoder = build_decoder()
    keras.utils.set_random_seed(seed)
    plain = build_model(decoder)
    train(plain, False, epochs)
    keras.utils.set_random_seed(seed)
    weighted = build_model(decoder)
    train(weighted, True, epochs)
    return plain, weighted


def _same_model(build_decoder, build_model, train, seed, epochs):
    keras.utils.set_random_seed(seed)
    model = build_model(build_decoder())
    train(model, False, epochs)
    train(model, True, epochs)
    return model, model


def _goes_on_from_the_first(build_decoder, build_model, train, seed, epochs):
    keras.utils.set_random_seed(seed)
    plain = build_model(build_decoder())
    train(plain, False, epochs)
    weighted = build_model(build_decoder())
    weighted.set_weights(plain.get_weights())
    train(weighted, True, epochs)
    return plain, weighted


def _trains_one_twice(build_decoder, build_model, train, seed, epochs):
    keras.utils.set_random_seed(seed)
    plain = build_model(build_decoder())
    keras.utils.set_random_seed(seed)
    weighted = build_model(build_decoder())
    train(plain, False, epochs)
    train(plain, True, epochs)
    return plain, weighted


def _trains_none(build_decoder, build_model, train, seed, epochs):
    keras.utils.set_random_seed(seed)
    plain = build_model(build_decoder())
    keras.utils.set_random_seed(seed)
    return plain, build_model(build_decoder())


FAIR_PAIR = Task(
    name="fair_pair",
    lesson=LESSON,
    minutes=12,
    aim="Build and train two models for a fair comparison: alike in everything but the weights "
    "of their training.",
    signature="fair_pair(build_decoder, build_model, train, seed, epochs)",
    hints=(
        "What may differ between the two? One thing. Go through all the others: layers, first "
        "weights, epochs.",
        "Layers that are given to two models belong to both: what one learns, the other has. "
        "How often does build_decoder have to be called?",
        "keras.utils.set_random_seed(seed) starts the random numbers anew; building a model uses "
        "some of them up.",
        "Twice the same four steps: set the seed, build a decoder, build a model of it, train it "
        "for `epochs`, the first time without weights. Return both models.",
    ),
    reference=_fair_pair,
    cases=_seeds_and_epochs,
    observe=_observe_pair,
    misconceptions=(
        Misconception(
            "the same model twice",
            "Both are one and the same model: trained without weights, then with them. There is "
            "nothing left to compare.",
            _same_model,
        ),
        Misconception(
            "shares the decoder",
            "Both models hold the same decoder layers, as in the tutorial. What the first "
            "training teaches, the second model knows before it begins; and the second training "
            "changes the first model behind your back.",
            _shared_decoder,
            also=(_shared_decoder_built_first, _shared_decoder_seeded_twice),
        ),
        Misconception(
            "goes on from the first",
            "The weighted model begins with the trained weights of the plain one: in all it has "
            "learned twice as long. Start both from the same untrained weights.",
            _goes_on_from_the_first,
        ),
        Misconception(
            "no seed",
            "No seed reaches the first weights: each call starts elsewhere, and so do the two "
            "models. Keras takes its first weights from Python's random numbers, not from "
            "TensorFlow's or NumPy's.",
            _pair(seeds=lambda seed: (None, None)),
            also=(
                _pair(set_seed=lambda seed: tf.random.set_seed(seed)),
                _pair(set_seed=lambda seed: np.random.seed(seed)),
            ),
        ),
        Misconception(
            "different starts",
            "The two models start from different random weights: another seed, or one seed set "
            "once, of which the first model has used up numbers. A part of any difference "
            "between them is luck.",
            _pair(seeds=lambda seed: (seed, None)),
            also=(
                _pair(seeds=lambda seed: (seed, seed + 1)),
                _pair(seeds=lambda seed: (seed + 1, seed)),
            ),
        ),
        Misconception(
            "ignores the seed",
            "Whatever seed is given, the models start alike. One seed is one sample; over "
            "several you would see how much of the difference is luck.",
            _pair(seeds=lambda seed: (7, 7)),
            also=(_pair(seeds=lambda seed: (0, 0)), _pair(seeds=lambda seed: (42, 42))),
        ),
        Misconception(
            "trains the weighted one longer",
            "The weighted model is trained longer. That it does better may be due to that alone.",
            _pair(lengths=(1, 2)),
        ),
        Misconception(
            "trains the plain one longer",
            "The plain model is trained longer than the weighted one, so the weights are at a "
            "disadvantage.",
            _pair(lengths=(2, 1)),
        ),
        Misconception(
            "trains both twice as long",
            "Both are trained equally long, but not for the epochs that were asked for.",
            _pair(lengths=(2, 2)),
        ),
        Misconception(
            "weights in neither",
            "Neither training has weights: two equal models, and a comparison of one thing "
            "with itself.",
            _pair(weighted=(False, False)),
        ),
        Misconception(
            "weights in both",
            "Both trainings have weights, so nothing is left to compare them with.",
            _pair(weighted=(True, True)),
        ),
        Misconception(
            "exchanges the two",
            "The two have changed places: the plain model, trained without weights, comes first.",
            _pair(weighted=(True, False)),
        ),
        Misconception(
            "trains the first twice",
            "The first model is trained twice and the second not at all. Look at the name in the "
            "second call of train.",
            _trains_one_twice,
        ),
        Misconception(
            "trains neither",
            "The pair is built fairly, and never trained.",
            _trains_none,
        ),
    ),
    why="Where two things differ at once, you cannot say which of them made the model better; most "
    "surprising gains end there.",
)


# --- bugs --------------------------------------------------------------------------------------

RECIPE = (
    "train, test = load_pets()",
    'names = {1: "pet", 2: "border", 3: "background"}',
    'prepare = lambda photo, trimap: (resize(photo) / 255, resize(trimap, "nearest") - 1)',
    "train_batches = train.map(prepare).cache().shuffle(1000).batch(32)",
    "validation_batches = test.map(prepare).batch(32)",
    "encoder = pretrained_encoder(trainable=False)",
    "up_blocks = [upsample(512), upsample(256), upsample(128), upsample(64)]",
    "build_model = lambda: connect(encoder, up_blocks, Conv2DTranspose(3, 3, strides=2))",
    "loss = SparseCategoricalCrossentropy(from_logits=True)",
    "plain = fit(build_model(), train_batches, validation_batches, loss, epochs=20)",
    "class_weights = [2.0, 2.0, 1.0]  # the rare border counts double",
    "add_weights = lambda image, mask: (image, mask, gather(class_weights, mask))",
    "weighted = fit(build_model(), train_batches.map(add_weights), validation_batches, loss, 20)",
    "show(array_to_img(argmax(weighted(image), axis=-1)))  # stretches each to 0..255",
)
MENDS = {
    "names": "another order of names: measure which region lies between the other two",
    "weights": "more weight for the class that really is rare",
    "shared layers": "layers that are made anew for each model",
    "test set": "a part of the training pets, so that the test set stays unseen",
    "colours": "one fixed colour for each class, in every picture",
    "softmax": "softmax after the last layer",
    "resize": "bilinear resizing of the trimap",
    "freeze": "an encoder that is made anew for each model",
    "order": "another order of cache, shuffle and batch",
    "shape": "weights without the last axis of length one",
}
FLAWS = {2: "names", 5: "test set", 7: "shared layers", 11: "weights", 14: "colours"}
SAME_FLAW = {(8, "shared layers"): 7}  # the line that closes over the layers is as good
NO_FLAW = "no flaw"
BUGS_QUESTIONS = tuple(
    Question(number, f"{number}: {line}", (NO_FLAW, *MENDS))
    for number, line in enumerate(RECIPE, start=1)
)


def recipe() -> str:
    """Returns the recipe with its lines numbered, and what may have to be mended."""
    lines = [f"{number:>2}  {line}" for number, line in enumerate(RECIPE, start=1)]
    mends = [f"{f'{name!r}':<16} needs {mend}" for name, mend in MENDS.items()]
    return "\n".join([*lines, "", *mends])


def bugs_form(check_bugs: Callable) -> Quiz:
    """Returns a form in which each line has no flaw until one says otherwise.

    Args:
        check_bugs: ``check.bugs``.
    """
    form = Quiz("bugs", BUGS_QUESTIONS, check_bugs)
    for field in form.fields.values():
        field.value = NO_FLAW
    return form


def _read_flaws(answer) -> dict[str, str]:
    """Turns {line: mend} into a verdict for each line."""
    if not isinstance(answer, dict):
        raise UnfitAnswer('Write a dictionary from line numbers to mends: {3: "resize", …}.')
    verdicts = {number: NO_FLAW for number in range(1, len(RECIPE) + 1)}
    for key, value in answer.items():
        value = str(value).strip().lower()
        if value not in (NO_FLAW, *MENDS):
            raise UnfitAnswer(f"Choose each mend from: {', '.join(MENDS)}.")
        if not str(key).isdigit() or int(key) not in verdicts:
            raise UnfitAnswer(f"The lines are numbered from 1 to {len(RECIPE)}; {key} is none.")
        if value != NO_FLAW:
            verdicts[SAME_FLAW.get((int(key), value), int(key))] = value
    return {f"line {number}": verdict for number, verdict in verdicts.items()}


def _flaws_without(number: int) -> dict[int, str]:
    return {line: mend for line, mend in FLAWS.items() if line != number}


BUGS = Task(
    name="bugs",
    lesson=LESSON,
    minutes=12,
    aim="A published recipe, told in our own lines, runs without an error and has five flaws: "
    "find their lines and say what each needs.",
    signature="bugs",
    hints=(
        "There are five flaws, and each was met in one of the five lessons. Read each line and "
        "ask what you measured there.",
        "Two are about what the labels mean, two about what a comparison or a final figure is "
        "worth, one about what you see.",
        "Where is the test set used? Which lines would have to run twice for two independent "
        "models? Which label is the border, and which place in a list of weights is its?",
        "array_to_img gives each picture's own largest value white: what if no border was "
        "predicted?",
    ),
    reference=FLAWS,
    observe=_read_flaws,
    misconceptions=(
        Misconception(
            "counts lines from zero",
            "All five are found, one line too high: the lines are numbered from 1.",
            {line - 1: mend for line, mend in FLAWS.items()},
        ),
        Misconception(
            "believes the names",
            "One flaw is in the names. Which of the three regions lies between the other two? "
            "Lesson 1 measured it.",
            _flaws_without(2),
        ),
        Misconception(
            "lets the test set validate",
            "One flaw makes the final figure too good: something is looked at after every epoch "
            "that was to stay unseen.",
            _flaws_without(5),
        ),
        Misconception(
            "overlooks the shared layers",
            "One flaw makes the weighted model look better than it is: it does not begin where "
            "the plain one began.",
            _flaws_without(7),
        ),
        Misconception(
            "believes the comment on the weights",
            "A comment says what was meant, not what happens. Which class has the label 2, and "
            "what does it get?",
            _flaws_without(11),
        ),
        Misconception(
            "trusts the picture",
            "One flaw is in what you see: the same class may get another grey in the next picture.",
            _flaws_without(14),
        ),
        Misconception(
            "where the test set is used",
            "That line only uses what it is given. The choice of those pets was made further up.",
            {**_flaws_without(5), 10: "test set"},
            also=(
                {**_flaws_without(5), 13: "test set"},
                {**_flaws_without(5), 10: "test set", 13: "test set"},
            ),
        ),
        Misconception(
            "where the shared layers are used",
            "The weighted model is built there, in the same way as the plain one; that both hold "
            "the same layers was settled earlier.",
            {**_flaws_without(7), 13: "shared layers"},
            also=({**_flaws_without(7), 10: "shared layers"},),
        ),
        Misconception(
            "where the weights are used",
            "That line looks each label's weight up, rightly. What it finds in the list is "
            "the matter.",
            {**_flaws_without(11), 12: "weights"},
            also=({**_flaws_without(11), 13: "weights"},),
        ),
        Misconception(
            "blames the names for the weights",
            "With the right names the weights would still be 2, 2, 1: the list itself has to "
            "change.",
            {**FLAWS, 11: "names"},
        ),
        Misconception(
            "wants a softmax",
            "No softmax is missing: the loss is told that logits come, and logits come.",
            {**FLAWS, 9: "softmax"},
            also=(
                {**FLAWS, 8: "softmax"},
                {**FLAWS, 8: "softmax", 9: "softmax"},
                {**FLAWS, 14: "softmax"},
            ),
        ),
        Misconception(
            "wants bilinear masks",
            "The nearest neighbour is right for a trimap: a mean of labels 1 and 3 would be 2, "
            "which is another class.",
            {**FLAWS, 3: "resize"},
        ),
        Misconception(
            "minds the shared encoder",
            "The encoder is shared too, but frozen: neither training changes it, so neither model "
            "gains from the other by it.",
            {**FLAWS, 6: "freeze"},
            also=({**FLAWS, 8: "freeze"}, {**FLAWS, 6: "shared layers"}),
        ),
        Misconception(
            "wants another order of stages",
            "Cache, then shuffle, then batch is in order: what is slow is done once, and single "
            "pets are mixed anew in each epoch.",
            {**FLAWS, 4: "order"},
            also=({**FLAWS, 5: "order"},),
        ),
        Misconception(
            "minds the last axis",
            "Weights N×H×W×1 are no flaw: Keras drops the axis of length one, and each pixel "
            "has its weight.",
            {**FLAWS, 12: "shape"},
            also=({**FLAWS, 13: "shape"},),
        ),
        Misconception(
            "counts the labels from one",
            "Labels 0 to 2 are right there: after the trimap's 1 was taken off, they are places "
            "in the list of weights.",
            {**FLAWS, 3: "names"},
            also=({**FLAWS, 12: "names"},),
        ),
    ),
    why="None of the five raises an error, and each makes a picture or a figure say what is not so; "
    "only measuring finds them.",
)


TASKS = (TWO_PIXEL_LOSS, ADD_SAMPLE_WEIGHTS, CLASS_WEIGHTS, FAIR_PAIR, BUGS)
