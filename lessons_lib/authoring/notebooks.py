"""Executes the course's notebooks so that the same code always gives the same file.

A notebook goes in as it lies in ``notebooks/`` or ``solutions/``, and comes out with fresh outputs:
no times, no widget state, no standard error, no path of this machine, always the same metadata.
So a refresh without a change is byte-identical, and a difference in git is a difference in what
the learner sees. Committed outputs are always those of drawn pets.

Cell tags, shared with nbval: ``raises-exception`` (the cell shows an error on purpose) and
``nbval-ignore-output`` (the cell measures, so its outputs differ from run to run: they are kept
until the code of the notebook changes).
"""

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import cast

import nbformat
from ipykernel.kernelspec import RESOURCES, get_kernel_dict
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from lessons_lib import origin
from lessons_lib.files import written_whole

REPOSITORY = origin.CLONE
NOTEBOOK_FOLDERS = ("notebooks", "solutions")
CELL_TIMEOUT = 600  # seconds

KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE_INFO = {  # without the version, which would change from machine to machine
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
}
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
COURSE_METADATA = "unet_lessons"
HOST_TAG = "host"  # of the cell that does nothing but on Colab and Kaggle, see hosting.py


class NotebookProblem(Exception):
    """A notebook that cannot be found, read or executed, in a sentence for the author."""


class _OwnKernelManager(AsyncKernelManager):
    """Whatever kernel a notebook names, starts that of the running Python.

    A kernel called ``python3`` in the user's home could be of any environment.
    """

    @property
    def kernel_spec(self) -> KernelSpec:
        # Captured file descriptors would put what compiled code writes into the outputs.
        arguments = ["--IPKernelApp.capture_fd_output=False"]
        return KernelSpec(resource_dir=RESOURCES, **get_kernel_dict(extra_arguments=arguments))


def find_notebooks(names: Iterable[str] = (), *, repository: Path = REPOSITORY) -> list[Path]:
    """Returns the course's notebooks, in the order of the lessons.

    Args:
        names: which of them: a lesson's number (``4``), its name (``04_training``) or a path.
            None means all.
        repository: the folder that holds ``notebooks/`` and ``solutions/``.

    Raises:
        NotebookProblem: ``There is no notebook '9': …``, or there are none at all.
    """
    found = [
        path
        for folder in NOTEBOOK_FOLDERS
        for path in sorted((repository / folder).glob("*.ipynb"))
    ]
    if not found:
        raise NotebookProblem(
            f"There are no notebooks in {repository}: work in a clone of the course, "
            "with the package installed from there (`make test` does it)."
        )
    chosen = []
    for name in names:
        stem = Path(name).name.removesuffix(".ipynb")
        folder = Path(name).parent.name
        matching = [
            path
            for path in found
            if (path.stem == stem or (stem.isdigit() and path.stem.startswith(f"{int(stem):02d}_")))
            and folder in ("", path.parent.name)
        ]
        if not matching:
            known = ", ".join(dict.fromkeys(path.stem for path in found))
            raise NotebookProblem(f"There is no notebook {name!r}: the course has {known}.")
        chosen += matching
    return [path for path in found if path in chosen] if chosen else found


def read_notebook(path: Path) -> NotebookNode:
    """Reads a notebook file in the current format.

    Raises:
        NotebookProblem: the file is not a notebook.
    """
    try:
        notebook = nbformat.reads(path.read_text("utf-8"), as_version=4)
        nbformat.validate(notebook, relax_add_props=True)
    except (ValueError, TypeError, KeyError, AttributeError, nbformat.ValidationError) as problem:
        raise NotebookProblem(f"{path.name} is not a Jupyter notebook.") from problem
    return notebook


def copy_notebook(notebook: NotebookNode) -> NotebookNode:
    """Returns a deep copy of the notebook."""
    return cast(NotebookNode, nbformat.from_dict(notebook))


