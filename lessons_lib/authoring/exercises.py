"""Derives the exercise notebooks from the solutions: what the learner is to write is taken out.

``solutions/NN_name.ipynb`` is the only source; its shape is told in ``lessons_lib.checks``. The
same solution always gives the same exercise, byte for byte. An exercise notebook carries a digest
of its own cells, so that one in which somebody has worked is known, and never overwritten.

The marks and the cells' metadata are nbgrader's, so a solution is an nbgrader source as well.
"""

import ast
import hashlib
import json
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from lessons_lib.authoring.notebooks import (
    COURSE_METADATA,
    REPOSITORY,
    NotebookProblem,
    copy_notebook,
    read_notebook,
    to_bytes,
    write_if_changed,
)
from lessons_lib.checks.task import PLACEHOLDER
from lessons_lib.notebook_cells import parse_cell

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
DIGEST = "exercise_digest"
KEPT_CELL_METADATA = ("tags", "nbgrader", "slideshow", "jupyter")
NOT_TASKS = ("hint", "progress")
BUILD = "python -m lessons_lib exercises build"


def build_exercises(
    repository: Path = REPOSITORY, *, check: bool = False, force: bool = False
) -> dict[str, str]:
    """Brings ``exercises/`` in step with ``solutions/``.

    Where a solution lacks nbgrader's metadata, they are added to it; nothing else of it changes.

    Args:
        repository: the folder that holds both.
        check: write nothing; say what is out of step.
        force: also overwrite exercise notebooks in which somebody has worked.

    Returns:
        For each exercise notebook "written" or "unchanged"; with ``check``, "in step".

    Raises:
        NotebookProblem: a solution is not in the agreed shape, an exercise notebook has been
            worked in or has no solution, or (with ``check``) something is out of step. It tells
            of all notebooks; those in order are written nevertheless.
    """
    solutions = sorted((repository / "solutions").glob("*.ipynb"))
    if not solutions:
        raise NotebookProblem(f"There are no solutions in {repository / 'solutions'}.")
    outcomes, problems = {}, []
    for path in solutions:
        target = repository / "exercises" / path.name
        try:
            outcomes[path.stem] = _build_one(path, target, check=check, force=force)
        except NotebookProblem as problem:
            problems.append(str(problem))
    names = {path.name for path in solutions}
    for path in sorted((repository / "exercises").glob("*.ipynb")):
        if path.name not in names and _recorded_digest(path) is not None:
            problems.append(f"exercises/{path.name} has no solution any more: delete it.")
    if problems:
        raise NotebookProblem("\n".join(problems))
    return outcomes


def _build_one(path: Path, target: Path, *, check: bool, force: bool) -> str:
    solution = _read_solution(path)
    marked = mark_for_nbgrader(solution)
    content = to_bytes(derive_exercise(marked, name=path.name))
    is_marked = marked == solution
    exists = target.exists()
    if exists and target.read_bytes() != content and has_been_worked_in(target) and not force:
        raise NotebookProblem(
            f"exercises/{target.name} has been worked in, so it is left as it is: copy it "
            f"elsewhere and restore it, or overwrite it by `{BUILD} --force`."
        )
    if check:
        if not is_marked:
            raise NotebookProblem(
                f"solutions/{path.name} lacks nbgrader's metadata: run `{BUILD}`."
            )
        if not exists or target.read_bytes() != content:
            raise NotebookProblem(
                f"exercises/{target.name} is out of step with its solution: run `{BUILD}`."
            )
        return "in step"
    if not is_marked:
        write_if_changed(path, to_bytes(marked))
    return "written" if write_if_changed(target, content) else "unchanged"


def _read_solution(path: Path) -> NotebookNode:
    # nbformat gives new random identifiers to cells without one, other ones at each reading.
    try:
        cells = json.loads(path.read_text("utf-8"))["cells"]
        all_named = all("id" in cell for cell in cells)
    except (ValueError, KeyError, TypeError):  # no notebook: reading it will say so
        all_named = True
    if not all_named:
        raise NotebookProblem(
            f"solutions/{path.name} has cells without an id: "
            "run `python -m lessons_lib notebooks refresh` first."
        )
    return read_notebook(path)


