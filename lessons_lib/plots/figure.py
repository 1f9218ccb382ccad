"""The figure that every plot returns: it knows its own alternative text and its own PNG.

Made without pyplot, so nothing is shown twice, nothing stays open, and no backend is chosen
for the learner. Shown in a notebook it gives a PNG, and as plain text its alternative text,
which reads the same on every machine.
"""

import base64
import io
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib import colormaps, rc_context
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.container import Container
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from PIL import Image

from lessons_lib.arguments import require_number, require_text
from lessons_lib.classes import PET_CLASSES, Classes, PixelClass

DPI = 96
CORNER_ALPHAS = (0, 64, 128, 192)
PALETTE_SIZE, COMMON_COLOURS = 256, 40
CORNER_RADIUS = 8
GAP = 8
MAX_ROWS = 12
HEADER, CAPTION_LINE = 26, 13
NAME_MARGIN, COLOUR_BAR = 26, 70
WIDEST = 800

# Colour maps in so few steps keep their exact colours in a PNG's palette beside a photo.
COLOUR_MAP = colormaps["cividis"].resampled(48)
# Okabe and Ito (2008), in an order in which neighbours differ in lightness too.
LINE_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#000000")
ERROR_COLOUR = "#b3005e"
BAR_COLOUR = "#56b4e9"
INK = "#222222"
QUIET = "#666666"
LINE_STYLES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)))
LINE_MARKERS = ("o", "s", "^", "D", "v", "P")
FRAME: dict[str, Any] = {"fill": False, "linewidth": 2.5}
OUTLINE: dict[str, Any] = {"edgecolor": INK, "linewidth": 0.8}
GRID_LINES = {"axis": "y", "color": "#dddddd", "linewidth": 0.8}
LEGEND = {"loc": "outside lower center", "frameon": False, "fontsize": 10, "handleheight": 1.1}
STYLE: dict[Any, Any] = {
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "axes.labelsize": 9,
    "axes.labelcolor": QUIET,
    "axes.edgecolor": QUIET,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
}


class LessonFigure(Figure):
    """A matplotlib figure with one or two sentences of alternative text, `alt_text`."""

    def __init__(self, width: float, height: float, alt_text: str) -> None:
        """Makes an empty white figure of `width` × `height` pixels."""
        require_number("width", width, above=0)
        require_number("height", height, above=0)
        require_text("alt_text", alt_text)
        super().__init__(figsize=(width / DPI, height / DPI), dpi=DPI, facecolor="white")
        FigureCanvasAgg(self)
        self.alt_text = alt_text

    def __repr__(self) -> str:
        return self.alt_text

    __str__ = __repr__

    def draw(self, renderer: RendererBase) -> None:
        """Draws the figure, and lays it out the first time only: each time moves it by a hair."""
        super().draw(renderer)
        self.set_layout_engine("none")

    def to_array(self) -> np.ndarray:
        """Draws the figure; returns its pixels, uint8 height×width×3."""
        canvas = FigureCanvasAgg(self)
        canvas.draw()
        return np.asarray(canvas.buffer_rgba())[..., :3].copy()

    def to_png(self) -> bytes:
        """Draws the figure; returns a PNG file, see `encode_png`."""
        return encode_png(self.to_array())

    def _repr_mimebundle_(self, **_asked: object) -> tuple[dict, dict]:
        """Gives Jupyter the PNG and the alternative text."""
        return mimebundle(self.to_png(), self.alt_text)


def mimebundle(png: bytes | None, alt_text: str) -> tuple[dict, dict]:
    """Returns what Jupyter shows: data and metadata of a PNG (if any) and its alternative text."""
    if png is None:
        return {"text/plain": alt_text}, {}
    encoded = base64.b64encode(png).decode("ascii")
    return {"text/plain": alt_text, "image/png": encoded}, {"image/png": {"alt": alt_text}}