def execute(
    notebook: NotebookNode,
    path: Path,
    *,
    environment: Mapping[str, str],
    on_cell: Callable[[int], object] | None = None,
) -> NotebookNode:
    """Runs a copy of the notebook from top to bottom in a fresh kernel, in the notebook's folder.

    Args:
        notebook: what to run; it stays as it is.
        path: where it lies; its folder is the kernel's, its name stands in errors.
        environment: the kernel's environment variables.
        on_cell: called with the index of each cell before it runs.

    Returns:
        The executed copy, with everything that the kernel sent.

    Raises:
        NotebookProblem: a cell raised without the tag ``raises-exception``, took over
            ten minutes, or ended the kernel.
    """
    executed = copy_notebook(notebook)
    for cell in _code_cells(executed):
        cell.outputs, cell.execution_count = [], None
    position = 0

    def remember_position(cell: NotebookNode, cell_index: int) -> None:
        nonlocal position
        position = cell_index
        if on_cell is not None:
            on_cell(cell_index)

    client = NotebookClient(
        executed,
        kernel_manager_class=_OwnKernelManager,
        kernel_name=KERNELSPEC["name"],
        timeout=CELL_TIMEOUT,
        record_timing=False,
        store_widget_state=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_start=remember_position,
    )
    # What compiled code writes past Python would disturb the progress bar; it is wanted only
    # where it may say why the kernel ended.
    with tempfile.TemporaryFile("w+") as kernel_errors:
        try:
            return client.execute(env=dict(environment), stderr=kernel_errors)
        except CellExecutionError as problem:
            error, message = problem.ename, problem.evalue
        except CellTimeoutError:
            error, message = "timeout", f"it took more than {CELL_TIMEOUT} seconds"
        except DeadKernelError:
            kernel_errors.seek(0)
            last_words = "\n".join(kernel_errors.read().splitlines()[-5:])
            error = "dead kernel"
            message = f"Python itself ended, perhaps for want of memory\n{last_words}"
    raise NotebookProblem(
        f"{path.parent.name}/{path.name}, cell {position + 1} of {len(executed.cells)}: "
        f"{error}: {message}\n{_quote(executed.cells[position].source)}"
    )


def clean(executed: NotebookNode) -> NotebookNode:
    """Returns a copy without anything that differs between two runs or two machines."""
    notebook = copy_notebook(executed)
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": KERNELSPEC,
            "language_info": LANGUAGE_INFO,
            COURSE_METADATA: {"code_digest": code_digest(notebook)},
        }
    )
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    _give_ids(notebook)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = [output for output in map(_clean_output, cell.outputs) if output]
    return notebook


def keep_measured_outputs(fresh: NotebookNode, before: NotebookNode) -> NotebookNode:
    """Returns ``fresh`` with the outputs of measuring cells taken from ``before``.

    Measuring cells are those with the tag ``nbval-ignore-output``. Nothing is kept where the
    code of the notebook has changed since ``before`` was refreshed.
    """
    notebook = copy_notebook(fresh)
    recorded = before.metadata.get(COURSE_METADATA, {}).get("code_digest")
    if recorded == code_digest(fresh) == code_digest(before):
        for cell, old_cell in zip(_code_cells(notebook), _code_cells(before), strict=True):
            if "nbval-ignore-output" in cell.metadata.get("tags", []) and old_cell.execution_count:
                cell.outputs = old_cell.outputs
    return notebook


def code_digest(notebook: NotebookNode) -> str:
    """Returns a digest of the source and tags of all code cells that can have outputs here."""
    parts = [
        f"{cell.source}\n{sorted(cell.metadata.get('tags', []))}"
        for cell in _code_cells(notebook)
        if HOST_TAG not in cell.metadata.get("tags", [])
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def to_bytes(notebook: NotebookNode) -> bytes:
    """Returns the notebook as its file, checked against the format.

    Raises:
        nbformat.ValidationError: it is not a valid notebook.
    """
    nbformat.validate(notebook)
    return (nbformat.writes(notebook).rstrip("\n") + "\n").encode()


def write_if_changed(path: Path, content: bytes) -> bool:
    """Puts ``content`` into the file at one stroke; returns whether that changed it."""
    if path.exists() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as unfinished:
        unfinished.write_bytes(content)
    return True


def _code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _clean_output(output: NotebookNode) -> NotebookNode | None:
    """Returns the output without what differs from run to run, or None if nothing is left."""
    if output.output_type == "stream":
        return None if output.name == "stderr" else output
    if output.output_type == "error":
        # A traceback names files of this machine; what teaches is its last line.
        return nbformat.v4.new_output(
            "error",
            ename=output.ename,
            evalue=output.evalue,
            traceback=[f"{output.ename}: {output.evalue}"],
        )
    # The plain text stays: it is what nbval compares and what is read where no widget runs.
    output.data.pop(WIDGET_VIEW, None)
    return output if output.data else None


def _give_ids(notebook: NotebookNode) -> None:
    """Gives an identifier to each cell that has none or another cell's, the same at every run."""
    taken = set()
    for index, cell in enumerate(notebook.cells):
        if not cell.get("id") or cell.id in taken:
            digest = hashlib.sha256(f"{index}\0{cell.source}".encode()).hexdigest()
            cell.id = digest[:8]
        taken.add(cell.id)


def _quote(source: str, lines: int = 6) -> str:
    """Returns the first lines of a cell, indented, for an error message."""
    shown = source.splitlines()
    more = ["..."] if len(shown) > lines else []
    return "\n".join(f"    {line}" for line in shown[:lines] + more)
