"""overfit: a U-Net of one's own, which learns four pets by heart, then pictures of other classes.

Images are uint8 N×128×128×3, masks uint8 N×128×128×1 with labels from 0. A model is judged by what
it says of pictures, whatever it is made of; words say what that was, so that no training of a wrong
answer has to be waited for.
"""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from lessons_lib.checks.common import FITS, require_model, tell_output_and_loss
from lessons_lib.checks.observing import UnfitAnswer
from lessons_lib.checks.task import Misconception, Task
from lessons_lib.drawing import draw_pet
from lessons_lib.metrics import confusion_matrix, iou_per_class
from lessons_lib.quiet import keras, tf


def declare() -> Task:
    """Declares the exercise."""
    return Task(
        name="overfit",
        lesson=6,
        minutes=45,
        aim="Build a U-Net of your own, train it until it knows the pictures it is given by heart "
        "(mean IoU above 0.9), and return it.",
        signature="overfit(images, masks, num_classes)",
        hints=(
            "Begin with a model that is far too small and see that everything fits: "
            "`model(images).shape` is to be (N, 128, 128, num_classes) before you train at all. "
            "Print the loss of each epoch while you look for the rest.",
            "Down: two convolutions, keep the result, MaxPooling2D. Up: Conv2DTranspose of 2×2 "
            "with stride 2, join what was kept, two convolutions. 8 filters at full size, and "
            "twice as many at each step down, are enough for four pets and quick.",
            "A Rescaling layer in front brings bytes into a range that convolutions like. Logits "
            "at the end go with `from_logits=True`. All pictures in one batch, Adam with 0.003 "
            "to 0.01: 100 epochs are then 100 steps.",
            "The loss falls and the mean IoU does not follow? Then it is the thin border, which "
            "wants the skip connection at full size; or batch norm, whose stored statistics lag "
            "behind in a short training: `BatchNormalization(momentum=0.9)`.",
        ),
        reference=_overfit,
        cases=_sets_to_learn,
        observe=_observe_model,
        misconceptions=MISCONCEPTIONS,
        why="A network that cannot learn four pictures by heart has a mistake in it; whoever tries "
        "that first finds it in a minute, and not after a night of training.",
        time_limit=120.0,
        slow="That is a minute for each set of pictures. Fewer filters where the maps are large, "
        "or fewer epochs, make it quicker; so does a batch of all pictures.",
    )


PHOTO_SIDE = 128
ENOUGH = 0.9  # mean IoU, on the pictures that were learned
CLOSE = 0.05  # to it: what is lacking may be due to anything
PET_SEEDS = (900_001, 900_002, 900_003, 900_004)  # in no data set of the course
SHIFT = 32  # pixels, so that maps of 1/32 of the size move too
CORNERS = {1: 60, 2: 4, 3: 3}  # of a circle, a square, a triangle

RANGES = ((1 / 255, 0), (1 / 127.5, -1))  # from 0 to 1, from -1 to 1


def _sets_to_learn() -> list[tuple]:
    """Four pets with three classes, and five pictures of shapes with four."""
    return [(*map(np.copy, _pets()), 3), (*map(np.copy, _shapes()), 4)]


@functools.cache
def _pets() -> tuple[np.ndarray, np.ndarray]:
    pets = [draw_pet(seed) for seed in PET_SEEDS]
    images = [Image.fromarray(pet.image).resize((PHOTO_SIDE, PHOTO_SIDE)) for pet in pets]
    nearest = Image.Resampling.NEAREST
    masks = [Image.fromarray(pet.trimap).resize((PHOTO_SIDE, PHOTO_SIDE), nearest) for pet in pets]
    labels = np.stack([np.asarray(mask) for mask in masks])[..., np.newaxis] - np.uint8(1)
    return np.stack([np.asarray(image) for image in images]), labels


