"""Tests of deriving exercise notebooks from solutions, and of the solutions as nbgrader sources."""

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner

from lessons_lib.authoring.exercises import (
    build_exercises,
    checked_task,
    derive_exercise,
    mark_for_nbgrader,
    put_placeholders,
)
from lessons_lib.authoring.notebooks import REPOSITORY, NotebookProblem, execute, to_bytes
from lessons_lib.checks import LESSON_MODULES, load_tasks
from lessons_lib.commands.exercises import exercises

TOY_FOLDER = Path(__file__).parents[1] / "checks"
SETUP = (
    "import numpy as np\nfrom lessons_lib.checks import Checker\n\ncheck = Checker(['toy_lesson'])"
)
SHARE = '''def share(numbers):
    """Returns the share of positive numbers."""
    ### BEGIN SOLUTION
    positive = np.asarray(numbers) > 0
    return float(positive.mean())
    ### END SOLUTION'''
BORDER = "# Measured above.\n### BEGIN SOLUTION\nborder = 3\n### END SOLUTION"


def make_solution():
    cells = [
        nbformat.v4.new_markdown_cell("# Toy", id="title"),
        nbformat.v4.new_code_cell(SETUP, id="setup"),
        nbformat.v4.new_code_cell(SHARE, id="share", metadata={"tags": ["keep"], "scrolled": True}),
        nbformat.v4.new_code_cell("check.share(share)", id="check-share", execution_count=3),
        nbformat.v4.new_code_cell("# check.hint('share')", id="hint-share"),
        nbformat.v4.new_code_cell(BORDER, id="border"),
        nbformat.v4.new_code_cell("check.border(border)", id="check-border"),
        nbformat.v4.new_code_cell("check.progress()", id="progress"),
    ]
    cells[3].outputs = [nbformat.v4.new_output("stream", text="an output")]
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


@pytest.fixture
def repository(tmp_path):
    (tmp_path / "solutions").mkdir()
    (tmp_path / "solutions" / "01_toy.ipynb").write_bytes(to_bytes(make_solution()))
    return tmp_path


def edit(path, change):
    notebook = nbformat.read(path, as_version=4)
    change(notebook)
    path.write_bytes(to_bytes(notebook))


def run_notebook(notebook, folder):
    environment = dict(os.environ, PYTHONPATH=str(TOY_FOLDER))
    executed = execute(notebook, folder / "01_toy.ipynb", environment=environment)
    return {cell.id: cell.outputs for cell in executed.cells if cell.cell_type == "code"}


def test_an_exercise_keeps_ids_kernel_and_tags_and_loses_outputs():
    exercise = derive_exercise(mark_for_nbgrader(make_solution()))
    assert [cell.id for cell in exercise.cells] == [cell.id for cell in make_solution().cells]
    assert exercise.metadata.kernelspec == make_solution().metadata.kernelspec
    assert exercise.cells[2].metadata.tags == ["keep"]
    assert "scrolled" not in exercise.cells[2].metadata
    for cell in exercise.cells[1:]:
        assert (cell.outputs, cell.execution_count) == ([], None)
    assert "SOLUTION" not in str(exercise)


def test_a_functions_body_becomes_a_placeholder_that_raises():
    assert put_placeholders(SHARE).splitlines() == [
        "def share(numbers):",
        '    """Returns the share of positive numbers."""',
        '    raise NotImplementedError("Write your answer here")',
    ]


def test_a_method_is_indented_as_it_was_and_what_surrounds_it_stays():
    source = (
        "%matplotlib inline\nclass A:\n    def b(self):\n        ### BEGIN SOLUTION\n        pass\n"
        "        ### END SOLUTION\n\n    c = 3"
    )
    assert put_placeholders(source).splitlines()[3:] == [
        '        raise NotImplementedError("Write your answer here")',
        "",
        "    c = 3",
    ]


