"""``python -m lessons_lib notebooks``: run the course's notebooks, refresh what they show."""

import os
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
from nbformat import NotebookNode
from tqdm import tqdm

from lessons_lib.authoring.notebooks import (
    NotebookProblem,
    clean,
    execute,
    find_notebooks,
    keep_measured_outputs,
    read_notebook,
    to_bytes,
    write_if_changed,
)

NAMES_HELP = "NAMES: lesson numbers (4), names (04_training) or paths; all notebooks where none."


@click.group()
def notebooks() -> None:
    """Run the notebooks of the course, and refresh what they show."""


@notebooks.command(epilog=NAMES_HELP)
@click.argument("names", nargs=-1)
@click.option("--check", is_flag=True, help="Write nothing; fail where a file would change.")
@click.option(
    "--measure-again",
    is_flag=True,
    help="Take the outputs of measuring cells (tag nbval-ignore-output) afresh too.",
)
def refresh(names: tuple[str, ...], check: bool, measure_again: bool) -> None:
    """Execute notebooks on drawn pets and write their outputs.

    A notebook is written only if all of its cells ran; without a change in code or library
    the file stays as it is, byte for byte.
    """
    environment = dict(os.environ, LESSONS_PETS="drawn_pets")
    environment.pop("LESSONS_ENCODER", None)
    stale = []

    def finish(path: Path, fresh: NotebookNode, before: NotebookNode) -> str:
        if not measure_again:
            fresh = keep_measured_outputs(fresh, before)
        content = to_bytes(fresh)
        if not check:
            return "written" if write_if_changed(path, content) else "unchanged"
        if path.read_bytes() == content:
            return "in step"
        stale.append(path)
        return "out of step"

    _run_each(names, environment, finish)
    if stale:
        raise click.ClickException(
            f"{len(stale)} of the notebooks would change: "
            "`python -m lessons_lib notebooks refresh` brings them in step."
        )


@notebooks.command()
@click.option("--check", is_flag=True, help="Write nothing; fail where a file would change.")
def host(check: bool) -> None:
    """Give each notebook its badge, and the first cell for Colab and Kaggle.

    Both name the version of the course, so they are written anew when it changes.
    """
    from lessons_lib.authoring.hosting import host_notebooks

    try:
        outcomes = host_notebooks(check=check)
    except NotebookProblem as problem:
        raise click.ClickException(str(problem)) from problem
    for name, outcome in outcomes.items():
        click.echo(f"{name}: {outcome}")


@notebooks.command(epilog=NAMES_HELP)
@click.argument("names", nargs=-1)
@click.option("--pets", help="Where pets come from, as in LESSONS_PETS; a folder's path too.")
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the executed notebooks in this folder.",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="How many notebooks to execute at a time; each needs about 2 GB.",
)
def run(names: tuple[str, ...], pets: str | None, into: Path | None, jobs: int) -> None:
    """Execute notebooks without touching them; fail where a cell does.

    Outputs are not compared: this is for other pets than the drawn ones, other weights,
    other versions.
    """
    environment = dict(os.environ)
    if pets is not None:
        is_folder = Path(pets).expanduser().is_dir()
        environment["LESSONS_PETS"] = str(Path(pets).expanduser().resolve()) if is_folder else pets

    def finish(path: Path, fresh: NotebookNode, before: NotebookNode) -> str:
        if into is None:
            return "ran"
        target = into / path.parent.name / path.name
        if target.resolve() == path.resolve():
            raise click.ClickException("--into names the course's own folder: choose another.")
        write_if_changed(target, to_bytes(fresh))
        return f"ran, kept as {target}"

    _run_each(names, environment, finish, jobs)


def _run_each(
    names: tuple[str, ...],
    environment: Mapping[str, str],
    finish: Callable[[Path, NotebookNode, NotebookNode], str],
    jobs: int = 1,
) -> None:
    """Executes each notebook and hands (path, clean result, notebook before) to ``finish``.

    A notebook that fails does not stop the others.

    Raises:
        click.ClickException: at the end, with every failure.
    """
    try:
        paths = find_notebooks(names)
    except NotebookProblem as problem:
        raise click.ClickException(str(problem)) from problem
    failures = []

    def run_one(path: Path) -> None:
        start = time.perf_counter()
        label = f"{path.parent.name}/{path.stem}"
        try:
            before = read_notebook(path)
            with tqdm(
                total=len(before.cells),
                desc=label,
                unit="cell",
                leave=False,
                disable=True if jobs > 1 else None,  # several bars would write over each other
            ) as bar:
                fresh = execute(
                    before,
                    path,
                    environment=environment,
                    on_cell=lambda index: bar.update(index - bar.n),
                )
            outcome = finish(path, clean(fresh), before)
        except NotebookProblem as problem:
            failures.append(str(problem))
            outcome = "failed"
        click.echo(f"{label}: {outcome} ({time.perf_counter() - start:.0f} s)")

    with ThreadPoolExecutor(jobs) as threads:
        list(threads.map(run_one, paths))
    if failures:
        raise click.ClickException("\n\n".join(failures))
