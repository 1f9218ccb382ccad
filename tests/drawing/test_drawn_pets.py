"""Drawn pets: masks like the real ones, the same on every machine, served as a TFDS set."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from lessons_lib.drawing import (
    BREED_NAMES,
    BREEDS,
    COURSE_SEEDS,
    TEST_SEEDS,
    TRAIN_SEEDS,
    compose,
    draw_pet,
    draw_trimap,
    see_regions,
)

pytestmark = pytest.mark.slow

REFERENCE = Path(__file__).parent / "reference"
PET, BACKGROUND, BORDER = 1, 2, 3


def trimap_of(seed: int) -> np.ndarray:
    scene = compose(seed)
    return draw_trimap(scene, see_regions(scene))


def digest(trimap: np.ndarray) -> str:
    """SHA-256 of a trimap's shape and pixels."""
    height, width = trimap.shape
    return hashlib.sha256(f"{height}x{width}:".encode() + trimap.tobytes()).hexdigest()


def thumbnail(image: np.ndarray, side: int = 24) -> np.ndarray:
    """Means over side × side blocks, rounded: what is left when a photo is looked at from afar."""
    height, width = image.shape[0] // side * side, image.shape[1] // side * side
    blocks = image[:height, :width].reshape(side, height // side, side, width // side, 3)
    return np.round(blocks.mean(axis=(1, 3))).astype(np.uint8)


@pytest.fixture(scope="module")
def trimaps() -> list[np.ndarray]:
    """Every third pet of the course; 3 has no part in the number of breeds, so all are there."""
    return [trimap_of(seed) for seed in [*TRAIN_SEEDS[::3], *TEST_SEEDS[::3]]]


@pytest.fixture(scope="module")
def shares(trimaps) -> np.ndarray:
    """Share of pet, background and border in each trimap."""
    counts = [np.bincount(trimap.ravel(), minlength=4)[1:] for trimap in trimaps]
    return np.array([count / count.sum() for count in counts])


@pytest.mark.parametrize(
    ("place", "low", "high"), [(0, 0.25, 0.30), (1, 0.58, 0.63), (2, 0.11, 0.13)]
)
def test_class_shares_over_the_set_are_near_the_real_ones(trimaps, shares, place, low, high):
    pixels = np.array([trimap.size for trimap in trimaps])
    assert low <= (shares[:, place] * pixels).sum() / pixels.sum() <= high
    assert low <= shares[:, place].mean() <= high


def test_border_share_varies_between_images_as_in_the_real_set(shares):
    border = shares[:, 2]
    assert 0.03 <= border.min() < 0.07
    assert 0.20 < border.max() <= 0.38


def test_every_image_has_all_three_classes_and_no_other(trimaps):
    for trimap in trimaps:
        assert trimap.dtype == np.uint8
        assert set(np.unique(trimap)) == {PET, BACKGROUND, BORDER}


def test_what_lies_just_outside_the_pet_is_border(trimaps):
    outside, border = 0, 0
    for trimap in trimaps:
        pet = trimap == PET
        ring = ndimage.binary_dilation(pet) & ~pet
        outside += ring.sum()
        border += (ring & (trimap == BORDER)).sum()
    assert border / outside >= 0.99


def test_border_thickness_is_in_proportion_to_the_image(trimaps):
    thickness = []
    for trimap in trimaps:
        to_pet = ndimage.distance_transform_edt(trimap != PET)
        edge = (trimap == BORDER) & ndimage.binary_dilation(trimap == BACKGROUND)
        thickness.append(np.median(to_pet[edge]) / np.sqrt(trimap.size))
    assert 0.025 < np.median(thickness) < 0.045  # 0.035 in the real set
    assert np.percentile(thickness, 90) > 1.4 * np.percentile(thickness, 10)


def test_the_border_band_sometimes_covers_thin_parts_whole(trimaps):
    def has_thin_part(trimap):
        inside = ndimage.binary_dilation(trimap == PET, iterations=14)
        return ((trimap == BORDER) & ~inside).sum() > 30

    assert sum(has_thin_part(trimap) for trimap in trimaps) >= 5


def test_sizes_vary_in_portrait_and_landscape(trimaps):
    sides = np.array([trimap.shape for trimap in trimaps])
    assert sides.min() >= 120 and sides.max() <= 320
    assert 175 < sides.mean() < 200
    assert len({tuple(shape) for shape in sides}) > len(sides) / 2
    assert 0.2 < (sides[:, 0] > sides[:, 1]).mean() < 0.6


def test_masks_are_those_drawn_everywhere_else():
    reference = json.loads((REFERENCE / "drawn_trimaps.json").read_text())
    assert len(reference) >= 30
    assert {seed: digest(trimap_of(int(seed))) for seed in reference} == reference


def test_photos_are_within_two_grey_levels_of_those_drawn_everywhere_else():
    with np.load(REFERENCE / "drawn_thumbnails.npz") as thumbnails:
        assert len(thumbnails.files) == len(BREEDS)
        for seed in thumbnails.files:
            drawn = thumbnail(draw_pet(int(seed)).image).astype(int)
            assert np.abs(drawn - thumbnails[seed]).max() <= 2, f"seed {seed}"


def test_a_seed_gives_one_pet_whatever_was_drawn_before():
    first = draw_pet(3)
    np.random.seed(0)
    draw_pet(4)
    again = draw_pet(3)
    assert np.array_equal(first.image, again.image)
    assert np.array_equal(first.trimap, again.trimap)
    assert not np.array_equal(thumbnail(first.image), thumbnail(draw_pet(3 + len(BREEDS)).image))


def test_drawing_leaves_numpy_random_numbers_alone():
    np.random.seed(5)
    expected = np.random.random(3)
    np.random.seed(5)
    draw_pet(6)
    assert np.array_equal(np.random.random(3), expected)


def test_pets_stand_out_from_the_ground_and_photos_are_neither_dark_nor_burnt():
    for seed in range(0, 56):
        pet = draw_pet(seed)
        assert pet.image.dtype == np.uint8
        assert pet.image.shape == (*pet.trimap.shape, 3)
        assert 55 < pet.image.mean() < 215
        assert (pet.image == 255).all(axis=2).mean() < 0.15
        assert pet.image.std() > 18


def test_photos_have_natural_colours():
    """In photos of pets, red leads over blue on the whole, and no colour is pure."""
    means = np.array([draw_pet(seed).image.mean(axis=(0, 1)) for seed in range(42)])
    assert means[:, 0].mean() > means[:, 2].mean()
    spread = means.max(axis=1) - means.min(axis=1)
    assert np.percentile(spread, 90) < 90


def test_head_box_lies_in_the_picture_around_part_of_the_pet():
    for seed in range(0, 42):
        pet = draw_pet(seed)
        top, left, bottom, right = pet.head_box
        assert 0 <= top < bottom <= 1 and 0 <= left < right <= 1
        height, width = pet.trimap.shape
        head = pet.trimap[
            int(top * height) : int(np.ceil(bottom * height)),
            int(left * width) : int(np.ceil(right * width)),
        ]
        assert (head != BACKGROUND).mean() > 0.4, f"seed {seed}"


def test_breeds_are_at_least_ten_cats_and_dogs_named_for_drawn_pets():
    assert len(set(BREED_NAMES)) == len(BREEDS) >= 10
    assert {breed.species for breed in BREEDS} == {"Cat", "Dog"}
    for breed in BREEDS:
        assert breed.name[0].isupper() == (breed.species == "Cat")


def test_breeds_take_turns():
    pets = [compose(seed).breed.name for seed in TRAIN_SEEDS[: 2 * len(BREEDS)]]
    assert pets == [*BREED_NAMES, *BREED_NAMES]


def test_breeds_differ_in_build_so_that_outlines_tell_them_apart():
    builds = {(b.leg, b.body, b.girth, b.head, b.muzzle, b.ear, b.ear_size, b.tail) for b in BREEDS}
    assert len(builds) == len(BREEDS)


def test_train_and_test_pets_come_from_disjoint_seeds_of_the_course():
    assert not set(TRAIN_SEEDS) & set(TEST_SEEDS)
    assert {*TRAIN_SEEDS, *TEST_SEEDS} <= set(COURSE_SEEDS)


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_out_of_range_is_refused_in_one_sentence(seed):
    with pytest.raises(ValueError, match=f"between 0 and 4294967295, not {seed}"):
        draw_pet(seed)


@pytest.mark.parametrize("seed", [1.5, "cat", None])
def test_a_seed_that_is_no_whole_number_is_refused_in_one_sentence(seed):
    with pytest.raises(TypeError, match="whole number"):
        draw_pet(seed)


def test_drawing_itself_needs_no_tensorflow():
    script = """
import sys
from lessons_lib.drawing import draw_pet
draw_pet(1)
print(sorted({name.split(".")[0] for name in sys.modules} & {"tensorflow", "keras"}))
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ran.stdout.strip() == "[]", ran.stderr


# The TFDS builder


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A small set prepared by the real builder: five pets to train with, three to test with."""
    from lessons_lib.data import drawn_pets

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drawn_pets, "TRAIN_SEEDS", TRAIN_SEEDS[:5])
        patch.setattr(drawn_pets, "TEST_SEEDS", TEST_SEEDS[:3])
        builder = drawn_pets.DrawnPets(data_dir=tmp_path_factory.mktemp("pets"))
        builder.download_and_prepare()
    return builder


