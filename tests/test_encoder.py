"""The encoder's room: its taps, range, weights, and what freezing keeps."""

import socket
import warnings
from urllib.error import URLError

import numpy as np
import pytest

from lessons_lib import encoder as room
from lessons_lib.quiet import keras


@pytest.fixture(scope="module")
def random_encoder():
    keras.utils.set_random_seed(1)
    return room.build_encoder(weights="none", image_size=64, trainable=True)


@pytest.fixture
def restored(random_encoder):
    """The module's encoder, put back to all trainable after the test."""
    yield random_encoder
    room.unfreeze(random_encoder, batch_norm=True)


@pytest.fixture(params=[URLError("no route to host"), TimeoutError("timed out")], ids=repr)
def no_network(request, monkeypatch, tmp_path):
    """An empty Keras cache, and a fetch that fails as it does without a network."""
    from keras.src.utils import file_utils

    def fail(*arguments, **options):
        raise request.param

    monkeypatch.setattr(file_utils, "urlretrieve", fail)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(file_utils.config, "keras_home", lambda: str(tmp_path))


def batch_norms(model: keras.Model) -> list:
    return [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]


@pytest.mark.parametrize("size", [96, 128])
def test_taps_halve_the_image_five_times(size):
    model = room.build_encoder(weights="none", image_size=size, trainable=True)
    shapes = [tuple(output.shape[1:]) for output in model.outputs]
    sides = [size // 2, size // 4, size // 8, size // 16, size // 32]
    assert shapes == [
        (side, side, channels)
        for side, channels in zip(sides, (96, 144, 192, 576, 320), strict=True)
    ]


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
        room.EncoderProblem, match=f"multiple of 32, .* but {size} came; take {nearest}"
    ):
        room.build_encoder(weights="none", image_size=size)


def test_a_frozen_random_encoder_is_warned_of_where_it_is_built():
    with pytest.warns(UserWarning, match="learns nothing") as warned:
        model = room.build_encoder(weights="none", image_size=32)
    assert [warning.filename for warning in warned] == [__file__]
    assert room.count_parameters(model).trainable == 0


def test_an_encoder_is_frozen_unless_said_and_made_for_the_courses_pictures():
    encoder = room.build_encoder(weights="drawn")
    assert room.count_parameters(encoder).trainable == 0
    assert encoder.input_shape == (None, room.IMAGE_SIZE, room.IMAGE_SIZE, 3)
    assert (encoder.name, encoder.layers[0].name) == ("encoder", "image")


def test_from_scratch_batch_norms_follow_within_an_epoch_and_pretrained_ones_stay_still(
    random_encoder,
):
    """MobileNetV2's own momentum of 0.999 would take thousands of steps."""
    learning = batch_norms(random_encoder)
    assert learning and all(layer.trainable for layer in learning)
    assert all(layer.momentum**40 < 0.05 < layer.momentum for layer in learning)
    pretrained = room.build_encoder(weights="drawn", image_size=32, trainable=True)
    assert not any(layer.trainable for layer in batch_norms(pretrained))
    assert pretrained.get_layer("Conv1").trainable


def test_parameters_are_counted_and_moving_statistics_are_not_trainable():
    model = keras.Sequential(
        [keras.Input((4, 4, 3)), keras.layers.Conv2D(5, 3), keras.layers.BatchNormalization()]
    )
    assert room.count_parameters(model) == (9 * 3 * 5 + 5 + 4 * 5, 9 * 3 * 5 + 5 + 2 * 5)


def test_freezing_leaves_nothing_to_train_and_batch_norm_in_inference(restored):
    room.freeze(restored)
    assert room.count_parameters(restored).trainable == 0
    images = np.random.default_rng(0).random((2, 64, 64, 3), np.float32)
    before = [weight.numpy().copy() for weight in restored.weights]
    in_training = restored(images, training=True)[-1]
    in_inference = restored(images, training=False)[-1]
    np.testing.assert_array_equal(in_training, in_inference)
    for kept, weight in zip(before, restored.weights, strict=True):
        np.testing.assert_array_equal(kept, weight.numpy())


def test_unfreezing_for_fine_tuning_leaves_batch_norm_in_inference(restored):
    room.unfreeze(restored, "block_13_expand")
    trainable = {layer.name for layer in restored.layers if layer.trainable and layer.weights}
    assert "block_13_expand" in trainable and "block_16_project" in trainable
    assert "block_12_expand" not in trainable
    assert not any(name.endswith("BN") for name in trainable)


def test_unfreezing_all_leaves_batch_norm_in_inference_unless_said(restored):
    norms = {layer.name for layer in batch_norms(restored)}
    everything = {layer.name for layer in restored.layers}
    for options, expected in (({}, everything - norms), ({"batch_norm": True}, everything)):
        assert room.unfreeze(room.freeze(restored), **options) is restored
        assert {layer.name for layer in restored.layers if layer.trainable} == expected


def test_unfreezing_from_an_unknown_layer_is_refused(restored):
    with pytest.raises(room.EncoderProblem, match="named 'block_99'; .*block_13_expand"):
        room.unfreeze(restored, "block_99")


@pytest.mark.parametrize("name", ["mine.npz", "mine.weights.h5"])
def test_an_encoder_comes_back_from_its_file(random_encoder, tmp_path, name):
    path = tmp_path / name
    if path.suffix == ".npz":
        assert room.save_encoder(random_encoder, path) == room.sha256(path)
    else:
        random_encoder.save_weights(path)
    loaded = room.build_encoder(weights=path, image_size=64)
    for kept, read in zip(random_encoder.weights, loaded.weights, strict=True):
        np.testing.assert_allclose(kept.numpy(), read.numpy(), atol=1e-3)


