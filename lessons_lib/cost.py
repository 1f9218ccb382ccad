"""What a layer costs: its parameters, and the multiplications of one image's way through it.

Counted from the shapes of a built Keras model. Only convolutions count: they do over 99 % of the
work of these networks. One operation here is a multiplication with its addition ("MAC").
"""

from typing import NamedTuple

import numpy as np

from lessons_lib.quiet import keras


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
    """
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
    """
    costs = []
    for layer in model.layers:
        if layer.weights:
            inside = layer_costs(layer) if isinstance(layer, keras.Model) else None
            operations = sum(part.operations for part in inside) if inside else _operations(layer)
            costs.append(Cost(layer.name, layer.count_params(), operations))
    return costs


def _operations(layer: keras.layers.Layer) -> int:
    """Multiply-adds of one layer for one image; 0 for a layer that is no convolution."""
    if isinstance(layer, keras.layers.Conv2DTranspose):
        # Each input pixel is multiplied with the whole kernel and spread over the output.
        return int(np.prod(layer.input.shape[1:3]) * np.prod(layer.kernel.shape))
    if isinstance(layer, keras.layers.DepthwiseConv2D | keras.layers.Conv2D):
        return int(np.prod(layer.output.shape[1:3]) * np.prod(layer.kernel.shape))
    return 0
