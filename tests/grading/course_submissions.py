"""Makes a class's submissions of the course's own exercise notebooks, and says what each deserves.

Right answers are those of solutions/, untouched ones those of exercises/, and wrong ones are the
known wrong answers of the tasks themselves, written out as a learner would have them in a cell.
"""

import ast
import importlib
import inspect
import itertools
import json
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import nbformat

from lessons_lib.authoring.exercises import checked_task
from lessons_lib.authoring.notebooks import REPOSITORY, to_bytes
from lessons_lib.checks import LESSON_MODULES, Misconception, Task, load_tasks
from lessons_lib.checks.result import NOT_ATTEMPTED, RAISED, RIGHT, WRONG
from lessons_lib.grading.answers import find_statements, needed_for
from lessons_lib.grading.grade_folder import UNREADABLE

TASKS = load_tasks(LESSON_MODULES)
NOTEBOOKS = {int(path.name[:2]): path for path in (REPOSITORY / "solutions").glob("*.ipynb")}
CRASHES, NEVER_ENDS, ENDS_PYTHON = "crashes", "never ends", "ends Python"
RAISING = {
    CRASHES: "1 / 0",
    NEVER_ENDS: "while True: pass",
    ENDS_PYTHON: "__import__('os')._exit(3)",
}


def tasks_of(lesson: int) -> list[Task]:
    """Returns a lesson's tasks in their order."""
    return [task for task in TASKS.values() if task.lesson == lesson]


# --- answers, as text --------------------------------------------------------------------------


def answer_cells(folder: str, lesson: int) -> dict[str, str]:
    """Returns the source of each task's answer cell in solutions/ or exercises/."""
    notebook = nbformat.read(REPOSITORY / folder / NOTEBOOKS[lesson].name, as_version=4)
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    return {
        checked_task(after): "\n".join(
            line for line in cell.splitlines() if not line.strip().startswith("### ")
        )
        for cell, after in itertools.pairwise(cells)
        if checked_task(after)
    }


def imports_of(lesson: int) -> str:
    """Returns the first code cell of a lesson's exercises."""
    notebook = nbformat.read(NOTEBOOKS[lesson], as_version=4)
    return next(cell.source for cell in notebook.cells if cell.cell_type == "code")


def wrong_answer(task: Task, misconception: Misconception) -> str:
    """Writes a misconception's wrong answer as a cell: what it needs, then the answer itself."""
    module = inspect.getsource(_module_of(task))
    wrong = _wrong_expression(ast.parse(module), misconception.name)
    assignment = f"{task.name} = {ast.unparse(wrong)}"
    *helpers, _ = needed_for(task.name, find_statements([module, assignment]))
    nodes = [helper.node for helper in helpers]
    if isinstance(wrong, ast.Name):
        for node in nodes:
            if getattr(node, "name", None) == wrong.id:
                node.name = task.name
        return "\n\n".join(map(ast.unparse, nodes))
    if isinstance(wrong, ast.Lambda):
        head = f"def {task.name}({ast.unparse(wrong.args)}):"
        assignment = f"{head}\n    return {ast.unparse(wrong.body)}"
    return "\n\n".join([*map(ast.unparse, nodes), assignment])


def _module_of(task: Task) -> ModuleType:
    """Finds the file in which a task is declared."""
    package = importlib.import_module(LESSON_MODULES[task.lesson - 1])
    names = [found.name for found in pkgutil.iter_modules(package.__path__)]
    modules = [importlib.import_module(f"{package.__name__}.{name}") for name in names]
    return next(module for module in modules if module.declare().name == task.name)


def _wrong_expression(module: ast.Module, misconception: str) -> ast.expr:
    """Finds what stands for ``wrong`` in the declaration of a misconception."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Misconception":
            parts = dict(zip(("name", "message", "wrong"), node.args, strict=False))
            parts |= {keyword.arg: keyword.value for keyword in node.keywords}
            if ast.literal_eval(parts["name"]) == misconception:
                # Several related answers come as keywords, from one call: **both_ways(...).
                together = ast.Subscript(parts.get(None), ast.Constant("wrong"))
                return parts.get("wrong", together)
    raise LookupError(f"No misconception is called {misconception!r}.")


def raising_answer(task: Task, way: str) -> str:
    """Writes an answer that raises when it is called, or made."""
    if task.kind == "value":
        return f"{task.name} = 1 / 0"
    if task.kind == "class":
        return f"class {task.name}:\n    def __init__(self, *given):\n        {RAISING[way]}"
    return f"def {task.signature}:\n    {RAISING[way]}"


# --- what happens to notebooks -----------------------------------------------------------------

Cells = list[str]


def moved(cells: Cells) -> Cells:
    """Turns the order of the cells round."""
    return cells[::-1]


def split(cells: Cells) -> Cells:
    """Cuts each answer in two, inside the function."""
    parts = []
    for cell in cells:
        lines = cell.splitlines()
        inside = [number for number, line in enumerate(lines) if line[:1].isspace()]
        cut = inside[-1] if inside else len(lines)
        parts += ["\n".join(lines[:cut]), "\n".join(lines[cut:])]
    return [part for part in parts if part]


def doubled(cells: Cells) -> Cells:
    """Repeats every cell."""
    return [cell for cell in cells for _ in range(2)]


def pasted_below_itself(cells: Cells) -> Cells:
    """Puts the untouched cells of all five exercises below the answers."""
    untouched = [answer_cells("exercises", lesson).values() for lesson in NOTEBOOKS]
    return cells + [cell for lesson in untouched for cell in lesson]


def without_first_cell(cells: Cells) -> Cells:
    """Loses the cell with the imports."""
    return cells[1:]


def broken_elsewhere(cells: Cells) -> Cells:
    """Puts broken lines above and between the answers, and cells that are no Python."""
    return [part for cell in cells for part in (f"print('here'\n\n{cell}", "def (", "for x in")]


def with_commands(cells: Cells) -> Cells:
    """Puts notebook commands above the answers, and shell commands between them."""
    return [part for cell in cells for part in (f"%%time\n{cell}", "!ls -l\n%matplotlib inline")]


def harmful_elsewhere(cells: Cells) -> Cells:
    """Puts cells between the answers that would stop whoever ran the notebook."""
    harm = ["raise SystemExit", "import os; os._exit(1)", "while True: pass", "input('name?')"]
    return [part for number, cell in enumerate(cells) for part in (harm[number % 4], cell)]


def to_notebook(cells: Cells) -> bytes:
    """Writes cells as a notebook in today's format."""
    written = [
        nbformat.v4.new_code_cell(cell, id=f"cell-{number}") for number, cell in enumerate(cells)
    ]
    return to_bytes(nbformat.v4.new_notebook(cells=written))


