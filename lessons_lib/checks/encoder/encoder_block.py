"""encoder_block: one step down of an encoder that is built from nothing."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from lessons_lib.checks.observing import UnfitAnswer
from lessons_lib.checks.task import Misconception, Task
from lessons_lib.quiet import keras


def declare() -> Task:
    """Declares the exercise."""
    return Task(
        name="encoder_block",
        lesson=2,
        minutes=10,
        aim="Build one step down of an encoder: a convolution with `filters` channels and a kernel "
        "of `size` that keeps height and width, then batch norm, then ReLU, then max pooling, "
        "which halves both.",
        signature="encoder_block(filters, size)",
        hints=(
            "`keras.Sequential` takes a list of layers, in the order in which they work.",
            "Four layers: `Conv2D`, `BatchNormalization`, `ReLU`, `MaxPooling2D`. Only the first "
            "needs to be told something.",
            'A convolution has `padding="valid"` by default, and its maps come out smaller than '
            "they went in. Lesson 2 has the other word.",
            'keras.layers.Conv2D(filters, size, padding="same") is the first of the four.',
        ),
        reference=_block,
        cases=lambda: [(8, 3, FIRST_SHAPE), (6, 2, (3, 12, 6, 3))],
        observe=_observe_block,
        misconceptions=MISCONCEPTIONS,
        why="Such blocks, one behind the other, are the left side of Ronneberger's U-Net, which "
        "you build in lesson 6; what each has before its pooling goes over the skip connection.",
    )


FIRST_SHAPE = (2, 8, 12, 5)
RIGHT_ORDER = "conv norm relu pool"
# What a block may be made of, in the order of its layers, and how that is said.
ORDERS = {
    RIGHT_ORDER: "convolution, batch norm, ReLU, max pooling",
    "conv relu norm pool": "convolution, ReLU, batch norm, max pooling",
    "conv relu pool norm": "convolution, ReLU, max pooling, batch norm",
    "conv pool norm relu": "convolution, max pooling, batch norm, ReLU",
    "pool conv norm relu": "max pooling, convolution, batch norm, ReLU",
    "norm conv relu pool": "batch norm, convolution, ReLU, max pooling",
    "norm relu conv pool": "batch norm, ReLU, convolution, max pooling",
    "conv relu pool": "convolution, ReLU, max pooling",
    "conv pool": "convolution, max pooling",
    "conv norm pool": "convolution, batch norm, max pooling",
    "conv norm relu average": "convolution, batch norm, ReLU, average pooling",
    "conv norm relu wide": "convolution, batch norm, ReLU, max pooling of 3×3",
    "conv norm relu skip": "convolution, batch norm, ReLU, every second place",
    "conv norm relu": "convolution, batch norm, ReLU",
    "conv": "a convolution",
    "conv relu": "convolution, ReLU",
    "conv norm": "convolution, batch norm",
    "pointwise norm relu pool": "convolution of 1×1, batch norm, ReLU, max pooling",
    "conv rows relu pool": "convolution, batch norm of each row, ReLU, max pooling",
    "stride norm relu": "convolution of stride 2, batch norm, ReLU",
    "conv layer relu pool": "convolution, layer norm, ReLU, max pooling",
    "conv norm relu conv norm relu pool": "convolution, batch norm, ReLU twice, max pooling",
    "conv conv norm relu pool": "two convolutions, batch norm, ReLU, max pooling",
    "conv relu norm relu pool": "convolution, ReLU, batch norm, ReLU, max pooling",
    "separable norm relu pool": "separable convolution, batch norm, ReLU, max pooling",
} | {
    f"conv norm {name} pool": f"convolution, batch norm, another activation ({name}), max pooling"
    for name in ("leaky", "elu", "relu6", "sigmoid", "gelu", "swish", "tanh")
}
SPREAD = 4  # of the numbers that are put through a block, so that also a ReLU6 is told apart


def _block(filters: int, size: int, order: str = RIGHT_ORDER, **settings: Any) -> keras.Sequential:
    """A block of the layers that are named, with settings of its convolutions."""
    layers = keras.layers
    convolution = {"padding": "same", "use_bias": False} | settings
    makers: dict[str, Callable[[], keras.layers.Layer]] = {
        "conv": lambda: layers.Conv2D(filters, size, **convolution),
        "stride": lambda: layers.Conv2D(filters, size, **{**convolution, "strides": 2}),
        "separable": lambda: layers.SeparableConv2D(filters, size, **convolution),
        "transposed": lambda: layers.Conv2DTranspose(filters, size, strides=2, padding="same"),
        "pointwise": lambda: layers.Conv2D(filters, 1, **convolution),
        "norm": layers.BatchNormalization,
        "rows": lambda: layers.BatchNormalization(axis=1),
        "layer": layers.LayerNormalization,
        "relu": layers.ReLU,
        "leaky": layers.LeakyReLU,
        "relu6": lambda: layers.ReLU(max_value=6),
        "pool": layers.MaxPooling2D,
        "wide": lambda: layers.MaxPooling2D(3, strides=2, padding="same"),
        "average": lambda: layers.AveragePooling2D(2),
        "skip": lambda: layers.MaxPooling2D(1, strides=2),
        "global": layers.GlobalMaxPooling2D,
        "dropout": lambda: layers.Dropout(0.5),
    }
    made = [
        makers[name]() if name in makers else layers.Activation(name.replace("swish", "silu"))
        for name in order.split()
    ]
    return keras.Sequential(made)


def _of(order: str, **settings: Any) -> Callable:
    return lambda filters, size: _block(filters, size, order, **settings)


def _observe_block(answer: Callable, filters: int, size: int, shape: tuple) -> dict | None:
    """Puts a feature map through the block, as in use and as in training."""
    block = answer(filters, size)
    if block is None:
        return None
    _require_block(block)
    maps = _maps(shape)
    block(maps)  # only now it knows how many channels come in
    _fill_by_shape(block)
    in_use = _put_through(block, maps, training=False)
    in_training = [_put_through(block, maps, training=True) for _ in range(2)]
    return {
        f"the shape made of {shape}": str(in_use.shape),
        "what comes out": "numbers below 0 too" if (in_use < 0).any() else "no number below 0",
        "the result in training": _compare_modes(in_use, *in_training),
        "what it computes": _order_of(in_use, in_training[0], filters, size, shape),
    }


def _require_block(block: Any) -> None:
    """Raises `UnfitAnswer` unless it is a layer, or a model, that can be called."""
    if isinstance(block, keras.layers.Layer):
        return
    if isinstance(block, keras.KerasTensor):
        came = "a symbolic tensor"
    elif isinstance(block, list | tuple):
        came = f"{len(block)} things in a {type(block).__name__}; `keras.Sequential` joins layers"
    elif callable(block):
        came = "a function, whose layers nobody would find to train them"
    else:
        came = f"an object of type {type(block).__name__}"
    raise UnfitAnswer(
        "encoder_block has to return a Keras layer or model, such as a keras.Sequential; what "
        f"comes back is {came}.",
        "returns no block",
    )


def _maps(shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(3).normal(1, SPREAD, shape).astype(np.float32)


def _put_through(block: keras.layers.Layer, maps: np.ndarray, *, training: bool) -> np.ndarray:
    result = block(maps, training=training)
    if isinstance(result, list | tuple | dict):
        raise UnfitAnswer(
            f"The block gives {len(result)} results. Asked for is one, the map behind the pooling.",
            "several results",
        )
    return np.asarray(result)


def _fill_by_shape(block: keras.layers.Layer) -> None:
    """Gives weights of one shape the same numbers, in whatever order they come."""
    for weight in block.weights:
        if "float" not in str(weight.dtype):
            continue
        numbers = np.random.default_rng(list(weight.shape))
        values = numbers.normal(0, 0.3, weight.shape)
        weight.assign(values if len(weight.shape) > 1 else 0.5 + np.abs(values))


def _compare_modes(in_use: np.ndarray, in_training: np.ndarray, again: np.ndarray) -> str:
    if not np.allclose(in_training, again, rtol=1e-3, atol=1e-3):
        return "another result each time"
    if np.allclose(in_use, in_training, rtol=1e-3, atol=1e-3):
        return "the same as in use"
    return "it measures the batch"


def _order_of(
    in_use: np.ndarray, in_training: np.ndarray, filters: int, size: int, shape: tuple
) -> str:
    """Says which layers in which order do the same; with or without a bias.

    In the first case only, as that is told, and each order takes a while to try.
    """
    for order, said in ORDERS.items():
        if shape != FIRST_SHAPE and order != RIGHT_ORDER:
            break
        for use_bias in (False, True):
            expected = _known_results(order, use_bias, filters, size, shape)
            pairs = zip(expected, (in_use, in_training), strict=True)
            if all(
                one.shape == other.shape and np.allclose(one, other, rtol=2e-2, atol=1e-2)
                for one, other in pairs
            ):
                return said
    return "something else"


@functools.cache
def _known_results(
    order: str, use_bias: bool, filters: int, size: int, shape: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray]:
    block, maps = _block(filters, size, order, use_bias=use_bias), _maps(shape)
    block(maps)
    _fill_by_shape(block)
    return _put_through(block, maps, training=False), _put_through(block, maps, training=True)


MISCONCEPTIONS = (
    Misconception(
        "padding valid",
        "The maps come out smaller than half. The convolution has cut off its edge, where the "
        "window would reach out of the map: that is the default padding.",
        _of(RIGHT_ORDER, padding="valid"),
    ),
    Misconception(
        "no pooling",
        "Height and width come out as they went in. Pooling is to halve them.",
        _of("conv norm relu"),
    ),
    Misconception(
        "not all of the four",
        "It is not all there. Convolution, batch norm, ReLU and max pooling were asked for, four "
        "layers; height and width come out as they went in.",
        _of("conv"),
        also=(_of("conv relu"), _of("conv norm")),
    ),
    Misconception(
        "halves by the stride",
        "A stride of 2 halves the map, as in MobileNetV2. Asked for is a convolution that looks at "
        "every place, and max pooling, which keeps the largest of four.",
        _of("stride norm relu"),
    ),
    Misconception(
        "halves twice",
        "The map is a quarter as high and wide, and one halving was asked for. Is there a stride "
        "of 2 beside the pooling, or does the pooling take 4×4 places?",
        _of("stride norm relu pool"),
    ),
    Misconception(
        "no batch norm",
        "There is no batch norm: in training it would measure each batch and bring each channel to "
        "mean 0 and spread 1.",
        _of("conv relu pool"),
    ),
    Misconception(
        "no ReLU",
        "There is no ReLU, so numbers below 0 come out. Without such a kink two convolutions in a "
        "row are no more than a single larger one.",
        _of("conv norm pool"),
    ),
    Misconception(
        "convolution and pooling alone",
        "There is neither batch norm nor ReLU: batch norm measures each channel, and the ReLU "
        "behind it sets to 0 what is below.",
        _of("conv pool"),
    ),
    Misconception(
        "norm after ReLU",
        "The ReLU works before the batch norm. It has cut off the negative half by then, and what "
        "the norm measures is no longer what the convolution gave.",
        _of("conv relu norm pool"),
        also=(_of("conv relu pool norm"),),
    ),
    Misconception(
        "two ReLUs",
        "There is a ReLU before the batch norm and another behind it. The first has cut off half "
        "of what the norm should measure.",
        _of("conv relu norm relu pool"),
    ),
    Misconception(
        "pools before the norm",
        "Pooling comes before the batch norm, which then measures the largest of each four places "
        "only. Asked for is pooling at the end.",
        _of("conv pool norm relu"),
    ),
    Misconception(
        "pools first",
        "Pooling comes first, so the convolution sees a map in which three of four places are "
        "gone. It should look at all of them.",
        _of("pool conv norm relu"),
    ),
    Misconception(
        "norm first",
        "The batch norm stands before the convolution and measures what comes in. Asked for is the "
        "norm of what the convolution gives.",
        _of("norm conv relu pool"),
        also=(_of("norm relu conv pool"),),
    ),
    Misconception(
        "average pooling",
        "The mean of four places is kept. Max pooling keeps the largest: that a feature was there, "
        "somewhere in the four.",
        _of("conv norm relu average"),
    ),
    Misconception(
        "pools over other windows",
        "The windows of the pooling are not 2×2, side by side: they overlap, or leave places out.",
        _of("conv norm relu wide"),
        also=(_of("conv norm relu skip"),),
    ),
    Misconception(
        "pools the whole map",
        "All places become one, and where something is, is lost. That is for naming a whole "
        "picture; here each side is only halved.",
        _of("conv norm relu global"),
    ),
    Misconception(
        "enlarges",
        "It goes up: the map becomes larger, or does not shrink. A transposed convolution is the "
        "decoder's.",
        _of("transposed norm relu"),
    ),
    Misconception(
        "another activation",
        "The activation is not the ReLU that was asked for, which sets numbers below 0 to 0 and "
        "keeps all others.",
        _of("conv norm leaky pool"),
        also=tuple(
            _of(f"conv norm {name} pool")
            for name in ("elu", "relu6", "sigmoid", "gelu", "swish", "tanh")
        ),
    ),
    Misconception(
        "another norm",
        "It normalizes each place, or each picture, by itself, in training and in use alike. Batch "
        "norm measures each channel over the whole batch.",
        _of("conv layer relu pool"),
    ),
    Misconception(
        "norm along another axis",
        "The batch norm measures each row of the map instead of each channel. Channels are the "
        "last axis, as its default has it.",
        _of("conv rows relu pool"),
    ),
    Misconception(
        "a kernel of 1",
        "The convolution looks at one place alone. How many it looks at stands in `size`.",
        _of("pointwise norm relu pool"),
    ),
    Misconception(
        "two convolutions",
        "There are two convolutions. Ronneberger's blocks have two; asked for is one.",
        _of("conv norm relu conv norm relu pool"),
        also=(_of("conv conv norm relu pool"),),
    ),
    Misconception(
        "a separable convolution",
        "The convolution is split into a depthwise and a pointwise one, as in MobileNetV2. It is "
        "cheaper, and computes something else; asked for is a plain one.",
        _of("separable norm relu pool"),
    ),
    Misconception(
        "drops activations unasked",
        "There is a dropout in the block, so that each call in training gives something else. Here "
        "it was not asked for.",
        _of("conv norm relu dropout pool"),
    ),
    Misconception(
        "swaps filters and size",
        "Filters and kernel size have changed places: the block gives `size` channels, with a "
        "kernel of `filters` pixels.",
        lambda filters, size: _block(size, filters),
    ),
    Misconception(
        "always the same kernel",
        "The kernel is the same whatever `size` says.",
        lambda filters, size: _block(filters, 3),
        also=(lambda filters, size: _block(filters, 2),),
    ),
    Misconception(
        "always the same channels",
        "The number of channels is the same whatever `filters` says.",
        lambda filters, size: _block(32, size),
        also=tuple(lambda filters, size, count=count: _block(count, size) for count in (16, 64)),
    ),
)
