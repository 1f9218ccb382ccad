"""trainable_parameters: how many numbers training may change."""

import math
from collections.abc import Callable, Iterable

import numpy as np

from lessons_lib.checks.common import as_whole, tiny_encoder
from lessons_lib.checks.task import Misconception, Task
from lessons_lib.encoder import count_parameters
from lessons_lib.encoder import freeze as course_freeze
from lessons_lib.quiet import keras


def declare() -> Task:
    """Declares the exercise."""
    return Task(
        name="trainable_parameters",
        lesson=2,
        minutes=6,
        aim="Count the parameters (single numbers) of a model that training may change.",
        signature="trainable_parameters(model)",
        hints=(
            "A parameter is one number. A kernel of 3×3 from 8 to 16 channels is one tensor, but "
            "how many numbers?",
            "Keras sorts them for you: look at what `model.trainable_weights` holds.",
            "Each weight has a `shape`; multiply its entries (`math.prod` does it), and add up "
            "over all the weights that training may change.",
        ),
        reference=lambda model: count_parameters(model).trainable,
        cases=_models_to_count,
        observe=lambda answer, model: as_whole(answer(model)),
        misconceptions=MISCONCEPTIONS,
        why="Before a long training this number tells you whether what you meant to freeze is "
        "frozen.",
    )


def _models_to_count() -> list[tuple]:
    half_frozen = keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(3), keras.layers.Dense(1)], name="half_frozen"
    )
    half_frozen.layers[0].trainable = False
    with_norm = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Conv2D(2, 3),
            keras.layers.BatchNormalization(),
            keras.layers.ReLU(),
        ],
        name="with_norm",
    )
    image = keras.Input((8, 8, 3))
    encoder = course_freeze(tiny_encoder((4, 5), side=8))
    features = encoder(image)[0]
    logits = keras.layers.Conv2DTranspose(3, 3, strides=2, padding="same")(features)
    segmenter = keras.Model(image, logits, name="segmenter")
    return [(half_frozen,), (with_norm,), (segmenter,), (_model_of_models(),)]


def _model_of_models() -> keras.Model:
    """A model that holds another, not frozen, which holds a third with a frozen layer."""
    inner = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4), keras.layers.Dense(2)])
    inner.layers[1].trainable = False
    middle = keras.Sequential([keras.Input((5,)), keras.layers.Dense(3), inner])
    return keras.Sequential([keras.Input((7,)), keras.layers.Dense(5), middle], name="of_models")


def _count_outside_models(model: keras.Model) -> int:
    layers = [layer for layer in model.layers if not isinstance(layer, keras.Model)]
    return sum(_count_numbers(layer.trainable_weights) for layer in layers if layer.trainable)


def _count_after(switch: bool) -> Callable:
    """An answer that switches the whole model before it counts."""

    def trainable_parameters(model: keras.Model) -> int:
        for layer in model._flatten_layers():
            layer.trainable = switch
        return _count_numbers(model.trainable_weights)

    return trainable_parameters


def _count_numbers(weights: Iterable[keras.Variable]) -> int:
    return sum(math.prod(weight.shape) for weight in weights)


MISCONCEPTIONS = (
    Misconception(
        "counts all",
        "All parameters are counted, also those that training may not change: this number stays "
        "the same, whatever you freeze.",
        lambda model: model.count_params(),
        also=(lambda model: _count_numbers(model.weights),),
    ),
    Misconception(
        "counts layers",
        "Layers are counted. A layer may hold millions of parameters, or none at all.",
        lambda model: sum(layer.trainable for layer in model.layers),
        also=(lambda model: len(model.layers),),
    ),
    Misconception(
        "counts tensors",
        "Tensors are counted, each as one. A kernel is one tensor and holds many numbers.",
        lambda model: len(model.trainable_weights),
        also=(lambda model: len(model.weights),),
    ),
    Misconception(
        "counts the frozen ones",
        "These are the parameters that training may not change: the other part of the sum.",
        lambda model: _count_numbers(model.non_trainable_weights),
    ),
    Misconception(
        "counts what batch norm measures",
        "The trainable layers are taken whole. In a batch norm half of the numbers, moving "
        "mean and variance, are measured and not trained.",
        lambda model: sum(layer.count_params() for layer in model.layers if layer.trainable),
    ),
    Misconception(
        "leaves out models within the model",
        "What a model within the model may learn is not counted. Unless it is frozen, training "
        "changes it like any other layer.",
        _count_outside_models,
    ),
    Misconception(
        "takes one side of each tensor",
        "Of each tensor only one side is counted. A table of 2 by 3 holds 6 numbers.",
        lambda model: sum(weight.shape[0] for weight in model.trainable_weights),
        also=(lambda model: sum(weight.shape[-1] for weight in model.trainable_weights),),
    ),
    Misconception(
        "adds the values",
        "The values of the weights are added up. Asked for is how many there are.",
        lambda model: float(sum(np.sum(weight.numpy()) for weight in model.trainable_weights)),
    ),
    Misconception(
        "switches layers before it counts",
        "It freezes or unfreezes layers of the model before it counts, so it counts another model "
        "than the one given, which moreover stays like that.",
        _count_after(True),
        also=(_count_after(False),),
    ),
    Misconception(
        "adds the sides",
        "The sides of each tensor are added. A table of 2 by 3 holds 6 numbers, not 5.",
        lambda model: sum(sum(weight.shape) for weight in model.trainable_weights),
    ),
    Misconception(
        "counts kernels only",
        "Kernels are counted, and the vectors are left out: biases, and what scales and "
        "shifts in a batch norm, are trained as well.",
        lambda model: _count_numbers(
            weight for weight in model.trainable_weights if len(weight.shape) > 1
        ),
    ),
    Misconception(
        "counts bytes",
        "This is the memory in bytes: each parameter, a float32, takes four of them.",
        lambda model: 4 * _count_numbers(model.trainable_weights),
    ),
)
