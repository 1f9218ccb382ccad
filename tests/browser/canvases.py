"""What an explorer has drawn, read back from its canvases, and what it should have drawn."""

import base64

import numpy as np

from lessons_lib.classes import PET_CLASSES, STRIPE_DARKNESS

HIDDEN = (0, 0, 0, 0)


def read_canvas(canvas) -> np.ndarray:
    """Returns the pixels of a canvas, uint8 h×w×4."""
    height, width, packed = canvas.evaluate(
        """(canvas) => {
            const { height, width } = canvas;
            const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
            let text = '';
            for (let start = 0; start < data.length; start += 30000) {
                text += String.fromCharCode(...data.subarray(start, start + 30000));
            }
            return [height, width, btoa(text)];
        }"""
    )
    return np.frombuffer(base64.b64decode(packed), dtype=np.uint8).reshape(height, width, 4)


def read_layer(frame) -> np.ndarray:
    """Returns what is painted over a photo, uint8 h×w×4."""
    return read_canvas(frame.locator(".ul-overlay"))


def read_photo(frame) -> np.ndarray:
    """Returns the photo, uint8 h×w×3."""
    return read_canvas(frame.locator(".ul-photo"))[..., :3]


def paint(labels: np.ndarray, shown=("pet", "border")) -> list[np.ndarray]:
    """Paints labels in the classes' colours: once plain, once as in the stripes, each h×w×4."""
    plain, striped = np.zeros((2, len(PET_CLASSES), 4), dtype=np.uint8)
    for one in PET_CLASSES:
        if one.name in shown:
            plain[one.label] = striped[one.label] = (*one.rgb, 255)
            striped[one.label, :3] = one.stripe_rgb
    return [plain[labels], striped[labels]]


def darken(rgb) -> np.ndarray:
    """Returns a colour as it is in the stripes of the hatching."""
    return np.floor(np.array(rgb) * (1 - STRIPE_DARKNESS) + 0.5).astype(np.uint8)


def assert_painted(layer: np.ndarray, plain: np.ndarray, striped: np.ndarray) -> None:
    """Asserts that each pixel of a layer has its plain or its striped colour, and both occur."""
    scale = layer.shape[0] // plain.shape[0]
    plain, striped = (np.repeat(np.repeat(one, scale, 0), scale, 1) for one in (plain, striped))
    assert layer.shape == plain.shape
    is_plain, is_striped = ((layer == one).all(axis=-1) for one in (plain, striped))
    wrong = ~(is_plain | is_striped)
    assert not wrong.any(), f"{wrong.sum()} pixels, the first at {np.argwhere(wrong)[0]}"
    hatched = (plain != striped).any(axis=-1)
    if hatched.any():
        assert 0.2 < is_striped[hatched].mean() < 0.5
