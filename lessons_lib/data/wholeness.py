"""Whether a prepared set is whole: its information, its files, and the checksum of each record.

TensorFlow Datasets believes what stands in a set's folder. A disk that filled up, a copy that broke
off or a flipped bit would show in the middle of a lesson, in TensorFlow's words; so each set is
looked at before it is used.
"""

import functools
import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lessons_lib import settings
from lessons_lib.classes import TRIMAP_VALUES
from lessons_lib.data.problems import CannotWrite, DataProblem
from lessons_lib.data.progress import progress
from lessons_lib.quiet import tf  # before tensorflow_datasets, which imports TensorFlow too

import tensorflow_datasets as tfds  # isort: skip

INFO_FILE = "dataset_info.json"
SPLITS = ("train", "test")
VERSION = re.compile(r"\d+\.\d+\.\d+")
BUFFER = 2**20
LARGEST_INFORMATION = 10_000_000  # bytes; that of the sets here has a few thousand
MOST_FILES = 1000  # of records, in a split; the sets here have one to four


class DamagedPets(DataProblem):
    """A prepared set that is not whole; the sentence says what is wrong and how to mend it."""


@dataclass(frozen=True)
class PetSet:
    """A set of pets that TensorFlow Datasets prepares.

    Attributes:
        name: of its builder, which is the name of its folder too.
        title: what sentences call it.
        make_builder: makes the builder for a data folder, looking at the disk anew.
    """

    name: str
    title: str
    make_builder: Callable[[Path], tfds.core.DatasetBuilder]

    def reference(self) -> tfds.core.DatasetBuilder:
        """Returns a builder that knows what the code says, and nothing of any disk."""
        return _reference(self)

    def mending(self, data_dir: Path) -> str:
        """Returns the command that prepares the set, or mends it."""
        command = f"python -m lessons_lib data prepare --source {self.name}"
        try:
            is_usual = data_dir == settings.data_dir()
        except settings.SettingProblem:
            is_usual = False
        return command if is_usual else f'{command} --data-dir "{data_dir}"'


@functools.cache  # each builder of a set that is not there leaves an empty folder behind
def _reference(pets: PetSet) -> tfds.core.DatasetBuilder:
    try:
        return pets.make_builder(Path(os.devnull) / "nowhere")
    except OSError as error:
        raise CannotWrite(
            "Expected a place for temporary files, which TensorFlow Datasets needs, but there is "
            f"none ({error.strerror}); make room, or name a folder in the variable TMPDIR."
        ) from error


@dataclass(frozen=True)
class Condition:
    """What was found of a set in a data folder.

    Attributes:
        pets: the set.
        data_dir: the data folder.
        folder: where the set stands, in the version that the course reads.
        is_there: whether anything stands in that place.
        faults: what is wrong, most important first; empty where nothing is.
        other_versions: those in the same place that the course does not read.
    """

    pets: PetSet
    data_dir: Path
    folder: Path
    is_there: bool
    faults: tuple[str, ...] = ()
    other_versions: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether the lessons can run on it."""
        return self.is_there and not self.faults

    @property
    def fault(self) -> str:
        """What is wrong, in half a sentence; empty where nothing is."""
        more = len(self.faults) - 1
        return "".join(self.faults[:1]) + (f" (and {more} more)" if more > 0 else "")

    def problem(self) -> DamagedPets:
        """Says that it is damaged, and what to do."""
        return DamagedPets(
            f"Expected the {self.pets.title} in {self.folder} to be whole, but {self.fault}; "
            f"mend them with: {self.pets.mending(self.data_dir)}"
        )


def examine(pets: PetSet, data_dir: Path, *, afresh: bool = False) -> Condition:
    """Looks whether a set is there and whole, and changes nothing.

    Args:
        pets: the set.
        data_dir: where TensorFlow Datasets keeps prepared sets.
        afresh: read records once more, even those of files that have not changed since this
            process last read them.
    """
    reference = pets.reference()
    place = Path(data_dir) / pets.name
    folder = place / str(reference.version)
    others = tuple(name for name in _names_in(place) if VERSION.fullmatch(name))
    others = tuple(name for name in others if name != folder.name)
    if not os.path.lexists(folder) or _holds_only_others(pets, folder):
        return Condition(pets, Path(data_dir), folder, False, (), others)
    fault = _fault_of_information(pets, Path(data_dir), folder, reference)
    if fault:
        return Condition(pets, Path(data_dir), folder, True, (fault,), others)
    faults = _faults_of_records(pets.make_builder(Path(data_dir)), afresh=afresh)
    return Condition(pets, Path(data_dir), folder, True, tuple(faults), others)


def decoding_fault(examples: tf.data.Dataset, split: str) -> str:
    """Decodes all examples of a split; returns what is wrong with them, in half a sentence."""
    number = 0
    try:
        for example in progress(examples, f"Reading {split}"):
            number += 1
            mask = example["segmentation_mask"].numpy()
            fits = mask.shape[:2] == example["image"].shape[:2]
            if not fits or not np.isin(mask, TRIMAP_VALUES).all():
                return f"the mask of record {number} of {split} does not fit its photo"
    except tf.errors.OpError:
        return f"record {number + 1} of {split} cannot be decoded"
    return ""


def files_of_set(pets: PetSet, folder: Path) -> list[Path]:
    """Lists the files in a set's folder that TensorFlow Datasets has written there."""
    patterns = (INFO_FILE, "features.json", "metadata.json", "LICENSE", "*.labels.txt")
    records = (f"{pets.name}-*.tfrecord-*-of-*", f"incomplete.*.{pets.name}-*.tfrecord-*-of-*")
    found = {path for pattern in (*patterns, *records) for path in folder.glob(pattern)}
    return sorted(path for path in found if path.is_file() or path.is_symlink())


