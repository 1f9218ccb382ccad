"""Numbers in a grid: heat maps, confusion, feature maps, the five scales, upsampling by hand."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from lessons_lib.classes import CLASS_NAMES
from lessons_lib.plots.figure import (
    COLOUR_MAP,
    GAP,
    INK,
    QUIET,
    LessonFigure,
    bare_axes,
    draw_colour_bar,
    percent,
    place_axes,
    write,
)
from lessons_lib.plots.pairs import shorten
from lessons_lib.plots.pictures import read_image

HEADER = 26
MAX_ANNOTATED = 16


def plot_heatmap(
    array,
    annotate: bool | None = None,
    title: str = "",
    *,
    row_names: Sequence[str] | None = None,
    column_names: Sequence[str] | None = None,
) -> LessonFigure:
    """Draws a table of numbers as colours, light is high: a checkerboard, a kernel, some pixels.

    Args:
        array: h×w numbers.
        annotate: write the numbers into the cells; by default where there are at most 16 a side.
        title: what it is.
        row_names: one for each row.
        column_names: one for each column.

    Raises:
        ValueError: another rank, NaN, names that do not fit, or too many cells to write into.
    """
    array = _read_grid(array, "array")
    height, width = array.shape
    if annotate is None:
        annotate = max(array.shape) <= MAX_ANNOTATED
    if annotate and max(array.shape) > MAX_ANNOTATED:
        raise ValueError(
            f"at most {MAX_ANNOTATED}×{MAX_ANNOTATED} cells can hold readable numbers, "
            f"got {height}×{width}: pass a part of it, or annotate=False."
        )
    cell = max(1, min(52, 480 // max(array.shape)))
    left = 16 if row_names is None else 30 + int(7.5 * max(len(str(name)) for name in row_names))
    top = (34 if title else 12) + (22 if column_names is not None else 0)
    panel_width, panel_height = width * cell, height * cell
    figure = LessonFigure(
        left + panel_width + 80,
        top + panel_height + 14,
        f"Heat map{', ' + title if title else ''}, {height} by {width} cells.",
    )
    axes = place_axes(figure, left, top, panel_width, panel_height)
    low, high = _common_range([array])
    _draw_cells(axes, array, annotate, cell, low, high)
    if title:
        write(figure, left, 16, title, ha="left")
    _name_cells(axes, row_names, column_names, array.shape)
    draw_colour_bar(figure, left + panel_width + 12, top, panel_height, low, high)
    return figure


def plot_confusion(confusion, class_names: Sequence[str] = CLASS_NAMES) -> LessonFigure:
    """Draws which class was taken for which: each row's shares, and each cell's share of all.

    Args:
        confusion: C×C counts of pixels, rows true, columns predicted.
        class_names: one for each class.

    Raises:
        ValueError: no square table of counts of the size that the names ask for.
    """
    confusion = _read_grid(confusion, "confusion")
    classes = len(class_names)
    if confusion.shape != (classes, classes) or (confusion < 0).any() or confusion.sum() == 0:
        raise ValueError(
            f"expected a {classes}×{classes} table of counts for {', '.join(class_names)}, "
            f"got shape {confusion.shape} with a sum of {confusion.sum():g}."
        )
    totals = confusion.sum(axis=1, keepdims=True)
    shares = np.divide(confusion, totals, out=np.zeros_like(confusion), where=totals > 0)
    cell = 104
    left, top, size = 140, 66, classes * cell
    figure = LessonFigure(
        left + size + 16,
        top + size + 14,
        f"Confusion matrix of {', '.join(class_names)}: rows are true classes and add up to "
        "100 %, columns are predicted classes.",
    )
    axes = place_axes(figure, left, top, size, size)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1.15)
    for row, column in np.ndindex(classes, classes):
        colour = "white" if shares[row, column] > 0.6 else INK
        style = {"ha": "center", "color": colour}
        share = percent(shares[row, column]) if totals[row] else "absent"
        of_all = percent(confusion[row, column] / confusion.sum())
        weight = "bold" if row == column else "normal"
        axes.text(column, row - 0.04, share, va="bottom", fontsize=14, fontweight=weight, **style)
        axes.text(column, row + 0.12, f"{of_all} of all", va="top", fontsize=8.5, **style)
    bare_axes(axes)
    axes.xaxis.tick_top()
    axes.set_xticks(range(classes), class_names, fontsize=10)
    axes.set_yticks(range(classes), class_names, fontsize=10)
    axes.tick_params(length=0)
    write(figure, left + size / 2, 20, "predicted class", color=QUIET)
    write(figure, 20, top + size / 2, "true class", color=QUIET, rotation=90)
    return figure


def plot_feature_maps(
    features,
    channels: Sequence[int],
    titles: Sequence[str] | None = None,
    *,
    image=None,
) -> LessonFigure:
    """Draws chosen channels of an image's feature map, light where a channel answers strongly.

    Args:
        features: h×w×c (or 1×h×w×c), one image's; or a mapping from the name of a row to such
            features, to compare the same channels: then each channel has one range of colours
            in all rows.
        channels: which, counted from 0.
        titles: one for each channel; by default its number.
        image: the photo, drawn first.

    Raises:
        ValueError: another rank, more than one image, or channels that are not there.
    """
    rows = features if isinstance(features, Mapping) else {"": features}
    rows = {str(name): read_features(one, str(name) or "features") for name, one in rows.items()}
    channels = [int(channel) for channel in channels]
    titles = [f"channel {channel}" for channel in channels] if titles is None else list(titles)
    depth = min(one.shape[-1] for one in rows.values())
    if not channels or len(titles) != len(channels) or not all(0 <= c < depth for c in channels):
        raise ValueError(
            f"expected channels from 0 to {depth - 1} and a title for each, "
            f"got {channels} and {len(titles)} titles."
        )
    photo = [] if image is None else [read_image(image)]
    panels_a_row = len(channels) + len(photo)
    lines_a_row = -(-panels_a_row // 8) if len(rows) == 1 else 1
    columns = -(-panels_a_row // lines_a_row)
    margin = GAP + (26 if len(rows) > 1 else 0)
    panel = min(150, (800 - margin) // columns - GAP)
    lines = len(rows) * lines_a_row
    step = panel + GAP + HEADER
    names = f" of {', '.join(rows)}" if len(rows) > 1 else ""
    size = "×".join(str(side) for side in next(iter(rows.values())).shape)
    figure = LessonFigure(
        margin + columns * (panel + GAP),
        lines * step,
        f"Feature maps{names}, {size}: {', '.join(titles)}.",
    )
    ranges = {c: _common_range([one[..., c] for one in rows.values()]) for c in channels}
    for row, (name, one) in enumerate(rows.items()):
        panels = [
            (title, one[..., c], ranges[c]) for title, c in zip(titles, channels, strict=True)
        ]
        if photo:
            panels.insert(0, ("photo", photo[0], (0, 255)))
        for index, (title, picture, (low, high)) in enumerate(panels):
            line, column = divmod(index, columns)
            left, top = margin + column * (panel + GAP), (row + line) * step + HEADER
            axes = place_axes(figure, left, top, panel, panel)
            axes.imshow(picture, vmin=low, vmax=high, cmap=COLOUR_MAP, interpolation="nearest")
            bare_axes(axes)
            write(figure, left + panel / 2, top - HEADER / 2, shorten(title, panel), fontsize=9)
        if len(rows) > 1:
            middle = row * step + HEADER + panel / 2
            style = {"rotation": 90, "color": QUIET, "fontsize": 9}
            write(figure, 15, middle, shorten(name, panel), **style)
    return figure


def plot_scales(image, feature_maps: Sequence, names: Sequence[str] | None = None) -> LessonFigure:
    """Draws the scales of an encoder: the same photo, coarser and coarser, described more richly.

    Args:
        image: uint8 or float [0,1], h×w×3.
        feature_maps: one image's features at each scale, shallow to deep, h×w×c or 1×h×w×c.
        names: of the taps.

    Raises:
        ValueError: another rank, more than one image, or names that are not one a scale.
    """
    photo = read_image(image)
    taps = [read_features(one, f"feature_maps[{i}]") for i, one in enumerate(feature_maps)]
    if not taps or (names is not None and len(names) != len(taps)):
        raise ValueError(
            f"expected at least one feature map and a name for each, "
            f"got {len(taps)} and {0 if names is None else len(names)} names."
        )
    columns = 1 + len(taps)
    panel = min(150, (800 - GAP) // columns - GAP)
    shapes = [f"{one.shape[0]}×{one.shape[1]}×{one.shape[2]}" for one in taps]
    figure = LessonFigure(
        columns * (panel + GAP) + GAP,
        HEADER + panel + (54 if names is not None else 36),
        f"A photo of {photo.shape[0]}×{photo.shape[1]} pixels and, coarser and coarser, the mean "
        f"answer of its features at the scales {', '.join(shapes)}.",
    )
    pictures = [photo, *(one.mean(axis=-1) for one in taps)]
    sizes = [f"{photo.shape[0]}×{photo.shape[1]}×3", *shapes]
    for index, (picture, size) in enumerate(zip(pictures, sizes, strict=True)):
        left = GAP + index * (panel + GAP)
        axes = place_axes(figure, left, HEADER, panel, panel)
        axes.imshow(picture, cmap=COLOUR_MAP, interpolation="nearest")
        bare_axes(axes)
        write(figure, left + panel / 2, HEADER / 2, size, fontsize=9.5)
        places = f"{picture.shape[0] * picture.shape[1]:,} places"
        text = places.replace("places", "pixels") if index == 0 else places
        write(figure, left + panel / 2, HEADER + panel + 14, text, fontsize=9, color=QUIET)
        if names is not None and index:
            style = {"fontsize": 7, "color": QUIET}
            write(
                figure, left + panel / 2, HEADER + panel + 34, _two_lines(names[index - 1]), **style
            )
    return figure


def plot_upsampling(small, upsampled: Mapping) -> LessonFigure:
    """Draws a small table and what ways of enlarging make of it, each number in its cell.

    Args:
        small: h×w numbers, such as 2×2.
        upsampled: from the way's name ("nearest", "bilinear", …) to its h'×w' result.

    Raises:
        ValueError: another rank, NaN, or tables too large to read.
    """
    grids = {"input": small} | dict(upsampled)
    grids = {str(name): _read_grid(grid, str(name)) for name, grid in grids.items()}
    largest = max(max(grid.shape) for grid in grids.values())
    if largest > MAX_ANNOTATED // 2:
        raise ValueError(
            f"at most {MAX_ANNOTATED // 2} cells a side can be read here, got {largest}."
        )
    tallest = max(grid.shape[0] for grid in grids.values())
    columns = sum(grid.shape[1] for grid in grids.values())
    cell = min(48, (800 - 24 * (len(grids) + 1)) // columns)
    figure = LessonFigure(
        24 * (len(grids) + 1) + columns * cell,
        40 + tallest * cell + 12,
        "Tables of numbers: "
        + "; ".join(f"{n}, {g.shape[0]}×{g.shape[1]}" for n, g in grids.items())
        + ".",
    )
    low, high = _common_range(grids.values())
    left = 24
    for name, grid in grids.items():
        height, width = grid.shape[0] * cell, grid.shape[1] * cell
        top = 40 + (tallest * cell - height) / 2
        axes = place_axes(figure, left, top, width, height)
        _draw_cells(axes, grid, True, cell, low, high)
        write(figure, left + width / 2, top - 16, name)
        left += width + 24
    return figure


def read_features(features, name: str = "features") -> np.ndarray:
    """Reads one image's features, h×w×c or 1×h×w×c, as float h×w×c."""
    array = np.asarray(features)
    if array.ndim == 4 and array.shape[0] == 1:
        array = array[0]
    if array.ndim != 3 or 0 in array.shape or not np.issubdtype(array.dtype, np.number):
        raise ValueError(
            f"{name}: expected the features of one image, h×w×channels, got shape {array.shape}"
            f"{'; pick one of its images with [0]' if array.ndim == 4 else ''}."
        )
    if not np.isfinite(array).all():
        raise ValueError(f"{name} contains NaN or infinity: look at what went into the network.")
    return array.astype(np.float64)