def test_an_encoders_file_is_small_and_replaces_another_only_when_it_is_whole(
    random_encoder, tmp_path, monkeypatch
):
    path = tmp_path / "mine.npz"
    path.write_bytes(b"old")
    with monkeypatch.context() as patch, pytest.raises(OSError, match="disk full"):
        patch.setattr(room.np, "savez_compressed", _disk_full)
        room.save_encoder(random_encoder, path)
    assert path.read_bytes() == b"old"
    room.save_encoder(random_encoder, str(path))
    assert [file.name for file in tmp_path.iterdir()] == ["mine.npz"]
    with np.load(path) as arrays:
        for weight in random_encoder.weights:
            is_kernel = weight.numpy().ndim > 1
            assert arrays[weight.path].dtype == (np.float16 if is_kernel else np.float32)


def _disk_full(*arguments, **arrays):
    raise OSError("disk full")


def test_damaged_bundled_weights_are_told(monkeypatch):
    monkeypatch.setattr(room, "drawn_card", lambda: {"sha256": "another"})
    with pytest.raises(room.EncoderProblem, match="encoder_drawn.npz are damaged"):
        room.build_encoder(weights="drawn", image_size=32)


def test_a_home_folder_may_be_written_as_a_tilde(random_encoder, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    room.save_encoder(random_encoder, tmp_path / "mine.npz")
    loaded = room.build_encoder(weights="~/mine.npz", image_size=32)
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
        room.build_encoder(weights="imagenet", image_size=32)
    assert (asked["input_shape"], asked["include_top"]) == ((32, 32, 3), False)
    assert asked["weights"] == "imagenet"


def test_an_error_that_is_not_about_imagenets_weights_stays_what_it_is(monkeypatch):
    def fail(**options):
        raise RuntimeError("out of memory")

    monkeypatch.setattr(keras.applications, "MobileNetV2", fail)
    with pytest.raises(RuntimeError, match="out of memory"):
        room.build_encoder(weights="none", image_size=32, trainable=True)


def test_weights_of_keras_own_mobilenet_serve_by_path_and_from_the_cache(no_network, tmp_path):
    keras.utils.set_random_seed(2)
    mobilenet = keras.applications.MobileNetV2((128, 128, 3), include_top=False, weights=None)
    cached = tmp_path / "models/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_128_no_top.h5"
    cached.parent.mkdir()
    mobilenet.save_weights(tmp_path / "mine.weights.h5")
    _save_legacy(mobilenet, cached)
    expected = mobilenet.get_layer("Conv1").kernel.numpy()
    for weights in (cached, "imagenet"):
        loaded = room.build_encoder(weights=weights)
        np.testing.assert_array_equal(loaded.get_layer("Conv1").kernel.numpy(), expected)


def _save_legacy(model, path):
    """Writes weights in the layout of the files that Keras offers for download."""
    import h5py
    from keras.src.legacy.saving import legacy_h5_format

    with h5py.File(path, "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, model)


def test_a_damaged_file_in_the_cache_is_named(no_network, tmp_path):
    cached = tmp_path / "models/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_128_no_top.h5"
    cached.parent.mkdir()
    cached.write_bytes(b"half a file")
    with pytest.raises(
        room.EncoderProblem, match=r"cannot be read \(\w+\): delete the file .*1.0_128_no_top.h5"
    ):
        room.build_encoder(weights="imagenet")


def test_imagenet_without_a_network_names_three_ways_out(no_network):
    with pytest.raises(room.EncoderProblem) as problem:
        room.build_encoder(weights="imagenet")
    for way in ("connect to the internet", "path of a MobileNetV2 weights file", "weights='drawn'"):
        assert way in str(problem.value)


@pytest.mark.parametrize("content", [b"", b"not a weights file", None])
@pytest.mark.parametrize("name", ["broken.h5", "broken.npz", "broken.weights.h5"])
def test_a_file_that_holds_no_encoder_is_named(tmp_path, name, content):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    problem = "no such file" if content is None else "does not hold weights of this encoder"
    with pytest.raises(room.EncoderProblem, match=f"broken.*{problem}"):
        room.build_encoder(weights=path, image_size=32)


def test_an_npz_of_something_else_is_refused(tmp_path):
    np.savez(tmp_path / "other.npz", kernel=np.zeros(3))
    with pytest.raises(room.EncoderProblem, match=r"\d{3} arrays are missing, Conv1/kernel is"):
        room.build_encoder(weights=tmp_path / "other.npz", image_size=32)


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
    monkeypatch.setattr(room, "imagenet_available", lambda: True)
    assert room.choose_weights(pets) == expected


def test_real_photos_get_the_bundled_encoder_offline_and_a_line_says_so(
    no_network, monkeypatch, capsys
):
    monkeypatch.delenv("LESSONS_ENCODER", raising=False)
    assert room.choose_weights("a folder") == "drawn"
    assert capsys.readouterr().out.count("\n") == 1


def test_a_network_that_never_answers_is_given_up_after_a_while(tmp_path, monkeypatch):
    """A server that takes the connection and then says nothing, as a strict firewall seems to."""
    from keras.src.applications import mobilenet_v2
    from keras.src.utils import file_utils

    monkeypatch.setattr(file_utils.config, "keras_home", lambda: str(tmp_path))
    monkeypatch.setattr(room, "NETWORK_PATIENCE", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        monkeypatch.setattr(mobilenet_v2, "BASE_WEIGHT_PATH", address)
        assert not room.imagenet_available()
    assert socket.getdefaulttimeout() is None
