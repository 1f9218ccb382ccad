"""Lesson 3's exercises: enlarging, joining, the whole U, and from logits to a mask.

Feature maps are float32 N×H×W×C, logits N×S×S×classes, masks N×S×S×1. The encoders here are small
stand-ins, so that a check builds many U-Nets in a second.
"""

from collections.abc import Callable

import numpy as np

from lessons_lib.checks.common import as_whole, photos, require_model, tiny_encoder
from lessons_lib.checks.observing import UnfitAnswer
from lessons_lib.checks.task import Misconception, Task
from lessons_lib.decoder import create_mask as course_create_mask
from lessons_lib.decoder import unet_model as course_unet_model
from lessons_lib.decoder import upsample as course_upsample
from lessons_lib.quiet import keras, tf

LESSON = 3


# --- transposed_convolution ----------------------------------------------------------------------


def _stamp(numbers, kernel, stride: int) -> np.ndarray:
    size = len(kernel)
    height, width = numbers.shape
    result = np.zeros((stride * (height - 1) + size, stride * (width - 1) + size))
    for row in range(height):
        for column in range(width):
            top, left = stride * row, stride * column
            result[top : top + size, left : left + size] += numbers[row, column] * kernel
    return result


def _stamp_over(numbers, kernel, stride: int) -> np.ndarray:
    """Like `_stamp`, but a later stamp takes the place of an earlier one."""
    size = len(kernel)
    result = np.zeros_like(_stamp(numbers, kernel, stride))
    for row, column in np.ndindex(numbers.shape):
        top, left = stride * row, stride * column
        result[top : top + size, left : left + size] = numbers[row, column] * kernel
    return result


def _average_overlaps(numbers, kernel, stride: int) -> np.ndarray:
    stamps = _stamp(np.ones_like(numbers), np.ones_like(kernel), stride)
    return _stamp(numbers, kernel, stride) / np.maximum(stamps, 1)


def _cut_to_size(numbers, kernel, stride: int) -> np.ndarray:
    height, width = numbers.shape
    return _stamp(numbers, kernel, stride)[: stride * height, : stride * width]


def _stamps_to_add() -> list[tuple]:
    small = np.array([[1.0, 2.0], [3.0, 4.0]])
    corner = np.array([[1.0, 0.5], [0.25, 0.0]])
    square = np.array([[0.0, 1.0, 2.0], [3.0, 5.0, 4.0], [6.0, 1.0, 8.0]])
    wide = np.array([[2.0, -1.0, 3.0], [0.5, 4.0, 1.0]])
    return [(small, corner, 2), (small, square, 2), (wide, square, 2), (wide.T, corner, 1)]


