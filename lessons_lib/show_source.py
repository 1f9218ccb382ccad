"""Shows a helper's own source in a lesson, so that what is read is what is tested."""

import inspect
import textwrap
from dataclasses import dataclass
from typing import Any


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


def show_source(*helpers: Any) -> SourceCode:
    """Shows the source of functions or classes of the course, without paths or line numbers.

    Args:
        helpers: functions, methods, classes or modules written in Python.

    Returns:
        What Jupyter displays when it is the last line of a cell.

    Raises:
        TypeError: nothing, or something that is no function, class or module.
        ValueError: its source cannot be had, since it is not written in Python.
    """
    if not helpers:
        raise TypeError("show_source needs a function or a class, such as show_source(upsample).")
    return SourceCode("\n\n\n".join(_read_source(helper) for helper in helpers))


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
