"""``python -m lessons_lib exercises``: write, build and table exercises, grade submissions."""

import contextlib
import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lessons_lib.authoring.notebooks import REPOSITORY, NotebookProblem
from lessons_lib.files import written_whole

if TYPE_CHECKING:
    from lessons_lib.grading.on_ray import RayGrader


@click.group()
def exercises() -> None:
    """Build the exercise notebooks; grade a class's submissions."""


@exercises.command()
@click.option("--check", is_flag=True, help="Write nothing; fail where a file is out of step.")
@click.option("--force", is_flag=True, help="Overwrite notebooks that have been worked in, too.")
@click.option(
    "--repository",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=REPOSITORY,
    hidden=True,
)
def build(check: bool, force: bool, repository: Path) -> None:
    """Derive exercises/*.ipynb from solutions/*.ipynb.

    A notebook in exercises/ that somebody has worked in is never overwritten without --force.
    """
    from lessons_lib.authoring.exercises import build_exercises

    try:
        outcomes = build_exercises(repository, check=check, force=force)
    except NotebookProblem as problem:
        raise click.ClickException(str(problem)) from problem
    for name, outcome in outcomes.items():
        click.echo(f"exercises/{name}: {outcome}")


@exercises.command()
@click.argument("name")
@click.option("--lesson", type=int, required=True, help="1 to 6.")
@click.option(
    "--repository",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=REPOSITORY,
    hidden=True,
)
def new(name: str, lesson: int, repository: Path) -> None:
    """Write the skeleton of an exercise called NAME.

    It is a module of its lesson's package in lessons_lib/checks, and overwrites nothing.
    """
    from lessons_lib.authoring.new_exercise import ExerciseProblem, write_exercise

    try:
        path = write_exercise(name, lesson, repository)
    except ExerciseProblem as problem:
        raise click.ClickException(str(problem)) from problem
    click.echo(
        f"Written: {path.relative_to(repository).as_posix()}. "
        f'Put "{name}" into TASKS in the __init__.py beside it when it is ready.'
    )


def _finite(_context: click.Context, _option: click.Parameter, number: float) -> float:
    """Refuses NaN, which no range leaves out."""
    if math.isnan(number):
        raise click.BadParameter("nan is no number.")
    return number


