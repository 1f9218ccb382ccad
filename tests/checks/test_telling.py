"""The last stage alone: nothing that the stages before have found is lost on the way."""

import dataclasses

import numpy as np
import pytest
from toy_lesson import BORDER, SHAPES, SHARE, share

from lessons_lib.checks import Misconception
from lessons_lib.checks.engine import judge
from lessons_lib.checks.result import RAISED, WRONG
from lessons_lib.checks.telling import CHANGES_INPUTS


def test_a_right_result_that_changes_its_input_is_told_with_what_was_printed():
    def answer(numbers):
        print("on the way")
        result = share(numbers)
        numbers[:] = 0
        return result

    unknown = dataclasses.replace(SHARE, misconceptions=())
    result = judge(unknown, answer)
    assert (result.outcome, result.misconception) == (WRONG, CHANGES_INPUTS)
    assert "changed afterwards" in result.message and "Make something new" in result.message
    assert result.printed.startswith("on the way\n")


def test_an_error_is_told_with_the_inputs_and_what_was_printed_before():
    def answer(numbers):
        print("on the way")
        raise KeyError("pet")

    result = judge(SHARE, answer)
    assert result.outcome == RAISED and "KeyError" in result.message
    assert "numbers = " in result.given and "-1" in result.given
    assert result.printed.startswith("on the way\n")


def test_inputs_that_have_no_short_form_are_left_out():
    task = dataclasses.replace(
        SHARE,
        signature="share(numbers, model)",
        cases=lambda: [(np.array([1.0]), object())],
        reference=lambda numbers, model: 1.0,
        misconceptions=(),
    )
    given = judge(task, lambda numbers, model: 2.0).given
    assert "numbers = " in given and "model" not in given


def test_an_answer_that_cannot_be_read_is_named_by_its_error():
    class Unreadable:
        def __eq__(self, other):
            raise ZeroDivisionError

        @property
        def __class__(self):
            raise ZeroDivisionError

    result = judge(BORDER, Unreadable())
    assert result.outcome == WRONG
    assert result.message == "Your answer cannot be read: doing so raises ZeroDivisionError."


def test_a_known_wrong_value_keeps_its_name():
    result = judge(BORDER, 2)
    assert (result.outcome, result.misconception) == (WRONG, "follows the tutorial")


@pytest.mark.parametrize(
    ("task", "answer", "said"),
    [
        (BORDER, "three", "The answer is a whole number; yours is "),
        (BORDER, 3.5, "The answer is a whole number; yours is "),
        (BORDER, 1, "Your answer is not right."),
        (SHAPES, 7, "The answer is 2 values; yours is 7."),
        (SHAPES, ((4, 4), (3, 2)), "is not right."),
    ],
)
def test_a_value_of_another_kind_is_told_and_a_wrong_one_shows_where(task, answer, said):
    message = judge(task, answer).message
    assert said in message
    assert f'check.hint("{task.name}")' in message
    assert ("; yours is" in message) == ("; yours is" in said)


def test_a_whole_number_for_a_float_is_no_other_kind():
    task = dataclasses.replace(
        BORDER, reference=0.5, misconceptions=(Misconception("m", "Message.", 0.25),)
    )
    assert judge(task, 1).message.startswith("Your answer is not right.")
    assert "; yours is" in judge(task, "a half").message
