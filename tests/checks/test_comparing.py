"""How near two values have to be to count as equal."""

import numpy as np
import pytest

from lessons_lib.checks.comparing import compare_values


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        (1.0, 1.00005),  # a twentieth of a thousandth: rounding of float32, or another order
        (1000.0, 1000.05),
        (0.0, 0.000005),
        (np.array([0.0, 1.0]), np.array([0.000005, 1.00005])),
    ],
)
def test_what_rounding_may_differ_by_is_no_difference(expected, got):
    assert compare_values("the loss", expected, got) is None


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        (1.0, 1.0005),  # what a slip in a formula may differ by
        (1000.0, 1000.5),
        (0.0, 0.0001),
        (np.array([0.0, 1.0]), np.array([0.0001, 1.0])),
        (np.array([0.0, 1.0]), np.array([0.0, 0.9995])),
        (1000, 1001),  # whole numbers are equal or not
        (np.array([100_000, 0]), np.array([100_001, 0])),
    ],
)
def test_more_than_rounding_is_a_difference(expected, got):
    assert compare_values("the loss", expected, got) is not None
