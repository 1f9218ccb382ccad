"""What the environment says: which pets, where data are kept, which encoder weights.

Three variables, read afresh at each call and never written. Nothing here imports TensorFlow.

- ``LESSONS_PETS``: ``auto`` (default), ``drawn_pets``, ``oxford_iiit_pet`` or a folder's path.
- ``LESSONS_DATA_DIR``: where TensorFlow Datasets keeps prepared data; default
  ``~/tensorflow_datasets``.
- ``LESSONS_ENCODER``: ``auto`` (default), ``imagenet``, ``drawn``, ``none`` or the path of a
  weights file.
"""

import errno
import os
import re
from pathlib import Path

ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:[/\\]")  # gs://…; C:\… has one letter only
LONGEST_SHOWN = 160  # letters of a path in a sentence
NO_PLACE = {
    errno.ENAMETOOLONG: "is longer than paths may be here",
    errno.ELOOP: "is a link that leads to itself",
}


class SettingProblem(ValueError):
    """A path that no file system here can hold; the message is one sentence."""


def pets_source() -> str:
    """Returns the source of pets that ``LESSONS_PETS`` names, ``auto`` where it is not set."""
    return os.environ.get("LESSONS_PETS", "").strip() or "auto"


def data_dir() -> Path:
    """Returns the folder of prepared data that ``LESSONS_DATA_DIR`` names, with ``~`` expanded.

    Raises:
        SettingProblem: it cannot be a folder of this machine.
    """
    folder = os.environ.get("LESSONS_DATA_DIR", "").strip()
    return read_path(folder or "~/tensorflow_datasets", "the variable LESSONS_DATA_DIR")


def encoder_weights() -> str:
    """Returns the encoder weights that ``LESSONS_ENCODER`` names, ``auto`` where it is not set."""
    return os.environ.get("LESSONS_ENCODER", "").strip() or "auto"


def read_path(given: str | Path, told_by: str) -> Path:
    """Reads a path, with ``~`` expanded; it need not exist.

    Args:
        given: what the user wrote.
        told_by: where, for the sentence.

    Raises:
        SettingProblem: no file system here can have such a path.
    """
    reason = why_no_path(given)
    if ADDRESS.match(str(given)):
        reason = "is an address, and prepared pets are kept on disks only"
    elif os.name != "nt" and not _is_utf8(str(given)):
        reason = "is not written in UTF-8, which TensorFlow needs"
    if reason is not None:
        raise SettingProblem(
            f"Expected the path of a folder in {told_by}, but '{shown(given)}' {reason}; "
            "name a folder of this machine."
        )
    return Path(given).expanduser()


def why_no_path(given: str | os.PathLike) -> str | None:
    """Says why no file system here can have such a path; None where one can."""
    try:
        os.stat(Path(given).expanduser())
    except RuntimeError:
        return "begins with the home folder of somebody who has none here"
    except UnicodeError:
        return "holds letters that this system has none for"
    except OSError as problem:
        return NO_PLACE.get(problem.errno or 0)
    except (TypeError, ValueError):  # not text, or with a null character
        return "is no path"
    return None


def shown(given: object) -> str:
    """Writes what a user wrote for a sentence: on one line, printable everywhere, not too long.

    >>> shown("my photos"), shown("a\\nb"), shown("a" * 1000)[-10:]
    ('my photos', 'a\\\\nb', 'a… (1,000)')
    """
    text = "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in str(given)
    )
    if len(text) <= LONGEST_SHOWN:
        return text
    return f"{text[:LONGEST_SHOWN]}… ({len(str(given)):,})"


def _is_utf8(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
