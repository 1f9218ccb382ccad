"""Tests of lessons_lib.data.sources and prepared: which pets, and what is said of them."""

import errno
import threading
import time

import numpy as np
import pytest

from lessons_lib.data import (
    CannotWrite,
    DataProblem,
    choose_source,
    drawn_pets,
    load_pets,
    oxford,
    prepared,
)


def pretend_that_oxford_is_prepared(data_dir, version="4.0.0"):
    folder = data_dir / "oxford_iiit_pet" / version
    folder.mkdir(parents=True)
    (folder / "dataset_info.json").write_text("{}")


def test_auto_takes_the_real_set_only_once_it_is_prepared(tmp_path, monkeypatch, archives):
    monkeypatch.setenv("LESSONS_PETS", "auto")
    data_dir = tmp_path / "data"
    assert choose_source(None, data_dir) == "drawn_pets"
    pretend_that_oxford_is_prepared(data_dir, "incomplete.X1_4.0.0")
    assert choose_source(None, data_dir) == "drawn_pets"
    oxford.prepare(data_dir, archives=archives)
    assert choose_source(None, data_dir) == "oxford_iiit_pet"


@pytest.mark.parametrize("source", ["drawn_pets", "oxford_iiit_pet", "some/folder"])
def test_a_named_source_is_taken_as_it_is(tmp_path, monkeypatch, source):
    pretend_that_oxford_is_prepared(tmp_path)
    assert choose_source(source, tmp_path) == source
    monkeypatch.setenv("LESSONS_PETS", source)
    assert choose_source(None, tmp_path) == source


def test_drawn_pets_are_drawn_once_and_print_the_same_line_each_time(
    tmp_path, monkeypatch, capsys, few_drawn_pets
):
    pets = load_pets("drawn_pets", data_dir=tmp_path)
    first = capsys.readouterr().out
    monkeypatch.setattr(drawn_pets, "draw_pet", None)  # drawing again would fail
    again = load_pets("drawn_pets", data_dir=tmp_path)
    assert capsys.readouterr().out == first == pets.info.description + "\n"
    assert first.startswith("Pets: drawn pets, 4 to train and 2 to test, ")
    assert "for real photos (800 MB) run: python -m lessons_lib data prepare" in first
    assert str(tmp_path) not in first
    assert (int(pets.train.cardinality()), int(pets.test.cardinality())) == (4, 2)
    for one, other in zip(pets.train, again.train, strict=True):
        assert one["file_name"] == other["file_name"]
        np.testing.assert_array_equal(one["image"], other["image"])
        assert set(np.unique(one["segmentation_mask"])) <= {1, 2, 3}


def test_two_that_prepare_at_once_both_get_the_pets_which_are_drawn_once(
    tmp_path, monkeypatch, few_drawn_pets, capsys
):
    """The first is held until the second has come and waits."""
    drawn = []
    monkeypatch.setattr(prepared, "SECONDS_OF_SILENCE", 0.01)
    original = drawn_pets.DrawnPets._split_generators

    def wait_for_the_other(self, dl_manager):
        drawn.append(threading.current_thread())
        said = ""
        while "Waiting for another process" not in said:
            time.sleep(0.01)
            said += capsys.readouterr().err
        return original(self, dl_manager)

    monkeypatch.setattr(drawn_pets.DrawnPets, "_split_generators", wait_for_the_other)
    builders = []

    def prepare():
        builders.append(prepared.prepare_set(prepared.DRAWN, tmp_path))

    threads = [threading.Thread(target=prepare) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert [builder.info.splits["train"].num_examples for builder in builders] == [4, 4]
    assert len(drawn) == 1
    assert [path.name for path in (tmp_path / "drawn_pets").iterdir()] == ["1.0.0"]


def test_a_data_folder_that_cannot_be_has_its_sentence(tmp_path, few_drawn_pets):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(CannotWrite, match="below .*file, but a file stands where a folder is"):
        load_pets("drawn_pets", data_dir=tmp_path / "file")


def test_a_disk_that_fills_up_has_its_sentence_and_nothing_stays(
    tmp_path, monkeypatch, few_drawn_pets
):
    def disk_is_full(seed):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(drawn_pets, "draw_pet", disk_is_full)
    with pytest.raises(CannotWrite, match="its disk is full; choose another folder with"):
        load_pets("drawn_pets", data_dir=tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_pets_that_are_not_prepared_name_the_command(tmp_path):
    with pytest.raises(DataProblem, match="run python -m lessons_lib data prepare .*or set"):
        load_pets("oxford_iiit_pet", data_dir=tmp_path)


def test_an_unknown_source_names_the_known_ones(tmp_path):
    with pytest.raises(DataProblem, match="auto, drawn_pets, oxford_iiit_pet or the path .*'dogs'"):
        load_pets("dogs", data_dir=tmp_path)
