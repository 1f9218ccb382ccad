"""How good is a segmentation? Confusion matrix, IoU per class, pixel accuracy.

The confusion matrix (rows: true class, columns: predicted class, counts of pixels) holds all
that the figures need, so every function below reads one. Counting is TensorFlow's, the metrics
that are watched during training are Keras' own.

Source: Everingham et al., "The Pascal Visual Object Classes Challenge: A Retrospective" (2015),
for the IoU of a segmentation.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from lessons_lib.classes import CLASS_NAMES, NUM_CLASSES
from lessons_lib.quiet import keras, tf


def confusion_matrix(
    masks: np.ndarray, predicted_masks: np.ndarray, num_classes: int = NUM_CLASSES
) -> np.ndarray:
    """Counts the pixels of each true class that were given each predicted class.

    Args:
        masks: true labels, integers of any shape, for example N×H×W×1.
        predicted_masks: predicted labels, integers of the same shape.
        num_classes: how many classes there are; labels run from 0 to num_classes - 1.

    Returns:
        int64, num_classes × num_classes: rows are true classes, columns predicted ones.

    Raises:
        ValueError: the shapes differ, or a label is no class.

    >>> confusion_matrix([0, 0, 1], [0, 1, 1], num_classes=2)
    array([[1, 1],
           [0, 1]])
    """
    masks, predicted_masks = np.asarray(masks), np.asarray(predicted_masks)
    if masks.shape != predicted_masks.shape:
        raise ValueError(
            f"True and predicted masks must have the same shape, but came as {masks.shape} and "
            f"{predicted_masks.shape}; if one of them holds logits, pass it through create_mask."
        )
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
    return float(np.nanmean(iou_per_class(confusion)))


def pixel_accuracy(confusion: np.ndarray) -> float:
    """The share of pixels that were given their true class."""
    confusion = _require_confusion(confusion)
    return float(np.diag(confusion).sum() / confusion.sum())


def precision_per_class(confusion: np.ndarray) -> np.ndarray:
    """Of the pixels *given* each class, the share that have it; float64 (C,), NaN if none were."""
    confusion = _require_confusion(confusion)
    return _share(np.diag(confusion), confusion.sum(axis=0))


def recall_per_class(confusion: np.ndarray) -> np.ndarray:
    """Of the pixels that *have* each class, the share that were given it; NaN if none have it."""
    confusion = _require_confusion(confusion)
    return _share(np.diag(confusion), confusion.sum(axis=1))


def segmentation_metrics() -> list:
    """The Keras metrics that the course watches in training: accuracy and mean IoU, from logits.

    Returns:
        Fresh metric objects, since a Keras metric keeps a state and serves one model only.
    """
    return [
        keras.metrics.SparseCategoricalAccuracy(name="accuracy"),
        keras.metrics.MeanIoU(
            num_classes=NUM_CLASSES, sparse_y_true=True, sparse_y_pred=False, name="mean_iou"
        ),
    ]


@dataclass(frozen=True)
class Scores:
    """What a model reached on a set of pets.

    Attributes:
        confusion: int64 (C, C), pixels of the whole set, rows true, columns predicted.
        image_confusions: int64 (N, C, C), the same for each image.
    """

    confusion: np.ndarray
    image_confusions: np.ndarray

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
            f"{name} {iou:.2f}" for name, iou in zip(CLASS_NAMES, self.iou, strict=True)
        )
        return f"pixel accuracy {self.accuracy:.2f}, mean IoU {self.mean_iou:.2f} ({classes})"


def score_masks(masks: np.ndarray, predicted_masks: np.ndarray) -> Scores:
    """Scores predicted masks against true ones.

    Args:
        masks: true labels, integers N×H×W×1 or N×H×W.
        predicted_masks: predicted labels of the same shape.

    Returns:
        Scores over the set and for each image.

    Raises:
        ValueError: shapes differ, the set is empty, or a label is no class.
    """
    masks, predicted_masks = np.asarray(masks), np.asarray(predicted_masks)
    if masks.shape != predicted_masks.shape or masks.ndim < 3 or len(masks) == 0:
        raise ValueError(
            "Scoring needs one predicted mask for each true mask, N×H×W×1 with N of at least 1, "
            f"but shapes {masks.shape} and {predicted_masks.shape} came."
        )
    each = np.stack([confusion_matrix(*pair) for pair in zip(masks, predicted_masks, strict=True)])
    return Scores(confusion=each.sum(axis=0), image_confusions=each)


def evaluate(model: keras.Model, batches: tf.data.Dataset) -> Scores:
    """Predicts every batch and scores the predicted masks.

    Args:
        model: a Keras model from images to logits N×H×W×C.
        batches: tf.data of (images N×H×W×3, masks N×H×W×1), for example from ``make_batches``;
            a third part (sample weights) is passed over.

    Returns:
        Scores over the set and for each image.
    """
    pairs = [
        (masks.numpy(), np.argmax(model(images, training=False), axis=-1)[..., np.newaxis])
        for images, masks, *_ in batches
    ]
    if not pairs:
        raise ValueError("There is nothing to evaluate: the set of batches is empty.")
    masks, predicted = (np.concatenate(part) for part in zip(*pairs, strict=True))
    return score_masks(masks, predicted)


class BorderErrors(NamedTuple):
    """Where the wrong pixels lie.

    Attributes:
        of_errors: share of the wrong pixels that lie in or beside the border band.
        of_pixels: share of all pixels that lie there: what chance alone would give.
    """

    of_errors: float
    of_pixels: float


def border_errors(
    masks: np.ndarray, predicted_masks: np.ndarray, *, distance: int = 2
) -> BorderErrors:
    """Says which share of the errors lies in the true border band, or close to it.

    Args:
        masks: true labels, integers N×H×W×1.
        predicted_masks: predicted labels of the same shape.
        distance: how many steps to a neighbouring pixel (left, right, up, down) are still close.

    Returns:
        The share of the errors, NaN where nothing is wrong, and the share of all pixels.

    Raises:
        ValueError: shapes that differ or are not N×H×W×1, a distance below 0.
    """
    masks, predicted_masks = np.asarray(masks), np.asarray(predicted_masks)
    if masks.shape != predicted_masks.shape or masks.ndim != 4 or masks.shape[-1] != 1:
        raise ValueError(
            "border_errors needs true and predicted masks N×H×W×1, but shapes "
            f"{masks.shape} and {predicted_masks.shape} came."
        )
    near = near_border(masks, distance=distance)
    wrong = (masks != predicted_masks)[..., 0]
    of_errors = float(near[wrong].mean()) if wrong.any() else float("nan")
    return BorderErrors(of_errors=of_errors, of_pixels=float(near.mean()))


def near_border(masks: np.ndarray, *, distance: int = 2) -> np.ndarray:
    """Marks the true border band and what lies close to it.

    Args:
        masks: true labels, integers N×H×W×1.
        distance: how many steps to a neighbouring pixel (left, right, up, down) are still close.

    Returns:
        bool N×H×W.

    Raises:
        ValueError: a distance below 0.
    """
    if distance < 0:
        raise ValueError(f"distance is a number of pixels, 0 or more, but {distance} came.")
    near = masks[..., 0] == CLASS_NAMES.index("border")
    if not distance:
        return near
    cross = ndimage.generate_binary_structure(2, 1)[np.newaxis]  # within one image only
    return ndimage.binary_dilation(near, cross, iterations=distance)


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Divides, with NaN where there is nothing to divide by."""
    return np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)


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
    """Returns the confusion matrix as an array; raises ValueError unless it is square."""
    confusion = np.asarray(confusion)
    if confusion.ndim != 2 or confusion.shape[0] != confusion.shape[1]:
        raise ValueError(
            "A confusion matrix is square, one row and one column for each class, "
            f"but an array of shape {confusion.shape} came."
        )
    return confusion
