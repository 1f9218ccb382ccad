"""mended: a short training with five mistakes that raise no error.

The broken code stands in the notebook, as a function that runs; a test reads it from there. Its
learner gives back the same three things, made without the mistakes: pairs, model, masks.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from lessons_lib.checks.common import FITS, require_model, run_eagerly, tell_output_and_loss
from lessons_lib.checks.observing import UnfitAnswer
from lessons_lib.checks.task import Misconception, Task
from lessons_lib.quiet import keras, tf


def declare() -> Task:
    """Declares the exercise."""
    return Task(
        name="mended",
        lesson=6,
        minutes=20,
        aim="Mend the training above. It takes photos and trimaps (1 pet, 2 background, 3 border), "
        "both 32×32, and gives pairs 16×16, the trained model, and the masks that the model "
        "predicts for the photos, in their order.",
        signature="mended(photos, trimaps, epochs)",
        returns=("pairs", "model", "masks"),
        hints=(
            "Do not read for mistakes: look at what comes out, step by step. Which labels do the "
            "masks in the pairs have, and do they lie on their photos? What does the loss say? "
            "Which shape do the masks have?",
            "Two of the five are in the pairs, one is in how the photos reach the first layer, one "
            "between the last layer and the loss, one behind the training.",
            "Between two labels there is no third one. What is shuffled must be shuffled together. "
            "A photo is brought into its range once. `argmax` has to go over the classes.",
            'Resize trimaps by `method="nearest"`; shuffle after `zip`; take out one of the two '
            "divisions by 255; a loss with `from_logits=True`; argmax with `axis=-1`, and an axis "
            "of length 1 behind it.",
        ),
        reference=_mended,
        cases=_photos_and_trimaps,
        observe=_observe_training,
        misconceptions=MISCONCEPTIONS,
        why="None of the five raised an error, and the training ran to its end. Look at what goes "
        "in, and at what comes out, before you look at the curve.",
    )


SIDE = 32  # of what is given; pairs are half as large
EPOCHS, MOST_PAIRS = 3, 64  # that are looked at
SAME = 0.01  # mean difference of two answers, from where on a model tells two photos apart
LABELS = (
    (1, 3),  # no background: a mean of pet and border would bring one in
    (1, 2, 3),
    (2, 3),
    (1, 3),
    (1, 2),
)


def _photos_and_trimaps() -> list[tuple]:
    return [(*_draw(4, seed=1), 2), (*_draw(5, seed=2), 3)]


def _draw(count: int, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draws stripes, bytes N×32×32×3 with their trimaps N×32×32×1.

    Colours say the label: red is 1, green 2, blue 3. Edges lie at odd places, where halving meets
    two labels.
    """
    numbers = np.random.default_rng(seed)
    trimaps = np.empty((count, SIDE, SIDE, 1), np.uint8)
    for number in range(count):
        labels = LABELS[number]
        stripes = (np.arange(SIDE) + 2 * number + 1) // (9 + 2 * number) % len(labels)
        rows = np.broadcast_to(np.array(labels)[stripes][:, np.newaxis], (SIDE, SIDE))
        trimaps[number, ..., 0] = rows if number % 2 else rows.T
    strong = trimaps == np.array([1, 2, 3])
    photos = np.where(strong, 200, 40) + numbers.integers(-20, 21, strong.shape)
    return photos.astype(np.uint8), trimaps


def _observe_training(
    answer: Callable, photos: np.ndarray, trimaps: np.ndarray, epochs: int
) -> dict | None:
    """Lets the answer train, and looks at pairs, model and masks in this order, up to a mistake."""
    with run_eagerly():
        made = answer(photos, trimaps, epochs)
        if made is None:
            return None
        if not isinstance(made, tuple | list) or len(made) != 3:
            raise UnfitAnswer(
                "mended has to return three things, as the broken one does: the pairs, the model, "
                "the masks.",
                "returns other things",
            )
        pairs, model, masks = made
        require_model("mended", model)
        return _tell_training(*_read_pairs(pairs), model, masks, photos, trimaps)


