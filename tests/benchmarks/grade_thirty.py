"""Thirty students' notebooks of all five lessons, graded by one call, every row right.

It takes minutes, so it runs on demand: ``pytest -s tests/benchmarks/grade_thirty.py``.
"""

import html
import os
import time
from collections import Counter

import pytest
from course_submissions import (
    DAMAGES,
    ENDS_PYTHON,
    NEVER_ENDS,
    CourseSubmission,
    all_wrong,
    partly_right,
)
from test_grading_course import grade

from lessons_lib.checks.result import NOT_ATTEMPTED, OUTCOMES, WRONG

RIGHT_ONES = [CourseSubmission(f"right_{lesson}", lesson) for lesson in range(1, 6)]
PARTLY_RIGHT = [
    *(CourseSubmission(f"partly_1{n}", 1, "none", partly_right(1, n)) for n in range(3)),
    *(CourseSubmission(f"partly_{n}", n, "none", partly_right(n, n)) for n in range(2, 6)),
    CourseSubmission("untouched", 3, "none", dict.fromkeys(partly_right(3, 0), NOT_ATTEMPTED)),
    CourseSubmission("endless", 1, "none", {"class_shares": NEVER_ENDS}),
    CourseSubmission("exits", 2, "none", {"freeze": ENDS_PYTHON, "tap_sides": "deep first"}),
]
HARMLESS = [name for name in DAMAGES if name not in ("none", "no_imports")]
DAMAGED = [
    *(
        CourseSubmission(f"damaged_{damage}", 1 + n % 5, damage, all_wrong(1 + n % 5, n))
        for n, damage in enumerate(HARMLESS)
    ),
    # Without its imports a notebook of another lesson lacks more than the usual names.
    CourseSubmission("damaged_no_imports", 1, "no_imports", partly_right(1, 5)),
    CourseSubmission("damaged_doubled_2", 2, "doubled", partly_right(2, 3)),
    CourseSubmission("damaged_split_5", 5, "split"),
    CourseSubmission("damaged_moved_4", 4, "moved"),
]
CLASS = sorted([*RIGHT_ONES, *PARTLY_RIGHT, *DAMAGED], key=lambda one: one.student)
EXPECTED = [row for submission in CLASS for row in submission.expected_rows()]


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Grades the class; says how long that took, and how busy the machine was."""
    began, load = time.perf_counter(), os.getloadavg()[0]
    rows, page = grade(CLASS, tmp_path_factory.mktemp("thirty"))
    minutes = (time.perf_counter() - began) / 60
    told = ", ".join(f"{count} {outcome}" for outcome, count in Counter(r[3] for r in rows).items())
    print(f"\n{len(CLASS)} students, {len(rows)} rows ({told}) in {minutes:.1f} minutes")
    print(f"on {os.cpu_count()} cores, with {load:.1f} processes waiting before it began")
    return rows, page


def test_the_class_is_as_large_and_as_damaged_as_promised():
    assert len({one.student for one in CLASS}) == len(CLASS) == 30
    assert len({one.damage for one in CLASS} - {"none"}) >= 10
    assert {row[3] for row in EXPECTED} > set(OUTCOMES)
    assert len({row[2:5:2] for row in EXPECTED if row[3] == WRONG}) >= 75


@pytest.mark.parametrize("submission", CLASS, ids=lambda one: one.student)
def test_every_row_is_right(graded, submission):
    rows, _ = graded
    assert [row for row in rows if row[0] == submission.student] == submission.expected_rows()


def test_there_is_no_other_row(graded):
    assert sorted(graded[0]) == sorted(EXPECTED)


def test_the_page_tells_the_commonest_misconceptions(graded):
    _, page = graded
    for (_, _, _, _, name), _ in Counter(r for r in EXPECTED if r[3] == WRONG).most_common(5):
        assert html.escape(name) in page
