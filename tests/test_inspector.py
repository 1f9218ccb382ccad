"""Browsers: the pure core by its pixels and texts, the widgets by setting their values."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from lessons_lib.classes import CLASSES
from lessons_lib.inspector import (
    browse_features,
    browse_masks,
    browse_predictions,
    browse_weights,
    core,
)
from lessons_lib.plots import pictures

PET = CLASSES[0].rgb


def make_pairs(count: int = 3, side: int = 32) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Grey photos, masks with a pet of growing size, predictions that miss its first row."""
    images = np.full((count, side, side, 3), 100, dtype=np.uint8)
    masks = np.ones((count, side, side, 1), dtype=np.uint8)
    for index in range(count):
        masks[index, : side // 4 * (index + 1)] = 0
    predictions = masks.copy()
    predictions[:, 0] = 1
    return images, masks, predictions


IMAGES, MASKS, PREDICTIONS = make_pairs()


def decode(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def click(browser, description: str) -> None:
    buttons = {button.description: button for button in browser.children[0].children[::2]}
    buttons[description].click()


# The core


def test_a_layer_is_drawn_beside_its_photo():
    image, labels = IMAGES[0], MASKS[0, ..., 0]
    picture = core.draw_layer(image, labels, layer="truth", opacity=1, size=32)
    assert picture.shape == (32, 64 + core.GAP, 3)
    assert (picture[:, :32] == image).all()
    assert (picture[:8, 32 + core.GAP :] == PET).all()
    assert (picture[8:, 32 + core.GAP :] == image[8:]).all()


def test_truth_prediction_and_errors_differ_where_the_prediction_is_wrong():
    image, labels, predicted = IMAGES[0], MASKS[0, ..., 0], PREDICTIONS[0, ..., 0]
    truth, prediction, errors = (
        core.draw_layer(image, labels, predicted, layer=layer, opacity=1, size=32)[:, 40:]
        for layer in core.LAYERS
    )
    differs = (truth != prediction).any(axis=-1)
    assert (differs == (labels != predicted)).all()
    right_colour = errors[1, 0]
    assert ((errors != right_colour).any(axis=-1) == (labels != predicted)).all()


def test_layers_that_are_not_there_get_one_sentence():
    with pytest.raises(ValueError, match="expected one of truth, got 'errors'"):
        core.draw_layer(IMAGES[0], MASKS[0, ..., 0], layer="errors")
    with pytest.raises(ValueError, match="truth, prediction, errors, got 'depth'"):
        core.draw_layer(IMAGES[0], MASKS[0, ..., 0], PREDICTIONS[0, ..., 0], layer="depth")


def test_quick_png_is_exact():
    picture = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    assert (decode(core.quick_png(picture)) == picture).all()


def test_loss_shares_multiply_losses_by_the_weights_of_their_classes():
    labels = np.array([[0, 0, 1, 2]], dtype=np.uint8)
    losses = np.array([[1.0, 1.0, 4.0, 1.0]])
    assert core.loss_shares(labels, losses, np.array([1, 1, 2])) == pytest.approx([0.25, 0.5, 0.25])
    assert core.loss_shares(labels, losses * 0, np.ones(3)).tolist() == [0, 0, 0]


def test_captions_say_shares_accuracy_and_the_iou_of_classes_there_are():
    labels, predicted = MASKS[0, ..., 0], PREDICTIONS[0, ..., 0]
    assert core.describe_prediction(labels, predicted, "pug") == (
        "pug: pet 25 %, background 75 %, border 0 %. Accuracy 0.97; IoU pet 0.88, background 0.96"
    )


def test_weights_picture_ends_in_a_bar_of_the_shares():
    image = np.full((20, 32, 3), 100, dtype=np.uint8)
    labels = np.ones((20, 32), dtype=np.uint8)
    picture = core.draw_weights(image, labels, np.ones(3), np.array([0.25, 0.75, 0]), size=64)
    bar = picture[-1]
    assert picture.shape == (40 + core.GAP + core.BAR_HEIGHT, 128 + core.GAP, 3)
    assert (bar == PET).all(axis=-1).mean() == 0.25
    assert (bar == CLASSES[1].rgb).all(axis=-1).mean() == 0.75


# The widgets


def test_moving_the_slider_shows_the_other_picture_and_its_caption():
    browser = browse_predictions(IMAGES, MASKS, PREDICTIONS, ["a", "b", "c"])
    first = browser.picture.value
    assert "a: pet 25 %" in browser.caption.value
    browser.controls["picture"].value = 2
    assert browser.picture.value != first
    assert "c: pet 75 %" in browser.caption.value and "Accuracy 0.97" in browser.caption.value
    expected = core.draw_layer(IMAGES[2], MASKS[2, ..., 0], layer="truth")
    assert (decode(browser.picture.value) == expected).all()


def test_buttons_step_and_stop_at_the_ends():
    browser = browse_masks(IMAGES, MASKS)
    seen = []
    for description in ("previous", "next", "next", "next", "previous"):
        click(browser, description)
        seen.append(browser.controls["picture"].value)
    assert seen == [0, 1, 2, 2, 1]


def test_opacity_zero_leaves_the_photo_and_layers_change_the_picture():
    browser = browse_predictions(IMAGES, MASKS, PREDICTIONS)
    browser.controls["opacity"].value = 0
    drawn = decode(browser.picture.value)
    size = core.PICTURE_SIZE
    assert (drawn[:, :size] == drawn[:, size + core.GAP :]).all()
    browser.controls["opacity"].value = 1
    shown = set()
    for layer in core.LAYERS:
        browser.controls["layer"].value = layer
        shown.add(browser.picture.value)
    assert len(shown) == 3


def test_without_predictions_only_the_truth_can_be_chosen():
    browser = browse_predictions(IMAGES, MASKS)
    assert browser.controls["layer"].options == ("truth",)
    assert "Accuracy" not in browser.caption.value


def test_masks_can_be_trimaps():
    browser, other = browse_masks(IMAGES, MASKS + 1, trimap=True), browse_masks(IMAGES, MASKS)
    assert browser.picture.value == other.picture.value
    half = (core.PICTURE_SIZE // 2, core.PICTURE_SIZE)
    drawn = decode(other.picture.value)[:, : half[1]]
    assert (drawn == pictures.paint_mask(MASKS[0, ..., 0], half[1])).all()


def test_features_fit_the_channels_to_the_tap():
    random = np.random.default_rng(0)
    maps = {"deep": random.normal(size=(1, 4, 4, 20)), "shallow": random.normal(size=(16, 16, 6))}
    browser = browse_features(IMAGES[0], maps)
    browser.controls["channel"].value = 19
    assert "deep, 4×4×20, channel 19" in browser.caption.value
    browser.controls["tap"].value = "shallow"
    assert browser.controls["channel"].max == browser.controls["channel"].value == 5
    assert "shallow, 16×16×6, channel 5" in browser.caption.value


def test_raising_a_classs_weight_raises_its_share():
    browser = browse_weights(IMAGES[0], MASKS[0])
    assert "pet 25 %, background 75 %" in browser.caption.value
    browser.controls["pet"].value = 3
    assert "pet 50 %, background 50 %" in browser.caption.value
    for name in ("pet", "background", "border"):
        browser.controls[name].value = 0
    assert "pet 0 %, background 0 %" in browser.caption.value


def test_losses_decide_the_shares():
    losses = np.where(MASKS[0] == 0, 3.0, 1.0)
    browser = browse_weights(IMAGES[0], MASKS[0], losses)
    assert "pet 50 %, background 50 %" in browser.caption.value


def test_names_are_never_read_as_html():
    browser = browse_masks(IMAGES, MASKS, ["<img src=x onerror=alert(1)>", "b", "c"])
    assert "<img" not in browser.caption.value and "&lt;img" in browser.caption.value


def test_text_is_short_and_the_same_each_time():
    first, second = (browse_predictions(IMAGES, MASKS, PREDICTIONS, list("abc")) for _ in range(2))
    assert (
        repr(first)
        == repr(second)
        == ("Browser of 3 pictures; now truth of a: pet 25 %, background 75 %, border 0 %.")
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda: browse_predictions(IMAGES, MASKS, PREDICTIONS),
        lambda: browse_masks(IMAGES, MASKS, ["a very long name " * 10] * 3),
        lambda: browse_features(IMAGES[0], {"tap": np.ones((4, 4, 3))}),
        lambda: browse_weights(IMAGES[0], MASKS[0]),
    ],
)
def test_where_no_widget_runs_a_picture_and_its_text_are_shown(make):
    browser = make()
    data, metadata = browser._repr_mimebundle_()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == browser.model_id
    assert data["text/plain"] == repr(browser) == metadata["image/png"]["alt"]
    png = base64.b64decode(data["image/png"])
    assert decode(png).shape == decode(browser.picture.value).shape
    assert len(png) < 100_000


def test_the_picture_has_no_tooltip():
    """ipywidgets 8.1 cannot show a widget that has a tooltip but no description."""
    assert browse_masks(IMAGES, MASKS).picture.tooltip is None


# Bad input


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: browse_masks(IMAGES, MASKS[:2]), "3 images and 2 masks"),
        (lambda: browse_masks(IMAGES, MASKS, ["a"]), "3 images but 1 names"),
        (lambda: browse_masks(IMAGES[:0], MASKS[:0]), "images is empty"),
        (lambda: browse_masks(IMAGES, MASKS + 2), "call normalize first"),
        (lambda: browse_masks(IMAGES * 1.0, MASKS), "floats must run from 0 to 1"),
        (lambda: browse_masks(IMAGES[0, 0], MASKS), "expected colour pictures"),
        (lambda: browse_predictions(IMAGES, MASKS, PREDICTIONS[:1]), "3 images and 1 predictions"),
        (lambda: browse_predictions(IMAGES, MASKS, MASKS + 7), "expected labels 0 to 2"),
        (lambda: browse_predictions(IMAGES, MASKS, MASKS * np.nan), "predictions contains NaN"),
        (lambda: browse_features(IMAGES[0], {}), "feature_maps is empty"),
        (lambda: browse_features(IMAGES[0], {"tap": np.ones((2, 4, 4, 3))}), "pick one"),
        (lambda: browse_weights(IMAGES[0], MASKS[0], np.ones(3)), "losses: expected one finite"),
        (lambda: browse_weights(IMAGES[0], MASKS[0], weights=[1, 2]), "weights: expected 3"),
        (lambda: browse_weights(IMAGES[0], MASKS[0], weights=[1, 2, 30]), "from 0 to 10"),
        (lambda: browse_weights(IMAGES[:2], MASKS[:2]), "image: expected one picture"),
    ],
)
def test_bad_input_gets_one_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


