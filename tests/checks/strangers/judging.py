"""Judges the answers of strangers, and keeps what came out in a table that a person has read.

``answers/``, ``afresh/`` and ``third/`` hold answers that were written from the exercises' texts
alone, before anyone looked at the checks, or at what the sets before had shown. Each is a cell, as
a learner would hand it in, with its author's verdict::

    # %% normalize: wrong, forgets the mask
    def normalize(image, mask):
        ...

The verdict is "right" or "wrong"; behind it stands the mistake. A table for each set,
``answers.md`` and so on, holds what each gets: outcome, misconception, message, and whether the
message is apt, which only a reader can say. Four verdicts of the first set were revised when it was
read: two answers that do not do what their author thought (resize_pair-5, pixel_loss-4), one that
changes nothing (trainable_parameters-17), one that is as good (bugs-17); of the third set one: the
line that uses the shared layers is as good as the one that makes them (bugs-8).

Figures before anything was mended, of wrong and right answers: ``answers`` 17 of 380 accepted, 34
of 187 refused, 3 told another mistake, 66 % named; ``afresh``, judged when the first set had been
mended, 1 of 73 accepted, 0 of 34 refused, 4 told another mistake, 38 % named; ``third``, commoner
mistakes than those of ``afresh``, judged when both had been mended, 2 of 144 accepted, 0 of 71
refused, 0 told another mistake, 94 % named.

``python tests/checks/strangers/judging.py`` writes the tables anew, and marks as unread what
changed.
"""

import dataclasses
import functools
import json
import linecache
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lessons_lib.checks import LESSON_MODULES, CheckResult, load_tasks
from lessons_lib.checks.engine import judge
from lessons_lib.checks.result import RIGHT

HERE = Path(__file__).parent
EXERCISES = HERE.parents[2] / "exercises"
SETS = ("answers", "afresh", "third")
PATIENT_TIME_LIMIT = 120.0  # seconds: what an answer gets must not depend on a busy machine
HEADER = re.compile(r"^# %% (\w+): (right|wrong)(?:, (.*))?\n", re.MULTILINE)
COLUMNS = ("answer", "author", "outcome", "misconception", "reading", "message")
UNREAD, APT, MISDIAGNOSED = "unread", "apt", "misdiagnosed"
READINGS = (UNREAD, APT, MISDIAGNOSED)


@dataclass(frozen=True)
class Answer:
    """A stranger's answer.

    Attributes:
        name: its task's name and a number: ``"normalize-3"``.
        task: the name of the task that it answers.
        lesson: the name of the exercise notebook, without its number.
        is_right: what its author says.
        mistake: the author's words for it, or empty.
        code: the cell.
    """

    name: str
    task: str
    lesson: str
    is_right: bool
    mistake: str
    code: str

    @property
    def author(self) -> str:
        """The author's verdict, in words."""
        return "right" if self.is_right else f"wrong, {self.mistake}"


@dataclass(frozen=True)
class Row:
    """What an answer got, and how a reader found it."""

    answer: str
    author: str
    outcome: str
    misconception: str
    reading: str
    message: str

    def judgement(self) -> tuple[str, str, str]:
        """What the check decides: outcome, misconception and message."""
        return self.outcome, self.misconception, self.message


def read_answers(name: str) -> list[Answer]:
    """Reads one set of answers, in the order of the lessons."""
    answers = []
    for notebook in sorted(EXERCISES.glob("*.ipynb")):
        lesson = notebook.stem.split("_", 1)[1]
        path = HERE / name / f"{lesson}.py"
        if not path.exists():  # tasks that are younger than the set
            continue
        counts: Counter = Counter()
        parts = HEADER.split(path.read_text(encoding="utf-8"))[1:]
        for task, verdict, mistake, code in zip(*(parts[i::4] for i in range(4)), strict=True):
            counts[task] += 1
            number = f"{task}-{counts[task]}"
            answers.append(Answer(number, task, lesson, verdict == "right", mistake or "", code))
    return answers


