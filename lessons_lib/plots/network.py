"""The U, drawn from the real model: every shape and count of parameters is read, none assumed.

The names it looks for are those that ``lessons_lib.decoder.unet_model`` gives: a sub-model
"encoder" with one output for each scale, blocks "upsample_1", "upsample_2", …, joints "skip_1",
"skip_2", … where there are skip connections, and the last layer "logits".
"""

import importlib.util
import shutil
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.text import Text

from lessons_lib.plots.figure import (
    INK,
    LINE_COLOURS,
    QUIET,
    LessonFigure,
    add_legend,
    bare_axes,
    lay_out,
    mimebundle,
    patch,
)
from lessons_lib.plots.grids import say_shape
from lessons_lib.signatures import tell_calls

ENCODER_FILL, DECODER_FILL = "#d3e6f3", "#fbe6c2"
BOX = {"boxstyle": "round,pad=0.5,rounding_size=0.3", "edgecolor": INK, "linewidth": 0.9}
ARROW = {"arrowstyle": "-|>", "mutation_scale": 11, "linewidth": 1.4, "shrinkA": 0, "shrinkB": 0}
CORNER = "angle,angleA=0,angleB=90,rad=8"
NOTE: dict[str, Any] = {"va": "center", "fontsize": 9, "color": QUIET}


def unet_diagram(model: Any) -> LessonFigure:
    """Draws a Keras model as ``unet_model`` makes it: encoder down, decoder up, skips across.

    TypeError for what is no Keras model, ValueError for one that is no such U.
    """
    encoder, blocks, joined = _read_unet(model)
    names = ["image", *encoder.output_names]
    tensors = dict(zip(names, [model.inputs[0], *encoder.outputs], strict=True))
    skips = sum(channels > 0 for channels in joined)
    figure, (axes,) = lay_out(
        800,
        64 + 72 * len(tensors),
        f"Diagram of a U-Net with {model.count_params():,} parameters: the encoder goes from "
        f"{_say_size(tensors['image'])} to {_say_size(tensors[names[-1]])} in {len(blocks)} "
        f"scales, the decoder back to logits of {_say_size(blocks[0].output)}, with "
        f"{skips or 'no'} skip connection{'' if skips == 1 else 's'}.",
        [""],
    )
    axes.set(xlim=(0, 23), ylim=(len(blocks) + 0.5, -0.5))
    bare_axes(axes)
    down = [
        _draw_box(axes, (2 + level, level), tensor, name, ENCODER_FILL)
        for level, (name, tensor) in enumerate(tensors.items())
    ]
    up = [
        _draw_box(axes, (17 - level, level), block.output, block.name, DECODER_FILL)
        for level, block in enumerate(blocks)
    ]
    for above, below in pairwise(down):
        _draw_arrow(axes, above, below, INK)
    for above, below in pairwise(up):
        _draw_arrow(axes, below, above, LINE_COLOURS[1])
    _draw_arrow(axes, down[-1], up[-1], LINE_COLOURS[1], connectionstyle=CORNER)
    for level, (block, channels) in enumerate(zip(blocks, joined, strict=True)):
        axes.text(19 - level, level, f"{block.count_params():,} parameters", **NOTE)
        if channels:
            _draw_arrow(axes, down[level], up[level], LINE_COLOURS[0], linestyle="--")
            axes.text(15.4 - level, level - 0.15, f"+ {channels} channels", ha="right", **NOTE)
    frozen = "" if encoder.trainable_variables else ", frozen"
    said = f"encoder{frozen}\n{encoder.count_params():,}\nparameters"
    axes.text(0, len(blocks), said, **NOTE)
    legend = [patch(ENCODER_FILL, "encoder"), patch(DECODER_FILL, "decoder")]
    dashed = Line2D([], [], color=LINE_COLOURS[0], linestyle="--", label="skip connection")
    add_legend(figure, [*legend, dashed] if skips else legend)
    return figure


class ModelDrawing(NamedTuple):
    """What `plot_model` gives: a picture where Graphviz could draw one, and the same sentence."""

    png: bytes | None
    alt_text: str

    def __repr__(self) -> str:
        return self.alt_text

    def _repr_mimebundle_(self, **_asked: object) -> tuple[dict, dict]:
        return mimebundle(self.png, self.alt_text)


def plot_model(model: Any) -> ModelDrawing:
    """Draws every layer of a Keras model where Graphviz and pydot are installed.

    Where they are not, the sentence alone is shown; it is the same on every machine.
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


def _check_model(model: Any) -> None:
    if not all(hasattr(model, name) for name in ("layers", "get_layer", "count_params")):
        raise TypeError(f"expected a Keras model, got {type(model).__name__}.")


def _read_unet(model: Any) -> tuple[Any, list, list[int]]:
    """Returns the encoder, the decoder's blocks from above, and how many channels join each."""
    _check_model(model)
    layers = {layer.name: layer for layer in model.layers}
    scales = len(getattr(layers.get("encoder"), "outputs", ()) or ())
    wanted = [*(f"upsample_{step}" for step in range(1, scales)), "logits"]
    missing = [name for name in ["encoder", *wanted] if name not in layers]
    if missing or scales < 2:
        lack = f"it has no layer {missing}" if missing else "its encoder has fewer than 2 outputs"
        advice = "pass a model as unet_model makes it"
        raise ValueError(f"{model.name!r} is no U that can be drawn: {lack}; {advice}.")
    blocks = [layers[name] for name in reversed(wanted)]
    joints = [layers.get(f"skip_{step}") for step in range(scales, 0, -1)]
    joined = [
        joint.output.shape[-1] - block.output.shape[-1] if joint else 0
        for block, joint in zip(blocks, joints, strict=True)
    ]
    return layers["encoder"], blocks, joined


def _draw_box(axes: Axes, place: tuple[int, int], tensor: Any, name: str, fill: str) -> Text:
    """Draws a box with a tensor's shape above its name; those at the top are white."""
    box = {**BOX, "facecolor": fill if place[1] else "white"}
    look = {"ha": "center", "va": "center", "fontsize": 9, "color": INK}
    return axes.text(*place, f"{_say_size(tensor)}\n{name}", bbox=box, **look)


def _draw_arrow(axes: Axes, start: Text, end: Text, colour: str, **look: Any) -> None:
    """Draws an arrow from the side of one box to that of another."""
    look |= {"patchA": start.get_bbox_patch(), "patchB": end.get_bbox_patch(), **ARROW}
    look["color"] = colour
    axes.annotate("", end.get_position(), start.get_position(), arrowprops=look)


def _say_size(tensor: Any) -> str:
    return say_shape(tensor.shape[1:])


tell_calls(globals())
