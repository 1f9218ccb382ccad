"""Writes what `grading` found: a CSV table, and an HTML page about the class as a whole.

All texts come from students, so all are escaped: against HTML there, against formulas in the CSV.
"""

import csv
import dataclasses
import html
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from lessons_lib.checks.result import ACCENT, INK, OUTCOMES, PAPER, SYMBOLS, WRONG
from lessons_lib.grading.grade_folder import UNREADABLE, Row

OTHER_WAY = "in another way"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
STYLE = f"""
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 70em; margin: 2em auto; padding: 0 1em;
       color: {INK}; background: #ffffff; }}
table {{ border-collapse: collapse; margin: 1em 0; }}
caption {{ text-align: left; font-weight: 600; padding-bottom: .4em; }}
th, td {{ text-align: left; vertical-align: top; padding: .3em .8em; border: 1px solid #767676; }}
td.number {{ text-align: right; }}
.scroll {{ overflow-x: auto; }}
""" + "\n".join(
    f".{outcome.replace(' ', '-')} {{ background: {PAPER[outcome]}; color: {ACCENT[outcome]}; }}"
    for outcome in OUTCOMES
)


def write_csv(rows: Sequence[Row], path: Path) -> None:
    """Writes the table, one row a student and exercise, in UTF-8 that spreadsheets recognise."""
    with open(path, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([field.name for field in dataclasses.fields(Row)])
        for row in rows:
            writer.writerow([_harmless(value) for value in dataclasses.astuple(row)])


def _harmless(value: object) -> str:
    """Keeps a spreadsheet from taking a text for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def commonest_misconceptions(rows: Iterable[Row]) -> list[tuple[int, str, str, str, int]]:
    """Counts the students who share a misconception, the commonest first.

    Returns:
        Rows of lesson, task, misconception, what learners are told, number of students.
        Wrong answers of no known kind are counted together for each task.
    """
    students: dict[tuple, set[str]] = {}
    messages: dict[tuple, str] = {}
    for row in rows:
        if row.outcome == WRONG:
            key = (row.lesson, row.task, row.misconception or OTHER_WAY)
            students.setdefault(key, set()).add(row.student)
            messages[key] = row.message if row.misconception else ""
    order = sorted(students, key=lambda key: (-len(students[key]), key))
    return [(*key, messages[key], len(students[key])) for key in order]


def write_html(rows: Sequence[Row], path: Path) -> None:
    """Writes the summary: commonest misconceptions, outcomes by exercise, students by exercise."""
    students = list(dict.fromkeys(row.student for row in rows))
    tasks = list(dict.fromkeys((row.lesson, row.task) for row in rows if row.task))
    tasks.sort(key=lambda task: task[0] or 0)
    body = "\n".join(
        [
            "<h1>Exercises of the class</h1>",
            f"<p>{len(students)} students, {len(tasks)} exercises.</p>",
            _misconception_table(rows, len(students)),
            _task_table(rows, tasks),
            _student_table(rows, students, tasks),
            _unreadable_table(rows),
        ]
    )
    page = (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>Exercises of the class</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )
    path.write_text(page, "utf-8")


def _misconception_table(rows: Sequence[Row], count: int) -> str:
    lines = [
        [str(lesson), task, name, message, f"{number} of {count}"]
        for lesson, task, name, message, number in commonest_misconceptions(rows)
    ]
    titles = ["Lesson", "Exercise", "Misconception", "What learners are told", "Students"]
    return _table("Commonest misconceptions", titles, lines)


def _task_table(rows: Sequence[Row], tasks: Sequence[tuple[int | None, str]]) -> str:
    lines = []
    for lesson, task in tasks:
        counts = Counter(row.outcome for row in rows if (row.lesson, row.task) == (lesson, task))
        lines.append([str(lesson), task, *(str(counts[outcome]) for outcome in OUTCOMES)])
    titles = ["Lesson", "Exercise"] + [f"{SYMBOLS[name]} {name}" for name in OUTCOMES]
    return _table("Outcomes by exercise", titles, lines)


def _student_table(
    rows: Sequence[Row], students: Sequence[str], tasks: Sequence[tuple[int | None, str]]
) -> str:
    # A student may hand in two notebooks of one lesson: the later file's row counts here.
    found = {(row.student, row.lesson, row.task): row.outcome for row in rows}
    head = "".join(f'<th scope="col">{html.escape(f"{task}")}</th>' for _, task in tasks)
    lines = []
    for student in students:
        cells = "".join(_outcome_cell(found.get((student, *task))) for task in tasks)
        lines.append(f'<tr><th scope="row">{html.escape(student)}</th>{cells}</tr>')
    return (
        '<div class="scroll" tabindex="0" role="region" aria-label="Students by exercise">'
        "<table><caption>Students by exercise</caption>"
        f'<thead><tr><th scope="col">Student</th>{head}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )


def _outcome_cell(outcome: str | None) -> str:
    if outcome is None:
        return "<td>no notebook</td>"
    return f'<td class="{outcome.replace(" ", "-")}">{SYMBOLS[outcome]} {outcome}</td>'


def _unreadable_table(rows: Sequence[Row]) -> str:
    lines = [[row.student, row.notebook, row.message] for row in rows if row.outcome == UNREADABLE]
    return _table("Not readable", ["Student", "Notebook", "Why"], lines) if lines else ""


def _table(caption: str, titles: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{html.escape(title)}</th>' for title in titles)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(text)}</td>" for text in line) + "</tr>"
        for line in lines
    )
    if not lines:
        body = f'<tr><td colspan="{len(titles)}">none</td></tr>'
    return (
        f"<table><caption>{html.escape(caption)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )
