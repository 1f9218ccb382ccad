"""Figures of lesson 2's convolution: the numbers and squares that are drawn."""

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from lessons_lib.plots import plot_receptive_fields, plot_window

PATCH = np.arange(20).reshape(4, 5)
KERNEL = np.array([[-1, 0], [0, 2]])
PHOTO = np.full((32, 32, 3), 90, np.uint8)


def squares(axes: Axes) -> list[tuple]:
    """Corner and size of each rectangle drawn into axes."""
    drawn = [one for one in axes.patches if isinstance(one, Rectangle)]
    return [(*one.get_xy(), one.get_width(), one.get_height()) for one in drawn]


def test_a_window_its_kernel_and_their_products_are_written():
    figure = plot_window(PATCH, KERNEL, (1, 2))
    patch, kernel, products = ([text.get_text() for text in axes.texts] for axes in figure.axes)
    assert patch == [str(number) for number in range(20)]
    assert kernel == ["−1", "0", "0", "2"]
    assert products == ["−7", "0", "0", "26"]
    assert squares(figure.axes[0]) == [(1.5, 0.5, 2, 2)]
    assert "add up to 19" in figure.alt_text
    assert figure.axes[2].get_title(loc="left") == "products, sum 19"


@pytest.mark.parametrize("place", [(3, 0), (0, 4), (-1, 0)])
def test_a_window_that_leaves_the_patch_is_refused(place):
    with pytest.raises(ValueError, match="leaves the patch of 4×5"):
        plot_window(PATCH, KERNEL, place)


def test_a_patch_too_large_to_read_is_refused():
    with pytest.raises(ValueError, match="at most 8 numbers a side"):
        plot_window(np.zeros((9, 9)), KERNEL, (0, 0))


def test_receptive_fields_are_drawn_where_they_lie():
    windows = {"near": (4, 6, 9), "far": (-20, -30, 100)}
    figure = plot_receptive_fields(PHOTO, windows)
    close, whole = figure.axes
    expected = [(5.5, 3.5, 9, 9), (-30.5, -20.5, 100, 100)]
    assert squares(close) == squares(whole) == expected
    assert "near 9×9, far 100×100" in figure.alt_text
    for axes, least, most in ((close, 9, 11), (whole, 100, 120)):
        left, right = axes.get_xlim()
        assert least < right - left < most
    assert all(one.get_clip_on() for one in close.patches)  # the far one stays out of the way
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == ["9×9: near", "100×100: far"]


def test_fields_of_one_size_need_no_close_up():
    figure = plot_receptive_fields(PHOTO, {"first": (4, 6, 9), "second": (20, 20, 9)})
    (axes,) = figure.axes
    assert axes.get_xlim()[0] < 0 < 32 < axes.get_xlim()[1] + 1


@pytest.mark.parametrize("count", [0, 7])
def test_windows_that_cannot_be_told_apart_are_refused(count):
    with pytest.raises(ValueError, match="expected 1 to 6 windows"):
        plot_receptive_fields(PHOTO, {str(one): (0, 0, 3) for one in range(count)})
