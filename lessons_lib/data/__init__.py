"""Lesson 1's package: from a source of pets to batches of images and masks.

What goes in: drawn pets, the Oxford-IIIT Pet data set, or a folder in its layout. What comes
out: batches of images float32 N×128×128×3 in [0, 1] and masks uint8 N×128×128×1 with labels
0 pet, 1 background, 2 border.
"""

from pathlib import Path

from lessons_lib.data.pipeline import (
    BATCH_SIZE,
    IMAGE_SIZE,
    Augment,
    class_shares,
    load_image,
    make_batches,
    normalize,
    split_validation,
    steps,
)
from lessons_lib.data.prepared import are_drawn
from lessons_lib.data.problems import CannotWrite, DataProblem, MissingFile
from lessons_lib.data.sources import (
    Pets,
    PetsInfo,
    choose_source,
    data_folder,
    explain_choice,
    load_pets,
)
from lessons_lib.data.wholeness import DamagedPets

EXAMPLE_PHOTO = Path(__file__).with_name("chelsea.png")
"""A photo of a cat that anybody may use; chelsea.md says whose it is."""

__all__ = [
    "BATCH_SIZE",
    "EXAMPLE_PHOTO",
    "IMAGE_SIZE",
    "Augment",
    "CannotWrite",
    "DamagedPets",
    "DataProblem",
    "MissingFile",
    "Pets",
    "PetsInfo",
    "are_drawn",
    "choose_source",
    "class_shares",
    "data_folder",
    "explain_choice",
    "load_image",
    "load_pets",
    "make_batches",
    "normalize",
    "split_validation",
    "steps",
]