def _read_pairs(pairs: Any) -> tuple[np.ndarray, np.ndarray]:
    """Returns the photos N×H×W×3 and masks N×H×W×1 of a data set, in batches or one by one."""
    if not isinstance(pairs, tf.data.Dataset):
        raise UnfitAnswer(
            "The first of the three has to be the data set of the pairs, a tf.data.Dataset; what "
            f"comes is of type {type(pairs).__name__}.",
            "no data set",
        )
    spec = pairs.element_spec
    if not isinstance(spec, tuple) or len(spec) != 2:
        raise UnfitAnswer(
            "Each element of the pairs has to be two things, a photo and its mask.", "no pairs"
        )
    if spec[0].shape.rank == 4:
        pairs = pairs.unbatch()
    # Several epochs, as one may be in order by chance; and it may be a data set without an end.
    elements = [tuple(map(np.asarray, pair)) for pair in pairs.repeat(EPOCHS).take(MOST_PAIRS)]
    if not elements or any(one[0].ndim != 3 for one in elements):
        raise UnfitAnswer("The pairs hold no photos H×W×3.", "no pairs")
    photos, masks = (np.stack(part) for part in zip(*elements, strict=True))
    return photos, masks if masks.ndim == 4 else masks[..., np.newaxis]


def _tell_training(
    photos: np.ndarray,
    masks: np.ndarray,
    model: keras.Model,
    predicted: Any,
    given: np.ndarray,
    trimaps: np.ndarray,
) -> dict:
    """Says in words what is wrong first; what comes after it is taken to be right."""
    numbers = _numbers_of(photos, given)
    if masks.shape[1:] != (SIDE // 2, SIDE // 2, 1):
        return _properties(labels=f"masks of shape {masks.shape[1:]}")
    if masks.max() == 3:
        return _properties(labels="labels from 1 to 3")
    likeness = _compare_with_all(masks, trimaps)
    if not all(map(_has_only_labels_of, masks, trimaps[likeness.argmax(axis=1)])):
        return _properties(labels="labels that no trimap has there")
    if likeness[np.arange(len(masks)), numbers].mean() < 0.8:
        return _properties(pairs="lie on other photos")
    outputs = model(photos, training=False)
    if outputs.shape != (*masks.shape[:-1], 3):
        return _properties(model=f"of shape {tuple(outputs.shape[1:])}")
    if int(getattr(getattr(model, "optimizer", None), "iterations", 1)) == 0:
        return _properties(model="that have not been trained")
    if not _sees(model, photos):
        return _properties(sees="hardly differ")
    pairing = tell_output_and_loss(model, outputs)
    if pairing != FITS:
        return _properties(pairing=pairing)
    return _properties(masks=_tell_masks(predicted, np.asarray(outputs), numbers, len(given)))


def _numbers_of(photos: np.ndarray, given: np.ndarray) -> np.ndarray:
    """Says of each photo in the pairs which of the given ones it is."""
    small = tf.image.resize(given, photos.shape[1:3]).numpy().reshape(len(given), -1)
    likeness = np.corrcoef(np.concatenate([photos.reshape(len(photos), -1), small]))
    return likeness[: len(photos), len(photos) :].argmax(axis=1)


def _compare_with_all(masks: np.ndarray, trimaps: np.ndarray) -> np.ndarray:
    """Returns in how many pixels each mask is like each trimap, whichever of two is the nearest."""
    halves = np.stack([trimaps[:, ::2, ::2], trimaps[:, 1::2, 1::2]]) - 1.0
    return (masks[:, np.newaxis, np.newaxis] == halves).mean(axis=(3, 4, 5)).max(axis=1)


def _has_only_labels_of(mask: np.ndarray, trimap: np.ndarray) -> bool:
    return set(np.unique(mask).tolist()) <= set((np.unique(trimap) - 1.0).tolist())


def _sees(model: keras.Model, photos: np.ndarray) -> bool:
    """Says whether what the model says of the photos differs from what it says of dark ones.

    A photo that was divided by 255 twice is as good as black: at most 1/255.
    """
    black = np.full_like(photos, photos.min())
    said, of_black = (np.asarray(model(one, training=False)) for one in (photos, black))
    return bool(np.abs(said - of_black).mean() > SAME)


def _tell_masks(predicted: Any, outputs: np.ndarray, numbers: np.ndarray, count: int) -> str:
    """Compares the masks with what the model says of the photos, in the order they were given."""
    predicted = np.asarray(predicted)
    wanted = (count, *outputs.shape[1:3], 1)
    if predicted.shape != wanted:
        return f"of shape {predicted.shape} for {count} photos"
    chosen = outputs.argmax(axis=-1)[..., np.newaxis]
    if np.mean(predicted[numbers] == chosen) > 0.98:
        return "what the model holds for likeliest"
    return "something else than what the model holds for likeliest"


def _properties(
    *,
    labels: str = "labels of a trimap, from 0",
    pairs: str = "lie on their photos",
    model: str = "three numbers for each pixel",
    sees: str = "differ",
    pairing: str = FITS,
    masks: str = "what the model holds for likeliest",
) -> dict[str, str]:
    return {
        "what a mask in the pairs has": labels,
        "the masks in the pairs": pairs,
        "what the model gives": model,
        "its answers to a photo and to a black one": sees,
        "the loss beside the last layer": pairing,
        "the masks at the end": masks,
    }


def _training(
    *,
    method: str = "nearest",
    first_label: int = 1,
    together: bool = True,
    flips_photos: bool = False,
    divisions: int = 1,
    activation: str | None = None,
    loss: Any = None,
    fits: bool = True,
    choose: Callable = lambda outputs: outputs.argmax(axis=-1)[..., np.newaxis],
) -> Callable:
    """The training, with a choice of mistakes."""

    def mended(photos: np.ndarray, trimaps: np.ndarray, epochs: int) -> tuple:
        small = tf.image.resize(photos, (SIDE // 2, SIDE // 2))
        masks = tf.image.resize(trimaps, (SIDE // 2, SIDE // 2), method=method)
        masks = tf.cast(masks, tf.uint8) - first_label
        shown = tf.image.flip_left_right(small) if flips_photos else small
        parts = [tf.data.Dataset.from_tensor_slices(part) for part in (shown, masks)]
        if together:
            pairs = tf.data.Dataset.zip(*parts).shuffle(8)
        else:
            pairs = tf.data.Dataset.zip(*(part.shuffle(8) for part in parts))
        scaling = [keras.layers.Rescaling(1 / 255) for _ in range(divisions)]
        hidden = keras.layers.Conv2D(8, 3, padding="same", activation="relu")
        classes = 4 if first_label == 0 else 3
        last = keras.layers.Conv2D(classes, 1, activation=activation)
        model: Any = keras.Sequential([keras.Input(small.shape[1:]), *scaling, hidden, last])
        model.compile("adam", loss or _loss_from_logits())
        if fits:
            model.fit(pairs.batch(8), epochs=epochs, verbose=0)
        return pairs, model, choose(np.asarray(model(small)))

    return mended


def _loss_from_logits() -> keras.losses.Loss:
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


_mended = _training()

MISCONCEPTIONS = (
    Misconception(
        "the trimaps are smoothed",
        "The masks in the pairs have labels that their trimaps have not: between pet and border, 1 "
        "and 3, smooth resizing lays a seam of 2, which is background.",
        _training(method="bilinear"),
        also=(_training(method="bilinear", together=False, divisions=2),),
    ),
    Misconception(
        "labels from 1",
        "The masks in the pairs have labels from 1 to 3. The model's three channels are 0, 1, 2.",
        _training(first_label=0),
    ),
    Misconception(
        "shuffled apart",
        "Photos and masks are shuffled each by itself, so that most masks lie on other photos. "
        "Nothing is left to be learned but how frequent the classes are.",
        _training(together=False),
        also=(_training(together=False, divisions=2, loss="sparse_categorical_crossentropy"),),
    ),
    Misconception(
        "divided twice",
        "The photos are divided by 255 twice, once before the model and once in it. To the model "
        "each is as good as black, and its answers hardly differ.",
        _training(divisions=2),
        also=(_training(divisions=2, loss="sparse_categorical_crossentropy"),),
    ),
    Misconception(
        "logits taken for probabilities",
        "The last layer gives logits, and the loss expects probabilities, as Keras' "
        "cross-entropies do unless they are told `from_logits=True`. It cuts off what is below 0, "
        "and there nothing is learned.",
        _training(loss="sparse_categorical_crossentropy"),
    ),
    Misconception(
        "not trained",
        "The model comes back as it was made: the `fit` is missing.",
        _training(fits=False),
    ),
    Misconception(
        "argmax over the wrong axis",
        "The argmax at the end goes over rows or columns, so it says where in the photo something "
        "is likeliest. The classes lie on the last axis.",
        _training(choose=lambda outputs: outputs.argmax(axis=1)),
        also=(
            _training(choose=lambda outputs: outputs.argmax(axis=1)[..., np.newaxis]),
            _training(choose=lambda outputs: outputs.argmax(axis=2)),
            _training(choose=lambda outputs: outputs.argmax(axis=2)[..., np.newaxis]),
        ),
    ),
    Misconception(
        "loses the channel axis",
        "The masks at the end are N×H×W: argmax has taken the last axis away. Masks keep an axis "
        "of length 1 there, or they cannot be compared with the true ones.",
        _training(choose=lambda outputs: outputs.argmax(axis=-1)),
    ),
    Misconception(
        "keeps logits",
        "What comes at the end are the model's numbers for each class. A mask has one label in "
        "each pixel: that of the largest.",
        _training(choose=lambda outputs: outputs),
    ),
)
