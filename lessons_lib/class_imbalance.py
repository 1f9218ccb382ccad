"""Lesson 5's module: from class shares to class weights to a weight for every pixel.

Shares float64 (C,) go in; class weights float32 (C,) come out; ``add_sample_weights`` looks each
pixel's weight up by its label, so that a batch gets a third part, float32 N×H×W. Beside weights
there are two losses that deal with rare classes by themselves, and ``train_fresh``, which makes
a comparison fair: everything equal but the weights.

Sources: Eigen and Fergus (2015) for median frequency balancing; the 2:2:1 of TensorFlow's image
segmentation tutorial; Lin et al. (2017) for the focal loss; Milletari et al. (2016) for Dice.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lessons_lib.classes import NUM_CLASSES
from lessons_lib.data import BATCH_SIZE, IMAGE_SIZE, make_batches
from lessons_lib.decoder import DECODER_FILTERS, unet_model
from lessons_lib.quiet import keras, tf
from lessons_lib.training import LEARNING_RATE, compile_model, train

WEIGHTINGS = ("none", "published", "inverse", "median")
PUBLISHED_WEIGHTS = (2.0, 2.0, 1.0)


def class_weights(shares: ArrayLike, weighting: str) -> np.ndarray:
    """Chooses a weight for each class from the classes' shares of the pixels.

    All weightings are scaled so that the mean weight of a pixel is 1: the loss then keeps its
    size, and only its division among the classes changes.

    Args:
        shares: share of each class, from 0 to 1, adding up to 1.
        weighting: "none" (all alike), "published" (2:2:1, as the tutorial has it), "inverse"
            (1 / share: each class gets the same part of the weight), or "median" (median share /
            share, with the median taken over the classes that occur; scaled as here, these are
            the inverse weights again).

    Returns:
        float32 (C,). A class that does not occur gets weight 0: no pixel asks for it.

    Raises:
        ValueError: shares that are none, or a weighting that is unknown.

    >>> class_weights([0.5, 0.25, 0.25], "inverse")
    array([0.6666667, 1.3333334, 1.3333334], dtype=float32)
    """
    shares = _require_shares(shares)
    if weighting not in WEIGHTINGS:
        raise ValueError(f"weighting must be one of {WEIGHTINGS}, but {weighting!r} came.")
    occurs = shares > 0
    weights = np.zeros_like(shares)
    if weighting == "none":
        weights[occurs] = 1.0
    elif weighting == "published":
        weights[occurs] = _published(len(shares))[occurs]
    elif weighting == "inverse":
        weights[occurs] = 1.0 / shares[occurs]
    else:
        weights[occurs] = np.median(shares[occurs]) / shares[occurs]
    return (weights / (weights * shares).sum()).astype(np.float32)


def add_sample_weights(
    image: tf.Tensor, mask: tf.Tensor, weights: Sequence[float]
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Adds a weight for every pixel to a pair of image and mask, by the pixel's label.

    Meant for ``batches.map(lambda image, mask: add_sample_weights(image, mask, weights))``;
    ``tf.gather`` takes the label as an index into the class weights.

    Args:
        image: images, passed on as they are.
        mask: labels, integers N×H×W×1 (or H×W×1).
        weights: one weight for each class, in label order.

    Returns:
        (image, mask, sample_weights) with sample_weights float32 N×H×W (or H×W), which
        ``model.fit`` multiplies with each pixel's loss.

    Raises:
        ValueError: masks that are no integers or have no channel of size 1, negative weights,
            or (outside a tf.data map) a label without a weight.
    """
    table = _require_weights(weights)
    mask = tf.convert_to_tensor(mask)
    if not mask.dtype.is_integer or mask.shape.rank not in (3, 4) or mask.shape[-1] != 1:
        raise ValueError(
            "add_sample_weights needs masks of integer labels, N×H×W×1, but "
            f"{mask.dtype.name} of shape {tuple(mask.shape)} came; a one-hot mask becomes labels "
            "by argmax over its last axis."
        )
    if tf.executing_eagerly() and tf.size(mask) and int(tf.reduce_max(mask)) >= len(table):
        raise ValueError(
            f"The mask holds the label {int(tf.reduce_max(mask))}, but there are weights for the "
            f"labels 0 to {len(table) - 1}; trimap values 1 to 3 become labels by normalize."
        )
    labels = tf.cast(tf.squeeze(mask, axis=-1), tf.int32)
    return image, mask, tf.gather(table, labels)


def weighted_batches(batches: tf.data.Dataset, weights: Sequence[float]) -> tf.data.Dataset:
    """Adds sample weights to every batch.

    Args:
        batches: tf.data of (images N×H×W×3, masks N×H×W×1).
        weights: one weight for each class, in label order.

    Returns:
        tf.data of (images, masks, sample weights float32 N×H×W).
    """
    # One batch at a time and none ahead, for the same reason as in make_batches.
    return batches.map(lambda images, masks: add_sample_weights(images, masks, weights))


