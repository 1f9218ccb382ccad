"""Bars: class shares, measures of regions, costs, scores before and after, histograms."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from lessons_lib.classes import CLASS_NAMES, CLASSES
from lessons_lib.plots.figure import (
    BAR_COLOUR,
    GAP,
    INK,
    LINE_COLOURS,
    QUIET,
    LessonFigure,
    add_legend,
    class_patches,
    percent,
    place_axes,
    plain_axes,
    write,
)
from lessons_lib.plots.pictures import describe_shares

if TYPE_CHECKING:
    from lessons_lib.data.regions import RegionMeasures

WIDTH = 720
BAR_HEIGHT = 34
LETTER_WIDTH = 7.2
SCORE_HATCHES = ("", "////", "....", "xx", "\\\\\\\\", "--")


def plot_shares(shares, title: str = "share of all pixels") -> LessonFigure:
    """Draws the share of each class as bars, or several rows of shares one below the other.

    Args:
        shares: shares of pet, background and border, which add up to 1; or a mapping from the
            name of a row (such as "pixels", "loss with weights 2 : 2 : 1") to such shares.
        title: what is shared out.

    Raises:
        ValueError: not three shares, or shares that do not add up to 1.
    """
    if isinstance(shares, Mapping):
        return _plot_stacked_shares({str(k): _read_shares(v) for k, v in shares.items()}, title)
    shares = _read_shares(shares)
    described = f"Bars, {title}: {describe_shares(shares)}."
    figure = LessonFigure(560, 46 + 3 * BAR_HEIGHT, described)
    axes = place_axes(figure, 96, 34, 380, 3 * BAR_HEIGHT)
    write(figure, 96, 16, title, ha="left")
    for row, (pet_class, share) in enumerate(zip(CLASSES, shares, strict=True)):
        axes.barh(row, share, 0.72, **_class_style(pet_class))
        axes.annotate(percent(share), (share, row), (6, 0), textcoords="offset points", va="center")
    axes.set_yticks(range(3), CLASS_NAMES)
    axes.set_xlim(0, 1.01 * max(shares))
    _horizontal(axes, 3)
    return figure


def plot_bars(
    labels: Sequence[str], values: Sequence[float], unit: str, title: str = ""
) -> LessonFigure:
    """Draws one horizontal bar for each label, with its number: a speed, a cost, a count.

    Args:
        labels: what was measured, first above.
        values: one finite number of 0 or more each.
        unit: of the values, such as "images a second".
        title: what is compared.

    Raises:
        ValueError: counts that differ, none at all, or values that are no bars.
    """
    labels = [str(label) for label in labels]
    values = np.asarray(values, dtype=np.float64)
    if values.shape != (len(labels),) or not labels:
        raise ValueError(
            f"expected one value for each label, got {len(labels)} labels and {values.size} values."
        )
    if not np.isfinite(values).all() or (values < 0).any():
        raise ValueError(f"bars need finite values of 0 or more, got {values.tolist()}.")
    margin = 24 + max(len(label) for label in labels) * LETTER_WIDTH
    margin = min(320, max(70, margin))
    figure = LessonFigure(
        WIDTH,
        46 + len(labels) * BAR_HEIGHT,
        f"Bars, {_joined(title, unit)}: {', '.join(labels)}.",
    )
    axes = place_axes(figure, margin, 34, WIDTH - margin - 90, len(labels) * BAR_HEIGHT)
    write(figure, margin, 16, _joined(title, unit), ha="left")
    largest = values.max()
    _draw_horizontal_bars(axes, labels, values, lambda value: format_value(value, largest))
    return figure


def plot_region_measures(measures: "RegionMeasures") -> LessonFigure:
    """Draws what tells the border band from the rest: size, thickness, and who touches whom.

    The values are not named for their classes, since that is the question.

    Args:
        measures: as ``lessons_lib.data.regions.measure_regions`` gives them: the trimap values,
            and for each its share of pixels, its thickness as a share of the picture's shorter
            side, and which values its region touches, in shares of its contacts.

    Raises:
        ValueError: other numbers of measures than values.
    """
    names = [f"value {value}" for value in measures.values]
    count = len(names)
    shares, thickness = (np.nan_to_num(m) for m in (measures.shares, measures.thickness))
    contacts = np.nan_to_num(measures.contacts)
    if shares.shape != (count,) or thickness.shape != (count,) or contacts.shape != (count, count):
        raise ValueError(
            f"expected measures of {count} values, got shares {shares.shape}, "
            f"thickness {thickness.shape} and contacts {contacts.shape}."
        )
    described = ", ".join(
        f"{name} {percent(share)}" for name, share in zip(names, shares, strict=True)
    )
    figure = LessonFigure(
        800,
        226,
        f"Three measures of the regions. Share of pixels: {described}. Thickness of each region. "
        "What each region touches.",
    )
    panels = (("share of pixels", shares), ("thickness, part of the side", thickness))
    for column, (title, values) in enumerate(panels):
        left = 76 + column * 260
        axes = place_axes(figure, left, 44, 130, 150)
        write(figure, left + 50, 20, title)
        _draw_horizontal_bars(axes, names, values, percent)
    axes = place_axes(figure, 630, 44, 150, 150)
    write(figure, 690, 20, "region (row) touches …")
    axes.imshow(contacts, cmap="Blues", vmin=0, vmax=1.3)
    for row, column in np.ndindex(count, count):
        text = "–" if row == column else percent(contacts[row, column])
        style = {"color": "white" if contacts[row, column] > 0.75 else INK, "fontsize": 10}
        axes.text(column, row, text, ha="center", va="center", **style)
    axes.set_xticks(range(count), names, fontsize=9)
    axes.set_yticks(range(count), names, fontsize=9)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    return figure


def plot_scores(
    scores: Mapping, measure: str = "IoU", class_names: Sequence[str] = CLASS_NAMES
) -> LessonFigure:
    """Draws a score of each class for several models side by side, with the range over seeds.

    Args:
        scores: from a model's name to one score for each class, (C,), or for each seed and
            class, (S, C): then the bar is the mean, the dots are the seeds, the line their range.
        measure: what the scores are, such as "IoU" or "precision".
        class_names: of the C classes.

    Raises:
        ValueError: no model, too many, or other numbers of classes.
    """
    tables = {str(name): np.atleast_2d(np.asarray(s, float)) for name, s in scores.items()}
    if not 1 <= len(tables) <= len(SCORE_HATCHES):
        raise ValueError(f"expected 1 to {len(SCORE_HATCHES)} models, got {len(tables)}.")
    classes = len(class_names)
    for name, table in tables.items():
        if table.ndim != 2 or table.shape[1] != classes or not len(table):
            raise ValueError(
                f"{name!r}: expected one {measure} for each of {classes} classes, "
                f"({classes},) or seeds×{classes}, got shape {np.shape(scores[name])}."
            )
    seeds = max(len(table) for table in tables.values())
    over = f", mean and range over {seeds} seeds" if seeds > 1 else ""
    figure = LessonFigure(
        720, 300, f"Bars, {measure} of {', '.join(class_names)} for {', '.join(tables)}{over}."
    )
    axes = place_axes(figure, 50, 34, 650, 200)
    write(figure, 50, 15, f"{measure}{over}", ha="left")
    width = 0.8 / len(tables)
    for index, (name, table) in enumerate(tables.items()):
        centres = np.arange(classes) + (index - (len(tables) - 1) / 2) * width
        _draw_scores(axes, centres, width, table, index, name)
    axes.set_xticks(range(classes), class_names, fontsize=10)
    axes.set_ylim(0, 1.08)
    axes.set_yticks(np.linspace(0, 1, 6))
    plain_axes(axes)
    axes.tick_params(axis="x", length=0, labelsize=10)
    axes.grid(axis="y", color="#dddddd", linewidth=0.8)
    add_legend(figure, [patch for patch in axes.containers if hasattr(patch, "patches")])
    return figure


def plot_histogram(values, label: str, *, bins: int = 20, limits=(0, 1)) -> LessonFigure:
    """Draws how often values of each size come, and their mean: such as the IoU of each image.

    Args:
        values: numbers of any shape; NaN (nothing to measure) is left out.
        label: what they are.
        bins: number of bars between the limits.
        limits: of the axis.

    Raises:
        ValueError: no number among the values.
    """
    values = np.asarray(values, dtype=np.float64).ravel()
    values = values[np.isfinite(values)]
    if not values.size:
        raise ValueError(f"{label}: there is no number to count.")
    figure = LessonFigure(560, 250, f"Histogram of {label}, {values.size} values, mean marked.")
    axes = place_axes(figure, 50, 34, 490, 165)
    axes.hist(values, bins=bins, range=limits, color=BAR_COLOUR, edgecolor=INK, linewidth=0.8)
    mean = values.mean()
    axes.axvline(mean, color=LINE_COLOURS[1], linewidth=2, linestyle="--")
    place = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points", "ha": "center"}
    axes.annotate(f"mean {mean:.2f}", (mean, 1), (0, 5), color=LINE_COLOURS[1], **place)
    axes.set_xlim(*limits)
    axes.set_xlabel(label, fontsize=10)
    axes.set_ylabel("how many", fontsize=10)
    plain_axes(axes)
    return figure


def format_value(value: float, largest: float) -> str:
    """Writes a number with as many digits as its company needs: 1,234 or 12.3 or 0.45."""
    decimals = 0 if largest >= 100 else 1 if largest >= 10 else 2
    return f"{value:,.{decimals}f}"


def _plot_stacked_shares(rows: dict[str, np.ndarray], title: str) -> LessonFigure:
    described = "; ".join(f"{row}: {describe_shares(shares)}" for row, shares in rows.items())
    margin = min(300, 24 + max(len(name) for name in rows) * LETTER_WIDTH)
    height = len(rows) * (BAR_HEIGHT + 4)
    figure = LessonFigure(WIDTH, 34 + height + 44, f"Stacked bars, {title}. {described}.")
    axes = place_axes(figure, margin, 34, WIDTH - margin - 2 * GAP, height)
    write(figure, margin, 16, title, ha="left")
    for row, shares in enumerate(rows.values()):
        starts = np.cumsum(shares) - shares
        for pet_class, start, share in zip(CLASSES, starts, shares, strict=True):
            axes.barh(row, share, 0.78, left=start, **_class_style(pet_class))
            if share >= 0.06:
                box = {"facecolor": "white", "edgecolor": "none", "pad": 1.5, "alpha": 0.9}
                centre = start + share / 2
                axes.text(
                    centre, row, percent(share), ha="center", va="center", fontsize=10, bbox=box
                )
    axes.set_yticks(range(len(rows)), rows)
    axes.set_xlim(0, 1.003)
    _horizontal(axes, len(rows))
    add_legend(figure, class_patches())
    return figure


def _read_shares(shares) -> np.ndarray:
    shares = np.asarray(shares, dtype=np.float64)
    if shares.shape != (len(CLASSES),) or not np.isfinite(shares).all() or (shares < 0).any():
        raise ValueError(
            f"expected {len(CLASSES)} shares ({', '.join(CLASS_NAMES)}) of 0 or more, "
            f"got {shares.tolist()}."
        )
    if abs(shares.sum() - 1) > 0.01:
        raise ValueError(f"shares add up to 1, but these add up to {shares.sum():.3g}.")
    return shares


def _class_style(pet_class) -> dict:
    return {
        "facecolor": pet_class.colour,
        "edgecolor": INK,
        "linewidth": 0.8,
        "hatch": pet_class.hatch,
    }


def _draw_scores(axes: Axes, centres, width: float, table: np.ndarray, index: int, name: str):
    """Draws one model's bars with, over several seeds, dots and range; writes the means."""
    colours = ("#999999", *LINE_COLOURS)
    absent = ~np.isfinite(table).any(axis=0)
    means = np.where(absent, np.nan, np.nanmean(np.where(absent, 0.0, table), axis=0))
    axes.bar(
        centres,
        np.nan_to_num(means),
        width * 0.92,
        color=colours[index],
        edgecolor="white",
        hatch=SCORE_HATCHES[index],
        label=name,
    )
    tops = means
    if len(table) > 1:
        axes.vlines(centres, table.min(axis=0), table.max(axis=0), color=INK, linewidth=1.5)
        for row in table:
            axes.plot(centres, row, "o", color="white", markeredgecolor=INK, markersize=4)
        tops = table.max(axis=0)
    for centre, mean, top in zip(centres, means, tops, strict=True):
        text, height = ("absent", 0) if np.isnan(mean) else (f"{mean:.2f}", top)
        style = {"ha": "center", "va": "bottom", "fontsize": 9, "color": INK}
        axes.annotate(text, (centre, height), (0, 4), textcoords="offset points", **style)


def _draw_horizontal_bars(axes: Axes, labels, values: np.ndarray, say) -> None:
    """Draws one bar for each label, first above, and writes its number at its end."""
    axes.barh(range(len(labels)), values, 0.72, color=BAR_COLOUR, edgecolor=INK, linewidth=0.8)
    for row, value in enumerate(values):
        axes.annotate(say(value), (value, row), (6, 0), textcoords="offset points", va="center")
    axes.set_yticks(range(len(labels)), labels)
    axes.set_xlim(0, 1.01 * values.max() or 1)
    _horizontal(axes, len(labels))


def _horizontal(axes: Axes, rows: int) -> None:
    """Leaves a horizontal bar chart its labels and takes away what the numbers say already."""
    axes.set_ylim(rows - 0.5, -0.5)
    axes.set_xticks([])
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.spines["left"].set_color(QUIET)
    axes.tick_params(axis="y", length=0, labelsize=10, colors=INK)


def _joined(title: str, unit: str) -> str:
    return f"{title}, {unit}" if title else unit
