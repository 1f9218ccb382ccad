"""Each private part of another package is still there and can be done without.

A test that fails here says which release has taken which part away, and where to look.
"""

import importlib
import importlib.metadata
import re
import warnings
from pathlib import Path

import numpy as np
import pytest
from packaging.version import Version

from lessons_lib import private_parts
from lessons_lib.private_parts import (
    EAGER_SEED,
    GLOBAL_STATE,
    REPLY_SUBSHELL,
    VALIDATION_LOSS,
    PrivatePart,
)
from lessons_lib.quiet import keras, tf

FIRST_IPYKERNEL_THAT_ASKS = "7.4"


def draw(count: int = 3) -> list[float]:
    """Numbers of an operation whose place in the sequence TensorFlow remembers."""
    return [float(tf.random.uniform((), seed=3)) for _ in range(count)]


@pytest.fixture
def warnings_fail():
    """Makes the warning that a part is gone the failure of a test."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        yield


def make_model() -> keras.Model:
    inputs = keras.Input((2, 2, 3))
    model = keras.Model(inputs, keras.layers.Conv2D(3, 1, kernel_initializer="ones")(inputs))
    model.compile(loss="mse")
    return model


def validate(model: keras.Model) -> float:
    return model.evaluate(np.ones((4, 2, 2, 3)), np.zeros((4, 2, 2, 3)), verbose=0)


@pytest.mark.parametrize("part", [EAGER_SEED, GLOBAL_STATE, VALIDATION_LOSS, REPLY_SUBSHELL])
def test_the_sentence_names_release_part_loss_and_where_to_look(part):
    sentence = part.gone()
    assert part.package in sentence and part.name in sentence and part.without in sentence
    assert any(character.isdigit() for character in sentence.partition(" no longer has ")[0])
    assert sentence.endswith(f"look at {part.look_at}, then mend lessons_lib/private_parts.py.")


# TensorFlow's seed


@pytest.mark.usefixtures("warnings_fail")
def test_tensorflow_still_takes_its_seed_from_there():
    tf.random.set_seed(7)
    expected = draw()
    tf.random.set_seed(5)
    private_parts.keep_eager_seed(7)
    assert draw() == expected, EAGER_SEED.gone()


@pytest.mark.usefixtures("warnings_fail")
def test_tensorflows_seed_and_the_place_in_its_sequence_come_back():
    tf.random.set_seed(5)
    expected = draw()
    tf.random.set_seed(5)
    drawn = draw(1)
    put_back = private_parts.keep_eager_seed(0)
    draw()
    put_back()
    assert drawn + draw(2) == expected, EAGER_SEED.gone()


def test_without_that_place_tensorflow_is_seeded_nevertheless_and_a_warning_says_why(monkeypatch):
    seeds = []
    eager = importlib.import_module("tensorflow.python.eager.context")
    monkeypatch.setattr(eager, "context", object)
    monkeypatch.setattr(tf.random, "set_seed", seeds.append)
    with pytest.warns(RuntimeWarning, match=r"tensorflow \d.*no longer has _seed"):
        private_parts.keep_eager_seed(7)()
    assert seeds == [7]


# Keras' global state


@pytest.mark.usefixtures("warnings_fail")
def test_keras_still_keeps_its_names_of_layers_there():
    before = keras.layers.Dense(1).name
    put_back = private_parts.keep_global_state()
    keras.utils.clear_session()
    put_back()
    assert keras.layers.Dense(1).name not in (before, "dense"), GLOBAL_STATE.gone()


def test_without_keras_trackers_nothing_is_put_back_and_a_warning_says_why(monkeypatch):
    monkeypatch.delattr("keras.src.backend.common.global_state.GLOBAL_SETTINGS_TRACKER")
    with pytest.warns(RuntimeWarning, match=r"keras \d.*no longer has the trackers"):
        private_parts.keep_global_state()()


# The validation's loss


def test_keras_still_hands_images_and_logits_to_the_models_own_compute_loss():
    model, seen = make_model(), []
    put_back = private_parts.watch_validation_loss(model, lambda *batch: seen.append(batch))
    loss = validate(model)
    assert [len(batch) for batch in seen] == [2], VALIDATION_LOSS.gone()
    assert [part.shape[1:] for part in seen[0]] == [(2, 2, 3)] * 2, VALIDATION_LOSS.gone()
    put_back()
    put_back()
    assert validate(model) == loss and len(seen) == 1


def test_of_two_who_watch_the_earlier_one_leaves_the_later_one_alone():
    model, seen = make_model(), []
    first = private_parts.watch_validation_loss(model, lambda *batch: seen.append("first"))
    private_parts.watch_validation_loss(model, lambda *batch: seen.append("second"))
    first()
    validate(model)
    assert seen == ["second"]


# ipykernel's comms


@pytest.mark.skipif(
    Version(importlib.metadata.version("ipykernel")) < Version(FIRST_IPYKERNEL_THAT_ASKS),
    reason="this ipykernel does not ask where a message is to go",
)
def test_ipykernel_still_asks_the_comm_where_a_message_is_to_go():
    from ipykernel.comm.comm import BaseComm

    assert hasattr(BaseComm, "_reply_subshell_for"), REPLY_SUBSHELL.gone()
    comm = BaseComm(target_name="test", primary=False)
    comm._reply_subshell_id = "of the training"
    assert comm._reply_subshell_for({}, "of the browser") == "of the training"
    private_parts.hear_while_busy(comm)
    assert comm._reply_subshell_for({}, "of the browser") == "of the browser"


def test_without_a_kernel_there_is_nothing_to_hear():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        private_parts.hear_while_busy(None)


# All of them


def test_no_other_module_reaches_into_keras_or_tensorflow():
    reaching = [
        path.name
        for path in Path(private_parts.__file__).parent.rglob("*.py")
        if re.search(r"keras\.src|tensorflow\.python", path.read_text("utf-8"))
    ]
    assert reaching == ["private_parts.py"]


def test_every_private_part_is_told_here():
    parts = {one for one in vars(private_parts).values() if isinstance(one, PrivatePart)}
    assert parts == {EAGER_SEED, GLOBAL_STATE, VALIDATION_LOSS, REPLY_SUBSHELL}


@pytest.mark.parametrize(("version", "hears"), [("6.17.1", False), ("7.0.0", True), ("8.1", True)])
def test_the_stop_button_is_offered_where_it_is_heard(monkeypatch, version, hears):
    monkeypatch.setattr(private_parts.importlib.metadata, "version", lambda name: version)
    assert private_parts.hears_while_busy() is hears
