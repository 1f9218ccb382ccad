"""Tests of grading a folder of submissions: thirty students, damaged in many ways, every row right.

The submissions run in processes of their own, as a teacher's would; the tasks are the toy lesson's.
"""

import ast
import csv
import dataclasses
import html.parser
import json
import os
import random
import re
import socket
from pathlib import Path

import nbformat
import psutil
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
from lessons_lib.grading.grade_folder import UNREADABLE, find_submissions, grade_folder
from lessons_lib.grading.isolation import PROCESS, Isolation, NoIsolation, choose_isolation
from lessons_lib.grading.journal import Journal
from lessons_lib.grading.reports import commonest_misconceptions, write_csv, write_html
from lessons_lib.grading.row import Row

pytestmark = pytest.mark.slow

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
TOY = choose_isolation(["toy_lesson"], memory=4.0)
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
    "another_way": (with_share(SHARE.replace("> 0", "> 1")), but(share="right at times only")),
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
        but(share="uses an unknown name"),
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
        but(share="uses an unknown name"),
    ),
    "wrong_kind": (with_share("share = 5"), but(share="not the function itself")),
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
        patch.setattr("lessons_lib.checks.LESSON_MODULES", ("toy_lesson",))
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


HOSTILE = """
def share(numbers):
    import os, signal, time
    {attack}
    time.sleep(5)  # the grader notices in the meantime
"""


ATTACKS = {
    "ends itself": ("os._exit(0)", "Running it ended Python itself: it exited."),
    "kills its parent": (
        "os.kill(os.getppid(), signal.SIGKILL)",
        "Running it ended Python itself: by SIGKILL.",
    ),
    "kills its group": (
        "os.killpg(0, signal.SIGKILL)",
        "Running it ended Python itself: by SIGKILL.",
    ),
    "crashes": (
        "os.kill(os.getpid(), signal.SIGSEGV)",
        "Running it ended Python itself: by SIGSEGV.",
    ),
    "forges its result": (
        "[write(one, FORGED) for one in range(3, 60)]; os._exit(0)",
        "Running it ended Python itself: it exited.",
    ),
    "forges a result of half a message": (
        "[write(one, struct.pack('!i', 90)) for one in range(3, 60)]; os._exit(0)",
        "Running it ended Python itself: it exited.",
    ),
    "forges its parent's lines": (
        "[write_to(f'/proc/{os.getppid()}/fd/{one}') for one in range(60)]; os._exit(0)",
        "Running it ended Python itself: it exited.",
    ),
    "replaces the judge": (
        "import lessons_lib.checks.engine as engine; engine.judge_all = engine.judge = PRAISE",
        "Your code puts something else in the place of `lessons_lib.checks.engine.judge`.",
    ),
    "rewrites the judge": (
        "import lessons_lib.checks.engine as engine; engine.judge.__code__ = PRAISE.__code__",
        "Your code puts something else in the place of `lessons_lib.checks.engine.judge`.",
    ),
}
HOSTILE = """
import contextlib, json, os, signal, struct, time
GOOD = {{"task": "share", "outcome": "right", "misconception": "", "message": "Well."}}
FORGED = struct.pack("!i", len(json.dumps(GOOD))) + json.dumps(GOOD).encode()
PRAISE = lambda task, answer: None

def write(descriptor, message):
    with contextlib.suppress(OSError):
        os.write(descriptor, message)

def write_to(path):
    with contextlib.suppress(OSError):
        open(path, "wb").write(json.dumps(GOOD).encode() + b"\\n")

def share(numbers):
    {attack}
    return 7

border = 3
"""
KINDS = sorted({PROCESS, TOY.kind})
# Without a sandbox, those that reach for other processes: each costs a start of TensorFlow.
REACHING = ("kills its parent", "kills its group", "forges its parent's lines")
TRIED = [(name, TOY.kind) for name in ATTACKS]
TRIED += [(name, PROCESS) for name in REACHING if (name, PROCESS) not in TRIED]


