"""Things that lie about where pets are: balls, boxes, bowls, plants, leaves and flowers."""

from collections.abc import Sequence

import numpy as np
from numpy.random import RandomState
from numpy.typing import ArrayLike

from lessons_lib.drawing.breeds import Colour
from lessons_lib.drawing.shapes import (
    Place,
    Point,
    Window,
    disc_distance,
    segment_distance,
    window_of,
)

_TOYS = (
    (0.80, 0.22, 0.18),
    (0.86, 0.72, 0.20),
    (0.20, 0.42, 0.70),
    (0.25, 0.55, 0.35),
    (0.75, 0.80, 0.25),
    (0.85, 0.50, 0.22),
    (0.55, 0.35, 0.60),
)
_LEAVES = ((0.80, 0.48, 0.16), (0.70, 0.30, 0.14), (0.84, 0.66, 0.22), (0.52, 0.36, 0.18))
_FLOWERS = ((0.96, 0.94, 0.88), (0.95, 0.82, 0.25), (0.75, 0.50, 0.80), (0.90, 0.45, 0.50))


def pick_colour(random: RandomState, choices: Sequence[Colour], spread: float = 0.05) -> np.ndarray:
    """One of some colours, a little brighter or darker: float32 3×1×1."""
    base = np.array(choices[random.randint(len(choices))], np.float32)
    colour = base * (1 + random.uniform(-1.6, 1.6) * spread) + random.uniform(-0.012, 0.012, 3)
    return as_colour(np.clip(colour, 0.02, 0.98))


def as_colour(colour: ArrayLike) -> np.ndarray:
    """Red, green and blue as float32 3×1×1, or a picture float32 3×h×w as it is."""
    colour = np.asarray(colour, np.float32)
    return colour[:, None, None] if colour.ndim == 1 else colour


def pad_distance(
    x: np.ndarray, y: np.ndarray, center: Point, half: Point, rounding: float
) -> np.ndarray:
    """Signed distance to an upright rectangle with round corners."""
    dx = np.abs(x - center[0]) - (half[0] - rounding)
    dy = np.abs(y - center[1]) - (half[1] - rounding)
    out_x, out_y = np.maximum(dx, 0), np.maximum(dy, 0)
    return np.sqrt(out_x * out_x + out_y * out_y) + np.minimum(np.maximum(dx, dy), 0) - rounding


def lay(
    image: np.ndarray, place: Place, distance: np.ndarray, colour: ArrayLike, softness: float = 1.0
) -> None:
    """Paint a colour (3,) or (3, h, w) on a window where ``distance`` is negative."""
    share = np.clip(0.5 - distance / softness, 0, 1).astype(np.float32)
    patch = image[:, place[0], place[1]]
    patch += share * (as_colour(colour) - patch)


def add_things(
    random: RandomState, image: np.ndarray, horizon: float, scale: float, count: int
) -> None:
    """Put ``count`` balls, boxes, bowls and plants on the ground, farthest first."""
    height, width = image.shape[1:]
    low = max(horizon + 0.05 * scale, 0)
    rows = np.sort(random.uniform(low, max(height * 1.02, low + 5), count))
    for row in rows:
        nearness = np.clip((row - horizon) / max(scale, 1), 0, 1)
        size = scale * random.uniform(0.13, 0.30) * (0.6 + 0.5 * nearness)
        foot = (random.uniform(-0.05, 1.05) * width, row)
        thing = (_ball, _box, _bowl, _plant)[random.randint(4)]
        window = window_of(image, (foot[0], foot[1] - size), 2.6 * size + 2)
        if window is not None:
            _cast(image, window, foot, size)
            thing(random, image, window, foot, size)


def scatter(
    random: RandomState,
    image: np.ndarray,
    horizon: float,
    scale: float,
    kind: str,
    count: int,
) -> None:
    """Scatter fallen leaves or flowers over the ground."""
    height, width = image.shape[1:]
    colours = _LEAVES if kind == "leaves" else _FLOWERS[random.randint(4) :][:2]
    for _ in range(count):
        share = random.uniform()
        center = (random.uniform(0, width), horizon + share * share * (height - horizon) + 1)
        size = max((0.012 + 0.03 * share) * scale, 0.8)
        window = window_of(image, center, 2 * size + 1)
        if window is None:
            continue
        place, x, y = window
        colour = pick_colour(random, colours, 0.1)
        if kind == "leaves":
            lean = random.uniform(-1, 1)
            end = (center[0] + size * 1.3, center[1] + lean * size)
            lay(
                image, place, segment_distance(x, y, center, end, 0.7 * size, 0.1 * size)[0], colour
            )
        else:
            lay(image, place, disc_distance(x, y, center, (size * 0.8, size * 0.6)), colour, 1.4)


