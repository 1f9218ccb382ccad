"""A quiz's form and its dictionary must lead to the same check."""

import html

import ipywidgets
import pytest

from lessons_lib.checks import Misconception, Task
from lessons_lib.checks.engine import judge
from lessons_lib.checks.quiz import Question, Quiz, read_answer

SIDES = Task(
    name="sides",
    lesson=2,
    minutes=3,
    aim="Say the sides, and which is deeper.",
    signature="sides",
    hints=("Halve.", "Halve twice."),
    reference={64: (32, 16), "deeper": "second"},
    misconceptions=(Misconception("doubles", "It shrinks.", {64: (128, 256), "deeper": "second"}),),
    why="Shapes have to fit.",
)


@pytest.fixture
def quiz():
    questions = (
        Question(64, "The sides for 64×64?"),
        Question("deeper", "Which is deeper?", choices=("first", "second")),
    )
    return Quiz("sides", questions, lambda answers: judge(SIDES, answers))


def fill(quiz, sides, deeper):
    quiz.fields[64].value = sides
    quiz.fields["deeper"].value = deeper
    quiz.button.click()
    return quiz.result.value


def test_a_filled_form_is_checked_as_the_dictionary_would_be(quiz):
    shown = fill(quiz, "32, 16", "second")
    assert judge(SIDES, {64: (32, 16), "deeper": "second"})._repr_html_() in shown
    assert "Right" in shown


def test_a_wrong_form_names_the_misconception(quiz):
    assert "It shrinks." in fill(quiz, "128, 256", "second")


def test_the_form_says_how_to_keep_the_answer_as_text(quiz):
    shown = fill(quiz, "32 16", "first")
    code = html.unescape(shown.partition("<pre>")[2].partition("</pre>")[0])
    assert code == "sides = {\n    64: (32, 16),\n    'deeper': 'first',\n}"


@pytest.mark.parametrize(("sides", "deeper"), [("", ...), ("32, 16", ...), ("", "second")])
def test_a_form_with_a_gap_is_not_attempted(quiz, sides, deeper):
    shown = fill(quiz, sides, deeper)
    assert "Not attempted" in shown
    assert "sides = {" not in shown


def test_what_is_written_cannot_become_markup(quiz):
    assert "<script>" not in fill(quiz, "<script>alert(1)</script>", "first")


def test_its_text_is_the_same_on_every_machine(quiz):
    assert repr(quiz).splitlines() == [
        "Questions of sides, as a form where widgets run:",
        "  64: The sides for 64×64? (your answer)",
        "  'deeper': Which is deeper? (first / second)",
    ]
    bundle = quiz._repr_mimebundle_()
    assert bundle["text/plain"] == repr(quiz)
    assert "application/vnd.jupyter.widget-view+json" in bundle


def test_every_question_is_read_beside_its_field(quiz):
    labels = [row.children[0] for row in quiz.children[:2]]
    assert all(isinstance(label, ipywidgets.Label) for label in labels)
    assert [label.value for label in labels] == ["The sides for 64×64?", "Which is deeper?"]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("48", 48),
        ("48, 24", (48, 24)),
        ("(48, 24, 12.5)", (48, 24, 12.5)),
        ("[48 24]", (48, 24)),
        ("48; 24;", (48, 24)),
        ("forty-eight", "forty-eight"),
        ("48 and 24", "48 and 24"),
        ("   ", ...),
        ("()", ...),
        (3, 3),
    ],
)
def test_a_field_is_read_as_a_learner_means_it(text, answer):
    assert read_answer(text) == answer
