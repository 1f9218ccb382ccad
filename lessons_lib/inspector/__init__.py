"""What the learner moves: browsers of masks, predictions, features and class weights.

``core`` turns arrays into PNG files and captions and is tested without a browser; ``browse``
puts ipywidgets around it; ``epochs`` follows a training and replays it. Pictures and colours
come from ``lessons_lib.plots``.
"""

from lessons_lib.inspector.browse import (
    Browser,
    browse_features,
    browse_masks,
    browse_predictions,
    browse_weights,
)
from lessons_lib.inspector.epochs import LivePredictions, browse_epochs

__all__ = [
    "Browser",
    "LivePredictions",
    "browse_epochs",
    "browse_features",
    "browse_masks",
    "browse_predictions",
    "browse_weights",
]