def test_values_become_dots():
    source = "### BEGIN SOLUTION\na, b = 1, 2\nc = [x for x in 'ab']\na += 1\n### END SOLUTION"
    names = [line.partition(" = ...")[0] for line in put_placeholders(source).splitlines()]
    assert names == ["a", "b", "c"]
    assert put_placeholders(BORDER) == "# Measured above.\nborder = ...  # Write your answer here"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("### BEGIN SOLUTION\na = 1", "without '### END SOLUTION'"),
        ("a = 1\n### END SOLUTION", "is not where it can stand"),
        ("### BEGIN SOLUTION\n### BEGIN SOLUTION\na = 1\n### END SOLUTION", "not where it can"),
        ("## BEGIN SOLUTION\na = 1\n### END SOLUTION", "'## BEGIN SOLUTION' is not where"),
        ("### BEGIN SOLUTION\ndef f(): pass\n### END SOLUTION", "after the `def` line"),
        ("### BEGIN SOLUTION\nprint(1)\n### END SOLUTION", "has to assign a name"),
        ("if x:\n### BEGIN SOLUTION\n    y = 1\n### END SOLUTION", "has to assign|is not Python"),
    ],
)
def test_marks_that_do_not_match_are_told_with_their_cell(source, said):
    with pytest.raises(NotebookProblem, match=said) as problem:
        put_placeholders(source, where="solutions/01_toy.ipynb, cell 3")
    assert str(problem.value).startswith("solutions/01_toy.ipynb, cell 3: ")


def test_a_solution_without_marks_is_told():
    notebook = make_solution()
    notebook.cells = notebook.cells[:2]
    with pytest.raises(NotebookProblem, match="nothing is left to write"):
        derive_exercise(notebook)


@pytest.mark.parametrize(
    ("source", "task"),
    [
        ("check.share(share)", "share"),
        ("a = 1\ncheck.share(\n    share\n)", "share"),
        ("check.progress()", None),
        ("# check.share(share)", None),
        ("check.share(", None),
        ("other.share(share)", None),
    ],
)
def test_the_checked_task_of_a_cell(source, task):
    assert checked_task(source) == task


def test_building_twice_gives_the_same_bytes_and_says_unchanged(repository):
    assert build_exercises(repository) == {"01_toy": "written"}
    built = (repository / "exercises" / "01_toy.ipynb").read_bytes()
    solution = (repository / "solutions" / "01_toy.ipynb").read_bytes()
    assert build_exercises(repository) == {"01_toy": "unchanged"}
    assert build_exercises(repository, check=True) == {"01_toy": "in step"}
    assert (repository / "exercises" / "01_toy.ipynb").read_bytes() == built
    assert (repository / "solutions" / "01_toy.ipynb").read_bytes() == solution


def test_building_adds_nothing_to_a_solution_but_nbgraders_metadata(repository):
    path = repository / "solutions" / "01_toy.ipynb"
    build_exercises(repository)
    after = nbformat.read(path, as_version=4)
    assert after.cells[3].metadata.nbgrader.points == 1
    assert after.cells[2].metadata.nbgrader.grade_id == "answer-share"
    for cell in after.cells:
        cell.metadata.pop("nbgrader", None)
    assert after == make_solution()


def test_points_that_a_teacher_gave_stay(repository):
    path = repository / "solutions" / "01_toy.ipynb"
    build_exercises(repository)
    edit(path, lambda notebook: notebook.cells[3].metadata.nbgrader.update(points=4))
    build_exercises(repository)
    assert nbformat.read(path, as_version=4).cells[3].metadata.nbgrader.points == 4


def test_check_fails_where_a_solution_was_changed_without_building(repository):
    build_exercises(repository)
    path = repository / "solutions" / "01_toy.ipynb"
    edit(path, lambda notebook: notebook.cells[0].update(source="# Another title"))
    before = (repository / "exercises" / "01_toy.ipynb").read_bytes()
    with pytest.raises(NotebookProblem, match="exercises/01_toy.ipynb is out of step"):
        build_exercises(repository, check=True)
    assert (repository / "exercises" / "01_toy.ipynb").read_bytes() == before
    assert build_exercises(repository) == {"01_toy": "written"}


