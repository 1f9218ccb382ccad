"""Where the answer's cell did not run, no check judges what an earlier run left."""

import pytest
import toy_lesson
from IPython.core.interactiveshell import InteractiveShell
from toy_lesson import SHARE

from lessons_lib.checks import Checker
from lessons_lib.checks.cells import failed_cells
from lessons_lib.checks.result import RAISED, RIGHT

GOOD = "def share(numbers):\n    return (numbers > 0).mean()"


@pytest.fixture
def shell(monkeypatch):
    shell = InteractiveShell()
    monkeypatch.setattr("IPython.core.getipython.get_ipython", lambda: shell)
    failed_cells.errors.clear()
    shell.user_ns |= {"check": Checker(["toy_lesson"]), "toy_lesson": toy_lesson}
    yield shell
    failed_cells.shell = None
    failed_cells.errors.clear()


def run(shell, *cells):
    for cell in cells:
        shell.run_cell(cell)
    return shell.run_cell("check.share(share)").result


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (
            "def share(numbers):\n    return (numbers > 0",
            "SyntaxError: ",
        ),
        ("def share(numbers):\nreturn 1", "IndentationError: expected an indented block"),
        ("share = nothing_there + 1", "NameError: name 'nothing_there' is not defined"),
    ],
)
def test_the_error_of_the_cell_is_told(shell, cell, said):
    result = run(shell, GOOD, cell)
    assert result.outcome == RAISED
    assert result.message.startswith("The cell with your answer did not run: ")
    assert said in result.message and "is from before" in result.message


def test_once_mended_the_answer_is_judged_again(shell):
    assert run(shell, GOOD, "def share(:", GOOD).outcome == RIGHT


def test_an_error_behind_the_answer_or_in_another_cell_is_no_matter(shell):
    assert run(shell, GOOD + "\n1 / 0").outcome == RIGHT
    assert run(shell, "def something_else(:").outcome == RIGHT


def test_another_answer_than_that_of_the_cell_is_judged(shell):
    run(shell, GOOD, "def share(:")
    assert shell.run_cell("check.share(toy_lesson.share)").result.outcome == RIGHT


def test_without_a_notebook_nothing_is_watched():
    assert Checker(["toy_lesson"]).share(toy_lesson.share).outcome == RIGHT
    assert SHARE.name not in failed_cells.errors
