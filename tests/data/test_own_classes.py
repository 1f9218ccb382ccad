"""Masks of your own classes: how they may be stored, and a sentence for what cannot be used."""

import json

import numpy as np
import pytest
from made_pets import make_pair
from PIL import Image

from lessons_lib.classes import IGNORED_LABEL, PET_CLASSES
from lessons_lib.data import DataProblem, MissingFile, class_shares, load_pets, make_batches

HEIGHT, WIDTH = 24, 30
LEAF = {"classes": ["background", "leaf", "stem"], "ignore": 255}
VALUES = np.zeros((HEIGHT, WIDTH), np.uint8)
VALUES[4:12], VALUES[12:16], VALUES[16:18] = 1, 2, 255
COLOURS = {0: "#000000", 1: "#ff0000", 2: "#0000ff"}


def with_values(*values, **more):
    names = ("background", "leaf", "stem")
    return {
        "classes": [{"name": n, "value": v} for n, v in zip(names, values, strict=False)]
    } | more


@pytest.fixture
def folder(tmp_path):
    """Ten photos, masks of indices in ``masks/``, and a ``classes.json``."""
    for name in ("images", "masks"):
        (tmp_path / name).mkdir()
    for number in range(10):
        image, _ = make_pair(height=HEIGHT, width=WIDTH, seed=number)
        Image.fromarray(image).save(tmp_path / "images" / f"{number}.png")
        Image.fromarray(VALUES).save(tmp_path / "masks" / f"{number}.png")
    write_classes(tmp_path, LEAF)
    return tmp_path


def write_classes(folder, content):
    text = content if isinstance(content, str) else json.dumps(content)
    (folder / "classes.json").write_text(text, encoding="utf-8")


def save_mask(folder, picture, number=0):
    picture = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    picture.save(folder / "masks" / f"{number}.png")


def first_mask(folder):
    return next(iter(load_pets(str(folder)).train))["segmentation_mask"].numpy()[..., 0]


NUMBERS = np.where(VALUES == 255, 0, VALUES + 1)  # as a trimap would hold them


def test_pairs_are_found_by_name_and_every_fifth_photo_is_one_to_test(folder, capsys):
    pets = load_pets(str(folder))
    assert [one["file_name"].numpy().decode() for one in pets.test] == ["4.png", "9.png"]
    assert int(pets.train.cardinality()) == 8
    assert pets.info.class_names == ("background", "leaf", "stem")
    assert pets.info.classes.ignore_class == IGNORED_LABEL
    said = capsys.readouterr().out
    assert "Pictures: photos in" in said and "with 3 classes, 8 to train and 2 to test;" in said


def test_batches_hold_labels_from_0_and_ignored_pixels_as_255_which_no_share_counts(folder):
    batches = make_batches(load_pets(str(folder)).train, image_size=24)
    (_, masks), *_ = batches
    assert np.unique(masks).tolist() == [0, 1, 2, 255]
    shares = class_shares(batches, 3, ignore_class=255)
    np.testing.assert_allclose(shares, [10 / 22, 8 / 22, 4 / 22])
    with pytest.raises(DataProblem, match=r"labels 0 to 2, got 0, 1, 2, 255"):
        class_shares(batches, 3)


def test_the_official_layout_with_its_lists_serves_too_and_a_line_may_be_a_name(folder):
    (folder / "annotations").mkdir()
    (folder / "masks").rename(folder / "annotations" / "trimaps")
    (folder / "annotations" / "trainval.txt").write_text("3\n1\n2 1 1 1\n")
    (folder / "annotations" / "test.txt").write_text("# the last\n9\n")
    pets = load_pets(str(folder))
    assert [one["file_name"].numpy().decode() for one in pets.train] == ["3.png", "1.png", "2.png"]


def test_pets_have_the_pets_classes(pets_folder):
    assert load_pets(str(pets_folder)).info.classes is PET_CLASSES


# How masks may be stored


