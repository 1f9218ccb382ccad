"""Curves of several runs: the legend that tells them apart stands inside the figure."""

import pytest

from lessons_lib.plots import plot_history


@pytest.mark.parametrize("panels", [["loss"], ["loss", "mean_iou"]])
def test_the_legend_of_compared_runs_fits_the_figure(panels):
    history = {"loss": [1, 0.5], "val_loss": [1, 0.6], "mean_iou": [0, 1], "val_mean_iou": [0, 1]}
    figure = plot_history({"pretrained": history, "random, noted": history}, panels=panels)
    figure.to_array()
    legend = figure.legends[0].get_window_extent()
    assert legend.x0 >= 0 and legend.x1 <= figure.bbox.x1
