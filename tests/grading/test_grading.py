"""Tests of grading a folder of submissions: thirty students, damaged in many ways, every row right.

The submissions run in processes of their own, as a teacher's would; the tasks are the toy lesson's.
"""

import ast
import csv
import html.parser
import json
import os
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner

from lessons_lib.authoring.notebooks import to_bytes
from lessons_lib.checks.result import NOT_ATTEMPTED, RAISED, RIGHT, WRONG
from lessons_lib.commands.exercises import exercises
from lessons_lib.grading import grade_folder as grading
from lessons_lib.grading.answers import (
    UnreadableNotebook,
    find_statements,
    needed_for,
    read_cells,
)
from lessons_lib.grading.grade_folder import UNREADABLE, Row, find_submissions, grade_folder
from lessons_lib.grading.reports import commonest_misconceptions, write_csv, write_html

TOY_FOLDER = Path(__file__).parents[1] / "checks"
SETUP = (
    "import numpy as np\nfrom lessons_lib.checks import Checker\ncheck = Checker(['toy_lesson'])"
)
PAIR = "def scale_pair(image, mask):\n    return image.astype(np.float32) / 255, mask - 1"
PAIR_LABELS = PAIR.replace("mask - 1", "mask")
SHARE = "def share(numbers):\n    return float((numbers > 0).mean())"
SHARE_PERCENT = SHARE.replace("float(", "100 * float(")
BORDER = "border = 3"
SHAPES = "shapes = ((4, 4), (2, 2))"
PLACEHOLDER = 'def share(numbers):\n    raise NotImplementedError("Write your answer here")'
EVERYTHING = [SETUP, PAIR, "check.scale_pair(scale_pair)", SHARE, BORDER, SHAPES]
ALL_RIGHT = {"scale_pair": RIGHT, "share": RIGHT, "border": RIGHT, "shapes": RIGHT}


def with_share(*cells):
    return [SETUP, PAIR, *cells, BORDER, SHAPES]


def but(**outcomes):
    return ALL_RIGHT | outcomes


