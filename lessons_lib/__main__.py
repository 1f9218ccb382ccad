"""``python -m lessons_lib``: the course's commands, for learners, teachers and authors."""

import errno
import os
import sys

import click

from lessons_lib import __version__
from lessons_lib.commands.lazy import LazyGroup

NOT_WRITTEN = (errno.ENOSPC, errno.EIO, errno.EBADF)
COMMANDS = {
    "lab": (
        "lessons_lib.commands.lab:lab",
        "Put the lessons into a folder, and open JupyterLab there.",
    ),
    "doctor": (
        "lessons_lib.commands.doctor:doctor",
        "Say whether this machine can run the course.",
    ),
    "data": (
        "lessons_lib.commands.data:data",
        "Get pets, look after them, see which the lessons run on.",
    ),
    "train": (
        "lessons_lib.commands.train:train",
        "Train the U-Net, by one worker or several.",
    ),
    "notebooks": (
        "lessons_lib.commands.notebooks:notebooks",
        "For authors: run and refresh them.",
    ),
    "exercises": (
        "lessons_lib.commands.exercises:exercises",
        "For teachers and authors: build and grade them.",
    ),
}


@click.command(cls=LazyGroup, places=COMMANDS)
@click.version_option(__version__, prog_name="unet-lessons")
def main() -> None:
    """Five lessons on image segmentation with a U-Net."""


def run() -> None:
    """Runs the command line; ends with one sentence where its words cannot be written."""
    try:
        main(prog_name="python -m lessons_lib")
    except OSError as problem:
        if problem.filename is not None or problem.errno not in NOT_WRITTEN:
            raise
        sys.stderr.write(f"What there is to say cannot be written ({problem.strerror}).\n")
        os._exit(1)  # Python would try once more to write what is left


if __name__ == "__main__":
    run()
