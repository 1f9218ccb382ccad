"""Tests of what the teacher gets: the gradebook, and the page's remark on the sandbox."""

import csv

import pytest
from click.testing import CliRunner

from lessons_lib.checks.result import RIGHT, WRONG
from lessons_lib.commands.exercises import exercises
from lessons_lib.grading.isolation import PROCESS, SANDBOX
from lessons_lib.grading.reports import write_gradebook, write_html
from lessons_lib.grading.row import Row

ROWS = [
    Row("anna", "01_a.ipynb", 1, "normalize", RIGHT, "", "Yes.", SANDBOX),
    Row("anna", "01_a.ipynb", 1, "steps", WRONG, "floors", "It rounds down.", SANDBOX),
    # A second file of the same lesson is no second point.
    Row("anna", "01_b.ipynb", 1, "normalize", RIGHT, "", "Yes.", SANDBOX),
    Row("=ben()", "02_a.ipynb", 2, "freeze", RIGHT, "", "Yes.", PROCESS),
    Row("cara", "01_a.ipynb", 1, "", "unreadable", "", "It cannot be read: an empty file."),
]


def read(path):
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_moodle_gets_a_row_a_student_and_a_point_an_exercise(tmp_path):
    write_gradebook(ROWS, tmp_path / "book.csv", "moodle")
    assert read(tmp_path / "book.csv") == [
        ["username", "1. normalize", "1. steps", "2. freeze"],
        ["anna", "1", "0", "0"],
        ["'=ben()", "0", "0", "1"],
        ["cara", "0", "0", "0"],
    ]


def test_canvas_also_gets_its_five_columns_and_the_points_possible(tmp_path):
    write_gradebook(ROWS, tmp_path / "book.csv", "canvas")
    titles, possible, anna, *_ = read(tmp_path / "book.csv")
    assert titles[:5] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    assert possible == ["Points Possible", "", "", "", "", "1", "1", "1"]
    assert anna == ["anna", "", "", "anna", "", "1", "0", "0"]


def test_the_page_says_how_many_ran_without_a_sandbox(tmp_path):
    path = tmp_path / "page.html"
    write_html(ROWS, path)
    assert "1 submissions ran in no sandbox" in path.read_text("utf-8")
    write_html(ROWS[:3], path)
    assert "no sandbox" not in path.read_text("utf-8")


@pytest.mark.parametrize("system", ["moodle", "canvas"])
def test_the_command_writes_a_gradebook_and_overwrites_none(system, tmp_path, monkeypatch):
    monkeypatch.setattr("lessons_lib.grading.grade_folder.grade_submission", lambda *_: ROWS)
    (tmp_path / "class" / "anna").mkdir(parents=True)
    (tmp_path / "class" / "anna" / "01_a.ipynb").touch()
    words = ["grade", str(tmp_path / "class"), "--gradebook", system, str(tmp_path / "book.csv")]
    words += ["--csv", str(tmp_path / "a.csv"), "--html", str(tmp_path / "a.html")]
    finished = CliRunner().invoke(exercises, words)
    assert finished.exit_code == 0, finished.output
    assert len(read(tmp_path / "book.csv")) == (4 if system == "moodle" else 5)
    (tmp_path / "a.csv").unlink()
    (tmp_path / "a.html").unlink()
    finished = CliRunner().invoke(exercises, words)
    assert "book.csv exists: name another file, or add --overwrite" in finished.output
