"""`python -m lessons_lib notebooks`: the one way in which notebooks are executed and written."""

import functools
import json
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner, Result

from lessons_lib.authoring.notebooks import (
    NotebookProblem,
    clean,
    code_digest,
    find_notebooks,
    keep_measured_outputs,
    read_notebook,
    to_bytes,
    write_if_changed,
)
from lessons_lib.commands import notebooks as commands

pytestmark = pytest.mark.slow

NAMES = ("01_data_and_masks", "02_encoder")


def make_notebook(*sources: str, tags: tuple[str, ...] = ()) -> nbformat.NotebookNode:
    """A title and one code cell per source; the tags are those of the last cell."""
    cells = [nbformat.v4.new_markdown_cell("# A title")]
    cells += [nbformat.v4.new_code_cell(source) for source in sources]
    cells[-1].metadata.tags = list(tags)
    return nbformat.v4.new_notebook(cells=cells)


def write(path: Path, notebook: nbformat.NotebookNode) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty repository in which the commands look for notebooks."""
    find = functools.partial(find_notebooks, repository=tmp_path)
    monkeypatch.setattr(commands, "find_notebooks", find)
    return tmp_path


def call(*arguments: str) -> Result:
    return CliRunner().invoke(commands.notebooks, arguments)


def last_outputs(path: Path) -> list[nbformat.NotebookNode]:
    return read_notebook(path).cells[-1].outputs


def test_what_differs_between_machines_is_left_out_and_a_second_refresh_changes_nothing(course):
    shows_much = make_notebook(
        "import os, sys\nimport ipywidgets\nfrom tqdm.auto import tqdm",
        "print('error', file=sys.stderr)\nos.write(2, b'from compiled code')\nprint('out')",
        "for step in tqdm(range(3)):\n    print(step)",
        "ipywidgets.IntSlider(description='pet')",
    )
    path = write(course / "notebooks" / f"{NAMES[0]}.ipynb", shows_much)
    first = call("refresh")
    assert first.exit_code == 0, first.output
    after_first = path.read_bytes()
    second = call("refresh")
    assert "unchanged" in second.output
    assert path.read_bytes() == after_first
    assert call("refresh", "--check").exit_code == 0

    cells = read_notebook(path).cells
    assert [(out.name, out.text) for out in cells[2].outputs] == [("stdout", "out\n")]
    assert cells[3].outputs[1].text == "0\n1\n2\n"
    assert list(cells[4].outputs[0].data) == ["text/plain"]
    assert "IntSlider" in cells[4].outputs[0].data["text/plain"]
    assert [cell.execution_count for cell in cells[1:]] == [1, 2, 3, 4]
    assert json.loads(after_first)["metadata"]["language_info"].get("version") is None


def test_committed_outputs_are_always_those_of_drawn_pets(course, monkeypatch):
    monkeypatch.setenv("LESSONS_PETS", "somewhere/else")
    monkeypatch.setenv("LESSONS_ENCODER", "none")
    source = "import os\nprint(os.environ['LESSONS_PETS'], os.environ.get('LESSONS_ENCODER'))"
    path = write(course / "notebooks" / f"{NAMES[0]}.ipynb", make_notebook(source))
    assert call("refresh").exit_code == 0
    assert last_outputs(path)[0].text == "drawn_pets None\n"


def test_a_failing_notebook_stays_as_it_was_and_is_named_while_the_others_are_written(course):
    failing = make_notebook("message = 'no such pet'", "raise ValueError(message)")
    failing_path = write(course / "notebooks" / f"{NAMES[0]}.ipynb", failing)
    good_path = write(course / "notebooks" / f"{NAMES[1]}.ipynb", make_notebook("print(1)"))
    before = failing_path.read_bytes()
    result = call("refresh")
    assert result.exit_code == 1
    assert f"notebooks/{NAMES[0]}.ipynb, cell 3 of 3: ValueError: no such pet" in result.output
    assert "    raise ValueError(message)" in result.output
    assert failing_path.read_bytes() == before
    assert last_outputs(good_path)[0].text == "1\n"
    assert sorted(path.name for path in failing_path.parent.iterdir()) == [
        failing_path.name,
        good_path.name,
    ]


def test_a_kernel_that_ends_is_told_with_its_last_words(course):
    ends = make_notebook("import os\nos.write(2, b'out of memory')\nos._exit(1)")
    write(course / "notebooks" / f"{NAMES[0]}.ipynb", ends)
    result = call("run")
    assert result.exit_code == 1
    assert "cell 2 of 2: dead kernel" in result.output
    assert "out of memory" in result.output


def test_an_error_on_purpose_keeps_its_message_and_no_file_of_this_machine(course):
    raising = make_notebook("import json\njson.loads('{')", tags=("raises-exception",))
    path = write(course / "notebooks" / f"{NAMES[0]}.ipynb", raising)
    assert call("refresh").exit_code == 0
    (error,) = last_outputs(path)
    assert error.ename == "JSONDecodeError"
    assert error.traceback == [f"JSONDecodeError: {error.evalue}"]


def test_measurements_stay_until_the_code_changes_or_they_are_asked_for(course):
    measuring = make_notebook("import time", "time.time_ns()", tags=("nbval-ignore-output",))
    path = write(course / "notebooks" / f"{NAMES[0]}.ipynb", measuring)
    call("refresh")
    first = path.read_bytes()
    call("refresh")
    assert path.read_bytes() == first
    call("refresh", "--measure-again")
    again = path.read_bytes()
    assert again != first
    edited = read_notebook(path)
    edited.cells[1].source += "  # a remark"
    write(path, edited)
    call("refresh")
    assert last_outputs(path) != edited.cells[-1].outputs


def test_check_fails_and_writes_nothing_where_an_output_is_stale(course):
    path = write(course / "solutions" / f"{NAMES[0]}.ipynb", make_notebook("print('new')"))
    before = path.read_bytes()
    result = call("refresh", "--check")
    assert result.exit_code == 1
    assert "1 of the notebooks would change" in result.output
    assert path.read_bytes() == before


def test_run_takes_other_pets_leaves_the_notebook_alone_and_keeps_a_copy(course, tmp_path):
    source = "import os\nprint(os.environ['LESSONS_PETS'] == os.path.abspath('../pets'))"
    path = write(course / "notebooks" / f"{NAMES[0]}.ipynb", make_notebook(source))
    before = path.read_bytes()
    (tmp_path / "pets").mkdir()
    result = call("run", "1", "--pets", str(tmp_path / "pets"), "--into", str(tmp_path / "kept"))
    assert result.exit_code == 0, result.output
    assert path.read_bytes() == before
    kept = tmp_path / "kept" / "notebooks" / path.name
    assert last_outputs(kept)[0].text == "True\n"


def test_run_with_two_jobs_executes_two_notebooks_at_a_time(course):
    """Each writes a file and waits for the other's, which one after the other never comes."""
    meet = """
import time
from pathlib import Path
Path("here_{own}").touch()
deadline = time.time() + 60
while not Path("here_{other}").exists():
    assert time.time() < deadline, "the other notebook does not run"
    time.sleep(0.1)
"""
    for own, other in (NAMES, NAMES[::-1]):
        notebook = make_notebook(meet.format(own=own, other=other))
        write(course / "notebooks" / f"{own}.ipynb", notebook)
    result = call("run", "--jobs", "2")
    assert result.exit_code == 0, result.output
    assert result.output.count(": ran (") == 2


