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
from lessons_lib.arguments import require_folder_path, require_path
from lessons_lib.classes import PET_CLASSES, Classes
from lessons_lib.data.folder import folder_examples, read_folder
from lessons_lib.data.oxford import OXFORD
from lessons_lib.data.prepared import DRAWN, prepare_drawn_pets, read_split
from lessons_lib.data.problems import DataProblem, MissingFile
from lessons_lib.data.wholeness import Condition, PetSet, examine
from lessons_lib.quiet import tf
from lessons_lib.signatures import tell_calls

import tensorflow_datasets as tfds  # isort: skip


@dataclass(frozen=True)
class PetsInfo:
    """What a set of pets is.

    Attributes:
        source: ``drawn_pets``, ``oxford_iiit_pet`` or the folder's path.
        description: one line: which pets, how many, and how to get others.
        classes: of the pixels, in label order: what functions take as ``classes=``.
        breeds: names; an example's ``label`` is a place in it.
        train_count: examples to train with.
        test_count: examples to test with.
    """

    source: str
    description: str
    classes: Classes
    breeds: tuple[str, ...]
    train_count: int
    test_count: int

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the classes, in label order."""
        return self.classes.names


class Pets(NamedTuple):
    """Examples to train with, examples to test with, and what they are."""

    train: tf.data.Dataset
    test: tf.data.Dataset
    info: PetsInfo


class Choice(NamedTuple):
    """Which source the lessons run on, and what is to be said of another that is damaged."""

    source: str
    remark: str = ""


PET_SETS: dict[str, PetSet] = {pets.name: pets for pets in (OXFORD, DRAWN)}


def load_pets(source: str | None = None, *, data_dir: str | Path | None = None) -> Pets:
    """Loads the pets that a lesson runs on, and prints one line that says which.

    The order of the examples is the same at each pass and in each process.

    Args:
        source: ``auto`` (the full Oxford set if it is prepared and whole, else drawn pets, and
            damage is told), ``drawn_pets``, ``oxford_iiit_pet`` or a folder in the official layout
            or with a ``classes.json``; None for what the variable ``LESSONS_PETS`` says.
        data_dir: where TensorFlow Datasets keeps prepared sets; None for ``LESSONS_DATA_DIR``.

    Raises:
        MissingFile: no such source or folder, or the Oxford set is not prepared.
        DataProblem: a folder with a problem, or a prepared set that is damaged; the sentence says
            which.
        CannotWrite: the drawn pets cannot be prepared in the data folder.
    """
    folder = data_folder(data_dir)
    choice = explain_choice(source, folder)
    if choice.remark:
        print(choice.remark)
    pets = _load(choice.source, folder, mend=_is_auto(source))
    print(pets.info.description)
    return pets


def data_folder(given: str | Path | None = None) -> Path:
    """Returns the data folder: the given one, or what ``LESSONS_DATA_DIR`` says.

    Raises:
        TypeError: no path.
        DataProblem: it cannot be a folder of this machine.
    """
    if given is not None:
        require_path("data_dir", given)
    try:
        return settings.read_path(given, "data_dir") if given else settings.data_dir()
    except settings.SettingProblem as problem:
        raise DataProblem(str(problem)) from problem


def choose_source(source: str | None, data_dir: Path) -> str:
    """Returns ``drawn_pets``, ``oxford_iiit_pet`` or a folder's path; ``auto`` is decided here."""
    return explain_choice(source, data_dir).source


def explain_choice(source: str | None, data_dir: Path) -> Choice:
    """Decides ``auto``: the Oxford pets where they are whole, else the drawn ones.

    Returns:
        The source, with a sentence about a set that is damaged, where there is one.

    Raises:
        TypeError: a source that is no text and no path, or a data folder that is no path.
        ValueError: a data folder that no file system here can have.
    """
    if source is not None:
        require_path("source", source)
    require_folder_path("data_dir", data_dir)
    if not _is_auto(source):
        return Choice(str(source) if source else settings.pets_source())
    oxford, drawn = examine(OXFORD, data_dir), examine(DRAWN, data_dir)
    if oxford.whole:
        return Choice(OXFORD.name)
    remarks = []
    if oxford.faults:
        remarks.append(
            f"The Oxford pets in {oxford.folder} are damaged: {oxford.fault}. The lessons run on "
            f"drawn pets; mend the others with: {OXFORD.mending(data_dir)}"
        )
    if drawn.faults:
        remarks.append(
            f"The drawn pets in {drawn.folder} are damaged: {drawn.fault}. "
            "The first lesson draws them anew."
        )
    return Choice(DRAWN.name, "\n".join(remarks))


