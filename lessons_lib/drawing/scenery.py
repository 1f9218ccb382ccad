"""Places for pets to be in: rooms and gardens, with things lying about."""

import numpy as np
from numpy.random import RandomState

from lessons_lib.drawing import grounds
from lessons_lib.drawing.noise import clouds, cut, fur_tiles, grain_tile
from lessons_lib.drawing.shapes import Point, disc_distance, window_of
from lessons_lib.drawing.things import as_colour, lay, pad_distance, pick_colour, scatter

PLACES = (
    "lawn",
    "garden",
    "meadow",
    "path",
    "autumn",
    "beach",
    "boards",
    "tiles",
    "carpet",
    "sofa",
    "blanket",
)
GRASSY = ("lawn", "garden", "meadow", "autumn")
_INDOORS = ("boards", "tiles", "carpet", "sofa", "blanket")


def paint_scenery(
    random: RandomState, place: str, height: int, width: int, horizon: float, scale: float
) -> np.ndarray:
    """Paint a place without its pet.

    Args:
        place: one of ``PLACES``.
        height, width: size of the picture.
        horizon: row where the ground ends.
        scale: pixels in a pet unit, which sizes boards, blades and cushions.

    Returns:
        float32 3×h×w in [0, 1].
    """
    back, ground = _PLACES[place]
    image = back(random, height, width, horizon, scale)
    row = np.arange(height, dtype=np.float32)[:, None]
    floor = ground(random, height, width, horizon, scale)
    edge = 2.0 if place in _INDOORS else max(0.06 * scale, 2.0)
    share = np.clip((row - np.float32(horizon)) / np.float32(edge) + 0.5, 0, 1)
    image = np.ascontiguousarray(image + share * (floor - image), np.float32)
    if place == "autumn":
        scatter(random, image, horizon, scale, "leaves", random.randint(15, 50))
    if place == "meadow":
        scatter(random, image, horizon, scale, "flowers", random.randint(15, 60))
    return image


def let_light_in(random: RandomState, image: np.ndarray, place: str) -> None:
    """Let light fall unevenly: through a window indoors, through leaves outdoors."""
    height, width = image.shape[1:]
    if random.uniform() < 0.45:
        return
    strength = np.float32(random.uniform(0.06, 0.22))
    if place not in _INDOORS:
        dapple = np.clip(2.5 * clouds(random, height, width, 0.16 * max(height, width)), -1, 1)
        image *= 1 + strength * dapple
        return
    x = np.arange(width, dtype=np.float32)[None, :]
    y = np.arange(height, dtype=np.float32)[:, None]
    lean, side = random.uniform(-0.8, 0.8), max(height, width)
    center = (random.uniform(0.1, 0.9) * width, random.uniform(0.2, 0.9) * height)
    distance = pad_distance(
        x + lean * (y - center[1]), y, center, (0.22 * side, 0.30 * side), 0.02 * side
    )
    bars = np.minimum(np.abs(x + lean * (y - center[1]) - center[0]), np.abs(y - center[1]))
    beam = np.clip(0.5 - distance / (0.05 * side), 0, 1)
    beam = beam * (1 - 0.8 * np.clip(1.5 - bars / (0.012 * side), 0, 1))
    warm = as_colour((1.1, 1.0, 0.8))
    image *= 1 + 1.6 * strength * beam.astype(np.float32) * warm


def _foliage(
    random: RandomState, height: int, width: int, horizon: float, scale: float
) -> np.ndarray:
    """Trees and hedges out of focus, with discs of light, under some sky."""
    leaf = pick_colour(
        random, ((0.30, 0.42, 0.20), (0.38, 0.48, 0.26), (0.24, 0.36, 0.24), (0.48, 0.44, 0.24))
    )
    sky = pick_colour(random, ((0.74, 0.84, 0.93), (0.85, 0.88, 0.90), (0.92, 0.88, 0.80)))
    big = clouds(random, height, width, 0.7 * scale + 12)
    small = clouds(random, height, width, 0.22 * scale + 6)
    image = leaf * (1 + 0.35 * big + 0.22 * small)
    row = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    open_sky = np.clip(
        (random.uniform(-0.2, 0.5) - row * height / max(horizon, 30) + 0.35 * big) * 4, 0, 1
    )
    image = image + open_sky * (sky - image)
    for _ in range(random.randint(0, 12)):
        _bokeh(random, image, horizon, scale)
    return image


def _bokeh(random: RandomState, image: np.ndarray, horizon: float, scale: float) -> None:
    """One disc of light out of focus."""
    radius = random.uniform(0.05, 0.16) * scale + 2
    center = (random.uniform(0, image.shape[2]), random.uniform(-10, max(horizon, 20)))
    window = window_of(image, center, radius + 2)
    strength = random.uniform(0.08, 0.28)
    if window is not None:
        place, x, y = window
        share = strength * np.clip(0.5 - disc_distance(x, y, center, (radius, radius)) / 3, 0, 1)
        patch = image[:, place[0], place[1]]
        patch += share.astype(np.float32) * (as_colour((1.0, 0.98, 0.84)) - patch)


