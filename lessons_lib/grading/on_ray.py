"""Sends submissions to a Ray cluster, whose machines grade them as this one would.

A submission travels as bytes, and comes back as rows, so the machines need share no disk. Where
one of them is lost, Ray lets another do its submissions again.
"""

import tempfile
from pathlib import Path
from typing import Any

from lessons_lib.grading.answers import LARGEST_FILE, lesson_in_name
from lessons_lib.grading.grade_folder import UNREADABLE, Submission, grade_submission
from lessons_lib.grading.isolation import Isolation, choose_isolation
from lessons_lib.grading.row import Row

MOST_RETRIES = 3  # of a submission whose machine or process was lost


class RayGrader:
    """Grades a submission in a cluster; called like ``grade_submission``, by several threads."""

    def __init__(self, ray: Any):
        """Takes the module ``ray``, connected to a cluster."""
        self._ray = ray
        self._grade = ray.remote(num_cpus=1, max_retries=MOST_RETRIES)(grade_content)

    @property
    def jobs(self) -> int:
        """How many submissions the cluster takes at once."""
        return max(1, int(self._ray.cluster_resources().get("CPU", 1)))

    def __call__(self, submission: Submission, isolation: Isolation) -> list[Row]:
        """Grades one notebook; whatever it is, there is at least one row for it."""
        path = submission.path
        try:
            content = path.read_bytes() if path.stat().st_size <= LARGEST_FILE else None
        except OSError:
            content = None
        if content is None:  # nothing of it will be run: the row says why
            return grade_submission(submission, isolation)
        demands = (list(isolation.modules), isolation.memory, isolation.image)
        waiting = self._grade.remote(submission.student, path.name, content, demands)
        try:
            return self._ray.get(waiting)
        except self._ray.exceptions.RayError as problem:
            message = (
                "It cannot be graded: the cluster has lost its process "
                f"{MOST_RETRIES + 1} times ({type(problem).__name__})."
            )
            place = (submission.student, path.name, lesson_in_name(path.stem), "")
            return [Row(*place, outcome=UNREADABLE, misconception="", message=message)]


def grade_content(
    student: str, name: str, content: bytes, demands: tuple[list[str], float, str]
) -> list[Row]:
    """Grades a notebook on the machine where this is called, kept apart as strictly as it can."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        return grade_submission(Submission(student, path), choose_isolation(*demands))
