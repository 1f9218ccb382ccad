"""Tests of lessons_lib.data.regions, on masks whose measures can be counted by hand."""

import numpy as np
import pytest

from lessons_lib.data import DataProblem, load_pets
from lessons_lib.data.regions import (
    contact_shares,
    count_crossings,
    measure_regions,
    pixel_shares,
    region_thickness,
)


def nested_squares() -> np.ndarray:
    """A pet of 7×7 pixels within a border 2 pixels wide, in a picture of 20×20."""
    mask = np.full((20, 20), 2, np.uint8)
    mask[4:15, 4:15] = 3
    mask[6:13, 6:13] = 1
    return mask


def test_shares_are_counted():
    shares = pixel_shares(nested_squares())
    np.testing.assert_allclose(shares, [49 / 400, (400 - 121) / 400, 72 / 400])


@pytest.mark.parametrize(("width", "disc"), [(1, 1), (2, 1), (3, 3), (4, 3), (5, 5), (9, 9)])
def test_the_thickness_of_a_band_is_the_disc_that_fits_into_it(width, disc):
    mask = np.full((20, 30), 2, np.uint8)
    mask[5 : 5 + width] = 3
    assert region_thickness(mask, 3) == disc


def test_thickness_is_of_the_widest_place_and_of_none_where_a_value_is_absent():
    mask = nested_squares()
    assert region_thickness(mask, 1) == 7
    assert 1 <= region_thickness(mask, 3) < 3
    assert np.isnan(region_thickness(np.full((4, 4), 2), 1))
    assert region_thickness(np.full((4, 4), 2), 2) == np.inf


def test_crossings_are_counted_in_both_directions():
    mask = np.array([[1, 3, 2], [1, 3, 2]], np.uint8)
    assert count_crossings(mask).tolist() == [[0, 0, 2], [0, 0, 2], [2, 2, 0]]


def test_the_border_is_what_the_other_two_touch_and_they_do_not_touch_each_other():
    contacts = contact_shares(nested_squares())
    np.testing.assert_allclose(contacts, [[0, 0, 1], [0, 0, 1], [28 / 72, 44 / 72, 0]])


def test_a_region_without_neighbours_has_no_contact_shares():
    contacts = contact_shares(np.full((4, 4), 2, np.uint8))
    assert np.isnan(contacts).all()


def test_measures_of_many_are_means_medians_and_sums():
    only_background = np.full((10, 10, 1), 2, np.uint8)
    examples = [{"segmentation_mask": nested_squares()[..., None]}, only_background]
    measures = measure_regions(examples)
    assert measures.pictures == 2
    np.testing.assert_allclose(measures.shares, [49 / 800, (279 / 400 + 1) / 2, 72 / 800])
    assert measures.thickness[0] == 7 / 20
    np.testing.assert_allclose(measures.contacts[0], [0, 0, 1])


@pytest.mark.parametrize(
    "trimap", [np.ones((4, 4, 3), np.uint8), np.ones((2, 4, 4, 1), np.uint8), np.ones((4, 4))]
)
def test_what_is_no_trimap_is_refused(trimap):
    with pytest.raises(DataProblem, match="shape h×w or h×w×1"):
        pixel_shares(trimap)


def test_measuring_nothing_is_refused():
    with pytest.raises(DataProblem, match="at least one trimap"):
        measure_regions([])


@pytest.mark.slow
def test_in_real_photos_value_3_is_the_border(real_pets):
    measures = measure_regions(load_pets(str(real_pets)).test)
    assert measures.values[measures.thickness.argmin()] == 3
    assert measures.contacts[0, 2] > 0.99 and measures.contacts[1, 2] > 0.99
