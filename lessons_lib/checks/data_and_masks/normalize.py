"""normalize: photos to [0, 1], trimap values to labels."""

import numpy as np

from lessons_lib.checks.common import in_place, whole_labels
from lessons_lib.checks.task import Misconception, Task


def declare() -> Task:
    """Declares the exercise."""
    return Task(
        name="normalize",
        lesson=1,
        minutes=5,
        aim="Scale the image to [0, 1], and turn trimap values 1, 2, 3 into labels 0, 1, 2; a "
        "pixel without a label, value 0, becomes -1.",
        signature="normalize(image, mask)",
        hints=(
            "Two separate jobs: the image gets another range, the mask another first number.",
            "Both arrays are uint8. What is 0 - 1 in uint8?",
            "Convert first, `image.astype(np.float32)` and `mask.astype(np.int32)`; then "
            "calculate.",
            "Divide the converted image by 255, subtract 1 from the converted mask, return both.",
        ),
        reference=_normalize,
        cases=_pairs_to_normalize,
        returns=("image", "mask"),
        observe=lambda answer, image, mask: in_place(answer(image, mask), 1, whole_labels),
        misconceptions=MISCONCEPTIONS,
        why="Labels are names and stay whole numbers; colours are amounts and get the range that "
        "the network expects. A mistake in either need not raise an error: it may only make a bad "
        "model.",
    )


def _pairs_to_normalize() -> list[tuple]:
    """Small pairs; one pixel of each trimap is 0, which means "no label"."""
    pairs = []
    for seed, (height, width) in enumerate([(2, 3), (3, 2), (4, 4)]):
        numbers = np.random.default_rng(seed)
        image = numbers.integers(40, 201, (height, width, 3), dtype=np.uint8)
        image[0, 0, 0] = 255 - 10 * seed  # not all photos reach full white, and none full black
        mask = numbers.integers(1, 4, (height, width, 1), dtype=np.uint8)
        mask[0, 0], mask[0, 1], mask[1, 0], mask[1, 1] = 1, 2, 3, 0
        pairs.append((image, mask))
    return pairs


def _normalize(image: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return image.astype(np.float32) / 255, mask.astype(np.int32) - 1


def _write_minus_one(image: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    labels = mask - 1
    labels[mask == 0] = -1
    return image / 255, labels


MISCONCEPTIONS = (
    Misconception(
        "forgets the minus one",
        "The labels still count from 1. A model with three classes knows 0, 1 and 2 only; "
        "label 3 is none of them.",
        lambda image, mask: (image / 255, mask),
        also=(lambda image, mask: (image / 255, mask.astype(np.int32)),),
    ),
    Misconception(
        "subtracts before widening",
        "The pixel without a label has become 255: uint8 has no -1 and starts again from "
        "above. Convert the mask before you subtract.",
        lambda image, mask: (image / 255, mask - 1),
        also=(lambda image, mask: (image / 255, (mask - np.uint8(1)).astype(np.int32)),),
    ),
    Misconception(
        "writes -1 into uint8",
        "It writes -1 into a mask that is still uint8, and uint8 has no -1: NumPy refuses. Convert "
        "the mask first; then the subtraction alone makes a -1 of the 0.",
        _write_minus_one,
    ),
    Misconception(
        "makes the unlabelled pixel a pet",
        "The pixel that nobody labelled has become a 0, and so a pet. It has to stay apart, as -1.",
        lambda image, mask: (image / 255, np.clip(mask.astype(np.int32) - 1, 0, 2)),
        also=(lambda image, mask: (image / 255, np.abs(mask.astype(np.int32) - 1) * (mask > 0)),),
    ),
    Misconception(
        "scales the mask",
        "The mask is scaled like the image. Its numbers are names of classes, not "
        "brightness: half a class is no class.",
        lambda image, mask: (image / 255, mask / 255),
        also=(
            lambda image, mask: (image / 255, mask / 255 - 1),
            lambda image, mask: (image / 255, (mask.astype(np.int32) - 1) / 255),
            lambda image, mask: (image / 255, (mask - 1.0) / 2),
        ),
    ),
    Misconception(
        "leaves the image uint8",
        "The image is still uint8 from 0 to 255: it has been neither converted nor scaled.",
        lambda image, mask: (image, mask.astype(np.int32) - 1),
    ),
    Misconception(
        "converts the image without scaling",
        "The image is decimal now, but still goes up to 255: converting does not scale.",
        lambda image, mask: (image.astype(np.float32), mask.astype(np.int32) - 1),
    ),
    Misconception(
        "divides whole numbers",
        "Almost every pixel of the image has become 0: `//`, or uint8 after the division, "
        "cuts off what stands behind the point.",
        lambda image, mask: (image // 255, mask.astype(np.int32) - 1),
        also=(
            lambda image, mask: ((image / 255).astype(np.uint8), mask.astype(np.int32) - 1),
            lambda image, mask: (np.float32(image // 255), mask.astype(np.int32) - 1),
        ),
    ),
    Misconception(
        "scales to minus one",
        "The image goes from -1 to 1. The network of lesson 2 wants that, and brings colours there "
        "by itself; asked for is 0 to 1.",
        lambda image, mask: (image / 127.5 - 1, mask.astype(np.int32) - 1),
    ),
    Misconception(
        "scales by each picture's range",
        "Each image is stretched by its own brightest pixel, or by its own darkest and brightest. "
        "Then the same grey differs from picture to picture; divide by the fixed 255.",
        lambda image, mask: (
            (image - image.min()) / (image.max() - image.min()),
            mask.astype(np.int32) - 1,
        ),
        also=(lambda image, mask: (image / image.max(), mask.astype(np.int32) - 1),),
    ),
    Misconception(
        "divides by 256",
        "The brightest pixel stays below 1: uint8 ends at 255, so divide by that.",
        lambda image, mask: (image / 256, mask.astype(np.int32) - 1),
    ),
    Misconception(
        "returns the mask first",
        "The two results have changed places: the image comes first.",
        lambda image, mask: (mask.astype(np.int32) - 1, image / 255),
    ),
)
