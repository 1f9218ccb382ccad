"""Quiz-type exercises: a form to click and write in, beside the plain dictionary.

Both ways end in the same check. A quiz belongs to a task whose answer is a dictionary from
question to answer; the form's button hands such a dictionary to the task's check, and shows what
to write down to keep it. Where no widget runs, the questions are shown as text.
"""

import html
import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import ipywidgets

from lessons_lib.checks.result import CheckResult

SEPARATORS = re.compile(r"[\s,;]+")


@dataclass(frozen=True)
class Question:
    """One question of a quiz.

    Attributes:
        name: its key in the answer's dictionary.
        text: the question.
        choices: the answers to choose from; none means a field to write in: a number, several
            numbers separated by commas, or a text.
    """

    name: Hashable
    text: str
    choices: Sequence[Hashable] = ()


class Quiz(ipywidgets.VBox):
    """A form of questions with a button that checks the answers.

    Attributes:
        fields: the widget of each question, by the question's name.
        button: checks the answers.
        result: shows what the check says.
    """

    def __init__(
        self, task: str, questions: Sequence[Question], check: Callable[[dict], CheckResult]
    ) -> None:
        """Makes the widgets.

        Args:
            task: the task's name, which is also that of the learner's variable.
            questions: in their order.
            check: takes a dictionary from each question's name to its answer.
        """
        self.task, self.questions, self._check = task, tuple(questions), check
        self.fields = {question.name: _field(question) for question in questions}
        self.button = ipywidgets.Button(description="Check")
        self.button.on_click(self.check_answers)
        self.result = ipywidgets.HTML()
        rows = [
            ipywidgets.VBox([ipywidgets.Label(question.text), self.fields[question.name]])
            for question in questions
        ]
        super().__init__(children=[*rows, self.button, self.result])

    @property
    def answers(self) -> dict:
        """What has been answered so far; ``...`` where nothing has been."""
        return {name: read_answer(field.value) for name, field in self.fields.items()}

    def check_answers(self, _button: ipywidgets.Button | None = None) -> None:
        """Checks the answers and shows the result, and how to keep them in the notebook."""
        answers = self.answers
        keep = ""
        if ... not in answers.values():
            items = "".join(f"    {name!r}: {answer!r},\n" for name, answer in answers.items())
            code = html.escape(f"{self.task} = {{\n{items}}}")
            keep = (
                "<p>To keep this answer, copy it into the next cell, in place of what stands "
                f"there, and run that cell:</p><pre>{code}</pre>"
            )
        self.result.value = self._check(answers)._repr_html_() + keep

    def __repr__(self) -> str:
        lines = [f"Questions of {self.task}, as a form where widgets run:"]
        for question in self.questions:
            choices = " / ".join(map(str, question.choices)) or "your answer"
            lines.append(f"  {question.name!r}: {question.text} ({choices})")
        return "\n".join(lines)

    def _repr_mimebundle_(self, **options: Any) -> dict:
        """Adds the questions as text, whole, to the widget that ipywidgets shows."""
        bundle = super()._repr_mimebundle_(**options) or {}
        return bundle | {"text/plain": repr(self)}


def _field(question: Question) -> ipywidgets.Text | ipywidgets.Dropdown:
    layout = ipywidgets.Layout(width="24em")
    if not question.choices:
        return ipywidgets.Text(placeholder="your answer", layout=layout)
    options = [(str(choice), choice) for choice in question.choices]
    return ipywidgets.Dropdown(options=[("choose", ...), *options], value=..., layout=layout)


def read_answer(value: Any) -> Any:
    """Reads what stands in a field: numbers as numbers, several as a tuple, nothing as ``...``.

    >>> read_answer("48, 24, 12.5")
    (48, 24, 12.5)
    """
    if not isinstance(value, str):
        return value
    text = value.strip().strip("()[]").strip(" ,;")
    if not text:
        return ...
    try:
        numbers = [_read_number(part) for part in SEPARATORS.split(text)]
    except ValueError:
        return value.strip()
    return tuple(numbers) if len(numbers) > 1 else numbers[0]


def _read_number(text: str) -> int | float:
    return float(text) if "." in text else int(text)
