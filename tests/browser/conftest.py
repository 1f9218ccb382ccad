"""Chromium, JupyterLab, and the lessons' explorers in it; skipped where one of them is missing.

A notebook with TensorFlow takes many seconds to open, so each lesson is opened once, and each
test runs the explorer's cell anew: it gets an explorer that nobody has touched.

Screenshots go to pytest's temporary folder, or to the one that LESSONS_SCREENSHOTS names.
"""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import nbformat
import pytest
from lab import CHROMIUM, FLAGS, LessonPage, lab_server
from lesson_cells import short_lesson

BADGE = Path(__file__).parents[2] / "docs" / "open_in_colab.svg"

# What JupyterLab itself says in the console, with or without an explorer.
ITS_OWN_PROBLEMS: tuple[str, ...] = ()


class Lesson(NamedTuple):
    """A lesson's notebook, the cells that show its explorers, and how its trainings are shrunk."""

    file_name: str
    cell_ids: tuple[str, ...]
    shrunk: dict[str, str]


FEWER_PETS = {"split_validation(pets.train)": "split_validation(pets.train.take(30))"}
LESSONS = {
    1: Lesson("01_data_and_masks.ipynb", ("look-browser",), {}),
    2: Lesson("02_encoder.ipynb", ("features-browser",), {}),
    4: Lesson(
        "04_training.ipynb",
        ("train", "replay", "inspect", "what-if"),
        FEWER_PETS | {"EPOCHS = 4": "EPOCHS = 2"},
    ),
    5: Lesson(
        "05_class_imbalance.ipynb",
        ("explore-weights",),
        FEWER_PETS | {'"epochs": 4': '"epochs": 1'},
    ),
}
EXPLORERS = [(number, cell) for number, lesson in LESSONS.items() for cell in lesson.cell_ids]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Runs a test that takes `explorer` once for each explorer of the course."""
    if "explorer" in metafunc.fixturenames:
        names = [f"lesson {number}: {cell}" for number, cell in EXPLORERS]
        metafunc.parametrize("explorer", EXPLORERS, ids=names, indirect=True)


@pytest.fixture(scope="session")
def chromium():
    """A headless Chromium."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not Path(CHROMIUM).exists():
        pytest.skip("chromium is not installed (on Debian: apt-get install chromium)")
    # Beside other tests a kernel may take seconds to answer; how fast it is, the benchmark says.
    playwright.expect.set_options(timeout=30_000)
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def lab(chromium, tmp_path_factory) -> Iterator[tuple[Path, str, str]]:
    """A JupyterLab: the folder that it serves, its address and its token."""
    folder = tmp_path_factory.mktemp("lab")
    with lab_server(folder) as (address, token):
        (folder / "lessons" / "docs").mkdir()
        shutil.copy(BADGE, folder / "lessons" / "docs")
        yield folder / "lessons", address, token


@pytest.fixture(scope="session")
def opened(chromium, lab) -> Iterator[dict[int, LessonPage]]:
    """The lessons that are open; they are closed at the end."""
    pages: dict[int, LessonPage] = {}
    yield pages
    for one in pages.values():
        one.page.close()


@pytest.fixture
def open_lesson(chromium, lab, opened):
    """Opens a lesson, unless it is; afterwards the browser must have nothing to complain of."""
    folder, address, token = lab

    def open_one(number: int) -> LessonPage:
        if number not in opened:
            lesson = LESSONS[number]
            notebook = short_lesson(lesson.file_name, lesson.cell_ids, lesson.shrunk)
            nbformat.write(notebook, folder / lesson.file_name)
            opened[number] = LessonPage(chromium, address, token, lesson.file_name)
            opened[number].run_all()
        opened[number].page.bring_to_front()
        return opened[number]

    yield open_one
    for one in opened.values():
        told, one.problems = one.problems, []
        assert [each for each in told if not _is_its_own(each)] == []
        assert one.hosts == {"127.0.0.1"}


def _is_its_own(problem: str) -> bool:
    return any(re.search(known, problem) for known in ITS_OWN_PROBLEMS)


@pytest.fixture
def explorer(request, open_lesson):
    """One of the course's explorers, untouched: the lesson's page, the cell, and the view."""
    number, cell_id = request.param
    lesson = open_lesson(number)
    # A training takes seconds, and nothing in its view changes any more.
    view = lesson.show_again(cell_id) if cell_id == "train" else lesson.show(cell_id)
    return lesson, cell_id, view


@pytest.fixture(scope="session")
def screenshots(tmp_path_factory) -> Path:
    """The folder for screenshots, for looking at."""
    wanted = os.environ.get("LESSONS_SCREENSHOTS")
    folder = Path(wanted) if wanted else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