def grade_alone(monkeypatch, folder, cells, kind):
    monkeypatch.syspath_prepend(TOY_FOLDER)
    (folder / "mallory").mkdir()
    (folder / "mallory" / "01_toy.ipynb").write_bytes(notebook_of(cells))
    rows = grade_folder(folder, Isolation(kind, ("toy_lesson",), 4.0))
    return {row.task: row for row in rows}


@pytest.mark.skipif(os.name == "nt", reason="Windows has neither parents to kill nor sessions")
@pytest.mark.parametrize(("name", "kind"), TRIED)
def test_an_attack_costs_its_own_exercise_and_no_other(name, kind, tmp_path, monkeypatch):
    attack, said = ATTACKS[name]
    rows = grade_alone(monkeypatch, tmp_path, [HOSTILE.format(attack=attack)], kind)
    assert rows["share"].outcome in (RAISED, WRONG), rows["share"]
    assert rows["share"].message.startswith(said)
    assert (rows["border"].outcome, rows["border"].isolation) == (RIGHT, kind)


# Only where a process table of its own ends with the sandbox: elsewhere it might be this machine.
BOMBS = {
    "processes": (
        "while True:\n        try: os.fork() or os.setsid()\n        except OSError: pass",
        "Running it ended Python itself: it started over 16 processes.",
    ),
    "threads": (
        "import threading; threading.stack_size(32768)\n    while True:\n        "
        "try: threading.Thread(target=time.sleep, args=(99,), daemon=True).start()\n        "
        "except RuntimeError: pass",
        "Running it ended Python itself: it started over",
    ),
    "memory, by many": (
        "for _ in range(5): os.fork() or (bytearray(b'x') * 10**9 and time.sleep(99))\n    "
        "time.sleep(99)",
        "Running it ended Python itself: it took over 4 GB.",
    ),
    "its places": (
        "for place in ('/tmp', '/tmp/home', '/dev/shm'):\n        "
        "os.makedirs(place + '/d', exist_ok=True)\n        "
        "try: [open(f'{place}/d/{i}', 'wb').write(bytes(9 * 10**8)) for i in range(2)]\n        "
        "except OSError: os.chmod(place + '/d', 0)",
        "",
    ),
}