def _holds_only_others(pets: PetSet, folder: Path) -> bool:
    """Returns whether files lie in a set's folder, but none of the set's."""
    return bool(_names_in(folder)) and not files_of_set(pets, folder)


def _names_in(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _fault_of_information(
    pets: PetSet, data_dir: Path, folder: Path, reference: tfds.core.DatasetBuilder
) -> str:
    """Returns what is wrong with all that is not a record, in half a sentence."""
    if not folder.is_dir():
        return "a file stands in place of that folder"
    if os.access(folder, os.R_OK | os.X_OK) and not _names_in(folder):
        return "that folder is empty"
    features: Any = reference.info.features
    labels = {
        f"{key}.labels.txt": feature.names
        for key, feature in features.items()
        if hasattr(feature, "names")
    }
    name = INFO_FILE
    try:
        for name in (INFO_FILE, "features.json", *labels):
            content = _read_information(folder / name)
            if not content.strip(b"\0 \n"):
                return f"its {name} is empty"
            if name in labels:
                if content.decode().split() != labels[name]:
                    return f"its {name} names other labels"
            else:
                _require_fitting(name, content, pets.name, folder.name)
    except FileNotFoundError:
        return f"its {name} is missing"
    except OSError as problem:
        return f"its {name} cannot be read ({problem.strerror})"
    except (ValueError, RecursionError):
        return f"its {name} does not say what it should"
    try:
        builder = pets.make_builder(data_dir)
        for split in SPLITS:
            _ = builder.info.splits[split].filepaths
    except Exception:  # whatever its parsers raise
        return "TensorFlow Datasets cannot read what its files say of it"
    return ""


def _read_information(path: Path) -> bytes:
    """Reads a file unless it is a pipe or a device, which might never end, or far too large.

    Raises:
        FileNotFoundError: it is not there.
        ValueError: it cannot be what is wanted.
    """
    status = path.stat()
    if not path.is_file() or status.st_size > LARGEST_INFORMATION:
        raise ValueError("no file of information")
    return path.read_bytes()


def _require_fitting(name: str, content: bytes, set_name: str, version: str) -> None:
    """Raises ValueError unless an information file is of this set and this version."""
    said = json.loads(content)
    if not isinstance(said, dict):
        raise ValueError("expected an object")
    if name != INFO_FILE:
        return
    if (said.get("name"), said.get("version")) != (set_name, version):
        raise ValueError("another set")
    splits = said.get("splits")
    if not isinstance(splits, list) or not all(isinstance(split, dict) for split in splits):
        raise ValueError("no list of splits")
    counts = {split.get("name"): split.get("shardLengths") for split in splits}
    for split in SPLITS:
        lengths = counts.get(split) or ()
        if not 0 < len(lengths) <= MOST_FILES or not all(0 < int(one) < 10**9 for one in lengths):
            raise ValueError("no records")


def _faults_of_records(builder: tfds.core.DatasetBuilder, *, afresh: bool) -> Iterator[str]:
    """Yields what is wrong with each file of records, in half a sentence."""
    for split in SPLITS:
        info = builder.info.splits[split]
        for path, expected in zip(info.filepaths, info.shard_lengths, strict=True):
            fault = _fault_of_file(Path(path), expected, afresh=afresh)
            if fault:
                yield f"{Path(path).name} {fault}"
            elif not _first_can_be_read(builder, str(path), Path(path).stat().st_mtime_ns):
                yield f"{Path(path).name} holds records of another kind"


def _fault_of_file(path: Path, expected: int, *, afresh: bool) -> str:
    try:
        found = path.stat()
    except OSError:
        return "is missing"
    if not path.is_file():
        return "is no file"
    if found.st_size == 0:
        return "is empty"
    count = _count_whole_records.__wrapped__ if afresh else _count_whole_records
    try:
        counted = count(str(path), found.st_size, found.st_mtime_ns)
    except tf.errors.DataLossError as error:
        is_short = "truncated" in str(error)
        return "ends too soon" if is_short else "holds a record with a wrong checksum"
    except tf.errors.OpError:
        return "cannot be read"
    return "" if counted == expected else f"holds {counted} records in place of {expected}"


_read_before: set[tuple[str, int]] = set()


def _first_can_be_read(builder: tfds.core.DatasetBuilder, path: str, changed: int) -> bool:
    """Says whether the first record of a file is an example of this set, as all then should be."""
    if (path, changed) in _read_before:
        return True
    features: Any = builder.info.features
    examples = tf.data.TFRecordDataset(path).take(1).map(features.deserialize_example)
    if decoding_fault(examples, "records"):
        return False
    _read_before.add((path, changed))
    return True


@functools.lru_cache(maxsize=256)
def _count_whole_records(path: str, size: int, changed: int) -> int:
    """Counts the records of a file; TensorFlow compares the checksum of each.

    Size in bytes and time of the last change make the answer hold for one state of the file.
    """
    records = tf.data.TFRecordDataset(path, buffer_size=BUFFER)
    return int(records.reduce(np.int64(0), lambda count, _: count + 1))