def pixel_losses(
    labels: ArrayLike, logits: ArrayLike, weights: Sequence[float] | None = None
) -> np.ndarray:
    """Cross-entropy of each pixel, times the weight of its class if there are weights.

    Args:
        labels: integers of any shape.
        logits: float, the labels' shape and a last axis of C classes.
        weights: one weight for each class, or None.

    Returns:
        float32 of the labels' shape, in nats.

    >>> pixel_losses([0, 0], [[-3.0, 0.0], [-3.0, 0.0]], weights=[1.0, 10.0]).round(2)
    array([3.05, 3.05], dtype=float32)
    """
    labels = np.asarray(labels)
    losses = np.asarray(
        keras.losses.sparse_categorical_crossentropy(
            labels, tf.constant(logits, tf.float32), from_logits=True
        )
    )
    return losses if weights is None else losses * _require_weights(weights)[labels]


def loss_shares(
    masks: ArrayLike, logits: ArrayLike, weights: Sequence[float] | None = None
) -> np.ndarray:
    """Says which part of the whole loss comes from the pixels of each class.

    Args:
        masks: labels, integers N×H×W×1.
        logits: float32 N×H×W×C.
        weights: one weight for each class, or None.

    Returns:
        float64 (C,), adding up to 1.
    """
    labels = np.asarray(masks)[..., 0]
    losses = pixel_losses(labels, logits, weights)
    sums = sum_by_class(labels, losses, np.shape(logits)[-1])
    return sums / sums.sum()


def sum_by_class(
    labels: ArrayLike, losses: ArrayLike, num_classes: int = NUM_CLASSES
) -> np.ndarray:
    """Adds up the losses of each class's pixels.

    Args:
        labels: integers of any shape.
        losses: one for each label.
        num_classes: labels run from 0 to num_classes - 1.

    Returns:
        float64 (C,).

    >>> sum_by_class([0, 0, 2], [0.5, 1.0, 3.0])
    array([1.5, 0. , 3. ])
    """
    return np.bincount(np.ravel(labels), weights=np.ravel(losses), minlength=num_classes)


@keras.saving.register_keras_serializable("lessons_lib")
class FocalLoss(keras.losses.CategoricalFocalCrossentropy):
    """Cross-entropy times (1 - p) ** gamma: pixels that are right already count for less.

    Keras' own focal loss, which wants one-hot masks; this one takes masks of labels, and logits.
    It is one number a pixel, so sample weights work with it.

    Source: Lin, Goyal, Girshick, He and Dollár, "Focal Loss for Dense Object Detection" (2017).

    Args:
        gamma: 0 is plain cross-entropy; 2 is the paper's choice.
        alpha: a factor for all classes, or a sequence of one for each.

    >>> mask, sure, unsure = np.array([[[[0]]]]), np.array([[[[4.0, 0]]]]), np.array([[[[0, 0.0]]]])
    >>> bool(FocalLoss()(mask, sure) < FocalLoss()(mask, unsure) / 1000)
    True
    """

    def __init__(
        self,
        gamma: float = 2.0,
        alpha: float | Sequence[float] = 1.0,
        name: str = "focal_loss",
        **options: Any,
    ):
        options["from_logits"] = True
        super().__init__(
            alpha=alpha,  # pyright: ignore[reportArgumentType] - Keras takes a sequence too
            gamma=gamma,
            name=name,
            **options,
        )

    def call(self, y_true: tf.Tensor, y_pred: tf.Tensor) -> tf.Tensor:
        """Returns the loss of each pixel, N×H×W, from masks N×H×W×1 and logits N×H×W×C."""
        return super().call(_one_hot(y_true, y_pred), y_pred)


@keras.saving.register_keras_serializable("lessons_lib")
class DiceLoss(keras.losses.Dice):
    """1 - Dice of each class over the batch, mean over the classes: a small class counts in full.

    Keras' own Dice loss, which wants one-hot masks and probabilities; this one takes masks of
    labels, and logits. It compares regions, not pixels, so sample weights have no meaning here.

    Source: Milletari, Navab and Ahmadi, "V-Net" (2016).

    >>> masks, right = np.array([[[[0], [1]]]]), np.array([[[[9.0, -9.0], [-9.0, 9.0]]]])
    >>> round(float(DiceLoss()(masks, right)), 3)
    0.0
    """

    def __init__(self, name: str = "dice_loss", **options: Any):
        options["axis"] = (0, 1, 2)  # over images, rows and columns: one Dice for each class
        super().__init__(name=name, **options)

    def call(self, y_true: tf.Tensor, y_pred: tf.Tensor) -> tf.Tensor:
        """Returns the loss of each class, (C,), from masks N×H×W×1 and logits N×H×W×C."""
        return super().call(_one_hot(y_true, y_pred), keras.ops.softmax(y_pred))


