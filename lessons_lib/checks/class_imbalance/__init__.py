"""Lesson 5's exercises: weights for classes and pixels, and what may be said of their effect.

Shares are float64 (C,), adding up to 1; masks uint8 N×H×W×1 with labels 0, 1, 2; sample weights
float32 N×H×W. Sources: the flaws of the recipe are those of TensorFlow's image segmentation
tutorial, each measured; its lines are our own.
"""

from lessons_lib.checks.class_imbalance.add_sample_weights import ADD_SAMPLE_WEIGHTS
from lessons_lib.checks.class_imbalance.bugs import BUGS, bugs_form, recipe
from lessons_lib.checks.class_imbalance.class_weights import CLASS_WEIGHTS
from lessons_lib.checks.class_imbalance.fair_pair import FAIR_PAIR
from lessons_lib.checks.class_imbalance.two_pixel_loss import TWO_PIXEL_LOSS

TASKS = (TWO_PIXEL_LOSS, ADD_SAMPLE_WEIGHTS, CLASS_WEIGHTS, FAIR_PAIR, BUGS)

__all__ = [
    "ADD_SAMPLE_WEIGHTS",
    "BUGS",
    "CLASS_WEIGHTS",
    "FAIR_PAIR",
    "TASKS",
    "TWO_PIXEL_LOSS",
    "bugs_form",
    "recipe",
]
