"""The badge and the first cell by which every notebook runs on Colab and Kaggle too.

Both are derived, from the version and from the repository's address in ``pyproject.toml``, and put
into lessons and solutions by ``python -m lessons_lib notebooks host``; exercises get them with
their solution. The cell does nothing elsewhere and shows nothing, so no output depends on it: a
notebook that gets it keeps its outputs, counted on by one.
"""

import re
import tomllib
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from lessons_lib import __version__
from lessons_lib.authoring.notebooks import (
    HOST_TAG,
    REPOSITORY,
    NotebookProblem,
    copy_notebook,
    read_notebook,
    to_bytes,
    write_if_changed,
)

CELL_ID = "host"
SOURCE = """\
# On Colab and Kaggle this cell installs the course. Elsewhere it does nothing.
import os
import sys

if "google.colab" in sys.modules or "KAGGLE_KERNEL_RUN_TYPE" in os.environ:
    %pip install --quiet --no-deps unet-lessons=={version}
    from lessons_lib.hosted import prepare

    prepare()"""
BADGE = (
    "[![Open in Colab](../docs/open_in_colab.svg)]"
    "(https://colab.research.google.com/github/{place}/blob/v{version}/{path})"
)
ANY_BADGE = re.compile(r"\[!\[Open in Colab\]\([^)]*\)\]\([^)]*\)\n\n")


def github_place(repository: Path = REPOSITORY) -> str:
    """Returns owner and name of the repository on GitHub, as pyproject.toml says."""
    project = tomllib.loads((repository / "pyproject.toml").read_text("utf-8"))["project"]
    return project["urls"]["Source"].removeprefix("https://github.com/")


def host_notebook(notebook: NotebookNode, *, path: str, place: str) -> NotebookNode:
    """Returns a copy with badge and first cell of this version, once each.

    Args:
        notebook: of the course, whose first cell is its title; stays as it is.
        path: where the notebook that the badge opens lies in the repository.
        place: owner and name of the repository on GitHub.
    """
    hosted = copy_notebook(notebook)
    title = hosted.cells[0]
    if title.cell_type != "markdown" or not title.source.startswith("# "):
        raise NotebookProblem(f"{path} does not open with its title: a badge has no place.")
    heading, _, rest = ANY_BADGE.sub("", title.source).partition("\n")
    badge = BADGE.format(place=place, version=__version__, path=path)
    title.source = f"{heading}\n\n{badge}\n\n{rest.lstrip()}"
    is_new = not _is_host_cell(hosted.cells[1])
    if is_new:
        hosted.cells.insert(1, nbformat.v4.new_code_cell(id=CELL_ID))
    cell = hosted.cells[1]
    cell.metadata = nbformat.from_dict({"tags": [HOST_TAG], "jupyter": {"source_hidden": True}})
    cell.source = SOURCE.format(version=__version__)
    if is_new and any(one.get("execution_count") for one in hosted.cells):
        cell.execution_count = 0  # so that counting on gives it a 1
        for one in hosted.cells:
            if one.cell_type == "code" and one.execution_count is not None:
                one.execution_count += 1
                for output in one.outputs:
                    if "execution_count" in output:
                        output.execution_count = one.execution_count
    return hosted


def _is_host_cell(cell: NotebookNode) -> bool:
    return HOST_TAG in cell.metadata.get("tags", [])


def host_notebooks(repository: Path = REPOSITORY, *, check: bool = False) -> dict[str, str]:
    """Brings badge and first cell of all lessons and solutions in step.

    A solution's badge opens its exercise, since that is where a learner begins.

    Returns:
        For each notebook "written" or "unchanged"; with ``check``, "in step".

    Raises:
        NotebookProblem: with ``check``, something is out of step.
    """
    place, outcomes = github_place(repository), {}
    for folder, opened in (("notebooks", "notebooks"), ("solutions", "exercises")):
        for path in sorted((repository / folder).glob("*.ipynb")):
            before = read_notebook(path)
            after = host_notebook(before, path=f"{opened}/{path.name}", place=place)
            if check and after != before:
                raise NotebookProblem(
                    f"{folder}/{path.name} lacks the badge or the first cell of this version: "
                    "run `python -m lessons_lib notebooks host`, then `exercises build`."
                )
            changed = not check and write_if_changed(path, to_bytes(after))
            outcomes[f"{folder}/{path.stem}"] = (
                "in step" if check else "written" if changed else "unchanged"
            )
    return outcomes
