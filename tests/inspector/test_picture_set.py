"""The pure core: what is read, refused, measured, ordered, and laid out for the browser."""

import re
from collections.abc import Sequence

import numpy as np
import pytest
from inspected import SIDE, UNTRUSTED, make_logits, make_pets

from lessons_lib.classes import PET_CLASSES
from lessons_lib.inspector.picture_set import (
    Figures,
    PictureSet,
    Score,
    arrange,
    pack,
    score_orders,
    softmax,
    truth_orders,
)
from lessons_lib.metrics import border_errors, iou_per_class, score_masks

IMAGES, MASKS, PREDICTED = make_pets()
LOGITS = make_logits(PREDICTED)
PROBABILITIES = softmax(LOGITS)


def changed(array: np.ndarray, value, place=(0, 0, 0, 0)) -> np.ndarray:
    """A copy, as float where the value asks for it, with one number replaced."""
    array = array.astype(np.result_type(array, np.asarray(value)))
    array[place] = value
    return array


# Reading


@pytest.mark.parametrize(
    ("images", "masks"),
    [
        (IMAGES, MASKS),
        (IMAGES / 255, MASKS[..., 0]),
        (list(IMAGES), list(MASKS)),
        (tuple(IMAGES), [mask[..., 0].tolist() for mask in MASKS]),
        (IMAGES.astype(np.int64), MASKS.astype(np.float32)),
    ],
)
def test_arrays_and_lists_of_any_number_type_give_the_same_picture(images, masks):
    picture = PictureSet(images, masks).read(1)
    assert picture.image.dtype == picture.truth.dtype == np.uint8
    assert (picture.image == IMAGES[1]).all() and (picture.truth == MASKS[1, ..., 0]).all()
    assert picture.labels == () and picture.probabilities is None


def test_pictures_of_one_set_may_differ_in_size():
    images = [np.zeros((4, 6, 3), np.uint8), np.zeros((5, 2, 3), np.uint8)]
    masks = [np.zeros((4, 6, 1), np.uint8), np.zeros((5, 2), np.uint8)]
    pictures = PictureSet(images, masks, predictions=masks)
    assert [pictures.read(place).truth.shape for place in range(2)] == [(4, 6), (5, 2)]


def test_trimaps_become_labels():
    pictures = PictureSet(IMAGES, MASKS + 1, trimap=True)
    assert (pictures.read(2).truth == MASKS[2, ..., 0]).all()


@pytest.mark.parametrize(
    "given", [{"logits": LOGITS}, {"probabilities": PROBABILITIES}, {"logits": list(LOGITS)}]
)
def test_logits_and_probabilities_give_labels_and_probabilities(given):
    pictures = PictureSet(IMAGES, MASKS, **given)
    picture = pictures.read(1)
    assert pictures.has_probabilities and pictures.epochs == 1
    assert (picture.labels[0] == PREDICTED[1, ..., 0]).all()
    assert picture.probabilities[0, 0] == pytest.approx([0.1, 0.8, 0.1], abs=1e-6)


def test_predictions_by_epoch_give_labels_for_each():
    by_epoch = np.stack([np.ones_like(MASKS), PREDICTED, MASKS])
    pictures = PictureSet(IMAGES, MASKS, predictions_by_epoch=by_epoch)
    assert pictures.epochs == 3 and not pictures.has_probabilities
    labels = pictures.read(2).labels
    assert [(one == by_epoch[epoch, 2, ..., 0]).all() for epoch, one in enumerate(labels)] == [
        True
    ] * 3


def test_softmax_stands_large_logits():
    assert softmax(np.array([1000.0, 1000.0, -1000.0])) == pytest.approx([0.5, 0.5, 0])


def test_names_are_kept_as_they_are():
    assert PictureSet(IMAGES, MASKS, names=[UNTRUSTED, 7, "c"]).names == [UNTRUSTED, "7", "c"]
    assert PictureSet(IMAGES, MASKS).names == ["picture 0", "picture 1", "picture 2"]


class Counted(Sequence):
    """A sequence that notes which of its items are read."""

    def __init__(self, items):
        self.items, self.read = items, []

    def __len__(self):
        return len(self.items)

    def __getitem__(self, place):
        self.read.append(place)
        return self.items[place]


def test_opening_reads_the_first_picture_alone():
    images, masks, logits = Counted(IMAGES), Counted(MASKS), Counted(LOGITS)
    pictures = PictureSet(images, masks, logits=logits)
    assert images.read == masks.read == logits.read == [0]
    pictures.read(2)
    assert images.read == masks.read == logits.read == [0, 2]


