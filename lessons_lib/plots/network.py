"""The U, drawn from the real model: every shape and count of parameters is read, none assumed.

The names it looks for are those that ``lessons_lib.decoder.unet_model`` gives: a sub-model
"encoder" with one output for each scale, blocks "upsample_1", "upsample_2", …, joints "skip_1",
"skip_2", … where there are skip connections, and the last layer "logits".
"""

import importlib.util
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from lessons_lib.plots.figure import (
    INK,
    LINE_COLOURS,
    QUIET,
    LessonFigure,
    add_legend,
    bare_axes,
    mimebundle,
    patch,
    place_axes,
)

WIDTH, LEVEL_HEIGHT, STEP = 800, 72, 36
BOX_HEIGHT, ENCODER_BOX, UP_BOX, SKIP_BOX = 42, 124, 100, 72
ENCODER_FILL, DECODER_FILL = "#d3e6f3", "#fbe6c2"
BOX = {"boxstyle": "round,pad=0,rounding_size=4", "edgecolor": INK, "linewidth": 0.9}
ARROW = {"arrowstyle": "-|>", "mutation_scale": 11, "linewidth": 1.4, "shrinkA": 0, "shrinkB": 0}
CORNER = "angle,angleA=0,angleB=90,rad=8"


@dataclass(frozen=True)
class Block:
    """One block of the decoder as it was read.

    Attributes:
        shape: of its output, height, width, channels.
        skip_channels: that a skip connection joins to it; 0 without one.
    """

    name: str
    shape: tuple
    parameters: int
    skip_channels: int


def unet_diagram(model: Any) -> LessonFigure:
    """Draws a U-Net: encoder down the left, decoder up the right, skip connections across.

    Args:
        model: a Keras model as ``unet_model`` makes it.

    Raises:
        TypeError: not a Keras model.
        ValueError: a model that is no such U.
    """
    encoder, blocks = _read_unet(model)
    shapes = [tuple(tensor.shape[1:]) for tensor in (model.inputs[0], *encoder.outputs)]
    names = ["image", *encoder.output_names]
    skips = sum(block.skip_channels > 0 for block in blocks)
    height = 64 + len(shapes) * LEVEL_HEIGHT
    figure = LessonFigure(
        WIDTH,
        height,
        f"Diagram of a U-Net with {model.count_params():,} parameters: the encoder goes from "
        f"{_say_shape(shapes[0])} to {_say_shape(shapes[-1])} in {len(shapes) - 1} scales, the "
        f"decoder back to logits of {_say_shape(blocks[-1].shape)}, with {skips or 'no'} skip "
        f"connection{'' if skips == 1 else 's'}.",
    )
    axes = place_axes(figure, 0, 0, WIDTH, height)
    axes.set_xlim(0, WIDTH)
    axes.set_ylim(height, 0)
    bare_axes(axes)
    _draw_encoder(axes, names, shapes, encoder)
    _draw_decoder(axes, blocks)
    legend = [patch(ENCODER_FILL, "encoder"), patch(DECODER_FILL, "decoder")]
    dashed = Line2D([], [], color=LINE_COLOURS[0], linestyle="--", label="skip connection")
    add_legend(figure, [*legend, dashed] if skips else legend)
    return figure


@dataclass(frozen=True)
class ModelDrawing:
    """What `plot_model` gives: a picture where Graphviz could draw one, and the same sentence."""

    png: bytes | None
    alt_text: str

    def __repr__(self) -> str:
        return self.alt_text

    def _repr_mimebundle_(self, **_asked: object) -> tuple[dict, dict]:
        return mimebundle(self.png, self.alt_text)


def plot_model(model: Any) -> ModelDrawing:
    """Draws every layer by ``keras.utils.plot_model`` where Graphviz and pydot are installed.

    Where they are not, the sentence alone is shown; it is the same on every machine.

    Args:
        model: any Keras model.

    Raises:
        TypeError: not a Keras model.
    """
    _check_model(model)
    sentence = (
        f"The layers of {model.name!r}, drawn by keras.utils.plot_model where Graphviz and pydot "
        "are installed; unet_diagram needs neither."
    )
    if shutil.which("dot") is None or importlib.util.find_spec("pydot") is None:
        return ModelDrawing(None, sentence)
    from lessons_lib.quiet import keras

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.png")
        keras.utils.plot_model(model, to_file=str(path), show_shapes=True, dpi=60)
        return ModelDrawing(path.read_bytes(), sentence)


def _say_shape(shape: tuple) -> str:
    """Writes a shape as 64×64×96; sides that are left open as a question mark."""
    return "×".join("?" if side is None else str(side) for side in shape)