# How a student's notebook looks, and what has to be found in it.
STUDENTS = {
    "all_right": (EVERYTHING, ALL_RIGHT),
    "untouched": (
        [SETUP, PAIR.partition("return")[0] + "raise NotImplementedError('Write your answer here')"]
        + [PLACEHOLDER, "border = ...", "shapes = ..."],
        dict.fromkeys(ALL_RIGHT, NOT_ATTEMPTED),
    ),
    "released_by_nbgrader": (
        with_share("def share(numbers):\n    # YOUR CODE HERE\n    raise NotImplementedError()"),
        but(share=NOT_ATTEMPTED),
    ),
    "half_done": (
        [SETUP, PAIR, PLACEHOLDER, BORDER],
        but(share=NOT_ATTEMPTED, shapes=NOT_ATTEMPTED),
    ),
    "knows_a_mistake": (
        [SETUP, PAIR_LABELS, SHARE_PERCENT, "border = 2", SHAPES],
        but(scale_pair="forgets the minus one", share="percent", border="follows the tutorial"),
    ),
    "same_mistake": (with_share(SHARE_PERCENT), but(share="percent")),
    "another_way": (with_share(SHARE.replace("> 0", "> 1")), but(share=WRONG)),
    "crashes": (with_share("def share(numbers):\n    return 1 / 0"), but(share=RAISED)),
    "moved": (EVERYTHING[::-1], ALL_RIGHT),
    "split": (
        [SETUP, PAIR, *SHARE.replace("\n", "\n    a = 1\n@").split("@"), BORDER, SHAPES],
        ALL_RIGHT,
    ),
    "duplicated": (with_share(SHARE, PLACEHOLDER, SHARE), ALL_RIGHT),
    "answered_above_the_placeholder": (with_share(SHARE, PLACEHOLDER), ALL_RIGHT),
    "corrected_below": (with_share(SHARE_PERCENT, SHARE), ALL_RIGHT),
    "broken_cell_elsewhere": (with_share("def (", SHARE, "for x in"), ALL_RIGHT),
    "broken_line_beside": (with_share("print('hello'\n\n" + SHARE), ALL_RIGHT),
    "broken_answer": (with_share("def share(numbers)\n    return 1"), but(share=NOT_ATTEMPTED)),
    "magics": (with_share("%%time\n!ls\n%matplotlib inline\nx = !ls\n" + SHARE), ALL_RIGHT),
    "lost_first_cell": (EVERYTHING[1:], ALL_RIGHT),
    "own_helpers": (
        with_share(
            "limit = 1\nlimit -= 1",
            "def above(x):\n    return x > limit",
            "from math import *",
            SHARE.replace("numbers > 0", "above(numbers)"),
        ),
        ALL_RIGHT,
    ),
    "helper_below": (
        with_share(
            SHARE.replace("numbers > 0", "above(numbers)"), "def above(x):\n    return x > 0"
        ),
        ALL_RIGHT,
    ),
    "helper_missing": (
        with_share(SHARE.replace("numbers > 0", "above(numbers)")),
        but(share=RAISED),
    ),
    "harmful_elsewhere": (
        with_share("raise SystemExit", "import os; os._exit(1)", "while True: pass", SHARE),
        ALL_RIGHT,
    ),
    "ends_python": (
        with_share("import os\ndef share(numbers):\n    os._exit(0)"),
        but(share=RAISED),
    ),
    "takes_all_memory": (
        with_share("def share(numbers):\n    return np.empty(10**9)"),
        but(share=RAISED),
    ),
    "asks": (with_share("def share(numbers):\n    return input('?')"), but(share=RAISED)),
    "writes_beside_the_notebook": (
        with_share(SHARE.replace("return", "open('left_behind', 'w').close(); return")),
        ALL_RIGHT,
    ),
    "imports_what_is_not_there": (with_share("import nowhere\n" + SHARE), ALL_RIGHT),
    "imports_the_answer": (with_share("from toy_lesson import share"), but(share=NOT_ATTEMPTED)),
    "needs_what_fails": (
        with_share("limit = 1 / 0", SHARE.replace("> 0", "> limit")),
        but(share=RAISED),
    ),
    "wrong_kind": (with_share("share = 5"), but(share=WRONG)),
}


