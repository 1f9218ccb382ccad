"""Whatever a learner gets wrong is told in one sentence of the library's own, and changes nothing.

The slips stand in tables, as their calls are written; a new one is a new line there.
"""

import more_slips
import numpy as np
import pytest
from library_slips import SLIPS
from slip import Slip, state_of, what_comes

from lessons_lib import class_imbalance, decoder, encoder, weight_files
from lessons_lib.quiet import keras, tf

ALL = [*SLIPS, *more_slips.SLIPS]
# Each of these begins to train before the values are there to look at, which takes a second.
TRAINING = [
    one
    for one in ALL
    if one.name.startswith(
        ("train:", "new: train,", "again: train,", "third: train", "train_fresh:")
    )
]
OTHERS = [one for one in ALL if one not in TRAINING]


def _by_name(slips: list[Slip]) -> list:
    return [pytest.param(one, id=one.name) for one in slips]


@pytest.mark.parametrize("one", _by_name(OTHERS))
def test_a_slip_gets_one_sentence_and_changes_nothing(one):
    _expect_a_sentence(one)


@pytest.mark.slow
@pytest.mark.parametrize("one", _by_name(TRAINING))
def test_a_slip_in_training_gets_one_sentence_and_changes_nothing(one):
    _expect_a_sentence(one)


def _expect_a_sentence(one: Slip) -> None:
    before = state_of((one.arguments, one.options))
    how, words = what_comes(one)
    assert how == "ours", words
    assert one.says and one.says in words
    assert state_of((one.arguments, one.options)) == before


def test_there_are_slips_for_every_module_and_each_has_a_name_of_its_own():
    names = [one.name for one in ALL]
    assert len(set(names)) == len(names) >= 600


def test_a_file_of_weights_that_holds_nan_is_refused_and_no_weight_is_changed(tmp_path):
    model = keras.Sequential([keras.Input((2, 2, 3)), keras.layers.Conv2D(3, 1, name="only")])
    kept = model.get_weights()
    values = {weight.path: np.full(weight.shape, np.nan) for weight in model.weights}
    np.savez(tmp_path / "nan.npz", **values)
    with pytest.raises(ValueError, match="holds NaN or infinity"):
        weight_files.assign_weights(model.weights, tmp_path / "nan.npz")
    np.savez(tmp_path / "other.npz", **{name: one[..., :1] for name, one in values.items()})
    with pytest.raises(ValueError, match="should have shape"):
        weight_files.assign_weights(model.weights, tmp_path / "other.npz")
    for one, other in zip(kept, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["npz", "weights.h5"])
def test_an_encoder_file_of_nan_is_refused(tmp_path, ending):
    spoilt = encoder.build_encoder(weights="none", image_size=32, trainable=True)
    spoilt.weights[0].assign(np.full(spoilt.weights[0].shape, np.nan))
    path = tmp_path / f"spoilt.{ending}"
    encoder.save_encoder(spoilt, path) if ending == "npz" else spoilt.save_weights(path)
    with pytest.raises(encoder.EncoderProblem, match=r"spoilt.* holds NaN or infinity"):
        encoder.build_encoder(weights=path, image_size=32)


def test_numbers_of_other_libraries_are_numbers():
    assert decoder.upsample(np.int64(8)).layers[0].filters == 8
    assert decoder.upsample(tf.constant(8)).layers[0].filters == 8
    shares = tf.constant([0.5, 0.25, 0.25])
    assert class_imbalance.class_weights(shares, "inverse").shape == (3,)