def test_run_does_not_keep_its_copies_over_the_originals(course):
    path = write(course / "notebooks" / f"{NAMES[0]}.ipynb", make_notebook("print(1)"))
    before = path.read_bytes()
    result = call("run", "--into", str(course))
    assert result.exit_code == 1
    assert "choose another" in result.output
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ((), ["notebooks/01_data_and_masks", "notebooks/02_encoder", "solutions/02_encoder"]),
        (("2",), ["notebooks/02_encoder", "solutions/02_encoder"]),
        (("02",), ["notebooks/02_encoder", "solutions/02_encoder"]),
        (("01_data_and_masks",), ["notebooks/01_data_and_masks"]),
        (("solutions/02_encoder.ipynb",), ["solutions/02_encoder"]),
        (("solutions/2", "1"), ["notebooks/01_data_and_masks", "solutions/02_encoder"]),
    ],
)
def test_notebooks_are_found_by_number_name_or_path(tmp_path, names, expected):
    for name in ("notebooks/01_data_and_masks", "notebooks/02_encoder", "solutions/02_encoder"):
        write(tmp_path / f"{name}.ipynb", make_notebook("1"))
    found = find_notebooks(names, repository=tmp_path)
    assert [f"{path.parent.name}/{path.stem}" for path in found] == expected