def test_the_set_has_500_pets_to_train_with_and_150_to_test_with():
    from lessons_lib.data.drawn_pets import TEST_PETS, TRAIN_PETS

    assert (TRAIN_PETS, TEST_PETS) == (500, 150)


def test_features_are_those_of_the_oxford_pets(prepared):
    from tensorflow_datasets.datasets.oxford_iiit_pet import oxford_iiit_pet_dataset_builder

    oxford = oxford_iiit_pet_dataset_builder.Builder
    assert prepared.name == "drawn_pets"
    theirs = oxford(data_dir=prepared.data_path.parent.parent).info.features
    ours = prepared.info.features
    assert set(ours) == set(theirs)
    for name in theirs:
        assert type(ours[name]) is type(theirs[name])
        assert (ours[name].shape, ours[name].dtype) == (theirs[name].shape, theirs[name].dtype)
    assert ours["species"].names == theirs["species"].names
    assert tuple(ours["label"].names) == BREED_NAMES


def test_prepared_pets_are_stored_without_loss(prepared):
    splits = {"train": TRAIN_SEEDS[:5], "test": TEST_SEEDS[:3]}
    for split, seeds in splits.items():
        examples = {
            example["file_name"].decode(): example
            for example in prepared.as_dataset(split=split).as_numpy_iterator()
        }
        assert len(examples) == prepared.info.splits[split].num_examples == len(seeds)
        for seed in seeds:
            pet = draw_pet(seed)
            example = examples[f"{pet.breed}_{seed}.png"]
            assert np.array_equal(example["image"], pet.image)
            assert np.array_equal(example["segmentation_mask"][..., 0], pet.trimap)
            assert BREED_NAMES[example["label"]] == pet.breed
            assert ("Cat", "Dog")[example["species"]] == pet.species
            assert np.allclose(example["head_bbox"], pet.head_box, atol=1e-6)


def test_the_set_says_that_it_is_drawn(prepared):
    assert "drawn by its own code" in prepared.info.description
    assert "not photographs" in prepared.info.citation
    assert prepared.info.redistribution_info.license == "CC BY 4.0"


def test_a_prepared_set_is_not_drawn_again(prepared, monkeypatch):
    from lessons_lib.data import drawn_pets

    def refuse(seed):
        raise AssertionError(f"drew pet {seed} again")

    monkeypatch.setattr(drawn_pets, "draw_pet", refuse)
    drawn_pets.DrawnPets(data_dir=prepared.data_path.parent.parent).download_and_prepare()
