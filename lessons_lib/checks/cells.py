"""Remembers which answers' cells did not run, so that no check judges what an earlier run left."""

import re
from dataclasses import dataclass, field
from typing import Any

from lessons_lib.checks.errors import LearnersError, describe_error

NAME = re.compile(r"^(?:(?:async +)?def|class) +(\w+)\b|^(\w+) *[:=](?!=)", re.MULTILINE)


@dataclass
class FailedCells:
    """The names that a notebook's latest cells were to define, and did not."""

    errors: dict[str, tuple[LearnersError, Any]] = field(default_factory=dict)
    shell: Any = None
    before: dict[str, Any] = field(default_factory=dict)

    def watch(self) -> None:
        """Begins to watch the cells, where there is a notebook."""
        from IPython.core.getipython import get_ipython

        shell = get_ipython()
        if shell is not None and shell is not self.shell:
            self.shell = shell
            shell.events.register("pre_run_cell", self.note_before)
            shell.events.register("post_run_cell", self.note_after)

    def note_before(self, info: Any) -> None:
        """Notes what a cell's names stand for before it runs."""
        self.before = {name: self._value(name) for name in _names_in(info.raw_cell)}

    def note_after(self, result: Any) -> None:
        """Notes whether the cell has given its names a new meaning."""
        error = result.error_before_exec or result.error_in_exec
        for name, value in self.before.items():
            self.errors.pop(name, None)
            if isinstance(error, BaseException) and self._value(name) is value:
                self.errors[name] = _describe(error), value
        self.before = {}

    def error_of(self, name: str, answer: Any) -> LearnersError | None:
        """Returns why the cell that defines a name did not run, if the answer is from before."""
        error, value = self.errors.get(name, (None, None))
        return error if error is not None and answer is value else None

    def _value(self, name: str) -> Any:
        return self.shell.user_ns.get(name)


def _names_in(source: str | None) -> list[str]:
    """The names that a cell defines at its left margin, also one that Python cannot read."""
    return [first or second for first, second in NAME.findall(source or "")]


def _describe(error: BaseException) -> LearnersError:
    told = describe_error(error)
    if isinstance(error, SyntaxError):
        code = (error.text or "").strip()
        return LearnersError(told.kind, error.msg, error.lineno, code, False)
    return told


failed_cells = FailedCells()
