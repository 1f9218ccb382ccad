"""Tests of lesson 2's exercises beyond the table in test_tasks."""

import numpy as np
import pytest

from lessons_lib.checks import encoder as lesson
from lessons_lib.checks.checker import load_tasks
from lessons_lib.checks.common import tiny_encoder
from lessons_lib.checks.encoder.tap_sides import IMAGE_SIDES
from lessons_lib.checks.engine import judge
from lessons_lib.checks.result import NOT_ATTEMPTED, RIGHT, WRONG
from lessons_lib.encoder import FEATURE_LAYERS, build_encoder
from lessons_lib.quiet import keras, tf

TASKS = load_tasks(["lessons_lib.checks.encoder"])


def freeze_layers(encoder):
    for layer in encoder.layers:
        layer.trainable = False
    return encoder


def count_with_keras(model):
    return sum(keras.ops.size(weight) for weight in model.trainable_weights)


def pick_with_a_dictionary(model, sizes):
    last = {layer.output.shape[1]: layer.name for layer in model.layers}
    return tuple(last[size] for size in sizes)


def rescale(images):
    return keras.layers.Rescaling(scale=2.0, offset=-1.0)(images)


def field_from_the_end(layers):
    """Goes back from the last place: how many places of the layer before does a square need?"""
    side = 1
    for kernel, stride in reversed(layers):
        side = (side - 1) * stride + kernel
    return side


def field_by_pixels(layers):
    """Follows the pixels on which a place depends, as a set."""
    places = {0}
    for kernel, stride in reversed(layers):
        places = {place * stride + offset for place in places for offset in range(kernel)}
    return max(places) - min(places) + 1


def field_by_numpy(layers):
    kernels, strides = np.array(layers).T
    steps = np.concatenate([[1], np.cumprod(strides)[:-1]])
    return 1 + ((kernels - 1) * steps).sum()


def block_with_bias(filters, size):
    block = keras.Sequential(name="down")
    block.add(keras.layers.Conv2D(filters, (size, size), strides=1, padding="same"))
    block.add(keras.layers.BatchNormalization(momentum=0.9))
    block.add(keras.layers.Activation("relu"))
    block.add(keras.layers.MaxPool2D(pool_size=(2, 2), strides=2, padding="same"))
    return block


def block_that_pools_before_the_relu(filters, size):
    """The largest of four, set to 0 where it is negative, is the same as the other way round."""
    convolution = keras.layers.Conv2D(filters, size, padding="same", use_bias=False)
    norm = keras.layers.BatchNormalization()
    inner = keras.Sequential([convolution, norm])
    return keras.Sequential([inner, keras.layers.MaxPooling2D(), keras.layers.ReLU()])


class Down(keras.layers.Layer):
    def __init__(self, filters, size):
        super().__init__()
        self.convolution = keras.layers.Conv2D(filters, size, padding="same")
        self.norm = keras.layers.BatchNormalization(epsilon=1e-5)

    def call(self, maps, training=None):
        maps = keras.ops.relu(self.norm(self.convolution(maps), training=training))
        return keras.ops.max_pool(maps, 2)


@pytest.mark.parametrize(
    ("task", "answer"),
    [
        (TASKS["receptive_field"], field_from_the_end),
        (TASKS["receptive_field"], field_by_pixels),
        (TASKS["receptive_field"], field_by_numpy),
        (TASKS["encoder_block"], block_with_bias),
        (TASKS["encoder_block"], block_that_pools_before_the_relu),
        (TASKS["encoder_block"], Down),
        (TASKS["freeze"], freeze_layers),
        (TASKS["trainable_parameters"], count_with_keras),
        (TASKS["pick_taps"], pick_with_a_dictionary),
        (TASKS["to_encoder_range"], rescale),
        (TASKS["to_encoder_range"], lambda images: (tf.constant(images) - 0.5) * 2),
        (TASKS["separable_parameters"], lambda first, second, size: first * (size * size + second)),
        (TASKS["separable_parameters"], lambda first, second, size: first * (size**2.0 + second)),
    ],
)
def test_other_right_answers_are_right(task, answer):
    assert judge(task, answer).outcome == RIGHT


