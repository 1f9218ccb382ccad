"""The command line called wrongly: one sentence, an exit code, and nothing changed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import snapshots
from click.testing import CliRunner

import lessons_lib
from lessons_lib.__main__ import main

LONG = "x" * 5000
DATA = {
    "no such command": ("data dance", "No such command 'dance'"),
    "a command in capitals": ("data SHOW", "No such command 'SHOW'"),
    "an option nobody knows": ("data show --verbose", "No such option"),
    "an argument too many": ("data show here", "unexpected extra argument"),
    "an option without its value": ("data prepare --data-dir", "requires an argument"),
    "a source nobody knows": ("data prepare --source dogs", "'dogs' is not one of"),
    "auto is no source to prepare": ("data prepare --source auto", "'auto' is not one of"),
    "archives for drawn pets": (
        "data prepare --source drawn_pets --from .",
        "--from is for the archives",
    ),
    "archives that are not there": ("data prepare --from nowhere", "there is no such file"),
    "archives in a file": ("data prepare --from mine.txt", "there is no such file"),
    "a data folder that is a file": ("data show --data-dir mine.txt", "is a file"),
    "a data folder below a file": (
        "data prepare --source drawn_pets --data-dir mine.txt/pets",
        "a file stands where a folder is needed",
    ),
    "an address for a folder": ("data prepare --data-dir gs://bucket/pets", "is an address"),
    "show an address": ("data show --data-dir gs://bucket/pets", "is an address"),
    "verify an address": ("data verify --data-dir s3://bucket", "is an address"),
    "remove at an address": ("data remove --source drawn_pets --data-dir gs://b", "is an address"),
    "nobody's home": ("data show --data-dir ~nosuchuser/pets", "home folder of somebody"),
    "a folder of 5,000 letters": (f"data verify --data-dir {LONG}", "longer than paths may be"),
    "a source of 5,000 letters": (f"data verify --source {LONG}", "is not one of"),
    "a null device for a folder": (
        "data prepare --source drawn_pets --data-dir /dev/null/x",
        "a file stands where a folder is needed",
    ),
    "remove without a source": ("data remove", "Missing option '--source'"),
    "remove all": ("data remove --source all", "'all' is not one of"),
    "remove two": ("data remove drawn_pets oxford_iiit_pet", "Missing option|extra argument"),
    "remove and no answer": ("data remove --source drawn_pets --data-dir broken", "Aborted"),
    "verify what is damaged": ("data verify --data-dir broken", "mend them with"),
    "a typing error in verify": ("data verfy", "No such command 'verfy'"),
    "doctor with an argument": ("doctor me", "unexpected extra argument"),
    "a table without a name": ("exercises grade class --csv .", "is a directory"),
    "a table whose name is empty": ("exercises grade class --csv=", "is no file"),
    "two tables in one file": (
        "exercises grade class --csv a.csv --html a.csv",
        "Each table needs a file of its own",
    ),
    "a table of 300 letters": (f"exercises grade class --csv {LONG[:300]}", "cannot be written"),
    "no memory that is a number": ("exercises grade class --memory nan", "nan is no number"),
    "a notebook for a class": ("exercises grade mine.txt", "is a file"),
    "no such group": ("pets show", "No such command 'pets'"),
}
VARIABLES = {
    "an address": ({"LESSONS_DATA_DIR": "gs://bucket"}, "LESSONS_DATA_DIR|is an address"),
    "nobody's home": ({"LESSONS_DATA_DIR": "~nosuchuser"}, "LESSONS_DATA_DIR|home folder"),
    "5,000 letters": ({"LESSONS_DATA_DIR": LONG}, "LESSONS_DATA_DIR|longer than paths may be"),
    "not UTF-8": ({"LESSONS_DATA_DIR": "p\udcff"}, "LESSONS_DATA_DIR|UTF-8"),
    "pets at an address": ({"LESSONS_PETS": "gs://bucket"}, "source of pets|is an address"),
    "pets of 5,000 letters": ({"LESSONS_PETS": LONG}, "source of pets|longer than paths may be"),
    "pets not in UTF-8": ({"LESSONS_PETS": "p\udcff"}, "source of pets|UTF-8"),
    "pets in a file": ({"LESSONS_PETS": "mine.txt"}, "there is no such folder"),
    "pets in an empty folder": ({"LESSONS_PETS": "empty"}, "Expected the folder|images"),
    "pets nobody knows": ({"LESSONS_PETS": "dogs"}, "Expected auto, drawn_pets"),
}


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    """A folder to stand in, with a file, an empty folder and a damaged set of drawn pets."""
    (tmp_path / "mine.txt").write_text("mine")
    (tmp_path / "empty").mkdir()
    (tmp_path / "class").mkdir()
    broken = tmp_path / "broken" / "drawn_pets" / "1.0.0"
    broken.mkdir(parents=True)
    (broken / "dataset_info.json").write_text("{")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LESSONS_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("LESSONS_PETS", "auto")
    return tmp_path


def refuses(arguments: list[str], words: str, place: Path) -> None:
    before = snapshots.take(place)
    finished = CliRunner().invoke(main, arguments)
    assert finished.exit_code in (1, 2), finished.output
    assert isinstance(finished.exception, SystemExit), repr(finished.exception)
    assert any(word in finished.output for word in words.split("|")), finished.output
    assert "Traceback" not in finished.output
    assert snapshots.take(place) == before


@pytest.mark.parametrize(
    ("line", "words"), [pytest.param(*case, id=name) for name, case in DATA.items()]
)
def test_a_line(place, line, words):
    refuses(line.split(), words, place)


@pytest.mark.parametrize(
    ("variables", "words"), [pytest.param(*case, id=name) for name, case in VARIABLES.items()]
)
def test_a_variable(place, monkeypatch, variables, words):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    refuses(["data", "show"], words, place)


def test_a_folder_that_is_not_utf8_on_a_real_command_line(place):
    """As a terminal hands it over, in bytes, with the words written as the terminal can."""
    command = [sys.executable, "-m", "lessons_lib", "data", "verify", "--data-dir", b"p\xff"]
    root = str(Path(lessons_lib.__file__).parents[1])
    before = snapshots.take(place)
    finished = subprocess.run(
        command, capture_output=True, env={**os.environ, "PYTHONPATH": root}, timeout=120
    )
    assert finished.returncode in (1, 2)
    assert b"UTF-8" in finished.stderr and b"Traceback" not in finished.stderr
    assert snapshots.take(place) == before


def test_the_corpus_is_as_large_as_it_says():
    assert len(DATA) + len(VARIABLES) >= 20
