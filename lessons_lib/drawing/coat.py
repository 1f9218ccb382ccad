"""Coats: the colour of each pixel of a pet, before any light falls on it."""

import numpy as np
from numpy.random import RandomState
from scipy.ndimage import uniform_filter

from lessons_lib.drawing.bodyparts import Region
from lessons_lib.drawing.breeds import Breed
from lessons_lib.drawing.noise import clouds
from lessons_lib.drawing.shapes import Regions
from lessons_lib.drawing.things import as_colour

# Shares of a pet's pixels that are marked, and that are light.
Marks = tuple[np.ndarray, np.ndarray]


def paint_coat(breed: Breed, regions: Regions, face: np.ndarray, random: RandomState) -> np.ndarray:
    """Colour the regions of a pet by its breed's pattern.

    Args:
        breed: gives the pattern and the colours.
        regions: what the camera sees.
        face: float32 (3, h, w), place on the head in head radii: left, up, forward.
        random: chooses colours and the places of stripes and spots.

    Returns:
        float32 3×h×w in [0, 1]; outside the pet it continues the nearest part's colour.
    """
    ground, marking, light = (
        as_colour(colour) for colour in breed.coats[random.randint(len(breed.coats))]
    )
    brighter, warmer = (
        np.float32(random.uniform(0.90, 1.10)),
        np.float32(random.uniform(-0.03, 0.03)),
    )
    tone = brighter * as_colour(np.array([1 + warmer, 1, 1 - warmer]))
    ground, marking = ground * tone, marking * tone
    height, width = regions.region.shape
    coarse = clouds(random, height, width, max(0.16 * regions.scale, 3.0))
    fine = clouds(random, height, width, max(0.05 * regions.scale, 2.0))
    marked, lightened = _PATTERNS[breed.pattern](regions, face, coarse, fine)
    soft = max(int(0.03 * regions.scale), 1)
    lightened = uniform_filter(lightened.astype(np.float32), soft, mode="nearest")
    marked = uniform_filter(marked.astype(np.float32), max(soft // 2, 1), mode="nearest")
    colour = ground + np.float32(0.045) * coarse
    colour = _mix(colour, light, lightened)
    colour = _mix(colour, marking, marked)
    return np.clip(colour, 0.02, 1.0)


def _mix(colour: np.ndarray, other: np.ndarray, share: np.ndarray) -> np.ndarray:
    return colour + share * (other - colour)


def _is(regions: Regions, *parts: Region) -> np.ndarray:
    chosen = np.zeros(16, np.float32)
    chosen[[int(part) for part in parts]] = 1.0
    return chosen[regions.region]


def _soft(values: np.ndarray, edge: float, width: float) -> np.ndarray:
    """0 below ``edge``, 1 above, smooth over ``width``."""
    share = np.clip((values - np.float32(edge)) / np.float32(width) + np.float32(0.5), 0, 1)
    return share * share * (3 - 2 * share)


def _wave(values: np.ndarray) -> np.ndarray:
    """A triangle wave of period 1 between 0 and 1."""
    return np.abs(2 * (values - np.floor(values)) - 1)


def _underside(regions: Regions, coarse: np.ndarray) -> np.ndarray:
    """Where light parts are: belly and chest."""
    belly = _is(regions, Region.TORSO) * _soft(-regions.across + 0.25 * coarse, 0.45, 0.5)
    chest = _is(regions, Region.CHEST) * _soft(-regions.across + 0.2 * coarse, 0.15, 0.7)
    return np.maximum(belly, chest)


def _muzzle_light(regions: Regions, face: np.ndarray, coarse: np.ndarray) -> np.ndarray:
    """A light muzzle and chin."""
    chin = _is(regions, Region.HEAD) * _soft(-face[1] + 0.1 * coarse, 0.45, 0.3)
    return np.maximum(_is(regions, Region.MUZZLE), chin)


def _tabby(regions: Regions, face: np.ndarray, coarse: np.ndarray, fine: np.ndarray) -> Marks:
    body = _wave(regions.along * 5.5 + 0.35 * coarse + 0.1 * regions.across)
    stripes = _soft(body + 0.18 * fine, 0.62, 0.28) * _is(regions, Region.TORSO, Region.CHEST)
    stripes = stripes * _soft(regions.across, -0.45, 0.5)
    limbs = _soft(_wave(regions.along * 9.0 + 0.3 * coarse), 0.62, 0.3) * _is(regions, Region.LEG)
    tail = _soft(_wave(regions.along * 8.0), 0.5, 0.3) * _is(regions, Region.TAIL)
    crown = _soft(_wave(face[0] * 2.0 + 0.5 + 0.2 * coarse), 0.62, 0.25) * _soft(face[1], 0.38, 0.2)
    cheeks = _soft(_wave(face[1] * 3.0 + 0.15 * coarse), 0.68, 0.2) * _soft(
        np.abs(face[0]), 0.55, 0.1
    )
    head = np.maximum(crown, 0.7 * cheeks) * _is(regions, Region.HEAD)
    spine = _soft(regions.across, 0.75, 0.4) * _is(regions, Region.TORSO) * 0.6
    marked = np.maximum.reduce([stripes, limbs * 0.75, tail, head, spine])
    return 0.85 * marked, np.maximum(
        _underside(regions, coarse), 0.85 * _muzzle_light(regions, face, coarse)
    )


def _tuxedo(regions: Regions, face: np.ndarray, coarse: np.ndarray, fine: np.ndarray) -> Marks:
    bib = _is(regions, Region.CHEST) * _soft(-regions.across + 0.35 * coarse, 0.05, 0.15)
    belly = _is(regions, Region.TORSO) * _soft(-regions.across + 0.3 * coarse, 0.6, 0.15)
    socks = _is(regions, Region.PAW)
    blaze = _is(regions, Region.HEAD) * _soft(
        0.30 - np.abs(face[0] + 0.08 * coarse) - 0.35 * face[1], 0.22, 0.08
    )
    light = np.maximum.reduce([bib, belly, socks, blaze, _is(regions, Region.MUZZLE)])
    return np.zeros_like(light), light


def _points(regions: Regions, face: np.ndarray, coarse: np.ndarray, fine: np.ndarray) -> Marks:
    legs = _is(regions, Region.LEG) * _soft(regions.along + 0.05 * coarse, 0.28, 0.35)
    mask = _is(regions, Region.HEAD) * _soft(
        0.75 - np.sqrt(face[0] * face[0] + (face[1] + 0.2) * (face[1] + 0.2)), 0.15, 0.55
    )
    dark = np.maximum.reduce(
        [
            legs,
            mask,
            _is(regions, Region.EAR, Region.MUZZLE, Region.PAW),
            _is(regions, Region.TAIL) * _soft(regions.along, 0.05, 0.3),
        ]
    )
    shade = _is(regions, Region.TORSO) * _soft(regions.across, 0.5, 0.9) * 0.22
    return np.maximum(0.92 * dark, shade), 0.5 * _underside(regions, coarse)


def _patches(regions: Regions, face: np.ndarray, coarse: np.ndarray, fine: np.ndarray) -> Marks:
    body = _soft(coarse + 0.35 * regions.across + 0.15 * fine, 0.16, 0.10)
    body = body * _is(regions, Region.TORSO)
    mask = _soft(np.abs(face[0] + 0.06 * coarse) - 0.32 * (0.9 - face[1]), 0.0, 0.10)
    mask = mask * _is(regions, Region.HEAD) * _soft(face[1], -0.35, 0.12)
    marked = np.maximum.reduce(
        [
            body,
            mask,
            _is(regions, Region.EAR),
            _is(regions, Region.TAIL) * _soft(regions.along, 0.05, 0.1),
        ]
    )
    return marked, np.zeros_like(marked)


def _spots(regions: Regions, face: np.ndarray, coarse: np.ndarray, fine: np.ndarray) -> Marks:
    spread = 1.0 - 0.5 * _is(regions, Region.CHEST, Region.LEG)
    body = _soft(fine + 0.2 * coarse, 0.40, 0.12) * _is(
        regions, Region.TORSO, Region.CHEST, Region.LEG
    )
    head = _is(regions, Region.EAR)
    patch = _is(regions, Region.HEAD) * _soft(np.abs(face[0]) - 0.26 * (1 - face[1]), 0.02, 0.1)
    patch = patch * _soft(face[1], -0.3, 0.15)
    tail = _soft(_wave(regions.along * 8.0), 0.55, 0.25) * _is(regions, Region.TAIL)
    return np.maximum.reduce([body * spread, head * 0.9, patch * 0.75, 0.9 * tail]), np.maximum(
        _underside(regions, coarse), 0.85 * _muzzle_light(regions, face, coarse)
    )


def _plain(regions: Regions, face: np.ndarray, coarse: np.ndarray, fine: np.ndarray) -> Marks:
    back = _soft(regions.across + 0.3 * coarse, 0.35, 1.0) * _is(regions, Region.TORSO)
    return np.maximum(0.8 * back, 0.7 * _is(regions, Region.EAR)), np.maximum(
        0.8 * _underside(regions, coarse), 0.5 * _muzzle_light(regions, face, coarse)
    )


def _saddle(regions: Regions, face: np.ndarray, coarse: np.ndarray, fine: np.ndarray) -> Marks:
    saddle = _soft(regions.across + 0.22 * coarse, 0.02, 0.22) * _is(regions, Region.TORSO)
    nape = _soft(regions.across + 0.2 * coarse, 0.35, 0.3) * _is(regions, Region.CHEST)
    tail = _is(regions, Region.TAIL) * _soft(0.45 - regions.along, 0.0, 0.2)
    ears = _is(regions, Region.EAR) * 0.55
    crown = 0.35 * _is(regions, Region.HEAD) * _soft(face[1], 0.45, 0.5)
    blaze = _is(regions, Region.HEAD) * _soft(0.16 - np.abs(face[0]) + 0.03 * coarse, 0.0, 0.1)
    paws = _is(regions, Region.PAW)
    light = np.maximum.reduce(
        [_underside(regions, coarse), paws, blaze, _is(regions, Region.MUZZLE)]
    )
    return np.maximum.reduce([saddle, nape, tail, ears, crown]), light


def _mask(regions: Regions, face: np.ndarray, coarse: np.ndarray, fine: np.ndarray) -> Marks:
    front = _is(regions, Region.HEAD) * _soft(
        0.62 - np.sqrt(face[0] * face[0] + (face[1] + 0.35) * (face[1] + 0.35)), 0.0, 0.22
    )
    dark = np.maximum.reduce([front, _is(regions, Region.MUZZLE), _is(regions, Region.EAR)])
    return 0.92 * dark, 0.6 * _underside(regions, coarse)


_PATTERNS = {
    "tabby": _tabby,
    "tuxedo": _tuxedo,
    "points": _points,
    "patches": _patches,
    "spots": _spots,
    "plain": _plain,
    "saddle": _saddle,
    "mask": _mask,
}
