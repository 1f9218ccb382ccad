"""Tests of lessons_lib.data.sources and prepared: which pets, and what is said of them."""

import errno
import threading

import numpy as np
import pytest
from click.testing import CliRunner

from lessons_lib.__main__ import COMMANDS, main
from lessons_lib.data import (
    CannotWrite,
    DataProblem,
    are_drawn,
    choose_source,
    drawn_pets,
    load_pets,
    prepared,
)


@pytest.fixture
def few_drawn_pets(monkeypatch):
    """Makes the set of drawn pets small, so that drawing it takes no time."""
    monkeypatch.setattr(drawn_pets, "TRAIN_SEEDS", range(4))
    monkeypatch.setattr(drawn_pets, "TEST_SEEDS", range(100, 102))


def pretend_that_oxford_is_prepared(data_dir, version="4.0.0"):
    folder = data_dir / "oxford_iiit_pet" / version
    folder.mkdir(parents=True)
    (folder / "dataset_info.json").write_text("{}")


def test_auto_takes_the_real_set_only_once_it_is_prepared(tmp_path, monkeypatch):
    monkeypatch.setenv("LESSONS_PETS", "auto")
    assert choose_source(None, tmp_path) == "drawn_pets"
    pretend_that_oxford_is_prepared(tmp_path, "incomplete.X1_4.0.0")
    assert choose_source(None, tmp_path) == "drawn_pets"
    pretend_that_oxford_is_prepared(tmp_path)
    assert choose_source(None, tmp_path) == "oxford_iiit_pet"


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


def test_two_that_prepare_at_once_both_get_the_pets(tmp_path, monkeypatch, few_drawn_pets):
    """Both are held until each has begun; the later one finds its place taken."""
    both_have_begun = threading.Barrier(2, timeout=30)
    original = drawn_pets.DrawnPets._split_generators

    def wait_for_the_other(self, dl_manager):
        both_have_begun.wait()
        return original(self, dl_manager)

    monkeypatch.setattr(drawn_pets.DrawnPets, "_split_generators", wait_for_the_other)
    builders = []

    def prepare():
        builders.append(prepared.prepare_once(lambda: drawn_pets.DrawnPets(data_dir=tmp_path)))

    threads = [threading.Thread(target=prepare) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [builder.info.splits["train"].num_examples for builder in builders] == [4, 4]
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


# The command line


def test_help_lists_every_command_and_imports_none(monkeypatch):
    monkeypatch.setitem(COMMANDS, "later", ("lessons_lib.not_there:later", "Not built yet."))
    output = CliRunner().invoke(main, ["--help"]).output
    for name, (_, summary) in COMMANDS.items():
        assert name in output and summary in output


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_registered_command_answers_for_help(name):
    finished = CliRunner().invoke(main, [name, "--help"])
    assert finished.exit_code == 0, finished.output


def test_an_unknown_command_is_refused():
    finished = CliRunner().invoke(main, ["dance"])
    assert finished.exit_code == 2
    assert "No such command 'dance'" in finished.output


def test_prepare_draws_pets_and_show_tells_before_and_after(tmp_path, monkeypatch, few_drawn_pets):
    monkeypatch.setenv("LESSONS_PETS", "auto")
    monkeypatch.setenv("LESSONS_DATA_DIR", str(tmp_path))

    def run(*arguments):
        finished = CliRunner().invoke(main, ["data", *arguments])
        assert finished.exit_code == 0, finished.output
        return finished.output

    assert "drawn pets, not drawn yet" in run("show")
    (tmp_path / "drawn_pets" / "0.0.1").mkdir(parents=True)
    (tmp_path / "drawn_pets" / "0.0.1" / "dataset_info.json").write_text("{}")
    assert "drawn pets, not drawn yet" in run("show"), "an older version draws others"
    assert not are_drawn(tmp_path), "show only looks"
    assert "4 to train and 2 to test" in run("prepare", "--source", "drawn_pets")
    shown = run("show")
    assert "LESSONS_PETS: auto" in shown and f"Data folder: {tmp_path}" in shown
    assert "4 to train and 2 to test" in shown and "Breeds: Marmalade_Tabby" in shown


def test_show_tells_of_a_folder(pets_folder, monkeypatch):
    monkeypatch.setenv("LESSONS_PETS", str(pets_folder))
    output = CliRunner().invoke(main, ["data", "show"]).output
    assert "6 to train and 2 to test, 2 breeds" in output
    assert "Breeds: beagle, Bengal" in output


def test_show_tells_a_problem_in_one_sentence(monkeypatch):
    monkeypatch.setenv("LESSONS_PETS", "no/such/folder")
    finished = CliRunner().invoke(main, ["data", "show"])
    assert finished.exit_code == 1
    assert "Error: Expected auto, drawn_pets" in finished.output
