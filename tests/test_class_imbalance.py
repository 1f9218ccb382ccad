"""The module of class imbalance: weights for classes, weights for pixels."""

import numpy as np
import pytest

from lessons_lib import class_imbalance
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
    weights = class_imbalance.class_weights(SHARES, weighting)
    np.testing.assert_allclose(weights / weights[0], np.array(ratios) / ratios[0], rtol=1e-6)
    assert np.dot(weights, SHARES) == pytest.approx(1.0)
    assert weights.dtype == np.float32


@pytest.mark.parametrize("weighting", class_imbalance.WEIGHTINGS)
def test_an_absent_class_gets_no_weight_and_divides_nothing_by_zero(weighting):
    weights = class_imbalance.class_weights([0.4, 0.6, 0.0], weighting)
    assert weights[2] == 0.0 and np.isfinite(weights).all()


@pytest.mark.parametrize(
    ("shares", "weighting", "words"),
    [
        ([30, 60, 10], "inverse", "adding up to 1"),
        ([0.5, 0.6, -0.1], "inverse", r"adding up to 1, .* but \[0.5, 0.6, -0.1\] came"),
        ([[0.5, 0.5]], "inverse", "adding up to 1"),
        ([0.33, 0.33, 0.33], "inverse", "adding up to 1"),
        (SHARES, "best", "weighting must be one of .*'inverse'.* but 'best' came"),
        ([0.5, 0.5], "published", "for 3 classes, but there are 2"),
    ],
)
def test_what_are_no_shares_is_refused(shares, weighting, words):
    with pytest.raises(ValueError, match=words):
        class_imbalance.class_weights(shares, weighting)


def test_every_pixel_gets_the_weight_of_its_label():
    mask = np.array([[[[0], [1]], [[2], [2]]]], np.uint8)
    image, same_mask, weights = class_imbalance.add_sample_weights("image", mask, [3.0, 0.5, 7.0])
    assert image == "image"
    assert np.array_equal(same_mask, mask)
    assert weights.dtype == tf.float32
    assert weights.numpy().tolist() == [[[3.0, 0.5], [7.0, 7.0]]]


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        (np.zeros((1, 4, 4, 3), np.uint8), r"uint8 of shape \(1, 4, 4, 3\) came; a one-hot"),
        (np.zeros((4, 1), np.uint8), "integer labels, N×H×W×1"),
        (np.zeros((1, 1, 4, 4, 1), np.uint8), "integer labels, N×H×W×1"),
        (np.zeros((1, 4, 4, 1), np.float32), "integer labels"),
        (np.full((1, 4, 4, 1), 3, np.uint8), "the label 3, but .* labels 0 to 2; .* normalize"),
    ],
)
def test_masks_that_are_no_labels_are_refused(mask, words):
    with pytest.raises(ValueError, match=words):
        class_imbalance.add_sample_weights(None, mask, [1.0, 1.0, 1.0])


@pytest.mark.parametrize("weights", [[1.0, -1.0], [1.0, np.nan], [1.0, np.inf], [[1.0, 2.0]]])
def test_weights_that_are_none_are_refused(weights):
    with pytest.raises(ValueError, match=r"finite number of at least 0.* but \[.*\] came"):
        class_imbalance.add_sample_weights(None, np.zeros((1, 1, 1, 1), np.uint8), weights)


def test_weighted_batches_have_three_parts():
    pairs = tf.data.Dataset.from_tensors((np.zeros((2, 4, 4, 3)), np.ones((2, 4, 4, 1), np.uint8)))
    weighted = class_imbalance.weighted_batches(pairs, [1.0, 2.0, 3.0])
    assert np.unique(next(iter(weighted))[2]).tolist() == [2.0]
    images, masks, weights = weighted.element_spec
    assert (images.shape, masks.shape, weights.shape) == ((2, 4, 4, 3), (2, 4, 4, 1), (2, 4, 4))


def test_the_two_pixel_example_comes_out_as_published():
    losses = class_imbalance.pixel_losses([0, 0], np.array([[-3.0, 0.0], [-3.0, 0.0]], np.float64))
    assert losses.dtype == np.float32
    assert (losses * [1, 10]).tolist() == pytest.approx([3.0485873, 30.485874])


