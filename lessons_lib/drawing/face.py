"""Eyes, nose, mouth, ears' insides, whiskers and collar: what makes a pet look back."""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import RandomState
from numpy.typing import ArrayLike

from lessons_lib.drawing.anatomy import Head, Skeleton
from lessons_lib.drawing.bodyparts import Region
from lessons_lib.drawing.breeds import CAT, Breed, Colour
from lessons_lib.drawing.camera import View
from lessons_lib.drawing.shapes import (
    Chain,
    Plate,
    Point,
    Regions,
    disc_distance,
    polygon_distance,
    segment_distance,
    window_of,
)
from lessons_lib.drawing.things import as_colour

_COLLARS = (
    (0.72, 0.16, 0.14),
    (0.14, 0.34, 0.58),
    (0.18, 0.45, 0.32),
    (0.80, 0.55, 0.15),
    (0.42, 0.22, 0.48),
    (0.20, 0.20, 0.22),
)


def face_coordinates(
    skeleton: Skeleton, view: View, regions: Regions, left: int, top: int
) -> np.ndarray:
    """Where each pixel lies on the head, in head radii: float32 (3, h, w), left, up, forward.

    ``left`` and ``top`` say where the regions' window begins in the picture.
    """
    head = skeleton.head
    pixels, grow = view.project(head.center)
    height, width = regions.region.shape
    radius = np.float32(head.radius * grow[0])
    x = (np.arange(width, dtype=np.float32)[None, :] + np.float32(left - pixels[0, 0])) / radius
    y = (np.arange(height, dtype=np.float32)[:, None] + np.float32(top - pixels[0, 1])) / radius
    z = (regions.depth.astype(np.float32) - np.float32(pixels[0, 2])) / radius
    forward, up, side = view.turned(head.axes).astype(np.float32)
    return np.stack([x * axis[0] + y * axis[1] + z * axis[2] for axis in (side, up, forward)])


class Brush:
    """Paints small soft shapes on a picture, where the pet's surface is near enough."""

    def __init__(
        self, image: np.ndarray, regions: Regions, corner: tuple[int, int] = (0, 0)
    ) -> None:
        """Paint on ``image``, a window that begins at ``corner`` (x, y) of the picture."""
        self.image, self.regions, self.corner = image, regions, corner

    def fill(
        self,
        distance_of: Callable[[np.ndarray, np.ndarray], np.ndarray],
        center: Point,
        reach: float,
        colour: ArrayLike,
        opacity: float = 1.0,
        depth: float | None = None,
        slack: float = 1e9,
        softness: float = 1.0,
        inside: bool = False,
    ) -> None:
        """Paint where ``distance_of(x, y)`` is negative, within ``reach`` pixels of ``center``.

        With ``depth``, only where nothing is nearer than ``depth + slack``; with ``inside``,
        only on the pet.
        """
        window = window_of(
            self.image, (center[0] - self.corner[0], center[1] - self.corner[1]), reach
        )
        if window is None:
            return
        place, x, y = window
        x, y = x + self.corner[0], y + self.corner[1]
        share = np.clip(0.5 - distance_of(x, y) / softness, 0.0, 1.0) * opacity
        if depth is not None:
            share = share * (self.regions.depth[place] < depth + slack)
        if inside:
            share = share * (self.regions.distance[place] < 0.5)
        share = share.astype(np.float32)
        patch = self.image[:, place[0], place[1]]
        patch += share * (as_colour(colour) - patch)

    def disc(
        self, center: Point, radii: tuple[float, float], colour: ArrayLike, **options: Any
    ) -> None:
        self.fill(
            lambda x, y: disc_distance(x, y, center[:2], radii),
            center,
            max(radii) + 1,
            colour,
            **options,
        )

    def stroke(
        self, start: Point, end: Point, radius: float, colour: ArrayLike, **options: Any
    ) -> None:
        middle = (np.asarray(start[:2]) + np.asarray(end[:2])) / 2
        reach = np.abs(np.asarray(start[:2]) - middle).max() + radius + 1
        self.fill(
            lambda x, y: segment_distance(x, y, start, end, radius, radius)[0],
            middle,
            reach,
            colour,
            **options,
        )


