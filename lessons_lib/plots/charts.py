"""Charts: bars of shares, costs and scores, histograms, curves of training, paths of descent."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.container import BarContainer
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from lessons_lib.arguments import (
    read_finite,
    read_numbers,
    require_classes,
    require_mapping,
    require_text,
    require_texts,
    require_whole,
    say,
)
from lessons_lib.classes import PET_CLASSES, Classes, percent
from lessons_lib.plots.figure import (
    BAR_COLOUR,
    COLOUR_MAP,
    GRID_LINES,
    INK,
    LINE_COLOURS,
    OUTLINE,
    QUIET,
    LessonFigure,
    add_legend,
    bare_axes,
    class_look,
    class_patches,
    curve_look,
    lay_out,
    legend_height,
    line_look,
)
from lessons_lib.plots.grids import draw_cells
from lessons_lib.plots.pictures import describe_shares
from lessons_lib.saying import say_numbers
from lessons_lib.signatures import tell_calls

if TYPE_CHECKING:
    from lessons_lib.data.regions import RegionMeasures

WIDTH, BAR_HEIGHT, HEADER = 720, 34, 42
CROWDED = 70  # letters that fit below the bars
NARROWEST = 26  # pixels of a bar that a number fits above
SCORE_COLOURS = ("#999999", *LINE_COLOURS)
SCORE_HATCHES = ("", "////", "....", "xx", "\\\\\\\\", "--")
PAPER = {"facecolor": "white", "edgecolor": "none", "pad": 1.5, "alpha": 0.9}
PANELS = {"loss": "loss", "accuracy": "accuracy", "mean_iou": "mean IoU"}
MOST_PATHS, CONTOURS, MOST_BINS = 4, 12, 200


def plot_shares(
    shares: ArrayLike | Mapping[str, ArrayLike],
    title: str = "share of all pixels",
    *,
    classes: Classes = PET_CLASSES,
) -> LessonFigure:
    """Draws the share of each class as bars, or several rows of shares one below the other.

    `shares` are one for each class, which add up to 1; or a mapping from the name of a row (such as
    "pixels", "loss with weights 2 : 2 : 1") to such shares. `title` says what is shared out.
    """
    require_text("title", title)
    if isinstance(shares, Mapping):
        if not shares:
            raise ValueError("shares is empty: give at least one row of shares.")
        rows = {str(name): _read_shares(row, classes) for name, row in shares.items()}
        return _plot_stacked(rows, title, classes)
    shares = _read_shares(shares, classes)
    alt_text = f"Bars, {title}: {describe_shares(shares, classes)}."
    figure, (axes,) = lay_out(560, HEADER + len(classes) * BAR_HEIGHT, alt_text, [title])
    _draw_bars(axes, classes.names, shares, percent)
    for bar, one in zip(axes.patches, classes, strict=True):
        bar.set(**class_look(one))
    return figure


def plot_bars(labels: Sequence[str], values: ArrayLike, unit: str, title: str = "") -> LessonFigure:
    """Draws one horizontal bar for each label, with its number: a speed, a cost, a count.

    `values` are one finite number of 0 or more for each label, in the `unit` that is written.
    """
    require_texts("labels", labels)
    require_text("unit", unit)
    require_text("title", title)
    values = read_numbers("values", values).astype(np.float64)
    count = len(labels)
    if values.shape != (count,) or not count:
        got = f"{count} labels and {values.size} values"
        raise ValueError(f"expected one value for each label, got {got}.")
    if not np.isfinite(values).all() or (values < 0).any():
        raise ValueError(f"bars need finite values of 0 or more, got {say_numbers(values)}.")
    title = f"{title}, {unit}" if title else unit
    alt_text = f"Bars, {title}: {', '.join(labels)}."
    figure, (axes,) = lay_out(WIDTH, HEADER + count * BAR_HEIGHT, alt_text, [title])
    decimals = 0 if values.max() >= 100 else 1 if values.max() >= 10 else 2
    _draw_bars(axes, labels, values, f"{{:,.{decimals}f}}".format)
    return figure


def plot_region_measures(measures: "RegionMeasures") -> LessonFigure:
    """Draws what tells the border band from the rest: size, thickness, and who touches whom.

    `measures` are those of ``lessons_lib.data.regions.measure_regions``. Their values are not named
    for their classes, since that is the question.
    """
    if not hasattr(measures, "contacts"):
        raise TypeError(f"measures must be what measure_regions returns, but {say(measures)} came.")
    names = [f"value {value}" for value in measures.values]
    measured = (measures.shares, measures.thickness, measures.contacts)
    shares, thickness, contacts = (np.nan_to_num(one) for one in measured)
    described = ", ".join(map("{} {}".format, names, map(percent, shares)))
    figure, axes = lay_out(
        800,
        226,
        f"Three measures of the regions. Share of pixels: {described}. Thickness of each region. "
        "What each region touches.",
        ["share of pixels", "thickness, part of the side", "region (row) touches …"],
    )
    _draw_bars(axes[0], names, shares, percent)
    _draw_bars(axes[1], names, thickness, percent)
    texts = np.vectorize(percent)(contacts)
    np.fill_diagonal(texts, "–")
    draw_cells(axes[2], contacts, texts, cmap="Blues", limits=(0, 1.3), names=(names, names))
    return figure


def plot_scores(
    scores: Mapping[str, ArrayLike], measure: str = "IoU", *, classes: Classes = PET_CLASSES
) -> LessonFigure:
    """Draws a score of each class for several models side by side, with the range over seeds.

    `scores` go from a model's name to one score for each class, (C,), or for each seed and class,
    (S, C): then the bar is the mean, the dots are the seeds, the line their range.
    """
    require_mapping("scores", scores, "one score for each class")
    require_text("measure", measure)
    require_classes(classes)
    tables = {str(name): np.atleast_2d(read_numbers(str(name), s)) for name, s in scores.items()}
    if not 1 <= len(tables) <= len(SCORE_HATCHES):
        raise ValueError(f"expected 1 to {len(SCORE_HATCHES)} models, got {len(tables)}.")
    count = len(classes)
    for name, table in tables.items():
        if table.ndim != 2 or table.shape[1] != count or not len(table):
            expected = f"one {measure} for each of {count} classes, ({count},) or seeds×{count}"
            raise ValueError(f"{name!r}: expected {expected}, got shape {table.shape}.")
        tables[name] = _read_scores(name, table)
    seeds = max(len(table) for table in tables.values())
    over = f", mean and range over {seeds} seeds" if seeds > 1 else ""
    alt_text = f"Bars, {measure} of {', '.join(classes.names)} for {', '.join(tables)}{over}."
    is_crowded = sum(map(len, classes.names)) > CROWDED
    height = 260 + 8 * max(map(len, classes.names)) if is_crowded else 300
    figure, (axes,) = lay_out(WIDTH, height, alt_text, [measure + over])
    width = 0.8 / len(tables)
    for index, (name, table) in enumerate(tables.items()):
        centres = np.arange(count) + (index - (len(tables) - 1) / 2) * width
        looks = {"color": SCORE_COLOURS[index], "hatch": SCORE_HATCHES[index], "label": name}
        _draw_scores(axes, centres, width, table, looks)
    axes.set_xticks(range(count), classes.names, rotation=90 if is_crowded else 0)
    axes.set_ylim(0, 1.08)
    axes.tick_params(axis="x", length=0, labelsize=10)
    axes.grid(**GRID_LINES)
    add_legend(figure, [one for one in axes.containers if isinstance(one, BarContainer)])
    return figure


def plot_histogram(values: ArrayLike, label: str, *, bins: int = 20) -> LessonFigure:
    """Draws how often scores of each size come, and their mean: such as the IoU of each image.

    `values` are numbers from 0 to 1, of any shape; NaN (nothing to measure) is left out.
    """
    require_text("label", label)
    require_whole("bins", bins, least=1, most=MOST_BINS)
    values = _read_scores("values", values)
    values = values[np.isfinite(values)]
    if not values.size:
        raise ValueError(f"{label}: there is no number to count.")
    alt_text = f"Histogram of {label}, {values.size} values, mean marked."
    figure, (axes,) = lay_out(560, 250, alt_text, [""])
    axes.hist(values, bins=bins, range=(0, 1), color=BAR_COLOUR, **OUTLINE)
    mean, colour = values.mean(), LINE_COLOURS[1]
    axes.axvline(mean, color=colour, linewidth=2, linestyle="--")
    place = axes.get_xaxis_transform()
    axes.text(mean, 1.03, f"mean {mean:.2f}", ha="center", color=colour, transform=place)
    axes.set(xlim=(0, 1), xlabel=label, ylabel="how many")
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    return figure


def plot_history(histories: Any, *, panels: Sequence[str] | None = None) -> LessonFigure:
    """Draws what was measured after every epoch: training against validation, or runs compared.

    Args:
        histories: what ``model.fit`` returns, its ``.history`` (from name to one number an
            epoch), or a mapping from the names of several runs to such histories.
        panels: names in the history, without ``val_``; by default loss, accuracy and mean IoU.
    """
    runs = _read_runs(histories)
    first = next(iter(runs.values()))
    panels = [name for name in PANELS if name in first] if panels is None else panels
    require_texts("panels", panels)
    panels = list(panels)
    for run_name, run in runs.items():
        missing = [name for name in panels if name not in run]
        if missing or not panels:
            where, wanted = run_name and f" of {run_name!r}", missing or list(PANELS)
            raise ValueError(f"the history{where} holds {sorted(run)}, but not {wanted}.")
    titles = [PANELS.get(panel, panel.replace("_", " ")) for panel in panels]
    compared = len(runs) > 1
    validated = any(f"val_{panel}" in run for run in runs.values() for panel in panels)
    epochs = max(len(values) for run in runs.values() for values in run.values())
    alt_text = (
        f"Curves of {', '.join(titles)} over {epochs} epoch{'s' if epochs > 1 else ''}, "
        f"training{' and validation' if validated else ''}"
        f"{', of ' + ', '.join(runs) if compared else ''}."
    )
    width = 800 if compared else min(800, 400 * len(panels))  # a legend needs the width
    figure, all_axes = lay_out(width, 302, alt_text, titles)
    for axes, panel in zip(all_axes, panels, strict=True):
        _draw_panel(axes, panel, runs)
    lines = []
    if compared:
        looks = [curve_look(index, validation=True) for index in range(len(runs))]
        lines = [Line2D([], [], label=name, **look) for name, look in zip(runs, looks, strict=True)]
    for kind in ["training", "validation"][: 1 + validated]:
        look = curve_look(0, validation=kind == "validation")
        look |= {"color": QUIET, "marker": ""} if compared else {}
        lines.append(Line2D([], [], label=kind, **look))
    add_legend(figure, lines)
    return figure


def plot_descent(
    paths: Mapping[str, ArrayLike], loss: Callable[[np.ndarray], np.ndarray]
) -> LessonFigure:
    """Draws the paths of at most four optimizers over the same loss, and the loss at each step.

    `paths` go from a name to the two weights after each step, steps×2, those at the start first;
    `loss` from weights, ...×2, to the loss there, .... Its minimum is at 0, 0.
    """
    require_mapping("paths", paths, "the two weights after each step")
    if not callable(loss):
        raise TypeError(f"loss must be a function of the weights, but {say(loss)} came.")
    read = {name: read_finite(name, path).astype(np.float64) for name, path in paths.items()}
    count = len(read)
    if not 0 < count <= MOST_PATHS:
        raise ValueError(f"expected 1 to {MOST_PATHS} paths, got {count}.")
    for name, path in read.items():
        if path.ndim != 2 or path.shape[1] != 2 or not len(path):
            raise ValueError(f"the path {name!r} must have shape steps×2, got {path.shape}.")
        if not path[0].any():
            raise ValueError(f"the path {name!r} must begin away from the minimum at 0, 0.")
    heights = {name: _heights(loss, path) for name, path in read.items()}
    ends = [f"{name} to {losses[-1]:.2g}" for name, losses in heights.items()]
    start = next(iter(heights.values()))[0]
    places = [index if index < count else "." for index in range(MOST_PATHS)]
    figure, (*maps, losses) = lay_out(
        800,
        400,
        f"Paths of optimizers over the contour lines of a loss, and the loss at each step, "
        f"from {start:.3g}: {', '.join(ends)}.",
        [*read, "loss"],
        mosaic=[[*places[:2], count], [*places[2:], count]],
        width_ratios=(1, 1, 1.25),
    )
    for index, (axes, name) in enumerate(zip(maps, read, strict=True)):
        _draw_path(axes, read[name], loss, LINE_COLOURS[index])
        every = max(1, len(heights[name]) // 10)
        losses.plot(heights[name], label=name, markevery=every, **line_look(index))
    losses.set(yscale="log", xlabel="step")
    losses.legend(frameon=False, fontsize=9)
    return figure


def _heights(loss: Callable, weights: np.ndarray) -> np.ndarray:
    """Calls the loss; raises TypeError or ValueError where it does not fit the weights, ...×2."""
    try:
        heights = np.asarray(loss(weights))
    except Exception as problem:  # the function is the learner's, or another library's
        raise TypeError(
            f"loss must be a function of one array of weights, ...×2, but {say(loss)} cannot be "
            f"called with {say(weights)} ({type(problem).__name__})."
        ) from problem
    if heights.shape != weights.shape[:-1] or heights.dtype.kind not in "iuf":
        raise ValueError(
            f"loss must give one number for each pair of weights, of shape {weights.shape[:-1]}, "
            f"but gave {say(heights)}; add the two parts up by .sum(axis=-1)."
        )
    if not np.isfinite(heights).all() or (heights < 0).any() or not heights.max() > 0:
        raise ValueError(
            "loss must give finite numbers of at least 0, and more than 0 away from its minimum at "
            "0, 0, but others came."
        )
    return heights


def _plot_stacked(rows: dict[str, np.ndarray], title: str, classes: Classes) -> LessonFigure:
    described = "; ".join(f"{row}: {describe_shares(rows[row], classes)}" for row in rows)
    alt_text = f"Stacked bars, {title}. {described}."
    legend = class_patches(classes.predicted)
    height = 44 + len(rows) * (BAR_HEIGHT + 4) + legend_height(legend, WIDTH)
    figure, (axes,) = lay_out(WIDTH, height, alt_text, [title])
    table = np.array(list(rows.values()))
    starts = table.cumsum(axis=1) - table
    for one, shares, left in zip(classes, table.T, starts.T, strict=True):
        bars = axes.barh(range(len(rows)), shares, 0.78, left=left, **class_look(one))
        texts = [percent(share) if share >= 0.06 else "" for share in shares]
        axes.bar_label(bars, texts, label_type="center", bbox=PAPER)
    _label_rows(axes, list(rows))
    axes.set_xlim(0, 1.003)
    add_legend(figure, legend)
    return figure


def _read_scores(name: str, scores: ArrayLike) -> np.ndarray:
    """Reads numbers from 0 to 1 or NaN; ValueError for others, such as percent."""
    array = read_numbers(name, scores).astype(np.float64)
    if (array < 0).any() or (array > 1).any():
        raise ValueError(
            f"{name}: expected scores from 0 to 1, but they run from {np.nanmin(array):g} to "
            f"{np.nanmax(array):g}; divide percent by 100."
        )
    return array


def _read_shares(shares: ArrayLike, classes: Classes) -> np.ndarray:
    require_classes(classes)
    shares = read_numbers("shares", shares).astype(np.float64)
    if shares.shape != (len(classes),) or not np.isfinite(shares).all() or (shares < 0).any():
        expected = f"{len(classes)} shares ({', '.join(classes.names)}) of 0 or more"
        raise ValueError(f"expected {expected}, got {say_numbers(shares)}.")
    if abs(shares.sum() - 1) > 0.01:
        raise ValueError(f"shares add up to 1, but these add up to {shares.sum():.3g}.")
    return shares


def _draw_scores(
    axes: Axes, centres: np.ndarray, width: float, table: np.ndarray, looks: dict[str, Any]
) -> None:
    """Draws one model's bars with, over several seeds, dots and range; writes the means."""
    absent = np.isnan(table).all(axis=0)
    shown = np.where(absent, 0, table)
    low, mean, high = (say(shown, axis=0) for say in (np.nanmin, np.nanmean, np.nanmax))
    several = len(table) > 1
    error = np.abs([low - mean, high - mean]) if several else None
    bars = axes.bar(centres, mean, 0.92 * width, yerr=error, ecolor=INK, edgecolor="white", **looks)
    if several:
        axes.plot(centres, table.T, "o", color="white", markeredgecolor=INK, markersize=4)
    if width * WIDTH / len(mean) >= NARROWEST:
        texts = [f"{one:.2f}" for one in mean]
        axes.bar_label(bars, np.where(absent, "absent", texts).tolist(), padding=3, fontsize=9)


