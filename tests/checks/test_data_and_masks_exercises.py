"""Tests of lesson 1's exercises beyond the table in test_tasks: other right answers are right."""

import numpy as np
import pytest
from scipy import ndimage

from lessons_lib.checks.checker import load_tasks
from lessons_lib.checks.engine import judge
from lessons_lib.checks.result import RIGHT, WRONG
from lessons_lib.data import class_shares, normalize
from lessons_lib.drawing import draw_pet
from lessons_lib.quiet import keras, tf

TASKS = load_tasks(["lessons_lib.checks.data_and_masks"])


def normalize_with_tensorflow(image, mask):
    return tf.cast(image, tf.float32) / 255.0, tf.cast(mask, tf.int32) - 1


def resize_with_antialias(image, mask, size):
    return tf.image.resize(image, size, antialias=True), tf.image.resize(mask, size, "nearest")


def flip_with_keras(image, mask):
    flipped = keras.layers.RandomFlip("horizontal")({"images": image, "segmentation_masks": mask})
    return flipped["images"], flipped["segmentation_masks"]


def flip_with_tensorflow(image, mask):
    if tf.random.uniform(()) < 0.5:
        return tf.image.flip_left_right(image), tf.image.flip_left_right(mask)
    return image, mask


def border_by_dilation(mask):
    """The label without which the other two do not touch."""
    regions = {value: mask[..., 0] == value for value in (1, 2, 3)}
    for value in regions:
        one, other = (regions[label] for label in regions if label != value)
        if not (ndimage.binary_dilation(one) & other).any():
            return value


def shares_by_loop(masks):
    total = sum(mask.size for mask in masks)
    return np.array([sum((mask == label).sum() for mask in masks) / total for label in range(3)])


def pipeline_that_augments_pairs(names, load, augment, batch_size):
    pairs = tf.data.Dataset.from_tensor_slices(np.array(names)).map(load).cache()
    pairs = pairs.shuffle(1000, seed=3).map(augment, num_parallel_calls=2)
    return pairs.batch(batch_size, num_parallel_calls=2).prefetch(2)


def pipeline_of_arrays(names, load, augment, batch_size):
    """Loads all pets at once, into memory, which keeps them as a cache does."""
    images, masks = zip(*(load(name) for name in names), strict=True)
    pairs = tf.data.Dataset.from_tensor_slices((np.stack(images), np.stack(masks)))
    batches = pairs.shuffle(len(pairs), reshuffle_each_iteration=True).batch(batch_size)
    return batches.prefetch(1).map(lambda image, mask: augment(image, mask))


def pipeline_of_a_generator(names, load, augment, batch_size):
    def pets():
        for number in np.random.permutation(len(names)):
            yield augment(*pairs[number])

    pairs = [load(name) for name in names]
    signature = tuple(tf.TensorSpec(part.shape, part.dtype) for part in pairs[0])
    return tf.data.Dataset.from_generator(pets, output_signature=signature).batch(batch_size)


def pipeline_that_shuffles_names_too(names, load, augment, batch_size):
    pets = tf.data.Dataset.from_tensor_slices(sorted(names, reverse=True))
    pets = pets.interleave(
        lambda name: tf.data.Dataset.from_tensors(name).map(load),
        num_parallel_calls=tf.data.AUTOTUNE,
    )
    return pets.cache().shuffle(len(names)).batch(batch_size).map(augment)


@pytest.mark.parametrize(
    ("task", "answer"),
    [
        (TASKS["make_pipeline"], pipeline_that_augments_pairs),
        (TASKS["make_pipeline"], pipeline_of_arrays),
        (TASKS["make_pipeline"], pipeline_of_a_generator),
        (TASKS["make_pipeline"], pipeline_that_shuffles_names_too),
        (TASKS["normalize"], normalize_with_tensorflow),
        (TASKS["resize_pair"], resize_with_antialias),
        (TASKS["flip_together"], flip_with_keras),
        (TASKS["flip_together"], flip_with_tensorflow),
        (TASKS["class_shares"], shares_by_loop),
        (TASKS["pipeline_order"], "load, cache, shuffle, repeat, batch, prefetch, augment"),
        (TASKS["pipeline_order"], "load, cache, shuffle, repeat, augment, batch, prefetch"),
        (
            TASKS["pipeline_order"],
            ("Load", "cache", "shuffle", "batch", "repeat", "augment", "prefetch"),
        ),
    ],
)
def test_other_right_answers_are_right(task, answer):
    assert judge(task, answer).outcome == RIGHT