def notebook_of(cells):
    return to_bytes(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells]))


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Grades the class in one call of the command; returns its folder and the rows of the CSV."""
    folder = tmp_path_factory.mktemp("class")
    for student, (cells, _) in STUDENTS.items():
        path = folder / "submitted" / student / "01_toy" / "01_toy.ipynb"
        path.parent.mkdir(parents=True)
        path.write_bytes(notebook_of(cells))
    reports = tmp_path_factory.mktemp("reports")
    options = ["--csv", str(reports / "grades.csv"), "--html", str(reports / "grades.html")]
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(TOY_FOLDER)
        patch.setattr(grading, "LESSON_MODULES", ("toy_lesson",))
        finished = CliRunner().invoke(exercises, ["grade", str(folder), *options])
    assert "30 students, 120 rows" in finished.output
    assert "percent" in (reports / "grades.html").read_text("utf-8")
    with open(reports / "grades.csv", encoding="utf-8-sig", newline="") as file:
        return folder, [Row(**row) for row in csv.DictReader(file)]


def test_there_are_thirty_students(graded):
    _, rows = graded
    assert len({row.student for row in rows}) == len(STUDENTS) == 30
    assert len(rows) == 30 * len(ALL_RIGHT)


@pytest.mark.parametrize("student", STUDENTS)
def test_every_row_is_right(graded, student):
    _, rows = graded
    found = {row.task: row.misconception or row.outcome for row in rows if row.student == student}
    assert found == STUDENTS[student][1]


@pytest.mark.parametrize(
    ("student", "message"),
    [
        ("crashes", "ZeroDivisionError: division by zero, in line 2 of your cell: return 1 / 0"),
        ("needs_what_fails", "NameError: name 'limit' is not defined"),
        ("ends_python", "Running it ended Python itself: it exited."),
        ("takes_all_memory", "Memory"),
        ("untouched", "Write your answer in the cell above"),
        ("broken_answer", "The notebook defines no share."),
    ],
)
def test_messages_tell_the_teacher_what_happened(graded, student, message):
    _, rows = graded
    assert message in next(
        row.message for row in rows if row.student == student and row.task == "share"
    )


def test_submissions_leave_nothing_behind(graded):
    folder, _ = graded
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".ipynb"}
    assert not Path("left_behind").exists()


BROKEN_FILES = {
    "empty": b"",
    "binary": bytes(range(256)) * 20,
    "not_json": b"{ this is not JSON",
    "a_list": b"[1, 2, 3]",
    "no_cells": b'{"nbformat": 4}',
    "cells_of_another_kind": b'{"cells": 3, "nbformat": 4}',
    "deep": b"[" * 200_000,
}


@pytest.mark.parametrize("content", BROKEN_FILES.values(), ids=BROKEN_FILES)
def test_a_file_that_is_no_notebook_is_told(tmp_path, content):
    path = tmp_path / "01_toy.ipynb"
    path.write_bytes(content)
    with pytest.raises(UnreadableNotebook):
        read_cells(path)


def test_broken_files_yield_a_row_and_never_a_stop(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(TOY_FOLDER)
    for name, content in BROKEN_FILES.items():
        (tmp_path / f"{name}_01_toy.ipynb").write_bytes(content)
    huge = tmp_path / "huge_01_toy.ipynb"
    huge.touch()
    os.truncate(huge, 200_000_000)
    (tmp_path / "nothing" / "sub").mkdir(parents=True)
    (tmp_path / "unknown").mkdir()
    (tmp_path / "unknown" / "homework.ipynb").write_bytes(notebook_of(["a = 1"]))
    rows = grade_folder(tmp_path, modules=["toy_lesson"])
    assert {row.outcome for row in rows} == {UNREADABLE}
    assert [row.student for row in rows] == [*sorted([*BROKEN_FILES, "huge", "unknown"]), "nothing"]
    messages = {row.student: row.message for row in rows}
    assert messages["huge"] == "It cannot be read: larger than 100 MB."
    assert messages["unknown"].startswith("Neither its name")
    assert messages["nothing"] == "There is no notebook in this folder."


@pytest.mark.parametrize(
    ("notebook", "cells"),
    [
        ({"cells": [{"source": ["a = 1\n", "b = 2"]}, {"no": "source"}, 7]}, ["a = 1\nb = 2"]),
        ({"worksheets": [{"cells": [{"cell_type": "code", "input": "a = 1"}]}]}, ["a = 1"]),
        ({"nbformat": 99, "cells": [{"cell_type": "code", "source": "a = 1"}]}, ["a = 1"]),
        (
            {"cells": [{"cell_type": "markdown", "source": "def f(): return 1"}]},
            ["def f(): return 1"],
        ),
        ({"cells": [{"cell_type": "markdown", "source": "Some *words* here"}]}, []),
        ({"cells": [{"cell_type": "code", "source": "a" * 200_000}]}, []),
    ],
)
def test_damaged_and_old_notebooks_are_read(tmp_path, notebook, cells):
    path = tmp_path / "01_toy.ipynb"
    path.write_text(json.dumps(notebook))
    assert read_cells(path) == cells


def test_students_are_told_from_folders_and_from_names(tmp_path):
    names = [
        "anna/01_toy.ipynb",
        "ben_li_01_toy.ipynb",
        "cara/more/02_x.ipynb",
        "dan/.ipynb_checkpoints/01_toy-checkpoint.ipynb",
        "eve.ipynb",
    ]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    students = [(one.student, one.path.name) for one in find_submissions(tmp_path)]
    assert students == [
        ("anna", "01_toy.ipynb"),
        ("ben_li", "ben_li_01_toy.ipynb"),
        ("cara", "02_x.ipynb"),
        ("eve", "eve.ipynb"),
    ]


@pytest.mark.parametrize(
    ("cells", "needed"),
    [
        (["a = 1", "border = a", "b = 2"], ["a = 1", "border = a"]),
        (["border = []", "border.append(3)", "print(border)"], ["border = []", "border.append(3)"]),
        (["border = 1", "border = 2"], ["border = 2"]),
        (["border = 1", "border += 1"], ["border = 1", "border += 1"]),
        (["if True:\n    border = 3"], ["if True:\n    border = 3"]),
        (["border: int = 3"], ["border: int = 3"]),
        (["def border():\n    return border()"], ["def border():\n    return border()"]),
        (["import border"], []),
        (["a = 1"], []),
        (["border = np.int64(3)"], ["import numpy as np", "border = np.int64(3)"]),
    ],
)
def test_what_an_answer_needs_is_found(cells, needed):
    found = needed_for("border", find_statements(cells))
    assert [ast.unparse(statement.node) for statement in found] == needed


ROWS = [
    Row("<b>eve</b>", "01.ipynb", 1, "share", WRONG, "percent", "It gives <i>percent</i>."),
    Row("=1+1", "01.ipynb", 1, "share", WRONG, "percent", "It gives <i>percent</i>."),
    Row("carl", "01.ipynb", 1, "share", WRONG, "", "some other thing"),
    Row("dora", "01.ipynb", 1, "share", RIGHT, "", "Shares are comparable."),
    Row("dora", "01.ipynb", 1, "border", NOT_ATTEMPTED, "", "Nothing."),
    Row("fred", "01.ipynb", None, "", UNREADABLE, "", "It cannot be read: an empty file."),
]


def test_the_commonest_misconceptions_come_first():
    assert commonest_misconceptions(ROWS) == [
        (1, "share", "percent", "It gives <i>percent</i>.", 2),
        (1, "share", "in another way", "", 1),
    ]


def test_the_csv_holds_all_rows_and_no_formula(tmp_path):
    path = tmp_path / "grades.csv"
    write_csv(ROWS, path)
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["student"] for row in rows][:3] == ["<b>eve</b>", "'=1+1", "carl"]
    assert rows[0]["misconception"] == "percent"
    assert rows[-1]["lesson"] == ""


class Outline(html.parser.HTMLParser):
    """Collects tags and texts, and checks that every tag is closed in its turn."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.text = [], [], ""

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def test_the_page_is_escaped_and_can_be_read_by_a_screen_reader(tmp_path):
    path = tmp_path / "grades.html"
    write_html(ROWS, path)
    page = Outline()
    page.feed(path.read_text("utf-8"))
    assert page.open == []
    names = [tag for tag, _ in page.tags]
    assert "b" not in names and "i" not in names
    assert names.count("table") == names.count("caption") == 4
    assert ("html", {"lang": "en"}) in page.tags
    assert {attributes.get("scope") for tag, attributes in page.tags if tag == "th"} == {
        "col",
        "row",
    }
    for text in ("<b>eve</b>", "It gives <i>percent</i>.", "2 of 5", "✗ wrong", "an empty file"):
        assert text in page.text


def test_the_command_overwrites_nothing(tmp_path):
    (tmp_path / "grades.csv").write_text("mine")
    options = ["--csv", str(tmp_path / "grades.csv"), "--html", str(tmp_path / "grades.html")]
    finished = CliRunner().invoke(exercises, ["grade", str(tmp_path), *options])
    assert finished.exit_code == 1
    assert "exists: name another file, or add --overwrite" in finished.output
    assert (tmp_path / "grades.csv").read_text() == "mine"


def test_the_command_says_so_where_there_are_no_notebooks(tmp_path):
    options = ["--csv", str(tmp_path / "grades.csv"), "--html", str(tmp_path / "grades.html")]
    finished = CliRunner().invoke(exercises, ["grade", str(tmp_path), *options])
    assert finished.exit_code == 1
    assert "There are no notebooks in" in finished.output