def encode_png(picture: np.ndarray) -> bytes:
    """Encodes uint8 height×width×3 as PNG, without date or author.

    Its palette of 256 colours makes it a third as large, so that notebooks stay small: those of
    `COLOUR_MAP` and the commonest (masks, paper, lines) stay exact; those of photos share the rest.
    White corners are round, and clear beyond: a sheet of paper on a dark page too, where no grey
    could be read on the page itself and on a light one.
    """
    height, width = picture.shape[:2]
    levels = _corner_levels(height, width).ravel()
    pixels = picture.reshape(-1, 3)
    is_paper = (pixels == 255).all(axis=-1)
    levels[~is_paper] = len(CORNER_ALPHAS)  # what is drawn there stays
    is_sheet = is_paper[[0, width - 1, -width, -1]].all()
    is_clear = is_sheet & (levels < len(CORNER_ALPHAS))
    alphas = CORNER_ALPHAS if is_clear.any() else ()
    size = PALETTE_SIZE - len(alphas)
    place_values = np.array([65536, 256, 1], np.uint32)
    codes = pixels @ place_values
    colours, counts = np.unique(codes, return_counts=True)
    if len(colours) > size:
        of_colour_map = COLOUR_MAP(range(COLOUR_MAP.N), bytes=True)[:, :3] @ place_values
        in_colour_map = np.isin(colours, of_colour_map)
        first = np.lexsort((-counts, ~in_colour_map))
        exact = colours[first[: COMMON_COLOURS + in_colour_map.sum()]]
        others = ~np.isin(codes, exact)
        strip = Image.fromarray(pixels[others][np.newaxis])
        shared = strip.quantize(size - len(exact), method=Image.Quantize.MEDIANCUT)
        pixels = pixels.copy()
        pixels[others] = np.asarray(shared.convert("RGB"))[0]
    palette, indices = np.unique(pixels, axis=0, return_inverse=True)
    indices = np.where(is_clear, levels, indices.ravel() + len(alphas))
    image = Image.fromarray(indices.reshape(height, width).astype(np.uint8), mode="P")
    image.putpalette(b"\xff" * 3 * len(alphas) + palette.tobytes())
    stream = io.BytesIO()
    transparency = {"transparency": bytes(alphas)} if alphas else {}
    image.save(stream, format="PNG", optimize=True, **transparency)
    return stream.getvalue()


def _corner_levels(height: int, width: int) -> np.ndarray:
    """How clear each pixel is, height×width: 0 outside the round corners, 4 inside of them."""
    reach = CORNER_RADIUS - 0.5
    rows, columns = (np.arange(side) for side in (height, width))
    away = [
        np.maximum(0, np.maximum(reach - one, one - (len(one) - 1 - reach)))
        for one in (rows, columns)
    ]
    inside = CORNER_RADIUS - np.hypot(away[0][:, np.newaxis], away[1]) + 0.5
    return np.rint(np.clip(inside, 0, 1) * len(CORNER_ALPHAS)).astype(int)


def lay_out(
    width: float,
    height: float,
    alt_text: str,
    titles: Sequence[str],
    *,
    mosaic: list[list[Any]] | None = None,
    **options: Any,
) -> tuple[LessonFigure, list[Axes]]:
    """Makes a figure of one axes for each title, around which matplotlib leaves room.

    They stand side by side or as `mosaic` says, where axes are numbered from 0. Width and height
    are the figure's, in pixels; `options` are further ones of ``Figure.subplot_mosaic``.
    """
    figure = LessonFigure(width, height, alt_text)
    figure.set_layout_engine("constrained", w_pad=GAP / DPI, h_pad=GAP / DPI)
    with rc_context(STYLE):
        places = figure.subplot_mosaic(mosaic or [list(range(len(titles)))], **options)
        for number, title in enumerate(titles):
            places[number].set_title(title)
    return figure, [places[number] for number in range(len(titles))]


def place_axes(figure: LessonFigure, left: float, top: float, width: float, height: float) -> Axes:
    """Adds axes at a place given in pixels from the upper left corner of the figure."""
    figure_width, figure_height = figure.get_size_inches() * DPI
    bottom = figure_height - top - height
    return figure.add_axes(
        (left / figure_width, bottom / figure_height, width / figure_width, height / figure_height)
    )


def write(figure: LessonFigure, left: float, top: float, text: str, **style: Any) -> None:
    """Writes text at a place given in pixels from the upper left corner of the figure."""
    figure_width, figure_height = figure.get_size_inches() * DPI
    style = {"ha": "center", "va": "center", "fontsize": 10, "color": INK} | style
    figure.text(left / figure_width, 1 - top / figure_height, text, **style)


def draw_colour_bar(figure: LessonFigure, limits: tuple[float, float], **place: Any) -> None:
    """Draws what `COLOUR_MAP` means between two numbers; `place` is for ``Figure.colorbar``."""
    bar = figure.colorbar(ScalarMappable(Normalize(*limits), COLOUR_MAP), **place)
    bar.ax.tick_params(labelsize=9)
    bar.outline.set_linewidth(0.8)


def class_look(one: PixelClass) -> dict[str, Any]:
    """Returns how bars and patches of a class look, its outline to be seen on its own colour."""
    colours = {"facecolor": one.colour, "edgecolor": "#c0c0c0" if one.is_dark else INK}
    return {**colours, "linewidth": OUTLINE["linewidth"], "hatch": one.hatch}


def class_patches(classes: Classes = PET_CLASSES) -> list[Patch]:
    """Returns the legend's patches for the classes."""
    return [Patch(**class_look(one), label=one.name) for one in classes.drawn]


def patch(colour: str, label: str) -> Patch:
    """Returns one patch for a legend."""
    return Patch(facecolor=colour, label=label, **OUTLINE)