@exercises.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--csv",
    "csv_path",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("grades.csv"),
    show_default=True,
    help="The table: one row a student and exercise.",
)
@click.option(
    "--html",
    "html_path",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("grades.html"),
    show_default=True,
    help="The summary: the class's commonest misconceptions.",
)
@click.option(
    "--gradebook",
    type=(click.Choice(["moodle", "canvas"]), click.Path(dir_okay=False, path_type=Path)),
    metavar="moodle|canvas FILE",
    help="A CSV with a row a student, points an exercise, as the system imports it.",
)
@click.option("--overwrite", is_flag=True, help="Replace these files where they exist.")
@click.option(
    "--memory",
    type=click.FloatRange(0.5, 10_000),
    callback=_finite,
    default=4.0,
    show_default=True,
    help="GB.",
)
@click.option("--jobs", type=click.IntRange(1), help="Submissions at once; default: one a core.")
@click.option("--container", "image", default="", help="Podman's or Docker's image to run them in.")
@click.option(
    "--ray",
    "ray_address",
    is_flag=False,
    flag_value="",
    metavar="[ADDRESS]",
    help="Grade on the Ray cluster at ADDRESS, else on one of this machine's processors.",
)
def grade(
    folder: Path,
    csv_path: Path,
    html_path: Path,
    gradebook: tuple[str, Path] | None,
    overwrite: bool,
    memory: float,
    jobs: int | None,
    image: str,
    ray_address: str | None,
) -> None:
    """Grade the notebooks in FOLDER.

    FOLDER holds <student>/<NN_name>.ipynb, or <student>_<NN_name>.ipynb, or nbgrader's
    submitted/<student>/<assignment>/<NN_name>.ipynb.

    Each exercise runs in its own process, with limits of time and memory, in an empty folder. On
    Linux with bubblewrap it sees nothing else of the machine, and no network. Elsewhere, what you
    are allowed to do, its code is too: grade work of people you know, or in a container. The column
    "isolation" says which it was; SECURITY.md says what remains possible.

    With --ray, submissions go to a cluster as bytes; its machines need this version of the course,
    and each keeps them apart as strictly as it can: the column says so for each.

    IMAGE must hold this version of the course. It runs without network, read-only.

    What has been graded is kept beside the table as it comes. After an interruption, call the same
    command again: it goes on with the submissions that are missing or have changed.
    """
    from lessons_lib.checks import LESSON_MODULES
    from lessons_lib.grading.grade_folder import grade_folder
    from lessons_lib.grading.isolation import PROCESS, NoIsolation, choose_isolation
    from lessons_lib.grading.journal import Journal
    from lessons_lib.grading.reports import write_csv, write_gradebook, write_html

    written = [csv_path, html_path] + ([gradebook[1]] if gradebook else [])
    _require_apart(written)
    journal_path = csv_path.with_name(f"{csv_path.name}.unfinished")
    for path in written:
        if os.path.lexists(path) and not overwrite:
            raise click.ClickException(f"{path} exists: name another file, or add --overwrite.")
    for path in (*written, journal_path):
        _require_writable(path)
    try:
        isolation = choose_isolation(LESSON_MODULES, memory, image)
    except NoIsolation as problem:
        raise click.ClickException(str(problem)) from problem
    if isolation.kind == PROCESS:
        click.echo(
            "There is no sandbox here (on Linux, bubblewrap makes one): students' code runs with "
            "your rights. SECURITY.md says what that means."
        )
    journal = Journal(journal_path, settings=f"{memory} {isolation.kind} {image}")
    if len(journal):
        click.echo(
            f"{journal_path} holds {len(journal)} submissions that were graded before: they are "
            "not graded again. Delete it first to grade all anew."
        )
    with _graders(ray_address) as (grade_one, places):
        rows = grade_folder(
            folder, isolation, jobs=jobs or places, journal=journal, grade_one=grade_one
        )
    if not rows:
        raise click.ClickException(f"There are no notebooks in {folder}.")
    with written_whole(csv_path) as unfinished:
        write_csv(rows, unfinished)
    with written_whole(html_path) as unfinished:
        write_html(rows, unfinished)
    if gradebook:
        with written_whole(gradebook[1]) as unfinished:
            write_gradebook(rows, unfinished, gradebook[0])
    journal.remove()
    students = len({row.student for row in rows})
    click.echo(f"{students} students, {len(rows)} rows: {', '.join(map(str, written))}")


@contextlib.contextmanager
def _graders(address: str | None) -> Iterator[tuple["RayGrader | None", int | None]]:
    """Connects to Ray where that is asked for; gives what grades there, and how many at once."""
    if address is None:
        yield None, None
        return
    from lessons_lib.grading.on_ray import RayGrader
    from lessons_lib.ray_cluster import NoRay, connected

    try:
        with connected(address) as ray:
            grader = RayGrader(ray)
            yield grader, grader.jobs
    except NoRay as problem:
        raise click.ClickException(str(problem)) from None


def _require_apart(paths: list[Path]) -> None:
    """Raises ClickException for a file without a name, and for one that would hold two tables."""
    for path in paths:
        if not path.name:
            raise click.ClickException(f"'{path}' is no file: name one, such as grades.csv.")
    if len({path.resolve() for path in paths}) < len(paths):
        names = ", ".join(map(str, paths))
        raise click.ClickException(f"Each table needs a file of its own, but {names} came.")


def _require_writable(path: Path) -> None:
    """Raises ClickException where a file cannot be written: before hours of grading, not after."""
    was_there = os.path.lexists(path)
    try:
        path.open("a").close()
    except OSError as problem:
        raise click.ClickException(
            f"{path} cannot be written ({problem.strerror}): name another file."
        ) from problem
    if not was_there:
        path.unlink()


@exercises.command()
@click.argument("lesson", type=click.IntRange(1, 5), required=False)
def table(lesson: int | None) -> None:
    """Print what each check says to right, missing, wrong, crashing and endless answers."""
    from lessons_lib.authoring.exercise_table import write_table
    from lessons_lib.checks import LESSON_MODULES, load_tasks

    tasks = load_tasks(LESSON_MODULES).values()
    for line in write_table(task for task in tasks if lesson in (None, task.lesson)):
        click.echo(line)
