"""Runs functions in processes of their own, each in a fresh one, and takes their word.

On Linux such a process is a copy of this one, which has imported TensorFlow and has not used it,
and runs a single thread: so it starts in no time, and safely. Elsewhere it is started anew, which
takes the seconds of TensorFlow's import.
"""

import contextlib
import ctypes
import json
import multiprocessing
import os
import secrets
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

import psutil

from lessons_lib.grading.bounds import Bounds, family

POLL, LOOK, SECONDS_TO_END = 0.02, 0.1, 20
LONGEST_WORD = 1_000_000  # bytes
CONTEXT = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER = 4, 36  # from Linux' <sys/prctl.h>


@dataclass
class Answer:
    """What a child process said.

    Attributes:
        word: what its function returned, or None where it did not come to that.
        ending: why it did not, in words.
    """

    word: dict[str, Any] | None
    ending: str


def stay_out_of_reach() -> None:
    """Lets no child look into this process, and makes it the parent of all that they leave behind.

    Linux can; elsewhere this does nothing.
    """
    if sys.platform == "linux":
        prctl = ctypes.CDLL(None).prctl
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
        prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def call_in_child(
    function: Callable[..., dict[str, Any]],
    arguments: tuple,
    seconds: float,
    bounds: Bounds | None = None,
) -> Answer:
    """Calls a function in a process of its own, and ends that and all that it has started.

    The word is taken only with a key that the process made up before it ran any student's code, so
    what that code writes into the pipe counts for nothing.

    Args:
        function: of a module, returns what JSON can hold.
        arguments: can be pickled.
        seconds: the limit of time.
        bounds: what the process may take with all that it starts; None for what it likes.
    """
    others = psutil.Process().children()
    receiver, sender = CONTEXT.Pipe(duplex=False)
    process = CONTEXT.Process(target=_speak, args=(sender, function, arguments), daemon=False)
    process.start()
    sender.close()
    heard: list[bytes] = []
    # A thread, since the process may send half a message, and nothing more for ever.
    listener = threading.Thread(target=_listen, args=(receiver, heard), daemon=True)
    listener.start()
    ended = _wait(process, others, seconds, bounds)
    if bounds and not others:
        bounds.end_all()
    _end(process, others)
    if bounds:
        bounds.clear()
    listener.join(1)
    word = json.loads(heard[1]) if len(heard) == 2 and not ended else None
    return Answer(word, ended or _ending(process.exitcode))


def _wait(
    process: BaseProcess, others: list[psutil.Process], seconds: float, bounds: Bounds | None
) -> str:
    """Waits for a process to end by itself; says why it has to be ended, empty where it has not."""
    # Not `join` with a limit: it waits for a pipe that `_speak` has closed in the child.
    begun = looked = time.monotonic()
    passed = ""
    while process.is_alive() and not passed:
        now = time.monotonic()
        if now - begun > seconds:
            return f"it took over {seconds:g} seconds"
        if bounds:
            passed = bounds.multiplied()
            if now - looked > LOOK:
                passed, looked = passed or bounds.passed(family(others)), now
        time.sleep(POLL)
    return passed


def _speak(sender: Connection, function: Callable, arguments: tuple) -> None:
    """What the child does: names its key, works, says what came out, and is gone."""
    if hasattr(os, "setsid"):
        os.setsid()
        os.nice(5)  # so that who watches gets a turn, however many there are
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    if CONTEXT.get_start_method() == "fork":  # a copy of this process holds its open files, too
        os.closerange(3, sender.fileno())
        os.closerange(sender.fileno() + 1, 4096)
    key = secrets.token_bytes(16)
    sender.send_bytes(key)
    word = json.dumps(function(*arguments)).encode()
    sender.send_bytes(key + word)
    os._exit(0)  # a student's thread that cannot be stopped would keep the process


def _listen(receiver: Connection, heard: list[bytes]) -> None:
    """Collects the key, and the first message that begins with it."""
    with contextlib.suppress(EOFError, OSError):  # too long is an OSError as well
        heard.append(receiver.recv_bytes(LONGEST_WORD))
        while len(heard) == 1:
            message = receiver.recv_bytes(LONGEST_WORD)
            if message.startswith(heard[0]):
                heard.append(message[len(heard[0]) :])


def _end(process: BaseProcess, others: list[psutil.Process]) -> None:
    """Ends the process, its group, and whoever was left behind and came to this process.

    Args:
        process: the child.
        others: children that were there before, and stay.
    """
    if hasattr(os, "killpg") and process.pid is not None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.join()
    stopped: set[psutil.Process] = set()
    deadline = time.monotonic() + SECONDS_TO_END
    while time.monotonic() < deadline:
        left = family(others)
        if not left:
            break
        # First all are stopped, and only then killed: who multiplies would take the free places.
        running = [one for one in left if one not in stopped]
        for one in running or left:
            with contextlib.suppress(psutil.Error):
                one.suspend() if running else one.kill()
        stopped.update(running)
        if not running:
            psutil.wait_procs(left, timeout=0.5)


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        return f"by {signal.Signals(-code).name}"
    return "it exited"
