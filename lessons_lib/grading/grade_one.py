"""Grades one submitted notebook, in the process that `grading` starts for it.

``python -m lessons_lib.grading.grade_one`` reads a JSON job from its first argument's file and
appends a line of JSON to the job's results: one before each task, one after it. So what has been
graded is kept whatever a notebook does to its process.
"""

import ast
import contextlib
import json
import linecache
import os
import sys
from pathlib import Path
from typing import Any

from lessons_lib.checks import CheckResult, Task, load_tasks
from lessons_lib.checks.engine import judge
from lessons_lib.checks.errors import LearnersError, describe_error
from lessons_lib.checks.result import NOT_ATTEMPTED, RAISED
from lessons_lib.checks.running import TimeLimitReached, run_with_limit
from lessons_lib.grading.answers import Statement, find_statements, needed_for, read_cells

LARGEST_FILE_WRITTEN = 1_000_000_000  # bytes


def grade_answer(task: Task, statements: list[Statement], notebook: str) -> CheckResult:
    """Runs what defines the answer of a task, and judges it."""
    needed = needed_for(task.name, statements)
    if not needed:
        message = f"The notebook defines no {task.name}."
        return CheckResult(NOT_ATTEMPTED, task.name, message)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    run = run_with_limit(lambda: _run(needed, namespace, notebook), task.time_limit)
    if not run.in_time:
        message = f"What {task.name} needs was stopped after {task.time_limit:g} seconds."
        return CheckResult(RAISED, task.name, message)
    if task.name in namespace:
        return judge(task, namespace[task.name])
    error: LearnersError | None = run.value
    if error is None or error.is_placeholder:
        return CheckResult(NOT_ATTEMPTED, task.name, f"Nothing is written for {task.name}.")
    return CheckResult(RAISED, task.name, f"The cell of {task.name} raised {error}")


def _run(needed: list[Statement], namespace: dict, notebook: str) -> LearnersError | None:
    """Executes statements; those for which a name is missing again, as cells may have moved.

    Returns:
        The last error, or None.
    """
    waiting, error = needed, None
    while waiting:
        still_waiting = []
        for statement in waiting:
            try:
                exec(_compile(statement, notebook), namespace)
            except NameError as problem:
                still_waiting.append(statement)
                error = describe_error(problem)
            except TimeLimitReached:
                raise
            except BaseException as problem:
                error = describe_error(problem)
        if len(still_waiting) == len(waiting):
            return error
        waiting = still_waiting
    return error


def _compile(statement: Statement, notebook: str) -> Any:
    file = f"{notebook}, cell {statement.cell}"
    # Where Python looks for the text of a line: so errors can quote it.
    lines = statement.source.splitlines(keepends=True)
    linecache.cache[file] = (len(statement.source), None, lines, file)
    return compile(ast.Module([statement.node], []), file, "exec")


def limit_memory(gigabytes: float) -> None:
    """Limits what this process may take in addition to what it has; where the system can.

    Linux can. macOS takes the limit and ignores it, Windows has none: there only time is limited.
    """
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + int(gigabytes * 1e9)
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE_WRITTEN, LARGEST_FILE_WRITTEN))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(job_path: str) -> None:
    """Grades the tasks of a job, see `grading`."""
    job = json.loads(Path(job_path).read_text("utf-8"))
    tasks = load_tasks(job["modules"])
    statements = find_statements(read_cells(Path(job["notebook"])))
    limit_memory(job["memory"])
    for name in job["tasks"]:
        _append(job["results"], {"task": name})
        result = grade_answer(tasks[name], statements, Path(job["notebook"]).name)
        _append(
            job["results"],
            {
                "task": name,
                "outcome": result.outcome,
                "misconception": result.misconception or "",
                "message": result.message,
            },
        )


def _append(path: str, entry: dict) -> None:
    with open(path, "a", encoding="utf-8") as results:
        results.write(json.dumps(entry) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
    os._exit(0)  # a learner's thread that cannot be stopped would keep the process
