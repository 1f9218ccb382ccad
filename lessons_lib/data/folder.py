"""Pets from a folder in the official layout: a part of the real set, or a class's own photos.

    images/NAME.jpg                  photos (.jpeg and .png are found too, and in capitals)
    annotations/trimaps/NAME.png     masks, one channel: 1 pet, 2 background, 3 border
    annotations/trainval.txt         lines "NAME class species breed", for example "Bengal_7 6 1 2"
    annotations/test.txt             the same for the test set; "#" starts a comment
    classes.json                     where masks hold classes of your own, see ``own_classes``

With a ``classes.json``, masks may also lie in ``masks/``, a line may be a NAME alone, and without
any list every fifth photo, in the order of their names, is one to test.

Every file is looked at before the first lesson uses it, so that a problem is told in one sentence
when the pets are loaded and not out of the middle of a training run.

Source: README of the Oxford-IIIT Pet annotations (Parkhi et al., 2012).
"""

import itertools
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from lessons_lib.arguments import list_values, require_file_path, require_folder_path
from lessons_lib.classes import TRIMAP_VALUES
from lessons_lib.data.own_classes import FILE_NAME, OwnClasses, read_classes
from lessons_lib.data.problems import DataProblem, MissingFile
from lessons_lib.data.progress import progress
from lessons_lib.quiet import tf
from lessons_lib.settings import shown
from lessons_lib.signatures import tell_calls

PHOTO_ENDINGS = (".jpg", ".jpeg", ".png")

# Pillow turns each of these into 8-bit RGB without losing what a learner would see.
PHOTO_MODES = ("RGB", "RGBA", "RGBX", "L", "LA", "P", "PA", "1", "CMYK", "YCbCr")
EVERY_FIFTH = 5
MOST_PIXELS = 50_000_000  # of a photo; a reader takes about 10 bytes of memory for each
EXIF_ORIENTATION, UPRIGHT = 0x0112, 1
LONGEST_LIST = 50_000_000  # bytes
LONGEST_NAME = 200  # bytes, so that an ending fits behind it
LONGEST_NUMBER = 9  # digits of a class; the official ones have two


@dataclass(frozen=True)
class ListedPet:
    """One line of a list: a photo, its mask, and the official numbers, which start at 1.

    Where masks have classes of their own, ``own`` says what their values mean.
    """

    name: str
    class_number: int
    species_number: int
    photo: Path
    trimap: Path
    own: OwnClasses | None = None

    @property
    def breed(self) -> str:
        """The name without its number: ``Bengal`` for ``Bengal_7``."""
        return self.name.rpartition("_")[0] or self.name


def read_folder(folder: Path) -> tuple[list[ListedPet], list[ListedPet]]:
    """Reads both lists of a folder and looks at every file that they name.

    Args:
        folder: holds ``images/`` and ``annotations/``, or ``images/``, ``masks/``, and
            ``classes.json``.

    Returns:
        ``(train, test)``, in the order of the lists.

    Raises:
        MissingFile: the folder, ``images/``, ``trimaps/``, a list, or a listed file is not there.
        DataProblem: a list or a picture that cannot be used; the sentence says which and why.
    """
    require_folder_path("folder", folder)
    folder = Path(folder)
    own = read_own_classes(folder)
    for needed in (folder, folder / "images", _mask_folder(folder, own)):
        if not os.path.isdir(needed):
            layout = "images/, annotations/trimaps/, annotations/trainval.txt, annotations/test.txt"
            raise MissingFile(
                f"Expected the folder {needed}, but there is none; the official layout is "
                f"{layout if own is None else f'images/, masks/, {FILE_NAME}'}."
            )
    lists = [folder / "annotations" / name for name in ("trainval.txt", "test.txt")]
    if own is not None and not any(path.exists() for path in lists):
        train, test = _list_all(folder, own)
    else:
        train, test = (read_list(folder, path.name, own) for path in lists)
    _refuse_pets_in_both(train, test)
    _check_pictures(train + test)
    return train, test