@functools.cache
def first_cell(lesson: str) -> str:
    """The imports of a lesson's exercises."""
    (path,) = EXERCISES.glob(f"*_{lesson}.ipynb")
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "".join(next(cell for cell in cells if cell["id"] == "imports")["source"])


def judge_answer(answer: Answer) -> CheckResult:
    """Runs the cell below the exercise's imports, and hands its value to the check."""
    task = dataclasses.replace(
        load_tasks(LESSON_MODULES)[answer.task], time_limit=PATIENT_TIME_LIMIT
    )
    file = f"<{answer.name}>"
    linecache.cache[file] = (len(answer.code), None, answer.code.splitlines(keepends=True), file)
    cell = {"__name__": "__main__"}
    exec(first_cell(answer.lesson), cell)
    exec(compile(answer.code, file, "exec"), cell)
    return judge(task, cell[answer.task])


def make_row(answer: Answer, result: CheckResult, reading: str = UNREAD) -> Row:
    """Puts what an answer got into a row of the table."""
    message = " ".join(result.message.split()).replace("|", "¦")
    return Row(
        answer.name, answer.author, result.outcome, result.misconception or "", reading, message
    )


def judge_set(name: str, before: Sequence[Row] = ()) -> Iterator[Row]:
    """Judges a set; what a reader has said stays where the judgement is still the same."""
    read = {(row.answer, row.author, *row.judgement()): row.reading for row in before}
    for answer in read_answers(name):
        row = make_row(answer, judge_answer(answer))
        needs_no_reader = answer.is_right or row.outcome == RIGHT
        reading = read.get(
            (row.answer, row.author, *row.judgement()), APT if needs_no_reader else UNREAD
        )
        yield dataclasses.replace(row, reading=reading)


def write_table(name: str, rows: Sequence[Row]) -> None:
    """Writes a set's table, in Markdown."""
    lines = [f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|"]
    for row in rows:
        cells = [getattr(row, column) for column in COLUMNS]
        lines.append(f"| {' | '.join(cells)} |")
    (HERE / f"{name}.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def read_table(name: str) -> list[Row]:
    """Reads a set's table."""
    path = HERE / f"{name}.md"
    lines = path.read_text(encoding="utf-8").splitlines()[2:] if path.exists() else []
    return [Row(*line.removeprefix("| ").removesuffix(" |").split(" | ")) for line in lines]


@dataclass(frozen=True)
class Figures:
    """How well a set was judged; each as a count and out of how many."""

    false_accepts: tuple[int, int]
    false_rejects: tuple[int, int]
    misdiagnoses: tuple[int, int]
    named: tuple[int, int]

    def __str__(self) -> str:
        return "\n".join(
            f"{name.replace('_', ' '):<14} {count:>4} of {total:<4} {count / total:7.2%}"
            for name, (count, total) in dataclasses.asdict(self).items()
        )


def figures(rows: Sequence[Row]) -> Figures:
    """Counts false accepts and misdiagnoses among wrong answers, false rejects among right ones."""
    right = [row for row in rows if row.author == "right"]
    wrong = [row for row in rows if row.author != "right"]
    return Figures(
        false_accepts=(sum(row.outcome == RIGHT for row in wrong), len(wrong)),
        false_rejects=(sum(row.outcome != RIGHT for row in right), len(right)),
        misdiagnoses=(sum(row.reading == MISDIAGNOSED for row in wrong), len(wrong)),
        named=(
            sum(bool(row.misconception) and row.reading != MISDIAGNOSED for row in wrong),
            len(wrong),
        ),
    )


def main() -> None:
    """Judges all sets and writes their tables."""
    for name in sys.argv[1:] or [name for name in SETS if (HERE / name).is_dir()]:
        rows = list(judge_set(name, read_table(name)))
        write_table(name, rows)
        unread = sum(row.reading == UNREAD for row in rows)
        print(f"{name}: {len(rows)} answers, {unread} messages unread\n{figures(rows)}")


if __name__ == "__main__":
    main()
