"""flip_together: one coin for image and mask."""

import functools
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from lessons_lib.checks.observing import UnfitAnswer
from lessons_lib.checks.task import Misconception, Task
from lessons_lib.data import Augment


def declare() -> Task:
    """Declares the exercise."""
    return Task(
        name="flip_together",
        lesson=1,
        minutes=10,
        aim="In half of the calls, by chance, flip image and mask left to right; else return them "
        "as they are.",
        signature="flip_together(image, mask)",
        hints=(
            "How many coins are thrown for a pair?",
            "Throw one coin, `np.random.random() < 0.5`, and let both follow it.",
            "Axis 1 is left to right: `image[:, ::-1]`.",
            "If the coin says so, return image[:, ::-1] and mask[:, ::-1]; else image and mask.",
        ),
        reference=lambda image, mask: _augment()(image, mask),
        cases=_pairs_to_flip,
        observe=_observe_flips,
        misconceptions=MISCONCEPTIONS,
        why="Whatever moves the photo's pixels must move the mask's too; a pair flipped apart "
        "teaches nonsense without any error.",
    )


CALLS = 64
NO_FLIP = "something else than a flip"
CHANGES = {
    "not flipped": lambda pixels: pixels,
    "flipped left to right": lambda pixels: pixels[:, ::-1],
    "flipped upside down": lambda pixels: pixels[::-1],
    "turned by half": lambda pixels: pixels[::-1, ::-1],
    "its channels in reverse order": lambda pixels: pixels[..., ::-1],
}


def _pairs_to_flip() -> list[tuple]:
    pairs = []
    for height, width in [(2, 3), (4, 4)]:
        mask = np.arange(height * width, dtype=np.uint8).reshape(height, width, 1)
        image = np.concatenate([mask, mask + 50, mask + 100], axis=-1) / np.float32(255)
        pairs.append((image, mask))
    return pairs


def _observe_flips(answer: Callable, image: np.ndarray, mask: np.ndarray) -> dict:
    """Calls a random function often, and says what happened to the image and to the mask."""
    pairs = [_changes_of(answer(image.copy(), mask.copy()), image, mask) for _ in range(CALLS)]
    image_changes, mask_changes = (Counter(changes) for changes in zip(*pairs, strict=True))
    together = "together" if all(one == other for one, other in pairs) else "apart"
    if NO_FLIP in image_changes or NO_FLIP in mask_changes:
        together = "nothing to speak of"
    return {
        "what becomes of the image": " or ".join(sorted(image_changes)),
        "what becomes of the mask": " or ".join(sorted(mask_changes)),
        "the flip of image and mask": together,
        "how often it flips": _how_often(CALLS - image_changes["not flipped"]),
    }


def _changes_of(pair: Any, image: np.ndarray, mask: np.ndarray) -> tuple[str, str]:
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise UnfitAnswer("flip_together has to return two things, the image and the mask.")
    return _change(np.asarray(pair[0]), image), _change(np.asarray(pair[1]), mask)


def _change(after: np.ndarray, before: np.ndarray) -> str:
    for name, change in CHANGES.items():
        if after.shape == before.shape and np.allclose(after, change(before), atol=1e-5):
            return name
    return NO_FLIP


def _how_often(flips: int) -> str:
    if flips in (0, CALLS):
        return "never" if flips == 0 else "every time"
    # Fair coins leave this range less than once in a million checks.
    return "about every other time" if CALLS * 0.2 <= flips <= CALLS * 0.8 else "too unevenly"


@functools.cache
def _augment() -> Augment:
    return Augment(seed=1)


def _flip_apart(image: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    image = image[:, ::-1] if np.random.random() < 0.5 else image
    return image, (mask[:, ::-1] if np.random.random() < 0.5 else mask)


def _sometimes(change: Callable) -> Callable:
    """Returns a function that applies the change to a pair in half of the calls."""
    return lambda image, mask: change(image, mask) if np.random.random() < 0.5 else (image, mask)


def _seeded_anew(seed: int) -> Callable:
    """An answer that seeds its generator in every call: with 0 it never flips, with 42 always."""

    def flip_together(image: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if np.random.RandomState(seed).random() < 0.5:
            return image[:, ::-1], mask[:, ::-1]
        return image, mask

    return flip_together


MISCONCEPTIONS = (
    Misconception(
        "independent flips",
        "Image and mask are flipped by two separate coins, so that half of the pairs no longer "
        "fit: the model would learn that pets are where they are not.",
        _flip_apart,
    ),
    Misconception(
        "mask unflipped",
        "The image is flipped, and its mask stays: the labels lie on the wrong side.",
        _sometimes(lambda image, mask: (image[:, ::-1], mask)),
        also=(lambda image, mask: (image[:, ::-1], mask),),
    ),
    Misconception(
        "image unflipped",
        "The mask is flipped, and its image stays: the labels lie on the wrong side.",
        _sometimes(lambda image, mask: (image, mask[:, ::-1])),
        also=(lambda image, mask: (image, mask[:, ::-1]),),
    ),
    Misconception(
        "vertical",
        "The pair is flipped upside down. Axis 0 is top to bottom; photos of pets upside down "
        "are rare.",
        _sometimes(lambda image, mask: (image[::-1], mask[::-1])),
        also=(lambda image, mask: (image[::-1], mask[::-1]),),
    ),
    Misconception(
        "both axes",
        "The pair is turned by half: both axes are reversed, and only axis 1 should be.",
        _sometimes(lambda image, mask: (image[::-1, ::-1], mask[::-1, ::-1])),
        also=(lambda image, mask: (image[::-1, ::-1], mask[::-1, ::-1]),),
    ),
    Misconception(
        "always",
        "The pair is flipped at every call. Then the model never sees the photos as they "
        "were: that is another data set, not a larger one. (A generator that is seeded inside the "
        "function decides the same at every call.)",
        lambda image, mask: (image[:, ::-1], mask[:, ::-1]),
        also=(_seeded_anew(42),),
    ),
    Misconception(
        "never",
        "In 64 calls it never flipped. Is there a coin? A generator that is seeded inside the "
        "function decides the same at every call.",
        lambda image, mask: (image, mask),
        also=(_seeded_anew(0),),
    ),
    Misconception(
        "flips the channels",
        "Red and blue have changed places: the last axis holds the colours, axis 1 is left to "
        "right.",
        _sometimes(lambda image, mask: (image[..., ::-1], mask[..., ::-1])),
        also=(lambda image, mask: (image[..., ::-1], mask[..., ::-1]),),
    ),
)
