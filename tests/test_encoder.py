"""The encoder's module: its feature maps, range, weights, and what freezing keeps."""

import socket
import time
import urllib.request
import warnings
from urllib.error import URLError

import numpy as np
import pytest

from lessons_lib import encoder
from lessons_lib.quiet import keras, tf
from lessons_lib.weight_files import sha256


@pytest.fixture(scope="module")
def random_encoder():
    keras.utils.set_random_seed(1)
    return encoder.build_encoder(weights="none", image_size=64, trainable=True)


@pytest.fixture
def restored(random_encoder):
    """The module's encoder, put back to all trainable after the test."""
    yield random_encoder
    encoder.unfreeze(random_encoder, batch_norm=True)


@pytest.fixture
def empty_cache(monkeypatch, tmp_path):
    """Keras' cache in a folder of the test; Keras itself reads ``KERAS_HOME`` at import only."""
    from keras.src.utils import file_utils

    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(file_utils.config, "keras_home", lambda: str(tmp_path))


@pytest.fixture
def fetch_through():
    """Gives a function that lets every fetch of the test go through a handler of urllib."""
    yield lambda handler: urllib.request.install_opener(urllib.request.build_opener(handler))
    urllib.request.install_opener(None)


@pytest.fixture(params=[URLError("no route to host"), TimeoutError("timed out")], ids=repr)
def no_network(request, empty_cache, fetch_through):
    """An empty cache, and a fetch that fails as it does without a network."""

    class Fails(urllib.request.HTTPSHandler):
        def https_open(self, _):
            raise request.param

    fetch_through(Fails)