TRANSPOSED_CONVOLUTION = Task(
    name="transposed_convolution",
    lesson=LESSON,
    minutes=12,
    aim="Work out a transposed convolution without padding, by hand: each number stamps the "
    "whole kernel, `stride` pixels further on for the next number, and stamps that overlap add up.",
    signature="transposed_convolution(numbers, kernel, stride)",
    hints=(
        "Begin with an array of zeros for the result. How far does the last stamp reach?",
        "For n numbers in a row, the last stamp begins at stride * (n - 1) and is as long as the "
        "kernel.",
        "Two loops, over the rows and the columns of `numbers`. The stamp of one number is the "
        "number times the kernel, laid at stride * row and stride * column.",
        "A slice of the result is as large as the kernel: `result[top : top + size, left : left + "
        "size]`. What has to happen to what lies there already?",
    ),
    reference=_stamp,
    cases=_stamps_to_add,
    returns=("result",),
    misconceptions=(
        Misconception(
            "the last stamp wins",
            "Where stamps overlap, the later one wipes out the earlier. Their sum belongs there: "
            "it is the sum that makes checkerboards.",
            _stamp_over,
        ),
        Misconception(
            "averages the overlaps",
            "Overlapping stamps are averaged. That would avoid checkerboards, but a transposed "
            "convolution does not do it.",
            _average_overlaps,
        ),
        Misconception(
            "takes a stride of 1",
            "The stamps are always one pixel apart, whatever the stride; so almost nothing is "
            "enlarged.",
            lambda numbers, kernel, stride: _stamp(numbers, kernel, 1),
        ),
        Misconception(
            "takes the kernel's size for the stride",
            "The stamps lie side by side, one kernel apart. The stride decides how far apart "
            "they are; a kernel larger than that has to overlap.",
            lambda numbers, kernel, stride: np.kron(numbers, kernel),
        ),
        Misconception(
            "copies without the kernel",
            "Each number is only copied, and the kernel is not used: that is nearest neighbour.",
            lambda numbers, kernel, stride: np.kron(numbers, np.ones_like(kernel)),
            also=(
                lambda numbers, kernel, stride: np.kron(numbers, np.ones((stride, stride))),
                lambda numbers, kernel, stride: _stamp(numbers, np.ones_like(kernel), stride),
            ),
        ),
        Misconception(
            "stamps the kernel without the number",
            "Every stamp is the same: the kernel alone. What has become of the number that "
            "stamps it?",
            lambda numbers, kernel, stride: _stamp(np.ones_like(numbers), kernel, stride),
        ),
        Misconception(
            "turns the kernel round",
            "The kernel is turned over. A stamp is laid down as it is.",
            lambda numbers, kernel, stride: _stamp(numbers, kernel[::-1, ::-1], stride),
            also=(lambda numbers, kernel, stride: _stamp(numbers, kernel.T, stride),),
        ),
        Misconception(
            "cuts off what reaches beyond",
            "The stamps at the lower and right edge are cut off, to keep `stride` times the size. "
            "Keras does so with padding \"same\"; here no stamp is cut.",
            _cut_to_size,
        ),
    ),
    why="Whoever has added overlapping stamps once knows where checkerboards come from.",
)


# --- upsample ------------------------------------------------------------------------------------


def _block(
    filters: int,
    size: int,
    *,
    strides: int = 2,
    padding: str = "same",
    use_bias: bool = False,
    after: str = "norm relu",
    layer: type = keras.layers.Conv2DTranspose,
) -> keras.Sequential:
    """An upsampling block with a choice of mistakes."""
    makers = {
        "norm": keras.layers.BatchNormalization,
        "relu": keras.layers.ReLU,
        "dropout": lambda: keras.layers.Dropout(0.5),
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


def _wrong_block(**mistakes) -> Callable:
    return lambda filters, size: _block(filters, size, **mistakes)


LAYER_NAMES = {
    "Conv2DTranspose": "transposed convolution",
    "Conv2D": "convolution",
    "UpSampling2D": "enlarging",
    "BatchNormalization": "batch norm",
    "ReLU": "ReLU",
    "Dropout": "dropout",
}


def _layers_in(block: keras.layers.Layer) -> list[keras.layers.Layer]:
    """The layers of a block, those of the blocks within it too, in their order."""
    if not isinstance(block, keras.Model):
        return [] if isinstance(block, keras.layers.InputLayer) else [block]
    return [layer for part in block.layers for layer in _layers_in(part)]


def _names_of(layer: keras.layers.Layer) -> list[str]:
    """What a layer does; a convolution with an activation does two things."""
    kind, activation = type(layer).__name__, getattr(layer, "activation", None)
    function = getattr(activation, "__name__", "linear").replace("relu", "ReLU")
    first = [] if kind == "Activation" else [LAYER_NAMES.get(kind, kind)]
    return first + ([] if function == "linear" else [function])


def _observe_block(answer, filters: int, size: int) -> dict | None:
    """Puts a feature map through the block, and reads its layers."""
    block = answer(filters, size)
    if block is None:
        return None
    if not isinstance(block, keras.layers.Layer):
        came = "a symbolic tensor" if isinstance(block, keras.KerasTensor) else type(block).__name__
        raise UnfitAnswer(
            f"upsample has to return a block that can be called, a keras.Sequential; "
            f"what comes back is {came}."
        )
    shape = tuple(block(np.zeros((2, 4, 6, 5), np.float32)).shape)
    layers = _layers_in(block)
    kinds = keras.layers.Conv2DTranspose | keras.layers.Conv2D
    convolution = next((layer for layer in layers if isinstance(layer, kinds)), None)
    return {
        "the shape made of (2, 4, 6, 5)": shape,
        "the order of its layers": ", ".join(name for one in layers for name in _names_of(one)),
        "the convolution's kernel": getattr(convolution, "kernel_size", None),
        "the convolution's stride": getattr(convolution, "strides", None),
        "the convolution's padding": getattr(convolution, "padding", None),
        "the convolution's bias": getattr(convolution, "use_bias", None),
    }


UPSAMPLE = Task(
    name="upsample",
    lesson=LESSON,
    minutes=8,
    aim="Build one block of the decoder, which doubles height and width: a transposed convolution "
    "with `filters` channels and a kernel of `size`, then batch norm, then ReLU.",
    signature="upsample(filters, size)",
    hints=(
        "`keras.Sequential` takes a list of layers, in the order in which they work.",
        "Two settings of the transposed convolution decide its output's size: how far apart its "
        "stamps are, and what happens at the edges.",
        "The batch norm behind it takes away whatever constant the convolution adds. So which "
        "part of the convolution is of no use?",
        "`Conv2DTranspose` has the settings `strides`, `padding` and `use_bias`; none of the "
        "three stays at its default here.",
    ),
    reference=course_upsample,
    cases=lambda: [(8, 3), (6, 4)],
    observe=_observe_block,
    misconceptions=(
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
            "with the mean: numbers that are trained for nothing.",
            _wrong_block(use_bias=True),
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
            "There is no batch norm. A decoder of four such blocks trains far more slowly, since "
            "each block has to follow the changing scale of the one before.",
            _wrong_block(after="relu"),
            also=(_wrong_block(after="relu", use_bias=True),),
        ),
        Misconception(
            "no ReLU",
            "There is no ReLU. Without anything nonlinear between them, two blocks could be "
            "replaced by a single one.",
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
            "drops activations unasked",
            "There is a dropout in the block. It is of use where a decoder overfits; here it was "
            "not asked for.",
            _wrong_block(after="norm dropout relu"),
            also=(_wrong_block(after="norm relu dropout"),),
        ),
    ),
    why="A block that doubles exactly meets a map of the encoder's at each size, and so every "
    "skip connection fits.",
)


