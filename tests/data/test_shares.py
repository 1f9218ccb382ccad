"""Each worker reads its own pets, and each of them once."""

from collections import Counter

import pytest
from made_pets import write_pets_folder

from lessons_lib.classes import PET_CLASSES
from lessons_lib.data import DataProblem, folder, load_pets, shares, split_validation
from lessons_lib.data.shares import load_share

SETS = ("train", "validation", "test")


def names(examples) -> list[bytes]:
    return [example["file_name"] for example in examples.as_numpy_iterator()]


@pytest.fixture
def thirty_pets(tmp_path):
    return str(write_pets_folder(tmp_path / "pets", train_count=23, test_count=7))


@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize("source", ["folder", "drawn"])
def test_together_the_workers_have_every_pet_once(
    thirty_pets, drawn_template, few_drawn_pets, monkeypatch, source, workers
):
    if source == "drawn":
        monkeypatch.setattr(shares, "EVERY", 2)  # there are four to train with, two to test with
        workers = min(workers, 2)
    place = {"data_dir": drawn_template}
    source = thirty_pets if source == "folder" else "drawn_pets"
    whole = load_pets(source, **place)
    train, validation = split_validation(whole.train, shares.EVERY)
    expected = dict(zip(SETS, (train, validation, whole.test), strict=True))
    parts = [load_share(source, worker=i, workers=workers, **place) for i in range(workers)]
    assert {part.train_counts for part in parts} == {
        tuple(int(part.train.cardinality()) for part in parts)
    }
    assert max(parts[0].train_counts) - min(parts[0].train_counts) <= 1
    for name, count in zip(SETS, parts[0].counts, strict=True):
        found = [one for part in parts for one in names(getattr(part, name))]
        assert sorted(found) == sorted(names(expected[name])) and len(found) == count
    assert parts[0].classes == PET_CLASSES
    assert parts[0].train.element_spec == train.element_spec


def test_a_worker_opens_its_own_files_alone_and_each_once(thirty_pets, monkeypatch):
    opened = Counter()
    read_pair = folder.read_pair

    def count(photo, trimap, own=None):
        opened[photo.name] += 1
        return read_pair(photo, trimap, own)

    monkeypatch.setattr(folder, "read_pair", count)
    read = []
    for worker in range(2):
        share = load_share(thirty_pets, worker=worker, workers=2)
        opened.clear()
        cached = share.train.cache()
        for _ in range(3):  # epochs
            mine = names(cached)
        read.append({name.decode() for name in mine})
        assert opened == Counter(read[-1])
    assert read[0] & read[1] == set() and len(read[0] | read[1]) == 19


def test_stretches_of_records_cover_all_without_overlap():
    for count, workers in ((10, 3), (4, 4), (650, 7)):
        stretches = shares._stretches(count, workers)
        assert [number for stretch in stretches for number in stretch] == list(range(count))
        assert max(map(len, stretches)) - min(map(len, stretches)) <= 1


def test_more_workers_than_pets_is_told(thirty_pets):
    with pytest.raises(DataProblem, match="at least 5 pets in each set.*19 to train, 4 to valid"):
        load_share(thirty_pets, worker=0, workers=5)
    with pytest.raises(ValueError, match="worker must be at most 1, but 2 came"):
        load_share(thirty_pets, worker=2, workers=2)