def paint_inner_ears(brush: Brush, breed: Breed, solids: list) -> None:
    """The pink of pointed ears that face the camera."""
    if breed.ear != "prick":
        return
    for plate in solids:
        if isinstance(plate, Plate):
            middle = plate.points.mean(axis=0)
            inner = middle + 0.62 * (plate.points - middle)
            reach = np.abs(inner[:, :2] - middle[:2]).max() + 1
            brush.fill(
                lambda x, y, inner=inner: polygon_distance(x, y, inner[:, :2]),
                middle,
                reach,
                (0.80, 0.58, 0.53),
                opacity=0.55,
                depth=plate.points[:, 2].mean(),
                slack=3.0 * plate.radius,
                softness=2.5,
            )


def paint_face(
    brush: Brush, breed: Breed, skeleton: Skeleton, view: View, random: RandomState
) -> None:
    """Eyes, nose and mouth where they can be seen; whiskers for cats."""
    head = skeleton.head
    size = head.radius * view.scale
    iris = breed.eyes[random.randint(len(breed.eyes))]
    wide = random.uniform(0.15, 0.85)
    cat = breed.species == CAT
    places = [(0.60, 0.12, side * (0.45 if cat else 0.41)) for side in (-1, 1)]
    forward = _facing(view, head.axes[0])
    for place in places:
        outward = np.array([0.95, 0.1, 0.6 * np.sign(place[2])])
        facing = _facing(view, (outward / np.sqrt((outward * outward).sum())) @ head.axes)
        if facing > 0.12:
            pixels, _grow = view.project(head.place([place]))
            squeeze = min(1.0, 0.25 + 0.80 * facing)
            _paint_eye(
                brush,
                pixels[0],
                size * (0.20 if cat else 0.155),
                squeeze,
                iris,
                wide,
                cat,
                skeleton.asleep,
            )
    if forward < -0.15:
        return
    tip = (
        (0.62 + 0.78 * breed.muzzle_width * 0.9, -0.22, 0)
        if cat
        else (0.45 + breed.muzzle + 0.62 * breed.muzzle_width, -0.20, 0)
    )
    below = (tip[0] - 0.08, tip[1] - 0.26, 0)
    corners = [(tip[0] - 0.30, tip[1] - 0.36, side * 0.28) for side in (-1, 1)]
    pixels, _ = view.project(head.place([tip, below, *corners]))
    dark = (0.72, 0.42, 0.40) if cat and breed.pattern != "points" else (0.10, 0.08, 0.08)
    line = (0.25, 0.17, 0.15)
    near = {"depth": pixels[0, 2], "slack": size * 0.5, "inside": True}
    brush.stroke(pixels[0], pixels[1], max(0.02 * size, 0.35), line, opacity=0.7, **near)
    for corner in pixels[2:]:
        brush.stroke(pixels[1], corner, max(0.02 * size, 0.35), line, opacity=0.6, **near)
    nose = size * (0.105 if cat else 0.19)
    brush.disc(pixels[0], (nose * 1.15, nose * 0.85), dark, softness=1.3, **near)
    brush.disc(
        pixels[0] - (0.3 * nose, 0.35 * nose, 0),
        (0.3 * nose, 0.2 * nose),
        (0.9, 0.88, 0.88),
        opacity=0.45,
        **near,
    )
    if cat:
        _paint_whiskers(brush, view, head, size, random)


