"""What a layer costs: its parameters, the multiplications of one image's way through it, its time.

Parameters and operations are counted from the shapes of a built Keras model. Only convolutions
count as work: they do nearly all of it in these networks. One operation here is a
multiplication with its addition ("MAC").
"""

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from lessons_lib.arguments import require_model, require_whole
from lessons_lib.batches import read_images
from lessons_lib.quiet import keras, tf
from lessons_lib.signatures import tell_calls

MOST_REPEATS = 1000


class Cost(NamedTuple):
    """What a part of a network costs.

    Attributes:
        name: the layer or block.
        parameters: numbers it holds.
        operations: multiply-adds for one image.
    """

    name: str
    parameters: int
    operations: int


def layer_costs(model: keras.Model) -> list[Cost]:
    """Counts every layer of a model, those of the models within it too.

    Args:
        model: a built Keras model with fixed image size.

    Returns:
        One Cost for each layer that holds parameters, in the order of the model.

    Raises:
        TypeError: what is no Keras model.
        ValueError: a model that is not built, or takes images of any size.
    """
    _require_countable(model)
    costs = []
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            costs += layer_costs(layer)
        elif layer.weights:
            costs.append(Cost(layer.name, layer.count_params(), _operations(layer)))
    return costs


def block_costs(model: keras.Model) -> list[Cost]:
    """Counts the top parts of a model: for a U-Net the encoder, each decoder block, the logits.

    Args:
        model: a built Keras model with fixed image size.

    Returns:
        One Cost for each top layer that holds parameters, in the order of the model.

    Raises:
        TypeError: what is no Keras model.
        ValueError: a model that is not built, or takes images of any size.
    """
    _require_countable(model)
    costs = []
    for layer in model.layers:
        if layer.weights:
            inside = layer_costs(layer) if isinstance(layer, keras.Model) else None
            operations = sum(part.operations for part in inside) if inside else _operations(layer)
            costs.append(Cost(layer.name, layer.count_params(), operations))
    return costs


def block_times(model: keras.Model, images: np.ndarray, *, repeats: int = 5) -> dict[str, float]:
    """Measures how long each top part of a U-Net takes in inference.

    Args:
        model: a U-Net as ``unet_model`` makes it.
        images: a batch, float32 N×S×S×3; larger batches measure better.
        repeats: how often each part runs; the fastest run counts, the others were disturbed.

    Returns:
        From the part's name to milliseconds an image, in the order of the model.

    Raises:
        TypeError: what is no Keras model, or no array.
        ValueError: a model without an encoder, images that do not fit it, no run at all.
    """
    _require_countable(model)
    if "encoder" not in [layer.name for layer in model.layers]:
        raise ValueError(
            "block_times needs a U-Net as unet_model makes it, but this model has no layer named "
            "'encoder'."
        )
    require_whole("repeats", repeats, least=1, most=MOST_REPEATS)
    images = read_images("images", images, model)
    *skips, features = model.get_layer("encoder")(images)
    times = {"encoder": _fastest(model.get_layer("encoder"), images, repeats)}
    for layer in model.layers:
        if isinstance(layer, keras.layers.Concatenate):
            features = layer([features, skips.pop()])
        elif layer.weights and layer.name != "encoder":
            times[layer.name] = _fastest(layer, features, repeats)
            features = layer(features)
    return times


def _require_countable(model: keras.Model) -> None:
    """Raises TypeError or ValueError for what has no fixed shapes to count by."""
    require_model("model", model)
    if None in model.input_shape[1:]:
        raise ValueError(
            "What a model costs depends on its images' size, but this one takes "
            f"{model.input_shape[1:]}; build it with a fixed height and width."
        )


def _fastest(part: Callable, inputs: Any, repeats: int) -> float:
    """Milliseconds an image of the fastest of several runs, compiled and warmed up."""
    run = tf.function(lambda batch: part(batch, training=False))
    run(inputs)
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        run(inputs)
        seconds.append(time.perf_counter() - start)
    return 1000 * min(seconds) / len(inputs)


def _operations(layer: keras.layers.Layer) -> int:
    """Multiply-adds of one layer for one image; 0 for a layer that is no convolution."""
    if isinstance(layer, keras.layers.Conv2DTranspose):
        # Each input pixel is multiplied with the whole kernel and spread over the output.
        return int(_places(layer.input) * np.prod(layer.kernel.shape))
    if isinstance(layer, keras.layers.DepthwiseConv2D | keras.layers.Conv2D):
        return int(_places(layer.output) * np.prod(layer.kernel.shape))
    return 0


def _places(features: Any) -> int:
    """Height times width of a layer's input or output."""
    return int(np.prod(features.shape[1:3]))


tell_calls(globals())
