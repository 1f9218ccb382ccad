"""One pet, one picture: chooses breed, pose, camera, place and light, and has them painted."""

from dataclasses import dataclass

import numpy as np
from numpy.random import RandomState

from lessons_lib.drawing import camera
from lessons_lib.drawing.anatomy import Skeleton, build_skeleton
from lessons_lib.drawing.bodyparts import Region
from lessons_lib.drawing.breeds import BREEDS, DOG, Breed
from lessons_lib.drawing.camera import View
from lessons_lib.drawing.coat import paint_coat
from lessons_lib.drawing.face import (
    Brush,
    face_coordinates,
    paint_collar,
    paint_face,
    paint_inner_ears,
)
from lessons_lib.drawing.light import expose, shade
from lessons_lib.drawing.noise import clouds, cut, fur_tiles
from lessons_lib.drawing.scenery import GRASSY, PLACES, let_light_in, paint_scenery
from lessons_lib.drawing.shapes import Chain, Place, Plate, Regions, rasterize
from lessons_lib.drawing.things import add_things, as_colour

PET, BACKGROUND, BORDER = 1, 2, 3
_MARGIN = 9.0  # pixels around the pet in which the distance to it is known


@dataclass(frozen=True)
class Scene:
    """Everything that decides a picture's mask, before a pixel is painted.

    Attributes:
        breed, skeleton, view: who, how, and seen from where.
        solids: the skeleton's solids as the view sees them, in pixels.
        height, width: size of the picture in pixels.
        band: (inside, outside) thickness of the border band in pixels.
        framing: "whole", "bust" or "head".
        horizon: row where the ground ends.
        place: where the pet is.
    """

    breed: Breed
    skeleton: Skeleton
    view: View
    solids: list[Chain | Plate]
    height: int
    width: int
    band: tuple[float, float]
    framing: str
    horizon: float
    place: str


def compose(seed: int) -> Scene:
    """Choose breed, pose, camera and size for a seed."""
    random = RandomState(seed)
    breed = BREEDS[seed % len(BREEDS)]
    pose = _pick(
        random,
        ("sit", "stand", "lie", "walk", "sleep", "bow"),
        (0.33, 0.19, 0.20, 0.13, 0.07, 0.08),
    )
    turn = random.uniform(-0.25, 1.57)
    if pose in ("stand", "walk", "bow"):
        turn = random.uniform(-0.35, 1.15)
    if pose == "sleep":
        turn = random.uniform(-0.1, 1.0)
    look = _look(turn, random)
    pitch = random.uniform(0.04, 0.30) + (0.22 if pose == "sleep" else 0.0)
    skeleton = build_skeleton(breed, pose, look, random)
    framing = "whole"
    if pose != "sleep":
        framing = _pick(random, ("whole", "bust", "head"), (0.66, 0.20, 0.14))
    height, width = _size(random, pose, framing)
    mirrored = bool(random.uniform() < 0.5)
    view = _frame(skeleton, View(turn, pitch, mirrored), height, width, framing, random)
    thick = 0.0355 * np.sqrt(height * width) * random.uniform(0.6, 1.4)
    if random.uniform() < 0.08:
        thick *= random.uniform(1.4, 2.2)
    inside = random.uniform(0.35, 0.6)
    band = (float(np.round(thick * inside, 6)), float(np.round(thick * (1 - inside), 6)))
    foot = view.origin[1]
    horizon = foot - view.scale * random.uniform(0.25, 0.75)
    if framing != "whole":
        horizon = min(height * random.uniform(0.25, 0.9), horizon)
    place = PLACES[random.randint(len(PLACES))]
    return Scene(
        breed,
        skeleton,
        view,
        view.see(skeleton),
        height,
        width,
        band,
        framing,
        float(horizon),
        place,
    )


def _pick(random: RandomState, choices: tuple[str, ...], chances: tuple[float, ...]) -> str:
    """One of some choices, with the given chances."""
    left = random.uniform()
    for choice, chance in zip(choices, chances, strict=True):
        left -= chance
        if left < 0:
            return choice
    return choices[-1]


