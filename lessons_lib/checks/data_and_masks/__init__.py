"""Lesson 1's exercises: pairs of photos and masks, prepared without spoiling the labels.

Images are uint8 h×w×3, trimaps uint8 h×w×1 with values 1 pet, 2 background, 3 border; labels
are 0, 1, 2. NumPy arrays go in; NumPy arrays or tensors may come out.
"""

from lessons_lib.checks.data_and_masks.border_label import BORDER_LABEL
from lessons_lib.checks.data_and_masks.class_shares import CLASS_SHARES
from lessons_lib.checks.data_and_masks.flip_together import FLIP_TOGETHER
from lessons_lib.checks.data_and_masks.normalize import NORMALIZE
from lessons_lib.checks.data_and_masks.pipeline_order import PIPELINE_ORDER
from lessons_lib.checks.data_and_masks.resize_pair import RESIZE_PAIR

TASKS = (NORMALIZE, RESIZE_PAIR, FLIP_TOGETHER, BORDER_LABEL, CLASS_SHARES, PIPELINE_ORDER)

__all__ = [
    "BORDER_LABEL",
    "CLASS_SHARES",
    "FLIP_TOGETHER",
    "NORMALIZE",
    "PIPELINE_ORDER",
    "RESIZE_PAIR",
    "TASKS",
]