def test_a_memory_map_stays_on_the_disk(tmp_path):
    np.save(tmp_path / "images.npy", IMAGES)
    images = np.load(tmp_path / "images.npy", mmap_mode="r")
    pictures = PictureSet(images, MASKS)
    assert np.shares_memory(pictures._images, images)


# Bad input


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"masks": MASKS[:2]}, "there are 3 images and 2 masks"),
        ({"predictions": PREDICTED[:1]}, "there are 3 images and 1 predictions"),
        ({"logits": LOGITS[:2]}, "there are 3 images and 2 logits"),
        ({"predictions_by_epoch": MASKS[np.newaxis, :2]}, "3 images and 2 predictions_by_epoch"),
        ({"predictions_by_epoch": [MASKS, MASKS[:2]]}, "3 images and 2 predictions_by_epoch"),
        ({"names": ["a"]}, "there are 3 images but 1 names"),
        ({"images": IMAGES[0]}, "images: expected N×h×w×3, got shape (8, 8, 3)"),
        ({"images": None}, "images: expected N×h×w×3, got shape ()"),
        ({"images": IMAGES[..., :1]}, "expected colour pictures"),
        ({"masks": MASKS[0, ..., 0]}, "masks: expected N×h×w or N×h×w×1, got shape (8, 8)"),
        ({"masks": LOGITS}, "look like logits; turn them into labels with create_mask"),
        ({"logits": PREDICTED}, "expected a number for each of 3 classes in each pixel"),
        ({"logits": LOGITS[0]}, "logits: expected N×h×w×3, got shape (8, 8, 3)"),
        ({"probabilities": PROBABILITIES[..., :2]}, "h×w×3, got shape (8, 8, 2)"),
        ({"predictions_by_epoch": MASKS}, "expected E×N×h×w×1, got shape (3, 8, 8, 1)"),
        ({"predictions_by_epoch": 3}, "expected E×N×h×w×1, got shape ()"),
        ({"predictions_by_epoch": []}, "predictions_by_epoch is empty"),
        ({"predictions_by_epoch": MASKS[np.newaxis][:0]}, "predictions_by_epoch is empty"),
        ({"images": IMAGES[:0], "masks": MASKS[:0]}, "images is empty"),
        ({"images": [], "masks": []}, "images is empty"),
        ({"masks": []}, "masks is empty"),
        ({"logits": LOGITS[:0]}, "logits is empty"),
        ({"images": IMAGES * 1.0}, "images[0]: floats must run from 0 to 1, got 10 to 100"),
        ({"images": IMAGES.astype(int) + 200}, "whole numbers must run from 0 to 255"),
        ({"images": changed(IMAGES / 255, np.nan)}, "images[0] contains NaN or infinity"),
        ({"images": ["a", "b", "c"]}, "expected an array of numbers, got str"),
        ({"masks": changed(MASKS, np.nan)}, "masks[0] contains NaN or infinity"),
        ({"masks": changed(MASKS, 7)}, "expected labels 0 to 2 (pet, background, border)"),
        ({"masks": changed(MASKS, 0.5)}, "which is between two labels"),
        ({"masks": MASKS + 1 + (MASKS == 1)}, "call normalize first"),
        ({"masks": MASKS, "trimap": True}, "expected trimap values 1, 2, 3, got also [0]"),
        ({"predictions": changed(PREDICTED, 3)}, "predictions[0]: expected labels 0 to 2"),
        ({"predictions": changed(PREDICTED, np.nan)}, "predictions[0] contains NaN"),
        ({"logits": changed(LOGITS, np.nan)}, "logits[0] contains NaN or infinity"),
        ({"logits": changed(LOGITS, np.inf)}, "logits[0] contains NaN or infinity"),
        ({"logits": ["a", "b", "c"]}, "logits[0]: expected an array of numbers"),
        ({"probabilities": changed(PROBABILITIES, np.nan)}, "probabilities[0] contains NaN"),
        ({"probabilities": changed(PROBABILITIES, 0.9)}, "add up to 1"),
        ({"probabilities": LOGITS}, "if these are logits, pass them as logits="),
        ({"probabilities": np.stack([MASKS[..., 0] * 0.0 + p for p in (-1, 1, 1)], -1)}, "add up"),
        ({"images": IMAGES[:, :4]}, "images[0] is 4×8 pixels, but masks[0] is 8×8"),
        (
            {"predictions": PREDICTED[:, :, :4]},
            "images[0] is 8×8 pixels, but predictions[0] is 8×4",
        ),
        ({"logits": LOGITS[:, 1:]}, "images[0] is 8×8 pixels, but logits[0] is 7×8"),
        ({"predictions_by_epoch": [MASKS, MASKS[:, 2:]]}, "but predictions_by_epoch[0] is 6×8"),
        (
            {"logits": LOGITS, "predictions": PREDICTED},
            "pass predictions once, but logits and pred",
        ),
    ],
)
def test_bad_input_gets_one_sentence(given, sentence):
    arguments = {"images": IMAGES, "masks": MASKS} | given
    with pytest.raises(ValueError, match=re.escape(sentence)) as error:
        PictureSet(arguments.pop("images"), arguments.pop("masks"), **arguments)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"images": changed(IMAGES / 255, np.nan, (2, 0, 0, 0))}, "images[2] contains NaN"),
        ({"masks": changed(MASKS, 9, (2, 0, 0, 0))}, "masks[2]: expected labels 0 to 2"),
        ({"masks": [*MASKS[:2], MASKS[2, :3]]}, "images[2] is 8×8 pixels, but masks[2] is 3×8"),
        ({"logits": changed(LOGITS, np.nan, (2, 0, 0, 0))}, "logits[2] contains NaN"),
        ({"predictions": [*MASKS[:2], MASKS[2, :3]]}, "but predictions[2] is 3×8"),
    ],
)
@pytest.mark.parametrize("use", ["read", "score"])
def test_a_picture_deep_in_the_set_is_checked_when_it_is_used(given, sentence, use):
    arguments = {"images": IMAGES, "masks": MASKS} | given
    pictures = PictureSet(arguments.pop("images"), arguments.pop("masks"), **arguments)
    with pytest.raises(ValueError, match=re.escape(sentence)):
        getattr(pictures, use)(2)


