"""Where pets come from: one interface, three sources, the same examples.

``load_pets`` gives train and test sets of examples as TensorFlow Datasets makes them: ``image``
uint8 h×w×3, ``segmentation_mask`` uint8 h×w×1 (1 pet, 2 background, 3 border), ``label`` (breed),
``species`` (0 cat, 1 dog), ``file_name``.

Sources: drawn pets (ours), and O. M. Parkhi, A. Vedaldi, A. Zisserman, C. V. Jawahar,
"Cats and Dogs", CVPR 2012 (the Oxford-IIIT Pet data set).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from lessons_lib import settings
from lessons_lib.classes import CLASS_NAMES
from lessons_lib.data import oxford
from lessons_lib.data.folder import folder_examples, read_folder
from lessons_lib.data.prepared import is_prepared, prepare_drawn_pets, read_split
from lessons_lib.data.problems import MissingFile
from lessons_lib.quiet import tf

import tensorflow_datasets as tfds  # isort: skip


@dataclass(frozen=True)
class PetsInfo:
    """What a set of pets is.

    Attributes:
        source: ``drawn_pets``, ``oxford_iiit_pet`` or the folder's path.
        description: one line: which pets, how many, and how to get others.
        class_names: of the pixels, in label order.
        breeds: names; an example's ``label`` is a place in it.
        train_count: examples to train with.
        test_count: examples to test with.
    """

    source: str
    description: str
    class_names: tuple[str, ...]
    breeds: tuple[str, ...]
    train_count: int
    test_count: int


class Pets(NamedTuple):
    """Examples to train with, examples to test with, and what they are."""

    train: tf.data.Dataset
    test: tf.data.Dataset
    info: PetsInfo


def load_pets(source: str | None = None, *, data_dir: str | Path | None = None) -> Pets:
    """Loads the pets that a lesson runs on, and prints one line that says which.

    The order of the examples is the same at each pass and in each process.

    Args:
        source: ``auto`` (the full Oxford set if it is prepared, else drawn pets), ``drawn_pets``,
            ``oxford_iiit_pet`` or a folder in the official layout; None for what the variable
            ``LESSONS_PETS`` says.
        data_dir: where TensorFlow Datasets keeps prepared sets; None for ``LESSONS_DATA_DIR``.

    Raises:
        MissingFile: no such source or folder, or the Oxford set is not prepared.
        DataProblem: a folder with a problem; the sentence says which.
        CannotWrite: the drawn pets cannot be prepared in the data folder.
    """
    data_dir = Path(data_dir).expanduser() if data_dir else settings.data_dir()
    pets = _load(choose_source(source, data_dir), data_dir)
    print(pets.info.description)
    return pets


def choose_source(source: str | None, data_dir: Path) -> str:
    """Returns ``drawn_pets``, ``oxford_iiit_pet`` or a folder's path; ``auto`` is decided here."""
    source = str(source) if source else settings.pets_source()
    if source != "auto":
        return source
    return "oxford_iiit_pet" if is_prepared("oxford_iiit_pet", data_dir) else "drawn_pets"


def _load(source: str, data_dir: Path) -> Pets:
    if source == "drawn_pets":
        return _load_drawn_pets(data_dir)
    if source == "oxford_iiit_pet":
        return _load_oxford(data_dir)
    folder = Path(source).expanduser()
    if not folder.is_dir():
        raise MissingFile(
            f"Expected auto, drawn_pets, oxford_iiit_pet or the path of a folder as the source of "
            f"pets, got {source!r}, and there is no such folder."
        )
    return _load_folder(folder)


def _load_folder(folder: Path) -> Pets:
    train, test = read_folder(folder)
    breeds = {pet.class_number: pet.breed for pet in reversed(train + test)}
    class_numbers = sorted(breeds)
    info = _describe(
        source=str(folder),
        what=f"photos in {folder}",
        breeds=tuple(breeds[class_number] for class_number in class_numbers),
        counts=(len(train), len(test)),
        others="for drawn pets set LESSONS_PETS=drawn_pets",
    )
    return Pets(folder_examples(train, class_numbers), folder_examples(test, class_numbers), info)


def _load_drawn_pets(data_dir: Path) -> Pets:
    return _load_prepared(
        prepare_drawn_pets(data_dir),
        what="drawn pets",
        others="for real photos (800 MB) run: python -m lessons_lib data prepare",
    )


def _load_oxford(data_dir: Path) -> Pets:
    if not is_prepared(oxford.NAME, data_dir):
        raise MissingFile(
            f"Expected the Oxford pets to be prepared below {data_dir}, but they are not; run "
            "python -m lessons_lib data prepare (800 MB), or set LESSONS_PETS=drawn_pets."
        )
    return _load_prepared(
        oxford.make_builder(data_dir),
        what="photos of the Oxford-IIIT Pet data set",
        others="for drawn pets set LESSONS_PETS=drawn_pets",
    )


def _load_prepared(builder: tfds.core.DatasetBuilder, *, what: str, others: str) -> Pets:
    splits = builder.info.splits
    features: Any = builder.info.features
    info = _describe(
        source=builder.name,
        what=what,
        breeds=tuple(features["label"].names),
        counts=(splits["train"].num_examples, splits["test"].num_examples),
        others=others,
    )
    return Pets(read_split(builder, "train"), read_split(builder, "test"), info)


def _describe(
    *, source: str, what: str, breeds: tuple[str, ...], counts: tuple[int, int], others: str
) -> PetsInfo:
    train_count, test_count = counts
    description = (
        f"Pets: {what}, {train_count:,} to train and {test_count:,} to test, "
        f"{len(breeds)} {'breed' if len(breeds) == 1 else 'breeds'}; {others}"
    )
    return PetsInfo(source, description, CLASS_NAMES, breeds, train_count, test_count)