def _draw_bars(
    axes: Axes, labels: Sequence[str], values: np.ndarray, say: Callable[[float], str]
) -> None:
    """Draws one bar for each label, first above, and writes its number at its end."""
    bars = axes.barh(range(len(labels)), values, 0.72, color=BAR_COLOUR, **OUTLINE)
    axes.bar_label(bars, [say(value) for value in values], padding=6)
    axes.set_xlim(0, 1.01 * values.max() or 1)
    _label_rows(axes, labels)


def _label_rows(axes: Axes, labels: Sequence[str]) -> None:
    """Names the rows of horizontal bars and takes away what the numbers say already."""
    axes.set_yticks(range(len(labels)), labels)
    axes.set(ylim=(len(labels) - 0.5, -0.5), xticks=[])
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(axis="y", length=0, labelsize=10)


def _read_runs(histories: Any) -> dict[str, dict[str, np.ndarray]]:
    """Returns from run name (empty for a single run) to measures, each an array of epochs."""
    histories = getattr(histories, "history", histories)
    if not isinstance(histories, Mapping) or not histories:
        got = "no measure" if isinstance(histories, Mapping) else say(histories)
        raise ValueError(f"expected the history of a training, what train returns, got {got}.")
    runs = {name: getattr(one, "history", one) for name, one in histories.items()}
    if not all(isinstance(run, Mapping) for run in runs.values()):
        runs = {"": histories}
    if len(runs) > len(LINE_COLOURS):
        raise ValueError(f"at most {len(LINE_COLOURS)} runs can be told apart, got {len(runs)}.")
    read = {}
    for name, history in runs.items():
        measures = {str(key): read_numbers(str(key), values) for key, values in history.items()}
        run = {key: values for key, values in measures.items() if values.ndim == 1}
        lengths, where = {len(values) for values in run.values()}, name and f" of {name!r}"
        if len(lengths) > 1:
            unequal = sorted(lengths)
            raise ValueError(f"the history{where} has measures of unequal length: {unequal}.")
        if lengths in (set(), {0}):
            raise ValueError(f"the history{where} has no epochs: train for at least one.")
        read[str(name)] = run
    return read


