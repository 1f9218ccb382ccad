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

from lessons_lib.arguments import (
    LARGEST_SEED,
    MOST_LABELS,
    read_finite,
    read_labels,
    read_numbers,
    require_classes,
    require_ignored,
    require_model,
    require_number,
    require_text,
    require_whole,
    say,
)
from lessons_lib.batches import (
    require_batches,
    require_known_tensor,
    require_masks_and_logits,
    require_pixel_weights,
)
from lessons_lib.classes import IGNORED_LABEL, NUM_CLASSES, PET_CLASSES, Classes
from lessons_lib.data import BATCH_SIZE, IMAGE_SIZE, make_batches
from lessons_lib.decoder import DECODER_FILTERS, unet_model
from lessons_lib.quiet import keras, tf
from lessons_lib.saying import quote, say_numbers
from lessons_lib.signatures import tell_calls
from lessons_lib.training import LEARNING_RATE, compile_model, train

WEIGHTINGS = ("none", "published", "inverse", "median")
PUBLISHED_WEIGHTS = (2.0, 2.0, 1.0)
SMALLEST_SHARE = 1e-15  # a pixel of a billion pictures
LARGEST_WEIGHT = 1e30  # beyond that float32 has only infinity
REDUCTIONS = ("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none")
LOSS_OPTIONS = {"reduction", "dtype", "from_logits", "label_smoothing", "axis"}


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
    if not isinstance(weighting, str) or weighting not in WEIGHTINGS:
        raise ValueError(f"weighting must be one of {WEIGHTINGS}, but {quote(weighting)} came.")
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
        TypeError: weights that are no list of numbers, such as a dictionary.
    """
    _require_mask(mask)
    table = _require_weights(weights)
    mask = tf.convert_to_tensor(mask)
    if not mask.dtype.is_integer or mask.shape.rank not in (3, 4) or mask.shape[-1] != 1:
        raise ValueError(
            "add_sample_weights needs masks of integer labels, N×H×W×1, but "
            f"{mask.dtype.name} of shape {tuple(mask.shape)} came; a one-hot mask becomes labels "
            "by argmax over its last axis."
        )
    _require_same_size(image, mask)
    if tf.executing_eagerly() and tf.size(mask) and int(tf.reduce_min(mask)) < 0:
        raise ValueError(f"Labels count from 0, but {int(tf.reduce_min(mask))} came.")
    if tf.executing_eagerly() and tf.size(mask) and int(tf.reduce_max(mask)) >= len(table):
        raise ValueError(
            f"The mask holds the label {int(tf.reduce_max(mask))}, but there are weights for the "
            f"labels 0 to {len(table) - 1}; trimap values 1 to 3 become labels by normalize."
        )
    labels = tf.cast(tf.squeeze(mask, axis=-1), tf.int32)
    return image, mask, tf.gather(table, labels)


def weighted_batches(batches: tf.data.Dataset, weights: Sequence[float]) -> tf.data.Dataset:
    """Adds sample weights to every batch; a pixel to be ignored gets the weight 0.

    Args:
        batches: tf.data of (images N×H×W×3, masks N×H×W×1).
        weights: one weight for each class, in label order.

    Returns:
        tf.data of (images, masks, sample weights float32 N×H×W).

    Raises:
        TypeError: no tf.data set of batches, or weights that are no list of numbers.
        ValueError: masks that are no labels, or weights that are negative or all 0.
    """
    require_batches("batches", batches, weighted=False)
    if not _require_weights(weights).any():
        raise ValueError("All class weights are 0, so there would be nothing to learn.")
    missing = (
        f"The masks hold a label beyond {len(weights) - 1}, but only the labels 0 to "
        f"{len(weights) - 1} have a class weight."
    )

    def add_weights(images: tf.Tensor, masks: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        ignored = masks == IGNORED_LABEL
        largest = tf.reduce_max(tf.where(ignored, tf.zeros_like(masks), masks))
        with tf.control_dependencies(
            [tf.debugging.Assert(tf.cast(largest, tf.int64) < len(weights), [missing])]
        ):
            ignored = tf.identity(ignored)
        _, _, sample_weights = add_sample_weights(
            images, tf.where(ignored, tf.zeros_like(masks), masks), weights
        )
        return images, masks, tf.where(ignored[..., 0], 0.0, sample_weights)

    # One batch at a time and none ahead, for the same reason as in make_batches.
    return batches.map(add_weights)


def pixel_losses(
    labels: ArrayLike,
    logits: ArrayLike,
    weights: Sequence[float] | None = None,
    *,
    ignore_class: int | None = None,
) -> np.ndarray:
    """Cross-entropy of each pixel, times the weight of its class if there are weights.

    Args:
        labels: integers of any shape.
        logits: float, the labels' shape and a last axis of C classes.
        weights: one weight for each class, or None.
        ignore_class: the label of pixels that are not counted, if there are any; their loss is 0.

    Returns:
        float32 of the labels' shape, in nats.

    Raises:
        TypeError: what holds no numbers.
        ValueError: labels that are no integers or have no logit, shapes that do not fit, NaN, or
            another number of weights than of classes.

    >>> pixel_losses([0, 0], [[-3.0, 0.0], [-3.0, 0.0]], weights=[1.0, 10.0]).round(2)
    array([3.05, 3.05], dtype=float32)
    """
    require_ignored(ignore_class)
    labels, logits = _read_labels_and_logits(labels, logits, ignore_class)
    table = None if weights is None else _require_weights(weights, logits.shape[-1])
    losses = np.asarray(
        keras.losses.sparse_categorical_crossentropy(
            labels, tf.constant(logits, tf.float32), from_logits=True, ignore_class=ignore_class
        )
    )
    if table is None:
        return losses
    return losses * table[np.where(labels == ignore_class, 0, labels)]


def loss_shares(
    masks: ArrayLike,
    logits: ArrayLike,
    weights: Sequence[float] | None = None,
    *,
    ignore_class: int | None = None,
) -> np.ndarray:
    """Says which part of the whole loss comes from the pixels of each class.

    Args:
        masks: labels, integers N×H×W×1.
        logits: float32 N×H×W×C.
        weights: one weight for each class, or None.
        ignore_class: the label of pixels that are not counted, if there are any.

    Returns:
        float64 (C,), adding up to 1.

    Raises:
        TypeError: what holds no numbers.
        ValueError: what ``pixel_losses`` refuses, masks without their channel, or no loss at all.
    """
    masks = read_numbers("masks", masks)
    if masks.ndim != 4 or masks.shape[-1] != 1:
        raise ValueError(f"loss_shares needs masks N×H×W×1, but the shape {masks.shape} came.")
    labels = masks[..., 0]
    losses = pixel_losses(labels, logits, weights, ignore_class=ignore_class)
    counted = labels != ignore_class
    sums = sum_by_class(labels[counted], losses[counted], np.shape(logits)[-1])
    if not sums.sum() > 0:
        raise ValueError(
            "There is no loss to take shares of: no pixel is counted, all weights are 0, or every "
            "pixel is right beyond doubt."
        )
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

    Raises:
        TypeError: what holds no numbers.
        ValueError: labels that are no class, NaN, or other numbers of labels and losses.

    >>> sum_by_class([0, 0, 2], [0.5, 1.0, 3.0])
    array([1.5, 0. , 3. ])
    """
    require_whole("num_classes", num_classes, least=1, most=MOST_LABELS)
    labels, losses = read_labels("labels", labels, num_classes), read_finite("losses", losses)
    if labels.size != losses.size:
        raise ValueError(
            f"sum_by_class needs a loss for each label, but {labels.size} labels and "
            f"{losses.size} losses came."
        )
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
        ignore_class: the label of pixels that are not counted, if there are any.

    >>> mask, sure, unsure = np.array([[[[0]]]]), np.array([[[[4.0, 0]]]]), np.array([[[[0, 0.0]]]])
    >>> bool(FocalLoss()(mask, sure) < FocalLoss()(mask, unsure) / 1000)
    True
    """

    def __init__(
        self,
        gamma: float = 2.0,
        alpha: float | Sequence[float] = 1.0,
        ignore_class: int | None = None,
        name: str = "focal_loss",
        **options: Any,
    ):
        require_number("gamma", gamma, least=0)
        require_ignored(ignore_class)
        _require_alpha(alpha)
        _require_loss_options(name, options)
        options["from_logits"] = True
        super().__init__(
            alpha=alpha,  # pyright: ignore[reportArgumentType] - Keras takes a sequence too
            gamma=gamma,
            name=name,
            **options,
        )
        self.ignore_class = ignore_class

    def __call__(
        self, y_true: tf.Tensor, y_pred: tf.Tensor, sample_weight: tf.Tensor | None = None
    ) -> tf.Tensor:
        """Returns the loss as one number, or as ``reduction`` says."""
        require_masks_and_logits(y_true, y_pred, self.ignore_class)
        require_pixel_weights(sample_weight, y_true)
        return super().__call__(y_true, y_pred, sample_weight)

    def call(self, y_true: tf.Tensor, y_pred: tf.Tensor) -> tf.Tensor:
        """Returns the loss of each pixel, N×H×W, from masks N×H×W×1 and logits N×H×W×C."""
        require_masks_and_logits(y_true, y_pred, self.ignore_class)
        self._require_alpha(y_pred.shape[-1])
        losses = super().call(_one_hot(y_true, y_pred), y_pred)
        if self.ignore_class is None:
            return losses
        # Keras takes the mean over all pixels; it is to be that over those which are counted.
        counted = _counted(y_true, self.ignore_class, losses.dtype)
        return losses * counted / keras.ops.maximum(keras.ops.mean(counted), 1e-7)

    def _require_alpha(self, classes: int) -> None:
        """Raises ValueError unless there is one factor, or one for each class."""
        count = np.size(self._fn_kwargs["alpha"])
        if count not in (1, classes):
            raise ValueError(
                f"alpha needs one factor for each of {classes} classes, but {count} came."
            )

    def get_config(self) -> dict:
        """Returns what Keras saves."""
        return {**super().get_config(), "ignore_class": self.ignore_class}


@keras.saving.register_keras_serializable("lessons_lib")
class DiceLoss(keras.losses.Dice):
    """1 - Dice of each class over the batch, mean over the classes: a small class counts in full.

    Keras' own Dice loss, which wants one-hot masks and probabilities; this one takes masks of
    labels, and logits. It compares regions, not pixels, so sample weights have no meaning here.

    Source: Milletari, Navab and Ahmadi, "V-Net" (2016).

    Args:
        ignore_class: the label of pixels that are not counted, if there are any.

    >>> masks, right = np.array([[[[0], [1]]]]), np.array([[[[9.0, -9.0], [-9.0, 9.0]]]])
    >>> round(float(DiceLoss()(masks, right)), 3)
    0.0
    """

    def __init__(self, ignore_class: int | None = None, name: str = "dice_loss", **options: Any):
        require_ignored(ignore_class)
        _require_loss_options(name, options)
        options["axis"] = (0, 1, 2)  # over images, rows and columns: one Dice for each class
        super().__init__(name=name, **options)
        self.ignore_class = ignore_class

    def __call__(
        self, y_true: tf.Tensor, y_pred: tf.Tensor, sample_weight: tf.Tensor | None = None
    ) -> tf.Tensor:
        """Returns the loss as one number, or as ``reduction`` says."""
        require_masks_and_logits(y_true, y_pred, self.ignore_class)
        if sample_weight is not None:
            raise ValueError(
                "Sample weights have no meaning for the Dice loss, which compares regions and not "
                "pixels; leave them out, or take FocalLoss."
            )
        return super().__call__(y_true, y_pred, sample_weight)

    def call(self, y_true: tf.Tensor, y_pred: tf.Tensor) -> tf.Tensor:
        """Returns the loss of each class, (C,), from masks N×H×W×1 and logits N×H×W×C."""
        require_masks_and_logits(y_true, y_pred, self.ignore_class)
        probabilities = keras.ops.softmax(y_pred)
        if self.ignore_class is not None:
            probabilities *= _counted(y_true, self.ignore_class, y_pred.dtype)[..., None]
        return super().call(_one_hot(y_true, y_pred), probabilities)

    def get_config(self) -> dict:
        """Returns what Keras saves."""
        return {**super().get_config(), "ignore_class": self.ignore_class}


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
    classes: Classes = PET_CLASSES,
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
        classes: of the pets, ``info.classes``.

    Returns:
        The trained model.

    Raises:
        ValueError: an encoder that is not frozen, or what ``train`` refuses.
        TypeError: no encoder, or no whole number as seed.
    """
    require_model("encoder", encoder, instead="make it by build_encoder(weights='drawn')")
    require_whole("seed", seed, least=0, most=LARGEST_SEED)
    require_classes(classes)
    if weights is not None:
        _require_weights(weights, len(classes))
    if encoder.trainable_weights:
        raise ValueError(
            "train_fresh compares models on one encoder, which must be frozen, but this one has "
            f"{len(encoder.trainable_weights)} trainable tensors, so the first training would "
            "change the start of the second; pass it through freeze, or build one for each."
        )
    keras.utils.set_random_seed(seed)
    model = unet_model(len(classes), encoder=encoder, filters=filters)
    compile_model(model, learning_rate=learning_rate, loss=loss, classes=classes)
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
        Such as "up in every seed (+0.03 to +0.05)" or "differs by seed (-0.01 to +0.02)". Seeds
        in which a score is NaN are left out, and it is said that they are.

    Raises:
        ValueError: other numbers of seeds, or none, or infinity.
        TypeError: what holds no numbers.

    >>> describe_change([0.50, 0.52], [0.55, 0.55])
    'up in every seed (+0.03 to +0.05)'
    """
    before = read_numbers("before", before).astype(np.float64)
    after = read_numbers("after", after).astype(np.float64)
    if before.shape != after.shape or before.ndim != 1 or not before.size:
        raise ValueError(
            "describe_change compares one score for each seed before with those of the same "
            f"seeds after, but {before.size} and {after.size} came."
        )
    if np.isinf(before).any() or np.isinf(after).any():
        raise ValueError("describe_change compares finite scores, but infinity came.")
    # NaN is a score that there is not, such as the precision of a class that is never predicted.
    known = np.isfinite(before) & np.isfinite(after)
    if not known.any():
        return "cannot be compared (no seed has a score both before and after)"
    changes = (after - before)[known]
    every = "in every seed" if len(changes) > 1 else "with this seed"
    if not known.all():
        every = "where it can be compared"
    verdict = "differs by seed"
    if (changes >= 0.005).all():
        verdict = f"up {every}"
    elif (changes <= -0.005).all():
        verdict = f"down {every}"
    elif (abs(changes) < 0.005).all():
        verdict = f"unchanged {every}"
    said = f"{changes.min():+.2f} to {changes.max():+.2f}"
    missing = "" if known.all() else f"; {known.sum()} of {len(known)} seeds have both scores"
    return f"{verdict} ({said}{missing})"


def _one_hot(masks: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """Turns masks of labels, N×H×W×1, into zeros and ones of the logits' shape and dtype.

    A label to be ignored is beyond the channels and becomes zeros alone.
    """
    labels = keras.ops.cast(keras.ops.squeeze(masks, axis=-1), "int32")
    return keras.ops.one_hot(labels, logits.shape[-1], dtype=logits.dtype)


def _counted(masks: tf.Tensor, ignore_class: int, dtype: Any) -> tf.Tensor:
    """Turns masks of labels, N×H×W×1, into ones, N×H×W, and zeros where they are ignored."""
    return keras.ops.cast(keras.ops.squeeze(masks, axis=-1) != ignore_class, dtype)


def _require_alpha(alpha: Any) -> None:
    """Raises TypeError or ValueError for what is neither a factor nor one for each class."""
    factors = read_finite("alpha", alpha)
    if factors.ndim > 1 or not factors.size or factors.dtype == bool or (factors < 0).any():
        raise ValueError(
            f"alpha must be a number of at least 0, or one for each class, but {say(alpha)} came."
        )


def _require_loss_options(name: str | None, options: dict[str, Any]) -> None:
    """Raises TypeError or ValueError for a name or option that Keras' losses do not take."""
    if name is not None:
        require_text("name", name)
    for option in options.keys() - LOSS_OPTIONS:
        raise TypeError(
            f"A loss has no option {option!r}; beside its own arguments it takes reduction and "
            "dtype."
        )
    reduction = options.get("reduction")
    if reduction is not None and (not isinstance(reduction, str) or reduction not in REDUCTIONS):
        raise ValueError(
            f"reduction must be one of {', '.join(REDUCTIONS)}, or None for a loss of each pixel, "
            f"but {quote(reduction)} came."
        )
    if options.get("from_logits", True) is not True:
        raise ValueError("The loss takes logits, as the course's models give; leave from_logits.")