# --- connect -------------------------------------------------------------------------------------


def _double(maps) -> np.ndarray:
    """A block that doubles the sides by copying and adds up the channels."""
    maps = np.asarray(maps).sum(axis=-1, keepdims=True)
    return maps.repeat(2, axis=1).repeat(2, axis=2)


def _maps_to_connect() -> list[tuple]:
    """First a picture of one pixel, to be read at a glance, then one of the usual shape."""

    def one_pixel(number: float) -> np.ndarray:
        return np.full((1, 1, 1, 1), number, np.float32)

    def times_ten(maps) -> np.ndarray:
        return 10 * np.asarray(maps)

    numbers = np.random.default_rng(3)
    skips = [numbers.random((2, side, side, 1), dtype=np.float32) for side in (8, 4)]
    deepest = numbers.random((2, 2, 2, 3), dtype=np.float32)
    return [
        (one_pixel(1), [one_pixel(2), one_pixel(3)], [times_ten, times_ten]),
        (deepest, skips, [_double, _double]),
    ]


def _along(axis: int) -> Callable:
    return lambda first, second: np.concatenate([first, second], axis=axis)


def _connect(join=_along(-1), *, deep_first: bool = True, join_first: bool = False) -> Callable:
    """An answer that walks up the decoder, with a choice of mistakes."""

    def connect(features, skips, blocks):
        for block, skip in zip(blocks, skips[::-1] if deep_first else skips, strict=True):
            features = block(join(features, skip)) if join_first else join(block(features), skip)
        return features

    return connect


def _by_keras(first, second):
    return keras.layers.Concatenate()([first, second])


def _by_tensorflow(first, second):
    return tf.concat([first, second], axis=-1)


def _only_blocks(features, skips, blocks):
    for block in blocks:
        features = block(features)
    return features


def _only_joins(features, skips, blocks):
    for skip in skips[::-1]:
        features = np.concatenate([features, skip], axis=-1)
    return features