def stages(*, then=lambda pets: pets, before_batch=lambda pets: pets):
    """A right pipeline with something more in it, or behind it."""

    def make_pipeline(names, load, augment, batch_size):
        pets = tf.data.Dataset.from_tensor_slices(names).map(load).cache().shuffle(len(names))
        return then(before_batch(pets).batch(batch_size).map(augment))

    return make_pipeline


def pipeline_that_batches_names(names, load, augment, batch_size):
    return tf.data.Dataset.from_tensor_slices(names).batch(batch_size).map(load).map(augment)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (stages(then=lambda pets: next(iter(pets))), "has to return a tf.data set"),
        (stages(then=lambda pets: list(pets)), "has to return a tf.data set"),
        (stages(then=lambda pets: pets.unbatch()), "The pairs come one by one."),
        (stages(then=lambda pets: pets.map(lambda image, mask: image)), "has to be two things"),
        (
            stages(then=lambda pets: pets.map(lambda image, mask: (image / 255, mask))),
            "leave them as they come",
        ),
        (
            stages(then=lambda pets: pets.map(lambda image, mask: (mask, image))),
            "Images come in shape (4, 3, 4, 1) and masks in (4, 3, 4, 3)",
        ),
        (pipeline_that_batches_names, "load takes the name of one pet; several came in a batch."),
        (stages(before_batch=lambda pets: pets.repeat(9)), "more than once in an epoch"),
        (stages(before_batch=lambda pets: pets.skip(3)), "Not all pets come in an epoch"),
    ],
)
def test_a_pipeline_that_goes_wrong_gets_a_sentence(answer, said):
    result = judge(TASKS["make_pipeline"], answer)
    assert result.outcome != RIGHT
    assert said in result.message


FEW = 2
OTHER_ORDERS = [
    (
        "flips before the cache",
        lambda pets, load, flip, size: pets.map(load).map(flip).cache().shuffle(22).batch(size),
    ),
    (
        "caches what is random",
        lambda pets, load, flip, size: pets.map(load).map(flip).shuffle(22).cache().batch(size),
    ),
    (
        "shuffles before the cache",
        lambda pets, load, flip, size: pets.map(load).shuffle(22).batch(size).cache().map(flip),
    ),
    (
        "shuffles before the cache",
        lambda pets, load, flip, size: pets.shuffle(22).map(load).cache().batch(size).map(flip),
    ),
    (
        "shuffles before the cache",
        lambda pets, load, flip, size: (
            pets.map(load).cache().shuffle(22, reshuffle_each_iteration=False).batch(size).map(flip)
        ),
    ),
    (
        "no cache",
        lambda pets, load, flip, size: pets.cache().map(load).shuffle(22).batch(size).map(flip),
    ),
    (
        "no cache",
        lambda pets, load, flip, size: (
            pets.shuffle(22).cache().shuffle(22).map(load).batch(size).map(flip)
        ),
    ),
    (
        "shuffles among a few",
        lambda pets, load, flip, size: pets.map(load).cache().shuffle(FEW).batch(size).map(flip),
    ),
    (
        "shuffles among a few",
        lambda pets, load, flip, size: pets.map(load).cache().shuffle(7).batch(size).map(flip),
    ),
    (
        "leaves pets out",
        lambda pets, load, flip, size: (
            pets.map(load).cache().shuffle(22).batch(size).map(flip).take(1)
        ),
    ),
    (
        "never ends",
        lambda pets, load, flip, size: (
            pets.map(load).cache().shuffle(22).repeat().batch(size).map(flip)
        ),
    ),
    (
        "never ends",
        lambda pets, load, flip, size: (
            pets.map(load).cache().repeat().shuffle(22).batch(size).map(flip)
        ),
    ),
    (
        "pets come twice",
        lambda pets, load, flip, size: (
            pets.map(load).cache().shuffle(22).repeat(2).batch(size).map(flip)
        ),
    ),
    (
        "no flips",
        lambda pets, load, flip, size: pets.map(load).cache().shuffle(22).batch(size).prefetch(1),
    ),
    (
        "no shuffle",
        lambda pets, load, flip, size: pets.map(load).cache().shuffle(1).batch(size).map(flip),
    ),
]