def test_the_worst_pictures_come_first_if_asked():
    predictions = MASKS.copy()
    predictions[1] = 2
    browser = browse_predictions(IMAGES, MASKS, predictions, order="worst")
    assert browser.caption.value.startswith("picture 1: ")
    assert repr(browser) == "Browser of 3 pictures; now truth of the worst."
    click(browser, "next")
    assert browser.caption.value.startswith("picture 0: ")
    assert repr(browser).endswith("truth of number 2 from the worst.")


def test_the_probability_of_each_class_is_a_layer():
    probabilities = np.zeros((*MASKS.shape[:3], 3))
    probabilities[..., 0] = MASKS[..., 0] == 0
    probabilities[..., 1] = 1 - probabilities[..., 0]
    browser = browse_predictions(IMAGES, MASKS, PREDICTIONS, probabilities=probabilities)
    browser.controls["layer"].value = "pet"
    pet = decode(browser.picture.value)[:, core.PICTURE_SIZE + core.GAP :]
    browser.controls["layer"].value = "background"
    background = decode(browser.picture.value)[:, core.PICTURE_SIZE + core.GAP :]
    likely, unlikely = pet[0, 0].tolist(), pet[-1, 0].tolist()
    assert sum(likely) > sum(unlikely)
    assert background[0, 0].tolist() == unlikely and background[-1, 0].tolist() == likely


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"order": "best"}, 'expected "given" or "worst"'),
        ({"order": "worst", "predictions": None}, "needs predictions"),
        ({"probabilities": np.ones((3, 32, 32, 3))}, "add up to 1"),
        ({"probabilities": np.ones((3, 32, 32, 1))}, "3 classes"),
        ({"probabilities": np.full((2, 32, 32, 3), 1 / 3)}, "3 images and 2 probabilities"),
    ],
)
def test_orders_and_probabilities_that_are_none_get_one_sentence(options, said):
    arguments = {"predictions": PREDICTIONS} | options
    with pytest.raises(ValueError, match=said):
        browse_predictions(IMAGES, MASKS, **arguments)
