"""The pets of one worker of several that train together: each reads its own, and reads them once.

Which pets are for validation does not depend on the number of workers: they are those that
``split_validation`` takes. What is not a worker's own is left out before any picture is decoded.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from lessons_lib.arguments import require_whole
from lessons_lib.classes import PET_CLASSES, Classes
from lessons_lib.data.folder import ListedPet, folder_examples, read_folder
from lessons_lib.data.prepared import read_split
from lessons_lib.data.problems import DataProblem
from lessons_lib.data.sources import (
    choose_source,
    data_folder,
    find_folder,
    open_drawn_pets,
    open_oxford,
)
from lessons_lib.quiet import tf
from lessons_lib.signatures import tell_calls

import tensorflow_datasets as tfds  # isort: skip

EVERY = 5  # of the training examples one is for validation
PICTURES = ("image", "segmentation_mask")


class Share(NamedTuple):
    """What one worker reads, and how much all of them have.

    Attributes:
        train: this worker's examples to train with.
        validation: its examples of the validation set.
        test: its examples of the test set.
        classes: of the pixels.
        train_counts: how many examples to train with each worker has.
        counts: how many there are to train with, to validate, and to test with.
    """

    train: tf.data.Dataset
    validation: tf.data.Dataset
    test: tf.data.Dataset
    classes: Classes
    train_counts: tuple[int, ...]
    counts: tuple[int, int, int]


def load_share(
    source: str | None = None, *, worker: int, workers: int, data_dir: str | Path | None = None
) -> Share:
    """Loads the examples of one worker; over all workers each example occurs once.

    Args:
        source: as ``load_pets`` takes it.
        worker: its number, from 0.
        workers: how many there are.
        data_dir: where TensorFlow Datasets keeps prepared sets; None for ``LESSONS_DATA_DIR``.

    Raises:
        DataProblem: as ``load_pets``; or fewer pets in a set than there are workers.
    """
    require_whole("workers", workers, least=1)
    require_whole("worker", worker, least=0, most=workers - 1)
    folder = data_folder(data_dir)
    chosen = choose_source(source, folder)
    if chosen == "drawn_pets":
        return _share_prepared(open_drawn_pets(folder, mend=True), worker, workers)
    if chosen == "oxford_iiit_pet":
        return _share_prepared(open_oxford(folder), worker, workers)
    return _share_folder(find_folder(chosen), worker, workers)


def is_for_validation(number: Any) -> Any:
    """Says of a training example, by its place from 0, whether it is for validation."""
    return number % EVERY == EVERY - 1


def _share_folder(folder: Path, worker: int, workers: int) -> Share:
    """Takes every so-manieth pet of the lists."""
    pets, test = read_folder(folder)
    train = [pet for number, pet in enumerate(pets) if not is_for_validation(number)]
    validation = [pet for number, pet in enumerate(pets) if is_for_validation(number)]
    counts = (len(train), len(validation), len(test))
    _require_enough(counts, workers)
    class_numbers = sorted({pet.class_number for pet in pets + test})

    def take(listed: Sequence[ListedPet]) -> tf.data.Dataset:
        return folder_examples(listed[worker::workers], class_numbers)

    own = pets[0].own
    return Share(
        *(take(train), take(validation), take(test)),
        classes=own.classes if own else PET_CLASSES,
        train_counts=tuple(len(train[number::workers]) for number in range(workers)),
        counts=counts,
    )


def _share_prepared(builder: tfds.core.DatasetBuilder, worker: int, workers: int) -> Share:
    """Takes a stretch of the stored records, so that files with none of them are not opened."""
    size, test_size = (builder.info.splits[name].num_examples for name in ("train", "test"))
    validation_size = sum(map(is_for_validation, range(size)))
    counts = (size - validation_size, validation_size, test_size)
    _require_enough(counts, workers)

    def take(split: str, stretch: range, wanted: Callable[[Any], Any]) -> tf.data.Dataset:
        records = read_split(
            builder, f"{split}[{stretch.start}:{stretch.stop}]", decode_pictures=False
        )
        numbered = records.enumerate(start=stretch.start)
        kept = numbered.filter(lambda number, _: wanted(number))
        count = sum(1 for number in stretch if wanted(number))
        pictures = kept.map(
            lambda _, record: _decode(builder, record),
            num_parallel_calls=tf.data.AUTOTUNE,
            deterministic=True,
        )
        return pictures.apply(tf.data.experimental.assert_cardinality(count))

    def is_to_train(number: Any) -> Any:
        return number % EVERY != EVERY - 1

    stretches = _stretches(size, workers)
    return Share(
        take("train", stretches[worker], is_to_train),
        take("train", stretches[worker], is_for_validation),
        take("test", _stretches(test_size, workers)[worker], lambda _: True),
        classes=PET_CLASSES,
        train_counts=tuple(sum(map(is_to_train, stretch)) for stretch in stretches),
        counts=counts,
    )


def _stretches(count: int, workers: int) -> list[range]:
    """Cuts the places of examples into stretches of about equal length."""
    ends = [count * number // workers for number in range(workers + 1)]
    return [range(*ends[number : number + 2]) for number in range(workers)]


def _decode(builder: tfds.core.DatasetBuilder, record: dict[str, Any]) -> dict[str, tf.Tensor]:
    features: Any = builder.info.features
    pictures = {name: features[name].decode_example(record[name]) for name in PICTURES}
    return {**record, **pictures}


def _require_enough(counts: tuple[int, int, int], workers: int) -> None:
    """Raises DataProblem where a worker would have nothing to read."""
    if min(counts) < workers:
        train, validation, test = counts
        raise DataProblem(
            f"Expected at least {workers} pets in each set, one for each worker, but there are "
            f"{train} to train, {validation} to validate and {test} to test with; take fewer "
            "workers or more pets."
        )


tell_calls(globals())
