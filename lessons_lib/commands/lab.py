"""``unet-lessons lab``: puts the lessons into a folder and opens JupyterLab there."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import click

import lessons_lib
from lessons_lib import origin
from lessons_lib.workspace import MANIFEST, Changes, WorkspaceProblem, fill

FIRST_LESSON = "notebooks/01_data_and_masks.ipynb"
FOLDER = "unet-lessons"


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.argument("jupyter_options", nargs=-1, type=click.UNPROCESSED)
@click.option("--solutions", is_flag=True, help="Copy the exercises' solutions, too.")
@click.option("--copy-only", is_flag=True, help="Copy the notebooks, and do not open JupyterLab.")
def lab(
    folder: Path | None, jupyter_options: tuple[str, ...], solutions: bool, copy_only: bool
) -> None:
    """Put the lessons into FOLDER, and open JupyterLab there.

    FOLDER is ./unet-lessons where none is named, or the folder you are in if it has the lessons
    already. Call it again after an update of the course: notebooks that you have not touched become
    the new ones, and where you have worked the new one is laid beside yours.

    JUPYTER_OPTIONS are handed on to JupyterLab: unet-lessons lab FOLDER --no-browser
    """
    if folder is not None and str(folder).startswith("-"):  # an option of Jupyter's
        folder, jupyter_options = None, (str(folder), *jupyter_options)
    if folder is None and origin.is_clone() and Path.cwd() == origin.CLONE:
        raise click.ClickException(
            "This is a clone of the course, whose notebooks lie here: `make lab` opens them. For "
            "a copy to work in, name a folder: `unet-lessons lab FOLDER`."
        )
    if folder is None:
        folder = Path() if Path(MANIFEST).exists() else Path(FOLDER)
    try:
        changes = fill(
            folder, origin.course_folder(), version=lessons_lib.__version__, solutions=solutions
        )
    except WorkspaceProblem as problem:
        raise click.ClickException(str(problem)) from problem
    _report(folder, changes)
    if copy_only:
        return
    if importlib.util.find_spec("jupyterlab") is None:
        raise click.ClickException(
            "JupyterLab is not installed: `pip install unet-lessons[lab]` installs it. The "
            f"notebooks are in {folder.resolve()}, for any other Jupyter."
        )
    sys.exit(subprocess.call(_jupyter_command(folder, jupyter_options)))


def _report(folder: Path, changes: Changes) -> None:
    """Says what has changed in the folder, a sentence a kind."""
    if changes.newer:
        click.echo(
            f"{folder.resolve()} is of version {changes.newer}, this course is "
            f"{lessons_lib.__version__}: nothing was changed that is there. "
            "`pip install --upgrade unet-lessons` brings the newer one."
        )
    if changes.copied:
        click.echo(f"Copied {len(changes.copied)} files into {folder.resolve()}.")
    if changes.updated:
        click.echo(f"Brought up to date, since you had not touched them: {len(changes.updated)}.")
    if changes.beside:
        click.echo(
            "Where you have worked, your file stays and the new version lies beside it: "
            f"{', '.join(changes.beside.values())}."
        )


def _jupyter_command(folder: Path, options: tuple[str, ...]) -> list[str]:
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder.resolve()}"]
    command.append(f"--LabApp.default_url=/lab/tree/{FIRST_LESSON}")
    if not any(option.startswith(("--ip", "--ServerApp.ip")) for option in options):
        command.append("--ip=127.0.0.1")
    # JupyterLab refuses to serve the administrator, which is who one is inside most containers.
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    return [*command, *options]