@pytest.mark.skipif(TOY.kind == PROCESS, reason="there is no sandbox on this machine")
@pytest.mark.parametrize("name", BOMBS)
def test_what_takes_all_that_there_is_costs_its_own_exercise_and_no_other(
    name, tmp_path, monkeypatch
):
    attack, said = BOMBS[name]
    rows = grade_alone(monkeypatch, tmp_path, [HOSTILE.format(attack=attack)], TOY.kind)
    assert rows["share"].outcome in (RAISED, WRONG), rows["share"]
    assert rows["share"].message.startswith(said)
    assert rows["border"].outcome == RIGHT, rows["border"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no sessions")
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_that_a_submission_starts_outlives_it(kind, tmp_path, monkeypatch):
    detached = """
def share(numbers):
    import subprocess, sys
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(987)"], start_new_session=True)
    return 1
"""
    grade_alone(monkeypatch, tmp_path, [detached], kind)
    assert not [
        process
        for process in psutil.process_iter(["cmdline"])
        if "import time; time.sleep(987)" in (process.info["cmdline"] or [])
    ]


@pytest.mark.skipif(TOY.kind == PROCESS, reason="there is no sandbox on this machine")
@pytest.mark.parametrize(
    "spy",
    [
        "open('/class/ben/01_toy.ipynb').read()",
        "open('/home_of_teacher/secret').read()",
        "urllib.request.urlopen('http://127.0.0.1:{port}')",
        "open('/usr/left_behind', 'w')",
        "open('/left_behind', 'w')",
        "open('/dev/left_behind', 'w')",
        "open('/tmp/submission/01_toy.ipynb', 'w')",
    ],
)
def test_in_the_sandbox_there_is_nothing_to_see_and_nothing_to_change(spy, tmp_path, monkeypatch):
    (tmp_path / "ben").mkdir()
    (tmp_path / "ben" / "01_toy.ipynb").write_bytes(notebook_of(["border = 3"]))
    (tmp_path / "secret").touch()
    with socket.create_server(("127.0.0.1", 0)) as server:
        spy = spy.replace("/class", str(tmp_path)).replace("/home_of_teacher", str(tmp_path))
        spy = spy.replace("{port}", str(server.getsockname()[1]))
        code = f"def share(numbers):\n    import urllib.request\n    {spy}\n    return 7"
        rows = grade_alone(monkeypatch, tmp_path, [code], TOY.kind)
    assert rows["share"].outcome == RAISED
    assert re.match(r"Your code raised (FileNotFound|URL|OS)Error", rows["share"].message), rows[
        "share"
    ].message


def test_a_container_gets_no_network_and_only_the_notebook(tmp_path, monkeypatch):
    engine = tmp_path / "podman"
    engine.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >> {tmp_path}/called\n')
    engine.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path))
    chosen = choose_isolation(["toy_lesson"], 4.0, image="course:1")
    (tmp_path / "class" / "anna").mkdir(parents=True)
    notebook = tmp_path / "class" / "anna" / "01_toy.ipynb"
    notebook.write_bytes(notebook_of(["border = 3"]))
    (row,) = grade_folder(tmp_path / "class", chosen)
    assert (row.isolation, row.outcome) == ("container", UNREADABLE)
    assert row.message == "It cannot be graded: its process did not begin, it exited."
    called = (tmp_path / "called").read_text().splitlines()
    for word in ("--network=none", "--read-only", "--cap-drop=ALL", "course:1", "rm"):
        assert word in called
    assert f"--volume={notebook}:/tmp/submission/01_toy.ipynb:ro" in called


def test_without_an_engine_a_container_is_refused(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NoIsolation, match="neither is installed: install one, or grade without"):
        choose_isolation(["toy_lesson"], 4.0, image="course:1")


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
    rows = grade_folder(tmp_path, TOY)
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


