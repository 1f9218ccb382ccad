"""The view that follows a training, and its replay: by pixels, texts, and what is shown when."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from lessons_lib.classes import CLASSES
from lessons_lib.inspector import LivePredictions, browse_epochs, epochs
from lessons_lib.quiet import keras

COLOURS = [pet_class.rgb for pet_class in CLASSES]
SIDE = 32
PANEL = 160
STEP = PANEL + epochs.GAP


def make_pets(count: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Grey photos, float [0, 1], whose left half is the pet."""
    images = np.full((count, SIDE, SIDE, 3), 0.4, dtype=np.float32)
    masks = np.ones((count, SIDE, SIDE, 1), dtype=np.uint8)
    masks[:, :, : SIDE // 2] = 0
    return images, masks


IMAGES, MASKS = make_pets()


def decode(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def predicted_colour(view, pet: int = 0) -> list[int]:
    """The colour in the middle of the left half of a pet's predicted mask."""
    return decode(view.picture.value)[STEP + PANEL // 2, pet * STEP + PANEL // 4].tolist()


class OneClass(keras.Model):
    """Predicts one class everywhere: that of `label`, which a test may change."""

    label = 1

    def call(self, images, training=False):
        ones = keras.ops.ones_like(images[..., :1])
        return keras.ops.concatenate([ones * (self.label == label) for label in range(3)], -1)


@pytest.fixture
def shown(monkeypatch):
    """What was displayed, with the picture's caption at that moment; then what was updated."""
    calls = []

    class Handle:
        def update(self, view):
            calls.append(("update", view.caption.value))

    def display(view, display_id):
        calls.append(("display", view.caption.value))
        return Handle()

    monkeypatch.setattr(epochs, "display", display)
    return calls


def start(live: LivePredictions, model: keras.Model, count: int = 2) -> None:
    live.set_model(model)
    live.set_params({"epochs": count, "steps": 1})
    live.on_train_begin()


def test_the_live_view_replaces_its_picture_after_each_epoch(shown):
    live, model = LivePredictions(IMAGES, MASKS), OneClass()
    start(live, model)
    assert predicted_colour(live.view) == list(COLOURS[1])
    model.label = 0
    live.on_epoch_end(0)
    assert predicted_colour(live.view) == predicted_colour(live.view, pet=1) == list(COLOURS[0])
    assert "after epoch 1 of 2" in live.view.caption.value


def test_the_live_view_is_displayed_once_and_left_with_its_last_picture(shown, capsys):
    live = LivePredictions(IMAGES, MASKS)
    start(live, OneClass())
    live.on_epoch_end(0)
    live.on_epoch_end(1)
    live.on_train_end()
    assert [what for what, _ in shown] == ["display", "update"]
    assert "before training" in shown[0][1] and "after epoch 2 of 2" in shown[1][1]
    assert capsys.readouterr().out == ""


def test_the_live_view_keeps_the_masks_of_each_epoch(shown):
    live, model = LivePredictions(IMAGES, MASKS), OneClass()
    start(live, model)
    live.on_epoch_end(0)
    model.label = 2
    live.on_epoch_end(1)
    assert [mask.mean() for mask in live.masks] == [1.0, 2.0]
    assert live.masks[0].shape == MASKS.shape


def test_its_alternative_text_does_not_depend_on_what_was_learned(shown):
    live, model = LivePredictions(IMAGES, MASKS), OneClass()
    start(live, model)
    before = repr(live.view)
    model.label = 0
    live.on_epoch_end(0)
    assert repr(live.view) == before
    assert before == "Live view of 2 pets: photos, predicted and true masks."


def test_without_a_notebook_the_live_view_says_one_line(capsys):
    live = LivePredictions(IMAGES, MASKS)
    start(live, OneClass())
    live.on_train_end()
    assert capsys.readouterr().out.splitlines() == [live.view.alt_text]


def test_the_replay_shows_the_epoch_of_its_slider():
    masks_by_epoch = np.stack([np.full_like(MASKS, label) for label in (1, 2, 0)])
    browser = browse_epochs(IMAGES, MASKS, masks_by_epoch)
    assert predicted_colour(browser) == list(COLOURS[1])
    browser.controls["epoch"].value = 3
    assert predicted_colour(browser) == list(COLOURS[0])
    assert "after epoch 3 of 3" in browser.caption.value
    assert repr(browser) == "Browser of 3 epochs, 2 pets; now after epoch 3 of 3."


def test_the_replay_says_how_good_an_epoch_was():
    browser = browse_epochs(IMAGES, MASKS, np.stack([MASKS, np.ones_like(MASKS)]))
    assert "Mean IoU of these pets: 1.00" in browser.caption.value
    browser.controls["epoch"].value = 2
    assert "Mean IoU of these pets: 0.25" in browser.caption.value


def test_a_reader_without_a_kernel_sees_the_picture():
    browser = browse_epochs(IMAGES, MASKS, MASKS[np.newaxis])
    data, metadata = browser._repr_mimebundle_()
    picture = decode(base64.b64decode(data["image/png"]))
    assert picture.shape == (3 * STEP, 2 * STEP, 3)
    assert picture[2 * STEP + PANEL // 2, PANEL // 4].tolist() == list(COLOURS[0])
    assert data["text/plain"] == metadata["image/png"]["alt"] == repr(browser)


def test_photo_prediction_and_truth_lie_below_each_other_also_for_narrow_photos():
    photos = [np.full((20, 10, 3), 50, np.uint8)]
    masks, predicted = [np.zeros((20, 10), np.uint8)], [np.ones((20, 10), np.uint8)]
    picture = epochs.draw_epoch(photos, masks, predicted)
    middles = [picture[row * STEP + PANEL // 2, PANEL // 4].tolist() for row in range(3)]
    assert middles == [[50, 50, 50], list(COLOURS[1]), list(COLOURS[0])]
    assert (picture[:, PANEL // 2 + 1 :] == 255).all()


def test_eight_pets_fit_the_page():
    images, masks = make_pets(8)
    photos = [(image * 255).astype(np.uint8) for image in images]
    labels = [mask[..., 0] for mask in masks]
    assert epochs.draw_epoch(photos, labels, labels).shape[1] <= epochs.WIDEST


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((*make_pets(9), np.zeros((1, 9, SIDE, SIDE, 1), np.uint8)), "at most 8 pets"),
        ((IMAGES, MASKS, None), "holds no epoch"),
        ((IMAGES, MASKS, []), "holds no epoch"),
        ((IMAGES, MASKS, MASKS[np.newaxis, :1]), "2 images and 1 masks_by_epoch"),
        ((IMAGES, MASKS[:1], MASKS[np.newaxis]), "2 images and 1 masks"),
    ],
)
def test_what_does_not_fit_is_told(arguments, said):
    with pytest.raises(ValueError, match=said):
        browse_epochs(*arguments)
