"""The pure part of the inspector: from arrays to pictures and captions, without widgets.

Images are uint8 h×w×3, labels uint8 h×w, as ``lessons_lib.plots.pictures`` reads them;
pictures are uint8 h×w×3.
"""

import io

import numpy as np
from PIL import Image

from lessons_lib.classes import CLASS_NAMES, NUM_CLASSES
from lessons_lib.metrics import confusion_matrix, iou_per_class, pixel_accuracy
from lessons_lib.plots.figure import COLOUR_MAP
from lessons_lib.plots.pictures import (
    describe_shares,
    label_shares,
    paint_errors,
    paint_mask,
    paint_overlay,
    resize_photo,
)

PICTURE_SIZE = 320
LAYERS = ("truth", "prediction", "errors")
GAP = 8
BAR_HEIGHT = 28


def draw_layer(
    image: np.ndarray,
    labels: np.ndarray,
    predicted: np.ndarray | None = None,
    *,
    layer: str = "truth",
    opacity: float = 0.6,
    size: int = PICTURE_SIZE,
) -> np.ndarray:
    """Draws the photo beside the photo with one layer over it.

    Args:
        image: uint8 h×w×3.
        labels: true labels, uint8 h×w.
        predicted: predicted labels, uint8 h×w; needed for the layers that show them.
        layer: "truth", "prediction" or "errors".
        opacity: of the layer, 0 to 1.
        size: longer side of each picture, in pixels.

    Returns:
        The picture, uint8.

    Raises:
        ValueError: an unknown layer, or one that needs predictions where there are none.
    """
    if layer not in LAYERS or (predicted is None and layer != "truth"):
        shown = LAYERS if predicted is not None else LAYERS[:1]
        raise ValueError(f"layer: expected one of {', '.join(shown)}, got {layer!r}.")
    if layer == "truth":
        covered = paint_overlay(image, labels, size, opacity)
    elif layer == "prediction":
        covered = paint_overlay(image, predicted, size, opacity)
    else:
        covered = paint_errors(image, labels, predicted, size, opacity)
    return side_by_side(resize_photo(image, size), covered)


def draw_mask(
    image: np.ndarray, labels: np.ndarray, *, opacity: float, size: int = PICTURE_SIZE
) -> np.ndarray:
    """Draws mask and overlay side by side."""
    mask, overlay = paint_mask(labels, size), paint_overlay(image, labels, size, opacity)
    return side_by_side(mask, overlay)


def draw_channel(
    image: np.ndarray, features: np.ndarray, channel: int, size: int = PICTURE_SIZE
) -> np.ndarray:
    """Draws the photo beside one channel of its features, float h×w×c."""
    answers = features[..., channel]
    low, high = answers.min(), answers.max()
    levels = (answers - low) / (high - low) if high > low else np.zeros_like(answers)
    return _draw_beside(image, levels, size)


def draw_probability(
    image: np.ndarray, probability: np.ndarray, size: int = PICTURE_SIZE
) -> np.ndarray:
    """Draws the photo beside how probable one class is in each pixel, float h×w, 0 to 1."""
    return _draw_beside(image, probability, size)


def draw_weights(
    image: np.ndarray,
    labels: np.ndarray,
    weights: np.ndarray,
    shares: np.ndarray,
    size: int = PICTURE_SIZE,
) -> np.ndarray:
    """Draws the photo beside each pixel's weight, above a bar of each class's share of the loss.

    Args:
        image: uint8 h×w×3.
        labels: uint8 h×w.
        weights: of the classes, float (3,), 0 or more.
        shares: of the loss, float (3,), which add up to 1.
        size: longer side of each picture, in pixels.

    Returns:
        The picture, uint8.
    """
    levels = weights[labels] / max(weights.max(), 1e-9)
    picture = _draw_beside(image, levels, size)
    width = picture.shape[1]
    gap = np.full((GAP, width, 3), 255, dtype=np.uint8)
    bar = paint_mask(_share_bar(shares, width, BAR_HEIGHT), width)
    return np.concatenate([picture, gap, bar])


def loss_shares(labels: np.ndarray, losses: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Returns each class's share of the weighted loss.

    Args:
        labels: uint8 h×w.
        losses: unweighted loss of each pixel, float h×w, 0 or more.
        weights: of the classes, float (3,), 0 or more.

    Returns:
        float64 (3,), which add up to 1; all 0 where the whole loss is 0.
    """
    sums = np.bincount(labels.ravel(), weights=losses.ravel(), minlength=NUM_CLASSES) * weights
    return sums / sums.sum() if sums.sum() > 0 else np.zeros(NUM_CLASSES)


def describe_truth(labels: np.ndarray, name: str) -> str:
    """Says what a mask holds: ``pug_12: pet 31 %, background 57 %, border 12 %``."""
    return f"{name}: {describe_shares(label_shares(labels))}"


def describe_prediction(labels: np.ndarray, predicted: np.ndarray, name: str) -> str:
    """Says how good a prediction is: accuracy and the IoU of each class there is."""
    confusion = confusion_matrix(labels, predicted)
    ious = ", ".join(
        f"{class_name} {iou:.2f}"
        for class_name, iou in zip(CLASS_NAMES, iou_per_class(confusion), strict=True)
        if not np.isnan(iou)
    )
    return f"{describe_truth(labels, name)}. Accuracy {pixel_accuracy(confusion):.2f}; IoU {ious}"


def quick_png(picture: np.ndarray) -> bytes:
    """Encodes a picture as PNG in full colour: larger than the figures' PNG, but at once."""
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, format="PNG", compress_level=1)
    return stream.getvalue()


def side_by_side(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Joins two uint8 pictures of equal height with a white gap."""
    gap = np.full((left.shape[0], GAP, 3), 255, dtype=np.uint8)
    return np.concatenate([left, gap, right], axis=1)


def _draw_beside(image: np.ndarray, levels: np.ndarray, size: int) -> np.ndarray:
    """Draws the photo beside levels from 0 to 1 in the colours of the colour map."""
    photo = resize_photo(image, size)
    rows = np.arange(photo.shape[0]) * levels.shape[0] // photo.shape[0]
    columns = np.arange(photo.shape[1]) * levels.shape[1] // photo.shape[1]
    coloured = COLOUR_MAP(levels[np.ix_(rows, columns)], bytes=True)[..., :3]
    return side_by_side(photo, coloured)


def _share_bar(shares: np.ndarray, width: int, height: int) -> np.ndarray:
    """Returns labels, uint8 height×width, that give each class its share of the width."""
    ends = np.rint(np.cumsum(shares) * width)
    row = np.searchsorted(ends, np.arange(width), side="right")
    return np.tile(np.minimum(row, NUM_CLASSES - 1).astype(np.uint8), (height, 1))
