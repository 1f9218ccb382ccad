"""How the repository's own pytest configuration treats notebooks."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from lessons_lib.authoring.notebooks import REPOSITORY

CHATTER = "import os\nos.write(2, b'tensorflow/core/util/port.cc: oneDNN is on')\nNone"
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


def write_notebook(path: Path, source: str, text: str, tags: tuple[str, ...] = ()) -> None:
    cell = nbformat.v4.new_code_cell(source, execution_count=1, metadata={"tags": list(tags)})
    cell.outputs = [nbformat.v4.new_output("stream", text=text)] if text else []
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)


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
    """What pytest says of one notebook for each case, and of one with a measuring cell."""
    folder = tmp_path_factory.mktemp("course")
    (folder / "notebooks").mkdir()
    for number, (source, text, _) in enumerate(CASES.values()):
        write_notebook(folder / "notebooks" / f"{number}.ipynb", source, text)
    measuring = folder / "notebooks" / "measuring.ipynb"
    write_notebook(measuring, "print(1)", "2\n", tags=("nbval-ignore-output",))
    for name, (text, _) in FIGURES.items():
        write_notebook(
            folder / "notebooks" / f"figures {name}.ipynb",
            "print('mean IoU 0.71, border -0.05, 3 pets')",
            text,
            tags=("within-0.05",),
        )
    return run_pytest(folder, *request.param).stdout


@pytest.mark.parametrize("case", CASES)
def test_a_cell_passes_or_fails_as_it_should(result, case):
    number = list(CASES).index(case)
    failed = f"FAILED notebooks/{number}.ipynb::Cell 0" in result
    assert failed != CASES[case][2], result


@pytest.mark.parametrize("name", FIGURES)
def test_figures_with_a_tolerance_may_differ_by_no_more_than_that(result, name):
    failed = f"FAILED notebooks/figures {name}.ipynb::Cell 0" in result
    assert failed != FIGURES[name][1], result


def test_the_summary_counts_cells(result):
    assert (
        "11 notebooks, 11 code cells run, 10 compared with the committed outputs: "
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
