"""The teacher's kit says what the course says: messages, minutes, sections, commands, answers."""

import re
import tomllib

import nbformat
import numpy as np
import pytest
from PIL import Image

from lessons_lib.authoring import glossary, quiz
from lessons_lib.authoring.notebooks import REPOSITORY
from lessons_lib.checks import LESSON_MODULES, load_tasks

GUIDE = (REPOSITORY / "TEACHING.md").read_text("utf-8")
QUIZ = quiz.SOURCE.read_text("utf-8")
PLANS = {"90 minutes": 90, "Half a day": 240}  # minutes, breaks included


def part(heading: str) -> str:
    """What stands below a heading of the guide, up to the next of any rank."""
    (found,) = re.findall(rf"^#+ {heading}.*?\n(.*?)(?=^#)", GUIDE, re.MULTILINE | re.DOTALL)
    return found


def rows(text: str) -> list[list[str]]:
    cells = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in cells[2:]]


def titles(lesson: int) -> str:
    (path,) = (REPOSITORY / "notebooks").glob(f"{lesson:02}_*.ipynb")
    notebook = nbformat.read(path, as_version=4)
    return "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def test_each_message_that_the_guide_quotes_is_one_of_its_task():
    quoted = re.findall(r"^\| (\d) \| `(\w+)`: “([^”]+)”", GUIDE, re.MULTILINE)
    tasks = load_tasks(LESSON_MODULES)
    assert len(quoted) >= 20 and {lesson for lesson, _, _ in quoted} == set("123456")
    for lesson, name, message in quoted:
        assert tasks[name].lesson == int(lesson)
        said = [one.message for one in tasks[name].misconceptions]
        assert any(one.startswith(message) for one in said), f"{name}: {message}"


@pytest.mark.parametrize(("plan", "minutes"), PLANS.items())
def test_the_minutes_of_a_plan_add_up_and_its_sections_are_there(plan, minutes):
    lesson = 0
    assert sum(int(row[0]) for row in rows(part(plan))) == minutes
    for row in rows(part(plan)):
        lesson = int(next(iter(re.findall(r"lesson (\d)", row[1])), lesson))
        named = re.search(r"sections? ([\d, to and]+)", row[1])
        for section in re.findall(r"\d+", named[1]) if named else ():
            assert f"\n## {section} · " in "\n" + titles(lesson), f"lesson {lesson}, {section}"
        for task in re.findall(r"`(\w+)`", row[1] + row[3]):
            assert task in load_tasks(LESSON_MODULES)


def test_the_meetings_have_the_minutes_of_the_readme():
    readme = (REPOSITORY / "README.md").read_text("utf-8")
    for number, lesson, minutes, exercises, more, _question in rows(part("Five meetings")):
        assert re.search(rf"^\| {number} \| {re.escape(lesson)} \| {minutes} \|", readme, re.M)
        path = re.search(r"\((.+)\)", exercises)[1]
        assert f"({path}) | {more} |" in readme


def test_the_quiz_gives_each_lesson_four_questions_and_each_choice_a_reason():
    questions = quiz.read_quiz(QUIZ)
    assert sorted(one.lesson for one in questions) == sorted([*range(1, 6)] * 4)
    places = [[choice.right for choice in one.choices].index(True) for one in questions]
    assert all(sum(choice.right for choice in one.choices) == 1 for one in questions)
    assert max(places.count(place) for place in range(4)) <= 9  # a place is no clue
    longest = [max(one.choices, key=lambda choice: len(choice.text)).right for one in questions]
    assert sum(longest) <= 15  # nor is the length


def test_the_page_of_the_quiz_is_in_step():
    assert quiz.PAGE.read_text("utf-8") == quiz.write_page(quiz.read_quiz(QUIZ)), (
        "run python -m lessons_lib.authoring.quiz"
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda choices: choices.pop(), "has to have 4 choices"),
        (lambda choices: choices[1].update(text=choices[0]["text"]), "no two of them alike"),
        (lambda choices: choices[2].pop("because"), "gives no reason for"),
    ],
)
def test_a_quiz_that_lacks_something_is_refused(change, said, monkeypatch):
    content = tomllib.loads(QUIZ)
    change(content["question"][0]["choices"])
    monkeypatch.setattr(quiz.tomllib, "loads", lambda text: content)
    with pytest.raises(quiz.QuizProblem, match=f"question 1 .*{said}"):
        quiz.read_quiz("")


def test_the_glossary_has_a_picture_with_alternative_text_for_each_term():
    page = glossary.PAGE.read_text("utf-8")
    shown = dict(re.findall(r"^!\[(.+)\]\(glossary/(.+)\)$", page, re.MULTILINE))
    assert list(shown.values()) == [term.file for term in glossary.TERMS]
    assert all(len(alternative) > 20 for alternative in shown)
    assert page == glossary.write_page({file: alt for alt, file in shown.items()}), (
        "run python -m lessons_lib.authoring.glossary"
    )
    for file in shown.values():
        picture = np.asarray(Image.open(glossary.PAGE.parent / "glossary" / file))
        assert picture.std() > 5, f"{file} shows nothing"
    present = {path.name for path in (glossary.PAGE.parent / "glossary").iterdir()}
    assert present == set(shown.values())


def test_the_sheet_says_what_the_lessons_compute():
    from lessons_lib.metrics import iou_per_class

    sheet = (REPOSITORY / "docs" / "reference.md").read_text("utf-8")
    confusion = np.array([[8, 2], [4, 6]])
    hits, row, column = 8, 10, 12
    assert "hits / (row + column − hits)" in sheet
    assert iou_per_class(confusion)[0] == pytest.approx(hits / (row + column - hits))
    assert 1 / (column / hits + row / hits - 1) == pytest.approx(hits / (row + column - hits))


def test_nbgraders_config_is_python_that_sets_a_time_long_enough():
    from traitlets.config import Config

    config = Config()
    path = REPOSITORY / "docs" / "teaching" / "nbgrader_config.py"
    exec(compile(path.read_text("utf-8"), path.name, "exec"), {"get_config": lambda: config})
    assert config.Execute.timeout == config.Execute.startup_timeout == 300
