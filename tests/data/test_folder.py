"""Tests of lessons_lib.data.folder: the official layout, and a sentence for each problem."""

import os
from pathlib import Path

import numpy as np
import pytest
from made_pets import make_pair
from PIL import Image

from lessons_lib.data import DataProblem, MissingFile, load_pets
from lessons_lib.data.folder import folder_examples, read_folder, read_pair
from lessons_lib.quiet import tf

FIRST = "Bengal_0"


def photo_of(folder: Path, name: str = FIRST) -> Path:
    return folder / "images" / f"{name}.jpg"


def trimap_of(folder: Path, name: str = FIRST) -> Path:
    return folder / "annotations" / "trimaps" / f"{name}.png"


def list_of(folder: Path, name: str = "trainval") -> Path:
    return folder / "annotations" / f"{name}.txt"


def test_examples_are_those_of_tensorflow_datasets_in_the_order_of_the_list(pets_folder):
    pets = load_pets(str(pets_folder))
    assert {
        key: (spec.shape.as_list(), spec.dtype)
        for key, spec in pets.train.element_spec.items()
        if spec.shape.rank
    } == {
        "image": ([None, None, 3], tf.uint8),
        "segmentation_mask": ([None, None, 1], tf.uint8),
    }
    examples = list(pets.train)
    names = [f"{'Bengal' if number % 2 == 0 else 'beagle'}_{number}.jpg" for number in range(6)]
    assert [example["file_name"].numpy().decode() for example in examples] == names
    assert [int(example["species"]) for example in examples] == [0, 1, 0, 1, 0, 1]
    assert pets.info.breeds == ("beagle", "Bengal")
    assert [int(example["label"]) for example in examples] == [1, 0, 1, 0, 1, 0]
    assert int(pets.train.cardinality()) == pets.info.train_count == 6
    assert int(pets.test.cardinality()) == pets.info.test_count == 2


def test_pixels_are_those_of_the_files(pets_folder):
    example = next(iter(load_pets(str(pets_folder)).train))
    np.testing.assert_array_equal(example["image"], np.array(Image.open(photo_of(pets_folder))))
    expected = make_pair(height=20, width=30, seed=0)[1]
    np.testing.assert_array_equal(example["segmentation_mask"][..., 0], expected)


def test_real_photos_load_and_show_the_shares_that_were_measured(real_pets, capsys):
    pets = load_pets(str(real_pets))
    assert (pets.info.train_count, pets.info.test_count) == (300, 60)
    assert pets.info.breeds == ("Abyssinian", "american_bulldog", "Bengal")
    shares = np.zeros(4)
    for example in pets.test:
        shares += np.bincount(example["segmentation_mask"].numpy().ravel(), minlength=4)
    shares /= shares.sum()
    np.testing.assert_allclose(shares, [0, 0.27, 0.61, 0.12], atol=0.05)
    assert "300 to train and 60 to test, 3 breeds" in capsys.readouterr().out


# Photos that are converted


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "1", "CMYK"])
def test_harmless_kinds_of_photo_become_rgb(tmp_path, pets_folder, mode):
    image, _ = make_pair(height=20, width=30, seed=0)
    picture = Image.fromarray(image).convert(mode)
    kind = "JPEG" if mode == "CMYK" else "PNG"
    picture.save(photo_of(pets_folder), kind)  # a PNG named .jpg, as there is one in the real set
    read, _ = read_pair(photo_of(pets_folder), trimap_of(pets_folder))
    assert (read.shape, read.dtype) == ((20, 30, 3), np.uint8)
    expected = np.array(picture.convert("RGB")).astype(int)
    tolerance = 60 if kind == "JPEG" else 0  # JPEG does not keep noise
    assert np.abs(read - expected).mean() <= tolerance


def test_a_photo_may_be_a_png_by_name_too(pets_folder):
    image = Image.open(photo_of(pets_folder))
    image.save(pets_folder / "images" / f"{FIRST}.png")
    photo_of(pets_folder).unlink()
    train, _ = read_folder(pets_folder)
    assert train[0].photo.name == f"{FIRST}.png"


@pytest.mark.parametrize(("mask_is_upright", "height"), [(True, 30), (False, 20)])
def test_the_mask_decides_whether_a_photo_stored_sideways_is_turned(
    tmp_path, mask_is_upright, height
):
    image, mask = make_pair(height=20, width=30, seed=0)
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees to see it upright
    Image.fromarray(image).save(tmp_path / "photo.png", exif=exif)
    Image.fromarray(mask.T.copy() if mask_is_upright else mask).save(tmp_path / "mask.png")
    read, _ = read_pair(tmp_path / "photo.png", tmp_path / "mask.png")
    expected = np.rot90(image, -1) if mask_is_upright else image
    assert read.shape[0] == height
    np.testing.assert_array_equal(read, expected)


def test_a_palette_mask_holds_its_labels_as_indices(pets_folder):
    _, mask = make_pair(height=20, width=30, seed=0)
    picture = Image.fromarray(mask)
    picture.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255])
    picture.save(trimap_of(pets_folder))
    assert Image.open(trimap_of(pets_folder)).mode == "P"
    _, read = read_pair(photo_of(pets_folder), trimap_of(pets_folder))
    np.testing.assert_array_equal(read[..., 0], mask)


# Problems: one damage each, and what the sentence must say


def remove_folder(name):
    def damage(folder):
        (folder / name).rename(folder / "elsewhere")

    return damage


def remove_file(find):
    return lambda folder: find(folder).unlink()


def cut_short(find):
    def damage(folder):
        path = find(folder)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    return damage


def no_picture(find):
    return lambda folder: find(folder).write_text("<html>not found</html>")


