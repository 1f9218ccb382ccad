"""What is written beside every figure, so that it can be told how it came about."""

import platform
from typing import Any

import click
import numpy as np

from lessons_lib.quiet import keras, tf


class RecordedCommand(click.Command):
    """A command that remembers the words it was called with, for its results."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        """Keeps the words before click takes them apart."""
        context.meta["words"] = list(args)
        return super().parse_args(context, args)


def called_as(module: str) -> list[str]:
    """Returns the command under way, word by word: ``["python", "-m", "laboratory", ...]``."""
    words: list[str] = click.get_current_context().meta["words"]
    return ["python", "-m", "laboratory", module, *words]


def versions() -> dict[str, str]:
    """Returns the versions of what decides the figures."""
    return {
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "numpy": np.__version__,
    }


def one_or_more(*names: str, default: tuple, **options: Any):
    """An option that may be given several times, and shows its default."""
    return click.option(*names, multiple=True, default=default, show_default=True, **options)
