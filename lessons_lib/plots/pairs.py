"""Photos beside their masks: pairs, predictions, epochs, mistakes, weight maps."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
from matplotlib.patches import Patch, Rectangle
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike

from lessons_lib.classes import CLASS_NAMES, CLASSES, percent
from lessons_lib.plots import pictures
from lessons_lib.plots.figure import (
    ERROR_COLOUR,
    INK,
    INVENTED_COLOUR,
    LessonFigure,
    class_patches,
    patch,
)
from lessons_lib.plots.tables import Panel, picture_table


def show_pairs(
    images: ArrayLike, masks: ArrayLike, names: Sequence[str] | None = None, *, trimap: bool = False
) -> LessonFigure:
    """Shows pairs row by row: photo, mask, and the mask laid over the photo.

    Args:
        images: one image or several; uint8 or float [0,1], h×w×3.
        masks: one mask for each image; labels 0 to 2, h×w×1 or h×w.
        names: a few letters to write beside each row.
        trimap: True when `masks` hold the files' values 1 to 3, as before ``normalize``.

    Raises:
        ValueError: counts or sizes that do not fit, or values out of range.
    """
    photos = pictures.read_images(images)
    labels = _read_labels(photos, masks, "masks", trimap=trimap)
    columns = {
        "photo": _column(pictures.resize_photo, photos),
        "mask": _column(pictures.paint_mask, labels),
        "overlay": _column(pictures.paint_overlay, photos, labels),
    }
    theirs = "its mask" if len(photos) == 1 else "their masks"
    alt_text = f"{_count(photos)} beside {theirs} and an overlay of both. {_describe(labels)}"
    return _show(columns, alt_text, names)


def show_predictions(
    images: ArrayLike, masks: ArrayLike, predictions: ArrayLike | Mapping[str, ArrayLike]
) -> LessonFigure:
    """Shows photo, true mask, predicted mask, and which pixels are wrong.

    Args:
        images: one image or several; uint8 or float [0,1], h×w×3.
        masks: true labels 0 to 2, one mask for each image.
        predictions: predicted labels like `masks`; or several models' as a mapping from name to
            labels, which then share the row, without the column of errors.

    Raises:
        ValueError: counts or sizes that do not fit, or values out of range.
    """
    photos = pictures.read_images(images)
    labels = _read_labels(photos, masks, "masks")
    columns = {
        "photo": _column(pictures.resize_photo, photos),
        "true mask": _column(pictures.paint_mask, labels),
    }
    also = []
    if isinstance(predictions, Mapping):
        for title, of_model in predictions.items():
            read = _read_labels(photos, of_model, f"predictions of {title!r}")
            columns[title] = _column(pictures.paint_mask, read)
        shown = f"masks predicted by {', '.join(predictions)}"
    else:
        predicted = _read_labels(photos, predictions, "predictions")
        columns["predicted mask"] = _column(pictures.paint_mask, predicted)
        columns["errors"] = _column(pictures.paint_errors, photos, labels, predicted)
        also = [patch(ERROR_COLOUR, "wrong")]
        shown = "predicted masks and the wrong pixels"
    alt_text = f"{_count(photos)} beside true masks, {shown}. {_describe(labels)}"
    return _show(columns, alt_text, also=also)


def show_segmented(images: ArrayLike, predictions: ArrayLike) -> LessonFigure:
    """Shows pictures whose true masks nobody knows: photo, predicted mask, both in one.

    Args:
        images: one image or several; uint8 or float [0,1], h×w×3.
        predictions: predicted labels 0 to 2, one mask for each image.

    Raises:
        ValueError: counts or sizes that do not fit, or values out of range.
    """
    photos = pictures.read_images(images)
    predicted = _read_labels(photos, predictions, "predictions")
    columns = {
        "photo": _column(pictures.resize_photo, photos),
        "predicted mask": _column(pictures.paint_mask, predicted),
        "overlay": _column(pictures.paint_overlay, photos, predicted),
    }
    return _show(columns, f"{_count(photos)} beside predicted masks and an overlay of both.")


def show_epochs(
    images: ArrayLike, predictions_by_epoch: Sequence[ArrayLike] | np.ndarray, masks: ArrayLike
) -> LessonFigure:
    """Shows how the predictions for the same pets change from epoch to epoch.

    At most six epochs are shown, spread evenly, the first and the last among them.

    Args:
        images: one image or several; uint8 or float [0,1], h×w×3.
        predictions_by_epoch: predicted labels, one batch like `masks` for each epoch.
        masks: true labels 0 to 2, one mask for each image.

    Raises:
        ValueError: counts or sizes that do not fit, or no epoch.
    """
    photos = pictures.read_images(images)
    labels = _read_labels(photos, masks, "masks")
    count = len(predictions_by_epoch)
    if count == 0:
        raise ValueError("predictions_by_epoch is empty: train for at least one epoch.")
    epochs = np.rint(np.linspace(1, count, min(count, 6))).astype(int).tolist()
    columns = {"photo": _column(pictures.resize_photo, photos)}
    for epoch in epochs:
        name = f"predictions of epoch {epoch}"
        predicted = _read_labels(photos, predictions_by_epoch[epoch - 1], name)
        columns[f"epoch {epoch}"] = _column(pictures.paint_mask, predicted)
    columns["true mask"] = _column(pictures.paint_mask, labels)
    said = ", ".join(str(epoch) for epoch in epochs)
    alt_text = (
        f"{_count(photos)}, the masks predicted after epochs {said} of {count}, "
        f"and the true masks. {_describe(labels)}"
    )
    return _show(columns, alt_text)


def plot_label_mistake(
    before: ArrayLike, after: ArrayLike, *, trimap: bool = False
) -> LessonFigure:
    """Shows what bilinear resizing does to a mask: values between labels, and false classes.

    Above the whole mask, below the window with most invented values: nearest neighbour,
    bilinear with the values that are no labels marked, and bilinear rounded to whole labels
    with those marked that became another class.

    Args:
        before: the mask resized by nearest neighbour; h×w or h×w×1.
        after: the same mask resized bilinearly; float, same shape.
        trimap: True when both hold the files' values 1 to 3, as before ``normalize``.

    Raises:
        ValueError: `before` holds no labels, or the two are of unequal size.
    """
    labels = pictures.read_mask(before, "before", trimap=trimap)
    blurred = np.asarray(after, dtype=np.float64).reshape(np.shape(after)[:2]) - int(trimap)
    pictures.check_counts(before=[labels], after=[blurred])
    rounded = np.clip(np.rint(blurred), 0, len(CLASSES) - 1).astype(np.uint8)
    between, changed = blurred != np.rint(blurred), rounded != labels
    shown = {
        "nearest neighbour": (labels, np.zeros_like(changed)),
        "bilinear: between labels": (rounded, between),
        "rounded: false labels": (rounded, changed),
    }
    side = max(1, min(labels.shape) // 4)
    counts = sliding_window_view(between, (side, side)).sum(axis=(2, 3))
    top, left = (int(place) for place in np.unravel_index(counts.argmax(), counts.shape))
    window = (slice(top, top + side), slice(left, left + side))
    figure = picture_table(
        [
            [Panel(partial(_paint_invented, *pair), title) for title, pair in shown.items()],
            [
                Panel(partial(_paint_invented, *(a[window] for a in pair)))
                for pair in shown.values()
            ],
        ],
        "A mask resized in three ways, whole and enlarged: nearest neighbour keeps the labels; "
        f"bilinear invents values at {percent(between.mean())} of the pixels; rounded, "
        f"{percent(changed.mean())} of the pixels have another class.",
        largest=240,
        legend=[*class_patches(), patch(INVENTED_COLOUR, "invented")],
    )
    for axes in figure.axes[: len(shown)]:
        scale = axes.get_xlim()[1] / max(labels.shape)
        frame = {"fill": False, "edgecolor": INK, "linewidth": 1.5}
        axes.add_patch(Rectangle((left * scale, top * scale), side * scale, side * scale, **frame))
    return figure


def plot_weight_map(image: ArrayLike, mask: ArrayLike, weights: ArrayLike) -> LessonFigure:
    """Shows a photo, its mask, and the weight that each pixel has in the loss.

    Args:
        image: uint8 or float [0,1], h×w×3.
        mask: labels 0 to 2, h×w×1 or h×w.
        weights: one number for each pixel, h×w or h×w×1, as `add_sample_weights` gives them.

    Raises:
        ValueError: sizes that do not fit, or values out of range.
    """
    photo, labels = pictures.read_image(image), pictures.read_mask(mask)
    weights = np.asarray(weights, dtype=np.float64).squeeze()
    if weights.ndim != 2 or not np.isfinite(weights).all() or (weights < 0).any():
        raise ValueError(
            "weights: expected one finite weight of 0 or more for each pixel, "
            f"got shape {weights.shape}."
        )
    pictures.check_counts(image=[photo], mask=[labels], weights=[weights])
    means = [
        f"{name} {weights[labels == label].mean():.1f}"
        for label, name in enumerate(CLASS_NAMES)
        if (labels == label).any()
    ]
    highest = float(weights.max()) or 1.0
    panels = [
        Panel(partial(pictures.resize_photo, photo), "photo"),
        Panel(partial(pictures.paint_mask, labels), "mask"),
        Panel(partial(pictures.paint_values, weights, 0, highest), "weight of each pixel"),
    ]
    return picture_table(
        [panels],
        f"A photo, its mask and the weight of each pixel in the loss: {', '.join(means)}.",
        largest=220,
        legend=class_patches(),
        colour_range=(0, highest),
    )


def _read_labels(
    photos: list[np.ndarray], masks: ArrayLike, name: str, *, trimap: bool = False
) -> list[np.ndarray]:
    """Reads one mask for each photo."""
    labels = pictures.read_masks(masks, name, trimap=trimap)
    pictures.check_counts(images=photos, **{name: labels})
    return labels


def _column(paint: Callable[..., np.ndarray], *lists: list[np.ndarray]) -> list[partial]:
    """Returns what paints each picture of a column, once its size is known."""
    return [partial(paint, *ones) for ones in zip(*lists, strict=True)]


def _show(
    columns: Mapping[str, list[partial]],
    alt_text: str,
    names: Sequence[str] | None = None,
    also: Sequence[Patch] = (),
) -> LessonFigure:
    """Shows columns with their titles above the first row, and the classes in the legend."""
    rows = [
        [
            Panel(paint, title if row == 0 else "")
            for title, paint in zip(columns, paints, strict=True)
        ]
        for row, paints in enumerate(zip(*columns.values(), strict=True))
    ]
    return picture_table(rows, alt_text, row_names=names, legend=[*class_patches(), *also])


def _paint_invented(labels: np.ndarray, marks: np.ndarray, size: int) -> np.ndarray:
    return pictures.mark_pixels(pictures.paint_mask(labels, size), marks, INVENTED_COLOUR)


def _count(photos: list[np.ndarray]) -> str:
    return "One photo" if len(photos) == 1 else f"{len(photos)} photos"


def _describe(masks: list[np.ndarray]) -> str:
    shares = np.mean([pictures.label_shares(mask) for mask in masks], axis=0)
    return f"True pixels: {pictures.describe_shares(shares)}."
