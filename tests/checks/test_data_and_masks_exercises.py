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


@pytest.mark.parametrize(
    ("task", "answer"),
    [
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
