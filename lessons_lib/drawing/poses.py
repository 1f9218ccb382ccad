"""Poses: body, legs and neck of a breed that stands, walks, sits, lies, sleeps or bows.

Each pose is a function of a breed and six numbers in [-1, 1] that vary it. It gives the solids,
the middle of the head and the root of the tail, in pet units (x forwards, y up, z left).
"""

from collections.abc import Sequence

import numpy as np

from lessons_lib.drawing.bodyparts import Region, chain_of
from lessons_lib.drawing.breeds import CAT, Breed
from lessons_lib.drawing.shapes import Chain, Point

# The solids, the middle of the head and the root of the tail.
Trunk = tuple[list[Chain], Point, Point]


def _leg(breed: Breed, points: Sequence[Point], thick: float, paw: float = 0.085) -> list[Chain]:
    """A leg through its joints, with a paw that points forwards at its end."""
    limb = _limb(breed)
    radii = np.linspace(thick, limb, len(points))
    x, _, z = points[-1]
    return [
        chain_of(Region.LEG, points, radii, 0.06),
        chain_of(
            Region.PAW,
            [(x - 0.01, limb * 0.95, z), (x + paw, limb * 0.8, z)],
            [limb * 1.08, limb * 0.95],
            0.03,
        ),
    ]


def _limb(breed: Breed) -> float:
    """Radius of a leg just above the paw."""
    return (
        (0.045 if breed.species == CAT else 0.042) + 0.09 * (breed.girth - 0.15) + 0.35 * breed.shag
    )


def _standing(breed: Breed, sway: np.ndarray, stride: float = 0.0) -> Trunk:
    """On four legs, ``stride`` swinging the legs of a diagonal apart."""
    girth, half, leg = breed.girth, breed.body / 2, breed.leg
    back = leg + girth * 0.75
    deep = 1.08 if breed.species != CAT else 1.0
    solids = [
        chain_of(
            Region.TORSO,
            [
                (-half, back, 0),
                (-half * 0.2, back - 0.01, 0),
                (half * 0.55, back - 0.02 * deep, 0),
                (half, back + 0.03, 0),
            ],
            [girth * 0.95, girth * 0.92, girth * 1.06 * deep, girth * 0.88],
            0.1,
        )
    ]
    for side, phase in ((-1, 1), (1, -1)):
        z = side * girth * 0.55
        swing = stride * phase
        x = -half - 0.02
        solids += _leg(
            breed,
            [
                (x, back - 0.02, z),
                (x + 0.10 + swing * 0.4, leg * 0.66, z),
                (x - 0.07 + swing * 0.8, leg * 0.34, z),
                (x - 0.02 + swing, 0.05, z),
            ],
            girth * 0.78,
        )
        x, swing = half - 0.02, -swing
        solids += _leg(
            breed,
            [(x, back - 0.08, z), (x - 0.05 + swing * 0.4, leg * 0.55, z), (x + swing, 0.05, z)],
            girth * 0.60,
        )
    crown, neck = _neck(breed, (half, back + 0.05, 0), 0.75, 0.80 + 0.12 * sway[2])
    return solids + neck, crown, (-half - girth * 0.75, back + girth * 0.35, 0)


def _walking(breed: Breed, sway: np.ndarray) -> Trunk:
    return _standing(breed, sway, stride=0.12 + 0.05 * sway[3])


def _sitting(breed: Breed, sway: np.ndarray) -> Trunk:
    """On the haunches, forelegs upright."""
    girth, leg = breed.girth, breed.leg
    hip = np.array([-0.24 * breed.body / 0.8, girth * 1.05, 0])
    shoulder = np.array([0.12, 0.85 * leg + 0.30 * breed.body, 0])
    middle = (hip + shoulder) / 2 + np.array([-0.03, 0.02, 0])
    solids = [
        chain_of(Region.TORSO, [hip, middle], [girth * 1.12, girth * 1.08], 0.1),
        chain_of(Region.CHEST, [middle, shoulder], [girth * 1.08, girth * 0.86], 0.1),
    ]
    for side in (-1, 1):
        z = side * girth * 0.85
        solids += [
            chain_of(
                Region.TORSO,
                [hip + (0.02, 0.02, z), (0.03, 0.20, z * 1.2)],
                [girth * 0.78, girth * 0.55],
                0.05,
            )
        ]
        solids += _leg(breed, [(-0.12, 0.08, z * 1.22), (0.08, 0.05, z * 1.25)], girth * 0.34)
        z = side * girth * 0.46
        solids += _leg(
            breed,
            [shoulder + (0.04, -0.10, z), (0.22, leg * 0.55, z), (0.22, 0.05, z)],
            girth * 0.52,
        )
    crown, neck = _neck(breed, shoulder + (0, 0.03, 0), 0.45, 0.95)
    return solids + neck, crown, (hip[0] - girth * 0.9, 0.09, 0)


