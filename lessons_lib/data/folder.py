"""Pets from a folder in the official layout: a part of the real set, or a class's own photos.

    images/NAME.jpg                  photos (.jpeg and .png are found too)
    annotations/trimaps/NAME.png     masks, one channel: 1 pet, 2 background, 3 border
    annotations/trainval.txt         lines "NAME class species breed", for example "Bengal_7 6 1 2"
    annotations/test.txt             the same for the test set; "#" starts a comment

Every file is looked at before the first lesson uses it, so that a problem is told in one sentence
when the pets are loaded and not out of the middle of a training run.

Source: README of the Oxford-IIIT Pet annotations (Parkhi et al., 2012).
"""

import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps
from tqdm import tqdm

from lessons_lib.classes import TRIMAP_VALUES
from lessons_lib.data.problems import DataProblem, MissingFile, list_values
from lessons_lib.quiet import tf

PHOTO_ENDINGS = (".jpg", ".jpeg", ".png")

# Pillow turns each of these into 8-bit RGB without losing what a learner would see.
PHOTO_MODES = ("RGB", "RGBA", "RGBX", "L", "LA", "P", "PA", "1", "CMYK", "YCbCr")
SIDEWAYS = (5, 6, 7, 8)  # EXIF orientations that swap height and width
EXIF_ORIENTATION = 0x0112


@dataclass(frozen=True)
class ListedPet:
    """One line of a list: a photo, its mask, and the official numbers, which start at 1."""

    name: str
    class_number: int
    species_number: int
    photo: Path
    trimap: Path

    @property
    def breed(self) -> str:
        """The name without its number: ``Bengal`` for ``Bengal_7``."""
        return self.name.rpartition("_")[0] or self.name


def read_folder(folder: Path) -> tuple[list[ListedPet], list[ListedPet]]:
    """Reads both lists of a folder and looks at every file that they name.

    Args:
        folder: holds ``images/`` and ``annotations/``.

    Returns:
        ``(train, test)``, in the order of the lists.

    Raises:
        MissingFile: the folder, ``images/``, ``trimaps/``, a list, or a listed file is not there.
        DataProblem: a list or a picture that cannot be used; the sentence says which and why.
    """
    folder = Path(folder)
    for needed in (folder, folder / "images", folder / "annotations" / "trimaps"):
        if not needed.is_dir():
            raise MissingFile(
                f"Expected the folder {needed}, but there is none; the official layout is "
                "images/, annotations/trimaps/, annotations/trainval.txt, annotations/test.txt."
            )
    train = read_list(folder, "trainval.txt")
    test = read_list(folder, "test.txt")
    _refuse_pets_in_both(train, test)
    _check_pictures(train + test)
    return train, test


