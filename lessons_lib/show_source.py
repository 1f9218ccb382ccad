"""Shows a helper's own source in a lesson, so that what is read is what is tested."""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lessons_lib.saying import say
from lessons_lib.signatures import tell_calls


@dataclass(frozen=True)
class SourceCode:
    """Python source for a notebook: highlighted by JupyterLab, plain text elsewhere.

    It comes as Markdown, whose colours JupyterLab brings; HTML by Pygments would change from
    version to version.

    Attributes:
        text: the source.
    """

    text: str

    def __repr__(self) -> str:
        return self.text

    def _repr_markdown_(self) -> str:
        fence = "```"
        while fence in self.text:
            fence += "`"
        return f"{fence}python\n{self.text}\n{fence}"


GUARDS = ("_require", "_refuse", "require_")  # how functions that only look at what came are named


def show_source(*helpers: Any, whole: bool = False) -> SourceCode:
    """Shows the source of functions or classes of the course, without paths or line numbers.

    Args:
        helpers: functions, methods, classes or modules written in Python.
        whole: also show docstrings, and the statements that only refuse bad input.

    Returns:
        What Jupyter displays when it is the last line of a cell.

    Raises:
        TypeError: nothing, or something that is no function, class or module.
        ValueError: its source cannot be had, since it is not written in Python.
    """
    if not isinstance(whole, bool):
        raise TypeError(f"whole must be True or False, but {say(whole)} came.")
    if not helpers:
        raise TypeError("show_source needs a function or a class, such as show_source(upsample).")
    sources = [_read_source(helper) for helper in helpers]
    return SourceCode("\n\n\n".join(sources if whole else map(_what_it_does, sources)))


def _what_it_does(source: str) -> str:
    """Leaves out docstrings and guards; all else stays as it was written, comments too."""
    lines = source.splitlines()
    for part in ast.walk(ast.parse(source)):
        if isinstance(part, ast.FunctionDef | ast.ClassDef | ast.Module | ast.For):
            for statement in _left_out(part):
                for number in range(statement.lineno - 1, statement.end_lineno or 0):
                    lines[number] = ""
    text = "\n".join(line.rstrip() for line in lines)
    text = re.sub(r"(:\n)\n+", r"\1", text)  # no gap where a docstring stood
    return re.sub(r"\n{4,}", "\n\n\n", re.sub(r"\n{3,}(?= )", "\n\n", text)).strip()


def _left_out(part: ast.FunctionDef | ast.ClassDef | ast.Module | ast.For) -> Iterator[ast.stmt]:
    """The docstring and the guards of a function or loop, of which something remains."""
    if isinstance(part, ast.For):
        if not all(map(_is_guard, part.body)):
            yield from filter(_is_guard, part.body)
        return
    first = part.body[0] if part.body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and len(part.body) > 1:
        yield first
    if isinstance(part, ast.FunctionDef) and not all(map(_is_guard, part.body[1:])):
        yield from filter(_is_guard, part.body)


def _is_guard(statement: ast.stmt) -> bool:
    """Whether a statement does nothing but refuse."""
    if isinstance(statement, ast.Raise):
        return True
    if isinstance(statement, ast.If | ast.For):
        return not statement.orelse and all(map(_is_guard, statement.body))
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        return ast.unparse(statement.value.func).startswith(GUARDS)
    return False


def _read_source(helper: Any) -> str:
    helper = inspect.unwrap(helper) if callable(helper) else helper
    if not (inspect.isroutine(helper) or inspect.isclass(helper) or inspect.ismodule(helper)):
        raise TypeError(
            "show_source shows functions, classes and modules, such as show_source(upsample), "
            f"got {type(helper).__name__}."
        )
    try:
        source = inspect.getsource(helper)
    except (OSError, TypeError) as problem:
        raise ValueError(
            f"the source of {helper.__name__!r} cannot be shown: it is not written in Python, "
            "or not kept in a file."
        ) from problem
    return textwrap.dedent(source).strip()


tell_calls(globals())
