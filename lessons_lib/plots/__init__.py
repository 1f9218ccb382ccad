"""Every figure of the course: one function each, arrays in, a `LessonFigure` out.

Nothing here imports TensorFlow: whatever NumPy can read is drawn. ``pictures.py`` is the one place
of colouring; stripes let pictures survive greyscale. `classes` says what labels mean. What cannot
be drawn (another rank, counts that do not fit, NaN) raises a ValueError of one sentence.
"""

from lessons_lib.plots.charts import (
    plot_bars,
    plot_descent,
    plot_histogram,
    plot_history,
    plot_region_measures,
    plot_scores,
    plot_shares,
)
from lessons_lib.plots.figure import LessonFigure
from lessons_lib.plots.grids import (
    plot_confusion,
    plot_feature_maps,
    plot_heatmap,
    plot_scales,
    plot_upsampling,
    plot_window,
)
from lessons_lib.plots.network import plot_model, unet_diagram
from lessons_lib.plots.pairs import (
    plot_label_mistake,
    plot_overlap,
    plot_receptive_fields,
    plot_weight_map,
    show_epochs,
    show_pairs,
    show_predictions,
    show_segmented,
)
from lessons_lib.plots.pictures import trimap_to_rgb

__all__ = [
    "LessonFigure",
    "plot_bars",
    "plot_confusion",
    "plot_descent",
    "plot_feature_maps",
    "plot_heatmap",
    "plot_histogram",
    "plot_history",
    "plot_label_mistake",
    "plot_model",
    "plot_overlap",
    "plot_receptive_fields",
    "plot_region_measures",
    "plot_scales",
    "plot_scores",
    "plot_shares",
    "plot_upsampling",
    "plot_weight_map",
    "plot_window",
    "show_epochs",
    "show_pairs",
    "show_predictions",
    "show_segmented",
    "trimap_to_rgb",
    "unet_diagram",
]
