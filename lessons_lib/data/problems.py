"""What goes wrong with data, said in one sentence that tells what to do."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class DataProblem(ValueError):
    """Data that a lesson cannot use; the message is one sentence for the learner."""


class MissingFile(DataProblem, FileNotFoundError):
    """A file or folder that should be there and is not."""


class CannotWrite(DataProblem, OSError):
    """A data folder that cannot be written: no permission, a full disk, a file in its place."""


@contextmanager
def writing_to(folder: Path) -> Iterator[None]:
    """Turns the system's errors of writing below a data folder into a sentence.

    Args:
        folder: the data folder that the sentence names.

    Raises:
        CannotWrite: instead of an ``OSError`` about permission, space or a file in the way.
            Any other exception passes unchanged.
    """
    try:
        yield
    except OSError as error:
        reason = _why_not_written(error)
        if reason is None:
            raise
        raise CannotWrite(
            f"Expected to write prepared pets below {folder}, but {reason}; "
            "choose another folder with --data-dir or the variable LESSONS_DATA_DIR."
        ) from error


def _why_not_written(error: OSError) -> str | None:
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return "there is no permission to write there"
    if error.errno in (errno.ENOSPC, errno.EDQUOT) or "Not enough disk space" in str(error):
        return "the disk is full (the real set needs about 2.5 GB while it is prepared, 800 MB after)"
    if isinstance(error, NotADirectoryError | FileExistsError):
        return "a file stands where a folder is needed"
    return None
