"""Drawn pets: cats and dogs of breeds that live only in this course, with exact trimaps.

``draw_pet(seed)`` gives a photo-like picture (uint8 h×w×3), its trimap (uint8 h×w in {1 pet,
2 background, 3 border}), breed and species. The parts can be used alone, in this order:
``compose`` (who, how, seen from where) → ``see_regions`` (silhouettes, geometry only) →
``draw_trimap``, ``paint``.

Seeds below 1,000,000 (``COURSE_SEEDS``) are the course's own; whoever draws pets for anything else
(pretraining, say) takes seeds from 1,000,000 up, and never meets a pet of the course.
"""

import operator
from dataclasses import dataclass

import numpy as np

from lessons_lib.drawing.breeds import BREEDS
from lessons_lib.drawing.picture import (
    Scene,
    compose,
    draw_trimap,
    head_box,
    paint,
    see_regions,
)
from lessons_lib.saying import quote
from lessons_lib.signatures import tell_calls

COURSE_SEEDS = range(0, 1_000_000)
TRAIN_SEEDS = range(0, 500)
TEST_SEEDS = range(500_000, 500_150)
BREED_NAMES = tuple(breed.name for breed in BREEDS)

__all__ = [
    "BREEDS",
    "BREED_NAMES",
    "COURSE_SEEDS",
    "TEST_SEEDS",
    "TRAIN_SEEDS",
    "DrawnPet",
    "Scene",
    "compose",
    "draw_pet",
    "draw_trimap",
    "head_box",
    "paint",
    "see_regions",
]


@dataclass(frozen=True)
class DrawnPet:
    """One drawn pet.

    Attributes:
        image: uint8 h×w×3.
        trimap: uint8 h×w, 1 pet, 2 background, 3 border.
        breed: one of ``BREED_NAMES``.
        species: "Cat" or "Dog".
        head_box: top, left, bottom, right of the head as shares of the picture's sides.
    """

    image: np.ndarray
    trimap: np.ndarray
    breed: str
    species: str
    head_box: tuple[float, float, float, float]


def draw_pet(seed: int) -> DrawnPet:
    """Draw the pet that belongs to a seed.

    Args:
        seed: a whole number from 0 to 4,294,967,295. The breed is ``BREEDS[seed % len(BREEDS)]``.

    Returns:
        The pet. Its trimap is the same on every machine; its image to within a grey level.

    Raises:
        TypeError: if the seed is not a whole number.
        ValueError: if it is out of range.
    """
    try:
        number = None if isinstance(seed, bool | np.bool_) else operator.index(seed)
    except Exception:  # of arrays and tensors, each has its own
        number = None
    if number is None:
        raise TypeError(f"A pet's seed is a whole number, not {quote(seed)}.")
    if not 0 <= number < 2**32:
        raise ValueError(f"A pet's seed lies between 0 and {2**32 - 1}, not {quote(number)}.")
    seed = number
    scene = compose(seed)
    regions = see_regions(scene)
    return DrawnPet(
        paint(scene, regions, seed),
        draw_trimap(scene, regions),
        scene.breed.name,
        scene.breed.species,
        head_box(scene),
    )


tell_calls(globals())
