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
LONGEST_RULE = 16  # calls, after which flips repeat themselves
NO_FLIP = "something else than a flip"
CHANGES = {
    "not flipped": lambda pixels: pixels,
    "flipped left to right": lambda pixels: pixels[:, ::-1],
    "flipped upside down": lambda pixels: pixels[::-1],
    "turned by half": lambda pixels: pixels[::-1, ::-1],
    "its channels in reverse order": lambda pixels: pixels[..., ::-1],
    "turned by half, its channels in reverse order": lambda pixels: pixels[::-1, ::-1, ::-1],
}


def _pairs_to_flip() -> list[tuple]:
    pairs = []
    for height, width in [(2, 3), (3, 4)]:
        mask = np.arange(height * width, dtype=np.uint8).reshape(height, width, 1)
        image = np.concatenate([mask, mask + 50, mask + 100], axis=-1) / np.float32(255)
        pairs.append((image, mask))
    return pairs


def _observe_flips(answer: Callable, image: np.ndarray, mask: np.ndarray) -> dict:
    """Calls a random function often, and says what happened to the image and to the mask."""
    given = [(image.copy(), mask.copy()) for _ in range(CALLS)]
    results = [answer(*pair) for pair in given]
    if all(one is None for one in results):
        return {"what comes back": "nothing"}
    pairs = [_changes_of(pair, image, mask) for pair in results]
    image_changes, mask_changes = (Counter(changes) for changes in zip(*pairs, strict=True))
    together = "together" if all(one == other for one, other in pairs) else "apart"
    if NO_FLIP in image_changes or NO_FLIP in mask_changes:
        together = "nothing to speak of"
    is_kept = all(np.array_equal(one, image) and np.array_equal(two, mask) for one, two in given)
    return {
        "what comes back": "two arrays",
        "what becomes of the image": " or ".join(sorted(image_changes)),
        "what becomes of the mask": " or ".join(sorted(mask_changes)),
        "the flip of image and mask": together,
        "how often it flips": _how_often(CALLS - image_changes["not flipped"]),
        "the order of its flips": _order_of([one != "not flipped" for one, _ in pairs]),
        "the arrays that it was given": "as they were" if is_kept else "written over",
    }


def _changes_of(pair: Any, image: np.ndarray, mask: np.ndarray) -> tuple[str, str]:
    if pair is None:
        raise UnfitAnswer(
            "In some calls flip_together returns nothing: for tails, too, image and mask are to "
            "come back, as they are.",
            "returns nothing for tails",
        )
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise UnfitAnswer(
            "flip_together has to return two things, the image and the mask.",
            "returns no pair",
        )
    return _change(np.asarray(pair[0]), image), _change(np.asarray(pair[1]), mask)


def _order_of(flips: list[bool]) -> str:
    """Says whether the flips come by a rule; 64 fair coins do so less than once in a billion."""
    if len(set(flips)) == 1:
        return "by chance"  # how often it flips is told elsewhere
    periods = range(1, LONGEST_RULE + 1)
    by_rule = any(flips[period:] == flips[:-period] for period in periods)
    return "by a rule" if by_rule or sorted(flips) in (flips, flips[::-1]) else "by chance"


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


class _Alternating:
    """An answer that flips every second time, and needs no coin."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, image: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        self.calls += 1
        return (image[:, ::-1], mask[:, ::-1]) if self.calls % 2 else (image, mask)


def _flip_in_place(image: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if np.random.random() < 0.5:
        image[:], mask[:] = image[:, ::-1].copy(), mask[:, ::-1].copy()
    return image, mask


def _by_an_unfair_coin(chance: float) -> Callable:
    def flip_together(image: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if np.random.random() < chance:
            return image[:, ::-1], mask[:, ::-1]
        return image, mask

    return flip_together


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
        "writes over the pair it is given",
        "The flips are right, but they are written into the arrays that came in: whoever called it "
        "has lost the pair as it was. Return new arrays.",
        _flip_in_place,
    ),
    Misconception(
        "takes turns",
        "Flipped or not goes by a rule, such as every second time. Asked for is a coin: with a "
        "rule a pet may come flipped in every epoch, or never.",
        _Alternating(),
    ),
    Misconception(
        "an unfair coin",
        "The coin is not fair: it shows one side far more often than the other in 64 calls.",
        _by_an_unfair_coin(0.93),
        also=(_by_an_unfair_coin(0.07),),
    ),
    Misconception(
        "reverses every axis",
        "`np.flip` without an axis reverses all of them: rows, columns and colours. Only axis 1, "
        "left to right, is to be reversed.",
        _sometimes(lambda image, mask: (np.flip(image), np.flip(mask))),
        also=(lambda image, mask: (np.flip(image), np.flip(mask)),),
    ),
    Misconception(
        "flips the channels",
        "Red and blue have changed places: the last axis holds the colours, axis 1 is left to "
        "right.",
        _sometimes(lambda image, mask: (image[..., ::-1], mask[..., ::-1])),
        also=(lambda image, mask: (image[..., ::-1], mask[..., ::-1]),),
    ),
)
