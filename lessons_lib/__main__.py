"""``python -m lessons_lib``: the course's commands.

Each group lives in a module of its own, which is imported when the group is called, so that
``--help`` answers at once.
"""

import importlib

import click

# name: (where the click group or command is, what --help says of it)
COMMANDS = {
    "doctor": ("lessons_lib.doctor:doctor", "Say whether this machine can run the course."),
    "data": ("lessons_lib.commands.data:data", "Get pets, and see which the lessons run on."),
    "notebooks": ("lessons_lib.authoring.commands:notebooks", "For authors: run and refresh them."),
    "exercises": (
        "lessons_lib.authoring.exercise_commands:exercises",
        "For teachers and authors: build and grade them.",
    ),
}


class LazyGroup(click.Group):
    """A group that imports a command's module only when the command is called."""

    def list_commands(self, context: click.Context) -> list[str]:
        """Returns the names in the order in which they are registered."""
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """Imports one command, or returns None where there is none of that name."""
        if name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[name][0].partition(":")
        return getattr(importlib.import_module(module), attribute)

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Lists the commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])


@click.command(cls=LazyGroup)
def main():
    """Five lessons on image segmentation with a U-Net."""


if __name__ == "__main__":
    main(prog_name="python -m lessons_lib")