def test_an_unknown_name_is_answered_with_the_known_ones(tmp_path):
    write(tmp_path / "notebooks" / "01_data_and_masks.ipynb", make_notebook("1"))
    with pytest.raises(NotebookProblem, match="no notebook '9': the course has 01_data_and_masks"):
        find_notebooks(("9",), repository=tmp_path)


def test_outside_a_clone_the_sentence_says_where_to_go(tmp_path):
    with pytest.raises(NotebookProblem, match="work in a clone of the course"):
        find_notebooks(repository=tmp_path)


@pytest.mark.parametrize("content", ["", "not json", "[1, 2]", '{"cells": 3}'])
def test_a_file_that_is_no_notebook_is_named(tmp_path, content):
    path = tmp_path / "broken.ipynb"
    path.write_text(content)
    with pytest.raises(NotebookProblem, match="broken.ipynb is not a Jupyter notebook"):
        read_notebook(path)


def test_missing_and_double_cell_ids_become_the_same_ones_every_time():
    notebook = make_notebook("1", "2", "3")
    notebook.cells[1].id = notebook.cells[2].id = "twice"
    del notebook.cells[3]["id"]
    first, second = clean(notebook), clean(notebook)
    ids = [cell.id for cell in first.cells]
    assert ids == [cell.id for cell in second.cells]
    assert len(set(ids)) == 4 and ids[:2] == [notebook.cells[0].id, "twice"]


def test_tags_and_prose_survive():
    notebook = make_notebook("1", tags=("raises-exception",))
    notebook.cells[0].metadata["slideshow"] = {"slide_type": "slide"}
    cleaned = clean(notebook)
    assert [cell.metadata for cell in cleaned.cells] == [cell.metadata for cell in notebook.cells]
    assert [cell.source for cell in cleaned.cells] == [cell.source for cell in notebook.cells]


def test_cleaning_leaves_its_argument_alone():
    notebook = make_notebook("1")
    notebook.cells[1].outputs = [nbformat.v4.new_output("stream", name="stderr", text="noise")]
    clean(notebook)
    assert len(notebook.cells[1].outputs) == 1 and "kernelspec" not in notebook.metadata


def test_the_digest_follows_code_and_tags_and_not_prose():
    notebook, other = make_notebook("1"), make_notebook("1")
    other.cells[0].source = "# Another title"
    assert code_digest(notebook) == code_digest(other)
    other.cells[1].metadata.tags = ["nbval-ignore-output"]
    assert code_digest(notebook) != code_digest(other)


def test_outputs_of_a_notebook_that_was_never_refreshed_are_not_kept():
    before = make_notebook("1", tags=("nbval-ignore-output",))
    before.cells[1].execution_count = 1
    before.cells[1].outputs = [nbformat.v4.new_output("stream", text="old")]
    fresh = clean(make_notebook("1", tags=("nbval-ignore-output",)))
    assert keep_measured_outputs(fresh, before).cells[1].outputs == []


def test_writing_is_all_or_nothing(tmp_path, monkeypatch):
    path = tmp_path / "lesson.ipynb"
    path.write_bytes(b"before")

    def no_space(self: Path, content: bytes) -> None:
        self.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", no_space)
    with pytest.raises(OSError, match="No space left"):
        write_if_changed(path, to_bytes(clean(make_notebook("1"))))
    assert [entry.name for entry in tmp_path.iterdir()] == ["lesson.ipynb"]
    assert path.read_bytes() == b"before"
