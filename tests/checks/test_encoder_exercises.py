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


@pytest.mark.parametrize(
    ("task", "answer"),
    [
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
