"""Lesson 1's exercises: pairs of photos and masks, prepared without spoiling the labels.

Images are uint8 h×w×3, trimaps uint8 h×w×1 with values 1 pet, 2 background, 3 border; labels
are 0, 1, 2. NumPy arrays go in; NumPy arrays or tensors may come out.
"""

from lessons_lib.checks.task import declared_tasks

TASKS = declared_tasks(
    __name__,
    "normalize",
    "resize_pair",
    "flip_together",
    "border_label",
    "class_shares",
    "pipeline_order",
    "make_pipeline",
)

__all__ = ["TASKS"]
