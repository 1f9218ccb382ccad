"""Tests of lessons_lib.quiet, in processes of their own: TensorFlow is imported once a process."""

import os
import subprocess
import sys

import pytest

from lessons_lib.quiet import silent_standard_error


def run_python(code: str) -> subprocess.CompletedProcess:
    environment = {name: value for name, value in os.environ.items() if "TF_CPP" not in name}
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=120
    )


@pytest.mark.slow
def test_tensorflow_imports_and_computes_without_a_word():
    finished = run_python("from lessons_lib.quiet import keras, tf; print(int(tf.ones(3)[0] + 1))")
    assert finished.returncode == 0
    assert finished.stdout == "2\n"
    assert finished.stderr == ""


def test_importing_the_package_alone_imports_neither_tensorflow_nor_tfds_nor_matplotlib():
    finished = run_python(
        "import sys, lessons_lib, lessons_lib.classes, lessons_lib.settings;"
        "print([name for name in ('keras', 'matplotlib', 'tensorflow', 'tensorflow_datasets')"
        " if name in sys.modules])"
    )
    assert finished.stdout == "[]\n"


def test_chatter_is_held_back_and_later_words_are_heard(capfd):
    with silent_standard_error():
        os.write(2, b"chatter\n")
        print("python chatter", file=sys.__stderr__)
    os.write(2, b"heard\n")
    assert capfd.readouterr().err == "heard\n"


def test_an_exception_passes_and_shows_what_was_held_back(capfd):
    with pytest.raises(ImportError, match="no such library"), silent_standard_error():
        os.write(2, b"the reason\n")
        raise ImportError("no such library")
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "the reason\nafter\n"