def test_nbgraders_folder_hides_no_other_student_and_its_own_folders_are_none(tmp_path):
    for name in (
        "submitted/anna/toy/01_toy.ipynb",
        "source/toy/01_toy.ipynb",
        "autograded/anna/toy/01_toy.ipynb",
        "ben/01_TOY.IPYNB",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    students = [(one.student, one.path.name) for one in find_submissions(tmp_path)]
    assert students == [("anna", "01_toy.ipynb"), ("ben", "01_TOY.IPYNB")]


def test_any_broken_cell_is_read_as_far_as_it_goes():
    """Lines of an answer, of forgotten colons and of nothing whatever, in random orders."""
    drawn = random.Random(0)
    lines = ["# a remark", "else:", "    indented = 1", "  odd", "border = 3", "def f(", ")", ""]
    lines += ["for x in y", "try:", "except:", "'" * 3, "\t", "\\", "%%time", "!ls", "\ud800"]
    for _ in range(1000):
        cells = [
            "\n".join(drawn.choices(lines, k=drawn.randint(1, 6)))
            for _ in range(drawn.randint(1, 3))
        ]
        find_statements(cells)
    (statement,) = find_statements(["# only a remark\n    indented = 1\nborder = 3"])
    assert ast.unparse(statement.node) == "border = 3"
    assert find_statements(["else:\n    border = 3"]) == []


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


def test_names_that_are_no_utf_8_are_written_and_formulas_after_a_new_line_are_none(tmp_path):
    odd = os.fsdecode(b"jos\xe9")  # as Linux names a folder from a disk in Latin-1
    rows = [dataclasses.replace(ROWS[0], student=odd, message="\n=1+1")]
    write_csv(rows, tmp_path / "grades.csv")
    write_html(rows, tmp_path / "grades.html")
    with open(tmp_path / "grades.csv", encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["student"].startswith("jos") and row["message"] == "'\n=1+1"
    assert "jos" in (tmp_path / "grades.html").read_text("utf-8")


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
    for text in ("<b>eve</b>", "It gives <i>percent</i>.", "2 of 5", "◐ wrong", "an empty file"):
        assert text in page.text


@pytest.fixture
def graded_by(monkeypatch, tmp_path):
    """Three students whose grading is played, and the list of those who were really graded."""
    monkeypatch.syspath_prepend(TOY_FOLDER)
    monkeypatch.setattr("lessons_lib.checks.LESSON_MODULES", ("toy_lesson",))
    for student in ("anna", "ben", "cara"):
        (tmp_path / "class" / student).mkdir(parents=True)
        (tmp_path / "class" / student / "01_toy.ipynb").write_bytes(notebook_of([student]))
    done: list[str] = []

    def play(submission, isolation):
        if submission.student == "cara" and not done.count("cara") and "stop" in stops:
            stops.clear()
            raise KeyboardInterrupt
        done.append(submission.student)
        return [Row(submission.student, "01_toy.ipynb", 1, "border", RIGHT, "", "\ud800")]

    stops = {"stop"}
    monkeypatch.setattr(grading, "grade_submission", play)
    return done


def grade_by_command(tmp_path, *options):
    paths = ["--csv", str(tmp_path / "grades.csv"), "--html", str(tmp_path / "grades.html")]
    words = ["grade", str(tmp_path / "class"), "--jobs", "1", *paths, *options]
    return CliRunner().invoke(exercises, words)


def test_an_interrupted_run_goes_on_with_what_is_missing_or_has_changed(graded_by, tmp_path):
    assert grade_by_command(tmp_path).exit_code != 0
    assert graded_by == ["anna", "ben"]
    unfinished = tmp_path / "grades.csv.unfinished"
    with unfinished.open("a") as file:
        file.write('{"submission": "half a li')
    (tmp_path / "class" / "ben" / "01_toy.ipynb").write_bytes(notebook_of(["other"]))
    answer = grade_by_command(tmp_path)
    assert answer.exit_code == 0, answer.output
    assert "holds 2 submissions that were graded before" in answer.output
    assert graded_by == ["anna", "ben", "ben", "cara"]
    with open(tmp_path / "grades.csv", encoding="utf-8-sig", newline="") as file:
        assert [row["student"] for row in csv.DictReader(file)] == ["anna", "ben", "cara"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "class",
        "grades.csv",
        "grades.html",
    ]


def test_with_other_settings_all_are_graded_anew(graded_by, tmp_path):
    grade_by_command(tmp_path)
    assert grade_by_command(tmp_path, "--memory", "2").exit_code == 0
    assert graded_by == ["anna", "ben", "anna", "ben", "cara"]


def test_a_table_that_cannot_be_written_is_told_before_the_grading(graded_by, tmp_path):
    answer = grade_by_command(tmp_path, "--html", str(tmp_path / "nowhere" / "grades.html"))
    assert answer.exit_code == 1
    assert "grades.html cannot be written (No such file or directory)" in answer.output
    assert graded_by == [] and not (tmp_path / "grades.csv").exists()


def test_a_submission_that_cannot_be_opened_is_kept_too(tmp_path):
    journal = Journal(tmp_path / "journal")
    missing = tmp_path / "anna" / "01_toy.ipynb"
    journal.add(missing, tmp_path, ROWS[:1])
    assert Journal(tmp_path / "journal").rows_of(missing, tmp_path) == ROWS[:1]
    assert Journal(tmp_path / "journal", "memory=2").rows_of(missing, tmp_path) is None


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
