"""Paths of optimizers: every step is drawn, and the loss at each."""

import numpy as np
import pytest

from lessons_lib.plots import plot_descent


def bowl(weights: np.ndarray) -> np.ndarray:
    return (weights**2).sum(axis=-1)


PATHS = {"slow": [[3, 1], [2, 1], [1, 0]], "quick": [[3, 1], [0, 0.5]]}


def test_every_step_is_drawn_and_so_is_the_loss_there():
    figure = plot_descent(PATHS, bowl)
    slow, quick, losses = figure.axes
    for axes, path in ((slow, PATHS["slow"]), (quick, PATHS["quick"])):
        np.testing.assert_array_equal(axes.lines[0].get_xydata(), path)
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["slow", "quick", "loss"]
    assert [line.get_label() for line in losses.lines] == ["slow", "quick"]
    np.testing.assert_array_equal(losses.lines[0].get_ydata(), [10, 5, 1])
    assert "from 10: slow to 1, quick to 0.25" in figure.alt_text


@pytest.mark.parametrize(
    ("paths", "sentence"),
    [
        ({}, "expected 1 to 4 paths, got 0"),
        ({str(i): [[1, 1]] for i in range(5)}, "expected 1 to 4 paths, got 5"),
        ({"flat": [1, 2]}, "the path 'flat' must have shape steps×2"),
    ],
)
def test_bad_input_gets_one_sentence(paths, sentence):
    with pytest.raises(ValueError, match=sentence):
        plot_descent(paths, bowl)
