"""How shares are said: in whole percent, nothing and all only where it is so."""

import itertools

import pytest

from lessons_lib.classes import PERCENT_STEPS, percent


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0, "0 %"),
        (1e-300, "< 1 %"),
        (0.00499, "< 1 %"),
        (0.005, "1 %"),
        (0.314, "31 %"),
        (0.125, "13 %"),
        (0.99499, "99 %"),
        (0.995, "> 99 %"),
        (1, "100 %"),
        (float("nan"), "–"),
        (-0.1, "–"),
    ],
)
def test_a_share_is_said_in_whole_percent_and_what_is_no_share_is_a_dash(share, said):
    assert percent(share) == said


def test_the_steps_rise():
    starts = [start for start, _ in PERCENT_STEPS]
    assert all(one < next_one for one, next_one in itertools.pairwise(starts))
