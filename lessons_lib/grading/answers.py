"""Finds answers in a submitted notebook by their names, whatever has happened to its cells.

Cells may be moved, split, duplicated, half broken or of the wrong kind: what counts is the last
definition of a name that is not the placeholder, with the imports, helpers and variables that it
needs. Nothing else of the notebook is run.
"""

import ast
import contextlib
import json
import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from lessons_lib.checks.task import PLACEHOLDER
from lessons_lib.notebook_cells import parse_cell

FLAT_NAME = re.compile(r"(?P<student>.+?)_(?P<notebook>\d\d_.+)")
LESSON_NUMBER = re.compile(r"0*(?P<lesson>\d{1,4})_")
LARGEST_FILE = 100_000_000  # bytes
LONGEST_CELL = 100_000  # characters; what is longer was not written by hand
MOST_CODE = 3_000_000  # characters in all cells, for the same reason
MOST_CELLS = 5_000
# Magics whose cell is Python all the same.
PYTHON_MAGICS = re.compile(r"^\s*%%(time|timeit|capture|prun)\b.*\n?")
DEFINITIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
IMPORTS = ast.Import | ast.ImportFrom
# For a notebook that has lost its first cell.
USUAL_IMPORTS = {
    "np": "import numpy as np",
    "tf": "from lessons_lib.quiet import tf",
    "keras": "from lessons_lib.quiet import keras",
}


class UnreadableNotebook(Exception):
    """A file that is no notebook, in a sentence for the teacher."""


@dataclass(frozen=True)
class Statement:
    """One statement at the left margin of a cell.

    Attributes:
        node: the statement.
        cell: the number of its cell, from 1.
        source: the cell's source, to which the line numbers refer.
        binds: the names it gives a value to, or whose value it may change.
        uses: the names it reads, in whatever depth.
    """

    node: ast.stmt
    cell: int
    source: str
    binds: frozenset[str]
    uses: frozenset[str]


def lesson_in_name(stem: str) -> int | None:
    """Returns the number of the lesson that a notebook's name tells, or None.

    >>> lesson_in_name("03_decoder"), lesson_in_name("anna_03_decoder"), lesson_in_name("decoder")
    (3, 3, None)
    """
    flat = FLAT_NAME.fullmatch(stem)
    number = LESSON_NUMBER.match(stem) or LESSON_NUMBER.match(flat["notebook"] if flat else "")
    return int(number["lesson"]) if number else None


def read_cells(path: Path) -> list[str]:
    """Returns the sources of a notebook's cells, as tolerantly as possible.

    Cells of another kind than code are kept where they are Python and define something: a code
    cell becomes text by one key.

    Raises:
        UnreadableNotebook: the file cannot be read, is too large, or is not a notebook.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise UnreadableNotebook(f"larger than {LARGEST_FILE // 1_000_000} MB")
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise UnreadableNotebook("not a text file") from problem
    except OSError as problem:
        raise UnreadableNotebook(f"cannot be read ({problem.strerror})") from problem
    if not text.strip():
        raise UnreadableNotebook("an empty file")
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise UnreadableNotebook("not JSON, as notebooks are") from problem
    cells = _cells_of(notebook)
    if cells is None:
        raise UnreadableNotebook("JSON, but not a notebook: it has no cells")
    if len(cells) > MOST_CELLS:
        raise UnreadableNotebook(f"it has {len(cells):,} cells, over {MOST_CELLS:,}")
    sources = [(_text_of(cell), cell) for cell in cells if isinstance(cell, dict)]
    if sum(len(source) for source, _ in sources) > MOST_CODE:
        raise UnreadableNotebook(f"over {MOST_CODE // 1_000_000} million characters in its cells")
    return [
        source
        for source, cell in sources
        if source and len(source) <= LONGEST_CELL and _may_answer(source, cell)
    ]


def _cells_of(notebook: object) -> list | None:
    if not isinstance(notebook, dict):
        return None
    if isinstance(notebook.get("cells"), list):
        return notebook["cells"]
    sheets = notebook.get("worksheets")  # the format before 2015
    if isinstance(sheets, list) and sheets and isinstance(sheets[0], dict):
        cells = sheets[0].get("cells")
        return cells if isinstance(cells, list) else None
    return None


def _text_of(cell: dict) -> str:
    source = cell.get("source", cell.get("input"))
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        return "".join(source)
    return source if isinstance(source, str) else ""


def _may_answer(source: str, cell: dict) -> bool:
    """Says whether a cell is code, or text by mistake: Python that defines something."""
    if cell.get("cell_type", "code") == "code":
        return True
    tree = parse_cell(source)
    return tree is not None and any(
        isinstance(node, DEFINITIONS | ast.Assign) for node in tree.body
    )


def find_statements(sources: list[str]) -> list[Statement]:
    """Returns the statements of all cells, in their order; what is not Python is left out."""
    statements = []
    for number, source in enumerate(_join_split_cells(sources), start=1):
        source = PYTHON_MAGICS.sub("", source)
        for node in _parse_what_can_be(source):
            with contextlib.suppress(RecursionError):  # nested too deeply to be looked at, or run
                uses = frozenset(_names(node, ast.Load))
                if "get_ipython" not in uses:
                    binds = frozenset(_bound_names(node))
                    statements.append(Statement(node, number, source, binds, uses))
    return statements


def _join_split_cells(sources: list[str]) -> list[str]:
    """Joins a cell that begins indented to the one before: it was split inside a function."""
    joined: list[str] = []
    for source in sources:
        first = next((line for line in source.splitlines() if line.strip()), "")
        both = f"{joined[-1]}\n{source}" if joined and first[:1].isspace() else ""
        if both and len(both) <= LONGEST_CELL and parse_cell(both) is not None:
            joined[-1] = both
        else:
            joined.append(source)
    return joined


def _parse_what_can_be(source: str) -> list[ast.stmt]:
    """Returns a cell's statements; of a broken cell those that are whole."""
    tree = parse_cell(source)
    if tree is not None:
        return tree.body
    statements: list[ast.stmt] = []
    lines = source.splitlines()
    starts = [
        number
        for number, line in enumerate(lines)
        if line[:1].strip() and not line.startswith((")", "]", "}", "#", "else", "elif", "except"))
    ]
    for start, end in pairwise([*starts, len(lines)]):
        part = parse_cell("\n".join(lines[start:end]))
        if part is not None:
            statements += ast.increment_lineno(part, start).body
    return statements