@pytest.mark.parametrize(("misconception", "order"), OTHER_ORDERS)
def test_a_mistake_in_the_order_is_known_however_it_is_made(misconception, order):
    def make_pipeline(names, load, augment, batch_size):
        return order(tf.data.Dataset.from_tensor_slices(names), load, augment, batch_size)

    result = judge(TASKS["make_pipeline"], make_pipeline)
    assert (result.outcome, result.misconception) == (WRONG, misconception)


def test_a_pipeline_that_augments_copies_beside_the_pets_gives_pets_twice():
    def make_pipeline(names, load, augment, batch_size):
        pets = tf.data.Dataset.from_tensor_slices(names).map(load).cache()
        return pets.concatenate(pets.map(augment)).shuffle(2 * len(names)).batch(batch_size)

    assert judge(TASKS["make_pipeline"], make_pipeline).misconception == "pets come twice"


def test_a_pipeline_is_told_the_same_at_every_check():
    for misconception in TASKS["make_pipeline"].misconceptions[:3]:
        results = [repr(judge(TASKS["make_pipeline"], misconception.wrong)) for _ in range(2)]
        assert results[0] == results[1]


@pytest.mark.parametrize(
    ("task", "answer", "misconception"),
    [
        (TASKS["normalize"], lambda image, mask: (image, mask), "forgets the minus one"),
        (
            TASKS["normalize"],
            lambda image, mask: (tf.cast(image, tf.float32) / 255, mask - 1),
            "subtracts before widening",
        ),
        (
            TASKS["class_shares"],
            lambda masks: list(class_shares(masks)),
            "gives a list instead of an array",
        ),
        (TASKS["pipeline_order"], "batch, load", "leaves out a stage"),
        (TASKS["pipeline_order"], 3, "no list of words"),
        (TASKS["flip_together"], lambda image, mask: image, "returns no pair"),
        (
            TASKS["flip_together"],
            lambda image, mask: (image.swapaxes(0, 1), mask),
            "differs in what becomes of the image",
        ),
        (TASKS["border_label"], border_by_dilation, "minds a single meeting"),
        (TASKS["border_label"], lambda mask: 1, "ignores what it is given"),
    ],
)
def test_more_wrong_answers_are_wrong(task, answer, misconception):
    result = judge(task, answer)
    assert (result.outcome, result.misconception) == (WRONG, misconception)


def test_normalize_agrees_with_the_course_where_every_pixel_has_a_label():
    image, mask, *_ = TASKS["normalize"].cases()[0]
    mask = np.maximum(mask, 1)
    for ours, theirs in zip(
        TASKS["normalize"].reference(image, mask), normalize(image, mask), strict=True
    ):
        np.testing.assert_allclose(ours, theirs)


@pytest.mark.parametrize("seed", range(6))
def test_border_label_holds_on_drawn_pets(seed):
    assert TASKS["border_label"].reference(draw_pet(seed).trimap) == 3


def test_the_borders_of_the_cases_are_each_of_the_three_values():
    answers = [TASKS["border_label"].reference(*case) for case in TASKS["border_label"].cases()]
    assert set(answers) == {1, 2, 3}
