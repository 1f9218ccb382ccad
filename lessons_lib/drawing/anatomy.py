"""Skeletons: a breed in a pose, as solids in space.

Pet units and axes: x forwards, y up from the ground, z to the pet's left (towards a camera that
sees the pet from its left side). The head has axes of its own, turned against the body's.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import RandomState
from numpy.typing import ArrayLike

from lessons_lib.drawing.bodyparts import Region, chain_of
from lessons_lib.drawing.breeds import CAT, Breed
from lessons_lib.drawing.poses import TRUNKS
from lessons_lib.drawing.shapes import Chain, Plate

POSES = tuple(TRUNKS)


@dataclass
class Head:
    """Where the head is and where it looks: centre (3), axes (3, 3: forward, up, left)."""

    center: np.ndarray
    axes: np.ndarray
    radius: float

    def place(self, points: ArrayLike) -> np.ndarray:
        """Bring points given in head radii along the head's own axes into the body's space."""
        return self.center + self.radius * (np.asarray(points, float) @ self.axes)


@dataclass
class Skeleton:
    """A pet in a pose: its solids, its head, and whether its eyes are shut."""

    solids: list[Chain | Plate]
    head: Head
    asleep: bool


def build_skeleton(breed: Breed, pose: str, look: float, random: RandomState) -> Skeleton:
    """Put a breed into a pose.

    Args:
        breed: the build.
        pose: one of ``POSES``.
        look: how far the head turns from the body's direction to its left, in radians.
        random: source of small variations.
    """
    sway = random.uniform(-1.0, 1.0, 6)
    trunk, crown, rump = TRUNKS[pose](breed, sway)
    nod = {"sleep": -0.15, "bow": 0.15}.get(pose, -0.05) + 0.12 * sway[0]
    head = Head(np.array(crown), _axes(look, nod, 0.14 * sway[1]), breed.head)
    solids = trunk + _tail(breed, pose, np.array(rump), sway) + _head_solids(breed, head)
    return Skeleton(solids, head, pose == "sleep")


def _axes(turn: float, nod: float, tilt: float) -> np.ndarray:
    """Forward, up and left of a head that turns to its left, nods up and tilts."""
    cos, sin = np.cos(turn), np.sin(turn)
    forward, up, left = np.array([cos, 0, sin]), np.array([0.0, 1, 0]), np.array([-sin, 0, cos])
    cos, sin = np.cos(nod), np.sin(nod)
    forward, up = cos * forward + sin * up, cos * up - sin * forward
    cos, sin = np.cos(tilt), np.sin(tilt)
    up, left = cos * up + sin * left, cos * left - sin * up
    return np.stack([forward, up, left])


def _tail(breed: Breed, pose: str, root: np.ndarray, sway: np.ndarray) -> list[Chain]:
    """The tail, by kind and pose."""
    length = breed.tail_length
    steps = np.linspace(0, 1, 7)
    resting = pose in ("sit", "lie", "sleep")
    if breed.tail == "curl":
        turns = 2.6 - 4.4 * steps
        reach = length * 0.30
        offsets = np.stack(
            [
                reach * np.cos(turns) + reach * 0.5,
                reach * np.sin(turns) + reach * 0.6,
                0.05 * sway[3] + 0.04 * steps,
            ],
            axis=1,
        )
        root = root + (0.06, 0.16 if resting else 0.02, 0)
    elif resting and breed.tail != "stub":
        turns = 0.5 + (2.4 + 0.6 * sway[3]) * steps
        side = 1 if sway[5] > -0.4 else -1
        offsets = (
            length
            * 0.42
            * np.stack(
                [-np.sin(turns) + np.sin(0.5), 0.02 * steps, side * (np.cos(0.5) - np.cos(turns))],
                axis=1,
            )
        )
        root = np.array([root[0], max(0.06, 0.35 * root[1]), root[2]])
    else:
        lift = 0.9 if breed.tail in ("flag", "stub") else 0.35 + 0.5 * sway[3]
        bend = 0.55 * sway[4] if breed.species == CAT else 0.25
        offsets = length * np.stack(
            [
                -steps * (1 - 0.5 * lift * steps),
                steps * lift + bend * steps * steps * (steps - 0.4),
                0.15 * sway[5] * steps,
            ],
            axis=1,
        )
    slim = 0.036 if breed.species == CAT else 0.045
    profile = {
        "plume": slim + 0.11 * steps * (1.25 - steps) * 2.2,
        "curl": slim + 0.25 * breed.girth * steps * (1.3 - steps) * 2,
        "flag": 0.06 - 0.03 * steps,
        "stub": 0.055 - 0.015 * steps,
    }.get(breed.tail, slim + 0.008 * (1 - steps))
    return [chain_of(Region.TAIL, root + offsets, profile + breed.shag * 0.4, 0.04)]


def _head_solids(breed: Breed, head: Head) -> list[Chain | Plate]:
    """Skull, cheeks, muzzle and ears, in head radii along the head's axes."""

    def part(region: Region, points: ArrayLike, radii: ArrayLike, blend: float = 0.05) -> Chain:
        return chain_of(region, head.place(points), np.array(radii) * head.radius, blend)

    width, length = breed.muzzle_width, breed.muzzle
    cheek = 0.62 if breed.species == CAT else 0.50
    fluff = 3.0 * breed.shag
    solids = [
        part(Region.HEAD, [(-0.12, 0.10, -0.16), (-0.12, 0.10, 0.16)], [0.84, 0.84], 0.04),
        part(
            Region.HEAD,
            [(0.16, -0.26, -0.40), (0.16, -0.26, 0.40)],
            [cheek + fluff, cheek + fluff],
            0.03,
        ),
    ]
    if breed.species == CAT:
        solids += [
            part(
                Region.MUZZLE,
                [(0.62, -0.36, -0.17), (0.62, -0.36, 0.17)],
                [width * 0.78, width * 0.78],
                0.02,
            ),
            part(Region.HEAD, [(0.40, 0.15, 0), (0.74, -0.16, 0)], [0.34, 0.19], 0.04),
            part(Region.MUZZLE, [(0.5, -0.56, 0), (0.62, -0.60, 0)], [0.24, 0.2], 0.02),
        ]
    else:
        tip = 0.45 + length
        solids += [
            part(
                Region.MUZZLE,
                [(0.35, -0.22, 0), (tip, -0.32, 0)],
                [width * 1.05, width * 0.80],
                0.05,
            ),
            part(
                Region.MUZZLE,
                [(0.3, -0.48, 0), (tip - 0.16, -0.58, 0)],
                [width * 0.75, width * 0.52],
                0.02,
            ),
            part(Region.HEAD, [(0.2, 0.28, -0.22), (0.2, 0.28, 0.22)], [0.55, 0.55], 0.04),
        ]
    return solids + _ears(breed, head)


