"""Tests of lessons_lib.data.oxford: TensorFlow Datasets' own builder, on archives made here.

The real archives weigh 800 MB. These have their layout and names, and their checksums take the
place of the real ones, so that everything else is what a user's command does.
"""

import errno
import functools
import http.server
import shutil
import threading
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from made_pets import expect_archives
from PIL import Image

from lessons_lib.__main__ import main
from lessons_lib.data import DataProblem, load_pets, oxford


@pytest.fixture
def data_dir(tmp_path) -> Path:
    """A data folder that does not exist yet."""
    return tmp_path / "data"


def run(*arguments) -> Result:
    return CliRunner().invoke(main, ["data", *map(str, arguments)])


def names_below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_the_checksums_of_real_archives_are_those_of_tensorflow_datasets():
    infos = {info.filename: info for info in oxford.make_builder("unused").url_infos.values()}
    assert int(infos["images.tar.gz"].size) == 791_918_971
    assert int(infos["annotations.tar.gz"].size) == 19_173_078


def test_the_command_prepares_the_set_from_archives_fetched_by_hand(
    archives, data_dir, monkeypatch
):
    finished = run("prepare", "--from", archives, "--data-dir", data_dir)
    assert finished.exit_code == 0, finished.output
    assert "photos of the Oxford-IIIT Pet data set, 6 to train and 2 to test" in finished.output
    assert [path.name for path in data_dir.iterdir()] == ["oxford_iiit_pet"]
    assert [path.name for path in (data_dir / "oxford_iiit_pet").iterdir()] == ["4.0.0"]

    monkeypatch.setenv("LESSONS_PETS", "auto")  # which now finds the prepared set
    pets = load_pets(data_dir=data_dir)
    assert pets.info.source == "oxford_iiit_pet"
    assert len(pets.info.breeds) == 37
    assert int(pets.train.cardinality()) == 6
    examples = {example["file_name"].numpy().decode(): example for example in pets.train}
    assert len(examples) == 6
    example = examples["Bengal_0.jpg"]
    assert pets.info.breeds[int(example["label"])] == "Bengal"
    photo = Image.open(archives.parent / "packed" / "images" / "Bengal_0.jpg")
    difference = np.abs(example["image"].numpy().astype(int) - np.array(photo))
    assert difference.mean() < 3  # TensorFlow and Pillow decode a JPEG nearly alike
    trimap = Image.open(archives.parent / "packed" / "annotations" / "trimaps" / "Bengal_0.png")
    np.testing.assert_array_equal(example["segmentation_mask"][..., 0], np.array(trimap))
    np.testing.assert_allclose(example["head_bbox"], [0.25, 0.2, 0.5, 0.5])


def test_the_order_of_examples_is_the_same_each_time(archives, data_dir):
    oxford.prepare(data_dir, archives=archives)

    def order():
        train = load_pets("oxford_iiit_pet", data_dir=data_dir).train
        return [example["file_name"].numpy() for example in train]

    assert order() == order()


def test_a_second_prepare_finds_the_set_and_needs_no_archives(archives, data_dir):
    oxford.prepare(data_dir, archives=archives)
    shutil.rmtree(archives)
    finished = run("prepare", "--from", archives, "--data-dir", data_dir)
    assert finished.exit_code == 0, finished.output


def cut_short(archive: Path):
    archive.write_bytes(archive.read_bytes()[:-1000])


def change_one_byte(archive: Path):
    content = bytearray(archive.read_bytes())
    content[len(content) // 2] ^= 255
    archive.write_bytes(content)


def make_longer(archive: Path):
    archive.write_bytes(archive.read_bytes() + b"more")


@pytest.mark.parametrize("name", ["images.tar.gz", "annotations.tar.gz"])
@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (Path.unlink, "there is no such file; fetch it from"),
        (cut_short, "the download broke off, continue it with: curl"),
        (change_one_byte, "is not the archive that TensorFlow Datasets knows (wrong checksum)"),
        (make_longer, "is not the archive that TensorFlow Datasets knows (wrong checksum)"),
    ],
)
def test_a_wrong_archive_has_its_sentence_and_leaves_nothing_behind(
    archives, data_dir, name, damage, sentence
):
    damage(archives / name)
    finished = run("prepare", "--from", archives, "--data-dir", data_dir)
    assert finished.exit_code == 1
    assert finished.output.startswith("Error: ")
    assert name in finished.output and sentence in finished.output
    assert "Traceback" not in finished.output
    assert not data_dir.exists()


