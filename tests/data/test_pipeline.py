"""Tests of lessons_lib.data.pipeline."""

import numpy as np
import pytest

from lessons_lib.data import (
    Augment,
    DataProblem,
    class_shares,
    load_image,
    make_batches,
    normalize,
    split_validation,
    steps,
)
from lessons_lib.quiet import tf


def make_examples(count: int = 10, height: int = 40, width: int = 60) -> tf.data.Dataset:
    """Examples with noise for photos and for masks; no two are alike."""
    noise = np.random.default_rng(0)
    return tf.data.Dataset.from_tensor_slices(
        {
            "image": noise.integers(0, 256, (count, height, width, 3), dtype=np.uint8),
            "segmentation_mask": noise.integers(1, 4, (count, height, width, 1), dtype=np.uint8),
            "label": np.arange(count),
        }
    )


def epochs(batches: tf.data.Dataset, count: int = 2) -> list[np.ndarray]:
    """All images and masks of some epochs, one array of each an epoch."""
    arrays = []
    for _ in range(count):
        images, masks = zip(*batches.as_numpy_iterator(), strict=True)
        arrays += [np.concatenate(images), np.concatenate(masks)]
    return arrays


# normalize


def test_normalize_scales_the_image_and_lowers_the_labels():
    image = np.array([[[0, 51, 255]], [[0, 51, 255]], [[0, 51, 255]]], np.uint8)
    mask = np.array([[[1]], [[2]], [[3]]], np.uint8)
    scaled, labels = normalize(image, mask)
    assert scaled.dtype == tf.float32 and labels.dtype == tf.uint8
    np.testing.assert_allclose(scaled, 3 * [[[0, 0.2, 1]]], rtol=1e-6)
    np.testing.assert_array_equal(labels, [[[0]], [[1]], [[2]]])


@pytest.mark.parametrize("mask_type", [np.uint8, np.int32, np.int64])
def test_normalize_takes_masks_of_any_integers(mask_type):
    _, labels = normalize(np.zeros((1, 3, 3), np.uint8), np.array([[[1], [2], [3]]], mask_type))
    assert labels.dtype == tf.uint8
    assert labels.numpy().ravel().tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("image_type", "mask_type", "sentence"),
    [
        (np.float32, np.uint8, "expects an image of dtype uint8 .* got float32"),
        (np.uint8, np.float32, "expects a mask of integers 1, 2, 3, got dtype float32"),
    ],
)
def test_normalize_refuses_other_types(image_type, mask_type, sentence):
    with pytest.raises(TypeError, match=sentence):
        normalize(np.ones((2, 2, 3), image_type), np.ones((2, 2, 1), mask_type))


@pytest.mark.parametrize(("value", "sentence"), [(0, "got 0, 1"), (4, "got 1, 4"), (255, "1, 255")])
def test_normalize_refuses_values_that_are_no_trimap(value, sentence):
    mask = np.array([[[1], [value]]], np.uint8)
    with pytest.raises(DataProblem, match=f"the values 1, 2, 3 only.*{sentence}"):
        normalize(np.zeros((1, 2, 3), np.uint8), mask)


def test_normalize_gives_the_same_inside_a_tf_data_map():
    example = next(iter(make_examples(1)))
    pair = example["image"], example["segmentation_mask"]
    mapped = tf.data.Dataset.from_tensors(pair).map(normalize)
    for eager, graph in zip(normalize(*pair), next(iter(mapped)), strict=True):
        np.testing.assert_array_equal(eager, graph)


# load_image


def test_load_image_makes_squares_and_invents_no_labels():
    example = next(iter(make_examples(1)))
    image, mask = load_image(example, 16)
    assert (image.shape, image.dtype) == ((16, 16, 3), tf.uint8)
    assert (mask.shape, mask.dtype) == ((16, 16, 1), tf.uint8)
    assert set(np.unique(mask)) <= {1, 2, 3}


def test_load_image_averages_what_it_shrinks_and_rounds():
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::4] = 255
    image, _ = load_image({"image": stripes, "segmentation_mask": stripes[..., :1]}, 8)
    assert np.unique(image[:, 2:-2]).tolist() == [64]  # 63.75; without antialiasing 127 or 128


def test_load_image_keeps_photo_and_mask_in_place():
    photo = np.zeros((90, 60, 3), np.uint8)
    photo[:45] = 255
    mask = np.where(photo[..., :1] == 255, 1, 2).astype(np.uint8)
    image, small_mask = load_image({"image": photo, "segmentation_mask": mask}, 16)
    np.testing.assert_array_equal(image[..., :1] > 127, small_mask == 1)


def test_the_course_works_at_128_pixels_with_32_pairs_a_batch_and_every_fifth_for_validation():
    example = next(iter(make_examples(1)))
    assert [part.shape[:2] for part in load_image(example)] == [(128, 128), (128, 128)]
    batches = make_batches(make_examples(33))
    assert [images.shape[:3] for images, _ in batches] == [(32, 128, 128), (1, 128, 128)]
    assert int(split_validation(make_examples(33))[1].cardinality()) == 33 // 5


# Augment


