"""First stage: runs a learner's code so that it can neither hang the check nor leave traces.

In a notebook the code runs in the main thread, and an alarm of the system looks at the clock ten
times a second. What runs too long is ended by an exception, raised again and again where the
learner's own lines catch it. So even a regular expression ends, which never lets go of the
interpreter, but asks for alarms; and the kernel's stop button works as ever. What neither ends nor
asks, a compiled operation, gets a sentence on the screen that says what to do.

Where there is no such alarm (on Windows) or no main thread, the code runs in a thread of its own.
It is stopped by an exception that Python raises there at its next instruction; compiled code cannot
be stopped so, and is left behind.

The limit holds for the work of this process, so that a busy machine makes no right answer wrong;
who only waits gets `WAITING` times as long. Meanwhile no garbage is collected: what the learner's
earlier trainings have left behind may take seconds, which are not the answer's. Keras' names of
layers and its seeds begin anew, and are afterwards as they were.
"""

import contextlib
import contextvars
import ctypes
import dataclasses
import gc
import io
import os
import random
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import numpy as np

from lessons_lib.checks.errors import is_learners_file
from lessons_lib.checks.guarding import guard
from lessons_lib.private_parts import keep_eager_seed, keep_global_state

SEED = 0
KEPT_TEXT = 2000  # characters of what is printed
POLL = 0.1  # seconds; on Windows a wait cannot be interrupted, so it is cut into short ones
STOP_ATTEMPTS = 10
WAITING = 3  # times the limit
LIBRARY_TICKS = 3  # alarms within a library's lines, before it is interrupted there
GRACE = 2.0  # seconds, before what does not end is told
CANNOT_BE_STOPPED = (
    "This check has reached its limit of time inside an operation that does not let itself be "
    "stopped. Press the kernel's stop button (\N{BLACK SQUARE}); where that does nothing, restart "
    "the kernel."
)


class TimeLimitReached(SystemExit):
    """Raised in the learner's code; a thread that ends by SystemExit ends in silence."""


@dataclass(frozen=True)
class Run:
    """How a run ended: with a value, with an error, or not in time.

    Attributes:
        value: what the function returned.
        error: what it raised.
        printed: the beginning of what it printed.
        in_time: whether it ended within the limit.
        stopped: whether it is no longer running.
        replaced: the names of what it had replaced in a library, and what is back in its place.
    """

    value: Any
    error: BaseException | None
    printed: str
    in_time: bool
    stopped: bool
    replaced: tuple[str, ...] = ()


class _FirstCharacters(io.StringIO):
    """Keeps the beginning of what is written, so that endless printing fills no memory."""

    def write(self, text: str) -> int:
        super().write(text[: max(0, KEPT_TEXT - self.tell())])
        return len(text)


def run_with_limit(function: Callable[[], Any], seconds: float) -> Run:
    """Calls the function and waits for it, up to a limit; the process's state stays as it was.

    Args:
        function: takes nothing; may raise or exit, print, seed, warn, change folders, never end.
        seconds: the limit, of processor time.

    Raises:
        KeyboardInterrupt: the learner has pressed the stop button.
    """
    screen, printed = sys.stdout, _FirstCharacters()
    with unchanged_state() as replaced, _redirected(printed):
        if _has_alarms():
            ended = _run_here(function, seconds, screen)
        else:
            ended = _run_beside(function, seconds)
    return dataclasses.replace(ended, printed=printed.getvalue().strip(), replaced=tuple(replaced))


def _has_alarms() -> bool:
    in_main = threading.current_thread() is threading.main_thread()
    return in_main and hasattr(signal, "setitimer")


@dataclass
class _Alarm:
    """What the system's alarm does while a learner's code runs in the main thread."""

    seconds: float
    outside: FrameType
    began: tuple[float, float] = field(
        default_factory=lambda: (time.monotonic(), time.process_time())
    )
    ticks_too_many: int = 0
    is_pressed: bool = False
    is_over: bool = False

    def ring(self, number: int, frame: FrameType | None) -> None:
        """Looks at the clock; ends the code where its time is over or the button was pressed."""
        self.is_pressed = self.is_pressed or number == signal.SIGINT
        if self.is_over or (_has_time(*self.began, self.seconds) and not self.is_pressed):
            return
        self.ticks_too_many += 1
        # The line that catches this exception raises the next one, and so do those around it.
        sys.settrace(self.raise_in_learners_line)
        place = frame
        while place is not None and place is not self.outside:
            place.f_trace = self.raise_in_learners_line
            place = place.f_back
        if _is_learners(frame) or self.ticks_too_many > LIBRARY_TICKS:
            raise TimeLimitReached

    def raise_in_learners_line(self, frame: FrameType, event: str, _argument: Any) -> Any:
        """A trace function, which Python takes away once it has raised."""
        if not self.is_over and event in ("line", "call") and _is_learners(frame):
            raise TimeLimitReached
        return self.raise_in_learners_line


