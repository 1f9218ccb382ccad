"""Sets of pets that TensorFlow Datasets keeps prepared in the data folder."""

import contextlib
import io
from collections.abc import Iterator
from pathlib import Path

from lessons_lib.data.problems import writing_to
from lessons_lib.quiet import tf  # before tensorflow_datasets, which imports TensorFlow too

import tensorflow_datasets as tfds  # isort: skip


def prepare_drawn_pets(data_dir: Path) -> tfds.core.DatasetBuilder:
    """Draws the pets below the data folder unless they are there, and returns their builder.

    TensorFlow Datasets writes into a folder of its own and renames it when it is whole, so two
    processes can draw at once: the later one finds the place taken and uses what is there.

    Args:
        data_dir: where TensorFlow Datasets keeps prepared sets.

    Raises:
        CannotWrite: the data folder cannot be written.
    """
    from lessons_lib.data.drawn_pets import DrawnPets

    with writing_to(data_dir):
        builder = DrawnPets(data_dir=data_dir)
        try:
            with without_tfds_output():
                builder.download_and_prepare()
        except OSError:
            builder = DrawnPets(data_dir=data_dir)
            if not builder.is_prepared():
                raise
    return builder


def read_split(builder: tfds.core.DatasetBuilder, split: str) -> tf.data.Dataset:
    """Reads one split in its stored order, with known cardinality.

    Args:
        builder: of a set that is prepared.
        split: ``train`` or ``test``.
    """
    return builder.as_dataset(
        split=split,
        shuffle_files=False,
        # The pipeline caches small pictures; TFDS would cache the large ones.
        read_config=tfds.ReadConfig(try_autocache=False, interleave_cycle_length=1),
    )


@contextlib.contextmanager
def without_tfds_output() -> Iterator[None]:
    """Keeps what TensorFlow Datasets prints and its progress bars out of a lesson's outputs.

    A cell must print the same whether or not its pets were prepared before.
    """
    tfds.disable_progress_bar()
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        tfds.enable_progress_bar()
