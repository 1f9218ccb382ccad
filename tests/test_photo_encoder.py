"""The ways that only weights learnt from photos open, tried with a stand-in for ImageNet's."""

import shutil

import numpy as np
import pytest

from lessons_lib import encoder
from lessons_lib.data import load_pets, make_batches
from lessons_lib.quiet import keras

pytestmark = pytest.mark.slow


@pytest.fixture
def cached(photo_weights, tmp_path, monkeypatch):
    """Keras' cache, holding the photo weights and nothing else; a fetch would be an error."""
    from keras.src.utils import file_utils

    (tmp_path / "models").mkdir()
    shutil.copy(photo_weights, tmp_path / "models")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(file_utils.config, "keras_home", lambda: str(tmp_path))
    monkeypatch.setattr(file_utils, "urlretrieve", lambda *_: pytest.fail("something was fetched"))
    monkeypatch.delenv("LESSONS_ENCODER", raising=False)


def test_real_pets_get_the_cached_weights_without_a_network(cached, real_pets, capsys):
    assert encoder.imagenet_available()
    assert encoder.choose_weights(str(real_pets)) == "imagenet"
    assert encoder.choose_weights("drawn_pets") == "drawn"
    assert capsys.readouterr().out == ""


def test_the_encoder_gives_what_keras_own_mobilenet_gives_in_its_own_range(cached, real_pets):
    images, _ = next(iter(make_batches(load_pets(str(real_pets)).test.take(2))))
    built = encoder.build_encoder(weights="imagenet")
    mobilenet = keras.applications.MobileNetV2((128, 128, 3), include_top=False, weights="imagenet")
    theirs = keras.Model(
        mobilenet.input, [mobilenet.get_layer(n).output for n in encoder.FEATURE_LAYERS]
    )
    expected = theirs(keras.applications.mobilenet_v2.preprocess_input(255 * images.numpy()))
    for ours, their in zip(built(images), expected, strict=True):
        np.testing.assert_allclose(ours, their, atol=1e-3)
