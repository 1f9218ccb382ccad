"""A learner's folder: filled, brought up to date, and never deprived of work."""

import json
import re
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner

import lessons_lib
from lessons_lib import origin
from lessons_lib.__main__ import main
from lessons_lib.commands import lab as lab_command
from lessons_lib.workspace import MANIFEST, WorkspaceProblem, fill

LESSON = "notebooks/01_toy.ipynb"
GIVEN = (LESSON, "exercises/01_toy.ipynb", "docs/results/a.json", "docs/a.svg")
BESIDE = "notebooks/01_toy.new-2.ipynb"


@pytest.fixture
def course(tmp_path):
    """A small course, whose lesson `publish` writes anew."""
    folder = tmp_path / "course"
    for name in (*GIVEN, "solutions/01_toy.ipynb"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"{name} of version 1")
    return folder


@pytest.fixture
def folder(course, tmp_path):
    """What a learner has of version 1."""
    fill(tmp_path / "mine", course, version="1")
    return tmp_path / "mine"


def publish(course: Path) -> None:
    (course / LESSON).write_text(f"{LESSON} of version 2")


def contents(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST)
    return {path.relative_to(folder).as_posix(): path.read_text() for path in files}


def test_an_empty_folder_gets_lessons_exercises_and_results_where_lessons_look_for_them(folder):
    assert set(contents(folder)) == set(GIVEN)
    assert (folder / "notebooks" / "../docs/results/a.json").exists()


def test_all_that_the_notebooks_read_or_link_to_is_there(tmp_path):
    folder = tmp_path / "mine"
    fill(folder, origin.course_folder(), version="1", solutions=True)
    notebooks = sorted(folder.glob("*/*.ipynb"))
    missing, found = [], 0
    for path in notebooks:
        for cell in nbformat.read(path, as_version=4).cells:
            named = re.findall(r"\]\((?!\w+:|#)([^)#\s]+)", cell.source)
            if cell.cell_type == "code":
                named = re.findall(r"""["'](\.\./[^"']*)["']""", cell.source)
            found += len(named)
            missing += [name for name in named if not (path.parent / name).exists()]
    assert found > 40 and missing == []


def test_solutions_come_on_request_and_are_kept_up_to_date_from_then_on(course, folder):
    assert fill(folder, course, version="1", solutions=True).copied == ["solutions/01_toy.ipynb"]
    (course / "solutions/01_toy.ipynb").write_text("new")
    assert fill(folder, course, version="2").updated == ["solutions/01_toy.ipynb"]


def test_a_second_call_changes_nothing(course, folder):
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    changes = fill(folder, course, version="1")
    assert (changes.copied, changes.updated, changes.beside) == ([], [], {})
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_an_untouched_file_becomes_the_new_one(course, folder):
    publish(course)
    assert fill(folder, course, version="2").updated == [LESSON]
    assert contents(folder)[LESSON] == f"{LESSON} of version 2"
    assert BESIDE not in contents(folder)


def test_a_touched_file_stays_and_the_new_one_lies_beside_it_once(course, folder):
    (folder / LESSON).write_text("work")
    publish(course)
    assert fill(folder, course, version="2").beside == {LESSON: BESIDE}
    assert contents(folder)[LESSON] == "work"
    assert contents(folder)[BESIDE] == f"{LESSON} of version 2"
    (folder / BESIDE).unlink()  # the learner does not want it
    assert fill(folder, course, version="2").beside == {}


def test_what_lies_beside_is_not_overwritten_either(course, folder):
    (folder / LESSON).write_text("work")
    (folder / BESIDE).write_text("more work")
    publish(course)
    assert fill(folder, course, version="2").beside == {
        LESSON: BESIDE.replace(".new-2", ".new-2-2")
    }
    assert contents(folder)[BESIDE] == "more work"


def test_a_file_that_was_touched_once_and_put_back_is_brought_up_to_date(course, folder):
    original = (folder / LESSON).read_text()
    (folder / LESSON).write_text("work")
    fill(folder, course, version="1")
    (folder / LESSON).write_text(original)
    publish(course)
    assert fill(folder, course, version="2").updated == [LESSON]


def test_work_that_was_offered_a_new_version_still_is_work_at_the_next(course, folder):
    (folder / LESSON).write_text("work")
    for version in ("2", "3"):
        (course / LESSON).write_text(f"version {version}")
        fill(folder, course, version=version)
    assert contents(folder)[LESSON] == "work"
    assert contents(folder)["notebooks/01_toy.new-3.ipynb"] == "version 3"


def test_files_that_were_there_before_the_course_are_work(course, tmp_path):
    (tmp_path / "mine" / "notebooks").mkdir(parents=True)
    (tmp_path / "mine" / LESSON).write_text("my own first lesson")
    changes = fill(tmp_path / "mine", course, version="1")
    assert changes.beside == {LESSON: "notebooks/01_toy.new-1.ipynb"}
    assert contents(tmp_path / "mine")[LESSON] == "my own first lesson"


