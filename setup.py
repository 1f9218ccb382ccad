"""Lets the lessons travel in the wheel, below ``lessons_lib/course``.

Setuptools packs what lies in a package, and the notebooks lie beside it, where readers look.
All else is in pyproject.toml.
"""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

TRAVELLING = {
    "notebooks": "*.ipynb",
    "exercises": "*.ipynb",
    "solutions": "*.ipynb",
    "docs/results": "*.json",  # figures that lessons draw
    "docs": "*.svg",  # their badges
}


class BuildWithLessons(build_py):
    """Builds the package with the lessons in it."""

    def run(self) -> None:
        """Copies them after the modules; an editable installation finds them in the clone."""
        super().run()
        if self.editable_mode:
            return
        course = Path(self.build_lib) / "lessons_lib" / "course"
        shutil.rmtree(course, ignore_errors=True)  # of an earlier build
        for folder, pattern in TRAVELLING.items():
            (course / folder).mkdir(parents=True, exist_ok=True)
            for file in sorted(Path(folder).glob(pattern)):
                shutil.copy(file, course / folder)


setup(cmdclass={"build_py": BuildWithLessons})
