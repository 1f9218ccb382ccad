"""Writes the references of the drawn pets anew: run it only when pets are meant to change.

python tests/drawing/reference/make_drawn_pets.py
"""

import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[3]))

from lessons_lib.drawing import BREEDS, TEST_SEEDS, TRAIN_SEEDS, draw_pet

HERE = Path(__file__).parent


def main() -> None:
    """Writes the digests of 40 trimaps and one thumbnail a breed."""
    sys.path.insert(0, str(HERE.parent))
    from test_drawn_pets import digest, thumbnail, trimap_of

    seeds = [*TRAIN_SEEDS[::17], *TEST_SEEDS[::17], 1_000_000]
    digests = {str(seed): digest(trimap_of(seed)) for seed in seeds}
    (HERE / "drawn_trimaps.json").write_text(json.dumps(digests, indent=1) + "\n")
    thumbnails = {
        str(seed): thumbnail(draw_pet(seed).image) for seed in range(100, 100 + len(BREEDS))
    }
    np.savez_compressed(HERE / "drawn_thumbnails.npz", **thumbnails)


if __name__ == "__main__":
    main()
