"""What parts of a network cost: counted by hand, and timed by a clock of our own."""

import numpy as np
import pytest

from lessons_lib import cost as cost_module
from lessons_lib.decoder import unet_model
from lessons_lib.quiet import keras, tf


def make_encoder() -> keras.Model:
    """Three feature maps of a 16×16 image, in place of MobileNetV2's five."""
    features = image = keras.Input((16, 16, 3), name="image")
    outputs = []
    for step, channels in enumerate((4, 6, 8), start=1):
        features = keras.layers.Conv2D(
            channels, 3, strides=2, padding="same", use_bias=False, name=f"block_{step}"
        )(features)
        outputs.append(features)
    return keras.Model(image, outputs, name="encoder")


def make_u(**options) -> keras.Model:
    return unet_model(encoder=make_encoder(), filters=(10, 5), **options)


def test_operations_are_those_counted_by_hand():
    image = keras.Input((8, 12, 3))
    features = keras.layers.Conv2D(4, 3, strides=2, padding="same", use_bias=False)(image)
    features = keras.layers.DepthwiseConv2D(3, padding="same", use_bias=False)(features)
    features = keras.layers.BatchNormalization()(features)
    features = keras.layers.ReLU()(features)
    features = keras.layers.Conv2DTranspose(2, 3, strides=2, padding="same")(features)
    costs = cost_module.layer_costs(keras.Model(image, features))
    kernels = [9 * 3 * 4, 9 * 4, 9 * 4 * 2]
    pixels = 4 * 6
    assert [cost.operations for cost in costs] == [
        pixels * kernels[0],
        pixels * kernels[1],
        0,  # of the batch norm; the ReLU holds no parameters and is left out
        pixels * kernels[2],
    ]
    assert [cost.parameters for cost in costs] == [kernels[0], kernels[1], 4 * 4, kernels[2] + 2]


def test_layers_are_counted_in_order_and_those_of_inner_models_too():
    names = [cost.name for cost in cost_module.layer_costs(make_u())]
    block = ["transposed_convolution", "batch_norm"]
    assert names == ["block_1", "block_2", "block_3", *block, *block, "logits"]


def test_blocks_are_the_sums_of_their_layers():
    model = make_u()
    blocks = {cost.name: cost for cost in cost_module.block_costs(model)}
    assert list(blocks) == ["encoder", "upsample_1", "upsample_2", "logits"]
    for name, block in blocks.items():
        layer = model.get_layer(name)
        parts = cost_module.layer_costs(layer) if isinstance(layer, keras.Model) else [block]
        assert block.parameters == sum(part.parameters for part in parts) == layer.count_params()
        assert block.operations == sum(part.operations for part in parts)
    assert blocks["encoder"].operations == 9 * (64 * 3 * 4 + 16 * 4 * 6 + 4 * 6 * 8)
    assert blocks["logits"].operations == 8 * 8 * 9 * (5 + 4) * 3


@pytest.mark.parametrize("skip_connections", [True, False])
def test_times_are_measured_for_the_parts_whose_costs_are_counted(skip_connections):
    model = make_u(skip_connections=skip_connections)
    times = cost_module.block_times(model, np.zeros((2, 16, 16, 3), np.float32), repeats=1)
    assert list(times) == [cost.name for cost in cost_module.block_costs(model)]
    assert all(milliseconds > 0 for milliseconds in times.values())


def test_a_time_is_milliseconds_an_image_of_the_fastest_run_in_inference(monkeypatch):
    clock, modes, runs = [0.0], [], []
    monkeypatch.setattr(cost_module.time, "perf_counter", lambda: clock[0])

    def work(batch):
        """Takes 40, 30, 20 and then always 10 seconds of a clock that nothing else moves."""
        runs.append(batch)
        clock[0] += max(10, 50 - 10 * len(runs))
        return batch

    def part(batch, training):
        modes.append(training)
        return tf.numpy_function(work, [batch], tf.float32)

    assert cost_module._fastest(part, tf.zeros((4, 1)), repeats=5) == pytest.approx(10_000 / 4)
    assert len(runs) == 1 + 5  # one to compile and to warm up
    assert set(modes) == {False}


def test_each_part_is_timed_on_what_the_parts_before_it_give(monkeypatch):
    """On their own shapes: the deepest features for the first block, joined ones behind it."""
    timed = {}

    def note(part, inputs, repeats):
        timed[part.name] = tuple(inputs.shape), repeats
        return 1.0

    monkeypatch.setattr(cost_module, "_fastest", note)
    cost_module.block_times(make_u(), np.zeros((2, 16, 16, 3), np.float32))
    shapes = {name: shape for name, (shape, _) in timed.items()}
    assert shapes == {
        "encoder": (2, 16, 16, 3),
        "upsample_1": (2, 2, 2, 8),
        "upsample_2": (2, 4, 4, 10 + 6),
        "logits": (2, 8, 8, 5 + 4),
    }
    assert len({repeats for _, repeats in timed.values()}) == 1
    assert min(repeats for _, repeats in timed.values()) >= 3