def test_a_receptive_field_is_what_a_place_depends_on():
    for (layers,) in TASKS["receptive_field"].cases():
        side = TASKS["receptive_field"].reference(layers)
        answers = tf.Variable(np.ones((1, side + 2, 1), np.float32))  # one pixel on either side
        with tf.GradientTape() as tape:
            places = answers[:, 1:]
            for kernel, stride in layers:
                places = keras.ops.conv(places, np.ones((kernel, 1, 1), np.float32), stride)
            place = places[0, 0, 0]
        seen = np.flatnonzero(tape.gradient(place, answers).numpy())
        assert (seen[0], seen[-1]) == (1, side)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda filters, size: [keras.layers.ReLU()], "`keras.Sequential` joins layers"),
        (lambda filters, size: lambda maps: maps, "a function, whose layers nobody would find"),
        (lambda filters, size: keras.Input((8, 8, filters)), "a symbolic tensor"),
        (lambda filters, size: filters, "an object of type int"),
        (
            lambda filters, size: keras.Sequential().add(keras.layers.ReLU()),
            "Is the `return` missing?",
        ),
        (lambda filters, size: TwoResults(), "The block gives 2 results."),
    ],
)
def test_what_is_no_block_is_told_so(answer, said):
    result = judge(TASKS["encoder_block"], answer)
    assert result.outcome == WRONG
    assert said in result.message


class TwoResults(keras.layers.Layer):
    def call(self, maps):
        return maps, maps


def test_a_block_of_no_known_kind_is_told_what_was_expected():
    def odd(filters, size):
        return keras.Sequential(
            [
                keras.layers.DepthwiseConv2D(size, padding="same"),
                keras.layers.Conv2D(filters, 1, activation="relu"),
                keras.layers.MaxPooling2D(),
            ]
        )

    result = judge(TASKS["encoder_block"], odd)
    assert result.outcome == WRONG
    assert "expected: it measures the batch" in result.message


def test_the_formula_of_a_separable_convolution_is_that_of_keras():
    for channels_in, channels_out, kernel in TASKS["separable_parameters"].cases():
        layer = keras.layers.SeparableConv2D(channels_out, kernel, use_bias=False)
        layer.build((None, 16, 16, channels_in))
        expected = TASKS["separable_parameters"].reference(channels_in, channels_out, kernel)
        assert layer.count_params() == expected


@pytest.mark.parametrize("side", IMAGE_SIDES)
def test_the_sides_are_those_of_mobilenet(side):
    model = keras.applications.MobileNetV2((side, side, 3), include_top=False, weights=None)
    sides = tuple(model.get_layer(name).output.shape[1] for name in FEATURE_LAYERS)
    assert TASKS["tap_sides"].reference[side] == sides


def test_the_rule_of_pick_taps_gives_the_layers_that_the_course_takes():
    encoder = build_encoder(weights="none", trainable=True)
    assert TASKS["pick_taps"].reference(encoder, (64, 32, 16, 8, 4)) == list(FEATURE_LAYERS)


def test_only_one_image_size_needs_rounding():
    rounded_down = TASKS["tap_sides"].misconceptions[0].wrong
    different = [
        side for side, sides in TASKS["tap_sides"].reference.items() if sides != rounded_down[side]
    ]
    assert different == [200]


def test_the_form_of_tap_sides_leads_to_its_check():
    form = lesson.tap_sides_form()
    form.button.click()
    assert "Not attempted" in form.result.value
    for side, sides in TASKS["tap_sides"].reference.items():
        form.fields[side].value = ", ".join(map(str, sides))
    form.button.click()
    assert "Right" in form.result.value
    assert form.answers == TASKS["tap_sides"].reference


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        ({96: (48, 24, 12, 6, 3)}, WRONG),
        (dict.fromkeys(IMAGE_SIDES, ...), NOT_ATTEMPTED),
        ({side: list(sides) for side, sides in TASKS["tap_sides"].reference.items()}, RIGHT),
        ({**TASKS["tap_sides"].reference, 96: (48, 24, 12, 6, 4)}, WRONG),
    ],
)
def test_a_dictionary_is_judged_without_showing_the_solution(given, outcome):
    result = judge(TASKS["tap_sides"], given)
    assert result.outcome == outcome
    assert result.expected == ""


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda encoder: setattr(encoder, "trainable", False), "Is the `return` missing?"),
        (lambda encoder: encoder.layers, "has to return a Keras model; what comes back is an"),
        (lambda encoder: encoder.outputs[0], "a symbolic tensor: say which input leads to it"),
    ],
)
def test_what_is_no_encoder_is_told_so(answer, said):
    result = judge(TASKS["freeze"], answer)
    assert result.outcome == WRONG
    assert said in result.message


def test_a_check_leaves_the_learners_own_encoder_alone():
    encoder = tiny_encoder((3, 4), side=8, batch_norm=True)
    before = [weight.numpy() for weight in encoder.weights]
    judge(TASKS["freeze"], TASKS["freeze"].reference)
    assert encoder.trainable
    assert all(map(np.array_equal, before, [weight.numpy() for weight in encoder.weights]))
