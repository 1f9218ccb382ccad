"""Fixtures that several modules' tests share."""

from pathlib import Path

import pytest
from made_pets import expect_archives, write_archives, write_pets_folder

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"
REAL_PETS = SHARED_DATA / "oxford_iiit_pet_subset"
PHOTO_ENCODER = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_128_no_top.h5"


@pytest.fixture(scope="session")
def real_pets() -> Path:
    """A folder of real photos in the official layout; tests that want it are skipped elsewhere."""
    if not REAL_PETS.is_dir():
        pytest.skip("no real photos beside the repository (shared/data/oxford_iiit_pet_subset)")
    return REAL_PETS


@pytest.fixture(scope="session")
def photo_weights() -> Path:
    """Weights learnt from photos, in the layout of Keras' cache, under the name of ImageNet's."""
    path = SHARED_DATA / "photo_encoder" / PHOTO_ENCODER
    if not path.is_file():
        pytest.skip("no photo weights beside the repository (shared/data/photo_encoder)")
    return path


@pytest.fixture
def pets_folder(tmp_path) -> Path:
    """A small folder in the official layout: six pets to train, two to test, all different."""
    return write_pets_folder(tmp_path / "pets", train_count=6, test_count=2)


@pytest.fixture
def archives(tmp_path, monkeypatch) -> Path:
    """A folder with both archives of pets, whose checksums TensorFlow Datasets now expects."""
    pets = write_pets_folder(tmp_path / "packed", train_count=6, test_count=2)
    folder = write_archives(tmp_path / "fetched by hand", pets)
    expect_archives(folder, "https://example.invalid/pets", monkeypatch)
    return folder


@pytest.fixture(scope="session")
def drawn_template(tmp_path_factory) -> Path:
    """A data folder with few drawn pets, four to train and two to test, to be copied."""
    from lessons_lib.data import drawn_pets, prepared

    folder = tmp_path_factory.mktemp("drawn")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drawn_pets, "TRAIN_SEEDS", range(4))
        patch.setattr(drawn_pets, "TEST_SEEDS", range(100, 102))
        prepared.prepare_drawn_pets(folder)
    return folder


@pytest.fixture
def few_drawn_pets(monkeypatch):
    """Makes the set of drawn pets small, so that drawing it takes no time."""
    from lessons_lib.data import drawn_pets

    monkeypatch.setattr(drawn_pets, "TRAIN_SEEDS", range(4))
    monkeypatch.setattr(drawn_pets, "TEST_SEEDS", range(100, 102))
