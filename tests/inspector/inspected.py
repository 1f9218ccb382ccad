"""Small pets whose figures can be worked out by hand, and ears and eyes for the explorers."""

import base64
import io

import numpy as np
from PIL import Image

SIDE = 8
UNTRUSTED = "<img src=x onerror=alert(1)>"


def make_pets(count: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Images, true masks, predicted masks: pet number i has 2 × (i + 1) rows, the first missed."""
    images = np.full((count, SIDE, SIDE, 3), 100, dtype=np.uint8)
    masks = np.ones((count, SIDE, SIDE, 1), dtype=np.uint8)
    for index in range(count):
        images[index, index, :] = (10, 20, 30)
        masks[index, : 2 * (index + 1)] = 0
    predicted = masks.copy()
    predicted[:, 0] = 1
    return images, masks, predicted


def make_logits(masks: np.ndarray) -> np.ndarray:
    """Logits, float32 N×h×w×3, of which softmax makes 0.8 for the mask's class, 0.1 for others."""
    probabilities = np.where(masks == np.arange(3), 0.8, 0.1)
    return np.log(probabilities).astype(np.float32) + 5


def ask(explorer, message) -> list[tuple[dict, list[bytes]]]:
    """Gives an explorer a message as from the browser; returns what it sends to the browser.

    Calls the handler itself, since ipywidgets swallows what a handler raises.
    """
    sent = []
    explorer.send = lambda content, buffers=None: sent.append((content, buffers or []))
    try:
        explorer._hear(explorer, message, [])
    finally:
        del explorer.send
    return sent


def decode(png: bytes | str) -> np.ndarray:
    """Pixels of a PNG file, or of one in base64, uint8 h×w×3."""
    if isinstance(png, str):
        png = base64.b64decode(png)
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))[..., :3]
