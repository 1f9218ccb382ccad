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
import numpy as np

from lessons_lib.checks.result import CheckResult

SEPARATORS = re.compile(r"[\s,;]+")
ARROWS = re.compile(r"\s*(?:->|=>|-->|→|⇒|>|›|»|\||\n|;|,)\s*")
PAIR = re.compile(r"\s*(.+?)\s*(?::|=|->|→|–|—| - )\s*(.+?)\s*", re.DOTALL)
ENDINGS = ("ing", "ed", "s")


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


def stem(text: Any) -> str:
    """Returns what is left of a few words without their endings.

    >>> stem("Colors"), stem("colour"), stem("*stopped too early*.")
    ('colour', 'colour', 'stop to early')
    """
    words = re.findall(r"[a-z0-9]+", str(text).lower())
    return " ".join(_stem_of_word(word) for word in words)


def _stem_of_word(word: str) -> str:
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    word = re.sub(r"(.)\1$", r"\1", word.removesuffix("e"))
    return re.sub(r"^color", "colour", word)


def match_choice(value: Any, choices: Sequence[str]) -> str | None:
    """Returns the choice that is meant, whatever its spelling: hyphens, plural, American.

    Args:
        value: a text, or a list of a single one.
        choices: the texts to choose from.
    """
    if isinstance(value, list | tuple | set) and len(value) == 1:
        (value,) = value
    if not isinstance(value, str):
        return None
    meant = _spellings(value)
    return next((choice for choice in choices if _spellings(choice) & meant), None)


def _spellings(text: str) -> set[str]:
    """Returns a text without its endings, taken as words and taken as one word."""
    words = re.sub(r"[-_]", " ", text)
    one_word = re.sub(r"[-_\s]", "", text)
    return {stem(words).replace(" ", ""), stem(one_word)} - {""}


def read_sequence(value: Any) -> list | None:
    """Returns what was written as a list, a tuple, an array, or a text with arrows or commas."""
    if isinstance(value, str):
        parts = ARROWS.split(value.strip().strip("[](){}"))
        if len(parts) == 1:
            parts = value.split()
        value = [re.sub(r"^\s*(?:\d+[.):]|[-*•])\s*", "", part) for part in parts]
        return [part.strip("\"'` .") for part in value if part.strip("\"'` .")]
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, dict):
        value = [value[key] for key in sorted(value, key=str)]
    return list(value) if isinstance(value, list | tuple) else None


def read_pairs(value: Any, keys: Sequence[Hashable], *, in_order: bool = False) -> dict | None:
    """Returns a dictionary from the questions' names to what was answered.

    Args:
        value: a dictionary, pairs, a text of pairs, or, where they may come so, the answers in the
            order of the questions.
        keys: the questions' names; a key may stand for one with words around it, ``"run A"``.
        in_order: whether answers without names are taken in this order.

    Returns:
        A dictionary, in which what names no question keeps its key; None where nothing can be read.
    """
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, str):
        parts = [PAIR.fullmatch(part) for part in re.split(r"[,;\n]", value.strip("{} \n"))]
        if not all(parts):
            value = read_sequence(value)
        else:
            value = [part.groups() for part in parts if part]
    if isinstance(value, dict):
        pairs = list(value.items())
    elif not isinstance(value, list | tuple):
        return None
    elif value and all(isinstance(one, list | tuple) and len(one) == 2 for one in value):
        pairs = list(value)
    elif in_order and len(value) == len(keys):
        pairs = list(zip(keys, value, strict=True))
    else:
        return None
    return {_name_of_question(key, keys): answer for key, answer in pairs}


def _name_of_question(key: Any, keys: Sequence[Hashable]) -> Any:
    if isinstance(key, float) and key.is_integer():
        key = int(key)
    words = re.findall(r"\w+", str(key).lower())
    found = [one for one in keys if str(one).lower() in words]
    return found[0] if len(found) == 1 else key
