"""Textures made of random numbers: soft clouds, fur, grain.

Only uniform numbers of ``RandomState`` are used, whose stream NumPy has frozen (NEP 19), and only
+ - * / sqrt on them, so that a texture is the same everywhere.
"""

from functools import lru_cache

import numpy as np
from numpy.random import RandomState

TILE = 512


def enlarge(small: np.ndarray, height: int, width: int) -> np.ndarray:
    """Bilinear enlargement of (h, w) or (h, w, c) to (height, width[, c]), float32."""
    small = np.asarray(small, np.float32)
    for axis, size in ((0, height), (1, width)):
        place = np.linspace(0, small.shape[axis] - 1, size, dtype=np.float32)
        low = np.minimum(place.astype(np.int64), small.shape[axis] - 2)
        share = place - low
        share = share.reshape((-1, 1) if axis == 0 else (1, -1))
        share = share[..., None] if small.ndim == 3 else share
        first, second = small.take(low, axis), small.take(low + 1, axis)
        small = first + share * (second - first)
    return small


def clouds(random: RandomState, height: int, width: int, cell: float) -> np.ndarray:
    """Smooth noise in about [-1, 1] with bumps of ``cell`` pixels: float32 height × width."""
    rows, columns = int(height / cell) + 4, int(width / cell) + 4
    grid = random.uniform(-1, 1, (rows, columns)).astype(np.float32)
    grid = (grid[:-1] + grid[1:]) * 0.7
    grid = (grid[:, :-1] + grid[:, 1:]) * 0.7
    return enlarge(grid, height, width)


@lru_cache(maxsize=1)
def grain_tile() -> np.ndarray:
    """White noise, about normal, mean 0 and deviation 1: float32 TILE × TILE, read-only."""
    random = RandomState(20111)
    layers = (random.uniform(-1, 1, (TILE, TILE)) for _ in range(3))
    tile = sum(layers, np.zeros((TILE, TILE))).astype(np.float32)
    tile.setflags(write=False)
    return tile


@lru_cache(maxsize=1)
def fur_tiles() -> np.ndarray:
    """Noise combed in eight directions over half a turn: float32 8 × TILE × TILE, deviation 1."""
    grain = grain_tile()
    tiles = []
    for direction in ((0, 4), (2, 4), (4, 4), (4, 2), (4, 0), (4, -2), (4, -4), (2, -4)):
        combed = np.zeros_like(grain)
        for step in range(-5, 6):
            shift = (int(step * direction[0] / 4), int(step * direction[1] / 4))
            combed += np.roll(grain, shift, (0, 1)) * (6 - abs(step))
        combed = combed + 0.5 * np.roll(combed, 1, 0) + 0.5 * np.roll(combed, 1, 1)
        tiles.append(combed / np.sqrt((combed * combed).mean()))
    stack = np.stack(tiles)
    stack.setflags(write=False)
    return stack


def cut(tile: np.ndarray, random: RandomState, height: int, width: int) -> np.ndarray:
    """A random window of a tile (which repeats at its edges)."""
    top, left = random.randint(0, TILE, 2)
    return tile[np.ix_((top + np.arange(height)) % TILE, (left + np.arange(width)) % TILE)]
