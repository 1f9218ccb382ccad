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

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Patch

from lessons_lib.plots.figure import (
    INK,
    LINE_COLOURS,
    QUIET,
    LessonFigure,
    add_legend,
    bare_axes,
    mimebundle,
    place_axes,
)

WIDTH = 800
LEVEL_HEIGHT = 72
BOX_HEIGHT = 42
ENCODER_BOX = 124
UP_BOX, SKIP_BOX = 100, 72
STEP = 36
ENCODER_FILL, DECODER_FILL = "#d3e6f3", "#fbe6c2"


@dataclass(frozen=True)
class Block:
    """One block of the decoder as it was read.

    Attributes:
        name: of the layer.
        shape: of its output, height, width, channels.
        parameters: how many.
        skip_channels: that a skip connection joins to it; 0 without one.
    """

    name: str
    shape: tuple
    parameters: int
    skip_channels: int


def unet_diagram(model) -> LessonFigure:
    """Draws a U-Net: encoder down the left, decoder up the right, skip connections across.

    Args:
        model: a Keras model as ``unet_model`` makes it.

    Raises:
        TypeError: not a Keras model.
        ValueError: a model that is no such U.
    """
    image, encoder, blocks, logits = _read_unet(model)
    taps = [shape_of(output) for output in encoder.outputs]
    depth = len(taps)
    skips = sum(block.skip_channels > 0 for block in blocks)
    figure = LessonFigure(
        WIDTH,
        24 + (depth + 1) * LEVEL_HEIGHT + 40,
        f"Diagram of a U-Net with {model.count_params():,} parameters: the encoder goes from "
        f"{say_shape(image)} to {say_shape(taps[-1])} in {depth} scales, the decoder back to "
        f"logits of {say_shape(logits.shape)}, with {skips or 'no'} skip "
        f"connection{'' if skips == 1 else 's'}.",
    )
    height = figure.get_size_inches()[1] * figure.dpi
    axes = place_axes(figure, 0, 0, WIDTH, height)
    axes.set_xlim(0, WIDTH)
    axes.set_ylim(height, 0)
    bare_axes(axes)
    _draw_encoder(axes, image, taps, encoder)
    _draw_decoder(axes, blocks, logits, depth)
    fills = (("encoder", ENCODER_FILL), ("decoder", DECODER_FILL))
    legend = [Patch(facecolor=fill, edgecolor=INK, linewidth=0.8, label=n) for n, fill in fills]
    if skips:
        legend.append(
            Line2D([], [], color=LINE_COLOURS[0], linestyle="--", label="skip connection")
        )
    add_legend(figure, legend)
    return figure


@dataclass(frozen=True)
class ModelDrawing:
    """What `plot_model` gives: a picture where Graphviz could draw one, and the same sentence."""

    png: bytes | None
    alt_text: str

    def __repr__(self) -> str:
        return self.alt_text

    def _repr_mimebundle_(self, include=None, exclude=None) -> tuple[dict, dict]:
        return mimebundle(self.png, self.alt_text)


def plot_model(model) -> ModelDrawing:
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
        keras.utils.plot_model(model, to_file=path, show_shapes=True, dpi=60)
        return ModelDrawing(path.read_bytes(), sentence)


def shape_of(tensor) -> tuple:
    """Returns a symbolic tensor's shape without the batch: height, width, channels."""
    return tuple(tensor.shape[1:])


def say_shape(shape: tuple) -> str:
    """Writes a shape as 64×64×96; sides that are left open as a question mark."""
    return "×".join("?" if side is None else str(side) for side in shape)


def _check_model(model) -> None:
    if not all(hasattr(model, name) for name in ("layers", "get_layer", "count_params")):
        raise TypeError(f"expected a Keras model, got {type(model).__name__}.")


def _read_unet(model) -> tuple[tuple, object, list[Block], Block]:
    """Reads the input's shape, the encoder, the decoder's blocks deep to shallow, the logits."""
    _check_model(model)
    layers = {layer.name: layer for layer in model.layers}
    encoder, logits = layers.get("encoder"), layers.get("logits")
    taps = len(getattr(encoder, "outputs", ()) or ())
    wanted = ["encoder", *(f"upsample_{step}" for step in range(1, taps)), "logits"]
    missing = [name for name in wanted if name not in layers]
    if missing or taps < 2:
        raise ValueError(
            f"{model.name!r} is no U that can be drawn: "
            + (f"it has no layer {missing}" if missing else "its encoder has fewer than 2 outputs")
            + "; pass a model as unet_model makes it."
        )
    blocks = []
    for step in range(1, taps):
        block, skip = layers[f"upsample_{step}"], layers.get(f"skip_{step}")
        shape = shape_of(block.output)
        joined = shape_of(skip.output)[-1] if skip is not None else shape[-1]
        blocks.append(Block(block.name, shape, block.count_params(), joined - shape[-1]))
    last = Block("logits", shape_of(logits.output), logits.count_params(), 0)
    return shape_of(model.inputs[0]), encoder, blocks, last


