"""What a cell's source says: Python, magics, or nothing that can be read."""

import ast

import pytest

from lessons_lib.notebook_cells import parse_cell


@pytest.mark.parametrize("source", ["%matplotlib inline\nsize = 3", "!pip list\nsize = 3"])
def test_magics_are_calls_and_the_rest_is_read(source):
    first, second = parse_cell(source).body
    assert "get_ipython" in ast.unparse(first)
    assert ast.unparse(second) == "size = 3"


@pytest.mark.parametrize("source", ["def f(", "x = \0", "(" * 300 + ")" * 300, "-" * 100_000 + "1"])
def test_what_is_not_python_is_none(source):
    assert parse_cell(source) is None
