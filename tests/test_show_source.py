"""Lessons show the very source that is tested, equal on every machine."""

import functools
import inspect

import numpy as np
import pytest

from lessons_lib.classes import PetClass
from lessons_lib.plots import mask_to_rgb, trimap_to_rgb
from lessons_lib.show_source import show_source


def test_text_is_the_source_without_paths_or_line_numbers():
    shown = repr(show_source(mask_to_rgb))
    assert shown == inspect.getsource(mask_to_rgb).strip()
    assert shown.startswith("def mask_to_rgb(mask: ArrayLike)")
    assert "/plots/" not in shown and "<" not in shown.splitlines()[0]


def test_markdown_is_fenced_python_for_highlighting():
    shown = show_source(mask_to_rgb)
    assert shown._repr_markdown_() == f"```python\n{shown!r}\n```"


def test_a_fence_inside_the_source_does_not_end_the_outer_one():
    def with_fence():
        """
        ```
        """

    markdown = show_source(with_fence)._repr_markdown_()
    assert markdown.startswith("````python\n") and markdown.endswith("\n````")


def test_methods_and_nested_functions_are_not_indented():
    assert repr(show_source(PetClass.rgb.fget)).startswith("@property\ndef rgb(self)")


def test_a_decorated_function_shows_what_the_learner_should_read():
    assert repr(show_source(functools.lru_cache(mask_to_rgb))) == repr(show_source(mask_to_rgb))


def test_several_helpers_come_in_the_order_asked():
    shown = repr(show_source(trimap_to_rgb, mask_to_rgb))
    assert shown.index("def trimap_to_rgb") < shown.index("def mask_to_rgb")


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
