"""Every argument of every public function, replaced by each of many values that make no sense.

Whatever comes is taken, or refused by a sentence of the library's own, and soon.
"""

import contextlib
import io
import signal
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from hostile_values import HOSTILE
from slip import Slip, what_comes
from valid_calls import CALLS, ValidCall

from lessons_lib import encoder

SECONDS, SECONDS_OF_TRAINING = 5, 60
REPLACED = [
    pytest.param(
        call,
        name,
        id=f"{call.name}: {name}",
        marks=[pytest.mark.slow] if call.slow else [],
    )
    for call in CALLS
    for name in call.replaced()
]


@pytest.fixture(autouse=True)
def somewhere_else(tmp_path, monkeypatch):
    """What is written by a text taken for a path lies in a folder of the test; no network."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(encoder, "imagenet_available", lambda: False)


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(call, id=call.name, marks=[pytest.mark.slow] if call.slow else [])
        for call in CALLS
    ],
)
def test_the_valid_call_is_valid(call):
    how, words = try_call(call, {})
    assert how == "answer", words


@pytest.mark.parametrize(("call", "name"), REPLACED)
def test_whatever_replaces_an_argument_is_taken_or_told(call, name):
    found = []
    for value, make in HOSTILE.items():
        how, words = try_call(call, {name: make()})
        if how == "foreign":
            found.append(f"{value}: {words}")
    assert not found, "\n".join(found)


def try_call(call: ValidCall, replaced: dict) -> tuple[str, str]:
    """Makes a call of which an argument is replaced; returns how it ends, and the words of it."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), deadline(call):
        warnings.simplefilter("ignore")
        return what_comes(Slip(call.name, call.function, (), call.arguments | replaced, ""))


@contextlib.contextmanager
def deadline(call: ValidCall) -> Iterator[None]:
    """Ends what takes longer than it may, where the system has an alarm clock."""

    seconds = SECONDS_OF_TRAINING if call.slow else SECONDS

    def stop(*_: Any) -> None:
        raise TimeoutError(f"It took more than {seconds} s.")

    if not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
