"""Every figure of the course: one function each, arrays in, a `LessonFigure` out.

Nothing here imports TensorFlow: whatever NumPy can read is drawn. The colours of the classes
come from ``lessons_lib.classes`` through ``mask_to_rgb``, the one place of colouring; the
border is striped as well, so that pictures survive greyscale.
"""

from lessons_lib.plots.bars import (
    plot_bars,
    plot_histogram,
    plot_region_measures,
    plot_scores,
    plot_shares,
)
from lessons_lib.plots.curves import plot_history
from lessons_lib.plots.figure import LessonFigure
from lessons_lib.plots.grids import (
    plot_confusion,
    plot_feature_maps,
    plot_heatmap,
    plot_scales,
    plot_upsampling,
)
from lessons_lib.plots.network import plot_model, unet_diagram
from lessons_lib.plots.pairs import (
    plot_label_mistake,
    plot_weight_map,
    show_epochs,
    show_pairs,
    show_predictions,
    show_segmented,
)
from lessons_lib.plots.pictures import mask_to_rgb, trimap_to_rgb

__all__ = [
    "LessonFigure",
    "mask_to_rgb",
    "plot_bars",
    "plot_confusion",
    "plot_feature_maps",
    "plot_heatmap",
    "plot_histogram",
    "plot_history",
    "plot_label_mistake",
    "plot_model",
    "plot_region_measures",
    "plot_scales",
    "plot_scores",
    "plot_shares",
    "plot_upsampling",
    "plot_weight_map",
    "show_epochs",
    "show_pairs",
    "show_predictions",
    "show_segmented",
    "trimap_to_rgb",
    "unet_diagram",
]