def train_fresh(
    train_pets: tf.data.Dataset,
    validation_batches: tf.data.Dataset,
    *,
    encoder: keras.Model,
    seed: int,
    epochs: int,
    weights: Sequence[float] | None = None,
    loss: keras.losses.Loss | None = None,
    filters: Sequence[int] = DECODER_FILTERS,
    batch_size: int = BATCH_SIZE,
    image_size: int = IMAGE_SIZE,
    learning_rate: float = LEARNING_RATE,
    callbacks: list[keras.callbacks.Callback] | None = None,
) -> keras.Model:
    """Trains a new decoder from the same start, on the same batches, whatever the weights are.

    Two calls that differ in ``weights`` or ``loss`` alone make a fair comparison: the seed
    decides the first weights of the decoder, the order of the pets and their flips.

    Args:
        train_pets: examples to learn from.
        validation_batches: (images, masks), watched after each epoch.
        encoder: frozen, so that no training changes what the others start from.
        seed: of the start, the order and the flips.
        epochs: how many times the model sees every pet.
        weights: one for each class; None for a loss without sample weights.
        loss: another loss than cross-entropy.
        filters: of the decoder, deep to shallow.
        batch_size: pets in a batch.
        image_size: height and width of the encoder's images, in pixels.
        learning_rate: step size of Adam.
        callbacks: for ``train``, such as a LiveTraining; none of them may change the weights.

    Returns:
        The trained model.

    Raises:
        ValueError: an encoder that is not frozen, or what ``train`` refuses.
    """
    if encoder.trainable_weights:
        raise ValueError(
            "train_fresh compares models on one encoder, which must be frozen, but this one has "
            f"{len(encoder.trainable_weights)} trainable tensors, so the first training would "
            "change the start of the second; pass it through freeze, or build one for each."
        )
    keras.utils.set_random_seed(seed)
    model = unet_model(encoder=encoder, filters=filters)
    compile_model(model, learning_rate=learning_rate, loss=loss)
    batches = make_batches(
        train_pets, batch_size=batch_size, image_size=image_size, training=True, seed=seed
    )
    if weights is not None:
        batches = weighted_batches(batches, weights)
    train(model, batches, validation_batches, epochs=epochs, callbacks=callbacks)
    return model


def describe_change(before: ArrayLike, after: ArrayLike) -> str:
    """Says how a score has changed, seed by seed, without calling noise a result.

    Args:
        before: one score for each seed.
        after: the scores of the same seeds.

    Returns:
        Such as "up in every seed (+0.03 to +0.05)" or "differs by seed (-0.01 to +0.02)".

    Raises:
        ValueError: other numbers of seeds, or none.

    >>> describe_change([0.50, 0.52], [0.55, 0.55])
    'up in every seed (+0.03 to +0.05)'
    """
    before, after = np.asarray(before, np.float64), np.asarray(after, np.float64)
    if before.shape != after.shape or before.ndim != 1 or not before.size:
        raise ValueError(
            "describe_change compares one score for each seed before with those of the same "
            f"seeds after, but {before.size} and {after.size} came."
        )
    # NaN is a precision of a class that is never predicted: nothing was given, nothing was right.
    changes = np.nan_to_num(after) - np.nan_to_num(before)
    every = "in every seed" if len(changes) > 1 else "with this seed"
    verdict = "differs by seed"
    if (changes >= 0.005).all():
        verdict = f"up {every}"
    elif (changes <= -0.005).all():
        verdict = f"down {every}"
    elif (abs(changes) < 0.005).all():
        verdict = f"unchanged {every}"
    return f"{verdict} ({changes.min():+.2f} to {changes.max():+.2f})"


def _one_hot(masks: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """Turns masks of labels, N×H×W×1, into zeros and ones of the logits' shape and dtype."""
    labels = keras.ops.cast(keras.ops.squeeze(masks, axis=-1), "int32")
    return keras.ops.one_hot(labels, logits.shape[-1], dtype=logits.dtype)


def _published(classes: int) -> np.ndarray:
    """The tutorial's 2:2:1, which says nothing about other numbers of classes."""
    if classes != NUM_CLASSES:
        raise ValueError(
            f"The published weights 2:2:1 are for {NUM_CLASSES} classes, but there are {classes}; "
            "take 'inverse' or 'median'."
        )
    return np.array(PUBLISHED_WEIGHTS)


def _require_shares(shares: ArrayLike) -> np.ndarray:
    """Returns the shares as an array; raises ValueError unless they are shares."""
    shares = np.asarray(shares, dtype=np.float64)
    if shares.ndim != 1 or not np.all(shares >= 0) or not np.isclose(shares.sum(), 1.0, atol=1e-3):
        raise ValueError(
            "Shares are one number from 0 to 1 for each class, adding up to 1, as class_shares "
            f"returns them, but {shares.tolist()} came."
        )
    return shares / shares.sum()


def _require_weights(weights: Sequence[float]) -> np.ndarray:
    """Returns the weights as float32; raises ValueError unless one number >= 0 for each class."""
    table = np.asarray(weights, dtype=np.float32)
    if table.ndim != 1 or not np.all(np.isfinite(table)) or not np.all(table >= 0):
        raise ValueError(
            "Class weights are one finite number of at least 0 for each class, in label order, "
            f"but {np.asarray(weights).tolist()} came."
        )
    return table
