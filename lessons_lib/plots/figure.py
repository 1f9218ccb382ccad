"""The figure that every plot returns: it knows its own alternative text and its own PNG.

Made without pyplot, so nothing is shown twice, nothing stays open, and no backend is chosen
for the learner. Shown in a notebook it gives a PNG, and as plain text its alternative text,
which reads the same on every machine.
"""

import base64
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps
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

from lessons_lib.classes import CLASSES

DPI = 96
PALETTE_SIZE = 256
COMMON_COLOURS = 40
GAP = 8

# Colour maps in so few steps keep their exact colours in a PNG's palette beside a photo.
COLOUR_MAP = colormaps["cividis"].resampled(48)
# Okabe and Ito (2008), in an order in which neighbours differ in lightness too.
LINE_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#000000")
ERROR_COLOUR = "#b3005e"
INVENTED_COLOUR = "#cc79a7"
BAR_COLOUR = "#56b4e9"
INK = "#222222"
QUIET = "#666666"


class LessonFigure(Figure):
    """A matplotlib figure with alternative text.

    Attributes:
        alt_text: one or two sentences that say what the picture shows, equal on every machine.
    """

    def __init__(self, width: float, height: float, alt_text: str) -> None:
        """Makes an empty white figure of `width` × `height` pixels."""
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
        """Draws the figure; returns a PNG file of at most 256 colours, without date or author.

        A third of the size of one in full colour, so that notebooks stay small.
        """
        return encode_png(self.to_array())

    def _repr_mimebundle_(self, **_asked: object) -> tuple[dict, dict]:
        """Gives Jupyter the PNG and the alternative text."""
        return mimebundle(self.to_png(), self.alt_text)


def mimebundle(png: bytes | None, alt_text: str) -> tuple[dict, dict]:
    """Returns what Jupyter shows: data and metadata of a PNG (if any) and its alternative text."""
    data = {"text/plain": alt_text}
    if png is None:
        return data, {}
    data["image/png"] = base64.b64encode(png).decode("ascii")
    return data, {"image/png": {"alt": alt_text}}


def encode_png(picture: np.ndarray) -> bytes:
    """Encodes uint8 height×width×3 as PNG with a palette, without date or author.

    The colours of `COLOUR_MAP` and the commonest (masks, paper, lines) stay exact; all others,
    those of photos, share the rest of the palette.
    """
    height, width = picture.shape[:2]
    places = np.array([65536, 256, 1], dtype=np.uint32)
    codes = picture.astype(np.uint32) @ places
    colours, inverse, counts = np.unique(codes, return_inverse=True, return_counts=True)
    colour_map = COLOUR_MAP(np.arange(COLOUR_MAP.N), bytes=True)[:, :3].astype(np.uint32) @ places
    in_colour_map = np.isin(colours, colour_map)
    counts[in_colour_map] += counts.sum()
    kept = COMMON_COLOURS + in_colour_map.sum() if len(colours) > PALETTE_SIZE else len(colours)
    exact = np.argsort(-counts, kind="stable")[:kept]
    index_of_colour = np.full(len(colours), -1)
    index_of_colour[exact] = np.arange(len(exact))
    indices = index_of_colour[inverse.reshape(height, width)]
    palette = np.stack([colours[exact] >> 16, colours[exact] >> 8, colours[exact]], axis=1) & 255

    others = indices < 0
    if others.any():
        strip = Image.fromarray(picture[others][np.newaxis])
        shared = strip.quantize(PALETTE_SIZE - len(exact), method=Image.Quantize.MEDIANCUT)
        indices[others] = np.asarray(shared)[0] + len(exact)
        shared_palette = np.array(shared.getpalette(), dtype=np.uint32).reshape(-1, 3)
        palette = np.concatenate([palette, shared_palette])

    image = Image.fromarray(indices.astype(np.uint8), mode="P")
    image.putpalette(palette[:PALETTE_SIZE].astype(np.uint8).tobytes())
    stream = io.BytesIO()
    image.save(stream, format="PNG", optimize=True)
    return stream.getvalue()


def lay_out(
    width: float, height: float, alt_text: str, titles: Sequence[str], **options: Any
) -> tuple[LessonFigure, list[Axes]]:
    """Makes a figure of one axes for each title, side by side, around which matplotlib leaves room.

    Width and height are the figure's, in pixels; `options` are further ones of ``Figure.subplots``.
    """
    figure = LessonFigure(width, height, alt_text)
    figure.set_layout_engine("constrained", w_pad=GAP / DPI, h_pad=GAP / DPI)
    all_axes = list(figure.subplots(1, len(titles), squeeze=False, **options)[0])
    for axes, title in zip(all_axes, titles, strict=True):
        axes.set_title(title, loc="left", fontsize=10, color=INK)
    return figure, all_axes


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
    if text:
        figure.text(left / figure_width, 1 - top / figure_height, text, **style)


def draw_colour_bar(figure: LessonFigure, limits: tuple[float, float], **place: Any) -> None:
    """Draws what `COLOUR_MAP` means between two numbers; `place` is for ``Figure.colorbar``."""
    bar = figure.colorbar(ScalarMappable(Normalize(*limits), COLOUR_MAP), **place)
    bar.ax.tick_params(labelsize=9, colors=INK)
    bar.outline.set_linewidth(0.8)


def class_patches() -> list[Patch]:
    """Returns the legend's patches for the classes: colour, hatching and outline."""
    return [patch(one.colour, one.name, one.hatch) for one in CLASSES]


def patch(colour: str, label: str, hatch: str | None = None) -> Patch:
    """Returns one patch for a legend."""
    return Patch(facecolor=colour, edgecolor=INK, linewidth=0.8, hatch=hatch, label=label)


def add_legend(figure: LessonFigure, handles: Sequence[Artist | Container]) -> None:
    """Writes a legend in one line at the figure's lower side."""
    is_laid_out = figure.get_layout_engine() is not None
    figure.legend(
        handles=handles,
        loc="outside lower center" if is_laid_out else "lower center",
        ncols=len(handles),
        frameon=False,
        fontsize=10,
        handlelength=2.4,
        handleheight=1.1,
        borderaxespad=0.4,
    )


def bare_axes(axes: Axes) -> None:
    """Takes away ticks and frame: for pictures."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)


def plain_axes(axes: Axes) -> None:
    """Takes away the frame's upper and right side and quietens the rest."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(QUIET)
    axes.tick_params(colors=INK, labelsize=9)
    axes.set_axisbelow(True)