def _require_mask(mask: Any) -> None:
    """Raises TypeError for what holds no numbers; a tensor inside a tf.data map does."""
    require_known_tensor("mask", mask)


def _require_same_size(image: Any, mask: tf.Tensor) -> None:
    """Raises ValueError where image and mask are known to be of unequal size."""
    shape = tf.TensorShape(image.shape if hasattr(image, "shape") else None)
    if not shape[:-1].is_compatible_with(mask.shape[:-1]):
        raise ValueError(
            f"Image and mask must be equally large, but {say(image)} and {say(mask)} came."
        )


def _read_labels_and_logits(
    labels: Any, logits: Any, ignore_class: int | None
) -> tuple[np.ndarray, np.ndarray]:
    """Returns both as arrays; raises TypeError or ValueError where they do not belong together."""
    logits, shape = read_finite("logits", logits), np.shape(read_numbers("labels", labels))
    if logits.ndim < 1 or shape != logits.shape[:-1] or logits.shape[-1] < 2:
        raise ValueError(
            "Logits have the labels' shape and a last axis of at least two classes, but labels "
            f"{shape} and logits {logits.shape} came; of masks take masks[..., 0]."
        )
    return read_labels("labels", labels, logits.shape[-1], ignore_class), logits


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
    shares = read_numbers("shares", shares).astype(np.float64)
    if shares.ndim != 1 or not np.all(shares >= 0) or not np.isclose(shares.sum(), 1.0, atol=1e-3):
        raise ValueError(
            "Shares are one number from 0 to 1 for each class, adding up to 1, as class_shares "
            f"returns them, but {say_numbers(shares)} came."
        )
    if ((shares > 0) & (shares < SMALLEST_SHARE)).any():
        raise ValueError(
            f"A class has less than {SMALLEST_SHARE:g} of the pixels, which is not one pixel of "
            f"any set of pictures, so its weight would mean nothing: {say_numbers(shares)} came."
        )
    return shares / shares.sum()


def _require_weights(weights: Sequence[float], count: int | None = None) -> np.ndarray:
    """Returns the weights as float32.

    Raises:
        TypeError: they are no list of numbers.
        ValueError: not one finite number of at least 0 for each class.
    """
    if isinstance(weights, dict | set | str):
        raise TypeError(
            f"Class weights are a list, one number for each class, but {say(weights)} came; write "
            "them in the order of the labels, such as [2, 2, 1]."
        )
    given = read_numbers("weights", weights)
    table = given.astype(np.float64)
    if table.ndim != 1 or not table.size or not ((table >= 0) & (table <= LARGEST_WEIGHT)).all():
        raise ValueError(
            "Class weights are one finite number of at least 0 for each class, in label order, "
            f"but {given.tolist()!s:.100} came."
        )
    if count is not None and len(table) != count:
        raise ValueError(
            f"There are {count} classes, but {len(table)} class weights came; give one for each, "
            "in the order of the labels."
        )
    return table.astype(np.float32)


tell_calls(globals())