def _draw_panel(axes: Axes, panel: str, runs: dict[str, dict[str, np.ndarray]]) -> None:
    """Draws each run's curves of one measure."""
    for index, run in enumerate(runs.values()):
        for key in (key for key in (panel, f"val_{panel}") if key in run):
            look = curve_look(index, validation=key != panel)
            epochs = range(1, len(run[key]) + 1)
            axes.plot(epochs, run[key], markevery=max(1, len(epochs) // 10), **look)
    axes.grid(**GRID_LINES)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True, min_n_ticks=1))
    axes.set_xlabel("epoch")
    if panel == "loss":
        axes.set_ylim(bottom=0)


def _draw_path(axes: Axes, path: np.ndarray, loss: Callable, colour: str) -> None:
    """Draws one path on contour lines, inside the square around its start."""
    reach = 1.15 * np.abs(path[0]).max()
    ticks = np.linspace(-reach, reach, 120)
    heights = _heights(loss, np.stack(np.meshgrid(ticks, ticks), axis=-1))
    levels = heights.max() * np.linspace(0, 1, CONTOURS) ** 2  # closer where the loss is small
    axes.contour(ticks, ticks, heights, levels=levels[1:], cmap=COLOUR_MAP, linewidths=0.8)
    axes.plot(*path.T, color=colour, marker="o", markersize=3, linewidth=1.2)
    axes.plot(*path[0], color=INK, marker="s", markersize=6)
    axes.plot(0, 0, color=INK, marker="*", markersize=10)
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach))
    bare_axes(axes)


tell_calls(globals())