@functools.cache
def _shapes() -> tuple[np.ndarray, np.ndarray]:
    pairs = [_draw_shapes(seed) for seed in range(5)]
    images, masks = zip(*pairs, strict=True)
    return np.stack(images), np.stack(masks)[..., np.newaxis]


def _draw_shapes(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draws a circle, a square and a triangle, each with a hue of its own, on rough ground."""
    numbers = np.random.default_rng(seed)
    ground = numbers.integers(90, 166, 3) + numbers.normal(0, 20, (PHOTO_SIDE, PHOTO_SIDE, 3))
    picture = Image.fromarray(ground.clip(0, 255).astype(np.uint8))
    mask = Image.new("L", (PHOTO_SIDE, PHOTO_SIDE), 0)
    for label in (1 + numbers.permutation(3)).tolist():
        x, y, radius = numbers.integers((20, 20, 18), (108, 108, 32)).tolist()
        colour = tuple(255 if channel == label - 1 else 40 for channel in range(3))
        turn = int(numbers.integers(360))
        for canvas, fill in ((picture, colour), (mask, label)):
            brush = ImageDraw.Draw(canvas)
            brush.regular_polygon((x, y, radius), CORNERS[label], rotation=turn, fill=fill)
    return np.asarray(picture), np.asarray(mask)


def _observe_model(
    answer: Callable, images: np.ndarray, masks: np.ndarray, num_classes: int
) -> dict | None:
    """Lets the answer train, and says in words what its model does.

    Raises:
        UnfitAnswer: there is no model, or it has learned too little for no reason that shows.
    """
    if answer is _overfit:  # what it does is known: a test trains it, not every learner's check
        return _overfit_properties()
    model = answer(images.copy(), masks.copy(), num_classes)
    if model is None:
        return None
    _require_trained_model(model)
    outputs = _run(model, images)
    shape = _tell_shape(outputs.shape, masks.shape, num_classes)
    if shape != FITS:
        return _overfit_properties(shape=shape)
    if not np.isfinite(outputs).all():
        return _overfit_properties(numbers="not a number (NaN)")
    if _mean_iou(masks, outputs, num_classes) <= ENOUGH:
        return _find_reason(model, images, masks, outputs)
    return _overfit_properties(looks=_tell_whether_it_looks(model, images, masks, num_classes))


def _require_trained_model(model: Any) -> None:
    if isinstance(model, keras.callbacks.History):
        raise UnfitAnswer(
            "overfit has to return the model; what comes back is the history that `fit` returns. "
            "`fit` trains the model itself: return that.",
            "returns the history",
        )
    if isinstance(model, np.ndarray | tf.Tensor):
        raise UnfitAnswer(
            "overfit has to return the trained model; what comes back is an array, as of masks. "
            "The check asks the model itself, and about other pictures too.",
            "returns masks",
        )
    require_model("overfit", model)


def _run(model: Any, images: np.ndarray, *, training: bool = False) -> np.ndarray:
    """Returns what the model says of images, as decimal numbers."""
    return np.asarray(keras.ops.convert_to_numpy(_call(model, images, training)), np.float32)


def _call(model: Any, images: np.ndarray, training: bool = False) -> Any:
    """Calls the model; some take decimal numbers only."""
    try:
        outputs = model(images, training=training)
    except (TypeError, ValueError, tf.errors.OpError):
        outputs = model(images.astype(np.float32), training=training)
    if isinstance(outputs, list | tuple | dict):
        raise UnfitAnswer(
            f"Your model gives a {type(outputs).__name__} of {len(outputs)} results; asked for is "
            "one, with a number for each class in each pixel.",
            "several outputs",
        )
    return outputs


def _tell_shape(shape: tuple, masks: tuple, num_classes: int) -> str:
    """Says in words in which way the shape of the output is not the one asked for."""
    if shape == (*masks[:-1], num_classes):
        return FITS
    if len(shape) != 4 or shape[0] != masks[0]:
        return f"no N×H×W×C, but {shape}"
    if shape[1:3] != masks[1:3]:
        smaller = shape[1] < masks[1]
        return "smaller than the pictures" if smaller else "larger than the pictures"
    if shape[-1] == 1:
        return "one channel"
    return f"{shape[-1]} channels for {num_classes} classes"


def _ious(masks: np.ndarray, outputs: np.ndarray, num_classes: int) -> np.ndarray:
    predicted = outputs.argmax(axis=-1)[..., np.newaxis]
    return iou_per_class(confusion_matrix(masks, predicted, num_classes))


def _mean_iou(masks: np.ndarray, outputs: np.ndarray, num_classes: int) -> float:
    """Returns the mean IoU of what is likeliest; 0 where the outputs do not fit the masks."""
    if outputs.shape != (*masks.shape[:-1], num_classes):
        return 0.0
    return float(np.nanmean(_ious(masks, outputs, num_classes)))


def _find_reason(
    model: Any, images: np.ndarray, masks: np.ndarray, outputs: np.ndarray
) -> dict[str, str]:
    """Says why a model has not learned enough.

    Raises:
        UnfitAnswer: no reason shows; its sentence tells the IoU that was reached.
    """
    classes = outputs.shape[-1]
    for scale, offset in RANGES:
        scaled = (images * scale + offset).astype(np.float32)
        if _has_learned(model, scaled, masks, classes):
            return _overfit_properties(learned="enough, of pictures in another range")
    falls_far_short = _mean_iou(masks, outputs, classes) < ENOUGH - CLOSE
    if falls_far_short and _has_learned(model, images, masks, classes, training=True):
        return _overfit_properties(learned="enough, as it is called in training")
    for shift in (-1, 1):
        if _mean_iou(masks, np.roll(outputs, shift, axis=-1), classes) > ENOUGH:
            return _overfit_properties(learned="enough, of labels that are one off")
    pairing = tell_output_and_loss(model, _call(model, images[:1]))
    if pairing != FITS:
        return _overfit_properties(pairing=pairing)
    optimizer = getattr(model, "optimizer", None)
    if optimizer is not None and int(optimizer.iterations) == 0:
        return _overfit_properties(learned="nothing: it was never trained")
    if len(np.unique(outputs.argmax(axis=-1))) == 1:
        return _overfit_properties(learned="one class for every pixel")
    ious = _ious(masks, outputs, classes)
    said = ", ".join(f"{value:.2f}" for value in ious)
    raise UnfitAnswer(
        f"On the {len(images)} pictures with {classes} classes your model reaches a mean IoU of "
        f"{np.nanmean(ious):.2f}; asked for is more than {ENOUGH}. Class by class, from 0: {said}. "
        "Does the loss still fall when the training ends?",
        "learns too little",
    )


def _has_learned(
    model: Any, images: np.ndarray, masks: np.ndarray, classes: int, *, training: bool = False
) -> bool:
    """Says whether a model is good enough at other images, or in another mode, if it takes them."""
    kept = [np.copy(value) for value in model.get_weights()]
    try:
        return _mean_iou(masks, _run(model, images, training=training), classes) > ENOUGH
    except Exception:  # it need not take them
        return False
    finally:
        model.set_weights(kept)


def _tell_whether_it_looks(
    model: Any, images: np.ndarray, masks: np.ndarray, num_classes: int
) -> str:
    """Says whether the masks move with the pictures.

    The pictures come in another order and shifted, wrapped around the edge. Whoever has learned
    what a pet looks like finds it there; stored masks stay where they were.
    """
    moved = np.roll(images[::-1], SHIFT, axis=2)
    outputs = _run(model, moved)
    truth = np.roll(masks[::-1], SHIFT, axis=2)
    follows = _mean_iou(truth, outputs, num_classes)
    stays = max(_mean_iou(one, outputs, num_classes) for one in (masks, masks[::-1]))
    return "look at the picture" if follows > stays else "stay where they were"


def _overfit_properties(
    *,
    shape: str = FITS,
    numbers: str = "numbers",
    learned: str = f"a mean IoU above {ENOUGH}",
    pairing: str = FITS,
    looks: str = "look at the picture",
) -> dict[str, str]:
    return {
        "the shape that comes out": shape,
        "what comes out": numbers,
        "what it has learned": learned,
        "the loss beside the last layer": pairing,
        "its masks of pictures that are moved": looks,
    }


def _overfit(images: np.ndarray, masks: np.ndarray, num_classes: int) -> keras.Model:
    image = keras.Input(images.shape[1:])
    features, skips = keras.layers.Rescaling(1 / 255)(image), []
    for filters in (8, 16, 32):
        skips.append(_convolve(_convolve(features, filters), filters))
        features = keras.layers.MaxPooling2D()(skips[-1])
    features = _convolve(features, 64)
    for filters in (32, 16, 8):
        enlarge = keras.layers.Conv2DTranspose(filters, 2, strides=2)
        features = _convolve(keras.layers.Concatenate()([skips.pop(), enlarge(features)]), filters)
    model: Any = keras.Model(image, keras.layers.Conv2D(num_classes, 1)(features))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss)
    model.fit(images, masks, batch_size=len(images), epochs=120, verbose=0)
    return model


def _convolve(features: keras.KerasTensor, filters: int) -> keras.KerasTensor:
    features = keras.layers.Conv2D(filters, 3, padding="same", use_bias=False)(features)
    return keras.layers.ReLU()(keras.layers.BatchNormalization(momentum=0.9)(features))


# The wrong answers stand for trainings of minutes: each is wrong in the way that its name says from
# the first step on, or does at once what such a training ends with. `test_on_your_own_exercises`
# trains some of them for real.


def _untrained(
    num_classes: int,
    *,
    strides: int = 1,
    activation: str | None = None,
    loss: Any = "sparse_categorical_crossentropy",
) -> keras.Model:
    model = keras.Sequential(
        [
            keras.Input((PHOTO_SIDE, PHOTO_SIDE, 3)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Conv2D(num_classes, 1, strides=strides, activation=activation),
        ]
    )
    model.compile("adam", loss)
    return model


def _answer(
    choose_classes: Callable = lambda num_classes: num_classes, **settings: Any
) -> Callable:
    """An answer whose model has these settings, and so many channels."""

    def overfit(images: np.ndarray, masks: np.ndarray, num_classes: int) -> keras.Model:
        return _untrained(choose_classes(num_classes), **settings)

    return overfit


def _enlarged(images: np.ndarray, masks: np.ndarray, num_classes: int) -> keras.Model:
    model = _untrained(num_classes)
    return keras.Model(model.inputs, keras.layers.UpSampling2D(2)(model.outputs[0]))


def _chooses(images: np.ndarray, masks: np.ndarray, num_classes: int) -> keras.Model:
    model = _untrained(num_classes)
    mask = keras.ops.argmax(model.outputs[0], axis=-1)
    return keras.Model(model.inputs, keras.ops.expand_dims(mask, -1))


def _chooses_without_axis(images: np.ndarray, masks: np.ndarray, num_classes: int) -> keras.Model:
    model = _untrained(num_classes)
    return keras.Model(model.inputs, keras.ops.argmax(model.outputs[0], axis=-1))


class _Remembers(keras.Model):
    """Says what it has been told to remember, and nothing where a condition does not hold."""

    def __init__(
        self, masks: np.ndarray, classes: int, *, condition: Callable = lambda images, mode: True
    ) -> None:
        super().__init__()
        self.kept = np.eye(classes, dtype=np.float32)[masks[..., 0]]
        self.condition = condition

    def call(self, images: tf.Tensor, training: bool = False) -> np.ndarray:
        holds = self.condition(np.asarray(images), training)
        return self.kept if holds else np.zeros_like(self.kept)


def _remembers(condition: Callable = lambda images, mode: True, off: int = 0) -> Callable:
    """An answer whose model has learned enough, under one condition."""

    def overfit(images: np.ndarray, masks: np.ndarray, num_classes: int) -> keras.Model:
        labels = (masks.astype(np.int64) + off) % num_classes
        return _Remembers(labels, num_classes, condition=condition)

    return overfit


class _RemembersPictures(keras.Model):
    """Finds the picture most like the given one, and says its mask."""

    def __init__(self, images: np.ndarray, masks: np.ndarray, classes: int) -> None:
        super().__init__()
        self.images = images.reshape(len(images), -1).astype(np.float32)
        self.kept = np.eye(classes, dtype=np.float32)[masks[..., 0]]

    def call(self, images: tf.Tensor) -> np.ndarray:
        given = np.reshape(images, (len(images), -1)).astype(np.float32)
        distances = np.square(given[:, np.newaxis] - self.images).sum(axis=-1)
        return self.kept[distances.argmin(axis=1)]


def _remembers_pictures(images: np.ndarray, masks: np.ndarray, num_classes: int) -> keras.Model:
    return _RemembersPictures(images, masks, num_classes)


def _good_model(images: np.ndarray, masks: np.ndarray, num_classes: int) -> keras.Model:
    """Stands for a trained model: it also knows the pictures when they have moved."""
    both = [np.concatenate([one, np.roll(one, SHIFT, axis=2)]) for one in (images, masks)]
    return _RemembersPictures(both[0], both[1], num_classes)


def _also_at_times(wrong: Callable) -> tuple[Callable, ...]:
    """Answers that are wrong like this for the pets only, or for the shapes only."""
    return tuple(functools.partial(_at_times, wrong, number) for number in (3, 4))


def _at_times(
    wrong: Callable, when: int, images: np.ndarray, masks: np.ndarray, num_classes: int
) -> keras.Model:
    return (wrong if num_classes == when else _good_model)(images, masks, num_classes)


def _diverges(images: np.ndarray, masks: np.ndarray, num_classes: int) -> keras.Model:
    model = _untrained(num_classes)
    model.set_weights([np.full(one.shape, np.nan) for one in model.get_weights()])
    return model


def _one_class(images: np.ndarray, masks: np.ndarray, num_classes: int) -> keras.Model:
    model = _untrained(num_classes, loss=_cross_entropy())
    model.set_weights([np.zeros(one.shape) for one in model.get_weights()])
    model.optimizer.iterations.assign(100)
    return model


def _cross_entropy() -> keras.losses.Loss:
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def _softmax_twice(images: np.ndarray, masks: np.ndarray, num_classes: int) -> keras.Model:
    # Keras sees a softmax that is the last step, and mends it; lesson 4 says so.
    model = _untrained(num_classes, activation="softmax")
    last = keras.layers.Reshape((PHOTO_SIDE, PHOTO_SIDE, num_classes))
    model = keras.Model(model.inputs, last(model.outputs[0]))
    model.compile("adam", _cross_entropy())
    return model


def _always_three(images: np.ndarray, masks: np.ndarray, num_classes: int) -> keras.Model:
    return (_good_model if num_classes == 3 else _three_channels)(images, masks, num_classes)


def _three_channels(images: np.ndarray, masks: np.ndarray, num_classes: int) -> keras.Model:
    return _untrained(3)


def _never_trained(images: np.ndarray, masks: np.ndarray, num_classes: int) -> keras.Model:
    return _untrained(num_classes, loss=_cross_entropy())


_only_small_numbers = _remembers(lambda images, mode: images.max() <= 1)
_only_in_training = _remembers(lambda images, mode: mode)


MISCONCEPTIONS = (
    Misconception(
        "a smaller output",
        "What comes out is smaller than the pictures. Each halving on the way down wants a "
        "doubling on the way up, the first one too.",
        _answer(strides=2),
    ),
    Misconception(
        "a larger output",
        "What comes out is larger than the pictures: there is a doubling more than there are "
        'halvings, or a transposed convolution without padding "same" that reaches over the edge.',
        _enlarged,
    ),
    Misconception(
        "one channel",
        "One channel comes out, as in a mask. Give a number to each class in each pixel: the check "
        "takes the largest, and the loss needs all of them.",
        _answer(lambda num_classes: 1),
        also=(_answer(lambda num_classes: 1, activation="sigmoid"), _chooses),
    ),
    Misconception(
        "chooses the class itself",
        "What comes out has no axis for the classes, as after an argmax. The model is to give a "
        "number to each class, so N×H×W×C; the choice comes after it.",
        _chooses_without_axis,
    ),
    Misconception(
        "always three classes",
        "It always gives three channels. The pets have three classes; the second set has another "
        "number of them, and `num_classes` says which.",
        _always_three,
    ),
    Misconception(
        "a channel too many",
        "There is one channel more than classes, as for labels that begin at 1. Here they begin "
        "at 0, as lesson 1 left them.",
        _answer(lambda num_classes: num_classes + 1),
    ),
    Misconception(
        "not a number",
        "The model gives NaN, not a number, so it has diverged: a learning rate that is too high, "
        "or a logarithm of 0 in a loss of your own.",
        _diverges,
        also=_also_at_times(_diverges),
    ),
    Misconception(
        "scales outside of the model",
        "The model is good at pictures in another range than those it is given: they were scaled "
        "before `fit`, and whoever uses the model would have to know. Put the scaling into it, as "
        "its first layer.",
        _only_small_numbers,
        also=_also_at_times(_only_small_numbers),
    ),
    Misconception(
        "batch norm lags behind",
        "Called as in training it is good enough; called for use it is not. That is batch norm: "
        "its stored statistics follow slowly, and a hundred steps are few. Let them follow faster, "
        "by a smaller momentum, or train longer.",
        _only_in_training,
        also=_also_at_times(_only_in_training),
    ),
    Misconception(
        "labels one off",
        "It has learned the masks, and every label is one off. Here labels begin at 0 already, as "
        "lesson 1 left them; channel 0 is class 0.",
        _remembers(off=1),
        also=(_remembers(off=-1),),
    ),
    Misconception(
        "softmax twice",
        "The last layer makes probabilities, and the loss, told `from_logits=True`, makes "
        "probabilities of them once more. That flattens what it sees, and learning becomes slow. "
        "One of the two is enough.",
        _softmax_twice,
        also=_also_at_times(_softmax_twice),
    ),
    Misconception(
        "logits taken for probabilities",
        "The last layer gives logits, and the loss expects probabilities, as Keras' "
        "cross-entropies do unless they are told `from_logits=True`. It cuts off what is below 0, "
        "and there nothing is learned.",
        _answer(),
        also=_also_at_times(_answer()),
    ),
    Misconception(
        "never trained",
        "The model comes back compiled, and as it was made: no step of training was taken. Is the "
        "`fit` missing, or was another model trained?",
        _never_trained,
        also=_also_at_times(_never_trained),
    ),
    Misconception(
        "one class everywhere",
        "It gives all pixels of all pictures the same class. That costs least where one class "
        "fills most of the picture, and a training that is too short, too slow or too fast gets "
        "stuck there. Does the loss still fall? Look at the range of the pictures, too.",
        _one_class,
        also=_also_at_times(_one_class),
    ),
    Misconception(
        "stores the masks",
        "It says the masks it was trained with, and they stay where they were when the pictures "
        "come in another order and moved aside. A model that looks at its pictures follows them.",
        _remembers(),
        also=(_remembers_pictures,),
    ),
)
