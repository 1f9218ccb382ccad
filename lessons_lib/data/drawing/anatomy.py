"""Skeletons: a breed in a pose, as solids in space.

Pet units and axes: x forwards, y up from the ground, z to the pet's left (towards a camera that
sees the pet from its left side). The head has axes of its own, turned against the body's.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from lessons_lib.data.drawing.breeds import CAT, Breed
from lessons_lib.data.drawing.shapes import Chain, Plate

POSES = ("stand", "walk", "sit", "lie", "sleep", "bow")


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


@dataclass
class Head:
    """Where the head is and where it looks: centre (3), axes (3, 3: forward, up, left)."""

    center: np.ndarray
    axes: np.ndarray
    radius: float

    def place(self, points) -> np.ndarray:
        """Bring points given in head radii along the head's own axes into the body's space."""
        return self.center + self.radius * (np.asarray(points, float) @ self.axes)


@dataclass
class Skeleton:
    """A pet in a pose: its solids, its head, and whether its eyes are shut."""

    solids: list[Chain | Plate]
    head: Head
    asleep: bool


def build_skeleton(breed: Breed, pose: str, look: float, random: np.random.RandomState) -> Skeleton:
    """Put a breed into a pose.

    Args:
        breed: the build.
        pose: one of ``POSES``.
        look: how far the head turns from the body's direction to its left, in radians.
        random: source of small variations.
    """
    sway = random.uniform(-1.0, 1.0, 6)
    trunk, crown, rump = _TRUNKS[pose](breed, sway)
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


def _chain(region: Region, points, radii, blend: float = 0.05) -> Chain:
    points, back = np.array(points, float), np.zeros(3)
    if region in (Region.TORSO, Region.CHEST):
        ahead = points[-1] - points[0]
        ahead = ahead / max(np.sqrt((ahead * ahead).sum()), 1e-9)
        back = np.array([0.0, 1, 0]) - ahead * ahead[1]
        length = np.sqrt((back * back).sum())
        back = back / length if length > 0.05 else np.array([-1.0, 0, 0])
    return Chain(int(region), points, np.array(radii, float), blend, back)


def _leg(breed: Breed, points, thick: float, paw: float = 0.085) -> list[Chain]:
    """A leg through its joints, with a paw that points forwards at its end."""
    limb = _limb(breed)
    radii = np.linspace(thick, limb, len(points))
    x, _, z = points[-1]
    return [
        _chain(Region.LEG, points, radii, 0.06),
        _chain(Region.PAW, [(x - 0.01, limb * 0.95, z), (x + paw, limb * 0.8, z)],
               [limb * 1.08, limb * 0.95], 0.03),
    ]


def _limb(breed: Breed) -> float:
    """Radius of a leg just above the paw."""
    return (0.045 if breed.species == CAT else 0.042) + 0.09 * (breed.girth - 0.15) \
        + 0.35 * breed.shag


def _standing(breed: Breed, sway, stride: float = 0.0):
    """On four legs, ``stride`` swinging the legs of a diagonal apart."""
    girth, half, leg = breed.girth, breed.body / 2, breed.leg
    back = leg + girth * 0.75
    deep = 1.08 if breed.species != CAT else 1.0
    solids = [_chain(Region.TORSO, [(-half, back, 0), (-half * 0.2, back - 0.01, 0),
                                    (half * 0.55, back - 0.02 * deep, 0), (half, back + 0.03, 0)],
                     [girth * 0.95, girth * 0.92, girth * 1.06 * deep, girth * 0.88], 0.1)]
    for side, phase in ((-1, 1), (1, -1)):
        z = side * girth * 0.55
        swing = stride * phase
        x = -half - 0.02
        solids += _leg(breed, [(x, back - 0.02, z), (x + 0.10 + swing * 0.4, leg * 0.66, z),
                               (x - 0.07 + swing * 0.8, leg * 0.34, z),
                               (x - 0.02 + swing, 0.05, z)], girth * 0.78)
        x, swing = half - 0.02, -swing
        solids += _leg(breed, [(x, back - 0.08, z), (x - 0.05 + swing * 0.4, leg * 0.55, z),
                               (x + swing, 0.05, z)], girth * 0.60)
    crown, neck = _neck(breed, (half, back + 0.05, 0), 0.75, 0.80 + 0.12 * sway[2])
    return solids + neck, crown, (-half - girth * 0.75, back + girth * 0.35, 0)


def _walking(breed: Breed, sway):
    return _standing(breed, sway, stride=0.12 + 0.05 * sway[3])


def _sitting(breed: Breed, sway):
    """On the haunches, forelegs upright."""
    girth, leg = breed.girth, breed.leg
    hip = np.array([-0.24 * breed.body / 0.8, girth * 1.05, 0])
    shoulder = np.array([0.12, 0.85 * leg + 0.30 * breed.body, 0])
    middle = (hip + shoulder) / 2 + np.array([-0.03, 0.02, 0])
    solids = [_chain(Region.TORSO, [hip, middle], [girth * 1.12, girth * 1.08], 0.1),
              _chain(Region.CHEST, [middle, shoulder], [girth * 1.08, girth * 0.86], 0.1)]
    for side in (-1, 1):
        z = side * girth * 0.85
        solids += [_chain(Region.TORSO, [hip + (0.02, 0.02, z), (0.03, 0.20, z * 1.2)],
                          [girth * 0.78, girth * 0.55], 0.05)]
        solids += _leg(breed, [(-0.12, 0.08, z * 1.22), (0.08, 0.05, z * 1.25)], girth * 0.34)
        z = side * girth * 0.46
        solids += _leg(breed, [shoulder + (0.04, -0.10, z), (0.22, leg * 0.55, z),
                               (0.22, 0.05, z)], girth * 0.52)
    crown, neck = _neck(breed, shoulder + (0, 0.03, 0), 0.45, 0.95)
    return solids + neck, crown, (hip[0] - girth * 0.9, 0.09, 0)


def _lying(breed: Breed, sway, lift: float = 1.0):
    """Flat on the belly like a sphinx; ``lift`` 0 lays the head on the paws."""
    girth, half = breed.girth, breed.body / 2
    solids = [_chain(Region.TORSO, [(-half, girth * 1.02, 0), (0, girth * 0.98, 0),
                                    (half * 0.8, girth * (1.0 + 0.35 * lift), 0)],
                     [girth * 1.04, girth, girth * 0.95], 0.1)]
    for side in (-1, 1):
        z = side * girth * 0.80
        solids += [_chain(Region.TORSO, [(-half + 0.02, 0.24, z), (-half + 0.27, 0.16, z * 1.15)],
                          [girth * 0.85, girth * 0.55], 0.05)]
        solids += _leg(breed, [(-half + 0.14, 0.07, z * 1.25), (-half + 0.36, 0.05, z * 1.3)],
                       girth * 0.32)
        z = side * girth * 0.58
        solids += _leg(breed, [(half * 0.8, girth, z), (half * 0.62, 0.08, z * 1.2),
                               (half + 0.26, 0.05, z)], girth * 0.55)
    if lift:
        crown, neck = _neck(breed, (half * 0.85, girth * 1.45, 0), 0.6, 0.85 + 0.1 * sway[2])
    else:
        crown = (half + breed.head * 0.9, breed.head * 0.98, 0.05 * sway[2])
        neck = [_chain(Region.CHEST, [(half * 0.7, girth, 0), crown],
                       [girth * 0.9, breed.head * 0.8], 0.1)]
    return solids + neck, crown, (-half - girth * 0.95, 0.12, 0)


def _sleeping(breed: Breed, sway):
    """Curled up on the ground, nose to tail."""
    if sway[4] > 0.2:
        return _lying(breed, sway, lift=0.0)
    girth = breed.girth * 1.1
    ring = 0.26 + 0.10 * breed.body
    turns = np.linspace(3.6, 0.3, 6)
    points = np.stack([ring * np.cos(turns), np.full(6, girth * 0.95),
                       -ring * 0.8 * np.sin(turns)], axis=1)
    solids = [_chain(Region.TORSO, points, girth * np.array([1.0, 1.12, 1.1, 1.05, 1.0, 0.8]), 0.1)]
    solids += _leg(breed, [(ring * 0.8, girth * 0.7, ring * 0.4), (0.0, 0.07, ring * 0.95)],
                   girth * 0.5)
    crown = (ring * 0.95, breed.head * 0.95, ring * 0.65)
    solids += [_chain(Region.CHEST, [points[-1], crown], [girth * 0.8, breed.head * 0.8], 0.1)]
    return solids, crown, tuple(points[0] + (0, -girth * 0.4, girth * 0.4))


def _bowing(breed: Breed, sway):
    """Front down, rump up: a dog that wants to play, a cat that stretches."""
    girth, half, leg = breed.girth, breed.body / 2, breed.leg
    back, front = leg + girth * 0.7, girth * 1.25
    solids = [_chain(Region.TORSO, [(-half, back, 0), (0, (back + front) / 2, 0),
                                    (half * 0.9, front, 0)],
                     [girth * 0.98, girth * 0.92, girth * 0.92], 0.1)]
    for side in (-1, 1):
        z = side * girth * 0.55
        x = -half - 0.02
        solids += _leg(breed, [(x, back - 0.02, z), (x + 0.12, leg * 0.66, z),
                               (x - 0.06, leg * 0.34, z), (x, 0.05, z)], girth * 0.78)
        solids += _leg(breed, [(half * 0.85, front, z), (half * 0.8, 0.09, z * 1.2),
                               (half + 0.30, 0.05, z * 1.1)], girth * 0.58)
    crown, neck = _neck(breed, (half * 0.95, front + 0.04, 0), 0.85, 0.6)
    return solids + neck, crown, (-half - girth * 0.6, back + girth * 0.6, 0)


_TRUNKS = {"stand": _standing, "walk": _walking, "sit": _sitting, "lie": _lying,
           "sleep": _sleeping, "bow": _bowing}


def _neck(breed: Breed, base, forward: float, up: float):
    """The neck from ``base``, and where it puts the middle of the head."""
    base = np.array(base, float)
    crown = base + np.array([forward, up, 0]) * (breed.neck + breed.head * 0.75)
    radii = [breed.girth * 0.82, breed.head * 0.66 + breed.shag]
    return tuple(crown), [_chain(Region.CHEST, [base, base + 0.75 * (crown - base)], radii, 0.1)]


def _tail(breed: Breed, pose: str, root: np.ndarray, sway) -> list[Chain]:
    """The tail, by kind and pose."""
    length = breed.tail_length
    steps = np.linspace(0, 1, 7)
    resting = pose in ("sit", "lie", "sleep")
    if breed.tail == "curl":
        turns = 2.6 - 4.4 * steps
        reach = length * 0.30
        offsets = np.stack([reach * np.cos(turns) + reach * 0.5, reach * np.sin(turns) + reach * 0.6,
                            0.05 * sway[3] + 0.04 * steps], axis=1)
        root = root + (0.06, 0.16 if resting else 0.02, 0)
    elif resting and breed.tail != "stub":
        turns = 0.5 + (2.4 + 0.6 * sway[3]) * steps
        side = 1 if sway[5] > -0.4 else -1
        offsets = length * 0.42 * np.stack(
            [-np.sin(turns) + np.sin(0.5), 0.02 * steps, side * (np.cos(0.5) - np.cos(turns))],
            axis=1)
        root = np.array([root[0], max(0.06, 0.35 * root[1]), root[2]])
    else:
        lift = {"flag": 0.9, "stub": 0.9}.get(breed.tail, 0.35 + 0.5 * sway[3])
        bend = 0.55 * sway[4] if breed.species == CAT else 0.25
        offsets = length * np.stack(
            [-steps * (1 - 0.5 * lift * steps), steps * lift + bend * steps * steps * (steps - 0.4),
             0.15 * sway[5] * steps], axis=1)
    slim = 0.036 if breed.species == CAT else 0.045
    profile = {"plume": slim + 0.11 * steps * (1.25 - steps) * 2.2,
               "curl": slim + 0.25 * breed.girth * steps * (1.3 - steps) * 2,
               "flag": 0.06 - 0.03 * steps,
               "stub": 0.055 - 0.015 * steps}.get(breed.tail, slim + 0.008 * (1 - steps))
    return [_chain(Region.TAIL, root + offsets, profile + breed.shag * 0.4, 0.04)]


def _head_solids(breed: Breed, head: Head) -> list[Chain | Plate]:
    """Skull, cheeks, muzzle and ears, in head radii along the head's axes."""
    def part(region, points, radii, blend=0.05):
        return _chain(region, head.place(points), np.array(radii) * head.radius, blend)

    width, length = breed.muzzle_width, breed.muzzle
    cheek = 0.62 if breed.species == CAT else 0.50
    fluff = 3.0 * breed.shag
    solids = [
        part(Region.HEAD, [(-0.12, 0.10, -0.16), (-0.12, 0.10, 0.16)], [0.84, 0.84], 0.04),
        part(Region.HEAD, [(0.16, -0.26, -0.40), (0.16, -0.26, 0.40)],
             [cheek + fluff, cheek + fluff], 0.03),
    ]
    if breed.species == CAT:
        solids += [part(Region.MUZZLE, [(0.62, -0.36, -0.17), (0.62, -0.36, 0.17)],
                        [width * 0.78, width * 0.78], 0.02),
                   part(Region.HEAD, [(0.40, 0.15, 0), (0.74, -0.16, 0)], [0.34, 0.19], 0.04),
                   part(Region.MUZZLE, [(0.5, -0.56, 0), (0.62, -0.60, 0)], [0.24, 0.2], 0.02)]
    else:
        tip = 0.45 + length
        solids += [part(Region.MUZZLE, [(0.35, -0.22, 0), (tip, -0.32, 0)],
                        [width * 1.05, width * 0.80], 0.05),
                   part(Region.MUZZLE, [(0.3, -0.48, 0), (tip - 0.16, -0.58, 0)],
                        [width * 0.75, width * 0.52], 0.02),
                   part(Region.HEAD, [(0.2, 0.28, -0.22), (0.2, 0.28, 0.22)], [0.55, 0.55], 0.04)]
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
            outline = [(0.10, 0.86, side * 0.26), (0.34, 0.70 - size * 0.50, side * 0.98),
                       (-0.35, 0.50, side * 0.82)]
            ears.append(Plate(int(Region.EAR), head.place(outline), head.radius * 0.13, 0.01))
        else:
            points = [(-0.12, 0.55, side * 0.62), (-0.10, 0.25, side * 0.98),
                      (-0.02, 0.45 - size * 0.75, side * 1.06), (0.06, 0.40 - size, side * 0.98)]
            ears.append(_chain(Region.EAR, head.place(points),
                               head.radius * np.array([0.16, 0.24, 0.33, 0.22]), 0.012))
    return ears