def test_keras_uses_the_weights_as_pixel_losses_does():
    generator = np.random.default_rng(0)
    masks = generator.integers(0, 3, (2, 4, 4, 1))
    logits = generator.normal(size=(2, 4, 4, 3)).astype(np.float32)
    weights = [1.0, 2.0, 5.0]
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    keras_loss = loss(masks, logits, sample_weight=np.array(weights)[masks[..., 0]])
    assert float(keras_loss) == pytest.approx(
        class_imbalance.pixel_losses(masks[..., 0], logits, weights).mean(), rel=1e-5
    )


def test_inverse_weights_give_each_class_the_same_part_of_a_flat_loss():
    masks = np.repeat([0, 1, 2], [30, 60, 10]).reshape(1, 10, 10, 1)
    logits = np.zeros((1, 10, 10, 3), np.float32)
    assert class_imbalance.loss_shares(masks, logits) == pytest.approx(SHARES)
    weights = class_imbalance.class_weights(SHARES, "inverse")
    assert class_imbalance.loss_shares(masks, logits, weights) == pytest.approx([1 / 3] * 3)


def make_logits() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(1)
    masks = generator.integers(0, 3, (2, 4, 4, 1)).astype(np.uint8)
    return masks, generator.normal(size=(2, 4, 4, 3)).astype(np.float32)


def test_a_focal_loss_with_gamma_zero_is_cross_entropy():
    masks, logits = make_logits()
    expected = class_imbalance.pixel_losses(masks[..., 0], logits).mean()
    assert float(class_imbalance.FocalLoss(gamma=0.0)(masks, logits)) == pytest.approx(
        expected, rel=1e-5
    )


def test_the_focal_loss_is_cross_entropy_times_what_is_missing_to_one():
    masks, logits = make_logits()
    losses = class_imbalance.pixel_losses(masks[..., 0], logits)
    expected = ((1 - np.exp(-losses)) ** 2 * losses).mean()
    assert float(class_imbalance.FocalLoss()(masks, logits)) == pytest.approx(expected, rel=1e-4)


def test_the_focal_loss_takes_a_weight_for_each_pixel():
    masks, logits = make_logits()
    weights = (masks[..., 0] == 2).astype(np.float32)
    only_border = class_imbalance.FocalLoss(reduction=None)(masks, logits).numpy()[
        masks[..., 0] == 2
    ]
    weighted = float(class_imbalance.FocalLoss()(masks, logits, sample_weight=weights))
    assert weighted == pytest.approx(only_border.sum() / weights.size, rel=1e-5)


def test_the_dice_loss_is_the_mean_over_the_classes_whatever_their_size():
    masks = np.repeat([0, 1], [30, 2]).reshape(2, 4, 4, 1).astype(np.uint8)
    logits = np.zeros((2, 4, 4, 2), np.float32)
    logits[..., 0] = 20.0  # all pixels are given class 0
    dice_of_class_0 = 2 * 30 / (30 + 32)
    expected = ((1 - dice_of_class_0) + 1) / 2
    assert float(class_imbalance.DiceLoss()(masks, logits)) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("loss", [class_imbalance.FocalLoss(gamma=1.5), class_imbalance.DiceLoss()])