def test_augment_flips_image_and_mask_together_left_to_right():
    images = np.random.default_rng(0).random((64, 6, 8, 3), np.float32)
    masks = np.round(images[..., :1] * 2).astype(np.uint8)
    flipped_images, flipped_masks = Augment(seed=1)(images, masks)
    assert flipped_masks.dtype == tf.uint8
    flipped = [
        not np.array_equal(before, after)
        for before, after in zip(images, flipped_images, strict=True)
    ]
    for index, is_flipped in enumerate(flipped):
        direction = -1 if is_flipped else 1
        np.testing.assert_array_equal(flipped_images[index], images[index][:, ::direction])
        np.testing.assert_array_equal(flipped_masks[index], masks[index][:, ::direction])
    assert 16 < sum(flipped) < 48


def test_augment_of_one_seed_gives_one_sequence_and_of_another_another():
    images = np.random.default_rng(0).random((32, 4, 4, 3), np.float32)
    masks = np.zeros((32, 4, 4, 1), np.uint8)

    def two_calls(seed):
        augment = Augment(seed)
        return np.stack([augment(images, masks)[0] for _ in range(2)])

    first = two_calls(3)
    np.testing.assert_array_equal(first, two_calls(3))
    assert not np.array_equal(first[0], first[1])
    assert not np.array_equal(first, two_calls(4))


# split_validation


def test_split_validation_takes_every_fifth_and_loses_none():
    train, validation = split_validation(make_examples(13), every=5)
    assert [int(example["label"]) for example in validation] == [4, 9]
    assert [int(e["label"]) for e in train] == [0, 1, 2, 3, 5, 6, 7, 8, 10, 11, 12]
    assert (int(train.cardinality()), int(validation.cardinality())) == (11, 2)


@pytest.mark.parametrize(("count", "every"), [(5, 5), (4, 2)])
def test_split_validation_needs_no_more_examples_than_it_takes_one_of(count, every):
    train, validation = split_validation(make_examples(count), every=every)
    assert len(list(validation)) == int(validation.cardinality()) == count // every
    assert len(list(train)) == int(train.cardinality()) == count - count // every


@pytest.mark.parametrize(("count", "every"), [(3, 5), (10, 1), (10, 0)])
def test_split_validation_refuses_what_leaves_a_part_empty(count, every):
    with pytest.raises(DataProblem, match=f"got every={every} and {count} examples"):
        split_validation(make_examples(count), every=every)


# make_batches


@pytest.mark.parametrize("training", [False, True])
def test_batches_have_the_shapes_and_types_that_a_model_expects(training):
    batches = make_batches(make_examples(10), batch_size=4, image_size=16, training=training)
    images, masks = next(iter(batches))
    assert (images.shape, images.dtype) == ((4, 16, 16, 3), tf.float32)
    assert (masks.shape, masks.dtype) == ((4, 16, 16, 1), tf.uint8)
    assert images.numpy().min() >= 0 and 0.5 < images.numpy().max() <= 1
    assert set(np.unique(masks)) == {0, 1, 2}
    assert int(batches.cardinality()) == len(list(batches)) == 3


def test_batches_for_evaluation_hold_the_examples_unchanged_and_in_order():
    examples = make_examples(10)
    images, masks = epochs(make_batches(examples, batch_size=4, image_size=16), count=1)
    for index, example in enumerate(examples):
        image, mask = normalize(*load_image(example, 16))
        # Scaling one by one and in batches may differ in the last bit.
        np.testing.assert_allclose(images[index], image, atol=1e-6)
        np.testing.assert_array_equal(masks[index], mask)


def test_training_batches_hold_each_example_once_shuffled_and_flipped():
    examples = make_examples(20)
    train = make_batches(examples, batch_size=8, image_size=16, training=True, seed=3)
    plain = epochs(make_batches(examples, batch_size=8, image_size=16), count=1)[0]
    shuffled = epochs(train, count=1)[0]

    def place_and_flip(image):
        for flipped in (False, True):
            candidate = image[:, ::-1] if flipped else image
            distances = np.abs(plain - candidate).max(axis=(1, 2, 3))
            if distances.min() < 1e-6:
                return int(distances.argmin()), flipped
        raise AssertionError("an image that is in no example")

    places, flips = zip(*[place_and_flip(image) for image in shuffled], strict=True)
    assert sorted(places) == list(range(20)) != list(places)
    assert 0 < sum(flips) < 20


def test_the_same_seed_gives_the_same_epochs_bit_by_bit():
    def two_epochs(seed):
        batches = make_batches(make_examples(), batch_size=4, training=True, seed=seed)
        return epochs(batches)

    first = two_epochs(7)
    for one, other in zip(first, two_epochs(7), strict=True):
        np.testing.assert_array_equal(one, other)
    assert not np.array_equal(first[0], first[2]), "the second epoch repeats the first"
    assert not np.array_equal(first[0], two_epochs(8)[0])


def test_a_look_at_some_batches_changes_the_epochs_after_it_always_alike():
    examples = make_examples(64)

    def epochs_after_a_look():
        batches = make_batches(examples, batch_size=2, image_size=16, training=True, seed=7)
        next(iter(batches))
        return epochs(batches, count=1)[0]

    first = epochs_after_a_look()
    for _ in range(5):
        np.testing.assert_array_equal(first, epochs_after_a_look())


