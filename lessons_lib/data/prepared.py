"""Sets of pets that TensorFlow Datasets keeps prepared in the data folder.

One process prepares a set at a time, in a folder of its own, and puts the set in its place when it
is whole. So what lies in such a folder while nobody holds the lock is left over from a process
that was killed.
"""

import contextlib
import errno
import io
import re
import secrets
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import filelock

from lessons_lib.arguments import require_folder_path
from lessons_lib.data.drawn_pets import DrawnPets
from lessons_lib.data.problems import DataProblem, writing_to
from lessons_lib.data.wholeness import INFO_FILE, PetSet, examine, files_of_set
from lessons_lib.quiet import tf  # before tensorflow_datasets, which imports TensorFlow too
from lessons_lib.signatures import tell_calls

import tensorflow_datasets as tfds  # isort: skip

DRAWN = PetSet("drawn_pets", "drawn pets", lambda data_dir: DrawnPets(data_dir=data_dir))
LOCK = "preparing.lock"
OUR_WORK = "incomplete.lessons_"
THEIR_WORK = re.compile(r"incomplete\.[A-Z0-9]{6}_\d+\.\d+\.\d+")  # of TensorFlow Datasets alone
ABANDONED = 3600  # seconds without a change, after which nobody works there any more
SECONDS_OF_SILENCE = 1  # before it is said that another process is waited for


def are_drawn(data_dir: Path) -> bool:
    """Returns whether the drawn pets stand whole in the data folder, as this version draws them."""
    require_folder_path("data_dir", data_dir)
    return examine(DRAWN, data_dir).whole


def prepare_set(
    pets: PetSet, data_dir: Path, choose_options: Callable[[Path], dict[str, Any]] = lambda _: {}
) -> tfds.core.DatasetBuilder:
    """Prepares a set unless it is whole, and clears away what killed preparations left behind.

    Of several processes one prepares, and the others wait and use what it has made. A damaged set
    stays as it is until a whole one can take its place; other files in its folder stay for good.

    Args:
        pets: the set.
        data_dir: where TensorFlow Datasets keeps prepared sets.
        choose_options: given a folder for files that are wanted only meanwhile, returns options of
            the builder's ``download_and_prepare``.

    Returns:
        The builder of the prepared set.

    Raises:
        CannotWrite: the data folder cannot be written.
    """
    place = data_dir / pets.name
    if examine(pets, data_dir).whole:
        with contextlib.suppress(OSError, filelock.Timeout):  # to read, nothing need be written
            if _leftovers(place, with_lock=True):
                with _alone_in(place, seconds=0):
                    _remove_leftovers(place)
        return pets.make_builder(data_dir)
    with writing_to(data_dir), empty_folders_removed(pets.name, data_dir):
        place.mkdir(parents=True, exist_ok=True)
        with _alone_in(place):
            _remove_leftovers(place)
            if not examine(pets, data_dir).whole:
                _prepare_anew(pets, data_dir, choose_options)
    return pets.make_builder(data_dir)


def prepare_drawn_pets(data_dir: Path) -> tfds.core.DatasetBuilder:
    """Draws the pets below the data folder unless they are there, and returns their builder.

    Args:
        data_dir: where TensorFlow Datasets keeps prepared sets.

    Raises:
        CannotWrite: the data folder cannot be written.
    """
    with without_tfds_output():
        return prepare_set(DRAWN, data_dir)


def remove_set(pets: PetSet, data_dir: Path) -> list[Path]:
    """Removes a prepared set, in the version that the course reads, and nothing else.

    Returns:
        What else lies in its folder, which therefore stays.

    Raises:
        DataProblem: the set is being prepared, or stands behind a link.
        CannotWrite: there is no permission.
    """
    folder = examine(pets, data_dir).folder
    if not folder.is_dir():
        return []
    if folder.is_symlink() or folder.parent.is_symlink():
        raise DataProblem(
            f"Expected the {pets.title} themselves in {folder}, but that is a link to another "
            "place; remove the link by hand."
        )
    with writing_to(data_dir):
        try:
            with _alone_in(folder.parent, seconds=0):
                _remove_leftovers(folder.parent)
                for path in files_of_set(pets, folder):
                    path.unlink()
        except filelock.Timeout as error:
            raise DataProblem(
                f"Expected nobody at work in {folder.parent}, but another process prepares the "
                f"{pets.title} there; try again when it has finished."
            ) from error
    for emptied in (folder, folder.parent):
        with contextlib.suppress(OSError):  # not empty
            emptied.rmdir()
    return sorted(folder.iterdir()) if folder.is_dir() else []


