"""WeightExplorer: shares of the loss, weights that can be set, and its picture."""

import re

import numpy as np
import pytest
import traitlets
from inspected import UNTRUSTED, ask, decode, make_logits, make_pets

from lessons_lib.class_imbalance import loss_shares, pixel_losses
from lessons_lib.decoder import create_mask
from lessons_lib.inspector import WeightExplorer
from lessons_lib.metrics import score_masks

IMAGES, MASKS, PREDICTED = make_pets(1)
IMAGE, MASK = IMAGES[0], MASKS[0].copy()
MASK[2] = 2  # two rows of pet, one of border, five of background
LOGITS = make_logits(PREDICTED)[0]
LOSSES = pixel_losses(MASK[..., 0], LOGITS)
EQUAL = [1, 1, 1]


@pytest.mark.parametrize("weights", [(1, 1, 1), (2, 1, 2), (0, 1, 0.5), (10, 0, 0)])
def test_shares_are_those_of_the_imbalance_room(weights):
    explorer = WeightExplorer(IMAGE, MASK, LOSSES, weights)
    expected = loss_shares(MASK[np.newaxis], LOGITS[np.newaxis], weights)
    assert explorer.loss_shares == pytest.approx(expected)


def test_without_losses_each_pixel_counts_one():
    explorer = WeightExplorer(IMAGE, MASK)
    assert explorer.losses == [0.25, 0.625, 0.125]
    explorer.weights = [2, 0, 4]
    assert explorer.loss_shares.tolist() == [0.5, 0, 0.5]


def test_losses_are_parts_of_a_pixels_mean_loss():
    assert sum(WeightExplorer(IMAGE, MASK, LOSSES).losses) == pytest.approx(LOSSES.mean())


def test_where_nothing_is_lost_no_class_has_a_share():
    assert WeightExplorer(IMAGE, MASK, LOSSES * 0).loss_shares.tolist() == [0, 0, 0]
    assert WeightExplorer(IMAGE, MASK, weights=[0, 0, 0]).loss_shares.tolist() == [0, 0, 0]


@pytest.mark.parametrize("shape", [(8, 8), (8, 8, 1), (1, 8, 8)])
def test_losses_come_as_the_loss_function_returns_them(shape):
    given = WeightExplorer(IMAGE, MASK, LOSSES.reshape(shape))
    assert given.losses == WeightExplorer(IMAGE, MASK, LOSSES).losses


def test_the_browser_gets_photo_and_labels():
    explorer = WeightExplorer(IMAGE, MASK)
    assert explorer.photo == {"height": 8, "width": 8}
    assert explorer.pixels == IMAGE.tobytes() + MASK.tobytes()


def test_presets_arrive_as_they_are():
    explorer = WeightExplorer(IMAGE, MASK, presets={UNTRUSTED: np.float32([2, 2, 1])})
    assert explorer.presets == {UNTRUSTED: [2.0, 2.0, 1.0]}
    assert list(WeightExplorer(IMAGE, MASK).presets.values()) == [EQUAL]


@pytest.mark.parametrize("weights", [(1, 1, 1), (2, 0.5, 9), (0, 3, 1), (0, 0, 0)])
def test_the_decision_is_that_of_logits_shifted_by_the_weights(weights):
    explorer = WeightExplorer(IMAGE, MASK, weights=weights, logits=LOGITS)
    shifted = LOGITS + np.log(np.maximum(weights, 1e-9))
    expected = create_mask(shifted.astype(np.float32))
    assert (explorer.decision == expected[..., 0]).all()
    assert explorer.mean_iou == score_masks(MASK[np.newaxis], expected[np.newaxis]).mean_iou
    assert f"mean IoU is {explorer.mean_iou:.2f}" in explorer.describe()
    assert np.frombuffer(explorer.logits, np.float32).tolist() == LOGITS.ravel().tolist()


def test_without_logits_there_is_no_decision():
    explorer = WeightExplorer(IMAGE, MASK)
    assert explorer.decision is None and explorer.mean_iou is None
    assert "IoU" not in explorer.describe()
    with pytest.raises(traitlets.TraitError, match="shows: expected one of mask, got 'decision'"):
        explorer.shows = "decision"


