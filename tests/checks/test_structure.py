"""An answer goes one way through the stages of a check; a task's file opens with its task."""

import ast
import pkgutil
from pathlib import Path

import pytest

from lessons_lib import checks
from lessons_lib.checks import LESSON_MODULES

FOLDER = Path(checks.__file__).parent
STAGES = ("running", "observing", "comparing", "recognising", "patterns", "telling", "engine")
TASK_FILES = [
    path
    for package in LESSON_MODULES
    for path in sorted((FOLDER / package.rpartition(".")[2]).glob("*.py"))
    if path.name != "__init__.py"
]


def name_of_file(path):
    return f"{path.parent.name}-{path.stem}"


def read(path):
    return ast.parse(path.read_text("utf-8"))


def imported_when_loaded(path):
    return [node.module for node in read(path).body if isinstance(node, ast.ImportFrom)]


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_imports_no_later_one(stage):
    later = {f"lessons_lib.checks.{name}" for name in STAGES[STAGES.index(stage) :]}
    imported = [
        node.module
        for node in ast.walk(read(FOLDER / f"{stage}.py"))
        if isinstance(node, ast.ImportFrom)
    ]
    assert later.isdisjoint(imported)


def test_the_engine_calls_every_stage():
    imported = imported_when_loaded(FOLDER / "engine.py")
    assert {f"lessons_lib.checks.{name}" for name in STAGES[:-1]} <= set(imported)


@pytest.mark.parametrize("path", TASK_FILES, ids=name_of_file)
def test_a_tasks_file_opens_with_its_task_and_ends_with_its_misconceptions(path):
    _docstring, *statements = read(path).body
    written = [node for node in statements if not isinstance(node, ast.Import | ast.ImportFrom)]
    first, last = written[0], written[-1]
    assert isinstance(first, ast.FunctionDef) and first.name == "declare"
    assert isinstance(last, ast.Assign) and ast.unparse(last.targets[0]) == "MISCONCEPTIONS"


@pytest.mark.parametrize("path", TASK_FILES, ids=name_of_file)
def test_a_tasks_file_imports_what_it_needs_and_not_the_whole_package(path):
    assert "lessons_lib.checks" not in imported_when_loaded(path)


@pytest.mark.parametrize("package", LESSON_MODULES)
def test_every_task_of_a_package_is_listed_once(package):
    folder = FOLDER / package.rpartition(".")[2]
    listed = [
        node.value
        for node in ast.walk(read(folder / "__init__.py"))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    for module in pkgutil.iter_modules([str(folder)]):
        assert listed.count(module.name) == 1


@pytest.mark.parametrize("package", LESSON_MODULES)
def test_no_two_tasks_of_a_lesson_name_their_helpers_alike(package):
    """The grader is tried with wrong answers and their helpers, all in one notebook."""
    names = []
    for path in TASK_FILES:
        if path.parent.name == package.rpartition(".")[2]:
            for node in read(path).body:
                targets = node.targets if isinstance(node, ast.Assign) else [node]
                names += {getattr(one, "name", getattr(one, "id", None)) for one in targets}
    again = {name for name in names if name and names.count(name) > 1}
    assert again <= {"declare", "MISCONCEPTIONS"}
