"""create_mask: from logits to labels."""

from collections.abc import Callable

import numpy as np

from lessons_lib.checks.task import Misconception, Task
from lessons_lib.decoder import create_mask as course_create_mask
from lessons_lib.quiet import tf


def declare() -> Task:
    """Declares the exercise."""
    return Task(
        name="create_mask",
        lesson=3,
        minutes=5,
        aim="Turn logits N×H×W×C into a mask N×H×W×1: in each pixel the label, from 0, of the "
        "class with the largest logit.",
        signature="create_mask(logits)",
        hints=(
            '"Which is the largest?" is another question than "how large is the largest?".',
            "`np.argmax` answers it along one axis, and that axis disappears. Which one holds the "
            "classes?",
            "The classes are the last axis, -1. A mask has a last axis of size 1: put one back, "
            "by `[..., np.newaxis]` or by `keepdims=True`.",
        ),
        reference=course_create_mask,
        cases=_logits,
        returns=("mask",),
        misconceptions=MISCONCEPTIONS,
        why="Softmax would not change which class is ahead, so the mask can be made from the "
        "logits as they are.",
    )


def _logits() -> list[tuple]:
    sizes = [(1, 2, 3, 3), (2, 4, 3, 5), (3, 2, 2, 2)]
    numbers = np.random.default_rng(5)
    usual = [(numbers.normal(0, 2, size).round(1).astype(np.float32),) for size in sizes]
    # Here every exponential overflows, or is 0.
    sure = numbers.normal(0, 600, (2, 3, 2, 4)).astype(np.float32)
    sure[0], sure[1] = 1500 + sure[0], -1500 + sure[1]
    return [*usual, (sure,)]


def _softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _naive_softmax(logits: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        return np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)


def _first_three(logits: np.ndarray) -> np.ndarray:
    return np.argmax(logits[..., :3], axis=-1, keepdims=True)


def _argmax(axis: int, *, keepdims: bool = False) -> Callable:
    return lambda logits: np.argmax(logits, axis=axis, keepdims=keepdims)


MISCONCEPTIONS = (
    Misconception(
        "argmax over the wrong axis",
        "This asks in which row, column or image a logit is largest. No error is raised, but "
        "the classes are still there, and the answers are not labels.",
        _argmax(1, keepdims=True),
        also=(
            _argmax(0),
            _argmax(1),
            _argmax(2),
            _argmax(0, keepdims=True),
            _argmax(2, keepdims=True),
            lambda logits: _argmax(1)(logits)[..., np.newaxis],
            lambda logits: _argmax(2)(logits)[..., np.newaxis],
            lambda logits: tf.expand_dims(tf.argmax(logits), -1),
        ),
    ),
    Misconception(
        "one number for all",
        "Without an axis, argmax looks for the largest of all numbers of all images: a "
        "single place comes back instead of a label for each pixel.",
        lambda logits: int(np.argmax(logits)),
    ),
    Misconception(
        "probabilities returned",
        "These are the probabilities of the classes. A mask says which class, in one number "
        "for each pixel.",
        _softmax,
        also=(lambda logits: 1 / (1 + np.exp(-logits)),),
    ),
    Misconception(
        "labels from 1",
        "The labels begin at 1, as in the data set's files. Since `normalize` they begin at "
        "0, and the true masks do so too.",
        lambda logits: course_create_mask(logits) + 1,
    ),
    Misconception(
        "first image only",
        "Only the first mask of the batch comes back. That is enough to show one picture, "
        "not to judge a whole batch.",
        lambda logits: course_create_mask(logits)[0],
        also=(lambda logits: course_create_mask(logits)[:1],),
    ),
    Misconception(
        "no axis for the channel",
        "The labels are right, but the mask has lost its last axis. True masks are N×H×W×1; "
        "compared with N×H×W, NumPy raises an error or, as with a single square picture, stretches "
        "both without one.",
        _argmax(-1),
    ),
    Misconception(
        "the largest logit itself",
        "This is the largest logit, not the class that has it: how large, not which.",
        lambda logits: logits.max(axis=-1, keepdims=True),
        also=(
            lambda logits: logits.max(axis=-1),
            lambda logits: _softmax(logits).max(axis=-1, keepdims=True),
        ),
    ),
    Misconception(
        "the smallest logit",
        "The labels are those of the smallest logits: of the least likely classes.",
        lambda logits: np.argmin(logits, axis=-1, keepdims=True),
    ),
    Misconception(
        "a threshold for each class",
        "Each class is judged by itself, by a threshold. A pixel can so get several classes, "
        "or none; asked for is the one that is ahead of the others.",
        lambda logits: (logits > 0).astype(np.uint8),
        also=(
            lambda logits: (_softmax(logits) > 0.5).astype(np.uint8),
            lambda logits: logits > 0,
        ),
    ),
    Misconception(
        "marks the class in its channel",
        "The winning class is marked by a 1 in its channel (one-hot). A mask holds the "
        "number of that channel.",
        lambda logits: np.eye(logits.shape[-1], dtype=np.uint8)[np.argmax(logits, axis=-1)],
    ),
    Misconception(
        "overflows",
        "Right for small logits. But exp(1000) is infinite and exp(-1000) is 0, so that no class "
        "is ahead any more. The logits themselves say which is the largest.",
        lambda logits: np.argmax(_naive_softmax(logits), axis=-1, keepdims=True),
        also=(
            lambda logits: np.argmax(np.exp(logits), axis=-1, keepdims=True),
            lambda logits: np.argmax(1 / (1 + np.exp(-logits)), axis=-1, keepdims=True),
        ),
    ),
    Misconception(
        "ignores the sign",
        "The signs of the logits are ignored: -5 says surely not, and is not ahead of 3.",
        lambda logits: np.argmax(np.abs(logits), axis=-1, keepdims=True),
        also=(lambda logits: np.argmax(logits**2, axis=-1, keepdims=True),),
    ),
    Misconception(
        "puts the new axis in front",
        "The labels are right, but the axis of length 1 stands in the wrong place. It belongs at "
        "the end, N×H×W×1, where the classes were.",
        lambda logits: np.argmax(logits, axis=-1)[np.newaxis],
        also=(
            lambda logits: np.argmax(logits, axis=-1)[:, np.newaxis],
            lambda logits: np.argmax(logits, axis=-1)[:, :, np.newaxis],
        ),
    ),
    Misconception(
        "looks at three classes",
        "Only the first three classes are compared. C may be any number.",
        _first_three,
    ),
    Misconception(
        "labels as decimal numbers",
        "The labels are decimal numbers. Labels are names; as whole numbers they can also be "
        "places in a list, of colours or of weights.",
        lambda logits: course_create_mask(logits).astype(np.float32),
    ),
)
