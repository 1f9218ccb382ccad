"""How good is a segmentation? Confusion matrix, IoU per class, pixel accuracy.

The confusion matrix (rows: true class, columns: predicted class, counts of pixels) holds all
that the figures need, so every function below reads one. Counting is TensorFlow's, the metrics
that are watched during training are Keras' own. Where masks hold pixels to be ignored, none of
them is counted.

Source: Everingham et al., "The Pascal Visual Object Classes Challenge: A Retrospective" (2015),
for the IoU of a segmentation.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy import ndimage

from lessons_lib.arguments import (
    LARGEST_SIDE,
    MOST_LABELS,
    read_numbers,
    require_classes,
    require_ignored,
    require_model,
    require_text,
    require_whole,
)
from lessons_lib.batches import (
    read_batches,
    require_batches,
    require_counted,
    require_images_fit,
    require_masks_and_logits,
    require_pixel_weights,
)
from lessons_lib.classes import NUM_CLASSES, PET_CLASSES, Classes
from lessons_lib.quiet import keras, tf
from lessons_lib.signatures import tell_calls


def confusion_matrix(
    masks: np.ndarray,
    predicted_masks: np.ndarray,
    num_classes: int = NUM_CLASSES,
    *,
    ignore_class: int | None = None,
) -> np.ndarray:
    """Counts the pixels of each true class that were given each predicted class.

    Args:
        masks: true labels, integers of any shape, for example N×H×W×1.
        predicted_masks: predicted labels, integers of the same shape.
        num_classes: how many classes there are; labels run from 0 to num_classes - 1.
        ignore_class: the true label of pixels that are not counted, if there are any.

    Returns:
        int64, num_classes × num_classes: rows are true classes, columns predicted ones.

    Raises:
        ValueError: the shapes differ, or a label is no class.

    >>> confusion_matrix([0, 0, 1], [0, 1, 1], num_classes=2)
    array([[1, 1],
           [0, 1]])
    """
    require_whole("num_classes", num_classes, least=1, most=MOST_LABELS)
    require_ignored(ignore_class)
    masks, predicted_masks = _read_both(masks, predicted_masks)
    if masks.shape != predicted_masks.shape:
        raise ValueError(
            f"True and predicted masks must have the same shape, but came as {masks.shape} and "
            f"{predicted_masks.shape}; if one of them holds logits, pass it through create_mask."
        )
    if ignore_class is not None:
        counted = masks != ignore_class
        masks, predicted_masks = masks[counted], predicted_masks[counted]
    for name, labels in (("true", masks), ("predicted", predicted_masks)):
        _require_labels(name, labels, num_classes)
    counts = tf.math.confusion_matrix(
        masks.ravel(), predicted_masks.ravel(), num_classes=num_classes, dtype=tf.int64
    )
    return counts.numpy()


def iou_per_class(confusion: np.ndarray) -> np.ndarray:
    """Intersection over union of each class: hits / (hits + misses + false alarms).

    Args:
        confusion: C×C counts, rows true, columns predicted.

    Returns:
        float64 (C,), from 0 to 1; NaN for a class that is neither in the truth nor predicted.

    >>> iou_per_class([[3, 1], [0, 4]])
    array([0.75, 0.8 ])
    """
    confusion = _require_confusion(confusion)
    hits = np.diag(confusion)
    return _share(hits, confusion.sum(axis=1) + confusion.sum(axis=0) - hits)


def mean_iou(confusion: np.ndarray) -> float:
    """The mean of the classes' IoU; a class that is nowhere is left out of the mean."""
    iou = iou_per_class(confusion)
    return float(iou[~np.isnan(iou)].mean()) if np.any(~np.isnan(iou)) else float("nan")


def pixel_accuracy(confusion: np.ndarray) -> float:
    """The share of pixels that were given their true class; NaN where none is counted."""
    confusion = _require_confusion(confusion)
    total = confusion.sum()
    return float(np.diag(confusion).sum() / total) if total else float("nan")


def precision_per_class(confusion: np.ndarray) -> np.ndarray:
    """Of the pixels *given* each class, the share that have it; float64 (C,), NaN if none were."""
    confusion = _require_confusion(confusion)
    return _share(np.diag(confusion), confusion.sum(axis=0))