def _lying(breed: Breed, sway: np.ndarray, lift: float = 1.0) -> Trunk:
    """Flat on the belly like a sphinx; ``lift`` 0 lays the head on the paws."""
    girth, half = breed.girth, breed.body / 2
    solids = [
        chain_of(
            Region.TORSO,
            [
                (-half, girth * 1.02, 0),
                (0, girth * 0.98, 0),
                (half * 0.8, girth * (1.0 + 0.35 * lift), 0),
            ],
            [girth * 1.04, girth, girth * 0.95],
            0.1,
        )
    ]
    for side in (-1, 1):
        z = side * girth * 0.80
        solids += [
            chain_of(
                Region.TORSO,
                [(-half + 0.02, 0.24, z), (-half + 0.27, 0.16, z * 1.15)],
                [girth * 0.85, girth * 0.55],
                0.05,
            )
        ]
        solids += _leg(
            breed, [(-half + 0.14, 0.07, z * 1.25), (-half + 0.36, 0.05, z * 1.3)], girth * 0.32
        )
        z = side * girth * 0.58
        solids += _leg(
            breed,
            [(half * 0.8, girth, z), (half * 0.62, 0.08, z * 1.2), (half + 0.26, 0.05, z)],
            girth * 0.55,
        )
    if lift:
        crown, neck = _neck(breed, (half * 0.85, girth * 1.45, 0), 0.6, 0.85 + 0.1 * sway[2])
    else:
        crown = (half + breed.head * 0.9, breed.head * 0.98, 0.05 * sway[2])
        neck = [
            chain_of(
                Region.CHEST, [(half * 0.7, girth, 0), crown], [girth * 0.9, breed.head * 0.8], 0.1
            )
        ]
    return solids + neck, crown, (-half - girth * 0.95, 0.12, 0)


def _sleeping(breed: Breed, sway: np.ndarray) -> Trunk:
    """Curled up on the ground, nose to tail."""
    if sway[4] > 0.2:
        return _lying(breed, sway, lift=0.0)
    girth = breed.girth * 1.1
    ring = 0.26 + 0.10 * breed.body
    turns = np.linspace(3.6, 0.3, 6)
    points = np.stack(
        [ring * np.cos(turns), np.full(6, girth * 0.95), -ring * 0.8 * np.sin(turns)], axis=1
    )
    solids = [
        chain_of(Region.TORSO, points, girth * np.array([1.0, 1.12, 1.1, 1.05, 1.0, 0.8]), 0.1)
    ]
    solids += _leg(
        breed, [(ring * 0.8, girth * 0.7, ring * 0.4), (0.0, 0.07, ring * 0.95)], girth * 0.5
    )
    crown = (ring * 0.95, breed.head * 0.95, ring * 0.65)
    solids += [chain_of(Region.CHEST, [points[-1], crown], [girth * 0.8, breed.head * 0.8], 0.1)]
    return solids, crown, tuple(points[0] + (0, -girth * 0.4, girth * 0.4))


def _bowing(breed: Breed, sway: np.ndarray) -> Trunk:
    """Front down, rump up: a dog that wants to play, a cat that stretches."""
    girth, half, leg = breed.girth, breed.body / 2, breed.leg
    back, front = leg + girth * 0.7, girth * 1.25
    solids = [
        chain_of(
            Region.TORSO,
            [(-half, back, 0), (0, (back + front) / 2, 0), (half * 0.9, front, 0)],
            [girth * 0.98, girth * 0.92, girth * 0.92],
            0.1,
        )
    ]
    for side in (-1, 1):
        z = side * girth * 0.55
        x = -half - 0.02
        solids += _leg(
            breed,
            [
                (x, back - 0.02, z),
                (x + 0.12, leg * 0.66, z),
                (x - 0.06, leg * 0.34, z),
                (x, 0.05, z),
            ],
            girth * 0.78,
        )
        solids += _leg(
            breed,
            [(half * 0.85, front, z), (half * 0.8, 0.09, z * 1.2), (half + 0.30, 0.05, z * 1.1)],
            girth * 0.58,
        )
    crown, neck = _neck(breed, (half * 0.95, front + 0.04, 0), 0.85, 0.6)
    return solids + neck, crown, (-half - girth * 0.6, back + girth * 0.6, 0)


TRUNKS = {
    "stand": _standing,
    "walk": _walking,
    "sit": _sitting,
    "lie": _lying,
    "sleep": _sleeping,
    "bow": _bowing,
}


def _neck(breed: Breed, base: Point, forward: float, up: float) -> tuple[Point, list[Chain]]:
    """The neck from ``base``, and where it puts the middle of the head."""
    base = np.array(base, float)
    crown = base + np.array([forward, up, 0]) * (breed.neck + breed.head * 0.75)
    radii = [breed.girth * 0.82, breed.head * 0.66 + breed.shag]
    return tuple(crown), [chain_of(Region.CHEST, [base, base + 0.75 * (crown - base)], radii, 0.1)]
