"""Grades a folder of submitted exercise notebooks: a row for each student and exercise.

Each submission has a program of its own (`grade_one`), kept apart from the machine as far as can be
(`isolation`). If it takes the program down, the exercise that did it gets a row that says so, and a
new program goes on with the next. The seconds of TensorFlow's start are paid for each submission.
"""

import contextlib
import json
import os
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from tqdm import tqdm

from lessons_lib.checks import LESSON_MODULES
from lessons_lib.checks.result import RAISED
from lessons_lib.grading.answers import FLAT_NAME, lesson_in_name
from lessons_lib.grading.isolation import PROCESS, Isolation, choose_isolation
from lessons_lib.grading.journal import Journal
from lessons_lib.grading.row import Row

UNREADABLE = "unreadable"
# To import TensorFlow on a busy computer, or to read a notebook, or for a task.
SILENT_SECONDS = 420  # more than any task gets
SIGNALS = {one.value for one in signal.Signals}
NBGRADER_SUBMITTED = "submitted"
NBGRADER_OTHERS = ("source", "release", "autograded", "feedback")
LONGEST_LINE = 2_000_000  # bytes


@dataclass(frozen=True)
class Submission:
    """One notebook of one student."""

    student: str
    path: Path


def grade_folder(
    folder: Path,
    isolation: Isolation | None = None,
    *,
    jobs: int | None = None,
    journal: Journal | None = None,
    grade_one: Callable[[Submission, Isolation], list[Row]] | None = None,
) -> list[Row]:
    """Grades all notebooks in a folder.

    Args:
        folder: holds ``<student>/<NN_name>.ipynb``, ``<student>_<NN_name>.ipynb`` or
            ``submitted/<student>/<assignment>/<NN_name>.ipynb``.
        isolation: how submissions are kept apart from the machine, and which tasks they have; None
            means the course's tasks, 4 GB, and the strictest way that can be had.
        jobs: how many at once; None means one for each core.
        journal: keeps each submission's rows as soon as they are known; what it holds already is
            not graded again. None to keep nothing.
        grade_one: what grades a submission elsewhere, such as on a cluster; None for this machine.

    Returns:
        The rows, by student, notebook, and the lesson's order of exercises.
    """
    isolation = isolation or choose_isolation(LESSON_MODULES, memory=4.0)
    submissions = find_submissions(folder)

    def grade(submission: Submission) -> list[Row]:
        rows = None if journal is None else journal.rows_of(submission.path, folder)
        if rows is None:
            rows = (grade_one or grade_submission)(submission, isolation)
            if journal is not None:
                journal.add(submission.path, folder, rows)
        return rows

    with ThreadPoolExecutor(jobs or os.cpu_count() or 1) as pool:
        graded = pool.map(grade, submissions)
        progress = tqdm(graded, total=len(submissions), unit="notebook", disable=None)
        rows = [row for rows in progress for row in rows]
    return rows + _rows_of_empty_folders(folder, submissions)


def find_submissions(folder: Path) -> list[Submission]:
    """Returns the notebooks in a folder with the students they are of, sorted."""
    submissions = []
    for path in sorted(folder.rglob("*")):
        inside = list(path.relative_to(folder).parts)
        if inside[0] == NBGRADER_SUBMITTED and len(inside) > 1:
            inside = inside[1:]
        elif inside[0] in NBGRADER_OTHERS and (folder / NBGRADER_SUBMITTED).is_dir():
            continue
        if path.suffix.lower() != ".ipynb" or ".ipynb_checkpoints" in inside or not path.is_file():
            continue
        flat = FLAT_NAME.fullmatch(path.stem)
        if len(inside) > 1:
            student = inside[0]
        else:
            student = flat["student"] if flat else path.stem
        submissions.append(Submission(student, path))
    return sorted(submissions, key=lambda one: (one.student, one.path))


