"""Lesson 2's exercises: what the encoder costs, which shapes it gives, what stays frozen.

Images are float32 [0, 1] N×S×S×3. Models come here small: what holds for a network of four layers
holds for MobileNetV2 too, and a check has to be quick.
"""

from lessons_lib.checks.encoder.freeze import FREEZE
from lessons_lib.checks.encoder.pick_taps import PICK_TAPS
from lessons_lib.checks.encoder.separable_parameters import SEPARABLE_PARAMETERS
from lessons_lib.checks.encoder.tap_sides import TAP_SIDES, tap_sides_form
from lessons_lib.checks.encoder.to_encoder_range import TO_ENCODER_RANGE
from lessons_lib.checks.encoder.trainable_parameters import TRAINABLE_PARAMETERS

TASKS = (
    SEPARABLE_PARAMETERS,
    TAP_SIDES,
    PICK_TAPS,
    TO_ENCODER_RANGE,
    TRAINABLE_PARAMETERS,
    FREEZE,
)

__all__ = [
    "FREEZE",
    "PICK_TAPS",
    "SEPARABLE_PARAMETERS",
    "TAP_SIDES",
    "TASKS",
    "TO_ENCODER_RANGE",
    "TRAINABLE_PARAMETERS",
    "tap_sides_form",
]
