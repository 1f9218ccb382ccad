"""WeightExplorer: shares of the loss, weights that can be set, and its picture."""

import numpy as np
import pytest
import traitlets
from inspected import UNTRUSTED, ask, decode, make_logits, make_pets

from lessons_lib.class_imbalance import loss_shares, pixel_losses
from lessons_lib.inspector import WeightExplorer

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