def test_batches_are_for_evaluation_unless_said_and_start_at_one_seed():
    examples = make_examples(10)
    plain, again, training, seed_0 = (
        epochs(make_batches(examples, batch_size=4, image_size=16, **options), count=1)[0]
        for options in ({}, {"seed": 5}, {"training": True}, {"training": True, "seed": 0})
    )
    np.testing.assert_array_equal(plain, again)
    np.testing.assert_array_equal(training, seed_0)
    assert not np.array_equal(plain, training)


def test_examples_are_read_once_and_kept_for_later_epochs():
    read = []

    def note(label):
        read.append(int(label))
        return label

    def with_note(example):
        label = tf.numpy_function(note, [example["label"]], tf.int64)
        with tf.control_dependencies([label]):
            return example | {"image": tf.identity(example["image"])}

    examples = make_examples(5).map(with_note)
    epochs(make_batches(examples, batch_size=2, image_size=8, training=True), count=3)
    assert sorted(read) == [0, 1, 2, 3, 4]


def test_a_batch_of_one_and_pictures_of_one_pixel_are_possible():
    ((images, masks),) = make_batches(make_examples(1), batch_size=1, image_size=1)
    assert (images.shape, masks.shape) == ((1, 1, 1, 3), (1, 1, 1, 1))


def test_batches_need_a_known_number_of_examples():
    unknown = make_examples().filter(lambda example: True)
    with pytest.raises(DataProblem, match="known number of examples.*it is unknown"):
        make_batches(unknown)
    with pytest.raises(DataProblem, match="infinitely many"):
        make_batches(make_examples().repeat())
    with pytest.raises(DataProblem, match="it is none"):
        make_batches(make_examples().take(0))


@pytest.mark.parametrize("sizes", [{"batch_size": 0}, {"image_size": -1}])
def test_batches_refuse_sizes_that_are_not_positive(sizes):
    ((name, value),) = sizes.items()
    with pytest.raises(DataProblem, match=f"{name} to be 1 or more, got {value}"):
        make_batches(make_examples(), **sizes)


@pytest.mark.parametrize(
    ("count", "batch_size", "expected"), [(64, 32, 2), (65, 32, 3), (1, 32, 1), (0, 32, 0)]
)
def test_steps_count_the_last_batch_too(count, batch_size, expected):
    assert steps(count, batch_size) == expected


# class_shares


def test_class_shares_count_pixels_and_give_absent_classes_zero():
    shares = class_shares(np.array([[0, 0], [0, 2]], np.uint8))
    assert shares.dtype == np.float64
    assert shares.tolist() == [0.75, 0, 0.25]


def test_class_shares_weigh_every_pixel_alike_whatever_batch_it_is_in():
    batches = [(None, np.zeros((3, 2, 2, 1), np.uint8)), (None, np.ones((1, 2, 2, 1), np.uint8))]
    assert class_shares(batches).tolist() == [0.75, 0.25, 0]


def test_class_shares_take_masks_a_tensor_and_a_dataset_alike():
    masks = np.random.default_rng(0).integers(0, 3, (6, 4, 4, 1), dtype=np.uint8)
    expected = class_shares(masks).tolist()
    images = np.zeros((6, 4, 4, 3), np.float32)
    batches = tf.data.Dataset.from_tensor_slices((images, masks)).batch(4)
    weighted = tf.data.Dataset.from_tensor_slices((images, masks, masks)).batch(4)
    for given in (list(masks), tf.constant(masks), batches, weighted):
        assert class_shares(given).tolist() == expected


def test_class_shares_know_as_many_classes_as_they_are_told():
    assert class_shares(np.array([4, 4, 0, 1]), 5).tolist() == [0.25, 0.25, 0, 0, 0.5]
    with pytest.raises(DataProblem, match="labels 0 to 1, got 0, 2"):
        class_shares(np.array([0, 2]), num_classes=2)


def test_masks_without_pixels_count_nothing_beside_others():
    assert class_shares([np.zeros((0, 2), np.uint8), np.array([1])]).tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("count", "listed"),
    [(8, "0, 1, 2, 3, 4, 5, 6, 7;"), (9, "0, 1, 2, 3, 4, 5, 6, 7, …;")],
)
def test_of_many_strange_values_the_first_eight_are_told(count, listed):
    with pytest.raises(DataProblem, match=f"got {listed}"):
        class_shares(np.arange(count))


@pytest.mark.parametrize(
    ("masks", "error", "sentence"),
    [
        (np.array([1, 2, 3]), DataProblem, "labels 0 to 2, got 1, 2, 3; .* by normalize"),
        (np.array([-1, 0]), DataProblem, "got -1, 0"),
        (np.array([0.5]), TypeError, "integer labels, got dtype float64"),
        ([], DataProblem, "at least one pixel"),
    ],
)
def test_class_shares_refuse_what_holds_no_labels(masks, error, sentence):
    with pytest.raises(error, match=sentence):
        class_shares(masks)
