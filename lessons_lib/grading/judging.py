"""Judges one task of a submitted notebook, in the process that `children` starts for it."""

import ast
import builtins
import contextlib
import inspect
import linecache
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from lessons_lib.checks import CheckResult, Task, load_tasks
from lessons_lib.checks.engine import judge
from lessons_lib.checks.errors import LearnersError, describe_error
from lessons_lib.checks.result import NOT_ATTEMPTED, RAISED, WRONG
from lessons_lib.checks.running import TimeLimitReached, run_with_limit
from lessons_lib.grading.answers import (
    Statement,
    UnreadableNotebook,
    find_statements,
    lesson_in_name,
    needed_for,
    read_cells,
)
from lessons_lib.grading.bounds import MOST_THREADS

LARGEST_FILE_WRITTEN = 1_000_000_000  # bytes
Held = tuple[ModuleType, str]


def find_tasks(notebook: str, modules: list[str], memory: float) -> dict[str, Any]:
    """Returns under "tasks" those of a notebook's lesson, or under "unreadable" why there are none.

    Args:
        notebook: its path.
        modules: where tasks are declared.
        memory: gigabytes that this may take.
    """
    limit_resources(memory)
    try:
        statements = find_statements(read_cells(Path(notebook)))
    except UnreadableNotebook as problem:
        return {"unreadable": f"It cannot be read: {problem}."}
    except Exception as problem:  # whatever one notebook does to its reader, the class is graded
        return {"unreadable": f"It cannot be read: doing so raises {type(problem).__name__}."}
    wanted = _tasks_of(Path(notebook).stem, statements, load_tasks(modules))
    if not wanted:
        message = "Neither its name (01_…) nor its content tells which lesson it is of."
        return {"unreadable": message}
    return {"tasks": [[task.name, task.lesson] for task in wanted]}


def _tasks_of(stem: str, statements: list[Statement], tasks: dict[str, Task]) -> list[Task]:
    """Returns the tasks of the lesson that a notebook is of, by its name or else its content."""
    lesson = lesson_in_name(stem)
    lessons = [task.lesson for task in tasks.values()]
    if lesson not in lessons:
        defined = frozenset().union(*(statement.binds for statement in statements))
        found = [task.lesson for task in tasks.values() if task.name in defined]
        lesson = max(sorted(set(found)), key=found.count, default=None)
    return [task for task in tasks.values() if task.lesson == lesson]


def judge_task(name: str, notebook: str, modules: list[str], memory: float) -> dict[str, str]:
    """Judges a task of a notebook; returns outcome, misconception and message."""
    task = load_tasks(modules)[name]
    limit_resources(memory)
    statements = find_statements(read_cells(Path(notebook)))
    with _own_folder():
        held, look = functions_held(), identity
        before = [look(one) for one in held]
        result = grade_answer(task, statements, Path(notebook).name)
        changed = [
            f"{module.__name__}.{name}"
            for (module, name), one in zip(held, before, strict=True)
            if look((module, name)) != one
        ]
    if changed:
        message = f"It changes what judges it, {', '.join(sorted(changed)[:3])}: it does not count."
        result = CheckResult(WRONG, name, message)
    return {
        "outcome": result.outcome,
        "misconception": result.misconception or "",
        "message": result.message,
    }


@contextlib.contextmanager
def _own_folder() -> Iterator[None]:
    """An empty folder to work in, that goes with whatever was written there."""
    before = os.getcwd()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)


def functions_held() -> list[Held]:
    """Lists the functions and classes that the course, NumPy and Python hold, and where.

    An answer that puts another function in the place of one of them shows in its `identity`.
    """
    course = [module for name, module in sys.modules.items() if name.startswith("lessons_lib.")]
    return [
        (module, name)
        for module in [*course, builtins, np]
        for name, value in vars(module).items()
        if inspect.isfunction(value) or inspect.isbuiltin(value) or inspect.isclass(value)
    ]


def identity(held: Held) -> tuple[int, ...]:
    """Tells a function or class, with the code in it, from any other that stands in its place."""
    value = getattr(*held, None)
    members = vars(value).values() if inspect.isclass(value) else [value]
    functions = [member for member in members if inspect.isfunction(member)]
    inside = [inspect.unwrap(function) for function in functions]  # see signatures.tell_calls
    return (id(value), *(id(function.__code__) for function in functions + inside))


def grade_answer(task: Task, statements: list[Statement], notebook: str) -> CheckResult:
    """Runs what defines the answer of a task, and judges it."""
    needed = needed_for(task.name, statements)
    if not needed:
        message = f"The notebook defines no {task.name}."
        return CheckResult(NOT_ATTEMPTED, task.name, message)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    run = run_with_limit(lambda: _run(needed, namespace, notebook), task.time_limit)
    if not run.in_time:
        message = f"What {task.name} needs was stopped: it may take {task.time_limit:g} seconds."
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


def limit_resources(gigabytes: float) -> None:
    """Limits the memory, files, processes this may take in addition to what it has; where it can.

    Linux can. macOS takes the limit and ignores it, Windows has none: there only time is limited.
    """
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + int(gigabytes * 1e9)
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE_WRITTEN, LARGEST_FILE_WRITTEN))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        _limit_processes(resource)


def _limit_processes(resource: ModuleType) -> None:
    """Limits how many processes and threads this user may have; holds for no administrator.

    Some systems count all of the user's, and not only those in the sandbox: so it is tried out.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NPROC)
    most = sys.maxsize if most == resource.RLIM_INFINITY else most
    for limit in range(MOST_THREADS, min(most, 100 * MOST_THREADS), MOST_THREADS):
        resource.setrlimit(resource.RLIMIT_NPROC, (limit, most))
        try:
            trial = threading.Thread(target=int)
            trial.start()
        except RuntimeError:
            continue
        trial.join()
        limit = min(limit + MOST_THREADS, most)
        resource.setrlimit(resource.RLIMIT_NPROC, (limit, limit))
        return
