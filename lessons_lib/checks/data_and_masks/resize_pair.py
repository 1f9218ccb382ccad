"""resize_pair: the image smoothly, the mask without inventing labels."""

import numpy as np

from lessons_lib.checks.common import in_place, whole_labels
from lessons_lib.checks.task import Misconception, Task
from lessons_lib.quiet import tf


def declare() -> Task:
    """Declares the exercise."""
    return Task(
        name="resize_pair",
        lesson=1,
        minutes=8,
        aim="Resize an image and its mask to size = (height, width) by `tf.image.resize`: the "
        "image smoothly (bilinear) and as decimal numbers, the mask without inventing values.",
        signature="resize_pair(image, mask, size)",
        hints=(
            "`tf.image.resize` does both, but its default is right for one of the two only.",
            "What lies between the values 1 and 3? For a mask the nearest pixel is wanted, not a "
            "mean.",
            '`tf.image.resize(mask, size, method="nearest")`; the image without `method`.',
        ),
        reference=lambda image, mask, size: (_bilinear(image, size), _nearest(mask, size)),
        cases=_pairs_to_resize,
        returns=("image", "mask"),
        observe=lambda answer, *inputs: in_place(answer(*inputs), 1, whole_labels),
        misconceptions=MISCONCEPTIONS,
        why="The mean of two labels may be a third: one careless resize draws a line of a false "
        "class around every pet of the training set, and no error says so.",
    )


def _pairs_to_resize() -> list[tuple]:
    """Pairs to be enlarged: there bilinear means the same with and without antialiasing."""
    pairs = []
    for seed, (height, width, size) in enumerate([(2, 3, (4, 8)), (3, 3, (5, 7)), (4, 2, (8, 6))]):
        numbers = np.random.default_rng(seed)
        image = numbers.integers(0, 256, (height, width, 3), dtype=np.uint8)
        mask = np.full((height, width, 1), 3, np.uint8)
        mask[:, 0], mask[0, :] = 1, 1
        pairs.append((image, mask, size))
    return pairs


def _bilinear(pixels: np.ndarray, size: tuple[int, int]) -> tf.Tensor:
    return tf.image.resize(pixels, size)


def _nearest(pixels: np.ndarray, size: tuple[int, int]) -> tf.Tensor:
    return tf.image.resize(pixels, size, method="nearest")


MISCONCEPTIONS = (
    Misconception(
        "bilinear mask",
        "The mask is resized smoothly, so that it holds means of values, among them numbers that "
        "stand for no class at all.",
        lambda image, mask, size: (_bilinear(image, size), _bilinear(mask, size)),
    ),
    Misconception(
        "bilinear mask made whole again",
        "The mask is resized smoothly and then made whole: between pet (1) and border (3) lies "
        "a line of 2, a class that is not there.",
        lambda image, mask, size: (
            _bilinear(image, size),
            tf.cast(_bilinear(mask, size), tf.uint8),
        ),
        also=(
            lambda image, mask, size: (
                _bilinear(image, size),
                tf.cast(tf.round(_bilinear(mask, size)), tf.uint8),
            ),
        ),
    ),
    Misconception(
        "height and width swapped",
        "Height and width have changed places: size is (height, width), rows first.",
        lambda image, mask, size: (_bilinear(image, size[::-1]), _nearest(mask, size[::-1])),
    ),
    Misconception(
        "returns a uint8 image",
        "The image is uint8 again. Smooth resizing gives numbers between the old ones; round them, "
        "if at all, once and on purpose.",
        lambda image, mask, size: (
            tf.cast(_bilinear(image, size), tf.uint8),
            _nearest(mask, size),
        ),
        also=(
            lambda image, mask, size: (
                tf.cast(tf.round(_bilinear(image, size)), tf.uint8),
                _nearest(mask, size),
            ),
        ),
    ),
    Misconception(
        "nearest image",
        "The image is resized by nearest neighbour too: it gets blocks and steps. Means are "
        "wrong for labels, and right for colours.",
        lambda image, mask, size: (_nearest(image, size), _nearest(mask, size)),
        also=(
            lambda image, mask, size: (
                tf.cast(_nearest(image, size), tf.float32),
                _nearest(mask, size),
            ),
        ),
    ),
    Misconception(
        "leaves the mask",
        "The mask has kept its old size: then its pixels no longer lie under the image's.",
        lambda image, mask, size: (_bilinear(image, size), mask),
    ),
    Misconception(
        "scales the colours too",
        "The image goes from 0 to 1: its colours have been divided as well. Here it is only to be "
        "resized, and stays in 0 to 255; `normalize` does the rest.",
        lambda image, mask, size: (_bilinear(image, size) / 255, _nearest(mask, size)),
    ),
    Misconception(
        "takes one off the mask too",
        "The mask is one lower everywhere, as after `normalize`. Here it keeps the values 1, 2, 3.",
        lambda image, mask, size: (
            _bilinear(image, size),
            tf.cast(_nearest(mask, size), tf.int32) - 1,
        ),
    ),
    Misconception(
        "always the same size",
        "It comes out in the same size whatever `size` says.",
        lambda image, mask, size: (_bilinear(image, (128, 128)), _nearest(mask, (128, 128))),
        also=(
            lambda image, mask, size: (_bilinear(image, (256, 256)), _nearest(mask, (256, 256))),
        ),
    ),
    Misconception(
        "pads to keep the shape",
        "The picture keeps its shape, and a rim of 0 fills the rest, which stands for no class. It "
        "is to be stretched to the whole of `size`.",
        lambda image, mask, size: (
            tf.image.resize_with_pad(image, *size),
            tf.image.resize_with_pad(mask, *size, method="nearest"),
        ),
    ),
    Misconception(
        "fits into the size",
        "The picture keeps its shape and only fits into `size`: one of its sides comes out "
        "smaller. It is to be stretched to the whole of `size`.",
        lambda image, mask, size: (
            tf.image.resize(image, size, preserve_aspect_ratio=True),
            tf.image.resize(mask, size, method="nearest", preserve_aspect_ratio=True),
        ),
    ),
    Misconception(
        "resizes by np.resize",
        "np.resize repeats the numbers in the order of memory until the new shape is full; "
        "that is no picture of the same thing.",
        lambda image, mask, size: (np.resize(image, (*size, 3)), np.resize(mask, (*size, 1))),
        also=(
            lambda image, mask, size: (
                np.resize(image, (*size, 3)).astype(np.float32),
                np.resize(mask, (*size, 1)),
            ),
        ),
    ),
    Misconception(
        "crops instead of resizing",
        "The pair is cut or padded to the new size, not scaled: that shows another part of it.",
        lambda image, mask, size: (
            tf.cast(tf.image.resize_with_crop_or_pad(image, *size), tf.float32),
            tf.image.resize_with_crop_or_pad(mask, *size),
        ),
    ),
)
