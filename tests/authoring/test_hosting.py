"""Badge and first cell: on every notebook, of this version, and without effect on its outputs."""

import nbformat
import pytest

from lessons_lib import __version__
from lessons_lib.authoring import hosting
from lessons_lib.authoring.hosting import github_place, host_notebook, host_notebooks
from lessons_lib.authoring.notebooks import REPOSITORY, NotebookProblem, code_digest, to_bytes

PATH = "notebooks/01_toy.ipynb"


def make_notebook() -> nbformat.NotebookNode:
    result = nbformat.v4.new_output("execute_result", {"text/plain": "2"}, execution_count=1)
    return nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell("# Toy\n\nText", id="title"),
            nbformat.v4.new_code_cell("1 + 1", id="a", execution_count=1, outputs=[result]),
            nbformat.v4.new_code_cell("2", id="b", execution_count=2),
        ]
    )


def host(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    return host_notebook(notebook, path=PATH, place="them/it")


def test_the_title_gets_a_badge_that_opens_this_version():
    lines = host(make_notebook()).cells[0].source.splitlines()
    assert lines[0] == "# Toy" and lines[-1] == "Text"
    assert f"/github/them/it/blob/v{__version__}/{PATH})" in lines[2]


def test_outputs_stay_and_their_counts_go_on_by_one():
    hosted, before = host(make_notebook()), make_notebook()
    assert [cell.get("execution_count") for cell in hosted.cells] == [None, 1, 2, 3]
    assert hosted.cells[1].outputs == []
    assert hosted.cells[2].outputs[0].data == before.cells[1].outputs[0].data
    assert hosted.cells[2].outputs[0].execution_count == 2
    assert code_digest(hosted) == code_digest(before)


def test_a_second_time_and_another_version_change_only_what_names_the_version(monkeypatch):
    once = host(make_notebook())
    assert host(once) == once
    monkeypatch.setattr(hosting, "__version__", "9.8.7")
    later = host(once)
    assert len(later.cells) == len(once.cells) and "==9.8.7\n" in later.cells[1].source
    assert later.cells[0].source == once.cells[0].source.replace(f"v{__version__}", "v9.8.7")
    assert later.cells[2:] == once.cells[2:]


def test_a_notebook_without_title_is_refused():
    notebook = make_notebook()
    del notebook.cells[0]
    with pytest.raises(NotebookProblem, match="does not open with its title"):
        host(notebook)


def test_check_writes_nothing_and_says_what_is_out_of_step(tmp_path):
    (tmp_path / "notebooks").mkdir()
    path = tmp_path / PATH
    path.write_bytes(to_bytes(make_notebook()))
    (tmp_path / "pyproject.toml").write_bytes((REPOSITORY / "pyproject.toml").read_bytes())
    before = path.read_bytes()
    with pytest.raises(NotebookProblem, match="run `python -m lessons_lib notebooks host`"):
        host_notebooks(tmp_path, check=True)
    assert path.read_bytes() == before
    assert host_notebooks(tmp_path) == {"notebooks/01_toy": "written"}
    assert host_notebooks(tmp_path, check=True) == {"notebooks/01_toy": "in step"}


def test_every_notebook_has_them():
    outcomes = host_notebooks(check=True)
    assert set(outcomes.values()) == {"in step"} and len(outcomes) >= 11


def test_the_badge_of_exercises_and_solutions_opens_the_exercise():
    for folder in ("exercises", "solutions"):
        notebook = nbformat.read(REPOSITORY / folder / "02_encoder.ipynb", as_version=4)
        where = f"/{github_place()}/blob/v{__version__}/exercises/02_encoder.ipynb)"
        assert where in notebook.cells[0].source
