"""Photos beside their masks: pairs, predictions, epochs, mistakes, weight maps.

Every panel is placed on whole pixels and its picture painted at just that size, so that masks
stay crisp and the border's stripes are the same everywhere.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from lessons_lib.classes import CLASS_NAMES, CLASSES
from lessons_lib.plots.figure import (
    COLOUR_MAP,
    ERROR_COLOUR,
    GAP,
    INK,
    INVENTED_COLOUR,
    QUIET,
    LessonFigure,
    add_legend,
    bare_axes,
    class_patches,
    draw_colour_bar,
    percent,
    place_axes,
    write,
)
from lessons_lib.plots.pictures import (
    check_counts,
    describe_shares,
    label_shares,
    paint_errors,
    paint_mask,
    paint_overlay,
    read_image,
    read_images,
    read_mask,
    read_masks,
    resize_labels,
    resize_photo,
)

MAX_PICTURES = 12
HEADER = 26
LEGEND = 34
NAME_MARGIN = 26
WIDEST = 800


def show_pairs(
    images,
    masks,
    names: Sequence[str] | None = None,
    predictions=None,
    *,
    trimap: bool = False,
) -> LessonFigure:
    """Shows pairs row by row: photo, mask, and the mask laid over the photo.

    Args:
        images: one image or several; uint8 or float [0,1], h×w×3.
        masks: one mask for each image; labels 0 to 2, h×w×1 or h×w.
        names: a few letters to write beside each row.
        predictions: predicted labels like `masks`; adds a column.
        trimap: True when `masks` hold the files' values 1 to 3, as before ``normalize``.

    Raises:
        ValueError: counts or sizes that do not fit, or values out of range.
    """
    images, masks = read_images(images), read_masks(masks, trimap=trimap)
    columns = {
        "photo": lambda row, size: resize_photo(images[row], size),
        "mask": lambda row, size: paint_mask(masks[row], size),
        "overlay": lambda row, size: paint_overlay(images[row], masks[row], size),
    }
    check_counts(images=images, masks=masks)
    if predictions is not None:
        predictions = read_masks(predictions, "predictions", trimap=trimap)
        check_counts(images=images, predictions=predictions)
        columns["prediction"] = lambda row, size: paint_mask(predictions[row], size)
    alt_text = (
        f"{_count(len(images), 'photo')} beside {_their(images)} and an overlay of both. "
        + _describe_masks(masks)
    )
    return picture_table(columns, len(images), alt_text, row_names=names, legend=class_patches())


def show_predictions(
    images, masks, predictions, names: Sequence[str] | None = None
) -> LessonFigure:
    """Shows photo, true mask, predicted mask, and which pixels are wrong.

    Args:
        images: one image or several; uint8 or float [0,1], h×w×3.
        masks: true labels 0 to 2, one mask for each image.
        predictions: predicted labels like `masks`; or several models' as a mapping from name to
            labels, which then share the row, without the column of errors.
        names: a few letters to write beside each row.

    Raises:
        ValueError: counts or sizes that do not fit, or values out of range.
    """
    images, masks = read_images(images), read_masks(masks)
    check_counts(images=images, masks=masks)
    columns = {
        "photo": lambda row, size: resize_photo(images[row], size),
        "true mask": lambda row, size: paint_mask(masks[row], size),
    }
    legend = class_patches()
    if isinstance(predictions, Mapping):
        for title, labels in predictions.items():
            columns[title] = _mask_painter(images, labels, f"predictions of {title!r}")
        shown = f"masks predicted by {', '.join(predictions)}"
    else:
        predictions = read_masks(predictions, "predictions")
        columns["predicted mask"] = _mask_painter(images, predictions, "predictions")
        columns["errors"] = lambda row, size: paint_errors(
            images[row], masks[row], predictions[row], size
        )
        legend.append(Patch(facecolor=ERROR_COLOUR, edgecolor=INK, linewidth=0.8, label="wrong"))
        shown = "predicted masks and the wrong pixels"
    alt_text = f"{_count(len(images), 'photo')} beside true masks, {shown}. " + _describe_masks(
        masks
    )
    return picture_table(columns, len(images), alt_text, row_names=names, legend=legend)


def show_segmented(images, predictions, names: Sequence[str] | None = None) -> LessonFigure:
    """Shows pictures whose true masks nobody knows: photo, predicted mask, both in one.

    Args:
        images: one image or several; uint8 or float [0,1], h×w×3.
        predictions: predicted labels 0 to 2, one mask for each image.
        names: a few letters to write beside each row.

    Raises:
        ValueError: counts or sizes that do not fit, or values out of range.
    """
    images, predictions = read_images(images), read_masks(predictions, "predictions")
    check_counts(images=images, predictions=predictions)
    columns = {
        "photo": lambda row, size: resize_photo(images[row], size),
        "predicted mask": lambda row, size: paint_mask(predictions[row], size),
        "overlay": lambda row, size: paint_overlay(images[row], predictions[row], size),
    }
    alt_text = f"{_count(len(images), 'photo')} beside predicted masks and an overlay of both."
    return picture_table(columns, len(images), alt_text, row_names=names, legend=class_patches())


def show_epochs(
    images, predictions_by_epoch, masks, epochs: Sequence[int] | None = None
) -> LessonFigure:
    """Shows how the predictions for the same pets change from epoch to epoch.

    Args:
        images: one image or several; uint8 or float [0,1], h×w×3.
        predictions_by_epoch: predicted labels, one batch like `masks` for each epoch.
        masks: true labels 0 to 2, one mask for each image.
        epochs: the epochs to show, counted from 1; by default at most six, spread evenly, the
            first and the last among them.

    Raises:
        ValueError: counts or sizes that do not fit, no epoch, or epochs that were not kept.
    """
    images, masks = read_images(images), read_masks(masks)
    check_counts(images=images, masks=masks)
    count = len(predictions_by_epoch)
    if count == 0:
        raise ValueError("predictions_by_epoch is empty: train for at least one epoch.")
    if epochs is None:
        epochs = sorted({int(epoch) for epoch in np.rint(np.linspace(1, count, min(count, 6)))})
    unknown = [epoch for epoch in epochs if not 1 <= epoch <= count]
    if unknown:
        raise ValueError(f"epochs run from 1 to {count} here, got {unknown}.")
    columns = {"photo": lambda row, size: resize_photo(images[row], size)}
    for epoch in epochs:
        columns[f"epoch {epoch}"] = _mask_painter(
            images, predictions_by_epoch[epoch - 1], f"predictions of epoch {epoch}"
        )
    columns["true mask"] = lambda row, size: paint_mask(masks[row], size)
    alt_text = (
        f"{_count(len(images), 'photo')}, the masks predicted after epochs "
        f"{', '.join(str(epoch) for epoch in epochs)} of {count}, and the true masks. "
        + _describe_masks(masks)
    )
    return picture_table(columns, len(images), alt_text, legend=class_patches())


def plot_label_mistake(before, after, *, trimap: bool = False) -> LessonFigure:
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
    labels = read_mask(before, "before", trimap=trimap)
    blurred = np.asarray(after, dtype=np.float64).reshape(np.shape(after)[:2]) - int(trimap)
    check_counts(before=[labels], after=[blurred])
    rounded = np.clip(np.rint(blurred), 0, len(CLASSES) - 1).astype(np.uint8)
    between = blurred != np.rint(blurred)
    changed = rounded != labels
    window = _busiest_window(between, max(8, min(labels.shape) // 4))

    whole = (slice(None), slice(None))
    panel = 240
    figure = LessonFigure(
        3 * panel + 4 * GAP,
        HEADER + 2 * panel + 2 * GAP + LEGEND,
        "A mask resized in three ways, whole and enlarged: nearest neighbour keeps the labels; "
        f"bilinear invents values at {percent(between.mean())} of the pixels; rounded, "
        f"{percent(changed.mean())} of the pixels have another class.",
    )
    for row, part in enumerate((whole, window)):
        marks = (None, between[part], changed[part])
        titles = ("nearest neighbour", "bilinear: between labels", "rounded: false labels")
        for column, (mark, title) in enumerate(zip(marks, titles, strict=True)):
            left, top = GAP + column * (panel + GAP), HEADER + row * (panel + GAP)
            axes = place_axes(figure, left, top, panel, panel)
            shown = labels[part] if column == 0 else rounded[part]
            _draw_marked(axes, shown, mark, panel)
            if row == 0:
                write(figure, left + panel / 2, HEADER / 2, title)
                _outline_window(axes, window, panel / max(labels.shape))
    legend = class_patches()
    legend.append(Patch(facecolor=INVENTED_COLOUR, edgecolor=INK, linewidth=0.8, label="invented"))
    add_legend(figure, legend)
    return figure


def plot_weight_map(image, mask, weights) -> LessonFigure:
    """Shows a photo, its mask, and the weight that each pixel has in the loss.

    Args:
        image: uint8 or float [0,1], h×w×3.
        mask: labels 0 to 2, h×w×1 or h×w.
        weights: one number for each pixel, h×w or h×w×1, as `add_sample_weights` gives them.

    Raises:
        ValueError: sizes that do not fit, or values out of range.
    """
    images, masks = [read_image(image)], read_masks(mask, "mask")
    weights = np.asarray(weights, dtype=np.float64).squeeze()
    if weights.ndim != 2 or not np.isfinite(weights).all() or (weights < 0).any():
        raise ValueError(
            "weights: expected one finite weight of 0 or more for each pixel, "
            f"got shape {weights.shape}."
        )
    check_counts(image=images, mask=masks, weights=[weights])
    panel = 220
    bar = 70
    figure = LessonFigure(
        3 * panel + 4 * GAP + bar,
        HEADER + panel + LEGEND + GAP,
        f"A photo, its mask and the weight of each pixel in the loss: "
        f"{_describe_weights(masks[0], weights)}.",
    )
    pictures = (resize_photo(images[0], panel), paint_mask(masks[0], panel))
    for column, (picture, title) in enumerate(zip(pictures, ("photo", "mask"), strict=True)):
        left = GAP + column * (panel + GAP)
        axes = place_axes(figure, left, HEADER, panel, panel)
        _draw_picture(axes, picture, panel, panel)
        write(figure, left + panel / 2, HEADER / 2, title)
    left = GAP + 2 * (panel + GAP)
    axes = place_axes(figure, left, HEADER, panel, panel)
    highest = weights.max() or 1.0
    axes.imshow(weights, cmap=COLOUR_MAP, vmin=0, vmax=highest, interpolation="nearest")
    bare_axes(axes)
    write(figure, left + panel / 2, HEADER / 2, "weight of each pixel")
    draw_colour_bar(figure, left + panel + 12, HEADER, panel, 0, highest)
    add_legend(figure, class_patches())
    return figure


def picture_table(
    columns: Mapping,
    rows: int,
    alt_text: str,
    *,
    row_names: Sequence[str] | None = None,
    legend: Sequence = (),
) -> LessonFigure:
    """Lays out pictures in a table with column titles, row names and a legend below.

    Args:
        columns: from title to a function (row, size) -> uint8 picture of that longer side.
        rows: how many.
        alt_text: what the figure shows.
        row_names: one for each row, or None.
        legend: patches.

    Raises:
        ValueError: more rows than fit one figure, or names that are not one a row.
    """
    if rows > MAX_PICTURES:
        raise ValueError(
            f"at most {MAX_PICTURES} pictures fit one figure, got {rows}: pass a part, "
            "for example images[:4]."
        )
    if row_names is not None and len(row_names) != rows:
        raise ValueError(f"there are {rows} images but {len(row_names)} names.")
    margin = GAP + (NAME_MARGIN if row_names is not None else 0)
    panel = min(180, (WIDEST - margin) // len(columns) - GAP)
    pictures = [[paint(row, panel) for paint in columns.values()] for row in range(rows)]
    heights = [max(picture.shape[0] for picture in row) for row in pictures]
    tops = [HEADER + sum(heights[:row]) + row * GAP for row in range(rows)]
    figure = LessonFigure(
        margin + len(columns) * (panel + GAP),
        tops[-1] + heights[-1] + GAP + (LEGEND if legend else 0),
        alt_text,
    )
    lefts = [margin + column * (panel + GAP) for column in range(len(columns))]
    for left, title in zip(lefts, columns, strict=True):
        write(figure, left + panel / 2, HEADER / 2, shorten(title, panel))
    for row, (top, height) in enumerate(zip(tops, heights, strict=True)):
        for left, picture in zip(lefts, pictures[row], strict=True):
            _draw_picture(place_axes(figure, left, top, panel, height), picture, panel, height)
        if row_names is not None:
            text = shorten(str(row_names[row]), height)
            style = {"rotation": 90, "color": QUIET, "fontsize": 9}
            write(figure, NAME_MARGIN / 2 + 2, top + height / 2, text, **style)
    if legend:
        add_legend(figure, legend)
    return figure


def shorten(text: str, width: int) -> str:
    """Cuts text that would not fit `width` pixels at the size of our titles."""
    letters = max(6, int(width / 7.5))
    return text if len(text) <= letters else text[: letters - 1] + "…"


def _mask_painter(images, labels, name: str):
    labels = read_masks(labels, name)
    check_counts(images=images, **{name: labels})
    return lambda row, size: paint_mask(labels[row], size)


def _draw_picture(axes: Axes, picture: np.ndarray, width: int, height: int) -> None:
    """Shows a picture pixel for pixel in the middle of a panel."""
    left, top = (width - picture.shape[1]) // 2, (height - picture.shape[0]) // 2
    extent = (left, left + picture.shape[1], top + picture.shape[0], top)
    axes.imshow(picture, extent=extent, interpolation="nearest", aspect="auto")
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    bare_axes(axes)


def _draw_marked(axes: Axes, labels: np.ndarray, mark: np.ndarray | None, panel: int) -> None:
    """Draws a mask, with some of its pixels in the colour of what was invented."""
    picture = paint_mask(labels, panel)
    if mark is not None:
        marked = resize_labels(mark.astype(np.uint8), panel).astype(bool)
        picture[marked] = np.rint(np.array(to_rgb(INVENTED_COLOUR)) * 255)
    _draw_picture(axes, picture, panel, panel)


def _outline_window(axes: Axes, window: tuple[slice, slice], scale: float) -> None:
    rows, columns = window
    left, right = columns.start * scale, columns.stop * scale
    top, bottom = rows.start * scale, rows.stop * scale
    corners = [left, right, right, left, left], [top, top, bottom, bottom, top]
    axes.add_line(Line2D(*corners, color=INK, linewidth=1.5))


def _busiest_window(marks: np.ndarray, size: int) -> tuple[slice, slice]:
    """Returns the square of `size` pixels a side, on a coarse grid, that holds most marks."""
    height, width = marks.shape
    step = max(1, size // 4)
    corners = [
        (row, column)
        for row in range(0, max(1, height - size + 1), step)
        for column in range(0, max(1, width - size + 1), step)
    ]
    row, column = max(
        corners, key=lambda corner: marks[corner[0] :, corner[1] :][:size, :size].sum()
    )
    return slice(row, row + size), slice(column, column + size)


def _count(number: int, noun: str) -> str:
    return f"One {noun}" if number == 1 else f"{number} {noun}s"


def _their(images: list) -> str:
    return "its mask" if len(images) == 1 else "their masks"


def _describe_masks(masks: list[np.ndarray]) -> str:
    shares = np.mean([label_shares(mask) for mask in masks], axis=0)
    return f"True pixels: {describe_shares(shares)}."


def _describe_weights(labels: np.ndarray, weights: np.ndarray) -> str:
    means = {
        name: weights[labels == label].mean()
        for label, name in enumerate(CLASS_NAMES)
        if (labels == label).any()
    }
    return ", ".join(f"{name} {mean:.1f}" for name, mean in means.items())
