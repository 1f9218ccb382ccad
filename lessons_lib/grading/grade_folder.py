"""Grades a folder of submitted exercise notebooks: a row for each student and exercise.

Each submission runs in a fresh process of its own (`grade_one`), in an empty folder that is also
its home, with limits of time and memory. If it takes the process down, the exercise that did it
gets a row that says so, and a new process goes on with the next. The five seconds that
TensorFlow takes to start are paid for each submission: a process that was forked after
TensorFlow started may hang.

This keeps accidents apart. It is not a sandbox: files and network are within reach.
"""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from lessons_lib.checks import LESSON_MODULES, Task, load_tasks
from lessons_lib.checks.result import RAISED
from lessons_lib.grading.answers import (
    Statement,
    UnreadableNotebook,
    find_statements,
    read_cells,
)
from lessons_lib.settings import data_dir

UNREADABLE = "unreadable"
START_SECONDS = 120  # to import TensorFlow on a busy computer
SECONDS_PER_TASK = 60
FLAT_NAME = re.compile(r"(?P<student>.+?)_(?P<notebook>\d\d_.+)")
LESSON_NUMBER = re.compile(r"0*(?P<lesson>\d+)_")
KEPT_VARIABLES = ("PATH", "SYSTEMROOT", "WINDIR", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "OMP_")


@dataclass(frozen=True)
class Submission:
    """One notebook of one student."""

    student: str
    path: Path


@dataclass(frozen=True)
class Row:
    """One row of the table: what one student did in one exercise.

    Attributes:
        student: as their folder or file is called.
        notebook: the file's name.
        lesson: its number, or None where it is not known.
        task: its name; empty for a notebook that cannot be read.
        outcome: "not attempted", "raised", "wrong", "right" or "unreadable".
        misconception: its name, or empty.
        message: what the student would be told.
    """

    student: str
    notebook: str
    lesson: int | None
    task: str
    outcome: str
    misconception: str
    message: str


def grade_folder(
    folder: Path,
    *,
    modules: Sequence[str] | None = None,
    memory: float = 4.0,
    jobs: int | None = None,
) -> list[Row]:
    """Grades all notebooks in a folder.

    Args:
        folder: holds ``<student>/<NN_name>.ipynb``, ``<student>_<NN_name>.ipynb`` or
            ``submitted/<student>/<assignment>/<NN_name>.ipynb``.
        modules: where the tasks are declared; None means the course's.
        memory: gigabytes that each submission may take in addition to TensorFlow's own.
        jobs: how many at once; None means one for each core.

    Returns:
        The rows, by student, notebook, and the lesson's order of exercises.
    """
    modules = LESSON_MODULES if modules is None else modules
    tasks = load_tasks(modules)
    submissions = find_submissions(folder)

    def grade(submission: Submission) -> list[Row]:
        return grade_submission(submission, tasks, modules, memory)

    with ThreadPoolExecutor(jobs or os.cpu_count() or 1) as pool:
        graded = pool.map(grade, submissions)
        progress = tqdm(graded, total=len(submissions), unit="notebook", disable=None)
        rows = [row for rows in progress for row in rows]
    return rows + _rows_of_empty_folders(folder, submissions)


def find_submissions(folder: Path) -> list[Submission]:
    """Returns the notebooks in a folder with the students they are of, sorted."""
    root = folder / "submitted" if (folder / "submitted").is_dir() else folder
    submissions = []
    for path in sorted(root.rglob("*.ipynb")):
        inside = path.relative_to(root).parts
        if ".ipynb_checkpoints" in inside or not path.is_file():
            continue
        flat = FLAT_NAME.fullmatch(path.stem)
        if len(inside) > 1:
            student = inside[0]
        else:
            student = flat["student"] if flat else path.stem
        submissions.append(Submission(student, path))
    return sorted(submissions, key=lambda one: (one.student, one.path))


def _rows_of_empty_folders(folder: Path, submissions: list[Submission]) -> list[Row]:
    root = folder / "submitted" if (folder / "submitted").is_dir() else folder
    known = {submission.student for submission in submissions}
    empty = sorted(path.name for path in root.iterdir() if path.is_dir() and path.name not in known)
    return [
        Row(name, "", None, "", UNREADABLE, "", "There is no notebook in this folder.")
        for name in empty
        if not name.startswith(".")
    ]


