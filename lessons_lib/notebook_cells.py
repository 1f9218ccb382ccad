"""What the source of a notebook's cell says, for those who derive notebooks and who grade them."""

import ast

from IPython.core.inputtransformer2 import TransformerManager


def parse_cell(source: str) -> ast.Module | None:
    """Parses a cell's source; None if it is not Python.

    Magics and shell commands become calls of ``get_ipython``, as IPython runs them.

    >>> parse_cell("%time total = 1 + 1") is None, parse_cell("if") is None
    (False, True)
    """
    try:
        return ast.parse(TransformerManager().transform_cell(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # the last two: endless nesting
        return None
