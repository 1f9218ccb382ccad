"""Masks and images of a result as pictures: which are drawn, and what is marked in them."""

import numpy as np
import pytest
from toy_lesson import SCALE_PAIR

from lessons_lib.checks.engine import judge
from lessons_lib.checks.picturing import MARK, draw_pair


def marked_pixels(picture, shape):
    """Which pixels of the array have a frame."""
    zoom = picture.pixels.shape[0] // shape[0]
    corners = picture.pixels[::zoom, ::zoom]
    return np.argwhere((corners == MARK).all(axis=-1)).tolist()


MASK = np.array([[0, 1, 2], [2, 2, 0]])[..., np.newaxis]


def test_pixels_of_a_mask_that_differ_are_framed_in_what_came_only():
    other = MASK.copy()
    other[1, 2], other[0, 0] = 1, -1
    expected, got = draw_pair(MASK, other)
    assert marked_pixels(expected, MASK.shape) == []
    assert marked_pixels(got, MASK.shape) == [[0, 0], [1, 2]]
    assert got.caption == "got, 2 of 6 pixels differ"


def test_of_a_batch_the_first_that_differs_is_drawn():
    masks = np.stack([MASK, MASK, MASK])
    other = masks.copy()
    other[1, 0, 1] = 0
    _, got = draw_pair(masks, other)
    assert marked_pixels(got, MASK.shape) == [[0, 1]]


def test_labels_have_the_colours_of_their_classes_and_strange_ones_are_dark():
    expected, _ = draw_pair(MASK, MASK - 5)
    zoom = expected.pixels.shape[0] // 2
    middle = expected.pixels[zoom // 2 :: zoom, zoom // 2 :: zoom]
    assert len({tuple(colour) for colour in middle.reshape(-1, 3)}) == 3


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        (MASK, MASK[:1]),
        (MASK[..., 0], MASK[..., 0]),
        (np.zeros((1, 1, 3)), np.ones((1, 1, 3))),
        (np.zeros((100, 100, 3)), np.ones((100, 100, 3))),
        (MASK, MASK.astype(str)),
        (MASK, 3),
        ("a", "b"),
    ],
)
def test_what_is_no_picture_is_not_drawn(expected, got):
    assert draw_pair(expected, got) == ()


def test_a_wrong_mask_is_shown_beside_its_text_with_a_description():
    result = judge(SCALE_PAIR, lambda image, mask: (image / 255, (mask - 1)[::-1]))
    shown = result._repr_html_()
    assert 'alt="got, 4 of 6 pixels differ" src="data:image/png;base64,' in shown
    assert "<figcaption>expected</figcaption>" in shown
    assert "shape (2, 3, 1)" in repr(result)


def test_nan_and_endless_numbers_are_drawn_without_a_warning(recwarn):
    strange = np.full((4, 4, 3), np.nan)
    strange[0], strange[1] = np.inf, -np.inf
    assert len(draw_pair(np.zeros((4, 4, 3)), strange)) == 2
    assert not recwarn.list
