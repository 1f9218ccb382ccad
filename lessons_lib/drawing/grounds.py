"""The ground under a pet: grass, boards, tiles, carpet, cloth, gravel, sand.

Each is a function of random numbers, the picture's height and width, the row of the horizon and
the pixels in a pet unit, and gives float32 3×h×w.
"""

from collections.abc import Sequence

import numpy as np
from numpy.random import RandomState

from lessons_lib.drawing.breeds import Colour
from lessons_lib.drawing.noise import clouds, cut, fur_tiles, grain_tile
from lessons_lib.drawing.things import as_colour, pick_colour


def grass(random: RandomState, height: int, width: int, horizon: float, scale: float) -> np.ndarray:
    blade = pick_colour(
        random, ((0.36, 0.50, 0.20), (0.44, 0.55, 0.26), (0.52, 0.54, 0.28), (0.30, 0.46, 0.22))
    )
    tall = fur_tiles()[3 + random.randint(3)]
    blades = cut(tall, random, height, width) + 0.6 * cut(fur_tiles()[4], random, height, width)
    patches = clouds(random, height, width, 0.5 * scale + 10)
    near = np.clip(_depth_rows(height, horizon, scale), 0, 1)
    tone = 1 + 0.16 * near * blades + 0.16 * patches + 0.10 * (near - 0.6)
    dry = as_colour((1.10, 1.0, 0.72))
    image = blade * tone
    return image * (1 + np.clip(0.6 * patches, 0, 0.5) * (dry - 1))


def boards(
    random: RandomState, height: int, width: int, horizon: float, scale: float
) -> np.ndarray:
    wood = pick_colour(
        random, ((0.66, 0.48, 0.31), (0.76, 0.62, 0.45), (0.46, 0.32, 0.22), (0.72, 0.66, 0.58))
    )
    near = _depth_rows(height, horizon, scale) + 0.35
    column = np.arange(width, dtype=np.float32)[None, :] - np.float32(random.uniform(0, 1) * width)
    place = column / (near * np.float32(0.30 * scale))
    board = np.floor(place)
    tones = random.uniform(-1, 1, 64).astype(np.float32)[board.astype(np.int64) % 64]
    edge = np.abs(place - board - 0.5)
    gap = np.clip((edge - 0.5) * near * np.float32(0.30 * scale) + 1.3, 0, 1)
    veins = cut(fur_tiles()[4], random, height, width)
    tone = (1 + 0.09 * tones + 0.05 * veins) * (1 - 0.40 * gap)
    shine = clouds(random, height, width, 0.8 * scale + 10)
    return wood * (tone + 0.08 * shine)


def tiles(random: RandomState, height: int, width: int, horizon: float, scale: float) -> np.ndarray:
    """Kitchen tiles in two tones, in perspective."""
    stone = pick_colour(random, ((0.82, 0.80, 0.76), (0.70, 0.60, 0.52), (0.58, 0.62, 0.64)))
    near = _depth_rows(height, horizon, scale) + 0.35
    size = np.float32(0.42 * scale + 4)
    column = (np.arange(width, dtype=np.float32)[None, :] - np.float32(0.5 * width)) / (near * size)
    row = np.float32(2.4) / near
    across, deep = np.floor(column), np.floor(row) + 0 * column
    checker = np.abs((across + deep) - 2 * np.floor((across + deep) / 2))
    near_edge = np.minimum(
        0.5 - np.abs(column - across - 0.5), 0.5 - np.abs(row - np.floor(row) - 0.5)
    )
    joint = np.clip(1.2 - near_edge * near * size, 0, 1)
    shine = clouds(random, height, width, 0.6 * scale + 10)
    contrast = np.float32(random.uniform(0.0, 0.28))
    tone = (1 - contrast * checker) * (1 - 0.22 * joint) + 0.06 * shine
    return stone * tone


