"""Lesson 2's exercises: what the encoder costs, which shapes it gives, what stays frozen.

Images are float32 [0, 1] N×S×S×3. Models come here small: what holds for a network of four layers
holds for MobileNetV2 too, and a check has to be quick.
"""

from lessons_lib.checks.encoder.tap_sides import tap_sides_form
from lessons_lib.checks.task import declared_tasks

TASKS = declared_tasks(
    __name__,
    "separable_parameters",
    "tap_sides",
    "pick_taps",
    "receptive_field",
    "encoder_block",
    "to_encoder_range",
    "trainable_parameters",
    "freeze",
)

__all__ = ["TASKS", "tap_sides_form"]
