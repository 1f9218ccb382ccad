"""How far a submission's process is kept from the rest of the machine.

Three ways, the strictest first that can be had: a container, if the teacher names an image; on
Linux a sandbox by bubblewrap (https://github.com/containers/bubblewrap), which needs no
administrator; else a process of the teacher's own, with limits and nothing more.
"""

import contextlib
import importlib.util
import os
import shutil
import signal
import site
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

import lessons_lib
from lessons_lib.settings import data_dir

PROGRAM = ("-m", "lessons_lib.grading.grade_one")
CONTAINER, SANDBOX, PROCESS = "container", "sandbox", "process only"
ENGINES = ("podman", "docker")
PROCESSES = 256  # that a container may hold at once
TEMPORARY_BYTES = 1_000_000_000
MARK = "LESSONS_GRADING"  # the variable by which what a submission leaves running is known
INSIDE = "/tmp/submission"
HOME_INSIDE = "/tmp/home"
# Podman makes more than /tmp writable in a container that is read-only.
PLACES_INSIDE = ("/tmp", HOME_INSIDE, "/dev/shm", "/var/tmp", "/run")
# What Python needs of a Linux system, where it is there.
SYSTEM_PLACES = (
    *("/usr", "/bin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/etc/localtime"),
    *("/etc/passwd", "/etc/alternatives", "/sys/devices/system/cpu"),
)
KEPT_VARIABLES = ("PATH", "SYSTEMROOT", "WINDIR", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "OMP_")


class NoIsolation(Exception):
    """A container that cannot be had, in a sentence for the teacher."""


@dataclass(frozen=True)
class Isolation:
    """One way to start `grade_one`.

    Attributes:
        kind: "container", "sandbox" or "process only", as the table says.
        modules: where the tasks are declared.
        memory: gigabytes that a submission may take in addition to TensorFlow's own.
        image: the container's, or empty.
        engine: the path of podman or docker, or empty.
    """

    kind: str
    modules: tuple[str, ...]
    memory: float
    image: str = ""
    engine: str = ""

    def place_inside(self, notebook: Path) -> str:
        """Returns the path by which the process finds the notebook."""
        if self.kind == PROCESS:
            return str(notebook.resolve())
        return f"{INSIDE}/{notebook.name}"

    def places_to_write(self, home: Path) -> list[str]:
        """Returns the folders in which the process may write, and which hold nothing of the user's.

        Args:
            home: as for `start`.
        """
        return [str(home)] if self.kind == PROCESS else list(PLACES_INSIDE)

    def start(self, notebook: Path, home: Path, mark: str) -> subprocess.Popen:
        """Starts `grade_one`, which waits for its job on standard input.

        Args:
            notebook: the submission, which the process may read.
            home: an empty folder, for a process without a sandbox.
            mark: tells this process, and what it starts, from all others.
        """
        if self.kind == CONTAINER:
            command, environment = self._container(notebook, mark), dict(os.environ)
        elif self.kind == SANDBOX:
            command, environment = self._sandbox(notebook), _environment(HOME_INSIDE, mark)
        else:
            command, environment = [sys.executable, *PROGRAM], _environment(str(home), mark)
        return subprocess.Popen(
            command,
            cwd=home,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def end(self, process: subprocess.Popen, mark: str) -> None:
        """Ends a process with all that it has started."""
        if self.kind == CONTAINER:
            subprocess.run([self.engine, "rm", "--force", mark], capture_output=True)
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.wait()
        if self.kind == PROCESS:
            _end_all_that_is_marked(mark)

    def _sandbox(self, notebook: Path) -> list[str]:
        places = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session"]
        places += ["--cap-drop", "ALL", "--proc", "/proc", "--dev", "/dev"]
        for place in ("/tmp", "/dev/shm"):  # both are memory
            places += ["--size", str(TEMPORARY_BYTES), "--tmpfs", place]
        for place in [*SYSTEM_PLACES, *_places_of_python(self.modules)]:
            places += ["--ro-bind-try", place, place]
        places += ["--dir", HOME_INSIDE, "--chdir", HOME_INSIDE, "--dir", INSIDE]
        places += ["--ro-bind", str(notebook.resolve()), self.place_inside(notebook)]
        places += ["--remount-ro", "/dev", "--remount-ro", "/"]
        return [*places, "--", sys.executable, *PROGRAM]

    def _container(self, notebook: Path, mark: str) -> list[str]:
        return [
            *(self.engine, "run", "--rm", "--interactive", f"--name={mark}", "--network=none"),
            *("--read-only", f"--tmpfs=/tmp:rw,size={TEMPORARY_BYTES}", "--cap-drop=ALL"),
            *("--security-opt=no-new-privileges", f"--pids-limit={PROCESSES}"),
            # TensorFlow itself takes about a gigabyte.
            *(f"--memory={self.memory + 1.5:g}g", f"--env=HOME={HOME_INSIDE}", "--workdir=/tmp"),
            f"--volume={notebook.resolve()}:{self.place_inside(notebook)}:ro",
            *(self.image, "python", *PROGRAM),
        ]


def choose_isolation(modules: Sequence[str], memory: float, image: str = "") -> Isolation:
    """Finds the strictest way that can be had on this machine.

    Raises:
        NoIsolation: a container was asked for, and there is no engine for it.
    """
    if image:
        engine = next(filter(None, map(shutil.which, ENGINES)), None)
        if engine is None:
            raise NoIsolation(
                f"Expected podman or docker for the image {image}, but neither is installed: "
                "install one, or grade without --container."
            )
        return Isolation(CONTAINER, tuple(modules), memory, image, engine)
    kind = SANDBOX if _has_bubblewrap() else PROCESS
    return Isolation(kind, tuple(modules), memory)


def _has_bubblewrap() -> bool:
    """Says whether bubblewrap is installed and allowed: some systems and containers forbid it."""
    if shutil.which("bwrap") is None:
        return False
    trial = ["bwrap", "--unshare-all", "--cap-drop", "ALL", "--ro-bind", "/", "/"]
    trial += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--", "true"]
    return subprocess.run(trial, capture_output=True).returncode == 0


def _places_of_python(modules: Sequence[str]) -> list[str]:
    """Returns the folders and files of Python, its packages, the course and its data."""
    places = [sys.prefix, sys.base_prefix, *site.getsitepackages(), str(data_dir())]
    places.append(str(Path(lessons_lib.__file__).parent))
    for name in modules:
        found = importlib.util.find_spec(name.partition(".")[0])
        if found is not None and found.origin and not name.startswith("lessons_lib"):
            origin = Path(found.origin)
            places.append(str(origin.parent if origin.name == "__init__.py" else origin))
    if site.ENABLE_USER_SITE:
        places.append(site.getusersitepackages())
    return list(dict.fromkeys(places))


def _environment(home: str, mark: str) -> dict[str, str]:
    """Returns what a submission's process sees: the course's settings, no secrets of the user."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.startswith((*KEPT_VARIABLES, "LESSONS_"))
    }
    folders = dict.fromkeys(("HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP"), home)
    return (
        kept
        | folders
        | {
            "MPLBACKEND": "Agg",
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            "LESSONS_DATA_DIR": str(data_dir()),
            # A process with a single thread can be forked safely; see `children`.
            "OPENBLAS_NUM_THREADS": "1",
            MARK: mark,
        }
    )


def _end_all_that_is_marked(mark: str) -> None:
    """Ends processes that left their group and outlived the one that started them."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(MARK) == mark:
                process.kill()