def sand(random: RandomState, height: int, width: int, horizon: float, scale: float) -> np.ndarray:
    """Dry sand with ripples."""
    sand = pick_colour(random, ((0.82, 0.72, 0.55), (0.76, 0.68, 0.56)))
    ripples = clouds(random, height, width, 0.12 * scale + 4)
    tone = (
        1
        + 0.05 * cut(grain_tile(), random, height, width)
        + 0.10 * np.gradient(ripples, axis=0) * (0.12 * scale + 4)
    )
    return sand * tone


def carpet(
    random: RandomState, height: int, width: int, horizon: float, scale: float
) -> np.ndarray:
    wool = pick_colour(
        random,
        (
            (0.66, 0.60, 0.54),
            (0.52, 0.34, 0.30),
            (0.42, 0.46, 0.50),
            (0.74, 0.70, 0.62),
            (0.40, 0.46, 0.38),
        ),
    )
    tone = (
        1
        + 0.06 * cut(grain_tile(), random, height, width)
        + 0.07 * clouds(random, height, width, 0.5 * scale + 8)
    )
    image = wool * tone
    if random.uniform() < 0.4:
        near = _depth_rows(height, horizon, scale)
        band = 1.6 / (near + 0.5)
        stripe = band * 3 - np.floor(band * 3) < 0.35
        other = pick_colour(random, ((0.80, 0.74, 0.64), (0.34, 0.36, 0.44), (0.62, 0.36, 0.30)))
        image = np.where(stripe, other * tone, image)
    return image


def seat(random: RandomState, height: int, width: int, horizon: float, scale: float) -> np.ndarray:
    return _folds(
        random,
        height,
        width,
        ((0.58, 0.53, 0.48), (0.40, 0.47, 0.53), (0.64, 0.43, 0.37), (0.50, 0.53, 0.43)),
        scale,
        0.10,
    )


def blanket(
    random: RandomState, height: int, width: int, horizon: float, scale: float
) -> np.ndarray:
    return _folds(
        random,
        height,
        width,
        (
            (0.80, 0.74, 0.68),
            (0.66, 0.34, 0.32),
            (0.42, 0.52, 0.62),
            (0.76, 0.66, 0.46),
            (0.56, 0.48, 0.60),
        ),
        scale,
        0.22,
    )


def _folds(
    random: RandomState,
    height: int,
    width: int,
    choices: Sequence[Colour],
    scale: float,
    amount: float,
) -> np.ndarray:
    cloth = pick_colour(random, choices)
    big = clouds(random, height, width, 0.45 * scale + 8)
    slope = np.gradient(big, axis=0) * (0.45 * scale + 8)
    tone = (
        1
        + np.float32(amount) * (0.5 * big + 0.5 * slope)
        + 0.035 * cut(grain_tile(), random, height, width)
    )
    image = cloth * tone
    if random.uniform() < 0.4:
        x = np.arange(width, dtype=np.float32)[None, :]
        y = np.arange(height, dtype=np.float32)[:, None]
        check = pick_colour(random, choices)
        for line in (x + 4 * big, y * 1.6 + 4 * big):
            band = line / np.float32(0.32 * scale + 6)
            share = 0.38 * (band - np.floor(band) < 0.45)
            image = image + share * (check * tone - image)
    return image


def gravel(
    random: RandomState, height: int, width: int, horizon: float, scale: float
) -> np.ndarray:
    stone = pick_colour(random, ((0.66, 0.62, 0.56), (0.72, 0.64, 0.52), (0.56, 0.55, 0.55)))
    near = np.clip(_depth_rows(height, horizon, scale), 0.2, 1)
    tone = (
        1
        + 0.09 * near * cut(grain_tile(), random, height, width)
        + 0.10 * clouds(random, height, width, 4) * near
        + 0.08 * clouds(random, height, width, 0.5 * scale + 8)
    )
    return stone * tone


def _depth_rows(height: int, horizon: float, scale: float) -> np.ndarray:
    """How small things are at each row of the ground: 1 near, towards 0 at the horizon."""
    row = np.arange(height, dtype=np.float32)[:, None]
    return np.clip((row - np.float32(horizon)) / np.float32(max(1.3 * scale, 1)), 0.02, 3)
