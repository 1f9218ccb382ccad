"""Lesson 3's exercises: enlarging, joining, the whole U, and from logits to a mask.

Feature maps are float32 N×H×W×C, logits N×S×S×classes, masks N×S×S×1. The encoders here are small
stand-ins, so that a check builds many U-Nets in a second.
"""

from lessons_lib.checks.decoder.connect import CONNECT
from lessons_lib.checks.decoder.create_mask import CREATE_MASK
from lessons_lib.checks.decoder.parameters_of_block import PARAMETERS_OF_BLOCK
from lessons_lib.checks.decoder.transposed_convolution import TRANSPOSED_CONVOLUTION
from lessons_lib.checks.decoder.unet_model import UNET_MODEL
from lessons_lib.checks.decoder.upsample import UPSAMPLE

TASKS = (
    TRANSPOSED_CONVOLUTION,
    UPSAMPLE,
    CONNECT,
    UNET_MODEL,
    CREATE_MASK,
    PARAMETERS_OF_BLOCK,
)

__all__ = [
    "CONNECT",
    "CREATE_MASK",
    "PARAMETERS_OF_BLOCK",
    "TASKS",
    "TRANSPOSED_CONVOLUTION",
    "UNET_MODEL",
    "UPSAMPLE",
]
