"""Curves of training: loss, accuracy and mean IoU over the epochs, one run or several."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from lessons_lib.plots.figure import (
    GAP,
    LINE_COLOURS,
    QUIET,
    LessonFigure,
    line_style,
    place_axes,
    plain_axes,
    write,
)

PANELS = {
    "loss": "loss",
    "accuracy": "accuracy",
    "pixel_accuracy": "accuracy",
    "sparse_categorical_accuracy": "accuracy",
    "mean_iou": "mean IoU",
}
WIDTH = 800
PANELS_IN_A_ROW = 3
PANEL_HEIGHT = 200
AXIS_MARGIN = 44
END_MARGIN = 68
HEADER, FOOTER, LEGEND = 30, 44, 28
MAX_RUNS = len(LINE_COLOURS)
PARTS = ("training", "validation")
FAINT_STYLE = {"linestyle": ":", "linewidth": 1.1, "marker": ""}


def plot_history(histories, *, panels: Sequence[str] | None = None) -> LessonFigure:
    """Draws what was measured after every epoch: training against validation, or runs compared.

    Args:
        histories: what ``model.fit`` returns, its ``.history`` (from name to one number an
            epoch), or a mapping from the names of several runs to such histories.
        panels: names in the history, one panel each, without ``val_``; by default loss,
            accuracy and mean IoU, those of them that are there.

    Raises:
        ValueError: no epochs, measures of unequal length, or panels that were not measured.
    """
    runs = _read_runs(histories)
    first = next(iter(runs.values()))
    if panels is None:
        panels = [name for name in PANELS if name in first]
    for run_name, run in runs.items():
        missing = [name for name in panels if name not in run]
        if missing or not panels:
            raise ValueError(
                f"the history{run_name and ' of ' + repr(run_name)} holds {sorted(run)}, "
                f"but not {missing or list(PANELS)}."
            )
    compared = len(runs) > 1
    end_margin = GAP if compared else END_MARGIN
    columns = min(len(panels), PANELS_IN_A_ROW)
    rows = -(-len(panels) // PANELS_IN_A_ROW)
    panel_width = min(320, WIDTH // columns - AXIS_MARGIN - end_margin)
    row_height = HEADER + PANEL_HEIGHT + FOOTER
    figure = LessonFigure(
        columns * (AXIS_MARGIN + panel_width + end_margin),
        rows * row_height + (LEGEND if compared else 0),
        _describe(runs, panels),
    )
    for index, panel in enumerate(panels):
        row, column = divmod(index, PANELS_IN_A_ROW)
        left = AXIS_MARGIN + column * (AXIS_MARGIN + panel_width + end_margin)
        top = HEADER + row * row_height
        axes = place_axes(figure, left, top, panel_width, PANEL_HEIGHT)
        _draw_panel(axes, panel, runs)
        write(figure, left + panel_width / 2, top - 15, PANELS.get(panel, panel.replace("_", " ")))
    if compared:
        _add_run_legend(figure, runs, panels)
    return figure


def _read_runs(histories) -> dict[str, dict[str, np.ndarray]]:
    """Returns from run name (empty for a single run) to measures, each an array of epochs."""
    histories = getattr(histories, "history", histories)
    if not isinstance(histories, Mapping) or not histories:
        raise ValueError(
            "expected the history of a training (what train or model.fit returns), "
            f"got {type(histories).__name__}{' without any measure' if histories == {} else ''}."
        )
    is_comparison = all(
        isinstance(getattr(value, "history", value), Mapping) for value in histories.values()
    )
    if not is_comparison:
        histories = {"": histories}
    if len(histories) > MAX_RUNS:
        raise ValueError(f"at most {MAX_RUNS} runs can be told apart, got {len(histories)}.")
    return {
        str(name): _read_run(getattr(history, "history", history), name)
        for name, history in histories.items()
    }


def _read_run(history: Mapping, name: str) -> dict[str, np.ndarray]:
    run = {}
    for key, values in history.items():
        try:
            values = np.asarray(values, dtype=np.float64)
        except (TypeError, ValueError):
            continue
        if values.ndim == 1:
            run[key] = values
    lengths = {len(values) for values in run.values()}
    where = f" of {name!r}" if name else ""
    if len(lengths) > 1:
        raise ValueError(f"the history{where} has measures of unequal length: {sorted(lengths)}.")
    if lengths in (set(), {0}):
        raise ValueError(f"the history{where} has no epochs: train for at least one.")
    return run


def _draw_panel(axes: Axes, panel: str, runs: dict[str, dict[str, np.ndarray]]) -> None:
    """Draws each run's training and validation curve of one measure."""
    compared = len(runs) > 1
    ends = []
    for index, run in enumerate(runs.values()):
        for part, key in enumerate((panel, f"val_{panel}")):
            if key not in run:
                continue
            values = run[key]
            style = line_style(index if compared else part)
            if compared and part == 0 and f"val_{panel}" in run:
                style |= FAINT_STYLE
            epochs = np.arange(1, len(values) + 1)
            axes.plot(epochs, values, markevery=max(1, len(values) // 10), **style)
            ends.append((values[-1], PARTS[part], style["color"]))
    plain_axes(axes)
    axes.grid(axis="y", color="#dddddd", linewidth=0.8)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True, min_n_ticks=1))
    axes.set_xlabel("epoch", fontsize=9, color=QUIET)
    if panel == "loss":
        axes.set_ylim(bottom=0)
    if not compared:
        _write_ends(axes, ends)


def _write_ends(axes: Axes, ends: list[tuple[float, str, str]]) -> None:
    """Writes each curve's name beside its last point, pushed apart where they would overlap."""
    low, high = axes.get_ylim()
    line = 0.08 * (high - low)
    ends = sorted(end for end in ends if np.isfinite(end[0]))
    heights = []
    for value, _, _ in ends:
        heights.append(max(value, heights[-1] + line) if heights else value)
    for height, (_, text, colour) in zip(heights, ends, strict=True):
        axes.annotate(
            text,
            xy=(1, height),
            xycoords=("axes fraction", "data"),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
            color=colour,
            annotation_clip=False,
        )


def _add_run_legend(figure: LessonFigure, runs: dict, panels: Sequence[str]) -> None:
    lines = [Line2D([], [], label=name, **line_style(i)) for i, name in enumerate(runs)]
    if any(f"val_{panel}" in run for run in runs.values() for panel in panels):
        faint = line_style(0) | FAINT_STYLE | {"color": QUIET}
        lines = [
            *lines,
            Line2D([], [], label="dotted: training, the others: validation", **faint),
        ]
    figure.legend(
        handles=lines,
        loc="lower center",
        ncols=len(lines),
        frameon=False,
        fontsize=9,
        handlelength=2.6,
        columnspacing=1.4,
        borderaxespad=0.3,
    )


def _describe(runs: dict, panels: Sequence[str]) -> str:
    epochs = max(len(next(iter(run.values()))) for run in runs.values())
    has_validation = any(f"val_{panel}" in run for run in runs.values() for panel in panels)
    parts = "training and validation" if has_validation else "training"
    names = ", ".join(PANELS.get(panel, panel.replace("_", " ")) for panel in panels)
    compared = f", of {', '.join(runs)}" if len(runs) > 1 else ""
    return f"Curves of {names} over {epochs} epoch{'s' if epochs > 1 else ''}, {parts}{compared}."
