"""Writes ``docs/quiz.md`` from ``docs/teaching/quiz.toml``.

``python -m lessons_lib.authoring.quiz`` does it. The page shows the questions, and behind each what
is right and why every other choice is not. The choices are mixed, in the same way each time.
"""

import random
import tomllib
from pathlib import Path
from typing import NamedTuple

from lessons_lib.authoring.notebooks import REPOSITORY

SOURCE = REPOSITORY / "docs" / "teaching" / "quiz.toml"
PAGE = REPOSITORY / "docs" / "quiz.md"
LETTERS = "ABCD"
INTRODUCTION = """\
# Quiz

Four questions a lesson, for before it and after it. One choice is right; the answers say why, and
what each of the others mistakes. Written by `python -m lessons_lib.authoring.quiz` from
[teaching/quiz.toml](teaching/quiz.toml).
"""


class QuizProblem(Exception):
    """A quiz that cannot be written, in a sentence for the author."""


class Choice(NamedTuple):
    """A choice, why it is right or what it mistakes, and which it is."""

    text: str
    because: str
    right: bool


class Question(NamedTuple):
    """A question of a lesson, with its choices as they are shown."""

    lesson: int
    text: str
    choices: tuple[Choice, ...]


def read_quiz(text: str) -> list[Question]:
    """Reads the questions, and mixes the choices of each by a seed of its own.

    Raises:
        QuizProblem: ``question 3 …``: other than four choices, two alike, or one without a reason.
    """
    questions = []
    for number, entry in enumerate(tomllib.loads(text)["question"], start=1):
        choices = [
            Choice(one["text"], one.get("because", ""), right=index == 0)
            for index, one in enumerate(entry["choices"])
        ]
        if len(choices) != len(LETTERS) or len({one.text for one in choices}) != len(choices):
            raise QuizProblem(
                f"question {number} has to have {len(LETTERS)} choices, no two of them alike: "
                f"{[one.text for one in choices]}"
            )
        unexplained = [one.text for one in choices if not one.because]
        if unexplained:
            raise QuizProblem(f"question {number} gives no reason for {unexplained}.")
        random.Random(entry["text"]).shuffle(choices)
        questions.append(Question(entry["lesson"], entry["text"], tuple(choices)))
    return questions


def write_page(questions: list[Question]) -> str:
    """Returns the page."""
    lines = [INTRODUCTION]
    for lesson in sorted({one.lesson for one in questions}):
        lines.append(f"## Lesson {lesson}\n")
        asked = [one for one in questions if one.lesson == lesson]
        for number, question in enumerate(asked, start=1):
            lines.append(f"**{number}. {question.text}**\n")
            for letter, choice in zip(LETTERS, question.choices, strict=True):
                lines.append(f"- {letter}: {choice.text}")
            lines.append("\n<details>\n<summary>Answer</summary>\n")
            for letter, choice in zip(LETTERS, question.choices, strict=True):
                verdict = "**right.**" if choice.right else "no."
                lines.append(f"- {letter}: {verdict} {choice.because}")
            lines.append("\n</details>\n")
    return "\n".join(lines)


def main(source: Path = SOURCE, page: Path = PAGE) -> None:
    """Writes the page."""
    page.write_text(write_page(read_quiz(source.read_text("utf-8"))), "utf-8")


if __name__ == "__main__":
    main()
