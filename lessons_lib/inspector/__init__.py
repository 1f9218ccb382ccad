"""What the learner moves: explorers of masks, predictions, features, weights, and of changes.

The live view of a training is here too.

``picture_set`` turns arrays into what is shown and is tested without a browser; the explorers are
thin anywidgets around it, drawn by the files in ``browser/``. Colours come from
``lessons_lib.classes`` and ``lessons_lib.plots``.
"""

from lessons_lib.inspector.features import FeatureExplorer
from lessons_lib.inspector.live import LiveTraining
from lessons_lib.inspector.pictures import MaskExplorer, PickedPixel, PredictionInspector
from lessons_lib.inspector.weights import WeightExplorer
from lessons_lib.inspector.what_if import WhatIfExplorer

__all__ = [
    "FeatureExplorer",
    "LiveTraining",
    "MaskExplorer",
    "PickedPixel",
    "PredictionInspector",
    "WeightExplorer",
    "WhatIfExplorer",
]
