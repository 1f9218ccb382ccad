"""Light on fur, shadows on the ground, and what a small camera makes of it."""

import numpy as np
from scipy.ndimage import uniform_filter

from lessons_lib.data.drawing.noise import cut, fur_tiles, grain_tile
from lessons_lib.data.drawing.shapes import Regions


def shade(colour: np.ndarray, regions: Regions, light: np.ndarray, tint: np.ndarray,
          fur: float, random: np.random.RandomState) -> np.ndarray:
    """Let light fall on a pet.

    Args:
        colour: float32 h×w×3, the coat.
        regions: what the camera sees.
        light: direction towards the light (x right, y down, z to the camera), length 1.
        tint: colour of the light, float32 (3,).
        fur: depth of the fur's strands, in pixels.

    Returns:
        float32 h×w×3.
    """
    height, width = colour.shape[:2]
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
    slope_y, slope_x = np.gradient(uniform_filter(round_depth, 3, mode="nearest"))
    slope_x = np.clip(slope_x, -2.5, 2.5)
    slope_y = np.clip(slope_y, -2.5, 2.5)
    fur_y, fur_x = np.gradient(strands)
    slope_x, slope_y = slope_x + np.float32(fur) * fur_x, slope_y + np.float32(fur) * fur_y
    length = np.sqrt(slope_x * slope_x + slope_y * slope_y + 1)
    facing = (-slope_x * light[0] - slope_y * light[1] + light[2]) / length
    facing = np.clip(0.25 + 0.75 * facing, 0, 1)
    crease = np.clip((smooth - depth) / np.float32(max(0.12 * regions.scale, 1.0)), 0, 0.5)
    sky = np.float32(0.5) - 0.5 * slope_y / length * -1.0
    brightness = (0.36 + 0.74 * facing) * (1 - 0.7 * crease)
    ambient = np.array([0.97, 1.0, 1.06], np.float32)
    lit = colour * (brightness[..., None] * tint + (0.10 * (1 - sky))[..., None] * ambient)
    return lit * (1 + np.float32(0.05) * strands[..., None])


def expose(image: np.ndarray, random: np.random.RandomState) -> np.ndarray:
    """Vignette, exposure, a soft lens and grain: uint8 h×w×3."""
    height, width = image.shape[:2]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    gain = np.float32(random.uniform(0.94, 1.10))
    corner = np.float32(random.uniform(0.03, 0.14))
    image = image * (gain * (1 - corner * (x * x + y * y)))[..., None]
    blur = np.float32(random.uniform(0.25, 0.6))
    padded = np.pad(image, ((1, 1), (1, 1), (0, 0)), "edge")
    across = 0.25 * (padded[:, :-2] + padded[:, 2:]) + 0.5 * padded[:, 1:-1]
    soft = 0.25 * (across[:-2] + across[2:]) + 0.5 * across[1:-1]
    image = image + blur * (soft - image)
    noise = np.float32(random.uniform(0.004, 0.016))
    image = image + noise * cut(grain_tile(), random, height, width)[..., None]
    image = np.clip(image, 0, 1.25)
    image = image * (1 + 0.12 * (1 - image))  # lifts the middle, rolls off the highlights
    return np.clip(image * 255 + 0.5, 0, 255).astype(np.uint8)
