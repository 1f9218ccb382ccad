"""How the course came to this machine, as a clone or by pip, and where its notebooks are."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
CLONE = _PACKAGE.parent  # the repository's folder, where there is one


def is_clone() -> bool:
    """Whether this is a clone of the course, in which the notebooks lie beside the library."""
    return (CLONE / "pyproject.toml").is_file() and (CLONE / "notebooks").is_dir()


def course_folder() -> Path:
    """Returns the folder that holds ``notebooks``, ``exercises``, ``solutions``, ``docs/results``.

    In a clone that is the clone; what pip installs carries it inside the package.
    """
    return CLONE if is_clone() else _PACKAGE / "course"