def _draw_encoder(axes: Axes, image: tuple, taps: list[tuple], encoder) -> None:
    names = ["image", *encoder.output_names]
    for level, (shape, name) in enumerate(zip([image, *taps], names, strict=True)):
        left, top = _encoder_corner(level)
        fill = "white" if level == 0 else ENCODER_FILL
        _draw_box(axes, left, top, ENCODER_BOX, fill, say_shape(shape), name)
        if level:
            _draw_arrow(axes, (left + 20, top - LEVEL_HEIGHT + BOX_HEIGHT), (left + 20, top))
    frozen = "" if encoder.trainable_variables else ", frozen"
    _, bottom = _encoder_corner(len(taps))
    axes.text(
        16,
        bottom + BOX_HEIGHT / 2,
        f"encoder{frozen}\n{encoder.count_params():,}\nparameters",
        fontsize=9,
        color=QUIET,
        va="center",
    )


def _draw_decoder(axes: Axes, blocks: list[Block], logits: Block, depth: int) -> None:
    """Draws the blocks from the bottom up, each with what the skip connection joins to it."""
    left, top = _encoder_corner(depth)
    previous = (left + ENCODER_BOX, top + BOX_HEIGHT / 2)
    for step, block in enumerate([*blocks, logits], start=1):
        level = depth - step
        left, top = _decoder_corner(level)
        fill = "white" if block is logits else DECODER_FILL
        _draw_box(axes, left, top, UP_BOX, fill, say_shape(block.shape), block.name)
        target = (left + UP_BOX - 20, top + BOX_HEIGHT)
        if step == 1:
            _draw_arrow(axes, previous, target, LINE_COLOURS[1], "angle,angleA=0,angleB=90,rad=8")
        else:
            start = (target[0], target[1] + LEVEL_HEIGHT - BOX_HEIGHT)
            _draw_arrow(axes, start, target, LINE_COLOURS[1])
        if block.skip_channels:
            skip_left = left - SKIP_BOX
            text = f"+ {block.skip_channels}"
            _draw_box(axes, skip_left, top, SKIP_BOX, ENCODER_FILL, text, "channels")
            start = _encoder_corner(level)[0] + ENCODER_BOX
            middle = top + BOX_HEIGHT / 2
            _draw_arrow(axes, (start, middle), (skip_left, middle), LINE_COLOURS[0], dashes="--")
        axes.text(
            left + UP_BOX + 12,
            top + BOX_HEIGHT / 2,
            f"{block.parameters:,} parameters",
            fontsize=9,
            color=QUIET,
            va="center",
        )


def _encoder_corner(level: int) -> tuple[float, float]:
    return 16 + STEP * level, 16 + LEVEL_HEIGHT * level


def _decoder_corner(level: int) -> tuple[float, float]:
    return WIDTH - 160 - UP_BOX - STEP * level, 16 + LEVEL_HEIGHT * level


def _draw_box(axes: Axes, left, top, width, fill: str, text: str, name: str) -> None:
    """Draws a box with its shape above its name."""
    box = FancyBboxPatch(
        (left, top),
        width,
        BOX_HEIGHT,
        boxstyle="round,pad=0,rounding_size=4",
        facecolor=fill,
        edgecolor=INK,
        linewidth=0.9,
    )
    axes.add_patch(box)
    centre = left + width / 2
    axes.text(centre, top + 15, text, ha="center", va="center", fontsize=10, color=INK)
    axes.text(centre, top + 31, name, ha="center", va="center", fontsize=7.5, color=QUIET)


def _draw_arrow(axes: Axes, start, end, colour=INK, path="arc3", dashes="-") -> None:
    arrow = FancyArrowPatch(
        start,
        end,
        arrowstyle="-|>",
        mutation_scale=11,
        connectionstyle=path,
        linestyle=dashes,
        linewidth=1.4,
        color=colour,
        shrinkA=0,
        shrinkB=0,
    )
    axes.add_patch(arrow)
