"""The program that grades one submitted notebook, started by `grade_folder`.

``python -m lessons_lib.grading.grade_one`` reads a JSON job from standard input and writes lines of
JSON to standard output: which tasks the notebook is of, or why it cannot be read; then for each
task one line before, and one after it. So what has been graded is kept whatever happens. It runs
nothing of a student's itself: reading, and each task, has a process of its own (`children`).
"""

import json
import os
import sys
from pathlib import Path
from typing import TextIO

from lessons_lib.checks import load_tasks
from lessons_lib.checks.result import RAISED
from lessons_lib.checks.running import WAITING
from lessons_lib.grading.bounds import Bounds
from lessons_lib.grading.children import call_in_child, stay_out_of_reach
from lessons_lib.grading.judging import find_tasks, judge_task

SECONDS_TO_READ = 60
SECONDS_BESIDES = 30  # for what is done before and after an answer


def main() -> None:
    """Grades the tasks of a job, all of the notebook's where it names none."""
    stay_out_of_reach()
    job = json.load(sys.stdin)
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_RDWR), 1)
    inputs = (job["notebook"], job["modules"], job["memory"])
    # With TensorFlow, once for all processes that are copies of this.
    tasks = load_tasks(job["modules"])
    bounds = Bounds(job["memory"], alone=job["alone"], places=list(map(Path, job["places"])))
    names = job["tasks"]
    if names is None:
        answer = call_in_child(find_tasks, inputs, SECONDS_TO_READ, bounds)
        ended = {"unreadable": f"It cannot be read: doing so ended Python itself, {answer.ending}."}
        found = answer.word or ended
        _write(channel, found)
        names = [name for name, _ in found.get("tasks", [])]
    for name in names:
        _write(channel, {"begun": name})
        seconds = SECONDS_BESIDES + WAITING * tasks[name].time_limit
        answer = call_in_child(judge_task, (name, *inputs), seconds, bounds)
        message = f"Running it ended Python itself: {answer.ending}."
        ended = {"outcome": RAISED, "misconception": "", "message": message}
        _write(channel, {"task": name} | (answer.word or ended))


def _write(channel: TextIO, line: dict) -> None:
    channel.write(json.dumps(line) + "\n")
    channel.flush()


if __name__ == "__main__":
    main()
    os._exit(0)
