"""A learner's folder: the course's notebooks are copied into it and kept up to date there.

A file that the learner has not touched follows the course. One that differs from what was copied,
by so much as a saved output, is the learner's: a newer version of it is laid beside it. What was
copied is told by digests in ``.unet-lessons.json``, in the folder itself, so that it may be moved.
"""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from packaging.version import InvalidVersion, Version

from lessons_lib.files import written_whole

MANIFEST = ".unet-lessons.json"
COPIED = ("notebooks/*.ipynb", "exercises/*.ipynb", "docs/results/*.json", "docs/*.svg")
SOLUTIONS = "solutions/*.ipynb"
MOST_NAMES = 100  # beside a file, before something else must be wrong


class WorkspaceProblem(Exception):
    """A folder that cannot hold the course, in a sentence for the learner."""


@dataclass
class Changes:
    """What filling a folder has done, by the files' names inside it.

    Attributes:
        copied: files that were not there.
        updated: untouched files that now are the course's newer version.
        beside: for each touched file, the newer version that was laid beside it.
        newer: the version of the course that the folder is of, where this one is older.
    """

    copied: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    beside: dict[str, str] = field(default_factory=dict)
    newer: str = ""


def fill(folder: Path, course: Path, *, version: str, solutions: bool = False) -> Changes:
    """Copies the course into a folder, or brings what is there up to date. Overwrites no work.

    Args:
        folder: the learner's; made where it is missing.
        course: what holds ``notebooks`` and the others, see `lessons_lib.origin`.
        version: of the course.
        solutions: copy these too. Once they are there, they are kept up to date.

    Raises:
        WorkspaceProblem: the folder is a file, cannot be written, or is the course itself; or
            the installation lacks its notebooks.
    """
    if (folder / "lessons_lib").is_dir() or folder.resolve() == course.resolve():
        raise WorkspaceProblem(
            f"{folder} is the course itself, which is left as it is: name another folder."
        )
    names = _course_files(course, solutions or (folder / "solutions").is_dir())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        manifest = _read_manifest(folder)
        changes = Changes()
        if _is_newer(manifest["version"], version):
            changes.newer = manifest["version"]
            names = [name for name in names if not (folder / name).exists()]
        for name in names:
            _bring(name, (course / name).read_bytes(), folder, manifest["files"], version, changes)
        if not changes.newer:
            manifest["version"] = version
        content = json.dumps(manifest, indent=1, sort_keys=True) + "\n"
        if not (folder / MANIFEST).exists() or (folder / MANIFEST).read_text("utf-8") != content:
            _write(folder / MANIFEST, content.encode())
    except OSError as problem:
        raise WorkspaceProblem(
            f"The lessons cannot be put into {folder} ({problem.strerror or problem}): "
            "name another folder."
        ) from problem
    return changes


def _course_files(course: Path, solutions: bool) -> list[str]:
    patterns = COPIED + ((SOLUTIONS,) if solutions else ())
    found = {pattern: sorted(course.glob(pattern)) for pattern in patterns}
    if not all(found.values()):
        raise WorkspaceProblem(
            "This installation of the course lacks its notebooks: install it anew, "
            "`pip install --force-reinstall --no-deps unet-lessons`."
        )
    return [path.relative_to(course).as_posix() for paths in found.values() for path in paths]


def _bring(
    name: str, content: bytes, folder: Path, known: dict[str, str], version: str, changes: Changes
) -> None:
    """Brings one file up to date, or lays its newer version beside it."""
    path, digest = folder / name, _digest(content)
    if not (path.exists() or path.is_symlink()):
        _write(path, content)
        changes.copied.append(name)
    elif _digest_of(path) != digest:
        if known.get(name) == digest:
            return  # touched, but of this version
        if known.get(name) != _digest_of(path):
            beside = _lay_beside(path, content, version)
            if beside is not None:
                changes.beside[name] = PurePosixPath(name).with_name(beside).as_posix()
        else:
            _write(path, content)
            changes.updated.append(name)
    known[name] = digest


def _lay_beside(path: Path, content: bytes, version: str) -> str | None:
    """Writes a version under a name that is free; returns it, or None where it lay there before."""
    for count in range(1, MOST_NAMES):
        again = f"-{count}" if count > 1 else ""
        beside = path.with_name(f"{path.stem}.new-{version}{again}{path.suffix}")
        if not (beside.exists() or beside.is_symlink()):
            _write(beside, content)
            return beside.name
        if _digest_of(beside) == _digest(content):
            return None
    raise WorkspaceProblem(f"There are {MOST_NAMES} versions of {path.name} in {path.parent}.")


def _read_manifest(folder: Path) -> dict:
    """Returns what was copied; nothing is known where the file is missing or damaged."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        if isinstance(manifest["version"], str) and isinstance(manifest["files"], dict):
            return {"version": manifest["version"], "files": manifest["files"]}
    except (FileNotFoundError, ValueError, KeyError, TypeError, RecursionError):
        pass
    return {"version": "", "files": {}}


def _is_newer(version: str, than: str) -> bool:
    try:
        return Version(version) > Version(than)
    except InvalidVersion:
        return False


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _digest_of(path: Path) -> str | None:
    """Returns a file's digest; None for a folder or a link to nothing, which are nobody's copy."""
    return _digest(path.read_bytes()) if path.is_file() else None


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as unfinished:
        unfinished.write_bytes(content)
