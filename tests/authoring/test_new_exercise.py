"""A new exercise's skeleton has the shape of a task, and overwrites nothing."""

import importlib.util

import pytest
from click.testing import CliRunner

from lessons_lib.authoring.exercise_table import trials
from lessons_lib.checks import LESSON_MODULES, Task
from lessons_lib.commands.exercises import exercises


@pytest.fixture
def repository(tmp_path):
    """A folder that holds the packages of the lessons, without their tasks."""
    for package in LESSON_MODULES:
        tmp_path.joinpath(*package.split(".")).mkdir(parents=True)
    return tmp_path


def run_new(repository, name, lesson):
    arguments = ["new", name, "--lesson", str(lesson), "--repository", str(repository)]
    return CliRunner().invoke(exercises, arguments)


def declare_task(path) -> Task:
    specification = importlib.util.spec_from_file_location("skeleton", path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module.declare()


@pytest.mark.parametrize("lesson", range(1, len(LESSON_MODULES) + 1))
def test_a_skeleton_is_a_task_whose_answers_are_all_told_apart(repository, lesson):
    assert run_new(repository, "count_pets", lesson).exit_code == 0
    folder = repository.joinpath(*LESSON_MODULES[lesson - 1].split("."))
    task = declare_task(folder / "count_pets.py")
    assert (task.name, task.lesson, task.kind) == ("count_pets", lesson, "function")
    assert len(task.cases()) > 1
    tried = list(trials(task))
    assert {trial.kind for trial in tried} == {
        "right",
        "not attempted",
        "crashing",
        "endless",
        "wrong",
    }
    for trial in tried:
        result = trial.result()
        assert (result.outcome, result.misconception) == (trial.outcome, trial.misconception)


def test_the_author_is_told_which_file_it_is_and_what_comes_next(repository):
    assert run_new(repository, "count_pets", 4).output == (
        "Written: lessons_lib/checks/training/count_pets.py. "
        'Put "count_pets" into TASKS in the __init__.py beside it when it is ready.\n'
    )


def test_a_file_that_exists_stays_as_it_is(repository):
    path = repository / "lessons_lib" / "checks" / "training" / "common_words.py"
    path.write_text("mine")
    failed = run_new(repository, "common_words", 4)
    assert (failed.exit_code, failed.output) == (
        1,
        "Error: common_words.py exists in training and stays.\n",
    )
    assert path.read_text() == "mine"


@pytest.mark.parametrize(
    ("name", "lesson", "said"),
    [
        ("CountPets", 1, "named like a function, in lower case: count_pets, not 'CountPets'"),
        ("count pets", 1, "not 'count pets'"),
        ("../count_pets", 1, "not '../count_pets'"),
        ("_count", 1, "not '_count'"),
        ("lambda", 1, "not 'lambda'"),
        ("2nd", 1, "not '2nd'"),
        ("zählen", 1, "not 'zählen'"),
        ("hint", 1, "There is a check.hint already: choose another name."),
        ("freeze", 1, "There is a check.freeze already: choose another name."),
        ("count_pets", 0, "The lessons with exercises are 1 to 6, not 0."),
        ("count_pets", 7, "The lessons with exercises are 1 to 6, not 7."),
    ],
)
def test_a_name_or_lesson_that_will_not_do_gets_one_sentence(repository, name, lesson, said):
    failed = run_new(repository, name, lesson)
    assert failed.exit_code == 1
    assert failed.output.startswith("Error: ")
    assert failed.output.endswith(f"{said}\n") or failed.output.endswith(f"{said}.\n")
    assert list(repository.rglob("*.py")) == []