def read_list(folder: Path, list_name: str) -> list[ListedPet]:
    """Reads one list of pets and finds the files of each.

    Args:
        folder: holds ``images/`` and ``annotations/``.
        list_name: ``trainval.txt`` or ``test.txt``.

    Raises:
        MissingFile: the list, a photo or a mask is not there.
        DataProblem: a line that cannot be read, a name that comes twice, or no name at all.
    """
    path = folder / "annotations" / list_name
    if not path.is_file():
        raise MissingFile(
            f"Expected the list {path}, but there is none; "
            'write one line "NAME class species breed" for each photo.'
        )
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise DataProblem(f"Expected text in {path}, but it is not UTF-8; save it anew.") from error
    pets: dict[str, ListedPet] = {}
    for number, line in enumerate(lines, start=1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        pet = _parse_line(folder, words, where=f"{path}, line {number}", line=line)
        if pet.name in pets:
            raise DataProblem(f"{path}, line {number}: {pet.name} is listed twice; remove one.")
        pets[pet.name] = pet
    if not pets:
        raise DataProblem(f"Expected at least one photo in {path}, but it lists none.")
    return list(pets.values())


def folder_examples(pets: Sequence[ListedPet], class_numbers: Sequence[int]) -> tf.data.Dataset:
    """Makes examples as TensorFlow Datasets does, reading each file when its turn comes.

    Args:
        pets: listed pets whose files were looked at by ``read_folder``.
        class_numbers: the official class numbers in the order of the breeds, so that ``label``
            is a breed's place in it.

    Returns:
        Dictionaries ``image`` uint8 h×w×3, ``segmentation_mask`` uint8 h×w×1, ``label`` and
        ``species`` int64, ``file_name`` string; in the order of ``pets``, cardinality known.
    """
    order = {class_number: label for label, class_number in enumerate(class_numbers)}
    columns = {
        "photo": [str(pet.photo) for pet in pets],
        "trimap": [str(pet.trimap) for pet in pets],
        "label": np.array([order[pet.class_number] for pet in pets], np.int64),
        "species": np.array([pet.species_number - 1 for pet in pets], np.int64),
        "file_name": [pet.photo.name for pet in pets],
    }

    def read_example(row: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        image, mask = tf.numpy_function(
            _read_files, [row["photo"], row["trimap"]], (tf.uint8, tf.uint8), stateful=False
        )
        return {
            "image": tf.ensure_shape(image, (None, None, 3)),
            "segmentation_mask": tf.ensure_shape(mask, (None, None, 1)),
            "label": row["label"],
            "species": row["species"],
            "file_name": row["file_name"],
        }

    rows = tf.data.Dataset.from_tensor_slices(columns)
    return rows.map(read_example, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)


def read_pair(photo: Path, trimap: Path) -> tuple[np.ndarray, np.ndarray]:
    """Reads a photo and its mask, and refuses what no lesson could use.

    Greyscale, palette, transparent and CMYK photos become RGB. A photo that its camera stored
    sideways is turned only if that makes its size the mask's: the mask decides.

    Returns:
        ``(image, mask)``: uint8 h×w×3, and uint8 h×w×1 with values 1, 2, 3.

    Raises:
        DataProblem: either cannot be read, is of a wrong kind, or their sizes differ.
    """
    mask = _read_trimap(trimap)
    height, width = mask.shape[:2]
    image = read_photo(photo, size=(width, height))
    if image.shape[:2] != (height, width):
        raise DataProblem(
            f"Expected {photo.name} and {trimap.name} to have the same size, but the photo has "
            f"{image.shape[1]}×{image.shape[0]} pixels and the mask {width}×{height}; "
            "make the mask for this very photo, or crop both alike."
        )
    return image, mask


def read_photo(path: Path, size: tuple[int, int] | None = None) -> np.ndarray:
    """Reads a photo as RGB, turned upright where its camera stored it sideways.

    Args:
        path: a JPEG, PNG or whatever Pillow reads, 8 bits a channel.
        size: (width, height) in pixels that the photo should have; if given, it is turned only
            where turning gives that size.

    Returns:
        uint8 h×w×3.

    Raises:
        DataProblem: the file is missing, no picture, or has more than 8 bits a channel.
    """
    photo = _open_picture(path)
    if photo.mode not in PHOTO_MODES:
        raise DataProblem(
            f"Expected 8 bits a channel in the photo {path}, but its mode is {photo.mode} "
            "(16 bits or more); save it as an 8-bit JPEG or PNG."
        )
    sideways = photo.getexif().get(EXIF_ORIENTATION) in SIDEWAYS
    if size is None or (sideways and photo.size != size and photo.size == size[::-1]):
        photo = ImageOps.exif_transpose(photo)
    return np.array(photo.convert("RGB"))


def _read_files(photo: bytes, trimap: bytes) -> tuple[np.ndarray, np.ndarray]:
    return read_pair(Path(photo.decode()), Path(trimap.decode()))


def _read_trimap(path: Path) -> np.ndarray:
    trimap = _open_picture(path)
    if trimap.mode not in ("L", "P"):
        raise DataProblem(
            f"Expected one 8-bit channel with the values 1, 2, 3 in the mask {path}, but its "
            f"mode is {trimap.mode}; store the class numbers themselves, not colours."
        )
    mask = np.array(trimap)  # of a palette picture: the indices, which are the class numbers
    if not np.isin(mask, TRIMAP_VALUES).all():
        raise DataProblem(
            f"Expected only the values 1 (pet), 2 (background), 3 (border) in the mask {path}, "
            f"got {list_values(mask)}; store the class numbers themselves."
        )
    return mask[..., np.newaxis]


def _open_picture(path: Path) -> Image.Image:
    try:
        with Image.open(path) as picture:
            picture.load()
            return picture
    except Exception as error:  # Pillow's readers raise many kinds; all mean: no picture
        raise DataProblem(
            f"Expected a whole picture in {path}, but it cannot be read ({error}); "
            "fetch or save it again."
        ) from error


def _parse_line(folder: Path, words: list[str], *, where: str, line: str) -> ListedPet:
    if len(words) != 4 or not all(word.isdecimal() for word in words[1:]):
        raise DataProblem(
            f'{where}: expected "NAME class species breed", for example "Bengal_7 6 1 2", '
            f'got "{line.strip()}".'
        )
    name, class_number, species_number = words[0], int(words[1]), int(words[2])
    if class_number < 1 or species_number not in (1, 2):
        raise DataProblem(
            f"{where}: expected a class from 1 on and species 1 (cat) or 2 (dog), "
            f"got class {class_number} and species {species_number}."
        )
    trimap = folder / "annotations" / "trimaps" / f"{name}.png"
    if not trimap.is_file():
        raise MissingFile(f"{where}: expected the mask {trimap}, but there is none.")
    return ListedPet(name, class_number, species_number, _find_photo(folder, name, where), trimap)


def _find_photo(folder: Path, name: str, where: str) -> Path:
    candidates = [folder / "images" / f"{name}{ending}" for ending in PHOTO_ENDINGS]
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    raise MissingFile(
        f"{where}: expected the photo {candidates[0]} (or .jpeg, .png), but there is none."
    )


def _refuse_pets_in_both(train: list[ListedPet], test: list[ListedPet]) -> None:
    in_both = sorted({pet.name for pet in train} & {pet.name for pet in test})
    if in_both:
        raise DataProblem(
            f"Expected each photo either in trainval.txt or in test.txt, but {in_both[0]} "
            f"(one of {len(in_both)}) is in both; a test on photos seen in training proves nothing."
        )


def _check_pictures(pets: list[ListedPet]) -> None:
    """Reads every pair once; two threads, because Pillow decodes outside Python's lock."""
    with ThreadPoolExecutor(max_workers=2) as readers:
        pairs = readers.map(lambda pet: _check_pair(pet), pets)
        progress = tqdm(pairs, total=len(pets), desc="Checking photos", file=sys.stderr, delay=2)
        try:
            for _ in progress:
                pass
        except DataProblem:
            readers.shutdown(cancel_futures=True)
            raise


def _check_pair(pet: ListedPet) -> None:
    read_pair(pet.photo, pet.trimap)
