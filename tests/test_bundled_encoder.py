"""The encoder that travels with the course: whole, small, in the wheel, and worth something.

The wheel is built once, so that of the decoder which travels with it is looked for here too.
"""

import shutil
import subprocess
import sys
import zipfile
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from laboratory.drawn_world import BACKGROUND, FIRST_VALIDATION_SEED, draw
from lessons_lib.decoder import DRAWN_DECODER, DRAWN_DECODER_CARD
from lessons_lib.encoder import (
    DRAWN_CARD,
    DRAWN_WEIGHTS,
    FEATURE_LAYERS,
    build_encoder,
    drawn_card,
)
from lessons_lib.weight_files import sha256

pytestmark = pytest.mark.slow

MOST_BYTES = 5_000_000
BUNDLED = (DRAWN_WEIGHTS, DRAWN_CARD, DRAWN_DECODER, DRAWN_DECODER_CARD)


@pytest.fixture(scope="module")
def weights_path():
    return Path(str(resources.files("lessons_lib") / DRAWN_WEIGHTS))


@pytest.fixture(scope="module")
def images():
    drawings = [draw(FIRST_VALIDATION_SEED + number).image for number in range(16)]
    return np.float32(np.stack(drawings)[:, 8:136, 8:136]) / 255


def test_the_file_is_the_one_of_its_card(weights_path):
    card = drawn_card()
    assert sha256(weights_path) == card["sha256"]
    assert weights_path.stat().st_size == card["bytes"] <= MOST_BYTES


def test_the_card_tells_what_was_seen_and_reached():
    card = drawn_card()
    assert {"drawn", "recipe", "command", "wall_minutes", "date", "versions"} <= set(card)
    assert card["command"].startswith("python -m laboratory pretrain ")
    assert card["recipe"]["steps"] * card["recipe"]["batch_size"] == card["pictures_seen"]
    assert 0.2 < card["validation"]["mean_iou"] <= 1


def test_a_wheel_holds_every_file_of_the_library(tmp_path):
    """Weights, cards, the photo, the browser's code: a wheel holds what it is told to hold."""
    root = Path(__file__).parent.parent
    code = "from setuptools.build_meta import build_wheel; import sys; build_wheel(sys.argv[1])"
    source = tmp_path / "source"
    without_caches = shutil.ignore_patterns("__pycache__")
    shutil.copytree(root / "lessons_lib", source / "lessons_lib", ignore=without_caches)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(root / name, source)
    built = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=source, capture_output=True, text=True
    )
    assert built.returncode == 0, built.stderr
    names = set(zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist())
    files = [path for path in (source / "lessons_lib").rglob("*") if path.is_file()]
    assert {path.relative_to(source).as_posix() for path in files} <= names
    assert {f"lessons_lib/{name}" for name in BUNDLED} <= names


def test_it_loads_frozen_and_its_features_are_finite_and_alive(images):
    encoder = build_encoder(weights="drawn")
    assert not encoder.trainable_weights
    for name, features in zip(FEATURE_LAYERS, encoder(images), strict=True):
        features = np.asarray(features)
        assert np.isfinite(features).all(), name
        alive = (features.std(axis=(0, 1, 2)) > 1e-3).mean()
        assert alive > 0.6, f"{name}: only {alive:.0%} of the channels react to pictures"


@pytest.mark.parametrize("scale", range(len(FEATURE_LAYERS)))
def test_different_pictures_have_different_features(scale, images):
    features = np.asarray(build_encoder(weights="drawn")(images)[scale]).mean(axis=(1, 2))
    alike = np.corrcoef(features)
    assert np.abs(alike[np.triu_indices(len(alike), 1)]).mean() < 0.99


def test_features_tell_pet_from_background_where_random_ones_do_not():
    """A linear reading of the features at 8×8 finds pets in drawings it was not fitted on."""
    drawings = [draw(FIRST_VALIDATION_SEED + number) for number in range(32)]
    images = np.float32(np.stack([each.image for each in drawings])[:, 8:136, 8:136]) / 255
    is_pet = np.stack([each.mask[8:136, 8:136] != BACKGROUND for each in drawings])[:, 8::16, 8::16]

    def reads_right(weights):
        features = np.asarray(build_encoder(weights=weights, trainable=True)(images)[3])
        features = (features - features.mean((0, 1, 2))) / (features.std((0, 1, 2)) + 1e-6)
        known, unknown = features[:12].reshape(-1, 576), features[12:].reshape(-1, 576)
        target = np.where(is_pet[:12].ravel(), 1.0, -1.0)
        gram = known @ known.T + 3000 * np.eye(len(known))
        reading = unknown @ (known.T @ np.linalg.solve(gram, target - target.mean()))
        return ((reading + target.mean() > 0) == is_pet[12:].ravel()).mean()

    assert reads_right("drawn") > reads_right("none") + 0.1
