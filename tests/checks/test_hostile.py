"""A judgement always ends and never raises, and what an answer replaces is put back."""

import builtins
import dataclasses
import importlib
import random
import re
import sys
import time

import numpy as np
import pytest
import toy_lesson
from toy_lesson import BORDER, SHARE

from lessons_lib.checks import comparing, engine
from lessons_lib.checks.engine import judge
from lessons_lib.checks.guarding import guard
from lessons_lib.checks.result import RAISED, RIGHT, WRONG
from lessons_lib.quiet import keras, tf

PATIENT = dataclasses.replace(SHARE, time_limit=30.0)
SHORT = dataclasses.replace(SHARE, time_limit=0.5)
QUIZ = dataclasses.replace(BORDER, time_limit=30.0)


class Unshowable:
    def __repr__(self):
        raise RuntimeError("no text")

    __str__ = __repr__


class EndlesslyShown:
    def __repr__(self):
        while True:
            pass

    __str__ = __hash__ = __repr__


class LyingText(str):
    def __eq__(self, other):
        raise RuntimeError("not comparable")

    __hash__ = str.__hash__
    __repr__ = __str__ = lambda self: 1 / 0


class LyingNumber(float):
    def __eq__(self, other):
        return True

    __hash__ = float.__hash__
    __rsub__ = __sub__ = lambda self, other: 0.0


class EndlessList(list):
    def __iter__(self):
        while True:
            yield 1


def nested(depth):
    items = []
    for _ in range(depth):
        items = [items]
    return items


def wide():
    items = []
    items += [items, items]
    return items


def array_of(*objects):
    array = np.empty(len(objects), object)
    array[:] = objects
    return array


def raise_with(text):
    raise ValueError(text)


RESULTS = [
    (lambda: 10**5000, WRONG, "about 5,001 digits"),
    (lambda: -(10**5000), WRONG, "about 5,001 digits"),
    (lambda: {10**5000: 1}, WRONG, "a dictionary of 1"),
    (lambda: np.array(10**5000), WRONG, "about 5,001 digits"),
    (lambda: Unshowable(), WRONG, "an object of type Unshowable"),
    (lambda: EndlesslyShown(), WRONG, "an object of type EndlesslyShown"),
    (lambda: [Unshowable(), EndlesslyShown()], WRONG, "2 values"),
    (lambda: array_of(Unshowable(), EndlesslyShown()), WRONG, "shape (2,), object"),
    (lambda: LyingText("0.75"), WRONG, "'0.75'"),
    (lambda: LyingNumber(4), WRONG, "4"),
    (lambda: EndlessList(), WRONG, "()"),
    (lambda: nested(330), WRONG, "1 value"),
    (lambda: nested(100_000), WRONG, "1 value"),
    (lambda: wide(), WRONG, "a result of more than 100,000 items"),
    (lambda: np.broadcast_to(np.float64(1), (10**6, 10**6)), WRONG, "too large to be looked at"),
    (lambda: "half \ud800 a pair", WRONG, "half \\ud800 a pair"),
    (lambda: "\x1b[2J\x00", WRONG, "\\x1b[2J\\x00"),
    (lambda: raise_with("half \udcff a pair"), RAISED, "half \\udcff a pair"),
    (lambda: raise_with("x" * 10**7), RAISED, "xxx"),
    (lambda: print("\udcff") or 4, WRONG, "4"),
    (lambda: re.match("(a+)+$", "a" * 60 + "b"), RAISED, "Your code was stopped"),
    (
        lambda: [number for number in iter(int, 1) if number],
        RAISED,
        "Your code was stopped",
    ),
]


@pytest.mark.parametrize(("make", "outcome", "said"), RESULTS)
def test_a_hostile_result_gets_a_sentence_that_can_be_shown(make, outcome, said):
    began = time.monotonic()
    endless = said == "Your code was stopped"
    result = judge(SHORT if endless else PATIENT, lambda numbers: make())
    assert result.outcome == outcome
    assert said in result.message + result.got
    (repr(result) + result._repr_html_()).encode("utf-8")
    assert time.monotonic() - began < 60


@pytest.mark.parametrize("make", [make for make, outcome, _ in RESULTS if outcome == WRONG])
def test_a_hostile_value_is_wrong_in_a_quiz(make):
    result = judge(QUIZ, make())
    assert result.outcome == WRONG
    (repr(result) + result._repr_html_()).encode("utf-8")