def _planks(
    random: RandomState, height: int, width: int, horizon: float, scale: float
) -> np.ndarray:
    """A wooden fence, with some sky or leaves above it."""
    image = _foliage(random, height, width, horizon, scale)
    wood = pick_colour(
        random, ((0.56, 0.47, 0.38), (0.72, 0.66, 0.58), (0.86, 0.84, 0.80), (0.44, 0.34, 0.26))
    )
    top = int(max(horizon - random.uniform(0.7, 1.5) * scale, 0))
    wide = random.uniform(0.16, 0.30) * scale + 4
    place = (np.arange(width, dtype=np.float32) + np.float32(random.uniform(0, wide))) / wide
    plank = np.floor(place)
    tones = 1 + 0.10 * random.uniform(-1, 1, 64).astype(np.float32)[plank.astype(np.int64) % 64]
    gap = np.clip((np.abs(place - plank - 0.5) - 0.5) * wide / 1.5 + 1.4, 0, 1)
    veins = cut(fur_tiles()[4], random, height - top, width)
    tone = (tones * (1 - 0.45 * gap))[None, :] * (1 + 0.04 * veins)
    image[:, top:] = wood * tone
    return image


def _bricks(
    random: RandomState, height: int, width: int, horizon: float, scale: float
) -> np.ndarray:
    """A brick wall outdoors."""
    clay = pick_colour(random, ((0.60, 0.36, 0.27), (0.66, 0.50, 0.38), (0.74, 0.70, 0.64)))
    high = np.float32(0.13 * scale + 3)
    x = np.arange(width, dtype=np.float32)[None, :]
    y = np.arange(height, dtype=np.float32)[:, None]
    row = np.floor((y - np.float32(horizon)) / high)
    place = x / (high * 2.4) + 0.5 * (row - 2 * np.floor(row / 2))
    stone = np.floor(place)
    tones = random.uniform(-1, 1, 97).astype(np.float32)[
        (stone * 7 + row * 31).astype(np.int64) % 97
    ]
    in_y = np.abs((y - np.float32(horizon)) / high - row - 0.5) * high
    in_x = np.abs(place - stone - 0.5) * high * 2.4
    joint = np.maximum(in_y - high * 0.5, in_x - high * 1.2) + 1.6
    joint = np.clip(joint, 0, 1) * 0.6
    grit = cut(grain_tile(), random, height, width)
    image = clay * (1 + 0.13 * tones + 0.03 * grit)
    return image + joint * (np.float32(0.68) - image)


def _sea(random: RandomState, height: int, width: int, horizon: float, scale: float) -> np.ndarray:
    """Sky with soft clouds over a strip of sea."""
    sky = pick_colour(random, ((0.58, 0.74, 0.90), (0.78, 0.85, 0.90), (0.88, 0.82, 0.76)))
    sea = pick_colour(random, ((0.30, 0.50, 0.58), (0.36, 0.54, 0.66)))
    y = np.arange(height, dtype=np.float32)[:, None]
    puffs = np.clip(clouds(random, height, width, 0.45 * scale + 12) + 0.1, 0, 1)
    image = sky * np.float32(0.96) + (0.10 * y / height)
    image = image + 0.6 * puffs * (np.float32(0.95) - image)
    line = horizon - random.uniform(0.10, 0.45) * scale
    waves = 1 + 0.06 * cut(fur_tiles()[0], random, height, width)
    share = np.clip(y - np.float32(line), 0, 1)
    return image + share * (sea * waves - image)


def _wall(random: RandomState, height: int, width: int, horizon: float, scale: float) -> np.ndarray:
    """A painted or papered wall, with a skirting board and perhaps a picture or a window."""
    paint = pick_colour(
        random,
        (
            (0.86, 0.83, 0.77),
            (0.72, 0.76, 0.78),
            (0.80, 0.72, 0.62),
            (0.62, 0.68, 0.62),
            (0.55, 0.58, 0.66),
            (0.84, 0.76, 0.74),
        ),
    )
    row = np.arange(height, dtype=np.float32)[:, None]
    column = np.arange(width, dtype=np.float32)[None, :]
    fall = clouds(random, height, width, 0.9 * max(height, width))
    image = paint * (1 + 0.10 * fall)
    if random.uniform() < 0.3:
        stripe = column / np.float32(0.22 * scale + 5)
        image = image * (1 - 0.05 * (stripe - np.floor(stripe) < 0.5))
    if random.uniform() < 0.55:
        _frame(random, image, horizon, scale)
    board = np.float32(horizon - random.uniform(0.10, 0.18) * scale)
    share = np.clip(row - board, 0, 1)
    skirting = np.clip(paint * 0.3 + 0.65, 0, 0.97) * np.ones_like(image)
    skirting = skirting * (1 - 0.25 * (np.abs(row - board) < 1.2))
    return image + share * (skirting - image)