def _from_the_deepest_anew(features, skips, blocks):
    for block, skip in zip(blocks, skips[::-1], strict=True):
        joined = np.concatenate([block(features), skip], axis=-1)
    return joined


CONNECT = Task(
    name="connect",
    lesson=LESSON,
    minutes=10,
    aim="Walk up the decoder: each block works on the features so far, and its result is joined "
    "with the encoder's map of the same size, channels behind channels, the decoder's first.",
    signature="connect(features, skips, blocks)",
    hints=(
        "`skips` comes from the encoder, shallow to deep. Which of them is as large as the first "
        "block's output?",
        "`zip(blocks, reversed(skips))` gives a block and its skip connection in each round.",
        "In each round two lines, and both give `features` a new value: first the block, then "
        "the join.",
        "To join, `np.concatenate` and `keras.layers.Concatenate()` take a list of two maps; the "
        "channels are axis -1.",
    ),
    reference=_connect(),
    cases=_maps_to_connect,
    returns=("result",),
    misconceptions=(
        Misconception(
            "adds",
            "The maps are added. Then the next block cannot tell any more what came from below "
            "and what from the side. Joined, both are kept.",
            _connect(lambda first, second: first + second),
            also=(_connect(lambda first, second: (first + second) / 2),),
        ),
        Misconception(
            "wrong axis",
            "The maps are laid one below or beside the other, as a larger picture. They show the "
            "same place, so they belong behind each other, as further channels.",
            _connect(_along(1)),
            also=(
                _connect(_along(2)),
                _connect(_along(0)),
                _connect(lambda *maps: tf.concat(maps, axis=1)),
                _connect(lambda *maps: tf.concat(maps, axis=2)),
                _connect(lambda *maps: tf.concat(maps, axis=0)),
            ),
        ),
        Misconception(
            "shallowest first",
            "The skip connections are taken in the encoder's order, shallowest first. The decoder "
            "comes from the deep end, so the first map that it meets is the smallest.",
            _connect(deep_first=False),
            also=(
                _connect(_by_tensorflow, deep_first=False),
                _connect(_by_keras, deep_first=False),
            ),
        ),
        Misconception(
            "joins before the block",
            "The join comes before the block. Before it has been enlarged, the map from below is "
            "half as large as the one from the side.",
            _connect(join_first=True),
            also=(
                _connect(_by_tensorflow, join_first=True),
                _connect(_by_keras, join_first=True),
            ),
        ),
        Misconception(
            "puts the skip in front",
            "All is there, but the encoder's channels stand in front of the decoder's. Weights "
            "trained with one order do not fit the other; the task wants the decoder's first.",
            _connect(lambda first, second: np.concatenate([second, first], axis=-1)),
        ),
        Misconception(
            "leaves out the skips",
            "Only the blocks are at work: this is the decoder without skip connections, whose "
            "masks are round blobs.",
            _only_blocks,
        ),
        Misconception(
            "leaves out the blocks",
            "The maps are joined, but no block has worked on them: nothing is enlarged.",
            _only_joins,
            also=(lambda features, skips, blocks: np.concatenate([features, *skips], axis=-1),),
        ),
        Misconception(
            "begins anew each round",
            "Each round begins with the deepest map again, so that only the last block and the "
            "last skip connection count. What one round makes has to go into the next.",
            _from_the_deepest_anew,
        ),
    ),
    why="From below comes what it is, from the side where its edges run; the next block can only "
    "weigh them against each other if it gets both.",
)


# --- unet_model ----------------------------------------------------------------------------------

UNEQUAL = "maps of unequal size"


def _unet(
    num_classes: int,
    encoder: keras.Model,
    filters,
    *,
    join: Callable = keras.layers.Concatenate,
    deep_first: bool = True,
    finish: Callable | None = None,
    activation: str | None = None,
) -> keras.Model:
    """A U-Net with a choice of mistakes."""
    image = keras.Input(encoder.input_shape[1:])
    *skips, features = encoder(image)
    for width, skip in zip(filters, skips[::-1] if deep_first else skips, strict=True):
        features = join()([course_upsample(width)(features), skip])
    last = keras.layers.Conv2DTranspose(
        num_classes, 3, strides=2, padding="same", activation=activation
    )
    return keras.Model(image, (finish or last)(features))


