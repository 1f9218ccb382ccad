"""upsample: one block of the decoder."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lessons_lib.checks.common import layers_in, names_of
from lessons_lib.checks.observing import UnfitAnswer
from lessons_lib.checks.task import Misconception, Task
from lessons_lib.decoder import upsample as course_upsample
from lessons_lib.quiet import keras


def declare() -> Task:
    """Declares the exercise."""
    return Task(
        name="upsample",
        lesson=3,
        minutes=8,
        aim="Build one block of the decoder, which doubles height and width: a transposed "
        "convolution with `filters` channels and a kernel of `size`, then batch norm, then ReLU.",
        signature="upsample(filters, size)",
        hints=(
            "`keras.Sequential` takes a list of layers, in the order in which they work.",
            "Two settings of the transposed convolution decide its output's size: how far apart "
            "its stamps are, and what happens at the edges.",
            "The batch norm behind it takes away whatever constant the convolution adds. So which "
            "part of the convolution is of no use?",
            "`Conv2DTranspose` has the settings `strides`, `padding` and `use_bias`; none of the "
            "three stays at its default here.",
        ),
        reference=course_upsample,
        cases=lambda: [(8, 3), (6, 4), (4, 2)],
        observe=_observe_block,
        misconceptions=MISCONCEPTIONS,
        why="A block that doubles exactly meets one of the encoder's maps at each size, and so "
        "every skip connection fits.",
    )


def _block(
    filters: int,
    size: int,
    *,
    strides: int = 2,
    padding: str = "same",
    use_bias: bool = False,
    after: str = "norm relu",
    center: bool = True,
    axis: int = -1,
    layer: type = keras.layers.Conv2DTranspose,
) -> keras.Sequential:
    """An upsampling block with a choice of mistakes."""
    makers = {
        "norm": lambda: keras.layers.BatchNormalization(axis=axis, center=center),
        "relu": keras.layers.ReLU,
        "dropout": lambda: keras.layers.Dropout(0.5),
        "leaky": keras.layers.LeakyReLU,
        "elu": keras.layers.ELU,
        "relu6": lambda: keras.layers.ReLU(max_value=6),
        "sigmoid": lambda: keras.layers.Activation("sigmoid"),
    }
    first = layer(filters, size, strides=strides, padding=padding, use_bias=use_bias)
    return keras.Sequential([first, *(makers[name]() for name in after.split())])


def _nearest_block(filters: int, size: int) -> keras.Sequential:
    norm, relu = keras.layers.BatchNormalization(), keras.layers.ReLU()
    first = keras.layers.Conv2D(filters, size, padding="same", use_bias=False)
    return keras.Sequential([keras.layers.UpSampling2D(2), first, norm, relu])


def _fused_block(filters: int, size: int) -> keras.Sequential:
    first = keras.layers.Conv2DTranspose(
        filters, size, strides=2, padding="same", use_bias=False, activation="relu"
    )
    return keras.Sequential([first, keras.layers.BatchNormalization()])


def _wrong_block(**mistakes: Any) -> Callable:
    return lambda filters, size: _block(filters, size, **mistakes)


def _observe_block(answer: Callable, filters: int, size: int) -> dict | None:
    """Puts a feature map through the block, and reads its layers."""
    block = answer(filters, size)
    if block is None:
        return None
    if not isinstance(block, keras.layers.Layer):
        came = "a symbolic tensor" if isinstance(block, keras.KerasTensor) else type(block).__name__
        raise UnfitAnswer(
            f"upsample has to return a block that can be called, a keras.Sequential; "
            f"what comes back is {came}.",
            "returns no block",
        )
    shape = tuple(block(np.zeros((2, 4, 6, 5), np.float32)).shape)
    layers = layers_in(block)
    kinds = keras.layers.Conv2DTranspose | keras.layers.Conv2D
    convolution = next((layer for layer in layers if isinstance(layer, kinds)), None)
    norms = [layer for layer in layers if isinstance(layer, keras.layers.BatchNormalization)]
    return {
        "the shape made of (2, 4, 6, 5)": shape,
        "the order of its layers": ", ".join(name for one in layers for name in names_of(one)),
        "the convolution's kernel": getattr(convolution, "kernel_size", None),
        "the convolution's stride": getattr(convolution, "strides", None),
        "the convolution's padding": getattr(convolution, "padding", None),
        "the convolution's bias": getattr(convolution, "use_bias", None),
        "the batch norm's shift": all(norm.center for norm in norms),
        "the batch norm's axis": next((norm.axis % len(shape) for norm in norms), len(shape) - 1),
    }


MISCONCEPTIONS = (
    Misconception(
        "stride 1",
        "Height and width come out as they went in. The default stride is 1: the stamps "
        "stand one pixel apart.",
        _wrong_block(strides=1),
    ),
    Misconception(
        "padding valid",
        "The map comes out a little larger than twice its size, so it would fit none of the "
        "encoder's. That is the default padding, under which stamps reach over the edge.",
        _wrong_block(padding="valid"),
    ),
    Misconception(
        "bias and norm",
        "The convolution adds a bias, and the batch norm behind it subtracts it again, along "
        "with the mean: numbers that are kept for nothing.",
        _wrong_block(use_bias=True),
    ),
    Misconception(
        "leaves out the norm's shift",
        "The batch norm has no shift, `center=False`. Without it and without a bias every channel "
        "has the mean 0, so the ReLU cuts off about half of it: one of the two has to stay, and "
        "only the bias is taken away again.",
        _wrong_block(center=False),
        also=(_wrong_block(center=False, use_bias=True),),
    ),
    Misconception(
        "norm along another axis",
        "The batch norm works along the rows or columns, not along the channels: it keeps numbers "
        "for each row, and so fits maps of one size only. The channels are the last axis.",
        _wrong_block(axis=1),
        also=(_wrong_block(axis=2),),
    ),
    Misconception(
        "norm after ReLU",
        "The ReLU works before the batch norm. It has cut off the negative half by then, and "
        "what the norm gives can be negative again.",
        _wrong_block(after="relu norm"),
        also=(_fused_block,),
    ),
    Misconception(
        "no batch norm",
        "There is no batch norm, and the block is to have one: it brings each channel to mean 0 "
        "and spread 1, whatever the layers before it have become.",
        _wrong_block(after="relu"),
        also=(_wrong_block(after="relu", use_bias=True),),
    ),
    Misconception(
        "no ReLU",
        "There is no ReLU. Without such a kink between them, two blocks in a row would be no more "
        "than a single larger one.",
        _wrong_block(after="norm"),
        also=(_wrong_block(after=""), _wrong_block(after="", use_bias=True)),
    ),
    Misconception(
        "an ordinary convolution",
        "An ordinary convolution with stride 2 halves the sides. This is the encoder's way "
        "down; the decoder goes up.",
        _wrong_block(layer=keras.layers.Conv2D),
    ),
    Misconception(
        "swaps filters and size",
        "Filters and kernel size have changed places: the block gives `size` channels, with "
        "a kernel of `filters` pixels.",
        lambda filters, size: _block(size, filters),
    ),
    Misconception(
        "enlarges by nearest neighbour",
        "The sides are doubled by copying pixels, and only then is something learned. That "
        "works, and makes no checkerboards, but asked for is the transposed convolution, "
        "which does both at once.",
        _nearest_block,
    ),
    Misconception(
        "always the same kernel",
        "The kernel is the same whatever `size` says.",
        lambda filters, size: _block(filters, 3),
        also=(lambda filters, size: _block(filters, 4), lambda filters, size: _block(filters, 2)),
    ),
    Misconception(
        "takes the kernel's size for the stride",
        "The stride is taken from the kernel's size, so that a kernel of 3 would make the map "
        "three times as large. A block doubles, whatever its kernel.",
        lambda filters, size: _block(filters, size, strides=size),
    ),
    Misconception(
        "another activation",
        "The activation at the end is not the ReLU that was asked for.",
        _wrong_block(after="norm leaky"),
        also=(
            _wrong_block(after="norm elu"),
            _wrong_block(after="norm sigmoid"),
            _wrong_block(after="norm relu6"),
        ),
    ),
    Misconception(
        "drops activations unasked",
        "There is a dropout in the block. It can be of use where a decoder learns its training "
        "pets by heart; here it was not asked for.",
        _wrong_block(after="norm dropout relu"),
        also=(_wrong_block(after="norm relu dropout"),),
    ),
)
