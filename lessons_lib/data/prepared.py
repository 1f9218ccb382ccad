"""Sets of pets that TensorFlow Datasets keeps prepared in the data folder."""

import contextlib
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lessons_lib.data.drawn_pets import DrawnPets
from lessons_lib.data.problems import writing_to
from lessons_lib.quiet import tf  # before tensorflow_datasets, which imports TensorFlow too

import tensorflow_datasets as tfds  # isort: skip


def is_prepared(name: str, data_dir: Path) -> bool:
    """Returns whether a whole set of this name stands in the data folder, of any version.

    A folder gets its final name when the set in it is whole; TensorFlow Datasets' own unfinished
    ones start with "incomplete".
    """
    return any(Path(data_dir).glob(f"{name}/[0-9]*.*.*/dataset_info.json"))


def are_drawn(data_dir: Path) -> bool:
    """Returns whether the drawn pets stand in the data folder, as this version draws them."""
    folder = Path(data_dir) / "drawn_pets" / str(DrawnPets.VERSION)
    return (folder / "dataset_info.json").exists()


def prepare_once(
    make_builder: Callable[[], tfds.core.DatasetBuilder], **how: Any
) -> tfds.core.DatasetBuilder:
    """Prepares a set unless it is there, also where another process does so at the same time.

    TensorFlow Datasets writes into a folder of its own and renames it when it is whole. Of two
    processes the later one cannot rename, and uses what the earlier one has made.

    Args:
        make_builder: makes the builder, anew at each call, so that it looks at the disk anew.
        **how: passed to the builder's ``download_and_prepare``.
    """
    builder = make_builder()
    try:
        builder.download_and_prepare(**how)
    except Exception:
        if not (Path(builder.data_dir) / "dataset_info.json").exists():
            raise
        return make_builder()
    return builder


def prepare_drawn_pets(data_dir: Path) -> tfds.core.DatasetBuilder:
    """Draws the pets below the data folder unless they are there, and returns their builder.

    Args:
        data_dir: where TensorFlow Datasets keeps prepared sets.

    Raises:
        CannotWrite: the data folder cannot be written.
    """
    with (
        writing_to(data_dir),
        empty_folders_removed("drawn_pets", data_dir),
        without_tfds_output(),
    ):
        return prepare_once(lambda: DrawnPets(data_dir=data_dir))


def read_split(builder: tfds.core.DatasetBuilder, split: str) -> tf.data.Dataset:
    """Reads one split in its stored order, with known cardinality.

    Args:
        builder: of a set that is prepared.
        split: ``train`` or ``test``.
    """
    return builder.as_dataset(
        split=split,  # pyright: ignore[reportCallIssue] - hidden by a decorator of TFDS
        shuffle_files=False,
        # The pipeline caches small pictures; TFDS would cache the large ones.
        read_config=tfds.ReadConfig(try_autocache=False, interleave_cycle_length=1),
    )


@contextlib.contextmanager
def empty_folders_removed(name: str, data_dir: Path) -> Iterator[None]:
    """On a failure, removes those folders that were made for a set and stayed empty.

    TensorFlow Datasets removes its unfinished files itself. Folders that were there before stay.

    Args:
        name: of the set.
        data_dir: the data folder, which may not exist yet.
    """
    downloads = data_dir / "downloads"
    folders = [downloads / name, downloads / "extracted", downloads, data_dir / name, data_dir]
    ours = [folder for folder in folders if not folder.exists()]
    try:
        yield
    except BaseException:
        for folder in ours:
            with contextlib.suppress(OSError):  # not empty, or never made
                folder.rmdir()
        raise


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
