"""The decoder: blocks, the U, masks."""

import numpy as np
import pytest

from lessons_lib.cost import block_costs, block_times, layer_costs
from lessons_lib.decoder import create_mask, unet_model, upsample
from lessons_lib.encoder import build_encoder, count_parameters, freeze
from lessons_lib.quiet import keras


@pytest.fixture(scope="module")
def encoder():
    return build_encoder(weights="none", image_size=64, trainable=True)


def test_upsample_doubles_the_size_and_has_no_bias():
    block = upsample(7, apply_dropout=True)
    assert block(np.zeros((2, 4, 6, 3), np.float32)).shape == (2, 8, 12, 7)
    kinds = [type(layer).__name__ for layer in block.layers]
    assert kinds == ["Conv2DTranspose", "BatchNormalization", "Dropout", "ReLU"]
    assert block.layers[0].bias is None


def test_the_u_gives_logits_for_each_pixel_and_class(encoder):
    model = unet_model(5, encoder=encoder)
    logits = np.asarray(model(np.random.default_rng(0).random((2, 64, 64, 3), np.float32)))
    assert logits.shape == (2, 64, 64, 5)
    assert not np.allclose(logits.sum(axis=-1), 1.0), "these look like probabilities"


def test_the_course_model_has_the_published_parameters():
    model = unet_model(encoder=freeze(build_encoder(weights="none", trainable=True)))
    assert count_parameters(model) == (6_504_227, 4_660_323)


def test_skip_connections_carry_the_feature_map_of_the_same_size(encoder):
    model = unet_model(encoder=encoder)
    sides = [model.get_layer(f"skip_{step}").output.shape[1:] for step in (1, 2, 3, 4)]
    assert sides == [(4, 4, 512 + 576), (8, 8, 256 + 192), (16, 16, 128 + 144), (32, 32, 64 + 96)]


def test_without_skip_connections_nothing_is_joined(encoder):
    model = unet_model(encoder=encoder, skip_connections=False)
    assert not [layer for layer in model.layers if isinstance(layer, keras.layers.Concatenate)]
    assert model.output_shape == (None, 64, 64, 3)


def test_two_models_share_nothing_but_the_encoder_they_are_given(encoder):
    first, second = unet_model(encoder=encoder), unet_model(encoder=encoder)
    shared = {id(weight) for weight in first.weights} & {id(weight) for weight in second.weights}
    assert shared == {id(weight) for weight in encoder.weights}


def test_the_same_seed_builds_the_same_model(encoder):
    models = []
    for _ in range(2):
        keras.utils.set_random_seed(3)
        models.append(unet_model(encoder=encoder))
    for one, other in zip(models[0].weights, models[1].weights, strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy())


@pytest.mark.parametrize(
    ("options", "words"),
    [({"num_classes": 1}, "at least two classes"), ({"filters": (8, 8)}, "4 numbers")],
)
def test_a_u_that_cannot_be_is_refused(encoder, options, words):
    with pytest.raises(ValueError, match=words):
        unet_model(encoder=encoder, **options)


def test_create_mask_takes_the_largest_logit_of_every_image():
    logits = np.zeros((2, 1, 3, 3))
    logits[0, 0, :, 2] = 1.0
    logits[1, 0, [0, 1, 2], [0, 1, 2]] = 5.0
    mask = create_mask(logits)
    assert mask.dtype == np.uint8
    assert mask[..., 0].tolist() == [[[2, 2, 2]], [[0, 1, 2]]]
    assert create_mask(logits[1]).shape == (1, 3, 1)


@pytest.mark.parametrize(
    ("logits", "words"),
    [
        (np.zeros((2, 4, 4, 1)), "already"),
        (np.zeros((4, 4)), "N×H×W×C"),
        (np.full((1, 2, 2, 3), np.nan), "diverged"),
    ],
)
def test_create_mask_refuses_what_are_no_logits(logits, words):
    with pytest.raises(ValueError, match=words):
        create_mask(logits)


def test_costs_count_every_parameter_once_and_the_decoder_dominates(encoder):
    model = unet_model(encoder=encoder)
    blocks = {cost.name: cost for cost in block_costs(model)}
    assert sum(cost.parameters for cost in blocks.values()) == model.count_params()
    assert sum(cost.parameters for cost in layer_costs(model)) == model.count_params()
    decoder = sum(cost.operations for name, cost in blocks.items() if name != "encoder")
    assert decoder > 3 * blocks["encoder"].operations


def test_operations_are_those_counted_by_hand():
    image = keras.Input((8, 8, 3))
    features = keras.layers.Conv2D(4, 3, strides=2, padding="same", use_bias=False)(image)
    features = keras.layers.DepthwiseConv2D(3, padding="same", use_bias=False)(features)
    features = keras.layers.Conv2DTranspose(2, 3, strides=2, padding="same")(features)
    by_hand = [4 * 4 * 9 * 3 * 4, 4 * 4 * 9 * 4, 4 * 4 * 9 * 4 * 2]
    assert [cost.operations for cost in layer_costs(keras.Model(image, features))] == by_hand


@pytest.mark.parametrize("skip_connections", [True, False])
def test_times_are_measured_for_the_parts_whose_costs_are_counted(encoder, skip_connections):
    model = unet_model(encoder=encoder, filters=(64, 8, 8, 8), skip_connections=skip_connections)
    times = block_times(model, np.zeros((2, 64, 64, 3), np.float32), repeats=1)
    assert list(times) == [cost.name for cost in block_costs(model)]
    assert all(milliseconds > 0 for milliseconds in times.values())
