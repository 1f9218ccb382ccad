"""Lesson 3's exercises: enlarging, joining, the whole U, and from logits to a mask.

Feature maps are float32 N×H×W×C, logits N×S×S×classes, masks N×S×S×1. The encoders here are small
stand-ins, so that a check builds many U-Nets in a second.
"""

from lessons_lib.checks.task import declared_tasks

TASKS = declared_tasks(
    __name__,
    "transposed_convolution",
    "upsample",
    "connect",
    "unet_model",
    "create_mask",
    "parameters_of_block",
)

__all__ = ["TASKS"]