def _read_grid(array, name: str) -> np.ndarray:
    array = np.asarray(array)
    if array.ndim != 2 or array.size == 0 or not np.issubdtype(array.dtype, np.number):
        raise ValueError(
            f"{name}: expected a table of numbers, h×w, got shape {array.shape} of {array.dtype}."
        )
    if not np.isfinite(array).all():
        raise ValueError(f"{name} contains NaN or infinity.")
    return array.astype(np.float64)


def _draw_cells(
    axes: Axes, array: np.ndarray, annotate: bool, cell: int, low: float, high: float
) -> None:
    """Draws a table of colours, with its numbers if asked."""
    axes.imshow(array, cmap=COLOUR_MAP, vmin=low, vmax=high, interpolation="nearest", aspect="auto")
    bare_axes(axes)
    if annotate:
        for row, column in np.ndindex(*array.shape):
            value = array[row, column]
            text = f"{value:.0f}" if np.all(array == np.rint(array)) else f"{value:.2f}"
            light = value > low + 0.6 * (high - low)
            axes.text(
                column,
                row,
                text,
                ha="center",
                va="center",
                fontsize=min(11, cell / 4.2),
                color="black" if light else "white",
            )


def _name_cells(axes: Axes, row_names, column_names, shape: tuple[int, int]) -> None:
    for names, count, place in (
        (row_names, shape[0], axes.set_yticks),
        (column_names, shape[1], axes.set_xticks),
    ):
        if names is None:
            continue
        if len(names) != count:
            raise ValueError(f"there are {count} cells but {len(names)} names.")
        place(range(count), names, fontsize=9)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)


def _common_range(arrays) -> tuple[float, float]:
    low = min(float(array.min()) for array in arrays)
    high = max(float(array.max()) for array in arrays)
    return (low, high) if high > low else (low, low + 1)


def _two_lines(name: str) -> str:
    """Breaks a layer's long name in its middle, at an underscore."""
    parts = name.split("_")
    half = -(-len(parts) // 2)
    return "_".join(parts[:half]) + "\n" + "_".join(parts[half:])