def test_the_indices_of_a_palette_count_whatever_its_colours(folder):
    picture = Image.fromarray(VALUES)
    picture.putpalette([9, 9, 9, 1, 1, 1, 200, 0, 0] * 85 + [0, 0, 0])
    save_mask(folder, picture)
    assert Image.open(folder / "masks" / "0.png").mode == "P"
    np.testing.assert_array_equal(first_mask(folder), NUMBERS)


@pytest.mark.parametrize(
    ("values", "mask"),
    [
        ((1, 2, 3), VALUES % 3 + 1),
        ((0, 128, 255), np.array([0, 128, 255], np.uint8)[VALUES % 3]),
        ((0, 1000, 40000), np.array([0, 1000, 40000], np.uint16)[VALUES % 3]),
    ],
    ids=["from 1 on", "grey levels", "16 bits"],
)
def test_values_are_those_that_the_file_names(folder, values, mask):
    write_classes(folder, with_values(*values))
    for number in range(10):
        save_mask(folder, mask, number)
    np.testing.assert_array_equal(first_mask(folder), VALUES % 3 + 1)


def test_a_mask_of_one_bit_holds_0_and_1(folder):
    write_classes(folder, {"classes": ["background", "leaf"]})
    for number in range(10):
        save_mask(folder, VALUES == 1, number)
    np.testing.assert_array_equal(first_mask(folder), (VALUES == 1) + 1)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_mask_of_colours_is_read_by_those_of_all_classes(folder, mode):
    content = with_values(0, 1, 2)
    for entry, colour in zip(content["classes"], COLOURS.values(), strict=True):
        entry["colour"] = colour
    write_classes(folder, content)
    palette = np.array([[0, 0, 0], [255, 0, 0], [0, 0, 255]], np.uint8)
    for number in range(10):
        save_mask(folder, Image.fromarray(palette[VALUES % 3]).convert(mode), number)
    np.testing.assert_array_equal(first_mask(folder), VALUES % 3 + 1)
    assert [one.colour for one in load_pets(str(folder)).info.classes] == list(COLOURS.values())
    save_mask(folder, np.full((HEIGHT, WIDTH, 3), 7, np.uint8))
    with pytest.raises(DataProblem, match="only the 3 colours .*0.png, got also #070707; save"):
        load_pets(str(folder))


def test_a_photo_stored_sideways_is_turned_to_fit_its_mask(folder):
    image, _ = make_pair(height=HEIGHT, width=WIDTH, seed=0)
    exif = Image.Exif()
    exif[0x0112] = 6
    sideways = Image.fromarray(np.rot90(image).copy())
    sideways.save(folder / "images" / "0.png", exif=exif)
    example = next(iter(load_pets(str(folder)).train))
    np.testing.assert_array_equal(example["image"], image)


# Problems of masks and pairs


def remove(path):
    return lambda folder: (folder / path).unlink()


