"""Prepared pets that are damaged are mended, or passed by; leftovers go, and nothing else does."""

import multiprocessing
import os
import shutil
import time

import filelock
import pytest
import snapshots
from click.testing import CliRunner

from lessons_lib import doctor
from lessons_lib.__main__ import main
from lessons_lib.data import DataProblem, are_drawn, drawn_pets, load_pets, oxford, prepared
from lessons_lib.data.wholeness import examine

RECORDS = "drawn_pets-train.tfrecord-00000-of-00001"


def run(*arguments, **options):
    return CliRunner().invoke(main, ["data", *map(str, arguments)], **options)


@pytest.fixture
def drawn(tmp_path, drawn_template, few_drawn_pets, monkeypatch):
    """The folder of a few drawn pets, in a data folder that the environment names."""
    monkeypatch.setenv("LESSONS_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("LESSONS_PETS", "auto")
    shutil.copytree(drawn_template, tmp_path / "data")
    return tmp_path / "data" / "drawn_pets" / "1.0.0"


def flip_a_bit(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def cut_short(path):
    path.write_bytes(path.read_bytes()[:-100])


def make_empty(folder):
    shutil.rmtree(folder)
    folder.mkdir()


DAMAGES = {
    "a flipped bit": lambda folder: flip_a_bit(folder / RECORDS),
    "cut short": lambda folder: cut_short(folder / RECORDS),
    "emptied": lambda folder: (folder / RECORDS).write_bytes(b""),
    "records missing": lambda folder: (folder / RECORDS).unlink(),
    "info missing": lambda folder: (folder / "dataset_info.json").unlink(),
    "info emptied": lambda folder: (folder / "dataset_info.json").write_bytes(b""),
    "all gone": make_empty,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_prepare_mends_what_is_damaged_and_keeps_what_is_the_users(drawn, tmp_path, damage):
    damage(drawn)
    is_empty = not any(drawn.iterdir())
    if not is_empty:
        (drawn / "notes.txt").write_text("mine")
    finished = run("prepare", "--source", "drawn_pets")
    assert finished.exit_code == 0, finished.output
    assert examine(prepared.DRAWN, tmp_path / "data", afresh=True).whole
    assert is_empty or (drawn / "notes.txt").read_text() == "mine"
    assert [path.name for path in drawn.parent.iterdir()] == ["1.0.0"]


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_doctor_and_verify_see_what_is_damaged_and_change_nothing(drawn, monkeypatch, damage):
    damage(drawn)
    before = snapshots.take(drawn)
    finding = doctor.check_pets()  # auto: the lessons run, and mend it
    assert "The drawn pets in" in finding.found and "damaged" in finding.found
    assert finding.to_do and not finding.hinders
    monkeypatch.setenv("LESSONS_PETS", "drawn_pets")
    finding = doctor.check_pets()
    assert finding.hinders and "data prepare --source drawn_pets" in finding.found
    finished = run("verify")
    assert finished.exit_code == 1
    assert "drawn_pets 1.0.0: damaged," in finished.output
    assert "Error: Some pets are damaged; mend them with:" in finished.output
    assert "to be whole, but" in run("show").output
    assert snapshots.take(drawn) == before


def test_auto_draws_damaged_pets_anew_and_says_so(drawn, capsys):
    flip_a_bit(drawn / RECORDS)
    pets = load_pets()
    said = capsys.readouterr().out
    assert "The drawn pets in" in said and "wrong checksum" in said
    assert len(list(pets.train)) == 4
    load_pets()
    assert "damaged" not in capsys.readouterr().out


@pytest.mark.parametrize("pattern", ["*train.tfrecord*", "dataset_info.json", "*"])
def test_auto_passes_damaged_photos_by_and_says_so(drawn, tmp_path, archives, capsys, pattern):
    data_dir = tmp_path / "data"
    oxford.prepare(data_dir, archives=archives)
    folder = data_dir / "oxford_iiit_pet" / "4.0.0"
    for path in folder.glob(pattern):
        path.unlink()
    before = snapshots.take(folder)
    assert load_pets().info.source == "drawn_pets"
    said = capsys.readouterr().out
    assert "The Oxford pets in" in said and "The lessons run on drawn pets" in said
    assert "data prepare --source oxford_iiit_pet" in said
    assert "The Oxford pets in" in doctor.check_pets().found
    assert snapshots.take(folder) == before
    finished = run("prepare", "--from", archives)
    assert finished.exit_code == 0, finished.output
    assert load_pets().info.source == "oxford_iiit_pet"


def test_a_mending_that_fails_leaves_the_damaged_set_as_it_was(drawn, tmp_path, archives):
    data_dir = tmp_path / "data"
    oxford.prepare(data_dir, archives=archives)
    flip_a_bit(next((data_dir / "oxford_iiit_pet" / "4.0.0").glob("*train.tfrecord*")))
    before = snapshots.take(data_dir)
    finished = run("prepare")  # without a network
    assert finished.exit_code == 1 and "Could not download" in finished.output
    cut_short(archives / "images.tar.gz")
    assert run("prepare", "--from", archives).exit_code == 1
    assert snapshots.take(data_dir) == before


def test_the_version_of_another_course_is_passed_by(drawn, tmp_path):
    other = tmp_path / "data" / "oxford_iiit_pet" / "3.2.0"
    other.mkdir(parents=True)
    (other / "dataset_info.json").write_text("{}")
    assert load_pets().info.source == "drawn_pets"
    finished = run("verify")
    assert finished.exit_code == 0
    assert "oxford_iiit_pet 3.2.0: of a version that the course does not" in finished.output


# Verify


def test_verify_reads_every_record(drawn, tmp_path, archives):
    finished = run("verify")
    assert finished.exit_code == 0
    assert "oxford_iiit_pet: not prepared." in finished.output
    assert "drawn_pets 1.0.0: whole, 4 to train and 2 to test." in finished.output
    oxford.prepare(tmp_path / "data", archives=archives)
    assert "oxford_iiit_pet 4.0.0: whole, 6 to train and 2 to test." in run("verify").output
    assert "drawn" not in run("verify", "--source", "oxford_iiit_pet").output


def test_verify_sees_what_keeps_size_and_time_and_what_cannot_be_decoded(drawn, monkeypatch):
    load_pets("drawn_pets")  # which this process remembers
    status = (drawn / RECORDS).stat()
    flip_a_bit(drawn / RECORDS)
    os.utime(drawn / RECORDS, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert run("verify").exit_code == 1


def test_verify_sees_a_record_whose_checksum_is_right_and_whose_picture_is_not(drawn):
    from lessons_lib.quiet import tf

    records = [record.numpy() for record in tf.data.TFRecordDataset(str(drawn / RECORDS))]
    with tf.io.TFRecordWriter(str(drawn / RECORDS)) as writer:
        for number, record in enumerate(records):  # loading looks at the first already
            writer.write(record.replace(b"IDAT", b"IDOT") if number else record)
    finished = run("verify")
    assert finished.exit_code == 1
    assert "record 2 of train cannot be decoded" in finished.output


# Remove


def test_remove_asks_and_removes_the_set_and_nothing_else(drawn, tmp_path, archives):
    data_dir = tmp_path / "data"
    oxford.prepare(data_dir, archives=archives)
    (data_dir / "mine.txt").write_text("mine")
    for answer in ("n\n", "\n", ""):
        finished = run("remove", "--source", "drawn_pets", input=answer)
        assert finished.exit_code == 1 and "Aborted" in finished.output
    assert are_drawn(data_dir)
    others = snapshots.take(data_dir / "oxford_iiit_pet")
    finished = run("remove", "--source", "drawn_pets", input="y\n")
    assert finished.exit_code == 0 and "Removed the drawn pets from" in finished.output
    left = sorted(path.name for path in data_dir.iterdir() if path.name != "downloads")
    assert left == ["mine.txt", "oxford_iiit_pet"]
    assert snapshots.take(data_dir / "oxford_iiit_pet") == others
    assert "nothing to remove" in run("remove", "--source", "drawn_pets", "--yes").output


def test_remove_keeps_files_of_ones_own_and_prepare_comes_back_beside_them(drawn, tmp_path):
    (drawn / "notes.txt").write_text("mine")
    (drawn / "train").mkdir()
    flip_a_bit(drawn / RECORDS)
    finished = run("remove", "--source", "drawn_pets", "--yes")
    assert "Kept what is not of them: notes.txt, train." in finished.output
    assert sorted(path.name for path in drawn.iterdir()) == ["notes.txt", "train"]
    assert "not drawn yet" in run("show").output
    assert run("prepare", "--source", "drawn_pets").exit_code == 0
    assert (drawn / "notes.txt").read_text() == "mine" and are_drawn(tmp_path / "data")


def test_remove_does_not_follow_links(drawn, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    drawn.rename(elsewhere)
    drawn.symlink_to(elsewhere)
    before = snapshots.take(elsewhere)
    finished = run("remove", "--source", "drawn_pets", "--yes")
    assert finished.exit_code == 1 and "is a link to another place" in finished.output
    assert snapshots.take(elsewhere) == before


def test_remove_leaves_a_set_alone_that_is_being_prepared(drawn):
    with filelock.FileLock(drawn.parent / prepared.LOCK):
        finished = run("remove", "--source", "drawn_pets", "--yes")
    assert finished.exit_code == 1 and "another process prepares the drawn pets" in finished.output
    assert drawn.is_dir()


# Leftovers


def leave_over(place, name, *, hours=0.0):
    folder = place / name
    (folder / "drawn_pets").mkdir(parents=True)
    (folder / "drawn_pets" / "half.tfrecord").write_bytes(b"half")
    long_ago = time.time() - hours * 3600
    for path in (folder / "drawn_pets" / "half.tfrecord", folder / "drawn_pets", folder):
        os.utime(path, (long_ago, long_ago))
    return folder


@pytest.mark.parametrize("is_whole", [True, False])
def test_leftovers_of_killed_preparations_are_cleared_away_by_the_next(drawn, tmp_path, is_whole):
    if not is_whole:
        flip_a_bit(drawn / RECORDS)
    place = drawn.parent
    leave_over(place, f"{prepared.OUR_WORK}0a1b2c3d")
    leave_over(place, "incomplete.ABC123_1.0.0", hours=2)
    (place / prepared.LOCK).touch()  # the lock of a process that is no more
    (place / "incomplete.notes").mkdir()
    prepared.prepare_drawn_pets(tmp_path / "data")
    assert sorted(path.name for path in place.iterdir()) == ["1.0.0", "incomplete.notes"]


def test_what_is_being_prepared_is_left_alone(drawn, tmp_path):
    place = drawn.parent
    ours = leave_over(place, f"{prepared.OUR_WORK}0a1b2c3d")
    theirs = leave_over(place, "incomplete.ABC123_1.0.0")
    with filelock.FileLock(place / prepared.LOCK):
        prepared.prepare_drawn_pets(tmp_path / "data")  # whole, so there is nothing to wait for
        assert ours.is_dir() and theirs.is_dir()
    prepared.prepare_drawn_pets(tmp_path / "data")
    assert not ours.exists() and theirs.is_dir(), "others than we may be at work for an hour"


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_whole_pets_in_a_folder_that_cannot_be_written_are_read(drawn, tmp_path):
    (drawn.parent / prepared.LOCK).touch()
    for folder in (drawn, drawn.parent, tmp_path / "data"):
        folder.chmod(0o555)
    assert len(list(load_pets("drawn_pets").train)) == 4


def test_an_interrupt_leaves_nothing_behind(tmp_path, monkeypatch, few_drawn_pets):
    def interrupt(seed):
        raise KeyboardInterrupt

    monkeypatch.setattr(drawn_pets, "draw_pet", interrupt)
    with pytest.raises(KeyboardInterrupt):
        prepared.prepare_drawn_pets(tmp_path / "data")
    assert not (tmp_path / "data").exists()


@pytest.mark.slow
@pytest.mark.skipif(
    "forkserver" not in multiprocessing.get_all_start_methods(), reason="no cheap processes here"
)
def test_of_twenty_that_prepare_at_once_three_may_be_killed(tmp_path):
    from preparing_at_once import KILLED, PROCESSES, run_round

    (tmp_path / "data").mkdir()
    (tmp_path / "log").mkdir()
    outcome = run_round(tmp_path / "data", tmp_path / "log", seed=time.time_ns())
    assert outcome.killed == KILLED and outcome.well == PROCESSES - KILLED
    assert outcome.left_after_next == []
    assert examine(prepared.DRAWN, tmp_path / "data").whole


def test_a_data_problem_is_all_that_a_damaged_set_raises(drawn, tmp_path):
    shutil.rmtree(drawn)
    drawn.write_text("mine")
    for call in (lambda: load_pets("drawn_pets"), lambda: load_pets()):
        with pytest.raises(DataProblem):
            call()
    assert drawn.read_text() == "mine"