def _look(turn: float, random: RandomState) -> float:
    """How far the head turns: mostly towards the camera, sometimes straight ahead."""
    wish = random.uniform()
    if wish < 0.62:
        target = 1.57 + random.uniform(-0.45, 0.45)
        return float(np.clip(target - turn, -1.3, 1.3))
    if wish < 0.85:
        return random.uniform(-0.2, 0.5)
    return random.uniform(-0.4, 0.9)


def _size(random: RandomState, pose: str, framing: str) -> tuple[int, int]:
    """Height and width in pixels: 120 to 320 a side, portrait for upright pets more often."""
    area_side = 142 + 122 * random.uniform() * random.uniform(0.4, 1.0)
    ratio = (1.0, 1.25, 1.333, 1.333, 1.5)[random.randint(5)]
    upright = 0.62 if pose == "sit" or framing != "whole" else 0.22
    stretch = np.sqrt(ratio)
    long, short = int(area_side * stretch), int(area_side / stretch)
    long, short = min(long, 320), max(short, 120)
    return (long, short) if random.uniform() < upright else (short, long)


def _frame(
    skeleton: Skeleton,
    view: View,
    height: int,
    width: int,
    framing: str,
    random: RandomState,
) -> View:
    """Scale and place the pet in the picture."""
    solids = view.see(skeleton)
    parts = {
        "whole": (),
        "bust": (Region.HEAD, Region.MUZZLE, Region.EAR, Region.CHEST),
        "head": (Region.HEAD, Region.MUZZLE, Region.EAR),
    }[framing]
    left, top, right, bottom = camera.bounds(solids, parts)
    wide, high = right - left, bottom - top
    fill = {
        "whole": random.uniform(0.74, 1.12),
        "bust": random.uniform(0.50, 0.78),
        "head": random.uniform(0.50, 0.80),
    }[framing]
    scale = fill * min(width / wide, height / high)
    room_x, room_y = width - scale * wide, height - scale * high
    share_x, share_y = random.uniform(0.2, 0.8), random.uniform(0.45, 0.85)
    if framing != "whole":
        share_y = random.uniform(0.1, 0.5)
    x, y = room_x * share_x - scale * left, room_y * share_y - scale * top
    return View(
        view.turn,
        view.pitch,
        view.mirrored,
        float(np.round(scale, 6)),
        (float(np.round(x, 6)), float(np.round(y, 6))),
    )


def see_regions(scene: Scene) -> Regions:
    """The silhouette regions of a scene's pet: geometry only, nothing painted."""
    margin = max(scene.band[1] + 2.0, _MARGIN)
    return rasterize(scene.solids, scene.height, scene.width, scene.view.scale, margin)


def draw_trimap(scene: Scene, regions: Regions) -> np.ndarray:
    """uint8 h×w in {1 pet, 2 background, 3 border}: a band on both sides of the outline."""
    inside, outside = scene.band
    trimap = np.full(regions.distance.shape, BACKGROUND, np.uint8)
    trimap[regions.distance < outside] = BORDER
    trimap[regions.distance < -inside] = PET
    return trimap


def head_box(scene: Scene) -> tuple[float, float, float, float]:
    """Top, left, bottom, right of the head, as shares of the picture's sides, within [0, 1]."""
    left, top, right, bottom = camera.bounds(scene.solids, (Region.HEAD, Region.MUZZLE, Region.EAR))
    box = np.array(
        [top / scene.height, left / scene.width, bottom / scene.height, right / scene.width]
    )
    top, left, bottom, right = np.clip(np.round(box, 4), 0.0, 1.0).tolist()
    return top, left, bottom, right


