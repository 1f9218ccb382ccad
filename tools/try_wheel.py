"""Tries what `pip install unet-lessons[lab]` gives: builds the wheel, and learns from it.

    python tools/try_wheel.py                  everything: half an hour
    python tools/try_wheel.py --lessons 1 3    these lessons and their exercises

The wheel goes into an empty environment, the lessons into an empty folder, both of them temporary
(3 GB), as well as home and data. There JupyterLab is started and asked for the first lesson;
lessons, exercises as they come and solutions are executed; the solutions are handed in and graded.
Writes what ran into ``docs/wheel.md`` (``--table`` names another file); ends with 1 where something
failed.
"""

import argparse
import csv
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
import venv
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LARGEST_WHEEL = 12e6  # bytes
CELL_TIMEOUT = 900  # seconds
PATIENCE = 300  # seconds for JupyterLab, or a kernel, to answer
TOKEN = "tried"
PORT = 18888


class Trial:
    """An environment with the wheel, a folder with the lessons, and what was seen of them."""

    def __init__(self, place: Path, table: Path):
        """Names the folders, and the file for the table; nothing is made yet."""
        self.place, self.table = place, table
        self.folder = place / "lessons"
        self.memory = 0.0  # GB, of the largest process of the last call
        self.rows: list[tuple[str, bool, str, float]] = []
        self.environment = os.environ | {
            "HOME": str(place / "home"),
            "LESSONS_DATA_DIR": str(place / "data"),
            "LESSONS_PETS": "drawn_pets",
        }
        for name in ("PYTHONPATH", "PYTHONHOME", "LESSONS_ENCODER", "VIRTUAL_ENV"):
            self.environment.pop(name, None)

    def program(self, name: str) -> str:
        """Returns the path of a program of the environment."""
        windows = sys.platform == "win32"
        return str(self.place / "env" / ("Scripts" if windows else "bin") / name)

    def call(self, *command: str, where: Path | None = None) -> str:
        """Runs a program of the environment; returns what it says, raises where it fails."""
        with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as errors:
            process = subprocess.Popen(
                [self.program(command[0]), *command[1:]],
                cwd=where or self.place,
                env=self.environment,
                stdout=said,
                stderr=errors,
            )
            returncode, self.memory = wait_for(process)
            said.seek(0)
            errors.seek(0)
            if returncode != 0:
                raise RuntimeError((errors.read() or said.read()).strip()[-2000:])
            return said.read()

    def note(self, what: str, see: Callable[[], str]) -> None:
        """Adds a row: what was tried, whether it went well, what was seen, and the seconds."""
        start = time.perf_counter()
        try:
            well, seen = True, see()
        except Exception as problem:  # the other rows are wanted all the same
            well, seen = False, str(problem)
        self.rows.append((what, well, seen, time.perf_counter() - start))
        write_table(self, self.table)
        print(f"{'ok ' if well else 'NO '} {what}: {seen} ({self.rows[-1][3]:.0f} s)", flush=True)


def wait_for(process: subprocess.Popen) -> tuple[int, float]:
    """Waits; returns exit code and the memory in GB of the largest process among its children."""
    if not hasattr(os, "wait4"):  # Windows
        return process.wait(), float("nan")
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 if sys.platform == "darwin" else 1024
    return process.returncode, usage.ru_maxrss * unit / 1e9


def build_wheel(place: Path) -> Path:
    """Builds the wheel from the files that git knows, so that nothing else gets into it."""
    listed = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True)
    for name in filter(None, listed.split("\0")):
        (place / "source" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, place / "source" / name)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir"]
    subprocess.run([*command, str(place), str(place / "source")], check=True)
    (wheel,) = place.glob("*.whl")
    return wheel


def install(trial: Trial, wheel: Path) -> str:
    """Puts the wheel and JupyterLab into an empty environment."""
    venv.create(trial.place / "env", with_pip=True)
    trial.call("python", "-m", "pip", "install", "--quiet", f"{wheel}[lab]")
    return trial.call("unet-lessons", "--version").strip()


def see_size(wheel: Path) -> str:
    """Looks whether the wheel is small enough."""
    size = wheel.stat().st_size
    if size > LARGEST_WHEEL:
        raise RuntimeError(f"{size / 1e6:.1f} MB, more than {LARGEST_WHEEL / 1e6:.0f}")
    return f"{size / 1e6:.1f} MB"


