"""The training of lesson 1's U-Net: what its command trains, judges and writes."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from laboratory import train_decoder
from lessons_lib.decoder import DRAWN_DECODER, DRAWN_DECODER_CARD, load_decoder, unet_model
from lessons_lib.encoder import build_encoder
from lessons_lib.weight_files import sha256


@pytest.fixture
def few_pets(monkeypatch):
    """Ten pets to train with, two of them for validation, and three to be judged on."""
    pets = train_decoder.load_pets("drawn_pets")
    few = pets._replace(train=pets.train.take(10))
    monkeypatch.setattr(train_decoder, "load_pets", lambda source: few)
    monkeypatch.setattr(train_decoder, "UNSEEN_SEEDS", range(700_000, 700_003))


@pytest.mark.slow
def test_the_command_trains_judges_what_it_wrote_and_writes_the_card(tmp_path, few_pets):
    words = ["--pets", "8", "--epochs", "1", "--seed", "5", "--output", str(tmp_path / "new")]
    answer = CliRunner().invoke(train_decoder.main, words, catch_exceptions=False)
    assert answer.exit_code == 0, answer.output
    card = json.loads((tmp_path / "new" / DRAWN_DECODER_CARD).read_text())
    path = tmp_path / "new" / DRAWN_DECODER
    assert card["sha256"] == sha256(path) and card["bytes"] == path.stat().st_size
    assert (card["recipe"]["pets"], card["recipe"]["epochs"], card["recipe"]["seed"]) == (8, 1, 5)
    assert card["command"] == " ".join(["python -m laboratory train_decoder", *words])

    filters = card["recipe"]["filters"]
    unet = load_decoder(unet_model(encoder=build_encoder(weights="drawn"), filters=filters), path)
    scores = train_decoder.judge(unet, train_decoder.UNSEEN_SEEDS)
    assert card["unseen"]["mean_iou"] == pytest.approx(scores.mean_iou, abs=1e-3)
    assert card["unseen"]["drawn_pets"] == 3 and card["unseen"]["last_seed"] == 700_002


def test_the_judges_are_the_pets_of_the_seeds_at_the_models_size():
    image, mask = train_decoder._small_pair(700_000)
    assert image.shape == (128, 128, 3) and image.dtype == np.float32 and image.max() <= 1
    assert mask.shape == (128, 128, 1) and set(np.unique(mask)) == {0, 1, 2}