def test_a_default_that_cannot_be_shown_is_no_matter():
    def answer(one, two=Unshowable()):  # noqa: B008 - the very thing
        return 1

    assert judge(SHARE, answer).outcome == WRONG
    other = judge(SHARE, lambda one, two, three=Unshowable(): 1)  # noqa: B008
    assert "yours takes one, two, three" in other.message


class Patch:
    """Replaces something, and answers rightly."""

    def __init__(self, owner, name, value):
        self.owner, self.name, self.value = owner, name, value

    def __call__(self, numbers):
        setattr(self.owner, self.name, self.value)
        return toy_lesson.share(numbers)


@pytest.mark.parametrize(
    ("owner", "name", "value"),
    [
        (np, "mean", lambda *arguments, **named: 0.75),
        (np, "isclose", lambda *arguments, **named: True),
        (np.random, "seed", lambda *arguments: None),
        (random, "setstate", lambda *arguments: None),
        (keras.ops, "argmax", len),
        (keras.layers.Dense, "call", lambda self, inputs: inputs),
        (tf.image, "resize", len),
        (comparing, "compare", lambda *arguments: None),
        (engine, "judge", lambda *arguments: None),
        (comparing.Comparison, "__init__", lambda self: None),
        (builtins, "isinstance", lambda *arguments: True),
    ],
)
def test_what_an_answer_replaces_is_put_back_and_told(owner, name, value):
    before = getattr(owner, name)
    result = judge(SHARE, Patch(owner, name, value))
    assert getattr(owner, name) is before
    assert (result.outcome, result.misconception) == (WRONG, "replaces what belongs to a library")
    assert f"{name}`. It has been put back" in result.message
    assert judge(SHARE, toy_lesson.share).outcome == RIGHT


def test_the_code_of_a_function_is_put_back():
    before = comparing.compare.__code__

    def answer(numbers):
        comparing.compare.__code__ = (lambda task, expected, got: None).__code__
        return 0.5

    assert "comparing.compare`" in judge(SHARE, answer).message
    assert comparing.compare.__code__ is before


def test_what_the_notebook_has_replaced_is_left_and_no_check_goes_on(monkeypatch):
    judge(SHARE, toy_lesson.share)
    monkeypatch.setattr(np, "mean", lambda numbers: 0.75)
    result = judge(SHARE, toy_lesson.share)
    assert result.outcome == RAISED
    assert "in the place of `numpy.mean`" in result.message
    assert "restart the kernel" in result.message
    monkeypatch.undo()
    assert judge(SHARE, toy_lesson.share).outcome == RIGHT
    assert not guard.changes()


def test_a_module_that_is_loaded_late_is_nobodys_trick():
    """Keras' `export` imports it, and TensorFlow has had another one in its place until then."""
    judge(SHARE, toy_lesson.share)
    importlib.import_module("tensorflow.saved_model")
    assert judge(SHARE, toy_lesson.share).outcome == RIGHT


def test_limits_settings_and_random_numbers_are_as_they_were():
    def answer(numbers):
        sys.setrecursionlimit(5000)
        sys.set_int_max_str_digits(0)
        np.seterr(all="raise")
        np.set_printoptions(precision=1)
        keras.config.set_floatx("float16")
        keras.utils.clear_session()
        np.random.seed(5)
        random.seed(5)
        sys.settrace(lambda *arguments: None)
        return toy_lesson.share(numbers)

    def state():
        return (
            sys.getrecursionlimit(),
            sys.get_int_max_str_digits(),
            np.geterr(),
            np.get_printoptions()["precision"],
            keras.config.floatx(),
            random.getstate(),
            np.random.get_state()[1].tolist(),
            sys.gettrace(),
        )

    before = state()
    assert judge(SHARE, answer).outcome == RIGHT
    assert state() == before


def test_names_of_keras_layers_go_on_where_they_were():
    first = int(keras.layers.Dense(1).name.rpartition("_")[-1].replace("dense", "0"))
    judge(SHARE, lambda numbers: keras.layers.Dense(1) and 1.0)
    assert keras.layers.Dense(1).name == f"dense_{first + 1}"
