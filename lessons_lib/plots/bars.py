"""Bars: class shares, measures of regions, costs, scores before and after, histograms."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from lessons_lib.classes import CLASS_NAMES, CLASSES, percent
from lessons_lib.plots.figure import (
    BAR_COLOUR,
    INK,
    LINE_COLOURS,
    QUIET,
    LessonFigure,
    add_legend,
    class_patches,
    lay_out,
    plain_axes,
)
from lessons_lib.plots.grids import draw_cells
from lessons_lib.plots.pictures import describe_shares

if TYPE_CHECKING:
    from lessons_lib.data.regions import RegionMeasures

WIDTH, BAR_HEIGHT, HEADER = 720, 34, 42
SCORE_COLOURS = ("#999999", *LINE_COLOURS)
SCORE_HATCHES = ("", "////", "....", "xx", "\\\\\\\\", "--")
OUTLINE: dict[str, Any] = {"edgecolor": INK, "linewidth": 0.8}


def plot_shares(
    shares: ArrayLike | Mapping[str, ArrayLike], title: str = "share of all pixels"
) -> LessonFigure:
    """Draws the share of each class as bars, or several rows of shares one below the other.

    Args:
        shares: shares of pet, background and border, which add up to 1; or a mapping from the
            name of a row (such as "pixels", "loss with weights 2 : 2 : 1") to such shares.
        title: what is shared out.

    Raises:
        ValueError: not three shares, or shares that do not add up to 1.
    """
    if isinstance(shares, Mapping):
        return _plot_stacked({str(name): _read_shares(row) for name, row in shares.items()}, title)
    shares = _read_shares(shares)
    alt_text = f"Bars, {title}: {describe_shares(shares)}."
    figure, (axes,) = lay_out(560, HEADER + 3 * BAR_HEIGHT, alt_text, [title])
    looks = {"color": [c.colour for c in CLASSES], "hatch": [c.hatch for c in CLASSES]}
    _draw_bars(axes, CLASS_NAMES, shares, percent, **looks)
    return figure


def plot_bars(labels: Sequence[str], values: ArrayLike, unit: str, title: str = "") -> LessonFigure:
    """Draws one horizontal bar for each label, with its number: a speed, a cost, a count.

    Args:
        labels: what was measured, first above.
        values: one finite number of 0 or more each.
        unit: of the values, such as "images a second".
        title: what is compared.

    Raises:
        ValueError: counts that differ, none at all, or values that are no bars.
    """
    values = np.asarray(values, dtype=np.float64)
    if values.shape != (len(labels),) or not len(labels):
        raise ValueError(
            f"expected one value for each label, got {len(labels)} labels and {values.size} values."
        )
    if not np.isfinite(values).all() or (values < 0).any():
        raise ValueError(f"bars need finite values of 0 or more, got {values.tolist()}.")
    title = f"{title}, {unit}" if title else unit
    alt_text = f"Bars, {title}: {', '.join(labels)}."
    figure, (axes,) = lay_out(WIDTH, HEADER + len(labels) * BAR_HEIGHT, alt_text, [title])
    decimals = 0 if values.max() >= 100 else 1 if values.max() >= 10 else 2
    _draw_bars(axes, labels, values, lambda value: f"{value:,.{decimals}f}")
    return figure


def plot_region_measures(measures: "RegionMeasures") -> LessonFigure:
    """Draws what tells the border band from the rest: size, thickness, and who touches whom.

    The values are not named for their classes, since that is the question.

    Args:
        measures: as ``lessons_lib.data.regions.measure_regions`` gives them: the trimap values,
            and for each its share of pixels, its thickness as a share of the picture's shorter
            side, and which values its region touches, in shares of its contacts.
    """
    names = [f"value {value}" for value in measures.values]
    shares, thickness = np.nan_to_num(measures.shares), np.nan_to_num(measures.thickness)
    contacts = np.nan_to_num(measures.contacts)
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


def plot_scores(scores: Mapping[str, ArrayLike], measure: str = "IoU") -> LessonFigure:
    """Draws a score of each class for several models side by side, with the range over seeds.

    Args:
        scores: from a model's name to one score for each class, (C,), or for each seed and
            class, (S, C): then the bar is the mean, the dots are the seeds, the line their range.
        measure: what the scores are, such as "IoU" or "precision".

    Raises:
        ValueError: no model, too many, or other numbers of classes.
    """
    tables = {str(name): np.atleast_2d(np.asarray(s, float)) for name, s in scores.items()}
    if not 1 <= len(tables) <= len(SCORE_HATCHES):
        raise ValueError(f"expected 1 to {len(SCORE_HATCHES)} models, got {len(tables)}.")
    classes = len(CLASS_NAMES)
    for name, table in tables.items():
        if table.ndim != 2 or table.shape[1] != classes or not len(table):
            raise ValueError(
                f"{name!r}: expected one {measure} for each of {classes} classes, "
                f"({classes},) or seeds×{classes}, got shape {np.shape(scores[name])}."
            )
    seeds = max(len(table) for table in tables.values())
    over = f", mean and range over {seeds} seeds" if seeds > 1 else ""
    alt_text = f"Bars, {measure} of {', '.join(CLASS_NAMES)} for {', '.join(tables)}{over}."
    figure, (axes,) = lay_out(WIDTH, 300, alt_text, [measure + over])
    width = 0.8 / len(tables)
    for index, (name, table) in enumerate(tables.items()):
        centres = np.arange(classes) + (index - (len(tables) - 1) / 2) * width
        looks = {"color": SCORE_COLOURS[index], "hatch": SCORE_HATCHES[index], "label": name}
        _draw_scores(axes, centres, width, table, looks)
    axes.set_xticks(range(classes), CLASS_NAMES)
    axes.set_ylim(0, 1.08)
    plain_axes(axes)
    axes.tick_params(axis="x", length=0, labelsize=10)
    axes.grid(axis="y", color="#dddddd", linewidth=0.8)
    add_legend(figure, axes.containers)
    return figure


def plot_histogram(values: ArrayLike, label: str, *, bins: int = 20) -> LessonFigure:
    """Draws how often scores of each size come, and their mean: such as the IoU of each image.

    Args:
        values: numbers from 0 to 1, of any shape; NaN (nothing to measure) is left out.
        label: what they are.
        bins: number of bars between 0 and 1.

    Raises:
        ValueError: no number among the values.
    """
    values = np.asarray(values, dtype=np.float64)
    values = values[np.isfinite(values)]
    if not values.size:
        raise ValueError(f"{label}: there is no number to count.")
    alt_text = f"Histogram of {label}, {values.size} values, mean marked."
    figure, (axes,) = lay_out(560, 250, alt_text, [""])
    axes.hist(values, bins=bins, range=(0, 1), color=BAR_COLOUR, **OUTLINE)
    mean, colour = values.mean(), LINE_COLOURS[1]
    axes.axvline(mean, color=colour, linewidth=2, linestyle="--")
    place = axes.get_xaxis_transform()
    axes.text(mean, 1.03, f"mean {mean:.2f}", color=colour, ha="center", transform=place)
    axes.set(xlim=(0, 1), xlabel=label, ylabel="how many")
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    plain_axes(axes)
    return figure


def _plot_stacked(rows: dict[str, np.ndarray], title: str) -> LessonFigure:
    described = "; ".join(f"{row}: {describe_shares(shares)}" for row, shares in rows.items())
    alt_text = f"Stacked bars, {title}. {described}."
    figure, (axes,) = lay_out(WIDTH, 78 + len(rows) * (BAR_HEIGHT + 4), alt_text, [title])
    table = np.array(list(rows.values()))
    starts = table.cumsum(axis=1) - table
    box = {"facecolor": "white", "edgecolor": "none", "pad": 1.5, "alpha": 0.9}
    for one in CLASSES:
        shares, left = table[:, one.label], starts[:, one.label]
        looks = {"color": one.colour, "hatch": one.hatch, **OUTLINE}
        bars = axes.barh(range(len(rows)), shares, 0.78, left=left, **looks)
        texts = [percent(share) if share >= 0.06 else "" for share in shares]
        axes.bar_label(bars, texts, label_type="center", bbox=box)
    _label_rows(axes, list(rows))
    axes.set_xlim(0, 1.003)
    add_legend(figure, class_patches())
    return figure


def _read_shares(shares: ArrayLike) -> np.ndarray:
    shares = np.asarray(shares, dtype=np.float64)
    if shares.shape != (len(CLASSES),) or not np.isfinite(shares).all() or (shares < 0).any():
        raise ValueError(
            f"expected {len(CLASSES)} shares ({', '.join(CLASS_NAMES)}) of 0 or more, "
            f"got {shares.tolist()}."
        )
    if abs(shares.sum() - 1) > 0.01:
        raise ValueError(f"shares add up to 1, but these add up to {shares.sum():.3g}.")
    return shares


def _draw_scores(
    axes: Axes, centres: np.ndarray, width: float, table: np.ndarray, looks: dict[str, Any]
) -> None:
    """Draws one model's bars with, over several seeds, dots and range; writes the means."""
    absent = np.isnan(table).all(axis=0)
    means = np.nanmean(np.where(absent, 0, table), axis=0)
    axes.bar(centres, means, width * 0.92, edgecolor="white", **looks)
    tops = means
    if len(table) > 1:
        tops = table.max(axis=0)
        axes.vlines(centres, table.min(axis=0), tops, color=INK, linewidth=1.5)
        dots = {"color": "white", "markeredgecolor": INK, "markersize": 4}
        axes.plot(centres, table.T, "o", **dots)
    texts = np.where(absent, "absent", [f"{mean:.2f}" for mean in means])
    for centre, text, top in zip(centres, texts, np.nan_to_num(tops), strict=True):
        axes.text(centre, top + 0.02, text, ha="center", va="bottom", fontsize=9, color=INK)


def _draw_bars(
    axes: Axes, labels: Sequence[str], values: np.ndarray, say: Callable[[float], str], **looks: Any
) -> None:
    """Draws one bar for each label, first above, and writes its number at its end."""
    looks = {"color": BAR_COLOUR} | OUTLINE | looks
    bars = axes.barh(range(len(labels)), values, 0.72, **looks)
    axes.bar_label(bars, [say(value) for value in values], padding=6)
    axes.set_xlim(0, 1.01 * values.max() or 1)
    _label_rows(axes, labels)


def _label_rows(axes: Axes, labels: Sequence[str]) -> None:
    """Names the rows of horizontal bars and takes away what the numbers say already."""
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.set_xticks([])
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.spines["left"].set_color(QUIET)
    axes.tick_params(axis="y", length=0, labelsize=10, colors=INK)