def set_size(pets: PetSet, data_dir: Path) -> int:
    """Returns how many bytes ``remove_set`` would set free, without what was left over."""
    return sum(path.stat().st_size for path in files_of_set(pets, examine(pets, data_dir).folder))


def read_split(
    builder: tfds.core.DatasetBuilder, split: str, *, decode_pictures: bool = True
) -> tf.data.Dataset:
    """Reads one split in its stored order, with known cardinality.

    Args:
        builder: of a set that is prepared.
        split: ``train`` or ``test``, or a stretch of it, as ``train[:100]``.
        decode_pictures: False for photos and masks as the files' bytes.
    """
    pictures = ("image", "segmentation_mask")
    skip: Any = {name: tfds.decode.SkipDecoding() for name in pictures}
    return builder.as_dataset(
        split=split,  # pyright: ignore[reportCallIssue] - hidden by a decorator of TFDS
        shuffle_files=False,
        decoders=None if decode_pictures else skip,
        # The pipeline caches small pictures; TFDS would cache the large ones.
        read_config=tfds.ReadConfig(try_autocache=False, interleave_cycle_length=1),
    )


@contextlib.contextmanager
def empty_folders_removed(name: str, data_dir: Path) -> Iterator[None]:
    """On a failure, removes those folders that were made for a set and stayed empty.

    Unfinished files are removed by those who make them. Folders that were there before stay.

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


@contextlib.contextmanager
def _alone_in(place: Path, seconds: float = -1) -> Iterator[None]:
    """Keeps other processes out of a set's folder; the system lets go when a process is killed.

    Args:
        place: the folder.
        seconds: how long to wait for another process; -1 for as long as it takes.

    Raises:
        filelock.Timeout: another process is still there.
    """
    path = place / LOCK
    lock = filelock.FileLock(path)
    try:
        _acquire(lock, place, seconds if seconds >= 0 else SECONDS_OF_SILENCE)
    except filelock.Timeout:
        if seconds >= 0:
            raise
        print(f"Waiting for another process, which prepares pets in {place} …", file=sys.stderr)
        _acquire(lock, place, seconds)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # Windows removes it when it is let go
            path.unlink()
        lock.release()


def _acquire(lock: filelock.BaseFileLock, place: Path, seconds: float) -> None:
    """Waits for a lock; who held it may have removed the folder, after a failure."""
    while True:
        try:
            lock.acquire(timeout=seconds)
            return
        except FileNotFoundError:
            place.mkdir(parents=True, exist_ok=True)


def _prepare_anew(
    pets: PetSet, data_dir: Path, choose_options: Callable[[Path], dict[str, Any]]
) -> None:
    work = data_dir / pets.name / f"{OUR_WORK}{secrets.token_hex(4)}"
    meanwhile = work / "meanwhile"
    meanwhile.mkdir(parents=True)
    try:
        builder = pets.make_builder(work)
        builder.download_and_prepare(**choose_options(meanwhile))
        _put_in_place(pets, Path(builder.data_dir), examine(pets, data_dir).folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _put_in_place(pets: PetSet, made: Path, folder: Path) -> None:
    """Moves a set that was made to where it belongs, in place of a damaged one."""
    if not folder.exists():
        made.rename(folder)
        return
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "Not a folder", str(folder))
    # The information last: without it, nobody takes what stands there for whole.
    new = sorted(made.iterdir(), key=lambda path: path.name == INFO_FILE)
    for path in new:
        if (folder / path.name).is_dir():
            raise IsADirectoryError(errno.EISDIR, "Is a folder", str(folder / path.name))
    for path in files_of_set(pets, folder):
        path.unlink()
    for path in new:
        shutil.move(path, folder / path.name)


def _leftovers(place: Path, *, with_lock: bool = False) -> list[Path]:
    """Lists what killed preparations have left in a set's folder, while nobody prepares there."""
    if not place.is_dir():
        return []
    ours = list(place.glob(f"{OUR_WORK}*"))
    theirs = [path for path in place.iterdir() if THEIR_WORK.fullmatch(path.name)]
    locks = list(place.glob(LOCK)) if with_lock else []
    return [*ours, *(path for path in theirs if _is_abandoned(path)), *locks]


def _is_abandoned(folder: Path) -> bool:
    """Returns whether nothing below has changed for an hour: others than we do not lock."""
    with contextlib.suppress(OSError):  # somebody is at work, or it is not for us to look at
        newest = max(path.stat().st_mtime for path in (folder, *folder.rglob("*")))
        return time.time() - newest > ABANDONED
    return False


def _remove_leftovers(place: Path) -> None:
    for path in _leftovers(place):
        shutil.rmtree(path, ignore_errors=True)


tell_calls(globals())
