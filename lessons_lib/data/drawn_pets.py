"""Drawn pets as a TensorFlow Datasets builder, with the features of ``oxford_iiit_pet`` 4.0.0.

The pictures are made by ``lessons_lib.drawing`` while the set is prepared: nothing is
downloaded, and everything is stored without loss.
"""

import io
from collections.abc import Iterator
from typing import ClassVar

import numpy as np
from PIL import Image

from lessons_lib.data.progress import progress
from lessons_lib.drawing import BREED_NAMES, TEST_SEEDS, TRAIN_SEEDS, draw_pet
from lessons_lib.quiet import tf  # noqa: F401 - before tensorflow_datasets, which imports it too

import tensorflow_datasets as tfds  # isort: skip

TRAIN_PETS = len(TRAIN_SEEDS)
TEST_PETS = len(TEST_SEEDS)
SPECIES_NAMES = ("Cat", "Dog")

_DESCRIPTION = f"""
Cats and dogs of {len(BREED_NAMES)} breeds that live only in this course, drawn by its own code:
{TRAIN_PETS} to train with, {TEST_PETS} to test with. Each picture has the breed, the species, a
box around the head and a trimap (1 pet, 2 background, 3 border), with class shares near those of
the Oxford-IIIT Pet data set, whose features it shares. No photograph went into it. Images and
trimaps are PNG, without loss.
"""

_CITATION = """
@misc{drawn_pets,
  title = {Drawn pets},
  author = {{The unet-lessons authors}},
  note = {Drawings made by the code of the course unet-lessons, not photographs},
  year = {2026}
}
"""


class DrawnPets(tfds.core.GeneratorBasedBuilder):
    """Cats and dogs drawn by this course, shaped like the Oxford-IIIT Pet data set."""

    name = "drawn_pets"
    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES: ClassVar = {"1.0.0": "First drawn pets."}

    def _info(self) -> tfds.core.DatasetInfo:
        return tfds.core.DatasetInfo(
            builder=self,
            description=_DESCRIPTION,
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(encoding_format="png"),
                    "label": tfds.features.ClassLabel(names=BREED_NAMES),
                    "species": tfds.features.ClassLabel(names=SPECIES_NAMES),
                    "file_name": tfds.features.Text(),
                    "segmentation_mask": tfds.features.Image(
                        shape=(None, None, 1), use_colormap=True, encoding_format="png"
                    ),
                    "head_bbox": tfds.features.BBoxFeature(),
                }
            ),
            supervised_keys=("image", "label"),
            citation=_CITATION,
            license="CC BY 4.0",
        )

    def _split_generators(self, dl_manager: tfds.download.DownloadManager) -> dict:
        return {
            "train": self._generate_examples(TRAIN_SEEDS),
            "test": self._generate_examples(TEST_SEEDS),
        }

    def _generate_examples(self, seeds: range) -> Iterator[tuple[str, dict]]:
        for seed in progress(seeds, "Drawing pets", unit="pet"):
            pet = draw_pet(seed)
            file_name = f"{pet.breed}_{seed}.png"
            yield (
                file_name,
                {
                    "image": _png(pet.image),
                    "label": pet.breed,
                    "species": pet.species,
                    "file_name": file_name,
                    "segmentation_mask": _png(pet.trimap),
                    "head_bbox": tfds.features.BBox(*pet.head_box),
                },
            )


def _png(pixels: np.ndarray) -> io.BytesIO:
    """The bytes of a PNG file, which TensorFlow Datasets stores as they are."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=2)
    file.seek(0)
    return file
