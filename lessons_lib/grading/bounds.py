"""How much a process and all that it has started may take together, and what they leave behind.

The system's own limits hold for one process each, and that of their number does not hold for an
administrator; so who grades counts. In a process table of its own that is done in no time, and all
are ended at one stroke: that keeps up with a program that only multiplies.
"""

import contextlib
import os
import signal
import stat
from collections.abc import Sequence
from pathlib import Path

import psutil

MOST_PROCESSES = 16
TOO_MANY = f"it started over {MOST_PROCESSES} processes"
MOST_THREADS = 256 + 16 * (os.cpu_count() or 1)  # TensorFlow starts some for each processor


class Bounds:
    """What children of this process may take, and where they may write."""

    def __init__(self, memory: float, *, alone: bool = False, places: Sequence[Path] = ()):
        """Notes what is there before the first child.

        Args:
            memory: gigabytes that a child and all below it may take together, each in addition to
                what this process has, of which they are copies.
            alone: whether this process has a process table of its own, as in a sandbox.
            places: folders that are emptied after each child, but for what is there now.
        """
        self._memory = memory
        self._places = places
        self._kept = {path for place in places for path in _entries(place)}
        self._alone = alone
        self._most = _count_processes() + MOST_PROCESSES if alone else 0

    def multiplied(self) -> str:
        """Says that there are too many processes, which takes no time; empty where there are not.

        Only where this process is alone with them.
        """
        return TOO_MANY if self._alone and _count_processes() > self._most else ""

    def passed(self, family: Sequence[psutil.Process]) -> str:
        """Says which bound these processes have passed together; empty where none."""
        if len(family) > MOST_PROCESSES:
            return TOO_MANY
        threads, taken, own = 0, 0.0, _own_bytes(psutil.Process())
        for one in family:
            with contextlib.suppress(psutil.Error, OSError):  # gone meanwhile
                threads += one.num_threads()
                taken += max(0, _own_bytes(one) - own)
        if threads > MOST_THREADS:
            return f"it started over {MOST_THREADS} threads"
        return f"it took over {self._memory:g} GB" if taken > self._memory * 1e9 else ""

    def end_all(self) -> None:
        """Ends all other processes at one stroke, where there are none but those to be ended."""
        if self._alone:
            with contextlib.suppress(ProcessLookupError):
                os.kill(-1, signal.SIGKILL)

    def clear(self) -> None:
        """Removes what the children have written."""
        for place in self._places:
            for path in _entries(place):
                if path not in self._kept:
                    _remove(path)


def _count_processes() -> int:
    return sum(name.isdecimal() for name in os.listdir("/proc"))


def family(but: Sequence[psutil.Process]) -> list[psutil.Process]:
    """Lists all processes below this one, except some of its children and what is below them."""
    found = []
    for child in psutil.Process().children():
        if child not in but:
            found.append(child)
            with contextlib.suppress(psutil.Error, OSError):  # it has just ended
                found += child.children(recursive=True)
    return found


def _own_bytes(process: psutil.Process) -> int:
    memory = process.memory_info()
    return memory.rss - getattr(memory, "shared", 0)


def _entries(place: Path) -> list[Path]:
    try:
        return list(place.iterdir())
    except OSError:
        return []


def _remove(path: Path) -> None:
    """Removes a file or folder, also one that its owner has locked."""
    with contextlib.suppress(OSError):
        if path.is_symlink() or not path.is_dir():
            path.unlink()
            return
        path.chmod(stat.S_IRWXU)
        for inside in path.iterdir():
            _remove(inside)
        path.rmdir()
