"""Makes the picture of the README: ``python -m lessons_lib.authoring.pictures``.

Drawn pets above, what a segmenter should say of each of their pixels below.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from lessons_lib.authoring.notebooks import REPOSITORY
from lessons_lib.drawing import TEST_SEEDS, draw_pet
from lessons_lib.plots import trimap_to_rgb

README_PICTURE = REPOSITORY / "docs" / "drawn_pets.png"
SIDE = 160  # pixels
GAP = 4  # pixels
PETS = tuple(TEST_SEEDS[index] for index in (27, 22, 14, 30, 26, 6))


def mosaic(seeds: Sequence[int], *, side: int = SIDE, gap: int = GAP) -> Image.Image:
    """Puts pets side by side, each above its mask.

    Args:
        seeds: of the drawn pets, from left to right.
        side: of each square in pixels; a pet's longer side is cut to fit.
        gap: white pixels between two squares.
    """
    step = side + gap
    picture = Image.new("RGB", (len(seeds) * step - gap, 2 * step - gap), "white")
    for column, seed in enumerate(seeds):
        pet = draw_pet(seed)
        photo = ImageOps.fit(Image.fromarray(pet.image), (side, side), Image.Resampling.LANCZOS)
        trimap = ImageOps.fit(Image.fromarray(pet.trimap), (side, side), Image.Resampling.NEAREST)
        picture.paste(photo, (column * step, 0))
        picture.paste(Image.fromarray(trimap_to_rgb(np.asarray(trimap))), (column * step, step))
    return picture


def main(path: Path = README_PICTURE) -> None:
    """Writes the picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    mosaic(PETS).save(path, optimize=True)


if __name__ == "__main__":
    main()