def grade_submission(
    submission: Submission, tasks: dict[str, Task], modules: Sequence[str], memory: float
) -> list[Row]:
    """Grades one notebook; whatever it is, there is at least one row for it."""
    notebook = submission.path.name
    try:
        statements = find_statements(read_cells(submission.path))
    except UnreadableNotebook as problem:
        message = f"It cannot be read: {problem}."
        lesson = _lesson_in_name(submission.path.stem)
        return [Row(submission.student, notebook, lesson, "", UNREADABLE, "", message)]
    wanted = _tasks_of(submission.path.stem, statements, tasks)
    if not wanted:
        message = "Neither its name (01_…) nor its content tells which lesson it is of."
        return [Row(submission.student, notebook, None, "", UNREADABLE, "", message)]
    results = _run_in_processes(submission.path, [task.name for task in wanted], modules, memory)
    return [
        Row(submission.student, notebook, task.lesson, task.name, **results[task.name])
        for task in wanted
    ]


def _lesson_in_name(stem: str) -> int | None:
    flat = FLAT_NAME.fullmatch(stem)
    number = LESSON_NUMBER.match(stem) or LESSON_NUMBER.match(flat["notebook"] if flat else "")
    return int(number["lesson"]) if number else None


def _tasks_of(stem: str, statements: list[Statement], tasks: dict[str, Task]) -> list[Task]:
    """Returns the tasks of the lesson that a notebook is of, by its name or else its content."""
    lesson = _lesson_in_name(stem)
    lessons = [task.lesson for task in tasks.values()]
    if lesson not in lessons:
        defined = frozenset().union(*(statement.binds for statement in statements))
        found = [task.lesson for task in tasks.values() if task.name in defined]
        lesson = max(sorted(set(found)), key=found.count, default=None)
    return [task for task in tasks.values() if task.lesson == lesson]


def _run_in_processes(
    notebook: Path, names: list[str], modules: Sequence[str], memory: float
) -> dict[str, dict[str, str]]:
    """Grades tasks in a process, and in another one after each task that ended the process."""
    results: dict[str, dict[str, str]] = {}
    while len(results) < len(names):
        remaining = [name for name in names if name not in results]
        entries, reason = _run_process(notebook, remaining, modules, memory)
        for entry in entries:
            if "outcome" in entry:
                results[entry.pop("task")] = entry
        culprit = next(name for name in [*remaining, ""] if name not in results)
        if culprit:
            message = f"Running it ended Python itself: {reason}."
            results[culprit] = {"outcome": RAISED, "misconception": "", "message": message}
    return results


def _run_process(
    notebook: Path, names: list[str], modules: Sequence[str], memory: float
) -> tuple[list[dict], str]:
    """Runs one process of `grade_one`; returns its results and why it ended early, if it did."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = Path(folder) / "home"
        home.mkdir()
        job, results = Path(folder) / "job.json", Path(folder) / "results.jsonl"
        job.write_text(
            json.dumps(
                {
                    "notebook": str(notebook.resolve()),
                    "tasks": names,
                    "modules": list(modules),
                    "memory": memory,
                    "results": str(results),
                }
            ),
            "utf-8",
        )
        process = subprocess.Popen(
            [sys.executable, "-m", "lessons_lib.grading.grade_one", str(job)],
            cwd=home,
            env=_environment(home),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        reason = _wait(process, START_SECONDS + SECONDS_PER_TASK * len(names))
        lines = results.read_text("utf-8").splitlines() if results.exists() else []
    return [json.loads(line) for line in lines], reason


def _wait(process: subprocess.Popen, seconds: float) -> str:
    """Waits for a process and ends what it has started; returns how it ended, in words."""
    try:
        code = process.wait(seconds)
        reason = "it exited" if code >= 0 else f"by {signal.Signals(-code).name}"
    except subprocess.TimeoutExpired:
        reason = f"it took over {seconds:g} seconds"
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()
    return reason


def _environment(home: Path) -> dict[str, str]:
    """Returns what a submission's process sees: the course's settings, no secrets of the user."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.startswith((*KEPT_VARIABLES, "LESSONS_"))
    }
    return kept | {
        "HOME": str(home),
        "USERPROFILE": str(home),
        "TMPDIR": str(home),
        "TEMP": str(home),
        "TMP": str(home),
        "MPLBACKEND": "Agg",
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "LESSONS_DATA_DIR": str(data_dir()),
    }