def _wrong_unet(**mistakes) -> Callable:
    return lambda num_classes, encoder, filters: _unet(num_classes, encoder, filters, **mistakes)


def _stops_at_half(num_classes, encoder, filters):
    last = keras.layers.Conv2D(num_classes, 3, padding="same")
    return _unet(num_classes, encoder, filters, finish=last)


def _repeats_pixels_at_the_end(num_classes, encoder, filters):
    last = keras.layers.Conv2D(num_classes, 3, padding="same")
    return _unet(
        num_classes,
        encoder,
        filters,
        finish=lambda features: keras.layers.UpSampling2D(2)(last(features)),
    )


def _gives_a_mask(num_classes, encoder, filters):
    model = _unet(num_classes, encoder, filters)
    mask = keras.ops.argmax(model.outputs[0], axis=-1)
    return keras.Model(model.inputs, keras.ops.expand_dims(mask, -1))


def _with_softmax_layer(num_classes, encoder, filters):
    model = _unet(num_classes, encoder, filters)
    return keras.Model(model.inputs, keras.layers.Softmax()(model.outputs[0]))


def _copies_the_encoder(num_classes, encoder, filters):
    return _unet(num_classes, keras.models.clone_model(encoder), filters)


def _observe_unet(answer, num_classes: int, encoder: keras.Model, filters) -> dict | None:
    """Builds the model, runs it, and says what comes out and what it holds."""
    try:
        model = answer(num_classes, encoder, filters)
    except ValueError as error:
        # Keras' own words where maps to be joined differ in height or width.
        if "matching shapes" not in str(error):
            raise
        model = UNEQUAL
    if model is None:
        return None
    if model == UNEQUAL:
        return _unet_properties(joins=UNEQUAL)
    require_model("unet_model", model)
    logits = np.asarray(model(photos(2, encoder.input_shape[1])))
    own = {id(weight) for weight in model.weights}
    return _unet_properties(
        joins="maps of equal size",
        shape=logits.shape,
        numbers=_describe_numbers(logits),
        last=_names_of([layer for layer in _layers_in(model) if layer.weights][-1])[0],
        encoder="the one given" if {id(one) for one in encoder.weights} <= own else "another one",
        parameters=model.count_params(),
    )


def _unet_properties(
    *,
    joins: str,
    shape: tuple = (),
    numbers: str = "",
    last: str = "",
    encoder: str = "",
    parameters: int = 0,
) -> dict:
    return {
        "what it joins": joins,
        "the shape that comes out": shape,
        "what comes out": numbers,
        "the last layer that learns": last,
        "the encoder in it": encoder,
        "the number of its parameters": parameters,
    }


def _describe_numbers(values: np.ndarray) -> str:
    if values.dtype.kind in "iu":
        return "whole numbers"
    if values.min() < 0:
        return "numbers of both signs"
    if (values == 0).any() or values.max() > 1:
        return "no number below 0"
    adds_up = values.shape[-1] > 1 and np.allclose(values.sum(axis=-1), 1, atol=1e-4)
    return "numbers from 0 to 1, adding up to 1" if adds_up else "numbers from 0 to 1"


