"""What the exercises say of TensorFlow, Keras, NumPy and the models of the course."""

import numpy as np
import pytest

from lessons_lib.checks import LESSON_MODULES, load_tasks
from lessons_lib.cost import block_costs
from lessons_lib.decoder import unet_model
from lessons_lib.encoder import FEATURE_LAYERS, build_encoder
from lessons_lib.quiet import keras, tf

TASKS = load_tasks(LESSON_MODULES)


def pets(count):
    return tf.data.Dataset.range(count)


def epochs(stages, count=6):
    """The first two epochs of six pets."""
    numbers = [int(number) for number in stages.take(2 * count).as_numpy_iterator()]
    return numbers[:count], numbers[count:]


class TestPipelineOrder:
    def test_repeated_before_shuffling_a_pet_comes_twice_before_another_comes_once(self):
        mixed, _ = epochs(pets(6).repeat(2).shuffle(6, seed=1))
        whole, _ = epochs(pets(6).shuffle(6, seed=1).repeat(2))
        assert len(set(mixed)) < 6
        assert len(set(whole)) == 6

    def test_cached_after_shuffling_every_epoch_has_the_same_order(self):
        first, second = epochs(pets(6).shuffle(6, seed=1).cache().repeat(2))
        assert first == second
        first, second = epochs(pets(6).cache().shuffle(6, seed=1).repeat(2))
        assert first != second

    @pytest.mark.parametrize(("cache_first", "loads"), [(True, 6), (False, 12)])
    def test_cached_after_repeating_each_epoch_loads_again(self, cache_first, loads):
        loaded = []

        def load(number):
            loaded.append(int(number))
            return number

        stages = pets(6).map(lambda number: tf.py_function(load, [number], tf.int64))
        epochs(stages.cache().repeat() if cache_first else stages.repeat().cache())
        assert len(loaded) == loads


class TestEncoder:
    @pytest.mark.slow
    def test_the_sides_are_those_of_mobilenet(self):
        for side, sides in TASKS["tap_sides"].reference.items():
            network = keras.applications.MobileNetV2(
                (side, side, 3), include_top=False, weights=None
            )
            found = [network.get_layer(name).output.shape[1] for name in FEATURE_LAYERS]
            assert tuple(found) == sides

    def test_the_rule_of_pick_taps_gives_four_of_the_five_feature_layers(self):
        network = keras.applications.MobileNetV2((128, 128, 3), include_top=False, weights=None)
        picked = TASKS["pick_taps"].reference(network, (64, 32, 16, 8, 4))
        assert picked[:4] == list(FEATURE_LAYERS[:4])
        assert picked[4] != FEATURE_LAYERS[4]


class TestDecoder:
    def test_numpy_compares_a_mask_without_its_last_axis_with_an_error_or_stretches_both(self):
        true, predicted = np.zeros((2, 4, 4, 1)), np.zeros((2, 4, 4))
        assert (true[:1] == predicted[:1]).shape == (1, 4, 4, 4)
        with pytest.raises(ValueError, match="broadcast"):
            np.equal(true, predicted)

    def test_padding_same_cuts_to_stride_times_the_size(self):
        numbers = np.zeros((1, 3, 3, 1), np.float32)
        for size in (3, 4, 5):
            layer = keras.layers.Conv2DTranspose(1, size, strides=2, padding="same")
            assert layer(numbers).shape == (1, 6, 6, 1)

    def test_the_two_deepest_blocks_hold_about_85_percent_of_the_decoders_weights(self):
        encoder = build_encoder(weights="none", trainable=True)
        costs = {cost.name: cost.parameters for cost in block_costs(unet_model(encoder=encoder))}
        decoder = sum(costs.values()) - costs["encoder"]
        assert (costs["upsample_1"] + costs["upsample_2"]) / decoder == pytest.approx(
            0.85, abs=0.01
        )


def trained_line():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(loss="mse", run_eagerly=True)
    return model


class TestTraining:
    def test_with_a_step_too_many_keras_warns_that_the_data_ran_out(self):
        batches = tf.data.Dataset.from_tensors((np.zeros((4, 2)), np.zeros((4, 1))))
        with pytest.warns(UserWarning, match="ran out of data"):
            trained_line().fit(batches, steps_per_epoch=2, shuffle=False, verbose=0)

    def test_evaluate_ends_a_validation_for_a_callback_that_it_is_given(self):
        ends = []
        callback = keras.callbacks.LambdaCallback()
        callback.on_test_end = ends.append
        for callbacks in ([], [callback]):
            trained_line().evaluate(
                np.zeros((4, 2)), np.zeros((4, 1)), callbacks=callbacks, verbose=0
            )
        assert len(ends) == 1


class TestClassImbalance:
    def test_keras_drops_the_last_axis_of_weights(self):
        numbers = np.random.default_rng(0)
        masks, logits = numbers.integers(0, 3, (2, 4, 4, 1)), numbers.normal(size=(2, 4, 4, 3))
        weights = numbers.random((2, 4, 4, 1))
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        with_axis = loss(masks, logits, sample_weight=weights)
        np.testing.assert_allclose(with_axis, loss(masks, logits, sample_weight=weights[..., 0]))