def recall_per_class(confusion: np.ndarray) -> np.ndarray:
    """Of the pixels that *have* each class, the share that were given it; NaN if none have it."""
    confusion = _require_confusion(confusion)
    return _share(np.diag(confusion), confusion.sum(axis=1))


@keras.saving.register_keras_serializable("lessons_lib")
class CountedAccuracy(keras.metrics.SparseCategoricalAccuracy):
    """Keras' pixel accuracy, without the pixels to be ignored, which Keras' own counts as wrong.

    Args:
        ignore_class: the true label of pixels that are not counted.
    """

    def __init__(self, ignore_class: int, name: str = "accuracy", **options: Any):
        require_whole("ignore_class", ignore_class)
        if name is not None:
            require_text("name", name)
        super().__init__(name=name, **options)
        self.ignore_class = ignore_class

    def update_state(
        self, y_true: tf.Tensor, y_pred: tf.Tensor, sample_weight: tf.Tensor | None = None
    ) -> None:
        """Counts the pixels of masks N×H×W×1 and logits N×H×W×C, with weights N×H×W if given."""
        require_masks_and_logits(y_true, y_pred, self.ignore_class)
        require_pixel_weights(sample_weight, y_true)
        labels = keras.ops.cast(keras.ops.squeeze(y_true, -1), "int32")
        counted: Any = keras.ops.cast(labels != self.ignore_class, self.dtype)
        super().update_state(y_true, y_pred, self._weigh(counted, sample_weight))

    def _weigh(self, counted: Any, sample_weight: Any) -> Any:
        if sample_weight is None:
            return counted
        weights: Any = keras.ops.cast(sample_weight, self.dtype)
        return counted * (keras.ops.squeeze(weights, -1) if len(weights.shape) == 4 else weights)

    def get_config(self) -> dict:
        """Returns what Keras saves."""
        return {**super().get_config(), "ignore_class": self.ignore_class}


def segmentation_metrics(num_classes: int = NUM_CLASSES, ignore_class: int | None = None) -> list:
    """The Keras metrics that the course watches in training: accuracy and mean IoU, from logits.

    Args:
        num_classes: how many classes there are.
        ignore_class: the true label of pixels that are not counted, if there are any.

    Returns:
        Fresh metric objects, since a Keras metric keeps a state and serves one model only.
    """
    require_whole("num_classes", num_classes, least=2, most=MOST_LABELS)
    require_ignored(ignore_class)
    if ignore_class is None:
        accuracy = keras.metrics.SparseCategoricalAccuracy(name="accuracy")
    else:
        accuracy = CountedAccuracy(ignore_class)
    iou = keras.metrics.MeanIoU(
        num_classes,
        ignore_class=ignore_class,
        sparse_y_true=True,
        sparse_y_pred=False,
        name="mean_iou",
    )
    return [accuracy, iou]


@dataclass(frozen=True)
class Scores:
    """What a model reached on a set of pets.

    Attributes:
        confusion: int64 (C, C), pixels of the whole set, rows true, columns predicted.
        image_confusions: int64 (N, C, C), the same for each image.
        classes: what the rows and columns are.
    """

    confusion: np.ndarray
    image_confusions: np.ndarray
    classes: Classes = PET_CLASSES

    def __post_init__(self) -> None:
        """Raises TypeError or ValueError for what is no confusion matrix, or none of images."""
        _require_confusion(self.confusion)
        require_classes(self.classes)
        shape = read_numbers("image_confusions", self.image_confusions).shape
        if shape[1:] != np.shape(self.confusion):
            raise ValueError(
                "image_confusions must be one confusion matrix for each image, N×C×C, but the "
                f"shape {shape} came; score_masks makes them."
            )

    @property
    def accuracy(self) -> float:
        """Pixel accuracy over the set."""
        return pixel_accuracy(self.confusion)

    @property
    def iou(self) -> np.ndarray:
        """IoU of each class over the set, float64 (C,)."""
        return iou_per_class(self.confusion)

    @property
    def mean_iou(self) -> float:
        """Mean IoU over the set: all pixels in one confusion matrix."""
        return mean_iou(self.confusion)

    @property
    def image_mean_iou(self) -> np.ndarray:
        """Mean IoU of each image by itself, float64 (N,)."""
        return np.array([mean_iou(confusion) for confusion in self.image_confusions])

    def __str__(self) -> str:
        """One line with two decimals, the same on every machine but for a last digit."""
        classes = ", ".join(
            f"{name} {iou:.2f}" for name, iou in zip(self.classes.names, self.iou, strict=True)
        )
        return f"pixel accuracy {self.accuracy:.2f}, mean IoU {self.mean_iou:.2f} ({classes})"


