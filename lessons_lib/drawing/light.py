"""Light on fur, shadows on the ground, and what a small camera makes of it."""

import numpy as np
from numpy.random import RandomState
from scipy.ndimage import uniform_filter

from lessons_lib.drawing.noise import cut, fur_tiles, grain_tile
from lessons_lib.drawing.shapes import Regions
from lessons_lib.drawing.things import as_colour


def shade(
    colour: np.ndarray,
    regions: Regions,
    light: np.ndarray,
    tint: np.ndarray,
    fur: float,
    random: RandomState,
) -> np.ndarray:
    """Let light fall on a pet.

    Args:
        colour: float32 3×h×w, the coat.
        regions: what the camera sees.
        light: direction towards the light (x right, y down, z to the camera), length 1.
        tint: colour of the light, float32 3×1×1.
        fur: depth of the fur's strands, in pixels.

    Returns:
        float32 3×h×w.
    """
    height, width = colour.shape[1:]
    inside = regions.distance < 2.0
    floor = regions.depth[inside].min() if inside.any() else 0.0
    depth = np.maximum(regions.depth, floor).astype(np.float32)
    soft = max(int(0.035 * regions.scale), 1)
    smooth = uniform_filter(depth, 2 * soft + 1, mode="nearest")
    top, left = random.randint(0, 512, 2)
    rows = (top + np.arange(height)) % 512
    columns = (left + np.arange(width)) % 512
    strands = fur_tiles()[regions.flow, rows[:, None], columns[None, :]]
    round_depth = 0.5 * (depth + smooth)
    relief = uniform_filter(round_depth, 3, mode="nearest") + np.float32(fur) * strands
    slope_x, slope_y = np.zeros_like(relief), np.zeros_like(relief)
    slope_x[:, 1:-1] = np.clip(0.5 * (relief[:, 2:] - relief[:, :-2]), -2.5, 2.5)
    slope_y[1:-1] = np.clip(0.5 * (relief[2:] - relief[:-2]), -2.5, 2.5)
    length = np.sqrt(slope_x * slope_x + slope_y * slope_y + 1)
    facing = (light[2] - slope_x * light[0] - slope_y * light[1]) / length
    crease = np.clip((smooth - depth) / np.float32(max(0.12 * regions.scale, 1.0)), 0, 0.5)
    brightness = (0.36 + 0.74 * np.clip(0.25 + 0.75 * facing, 0, 1)) * (1 - 0.7 * crease)
    sky = as_colour((0.97, 1.0, 1.06)) * (0.05 - 0.05 * slope_y / length)
    strands = 1 + np.float32(0.05) * strands
    return colour * (brightness * strands * tint + sky)


def expose(image: np.ndarray, random: RandomState) -> np.ndarray:
    """Vignette, exposure, a soft lens and grain: uint8 h×w×3."""
    height, width = image.shape[1:]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    gain = np.float32(random.uniform(1.02, 1.18))
    corner = np.float32(random.uniform(0.03, 0.14))
    image = image * (gain * (1 - corner * (x * x + y * y)))
    blur = np.float32(random.uniform(0.25, 0.6))
    padded = np.pad(image, ((0, 0), (1, 1), (1, 1)), "edge")
    across = 0.25 * (padded[..., :-2] + padded[..., 2:]) + 0.5 * padded[..., 1:-1]
    soft = 0.25 * (across[:, :-2] + across[:, 2:]) + 0.5 * across[:, 1:-1]
    image = image + blur * (soft - image)
    noise = np.float32(random.uniform(0.004, 0.011))
    image = image + noise * cut(grain_tile(), random, height, width)
    grey = (image[0] + 2 * image[1] + image[2]) * 0.25
    image = np.clip(grey + 1.10 * (image - grey), 0, 1.25)
    image = image * (1 + 0.12 * (1 - image))  # lifts the middle, rolls off the highlights
    pixels = np.clip(image * 255 + 0.5, 0, 255).astype(np.uint8)
    return np.ascontiguousarray(pixels.transpose(1, 2, 0))
