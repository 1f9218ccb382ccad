"""Pet files made for tests: small, noisy, in the official layout."""

from pathlib import Path

import numpy as np
from PIL import Image


def write_pets_folder(folder: Path, *, train_count: int, test_count: int) -> Path:
    """Writes noisy photos of growing sizes, their trimaps, and both lists."""
    for part in ("images", "annotations/trimaps"):
        (folder / part).mkdir(parents=True)
    names = [("Bengal", 6, 1), ("beagle", 5, 2)]
    lines = []
    for number in range(train_count + test_count):
        breed, class_number, species = names[number % 2]
        name = f"{breed}_{number}"
        image, mask = make_pair(height=20 + number, width=30, seed=number)
        Image.fromarray(image).save(folder / "images" / f"{name}.jpg", quality=95, subsampling=0)
        Image.fromarray(mask).save(folder / "annotations" / "trimaps" / f"{name}.png")
        lines.append(f"{name} {class_number} {species} 1\n")
    annotations = folder / "annotations"
    (annotations / "trainval.txt").write_text("# a comment\n" + "".join(lines[:train_count]))
    (annotations / "test.txt").write_text("".join(lines[train_count:]))
    return folder


def make_pair(*, height: int, width: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Makes a noisy photo uint8 h×w×3 and a trimap uint8 h×w: a pet, its border, background."""
    image = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    mask = np.full((height, width), 2, np.uint8)
    mask[4:-4, 4:-4] = 3
    mask[6:-6, 6:-6] = 1
    return image, mask
