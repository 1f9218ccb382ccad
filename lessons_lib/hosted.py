"""On Colab and Kaggle: the course is made to fit what the host has, instead of the other way round.

The first cell of each notebook installs the course without what it depends on, then calls
`prepare`. TensorFlow, the kernel and other parts of the host's own stay in their versions, and
whatever else is missing is installed beside them.
"""

import importlib.metadata
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from packaging.requirements import Requirement

from lessons_lib import __version__, origin
from lessons_lib.workspace import MANIFEST, fill

PACKAGE = "unet-lessons"
FOLDER = "unet-lessons"
# What a host has built for its graphics card, or runs by itself.
HOSTS_OWN = {
    "tensorflow", "keras", "numpy", "scipy", "matplotlib", "pillow",
    "ipykernel", "ipywidgets", "jupyter-client", "nbformat", "nbclient",
}  # fmt: skip


class HostProblem(Exception):
    """A host on which the course cannot be installed, in a sentence for the learner."""


def prepare() -> None:
    """Installs what is missing, switches widgets on, and goes to a folder with the lessons in it.

    Lessons read figures from ``../docs/results``, so each host gets a folder of the course. Calling
    it once more changes nothing.

    Raises:
        HostProblem: a package cannot be installed.
    """
    asked = [Requirement(line) for line in importlib.metadata.requires(PACKAGE) or []]
    wanted, other = missing([one for one in asked if not one.marker or one.marker.evaluate()])
    if wanted:
        _install(wanted)
    switch_widgets_on()
    go_to_course_folder()
    print(f"unet-lessons {__version__} is installed; its files are in {Path.cwd().parent}.")
    for requirement, version in other:
        print(
            f"This host has {requirement.name} {version}; the course is tested with "
            f"{requirement.specifier}."
        )


def missing(asked: list[Requirement]) -> tuple[list[str], list[tuple[Requirement, str]]]:
    """Compares what the course asks for with what is installed.

    Args:
        asked: the course's own requirements, without those of extras.

    Returns:
        What is to be installed, as pip understands it, and the host's own packages that are of
        another version than the course asks for, which stay.
    """
    wanted, other = [], []
    for requirement in asked:
        try:
            version = importlib.metadata.version(requirement.name)
        except importlib.metadata.PackageNotFoundError:
            wanted.append(f"{requirement.name}{requirement.specifier}")
            continue
        if requirement.specifier.contains(version, prereleases=True):
            continue
        if requirement.name in HOSTS_OWN:
            other.append((requirement, version))
        else:
            wanted.append(f"{requirement.name}{requirement.specifier}")
    return wanted, other


def _install(wanted: list[str]) -> None:
    """Lets pip install packages, with the host's own held at their versions."""
    held = []
    for name in sorted(HOSTS_OWN):
        try:
            held.append(f"{name}=={importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    with tempfile.TemporaryDirectory() as folder:
        constraints = Path(folder) / "constraints.txt"
        constraints.write_text("\n".join(held))
        command = [sys.executable, "-m", "pip", "install", "--quiet", "-c", str(constraints)]
        done = subprocess.run([*command, *wanted], capture_output=True, text=True)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["pip says nothing"])[-1]
        raise HostProblem(f"{', '.join(wanted)} cannot be installed here: {last}")


def switch_widgets_on() -> None:
    """Lets Colab show widgets that are not its own; elsewhere there is nothing to switch."""
    if "google.colab" in sys.modules:
        from google.colab import output  # pyright: ignore[reportMissingImports]

        output.enable_custom_widget_manager()


def go_to_course_folder() -> None:
    """Copies the course below the working folder, once, and goes to its lessons."""
    if not (Path.cwd().parent / MANIFEST).exists():
        folder = Path.cwd() / FOLDER
        fill(folder, origin.course_folder(), version=__version__)
        os.chdir(folder / "notebooks")
