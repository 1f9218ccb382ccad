"""Tests of lesson 1's exercises beyond the table in test_tasks: other right answers are right."""

import numpy as np
import pytest
from scipy import ndimage

from lessons_lib.checks import data_and_masks as lesson
from lessons_lib.checks.engine import judge
from lessons_lib.checks.result import RIGHT, WRONG
from lessons_lib.data import class_shares, normalize
from lessons_lib.drawing import draw_pet
from lessons_lib.quiet import keras, tf


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
        (lesson.NORMALIZE, normalize_with_tensorflow),
        (lesson.RESIZE_PAIR, resize_with_antialias),
        (lesson.FLIP_TOGETHER, flip_with_keras),
        (lesson.FLIP_TOGETHER, flip_with_tensorflow),
        (lesson.BORDER_LABEL, border_by_dilation),
        (lesson.CLASS_SHARES, shares_by_loop),
        (lesson.PIPELINE_ORDER, "load, cache, shuffle, repeat, augment, batch, prefetch"),
        (
            lesson.PIPELINE_ORDER,
            ("Load", "cache", "shuffle", "batch", "repeat", "augment", "prefetch"),
        ),
    ],
)
def test_other_right_answers_are_right(task, answer):
    assert judge(task, answer).outcome == RIGHT


@pytest.mark.parametrize(
    ("task", "answer", "misconception"),
    [
        (lesson.NORMALIZE, lambda image, mask: (image, mask), "forgets the minus one"),
        (
            lesson.NORMALIZE,
            lambda image, mask: (tf.cast(image, tf.float32) / 255, mask - 1),
            "subtracts before widening",
        ),
        (lesson.CLASS_SHARES, lambda masks: list(class_shares(masks)), None),
        (lesson.PIPELINE_ORDER, "batch, load", None),
        (lesson.PIPELINE_ORDER, 3, None),
        (lesson.FLIP_TOGETHER, lambda image, mask: image, None),
        (lesson.FLIP_TOGETHER, lambda image, mask: (image.swapaxes(0, 1), mask), None),
        (lesson.BORDER_LABEL, lambda mask: 1, None),
    ],
)
def test_more_wrong_answers_are_wrong(task, answer, misconception):
    result = judge(task, answer)
    assert (result.outcome, result.misconception) == (WRONG, misconception)


def test_normalize_agrees_with_the_course_where_every_pixel_has_a_label():
    image, mask, *_ = lesson.NORMALIZE.cases()[0]
    mask = np.maximum(mask, 1)
    for ours, theirs in zip(
        lesson.NORMALIZE.reference(image, mask), normalize(image, mask), strict=True
    ):
        np.testing.assert_allclose(ours, theirs)


@pytest.mark.parametrize("seed", range(6))
def test_border_label_holds_on_drawn_pets(seed):
    assert lesson.BORDER_LABEL.reference(draw_pet(seed).trimap) == 3


def test_the_borders_of_the_cases_are_each_of_the_three_values():
    answers = [lesson.BORDER_LABEL.reference(*case) for case in lesson.BORDER_LABEL.cases()]
    assert set(answers) == {1, 2, 3}
