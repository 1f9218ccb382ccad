"""What goes wrong with data, said in one sentence that tells what to do."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DISK_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
IN_THE_WAY = (errno.ENOTDIR, errno.EEXIST)
FOLDER_IN_THE_WAY = (errno.EISDIR, errno.ENOTEMPTY)
NO_PERMISSION = (errno.EACCES, errno.EPERM, errno.EROFS)


class DataProblem(ValueError):
    """Data that a lesson cannot use; the message is one sentence for the learner."""


class MissingFile(DataProblem, FileNotFoundError):
    """A file or folder that should be there and is not."""


class CannotWrite(DataProblem, OSError):
    """A data folder that cannot be written: no permission, a full disk, a file in its place."""


@contextmanager
def writing_to(folder: Path) -> Iterator[None]:
    """Turns an error of writing below a data folder into a sentence.

    TensorFlow and TensorFlow Datasets wrap the system's errors in their own, so causes are
    looked at too.

    Args:
        folder: the data folder that the sentence names.

    Raises:
        CannotWrite: instead of an error of the system, such as about permission, space or a
            file in the way. Any other exception passes unchanged.
    """
    try:
        yield
    except DataProblem:
        raise
    except Exception as error:
        reason = _why_not_written(error)
        if reason is None:
            raise
        raise CannotWrite(
            f"Expected to write prepared pets below {folder}, but {reason}; "
            "choose another folder with --data-dir or the variable LESSONS_DATA_DIR."
        ) from error


def _why_not_written(error: BaseException | None) -> str | None:
    while error is not None:
        number = getattr(error, "errno", None)
        if number in NO_PERMISSION:
            return "there is no permission to write there"
        if number in DISK_FULL or "No space left on device" in str(error):
            return "its disk is full"
        if number in IN_THE_WAY:
            return "a file stands where a folder is needed"
        if number in FOLDER_IN_THE_WAY:
            return "a folder stands where a file is needed"
        if number is not None and isinstance(error, OSError):
            return f"the system refuses it ({os.strerror(number)})"
        error = error.__cause__ or error.__context__
    return None
