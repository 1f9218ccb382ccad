"""The second stage alone: whether an answer changed what it was given is seen, whatever that is."""

import dataclasses

import numpy as np
import pytest
from toy_lesson import SHARE

from lessons_lib.checks.observing import observe


class NotComparable:
    """An input such as a tensor, whose == gives no answer."""

    def __eq__(self, other):
        raise RuntimeError("cannot be compared")

    __hash__ = None


def task_with(make_input):
    return dataclasses.replace(SHARE, cases=lambda: [(make_input(),)])


def changes_inputs(make_input, answer):
    (observation,) = observe(task_with(make_input), answer)
    assert observation.error is None, observation.error
    return observation.changes_inputs


def put_into_dictionary(numbers):
    numbers["b"] = 1


def change_in_dictionary(numbers):
    numbers["a"] = 5


def turn_round(numbers):
    numbers["a"] = numbers.pop("a")


def change_array_in_dictionary(numbers):
    numbers["a"][0] = 7


def append(numbers):
    numbers.append(1)


def change_deep_inside(numbers):
    numbers[0][1]["a"][0] += 1


def change_an_objects_array(numbers):
    numbers[0].append(3)


def swap_types(numbers):
    numbers[0] = 1.0


def put_array_for_list(numbers):
    numbers[0] = np.array([1, 2])


def put_list_for_array(numbers):
    numbers[0] = [1, 2]


def objects():
    array = np.empty(1, object)
    array[0] = [1, 2]
    return array


@pytest.mark.parametrize(
    ("make_input", "answer"),
    [
        (lambda: {"a": 1}, put_into_dictionary),
        (lambda: {"a": 1}, change_in_dictionary),
        (lambda: {"a": 1, "b": 2}, turn_round),
        (lambda: {"a": np.zeros(2)}, change_array_in_dictionary),
        (lambda: [1, 2], append),
        (lambda: [[0, {"a": np.zeros(2)}]], change_deep_inside),
        (lambda: [1, 2], swap_types),
        (lambda: [[1, 2]], put_array_for_list),
        (lambda: [np.array([1, 2])], put_list_for_array),
        (objects, change_an_objects_array),
    ],
)
def test_a_change_is_seen(make_input, answer):
    assert changes_inputs(make_input, answer)


@pytest.mark.parametrize(
    "make_input",
    [
        lambda: {"a": 1, "b": [1.0, float("nan")], "c": "text"},
        lambda: [np.array([1.0, np.nan]), (1, 2), None],
        lambda: [NotComparable(), 1],
        lambda: float("nan"),
        objects,
    ],
)
def test_what_is_only_read_has_not_changed(make_input):
    assert not changes_inputs(make_input, lambda numbers: 1)