SMALL = np.zeros((HEIGHT, WIDTH + 1), np.uint8)
PROBLEMS = {
    "photo missing": (remove("images/3.png"), MissingFile, "Expected a photo .*3.jpg for .*3.png"),
    "mask missing": (remove("masks/3.png"), MissingFile, "expected the mask .*3.png, but there is"),
    "no masks": (
        lambda folder: (folder / "masks").rename(folder / "elsewhere"),
        MissingFile,
        "the folder .*masks, but .* images/, masks/, classes.json",
    ),
    "unequal size": (
        lambda folder: save_mask(folder, SMALL),
        DataProblem,
        "same size, but the photo has 30×24 .* mask 31×24",
    ),
    "stray value": (
        lambda folder: save_mask(folder, VALUES // 2 * 7),
        DataProblem,
        r"values 0 .background., 1 .leaf., 2 .stem., 255 .ignored. in the mask .*0.png, "
        r"got also 7, 121; add them",
    ),
    "colours": (
        lambda folder: save_mask(folder, np.zeros((HEIGHT, WIDTH, 3), np.uint8)),
        DataProblem,
        'one number for each pixel .*0.png, but its mode is RGB; .* a "colour" for every class',
    ),
    "floats": (
        lambda folder: Image.fromarray(np.zeros((HEIGHT, WIDTH), np.float32)).save(
            folder / "masks" / "0.png", "TIFF"
        ),
        DataProblem,
        "one number for each pixel .* mode is F;",
    ),
    "too few": (
        lambda folder: [
            remove(f"{part}/{n}.png")(folder) for part in ("images", "masks") for n in range(6)
        ],
        DataProblem,
        "at least 5 photos in .*images, got 4",
    ),
}


@pytest.mark.parametrize(("damage", "error", "sentence"), PROBLEMS.values(), ids=PROBLEMS.keys())
def test_each_problem_has_its_sentence_when_the_folder_is_loaded(folder, damage, error, sentence):
    damage(folder)
    with pytest.raises(error, match=sentence) as raised:
        load_pets(str(folder))
    assert "\n" not in str(raised.value)


def test_of_many_classes_a_stray_value_names_a_few(folder):
    write_classes(folder, {"classes": [f"class {number}" for number in range(21)]})
    with pytest.raises(DataProblem, match=r"4 .class 4., …, 20 .class 20. in .*got also 255;"):
        load_pets(str(folder))


# Problems of classes.json

FILES = {
    "no JSON": ("classes: a, b", "Expected JSON in .*classes.json, but it cannot be read"),
    "a list": (["a", "b"], 'a list named "classes", as in'),
    "no classes": ({"names": ["a", "b"]}, 'a list named "classes"'),
    "one class": ({"classes": ["a"]}, "expected 2 to 21 classes, got 1"),
    "22 classes": (
        {"classes": [str(number) for number in range(22)]},
        "expected 2 to 21 classes, got 22",
    ),
    "a name twice": ({"classes": ["a", "b", "a"]}, "each name once, but 'a' comes twice"),
    "a value twice": (with_values(0, 1, 1), "each value once, but 1 comes twice"),
    "an ignored class": (with_values(0, 1, 2, ignore=2), "each value once, but 2 comes twice"),
    "a number for a name": (
        {"classes": [{"name": 1, "value": 0}, {"name": "b", "value": 1}]},
        "a name of 1 to 24 letters for each class, got 1",
    ),
    "no name": ({"classes": ["", "b"]}, "a name of 1 to 24 letters .* got ''"),
    "a long name": ({"classes": ["a" * 25, "b"]}, "a name of 1 to 24 letters"),
    "a taken name": ({"classes": ["a", "errors"]}, "'errors' means something else here"),
    "no value": ({"classes": [{"name": "a"}, "b"]}, 'for each class, got {"name": "a"}'),
    "null": ({"classes": [None, "b"]}, "for each class, got null"),
    "a word for a value": (with_values(0, "1", 2), "whole numbers from 0 .* got '1'"),
    "true for a value": (with_values(0, True, 2), "whole numbers .* got True"),
    "a negative value": (with_values(0, 1, -1), "whole numbers from 0 .* got -1"),
    "a wrong key": (
        {"classes": [{"name": "a", "value": 0, "color": "#000000"}, "b"]},
        'expected only name, value, colour, got "color"',
    ),
    "another key": ({"classes": ["a", "b"], "void": 255}, 'only classes, ignore, got "void"'),
    "no colour": (
        {"classes": [{"name": "a", "value": 0, "colour": "red"}, "b"]},
        "a colour such as .* got 'red'",
    ),
    "a colour twice": (
        {
            "classes": [
                {"name": "a", "value": 0, "colour": "#ff0000"},
                {"name": "b", "value": 1, "colour": "#FF0000"},
            ]
        },
        "each colour once, but #ff0000 comes twice",
    ),
}


@pytest.mark.parametrize(("content", "sentence"), FILES.values(), ids=FILES.keys())
def test_each_problem_of_the_file_has_its_sentence(folder, content, sentence):
    write_classes(folder, content)
    with pytest.raises(DataProblem, match=sentence) as raised:
        load_pets(str(folder))
    assert "classes.json" in str(raised.value) and "\n" not in str(raised.value)
