"""Forty more bad inputs, thought of after the first corpus was mended and without the code.

Each is refused in a sentence within seconds, or understood; nothing of the user's is changed.
"""

import io
import json
import os
import shutil
import signal
import tempfile
import threading
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
import snapshots
from click.testing import CliRunner
from made_pets import make_pair, write_pets_folder
from PIL import Image, PngImagePlugin

from lessons_lib.__main__ import main
from lessons_lib.data import DataProblem, load_pets, oxford, prepared, wholeness
from lessons_lib.data.benchmark import PipelineVariant as Variant
from lessons_lib.data.benchmark import build_variant, cache_size, measure_pipeline
from lessons_lib.data.folder import read_photo
from lessons_lib.data.regions import measure_regions, region_thickness
from lessons_lib.quiet import tf

pytestmark = pytest.mark.skipif(os.name == "nt", reason="pipes and links as Linux and macOS know")

PHOTO, MASK = "images/Bengal_0.jpg", "annotations/trimaps/Bengal_0.png"
TRAIN = "annotations/trainval.txt"
SECONDS = 20


def encoded(picture: Image.Image, kind: str, **how) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **how)
    return file.getvalue()


def noise(mode: str = "RGB", height: int = 20, width: int = 30) -> Image.Image:
    return Image.fromarray(make_pair(height=height, width=width, seed=1)[0]).convert(mode)


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("photo.jpg", b"x")
    return file.getvalue()


def bomb_of_text() -> bytes:
    said = PngImagePlugin.PngInfo()
    said.add_text("said", "a" * 80_000_000, zip=True)
    return encoded(noise(), "PNG", pnginfo=said)


def put(name: str, content: bytes | str):
    def damage(folder: Path) -> None:
        data = content.encode() if isinstance(content, str) else content
        (folder / name).write_bytes(data)

    return damage


def replace_by(name: str, make):
    def damage(folder: Path) -> None:
        path = folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        make(path)

    return damage


def link_to(target: str):
    return lambda path: path.symlink_to(target)


PETS = {
    "images that link to themselves": replace_by("images", link_to("images")),
    "an animation of another size": put(
        PHOTO,
        encoded(noise(), "GIF", save_all=True, append_images=[noise()])[:40],
    ),
    "a checksum wrong in a PNG": put(MASK, encoded(noise("L"), "PNG").replace(b"IHDR", b"IHDQ")),
    "a PNG with 80 MB of text": put(MASK, bomb_of_text()),
    "a JPEG without its pixels": put(PHOTO, encoded(noise(), "JPEG", progressive=True)[:300]),
    "a bitmap of no height": put(PHOTO, encoded(noise(), "BMP")[:22] + b"\0" * 400),
    "a WebP cut short": put(PHOTO, encoded(noise(), "WEBP")[:60]),
    "an archive as photo": put(PHOTO, zipped()),
    "PostScript as photo": put(PHOTO, "%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 30 20\n"),
    "a mask in two bits": put(MASK, encoded(noise("P", 20, 30).quantize(4), "PNG", bits=2)),
    "a mask in 16-bit colours": put(MASK, encoded(noise("RGBA"), "PNG")),
    "a list with line separators": put(TRAIN, "Bengal_0 6\u2028 1 1\n"),
    "a list of dots": put(TRAIN, ". 6 1 1\n.. 6 1 1\n"),
    "a list in emoji": put(TRAIN, "🐈 6 1 1\n"),
    "a list of 60 MB": put(TRAIN, b"Bengal_0 6 1 1\n" * 4_000_000),
    "trimaps that are the photos": replace_by("annotations/trimaps", link_to("../images")),
    "a name of a folder": put(TRAIN, "/ 6 1 1\n"),
}  # fmt: skip

CLASSES = {
    "comments": '// mine\n{"classes": ["a", "b"]}',
    "minus nothing": '{"classes": [{"name": "a", "value": 0}, {"name": "b", "value": -0}]}',
    "an exponent": '{"classes": [{"name": "a", "value": 1e2}, {"name": "b", "value": 1}]}',
    "no colour of the kind": ('{"classes": [{"name": "a", "value": 0, "colour": "#gggggg"}, "b"]}'),
    "a name in an object": '{"classes": [{"name": {"en": "a"}, "value": 0}, "b"]}',
    "a mark that turns the writing": '{"classes": ["a\u202eb", "c"]}',
    "another's objects in objects": '{"a":' * 5000 + "1" + "}" * 5000,
}


def folder_for_a_file(path: Path) -> None:
    path.mkdir()
    (path / "mine.txt").write_text("mine")


DRAWN = "drawn_pets/1.0.0"
RECORDS = f"{DRAWN}/drawn_pets-train.tfrecord-00000-of-00001"
PREPARED = {
    "a pipe for the info": replace_by(f"{DRAWN}/dataset_info.json", os.mkfifo),
    "an endless info": replace_by(f"{DRAWN}/dataset_info.json", link_to("/dev/zero")),
    "a pipe for records": replace_by(RECORDS, os.mkfifo),
    "endless records": replace_by(RECORDS, link_to("/dev/zero")),
    "a folder for labels": replace_by(f"{DRAWN}/label.labels.txt", folder_for_a_file),
    "a link to nowhere": replace_by(DRAWN, link_to("nowhere")),
    "a million shards": put(
        f"{DRAWN}/dataset_info.json",
        json.dumps(
            {
                "name": "drawn_pets",
                "version": "1.0.0",
                "splits": [
                    {"name": name, "shardLengths": ["1"] * 1_000_000} for name in ("train", "test")
                ],
            }
        ),
    ),
    "a link for all sets": replace_by("drawn_pets", link_to("drawn_pets")),
}