@pytest.mark.parametrize("place", [-1, 3])
def test_places_that_are_not_there_are_told(place):
    with pytest.raises(IndexError, match=f"pictures run from 0 to 2, but {place} came"):
        PictureSet(IMAGES, MASKS).read(place)


def test_half_precision_probabilities_are_taken():
    PictureSet(IMAGES, MASKS, probabilities=PROBABILITIES.astype(np.float16)).read(0)


# Figures


@pytest.fixture
def noisy():
    """Twenty masks with a border, and predictions that are often wrong."""
    random = np.random.default_rng(0)
    masks = random.choice(3, p=(0.3, 0.6, 0.1), size=(20, SIDE, SIDE, 1)).astype(np.uint8)
    wrong = random.random(masks.shape) < np.linspace(0, 0.9, 20)[:, None, None, None]
    predicted = np.where(wrong, random.integers(0, 3, masks.shape), masks).astype(np.uint8)
    return np.zeros((20, SIDE, SIDE, 3), np.uint8), masks, predicted


def test_figures_are_those_of_the_metrics_room(noisy):
    images, masks, predicted = noisy
    scores = list(PictureSet(images, masks, predictions=predicted).scores())
    expected = score_masks(masks, predicted)
    assert all(len(score) == 1 for score in scores)
    assert (np.stack([score.confusion for (score,) in scores]) == expected.image_confusions).all()
    figures = Figures.of(sum(score.confusion for (score,) in scores))
    assert figures.accuracy == expected.accuracy and figures.mean_iou == expected.mean_iou
    assert figures.iou == tuple(expected.iou)


def test_border_errors_are_those_of_the_metrics_room(noisy):
    images, masks, predicted = noisy
    scores = list(PictureSet(images, masks, predictions=predicted).scores())
    for place in range(1, 20):
        mask, prediction = masks[place : place + 1], predicted[place : place + 1]
        share = border_errors(mask, prediction).of_errors * (mask != prediction).mean()
        assert scores[place][0].border_errors == pytest.approx(np.nan_to_num(share))


def test_each_epoch_is_scored_by_itself():
    by_epoch = np.stack([PREDICTED, MASKS])
    scores = PictureSet(IMAGES, MASKS, predictions_by_epoch=by_epoch).score(0)
    assert [Figures.of(score.confusion).accuracy for score in scores] == [1 - 1 / SIDE, 1]


def test_a_text_says_shares_and_figures_of_the_classes_there_are():
    by_epoch = np.stack([PREDICTED, MASKS])
    names = [UNTRUSTED, "b", "c"]
    pictures = PictureSet(IMAGES, MASKS, names=names, predictions_by_epoch=by_epoch)
    picture = pictures.read(0)
    truth = f"{UNTRUSTED}: pet 25 %, background 75 %, border 0 %"
    assert pictures.describe(picture, 1) == (
        f"{truth}; accuracy 0.88, mean IoU 0.68 (pet 0.50, background 0.86)"
    )
    assert pictures.describe(picture, 2).endswith("mean IoU 1.00 (pet 1.00, background 1.00)")
    alone = PictureSet(IMAGES, MASKS, names=names)
    assert alone.describe(alone.read(0)) == truth


