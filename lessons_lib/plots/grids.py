"""Numbers in a grid: heat maps, confusion, feature maps, upsampling and convolution by hand."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from lessons_lib.arguments import (
    is_listed,
    read_few,
    require_classes,
    require_flag,
    require_mapping,
    require_text,
    require_texts,
    require_whole,
    say,
)
from lessons_lib.classes import PET_CLASSES, Classes, percent
from lessons_lib.plots.figure import (
    COLOUR_MAP,
    FRAME,
    LINE_COLOURS,
    LessonFigure,
    Panel,
    bare_axes,
    draw_colour_bar,
    lay_out,
    picture_table,
)
from lessons_lib.plots.pictures import paint_values, read_image, resize_photo, to_array
from lessons_lib.signatures import tell_calls

MAX_ANNOTATED, LARGEST_TABLE = 16, 8  # cells a side
MAX_PANELS, MOST_PANELS = 8, 96  # in a row, in a figure
LARGEST_CONFUSION = 5  # classes whose cells hold two lines of text

Limits = tuple[float, float]
Names = Sequence | np.ndarray | None


def plot_heatmap(
    array: ArrayLike,
    annotate: bool | None = None,
    title: str = "",
    *,
    row_names: Names = None,
    column_names: Names = None,
) -> LessonFigure:
    """Draws a table of numbers as colours, light is high: a checkerboard, a kernel, some pixels.

    `array` is h×w; its numbers are written into the cells where there are at most 16 a side,
    unless `annotate` says otherwise.
    """
    if annotate is not None:
        require_flag("annotate", annotate)
    require_text("title", title)
    grid = _read_grid(array, "array")
    height, width = grid.shape
    fits = max(grid.shape) <= MAX_ANNOTATED
    if annotate and not fits:
        raise ValueError(
            f"at most {MAX_ANNOTATED}×{MAX_ANNOTATED} cells can hold readable numbers, "
            f"got {height}×{width}: pass a part of it, or annotate=False."
        )
    for names, count in ((row_names, height), (column_names, width)):
        if names is None:
            continue
        if not is_listed(names) or hasattr(names, "element_spec"):
            raise TypeError(f"names must be a list, one for each cell, but {say(names)} came.")
        if len(names) != count:
            raise ValueError(f"there are {count} cells but {len(names)} names.")
    alt_text = f"Heat map{title and ', ' + title}, {height} by {width} cells."
    names = tuple(None if given is None else list(given) for given in (row_names, column_names))
    looks = {"names": names, "annotate": fits and annotate is not False}
    figure, (axes,) = _draw_tables({title: grid}, alt_text, **looks)
    draw_colour_bar(figure, _value_range([grid]), ax=axes)
    return figure


def plot_confusion(confusion: ArrayLike, *, classes: Classes = PET_CLASSES) -> LessonFigure:
    """Draws which class was taken for which: each row's shares, and each cell's share of all.

    `confusion` are C×C counts of pixels, rows true, columns predicted.
    """
    require_classes(classes)
    counts, count, names = _read_grid(confusion, "confusion"), len(classes), classes.names
    if counts.shape != (count, count) or (counts < 0).any() or counts.sum() == 0:
        expected = f"a {count}×{count} table of counts for {', '.join(names)}"
        got = f"shape {counts.shape} with a sum of {counts.sum():g}"
        raise ValueError(f"expected {expected}, got {got}.")
    totals = counts.sum(axis=1, keepdims=True)
    shares = counts / np.where(totals > 0, totals, 1)
    say = np.vectorize(percent)
    texts = np.where(totals > 0, say(shares), "absent")
    alt_text = (
        f"Confusion matrix of {', '.join(names)}: rows are true classes and add up to "
        "100 %, columns are predicted classes."
    )
    is_large = count > LARGEST_CONFUSION
    side, size = (150 + 36 * count, 7) if is_large else (400, 14)
    figure, (axes,) = lay_out(side + 80, side, alt_text, [""])
    texts = np.where(is_large & (counts == 0), "", texts)
    draw_cells(axes, shares, texts, cmap="Blues", limits=(0, 1.15), names=(names, names), size=size)
    for text in axes.texts[:: count + 1]:
        text.set_fontweight("bold")
    if is_large:
        axes.tick_params(axis="x", rotation=90)
    else:
        below = {"textcoords": "offset points", "ha": "center", "va": "top", "fontsize": 8.5}
        for cell, share in zip(list(axes.texts), (counts / counts.sum()).flat, strict=True):
            cell.set_verticalalignment("bottom")
            said, colour = f"{percent(share)} of all", cell.get_color()
            axes.annotate(said, cell.get_position(), (0, -6), color=colour, **below)
    axes.xaxis.set_label_position("top")
    axes.set(xlabel="predicted class", ylabel="true class")
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
        features: h×w×c or 1×h×w×c, one image's; or a mapping from the name of a row to such
            features, to compare the same channels, each in one range of colours.
        channels: which, counted from 0, with their numbers as `titles` where none are given.
        image: the photo, uint8 or float [0,1], h×w×3, drawn first.
    """
    given = features if isinstance(features, Mapping) else {"": features}
    if not given:
        raise ValueError("features is empty: give at least one row of features.")
    maps = {str(name): read_features(one, str(name) or "features") for name, one in given.items()}
    channels = read_few(
        "channels", channels if isinstance(channels, Iterable) else [channels], MOST_PANELS
    )
    for channel in channels:
        require_whole("each of channels", channel)
    titles = [f"channel {channel}" for channel in channels] if titles is None else titles
    require_texts("titles", titles)
    depth = min(one.shape[-1] for one in maps.values())
    if not channels or len(titles) != len(channels) or not all(0 <= c < depth for c in channels):
        got = f"{channels} and {len(titles)} titles"
        raise ValueError(f"expected channels from 0 to {depth - 1}, each with a title, got {got}.")
    photo = [] if image is None else [Panel(partial(resize_photo, read_image(image)), "photo")]
    rows = [list(photo) for _ in maps]
    for channel, title in zip(channels, titles, strict=True):
        shown = [one[..., channel] for one in maps.values()]
        for row, values in zip(rows, shown, strict=True):
            row.append(Panel(partial(paint_values, values, *_value_range(shown)), title))
    if len(rows) == 1:
        wrapped = np.array_split(np.arange(len(rows[0])), -(-len(rows[0]) // MAX_PANELS))
        rows = [[rows[0][place] for place in places] for places in wrapped]
    compared = f" of {', '.join(maps)}" if len(maps) > 1 else ""
    size = say_shape(next(iter(maps.values())).shape)
    alt_text = f"Feature maps{compared}, {size}: {', '.join(titles)}."
    row_names = list(maps) if len(maps) > 1 else None
    return picture_table(rows, alt_text, largest=150, row_names=row_names)


def plot_scales(
    image: ArrayLike, feature_maps: Sequence[ArrayLike], names: Sequence[str]
) -> LessonFigure:
    """Draws the scales of an encoder: the same photo, coarser and coarser, described more richly.

    Args:
        image: uint8 or float [0,1], h×w×3.
        feature_maps: one image's at each scale, shallow to deep, h×w×c or 1×h×w×c, and their names.
    """
    photo = read_image(image)
    given = read_few("feature_maps", feature_maps, MAX_PANELS)
    maps = [read_features(one, f"feature_maps[{place}]") for place, one in enumerate(given)]
    require_texts("names", names)
    if not maps or len(names) != len(maps):
        got = f"{len(maps)} and {len(names)} names"
        raise ValueError(f"expected at least one feature map and a name for each, got {got}.")
    height, width, _ = photo.shape
    pixels = f"{height * width:,} pixels"
    panels = [Panel(partial(resize_photo, photo), say_shape(photo.shape), pixels)]
    for one, name in zip(maps, names, strict=True):
        mean = one.mean(axis=-1)
        paint = partial(paint_values, mean, *_value_range([mean]))
        panels.append(Panel(paint, say_shape(one.shape), f"{mean.size:,} places\n{name}"))
    alt_text = (
        f"A photo of {height}×{width} pixels and, coarser and coarser, the mean "
        f"answer of its features at the scales {', '.join(say_shape(one.shape) for one in maps)}."
    )
    return picture_table([panels], alt_text, largest=150)


def plot_upsampling(small: ArrayLike, upsampled: Mapping[str, ArrayLike]) -> LessonFigure:
    """Draws a small table and what ways of enlarging make of it, each number in its cell.

    `small` is h×w numbers, `upsampled` from a way's name to its h'×w' result, at most 8 a side.
    """
    require_mapping("upsampled", upsampled, "tables of numbers")
    if not upsampled:
        raise ValueError("upsampled is empty: give the result of at least one way of enlarging.")
    given = {"input": small, **upsampled}
    grids = {str(name): _read_grid(grid, str(name)) for name, grid in given.items()}
    largest = max(max(grid.shape) for grid in grids.values())
    if largest > LARGEST_TABLE:
        raise ValueError(f"at most {LARGEST_TABLE} cells a side can be read here, got {largest}.")
    said = "; ".join(f"{name}, {say_shape(grid.shape)}" for name, grid in grids.items())
    limits = _value_range(list(grids.values()))
    figure, _ = _draw_tables(grids, f"Tables of numbers: {said}.", limits=limits)
    return figure


def plot_window(patch: ArrayLike, kernel: ArrayLike, place: tuple[int, int]) -> LessonFigure:
    """Draws one step of a convolution in numbers: the window, the kernel, and their products.

    `patch` is h×w, at most 8 a side, `kernel` k×k, `place` row and column of the upper left corner
    of the window in the patch.
    """
    patch, kernel = _read_grid(patch, "patch"), _read_grid(kernel, "kernel")
    if max(patch.shape) > LARGEST_TABLE:
        size = say_shape(patch.shape)
        raise ValueError(f"patch: expected at most {LARGEST_TABLE} numbers a side, got {size}.")
    if not is_listed(place) or len(place) != 2:
        raise ValueError(
            f"place must be a row and a column, such as (0, 0), but {say(place)} came."
        )
    for start in place:
        require_whole("each of place", start)
    (row, column), (height, width) = place, kernel.shape
    window = patch[max(row, 0) : row + height, max(column, 0) : column + width]
    if window.shape != kernel.shape:
        raise ValueError(
            f"a window of {height}×{width} at {place} leaves the patch of "
            f"{say_shape(patch.shape)}: take a smaller row or column."
        )
    products = window * kernel
    total = f"{products.sum():g}".replace("-", "−")
    figure, (axes, *_) = _draw_tables(
        {"patch and window": patch, "kernel": kernel, f"products, sum {total}": products},
        f"A patch of {say_shape(patch.shape)} numbers with a window at row {row}, column "
        f"{column}; the kernel; their products, which add up to {total}.",
    )
    look = {"edgecolor": LINE_COLOURS[1], "clip_on": False, **FRAME}
    axes.add_patch(Rectangle((column - 0.5, row - 0.5), width, height, **look))
    return figure


def draw_cells(
    axes: Axes,
    values: np.ndarray,
    texts: np.ndarray | None,
    *,
    limits: Limits,
    cmap: str | Colormap = COLOUR_MAP,
    names: tuple[Names, Names] = (None, None),
    size: float | None = None,
) -> None:
    """Draws a table as colours, with a text in each cell and names of its rows and columns.

    `limits` are the numbers of the first and the last colour, `size` is that of the texts.
    """
    image = axes.imshow(values, cmap=cmap, vmin=limits[0], vmax=limits[1], interpolation="nearest")
    bare_axes(axes)
    axes.xaxis.tick_top()
    for axis, shown in zip((axes.yaxis, axes.xaxis), names, strict=True):
        if shown is not None:
            axis.set_ticks(range(len(shown)), [str(name) for name in shown])
    axes.tick_params(length=0)
    if texts is None:
        return
    brightness = image.to_rgba(values)[..., :3] @ (0.3, 0.6, 0.1)
    size = size or min(11, 120 / max(values.shape))
    for (row, column), text in np.ndenumerate(texts):
        colour = "black" if brightness[row, column] > 0.5 else "white"
        axes.text(column, row, text, ha="center", va="center", fontsize=size, color=colour)


def _draw_tables(
    tables: Mapping[str, np.ndarray],
    alt_text: str,
    *,
    limits: Limits | None = None,
    names: tuple[Names, Names] = (None, None),
    annotate: bool = True,
) -> tuple[LessonFigure, list[Axes]]:
    """Draws tables of numbers side by side, in colours of one range or of each table's own."""
    columns = [table.shape[1] for table in tables.values()]
    rows = max(len(table) for table in tables.values())
    cell = max(1, min(52, 700 // sum(columns), 480 // rows))
    margin = max((8 * len(str(name)) for name in names[0] or ()), default=0)
    width, height = 90 + margin + cell * sum(columns), 60 + cell * rows
    figure, all_axes = lay_out(width, height, alt_text, list(tables), width_ratios=columns)
    for axes, table in zip(all_axes, tables.values(), strict=True):
        texts = _say_numbers(table) if annotate else None
        draw_cells(axes, table, texts, limits=limits or _value_range([table]), names=names)
    return figure, all_axes


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


def _say_numbers(table: np.ndarray) -> np.ndarray:
    """Writes the numbers of a table alike: whole ones, or all with two decimals."""
    decimals = 0 if (table == np.rint(table)).all() else 2
    return np.vectorize(lambda value: f"{value:.{decimals}f}".replace("-", "−"))(table)


def _value_range(arrays: Sequence[np.ndarray]) -> Limits:
    """Returns the lowest and the highest number, or one above where all are equal."""
    low = min(float(array.min()) for array in arrays)
    high = max(float(array.max()) for array in arrays)
    return (low, high) if high > low else (low, low + 1)


def _read_grid(values: ArrayLike, name: str) -> np.ndarray:
    array = to_array(values, name)
    if array.ndim != 2 or array.size == 0:
        raise ValueError(f"{name}: expected a table of numbers, h×w, got shape {array.shape}.")
    return array.astype(np.float64)


def say_shape(shape: Sequence[int | None]) -> str:
    """Writes a shape as 64×64×96; sides that are left open as a question mark."""
    return "×".join("?" if side is None else str(side) for side in shape)


tell_calls(globals())
