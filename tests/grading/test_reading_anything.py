"""Whatever a file holds, reading it gives statements or one sentence, and raises nothing else.

``LESSONS_FUZZ=100000 pytest tests/grading/test_reading_anything.py`` tries as many notebooks;
without it a few hundred are tried.
"""

import ast
import json
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lessons_lib.grading.answers import (
    Statement,
    UnreadableNotebook,
    find_statements,
    needed_for,
    read_cells,
)

EXAMPLES = int(os.environ.get("LESSONS_FUZZ", "400"))
# Pieces of Python and of what is none, from which broken cells are put together.
PIECES = (
    *(
        "def share(numbers):\n",
        "    return numbers\n",
        "share = 3\n",
        "else:\n",
        "# note\n",
        "  x\n",
    ),
    *("class A:\n", "import numpy as np\n", "from x import *\n", "@share\n", "if True:\n", "\\\n"),
    *("(", ")", "[", "]", "{", "}", "'''", '"""', "'", "f'{", "lambda: ", "\t", " ", "\n", "\r"),
    *("%time ", "%%bash\n", "!ls\n", "np?\n", "?", ";", ":=", "=", "...", ".", ",", "-", "\x00"),
    *("raise NotImplementedError()\n", "share.append(1)\n", "a[0] = 1\n", "\ud800", "é", "\f", "∞"),
    *("try:\n", "except* E:\n", "match x:\n", "  case 1:\n", "async ", "await ", "yield\n"),
)
SOURCES = st.lists(st.sampled_from(PIECES), max_size=25).map("".join) | st.text(max_size=60)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
CELLS = st.fixed_dictionaries(
    {},
    optional={
        "source": SOURCES | st.lists(SOURCES | VALUES, max_size=4) | VALUES,
        "input": SOURCES,
        "cell_type": st.sampled_from(["code", "markdown", "raw"]) | VALUES,
    },
)
NOTEBOOKS = st.builds(
    lambda cells, rest: rest | {"cells": cells},
    st.lists(CELLS | VALUES, max_size=6) | VALUES,
    st.dictionaries(st.text(max_size=8), VALUES, max_size=2),
)
OLD_NOTEBOOKS = st.builds(
    lambda sheets: {"worksheets": sheets},
    st.lists(st.fixed_dictionaries({"cells": st.lists(CELLS)}) | VALUES, max_size=2) | VALUES,
)
no_hurry = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="LESSONS_FUZZ" not in os.environ,
    suppress_health_check=list(HealthCheck),
    database=None,
)


def read(path, content: bytes) -> list[Statement]:
    path.write_bytes(content)
    try:
        statements = find_statements(read_cells(path))
    except UnreadableNotebook:
        return []
    needed = needed_for("share", statements)
    assert all(isinstance(one.node, ast.stmt) for one in needed)
    return statements


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("any") / "01_any.ipynb"


@no_hurry
@given(notebook=NOTEBOOKS | OLD_NOTEBOOKS | VALUES)
def test_any_json_is_read(path, notebook):
    read(path, json.dumps(notebook).encode())


@no_hurry
@given(content=st.binary(max_size=200))
def test_any_bytes_are_read(path, content):
    read(path, content)


@no_hurry
@given(sources=st.lists(SOURCES, max_size=5))
def test_an_answer_is_found_whatever_the_other_cells_hold(path, sources):
    if any("share" in source or "*" in source for source in sources):
        return
    cells = [{"cell_type": "code", "source": one} for one in [*sources, "share = 42"]]
    statements = read(path, json.dumps({"cells": cells}).encode())
    assert [ast.unparse(one.node) for one in statements][-1:] == ["share = 42"]


@no_hurry
@given(notebook=NOTEBOOKS, data=st.data())
def test_a_damaged_file_is_read(path, notebook, data):
    content = json.dumps(notebook).encode()
    place = data.draw(st.integers(0, len(content)))
    damage = data.draw(st.binary(max_size=5))
    read(path, content[:place] + damage + content[place + len(damage) :])