def derive_exercise(solution: NotebookNode, *, name: str = "notebook") -> NotebookNode:
    """Returns the exercise notebook of a solution: placeholders, no outputs, a digest.

    Args:
        solution: a notebook in the shape that ``lessons_lib.checks`` describes; stays as it is.
        name: its file's name, for errors.

    Raises:
        NotebookProblem: marks that do not match, no marks at all, or a rest that is not Python.
    """
    exercise = copy_notebook(solution)
    for number, cell in enumerate(exercise.cells, start=1):
        cell.metadata = nbformat.from_dict(
            {key: cell.metadata[key] for key in KEPT_CELL_METADATA if key in cell.metadata}
        )
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
            cell.source = put_placeholders(cell.source, where=f"solutions/{name}, cell {number}")
    if not any(PLACEHOLDER in cell.source for cell in exercise.cells):
        raise NotebookProblem(f"solutions/{name} has no {BEGIN!r}: nothing is left to write.")
    exercise.metadata.pop(COURSE_METADATA, None)
    exercise.metadata[COURSE_METADATA] = nbformat.from_dict({DIGEST: cells_digest(exercise)})
    return exercise


def put_placeholders(source: str, *, where: str = "cell") -> str:
    """Returns a cell's source with a placeholder for what stands between each pair of marks.

    Inside a function the placeholder raises, so that a check knows nothing has been written.
    At the left margin, where raising would end the run of the notebook, the names that the
    solution assigns become ``...``.

    Raises:
        NotebookProblem: marks that do not match, or a rest that is not Python.
    """
    kept: list[str] = []
    solution: list[str] | None = None
    indent = ""
    for line in source.split("\n"):
        mark = line.strip()
        if mark == BEGIN and solution is None:
            solution, indent = [], line[: len(line) - len(line.lstrip())]
        elif mark == END and solution is not None:
            kept += _placeholder_lines(solution, indent, where)
            solution = None
        elif mark in (BEGIN, END) or "BEGIN SOLUTION" in mark or "END SOLUTION" in mark:
            raise NotebookProblem(f"{where}: {mark!r} is not where it can stand: {BEGIN}, {END}.")
        elif solution is None:
            kept.append(line)
        else:
            solution.append(line)
    if solution is not None:
        raise NotebookProblem(f"{where}: {BEGIN!r} without {END!r}.")
    rest = "\n".join(kept)
    if rest != source and parse_cell(rest) is None:
        raise NotebookProblem(f"{where}: without the solution, what is left is not Python.")
    return rest


def _placeholder_lines(solution: list[str], indent: str, where: str) -> list[str]:
    if indent:
        return [f'{indent}raise NotImplementedError("{PLACEHOLDER}")']
    tree = parse_cell("\n".join(solution))
    statements = tree.body if tree is not None else []
    if any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in statements):
        raise NotebookProblem(f"{where}: put {BEGIN!r} after the `def` line, indented.")
    names = [
        name.id
        for statement in statements
        for node in ast.walk(statement)
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        for name in ast.walk(target)
        if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
    ]
    if not names:
        raise NotebookProblem(f"{where}: a solution at the left margin has to assign a name.")
    return [f"{name} = ...  # {PLACEHOLDER}" for name in dict.fromkeys(names)]


def cells_digest(notebook: NotebookNode) -> str:
    """Returns a digest of what a person writes: kinds and sources of the cells, in order."""
    cells = [[cell.cell_type, cell.source] for cell in notebook.cells]
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()[:16]


def has_been_worked_in(path: Path) -> bool:
    """Says whether an exercise notebook differs from what was built, but for outputs."""
    try:
        return _recorded_digest(path) != cells_digest(read_notebook(path))
    except NotebookProblem:
        return True


def _recorded_digest(path: Path) -> str | None:
    try:
        return read_notebook(path).metadata.get(COURSE_METADATA, {}).get(DIGEST)
    except (NotebookProblem, AttributeError):
        return None


def mark_for_nbgrader(solution: NotebookNode) -> NotebookNode:
    """Returns a copy whose answer and check cells carry nbgrader's metadata.

    A cell with marks becomes a solution cell; one that calls ``check.<task>`` at the left margin
    becomes a test with one point. Points that are there already stay.
    """
    notebook = copy_notebook(solution)
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        task = checked_task(cell.source)
        if BEGIN in cell.source:
            settings = {"grade": False, "grade_id": f"answer-{cell.id}", "locked": False}
            settings |= {"solution": True}
        elif task is not None:
            points = cell.metadata.get("nbgrader", {}).get("points", 1)
            settings = {"grade": True, "grade_id": f"check-{task}", "locked": True}
            settings |= {"solution": False, "points": points}
        else:
            cell.metadata.pop("nbgrader", None)
            continue
        settings |= {"schema_version": 3, "task": False}
        cell.metadata["nbgrader"] = nbformat.from_dict(settings)
    return notebook


def checked_task(source: str) -> str | None:
    """Returns the task whose check a cell's source calls at the left margin, or None."""
    tree = parse_cell(source)
    for statement in tree.body if tree is not None else ():
        match statement:
            case ast.Expr(ast.Call(ast.Attribute(ast.Name("check"), task))):
                if task not in NOT_TASKS:
                    return task
    return None