UNET_MODEL = Task(
    name="unet_model",
    lesson=LESSON,
    minutes=15,
    aim="Join an encoder and a new decoder to a U-Net: a block `decoder.upsample(width)` for each "
    "number in `filters` (deep to shallow), each followed by its skip connection, and last a "
    "transposed convolution (3×3, stride 2, \"same\") that gives logits.",
    signature="unet_model(num_classes, encoder, filters)",
    hints=(
        "A Keras model is named by its two ends: `keras.Input(encoder.input_shape[1:])` is one "
        "of them. Send it through the encoder to get the list of feature maps.",
        "The deepest feature map is the last of the list: `*skips, features = encoder(image)`.",
        "The loop is that of `connect`, with `zip(filters, reversed(skips))`, and "
        "`keras.layers.Concatenate()` as the join.",
        "After the loop the map still has half the image's sides. The last layer doubles once "
        "more, and its number of channels is that of the classes; give it no activation.",
    ),
    reference=lambda num_classes, encoder, filters: course_unet_model(
        num_classes, encoder=encoder, filters=filters
    ),
    cases=lambda: [
        (3, tiny_encoder((4, 5, 6), side=16), (5, 4)),
        (5, tiny_encoder((3, 4), side=8), (7,)),
    ],
    observe=_observe_unet,
    misconceptions=(
        Misconception(
            "softmax at the end",
            "Softmax makes probabilities of the logits. The loss of lesson 4 does that itself; "
            "done twice, it flattens them, and training becomes slow.",
            _wrong_unet(activation="softmax"),
            also=(_with_softmax_layer,),
        ),
        Misconception(
            "sigmoid at the end",
            "Sigmoid judges each class by itself, yes or no, so that a pixel may be pet and "
            "background at once. The classes exclude each other, and logits are asked for.",
            _wrong_unet(activation="sigmoid"),
        ),
        Misconception(
            "ReLU at the end",
            "ReLU cuts off all logits below 0, and a logit has to be able to say \"surely not\".",
            _wrong_unet(activation="relu"),
        ),
        Misconception(
            "stops at half the size",
            "The output is half as high and wide as the photo. The shallowest tap has been "
            "halved once already; one more doubling is missing.",
            _stops_at_half,
        ),
        Misconception(
            "repeats pixels at the end",
            "The size is right, but the last step only copies each pixel into four: the outline "
            "goes in stairs of two pixels. Let the last layer learn how to enlarge.",
            _repeats_pixels_at_the_end,
        ),
        Misconception(
            "one channel",
            "One channel comes out, as in a mask. The model has to give a number to each class "
            "in each pixel; only afterwards does `create_mask` choose.",
            lambda num_classes, encoder, filters: _unet(1, encoder, filters),
            also=(
                lambda num_classes, encoder, filters: _unet(
                    1, encoder, filters, activation="sigmoid"
                ),
            ),
        ),
        Misconception(
            "gives a mask",
            "The model chooses the class itself. A choice has no gradient, so nothing could be "
            "trained any more; the choice comes after the model.",
            _gives_a_mask,
        ),
        Misconception(
            "always three classes",
            "However many classes are asked for, three come out. The pets have three; another "
            "data set will not.",
            lambda num_classes, encoder, filters: _unet(3, encoder, filters),
        ),
        Misconception(
            "no skip connections",
            "The encoder's larger maps are not used, so every outline has to be guessed from the "
            "deepest one.",
            lambda num_classes, encoder, filters: course_unet_model(
                num_classes, encoder=encoder, filters=filters, skip_connections=False
            ),
        ),
        Misconception(
            "adds",
            "The maps are added. That only works where both happen to have as many channels, and "
            "the next block cannot tell them apart any more.",
            _wrong_unet(join=keras.layers.Add),
        ),
        Misconception(
            "joins maps of unequal size",
            "Two maps of unequal height and width are to be joined. Compare the block's output "
            "with each of the taps: which is as large? The encoder gives the largest first.",
            _wrong_unet(deep_first=False),
        ),
        Misconception(
            "filters shallow first",
            "The blocks take `filters` from its end. Its first number is that of the deepest "
            "block, where the map is small and channels are many.",
            lambda num_classes, encoder, filters: _unet(num_classes, encoder, filters[::-1]),
        ),
        Misconception(
            "copies the encoder",
            "The model holds another encoder than the one you were given, with other weights: "
            "what it had learned is lost.",
            _copies_the_encoder,
        ),
    ),
    why="One function for every encoder: in lesson 4 it gets the pretrained one, and you may try "
    "any other that gives maps in steps of two.",
)


# --- create_mask ---------------------------------------------------------------------------------


def _logits() -> list[tuple]:
    sizes = [(1, 2, 3, 3), (2, 4, 3, 5), (3, 2, 2, 2)]
    numbers = np.random.default_rng(5)
    return [(numbers.normal(0, 2, size).round(1).astype(np.float32),) for size in sizes]


def _softmax(logits) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _argmax(axis: int, *, keepdims: bool = False) -> Callable:
    return lambda logits: np.argmax(logits, axis=axis, keepdims=keepdims)