def paint_collar(brush: Brush, skeleton: Skeleton, view: View, colour: int) -> None:
    """A collar around the neck, with a tag."""
    neck = next(
        solid
        for solid in reversed(skeleton.solids)
        if isinstance(solid, Chain) and solid.region == Region.CHEST
    )
    share = 0.52
    middle = neck.points[-2] + share * (neck.points[-1] - neck.points[-2])
    radius = neck.radii[-2] + share * (neck.radii[-1] - neck.radii[-2])
    axis = neck.points[-1] - neck.points[-2]
    axis = axis / np.sqrt((axis * axis).sum())
    pixels, grow = view.project(np.stack([middle, middle + 0.1 * axis]))
    center, direction = pixels[0, :2], pixels[1, :2] - pixels[0, :2]
    length = max(np.sqrt((direction * direction).sum()), 1e-6)
    direction = direction / length
    lean = _facing(view, axis)
    reach, half = radius * grow[0] * 1.15, max(0.028 * view.scale, 0.8)

    def distance_of(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        along = (x - center[0]) * direction[0] + (y - center[1]) * direction[1]
        side = (x - center[0]) * -direction[1] + (y - center[1]) * direction[0]
        part = np.clip(side / reach, -1, 1)
        sag = -lean * reach * np.sqrt(1 - part * part) * 0.9
        return np.maximum(np.abs(along - sag) - half, np.abs(side) - reach)

    on_neck = brush.regions.region
    before = brush.image.copy()
    brush.fill(distance_of, center, reach * 1.5, _COLLARS[colour % len(_COLLARS)], opacity=0.95)
    chosen = np.isin(on_neck, (int(Region.CHEST), int(Region.TORSO)))
    np.copyto(brush.image, before, where=~chosen)


def _facing(view: View, direction: np.ndarray) -> float:
    """Cosine between a direction in pet axes and the way to the camera."""
    return float(view.turned(direction)[0, 2])


def _paint_eye(
    brush: Brush,
    center: np.ndarray,
    size: float,
    squeeze: float,
    iris: Colour,
    wide: float,
    cat: bool,
    closed: bool,
) -> None:
    """One eye of ``size`` pixels radius, narrowed by ``squeeze``; pupils open by ``wide``."""
    near = {"depth": center[2], "slack": 2.2 * size, "inside": True}
    width = size * squeeze
    rim = (0.10, 0.07, 0.06)
    if closed:
        for side in (-1, 1):
            brush.stroke(
                center + (0, 0.3 * size, 0),
                center + (side * width, -0.1 * size, 0),
                max(0.13 * size, 0.4),
                rim,
                opacity=0.9,
                **near,
            )
        return
    brush.disc(center, (width * 1.16, size * (1.0 if cat else 1.12)), rim, softness=1.4, **near)
    brush.disc(center, (width * 0.96, size * 0.80 if cat else size * 0.92), iris, **near)
    pupil = width * (0.25 + 0.45 * wide) if cat else width * 0.66
    brush.disc(center, (pupil, size * 0.76 if cat else size * 0.66), (0.04, 0.03, 0.03), **near)
    shine = center + (-0.30 * width, -0.34 * size, 0)
    brush.disc(
        shine, (max(0.24 * size, 0.5), max(0.24 * size, 0.5)), (1, 1, 1), opacity=0.92, **near
    )


def _paint_whiskers(brush: Brush, view: View, head: Head, size: float, random: RandomState) -> None:
    for side in (-1, 1):
        for rise in (-0.16, 0.0, 0.14):
            rise += random.uniform(-0.05, 0.05)
            ends, _ = view.project(
                head.place(
                    [
                        (0.72, -0.36, side * 0.28),
                        (0.55, -0.36 + rise, side * 0.85),
                        (0.30, -0.42 + 2.2 * rise, side * 1.35),
                    ]
                )
            )
            for start, end in itertools.pairwise(ends):
                brush.stroke(
                    start,
                    end,
                    max(0.008 * size, 0.22),
                    (0.97, 0.96, 0.93),
                    opacity=0.5,
                    depth=ends[0, 2],
                    slack=size,
                )
