"""Lessons show the very source that is tested, equal on every machine."""

import ast
import functools
import inspect

import numpy as np
import pytest

from lessons_lib import class_imbalance, decoder, encoder, metrics, training
from lessons_lib.classes import PixelClass
from lessons_lib.data import pipeline
from lessons_lib.plots import show_epochs, trimap_to_rgb
from lessons_lib.show_source import show_source


def double(numbers: list[int], times: int = 1) -> list[int]:
    """Doubles numbers.

    Args:
        numbers: to double.
    """
    if times < 1:
        raise ValueError("times must be at least 1.")
    _require_numbers(numbers)
    for name in numbers:
        if not name:
            raise ValueError("no zeros.")

    def one(number: int) -> int:
        """Doubles one."""
        return 2 * number  # a comment that stays

    if times == 2:
        return double(double(numbers))
    return [one(number) for number in numbers]


def _require_numbers(numbers: list[int]) -> None:
    """Refuses what is no list."""
    if not isinstance(numbers, list):
        raise TypeError("a list, please.")


class Counter:
    """Counts."""

    start = 0

    def count(self) -> int:
        """Counts on."""
        self.start += 1
        return self.start


def test_docstrings_and_guards_are_left_out_and_all_else_stays():
    assert (
        repr(show_source(double))
        == """\
def double(numbers: list[int], times: int = 1) -> list[int]:
    def one(number: int) -> int:
        return 2 * number  # a comment that stays

    if times == 2:
        return double(double(numbers))
    return [one(number) for number in numbers]"""
    )


def test_a_class_keeps_its_attributes_and_methods():
    assert (
        repr(show_source(Counter))
        == """\
class Counter:
    start = 0

    def count(self) -> int:
        self.start += 1
        return self.start"""
    )


def add_up(numbers: list[int]) -> int:
    """Adds up."""
    total = 0
    for number in numbers:
        _require_numbers([number])
        total += number
    return total


def test_a_guard_within_a_loop_is_left_out_too():
    assert (
        repr(show_source(add_up))
        == """\
def add_up(numbers: list[int]) -> int:
    total = 0
    for number in numbers:
        total += number
    return total"""
    )


def test_a_function_that_only_refuses_is_shown_as_it_is():
    assert "raise TypeError" in repr(show_source(_require_numbers))


@pytest.mark.parametrize(
    "helper",
    [
        *(pipeline.normalize, pipeline.load_image, pipeline.Augment, pipeline.make_batches),
        *(encoder.freeze, decoder.upsample, decoder.unet_model, decoder.create_mask),
        *(training.KeepPredictions, training.train, metrics.iou_per_class),
        *(class_imbalance.add_sample_weights, class_imbalance.train_fresh),
    ],
)
def test_what_the_lessons_show_fits_on_a_screen_and_is_python(helper):
    shown = repr(show_source(helper))
    (helper_shown,) = ast.parse(shown).body
    assert len(shown.splitlines()) - helper_shown.body[0].lineno < 25


def test_the_whole_text_is_the_source_without_paths_or_line_numbers():
    shown = repr(show_source(trimap_to_rgb, whole=True))
    assert shown == inspect.getsource(trimap_to_rgb).strip()
    assert shown.startswith("def trimap_to_rgb(trimap: ArrayLike)")
    assert "/plots/" not in shown and "<" not in shown.splitlines()[0]


def test_markdown_is_fenced_python_for_highlighting():
    shown = show_source(trimap_to_rgb)
    assert shown._repr_markdown_() == f"```python\n{shown!r}\n```"


def test_a_fence_inside_the_source_does_not_end_the_outer_one():
    def with_fence():
        """
        ```
        """

    markdown = show_source(with_fence, whole=True)._repr_markdown_()
    assert markdown.startswith("````python\n") and markdown.endswith("\n````")


def test_methods_and_nested_functions_are_not_indented():
    assert repr(show_source(PixelClass.rgb.fget)).startswith("@property\ndef rgb(self)")


def test_a_decorated_function_shows_what_the_learner_should_read():
    assert repr(show_source(functools.lru_cache(trimap_to_rgb))) == repr(show_source(trimap_to_rgb))


def test_several_helpers_come_in_the_order_asked():
    shown = repr(show_source(trimap_to_rgb, show_epochs))
    assert shown.index("def trimap_to_rgb") < shown.index("def show_epochs")


@pytest.mark.parametrize(
    ("helpers", "error", "sentence"),
    [
        ((), TypeError, "needs a function or a class"),
        ((3,), TypeError, "shows functions, classes and modules"),
        ((len,), ValueError, "'len' cannot be shown"),
        ((np.ndarray,), ValueError, "'ndarray' cannot be shown"),
    ],
)
def test_bad_input_gets_one_sentence(helpers, error, sentence):
    with pytest.raises(error, match=sentence):
        show_source(*helpers)