def test_check_fails_where_an_exercise_is_missing_or_a_solution_is_not_marked(repository):
    with pytest.raises(NotebookProblem, match="lacks nbgrader's metadata"):
        build_exercises(repository, check=True)
    build_exercises(repository)
    (repository / "exercises" / "01_toy.ipynb").unlink()
    with pytest.raises(NotebookProblem, match="out of step"):
        build_exercises(repository, check=True)


def test_a_learners_work_is_never_overwritten_silently(repository):
    build_exercises(repository)
    target = repository / "exercises" / "01_toy.ipynb"
    edit(target, lambda notebook: notebook.cells[2].update(source="def share(numbers): return 1"))
    work = target.read_bytes()
    with pytest.raises(NotebookProblem, match="has been worked in, so it is left as it is"):
        build_exercises(repository)
    with pytest.raises(NotebookProblem, match="has been worked in"):
        build_exercises(repository, check=True)
    assert target.read_bytes() == work
    assert build_exercises(repository, force=True) == {"01_toy": "written"}


def test_an_exercise_that_was_only_run_is_not_work(repository):
    build_exercises(repository)
    target = repository / "exercises" / "01_toy.ipynb"
    built = target.read_bytes()

    def run(notebook):
        notebook.cells[1].execution_count = 1
        notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="hi")]
        notebook.metadata["language_info"] = {"name": "python", "version": "3.11.7"}

    edit(target, run)
    assert build_exercises(repository) == {"01_toy": "written"}
    assert target.read_bytes() == built


def test_other_files_in_the_folder_are_left_alone(repository):
    build_exercises(repository)
    mine = repository / "exercises" / "my_notes.ipynb"
    mine.write_bytes(to_bytes(nbformat.v4.new_notebook()))
    build_exercises(repository)
    (repository / "exercises" / "01_toy.ipynb").rename(repository / "exercises" / "09_old.ipynb")
    with pytest.raises(NotebookProblem, match="exercises/09_old.ipynb has no solution any more"):
        build_exercises(repository)
    assert mine.exists()


def test_a_target_that_is_no_notebook_is_taken_for_work(repository):
    (repository / "exercises").mkdir()
    (repository / "exercises" / "01_toy.ipynb").write_text("my notes")
    with pytest.raises(NotebookProblem, match="has been worked in"):
        build_exercises(repository)


def test_cells_without_ids_are_told(repository):
    path = repository / "solutions" / "01_toy.ipynb"
    content = json.loads(path.read_text())
    del content["cells"][0]["id"]
    path.write_text(json.dumps(content))
    with pytest.raises(NotebookProblem, match="solutions/01_toy.ipynb has cells without an id"):
        build_exercises(repository)


def test_the_command_builds_checks_and_fails_in_a_sentence(repository):
    def run(*options):
        return CliRunner().invoke(exercises, ["build", "--repository", str(repository), *options])

    assert run().output == "exercises/01_toy: written\n"
    assert run("--check").output == "exercises/01_toy: in step\n"
    path = repository / "solutions" / "01_toy.ipynb"
    edit(path, lambda notebook: notebook.cells[0].update(source="# Another"))
    failed = run("--check")
    assert failed.exit_code == 1
    assert failed.output.startswith("Error: exercises/01_toy.ipynb is out of step")


COURSE_SOLUTIONS = sorted((REPOSITORY / "solutions").glob("*.ipynb"))


def test_the_courses_exercises_are_in_step_with_its_solutions():
    assert set(build_exercises(check=True).values()) == {"in step"}


