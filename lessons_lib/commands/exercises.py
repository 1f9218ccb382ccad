"""``python -m lessons_lib exercises``: write, build and table exercises, grade submissions."""

from pathlib import Path

import click

from lessons_lib.authoring.notebooks import REPOSITORY, NotebookProblem


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
@click.option("--lesson", type=int, required=True, help="1 to 5.")
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
@click.option("--overwrite", is_flag=True, help="Replace these two files where they exist.")
@click.option("--memory", type=click.FloatRange(0.5), default=4.0, show_default=True, help="GB.")
@click.option("--jobs", type=click.IntRange(1), help="Submissions at once; default: one a core.")
def grade(
    folder: Path, csv_path: Path, html_path: Path, overwrite: bool, memory: float, jobs: int | None
) -> None:
    """Grade the notebooks in FOLDER.

    FOLDER holds <student>/<NN_name>.ipynb, or <student>_<NN_name>.ipynb, or nbgrader's
    submitted/<student>/<assignment>/<NN_name>.ipynb.

    Each submission runs in its own process, with limits of time and memory, in an empty folder.
    That keeps accidents apart; it is not a sandbox: what a notebook's code is allowed to do,
    read files or use the network, it can do. Grade work of people you know, or in a container.
    """
    from lessons_lib.grading.grade_folder import grade_folder
    from lessons_lib.grading.reports import write_csv, write_html

    for path in (csv_path, html_path):
        if path.exists() and not overwrite:
            raise click.ClickException(f"{path} exists: name another file, or add --overwrite.")
    rows = grade_folder(folder, memory=memory, jobs=jobs)
    if not rows:
        raise click.ClickException(f"There are no notebooks in {folder}.")
    write_csv(rows, csv_path)
    write_html(rows, html_path)
    students = len({row.student for row in rows})
    click.echo(f"{students} students, {len(rows)} rows: {csv_path}, {html_path}")


@exercises.command()
@click.argument("lesson", type=click.IntRange(1, 5), required=False)
def table(lesson: int | None) -> None:
    """Print what each check says to right, missing, wrong, crashing and endless answers."""
    from lessons_lib.authoring.exercise_table import write_table
    from lessons_lib.checks import LESSON_MODULES, load_tasks

    tasks = load_tasks(LESSON_MODULES).values()
    for line in write_table(task for task in tasks if lesson in (None, task.lesson)):
        click.echo(line)
