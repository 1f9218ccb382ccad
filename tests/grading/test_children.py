"""Tests of calling functions in processes of their own, which may say nothing, or never end."""

import os
import re
import subprocess
import sys
import time

import psutil
import pytest

from lessons_lib.grading.bounds import Bounds
from lessons_lib.grading.children import call_in_child

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="uses processes as Linux has them")


def say(word):
    return {"said": word}


def fail():
    raise ValueError("no word")


def hold_the_interpreter():
    re.match("(a*)*b", "a" * 40)  # compiled code: no other thread of this process gets a turn
    return {}


def leave_somebody_behind():
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(654)"], start_new_session=True)
    return {}


def test_a_word_comes_back():
    answer = call_in_child(say, ("grüße",), seconds=60)
    assert answer.word == {"said": "grüße"}


def test_who_raises_says_nothing():
    answer = call_in_child(fail, (), seconds=60)
    assert (answer.word, answer.ending) == (None, "it exited")


@pytest.mark.parametrize("function", [hold_the_interpreter, time.sleep])
def test_who_takes_too_long_is_ended_in_time(function):
    began = time.monotonic()
    answer = call_in_child(function, (600,) if function is time.sleep else (), seconds=2)
    assert (answer.word, answer.ending) == (None, "it took over 2 seconds")
    assert time.monotonic() - began < 30


def test_other_children_stay():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        call_in_child(say, ("",), seconds=60)
        assert other.poll() is None


def start_some():
    for _ in range(20):
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(654)"])
    time.sleep(60)


def test_who_starts_too_many_is_ended_with_all_of_them():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE):
        before = psutil.Process().children(recursive=True)  # a browser of other tests, perhaps
        answer = call_in_child(start_some, (), 60, Bounds(memory=4))
        assert (answer.word, answer.ending) == (None, "it started over 16 processes")
        left = psutil.Process().children(recursive=True)
        assert [one for one in left if one not in before] == []


def test_what_a_child_writes_is_removed_and_what_was_there_stays(tmp_path):
    (tmp_path / "before").write_text("mine")
    bounds = Bounds(memory=4, places=[tmp_path])
    locked = tmp_path / "after" / "locked"
    call_in_child(os.makedirs, (str(locked), 0o500), 60, bounds)
    assert [path.name for path in tmp_path.iterdir()] == ["before"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process adopt orphans")
def test_who_is_left_behind_is_ended_too():
    code = (
        "from lessons_lib.grading.children import *; import sys; sys.path.insert(0, sys.argv[1])\n"
        "from test_children import leave_somebody_behind\n"
        "stay_out_of_reach(); call_in_child(leave_somebody_behind, (), 30)\n"
        "print(len(psutil.Process().children(recursive=True)))"
    )
    here = __file__.rpartition("/")[0]
    finished = subprocess.run([sys.executable, "-c", code, here], capture_output=True, text=True)
    assert finished.stdout == "0\n", finished.stderr
