"""The decoder: blocks, the U, masks."""

import numpy as np
import pytest

from lessons_lib import decoder as decoder_module
from lessons_lib.decoder import create_mask, unet_model
from lessons_lib.encoder import build_encoder, count_parameters, freeze
from lessons_lib.quiet import keras, tf
from lessons_lib.training import compile_model, train


@pytest.fixture(scope="module")
def encoder():
    """Five feature maps of the shapes of MobileNetV2's, for a hundredth of its cost."""
    features = image = keras.Input((64, 64, 3))
    outputs = []
    for channels in (96, 144, 192, 576, 320):
        features = keras.layers.AveragePooling2D(2)(features)
        features = keras.layers.SeparableConv2D(channels, 1, use_bias=False)(features)
        outputs.append(features)
    return keras.Model(image, outputs, name="encoder")


def test_upsample_doubles_the_size_and_has_no_bias():
    block = decoder_module.upsample(7, apply_dropout=True)
    assert block(np.zeros((2, 4, 6, 3), np.float32)).shape == (2, 8, 12, 7)
    kinds = [type(layer).__name__ for layer in block.layers]
    assert kinds == ["Conv2DTranspose", "BatchNormalization", "Dropout", "ReLU"]
    assert block.layers[0].bias is None
    assert [layer.name for layer in decoder_module.upsample(7, name="deepest").layers] == [
        "transposed_convolution",
        "batch_norm",
        "relu",
    ]
    assert decoder_module.upsample(7, name="deepest").name == "deepest"


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
    [
        ({"num_classes": 1}, "at least two classes.*num_classes=1 came"),
        ({"filters": (8, 8)}, "5 outputs, so filters needs 4 numbers, .* but .8, 8. came"),
        ({"filters": (8,) * 5}, "4 numbers"),
    ],
)
def test_a_u_that_cannot_be_is_refused(encoder, options, words):
    with pytest.raises(ValueError, match=words):
        decoder_module.unet_model(encoder=encoder, **options)


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
        (np.zeros((1, 2, 4, 4, 3)), "N×H×W×C"),
        (np.zeros((4, 4, 1)), "already"),
        (np.full((1, 2, 2, 3), np.nan), "diverged"),
    ],
)
def test_create_mask_refuses_what_are_no_logits(logits, words):
    with pytest.raises(ValueError, match=words):
        decoder_module.create_mask(logits)


@pytest.mark.parametrize(("size", "options"), [(3, {}), (5, {"size": 5})])
def test_a_blocks_kernel_has_the_size_asked_for(size, options):
    block = decoder_module.upsample(7, **options)
    block.build((None, 4, 4, 2))
    assert block.layers[0].kernel.shape == (size, size, 7, 2)


def test_dropout_drops_half_in_training_and_nothing_is_dropped_unasked():
    dropout = decoder_module.upsample(7, apply_dropout=True).get_layer("dropout")
    dropped = np.asarray(dropout(np.ones((100, 100), np.float32), training=True)) == 0
    assert 0.45 < dropped.mean() < 0.55
    kinds = [type(layer).__name__ for layer in decoder_module.upsample(7).layers]
    assert "Dropout" not in kinds


def test_a_blocks_batch_norm_follows_the_batches_within_an_epoch_but_not_a_single_one():
    """An epoch of the course has some forty batches; Keras' own 0.99 would be half way by then."""
    keras.utils.set_random_seed(0)
    block = decoder_module.upsample(4)
    batch = np.random.default_rng(0).random((8, 4, 4, 3), np.float32)
    block.build(batch.shape)
    norm = block.get_layer("batch_norm")
    target = np.asarray(block.layers[0](batch)).mean(axis=(0, 1, 2))

    def share_of_the_way() -> np.ndarray:
        return norm.moving_mean.numpy() / target

    block(batch, training=True)
    assert (share_of_the_way() < 0.2).all()
    for _ in range(39):
        block(batch, training=True)
    assert (share_of_the_way() > 0.95).all()


def test_a_blocks_first_weights_are_as_wide_as_relu_needs():
    """He et al. (2015): a variance of 2 / fan-in; Keras' default, Glorot's, has half of it."""
    keras.utils.set_random_seed(0)
    block = decoder_module.upsample(64)
    block.build((None, 4, 4, 64))
    assert block.layers[0].kernel.numpy().var() == pytest.approx(2 / (9 * 64), rel=0.05)


def test_the_parts_of_a_u_are_found_by_name(encoder):
    model = decoder_module.unet_model(encoder=encoder)
    steps = [f"{part}_{step}" for step in (1, 2, 3, 4) for part in ("upsample", "skip")]
    assert model.name == "unet"
    assert [layer.name for layer in model.layers] == ["image", "encoder", *steps, "logits"]


def test_two_classes_are_enough(encoder):
    model = decoder_module.unet_model(2, encoder=encoder, filters=(4, 4, 4, 4))
    assert model.output_shape == (None, 64, 64, 2)
    assert decoder_module.create_mask([[[3.0, 1.0], [0.0, 1.0]]]).tolist() == [[[0], [1]]]


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_logits_are_float32_and_learn_whatever_the_policy(policy):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        encoder = build_encoder(weights="drawn", image_size=32)
        model = unet_model(encoder=encoder, filters=(16, 16, 8, 8))
    finally:
        keras.config.set_dtype_policy(before)
    compute = policy.removeprefix("mixed_")
    assert model.get_layer("upsample_1").compute_dtype == compute
    assert {output.dtype for output in encoder.outputs} == {compute}
    assert {weight.dtype for weight in model.trainable_weights} == {"float32"}
    images = np.random.default_rng(0).random((4, 32, 32, 3), np.float32)
    masks = np.zeros((4, 32, 32, 1), np.uint8)
    assert model(images).dtype == "float32"
    compile_model(model, learning_rate=1e-2)
    batches = tf.data.Dataset.from_tensor_slices((images, masks)).batch(4)
    history = train(model, batches, batches, epochs=3).history
    assert history["loss"][-1] < history["loss"][0] - 0.1
