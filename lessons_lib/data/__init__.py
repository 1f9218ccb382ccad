"""Lesson 1's package: from a source of pets to batches of images and masks.

What goes in: drawn pets, the Oxford-IIIT Pet data set, or a folder in its layout. What comes
out: batches of images float32 N×128×128×3 in [0, 1] and masks uint8 N×128×128×1 with labels
0 pet, 1 background, 2 border.
"""

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
from lessons_lib.data.sources import Pets, PetsInfo, choose_source, load_pets

__all__ = [
    "BATCH_SIZE",
    "IMAGE_SIZE",
    "Augment",
    "CannotWrite",
    "DataProblem",
    "MissingFile",
    "Pets",
    "PetsInfo",
    "are_drawn",
    "choose_source",
    "class_shares",
    "load_image",
    "load_pets",
    "make_batches",
    "normalize",
    "split_validation",
    "steps",
]