def test_a_folder_of_archives_that_is_not_there_has_its_sentence(data_dir, tmp_path):
    finished = run("prepare", "--from", tmp_path / "nowhere", "--data-dir", data_dir)
    assert finished.exit_code == 1
    assert "there is no such file" in finished.output
    assert not data_dir.exists()


def test_archives_are_for_the_real_pets_only(tmp_path):
    finished = run("prepare", "--source", "drawn_pets", "--from", tmp_path)
    assert finished.exit_code == 2
    assert "--from is for the archives of oxford_iiit_pet" in finished.output


# Downloading


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files and logs nothing."""

    def log_message(self, *arguments):
        pass


@pytest.fixture
def served(archives, monkeypatch):
    """Serves the folder of archives on this machine, in place of Oxford."""
    handler = functools.partial(QuietHandler, directory=str(archives))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        expect_archives(archives, f"http://127.0.0.1:{server.server_port}", monkeypatch)
        yield archives
        server.shutdown()


def test_the_command_downloads_both_archives_and_prepares_the_set(served, data_dir):
    finished = run("prepare", "--data-dir", data_dir)
    assert finished.exit_code == 0, finished.output
    assert "6 to train and 2 to test" in finished.output
    assert sorted(path.name for path in data_dir.iterdir()) == ["downloads", "oxford_iiit_pet"]
    kept = data_dir / "downloads" / "oxford_iiit_pet"
    assert names_below(kept) == ["annotations.tar.gz", "images.tar.gz"]


def test_without_a_network_one_sentence_names_the_way_by_hand(archives, data_dir):
    finished = run("prepare", "--data-dir", data_dir)  # example.invalid resolves nowhere
    assert finished.exit_code == 1
    assert "Error: Could not download https://example.invalid/pets/annotations" in finished.output
    assert "data prepare --from FOLDER" in finished.output
    assert not data_dir.exists()


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (Path.unlink, "Could not download"),
        (change_one_byte, "(wrong checksum); a network that asks to log in first"),
        (cut_short, "(wrong checksum); a network that asks to log in first"),
    ],
)
def test_a_download_that_fails_keeps_only_what_came_whole(served, data_dir, damage, sentence):
    damage(served / "images.tar.gz")  # the second of the two
    finished = run("prepare", "--data-dir", data_dir)
    assert finished.exit_code == 1
    assert sentence in finished.output
    assert names_below(data_dir) == [
        "downloads",
        "downloads/oxford_iiit_pet",
        "downloads/oxford_iiit_pet/annotations.tar.gz",
    ]


# Writing


def test_a_file_in_place_of_the_data_folder_has_its_sentence(archives, tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(DataProblem, match="a file stands where a folder is needed"):
        oxford.prepare(tmp_path / "file" / "data", archives=archives)
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (PermissionError(errno.EACCES, "Permission denied"), "no permission to write there"),
        (OSError(errno.ENOSPC, "No space left on device"), "its disk is full"),
        (RuntimeError("Resource exhausted: No space left on device"), "its disk is full"),
    ],
)
def test_a_failure_while_writing_has_its_sentence_and_leaves_nothing_behind(
    archives, data_dir, monkeypatch, error, sentence
):
    def fail_half_way(self, *arguments, **options):
        (Path(self.data_dir) / "half.tfrecord").write_bytes(b"half")
        raise error

    builder_class = type(oxford.make_builder(data_dir))
    monkeypatch.setattr(builder_class, "_download_and_prepare", fail_half_way)
    finished = run("prepare", "--from", archives, "--data-dir", data_dir)
    assert finished.exit_code == 1
    assert sentence in finished.output and "LESSONS_DATA_DIR" in finished.output
    assert not data_dir.exists()


def test_a_disk_with_too_little_room_is_refused_before_anything_is_written(
    archives, data_dir, monkeypatch
):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10, 10, 0))
    finished = run("prepare", "--from", archives, "--data-dir", data_dir)
    assert finished.exit_code == 1
    assert "free below" in finished.output
    assert not data_dir.exists()


def test_a_failure_keeps_the_users_own_files_and_empty_folders(archives, data_dir):
    (data_dir / "downloads").mkdir(parents=True)
    (data_dir / "mine.txt").write_text("mine")
    cut_short(archives / "images.tar.gz")
    assert run("prepare", "--from", archives, "--data-dir", data_dir).exit_code == 1
    assert names_below(data_dir) == ["downloads", "mine.txt"]


def test_an_interrupt_leaves_nothing_behind(archives, data_dir, monkeypatch):
    def interrupted(self, *arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(type(oxford.make_builder(data_dir)), "_download_and_prepare", interrupted)
    with pytest.raises(KeyboardInterrupt):
        oxford.prepare(data_dir, archives=archives)
    assert not data_dir.exists()