def test_what_is_shown_over_the_photo_can_be_chosen():
    explorer = WeightExplorer(IMAGE, MASK, logits=LOGITS[np.newaxis])
    explorer.shows = "decision"
    with pytest.raises(traitlets.TraitError, match="shows: expected one of mask, decision, got"):
        explorer.shows = UNTRUSTED


@pytest.mark.parametrize(
    ("logits", "said"),
    [
        (LOGITS[..., :2], "logits: expected those of this one picture, 8×8×3, got shape (8, 8, 2)"),
        (np.stack([LOGITS] * 2), "8×8×3, got shape (2, 8, 8, 3)"),
        (LOGITS * np.nan, "logits: expected finite numbers"),
        ("all", "logits"),
    ],
)
def test_logits_that_do_not_fit_are_told(logits, said):
    with pytest.raises((TypeError, ValueError), match=re.escape(said)):
        WeightExplorer(IMAGE, MASK, logits=logits)


def test_messages_are_not_expected_and_harmless():
    for message in ({"want": "x"}, {}):
        assert ask(WeightExplorer(IMAGE, MASK), message) == []


BAD_WEIGHTS = [
    [1, 2], [1, 2, 11], [1, -1, 1], [1, np.nan, 1], [1, np.inf, 1], [[1, 1, 1]], "abc",
    [1, "a", 1], [1, None, 1], [1, {}, 1], [],
]  # fmt: skip


@pytest.mark.parametrize("weights", BAD_WEIGHTS)
def test_weights_that_are_none_are_refused_wherever_they_come_from(weights):
    sentence = "weights: expected 3 numbers from 0 to 10, got "
    with pytest.raises(ValueError, match=sentence):
        WeightExplorer(IMAGE, MASK, weights=weights)
    with pytest.raises(ValueError, match=sentence):
        WeightExplorer(IMAGE, MASK, presets={"mine": weights})
    explorer = WeightExplorer(IMAGE, MASK, weights=[3, 2, 1])
    if isinstance(weights, list):
        with pytest.raises(traitlets.TraitError, match=sentence):
            explorer.weights = weights
        with pytest.raises(traitlets.TraitError, match=sentence):
            explorer.set_state({"weights": weights})
    assert explorer.weights == [3, 2, 1]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((IMAGE, MASK[:4]), r"image\[0\] is 8×8 pixels, but mask\[0\] is 4×8"),
        ((IMAGE, MASK + 1), "trimap values 1 to 3 where labels"),
        ((IMAGE, MASK * np.nan), "mask contains NaN"),
        ((IMAGE * 1.0, MASK), "floats must run from 0 to 1"),
        ((np.stack([IMAGE] * 2), np.stack([MASK] * 2)), "image: expected one picture, got 2"),
        ((IMAGE, np.stack([MASK] * 2)), "there are 1 image and 2 mask"),
        ((IMAGE, MASK, LOSSES[:4]), r"one for each of the 8×8 pixels, got shape \(4, 8\)"),
        ((IMAGE, MASK, LOSSES.ravel()), r"got shape \(64,\)"),
        ((IMAGE, MASK, LOSSES * np.nan), "finite numbers of 0 or more"),
        ((IMAGE, MASK, -LOSSES), "finite numbers of 0 or more"),
    ],
)
def test_bad_input_gets_one_sentence(arguments, sentence):
    with pytest.raises(ValueError, match=sentence) as error:
        WeightExplorer(*arguments)
    assert "\n" not in str(error.value)


def test_texts_and_picture_follow_the_weights():
    explorer = WeightExplorer(IMAGE, MASK)
    assert repr(explorer) == (
        "WeightExplorer of one photo; weights now pet 1, background 1, border 1."
    )
    before = explorer.to_figure().to_array()
    explorer.set_state({"weights": [2, 0.5, 4]})
    assert explorer.describe() == (
        "WeightExplorer of one photo; weights now pet 2, background 0.5, border 4. "
        "Share of the loss: pet 38 %, background 24 %, border 38 %."
    )
    data, metadata = explorer._repr_mimebundle_()
    drawn = decode(data["image/png"])
    assert metadata["image/png"]["alt"] == explorer.describe()
    assert drawn.shape != before.shape or (drawn != before).any()
