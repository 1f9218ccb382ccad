"""Lesson 5's exercises: weights for classes and pixels, and what may be said of their effect.

Shares are float64 (C,), adding up to 1; masks uint8 N×H×W×1 with labels 0, 1, 2; sample weights
float32 N×H×W. Sources: the flaws of the recipe are those of TensorFlow's image segmentation
tutorial, each measured; its lines are our own.
"""

from lessons_lib.checks.class_imbalance.bugs import bugs_form, recipe
from lessons_lib.checks.task import declared_tasks

TASKS = declared_tasks(
    __name__,
    "two_pixel_loss",
    "add_sample_weights",
    "class_weights",
    "fair_pair",
    "bugs",
)

__all__ = ["TASKS", "bugs_form", "recipe"]
