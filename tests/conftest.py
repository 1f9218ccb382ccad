"""Fixtures that several modules' tests share."""

from pathlib import Path

import pytest
from made_pets import write_pets_folder

REAL_PETS = Path(__file__).parents[2] / "shared" / "data" / "oxford_iiit_pet_subset"


@pytest.fixture(scope="session")
def real_pets() -> Path:
    """A folder of real photos in the official layout; tests that want it are skipped elsewhere."""
    if not REAL_PETS.is_dir():
        pytest.skip("no real photos beside the repository (shared/data/oxford_iiit_pet_subset)")
    return REAL_PETS


@pytest.fixture
def pets_folder(tmp_path) -> Path:
    """A small folder in the official layout: six pets to train, two to test, all different."""
    return write_pets_folder(tmp_path / "pets", train_count=6, test_count=2)


@pytest.fixture
def few_drawn_pets(monkeypatch):
    """Makes the set of drawn pets small, so that drawing it takes no time."""
    from lessons_lib.data import drawn_pets

    monkeypatch.setattr(drawn_pets, "TRAIN_SEEDS", range(4))
    monkeypatch.setattr(drawn_pets, "TEST_SEEDS", range(100, 102))
