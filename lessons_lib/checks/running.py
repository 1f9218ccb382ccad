"""First stage: runs a learner's code so that it can neither hang the check nor leave traces.

The code runs in a thread of its own, and the check waits for it with a limit. A thread, because
that works alike on Windows, in Jupyter and with TensorFlow: a signal needs POSIX and the main
thread; a second process cannot be handed functions that are defined in a notebook, and a fork
after TensorFlow has started may hang. What runs too long is stopped by an exception that Python
raises in the thread at its next instruction; only compiled code cannot be stopped so.
Keras keeps its layer names and seeds for each thread, so those of the learner stay as they were.

The limit holds for the work of this process, so that a busy machine makes no right answer wrong;
who only waits gets `WAITING` times as long. Meanwhile no garbage is collected: what the learner's
earlier trainings have left behind may take seconds, which are not the answer's.
"""

import contextlib
import ctypes
import gc
import io
import os
import random
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from lessons_lib.private_parts import keep_eager_seed, keep_global_state

SEED = 0
KEPT_TEXT = 2000  # characters of what is printed
POLL = 0.1  # seconds; on Windows a wait cannot be interrupted, so it is cut into short ones
STOP_ATTEMPTS = 10
WAITING = 3  # times the limit


class TimeLimitReached(SystemExit):
    """Raised in the learner's thread; a thread that ends by SystemExit ends in silence."""


@dataclass(frozen=True)
class Run:
    """How a run ended: with a value, with an error, or not in time.

    Attributes:
        value: what the function returned.
        error: what it raised.
        printed: the beginning of what it printed.
        in_time: whether it ended within the limit.
        stopped: whether it is no longer running.
    """

    value: Any
    error: BaseException | None
    printed: str
    in_time: bool
    stopped: bool


class _FirstCharacters(io.StringIO):
    """Keeps the beginning of what is written, so that endless printing fills no memory."""

    def write(self, text: str) -> int:
        super().write(text[: max(0, KEPT_TEXT - self.tell())])
        return len(text)


def run_with_limit(function: Callable[[], Any], seconds: float) -> Run:
    """Calls the function in a thread and waits for it; the process's state stays as it was.

    Args:
        function: takes nothing; may raise or exit, print, seed, warn, change folders, never end.
        seconds: the limit, of processor time.
    """
    outcome: dict[str, Any] = {"value": None, "error": None}
    finished = threading.Event()

    def work() -> None:
        try:
            outcome["value"] = function()
        except BaseException as error:
            outcome["error"] = error
        finally:
            finished.set()

    thread = threading.Thread(target=work, name="lessons_lib.checks", daemon=True)
    printed = _FirstCharacters()
    with unchanged_state(), _redirected(printed):
        try:
            thread.start()
            began = time.monotonic(), time.process_time()
            while not finished.wait(POLL) and _has_time(*began, seconds):
                pass
            in_time = finished.is_set()
        finally:  # also where the learner presses the stop button
            stopped = finished.is_set() or _stop(thread)
    value, error = (outcome["value"], outcome["error"]) if in_time else (None, None)
    return Run(value, error, printed.getvalue().strip(), in_time, stopped)


def _has_time(began: float, work_before: float, seconds: float) -> bool:
    waited, worked = time.monotonic() - began, time.process_time() - work_before
    return waited < seconds or (worked < seconds and waited < WAITING * seconds)


def _stop(thread: threading.Thread) -> bool:
    """Raises `TimeLimitReached` in the thread, repeatedly, as its code may catch exceptions."""
    if thread.ident is None:  # it was never started
        return True
    for _ in range(STOP_ATTEMPTS):
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident), ctypes.py_object(TimeLimitReached)
        )
        thread.join(POLL)
        if not thread.is_alive():
            return True
    return False


@contextlib.contextmanager
def _redirected(stream: io.StringIO) -> Iterator[None]:
    with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
        yield


@contextlib.contextmanager
def unchanged_state() -> Iterator[None]:
    """Seeds all random numbers alike, and afterwards puts the process back as it was.

    Random numbers (Python, NumPy, TensorFlow, Keras), warning filters, current folder, environment
    variables, matplotlib's settings and open figures.
    """
    keepers = (_keep_python, _keep_numpy, _keep_tensorflow, _keep_keras, _keep_matplotlib)
    undo = [keep() for keep in (_keep_garbage, *keepers)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            for put_back in reversed(undo):
                put_back()


def _keep_garbage() -> Callable[[], None]:
    was_collected = gc.isenabled()
    gc.disable()
    return gc.enable if was_collected else gc.disable


def _keep_python() -> Callable[[], None]:
    state, folder, environment = random.getstate(), os.getcwd(), dict(os.environ)
    random.seed(SEED)

    def put_back() -> None:
        random.setstate(state)
        os.chdir(folder)
        if dict(os.environ) != environment:
            os.environ.clear()
            os.environ.update(environment)

    return put_back


def _keep_numpy() -> Callable[[], None]:
    state = np.random.get_state()
    np.random.seed(SEED)
    return lambda: np.random.set_state(state)


def _nothing() -> None:
    pass


def _keep_tensorflow() -> Callable[[], None]:
    if "tensorflow" not in sys.modules:
        return _nothing
    return keep_eager_seed(SEED)


def _keep_keras() -> Callable[[], None]:
    if "keras" not in sys.modules:
        return _nothing
    return keep_global_state()


def _keep_matplotlib() -> Callable[[], None]:
    if "matplotlib" not in sys.modules:
        return _nothing
    import matplotlib

    settings = dict.copy(matplotlib.rcParams)
    pyplot = sys.modules.get("matplotlib.pyplot")
    figures = pyplot.get_fignums() if pyplot else []
    current = pyplot.gcf().number if pyplot and figures else None

    def put_back() -> None:
        dict.update(matplotlib.rcParams, settings)
        pyplot = sys.modules.get("matplotlib.pyplot")
        if pyplot is None:
            return
        for number in set(pyplot.get_fignums()) - set(figures):
            pyplot.close(number)
        if current is not None and pyplot.fignum_exists(current):
            pyplot.figure(current)

    return put_back
