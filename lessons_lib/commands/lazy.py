"""A group of commands that imports a command's module only when the command is called."""

import importlib
from collections.abc import Mapping
from typing import Any

import click


class LazyGroup(click.Group):
    """Knows its commands by the names of their modules, so that ``--help`` answers at once."""

    def __init__(self, *, places: Mapping[str, tuple[str, str]], **options: Any):
        """Registers commands.

        Args:
            places: for each name, in the order of ``--help``, where its command is
                (``"package.module:attribute"``) and what ``--help`` says of it.
            options: anything else that a click group takes.
        """
        super().__init__(**options)
        self._places = dict(places)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Returns the names in the order in which they are registered."""
        return list(self._places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Imports one command, or returns None where there is none of that name."""
        if cmd_name not in self._places:
            return None
        module, _, attribute = self._places[cmd_name][0].partition(":")
        return getattr(importlib.import_module(module), attribute)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Lists the commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in self._places.items()])