# Orders


def made_score(pet=(0, 0), background=(0, 0), border=(0, 0), border_errors=0.0) -> Score:
    """A score from how many pixels of each class are right, and taken for the next class."""
    confusion = np.zeros((3, 3), dtype=np.int64)
    for label, (right, wrong) in enumerate((pet, background, border)):
        confusion[label, label] = right
        confusion[label, (label + 1) % 3] = wrong
    return Score(confusion, border_errors)


SCORES = [
    made_score(pet=(8, 2), background=(90, 0), border_errors=0.02),
    made_score(background=(100, 0)),  # no pet, none predicted, no border
    made_score(pet=(5, 5), background=(80, 0), border=(10, 0), border_errors=0.05),
    made_score(pet=(8, 2), background=(90, 0), border_errors=0.02),  # as the first
    made_score(pet=(40, 0), background=(40, 0), border=(10, 10)),
]


@pytest.mark.parametrize(
    ("order", "places"),
    [
        ("given", [0, 1, 2, 3, 4]),
        ("smallest", [0, 2, 3, 4, 1]),
        ("largest", [4, 0, 2, 3, 1]),
        ("worst", [4, 2, 0, 3, 1]),
        ("pet", [2, 0, 3, 4, 1]),
        ("background", [2, 0, 3, 1, 4]),
        ("border", [4, 2, 0, 1, 3]),
        ("border errors", [2, 0, 3, 1, 4]),
    ],
)
def test_orders_keep_ties_as_given_and_put_absent_classes_last(order, places):
    def key(score):
        """The same by hand: what comes first is small, what is absent infinite."""
        iou = np.nan_to_num(iou_per_class(score.confusion), nan=np.inf)
        pets = score.confusion[0].sum()
        known = iou[np.isfinite(iou)].mean()
        by_class = dict(zip(("pet", "background", "border"), iou, strict=True))
        return by_class | {
            "given": 0,
            "worst": known,
            "border errors": -score.border_errors,
            "smallest": pets or np.inf,
            "largest": -pets,
        }

    by_hand = sorted(range(5), key=lambda place: key(SCORES[place])[order])
    assert arrange(order, SCORES) == by_hand == places


def test_every_order_that_is_offered_is_there():
    for order in score_orders(PET_CLASSES) | truth_orders(PET_CLASSES):
        assert sorted(arrange(order, SCORES)) == [0, 1, 2, 3, 4]
    with pytest.raises(ValueError, match="order: expected one of given, worst, .*, got 'best'"):
        arrange("best", SCORES)


def test_orders_fit_what_is_known():
    assert PictureSet(IMAGES, MASKS).orders == truth_orders(PET_CLASSES)
    assert PictureSet(IMAGES, MASKS, predictions=PREDICTED).orders == score_orders(PET_CLASSES)
    by_epoch = PictureSet(IMAGES, MASKS, predictions_by_epoch=np.stack([PREDICTED, PREDICTED]))
    assert by_epoch.orders.keys() == score_orders(PET_CLASSES).keys()
    assert by_epoch.orders["given"] == "as given"
    assert by_epoch.orders["worst"] == "worst mean IoU first, by the last epoch"


# What the browser gets


def test_bytes_are_photo_truth_labels_of_each_epoch():
    images, masks = IMAGES[:1, :, :5], MASKS[:1, :, :5]  # h and w differ
    by_epoch = np.stack([PREDICTED[:1, :, :5], masks])
    packed = np.frombuffer(
        pack(PictureSet(images, masks, predictions_by_epoch=by_epoch).read(0)), np.uint8
    )
    size = SIDE * 5
    assert len(packed) == 6 * size
    assert (packed[: 3 * size] == images.ravel()).all()
    planes = packed[3 * size :].reshape(3, size)
    assert (planes == [masks.ravel(), *(one.ravel() for one in by_epoch)]).all()


def test_bytes_end_with_a_plane_of_probabilities_for_each_class():
    packed = np.frombuffer(pack(PictureSet(IMAGES, MASKS, logits=LOGITS).read(1)), np.uint8)
    size = SIDE * SIDE
    planes = packed[3 * size :].reshape(5, SIDE, SIDE)
    assert (planes[1] == PREDICTED[1, ..., 0]).all()
    assert planes[2:, 0, 0].tolist() == [26, 204, 26]  # 0.1, 0.8, 0.1 of 255, background
    assert planes[2:, 1, 0].tolist() == [204, 26, 26]  # pet
    assert abs(planes[2:] / 255 - np.moveaxis(PROBABILITIES[1], -1, 0)).max() <= 0.5 / 255 + 1e-6
