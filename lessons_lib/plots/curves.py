"""Curves of training: loss, accuracy and mean IoU over the epochs, one run or several."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from lessons_lib.plots.figure import (
    LINE_COLOURS,
    QUIET,
    LessonFigure,
    add_legend,
    lay_out,
    plain_axes,
)

PANELS = {
    "loss": "loss",
    "accuracy": "accuracy",
    "pixel_accuracy": "accuracy",
    "sparse_categorical_accuracy": "accuracy",
    "mean_iou": "mean IoU",
}
LINE_STYLES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)))
LINE_MARKERS = ("o", "s", "^", "D", "v", "P")
FAINT: dict[str, Any] = {"linestyle": ":", "linewidth": 1.1, "marker": ""}

Runs = dict[str, dict[str, np.ndarray]]


def plot_history(histories: Any, *, panels: Sequence[str] | None = None) -> LessonFigure:
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
    if panels is None:
        panels = [name for name in PANELS if name in next(iter(runs.values()))]
    for run_name, run in runs.items():
        missing = [name for name in panels if name not in run]
        if missing or not panels:
            raise ValueError(
                f"the history{run_name and ' of ' + repr(run_name)} holds {sorted(run)}, "
                f"but not {missing or list(PANELS)}."
            )
    titles = [PANELS.get(panel, panel.replace("_", " ")) for panel in panels]
    compared = len(runs) > 1
    validated = any(f"val_{panel}" in run for run in runs.values() for panel in panels)
    epochs = max(len(next(iter(run.values()))) for run in runs.values())
    figure, all_axes = lay_out(
        min(800, 400 * len(panels)),
        302 if compared else 274,
        f"Curves of {', '.join(titles)} over {epochs} epoch{'s' if epochs > 1 else ''}, "
        f"training{' and validation' if validated else ''}"
        f"{', of ' + ', '.join(runs) if compared else ''}.",
        titles,
    )
    for axes, panel in zip(all_axes, panels, strict=True):
        ends = _draw_panel(axes, panel, runs)
        if not compared:
            _write_ends(axes, ends)
    if compared:
        lines = [Line2D([], [], label=name, **_look(index)) for index, name in enumerate(runs)]
        if validated:
            faint: dict[str, Any] = _look(0) | FAINT | {"color": QUIET}
            lines.append(Line2D([], [], label="dotted: training, the others: validation", **faint))
        add_legend(figure, lines)
    return figure


def _read_runs(histories: Any) -> Runs:
    """Returns from run name (empty for a single run) to measures, each an array of epochs."""
    histories = getattr(histories, "history", histories)
    if not isinstance(histories, Mapping) or not histories:
        raise ValueError(
            "expected the history of a training (what train or model.fit returns), "
            f"got {type(histories).__name__}{' without any measure' if histories == {} else ''}."
        )
    runs = {name: getattr(one, "history", one) for name, one in histories.items()}
    if not all(isinstance(run, Mapping) for run in runs.values()):
        runs = {"": histories}
    if len(runs) > len(LINE_COLOURS):
        raise ValueError(f"at most {len(LINE_COLOURS)} runs can be told apart, got {len(runs)}.")
    return {str(name): _read_run(run, name) for name, run in runs.items()}


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


def _draw_panel(axes: Axes, panel: str, runs: Runs) -> list[tuple[float, str, str]]:
    """Draws each run's curves of one measure; returns where each ends, its name and its colour."""
    compared, ends = len(runs) > 1, []
    for index, run in enumerate(runs.values()):
        for part, key in enumerate((panel, f"val_{panel}")):
            if key not in run:
                continue
            values, look = run[key], _look(index if compared else part)
            if compared and key == panel and f"val_{panel}" in run:
                look |= FAINT
            epochs = range(1, len(values) + 1)
            axes.plot(epochs, values, markevery=max(1, len(values) // 10), **look)
            ends.append((values[-1], ("training", "validation")[part], look["color"]))
    plain_axes(axes)
    axes.grid(axis="y", color="#dddddd", linewidth=0.8)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True, min_n_ticks=1))
    axes.set_xlabel("epoch", fontsize=9, color=QUIET)
    if panel == "loss":
        axes.set_ylim(bottom=0)
    return ends


def _write_ends(axes: Axes, ends: list[tuple[float, str, str]]) -> None:
    """Writes each curve's name beside its last point, pushed apart where they would overlap."""
    low, high = axes.get_ylim()
    height = -np.inf
    for value, name, colour in sorted(end for end in ends if np.isfinite(end[0])):
        height = max(value, height + 0.08 * (high - low))
        place = axes.get_yaxis_transform()
        axes.text(1.02, height, name, va="center", fontsize=9, color=colour, transform=place)


def _look(index: int) -> dict[str, Any]:
    """Returns the look of the curve of that number: colour, dashes and marker all differ."""
    return {
        "color": LINE_COLOURS[index],
        "linestyle": LINE_STYLES[index],
        "marker": LINE_MARKERS[index],
        "markersize": 4,
        "linewidth": 1.8,
    }