def to_old_format(cells: Cells) -> bytes:
    """Writes cells as before 2015, without ids or metadata."""
    written = [{"cell_type": "code", "input": cell.splitlines(keepends=True)} for cell in cells]
    return json.dumps({"nbformat": 3, "worksheets": [{"cells": written}]}).encode()


def to_text_cells(cells: Cells) -> bytes:
    """Turns every cell into text, as the key M does, and loses ids and all metadata."""
    written = [{"cell_type": "markdown", "source": cell} for cell in cells]
    return json.dumps({"nbformat": 4, "cells": written}).encode()


def cut_in_the_middle(cells: Cells) -> bytes:
    """Ends half way, as an upload that was broken off."""
    content = to_notebook(cells)
    return content[: len(content) // 2]


@dataclass(frozen=True)
class Damage:
    """What happens to a notebook on its way from the answers to the teacher.

    Attributes:
        change: of the cells.
        write: makes the file.
        file_name: another one than the exercise's, or empty.
        readable: whether the answers can still be found.
    """

    change: Callable[[Cells], Cells] = list
    write: Callable[[Cells], bytes] = to_notebook
    file_name: str = ""
    readable: bool = True


DAMAGES = {
    "none": Damage(),
    "moved": Damage(moved),
    "split": Damage(split),
    "doubled": Damage(doubled),
    "pasted": Damage(pasted_below_itself),
    "no_imports": Damage(without_first_cell),
    "broken": Damage(broken_elsewhere),
    "commands": Damage(with_commands),
    "harmful": Damage(harmful_elsewhere),
    "old": Damage(write=to_old_format),
    "text": Damage(write=to_text_cells),
    "renamed": Damage(file_name="Homework (final).ipynb"),
    "cut": Damage(write=cut_in_the_middle, readable=False),
}


# --- submissions -------------------------------------------------------------------------------


@dataclass(frozen=True)
class CourseSubmission:
    """One student's notebook.

    Attributes:
        student: a name.
        lesson: 1 to 5.
        damage: a key of ``DAMAGES``.
        answers: by task, what is not right: a misconception's name, one of ``RAISING``, or
            "not attempted".
    """

    student: str
    lesson: int
    damage: str = "none"
    answers: dict[str, str] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Writes the notebook into the student's folder."""
        right = answer_cells("solutions", self.lesson)
        untouched = answer_cells("exercises", self.lesson)
        cells = [imports_of(self.lesson)]
        for task in tasks_of(self.lesson):
            given = self.answers.get(task.name, RIGHT)
            if given in (RIGHT, NOT_ATTEMPTED):
                source = (right if given == RIGHT else untouched)[task.name]
            elif given in RAISING:
                source = raising_answer(task, given)
            else:
                known = {item.name: item for item in task.misconceptions}
                source = wrong_answer(task, known[given])
            cells += [source, f"check.{task.name}({task.name})"]
        damage = DAMAGES[self.damage]
        path = folder / self.student / (damage.file_name or NOTEBOOKS[self.lesson].name)
        path.parent.mkdir(parents=True)
        path.write_bytes(damage.write(damage.change(cells)))

    def expected_rows(self) -> list[tuple[str, str, str, str, str]]:
        """Returns student, lesson, task, outcome and misconception of each row to be graded."""
        if not DAMAGES[self.damage].readable:
            return [(self.student, str(self.lesson), "", UNREADABLE, "")]
        return [
            (self.student, str(self.lesson), task.name, *self._expected(task.name))
            for task in tasks_of(self.lesson)
        ]

    def _expected(self, task: str) -> tuple[str, str]:
        given = self.answers.get(task, RIGHT)
        if given in (RIGHT, NOT_ATTEMPTED):
            return given, ""
        return (RAISED, "") if given in RAISING else (WRONG, given)


def partly_right(lesson: int, number: int) -> dict[str, str]:
    """Returns answers of which one is right, one missing, one crashes and the others are wrong.

    Args:
        lesson: 1 to 5.
        number: of the student: each makes other mistakes.
    """
    tasks = tasks_of(lesson)
    answers = {}
    for place, task in enumerate(tasks):
        turn = (place + number) % len(tasks)
        others = {0: RIGHT, 1: NOT_ATTEMPTED, 2: CRASHES}
        mistake = task.misconceptions[(number + place) % len(task.misconceptions)].name
        answers[task.name] = others.get(turn, mistake)
    return answers


def all_wrong(lesson: int, number: int) -> dict[str, str]:
    """Returns answers that are all wrong in a known way, each student's in another."""
    return {
        task.name: task.misconceptions[number % len(task.misconceptions)].name
        for task in tasks_of(lesson)
    }
