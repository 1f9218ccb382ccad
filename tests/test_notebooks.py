"""What every committed notebook must be, seen from its file alone; nbval re-executes it."""

import re
from pathlib import Path

import nbformat
import pytest

from lessons_lib.authoring.notebooks import KERNELSPEC, LANGUAGE_INFO, REPOSITORY, code_digest

LESSONS = (
    "01_data_and_masks",
    "02_encoder",
    "03_decoder",
    "04_training",
    "05_class_imbalance",
    "06_on_your_own",
    "07_scaling_out",
)
SOLUTIONS = tuple(path.stem for path in sorted((REPOSITORY / "solutions").glob("*.ipynb")))
NOTEBOOKS = tuple(f"notebooks/{name}.ipynb" for name in LESSONS) + tuple(
    f"solutions/{name}.ipynb" for name in SOLUTIONS
)
LONGEST_CELL = 20  # lines of code
LARGEST_FILE = 1_000_000  # bytes
MACHINE_PATH = re.compile(
    r"(?<![\w./~<-])/[A-Za-z]\w*/\w|[A-Z]:\\+Users|site-packages|0x[0-9a-f]{8}"
)


@pytest.fixture(params=NOTEBOOKS)
def path(request: pytest.FixtureRequest) -> Path:
    return REPOSITORY / request.param


@pytest.fixture
def notebook(path: Path) -> nbformat.NotebookNode:
    assert path.exists(), f"{path.name} is missing"
    return nbformat.read(path, as_version=nbformat.NO_CONVERT)


def code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def outputs(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [output for cell in code_cells(notebook) for output in cell.outputs]


def texts(output: nbformat.NotebookNode) -> list[str]:
    """All that an output says in words: streams, errors, plain text, HTML, alternative text."""
    data = [value for kind, value in output.get("data", {}).items() if kind.startswith("text/")]
    alternatives = [
        entry["alt"]
        for entry in output.get("metadata", {}).values()
        if isinstance(entry, dict) and "alt" in entry
    ]
    said = [output.get(key, "") for key in ("text", "ename", "evalue")]
    return data + alternatives + said + list(output.get("traceback", []))


def test_there_are_no_other_lessons() -> None:
    present = {path.stem for path in (REPOSITORY / "notebooks").glob("*.ipynb")}
    assert present == set(LESSONS)


def test_a_solution_shares_its_lessons_name() -> None:
    assert set(SOLUTIONS) <= set(LESSONS)


def first_cell(path: str) -> str:
    return nbformat.read(REPOSITORY / path, as_version=nbformat.NO_CONVERT).cells[0].source


def links_of_lesson(name: str) -> str:
    """What the first cell of a lesson ends with: the ways on, and to its exercises."""
    titles = [first_cell(f"notebooks/{each}.ipynb").splitlines()[0][2:] for each in LESSONS]
    place = LESSONS.index(name)
    links = []
    if place > 0:
        links.append(f"[← {titles[place - 1]}]({LESSONS[place - 1]}.ipynb)")
    if place + 1 < len(LESSONS):
        links.append(f"[{titles[place + 1]} →]({LESSONS[place + 1]}.ipynb)")
    if name in SOLUTIONS:
        links += [f"[{each}](../{each}/{name}.ipynb)" for each in ("exercises", "solutions")]
    return " · ".join(links)


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_leads_to_its_neighbours_its_exercises_and_their_solutions(name) -> None:
    assert first_cell(f"notebooks/{name}.ipynb").splitlines()[-1] == links_of_lesson(name)


@pytest.mark.parametrize("name", SOLUTIONS)
@pytest.mark.parametrize("folder", ["exercises", "solutions"])
def test_exercises_and_solutions_lead_to_each_other_and_to_their_lesson(folder, name) -> None:
    links = [f"[lesson {int(name[:2])}](../notebooks/{name}.ipynb)"]
    links += [f"[{each}](../{each}/{name}.ipynb)" for each in ("exercises", "solutions")]
    assert first_cell(f"{folder}/{name}.ipynb").splitlines()[-1] == " · ".join(links)


def test_it_is_a_valid_notebook_whose_cells_have_their_own_ids(notebook) -> None:
    nbformat.validate(notebook)
    ids = [cell.id for cell in notebook.cells]
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert len(set(ids)) == len(ids)


def test_its_metadata_are_those_of_every_machine(notebook) -> None:
    assert notebook.metadata.kernelspec == KERNELSPEC
    assert notebook.metadata.language_info == LANGUAGE_INFO
    assert "widgets" not in notebook.metadata


def test_its_outputs_are_those_of_its_code(notebook) -> None:
    assert notebook.metadata.unet_lessons.code_digest == code_digest(notebook)


def test_every_code_cell_was_executed_in_order(notebook) -> None:
    counts = [cell.execution_count for cell in code_cells(notebook)]
    assert counts and counts == list(range(1, len(counts) + 1))


def test_it_opens_with_its_title(notebook) -> None:
    first = notebook.cells[0]
    assert first.cell_type == "markdown"
    assert re.match(r"# \S", first.source)


def test_no_code_cell_is_long(notebook) -> None:
    long_cells = [
        cell.source
        for cell in code_cells(notebook)
        if len([line for line in cell.source.splitlines() if line.strip()]) > LONGEST_CELL
    ]
    assert long_cells == []


def test_nothing_was_written_to_standard_error(notebook) -> None:
    assert [out.text for out in outputs(notebook) if out.get("name") == "stderr"] == []


def test_only_cells_that_say_so_show_an_error(notebook) -> None:
    unexpected = [
        output.evalue
        for cell in code_cells(notebook)
        for output in cell.outputs
        if output.output_type == "error" and "raises-exception" not in cell.metadata.get("tags", [])
    ]
    assert unexpected == []


def test_a_cell_that_says_it_raises_does(notebook) -> None:
    for cell in code_cells(notebook):
        if "raises-exception" in cell.metadata.get("tags", []):
            assert any(output.output_type == "error" for output in cell.outputs), cell.source


def test_no_output_names_a_place_on_someones_machine(notebook) -> None:
    named = [text for out in outputs(notebook) for text in texts(out) if MACHINE_PATH.search(text)]
    assert named == []


def test_every_picture_has_alternative_text(notebook) -> None:
    for output in outputs(notebook):
        for kind in output.get("data", {}):
            if kind.startswith("image/"):
                alternative = output.metadata.get(kind, {}).get("alt", "")
                assert len(alternative) > 10, f"a picture without alternative text: {alternative!r}"


def test_every_picture_in_its_prose_has_alternative_text(notebook) -> None:
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert re.findall(r"!\[\s*\]\([^)]*\)", prose) == []


def test_it_is_small_enough_for_git(path) -> None:
    assert path.stat().st_size < LARGEST_FILE
