"""The parts of a body, which coats colour differently, and the chains they are made of."""

from collections.abc import Sequence
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike

from lessons_lib.drawing.shapes import Chain, Point


class Region(IntEnum):
    """Parts of the body that coats colour differently."""

    TORSO = 0
    CHEST = 1
    LEG = 2
    PAW = 3
    TAIL = 4
    HEAD = 5
    MUZZLE = 6
    EAR = 7


def chain_of(
    region: Region, points: Sequence[Point] | np.ndarray, radii: ArrayLike, blend: float = 0.05
) -> Chain:
    """Balls strung on a line, which know where the back is if they belong to the body."""
    points, back = np.array(points, float), np.zeros(3)
    if region in (Region.TORSO, Region.CHEST):
        ahead = points[-1] - points[0]
        ahead = ahead / max(np.sqrt((ahead * ahead).sum()), 1e-9)
        back = np.array([0.0, 1, 0]) - ahead * ahead[1]
        length = np.sqrt((back * back).sum())
        back = back / length if length > 0.05 else np.array([-1.0, 0, 0])
    return Chain(int(region), points, np.array(radii, float), blend, back)
