"""Surfaces of the broad drawn world: noise, fur, leaves, cells, weaves; and colours for them.

A *tile* is a grey picture, uint8 TILE×TILE, drawn once from its number. A *texture* is a window
of a tile, turned and enlarged, uint8 size×size. A *ramp* float32 256×3 gives each grey a colour,
so ``ramp[texture]`` is a coloured surface. Pets, things and scenery all take from the same tiles:
what a thing is must be told by its shape and not by its texture alone.

Sources: D. J. Field, "Relations between the statistics of natural images and the response
properties of cortical cells" (1987), for 1/f noise; A. B. Lee, D. Mumford and J. Huang,
"Occlusion models for natural images" (2001), for dead leaves; M. Baradad et al., "Learning to See
by Looking at Noise" (2021), for learning from both; S. Worley, "A Cellular Texture Basis
Function" (1996).
"""

from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFilter
from scipy.spatial import cKDTree

TILE = 384
TILES = 240
TILE_SEED = 4_000_000_000

Generator = np.random.Generator

NATURAL = {
    "scene": (
        (0.85, 0.82, 0.76),
        (0.62, 0.55, 0.46),
        (0.40, 0.33, 0.27),
        (0.72, 0.74, 0.76),
        (0.50, 0.53, 0.56),
        (0.24, 0.24, 0.26),
        (0.66, 0.44, 0.30),
        (0.35, 0.42, 0.52),
        (0.93, 0.92, 0.90),
        (0.58, 0.32, 0.28),
        (0.78, 0.70, 0.55),
        (0.30, 0.38, 0.34),
    ),
    "plant": (
        (0.30, 0.42, 0.16),
        (0.45, 0.56, 0.24),
        (0.18, 0.27, 0.10),
        (0.60, 0.62, 0.34),
        (0.52, 0.46, 0.28),
        (0.38, 0.30, 0.18),
        (0.72, 0.68, 0.48),
        (0.12, 0.16, 0.09),
    ),
    "sky": ((0.60, 0.74, 0.90), (0.82, 0.88, 0.94), (0.93, 0.94, 0.95), (0.70, 0.73, 0.78)),
    "coat": (
        (0.10, 0.09, 0.09),
        (0.22, 0.19, 0.17),
        (0.38, 0.36, 0.35),
        (0.60, 0.58, 0.56),
        (0.93, 0.91, 0.87),
        (0.86, 0.76, 0.60),
        (0.76, 0.56, 0.34),
        (0.64, 0.40, 0.20),
        (0.48, 0.30, 0.17),
        (0.33, 0.20, 0.12),
        (0.55, 0.47, 0.37),
        (0.84, 0.70, 0.50),
    ),
}


def colours(random: Generator, family: str | None, count: int) -> np.ndarray:
    """Colours of one family, or any colours at all where the family is None.

    Returns:
        float32 count×3, 0 to 1.
    """
    if family is None:
        chosen = random.uniform(0, 1, (count, 3))
        grey = chosen.mean(axis=1, keepdims=True)
        chosen = grey + random.uniform(0.1, 1.3) * (chosen - grey)
    else:
        known = np.array(NATURAL[family])
        chosen = known[random.integers(len(known), size=count)]
        chosen = chosen * random.uniform(0.75, 1.2) + random.normal(0, 0.04, (count, 3))
    return np.clip(chosen, 0.01, 0.99).astype(np.float32)


def ramp(random: Generator, family: str | None) -> np.ndarray:
    """A run through two to four colours, float32 256×3."""
    stops = colours(random, family, random.integers(2, 5))
    if family is not None or random.random() < 0.5:
        stops = stops[np.argsort(stops.sum(axis=1))]
    places = np.linspace(0, 255, len(stops))
    run = np.stack([np.interp(np.arange(256), places, stops[:, band]) for band in range(3)], 1)
    calm = run.mean(axis=0) if random.random() < 0.6 else run[random.integers(256)]
    return (calm + random.uniform(0.15, 1.0) * (run - calm)).astype(np.float32)