CREATE_MASK = Task(
    name="create_mask",
    lesson=LESSON,
    minutes=5,
    aim="Turn logits N×H×W×C into a mask N×H×W×1: in each pixel the label, from 0, of the class "
    "with the largest logit.",
    signature="create_mask(logits)",
    hints=(
        "\"Which is the largest?\" is another question than \"how large is the largest?\".",
        "`np.argmax` answers it along one axis, and that axis disappears. Which one holds the "
        "classes?",
        "The classes are the last axis, -1. A mask has a last axis of size 1: put one back, "
        "by `[..., np.newaxis]` or by `keepdims=True`.",
    ),
    reference=course_create_mask,
    cases=_logits,
    returns=("mask",),
    misconceptions=(
        Misconception(
            "argmax over the wrong axis",
            "This asks in which row, column or image a logit is largest. No error is raised, but "
            "the classes are still there, and the answers are not labels.",
            _argmax(1, keepdims=True),
            also=(
                _argmax(0),
                _argmax(1),
                _argmax(2),
                _argmax(0, keepdims=True),
                _argmax(2, keepdims=True),
                lambda logits: _argmax(1)(logits)[..., np.newaxis],
                lambda logits: _argmax(2)(logits)[..., np.newaxis],
                lambda logits: tf.argmax(logits)[..., tf.newaxis],
            ),
        ),
        Misconception(
            "one number for all",
            "Without an axis, argmax looks for the largest of all numbers of all images: a "
            "single place comes back instead of a label for each pixel.",
            lambda logits: int(np.argmax(logits)),
        ),
        Misconception(
            "probabilities returned",
            "These are the probabilities of the classes. A mask says which class, in one number "
            "for each pixel.",
            _softmax,
            also=(lambda logits: 1 / (1 + np.exp(-logits)),),
        ),
        Misconception(
            "labels from 1",
            "The labels begin at 1, as in the data set's files. Since `normalize` they begin at "
            "0, and the true masks do so too.",
            lambda logits: course_create_mask(logits) + 1,
        ),
        Misconception(
            "first image only",
            "Only the first mask of the batch comes back. That is enough to show one picture, "
            "not to judge a whole batch.",
            lambda logits: course_create_mask(logits)[0],
            also=(lambda logits: course_create_mask(logits)[:1],),
        ),
        Misconception(
            "no axis for the channel",
            "The labels are right, but the mask has lost its last axis. True masks are N×H×W×1, "
            "and compared with N×H×W, NumPy would stretch both without an error.",
            _argmax(-1),
        ),
        Misconception(
            "the largest logit itself",
            "This is the largest logit, not the class that has it: how large, not which.",
            lambda logits: logits.max(axis=-1, keepdims=True),
            also=(
                lambda logits: logits.max(axis=-1),
                lambda logits: _softmax(logits).max(axis=-1, keepdims=True),
            ),
        ),
        Misconception(
            "the smallest logit",
            "The labels are those of the smallest logits: of the least likely classes.",
            lambda logits: np.argmin(logits, axis=-1, keepdims=True),
        ),
        Misconception(
            "a threshold for each class",
            "Each class is judged by itself, by a threshold. A pixel can so get several classes, "
            "or none; asked for is the one that is ahead of the others.",
            lambda logits: (logits > 0).astype(np.uint8),
            also=(
                lambda logits: (_softmax(logits) > 0.5).astype(np.uint8),
                lambda logits: logits > 0,
            ),
        ),
        Misconception(
            "marks the class in its channel",
            "The winning class is marked by a 1 in its channel (one-hot). A mask holds the "
            "number of that channel.",
            lambda logits: np.eye(logits.shape[-1], dtype=np.uint8)[np.argmax(logits, axis=-1)],
        ),
        Misconception(
            "labels as decimal numbers",
            "The labels are decimal numbers. Labels are names; as whole numbers they can stand "
            "in for an index, and be compared exactly.",
            lambda logits: course_create_mask(logits).astype(np.float32),
        ),
    ),
    why="Softmax would not change which class is ahead, so the mask can be made from the logits "
    "as they are.",
)


# --- parameters_of_block -------------------------------------------------------------------------


