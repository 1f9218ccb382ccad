"""Makes the course's environment: `.venv`, filled from requirements.lock, with the package in it.

    python tools/make_environment.py

`make lab` and `make test` call it each time; where nothing has changed it ends at once. It works
with uv where that is installed, else with venv and pip. Only the standard library is imported.
The code keeps to syntax that any Python can read (so no annotations and no f-strings), because a
Python that is too old must still be able to say so.
"""

from __future__ import print_function

import hashlib
import json
import os
import shutil
import subprocess
import sys

OLDEST_PYTHON = (3, 11)
FIRST_TOO_NEW_PYTHON = (3, 14)
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
INPUTS = ("requirements.lock", "pyproject.toml", os.path.join("tools", "make_environment.py"))


class SetupProblem(Exception):
    """What stops the set-up, in one sentence for the reader."""


def check_python(version, executable):
    """Raises SetupProblem where a Python of this version cannot run the course.

    Args:
        version: (major, minor, ...), as in `sys.version_info`.
        executable: what to call that Python in the sentence.
    """
    if not OLDEST_PYTHON <= tuple(version[:2]) < FIRST_TOO_NEW_PYTHON:
        raise SetupProblem(
            "This course needs Python 3.11, 3.12 or 3.13, and {} is Python {}: install one of "
            "these and name it, for example `make lab PYTHON=python3.12`.".format(
                executable, ".".join(str(part) for part in version[:3])
            )
        )


def environment_python(folder):
    """Returns the path of the Python inside the environment `folder`."""
    if os.name == "nt":
        return os.path.join(folder, "Scripts", "python.exe")
    return os.path.join(folder, "bin", "python")


def fingerprint(root, version):
    """Returns one line that changes whenever the environment has to be filled again.

    It holds the lock, the project file, this script, the Python version, and the folder (an
    environment that was moved with its folder no longer works).
    """
    digest = hashlib.sha256(root.encode("utf-8"))
    digest.update("{}.{}".format(*version[:2]).encode("ascii"))
    for name in INPUTS:
        with open(os.path.join(root, name), "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def python_version_of(folder):
    """Returns (major, minor) of the environment in `folder`, or None where it does not run."""
    command = [environment_python(folder), "-c", "import sys; print(*sys.version_info[:2])"]
    try:
        answer = subprocess.check_output(command, stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        return None
    return tuple(int(part) for part in answer.split())


def run(command):
    """Runs a command in the repository's folder; raises SetupProblem where it fails."""
    shown = [
        os.path.relpath(part, ROOT) if part.startswith(ROOT) else os.path.basename(part)
        for part in command
    ]
    print("+ " + " ".join(shown), flush=True)
    try:
        subprocess.check_call(command, cwd=ROOT)
    except subprocess.CalledProcessError as problem:
        raise SetupProblem(
            "The set-up stopped at `{} ...` (exit code {}): what went wrong stands above; once "
            "that is mended, the same command goes on from here.".format(
                " ".join(shown[:3]), problem.returncode
            )
        )


def create(folder, uv):
    """Makes an empty environment in `folder`, in place of one that does not run or does not fit."""
    if os.path.exists(folder):
        if not os.path.exists(os.path.join(folder, "pyvenv.cfg")):
            raise SetupProblem(
                "{} exists and is not a Python environment: move it away, "
                "the course makes its own there.".format(folder)
            )
        print("Replacing .venv: it does not run, or is of another Python version.", flush=True)
        shutil.rmtree(folder)
    if uv:
        run([uv, "venv", "--quiet", "--python", sys.executable, folder])
    else:
        run([sys.executable, "-m", "venv", folder])


def fill(folder, uv):
    """Installs the locked packages and the course itself (editable) into the environment."""
    python = environment_python(folder)
    if uv:
        install = [uv, "pip", "install", "--python", python]
    else:
        if subprocess.call([python, "-c", "import pip"], stderr=subprocess.DEVNULL) != 0:
            run([python, "-m", "ensurepip"])
        install = [python, "-m", "pip", "install", "--disable-pip-version-check"]
    run(install + ["--quiet", "--requirement", "requirements.lock"])
    # The lock holds setuptools, so nothing more has to be fetched to build the course itself.
    run(install + ["--quiet", "--no-deps", "--no-build-isolation", "--editable", "."])
    switch_reopening_on(folder)
    hide_teachers_buttons(folder)


def switch_reopening_on(folder):
    """Does for the editable installation what a wheel's data files do by themselves."""
    name = os.path.join("jupyter_server_config.d", "unet_lessons.json")
    settings = os.path.join(folder, "etc", "jupyter", name)
    if not os.path.isdir(os.path.dirname(settings)):
        os.makedirs(os.path.dirname(settings))
    shutil.copyfile(os.path.join(ROOT, "lessons_lib", name), settings)


def hide_teachers_buttons(folder):
    """Switches nbgrader's menus in JupyterLab off, unless the settings were ever changed.

    A teacher switches them on by `.venv/bin/jupyter labextension enable @jupyter/nbgrader`.
    """
    settings = os.path.join(folder, "etc", "jupyter", "labconfig", "page_config.json")
    if not os.path.exists(settings):
        os.makedirs(os.path.dirname(settings), exist_ok=True)
        with open(settings, "w") as file:
            json.dump({"disabledExtensions": {"@jupyter/nbgrader": True}}, file)


def make_environment():
    """Brings `.venv` in step with the lock, unless it is."""
    check_python(sys.version_info, sys.executable)
    folder = os.path.join(ROOT, ".venv")
    stamp = os.path.join(folder, "unet-lessons.stamp")
    wanted = fingerprint(ROOT, sys.version_info)
    if os.path.exists(stamp) and os.path.exists(environment_python(folder)):
        with open(stamp) as file:
            if file.read() == wanted:
                return
    uv = shutil.which("uv")
    print("Setting up .venv with {}; the first time about 3 GB are fetched and unpacked.".format(
        "uv" if uv else "venv and pip, which takes a few minutes"), flush=True)
    if python_version_of(folder) != tuple(sys.version_info[:2]):
        create(folder, uv)
    fill(folder, uv)
    with open(stamp, "w") as file:
        file.write(wanted)


if __name__ == "__main__":
    try:
        make_environment()
    except SetupProblem as problem:
        sys.exit(str(problem))
