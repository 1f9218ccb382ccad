"""The ground under a pet: grass, boards, tiles, carpet, cloth, gravel, sand.

Each is a function of random numbers, the picture's height and width, the row of the horizon and
the pixels in a pet unit, and gives float32 3×h×w.
"""

import numpy as np


def _depth_rows(height: int, horizon: float, scale: float) -> np.ndarray:
    """How small things are at each row of the ground: 1 near, towards 0 at the horizon."""
    row = np.arange(height, dtype=np.float32)[:, None]
    return np.clip((row - np.float32(horizon)) / np.float32(max(1.3 * scale, 1)), 0.02, 3)
