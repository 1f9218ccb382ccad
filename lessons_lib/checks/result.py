"""What a check tells: an outcome in a symbol, a word and a sentence, as plain text and as HTML."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from lessons_lib.checks.picturing import Picture

NOT_ATTEMPTED = "not attempted"
RAISED = "raised"
WRONG = "wrong"
RIGHT = "right"
CODE = re.compile("`([^`]+)`")
OUTCOMES = (NOT_ATTEMPTED, RAISED, WRONG, RIGHT)

SYMBOLS = {NOT_ATTEMPTED: "○", RAISED: "!", WRONG: "◐", RIGHT: "✓"}
# A learner is on the way, and is told so; "wrong" is the word of tables and programs.
SAID = {
    NOT_ATTEMPTED: "Not attempted",
    RAISED: "Raised an error",
    WRONG: "Not yet",
    RIGHT: "Right",
}
# Its own paper under its own ink, so that it reads alike on a light and on a dark page.
INK = "#1b1b1b"
PAPER = {NOT_ATTEMPTED: "#f1f1f1", RAISED: "#fff3e0", WRONG: "#eaf1fb", RIGHT: "#e8f5ee"}
ACCENT = {NOT_ATTEMPTED: "#4a4a4a", RAISED: "#7a4300", WRONG: "#1d4f91", RIGHT: "#0b5c38"}


class AnswerNotRight(AssertionError):
    """Raised instead of shown where nbgrader runs a check, as it gives points by errors."""


@dataclass(frozen=True)
class CheckResult:
    """The result of one check. Shown in a notebook, it is read; its fields are for programs.

    Attributes:
        outcome: "not attempted", "raised", "wrong" or "right".
        task: the task's name.
        message: one or a few sentences.
        expected: what was expected, as a short text, or empty.
        got: what the answer gave, as a short text, or empty.
        misconception: the name of the known misconception, or None.
        given: the inputs that ``expected`` and ``got`` belong to, or empty.
        printed: the beginning of what the learner's code printed, or empty.
        pictures: of what was expected and what came, where these are masks or images.
    """

    outcome: str
    task: str
    message: str
    expected: str = ""
    got: str = ""
    misconception: str | None = None
    given: str = ""
    printed: str = ""
    pictures: tuple[Picture, ...] = field(default=(), compare=False, repr=False)

    def __post_init__(self) -> None:
        """Makes each text one that can be sent to a browser and read."""
        for name, value in vars(self).items():
            if isinstance(value, str):
                object.__setattr__(self, name, legible(value))

    def details(self) -> Mapping[str, str]:
        """Returns the texts below the message, by their labels, without the empty ones."""
        texts = {
            "given": self.given,
            "expected": self.expected,
            "got": self.got,
            "printed": self.printed,
        }
        return {label: text for label, text in texts.items() if text}

    def __repr__(self) -> str:
        lines = [f"{SYMBOLS[self.outcome]} {SAID[self.outcome]}: {self.task}. {self.message}"]
        for label, text in self.details().items():
            first, *others = text.splitlines()
            lines += [f"  {label:<9} {first}", *(f"{'':12}{line}" for line in others)]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """Returns the same as HTML, every text escaped."""
        rows = "".join(
            f'<tr style="{ROW}"><th scope="row" style="{CELL};font-weight:600">{label}</th>'
            f'<td style="{CELL}"><pre style="{PRE}">{html.escape(text)}</pre></td></tr>'
            for label, text in self.details().items()
        )
        pictures = "".join(picture.to_html() for picture in self.pictures)
        table = f'<table style="{TABLE}">{rows}</table>' if rows else ""
        return (
            f'<div role="status" style="{panel_style(self.outcome)}">'
            f"<div>{badge(self.outcome)} <strong>{html.escape(self.task)}</strong>. "
            f"{prose(self.message)}</div>{table}{pictures}</div>"
        )


def legible(text: str) -> str:
    r"""Returns a text with what cannot be printed, or sent, written as Python does.

    >>> legible("one\ttab, a bell \a and half a pair \ud800")
    'one\ttab, a bell \\x07 and half a pair \\ud800'
    """
    return "".join(
        letter if letter.isprintable() or letter in "\n\t" else repr(letter)[1:-1]
        for letter in text
    )


# Notebooks stripe rows in the page's colours, which on a dark page leave dark ink on dark rows.
ROW = f"background:none;color:{INK}"
CELL = f"text-align:left;vertical-align:top;padding:2px 12px 2px 0;background:none;color:{INK}"
PRE = f"margin:0;padding:0;background:none;color:{INK};white-space:pre-wrap"
TABLE = "margin:6px 0 0 0;border:0;border-collapse:collapse"


def prose(text: str) -> str:
    """Returns a sentence as HTML, escaped, with what stands between backticks as code."""
    style = f"background:none;padding:0;color:{INK}"
    return CODE.sub(rf'<code style="{style}">\1</code>', html.escape(text))


def panel_style(outcome: str) -> str:
    """Returns the inline style of an outcome's panel; notebooks drop style sheets."""
    return (
        f"background:{PAPER[outcome]};color:{INK};border-left:5px solid {ACCENT[outcome]};"
        "padding:8px 12px;margin:2px 0;max-width:60em;line-height:1.45"
    )


def badge(outcome: str) -> str:
    """Returns an outcome's symbol and word as HTML, coloured too."""
    return (
        f'<span style="color:{ACCENT[outcome]};font-weight:700">'
        f'<span aria-hidden="true">{SYMBOLS[outcome]}</span> {SAID[outcome]}:</span>'
    )