def score_masks(
    masks: np.ndarray, predicted_masks: np.ndarray, *, classes: Classes = PET_CLASSES
) -> Scores:
    """Scores predicted masks against true ones.

    Args:
        masks: true labels, integers N×H×W×1 or N×H×W.
        predicted_masks: predicted labels of the same shape.
        classes: what the labels mean.

    Returns:
        Scores over the set and for each image.

    Raises:
        ValueError: shapes differ, the set is empty, or a label is no class.
    """
    require_classes(classes)
    masks, predicted_masks = _read_both(masks, predicted_masks)
    if masks.shape != predicted_masks.shape or masks.ndim < 3 or len(masks) == 0:
        raise ValueError(
            "Scoring needs one predicted mask for each true mask, N×H×W×1 with N of at least 1, "
            f"but shapes {masks.shape} and {predicted_masks.shape} came."
        )
    each = np.stack(
        [
            confusion_matrix(*pair, len(classes), ignore_class=classes.ignore_class)
            for pair in zip(masks, predicted_masks, strict=True)
        ]
    )
    return Scores(each.sum(axis=0), each, classes)


def evaluate(
    model: keras.Model, batches: tf.data.Dataset, *, classes: Classes = PET_CLASSES
) -> Scores:
    """Predicts every batch and scores the predicted masks.

    Args:
        model: a Keras model from images to logits N×H×W×C.
        batches: tf.data of (images N×H×W×3, masks N×H×W×1), for example from ``make_batches``;
            a third part (sample weights) is passed over.
        classes: what the logits and labels mean.

    Returns:
        Scores over the set and for each image.

    Raises:
        ValueError: another number of logits than of classes, no batch, or a label that is no class.
    """
    require_model("model", model, instead="the model comes first, then the batches")
    require_classes(classes)
    require_batches("batches", batches)
    require_counted("evaluate", batches)
    if isinstance(model.output_shape, list) or len(model.output_shape) != 4:
        raise ValueError(
            "evaluate needs a model from images to logits N×H×W×C, but this one gives something "
            "else; pass an encoder through unet_model."
        )
    require_images_fit("batches", batches, model)
    require_logits(model.output_shape[-1], classes)
    pairs = []
    for images, masks in read_batches("batches", batches, len(classes), classes.ignore_class):
        require_images_fit("batches", images, model)
        logits = model(images, training=False)
        pairs.append((masks, np.argmax(logits, axis=-1)[..., np.newaxis]))
    if not pairs:
        raise ValueError("There is nothing to evaluate: the set of batches is empty.")
    masks, predicted = (np.concatenate(part) for part in zip(*pairs, strict=True))
    return score_masks(masks, predicted, classes=classes)


def require_logits(logits: int, classes: Classes) -> None:
    """Raises ValueError unless there are as many logits for each pixel as there are classes."""
    if logits != len(classes):
        raise ValueError(
            f"The model has {logits} logits for each pixel, but there are {len(classes)} classes "
            f"({', '.join(classes.names)}): build it with num_classes={len(classes)}, or say by "
            "classes= which ones it knows."
        )


class BorderErrors(NamedTuple):
    """Where the wrong pixels lie.

    Attributes:
        of_errors: share of the wrong pixels that lie in or beside the border band.
        of_pixels: share of all pixels that lie there: what chance alone would give.
    """

    of_errors: float
    of_pixels: float