def texture(random: Generator, size: int, kinds: tuple[str, ...] = ()) -> np.ndarray:
    """A turned, enlarged window of a tile, uint8 size×size.

    Args:
        random: source of chance.
        size: height and width in pixels.
        kinds: only tiles of these kinds (keys of ``KINDS``); empty for any.
    """
    kind = str(random.choice(kinds or tuple(KINDS)))
    number = int(random.integers(TILES // len(KINDS))) * len(KINDS) + tuple(KINDS).index(kind)
    turn = random.uniform(0, 2 * np.pi) if random.random() < 0.5 else 0.0
    scale = np.exp(random.uniform(np.log(0.35), np.log(1.7)))
    cos, sin = scale * np.cos(turn), scale * np.sin(turn)
    reach = size * (abs(cos) + abs(sin)) / 2
    free = max(TILE / 2 - reach, 0)
    middle = TILE / 2 + random.uniform(-free, free, 2)
    half = size / 2
    place = (
        cos,
        -sin,
        middle[0] - cos * half + sin * half,
        sin,
        cos,
        middle[1] - sin * half - cos * half,
    )
    window = tile(number).transform(
        (size, size), Image.Transform.AFFINE, place, Image.Resampling.BILINEAR
    )
    return np.asarray(window)


def surface(
    random: Generator, size: int, family: str | None, kinds: tuple[str, ...] = ()
) -> np.ndarray:
    """A coloured texture with a finer one over it, float32 size×size×3."""
    coloured = ramp(random, family)[texture(random, size, kinds)]
    if random.random() < 0.6:
        detail = texture(random, size, ("grain", "fur", "strokes", "clouds"))
        coloured = coloured * (1 + random.uniform(0.1, 0.7) * detail_around_zero(detail))
    return coloured


def detail_around_zero(detail: np.ndarray) -> np.ndarray:
    """Greys as a factor around zero, float32 h×w×1 in [-0.5, 0.5]."""
    return detail[..., np.newaxis].astype(np.float32) / 255 - 0.5


@lru_cache(maxsize=TILES)
def tile(number: int) -> Image.Image:
    """Tile ``number``, a grey picture of TILE×TILE pixels, always the same."""
    random = np.random.default_rng(TILE_SEED + number)
    grey = tuple(KINDS.values())[number % len(KINDS)](random)
    low, high = np.percentile(grey, (1, 99))
    return Image.fromarray(np.uint8(np.clip((grey - low) / max(high - low, 1e-6), 0, 1) * 255))


def _spectral(random: Generator, slope: float, stretch: float) -> np.ndarray:
    """Noise whose amplitude falls with frequency to the power of ``slope``, stretched sideways."""
    y, x = np.meshgrid(np.fft.fftfreq(TILE) * stretch, np.fft.rfftfreq(TILE), indexing="ij")
    amplitude = (np.hypot(y, x) + 1 / TILE) ** -slope
    return np.fft.irfft2(np.fft.rfft2(random.normal(size=(TILE, TILE))) * amplitude, (TILE, TILE))


def _warped(random: Generator, grey: np.ndarray, strength: float) -> np.ndarray:
    """Moves pixels about by smooth noise of ``strength`` pixels."""
    y, x = np.indices(grey.shape)
    shift = [_spectral(random, 2.0, 1.0) for _ in range(2)]
    y, x = (
        np.int64(place + strength * move / move.std()) % TILE
        for place, move in zip((y, x), shift, strict=True)
    )
    return grey[y, x]


def _clouds(random: Generator) -> np.ndarray:
    grey = _spectral(random, random.uniform(0.7, 2.2), np.exp(random.uniform(-1.2, 1.2)))
    if random.random() < 0.3:
        return np.tanh(3 * (grey - grey.mean()) / grey.std())
    return np.abs(grey - grey.mean()) if random.random() < 0.2 else grey


def _fur(random: Generator) -> np.ndarray:
    long, thin = random.uniform(4, 16), random.uniform(0.5, 1.3)
    y, x = np.meshgrid(np.fft.fftfreq(TILE), np.fft.rfftfreq(TILE), indexing="ij")
    keep = np.exp(-2 * np.pi**2 * ((long * y) ** 2 + (thin * x) ** 2))
    combed = np.fft.irfft2(np.fft.rfft2(random.normal(size=(TILE, TILE))) * keep, (TILE, TILE))
    shade = _spectral(random, 1.8, 1.0)
    combed = combed / combed.std() + random.uniform(0, 1.2) * shade / shade.std()
    return _warped(random, combed, random.uniform(0, 14))


def _grain(random: Generator) -> np.ndarray:
    return _spectral(random, random.uniform(0, 0.6), 1.0)


def _leaves(random: Generator) -> np.ndarray:
    """Dead leaves: shapes of all sizes lying over each other."""
    picture = Image.new("L", (TILE, TILE), 128)
    draw = ImageDraw.Draw(picture)
    smallest, corners = random.uniform(2, 6), int(random.integers(2, 7))
    for _ in range(int(random.integers(700, 2200))):
        radius = min(smallest / np.sqrt(random.uniform(0.002, 1)), 90)
        x, y = random.uniform(-20, TILE + 20, 2)
        grey = int(random.integers(256))
        if corners == 2:
            wide = radius * random.uniform(0.3, 1)
            draw.ellipse((x - radius, y - wide, x + radius, y + wide), fill=grey)
        else:
            turns = random.uniform(0, 2 * np.pi) + np.arange(corners) * 2 * np.pi / corners
            outline = np.stack([x + radius * np.cos(turns), y + radius * np.sin(turns)], 1)
            draw.polygon([tuple(point) for point in outline], fill=grey)
    return np.float32(picture.filter(ImageFilter.GaussianBlur(random.uniform(0, 1.5))))


def _cells(random: Generator) -> np.ndarray:
    points = random.uniform(0, TILE, (int(random.integers(40, 900)), 2))
    distance, index = cKDTree(points, boxsize=TILE).query(
        np.indices((TILE, TILE)).reshape(2, -1).T, k=2
    )
    choice = random.integers(3)
    grey = (
        distance[:, 0],
        distance[:, 1] - distance[:, 0],
        random.uniform(size=len(points))[index[:, 0]],
    )[choice]
    return _warped(random, grey.reshape(TILE, TILE), random.uniform(0, 6))


def _stripes(random: Generator) -> np.ndarray:
    y, x = np.indices((TILE, TILE))
    turn, period = random.uniform(0, np.pi), np.exp(random.uniform(np.log(5), np.log(60)))
    wave = np.sin(2 * np.pi * (x * np.cos(turn) + y * np.sin(turn)) / period)
    wave = np.tanh(wave * random.uniform(0.5, 6) + random.uniform(-1, 1))
    return _warped(random, wave, random.uniform(0, 20) * (random.random() < 0.7))


def _weave(random: Generator) -> np.ndarray:
    """Checks, tiles, bricks and planks."""
    high, wide = np.exp(random.uniform(np.log(6), np.log(90), 2)).astype(int) + 2
    y, x = np.indices((TILE, TILE))
    row = y // high
    x = x + (row % 2) * (wide // 2) * random.integers(2)
    greys = random.uniform(size=(TILE // high + 2, 2 * TILE // wide + 2))
    grey = greys[row, x // wide]
    if random.random() < 0.4:
        grey = (row + x // wide) % 2 + 0.2 * grey
    joint = (y % high < random.integers(0, 3)) | (x % wide < random.integers(0, 3))
    grey = np.where(joint, random.uniform(-0.3, 1.3), grey)
    grain = _spectral(random, 1.0, np.exp(random.uniform(-2, 2)))
    return _warped(
        random, grey + random.uniform(0, 0.3) * grain / grain.std(), random.uniform(0, 4)
    )


def _strokes(random: Generator) -> np.ndarray:
    """Blades, hairs, twigs: lines that bend about one direction."""
    picture = Image.new("L", (TILE, TILE), 60)
    draw = ImageDraw.Draw(picture)
    main, spread = random.uniform(0, np.pi), random.uniform(0.05, 1.2)
    long, thick = random.uniform(10, 60), int(random.integers(1, 5))
    for _ in range(int(random.integers(500, 2500))):
        x, y = random.uniform(-20, TILE + 20, 2)
        turn = main + random.normal() * spread
        bend = turn + random.normal() * 0.4
        middle = (x + long * np.cos(turn) / 2, y + long * np.sin(turn) / 2)
        end = (middle[0] + long * np.cos(bend) / 2, middle[1] + long * np.sin(bend) / 2)
        draw.line([(x, y), middle, end], fill=int(random.integers(256)), width=thick)
    return np.float32(picture.filter(ImageFilter.GaussianBlur(random.uniform(0, 1.2))))


KINDS = {
    "clouds": _clouds,
    "fur": _fur,
    "leaves": _leaves,
    "stripes": _stripes,
    "cells": _cells,
    "weave": _weave,
    "strokes": _strokes,
    "grain": _grain,
}
