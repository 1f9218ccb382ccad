"""mask_at_photo_size: a mask that fits the photo as it was, its labels still labels."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lessons_lib.checks.task import Misconception, Task
from lessons_lib.checks.values import plain
from lessons_lib.quiet import tf


def declare() -> Task:
    """Declares the exercise."""
    return Task(
        name="mask_at_photo_size",
        lesson=4,
        minutes=8,
        aim="Turn the logits S×S×C of one photo, squeezed to the model's size, into its mask "
        "`height`×`width`×1 at the photo's own size; in each pixel a label from 0.",
        signature="mask_at_photo_size(logits, height, width)",
        hints=(
            "Two things have to happen: choose a class, and enlarge. What may be averaged, logits "
            "or labels?",
            "The mean of the labels 0 and 2 is another class. The mean of two logits is a logit.",
            '`tf.image.resize(…, (height, width))` is bilinear; with `method="nearest"` it only '
            "repeats. It takes arrays with three axes: height, width, channels.",
            "Enlarge the logits; then `np.argmax(…, axis=-1)`; then put the last axis back by "
            "`[..., np.newaxis]`.",
        ),
        reference=_smooth,
        cases=_logits_of_photos,
        returns=("mask",),
        observe=_observe_mask,
        misconceptions=MISCONCEPTIONS,
        why="A mask is of use where the photo is: cut out, measured, laid over it. Enlarged as "
        "logits its outline is smooth, enlarged as labels it has steps.",
    )


def _logits_of_photos() -> list[tuple]:
    """Logits that are sure of one class in each place, and sizes of photos, upright and wide."""
    numbers = np.random.default_rng(12)
    cases = []
    for side, classes, height, width, scale in [
        (3, 3, 6, 9, 1),
        (4, 4, 14, 7, 1),
        (5, 3, 5, 12, 1),
        (4, 5, 11, 20, 1),
        (4, 3, 9, 6, 300),  # here all exponentials are 0
    ]:
        labels = numbers.permutation(np.arange(side * side) % classes).reshape(side, side)
        labels[0, :3] = 0, 2, 0  # a mean of the two is 1, which is far from both
        logits = numbers.normal(0, 0.3, (side, side, classes)) - 3
        np.put_along_axis(logits, labels[..., np.newaxis], 5, axis=-1)
        logits += numbers.normal(0, 0.3, logits.shape)
        logits = scale * logits - (2000 if scale > 1 else 0)
        cases.append((logits.astype(np.float32), height, width))
    return cases


def _resize(array: Any, height: int, width: int, method: str = "bilinear") -> np.ndarray:
    return tf.image.resize(array, (height, width), method=method).numpy()


def _choose(scores: np.ndarray, axis: int = -1) -> np.ndarray:
    return np.argmax(scores, axis=axis)[..., np.newaxis]


def _smooth(logits: np.ndarray, height: int, width: int) -> np.ndarray:
    return _choose(_resize(logits, height, width))


def _nearest_pixel(logits: np.ndarray, height: int, width: int) -> np.ndarray:
    return _resize(_choose(logits), height, width, "nearest")


def _observe_mask(answer: Callable, logits: np.ndarray, height: int, width: int) -> Any:
    """Gives the reference's labels in place of any others that are as good.

    Libraries place the pixels of a larger picture each in their own way, and a mask may be enlarged
    smoothly or not. The axes stay, and the kind of numbers.
    """
    given = logits.copy()
    mask = plain(answer(logits, height, width))
    if not isinstance(mask, np.ndarray) or mask.dtype.kind not in "iuf":
        return mask
    if mask.shape not in ((height, width), (height, width, 1), (1, height, width, 1)):
        return mask
    labels = mask.reshape(height, width, 1)
    if not np.isin(labels, range(given.shape[-1])).all():
        return mask
    fits = np.take_along_axis(_fitting(given, height, width), labels.astype(int), axis=-1)
    best = _smooth(given, height, width).reshape(mask.shape)
    return best.astype(mask.dtype) if fits.all() else mask


def _fitting(logits: np.ndarray, height: int, width: int) -> np.ndarray:
    """Says which labels each pixel may have: bool height×width×C.

    Those of the places less than one step away, and what smooth enlarging makes of logits or
    probabilities.
    """
    *sides, count = logits.shape
    near = []
    for length, side in zip((height, width), sides, strict=True):
        pixels = (np.arange(length) + 0.5) * side / length - 0.5
        distances = np.abs(pixels[:, np.newaxis] - np.arange(side))
        near.append(distances < (1 if length > side else 0.5))
    of_places = np.eye(count)[np.argmax(logits, axis=-1)]
    fitting = np.einsum("ai,bj,ijc->abc", *(one.astype(float) for one in near), of_places) > 0
    for scores in (logits, tf.nn.softmax(logits).numpy()):
        for method in ("bilinear", "bicubic", "lanczos3"):
            fitting |= np.eye(count)[_choose(_resize(scores, height, width, method))[..., 0]] > 0
    return fitting


def _mixed(finish: Callable, method: str = "bilinear") -> Callable:
    """An answer that calculates with labels: it enlarges the mask smoothly."""

    def mask_at_photo_size(logits: np.ndarray, height: int, width: int) -> np.ndarray:
        return finish(_resize(_choose(logits), height, width, method))

    return mask_at_photo_size


def _changed_mask(change: Callable, make: Callable = _smooth) -> Callable:
    """An answer that makes something else of a right mask."""
    return lambda logits, height, width: change(make(logits, height, width))


def _fill_anew(logits: np.ndarray, height: int, width: int) -> np.ndarray:
    return np.resize(_choose(logits), (height, width, 1))


def _cut_or_pad(logits: np.ndarray, height: int, width: int) -> np.ndarray:
    return tf.image.resize_with_crop_or_pad(_choose(logits), height, width).numpy()


def _keep_proportions(logits: np.ndarray, height: int, width: int, method: str) -> np.ndarray:
    scores = logits if method == "bilinear" else _choose(logits)
    padded = tf.image.resize_with_pad(scores, height, width, method=method).numpy()
    return _choose(padded) if method == "bilinear" else padded


def _repeat(logits: np.ndarray, height: int, width: int, *, same: bool) -> np.ndarray:
    rows, columns = height // logits.shape[0], width // logits.shape[1]
    if same:
        columns = rows
    return _choose(logits).repeat(rows, axis=0).repeat(columns, axis=1)


def _naive_softmax(logits: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        powers = np.exp(logits)
        return powers / powers.sum(axis=-1, keepdims=True)


def _logits_at_size(logits: np.ndarray, height: int, width: int) -> np.ndarray:
    return _resize(logits, height, width)


def _mask_at_own_size(logits: np.ndarray, height: int, width: int) -> np.ndarray:
    return _choose(logits)


def _as_bytes(mask: np.ndarray) -> np.ndarray:
    return mask.astype(np.uint8)


MISCONCEPTIONS = (
    Misconception(
        "mixes labels",
        "Labels are averaged: between class 0 and class 2 a line of class 1 appears that nobody "
        "predicted. Labels are names, and a mean of names is nonsense; rounding hides it.",
        _mixed(lambda mask: mask),
        also=(
            _mixed(np.rint),
            _mixed(lambda mask: _as_bytes(np.rint(mask))),
            _mixed(lambda mask: np.rint(mask).astype(int)),
            _mixed(_as_bytes),
            _mixed(lambda mask: _as_bytes(np.rint(mask)), "bicubic"),
            _mixed(lambda mask: mask, "bicubic"),
            _mixed(lambda mask: _as_bytes(np.ceil(mask))),
        ),
    ),
    Misconception(
        "swaps height and width",
        "Height and width have changed places. In arrays rows come first, height before width; "
        "Pillow's `resize` wants it the other way round.",
        lambda logits, height, width: _smooth(logits, width, height),
        also=(lambda logits, height, width: _nearest_pixel(logits, width, height),),
    ),
    Misconception(
        "stays logits",
        "It gives the logits at the photo's size, one number for each class. A mask says in one "
        "number which class it is.",
        _logits_at_size,
        also=(
            lambda logits, height, width: _resize(logits, height, width, "nearest"),
            lambda logits, height, width: tf.nn.softmax(_resize(logits, height, width)),
        ),
    ),
    Misconception(
        "stays small",
        "It is the mask at the model's size. The photo is larger, and its sides differ.",
        _mask_at_own_size,
    ),
    Misconception(
        "loses the last axis",
        "The labels are right, but the mask has lost its last axis. The course's masks are "
        "height×width×1.",
        _changed_mask(lambda mask: mask[..., 0]),
    ),
    Misconception(
        "adds an axis",
        "The labels are right, but the mask has a fourth axis, as a batch has. It is one photo, so "
        "height×width×1.",
        _changed_mask(lambda mask: mask[np.newaxis]),
    ),
    Misconception(
        "fills a larger array anew",
        "The labels are written into the larger array one after the other, row by row, and begin "
        "anew when all have come: that is what `np.resize` does. It knows nothing of pictures.",
        _fill_anew,
    ),
    Misconception(
        "cuts or pads",
        "Nothing is enlarged: the small mask lies in the middle, with a frame around it. The model "
        "saw the whole photo, squeezed, so the mask has to be stretched over the whole photo.",
        _cut_or_pad,
    ),
    Misconception(
        "keeps the proportions",
        "The mask is enlarged alike in both directions, with bars beside it. On its way to the "
        "model the photo was squeezed into a square; the same has to be undone.",
        lambda logits, height, width: _keep_proportions(logits, height, width, "nearest"),
        also=(lambda logits, height, width: _keep_proportions(logits, height, width, "bilinear"),),
    ),
    Misconception(
        "whole factors only",
        "Each label is repeated a whole number of times. Where the photo's sides are no multiples "
        "of the model's, the mask comes out too small.",
        lambda logits, height, width: _repeat(logits, height, width, same=False),
        also=(lambda logits, height, width: _repeat(logits, height, width, same=True),),
    ),
    Misconception(
        "one size for both sides",
        "The mask is a square. A photo is as high as `height` and as wide as `width`.",
        lambda logits, height, width: _smooth(logits, height, height),
        also=(
            lambda logits, height, width: _smooth(logits, width, width),
            lambda logits, height, width: _nearest_pixel(logits, height, height),
            lambda logits, height, width: _nearest_pixel(logits, width, width),
        ),
    ),
    Misconception(
        "argmax over the wrong axis",
        "The argmax asks in which row or column a logit is largest. The classes are the last axis.",
        _changed_mask(lambda logits: np.argmax(logits, axis=0), _logits_at_size),
        also=(
            _changed_mask(lambda logits: np.argmax(logits, axis=1), _logits_at_size),
            _changed_mask(lambda logits: _choose(logits, axis=0), _logits_at_size),
            _changed_mask(lambda logits: _choose(logits, axis=1), _logits_at_size),
        ),
    ),
    Misconception(
        "the smallest logit",
        "The labels are those of the smallest logits: of the least likely classes.",
        _changed_mask(lambda logits: _choose(-logits), _logits_at_size),
        also=(lambda logits, height, width: _nearest_pixel(-logits, height, width),),
    ),
    Misconception(
        "the largest logit itself",
        "This is the largest logit, not the class that has it: how large, not which.",
        _changed_mask(lambda logits: logits.max(axis=-1, keepdims=True), _logits_at_size),
        also=(_changed_mask(lambda logits: logits.max(axis=-1), _logits_at_size),),
    ),
    Misconception(
        "rows for columns",
        "The shape is right, and what lies in it has changed sides: rows have become columns. A "
        "`.T`, or another swap of axes, turns the picture over.",
        lambda logits, height, width: _smooth(logits, width, height).swapaxes(0, 1),
        also=(lambda logits, height, width: _nearest_pixel(logits, width, height).swapaxes(0, 1),),
    ),
    Misconception(
        "labels from 1",
        "The labels begin at 1, as in the data set's files. The model's begin at 0, and so do the "
        "course's masks.",
        _changed_mask(lambda mask: mask + 1),
        also=(_changed_mask(lambda mask: mask + 1, _nearest_pixel),),
    ),
    Misconception(
        "labels as decimal numbers",
        "The labels are right, and they are decimal numbers. Labels are names; as whole numbers "
        "they can also be places in a list, of colours or of weights.",
        _changed_mask(lambda mask: mask.astype(np.float32)),
    ),
    Misconception(
        "overflows",
        "It is right for small logits. But exp(1000) is infinite and exp(-1000) is 0, so that no "
        "class is ahead any more. The logits themselves say which is the largest.",
        lambda logits, height, width: _smooth(_naive_softmax(logits), height, width),
        also=(lambda logits, height, width: _nearest_pixel(_naive_softmax(logits), height, width),),
    ),
    Misconception(
        "looks at three classes",
        "Only the first three classes are compared. C may be any number.",
        lambda logits, height, width: _smooth(logits[..., :3], height, width),
        also=(lambda logits, height, width: _nearest_pixel(logits[..., :3], height, width),),
    ),
)
