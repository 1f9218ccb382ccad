"""unet_model: encoder and decoder, joined."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lessons_lib.checks.common import layers_in, names_of, photos, require_model, tiny_encoder
from lessons_lib.checks.task import Misconception, Task
from lessons_lib.decoder import unet_model as course_unet_model
from lessons_lib.decoder import upsample as course_upsample
from lessons_lib.quiet import keras


def declare() -> Task:
    """Declares the exercise."""
    return Task(
        name="unet_model",
        lesson=3,
        minutes=15,
        aim="Make a U-Net of an encoder and a new decoder: a block `decoder.upsample(width)` for "
        "each number in `filters` (deep to shallow), each followed by its skip connection, and "
        'last a transposed convolution (3×3, stride 2, "same") that gives logits.',
        signature="unet_model(num_classes, encoder, filters)",
        hints=(
            "A Keras model is made from its two ends: `keras.Input(encoder.input_shape[1:])` is "
            "one of them. Send it through the encoder to get the list of feature maps.",
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
        misconceptions=MISCONCEPTIONS,
        why="One function for every encoder: in lesson 4 it gets the pretrained one, and you may "
        "try any other whose maps begin at half the image's sides and halve from one to the next.",
    )


UNEQUAL = "maps of unequal size"


def _unet(
    num_classes: int,
    encoder: keras.Model,
    filters: Sequence[int],
    *,
    join: Callable = keras.layers.Concatenate,
    deep_first: bool = True,
    order: int = 1,
    finish: Callable | None = None,
    activation: str | None = None,
) -> keras.Model:
    """A U-Net with a choice of mistakes."""
    image = keras.Input(encoder.input_shape[1:])
    *skips, features = encoder(image)
    for width, skip in zip(filters, skips[::-1] if deep_first else skips, strict=True):
        features = join()([course_upsample(width)(features), skip][::order])
    last = keras.layers.Conv2DTranspose(
        num_classes, 3, strides=2, padding="same", activation=activation
    )
    return keras.Model(image, (finish or last)(features))


def _wrong_unet(**mistakes: Any) -> Callable:
    return lambda num_classes, encoder, filters: _unet(num_classes, encoder, filters, **mistakes)


def _stops_at_half(num_classes: int, encoder: keras.Model, filters: Sequence[int]) -> keras.Model:
    last = keras.layers.Conv2D(num_classes, 3, padding="same")
    return _unet(num_classes, encoder, filters, finish=last)


def _repeats_pixels_at_the_end(
    num_classes: int, encoder: keras.Model, filters: Sequence[int]
) -> keras.Model:
    last = keras.layers.Conv2D(num_classes, 3, padding="same")
    return _unet(
        num_classes,
        encoder,
        filters,
        finish=lambda features: keras.layers.UpSampling2D(2)(last(features)),
    )


def _gives_a_mask(num_classes: int, encoder: keras.Model, filters: Sequence[int]) -> keras.Model:
    model = _unet(num_classes, encoder, filters)
    mask = keras.ops.argmax(model.outputs[0], axis=-1)
    return keras.Model(model.inputs, keras.ops.expand_dims(mask, -1))


def _with_softmax_layer(
    num_classes: int, encoder: keras.Model, filters: Sequence[int]
) -> keras.Model:
    model = _unet(num_classes, encoder, filters)
    return keras.Model(model.inputs, keras.layers.Softmax()(model.outputs[0]))


def _copies_the_encoder(
    num_classes: int, encoder: keras.Model, filters: Sequence[int]
) -> keras.Model:
    return _unet(num_classes, keras.models.clone_model(encoder), filters)


def _observe_unet(
    answer: Callable, num_classes: int, encoder: keras.Model, filters: Sequence[int]
) -> dict | None:
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
    computes = _compare_with_wiring(model, logits.shape[-1], encoder, filters)
    if any("Dropout" in type(layer).__name__ for layer in layers_in(model)):
        computes += ", with a dropout in it"
    own = {id(weight) for weight in model.weights}
    return _unet_properties(
        joins="maps of equal size",
        shape=logits.shape,
        numbers=_describe_numbers(logits),
        last=names_of(_last_learning_layer(model))[0],
        kernel=getattr(_last_learning_layer(model), "kernel_size", ()),
        encoder="the one given" if {id(one) for one in encoder.weights} <= own else "another one",
        parameters=model.count_params(),
        computes=computes,
    )


def _last_learning_layer(model: keras.Model) -> keras.layers.Layer:
    return [layer for layer in layers_in(model) if layer.weights][-1]


def _compare_with_wiring(
    model: keras.Model, classes: int, encoder: keras.Model, filters: Sequence[int]
) -> str:
    """Says whether a model computes the same as the course's, when both have the same weights.

    Weights of one shape get the same numbers, so that their order does not matter. The text leaves
    open which of two joined maps comes first.
    """
    kept = [weight.numpy() for weight in model.weights]
    images = photos(2, encoder.input_shape[1], seed=4)
    try:
        _fill_by_shape(model)
        own = np.asarray(model(images), float)
        for order in (1, -1):
            wired = _unet(classes, encoder, filters, order=order)
            _fill_by_shape(wired)
            expected = np.asarray(wired(images))
            if expected.shape == own.shape and np.allclose(expected, own, rtol=1e-3, atol=1e-4):
                return "what the wiring gives"
            other = np.asarray(wired(images * 2 - 1))
            if other.shape == own.shape and np.allclose(other, own, rtol=1e-3, atol=1e-4):
                return "what the wiring gives for images in another range"
    finally:
        for weight, value in zip(model.weights, kept, strict=True):
            weight.assign(value)
    return "something else"


def _fill_by_shape(model: keras.Model) -> None:
    for weight in model.weights:
        numbers = np.random.default_rng(list(weight.shape))
        spread = 0.3 if len(weight.shape) > 1 else 0.5
        values = numbers.normal(0, spread, weight.shape)
        weight.assign(values if len(weight.shape) > 1 else 0.5 + np.abs(values))


def _unet_properties(
    *,
    joins: str,
    shape: tuple = (),
    numbers: str = "",
    last: str = "",
    kernel: tuple = (),
    encoder: str = "",
    parameters: int = 0,
    computes: str = "",
) -> dict:
    return {
        "what it joins": joins,
        "the shape that comes out": shape,
        "what comes out": numbers,
        "the last layer that learns": last,
        "the kernel of its last layer": kernel,
        "the encoder in it": encoder,
        "the number of its parameters": parameters,
        "what it computes": computes,
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


def _other_end(**settings: Any) -> Callable:
    """An answer whose last layer, otherwise as asked for, has other settings."""

    def unet_model(num_classes: int, encoder: keras.Model, filters: Sequence[int]) -> keras.Model:
        chosen = {"strides": 2, "padding": "same"} | settings
        last = keras.layers.Conv2DTranspose(num_classes, 3, **chosen)
        return _unet(num_classes, encoder, filters, finish=last)

    return unet_model


def _adds_after_fitting(
    num_classes: int, encoder: keras.Model, filters: Sequence[int]
) -> keras.Model:
    """Adds the maps, and brings each to the width of the block first."""

    class _FitAndAdd:
        def __call__(self, maps: list) -> Any:
            below, beside = maps
            return below + keras.layers.Conv2D(below.shape[-1], 1)(beside)

    return _unet(num_classes, encoder, filters, join=_FitAndAdd)


def _leaves_out_a_skip(left_out: int) -> Callable:
    def unet_model(num_classes: int, encoder: keras.Model, filters: Sequence[int]) -> keras.Model:
        image = keras.Input(encoder.input_shape[1:])
        *skips, features = encoder(image)
        for number, (width, skip) in enumerate(zip(filters, skips[::-1], strict=True)):
            features = course_upsample(width)(features)
            if number != left_out % len(filters):
                features = keras.layers.Concatenate()([features, skip])
        last = keras.layers.Conv2DTranspose(num_classes, 3, strides=2, padding="same")
        return keras.Model(image, last(features))

    return unet_model


def _scales_the_images(
    num_classes: int, encoder: keras.Model, filters: Sequence[int]
) -> keras.Model:
    image = keras.Input(encoder.input_shape[1:])
    return keras.Model(image, _unet(num_classes, encoder, filters)(keras.ops.add(2 * image, -1)))


def _chooses_without_axis(
    num_classes: int, encoder: keras.Model, filters: Sequence[int]
) -> keras.Model:
    model = _unet(num_classes, encoder, filters)
    return keras.Model(model.inputs, keras.ops.argmax(model.outputs[0], axis=-1))


MISCONCEPTIONS = (
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
        'ReLU cuts off all logits below 0, and a logit has to be able to say "surely not".',
        _wrong_unet(activation="relu"),
    ),
    Misconception(
        "stops at half the size",
        "The output is half as high and wide as the photo. The shallowest map has been "
        "halved once already; one more doubling is missing.",
        _stops_at_half,
        also=(_other_end(strides=1),),
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
            lambda num_classes, encoder, filters: _unet(1, encoder, filters, activation="sigmoid"),
        ),
    ),
    Misconception(
        "gives a mask",
        "The model chooses the class itself. A choice does not say how near the others were, so "
        "training would have nothing to improve by; the choice comes after the model.",
        _gives_a_mask,
        also=(_chooses_without_axis,),
    ),
    Misconception(
        "always three classes",
        "However many classes are asked for, three come out. The pets have three; another "
        "data set may have more.",
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
        "The maps are added. That only works where both happen to have equally many channels, and "
        "the next block cannot tell them apart any more.",
        _wrong_unet(join=keras.layers.Add),
        also=(_adds_after_fitting,),
    ),
    Misconception(
        "joins maps of unequal size",
        "Two maps of unequal height and width are to be joined. Compare the block's output "
        "with each feature map: which is as large? The encoder gives the largest first.",
        _wrong_unet(deep_first=False),
    ),
    Misconception(
        "filters shallow first",
        "The blocks take `filters` from its end. Its first number is that of the deepest "
        "block, where the map is small and channels are many.",
        lambda num_classes, encoder, filters: _unet(num_classes, encoder, filters[::-1]),
    ),
    Misconception(
        "padding valid at the end",
        'The output is one pixel too large: without padding "same" the last stamps reach over the '
        "edge.",
        _other_end(padding="valid"),
    ),
    Misconception(
        "leaves out a skip",
        "One of the encoder's maps is not joined: each block is followed by a skip connection, the "
        "first and the last too.",
        _leaves_out_a_skip(-1),
        also=(_leaves_out_a_skip(0),),
    ),
    Misconception(
        "brings the images into another range",
        "The images are scaled on their way to the encoder. The encoder of the course does that "
        "itself, and yours is told nothing of a range.",
        _scales_the_images,
    ),
    Misconception(
        "copies the encoder",
        "The model holds another encoder than the one you were given, with other weights: "
        "what it had learned is lost.",
        _copies_the_encoder,
    ),
)