def _cast(image: np.ndarray, window: Window, foot: Point, size: float) -> None:
    """A soft shadow on the ground around ``foot``."""
    place, x, y = window
    distance = disc_distance(x, y, foot, (size * 1.3, size * 0.42)) / (size * 0.42)
    image[:, place[0], place[1]] *= (1 - 0.45 * np.clip(-distance, 0, 1)).astype(np.float32)


def _ball(random: RandomState, image: np.ndarray, window: Window, foot: Point, size: float) -> None:
    place, x, y = window
    radius = size * 0.7
    center = (foot[0], foot[1] - radius * 0.85)
    colour = pick_colour(random, _TOYS)
    dx, dy = (x - center[0]) / radius, (y - center[1]) / radius
    tone = np.clip(0.80 - 0.35 * dy - 0.2 * dx - 0.2 * (dx * dx + dy * dy), 0.3, 1.15)
    shine_x, shine_y = dx + 0.35, dy + 0.4
    shine = np.clip(1 - 9 * (shine_x * shine_x + shine_y * shine_y), 0, 1)
    band = (np.abs(dy + 0.3 * dx) < 0.18) & (random.uniform() < 0.5)
    tint = np.where(band, np.float32(0.9), colour)
    lay(image, place, disc_distance(x, y, center, (radius, radius)), tint * tone + 0.4 * shine)


def _box(random: RandomState, image: np.ndarray, window: Window, foot: Point, size: float) -> None:
    place, x, y = window
    colour = pick_colour(
        random,
        (
            (0.70, 0.54, 0.36),
            (0.62, 0.46, 0.30),
            (0.76, 0.62, 0.44),
            (0.42, 0.52, 0.60),
            (0.80, 0.76, 0.70),
        ),
    )
    half = (size * random.uniform(0.7, 1.2), size * random.uniform(0.5, 0.9))
    center = (foot[0], foot[1] - half[1])
    lid = np.where(y < center[1] - half[1] * 0.45, np.float32(1.14), np.float32(0.90))
    tone = lid * np.where(x > center[0] + half[0] * 0.35, np.float32(0.84), np.float32(1))
    tone = tone * (1 - 0.12 * (y - center[1]) / half[1])
    lay(image, place, pad_distance(x, y, center, half, size * 0.08), colour * tone)


def _bowl(random: RandomState, image: np.ndarray, window: Window, foot: Point, size: float) -> None:
    place, x, y = window
    colour = pick_colour(random, ((0.85, 0.84, 0.80), (0.60, 0.64, 0.68), *_TOYS))
    center = (foot[0], foot[1] - size * 0.28)
    tone = np.clip(0.9 - 0.3 * (x - center[0]) / size, 0.5, 1.2) + 0 * y
    body, _, _ = segment_distance(
        x,
        y,
        (center[0] - size * 0.45, center[1]),
        (center[0] + size * 0.45, center[1]),
        size * 0.28,
        size * 0.28,
    )
    lay(image, place, body, colour * tone)
    rim = (center[0], center[1] - size * 0.20)
    lay(image, place, disc_distance(x, y, rim, (size * 0.66, size * 0.17)), colour * 1.1)
    lay(image, place, disc_distance(x, y, rim, (size * 0.56, size * 0.12)), (0.36, 0.25, 0.17))


def _plant(
    random: RandomState, image: np.ndarray, window: Window, foot: Point, size: float
) -> None:
    place, x, y = window
    leaf = pick_colour(random, ((0.24, 0.44, 0.22), (0.34, 0.50, 0.24), (0.20, 0.38, 0.28)))
    pot = pick_colour(random, ((0.66, 0.38, 0.26), (0.82, 0.80, 0.76), (0.36, 0.38, 0.42)))
    top = (foot[0], foot[1] - size)
    for _ in range(8):
        reach, side = random.uniform(0.9, 1.9) * size, random.uniform(-1.1, 1.1)
        end = (top[0] + side * size, top[1] - reach)
        middle = ((top[0] + end[0]) / 2, (top[1] + end[1]) / 2)
        part = window_of(image, middle, max(reach, abs(side) * size) / 2 + 0.2 * size)
        if part is not None:
            distance, share, _ = segment_distance(*part[1:], top, end, 0.18 * size, 0.03 * size)
            lay(image, part[0], distance, leaf * (0.7 + 0.45 * share + 0.1 * side))
    tone = np.clip(1 - 0.3 * (x - foot[0]) / size, 0.6, 1.2) + 0 * y
    body, _, _ = segment_distance(
        x,
        y,
        (foot[0], foot[1] - size * 0.95),
        (foot[0], foot[1] - size * 0.25),
        size * 0.5,
        size * 0.34,
    )
    lay(image, place, body, pot * tone)