@pytest.mark.parametrize("path", COURSE_SOLUTIONS, ids=lambda path: path.stem)
def test_a_solution_checks_every_task_of_its_lesson_once_and_all_are_right(path):
    solution = nbformat.read(path, as_version=4)
    checks = {checked_task(cell.source): cell for cell in solution.cells if "check." in cell.source}
    names = [checked_task(cell.source) for cell in solution.cells if cell.cell_type == "code"]
    lesson = int(path.name[:2])
    tasks = [task for task in load_tasks(LESSON_MODULES).values() if task.lesson == lesson]
    assert [name for name in names if name] == [task.name for task in tasks]
    for task in tasks:
        assert checks[task.name].outputs[0].data["text/plain"].startswith("✓ Right: ")


@pytest.mark.slow
@pytest.mark.parametrize("path", COURSE_SOLUTIONS, ids=lambda path: path.stem)
def test_an_untouched_exercise_of_the_course_runs_and_says_not_attempted(path):
    exercise = nbformat.read(REPOSITORY / "exercises" / path.name, as_version=4)
    executed = execute(exercise, path, environment=dict(os.environ))
    for cell in executed.cells:
        if cell.cell_type == "code" and checked_task(cell.source):
            assert cell.outputs[0].data["text/plain"].startswith("○ Not attempted: ")


def test_an_untouched_exercise_runs_without_an_error_and_says_not_attempted(tmp_path):
    outputs = run_notebook(derive_exercise(make_solution()), tmp_path)
    for name in ("check-share", "check-border"):
        assert outputs[name][0].data["text/plain"].startswith("○ Not attempted")
    assert "0 of 4 right" in outputs["progress"][0].data["text/plain"]


def test_a_solution_passes_its_own_checks(tmp_path):
    outputs = run_notebook(make_solution(), tmp_path)
    assert outputs["check-share"][0].data["text/plain"] == "✓ Right: share. Shares are comparable."
    assert "✓ Right" in outputs["check-border"][0].data["text/plain"]


@pytest.mark.slow
def test_nbgrader_releases_grades_and_comments_a_solution(tmp_path, monkeypatch):
    """The whole cycle of a course: two students, one of them with one wrong answer."""
    pytest.importorskip("nbgrader", reason="the teaching extra is not installed")
    from nbgrader.api import Gradebook

    course = tmp_path / "course"
    source = course / "source" / "toy"
    source.mkdir(parents=True)
    marked = mark_for_nbgrader(make_solution())
    (source / "01_toy.ipynb").write_bytes(to_bytes(marked))
    for name in ("HOME", "JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    monkeypatch.setenv("PYTHONPATH", str(TOY_FOLDER))
    # nbgrader calls its data base tool by name, whether or not the environment is activated.
    scripts = str(Path(sys.executable).parent)
    monkeypatch.setenv("PATH", os.pathsep.join([scripts, os.environ["PATH"]]))

    def nbgrader(*arguments):
        finished = subprocess.run(
            [sys.executable, "-m", "nbgrader", *arguments, f"--course-dir={course}"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert finished.returncode == 0, finished.stderr

    nbgrader("generate_assignment", "toy")
    released = nbformat.read(course / "release" / "toy" / "01_toy.ipynb", as_version=4)
    assert "positive.mean()" not in str(released)

    answers = {"anna": marked, "ben": derive_exercise(marked)}
    for student, notebook in answers.items():
        folder = course / "submitted" / student / "toy"
        folder.mkdir(parents=True)
        if student == "ben":  # who got one of two right, in the exercise of this course
            notebook.cells[5].source = "border = 3"
        (folder / "01_toy.ipynb").write_bytes(to_bytes(notebook))
    nbgrader("autograde", "toy")
    nbgrader("generate_feedback", "toy")

    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        scores = {student: gradebook.find_submission("toy", student).score for student in answers}
        assert gradebook.find_assignment("toy").max_score == 2
    assert scores == {"anna": 2, "ben": 1}
    feedback = (course / "feedback" / "ben" / "toy" / "01_toy.html").read_text("utf-8")
    assert "Not attempted: share" in feedback