def _parameters_of_block(channels: int, skip_channels: int, filters: int, size: int) -> int:
    return size**2 * (channels + skip_channels) * filters + 4 * filters


def _formula(weights: Callable, norm: Callable = lambda filters: 4 * filters) -> Callable:
    """An answer made of two formulas: the convolution's weights, and what comes with them."""
    return lambda channels, skip_channels, filters, size: weights(
        channels, skip_channels, filters, size
    ) + norm(filters)


PARAMETERS_OF_BLOCK = Task(
    name="parameters_of_block",
    lesson=LESSON,
    minutes=6,
    aim="Say how many parameters an `upsample` block holds, trainable or not, that gets `channels` "
    "from below joined with `skip_channels` from the side: a transposed convolution without bias, "
    "and its batch norm.",
    signature="parameters_of_block(channels, skip_channels, filters, size)",
    hints=(
        "Two layers hold numbers: the convolution and the batch norm. ReLU holds none.",
        "The kernel is a window of size by size, and each place in it is a table of channels in "
        "by filters out. How many channels come in, after the join?",
        "A batch norm keeps, for each channel, a scale and a shift that are trained, and a mean "
        "and a variance that are measured.",
    ),
    reference=_parameters_of_block,
    cases=lambda: [(2, 3, 5, 3), (96, 32, 16, 3), (40, 24, 8, 4)],
    observe=lambda answer, *inputs: as_whole(answer(*inputs)),
    misconceptions=(
        Misconception(
            "forgets the kernel",
            "The kernel's window is not counted. Each filter looks at more than one pixel, and "
            "has a weight for each of them.",
            _formula(lambda channels, skip, filters, size: (channels + skip) * filters),
        ),
        Misconception(
            "does not square the kernel",
            "Of the kernel only one side is counted. A window of 3×3 has more than 3 pixels.",
            _formula(lambda channels, skip, filters, size: size * (channels + skip) * filters),
        ),
        Misconception(
            "forgets the skip's channels",
            "The channels of the skip connection are left out. They are joined on before the "
            "block, and each filter reads them too.",
            _formula(lambda channels, skip, filters, size: size**2 * channels * filters),
        ),
        Misconception(
            "counts the skip only",
            "Only the channels of the skip connection are counted; those from below come in as "
            "well.",
            _formula(lambda channels, skip, filters, size: size**2 * skip * filters),
        ),
        Misconception(
            "multiplies the channels",
            "The channels from below and those from the side are multiplied with each other. "
            "They are laid behind each other.",
            _formula(lambda channels, skip, filters, size: size**2 * channels * skip * filters),
        ),
        Misconception(
            "forgets the batch norm",
            "The convolution is right, the batch norm is missing. It is small, but it holds "
            "numbers of its own.",
            _formula(
                lambda channels, skip, filters, size: size**2 * (channels + skip) * filters,
                lambda filters: 0,
            ),
            also=(
                _formula(
                    lambda channels, skip, filters, size: size**2 * (channels + skip) * filters,
                    lambda filters: filters,
                ),
            ),
        ),
        Misconception(
            "counts only what batch norm trains",
            "Of the batch norm only what is trained is counted. It also keeps what it has "
            "measured, and a saved model holds that too.",
            _formula(
                lambda channels, skip, filters, size: size**2 * (channels + skip) * filters,
                lambda filters: 2 * filters,
            ),
        ),
        Misconception(
            "counts a bias",
            "One number a filter too many: that is the bias which this convolution does not have.",
            _formula(
                lambda channels, skip, filters, size: size**2 * (channels + skip) * filters,
                lambda filters: 5 * filters,
            ),
        ),
        Misconception(
            "counts one filter",
            "This is one filter's share of the convolution. There are as many as channels that "
            "go out.",
            _formula(lambda channels, skip, filters, size: size**2 * (channels + skip)),
        ),
    ),
    why="The formula shows where to save: a decoder's weights grow with channels in times "
    "channels out, and both are largest in its deepest blocks.",
)

TASKS = (
    TRANSPOSED_CONVOLUTION,
    UPSAMPLE,
    CONNECT,
    UNET_MODEL,
    CREATE_MASK,
    PARAMETERS_OF_BLOCK,
)