EXAMPLES = tf.data.Dataset.range(3)


def measure(**how):
    return measure_pipeline(EXAMPLES, **({"step_seconds": 0, "rounds": 1} | how))


CALLS = {
    "bytes for a folder": lambda: load_pets("drawn_pets", data_dir=b"/tmp/x"),
    "a number for a folder": lambda: load_pets("drawn_pets", data_dir=7),
    "nothing for a photo": lambda: read_photo(None),
    "a number for trimaps": lambda: measure_regions(7),
    "nothing for a trimap": lambda: measure_regions([None]),
    "an example without a mask": lambda: measure_regions([{"image": 1}]),
    "a word for a value": lambda: region_thickness(np.ones((3, 3), int), "pet"),
    "a cache nobody knows": lambda: cache_size("disk", 1),
    "a step that ends before it begins": lambda: measure(step_seconds=-1),
    "rounds in words": lambda: measure(rounds="two"),
    "no data set": lambda: build_variant(Variant("a"), None),
    "pictures of no size": lambda: build_variant(Variant("a"), EXAMPLES, image_size=0),
    "an archive at an address": lambda: oxford.prepare(
        Path("data"), archives=Path("gs://bucket/archives")
    ),
    "archives of 5,000 letters": lambda: oxford.prepare(Path("data"), archives=Path("x" * 5000)),
}


class TooLong(Exception):
    """An input that makes the course wait."""


@pytest.fixture(autouse=True)
def patience():
    """Ends a call that waits for ever."""

    def give_up(number, frame):
        raise TooLong

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LESSONS_DATA_DIR", str(tmp_path / "data"))


def refuses(call, below: Path) -> None:
    before = snapshots.take(below)
    with pytest.raises((DataProblem, TypeError)) as raised:
        call()
    assert "lessons_lib" in str(raised.traceback[-1].path)
    sentence = str(raised.value)
    assert sentence.isprintable() and 20 < len(sentence) < 700, sentence
    assert snapshots.take(below) == before


def cases(table: dict) -> list:
    return [pytest.param(case, id=name) for name, case in table.items()]


@pytest.mark.parametrize("damage", cases(PETS))
def test_a_pets_folder(tmp_path, damage):
    folder = write_pets_folder(tmp_path / "pets", train_count=2, test_count=1)
    damage(folder)
    refuses(lambda: load_pets(str(folder)), tmp_path)


@pytest.mark.parametrize("content", cases(CLASSES))
def test_a_classes_json(tmp_path, content):
    (tmp_path / "classes.json").write_text(content)
    refuses(lambda: load_pets(str(tmp_path)), tmp_path)


@pytest.mark.parametrize("damage", cases(PREPARED))
def test_prepared_pets(tmp_path, drawn_template, damage):
    shutil.copytree(drawn_template, tmp_path / "data")
    damage(tmp_path / "data")
    refuses(lambda: load_pets("drawn_pets"), tmp_path)


@pytest.mark.parametrize("call", cases(CALLS))
def test_a_call(tmp_path, call):
    refuses(call, tmp_path)


def test_a_folder_for_the_lock(tmp_path, drawn_template, few_drawn_pets):
    shutil.copytree(drawn_template, tmp_path / "data")
    place = tmp_path / "data" / "drawn_pets"
    (place / "preparing.lock").mkdir()
    load_pets("drawn_pets")
    (place / "1.0.0" / "dataset_info.json").unlink()
    refuses(lambda: prepared.prepare_drawn_pets(tmp_path / "data"), tmp_path)


def test_a_link_for_the_lock(tmp_path, drawn_template, few_drawn_pets):
    shutil.copytree(drawn_template, tmp_path / "data")
    place = tmp_path / "data" / "drawn_pets"
    (tmp_path / "mine.txt").write_text("mine")
    (place / "preparing.lock").symlink_to(tmp_path / "mine.txt")
    (place / "1.0.0" / "dataset_info.json").unlink()
    refuses(lambda: prepared.prepare_drawn_pets(tmp_path / "data"), tmp_path)


def test_a_place_that_is_gone(tmp_path, monkeypatch):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    refuses(lambda: load_pets("drawn_pets", data_dir="data"), tmp_path)
    refuses(lambda: load_pets("pets"), tmp_path)


def test_no_place_for_temporary_files(tmp_path, drawn_template, monkeypatch):
    shutil.copytree(drawn_template, tmp_path / "data")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    wholeness._reference.cache_clear()
    refuses(lambda: load_pets("drawn_pets"), tmp_path)


@pytest.mark.parametrize("line", ["prepare", "remove --yes", "verify"])
def test_commands_on_a_link_to_nowhere(tmp_path, line):
    (tmp_path / "data").symlink_to(tmp_path / "nowhere" / "data")
    arguments = ["data", *line.split()]
    arguments += [] if line == "verify" else ["--source", "drawn_pets"]
    before = snapshots.take(tmp_path)
    finished = CliRunner().invoke(main, arguments)
    assert finished.exception is None or isinstance(finished.exception, SystemExit)
    assert snapshots.take(tmp_path) == before


def test_a_set_that_goes_while_it_is_read(tmp_path, drawn_template):
    """A disk that is pulled out between two looks."""
    shutil.copytree(drawn_template, tmp_path / "data")

    def pull_out():
        time.sleep(0.02)
        shutil.rmtree(tmp_path / "data")

    thread = threading.Thread(target=pull_out)
    thread.start()
    with pytest.raises(DataProblem):
        load_pets("oxford_iiit_pet")
    thread.join()