def read_own_classes(folder: Path) -> OwnClasses | None:
    """Reads the folder's ``classes.json``; None where it has none, and so holds pets.

    Raises:
        DataProblem: a file that cannot be used; the sentence says why.
    """
    require_folder_path("folder", folder)
    path = Path(folder) / FILE_NAME
    return read_classes(path) if os.path.lexists(path) else None


def read_list(folder: Path, list_name: str, own: OwnClasses | None = None) -> list[ListedPet]:
    """Reads one list of pets and finds the files of each.

    Args:
        folder: holds ``images/`` and ``annotations/``.
        list_name: ``trainval.txt`` or ``test.txt``.
        own: what the masks' values mean where they are not trimaps.

    Raises:
        MissingFile: the list, a photo or a mask is not there.
        DataProblem: a line that cannot be read, a name that comes twice, or no name at all.
    """
    path = folder / "annotations" / list_name
    if not os.path.isfile(path):
        raise MissingFile(
            f"Expected the list {path}, but there is none; "
            'write one line "NAME class species breed" for each photo.'
        )
    lines = _read_lines(path)
    pets: dict[str, ListedPet] = {}
    for number, line in enumerate(lines, start=1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        where = f"{path}, line {number}"
        if own is not None and len(words) == 1:
            pet = _find_files(folder, words[0], 1, 1, where, own)
        else:
            pet = _parse_line(folder, words, where=where, line=line, own=own)
        if pet.name in pets:
            raise DataProblem(f"{path}, line {number}: {pet.name} is listed twice; remove one.")
        pets[pet.name] = pet
    if not pets:
        raise DataProblem(f"Expected at least one photo in {path}, but it lists none.")
    return list(pets.values())


def _read_lines(path: Path) -> list[str]:
    try:
        size = path.stat().st_size
        if size > LONGEST_LIST:
            raise DataProblem(
                f"Expected a list of names in {path}, but it has {size:,} bytes; write one line of "
                "text for each photo."
            )
        return path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise DataProblem(f"Expected text in {path}, but it is not UTF-8; save it anew.") from error
    except OSError as error:
        raise DataProblem(
            f"Expected to read the list {path}, but the system refuses it ({error.strerror}); "
            "look at its permissions."
        ) from error


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
    own = pets[0].own if pets else None
    order = {class_number: label for label, class_number in enumerate(class_numbers)}
    columns = {
        "photo": [str(pet.photo) for pet in pets],
        "trimap": [str(pet.trimap) for pet in pets],
        "label": np.array([order[pet.class_number] for pet in pets], np.int64),
        "species": np.array([pet.species_number - 1 for pet in pets], np.int64),
        "file_name": [pet.photo.name for pet in pets],
    }

    def read_files(photo: bytes, trimap: bytes) -> tuple[np.ndarray, np.ndarray]:
        return read_pair(Path(photo.decode()), Path(trimap.decode()), own)

    def read_example(row: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        image, mask = tf.numpy_function(
            read_files, [row["photo"], row["trimap"]], (tf.uint8, tf.uint8), stateful=False
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


def read_pair(
    photo: Path, trimap: Path, own: OwnClasses | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Reads a photo and its mask, and refuses what no lesson could use.

    Greyscale, palette, transparent and CMYK photos become RGB. A photo or a mask that says how it
    is to be turned is turned, as viewers do; unless only the pictures as they are stored, or one
    of them turned, have the same size.

    Returns:
        ``(image, mask)``: uint8 h×w×3, and uint8 h×w×1 with values 1, 2, 3; of classes of your
        own (``own``) as many as there are, and 0 for what is to be ignored.

    Raises:
        DataProblem: either cannot be read, is of a wrong kind, or their sizes differ.
    """
    picture, drawn = _turn_alike(_open_photo(photo), _open_picture(trimap))
    mask = _read_trimap(drawn, trimap) if own is None else own.number_pixels(drawn, trimap)
    if picture.size != drawn.size:
        raise DataProblem(
            f"Expected {photo.name} and {trimap.name} to have the same size, but the photo has "
            f"{picture.width}×{picture.height} pixels and the mask {drawn.width}×{drawn.height}; "
            "make the mask for this very photo, or crop both alike."
        )
    return np.array(picture.convert("RGB")), mask


def read_photo(path: Path) -> np.ndarray:
    """Reads a photo as RGB, turned upright where its camera stored it sideways.

    Args:
        path: a JPEG, PNG or whatever Pillow reads, 8 bits a channel.

    Returns:
        uint8 h×w×3.

    Raises:
        DataProblem: the file is missing, no picture, too large, or of colours that are not read.
    """
    require_file_path("path", path)
    return np.array(_turned(_open_photo(path)).convert("RGB"))


def _open_photo(path: Path) -> Image.Image:
    photo = _open_picture(path)
    if photo.mode.startswith(("I", "F")):
        raise DataProblem(
            f"Expected 8 bits a channel in the photo {path}, but its mode is {photo.mode} "
            "(16 bits or more); save it as an 8-bit JPEG or PNG."
        )
    if photo.mode not in PHOTO_MODES:
        raise DataProblem(
            f"Expected colours in RGB, CMYK or grey in the photo {path}, but its mode is "
            f"{photo.mode}; save it as a JPEG or PNG in RGB."
        )
    return photo


def _turn_alike(photo: Image.Image, mask: Image.Image) -> tuple[Image.Image, Image.Image]:
    """Turns both as their EXIF says, or one, or none: the first way that gives one size."""
    turned = _turned(photo), _turned(mask)
    for pair in (turned, (photo, mask), (turned[0], mask), (photo, turned[1])):
        if pair[0].size == pair[1].size:
            return pair
    return photo, mask


def _turned(picture: Image.Image) -> Image.Image:
    try:
        has_orientation = picture.getexif().get(EXIF_ORIENTATION, UPRIGHT) != UPRIGHT
        return ImageOps.exif_transpose(picture) if has_orientation else picture
    except Exception:  # EXIF that is damaged says nothing
        return picture


def _read_trimap(trimap: Image.Image, path: Path) -> np.ndarray:
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
            _refuse_huge(path, *picture.size)
            picture.load()
            return picture
    except DataProblem:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_large(path, f"{error}".partition(" exceeds")[0]) from error
    except Exception as error:  # Pillow's readers raise many kinds; all mean: no picture
        raise DataProblem(
            f"Expected a whole picture in {path}, but it cannot be read ({error}); "
            "fetch or save it again."
        ) from error


def _refuse_huge(path: Path, width: int, height: int) -> None:
    """Raises before a picture is decoded that would take a machine's memory."""
    if width * height > MOST_PIXELS:
        raise _too_large(path, f"it has {width:,}×{height:,}")


def _too_large(path: Path, said: str) -> DataProblem:
    return DataProblem(
        f"Expected at most {MOST_PIXELS:,} pixels in the picture {path}, but {said}; "
        "shrink it, and its mask alike: the lessons look at it at 128×128."
    )


def _parse_line(
    folder: Path, words: list[str], *, where: str, line: str, own: OwnClasses | None
) -> ListedPet:
    if len(words) != 4 or not all(word.isdecimal() for word in words[1:]):
        raise DataProblem(
            f'{where}: expected "NAME class species breed", for example "Bengal_7 6 1 2", '
            f'got "{shown(line.strip())}".'
        )
    for word in words[1:]:
        if len(word) > LONGEST_NUMBER:
            raise DataProblem(
                f"{where}: expected numbers of at most {LONGEST_NUMBER} digits, got one of "
                f"{len(word):,}."
            )
    name, class_number, species_number = words[0], int(words[1]), int(words[2])
    if class_number < 1 or species_number not in (1, 2):
        raise DataProblem(
            f"{where}: expected a class from 1 on and species 1 (cat) or 2 (dog), "
            f"got class {class_number} and species {species_number}."
        )
    return _find_files(folder, name, class_number, species_number, where, own)


def _find_files(
    folder: Path,
    name: str,
    class_number: int,
    species_number: int,
    where: str,
    own: OwnClasses | None,
) -> ListedPet:
    _refuse_odd_name(name, where)
    masks = _mask_folder(folder, own)
    stem, ending = os.path.splitext(name)
    if ending.lower() in PHOTO_ENDINGS and not os.path.isfile(masks / f"{name}.png"):
        name = stem  # a photo's file name stands for its name
    trimap = masks / f"{name}.png"
    if not os.path.isfile(trimap):
        raise MissingFile(f"{where}: expected the mask {trimap}, but there is none.")
    photo = _find_photo(folder, name, where)
    return ListedPet(name, class_number, species_number, photo, trimap, own)


def _refuse_odd_name(name: str, where: str) -> None:
    """Refuses names that no file can have, and those that lead out of the folder."""
    if not name.isprintable() or len(os.fsencode(name)) > LONGEST_NAME:
        raise DataProblem(
            f"{where}: expected the name of a photo, of at most {LONGEST_NAME} letters that can be "
            f'printed, got "{shown(name)}".'
        )
    if os.path.isabs(name) or ".." in Path(name).parts:
        raise DataProblem(
            f'{where}: expected the name of a photo in images/, got "{shown(name)}", '
            "which leads elsewhere."
        )


def _mask_folder(folder: Path, own: OwnClasses | None) -> Path:
    official = folder / "annotations" / "trimaps"
    return folder / "masks" if own is not None and not os.path.isdir(official) else official


def _list_all(folder: Path, own: OwnClasses) -> tuple[list[ListedPet], list[ListedPet]]:
    """Lists all photos of a folder without lists, every fifth to test; and looks for lone masks."""
    photos = _list_files(folder / "images", PHOTO_ENDINGS)
    names = sorted({path.stem for path in photos})
    masks = _list_files(_mask_folder(folder, own), (".png",))
    _refuse_doubles("photo", photos)
    _refuse_doubles("mask", masks)
    for mask in masks:
        if mask.stem not in names:
            raise MissingFile(f"Expected a photo {folder / 'images' / mask.stem}.jpg for {mask}.")
    if len(names) < EVERY_FIFTH:
        raise DataProblem(
            f"Expected at least {EVERY_FIFTH} photos in {folder / 'images'}, got {len(names)}."
        )
    pets = [_find_files(folder, name, 1, 1, str(folder / "images"), own) for name in names]
    test = pets[EVERY_FIFTH - 1 :: EVERY_FIFTH]
    return [pet for pet in pets if pet not in test], test


def _refuse_doubles(kind: str, files: list[Path]) -> None:
    for earlier, later in itertools.pairwise(sorted(files)):
        if earlier.stem == later.stem:
            raise DataProblem(
                f"Expected one {kind} of each name in {later.parent}, got {earlier.name} and "
                f"{later.name}; rename or remove one."
            )


def _list_files(folder: Path, endings: tuple[str, ...]) -> list[Path]:
    """Lists the files of a folder that have one of the endings, but none that are hidden."""
    try:
        names = sorted(os.listdir(folder))
    except OSError as error:
        raise DataProblem(
            f"Expected to read the folder {folder}, but the system refuses it ({error.strerror}); "
            "look at its permissions."
        ) from error
    return [
        folder / name
        for name in names
        if os.path.splitext(name)[1].lower() in endings and not name.startswith(".")
    ]


def _find_photo(folder: Path, name: str, where: str) -> Path:
    endings = (*PHOTO_ENDINGS, *(ending.upper() for ending in PHOTO_ENDINGS))
    candidates = [folder / "images" / f"{name}{ending}" for ending in endings]
    for candidate in candidates:
        if os.path.isfile(candidate):
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
        try:
            for _ in progress(pairs, "Checking photos", total=len(pets)):
                pass
        except DataProblem:
            readers.shutdown(cancel_futures=True)
            raise


def _check_pair(pet: ListedPet) -> None:
    read_pair(pet.photo, pet.trimap, pet.own)


tell_calls(globals())
