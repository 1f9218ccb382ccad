"""Lesson 4's exercises: what is made smaller in training, for how long, and how it is judged.

Logits are float32 (C,) or N×H×W×C, masks uint8 N×H×W×1; a history maps from the names that Keras
gives its measures to one number an epoch; a confusion matrix is C×C, rows true, columns predicted.
"""

from lessons_lib.checks.task import declared_tasks
from lessons_lib.checks.training.curves import curves_form, run_to_read

TASKS = declared_tasks(
    __name__,
    "pixel_loss",
    "steps",
    "keep_masks",
    "best_epoch",
    "curves",
    "confusion_matrix",
    "iou_per_class",
    "dice",
    "mask_at_photo_size",
)

__all__ = ["TASKS", "curves_form", "run_to_read"]