@pytest.mark.parametrize("size", [96, 128])
def test_feature_maps_halve_the_image_five_times(size):
    model = encoder.build_encoder(weights="none", image_size=size, trainable=True)
    shapes = [tuple(output.shape[1:]) for output in model.outputs]
    sides = [size // 2, size // 4, size // 8, size // 16, size // 32]
    assert shapes == [
        (side, side, channels)
        for side, channels in zip(sides, (96, 144, 192, 576, 320), strict=True)
    ]


@pytest.fixture(scope="module")
def light_encoder():
    """The encoder with positive kernels: no ReLU cuts off what light pixels add up to."""
    model = encoder.build_encoder(weights="none", image_size=576, trainable=True)
    for layer in model.layers:
        if isinstance(layer, keras.layers.ReLU):
            layer.max_value = None
        if hasattr(layer, "kernel_size"):
            layer.set_weights([np.full(layer.get_weights()[0].shape, 0.1, np.float32)])
    return model


@pytest.mark.slow
@pytest.mark.parametrize("number", range(5))
def test_a_place_depends_on_its_receptive_field_and_nothing_else(number, light_encoder):
    size, pixel = 576, 293  # larger than the largest field, 491; between two places
    field = list(encoder.receptive_fields(light_encoder).values())[number]
    top, left, side = field.window(pixel, pixel)
    place = pixel // field.step
    with tf.GradientTape() as tape:
        image = tf.Variable(np.full((1, size, size, 3), 0.75, np.float32))
        answers = tf.reduce_sum(light_encoder(image)[number][0, place, place])
    touched = np.abs(tape.gradient(answers, image).numpy()[0]).max(axis=-1) > 0
    rows, columns = np.flatnonzero(touched.any(axis=1)), np.flatnonzero(touched.any(axis=0))
    assert (rows[0], columns[0]) == (top, left)
    assert (rows[-1] - top + 1, columns[-1] - left + 1) == (side, side)


def test_the_network_sees_minus_one_to_one(random_encoder):
    in_range = keras.Model(
        random_encoder.input, random_encoder.get_layer("to_encoder_range").output
    )
    image = np.zeros((1, 64, 64, 3), np.float32)
    assert float(np.max(in_range(image))) == -1.0
    assert float(np.min(in_range(image + 1.0))) == 1.0


@pytest.mark.parametrize(("size", "nearest"), [(0, 32), (-64, 32), (16, 32), (100, 96), (120, 128)])
def test_a_size_that_cannot_be_halved_five_times_is_refused(size, nearest):
    with pytest.raises(
        encoder.EncoderProblem, match=f"multiple of 32, .* but {size} came; take {nearest}"
    ):
        encoder.build_encoder(weights="none", image_size=size)


def test_freezing_leaves_nothing_to_train_and_batch_norm_in_inference(restored):
    encoder.freeze(restored)
    assert encoder.count_parameters(restored).trainable == 0
    images = np.random.default_rng(0).random((2, 64, 64, 3), np.float32)
    before = [weight.numpy().copy() for weight in restored.weights]
    in_training = restored(images, training=True)[-1]
    in_inference = restored(images, training=False)[-1]
    np.testing.assert_array_equal(in_training, in_inference)
    for kept, weight in zip(before, restored.weights, strict=True):
        np.testing.assert_array_equal(kept, weight.numpy())


def test_models_that_share_a_frozen_encoder_trace_its_layers_once(restored, monkeypatch):
    encoder.freeze(restored)
    images = tf.zeros((1, 64, 64, 3))
    restored(images)  # traces it for pictures of this shape, in inference and in training
    calls, first = [], restored.layers[2]
    plain = first.call
    monkeypatch.setattr(first, "call", lambda *inputs, **rest: calls.append(1) or plain(*inputs))
    for training in (False, True):
        tf.function(lambda pixels, training=training: restored(pixels, training=training))(images)
    assert calls == []


def test_a_layer_that_is_unfrozen_after_a_look_trains_all_the_same(restored):
    images = np.random.default_rng(0).random((2, 64, 64, 3), np.float32)
    encoder.freeze(restored)
    restored(images, training=True)
    norm = restored.get_layer("bn_Conv1")
    restored.trainable, norm.trainable = True, True
    mean = norm.moving_mean.numpy().copy()
    restored(images, training=True)
    assert np.abs(norm.moving_mean.numpy() - mean).max() > 0


def test_unfreezing_for_fine_tuning_leaves_batch_norm_in_inference(restored):
    encoder.unfreeze(restored, "block_13_expand")
    trainable = {layer.name for layer in restored.layers if layer.trainable and layer.weights}
    assert "block_13_expand" in trainable and "block_16_project" in trainable
    assert "block_12_expand" not in trainable
    assert not any(name.endswith("BN") for name in trainable)


def test_unfreezing_from_an_unknown_layer_is_refused(restored):
    with pytest.raises(encoder.EncoderProblem, match="named 'block_99'; .*block_13_expand"):
        encoder.unfreeze(restored, "block_99")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mine.npz", "mine.weights.h5"])
def test_an_encoder_comes_back_from_its_file(random_encoder, tmp_path, name):
    path = tmp_path / name
    if path.suffix == ".npz":
        assert encoder.save_encoder(random_encoder, path) == sha256(path)
    else:
        random_encoder.save_weights(path)
    loaded = encoder.build_encoder(weights=path, image_size=64)
    for kept, read in zip(random_encoder.weights, loaded.weights, strict=True):
        np.testing.assert_allclose(kept.numpy(), read.numpy(), atol=1e-3)


@pytest.mark.slow
def test_weights_of_keras_own_mobilenet_serve_by_path_and_from_the_cache(no_network, tmp_path):
    keras.utils.set_random_seed(2)
    mobilenet = keras.applications.MobileNetV2((128, 128, 3), include_top=False, weights=None)
    cached = tmp_path / "models/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_128_no_top.h5"
    cached.parent.mkdir()
    mobilenet.save_weights(tmp_path / "mine.weights.h5")
    mobilenet.save(cached)  # in the layout of the files that Keras offers for download
    expected = mobilenet.get_layer("Conv1").kernel.numpy()
    for weights in (cached, "imagenet"):
        loaded = encoder.build_encoder(weights=weights)
        np.testing.assert_array_equal(loaded.get_layer("Conv1").kernel.numpy(), expected)


def test_a_damaged_file_in_the_cache_is_named(no_network, tmp_path):
    cached = tmp_path / "models/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_128_no_top.h5"
    cached.parent.mkdir()
    cached.write_bytes(b"half a file")
    with pytest.raises(
        encoder.EncoderProblem, match=r"cannot be read \(\w+\): delete the file .*1.0_128_no_top.h5"
    ):
        encoder.build_encoder(weights="imagenet")


def test_imagenet_without_a_network_names_three_ways_out(no_network):
    with pytest.raises(encoder.EncoderProblem) as problem:
        encoder.build_encoder(weights="imagenet")
    for way in ("connect to the internet", "path of a MobileNetV2 weights file", "weights='drawn'"):
        assert way in str(problem.value)


@pytest.mark.parametrize("content", [b"", b"not a weights file", None])
@pytest.mark.parametrize("name", ["broken.h5", "broken.npz", "broken.weights.h5"])
def test_a_file_that_holds_no_encoder_is_named(tmp_path, name, content):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    problem = "no such file" if content is None else "does not hold weights of this encoder"
    with pytest.raises(encoder.EncoderProblem, match=f"broken.*{problem}"):
        encoder.build_encoder(weights=path, image_size=32)


def test_an_npz_of_something_else_is_refused(tmp_path):
    np.savez(tmp_path / "other.npz", kernel=np.zeros(3))
    with pytest.raises(encoder.EncoderProblem, match=r"\d{3} arrays are missing, Conv1/kernel is"):
        encoder.build_encoder(weights=tmp_path / "other.npz", image_size=32)


@pytest.mark.parametrize(
    ("environment", "pets", "expected"),
    [
        ("auto", "drawn_pets", "drawn"),
        ("auto", "a folder", "imagenet"),
        ("none", "drawn_pets", "none"),
        ("a.npz", "x", "a.npz"),
    ],
)
def test_the_environment_chooses_the_weights(monkeypatch, environment, pets, expected):
    monkeypatch.setenv("LESSONS_ENCODER", environment)
    monkeypatch.setattr(encoder, "imagenet_available", lambda: True)
    assert encoder.choose_weights(pets) == expected


def test_real_photos_get_the_bundled_encoder_offline_and_a_line_says_so(
    no_network, monkeypatch, capsys
):
    monkeypatch.delenv("LESSONS_ENCODER", raising=False)
    assert encoder.choose_weights("a folder") == "drawn"
    assert capsys.readouterr().out.count("\n") == 1


@pytest.mark.slow
def test_a_network_that_never_answers_is_given_up_after_a_while(
    empty_cache, fetch_through, monkeypatch
):
    """A server that takes the connection and then says nothing, as a strict firewall seems to."""
    monkeypatch.setattr(encoder, "NETWORK_PATIENCE", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        proxy = urllib.request.ProxyHandler({"https": f"127.0.0.1:{silent.getsockname()[1]}"})
        fetch_through(proxy)
        started = time.monotonic()
        assert not encoder.imagenet_available()
        assert time.monotonic() - started > 0.5
    assert socket.getdefaulttimeout() is None


@pytest.mark.slow
def test_noted_statistics_are_the_mean_over_all_batches_and_no_weight_is_trained():
    keras.utils.set_random_seed(1)
    random_encoder = encoder.build_encoder(weights="none", image_size=32, trainable=True)
    first_norm = next(
        layer
        for layer in random_encoder.layers
        if isinstance(layer, keras.layers.BatchNormalization)
    )
    before = {
        weight.path: weight.numpy()
        for weight in random_encoder.weights
        if "moving" not in weight.path
    }
    batches = [np.float32(np.random.default_rng(seed).random((4, 32, 32, 3))) for seed in range(3)]
    assert encoder.note_statistics(random_encoder, batches) is random_encoder
    features = keras.Model(random_encoder.input, first_norm.input)
    means = [np.asarray(features(batch)).mean(axis=(0, 1, 2)) for batch in batches]
    np.testing.assert_allclose(first_norm.moving_mean.numpy(), np.mean(means, axis=0), atol=1e-5)
    for weight in random_encoder.weights:
        if "moving" not in weight.path:
            np.testing.assert_array_equal(weight.numpy(), before[weight.path])
    assert not random_encoder.trainable_weights
    assert first_norm.momentum == encoder.SCRATCH_MOMENTUM


def batch_norms(model: keras.Model) -> list:
    return [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]


def test_a_frozen_random_encoder_is_warned_of_where_it_is_built():
    with pytest.warns(UserWarning, match="learns nothing") as warned:
        model = encoder.build_encoder(weights="none", image_size=32)
    assert [warning.filename for warning in warned] == [__file__]
    assert encoder.count_parameters(model).trainable == 0


def test_an_encoder_is_frozen_unless_said_and_made_for_the_courses_pictures():
    built = encoder.build_encoder(weights="drawn")
    assert encoder.count_parameters(built).trainable == 0
    assert built.input_shape == (None, encoder.IMAGE_SIZE, encoder.IMAGE_SIZE, 3)
    assert (built.name, built.layers[0].name) == ("encoder", "image")


def test_from_scratch_batch_norms_follow_within_an_epoch_and_pretrained_ones_stay_still(
    random_encoder,
):
    """MobileNetV2's own momentum of 0.999 would take thousands of steps."""
    learning = batch_norms(random_encoder)
    assert learning and all(layer.trainable for layer in learning)
    assert all(layer.momentum**40 < 0.05 < layer.momentum for layer in learning)
    pretrained = encoder.build_encoder(weights="drawn", image_size=32, trainable=True)
    assert not any(layer.trainable for layer in batch_norms(pretrained))
    assert pretrained.get_layer("Conv1").trainable


def test_parameters_are_counted_and_moving_statistics_are_not_trainable():
    model = keras.Sequential(
        [keras.Input((4, 4, 3)), keras.layers.Conv2D(5, 3), keras.layers.BatchNormalization()]
    )
    assert encoder.count_parameters(model) == (9 * 3 * 5 + 5 + 4 * 5, 9 * 3 * 5 + 5 + 2 * 5)


def test_unfreezing_all_leaves_batch_norm_in_inference_unless_said(restored):
    norms = {layer.name for layer in batch_norms(restored)}
    everything = {layer.name for layer in restored.layers}
    for options, expected in (({}, everything - norms), ({"batch_norm": True}, everything)):
        assert encoder.unfreeze(encoder.freeze(restored), **options) is restored
        assert {layer.name for layer in restored.layers if layer.trainable} == expected


def test_an_encoders_file_is_small_and_replaces_another_only_when_it_is_whole(
    random_encoder, tmp_path, monkeypatch
):
    path = tmp_path / "mine.npz"
    path.write_bytes(b"old")
    with monkeypatch.context() as patch, pytest.raises(OSError, match="disk full"):
        patch.setattr(encoder.np, "savez_compressed", _disk_full)
        encoder.save_encoder(random_encoder, path)
    assert path.read_bytes() == b"old"
    encoder.save_encoder(random_encoder, str(path))
    assert [file.name for file in tmp_path.iterdir()] == ["mine.npz"]
    with np.load(path) as arrays:
        for weight in random_encoder.weights:
            is_kernel = weight.numpy().ndim > 1
            assert arrays[weight.path].dtype == (np.float16 if is_kernel else np.float32)


def _disk_full(*arguments, **arrays):
    raise OSError("disk full")


def test_damaged_bundled_weights_are_told(monkeypatch):
    monkeypatch.setattr(encoder, "drawn_card", lambda: {"sha256": "another"})
    with pytest.raises(encoder.EncoderProblem, match="encoder_drawn.npz are damaged"):
        encoder.build_encoder(weights="drawn", image_size=32)


def test_a_home_folder_may_be_written_as_a_tilde(random_encoder, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    encoder.save_encoder(random_encoder, tmp_path / "mine.npz")
    loaded = encoder.build_encoder(weights="~/mine.npz", image_size=32)
    np.testing.assert_allclose(
        loaded.get_layer("Conv1").kernel, random_encoder.get_layer("Conv1").kernel, atol=1e-3
    )


def test_keras_is_asked_for_its_mobilenet_without_top_and_its_warnings_are_kept_back(monkeypatch):
    asked = {}
    build = keras.applications.MobileNetV2

    def noisy(**options):
        asked.update(options)
        warnings.warn("weights for 224 pixels will be loaded", stacklevel=2)
        return build(**options | {"weights": None})

    monkeypatch.setattr(keras.applications, "MobileNetV2", noisy)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        encoder.build_encoder(weights="imagenet", image_size=32)
    assert (asked["input_shape"], asked["include_top"]) == ((32, 32, 3), False)
    assert asked["weights"] == "imagenet"


def test_an_error_that_is_not_about_imagenets_weights_stays_what_it_is(monkeypatch):
    def fail(**options):
        raise RuntimeError("out of memory")

    monkeypatch.setattr(keras.applications, "MobileNetV2", fail)
    with pytest.raises(RuntimeError, match="out of memory"):
        encoder.build_encoder(weights="none", image_size=32, trainable=True)