def _rows_of_empty_folders(folder: Path, submissions: list[Submission]) -> list[Row]:
    known = {submission.student for submission in submissions}
    roots, others = [folder], set()
    if (folder / NBGRADER_SUBMITTED).is_dir():
        roots.append(folder / NBGRADER_SUBMITTED)
        others = {NBGRADER_SUBMITTED, *NBGRADER_OTHERS}
    empty = sorted(
        path.name
        for root in roots
        for path in root.iterdir()
        if path.is_dir() and path.name not in known | others
    )
    return [
        Row(name, "", None, "", UNREADABLE, "", "There is no notebook in this folder.")
        for name in empty
        if not name.startswith(".")
    ]


def grade_submission(submission: Submission, isolation: Isolation) -> list[Row]:
    """Grades one notebook; whatever it is, there is at least one row for it."""
    lessons: dict[str, int] = {}
    results: dict[str, dict[str, str]] = {}
    unreadable = ""
    while not unreadable and (not lessons or len(results) < len(lessons)):
        remaining = [name for name in lessons if name not in results] if lessons else None
        lines, reason = _run_program(submission.path, remaining, isolation)
        begun = remaining[0] if remaining else None
        for line in lines:
            unreadable = line.get("unreadable", unreadable)
            lessons.update(line.get("tasks", []))
            begun = line.get("begun", begun)
            if "task" in line:
                results[line.pop("task")] = line
        if begun is not None and begun not in results:
            message = f"Running it ended Python itself: {reason}."
            results[begun] = {"outcome": RAISED, "misconception": "", "message": message}
        elif not lines:
            unreadable = f"It cannot be graded: its process did not begin, {reason}."

    def row(lesson: int | None, task: str, **result: str) -> Row:
        place = (submission.student, submission.path.name, lesson, task)
        return Row(*place, **result, isolation=isolation.kind)

    if unreadable:
        lesson = lesson_in_name(submission.path.stem)
        return [row(lesson, "", outcome=UNREADABLE, misconception="", message=unreadable)]
    return [row(lesson, name, **results[name]) for name, lesson in lessons.items()]


def _run_program(
    notebook: Path, names: list[str] | None, isolation: Isolation
) -> tuple[list[dict], str]:
    """Runs `grade_one` once; returns the lines that it wrote, and how it ended."""
    job = {
        "notebook": isolation.place_inside(notebook),
        "tasks": names,
        "modules": list(isolation.modules),
        "memory": isolation.memory,
        "alone": isolation.kind != PROCESS,
    }
    mark = uuid.uuid4().hex
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        job["places"] = isolation.places_to_write(Path(home))
        process = isolation.start(notebook, Path(home), mark)
        lines: list[dict] = []
        listener = Thread(target=_listen, args=(process, lines), daemon=True)
        listener.start()
        with contextlib.suppress(OSError):  # it has ended already; the lines tell
            process.stdin.write(json.dumps(job).encode())
            process.stdin.close()
        reason = _wait(process, lines)
        isolation.end(process, mark)
        listener.join(5)
    return lines, reason


def _listen(process: subprocess.Popen, lines: list[dict]) -> None:
    """Collects what `grade_one` writes. No student's code can write there."""
    for line in iter(lambda: process.stdout.readline(LONGEST_LINE), b""):
        with contextlib.suppress(ValueError):
            lines.append(json.loads(line))


def _wait(process: subprocess.Popen, lines: list[dict]) -> str:
    """Waits as long as there is something new from time to time; says how the process ended."""
    while True:
        count = len(lines)
        try:
            code = process.wait(SILENT_SECONDS)
        except subprocess.TimeoutExpired:
            if len(lines) == count:
                return f"it took over {SILENT_SECONDS:g} seconds"
            continue
        # A sandbox ends with 128 + 9 where its program was ended by signal 9.
        number = -code if code < 0 else code - 128 if code > 128 else 0
        return f"by {signal.Signals(number).name}" if number in SIGNALS else "it exited"
