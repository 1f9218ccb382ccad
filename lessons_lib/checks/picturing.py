"""Masks and images of a result as small pictures, in which the pixels that differ are marked."""

import base64
import html
import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from lessons_lib.classes import BACKGROUND_COLOUR, PALETTE

SIDE = 160  # pixels of the page, about, for the longer side of a picture
LARGEST = 64  # pixels of an array's side; a larger one is shown as text only
SMALLEST = 2
MARK = (230, 0, 180)
COLOURS = (*PALETTE[:1], BACKGROUND_COLOUR, *PALETTE[1:])
UNKNOWN = (60, 60, 60)  # a value below 0, or beyond the colours


@dataclass(frozen=True)
class Picture:
    """A picture beside a text.

    Attributes:
        label: "expected" or "got".
        pixels: uint8 h×w×3, already enlarged.
        marked: how many pixels of the array are marked.
        count: of how many.
    """

    label: str
    pixels: np.ndarray
    marked: int
    count: int

    @property
    def caption(self) -> str:
        """What the picture shows, in words, for those who do not see it too."""
        differing = f", {self.marked} of {self.count} pixels differ" if self.marked else ""
        return f"{self.label}{differing}"

    def to_html(self) -> str:
        """Returns the picture and its caption as HTML."""
        file = io.BytesIO()
        Image.fromarray(self.pixels).save(file, "png")
        data = base64.b64encode(file.getvalue()).decode("ascii")
        caption = html.escape(self.caption)
        return (
            '<figure style="display:inline-block;margin:6px 12px 0 0">'
            f'<img alt="{caption}" src="data:image/png;base64,{data}" style="display:block;'
            'border:1px solid #767676;image-rendering:pixelated">'
            f"<figcaption>{caption}</figcaption></figure>"
        )


def draw_pair(expected: object, got: object) -> tuple[Picture, ...]:
    """Draws what was expected and what came, if both are a mask or an image of one size.

    Of several, the first that differs is drawn. Pixels that differ have a frame in what came.
    """
    if not isinstance(expected, np.ndarray) or not isinstance(got, np.ndarray):
        return ()
    if expected.shape != got.shape or {expected.dtype.kind, got.dtype.kind} - set("iufb"):
        return ()
    one, other = (np.nan_to_num(array.astype(float)) for array in (expected, got))
    differs = ~np.isclose(one, other, rtol=1e-3, atol=1e-5)
    if one.ndim == 4 and len(one):
        first = int(np.argmax(differs.reshape(len(one), -1).any(axis=1)))
        one, other, differs = one[first], other[first], differs[first]
    if one.ndim != 3 or one.shape[-1] not in (1, 3):
        return ()
    if min(one.shape[:2]) < SMALLEST or max(one.shape[:2]) > LARGEST:
        return ()
    differs = np.asarray(differs.any(axis=-1))
    are_labels = one.shape[-1] == 1 and np.array_equal(one, np.rint(one))
    paint = _paint_labels if are_labels else _paint_colours(one)
    zoom = max(4, SIDE // max(one.shape[:2]))
    pictures = []
    for label, array, marks in (("expected", one, differs & False), ("got", other, differs)):
        pixels = _enlarge(paint(array), zoom, marks)
        pictures.append(Picture(label, pixels, int(marks.sum()), differs.size))
    return tuple(pictures)


def _paint_labels(array: np.ndarray) -> np.ndarray:
    table = np.array([*map(_rgb, COLOURS), UNKNOWN], np.uint8)
    labels = array[..., 0]
    known = (labels >= 0) & (labels < len(COLOURS)) & (labels == np.rint(labels))
    return table[np.where(known, labels, len(COLOURS)).astype(int)]


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[start : start + 2], 16) for start in (1, 3, 5))


def _paint_colours(expected: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    low, high = expected.min(), expected.max()
    span = high - low or 1.0

    def paint(array: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):  # numbers near the largest there is
            levels = np.nan_to_num(np.clip((array - low) / span, 0, 1)) * 255
        return np.broadcast_to(levels, (*array.shape[:2], 3)).astype(np.uint8)

    return paint


def _enlarge(pixels: np.ndarray, zoom: int, marks: np.ndarray) -> np.ndarray:
    large = pixels.repeat(zoom, axis=0).repeat(zoom, axis=1)
    width = max(1, zoom // 8)
    rim = np.zeros((zoom, zoom), bool)
    rim[:width], rim[-width:], rim[:, :width], rim[:, -width:] = True, True, True, True
    framed = np.kron(marks, rim.astype(np.uint8)).astype(bool)
    large[framed] = MARK
    return large
