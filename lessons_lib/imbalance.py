"""Lesson 5's room: from class shares to class weights to a weight for every pixel.

Shares float64 (C,) go in; class weights float32 (C,) come out; ``add_sample_weights`` looks each
pixel's weight up by its label, so that a batch gets a third part, float32 N×H×W.

Sources: Eigen and Fergus (2015) for median frequency balancing; the 2:2:1 of TensorFlow's image
segmentation tutorial; Lin et al. (2017) for the focal loss; Milletari et al. (2016) for Dice.
"""

from collections.abc import Sequence

import numpy as np

from lessons_lib.classes import NUM_CLASSES
from lessons_lib.quiet import keras, tf

WEIGHTINGS = ("none", "published", "inverse", "median")
PUBLISHED_WEIGHTS = (2.0, 2.0, 1.0)


def class_weights(shares: Sequence[float], weighting: str) -> np.ndarray:
    """Chooses a weight for each class from the classes' shares of the pixels.

    All weightings are scaled so that the mean weight of a pixel is 1: the loss then keeps its
    size, and only its division among the classes changes.

    Args:
        shares: share of each class, from 0 to 1, adding up to 1.
        weighting: "none" (all alike), "published" (2:2:1, as the tutorial has it), "inverse"
            (1 / share: each class gets the same part of the weight), or "median" (median share /
            share, with the median taken over the classes that occur).

    Returns:
        float32 (C,). A class that does not occur gets weight 0: no pixel asks for it.

    Raises:
        ValueError: shares that are none, or a weighting that is unknown.

    >>> class_weights([0.5, 0.25, 0.25], "inverse").round(2).tolist()
    [0.6700000166893005, 1.3300000429153442, 1.3300000429153442]
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


def add_sample_weights(image, mask, weights: Sequence[float]):
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
    return batches.map(
        lambda images, masks: add_sample_weights(images, masks, weights),
        num_parallel_calls=tf.data.AUTOTUNE,
    )


def pixel_losses(labels, logits, weights: Sequence[float] | None = None) -> np.ndarray:
    """Cross-entropy of each pixel, times the weight of its class if there are weights.

    Args:
        labels: integers of any shape.
        logits: float, the labels' shape and a last axis of C classes.
        weights: one weight for each class, or None.

    Returns:
        float32 of the labels' shape, in nats.

    >>> pixel_losses([0, 0], [[-3.0, 0.0], [-3.0, 0.0]]).round(2).tolist()
    [3.049999952316284, 3.049999952316284]
    """
    labels = np.asarray(labels)
    losses = keras.losses.sparse_categorical_crossentropy(
        labels, tf.constant(logits, tf.float32), from_logits=True
    ).numpy()
    return losses if weights is None else losses * _require_weights(weights)[labels]


def loss_shares(masks, logits, weights: Sequence[float] | None = None) -> np.ndarray:
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
    sums = np.bincount(
        labels.ravel(), weights=losses.ravel(), minlength=np.shape(logits)[-1]
    )
    return sums / sums.sum()


def _published(classes: int) -> np.ndarray:
    """The tutorial's 2:2:1, which says nothing about other numbers of classes."""
    if classes != NUM_CLASSES:
        raise ValueError(
            f"The published weights 2:2:1 are for {NUM_CLASSES} classes, but there are {classes}; "
            "take 'inverse' or 'median'."
        )
    return np.array(PUBLISHED_WEIGHTS)


def _require_shares(shares: Sequence[float]) -> np.ndarray:
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
