"""A class of a hundred, thirty of them hostile or broken; the grader is killed twice on the way.

It takes a quarter of an hour and more, so it runs on demand:
``pytest -s tests/benchmarks/grade_hundred.py``.
"""

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from course_submissions import (
    DAMAGES,
    CourseSubmission,
    all_wrong,
    answer_cells,
    imports_of,
    partly_right,
    tasks_of,
    to_notebook,
)

from lessons_lib.checks.result import RAISED, RIGHT, WRONG
from lessons_lib.grading.grade_folder import UNREADABLE

HARMLESS = [name for name in DAMAGES if name not in ("none", "no_imports", "cut")]
ANSWERS = (lambda lesson, n: {}, partly_right, all_wrong)
HONEST = [
    CourseSubmission(
        f"honest_{number:02}",
        1 + number % 5,
        HARMLESS[number % len(HARMLESS)] if number % 2 else "none",
        ANSWERS[number % 3](1 + number % 5, number),
    )
    for number in range(70)
]
# Each stands in the body of an answer to the first task of a lesson.
ATTACKS = {
    "exits": "import os; os._exit(0)",
    "raises_exit": "raise SystemExit",
    "interrupts": "raise KeyboardInterrupt",
    "kills_parent": "import os; os.kill(os.getppid(), 9)",
    "kills_group": "import os; os.killpg(0, 9)",
    "kills_everybody": "import os; os.kill(1 if os.getpid() < 99 else os.getpid(), 9)",
    "segfaults": "import ctypes; ctypes.string_at(0)",
    "never_ends": "while True: pass",
    "never_ends_in_c": "import re; re.match('(a*)*b', 'a' * 40)",
    "sleeps": "import time; time.sleep(1e6)",
    "takes_memory": "x = [bytearray(10**9) for _ in range(99)]",
    "fills_disk": "f = open('big', 'wb'); [f.write(bytes(10**8)) for _ in range(99)]; f.flush()",
    "forks": "import os; [os.fork() for _ in range(6)]; os._exit(0)",
    "detaches": "import os; os.fork() or (os.setsid(), __import__('time').sleep(999)); 1 / 0",
    "threads": "import threading as t; t.Thread(target=t.Event().wait).start(); 1 / 0",
    "forges_lines": "import os; [os.write(n, FORGED) for n in range(3, 40) if CAN(n)]; os._exit(0)",
    "patches_judge": "import lessons_lib.checks.engine as e; e.judge = PRAISE; return 1",
    "patches_numpy": "import numpy; numpy.array_equal = PRAISE; numpy.allclose = PRAISE; return 1",
    "recurses": "return " + "f(" * 80 + ")" * 80,
    "prints": "while True: print('x' * 10**6)",
}
BROKEN = {
    "empty": b"",
    "no_json": b"{ this is",
    "binary": bytes(range(256)) * 9,
    "a_list": b"[1]",
    "no_cells": b'{"cells": 7}',
    "deep": b"[" * 10**6,
    "long": b'{"cells": [' + b'{"source": "x = 1"},' * 400_000 + b"{}]}",
}
NAMES = {"surrogate_\udcff": "exits", "=1+1": "exits", "<b>eve": "exits"}
HELPERS = """
import os
FORGED = b'{"task": "normalize", "outcome": "right", "misconception": "", "message": ""}\\n'
PRAISE = lambda *given: True
def CAN(number):
    try:
        return bool(os.fstat(number))
    except OSError:
        return False
"""


def write_hostile(folder: Path, student: str, attack: str) -> None:
    task, *_ = tasks_of(1)
    cells = answer_cells("solutions", 1) | {
        task.name: f"{HELPERS}\ndef {task.signature}:\n    {ATTACKS[attack]}"
    }
    (folder / student).mkdir(parents=True)
    cells = [imports_of(1), *cells.values()]
    (folder / student / "01_data_and_masks.ipynb").write_bytes(to_notebook(cells))


def write_class(folder: Path) -> None:
    for submission in HONEST:
        submission.write(folder)
    for attack in ATTACKS:
        write_hostile(folder, f"hostile_{attack}", attack)
    for name, attack in NAMES.items():
        write_hostile(folder, name, attack)
    for name, content in BROKEN.items():
        (folder / f"broken_{name}").mkdir()
        (folder / f"broken_{name}" / "01_data_and_masks.ipynb").write_bytes(content)


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Rows by student, of a grading that was killed after a third and after two thirds."""
    place = tmp_path_factory.mktemp("hundred")
    write_class(place / "class")
    table, journal = place / "grades.csv", place / "grades.csv.unfinished"
    command = [sys.executable, "-m", "lessons_lib", "exercises", "grade", str(place / "class")]
    command += ["--csv", str(table), "--html", str(place / "grades.html")]
    began, load = time.perf_counter(), os.getloadavg()[0]
    for enough in (33, 66):
        process = subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL)
        while not journal.exists() or journal.read_bytes().count(b'"submission"') < enough:
            assert process.poll() is None
            time.sleep(0.5)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    subprocess.run(command, check=True)
    print(f"\n100 students in {(time.perf_counter() - began) / 60:.1f} minutes, killed twice,")
    print(f"on {os.cpu_count()} cores, with {load:.1f} processes waiting before it began")
    rows = {}
    with open(table, encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            rows.setdefault(row["student"], []).append(row)
    return rows


def test_there_are_a_hundred(graded):
    assert len(graded) == len(HONEST) + len(ATTACKS) + len(BROKEN) + len(NAMES) == 100


@pytest.mark.parametrize("submission", HONEST, ids=lambda one: one.student)
def test_every_honest_row_is_right(graded, submission):
    columns = ("student", "lesson", "task", "outcome", "misconception")
    rows = [tuple(row[name] for name in columns) for row in graded[submission.student]]
    assert rows == submission.expected_rows()


@pytest.mark.parametrize("student", [f"hostile_{name}" for name in ATTACKS])
def test_every_attack_costs_its_own_exercise_only(graded, student):
    attacked, *others = graded[student]
    assert attacked["outcome"] in (RAISED, WRONG) and attacked["message"]
    print(f"\n{student}: {attacked['message'][:120]}", end="")
    assert {row["outcome"] for row in others} == {RIGHT}
    assert len(others) == len(tasks_of(1)) - 1


@pytest.mark.parametrize("student", [f"broken_{name}" for name in BROKEN])
def test_every_broken_file_is_named(graded, student):
    (row,) = graded[student]
    assert row["outcome"] == UNREADABLE
    assert row["message"].startswith("It cannot be read")


def test_odd_names_stay_text(graded):
    assert "'=1+1" in graded and "<b>eve" in graded
    assert any(name.startswith("surrogate_") for name in graded)
