"""How the repository's own pytest configuration treats notebooks."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from lessons_lib.authoring.notebooks import REPOSITORY

pytestmark = pytest.mark.slow

# The kernel passes on what compiled code writes from a thread of its own, so the cell waits for it.
CHATTER = """
import os, time
os.write(2, b"tensorflow/core/util/port.cc: oneDNN is on")
time.sleep(1)
"""
CASES = {
    "the committed output": ("print('three classes')", "three classes\n", True),
    "another output": ("print('four classes')", "three classes\n", False),
    "drawn pets whatever the shell says": (
        "import os\nprint(os.environ['LESSONS_PETS'])",
        "drawn_pets\n",
        True,
    ),
    "a warning, which differs from machine to machine": (
        "import sys\nprint('slow disk', file=sys.stderr)",
        "",
        True,
    ),
    "TensorFlow's chatter": (CHATTER, "", False),
}
# What a cell with a tolerance of 0.05 has recorded, and whether what it prints now may stand.
FIGURES = {
    "near": ("mean IoU 0.75, border -0.02, 3 pets\n", True),
    "far": ("mean IoU 0.77, border -0.02, 3 pets\n", False),
    "of another sign": ("mean IoU 0.71, border 0.05, 3 pets\n", False),
    "with another whole number": ("mean IoU 0.71, border -0.05, 4 pets\n", False),
    "in other words": ("mean Dice 0.71, border -0.05, 3 pets\n", False),
}


def write_notebook(path: Path, cells: list[tuple[str, str]], tags: tuple[str, ...] = ()) -> None:
    """Writes a notebook of (source, recorded text), the same tags on every cell."""
    notebook = nbformat.v4.new_notebook()
    for source, text in cells:
        cell = nbformat.v4.new_code_cell(source, execution_count=1, metadata={"tags": list(tags)})
        cell.outputs = [nbformat.v4.new_output("stream", text=text)] if text else []
        notebook.cells.append(cell)
    nbformat.write(notebook, path)


def run_pytest(folder: Path, *flags: str) -> subprocess.CompletedProcess:
    shutil.copy(REPOSITORY / "conftest.py", folder)
    shutil.copy(REPOSITORY / "pyproject.toml", folder)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "--nbval", "-p", "no:cacheprovider", *flags],
        cwd=folder,
        env=os.environ | {"LESSONS_PETS": "somewhere/else"},
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module", params=[(), ("-n", "2")], ids=["alone", "two workers"])
def result(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What pytest says of a cell for each case, of figures, and of a cell that measures."""
    folder = tmp_path_factory.mktemp("course")
    notebooks = folder / "notebooks"
    notebooks.mkdir()
    write_notebook(
        notebooks / "cases.ipynb", [(source, text) for source, text, _ in CASES.values()]
    )
    printed = "print('mean IoU 0.71, border -0.05, 3 pets')"
    write_notebook(
        notebooks / "figures.ipynb",
        [(printed, text) for text, _ in FIGURES.values()],
        tags=("within-0.05",),
    )
    write_notebook(
        notebooks / "measuring.ipynb", [("print(1)", "2\n")], tags=("nbval-ignore-output",)
    )
    return run_pytest(folder, *request.param).stdout


@pytest.mark.parametrize("case", CASES)
def test_a_cell_passes_or_fails_as_it_should(result, case):
    number = list(CASES).index(case)
    failed = f"FAILED notebooks/cases.ipynb::Cell {number}" in result
    assert failed != CASES[case][2], result


@pytest.mark.parametrize("name", FIGURES)
def test_figures_with_a_tolerance_may_differ_by_no_more_than_that(result, name):
    number = list(FIGURES).index(name)
    failed = f"FAILED notebooks/figures.ipynb::Cell {number}" in result
    assert failed != FIGURES[name][1], result


def test_the_summary_counts_cells(result):
    assert (
        "3 notebooks, 11 code cells run, 10 compared with the committed outputs: "
        "4 as committed, 6 not."
    ) in result
    assert "measuring.ipynb::Cell" not in result


def test_a_notebook_stays_with_one_worker_and_so_do_all_tests_in_the_browser(tmp_path):
    for name in ("one", "two"):
        cells = [nbformat.v4.new_code_cell(f"kept_{place} = {place}") for place in range(6)]
        cells.append(nbformat.v4.new_code_cell("[kept_0, kept_5] == [0, 5] or 1 / 0"))
        notebook = nbformat.v4.new_notebook(cells=cells)
        for cell in notebook.cells:
            cell.metadata.tags = ["nbval-ignore-output"]
        (tmp_path / "notebooks").mkdir(exist_ok=True)
        nbformat.write(notebook, tmp_path / "notebooks" / f"{name}.ipynb")
    tests = tmp_path / "tests" / "browser"
    tests.mkdir(parents=True)
    note_worker = "def test_it(worker_id):\n    open('workers', 'a').write(worker_id + ' ')\n"
    for number in range(6):
        (tests / f"test_{number}.py").write_text(note_worker)
    finished = run_pytest(tmp_path, "-n", "2")
    assert finished.returncode == 0, finished.stdout
    workers = (tmp_path / "workers").read_text().split()
    assert len(workers) == 6 and len(set(workers)) == 1
