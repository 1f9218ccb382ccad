"""Lesson 4's exercises: what is made smaller in training, for how long, and how it is judged.

Logits are float32 (C,) or N×H×W×C, masks uint8 N×H×W×1; a history maps from the names that Keras
gives its measures to one number an epoch; a confusion matrix is C×C, rows true, columns predicted.
"""

from lessons_lib.checks.training.best_epoch import BEST_EPOCH
from lessons_lib.checks.training.curves import CURVES, curves_form, run_to_read
from lessons_lib.checks.training.iou_per_class import IOU_PER_CLASS
from lessons_lib.checks.training.keep_masks import KEEP_MASKS
from lessons_lib.checks.training.pixel_loss import PIXEL_LOSS
from lessons_lib.checks.training.steps import STEPS

TASKS = (PIXEL_LOSS, STEPS, KEEP_MASKS, BEST_EPOCH, CURVES, IOU_PER_CLASS)

__all__ = [
    "BEST_EPOCH",
    "CURVES",
    "IOU_PER_CLASS",
    "KEEP_MASKS",
    "PIXEL_LOSS",
    "STEPS",
    "TASKS",
    "curves_form",
    "run_to_read",
]
