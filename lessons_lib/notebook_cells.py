"""What the source of a notebook's cell says, for those who derive notebooks and who grade them."""

import ast
import re

from IPython.core.inputtransformer2 import TransformerManager

# Magics, shell commands and questions begin a line or an assigned value, or end a line. IPython's
# own search for them goes through the whole cell once for each.
MAY_BE_FOR_IPYTHON = re.compile(r"^[ \t]*[%!?]|=[ \t]*[%!]|\?[ \t]*$|^>>>|^In \[", re.MULTILINE)
MOST_FOR_IPYTHON = 30
# The last two are raised by endless nesting.
CANNOT_BE_PARSED = (SyntaxError, ValueError, RecursionError, MemoryError)


def parse_cell(source: str) -> ast.Module | None:
    """Parses a cell's source; None if it is not Python.

    Magics and shell commands become calls of ``get_ipython``, as IPython runs them.

    >>> parse_cell("%time total = 1 + 1") is None, parse_cell("if") is None
    (False, True)
    """
    tree = _parse(source)
    if tree is None and 0 < len(MAY_BE_FOR_IPYTHON.findall(source)) <= MOST_FOR_IPYTHON:
        try:
            return _parse(TransformerManager().transform_cell(source))
        except CANNOT_BE_PARSED:
            return None
    return tree


def _parse(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except CANNOT_BE_PARSED:
        return None
