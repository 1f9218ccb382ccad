"""Writes the first version of a task's module: it runs, and every line in it is to be replaced."""

import keyword
from collections.abc import Mapping
from pathlib import Path

from lessons_lib.authoring.notebooks import REPOSITORY
from lessons_lib.checks import LESSON_MODULES
from lessons_lib.checks.checker import OWN_NAMES, load_tasks

SKELETON = '''"""{name}: what it is about, in a few words."""

from lessons_lib.checks.task import Misconception, Task


def declare() -> Task:
    """Declares the exercise."""
    return Task(
        name="{name}",
        lesson={lesson},
        minutes=5,
        aim="Say in one sentence what {name} is to do.",
        signature="{name}(number)",
        hints=(
            "A nudge: where to look.",
            "Nearly the answer, but not yet the answer itself.",
        ),
        reference=_{name},
        cases=_numbers,
        misconceptions=MISCONCEPTIONS,
        why="Say in one sentence why it matters.",
    )


def _numbers() -> list[tuple]:
    """Returns the inputs of each case: the smallest first, none that the notebook shows."""
    return [(1,), (2,), (10,)]


def _{name}(number: float) -> float:
    """The right answer: call the library's own function here."""
    return 2 * number


MISCONCEPTIONS = (
    Misconception(
        "changes nothing",
        "Say what such an answer does, and what that leads to; not how to mend it.",
        lambda number: number,
    ),
)
'''


class ExerciseProblem(ValueError):
    """A new exercise that cannot be written, in a sentence for the author."""


def write_exercise(name: str, lesson: int, repository: Path = REPOSITORY) -> Path:
    """Writes the skeleton of a task into its lesson's package, and returns the new file.

    Args:
        name: of the task and its module, in lower case: ``"count_pets"``.
        lesson: 1 to 6.
        repository: the folder that holds ``lessons_lib``.

    Raises:
        ExerciseProblem: there is no such lesson, the name cannot be a function's, or it is taken.
    """
    packages = dict(enumerate(LESSON_MODULES, start=1))
    _require_free(name, lesson, packages)
    folder = repository.joinpath(*packages[lesson].split("."))
    path = folder / f"{name}.py"
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(SKELETON.format(name=name, lesson=lesson))
    except FileExistsError as problem:
        raise ExerciseProblem(f"{path.name} exists in {folder.name} and stays.") from problem
    except FileNotFoundError as problem:
        raise ExerciseProblem(f"There is no folder {folder}.") from problem
    return path


def _require_free(name: str, lesson: int, packages: Mapping[int, str]) -> None:
    if lesson not in packages:
        raise ExerciseProblem(f"The lessons with exercises are 1 to {len(packages)}, not {lesson}.")
    is_plain = name.isascii() and name.isidentifier() and name == name.lower()
    if not is_plain or name.startswith("_") or keyword.iskeyword(name):
        raise ExerciseProblem(
            f"An exercise is named like a function, in lower case: count_pets, not {name!r}."
        )
    if name in OWN_NAMES or name in load_tasks(LESSON_MODULES):
        raise ExerciseProblem(f"There is a check.{name} already: choose another name.")