def save_photo(pixels, mode_kind="PNG"):
    return lambda folder: Image.fromarray(pixels).save(photo_of(folder), mode_kind)


def save_mask(pixels):
    return lambda folder: Image.fromarray(pixels).save(trimap_of(folder))


def write_list(text, name="trainval"):
    return lambda folder: list_of(folder, name).write_bytes(text.encode("latin-1"))


def add_line(line, name="trainval"):
    def damage(folder):
        with list_of(folder, name).open("a") as file:
            file.write(line)

    return damage


NO_PET = np.full((20, 30), 2, np.uint8)

PROBLEMS = {
    "no images folder": (remove_folder("images"), MissingFile, "the folder .*images, but"),
    "no trimaps folder": (
        remove_folder("annotations/trimaps"),
        MissingFile,
        "the folder .*trimaps, but",
    ),
    "no train list": (remove_file(list_of), MissingFile, "the list .*trainval.txt, but"),
    "no test list": (
        remove_file(lambda folder: list_of(folder, "test")),
        MissingFile,
        "list .*test.txt, but",
    ),
    "photo missing": (
        remove_file(photo_of),
        MissingFile,
        "line 2: expected the photo .*Bengal_0.jpg .*, but",
    ),
    "mask missing": (
        remove_file(trimap_of),
        MissingFile,
        "line 2: expected the mask .*Bengal_0.png, but",
    ),
    "photo cut short": (cut_short(photo_of), DataProblem, "whole picture in .*Bengal_0.jpg.*trunc"),
    "mask cut short": (cut_short(trimap_of), DataProblem, "whole picture in .*Bengal_0.png"),
    "photo is no picture": (no_picture(photo_of), DataProblem, "whole picture in .*Bengal_0.jpg"),
    "mask is no picture": (no_picture(trimap_of), DataProblem, "whole picture in .*Bengal_0.png"),
    "unequal size": (
        save_mask(NO_PET.T.copy()),
        DataProblem,
        "same size, but the photo has 30×20 .* mask 20×30",
    ),
    "16-bit photo": (
        save_photo(np.zeros((20, 30), np.uint16)),
        DataProblem,
        "8 bits a channel .*16 bits",
    ),
    "label 0 in mask": (save_mask(NO_PET - 2), DataProblem, "values 1 .*Bengal_0.png, got 0;"),
    "label 4 in mask": (save_mask(NO_PET * 2), DataProblem, "values 1 .*, got 4;"),
    "mask as a picture": (save_mask(NO_PET * 127), DataProblem, "values 1 .*, got 254;"),
    "coloured mask": (
        save_mask(np.zeros((20, 30, 3), np.uint8)),
        DataProblem,
        "one 8-bit channel.* mode is RGB;",
    ),
    "1-bit mask": (save_mask(NO_PET > 1), DataProblem, "one 8-bit channel .* mode is 1;"),
    "16-bit mask": (save_mask(NO_PET.astype(np.uint16)), DataProblem, "one 8-bit .* mode is I;16"),
    "empty train list": (write_list(""), DataProblem, "at least one photo in .*trainval.txt"),
    "only comments": (
        write_list("# nobody\n\n", "test"),
        DataProblem,
        "at least one photo in .*test.txt",
    ),
    "a word too few": (
        write_list("Bengal_0 6 1\n"),
        DataProblem,
        'line 1: expected "NAME .* got "Bengal_0 6 1"',
    ),
    "a word for a number": (write_list("Bengal_0 cat 1 1\n"), DataProblem, "line 1: expected"),
    "class 0": (write_list("Bengal_0 0 1 1\n"), DataProblem, "class from 1 on .* got class 0"),
    "species 3": (write_list("Bengal_0 1 3 1\n"), DataProblem, "1 .cat. or 2 .dog., .* species 3"),
    "not UTF-8": (write_list("B\u00e4r_0 1 1 1\n"), DataProblem, "not UTF-8"),
    "listed twice": (add_line("Bengal_0 6 1 1\n"), DataProblem, "line 8: Bengal_0 is listed twice"),
    "in both lists": (add_line("Bengal_0 6 1 1\n", "test"), DataProblem, "Bengal_0 .*is in both"),
}


@pytest.mark.parametrize(("damage", "error", "sentence"), PROBLEMS.values(), ids=PROBLEMS.keys())
def test_each_problem_has_its_sentence_when_the_pets_are_loaded(
    pets_folder, damage, error, sentence
):
    damage(pets_folder)
    with pytest.raises(error, match=sentence) as raised:
        load_pets(str(pets_folder))
    assert "\n" not in str(raised.value)


def test_a_problem_in_the_last_of_many_photos_is_found(pets_folder):
    cut_short(lambda folder: photo_of(folder, "beagle_7"))(pets_folder)
    with pytest.raises(DataProblem, match="beagle_7.jpg"):
        load_pets(str(pets_folder))


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read every file")
def test_a_photo_without_permission_has_its_sentence(pets_folder):
    photo_of(pets_folder).chmod(0)
    with pytest.raises(DataProblem, match="whole picture in .*Bengal_0.jpg.*Permission"):
        load_pets(str(pets_folder))


def test_lists_may_hold_comments_blank_lines_and_a_byte_order_mark(pets_folder):
    write_list("\u00ef\u00bb\u00bf#header\n\nBengal_0  6 1 1  # first\n")(pets_folder)
    train, test = read_folder(pets_folder)
    assert [pet.name for pet in train] == ["Bengal_0"]
    assert len(test) == 2


def test_files_are_read_when_their_turn_comes(pets_folder):
    train, _ = read_folder(pets_folder)
    examples = iter(folder_examples(train, [5, 6]))
    for pet in train:
        pet.photo.unlink()
    with pytest.raises(tf.errors.OpError, match="cannot be read"):
        list(examples)
