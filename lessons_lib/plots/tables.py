"""Pictures in a table, each on whole pixels and painted at just the size that it is shown at.

So masks stay crisp and the border's stripes are the same everywhere.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist

from lessons_lib.plots.figure import (
    GAP,
    QUIET,
    LessonFigure,
    add_legend,
    bare_axes,
    draw_colour_bar,
    place_axes,
    write,
)

MAX_PICTURES = 12
HEADER, CAPTION_LINE, LEGEND = 26, 13, 34
NAME_MARGIN, COLOUR_BAR = 26, 70
WIDEST = 800


@dataclass(frozen=True)
class Panel:
    """One picture of a table.

    Attributes:
        paint: from a size to the picture, uint8, whose longer side is that many pixels.
        title: to write above it.
        caption: to write below it, one line or several.
    """

    paint: Callable[[int], np.ndarray]
    title: str = ""
    caption: str = ""


def picture_table(
    rows: Sequence[Sequence[Panel]],
    alt_text: str,
    *,
    largest: int = 180,
    row_names: Sequence[str] | None = None,
    legend: Sequence[Artist] = (),
    colour_range: tuple[float, float] | None = None,
) -> LessonFigure:
    """Lays out pictures row by row.

    Args:
        rows: the pictures.
        alt_text: what the figure shows.
        largest: longer side of a picture in pixels, where there is room for it.
        row_names: one for each row, or None.
        legend: what stands in it.
        colour_range: lowest and highest number that `COLOUR_MAP` stands for, to be shown by a bar.

    Raises:
        ValueError: more rows than fit one figure, or names that are not one a row.
    """
    if len(rows) > MAX_PICTURES:
        raise ValueError(
            f"at most {MAX_PICTURES} pictures fit one figure, got {len(rows)}: pass a part, "
            "for example images[:4]."
        )
    if row_names is not None and len(row_names) != len(rows):
        raise ValueError(f"there are {len(rows)} images but {len(row_names)} names.")
    margin = GAP + (NAME_MARGIN if row_names is not None else 0)
    columns = max(len(row) for row in rows)
    bar = COLOUR_BAR if colour_range else 0
    panel = min(largest, (WIDEST - margin - bar) // columns - GAP)
    painted = [[one.paint(panel) for one in row] for row in rows]
    spans, bottom = _stack(rows, painted)
    right = margin + columns * (panel + GAP)
    figure = LessonFigure(right + bar, bottom + (LEGEND if legend else 0), alt_text)
    for row, (top, height) in enumerate(spans):
        for column, (one, picture) in enumerate(zip(rows[row], painted[row], strict=True)):
            _draw_panel(figure, margin + column * (panel + GAP), top, panel, height, one, picture)
        if row_names is not None:
            text = shorten(str(row_names[row]), height)
            style = {"rotation": 90, "color": QUIET, "fontsize": 9}
            write(figure, NAME_MARGIN / 2 + 2, top + height / 2, text, **style)
    if colour_range:
        bar_axes = place_axes(figure, right + 4, spans[0][0], 14, spans[0][1])
        draw_colour_bar(figure, colour_range, cax=bar_axes)
    if legend:
        add_legend(figure, legend)
    return figure


def shorten(text: str, width: int) -> str:
    """Cuts text that would not fit `width` pixels at the size of our titles."""
    letters = max(6, int(width / 7.5))
    return text if len(text) <= letters else text[: letters - 1] + "…"


def _stack(
    rows: Sequence[Sequence[Panel]], painted: list[list[np.ndarray]]
) -> tuple[list[tuple[int, int]], int]:
    """Returns top and height of the pictures of each row in pixels, and where the last row ends."""
    spans, bottom = [], 0
    for row, pictures in zip(rows, painted, strict=True):
        top = bottom + (HEADER if any(one.title for one in row) else 0)
        height = max(picture.shape[0] for picture in pictures)
        lines = max(len(one.caption.splitlines()) for one in row)
        spans.append((top, height))
        bottom = top + height + lines * CAPTION_LINE + GAP
    return spans, bottom


def _draw_panel(
    figure: LessonFigure,
    left: int,
    top: int,
    width: int,
    height: int,
    panel: Panel,
    picture: np.ndarray,
) -> None:
    """Shows a picture pixel for pixel in the middle of its place, with title and caption."""
    axes = place_axes(figure, left, top, width, height)
    x, y = (width - picture.shape[1]) // 2, (height - picture.shape[0]) // 2
    extent = (x, x + picture.shape[1], y + picture.shape[0], y)
    axes.imshow(picture, extent=extent, interpolation="nearest", aspect="auto")
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    bare_axes(axes)
    middle = left + width / 2
    write(figure, middle, top - HEADER / 2, shorten(panel.title, width))
    write(figure, middle, top + height + 4, panel.caption, va="top", fontsize=8, color=QUIET)
