"""Numbers in a grid: heat maps, confusion, feature maps, the five scales, upsampling by hand."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap
from numpy.typing import ArrayLike

from lessons_lib.classes import CLASS_NAMES, percent
from lessons_lib.plots.figure import (
    COLOUR_MAP,
    QUIET,
    LessonFigure,
    bare_axes,
    draw_colour_bar,
    lay_out,
)
from lessons_lib.plots.pictures import paint_values, read_image, resize_photo, to_array
from lessons_lib.plots.tables import Panel, picture_table

MAX_ANNOTATED = 16
MAX_PANELS = 8


def plot_heatmap(
    array: ArrayLike,
    annotate: bool | None = None,
    title: str = "",
    *,
    row_names: Sequence[str] | None = None,
    column_names: Sequence | np.ndarray | None = None,
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
    grid = _read_grid(array, "array")
    height, width = grid.shape
    if annotate is None:
        annotate = max(grid.shape) <= MAX_ANNOTATED
    if annotate and max(grid.shape) > MAX_ANNOTATED:
        raise ValueError(
            f"at most {MAX_ANNOTATED}×{MAX_ANNOTATED} cells can hold readable numbers, "
            f"got {height}×{width}: pass a part of it, or annotate=False."
        )
    for names, count in ((row_names, height), (column_names, width)):
        if names is not None and len(names) != count:
            raise ValueError(f"there are {count} cells but {len(names)} names.")
    cell = max(1, min(52, 480 // max(grid.shape)))
    left = max((8 * len(str(name)) for name in row_names or ()), default=0)
    top = 40 if column_names is None else 60
    alt_text = f"Heat map{', ' + title if title else ''}, {height} by {width} cells."
    figure, (axes,) = lay_out(left + width * cell + 80, top + height * cell, alt_text, [title])
    limits = _range([grid])
    texts = _say_numbers(grid) if annotate else None
    draw_cells(axes, grid, texts, limits=limits, names=(row_names, column_names))
    draw_colour_bar(figure, limits, ax=axes)
    return figure


def plot_confusion(confusion: ArrayLike) -> LessonFigure:
    """Draws which class was taken for which: each row's shares, and each cell's share of all.

    Args:
        confusion: 3×3 counts of pixels, rows true, columns predicted.

    Raises:
        ValueError: no square table of counts of the size that the classes ask for.
    """
    counts, classes = _read_grid(confusion, "confusion"), len(CLASS_NAMES)
    if counts.shape != (classes, classes) or (counts < 0).any() or counts.sum() == 0:
        raise ValueError(
            f"expected a {classes}×{classes} table of counts for {', '.join(CLASS_NAMES)}, "
            f"got shape {counts.shape} with a sum of {counts.sum():g}."
        )
    totals = counts.sum(axis=1, keepdims=True)
    shares = counts / np.where(totals > 0, totals, 1)
    texts = np.where(totals > 0, np.vectorize(percent)(shares), "absent")
    alt_text = (
        f"Confusion matrix of {', '.join(CLASS_NAMES)}: rows are true classes and add up to "
        "100 %, columns are predicted classes."
    )
    figure, (axes,) = lay_out(480, 400, alt_text, [""])
    names = (CLASS_NAMES, CLASS_NAMES)
    draw_cells(axes, shares, texts, cmap="Blues", limits=(0, 1.15), names=names, size=14)
    for text in list(axes.texts):
        column, row = (int(place) for place in text.get_position())
        text.set(va="bottom", fontweight="bold" if row == column else "normal")
        of_all = f"{percent(counts[row, column] / counts.sum())} of all"
        look = {"ha": "center", "va": "top", "fontsize": 8.5, "color": text.get_color()}
        axes.text(column, row + 0.1, of_all, **look)
    axes.xaxis.set_label_position("top")
    axes.set_xlabel("predicted class", color=QUIET)
    axes.set_ylabel("true class", color=QUIET)
    return figure


def plot_feature_maps(
    features: ArrayLike | Mapping[str, ArrayLike],
    channels: Iterable[int],
    titles: Sequence[str] | None = None,
    *,
    image: ArrayLike | None = None,
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
    given = features if isinstance(features, Mapping) else {"": features}
    maps = {str(name): read_features(one, str(name) or "features") for name, one in given.items()}
    channels = [int(channel) for channel in channels]
    titles = [f"channel {channel}" for channel in channels] if titles is None else titles
    depth = min(one.shape[-1] for one in maps.values())
    if not channels or len(titles) != len(channels) or not all(0 <= c < depth for c in channels):
        raise ValueError(
            f"expected channels from 0 to {depth - 1} and a title for each, "
            f"got {channels} and {len(titles)} titles."
        )
    photo = [] if image is None else [Panel(partial(resize_photo, read_image(image)), "photo")]
    ranges = [_range([one[..., c] for one in maps.values()]) for c in channels]
    rows = [
        photo
        + [
            Panel(partial(paint_values, one[..., c], *limits), title)
            for c, limits, title in zip(channels, ranges, titles, strict=True)
        ]
        for one in maps.values()
    ]
    if len(rows) == 1:
        wrapped = -(-len(rows[0]) // -(-len(rows[0]) // MAX_PANELS))
        rows = [rows[0][i : i + wrapped] for i in range(0, len(rows[0]), wrapped)]
    compared = f" of {', '.join(maps)}" if len(maps) > 1 else ""
    size = _say_shape(next(iter(maps.values())))
    alt_text = f"Feature maps{compared}, {size}: {', '.join(titles)}."
    row_names = list(maps) if len(maps) > 1 else None
    return picture_table(rows, alt_text, largest=150, row_names=row_names)


def plot_scales(
    image: ArrayLike, feature_maps: Sequence[ArrayLike], names: Sequence[str]
) -> LessonFigure:
    """Draws the scales of an encoder: the same photo, coarser and coarser, described more richly.

    Args:
        image: uint8 or float [0,1], h×w×3.
        feature_maps: one image's features at each scale, shallow to deep, h×w×c or 1×h×w×c.
        names: of the layers that they come from.

    Raises:
        ValueError: another rank, more than one image, or names that are not one a scale.
    """
    photo = read_image(image)
    maps = [read_features(one, f"feature_maps[{i}]") for i, one in enumerate(feature_maps)]
    if not maps or len(names) != len(maps):
        raise ValueError(
            f"expected at least one feature map and a name for each, "
            f"got {len(maps)} and {len(names)} names."
        )
    height, width = photo.shape[:2]
    panels = [Panel(partial(resize_photo, photo), _say_shape(photo), f"{height * width:,} pixels")]
    for one, name in zip(maps, names, strict=True):
        mean = one.mean(axis=-1)
        caption = f"{mean.size:,} places\n{name}"
        panels.append(Panel(partial(paint_values, mean, *_range([mean])), _say_shape(one), caption))
    return picture_table(
        [panels],
        f"A photo of {height}×{width} pixels and, coarser and coarser, the mean "
        f"answer of its features at the scales {', '.join(_say_shape(one) for one in maps)}.",
        largest=150,
    )


def plot_upsampling(small: ArrayLike, upsampled: Mapping[str, ArrayLike]) -> LessonFigure:
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
    said = "; ".join(f"{name}, {_say_shape(grid)}" for name, grid in grids.items())
    widths = [grid.shape[1] for grid in grids.values()]
    height = 60 + largest * min(48, 740 // sum(widths))
    alt_text = f"Tables of numbers: {said}."
    figure, all_axes = lay_out(800, height, alt_text, list(grids), width_ratios=widths)
    limits = _range(list(grids.values()))
    for axes, grid in zip(all_axes, grids.values(), strict=True):
        draw_cells(axes, grid, _say_numbers(grid), limits=limits)
    return figure


def draw_cells(
    axes: Axes,
    values: np.ndarray,
    texts: np.ndarray | None,
    *,
    limits: tuple[float, float],
    cmap: str | Colormap = COLOUR_MAP,
    names: tuple[Sequence | np.ndarray | None, Sequence | np.ndarray | None] = (None, None),
    size: float = 11,
) -> None:
    """Draws a table as colours, with a text in each cell and names of its rows and columns.

    `limits` are the numbers of the first and the last colour, `size` is that of the texts in
    points where there are few cells.
    """
    image = axes.imshow(values, cmap=cmap, vmin=limits[0], vmax=limits[1], interpolation="nearest")
    bare_axes(axes)
    axes.xaxis.tick_top()
    for axis, shown in zip((axes.yaxis, axes.xaxis), names, strict=True):
        if shown is not None:
            axis.set_ticks(range(len(shown)), [str(name) for name in shown])
    axes.tick_params(length=0, labelsize=9)
    if texts is None:
        return
    brightness = image.to_rgba(values)[..., :3] @ (0.3, 0.6, 0.1)
    size = min(size, 120 / max(values.shape))
    for (row, column), text in np.ndenumerate(texts):
        colour = "black" if brightness[row, column] > 0.5 else "white"
        axes.text(column, row, text, ha="center", va="center", fontsize=size, color=colour)


def read_features(features: ArrayLike, name: str = "features") -> np.ndarray:
    """Reads one image's features, h×w×c or 1×h×w×c, as float h×w×c."""
    array = to_array(features, name)
    if array.ndim == 4 and array.shape[0] == 1:
        array = array[0]
    if array.ndim != 3 or array.size == 0:
        raise ValueError(
            f"{name}: expected the features of one image, h×w×channels, got shape {array.shape}"
            f"{'; pick one of its images with [0]' if array.ndim == 4 else ''}."
        )
    return array.astype(np.float64)


def _read_grid(values: ArrayLike, name: str) -> np.ndarray:
    array = to_array(values, name)
    if array.ndim != 2 or array.size == 0:
        raise ValueError(f"{name}: expected a table of numbers, h×w, got shape {array.shape}.")
    return array.astype(np.float64)


def _say_numbers(grid: np.ndarray) -> np.ndarray:
    decimals = 0 if (grid == np.rint(grid)).all() else 2
    return np.vectorize(lambda value: f"{value:.{decimals}f}")(grid)


def _say_shape(array: np.ndarray) -> str:
    return "×".join(str(side) for side in array.shape)


def _range(arrays: list[np.ndarray]) -> tuple[float, float]:
    low = min(float(array.min()) for array in arrays)
    high = max(float(array.max()) for array in arrays)
    return (low, high) if high > low else (low, low + 1)
