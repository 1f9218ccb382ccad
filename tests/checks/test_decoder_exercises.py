"""Tests of lesson 3's exercises beyond the table in test_tasks."""

import numpy as np
import pytest

from lessons_lib import decoder
from lessons_lib.checks.checker import load_tasks
from lessons_lib.checks.common import photos, tiny_encoder
from lessons_lib.checks.engine import judge
from lessons_lib.checks.result import RAISED, RIGHT, WRONG
from lessons_lib.quiet import keras, tf

TASKS = load_tasks(["lessons_lib.checks.decoder"])

FIRST_LOGITS = TASKS["create_mask"].cases()[0][0]


def block_with_an_activation_layer(filters, size):
    return keras.Sequential(
        [
            keras.layers.Conv2DTranspose(
                filters, (size, size), strides=(2, 2), padding="SAME", use_bias=False
            ),
            keras.layers.BatchNormalization(momentum=0.9),
            keras.layers.Activation("relu"),
        ]
    )


def block_in_the_functional_way(filters, size):
    features = image = keras.Input((None, None, 5))
    features = keras.layers.Conv2DTranspose(
        filters, size, strides=2, padding="same", use_bias=False
    )(features)
    features = keras.layers.BatchNormalization()(features)
    return keras.Model(image, keras.layers.ReLU()(features))


def block_with_a_bias(strides):
    def upsample(filters, size):
        return keras.Sequential(
            [
                keras.layers.Conv2DTranspose(filters, size, strides=strides, padding="same"),
                keras.layers.BatchNormalization(),
                keras.layers.ReLU(),
            ]
        )

    return upsample


def connect_with(join):
    def connect(features, skips, blocks):
        remaining = list(skips)
        for block in blocks:
            features = join([block(features), remaining.pop()])
        return features

    return connect


def unet_with_a_linear_activation(num_classes, encoder, filters):
    *skips, features = encoder.outputs
    for width, skip in zip(filters, skips[::-1], strict=True):
        features = keras.layers.concatenate([decoder.upsample(width)(features), skip])
    logits = keras.layers.Conv2DTranspose(num_classes, 3, 2, padding="same")(features)
    return keras.Model(encoder.inputs, keras.layers.Activation("linear")(logits))


@pytest.mark.parametrize(
    ("task", "answer"),
    [
        (TASKS["upsample"], block_with_an_activation_layer),
        (TASKS["upsample"], block_in_the_functional_way),
        (TASKS["connect"], connect_with(keras.layers.Concatenate())),
        (TASKS["connect"], connect_with(lambda maps: tf.concat(maps, axis=3))),
        (TASKS["unet_model"], unet_with_a_linear_activation),
        (TASKS["create_mask"], lambda logits: tf.argmax(logits, axis=-1)[..., tf.newaxis]),
        (TASKS["create_mask"], lambda logits: np.argmax(logits, axis=3, keepdims=True)),
        (TASKS["create_mask"], lambda logits: decoder.create_mask(tf.nn.softmax(logits))),
    ],
)
def test_other_right_answers_are_right(task, answer):
    result = judge(task, answer)
    assert (result.outcome, result.message) == (RIGHT, task.why)


def test_the_stamps_by_hand_are_those_of_keras():
    for numbers, kernel, stride in TASKS["transposed_convolution"].cases():
        layer = keras.layers.Conv2DTranspose(1, len(kernel), strides=stride, use_bias=False)
        layer.build((None, *numbers.shape, 1))
        layer.set_weights([kernel[..., np.newaxis, np.newaxis]])
        expected = layer(numbers[np.newaxis, ..., np.newaxis].astype(np.float32))[0, ..., 0]
        by_hand = TASKS["transposed_convolution"].reference(numbers, kernel, stride)
        np.testing.assert_allclose(by_hand, expected, atol=1e-5)


def test_the_formula_of_a_block_is_that_of_the_courses_block():
    for channels, skip_channels, filters, size in TASKS["parameters_of_block"].cases():
        block = decoder.upsample(filters, size)
        block.build((None, 4, 4, channels + skip_channels))
        expected = TASKS["parameters_of_block"].reference(channels, skip_channels, filters, size)
        assert block.count_params() == expected


def test_the_reference_of_connect_is_what_the_courses_model_does():
    encoder = tiny_encoder((4, 5, 6), side=16)
    model = decoder.unet_model(3, encoder=encoder, filters=(5, 4))
    images = photos(2, 16)
    *skips, deepest = encoder(images)
    blocks = [model.get_layer(f"upsample_{step}") for step in (1, 2)]
    joined = TASKS["connect"].reference(deepest, skips, blocks)
    assert joined.shape == (2, 8, 8, 4 + 4)
    np.testing.assert_allclose(model.get_layer("logits")(joined), model(images), atol=1e-6)


def test_of_two_mistakes_in_one_block_one_is_named_and_then_the_other():
    both = judge(TASKS["upsample"], block_with_a_bias(strides=1))
    assert (both.outcome, both.misconception) == (WRONG, "stride 1")
    mended = judge(TASKS["upsample"], block_with_a_bias(strides=2))
    assert (mended.outcome, mended.misconception) == (WRONG, "bias and norm")


@pytest.mark.parametrize(
    ("task", "answer", "said"),
    [
        (TASKS["upsample"], lambda filters, size: [].append(size), "Is the `return` missing?"),
        (TASKS["upsample"], lambda filters, size: [filters], "what comes back is list."),
        (TASKS["unet_model"], lambda *given: [].append(given), "Is the `return` missing?"),
        (
            TASKS["unet_model"],
            lambda classes, encoder, filters: encoder.outputs[-1],
            "a symbolic tensor: say which input leads to it, by `keras.Model`",
        ),
    ],
)
def test_what_is_no_model_is_told_so(task, answer, said):
    result = judge(task, answer)
    assert result.outcome == WRONG
    assert said in result.message


def test_another_error_than_maps_that_do_not_fit_is_told_in_its_own_words():
    def broken(num_classes, encoder, filters):
        raise ValueError("another reason")

    result = judge(TASKS["unet_model"], broken)
    assert result.outcome == RAISED
    assert "another reason" in result.message


def test_all_zeros_are_no_mask():
    zeros = np.zeros((*FIRST_LOGITS.shape[:3], 1), np.uint8)
    assert judge(TASKS["create_mask"], lambda logits: zeros).outcome == WRONG