def _ears(breed: Breed, head: Head) -> list[Chain | Plate]:
    size = breed.ear_size
    ears: list[Chain | Plate] = []
    for side in (-1, 1):
        if breed.ear == "prick":
            spread = 0.5 if breed.species == CAT else 0.42
            tip = (-0.08, 0.80 + size * 0.70, side * (spread + 0.12))
            outline = [(0.22, 0.60, side * 0.18), tip, (-0.42, 0.32, side * 0.78)]
            ears.append(Plate(int(Region.EAR), head.place(outline), head.radius * 0.10, 0.02))
        elif breed.ear == "fold":
            outline = [
                (0.10, 0.86, side * 0.26),
                (0.34, 0.70 - size * 0.50, side * 0.98),
                (-0.35, 0.50, side * 0.82),
            ]
            ears.append(Plate(int(Region.EAR), head.place(outline), head.radius * 0.13, 0.01))
        else:
            points = [
                (-0.12, 0.55, side * 0.62),
                (-0.10, 0.25, side * 0.98),
                (-0.02, 0.45 - size * 0.75, side * 1.06),
                (0.06, 0.40 - size, side * 0.98),
            ]
            ears.append(
                chain_of(
                    Region.EAR,
                    head.place(points),
                    head.radius * np.array([0.16, 0.24, 0.33, 0.22]),
                    0.012,
                )
            )
    return ears
