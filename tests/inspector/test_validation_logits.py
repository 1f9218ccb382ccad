"""What is kept of a validation pass, and that keeping it changes nothing."""

import numpy as np
import pytest

from lessons_lib.inspector.validation_logits import ValidationLogits
from lessons_lib.quiet import keras, tf
from lessons_lib.training import compile_model, load_model, save_model

pytestmark = pytest.mark.slow

SIDE = 8
RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.random((10, SIDE, SIDE, 3), np.float32)
MASKS = RANDOM.integers(0, 3, (10, SIDE, SIDE, 1)).astype(np.uint8)


def batches(size: int, *arrays: np.ndarray) -> tf.data.Dataset:
    return tf.data.Dataset.from_tensor_slices(arrays or (IMAGES, MASKS)).batch(size)


def make_model(kind: type[keras.Model] = keras.Model) -> keras.Model:
    keras.utils.set_random_seed(0)
    inputs = keras.Input((SIDE, SIDE, 3))
    return compile_model(kind(inputs, keras.layers.Conv2D(3, 1)(inputs)))


def test_it_keeps_the_first_of_the_latest_batch():
    model = make_model()
    kept = ValidationLogits(model, 3)
    model.evaluate(batches(5), verbose=0)
    logits = kept.of(IMAGES[5:8])
    assert logits.dtype == np.float32
    np.testing.assert_allclose(logits, model(IMAGES[5:8]), atol=1e-6)


def test_of_other_images_it_says_nothing():
    model = make_model()
    kept = ValidationLogits(model, 3)
    assert kept.of(IMAGES[:3]) is None  # before any validation
    model.evaluate(batches(10), verbose=0)
    assert kept.of(IMAGES[:3]) is not None
    for others in (IMAGES[1:4], IMAGES[:2], IMAGES[:3] + 0.1):
        assert kept.of(others) is None


def test_a_batch_smaller_than_the_count_is_kept_whole():
    model = make_model()
    kept = ValidationLogits(model, 3)
    model.evaluate(batches(8), verbose=0)
    assert kept.of(IMAGES[8:]).shape == (2, SIDE, SIDE, 3)


def test_training_batches_pass_by():
    model = make_model()
    kept = ValidationLogits(model, 3)
    model.fit(batches(10), shuffle=False, verbose=0)
    assert kept.of(IMAGES[:3]) is None


@pytest.mark.parametrize("weighted", [False, True])
def test_losses_and_metrics_stay_the_same(weighted):
    arrays = [IMAGES, MASKS]
    if weighted:
        arrays.append(RANDOM.random(MASKS.shape[:3], np.float32))
    histories = []
    for watched in (False, True):
        model = make_model()
        if watched:
            ValidationLogits(model, 3)
        data = batches(5, *arrays)
        run = model.fit(data, validation_data=data, epochs=2, shuffle=False, verbose=0)
        histories.append(run.history)
    assert histories[0] == histories[1]


def test_a_step_that_was_traced_before_is_traced_anew():
    model = make_model()
    model.evaluate(batches(10), verbose=0)
    kept = ValidationLogits(model, 3)
    model.evaluate(batches(10), verbose=0)
    assert kept.of(IMAGES[:3]) is not None


def test_the_model_gets_its_own_method_back(tmp_path):
    model = make_model()
    before = model.evaluate(batches(5), verbose=0)
    kept = ValidationLogits(model, 3)
    kept.close()
    assert model.compute_loss.__func__ is keras.Model.compute_loss
    assert model.evaluate(batches(5), verbose=0) == before
    loaded = load_model(save_model(model, tmp_path / "model.keras"))
    np.testing.assert_allclose(loaded(IMAGES), model(IMAGES), atol=1e-6)


def test_a_loss_that_a_model_computes_itself_is_kept():
    class Doubled(keras.Model):
        def compute_loss(self, *arguments, **named):
            return 2 * super().compute_loss(*arguments, **named)

    once, model = make_model(), make_model(Doubled)
    ValidationLogits(model, 3)
    plain, doubled = (each.evaluate(batches(10), verbose=0)[0] for each in (once, model))
    assert doubled == pytest.approx(2 * plain)


def test_a_training_that_was_interrupted_leaves_nothing_behind():
    model = make_model()
    first, second = ValidationLogits(model, 3), ValidationLogits(model, 3)
    model.evaluate(batches(10), verbose=0)
    assert first.of(IMAGES[:3]) is None and second.of(IMAGES[:3]) is not None