def paint(scene: Scene, regions: Regions, seed: int) -> np.ndarray:
    """The photo of a scene: uint8 h×w×3."""
    random = RandomState([seed, 1])
    height, width, scale = scene.height, scene.width, scene.view.scale
    side, above = random.uniform(-0.6, 0.6), random.uniform(0.45, 0.8)
    light = np.array([side, -above, 0.55], np.float32)
    light /= np.sqrt((light * light).sum())
    warm = random.uniform(-0.05, 0.06)
    tint = as_colour((1 + warm, 1.0, 1 - warm))

    ground_scale = min(scale, 0.9 * max(height, width))
    image = paint_scenery(random, scene.place, height, width, scene.horizon, ground_scale)
    image = np.ascontiguousarray(image, np.float32)
    add_things(random, image, scene.horizon, ground_scale, random.randint(0, 5))
    let_light_in(random, image, scene.place)
    image *= tint * np.float32(random.uniform(0.85, 1.02))
    _cast_shadow(image, scene, regions, side)

    window = _around(regions)
    if window is not None:
        place, left, top = window
        _paint_pet(
            image[:, place[0], place[1]],
            scene,
            regions.crop(place),
            (left, top),
            light,
            tint,
            random,
        )
    paint_face(Brush(image, regions), scene.breed, scene.skeleton, scene.view, random)
    return expose(image, random)


def _around(regions: Regions) -> tuple[Place, int, int] | None:
    """The window of the picture that holds the pet, with its left and top, or None."""
    near = regions.distance < 4.0
    rows, columns = np.flatnonzero(near.any(axis=1)), np.flatnonzero(near.any(axis=0))
    if not len(rows):
        return None
    place = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    return place, int(columns[0]), int(rows[0])


def _paint_pet(
    image: np.ndarray,
    scene: Scene,
    regions: Regions,
    corner: tuple[int, int],
    light: np.ndarray,
    tint: np.ndarray,
    random: RandomState,
) -> None:
    """Paint the pet without its face on a window of the picture that begins at ``corner``."""
    height, width = regions.region.shape
    breed, scale = scene.breed, scene.view.scale
    face = face_coordinates(scene.skeleton, scene.view, regions, *corner)
    coat = paint_coat(breed, regions, face, random)
    brush = Brush(coat, regions, corner)
    paint_inner_ears(brush, breed, scene.solids)
    if random.uniform() < (0.5 if breed.species == DOG else 0.25):
        paint_collar(brush, scene.skeleton, scene.view, random.randint(6))
    strands = (0.05 + 3.0 * breed.shag) * min(max(scale / 130, 0.5), 1.2)
    pet = shade(coat, regions, light, tint, strands, random)
    fringe = clouds(random, height, width, max(0.02 * scale, 2.0)) + 0.5 * clouds(
        random, height, width, max(0.05 * scale, 3.0)
    )
    ragged = np.where(regions.region == Region.EAR, np.float32(0.15), np.float32(0.40))
    fringe = fringe * ragged * np.float32(breed.shag * scale)
    if scene.place in GRASSY:
        blades = np.maximum(cut(fur_tiles()[4], random, height, width), 0)
        tall = np.float32(min(0.03 * scale, 0.8 * scene.band[0]))
        fringe = fringe + np.where(regions.region == Region.PAW, blades * tall, 0)
    cover = np.clip(0.5 - (regions.distance + fringe) / 1.3, 0, 1).astype(np.float32)
    image += cover * (pet - image)


def _cast_shadow(image: np.ndarray, scene: Scene, regions: Regions, side: float) -> None:
    """Darken the ground under the pet and next to it, away from the light."""
    left, top, right, bottom = camera.bounds(scene.solids)
    height, width = regions.distance.shape
    x = np.arange(width, dtype=np.float32)[None, :]
    y = np.arange(height, dtype=np.float32)[:, None]
    flat = max(0.30 * np.sin(scene.view.pitch) * (right - left) + 0.06 * scene.view.scale, 3.0)
    center_x = (left + right) / 2 - side * 0.12 * (right - left)
    dx = (x - np.float32(center_x)) / np.float32(0.58 * (right - left))
    dy = (y - np.float32(bottom - 0.6 * flat)) / np.float32(flat * 1.4)
    share = np.float32(0.5) * np.clip(1.1 - np.sqrt(dx * dx + dy * dy), 0, 1)
    close = np.clip(1 - regions.distance.astype(np.float32) / _MARGIN, 0, 1)
    low = np.clip(
        (y - np.float32(bottom - 0.30 * (bottom - top))) / np.float32(0.2 * (bottom - top)), 0, 1
    )
    share = np.maximum(share, 0.45 * close * low) + 0.12 * close
    image *= 1 - share * np.clip((y - np.float32(scene.horizon)) / 4, 0, 1)
