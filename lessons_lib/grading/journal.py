"""Keeps what has been graded as soon as it is known, so that a run that ends early goes on.

Each submission that has been graded is a line of JSON in one file, on the disk before the next one
begins. A line counts again only for the same file at the same place with the same content, graded
by the same version of the course in the same way.
"""

import dataclasses
import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

import lessons_lib
from lessons_lib.grading.row import Row


class Journal:
    """The rows of the submissions that have been graded so far.

    Attributes:
        path: of its file, which need not exist.
    """

    def __init__(self, path: Path, settings: str = ""):
        """Reads what an earlier run has left.

        Args:
            path: where the journal is kept.
            settings: what else decides the rows, such as the limit of memory.
        """
        self.path = path
        self._settings = settings
        self._lock = Lock()
        self._rows = dict(filter(None, map(_read_line, self._lines())))

    def __len__(self) -> int:
        return len(self._rows)

    def rows_of(self, submission: Path, folder: Path) -> list[Row] | None:
        """Returns the rows of a submission that was graded before, or None."""
        return self._rows.get(self._key(submission, folder))

    def add(self, submission: Path, folder: Path, rows: Sequence[Row]) -> None:
        """Writes the rows of a submission; they are on the disk when this returns."""
        entry = {
            "submission": self._key(submission, folder),
            "rows": [dataclasses.asdict(row) for row in rows],
        }
        with self._lock, self.path.open("a", encoding="utf-8") as file:
            # A line that an earlier run left unfinished must not take this one along.
            file.write("\n" + json.dumps(entry) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def remove(self) -> None:
        """Removes the file: everything that it held is in the table now."""
        self.path.unlink(missing_ok=True)

    def _lines(self) -> list[str]:
        if not self.path.exists():
            return []
        return self.path.read_text("utf-8", errors="replace").splitlines()

    def _key(self, submission: Path, folder: Path) -> str:
        digest = hashlib.sha256()
        place = submission.relative_to(folder).as_posix()
        for part in (lessons_lib.__version__, self._settings, place):
            digest.update(part.encode("utf-8", errors="surrogateescape") + b"\0")
        try:
            with submission.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        except OSError as problem:  # such a file has a row too: it says why it cannot be read
            digest.update(type(problem).__name__.encode())
        return digest.hexdigest()


def _read_line(line: str) -> tuple[str, list[Row]] | None:
    """Reads a line of the journal; None for one that is not whole."""
    try:
        entry = json.loads(line)
        return entry["submission"], [Row(**row) for row in entry["rows"]]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
