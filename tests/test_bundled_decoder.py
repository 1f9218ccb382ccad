"""The U-Net that opens lesson 1: small, whole, as good as its card says, and there offline."""

import socket
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from laboratory.train_decoder import UNSEEN_SEEDS, judge
from lessons_lib import decoder
from lessons_lib.decoder import (
    DRAWN_DECODER,
    decoder_card,
    load_decoder,
    save_decoder,
    trained_unet,
    unet_model,
)
from lessons_lib.drawing import COURSE_SEEDS, TEST_SEEDS, TRAIN_SEEDS
from lessons_lib.encoder import build_encoder, drawn_card
from lessons_lib.weight_files import sha256

pytestmark = pytest.mark.slow

MOST_BYTES = 3_000_000


@pytest.fixture(scope="module")
def unet():
    return trained_unet()


def narrow_unet(**options):
    return unet_model(encoder=build_encoder(weights="drawn"), filters=(8, 8, 8, 8), **options)


def test_the_file_is_the_one_of_its_card():
    path, card = Path(str(resources.files("lessons_lib") / DRAWN_DECODER)), decoder_card()
    assert sha256(path) == card["sha256"]
    assert path.stat().st_size == card["bytes"] <= MOST_BYTES


def test_it_was_trained_on_top_of_the_encoder_that_is_bundled_now():
    assert decoder_card()["encoder_sha256"] == drawn_card()["sha256"]


def test_the_card_tells_what_was_seen_and_on_which_unseen_pets_it_was_judged():
    card = decoder_card()
    assert {"seen", "recipe", "wall_minutes", "date", "versions"} <= set(card)
    assert card["command"] == "python -m laboratory train_decoder"
    unseen = range(card["unseen"]["first_seed"], card["unseen"]["last_seed"] + 1)
    assert unseen == UNSEEN_SEEDS and len(unseen) == card["unseen"]["drawn_pets"]
    assert set(unseen) <= set(COURSE_SEEDS)  # the encoder has not seen them either
    assert set(unseen).isdisjoint(TRAIN_SEEDS) and set(unseen).isdisjoint(TEST_SEEDS)


def test_it_reaches_on_some_of_those_pets_what_its_card_says_of_all(unet):
    scores = judge(unet, UNSEEN_SEEDS[::5])
    said = decoder_card()["unseen"]
    assert scores.mean_iou == pytest.approx(said["mean_iou"], abs=0.04)
    assert said["mean_iou"] > 0.7


def test_it_takes_the_lessons_images_and_gives_logits(unet):
    assert unet.input_shape == (None, 128, 128, 3)
    assert unet.output_shape == (None, 128, 128, 3)
    logits = np.asarray(unet(np.zeros((1, 128, 128, 3), np.float32)))
    assert np.isfinite(logits).all() and not np.allclose(logits.sum(axis=-1), 1)


def test_it_is_there_without_a_network(monkeypatch):
    def refuse(*_):
        raise OSError("no network here")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    trained_unet()


def test_a_damaged_file_is_refused_with_what_to_do(monkeypatch):
    monkeypatch.setattr(decoder, "decoder_card", lambda: {"sha256": "another"})
    with pytest.raises(ValueError, match="decoder_drawn.npz are damaged.*Install the course again"):
        trained_unet()


def test_a_decoder_that_was_saved_comes_back_up_to_half_precision(tmp_path):
    one, other = narrow_unet(), narrow_unet()
    image = np.random.default_rng(0).random((1, 128, 128, 3), np.float32)
    assert not np.allclose(one(image), other(image), atol=1e-2)
    checksum = save_decoder(one, tmp_path / "mine.npz")
    assert checksum == sha256(tmp_path / "mine.npz")
    assert np.allclose(one(image), load_decoder(other, tmp_path / "mine.npz")(image), atol=1e-2)


def test_the_file_holds_nothing_of_the_encoder(tmp_path):
    save_decoder(narrow_unet(), tmp_path / "mine.npz")
    with np.load(tmp_path / "mine.npz") as arrays:
        blocks = {name.split("/")[0] for name in arrays}
    assert blocks == {"upsample_1", "upsample_2", "upsample_3", "upsample_4", "logits"}


def test_the_weights_of_another_decoder_are_refused(tmp_path):
    encoder = build_encoder(weights="drawn")
    save_decoder(narrow_unet(), tmp_path / "narrow.npz")
    with pytest.raises(ValueError, match="8"):
        load_decoder(unet_model(encoder=encoder, filters=(16, 8, 8, 8)), tmp_path / "narrow.npz")