def line_look(index: int) -> dict[str, Any]:
    """Returns the look of the curve of that number: colour, dashes and marker all differ."""
    looks = {"color": LINE_COLOURS[index], "linestyle": LINE_STYLES[index]}
    return {**looks, "marker": LINE_MARKERS[index], "markersize": 4, "linewidth": 1.8}


def curve_look(index: int, *, validation: bool) -> dict[str, Any]:
    """Returns the look of a run's curve: training is dashed, validation solid, everywhere."""
    looks = {"color": LINE_COLOURS[index], "marker": LINE_MARKERS[index], "markersize": 4}
    if validation:
        return {**looks, "linestyle": "-", "linewidth": 1.8}
    return {**looks, "linestyle": "--", "linewidth": 1.1, "markerfacecolor": "none"}


def legend_columns(handles: Sequence[Artist | Container], width: float) -> int:
    """Returns how many entries of a legend fit beside each other: all, or columns of one width."""
    widths = [56 + 7.5 * len(str(handle.get_label())) for handle in handles]
    return len(handles) if sum(widths) <= width else max(1, int(width // max(widths)))


def legend_height(handles: Sequence[Artist | Container], width: float) -> int:
    """Returns the height of a legend in pixels, 0 where there is none."""
    return 14 + 20 * -(-len(handles) // legend_columns(handles, width)) if handles else 0


def add_legend(figure: LessonFigure, handles: Sequence[Artist | Container]) -> None:
    """Writes a legend at the figure's lower side, in one line where it fits."""
    columns = legend_columns(handles, figure.get_size_inches()[0] * DPI)
    figure.legend(handles=handles, ncols=columns, **LEGEND)


def bare_axes(axes: Axes) -> None:
    """Takes away ticks and frame: for pictures."""
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)


class Panel(NamedTuple):
    """One picture: what paints it (uint8) in a size in pixels, and what stands above and below."""

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
    """Lays out at most 12 rows of pictures, whose longer side is `largest` pixels at most.

    `colour_range` is the lowest and highest number that `COLOUR_MAP` stands for, shown by a bar.
    """
    if len(rows) > MAX_ROWS:
        advice = "pass a part, for example images[:4]"
        raise ValueError(f"at most {MAX_ROWS} pictures fit one figure, got {len(rows)}: {advice}.")
    if row_names is not None and len(row_names) != len(rows):
        raise ValueError(f"there are {len(rows)} images but {len(row_names)} names.")
    margin = GAP + (NAME_MARGIN if row_names is not None else 0)
    bar = COLOUR_BAR if colour_range else 0
    columns = max(len(row) for row in rows)
    side = min(largest, (WIDEST - margin - bar) // columns - GAP)
    painted = [[panel.paint(side) for panel in row] for row in rows]
    heights = [max(len(picture) for picture in pictures) for pictures in painted]
    tops, bottom = [], 0
    for row, height in zip(rows, heights, strict=True):
        tops.append(bottom + HEADER * any(panel.title for panel in row))
        lines = max(len(panel.caption.splitlines()) for panel in row)
        bottom = tops[-1] + height + lines * CAPTION_LINE + GAP
    width = margin + columns * (side + GAP) + bar
    figure = LessonFigure(width, bottom + legend_height(legend, width), alt_text)
    for row, (top, height) in enumerate(zip(tops, heights, strict=True)):
        for column, picture in enumerate(painted[row]):
            left = margin + column * (side + GAP)
            _draw_panel(figure, rows[row][column], picture, (left, top, side, height))
        if row_names is not None:
            name = shorten(str(row_names[row]), height)
            write(figure, 15, top + height / 2, name, rotation=90, color=QUIET, fontsize=9)
    if colour_range:
        bar_axes = place_axes(figure, width - bar + 4, tops[0], 14, heights[0])
        draw_colour_bar(figure, colour_range, cax=bar_axes)
    if legend:
        add_legend(figure, legend)
    return figure


def shorten(text: str, width: int) -> str:
    """Cuts text that would not fit `width` pixels at the size of our titles."""
    letters = max(6, int(width / 7.5))
    return text if len(text) <= letters else text[: letters - 1] + "…"


def _draw_panel(
    figure: LessonFigure, panel: Panel, picture: np.ndarray, place: tuple[int, int, int, int]
) -> None:
    """Shows a picture pixel for pixel in the middle of its place: left, top, width, height."""
    left, top, width, height = place
    rows, columns = picture.shape[:2]
    left, top = left + (width - columns) // 2, top + (height - rows) // 2
    axes = place_axes(figure, left, top, columns, rows)
    axes.imshow(picture, interpolation="nearest", aspect="auto")
    bare_axes(axes)
    axes.set_title(shorten(panel.title, width), fontsize=10)
    axes.set_xlabel(panel.caption, fontsize=8, color=QUIET)
