"""nbgrader with the course's config, on the real lessons: `pytest -s` on this file, minutes each.

A student who hands the solution in gets all points, one who hands the released assignment in as it
came gets none, and nobody fails for want of time.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from lessons_lib.authoring.notebooks import REPOSITORY

CONFIG = REPOSITORY / "docs" / "teaching" / "nbgrader_config.py"
LESSONS = sorted((REPOSITORY / "solutions").glob("*.ipynb"))


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_the_cycle_of_an_assignment(path, tmp_path, monkeypatch):
    course, name = tmp_path / "course", path.stem
    (course / "source" / name).mkdir(parents=True)
    shutil.copy(CONFIG, course)
    shutil.copy(path, course / "source" / name)
    for variable in ("HOME", "JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(variable, str(tmp_path / variable.lower()))
    monkeypatch.setenv("LESSONS_PETS", "drawn_pets")
    scripts = str(Path(sys.executable).parent)
    monkeypatch.setenv("PATH", os.pathsep.join([scripts, os.environ["PATH"]]))

    def nbgrader(*arguments):
        command = [sys.executable, "-m", "nbgrader", *arguments]
        done = subprocess.run(command, cwd=course, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-3000:]

    nbgrader("generate_assignment", name)
    released = course / "release" / name / path.name
    for student, notebook in {"solver": path, "nobody": released}.items():
        (course / "submitted" / student / name).mkdir(parents=True)
        shutil.copy(notebook, course / "submitted" / student / name / path.name)
    nbgrader("autograde", name)
    nbgrader("generate_feedback", name)
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        most = gradebook.find_assignment(name).max_score
        scores = {
            student: gradebook.find_submission(name, student).score
            for student in ("solver", "nobody")
        }
    print(f"{name}: {scores} of {most}")
    assert most >= 5 and scores == {"solver": most, "nobody": 0}
