"""The Oxford-IIIT Pet data set by TensorFlow Datasets: 37 breeds, 7,349 photos, 800 MB.

Source: O. M. Parkhi, A. Vedaldi, A. Zisserman, C. V. Jawahar, "Cats and Dogs", CVPR 2012.
"""

from pathlib import Path

from lessons_lib.quiet import tf  # noqa: F401  before tensorflow_datasets, which imports it too

import tensorflow_datasets as tfds  # isort: skip

NAME = "oxford_iiit_pet"
VERSIONS = "4.*.*"


def is_prepared(data_dir: Path) -> bool:
    """Returns whether a prepared set of this name and version stands in the data folder."""
    return any(Path(data_dir).glob(f"{NAME}/{VERSIONS}/dataset_info.json"))


def make_builder(data_dir: Path) -> tfds.core.DatasetBuilder:
    """Returns TensorFlow Datasets' own builder of the Oxford pets."""
    return tfds.builder(f"{NAME}:{VERSIONS}", data_dir=data_dir)
