"""Writes what grading found: CSV tables, and an HTML page about the class as a whole.

All texts come from students, so all are escaped: against HTML there, against formulas in the CSV.
"""

import csv
import dataclasses
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from jinja2 import Environment, PackageLoader

from lessons_lib.checks.result import ACCENT, INK, OUTCOMES, PAPER, RIGHT, SYMBOLS, WRONG
from lessons_lib.grading.grade_folder import UNREADABLE
from lessons_lib.grading.isolation import PROCESS
from lessons_lib.grading.row import Row

OTHER_WAY = "in another way"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
# Names of folders and texts of students may hold what UTF-8 cannot: it is written as its code.
NEVER_FAILS = "backslashreplace"
# What stands before the exercises' columns; the student is known by the name of their folder.
GRADEBOOKS = {
    "moodle": ("username",),
    "canvas": ("Student", "ID", "SIS User ID", "SIS Login ID", "Section"),
}


def write_csv(rows: Sequence[Row], path: Path) -> None:
    """Writes the table, one row a student and exercise, in UTF-8 that spreadsheets recognise."""
    names = [field.name for field in dataclasses.fields(Row)]
    _write_table(path, names, [dataclasses.astuple(row) for row in rows])


def write_gradebook(rows: Sequence[Row], path: Path, system: str) -> None:
    """Writes a row a student and a column an exercise, one point for each that is right.

    Args:
        rows: of the whole class.
        path: of the CSV file.
        system: "moodle" (Grades, Import, CSV file; map *username*) or "canvas" (Grades, Import).
            In Canvas the folder's name must be the login; a second line says the points possible.
    """
    students, tasks = _students_and_tasks(rows)
    points = Counter((row.student, row.lesson, row.task) for row in _counted(rows, RIGHT))
    titles = [f"{lesson}. {task}" for lesson, task in tasks]
    lines: list[list] = []
    if system == "canvas":
        lines.append(["Points Possible", "", "", "", "", *([1] * len(tasks))])
    for student in students:
        name = [student] if system == "moodle" else [student, "", "", student, ""]
        lines.append([*name, *(min(1, points[(student, *task)]) for task in tasks)])
    _write_table(path, [*GRADEBOOKS[system], *titles], lines)


def _write_table(path: Path, titles: Sequence[str], lines: Iterable[Sequence]) -> None:
    with open(path, "w", encoding="utf-8-sig", errors=NEVER_FAILS, newline="") as file:
        writer = csv.writer(file)
        writer.writerow(titles)
        writer.writerows([_harmless(value) for value in line] for line in lines)


def _harmless(value: object) -> str:
    """Keeps a spreadsheet from taking a text for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def commonest_misconceptions(rows: Iterable[Row]) -> list[tuple[int, str, str, str, int]]:
    """Counts the students who share a misconception, the commonest first.

    Returns:
        Rows of lesson, task, misconception, what learners are told, number of students.
        Wrong answers of no known kind are counted together for each task.
    """
    students: dict[tuple, set[str]] = {}
    messages: dict[tuple, str] = {}
    for row in _counted(rows, WRONG):
        key = (row.lesson, row.task, row.misconception or OTHER_WAY)
        students.setdefault(key, set()).add(row.student)
        messages[key] = row.message if row.misconception else ""
    order = sorted(students, key=lambda key: (-len(students[key]), key))
    return [(*key, messages[key], len(students[key])) for key in order]


def write_html(rows: Sequence[Row], path: Path) -> None:
    """Writes the summary: commonest misconceptions, outcomes by exercise, students by exercise."""
    students, tasks = _students_and_tasks(rows)
    counts = Counter((row.lesson, row.task, row.outcome) for row in rows)
    templates = Environment(
        loader=PackageLoader("lessons_lib.grading"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = templates.get_template("class.html.j2").render(
        students=students,
        tasks=tasks,
        # A student may hand in two notebooks of one lesson: the later file's row counts here.
        found={(row.student, row.lesson, row.task): row.outcome for row in rows},
        misconceptions=[
            (*found, f"{number} of {len(students)}")
            for *found, number in commonest_misconceptions(rows)
        ],
        outcomes_by_task=[
            [*task, *(counts[(*task, outcome)] for outcome in OUTCOMES)] for task in tasks
        ],
        unreadable=[(row.student, row.notebook, row.message) for row in _counted(rows, UNREADABLE)],
        unprotected=len({(row.student, row.notebook) for row in rows if row.isolation == PROCESS}),
        named_outcomes=[f"{SYMBOLS[name]} {name}" for name in OUTCOMES],
        outcomes=OUTCOMES,
        symbols=SYMBOLS,
        paper=PAPER,
        accent=ACCENT,
        ink=INK,
    )
    path.write_text(page, "utf-8", errors=NEVER_FAILS)


def _students_and_tasks(rows: Sequence[Row]) -> tuple[list[str], list[tuple[int | None, str]]]:
    students = list(dict.fromkeys(row.student for row in rows))
    tasks = list(dict.fromkeys((row.lesson, row.task) for row in rows if row.task))
    return students, sorted(tasks, key=lambda task: task[0] or 0)


def _counted(rows: Iterable[Row], outcome: str) -> list[Row]:
    return [row for row in rows if row.outcome == outcome]