def _names(node: ast.AST, context: type) -> set[str]:
    return {
        child.id
        for child in ast.walk(node)
        if isinstance(child, ast.Name) and isinstance(child.ctx, context)
    }


def _bound_names(node: ast.stmt) -> set[str]:
    if isinstance(node, DEFINITIONS):
        return {node.name}
    if isinstance(node, IMPORTS):
        return {alias.asname or alias.name.partition(".")[0] for alias in node.names}
    bound = _names(node, ast.Store)
    for child in ast.walk(node):
        if isinstance(child, DEFINITIONS | IMPORTS):
            bound |= _bound_names(child)
        # `weights[0] = 1` and `layers.append(x)` change what was bound before.
        is_target = isinstance(getattr(child, "ctx", None), ast.Store)
        called = child.func if isinstance(child, ast.Call) else None
        is_method = isinstance(called, ast.Attribute)
        if is_target or (is_method and not isinstance(node, ast.Assign | ast.AnnAssign)):
            bound |= _root_name(called if is_method else child)
    return bound


def _root_name(node: ast.AST) -> set[str]:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return {node.id} if isinstance(node, ast.Name) else set()


def needed_for(name: str, statements: list[Statement]) -> list[Statement]:
    """Returns the statements that define an answer, with all that they need, in their order.

    An answer that is only imported is none: the course's own function may have its name.

    An empty list means that the notebook does not define it.
    """
    chosen: set[int] = set()
    waiting, seen = [name], set()
    while waiting:
        wanted = waiting.pop()
        if wanted in seen:
            continue
        seen.add(wanted)
        for index in _definitions(wanted, statements, may_be_imported=wanted != name):
            chosen.add(index)
            waiting += statements[index].uses
    if not chosen:
        return []
    # It is not known what a star brings, so every star comes along.
    stars = {index for index, one in enumerate(statements) if "*" in one.binds}
    missing = seen - frozenset().union(*(statements[index].binds for index in chosen))
    usual = [_usual_import(name) for name in sorted(missing & USUAL_IMPORTS.keys())]
    return usual + [statements[index] for index in sorted(chosen | stars)]


def _definitions(name: str, statements: list[Statement], *, may_be_imported: bool) -> list[int]:
    """Returns the positions of the statements that give a name its value."""
    binding = [
        index
        for index, one in enumerate(statements)
        if name in one.binds and (may_be_imported or not isinstance(one.node, IMPORTS))
    ]
    binding = [index for index in binding if not is_placeholder(statements[index].node)] or binding
    if not binding:
        return []
    whole = [
        index
        for index in binding
        if isinstance(statements[index].node, DEFINITIONS | IMPORTS)
        or name in _plain_targets(statements[index].node)
    ]
    if not whole:
        return binding
    # What follows the last whole definition may change its value: `layers.append(x)`. After a
    # function or an import it does not: `check.normalize(normalize)` changes no `check`.
    if isinstance(statements[whole[-1]].node, DEFINITIONS | IMPORTS):
        return [whole[-1]]
    first = whole[-1]
    while name in statements[first].uses and first != whole[0]:
        first = whole[whole.index(first) - 1]
    return [index for index in binding if index >= first]


def _plain_targets(node: ast.stmt) -> set[str]:
    """Returns the names that an assignment gives a whole new value."""
    if isinstance(node, ast.AnnAssign) and node.value is not None:
        return _names(node.target, ast.Store)
    if isinstance(node, ast.Assign):
        return {name for target in node.targets for name in _names(target, ast.Store)}
    return set()


def _usual_import(name: str) -> Statement:
    source = USUAL_IMPORTS[name]
    return Statement(ast.parse(source).body[0], 0, source, frozenset({name}), frozenset())


def is_placeholder(node: ast.stmt) -> bool:
    """Says whether a statement is still the one that the exercise notebook came with."""
    if isinstance(node, ast.Assign):
        return isinstance(node.value, ast.Constant) and node.value.value is Ellipsis
    raised = [
        ast.unparse(child.exc)
        for child in ast.walk(node)
        if isinstance(child, ast.Raise) and child.exc is not None
    ]
    return isinstance(node, DEFINITIONS) and any(
        PLACEHOLDER in text or text == "NotImplementedError()" for text in raised
    )
