"""Where drawn pets are: rooms, meadows, heaps of leaves, plain walls; and the things around."""

import numpy as np
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter

from laboratory.drawn_world.creatures import pose_lump, shade
from laboratory.drawn_world.textures import Generator, colours, surface


def paint_scene(random: Generator, size: int, natural: bool) -> np.ndarray:
    """A background, float32 size×size×3 about 0 to 1."""
    scenes = (_two_planes, _two_planes, _meadow, _heap, _plain)
    scene = scenes[random.integers(len(scenes))](random, size, natural)
    for _ in range(int(random.choice((0, 1, 2, 4, 8), p=(0.25, 0.25, 0.2, 0.2, 0.1)))):
        scene = add_thing(random, scene, natural)[0]
    if random.random() < 0.5:
        spread = np.exp(random.uniform(np.log(0.5), np.log(6)))
        scene = gaussian_filter(scene, (spread, spread, 0))
    return scene


def add_thing(
    random: Generator, picture: np.ndarray, natural: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Puts a thing that is no pet into a picture.

    Returns:
        The picture, float32 size×size×3, and how much the thing covers, float32 size×size×1.
    """
    size = len(picture)
    family = str(random.choice(("scene", "scene", "plant", "coat"))) if natural else None
    if random.random() < 0.3:
        regions = pose_lump(random, size)
        cover = np.clip(0.5 - regions.distance / random.uniform(0.8, 2.5), 0, 1)
        cover = cover[..., np.newaxis].astype(np.float32)
        painted = surface(random, size, family) * shade(random, regions)
    else:
        cover = flat_shape(random, size)
        painted = surface(random, size, family) * _gradient(random, size, 0.5)
    if random.random() < 0.4:
        picture = picture * (1 - random.uniform(0.1, 0.6) * _shadow(random, cover))
    return picture + cover * (painted - picture), cover


def flat_shape(random: Generator, size: int) -> np.ndarray:
    """The cover of a flat shape (bar, box, polygon, star, ellipse), float32 size×size×1."""
    fine = 2 * size
    canvas = Image.new("L", (fine, fine), 0)
    draw = ImageDraw.Draw(canvas)
    middle = random.uniform(-0.1, 1.1, 2) * fine
    radius = np.exp(random.uniform(np.log(0.05), np.log(0.45))) * fine
    kind = random.integers(4)
    if kind == 0:
        end = middle + random.normal(0, 0.8, 2) * fine
        draw.line([tuple(middle), tuple(end)], fill=255, width=int(random.uniform(2, 0.12 * fine)))
    else:
        corners = 40 if kind == 1 else 4 if kind == 2 else int(random.integers(3, 12))
        turns = random.uniform(0, 2 * np.pi) + np.arange(corners) * 2 * np.pi / corners
        reach = radius * (random.uniform(0.4, 1.0, corners) if kind == 3 else np.ones(corners))
        outline = np.stack([reach * np.cos(turns), reach * np.sin(turns)], 1)
        turn = random.uniform(0, np.pi)
        outline = (
            outline
            * (1, random.uniform(0.25, 1.0))
            @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
        )
        draw.polygon([tuple(point) for point in outline + middle], fill=255)
    return np.float32(canvas.reduce(2))[..., np.newaxis] / 255


def cast_shadow(random: Generator, picture: np.ndarray, cover: np.ndarray) -> np.ndarray:
    """Darkens the picture where a body with this cover keeps the light away."""
    return picture * (1 - random.uniform(0.15, 0.75) * _shadow(random, cover))


def _shadow(random: Generator, cover: np.ndarray) -> np.ndarray:
    """The cover, shifted and softened, size×size×1."""
    size = len(cover)
    down, right = (random.normal(0.03, 0.04, 2) * size).astype(int)
    shifted = np.roll(cover[..., 0], (down, right), (0, 1))
    return gaussian_filter(shifted, random.uniform(0.01, 0.06) * size)[..., np.newaxis]


def _gradient(random: Generator, size: int, strength: float) -> np.ndarray:
    """A slope of brightness in any direction, size×size×1 around 1."""
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    turn = random.uniform(0, 2 * np.pi)
    slope = x * np.cos(turn) + y * np.sin(turn)
    return np.float32(1 + strength * random.uniform(-1, 1) * slope)[..., np.newaxis]


def _two_planes(random: Generator, size: int, natural: bool) -> np.ndarray:
    """A floor and what stands behind it: walls, hedges, furniture."""
    families = [str(name) for name in random.choice(("scene", "scene", "scene", "plant"), 2)]
    floor, wall = (surface(random, size, family if natural else None) for family in families)
    horizon = random.uniform(0.1, 0.8) + random.normal(0, 0.12) * np.linspace(-1, 1, size)
    y = np.linspace(0, 1, size)[:, np.newaxis]
    below = np.clip((y - horizon) * size / random.uniform(1, 6) + 0.5, 0, 1)[..., np.newaxis]
    floor = floor * _gradient(random, size, 0.6)
    wall = wall * _gradient(random, size, 0.6)
    return np.float32(wall + below * (floor - wall))


def _meadow(random: Generator, size: int, natural: bool) -> np.ndarray:
    """Grass or leaves below, sky or woods above."""
    grass = surface(
        random, size, "plant" if natural else None, ("strokes", "fur", "grain", "clouds")
    )
    above = surface(
        random,
        size,
        str(random.choice(("sky", "plant"))) if natural else None,
        ("clouds", "leaves", "cells"),
    )
    y = np.linspace(0, 1, size)[:, np.newaxis, np.newaxis]
    below = np.clip((y - random.uniform(-0.2, 0.7)) / random.uniform(0.02, 0.3) + 0.5, 0, 1)
    return np.float32(above + below * (grass - above))


def _heap(random: Generator, size: int, natural: bool) -> np.ndarray:
    """Dead leaves: things upon things, each with a surface of its own."""
    scene = surface(random, size, "scene" if natural else None)
    for _ in range(int(random.integers(5, 14))):
        family = str(random.choice(("scene", "plant"))) if natural else None
        cover = flat_shape(random, size)
        scene = scene + cover * (surface(random, size, family) - scene)
    return scene


def _plain(random: Generator, size: int, natural: bool) -> np.ndarray:
    """One colour, a little light."""
    colour = colours(random, "scene" if natural else None, 1)[0]
    return np.float32(np.ones((size, size, 3)) * colour * _gradient(random, size, 0.7))
