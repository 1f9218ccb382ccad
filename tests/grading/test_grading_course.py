"""The grader on the course's own exercises: four students here, thirty in benchmarks/."""

import csv
from collections import Counter

import pytest
from click.testing import CliRunner
from course_submissions import (
    CRASHES,
    DAMAGES,
    CourseSubmission,
    all_wrong,
    answer_cells,
    partly_right,
    tasks_of,
)

from lessons_lib.checks.result import NOT_ATTEMPTED, WRONG
from lessons_lib.commands.exercises import exercises

pytestmark = pytest.mark.slow

CLASS = [
    CourseSubmission("anna", 1, "split"),
    CourseSubmission("ben", 2, "text", all_wrong(2, 0)),
    CourseSubmission("cara", 4, "moved", partly_right(4, 1)),
    CourseSubmission("dan", 1, "cut"),
]


def grade(submissions, folder):
    """Grades submissions by the teacher's command; returns the rows of its CSV, and its page."""
    for submission in submissions:
        submission.write(folder / "class")
    table, page = folder / "grades.csv", folder / "grades.html"
    options = ["--csv", str(table), "--html", str(page)]
    finished = CliRunner().invoke(exercises, ["grade", str(folder / "class"), *options])
    assert finished.exit_code == 0, finished.output
    with open(table, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = ("student", "lesson", "task", "outcome", "misconception")
    return [tuple(row[name] for name in columns) for row in rows], page.read_text("utf-8")


def test_every_row_of_a_class_is_what_its_notebooks_deserve(tmp_path):
    rows, _ = grade(CLASS, tmp_path)
    assert rows == [row for submission in CLASS for row in submission.expected_rows()]


@pytest.mark.parametrize("lesson", range(1, 6))
def test_a_class_makes_every_kind_of_answer(lesson):
    kinds = Counter(partly_right(lesson, 2).values())
    assert kinds[NOT_ATTEMPTED] == kinds[CRASHES] == 1
    assert {
        row[3]
        for row in CourseSubmission("eve", lesson, "none", all_wrong(lesson, 0)).expected_rows()
    } == {WRONG}


@pytest.mark.parametrize("lesson", range(1, 6))
@pytest.mark.parametrize("damage", DAMAGES)
def test_each_damage_changes_the_notebook(lesson, damage):
    cells = ["import numpy as np", *answer_cells("solutions", lesson).values()]
    undamaged = DAMAGES["none"].write(cells)
    made = DAMAGES[damage]
    assert len(cells) == 1 + len(tasks_of(lesson))
    changed = made.write(made.change(cells)) != undamaged or made.file_name
    assert bool(changed) == (damage != "none")
