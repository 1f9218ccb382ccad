"""Files that are there whole or not at all."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Gives a place to write to, and puts what was written at ``path`` at one stroke.

    On an exception an existing file stays as it was, and nothing half-written is left behind::

        with written_whole(path) as unfinished:
            unfinished.write_text(content)

    Args:
        path: of the file wanted; its folder exists.

    Yields:
        A path beside it with the same ending, of this process alone.
    """
    unfinished = path.with_name(f".{path.stem}.unfinished-{os.getpid()}{path.suffix}")
    try:
        yield unfinished
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
