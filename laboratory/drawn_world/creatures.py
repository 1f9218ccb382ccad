"""Pets of no breed: the course's skeletons with measures, poses and coats of pure chance.

``pose_pet`` gives what a camera sees of a pet (distance, depth, parts; the geometry of the drawn
pets), ``paint_pet`` gives it a coat, light and a face. No breed of the drawn pets occurs here:
every measure is drawn afresh for each pet.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import gaussian_filter

from laboratory.drawn_world.textures import (
    Generator,
    colours,
    detail_around_zero,
    ramp,
    surface,
    texture,
)
from lessons_lib.drawing.anatomy import Region, Skeleton, build_skeleton
from lessons_lib.drawing.breeds import BREEDS, CAT, Breed
from lessons_lib.drawing.camera import View, bounds
from lessons_lib.drawing.shapes import Chain, Regions, rasterize

MEASURES = (
    "leg",
    "body",
    "girth",
    "neck",
    "head",
    "muzzle",
    "muzzle_width",
    "ear_size",
    "tail_length",
)
EARS = {CAT: ("prick", "prick", "prick", "fold"), "Dog": ("hound", "fold", "prick", "hound")}
POSES = {"stand": 0.22, "walk": 0.13, "sit": 0.27, "lie": 0.22, "sleep": 0.10, "bow": 0.06}
TAILS = ("whip", "plume", "curl", "flag", "stub")
HIDDEN = 0.35  # head radii that something must be nearer to hide an eye or a nose
FACE = (Region.HEAD, Region.MUZZLE, Region.EAR)


@dataclass(frozen=True)
class Seen:
    """A pet in front of a camera: its regions in pixels, its skeleton and the camera."""

    regions: Regions
    skeleton: Skeleton
    view: View
    species: str


def random_breed(random: Generator) -> Breed:
    """A build of chance: each measure between, and a little beyond, those of its species."""
    base = BREEDS[random.integers(len(BREEDS))]
    kin = [breed for breed in BREEDS if breed.species == base.species]
    measures = {}
    for name in MEASURES:
        values = [getattr(breed, name) for breed in kin]
        measures[name] = float(random.uniform(0.85 * min(values), 1.15 * max(values)))
    return replace(
        base,
        name="",
        ear=str(random.choice(EARS[base.species])),
        tail=str(random.choice(TAILS)) if base.species != CAT else str(random.choice(TAILS[:2])),
        shag=float(random.uniform(0, 0.05)),
        **measures,
    )


def pose_pet(random: Generator, size: int) -> Seen:
    """Poses a pet of chance before a camera of chance, whole or its head and shoulders.

    Args:
        random: source of chance.
        size: height and width of the picture in pixels.
    """
    breed = random_breed(random)
    pose = str(random.choice(list(POSES), p=list(POSES.values())))
    skeleton_random = np.random.RandomState(random.integers(2**31, 2**32))
    look = float(random.normal(0, 0.7))
    skeleton = build_skeleton(breed, pose, look, skeleton_random)
    # Photographers wait until the pet looks at them: the face turns towards the camera.
    turn = (
        float(np.pi / 2 - look + random.normal(0, 0.45))
        if random.random() < 0.7
        else float(random.uniform(-np.pi, np.pi))
    )
    view = View(turn, float(random.uniform(-0.05, 0.75)), bool(random.random() < 0.5))
    view = _frame(random, skeleton, view, size)
    regions = rasterize(view.see(skeleton), size, size, view.scale, margin=0.12 * size)
    _roughen(random, regions, breed.shag * view.scale, size)
    return Seen(regions, skeleton, view, breed.species)


def pose_lump(random: Generator, size: int) -> Regions:
    """A round thing that is no pet: cushions, bags, bushes, bottles, toys, as balls on lines."""
    solids = []
    for _ in range(random.integers(1, 5)):
        count = int(random.integers(2, 5))
        start = random.uniform(-0.1, 1.1, 2) * size
        steps = random.normal(0, 0.13 * size, (count - 1, 2))
        flat = np.concatenate([start[None], start + np.cumsum(steps, axis=0)])
        points = np.column_stack([flat, random.normal(0, 0.1 * size, count)])
        radii = np.exp(random.uniform(np.log(0.02), np.log(0.2), count)) * size
        solids.append(
            Chain(
                region=int(random.integers(len(Region))),
                points=points,
                radii=radii,
                blend=0.05,
                back=np.array([0.0, -1.0, 0.0]),
            )
        )
    return rasterize(solids, size, size, 0.6 * size, margin=0.05 * size)


def paint_pet(random: Generator, seen: Seen, natural: bool) -> np.ndarray:
    """Coat, shading and face of a pet, float32 size×size×3 (right within its outline)."""
    regions = seen.regions
    size = len(regions.distance)
    if natural or random.random() < 0.3:
        painted = _natural_coat(random, regions, "coat" if natural else None)
    else:
        painted = surface(random, size, None)
    if random.random() < 0.85:
        fur = texture(random, size, ("fur", "fur", "strokes", "grain"))
        painted = painted * (1 + random.uniform(0.1, 0.9) * detail_around_zero(fur))
    painted = painted * shade(random, regions)
    if random.random() < 0.95:
        _paint_face(random, painted, seen)
    return painted


def shade(random: Generator, regions: Regions) -> np.ndarray:
    """Light on a round body from one side, float32 h×w×1 around 1."""
    inside = regions.distance < 1
    floor = regions.depth[inside].min() if inside.any() else 0.0
    depth = np.where(inside, regions.depth, floor)
    slope_y, slope_x = (np.clip(slope, -2.5, 2.5) for slope in np.gradient(depth))
    length = np.sqrt(slope_x**2 + slope_y**2 + 1)
    light = random.normal(0, 1, 3) * (1, 1, 0.5) + (0, -0.5, 0.9)
    light /= np.linalg.norm(light)
    facing = (-slope_x * light[0] - slope_y * light[1] + light[2]) / length
    facing = gaussian_filter(facing, random.uniform(0.6, 1.6))
    strength = random.uniform(0.1, 0.75)
    rim = np.exp(np.minimum(regions.distance, 0) / random.uniform(1.5, 8))
    shaded = 1 + strength * (facing - 0.6) - random.uniform(0, 0.35) * rim
    return np.clip(shaded, 0.1, 1.7)[..., np.newaxis].astype(np.float32)


def _frame(random: Generator, skeleton: Skeleton, view: View, size: int) -> View:
    """Scales and moves the camera until the pet, or its head, fills its share of the picture."""
    near = random.random() < 0.45
    unit = replace(view, scale=1.0)
    left, top, right, bottom = bounds(unit.see(skeleton), FACE if near else ())
    fill = random.uniform(0.32, 0.8) if near else random.uniform(0.55, 1.15)
    scale = size * fill / max(right - left, bottom - top)
    place = np.array([0.5, 0.42 if near else 0.52]) + random.normal(0, 0.09, 2)
    middle = np.array([left + right, top + bottom]) / 2
    origin = place * size - middle * scale
    return replace(view, scale=float(scale), origin=(float(origin[0]), float(origin[1])))


def _roughen(random: Generator, regions: Regions, shag: float, size: int) -> None:
    """Moves the outline about by tufts of fur, in place."""
    if shag < 0.3:
        return
    tufts = texture(random, size, ("fur", "strokes", "clouds")).astype(np.float32) / 255 - 0.5
    regions.distance += min(shag, 6.0) * tufts


def _natural_coat(random: Generator, regions: Regions, family: str | None) -> np.ndarray:
    """Ground, markings and light parts, as cats and dogs have them."""
    size = len(regions.distance)
    ground, marking, light = colours(random, family, 3)
    if family == "coat" and random.random() < 0.5:
        light = np.float32([0.92, 0.90, 0.86]) * random.uniform(0.85, 1.05)
    painted = np.broadcast_to(ground, (size, size, 3)).copy()
    if random.random() < 0.65:
        field = texture(random, size, ("stripes", "cells", "leaves", "clouds", "clouds", "fur"))
        middle, sharp = random.uniform(80, 175), random.uniform(10, 90)
        blend = np.clip((field - middle) / sharp + 0.5, 0, 1)[..., None].astype(np.float32)
        painted += blend * (marking - ground)
    if random.random() < 0.35:
        above = np.clip((regions.across - random.uniform(-0.4, 0.5)) * 3 + 0.5, 0, 1)
        painted += above[..., None] * random.uniform(0.4, 1) * (marking - painted)
    for colour in (light, marking):
        chosen = np.flatnonzero(random.random(len(Region)) < random.choice((0.0, 0.3)))
        if len(chosen):
            part = np.isin(regions.region, chosen).astype(np.float32)
            part = gaussian_filter(part, random.uniform(0.5, 3))[..., None]
            painted += part * random.uniform(0.5, 1) * (colour - painted)
    if random.random() < 0.3:
        painted = painted * 0.6 + 0.4 * ramp(random, family)[texture(random, size)]
    return painted


def _paint_face(random: Generator, painted: np.ndarray, seen: Seen) -> None:
    """Eyes, nose and mouth where the camera sees them, in place."""
    radius = seen.skeleton.head.radius * seen.view.scale
    is_cat = seen.species == CAT
    iris = colours(random, "coat" if not is_cat or random.random() < 0.3 else None, 1)[0]
    dark = np.float32([0.05, 0.04, 0.04]) + random.uniform(0, 0.1)
    eye = (0.74, 0.14, 0.38) if is_cat else (0.66, 0.22, 0.36)
    size = random.uniform(0.11, 0.2) if is_cat else random.uniform(0.08, 0.14)
    for side in (-1, 1):
        place = (eye[0], eye[1], side * eye[2])
        flat = 0.25 if seen.skeleton.asleep else 1.0
        if not seen.skeleton.asleep:
            _dot(painted, seen, place, size * radius, iris, 1.0)
        _dot(painted, seen, place, size * radius * random.uniform(0.45, 0.9), dark, flat)
        if random.random() < 0.6:
            gleam = (place[0], place[1] + 0.05, place[2] + 0.03)
            _dot(painted, seen, gleam, 0.28 * size * radius, np.float32([1, 1, 1]), 1.0)
    tip = (0.86, -0.20, 0) if is_cat else (0.55 + _muzzle(seen), -0.22, 0)
    nose = dark if random.random() < 0.7 else np.float32([0.75, 0.45, 0.42])
    _dot(painted, seen, tip, radius * (0.10 if is_cat else 0.17), nose, 0.75)
    mouth = (tip[0] - 0.1, tip[1] - 0.28, 0)
    _dot(painted, seen, mouth, radius * 0.14, dark, 0.3)


def _muzzle(seen: Seen) -> float:
    """How far the muzzle reaches, in head radii."""
    points = [solid.points for solid in seen.skeleton.solids if solid.region == Region.MUZZLE]
    along = (np.concatenate(points) - seen.skeleton.head.center) @ seen.skeleton.head.axes[0]
    return float(along.max() / seen.skeleton.head.radius)


def _dot(painted: np.ndarray, seen: Seen, place, radius: float, colour, flat: float) -> None:
    """An ellipse at a place of the head, unless a part of the pet is in front of it."""
    size = len(painted)
    pixels, _ = seen.view.project(seen.skeleton.head.place([place]))
    x, y, near = pixels[0]
    if not (0 <= x < size and 0 <= y < size):
        return
    hidden_by = seen.regions.depth[int(y), int(x)] - near
    if hidden_by > HIDDEN * seen.skeleton.head.radius * seen.view.scale:
        return
    reach = int(radius + 2)
    top, left = max(int(y) - reach, 0), max(int(x) - reach, 0)
    patch = painted[top : int(y) + reach + 1, left : int(x) + reach + 1]
    row, column = np.indices(patch.shape[:2])
    away = np.hypot(column + left - x, (row + top - y) / flat)
    patch += np.clip(radius - away + 0.5, 0, 1)[..., np.newaxis] * (colour - patch)
