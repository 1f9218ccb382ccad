"""Groups of commands: listed without being imported, and all of them there."""

import click
import pytest
from click.testing import CliRunner

import laboratory.__main__ as laboratory
import lessons_lib.__main__ as course
from lessons_lib.commands.lazy import LazyGroup

REGISTERED = [
    (part.main, name, summary)
    for part in (course, laboratory)
    for name, (_, summary) in part.COMMANDS.items()
]


def test_help_lists_every_command_and_imports_none():
    places = {"later": ("lessons_lib.not_there:later", "Not built yet.")}
    output = CliRunner().invoke(
        click.command(cls=LazyGroup, places=places)(lambda: None), ["--help"]
    )
    assert output.exit_code == 0
    assert "later" in output.output and "Not built yet." in output.output


@pytest.mark.parametrize(("group", "name", "summary"), REGISTERED)
def test_every_registered_command_is_listed_and_answers_for_help(group, name, summary):
    listed = CliRunner().invoke(group, ["--help"]).output
    assert name in listed and summary in listed
    finished = CliRunner().invoke(group, [name, "--help"])
    assert finished.exit_code == 0, finished.output


@pytest.mark.parametrize("group", [course.main, laboratory.main])
def test_an_unknown_command_is_refused(group):
    finished = CliRunner().invoke(group, ["dance"])
    assert finished.exit_code == 2
    assert "No such command 'dance'" in finished.output
