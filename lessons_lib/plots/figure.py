"""The figure that every plot returns: it knows its own alternative text and its own PNG.

Made without pyplot, so nothing is shown twice, nothing stays open, and no backend is chosen
for the learner. Shown in a notebook it gives a PNG, and as plain text its alternative text,
which reads the same on every machine.
"""

import base64
import io
from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
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
LINE_STYLES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)))
LINE_MARKERS = ("o", "s", "^", "D", "v", "P")
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

    def __init__(self, width: float, height: float, alt_text: str):
        """Makes an empty white figure.

        Args:
            width: in pixels.
            height: in pixels.
            alt_text: see the class.
        """
        super().__init__(figsize=(width / DPI, height / DPI), dpi=DPI, facecolor="white")
        FigureCanvasAgg(self)
        self.alt_text = alt_text

    def __repr__(self) -> str:
        return self.alt_text

    __str__ = __repr__

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

    def _repr_mimebundle_(self, include=None, exclude=None) -> tuple[dict, dict]:
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


def place_axes(figure: LessonFigure, left: float, top: float, width: float, height: float) -> Axes:
    """Adds axes at a place given in pixels from the upper left corner of the figure."""
    figure_width, figure_height = figure.get_size_inches() * DPI
    bottom = figure_height - top - height
    return figure.add_axes(
        (
            left / figure_width,
            bottom / figure_height,
            width / figure_width,
            height / figure_height,
        )
    )


def write(figure: LessonFigure, left: float, top: float, text: str, **style) -> None:
    """Writes text at a place given in pixels from the upper left corner of the figure."""
    figure_width, figure_height = figure.get_size_inches() * DPI
    style = {"ha": "center", "va": "center", "fontsize": 10, "color": INK} | style
    figure.text(left / figure_width, 1 - top / figure_height, text, **style)


def draw_colour_bar(
    figure: LessonFigure, left: float, top: float, height: float, low: float, high: float
) -> None:
    """Draws what `COLOUR_MAP` means, `low` to `high`, at a place given in pixels.

    A picture rather than matplotlib's own bar, whose colours are off by one and so would not
    be found in the palette.
    """
    axes = place_axes(figure, left, top, 14, height)
    axes.imshow(
        np.arange(COLOUR_MAP.N)[:, np.newaxis],
        cmap=COLOUR_MAP,
        extent=(0, 1, low, high),
        origin="lower",
        aspect="auto",
        interpolation="nearest",
    )
    axes.set_xticks([])
    axes.yaxis.tick_right()
    axes.tick_params(labelsize=9, colors=INK)


def class_patches(labels=None, names=None) -> list[Patch]:
    """Returns the legend's patches for the classes: colour, hatching and outline."""
    shown = CLASSES if labels is None else [CLASSES[label] for label in labels]
    texts = [pet_class.name for pet_class in shown] if names is None else names
    return [
        Patch(
            facecolor=pet_class.colour,
            edgecolor=INK,
            linewidth=0.8,
            hatch=pet_class.hatch,
            label=text,
        )
        for pet_class, text in zip(shown, texts, strict=True)
    ]


def add_legend(figure: LessonFigure, patches: Sequence) -> None:
    """Writes a legend in one line at the figure's lower side."""
    figure.legend(
        handles=patches,
        loc="lower center",
        ncols=len(patches),
        frameon=False,
        fontsize=10,
        handlelength=2.0,
        handleheight=1.1,
        borderaxespad=0.4,
    )


def line_style(index: int) -> dict:
    """Returns the look of the curve of that number: colour, dashes and marker all differ."""
    return {
        "color": LINE_COLOURS[index],
        "linestyle": LINE_STYLES[index],
        "marker": LINE_MARKERS[index],
        "markersize": 4,
        "linewidth": 1.8,
    }


def bare_axes(axes: Axes) -> None:
    """Takes away ticks and frame: for pictures."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)


def percent(share: float) -> str:
    """Says a share in whole percent, ``12 %``; 0 % and 100 % are said of nothing and all only."""
    if 0 < share < 0.005:
        return "< 1 %"
    if 0.995 <= share < 1:
        return "> 99 %"
    return f"{share * 100:.0f} %"


def plain_axes(axes: Axes) -> None:
    """Takes away the frame's upper and right side and quietens the rest."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(QUIET)
    axes.tick_params(colors=INK, labelsize=9)
    axes.set_axisbelow(True)
