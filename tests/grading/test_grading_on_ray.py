"""Grading on a Ray cluster gives what grading here gives, also where a process is lost."""

import contextlib
import importlib.util
import shutil
import threading
import time
from types import SimpleNamespace

import psutil
import pytest

from lessons_lib.authoring.notebooks import REPOSITORY
from lessons_lib.checks import LESSON_MODULES
from lessons_lib.grading import on_ray
from lessons_lib.grading.grade_folder import UNREADABLE, Submission, grade_folder
from lessons_lib.grading.isolation import PROCESS, Isolation, choose_isolation
from lessons_lib.grading.on_ray import RayGrader

has_ray = importlib.util.find_spec("ray") is not None
needs_ray = pytest.mark.skipif(not has_ray, reason="Ray (extra cluster) is not installed")
HERE = Isolation(PROCESS, tuple(LESSON_MODULES), 4.0)


class StandIn:
    """As much of Ray as the grader uses: what is called runs here, or is lost."""

    class exceptions:
        class RayError(Exception):
            pass

    def __init__(self, lost=False):
        self.lost, self.options = lost, {}

    def remote(self, **options):
        self.options = options
        return lambda function: SimpleNamespace(remote=lambda *given: (function, given))

    def get(self, waiting):
        if self.lost:
            raise self.exceptions.RayError("the process died")
        function, given = waiting
        return function(*given)

    def cluster_resources(self):
        return {"CPU": 7.0}


def test_a_submission_travels_with_its_name_and_content(tmp_path, monkeypatch):
    seen = []

    def grade(submission, isolation):
        seen.append((submission.student, submission.path.name, submission.path.read_bytes()))
        return ["a row"]

    monkeypatch.setattr(on_ray, "grade_submission", grade)
    (tmp_path / "01_x.ipynb").write_bytes(b"\x00\xff")
    ray = StandIn()
    grader = RayGrader(ray)
    assert grader.jobs == 7 and ray.options == {"num_cpus": 1, "max_retries": 3}
    assert grader(Submission("ann", tmp_path / "01_x.ipynb"), HERE) == ["a row"]
    assert seen == [("ann", "01_x.ipynb", b"\x00\xff")]


def test_a_file_that_cannot_be_read_gets_its_row_without_the_cluster(tmp_path):
    (row,) = RayGrader(StandIn(lost=True))(Submission("ann", tmp_path / "03_gone.ipynb"), HERE)
    assert (row.outcome, row.lesson) == (UNREADABLE, 3)


def test_a_submission_that_the_cluster_loses_again_and_again_gets_a_row_that_says_so(tmp_path):
    (tmp_path / "02_x.ipynb").write_text("{}")
    (row,) = RayGrader(StandIn(lost=True))(Submission("ann", tmp_path / "02_x.ipynb"), HERE)
    assert (row.student, row.lesson, row.outcome) == ("ann", 2, UNREADABLE)
    assert "has lost its process 4 times" in row.message


@needs_ray
@pytest.mark.slow
def test_a_cluster_grades_as_this_machine_does_and_a_killed_process_loses_nothing(tmp_path):
    from lessons_lib.ray_cluster import connected

    notebook = "05_class_imbalance.ipynb"
    for student, folder in (("ann", "solutions"), ("bob", "exercises"), ("cy", "solutions")):
        (tmp_path / student).mkdir()
        shutil.copy(REPOSITORY / folder / notebook, tmp_path / student / notebook)
    isolation = choose_isolation(LESSON_MODULES, memory=4.0)
    killed = []

    def kill_one() -> None:
        while not killed:
            for process in psutil.Process().children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    if "ray::grade_content" in " ".join(process.cmdline()):
                        time.sleep(1)
                        process.kill()
                        killed.append(process.pid)
                        return
            time.sleep(0.1)

    thread = threading.Thread(target=kill_one, daemon=True)
    with connected() as ray:
        thread.start()
        rows = grade_folder(tmp_path, isolation, grade_one=RayGrader(ray))
    assert killed
    assert rows == grade_folder(tmp_path, isolation)
    assert {row.student for row in rows} == {"ann", "bob", "cy"}
