"""How shares are said, and whether the looks of many classes can be told apart."""

import itertools

import numpy as np
import pytest

from lessons_lib.classes import (
    CLASSES,
    PERCENT_STEPS,
    PET_CLASSES,
    PixelClass,
    make_classes,
    percent,
)


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


# The colours of any number of classes

# Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color Vision
# Deficiency" (2009), severity 1, in linear light.
EYES = {
    "all colours": np.eye(3),
    "no red": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "no green": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "no blue": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def seen_by(eye, rgb) -> np.ndarray:
    """Returns a colour in CIELAB as an eye sees it."""
    levels = np.array(rgb) / 255
    linear = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    x, y, z = xyz @ np.clip(np.array(EYES[eye]) @ linear, 0, 1) / (0.9505, 1.0, 1.089)
    x, y, z = (np.cbrt(one) if one > 0.008856 else 7.787 * one + 16 / 116 for one in (x, y, z))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("names", [2, 12, 21])
def test_every_eye_tells_all_classes_apart_by_colour_or_by_stripes(eye, names):
    classes = make_classes(["background", *map(str, range(names - 1))], ignored=True)
    for one, other in itertools.combinations(classes.drawn, 2):
        distance = np.linalg.norm(seen_by(eye, one.rgb) - seen_by(eye, other.rgb))
        # Yellow and grey are near each other for the one in 30,000 who sees no blue.
        enough = 12 if eye == "no blue" else 15
        assert one.hatch != other.hatch or distance > enough, (one, other, distance)


def test_colours_of_your_own_that_look_alike_get_stripes_also_to_who_is_blind_to_red():
    alike = make_classes(["a", "b", "c"], ["#117733", "#882e00", "#f0e442"])
    assert [one.hatch for one in alike] == ["", "////", ""]
    same = make_classes([str(number) for number in range(21)], ["#123456"] * 21)
    assert len({one.hatch for one in same}) == 4


def test_stripes_are_seen_on_dark_and_on_light_colours():
    for colour in ("#000000", "#123456", "#ffffff", "#e69f00"):
        one = PixelClass(0, "one", colour, "////")
        assert np.abs(np.array(one.stripe_rgb) - one.rgb).max() > 60
        assert one.stripes == 1
    assert PixelClass(0, "plain", "#e69f00", "").stripe_rgb == (230, 159, 0)


def test_the_pets_are_as_they_were():
    looks = [(one.label, one.name, one.colour, one.hatch) for one in PET_CLASSES]
    assert looks == [
        (0, "pet", "#0072b2", ""),
        (1, "background", "#e6e6e6", ""),
        (2, "border", "#e69f00", "////"),
    ]
    assert [one.trimap_value for one in CLASSES] == [1, 2, 3], "lesson 1 prints them"
    assert PET_CLASSES.ignore_class is None and PET_CLASSES.drawn == PET_CLASSES.members
