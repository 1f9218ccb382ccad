"""A row of the table that grading makes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One row of the table: what one student did in one exercise.

    Attributes:
        student: as their folder or file is called.
        notebook: the file's name.
        lesson: its number, or None where it is not known.
        task: its name; empty for a notebook that cannot be read.
        outcome: "not attempted", "raised", "wrong", "right" or "unreadable".
        misconception: its name, or empty.
        message: what the student would be told.
        isolation: what kept the submission apart: "container", "sandbox", "process only", or empty
            where nothing was run.
    """

    student: str
    notebook: str
    lesson: int | None
    task: str
    outcome: str
    misconception: str
    message: str
    isolation: str = ""