def test_a_model_with_such_a_loss_is_saved_and_loaded(loss, tmp_path):
    masks, logits = make_logits()
    model = keras.Sequential([keras.Input((4, 4, 3)), keras.layers.Conv2D(3, 1)])
    model.compile(loss=loss)
    before = model.evaluate(logits, masks, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.evaluate(logits, masks, verbose=0) == pytest.approx(before)


# A fair comparison


def make_encoder(trainable: bool = False) -> keras.Model:
    """Two feature maps of an 8×8 image, in place of MobileNetV2's five."""
    image = keras.Input((8, 8, 3))
    shallow = keras.layers.AveragePooling2D(2)(image)
    deep = keras.layers.Conv2D(4, 3, strides=2, padding="same")(shallow)
    encoder = keras.Model(image, [shallow, deep], name="encoder")
    encoder.trainable = trainable
    return encoder


def make_pets(count: int = 8) -> tf.data.Dataset:
    """Examples whose left half is a bright pet, with a border of one pixel."""
    mask = np.full((8, 8, 1), 2, np.uint8)
    mask[:, :3], mask[:, 3] = 1, 3
    image = np.where(mask == 1, 220, 40) * np.ones((1, 1, 3))
    pets = {"image": image.astype(np.uint8), "segmentation_mask": mask}
    return tf.data.Dataset.from_tensors(pets).repeat(count)


def fresh(encoder: keras.Model, seed: int = 0, **changes) -> keras.Model:
    pets = make_pets()
    batches = pets.map(lambda pet: (pet["image"], pet["segmentation_mask"]))
    batches = batches.map(lambda image, mask: (tf.cast(image, tf.float32) / 255, mask - 1)).batch(4)
    options = {"epochs": 1, "filters": (4,), "batch_size": 4, "image_size": 8} | changes
    return class_imbalance.train_fresh(pets, batches, encoder=encoder, seed=seed, **options)


def decoder_weights(model: keras.Model) -> np.ndarray:
    return np.concatenate([weight.numpy().ravel() for weight in model.trainable_weights])


@pytest.mark.slow
def test_the_same_seed_and_weights_give_the_same_model_and_others_another():
    encoder = make_encoder()
    first = decoder_weights(fresh(encoder, weights=[1, 1, 1]))
    assert np.array_equal(first, decoder_weights(fresh(encoder, weights=[1, 1, 1])))
    assert np.allclose(first, decoder_weights(fresh(encoder)), atol=1e-5)
    assert not np.allclose(first, decoder_weights(fresh(encoder, weights=[1, 1, 8])), atol=1e-5)
    assert not np.allclose(first, decoder_weights(fresh(encoder, seed=1)), atol=1e-5)


@pytest.mark.slow
def test_fresh_models_share_nothing_that_training_changes():
    encoder = make_encoder()
    before = [weight.numpy() for weight in encoder.weights]
    first, second = fresh(encoder), fresh(encoder)
    assert not {id(v) for v in first.trainable_variables} & {
        id(v) for v in second.trainable_variables
    }
    assert all(np.array_equal(a, b.numpy()) for a, b in zip(before, encoder.weights, strict=True))


def test_an_encoder_that_learns_is_refused():
    with pytest.raises(ValueError, match="must be frozen, but this one has 2 trainable tensors"):
        fresh(make_encoder(trainable=True))


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ([0.5, 0.6], [0.55, 0.63], "up in every seed (+0.03 to +0.05)"),
        ([0.5, 0.6], [0.45, 0.57], "down in every seed (-0.05 to -0.03)"),
        ([0.5, 0.6], [0.55, 0.58], "differs by seed (-0.02 to +0.05)"),
        ([0.5, 0.6], [0.501, 0.602], "unchanged in every seed (+0.00 to +0.00)"),
        ([0.5], [0.6], "up with this seed (+0.10 to +0.10)"),
        # NaN is no score, and neither 0 nor a change from or to it.
        (
            [np.nan, 0.0],
            [0.2, 0.3],
            "up where it can be compared (+0.30 to +0.30; 1 of 2 seeds have both scores)",
        ),
        (
            [0.2, 0.3],
            [np.nan, np.nan],
            "cannot be compared (no seed has a score both before and after)",
        ),
        # What two decimals show as 0.01 is a change, what they show as 0.00 is none.
        ([0.5, 0.5], [0.506, 0.507], "up in every seed (+0.01 to +0.01)"),
        ([0.5, 0.5], [0.494, 0.493], "down in every seed (-0.01 to -0.01)"),
        ([0.5, 0.5], [0.504, 0.504], "unchanged in every seed (+0.00 to +0.00)"),
        ([0.5, 0.5], [0.496, 0.496], "unchanged in every seed (-0.00 to -0.00)"),
        ([0.5, 0.5], [0.496, 0.504], "unchanged in every seed (-0.00 to +0.00)"),
        ([0.5, 0.5], [0.504, 0.512], "differs by seed (+0.00 to +0.01)"),
        ([0.5], [0.5], "unchanged with this seed (+0.00 to +0.00)"),
    ],
)
def test_a_change_is_told_as_it_comes_out(before, after, words):
    assert class_imbalance.describe_change(before, after) == words