def is_to_be_drawn(data_dir: Path) -> bool:
    """Returns whether nothing stands in place of the drawn pets, so that a lesson draws them."""
    return not examine(DRAWN, data_dir).is_there


def _is_auto(source: str | None) -> bool:
    return (str(source) if source else settings.pets_source()) == "auto"


def _load(source: str, data_dir: Path, *, mend: bool) -> Pets:
    if source == "drawn_pets":
        return _load_prepared(
            open_drawn_pets(data_dir, mend=mend),
            what="drawn pets",
            others="for real photos (800 MB) run: python -m lessons_lib data prepare",
        )
    if source == "oxford_iiit_pet":
        return _load_prepared(
            open_oxford(data_dir),
            what="photos of the Oxford-IIIT Pet data set",
            others="for drawn pets set LESSONS_PETS=drawn_pets",
        )
    return _load_folder(find_folder(source))


def find_folder(source: str) -> Path:
    """Returns the folder of pets that a source names.

    Raises:
        MissingFile: there is no such folder.
        DataProblem: no file system here can have it.
    """
    try:
        folder = settings.read_path(source, "the source of pets")
    except settings.SettingProblem as problem:
        raise DataProblem(str(problem)) from problem
    if not folder.is_dir():
        raise MissingFile(
            f"Expected auto, drawn_pets, oxford_iiit_pet or the path of a folder as the source of "
            f"pets, got '{settings.shown(source)}', and there is no such folder."
        )
    return folder


def _load_folder(folder: Path) -> Pets:
    train, test = read_folder(folder)
    breeds = {pet.class_number: pet.breed for pet in reversed(train + test)}
    class_numbers = sorted(breeds)
    own = train[0].own
    info = _describe(
        source=str(folder),
        what=f"photos in {folder}" + (f" with {len(own.classes)} classes" if own else ""),
        classes=own.classes if own else PET_CLASSES,
        breeds=tuple(breeds[class_number] for class_number in class_numbers),
        counts=(len(train), len(test)),
        others="for drawn pets set LESSONS_PETS=drawn_pets",
    )
    return Pets(folder_examples(train, class_numbers), folder_examples(test, class_numbers), info)


def open_drawn_pets(data_dir: Path, *, mend: bool) -> tfds.core.DatasetBuilder:
    """Returns the builder of the drawn pets, which are drawn unless they are there.

    Args:
        data_dir: where TensorFlow Datasets keeps prepared sets.
        mend: whether damaged ones are drawn anew.

    Raises:
        DataProblem: they are damaged.
        CannotWrite: they cannot be prepared in the data folder.
    """
    drawn = examine(DRAWN, data_dir)
    if drawn.faults and not mend:
        raise drawn.problem()
    return prepare_drawn_pets(data_dir)


def open_oxford(data_dir: Path) -> tfds.core.DatasetBuilder:
    """Returns the builder of the Oxford pets.

    Raises:
        MissingFile: they are not prepared.
        DataProblem: they are damaged.
    """
    oxford = examine(OXFORD, data_dir)
    if oxford.faults:
        raise oxford.problem()
    if not oxford.is_there:
        raise MissingFile(
            f"Expected the Oxford pets to be prepared below {data_dir}, but "
            f"{_tell_other_versions(oxford) or 'they are not'}; run "
            "python -m lessons_lib data prepare (800 MB), or set LESSONS_PETS=drawn_pets."
        )
    return OXFORD.make_builder(data_dir)


def _tell_other_versions(condition: Condition) -> str:
    """Says which other versions are there, in half a sentence; empty where there are none."""
    if not condition.other_versions:
        return ""
    found = " and ".join(condition.other_versions)
    return f"only version {found} is there, and the course reads {condition.folder.name}"


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
    *,
    source: str,
    what: str,
    breeds: tuple[str, ...],
    counts: tuple[int, int],
    others: str,
    classes: Classes = PET_CLASSES,
) -> PetsInfo:
    train_count, test_count = counts
    said = f", {len(breeds)} {'breed' if len(breeds) == 1 else 'breeds'}"
    description = (
        f"{'Pets' if classes is PET_CLASSES else 'Pictures'}: {what}, {train_count:,} to train and "
        f"{test_count:,} to test{said if classes is PET_CLASSES else ''}; {others}"
    )
    return PetsInfo(source, description, classes, breeds, train_count, test_count)


tell_calls(globals())
