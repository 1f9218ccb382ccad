"""The room of class imbalance: weights for classes, weights for pixels."""

import numpy as np
import pytest

from lessons_lib import imbalance as room
from lessons_lib.quiet import keras, tf

SHARES = [0.3, 0.6, 0.1]


@pytest.mark.parametrize(
    ("weighting", "ratios"),
    [
        ("none", [1, 1, 1]),
        ("published", [2, 2, 1]),
        ("inverse", [1 / 0.3, 1 / 0.6, 1 / 0.1]),
        ("median", [0.3 / 0.3, 0.3 / 0.6, 0.3 / 0.1]),
    ],
)
def test_weights_have_the_ratios_of_their_rule_and_a_mean_of_one(weighting, ratios):
    weights = room.class_weights(SHARES, weighting)
    np.testing.assert_allclose(weights / weights[0], np.array(ratios) / ratios[0], rtol=1e-6)
    assert np.dot(weights, SHARES) == pytest.approx(1.0)
    assert weights.dtype == np.float32


@pytest.mark.parametrize("weighting", room.WEIGHTINGS)
def test_an_absent_class_gets_no_weight_and_divides_nothing_by_zero(weighting):
    weights = room.class_weights([0.4, 0.6, 0.0], weighting)
    assert weights[2] == 0.0 and np.isfinite(weights).all()


@pytest.mark.parametrize(
    ("shares", "weighting", "words"),
    [
        ([30, 60, 10], "inverse", "adding up to 1"),
        ([0.5, 0.6, -0.1], "inverse", "adding up to 1"),
        (SHARES, "best", "weighting must be one of"),
        ([0.5, 0.5], "published", "for 3 classes"),
    ],
)
def test_what_are_no_shares_is_refused(shares, weighting, words):
    with pytest.raises(ValueError, match=words):
        room.class_weights(shares, weighting)


def test_every_pixel_gets_the_weight_of_its_label():
    mask = np.array([[[[0], [1]], [[2], [2]]]], np.uint8)
    image, same_mask, weights = room.add_sample_weights("image", mask, [3.0, 0.5, 7.0])
    assert image == "image"
    assert np.array_equal(same_mask, mask)
    assert weights.dtype == tf.float32
    assert weights.numpy().tolist() == [[[3.0, 0.5], [7.0, 7.0]]]


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        (np.zeros((1, 4, 4, 3), np.uint8), "one-hot"),
        (np.zeros((1, 4, 4, 1), np.float32), "integer labels"),
        (np.full((1, 4, 4, 1), 3, np.uint8), "normalize"),
    ],
)
def test_masks_that_are_no_labels_are_refused(mask, words):
    with pytest.raises(ValueError, match=words):
        room.add_sample_weights(None, mask, [1.0, 1.0, 1.0])


@pytest.mark.parametrize("weights", [[1.0, -1.0], [1.0, np.nan], [[1.0, 2.0]]])
def test_weights_that_are_none_are_refused(weights):
    with pytest.raises(ValueError, match="finite number"):
        room.add_sample_weights(None, np.zeros((1, 1, 1, 1), np.uint8), weights)


def test_weighted_batches_have_three_parts():
    pairs = tf.data.Dataset.from_tensors((np.zeros((2, 4, 4, 3)), np.ones((2, 4, 4, 1), np.uint8)))
    images, masks, weights = room.weighted_batches(pairs, [1.0, 2.0, 3.0]).element_spec
    assert (images.shape, masks.shape, weights.shape) == ((2, 4, 4, 3), (2, 4, 4, 1), (2, 4, 4))


def test_the_two_pixel_example_comes_out_as_published():
    losses = room.pixel_losses([0, 0], [[-3.0, 0.0], [-3.0, 0.0]])
    assert (losses * [1, 10]).tolist() == pytest.approx([3.0485873, 30.485874])


def test_keras_uses_the_weights_as_pixel_losses_does():
    generator = np.random.default_rng(0)
    masks = generator.integers(0, 3, (2, 4, 4, 1))
    logits = generator.normal(size=(2, 4, 4, 3)).astype(np.float32)
    weights = [1.0, 2.0, 5.0]
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    keras_loss = loss(masks, logits, sample_weight=np.array(weights)[masks[..., 0]])
    assert float(keras_loss) == pytest.approx(
        room.pixel_losses(masks[..., 0], logits, weights).mean(), rel=1e-5
    )


def test_inverse_weights_give_each_class_the_same_part_of_a_flat_loss():
    masks = np.repeat([0, 1, 2], [30, 60, 10]).reshape(1, 10, 10, 1)
    logits = np.zeros((1, 10, 10, 3), np.float32)
    assert room.loss_shares(masks, logits) == pytest.approx(SHARES)
    weights = room.class_weights(SHARES, "inverse")
    assert room.loss_shares(masks, logits, weights) == pytest.approx([1 / 3] * 3)