@pytest.mark.parametrize(("before", "after"), [([0.5], [0.5, 0.6]), ([], []), ([[0.5]], [[0.5]])])
def test_scores_of_other_seeds_are_not_compared(before, after):
    with pytest.raises(
        ValueError, match=f"same seeds after, but {len(before)} and {len(after)} came"
    ):
        class_imbalance.describe_change(before, after)


def test_shares_rounded_to_three_decimals_are_shares_and_keep_a_mean_of_one():
    rounded = np.array([0.333, 0.333, 0.333])
    for weighting in class_imbalance.WEIGHTINGS:
        weights = class_imbalance.class_weights(rounded, weighting)
        assert weights.mean() == pytest.approx(1.0, abs=1e-5)


def test_the_median_is_that_of_the_classes_that_occur():
    weights = class_imbalance.class_weights([0.2, 0.5, 0.3, 0.0], "median")
    np.testing.assert_allclose(weights, [5 / 3, 2 / 3, 10 / 9, 0], rtol=1e-5)


def test_one_mask_without_a_batch_gets_weights_and_a_weight_may_be_zero():
    mask = np.array([[[0], [1]]], np.int64)
    assert class_imbalance.add_sample_weights(None, mask, [0.0, 0.5])[2].numpy().tolist() == [
        [0.0, 0.5]
    ]


def test_a_batch_without_masks_gets_no_weights():
    empty = np.zeros((0, 4, 4, 1), np.uint8)
    assert class_imbalance.add_sample_weights(None, empty, [1.0, 1.0])[2].shape == (0, 4, 4)


def test_sums_by_class_name_every_class_also_those_that_do_not_occur():
    labels, losses = np.array([[0, 1], [1, 0]]), np.array([[0.5, 1.0], [2.0, 0.25]])
    assert class_imbalance.sum_by_class(labels, losses).tolist() == [0.75, 3.0, 0.0]
    assert class_imbalance.sum_by_class(labels, losses, 5).tolist() == [0.75, 3.0, 0.0, 0.0, 0.0]
    logits = np.zeros((1, 2, 2, 4), np.float32)
    assert class_imbalance.loss_shares(labels[np.newaxis, ..., np.newaxis], logits).shape == (4,)


# Losses for rare classes


def test_the_focal_loss_takes_a_factor_for_each_class():
    masks, logits = make_logits()
    plain = class_imbalance.FocalLoss(reduction=None)(masks, logits).numpy()
    scaled = class_imbalance.FocalLoss(alpha=[1.0, 2.0, 4.0], reduction=None)(masks, logits).numpy()
    np.testing.assert_allclose(scaled, plain * np.array([1, 2, 4])[masks[..., 0]], rtol=1e-5)


def test_the_losses_are_named_in_histories_and_files():
    assert (class_imbalance.FocalLoss().name, class_imbalance.DiceLoss().name) == (
        "focal_loss",
        "dice_loss",
    )
    assert (
        class_imbalance.FocalLoss(name="mine").name
        == class_imbalance.DiceLoss(name="mine").name
        == "mine"
    )


def test_a_fresh_model_is_trained_as_it_is_told(monkeypatch):
    asked = {}

    def train(model, batches, validation_batches, **options):
        asked.update(options, first=next(iter(batches)), count=int(batches.cardinality()))

    monkeypatch.setattr(class_imbalance, "train", train)
    callbacks, loss = [keras.callbacks.Callback()], class_imbalance.DiceLoss()
    model = fresh(
        make_encoder(), weights=[1, 2, 3], loss=loss, learning_rate=0.25, callbacks=callbacks
    )
    assert float(model.optimizer.learning_rate) == 0.25
    assert model.loss is loss
    assert asked["callbacks"] is callbacks and asked["epochs"] == 1 and asked["count"] == 2
    images, masks, weights = asked["first"]
    assert images.shape == (4, 8, 8, 3)
    np.testing.assert_array_equal(weights, np.array([1, 2, 3])[masks.numpy()[..., 0]])


def test_fresh_training_pets_are_shuffled_and_flipped_by_the_seed(monkeypatch):
    seen = []
    monkeypatch.setattr(
        class_imbalance, "train", lambda model, batches, *_, **options: seen.append(batches)
    )
    for seed in (0, 0, 1):
        fresh(make_encoder(), seed=seed)
    first, again, other = (np.concatenate([images for images, _ in batches]) for batches in seen)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