def _frame(random: RandomState, image: np.ndarray, horizon: float, scale: float) -> None:
    """A picture on the wall, or a window."""
    height, width = image.shape[1:]
    wide, high = random.uniform(0.5, 1.1, 2) * scale
    left = random.uniform(-0.3, 1.0) * width
    bottom = horizon - random.uniform(0.5, 0.9) * scale
    window = random.uniform() < 0.5
    inner = pick_colour(
        random,
        ((0.82, 0.90, 0.96),)
        if window
        else ((0.45, 0.55, 0.52), (0.75, 0.60, 0.45), (0.38, 0.42, 0.55)),
    )
    border = pick_colour(random, ((0.94, 0.93, 0.91), (0.30, 0.22, 0.16), (0.55, 0.40, 0.26)))
    for grow, colour in ((0.06 * scale + 1, border), (0, inner)):
        top, low = int(max(bottom - high - grow, 0)), int(np.clip(bottom + grow, 0, height))
        first, last = (
            int(np.clip(left - grow, 0, width)),
            int(np.clip(left + wide + grow, 0, width)),
        )
        image[:, top:low, first:last] = colour


def _sofa_back(
    random: RandomState, height: int, width: int, horizon: float, scale: float
) -> np.ndarray:
    """The back of a sofa with cushions, before a wall."""
    image = _wall(random, height, width, horizon, scale)
    cloth = pick_colour(
        random,
        (
            (0.55, 0.50, 0.46),
            (0.36, 0.44, 0.50),
            (0.62, 0.40, 0.34),
            (0.46, 0.50, 0.40),
            (0.70, 0.64, 0.56),
        ),
    )
    weave = cut(grain_tile(), random, height, width)
    folds = clouds(random, height, width, 0.4 * scale + 8)
    rise = random.uniform(0.8, 1.3) * scale
    wide = random.uniform(0.9, 1.3) * scale
    offset = random.uniform(0, wide)
    for index in range(-1, int(width / wide) + 2):
        center = (offset + index * wide, horizon - rise * 0.42)
        window = window_of(image, center, max(wide * 0.5, rise * 0.6) + 2)
        if window is None:
            continue
        place, x, y = window
        distance = pad_distance(x, y, center, (wide * 0.5, rise * 0.6), 0.16 * scale)
        round_off = np.clip(-distance / (0.22 * scale), 0, 1)
        tone = 0.62 + 0.38 * round_off * (2 - round_off)
        tone = tone + 0.07 * folds[place] + 0.03 * weave[place]
        lay(image, place, distance, cloth * tone, 1.5)
    if random.uniform() < 0.7:
        _cushion(random, image, (random.uniform(0, width), horizon - 0.25 * scale), 0.36 * scale)
    return image


def _cushion(random: RandomState, image: np.ndarray, center: Point, size: float) -> None:
    colour = pick_colour(
        random,
        (
            (0.80, 0.62, 0.30),
            (0.70, 0.30, 0.28),
            (0.32, 0.46, 0.52),
            (0.85, 0.80, 0.72),
            (0.45, 0.52, 0.36),
        ),
    )
    lean = random.uniform(-0.5, 0.5)
    window = window_of(image, center, 1.6 * size)
    striped = random.uniform() < 0.5
    if window is None:
        return
    place, x, y = window
    dx, dy = x - center[0], y - center[1]
    dx, dy = dx + lean * dy, dy - lean * dx
    distance = pad_distance(dx, dy, (0, 0), (size, size * 0.85), size * 0.3)
    round_off = np.clip(-distance / size, 0, 1)
    tone = 0.70 + 0.42 * round_off * (2 - round_off)
    if striped:
        band = dx / (0.28 * size)
        tone = tone * (1 - 0.22 * (band - np.floor(band) < 0.5))
    lay(image, place, distance, colour * tone, 1.5)


_PLACES = {
    "lawn": (_foliage, grounds.grass),
    "garden": (_planks, grounds.grass),
    "meadow": (_foliage, grounds.grass),
    "path": (_bricks, grounds.gravel),
    "autumn": (_foliage, grounds.grass),
    "beach": (_sea, grounds.sand),
    "boards": (_wall, grounds.boards),
    "tiles": (_wall, grounds.tiles),
    "carpet": (_wall, grounds.carpet),
    "sofa": (_sofa_back, grounds.seat),
    "blanket": (_sofa_back, grounds.blanket),
}