def border_errors(
    masks: np.ndarray,
    predicted_masks: np.ndarray,
    *,
    distance: int = 2,
    classes: Classes = PET_CLASSES,
) -> BorderErrors:
    """Says which share of the errors lies in the true border band, or close to it.

    Args:
        masks: true labels, integers N×H×W×1.
        predicted_masks: predicted labels of the same shape.
        distance: how many steps to a neighbouring pixel (left, right, up, down) are still close.
        classes: what the labels mean; see ``near_border``.

    Returns:
        The share of the errors, NaN where nothing is wrong, and the share of all pixels.

    Raises:
        ValueError: shapes that differ or are not N×H×W×1, a distance below 0.
    """
    require_classes(classes)
    masks, predicted_masks = _read_both(masks, predicted_masks)
    if masks.shape != predicted_masks.shape or masks.ndim != 4 or masks.shape[-1] != 1:
        raise ValueError(
            "border_errors needs true and predicted masks N×H×W×1, but shapes "
            f"{masks.shape} and {predicted_masks.shape} came."
        )
    for name, labels in (("true", masks), ("predicted", predicted_masks)):
        counted = labels[masks != classes.ignore_class]
        _require_labels(name, counted, len(classes))
    near = near_border(masks, distance=distance, classes=classes)
    counted = (masks != classes.ignore_class)[..., 0]
    wrong = (masks != predicted_masks)[..., 0] & counted
    of_errors = float(near[wrong].mean()) if wrong.any() else float("nan")
    of_pixels = float(near[counted].mean()) if counted.any() else float("nan")
    return BorderErrors(of_errors=of_errors, of_pixels=of_pixels)


def near_border(
    masks: np.ndarray, *, distance: int = 2, classes: Classes = PET_CLASSES
) -> np.ndarray:
    """Marks the true border band and what lies close to it.

    Args:
        masks: true labels, integers N×H×W×1.
        distance: how many steps to a neighbouring pixel (left, right, up, down) are still close.
        classes: what the labels mean. Where none of them is called border, the border is every
            pixel that has a neighbour of another class.

    Returns:
        bool N×H×W.

    Raises:
        ValueError: a distance below 0.
    """
    require_whole("distance", distance, most=LARGEST_SIDE)
    if distance < 0:
        raise ValueError(f"distance is a number of pixels, 0 or more, but {distance} came.")
    require_classes(classes)
    masks = read_numbers("masks", masks)
    if masks.ndim != 4 or masks.shape[-1] != 1:
        raise ValueError(f"near_border needs masks N×H×W×1, but the shape {masks.shape} came.")
    _require_labels("true", masks[masks != classes.ignore_class], len(classes))
    labels = masks[..., 0]
    if "border" in classes.names:
        near = labels == classes.names.index("border")
    else:
        cross = ndimage.generate_binary_structure(2, 1)[np.newaxis]
        extremes = (ndimage.minimum_filter, ndimage.maximum_filter)
        lowest, highest = (extreme(labels, footprint=cross) for extreme in extremes)
        near = lowest != highest
    if not distance:
        return near
    cross = ndimage.generate_binary_structure(2, 1)[np.newaxis]  # within one image only
    return ndimage.binary_dilation(near, cross, iterations=distance)


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Divides, with NaN where there is nothing to divide by."""
    return np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)


def _read_both(masks: Any, predicted_masks: Any) -> tuple[np.ndarray, np.ndarray]:
    """Returns both as arrays; raises TypeError for what holds no numbers."""
    return (
        read_numbers("true masks", masks),
        read_numbers("predicted masks", predicted_masks),
    )


def _require_labels(name: str, labels: np.ndarray, num_classes: int) -> None:
    """Raises ValueError unless all labels are integers from 0 to num_classes - 1."""
    if not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(
            f"The {name} masks must hold integer labels, but came as {labels.dtype}; "
            "if these are logits or probabilities, pass them through create_mask."
        )
    if labels.size and not 0 <= labels.min() <= labels.max() < num_classes:
        raise ValueError(
            f"The {name} labels must run from 0 to {num_classes - 1}, but came from "
            f"{labels.min()} to {labels.max()}; trimap values 1 to 3 become labels by normalize."
        )


def _require_confusion(confusion: np.ndarray) -> np.ndarray:
    """Returns the confusion matrix as an array; raises ValueError unless it is one."""
    confusion = read_numbers("A confusion matrix", confusion)
    if confusion.ndim != 2 or confusion.shape[0] != confusion.shape[1] or not confusion.size:
        raise ValueError(
            "A confusion matrix is square, one row and one column for each class, "
            f"but an array of shape {confusion.shape} came."
        )
    if not (np.isfinite(confusion).all() and (confusion >= 0).all()):
        raise ValueError(
            "A confusion matrix holds counts of pixels, finite and at least 0, but NaN, infinity "
            "or negative numbers came; count anew by confusion_matrix."
        )
    return confusion


tell_calls(globals())
