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

POLL = 0.02  # seconds
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
    function: Callable[..., dict[str, Any]], arguments: tuple, seconds: float
) -> Answer:
    """Calls a function in a process of its own, and ends that and all that it has started.

    The word is taken only with a key that the process made up before it ran any student's code, so
    what that code writes into the pipe counts for nothing.

    Args:
        function: of a module, returns what JSON can hold.
        arguments: can be pickled.
        seconds: the limit of time.
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
    # Not `join` with a limit: it waits for a pipe that `_speak` has closed in the child.
    deadline = time.monotonic() + seconds
    while process.is_alive() and time.monotonic() < deadline:
        time.sleep(POLL)
    in_time = not process.is_alive()
    _end(process, others)
    listener.join(1)
    word = json.loads(heard[1]) if len(heard) == 2 else None
    return Answer(word, _ending(process.exitcode, in_time, seconds))


def _speak(sender: Connection, function: Callable, arguments: tuple) -> None:
    """What the child does: names its key, works, says what came out, and is gone."""
    if hasattr(os, "setsid"):
        os.setsid()
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
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        left = [one for one in psutil.Process().children() if one not in others]
        if not left:
            break
        for one in left:  # whose own children then come here, and go in the next round
            with contextlib.suppress(psutil.Error):
                one.kill()
        psutil.wait_procs(left, timeout=0.5)


def _ending(code: int | None, in_time: bool, seconds: float) -> str:
    if not in_time:
        return f"it took over {seconds:g} seconds"
    if code is not None and code < 0:
        return f"by {signal.Signals(-code).name}"
    return "it exited"