def see_lab(trial: Trial) -> str:
    """Starts JupyterLab in the folder and asks it for the first lesson."""
    command = [trial.program("unet-lessons"), "lab", str(trial.folder), "--solutions"]
    command += ["--no-browser", f"--port={PORT}", f"--IdentityProvider.token={TOKEN}"]
    address = f"http://127.0.0.1:{PORT}/api/contents/notebooks/01_data_and_masks.ipynb"
    with open(trial.place / "lab.log", "w") as log:
        lab = subprocess.Popen(
            command, cwd=trial.place, env=trial.environment, stdout=log, stderr=log
        )
        try:
            deadline = time.monotonic() + PATIENCE
            while True:
                try:
                    with urllib.request.urlopen(f"{address}?token={TOKEN}") as answer:
                        return f"JupyterLab gives the first lesson, {len(answer.read()):,} bytes"
                except OSError:
                    if lab.poll() is not None or time.monotonic() > deadline:
                        raise RuntimeError((trial.place / "lab.log").read_text()[-2000:]) from None
                    time.sleep(0.5)
        finally:
            # The command waits for JupyterLab, which has to be asked itself.
            trial.call("jupyter-server", "stop", str(PORT))
            lab.wait(PATIENCE)


def see_notebook(trial: Trial, path: Path) -> str:
    """Executes a copy of a notebook where the learner would."""
    copy = path.with_name(f"run_{path.name}")
    trial.call(
        "jupyter-nbconvert", "--to", "notebook", "--execute", "--output", copy.name,
        f"--ExecutePreprocessor.timeout={CELL_TIMEOUT}",
        f"--ExecutePreprocessor.startup_timeout={PATIENCE}", path.name, where=path.parent,
    )  # fmt: skip
    return f"every cell ran, {trial.memory:.1f} GB"


def see_grades(trial: Trial, names: list[str]) -> str:
    """Hands the solutions in, as one student, and looks whether all are right."""
    student = trial.place / "submitted" / "solver"
    student.mkdir(parents=True)
    for name in names:
        shutil.copy(trial.folder / "solutions" / name, student / name)
    trial.call("unet-lessons", "exercises", "grade", str(student.parent))
    with (trial.place / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    right = [row for row in rows if row["outcome"] == "right"]
    if not rows or len(right) < len(rows):
        raise RuntimeError(f"{len(right)} of {len(rows)} right")
    return f"{len(right)} of {len(rows)} tasks right, isolated by {rows[0]['isolation']}"


def write_table(trial: Trial, table: Path) -> None:
    """Writes what has been tried so far, so that an interruption leaves that much."""
    system = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    lines = [
        "# What ran from the wheel",
        "",
        "Written by `python tools/try_wheel.py`: the wheel in an empty environment, the lessons in",
        f"an empty folder. {system}, {time.strftime('%-d %B %Y')}.",
        "",
        "| what | | seen | seconds |",
        "|---|---|---|---|",
    ]
    for what, well, seen, seconds in trial.rows:
        said = " ".join(seen.split()).replace(str(trial.place), "").replace("|", "\\|")[-300:]
        lines.append(f"| {what} | {'ok' if well else '**failed**'} | {said} | {seconds:.0f} |")
    table.write_text("\n".join(lines) + "\n", "utf-8")


def main() -> None:
    """Tries everything, or the lessons that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lessons", type=int, nargs="+", default=[1, 2, 3, 4, 5, 6])
    parser.add_argument("--table", type=Path, default=ROOT / "docs" / "wheel.md")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        trial = Trial(Path(folder), asked.table)
        (trial.place / "home").mkdir()
        wheel = build_wheel(trial.place)
        trial.note("the wheel", lambda: see_size(wheel))
        trial.note("`pip install`", lambda: install(trial, wheel))
        trial.note("`unet-lessons lab`", lambda: see_lab(trial))
        trial.note(
            "`unet-lessons doctor`", lambda: trial.call("unet-lessons", "doctor").splitlines()[-1]
        )
        for kind in ("notebooks", "exercises", "solutions"):
            for path in sorted((trial.folder / kind).glob("[0-9]*.ipynb")):
                if int(path.name[:2]) in asked.lessons:
                    trial.note(f"{kind}/{path.name}", lambda path=path: see_notebook(trial, path))
        graded = [
            path.name
            for path in sorted((trial.folder / "solutions").glob("[0-9]*.ipynb"))
            if int(path.name[:2]) in asked.lessons
        ]
        trial.note("grading", lambda: see_grades(trial, graded))
    sys.exit(0 if all(well for _, well, _, _ in trial.rows) else 1)


if __name__ == "__main__":
    main()
