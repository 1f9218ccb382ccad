"""Lesson 6's exercises: mend a training, fine-tune, and write a U-Net of one's own.

Images are bytes N×H×W×3, masks uint8 N×H×W×1 with labels from 0, trimaps the same with labels from
1. What an answer builds is judged by what it does.
"""

from lessons_lib.checks.task import declared_tasks

TASKS = declared_tasks(
    __name__,
    "mended",
    "fine_tune",
    "overfit",
)

__all__ = ["TASKS"]