def _check_model(model: Any) -> None:
    if not all(hasattr(model, name) for name in ("layers", "get_layer", "count_params")):
        raise TypeError(f"expected a Keras model, got {type(model).__name__}.")


def _read_unet(model: Any) -> tuple[Any, list[Block]]:
    """Reads the encoder, and the decoder's blocks deep to shallow with the logits at the end."""
    _check_model(model)
    layers = {layer.name: layer for layer in model.layers}
    scales = len(getattr(layers.get("encoder"), "outputs", ()) or ())
    wanted = [*(f"upsample_{step}" for step in range(1, scales)), "logits"]
    missing = [name for name in ["encoder", *wanted] if name not in layers]
    if missing or scales < 2:
        raise ValueError(
            f"{model.name!r} is no U that can be drawn: "
            + (f"it has no layer {missing}" if missing else "its encoder has fewer than 2 outputs")
            + "; pass a model as unet_model makes it."
        )
    blocks = []
    for step, name in enumerate(wanted, start=1):
        layer, skip = layers[name], layers.get(f"skip_{step}")
        shape = tuple(layer.output.shape[1:])
        joined = skip.output.shape[-1] - shape[-1] if skip is not None else 0
        blocks.append(Block(name, shape, layer.count_params(), joined))
    return layers["encoder"], blocks


def _draw_encoder(axes: Axes, names: list[str], shapes: list[tuple], encoder: Any) -> None:
    for level, (name, shape) in enumerate(zip(names, shapes, strict=True)):
        left, top = _encoder_corner(level)
        fill = ENCODER_FILL if level else "white"
        _draw_box(axes, left, top, ENCODER_BOX, fill, _say_shape(shape), name)
        if level:
            _draw_arrow(axes, (left + 20, top - LEVEL_HEIGHT + BOX_HEIGHT), (left + 20, top), INK)
    frozen = "" if encoder.trainable_variables else ", frozen"
    text = f"encoder{frozen}\n{encoder.count_params():,}\nparameters"
    _write_beside(axes, 16, _encoder_corner(len(shapes) - 1)[1], text)


def _draw_decoder(axes: Axes, blocks: list[Block]) -> None:
    """Draws the blocks from the bottom up, each with what the skip connection joins to it."""
    for level, block in zip(reversed(range(len(blocks))), blocks, strict=True):
        left, top = WIDTH - 160 - UP_BOX - STEP * level, _encoder_corner(level)[1]
        fill = "white" if level == 0 else DECODER_FILL
        _draw_box(axes, left, top, UP_BOX, fill, _say_shape(block.shape), block.name)
        _write_beside(axes, left + UP_BOX + 12, top, f"{block.parameters:,} parameters")
        end = (left + UP_BOX - 20, top + BOX_HEIGHT)
        if block is blocks[0]:
            deepest, below = _encoder_corner(level + 1)
            start = (deepest + ENCODER_BOX, below + BOX_HEIGHT / 2)
            _draw_arrow(axes, start, end, LINE_COLOURS[1], connectionstyle=CORNER)
        else:
            _draw_arrow(axes, (end[0], top + LEVEL_HEIGHT), end, LINE_COLOURS[1])
        if block.skip_channels:
            left, text = left - SKIP_BOX, f"+ {block.skip_channels}"
            _draw_box(axes, left, top, SKIP_BOX, ENCODER_FILL, text, "channels")
            start, middle = _encoder_corner(level)[0] + ENCODER_BOX, top + BOX_HEIGHT / 2
            _draw_arrow(axes, (start, middle), (left, middle), LINE_COLOURS[0], linestyle="--")


def _encoder_corner(level: int) -> tuple[float, float]:
    return 16 + STEP * level, 16 + LEVEL_HEIGHT * level


def _draw_box(
    axes: Axes, left: float, top: float, width: float, fill: str, text: str, name: str
) -> None:
    """Draws a box with its shape above its name."""
    axes.add_patch(FancyBboxPatch((left, top), width, BOX_HEIGHT, facecolor=fill, **BOX))
    centre = left + width / 2
    axes.text(centre, top + 15, text, ha="center", va="center", fontsize=10, color=INK)
    axes.text(centre, top + 31, name, ha="center", va="center", fontsize=7.5, color=QUIET)


def _draw_arrow(
    axes: Axes, start: tuple[float, float], end: tuple[float, float], colour: str, **look: Any
) -> None:
    axes.add_patch(FancyArrowPatch(start, end, color=colour, **ARROW, **look))


def _write_beside(axes: Axes, left: float, top: float, text: str) -> None:
    axes.text(left, top + BOX_HEIGHT / 2, text, fontsize=9, color=QUIET, va="center")
