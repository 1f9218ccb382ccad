"""Intersection over union, drawn: each part in its colour, the figure as counted."""

import numpy as np
import pytest

from lessons_lib.plots import plot_overlap
from lessons_lib.plots.pairs import PARTS

MASK = np.ones((8, 8, 1), np.uint8)
MASK[2:6, 0:4] = 0
PREDICTION = np.roll(MASK, 2, axis=1)


def colours(picture: np.ndarray) -> list[str]:
    """The names of the parts that a picture shows."""
    names = {one.rgb: one.name for one in PARTS}
    return sorted(names[tuple(pixel)] for pixel in np.unique(picture.reshape(-1, 3), axis=0))


def test_each_part_has_its_colour_and_the_figure_is_counted():
    figure = plot_overlap(MASK, PREDICTION)
    true, predicted, both = (np.asarray(axes.images[0].get_array()) for axes in figure.axes)
    assert colours(true) == ["neither", "only true"]
    assert colours(predicted) == ["neither", "only predicted"]
    assert colours(both) == ["both", "neither", "only predicted", "only true"]
    assert "IoU 8 / 24 = 0.33" in figure.alt_text
    assert "IoU 8 / 24 = 0.33" in [axes.get_xlabel() for axes in figure.axes]


@pytest.mark.parametrize(
    ("prediction", "class_name", "sentence"),
    [
        (PREDICTION[:4], "pet", "size"),
        (PREDICTION, "cat", "class_name: expected one of"),
        (PREDICTION, "border", "neither mask has a pixel of border"),
    ],
)
def test_bad_input_gets_one_sentence(prediction, class_name, sentence):
    with pytest.raises(ValueError, match=sentence):
        plot_overlap(MASK, prediction, class_name)
