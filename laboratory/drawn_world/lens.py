"""What a camera does to a scene: light, blur, sharpening, noise, JPEG."""

import io

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

from laboratory.drawn_world.textures import Generator, texture


def photograph(random: Generator, scene: np.ndarray) -> np.ndarray:
    """Takes the picture: float32 h×w×3 about 0 to 1 in, uint8 h×w×3 out."""
    scene = _light(random, np.clip(scene, 0, 1.5))
    choice = random.random()
    if choice < 0.35:
        spread = random.uniform(0.4, 1.4)
        scene = gaussian_filter(scene, (spread, spread, 0))
    elif choice < 0.6:
        scene = scene + random.uniform(0.2, 1.2) * (scene - gaussian_filter(scene, (1, 1, 0)))
    if random.random() < 0.6:
        grain = random.normal(0, random.uniform(0.005, 0.06), scene.shape[:2] + (1,))
        scene = scene * (1 + grain) + random.normal(0, random.uniform(0, 0.03), scene.shape)
    photo = np.uint8(np.clip(scene, 0, 1) * 255 + 0.5)
    return _compress(photo, int(random.integers(25, 95))) if random.random() < 0.6 else photo


def _light(random: Generator, scene: np.ndarray) -> np.ndarray:
    """A colour of light, patches of light and shade, exposure, contrast."""
    size = len(scene)
    scene = scene * np.exp(random.normal(0, 0.08, 3))
    if random.random() < 0.3:
        patches = gaussian_filter(texture(random, size, ("leaves", "clouds", "cells")), 3.0)
        scene = scene * (1 + random.uniform(0.1, 0.9) * (patches[..., np.newaxis] / 255 - 0.5))
    if random.random() < 0.3:
        y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
        scene = scene * (1 - random.uniform(0, 0.5) * (x * x + y * y) / 2)[..., np.newaxis]
    middle = scene.mean()
    scene = middle + random.uniform(0.6, 1.3) * (scene - middle)
    return np.clip(scene * random.uniform(0.75, 1.5), 0, 1) ** random.uniform(0.75, 1.35)


def _compress(photo: np.ndarray, quality: int) -> np.ndarray:
    """Through JPEG and back."""
    packed = io.BytesIO()
    Image.fromarray(photo).save(packed, "JPEG", quality=quality)
    return np.asarray(Image.open(packed))