def test_a_deleted_file_comes_back(course, folder):
    (folder / LESSON).unlink()
    assert fill(folder, course, version="1").copied == [LESSON]


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"version": 3, "files": []}', "[" * 100_000])
def test_without_a_manifest_that_can_be_read_every_other_file_is_work(course, folder, damage):
    (folder / MANIFEST).write_text(damage)
    publish(course)
    assert fill(folder, course, version="2").beside == {LESSON: BESIDE}
    assert contents(folder)[LESSON] == f"{LESSON} of version 1"
    assert json.loads((folder / MANIFEST).read_text())["version"] == "2"


def test_an_older_course_changes_nothing_but_brings_what_is_missing(course, folder):
    publish(course)
    fill(folder, course, version="2")
    (course / LESSON).write_text("of version 1")
    (folder / "exercises/01_toy.ipynb").unlink()
    changes = fill(folder, course, version="1.9")
    assert changes.newer == "2" and changes.copied == ["exercises/01_toy.ipynb"]
    assert contents(folder)[LESSON] == f"{LESSON} of version 2"
    assert json.loads((folder / MANIFEST).read_text())["version"] == "2"


@pytest.mark.parametrize("kind", ["folder", "link to nothing", "link to a file outside"])
def test_what_only_has_a_files_name_is_left_alone(course, folder, tmp_path, kind):
    (folder / LESSON).unlink()
    outside = tmp_path / "outside.txt"
    if kind == "folder":
        (folder / LESSON).mkdir()
    else:
        (folder / LESSON).symlink_to(outside)
    if kind == "link to a file outside":
        outside.write_text("somebody's")
    publish(course)
    assert fill(folder, course, version="2").beside == {LESSON: BESIDE}
    assert outside.exists() == (kind == "link to a file outside")


def test_a_folder_that_is_a_file_gets_a_sentence(course, tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(WorkspaceProblem, match="cannot be put into .*: name another folder"):
        fill(tmp_path / "thesis.txt", course, version="1")
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_the_course_itself_is_no_learners_folder(course):
    with pytest.raises(WorkspaceProblem, match="is the course itself"):
        fill(course, course, version="1")
    with pytest.raises(WorkspaceProblem, match="is the course itself"):
        fill(origin.CLONE, course, version="1")


def test_an_installation_without_notebooks_says_so_before_anything_is_made(tmp_path):
    with pytest.raises(WorkspaceProblem, match="lacks its notebooks: install it anew"):
        fill(tmp_path / "mine", tmp_path / "nothing", version="1")
    assert not (tmp_path / "mine").exists()


# The command


@pytest.fixture
def started(monkeypatch, course, tmp_path):
    """Runs the command in an empty folder; keeps what would have been started."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr(origin, "course_folder", lambda: course)
    commands = []
    monkeypatch.setattr(lab_command.subprocess, "call", lambda command: commands.append(command))
    return commands


def invoke(*arguments: str):
    return CliRunner().invoke(main, ["lab", *arguments])


def test_jupyterlab_opens_in_the_folder_with_the_options_given(started):
    result = invoke("work", "--no-browser", "--port", "9000")
    assert result.exit_code == 0, result.output
    (command,) = started
    assert f"--ServerApp.root_dir={Path('work').resolve()}" in command
    assert command[-3:] == ["--no-browser", "--port", "9000"]
    assert f"Copied 4 files into {Path('work').resolve()}." in result.output


def test_without_a_folder_it_is_one_below_and_the_next_time_the_one_at_hand(started, monkeypatch):
    assert invoke("--no-browser").exit_code == 0
    assert (Path("unet-lessons") / LESSON).exists()
    monkeypatch.chdir("unet-lessons")
    assert invoke("--no-browser").exit_code == 0
    assert not Path("unet-lessons").exists()
    assert [command[-1] for command in started] == ["--no-browser"] * 2


def test_one_sentence_tells_where_the_new_version_lies(started, course):
    invoke("work", "--copy-only")
    (Path("work") / LESSON).write_text("work")
    publish(course)
    said = invoke("work", "--copy-only").output
    name = BESIDE.replace("2", lessons_lib.__version__)
    assert f"the new version lies beside it: {name}." in said
    assert started == []


def test_a_missing_jupyterlab_is_said_and_the_notebooks_are_there(started, monkeypatch):
    monkeypatch.setattr(lab_command.importlib.util, "find_spec", lambda name: None)
    result = invoke("work")
    assert result.exit_code == 1 and "pip install unet-lessons[lab]" in result.output
    assert (Path("work") / LESSON).exists() and started == []


def test_in_a_clone_the_command_makes_no_second_copy(started, monkeypatch):
    monkeypatch.chdir(origin.CLONE)
    result = invoke()
    assert result.exit_code == 1 and "`make lab` opens them" in result.output
    assert not (origin.CLONE / "unet-lessons").exists()


def test_the_version_is_said():
    assert CliRunner().invoke(main, ["--version"]).output == (
        f"unet-lessons, version {lessons_lib.__version__}\n"
    )