def _is_learners(frame: FrameType | None) -> bool:
    return frame is not None and is_learners_file(frame.f_code.co_filename)


def _run_here(function: Callable[[], Any], seconds: float, screen: Any) -> Run:
    """Runs the function in the main thread."""
    alarm = _Alarm(seconds, outside=sys._getframe())
    last_resort = threading.Timer(WAITING * seconds + GRACE, _tell_endless, (alarm, screen))
    last_resort.daemon = True
    trace = sys.gettrace()
    handlers = {one: signal.signal(one, alarm.ring) for one in (signal.SIGALRM, signal.SIGINT)}
    timer = signal.setitimer(signal.ITIMER_REAL, POLL, POLL)
    last_resort.start()
    value = error = None
    in_time = True
    try:
        try:
            value = contextvars.copy_context().run(function)
        finally:
            alarm.is_over = True
    except TimeLimitReached:
        in_time = False
    except BaseException as raised:
        error = raised
    finally:
        signal.setitimer(signal.ITIMER_REAL, *timer)
        for one, handler in handlers.items():
            signal.signal(one, handler)
        sys.settrace(trace)
        last_resort.cancel()
        last_resort.join(POLL)
    if alarm.is_pressed:
        raise KeyboardInterrupt
    return Run(value, error, "", in_time and not alarm.ticks_too_many, stopped=True)


def _tell_endless(alarm: _Alarm, screen: Any) -> None:
    """Says what to do, while compiled code that lets go of the interpreter does not end."""
    if not alarm.is_over:
        print(CANNOT_BE_STOPPED, file=screen, flush=True)


def _run_beside(function: Callable[[], Any], seconds: float) -> Run:
    """Runs the function in a thread of its own, which is left behind where it cannot be stopped."""
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
    try:
        thread.start()
        began = time.monotonic(), time.process_time()
        while not finished.wait(POLL) and _has_time(*began, seconds):
            pass
        in_time = finished.is_set()
    finally:  # also where the learner presses the stop button
        stopped = finished.is_set() or _stop(thread)
    value, error = (outcome["value"], outcome["error"]) if in_time else (None, None)
    return Run(value, error, "", in_time, stopped)


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
def unchanged_state() -> Iterator[list[str]]:
    """Seeds all random numbers alike, and afterwards puts the process back as it was.

    Random numbers (Python, NumPy, TensorFlow, Keras), warning filters, current folder, environment
    variables, Python's limits, Keras' settings, matplotlib's settings and open figures; and the
    functions of libraries.

    Yields:
        A list that afterwards names the functions that had been replaced.
    """
    keepers = (_keep_python, _keep_numpy, _keep_tensorflow, _keep_keras, _keep_matplotlib)
    undo = [keep() for keep in (_keep_garbage, *keepers)]
    guard.note()
    put_functions_back, replaced = guard.put_back, []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield replaced
        finally:
            replaced += put_functions_back()
            for put_back in reversed(undo):
                put_back()


def _keep_garbage() -> Callable[[], None]:
    was_collected = gc.isenabled()
    gc.disable()
    return gc.enable if was_collected else gc.disable


def _keep_python() -> Callable[[], None]:
    state, folder, environment = random.getstate(), os.getcwd(), dict(os.environ)
    depth, digits = sys.getrecursionlimit(), sys.get_int_max_str_digits()
    random.seed(SEED)

    def put_back() -> None:
        random.setstate(state)
        sys.setrecursionlimit(depth)
        sys.set_int_max_str_digits(digits)
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
    import keras

    config = keras.config
    kept = (
        (config.set_floatx, config.floatx()),
        (config.set_epsilon, config.epsilon()),
        (config.set_image_data_format, config.image_data_format()),
    )
    put_state_back = keep_global_state()

    def put_back() -> None:
        put_state_back()
        for set_value, value in kept:
            set_value(value)

    return put_back


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
