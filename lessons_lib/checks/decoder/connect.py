"""connect: blocks and skip connections in the right order."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lessons_lib.checks.task import Misconception, Task
from lessons_lib.quiet import keras, tf


def declare() -> Task:
    """Declares the exercise."""
    return Task(
        name="connect",
        lesson=3,
        minutes=10,
        aim="Walk up the decoder: each block works on the features so far, and its result is "
        "joined with the encoder's map of the same size, channels behind channels, the decoder's "
        "first.",
        signature="connect(features, skips, blocks)",
        hints=(
            "`skips` comes from the encoder, shallow to deep. Which of them is as large as the "
            "first block's output?",
            "`zip(blocks, reversed(skips))` gives a block and its skip connection in each round.",
            "In each round two lines, and both give `features` a new value: first the block, then "
            "the join.",
            "To join, `np.concatenate` and `keras.layers.Concatenate()` take a list of two maps; "
            "the channels are axis -1.",
        ),
        reference=_connect(),
        cases=_maps_to_connect,
        returns=("result",),
        observe=_observe_connected,
        misconceptions=MISCONCEPTIONS,
        why="From below comes what it is, from the side where its edges run; the next block can "
        "only weigh them against each other if it gets both.",
    )


UNEQUAL_JOIN = "a join of maps of unequal size"
UNEQUAL_WORDS = (
    "must match exactly",  # NumPy
    "must be equal: shape",  # TensorFlow
    "matching shapes",  # Keras
    "could not be broadcast",
    "ncompatible shapes",
    "required broadcastable shapes",
)


def _double(factor: float, channels: int = 1) -> Callable:
    """A block that doubles the sides by copying, and mixes the channels in a way of its own."""

    def block(maps: np.ndarray) -> np.ndarray:
        mixed = factor * np.asarray(maps).sum(axis=-1, keepdims=True) + np.arange(channels)
        return mixed.repeat(2, axis=1).repeat(2, axis=2).astype(np.float32)

    return block


def _maps_to_connect() -> list[tuple]:
    """First a picture of one pixel, to be read at a glance, then one of the usual shape."""

    def one_pixel(number: float) -> np.ndarray:
        return np.full((1, 1, 1, 1), number, np.float32)

    def times_ten(maps: np.ndarray) -> np.ndarray:
        return 10 * np.asarray(maps)

    numbers = np.random.default_rng(3)
    skips = [numbers.random((2, side, side, 1), dtype=np.float32) for side in (8, 4)]
    deepest = numbers.random((2, 2, 2, 3), dtype=np.float32)
    three = [numbers.random((1, 2**n, 3 * 2**n, 5 - n), dtype=np.float32) for n in (3, 2, 1)]
    wide = numbers.random((1, 1, 3, 2), dtype=np.float32)
    return [
        (one_pixel(1), [one_pixel(2), one_pixel(3)], [times_ten, times_ten]),
        (deepest, skips, [_double(1), _double(-3)]),
        (wide, three, [_double(0.5, 2), _double(2, 3), _double(-1)]),
    ]


def _observe_connected(answer: Callable, *inputs: Any) -> Any:
    """Says where maps of unequal size were to be joined, in whatever library's words."""
    try:
        return answer(*inputs)
    except Exception as error:
        if any(words in str(error) for words in UNEQUAL_WORDS):
            return UNEQUAL_JOIN
        raise


def _along(axis: int) -> Callable:
    return lambda first, second: np.concatenate([first, second], axis=axis)


_behind = _along(-1)


def _connect(
    join: Callable = _behind, *, deep_first: bool = True, join_first: bool = False
) -> Callable:
    """An answer that walks up the decoder, with a choice of mistakes."""

    def connect(
        features: np.ndarray, skips: list[np.ndarray], blocks: list[Callable]
    ) -> np.ndarray:
        for block, skip in zip(blocks, skips[::-1] if deep_first else skips, strict=True):
            features = block(join(features, skip)) if join_first else join(block(features), skip)
        return features

    return connect


def _by_keras(first: np.ndarray, second: np.ndarray) -> tf.Tensor:
    return keras.layers.Concatenate()([first, second])


def _by_tensorflow(first: np.ndarray, second: np.ndarray) -> tf.Tensor:
    return tf.concat([first, second], axis=-1)


def _only_blocks(
    features: np.ndarray, skips: list[np.ndarray], blocks: list[Callable]
) -> np.ndarray:
    for block in blocks:
        features = block(features)
    return features


def _only_joins(
    features: np.ndarray, skips: list[np.ndarray], blocks: list[Callable]
) -> np.ndarray:
    for skip in skips[::-1]:
        features = np.concatenate([features, skip], axis=-1)
    return features


def _from_the_deepest_anew(
    features: np.ndarray, skips: list[np.ndarray], blocks: list[Callable]
) -> np.ndarray:
    joined = features
    for block, skip in zip(blocks, skips[::-1], strict=True):
        joined = np.concatenate([block(features), skip], axis=-1)
    return joined


def _first_block_only(
    features: np.ndarray, skips: list[np.ndarray], blocks: list[Callable]
) -> np.ndarray:
    for _, skip in zip(blocks, skips[::-1], strict=True):
        features = np.concatenate([blocks[0](features), skip], axis=-1)
    return features


def _last_block_first(
    features: np.ndarray, skips: list[np.ndarray], blocks: list[Callable]
) -> np.ndarray:
    return _connect()(features, skips, blocks[::-1])


def _joins_at_the_end(
    features: np.ndarray, skips: list[np.ndarray], blocks: list[Callable]
) -> np.ndarray:
    return _only_joins(_only_blocks(features, skips, blocks), skips, blocks)


def _stops_after(rounds: slice) -> Callable:
    def connect(
        features: np.ndarray, skips: list[np.ndarray], blocks: list[Callable]
    ) -> np.ndarray:
        return _connect()(features, skips[::-1][rounds][::-1], blocks[rounds])

    return connect


def _leaves_out_a_join(left_out: int) -> Callable:
    def connect(
        features: np.ndarray, skips: list[np.ndarray], blocks: list[Callable]
    ) -> np.ndarray:
        for number, (block, skip) in enumerate(zip(blocks, skips[::-1], strict=True)):
            features = block(features)
            if number != left_out % len(blocks):
                features = np.concatenate([features, skip], axis=-1)
        return features

    return connect


def _blocks_of_its_own(
    features: np.ndarray, skips: list[np.ndarray], blocks: list[Callable]
) -> np.ndarray:
    return _connect()(features, skips, [lambda maps: 10 * np.asarray(maps)] * len(blocks))


MISCONCEPTIONS = (
    Misconception(
        "adds",
        "The maps are added. Then the next block cannot tell any more what came from below "
        "and what from the side. Joined, both are kept.",
        _connect(lambda first, second: first + second),
        also=(_connect(lambda first, second: (first + second) / 2),),
    ),
    Misconception(
        "wrong axis",
        "The maps are laid below or beside each other, as a larger picture, or one after the "
        "other, as more pictures. They show the same places, so they belong behind each other, as "
        "further channels.",
        _connect(_along(1)),
        also=(
            _connect(_along(2)),
            _connect(_along(0)),
            _connect(lambda *maps: tf.concat(maps, axis=1)),
            _connect(lambda *maps: tf.concat(maps, axis=2)),
            _connect(lambda *maps: tf.concat(maps, axis=0)),
        ),
    ),
    Misconception(
        "shallowest first",
        "The skip connections are taken in the encoder's order, shallowest first. The decoder "
        "comes from the deep end, so the first map that it meets is the smallest.",
        _connect(deep_first=False),
        also=(
            _connect(_by_tensorflow, deep_first=False),
            _connect(_by_keras, deep_first=False),
        ),
    ),
    Misconception(
        "joins before the block",
        "The join comes before the block. Before it has been enlarged, the map from below is "
        "half as high and wide as the one from the side.",
        _connect(join_first=True),
        also=(
            _connect(_by_tensorflow, join_first=True),
            _connect(_by_keras, join_first=True),
        ),
    ),
    Misconception(
        "puts the skip in front",
        "All is there, but the encoder's channels stand in front of the decoder's. Weights "
        "trained with one order do not fit the other; the task wants the decoder's first.",
        _connect(lambda first, second: np.concatenate([second, first], axis=-1)),
    ),
    Misconception(
        "leaves out the skips",
        "Only the blocks are at work: this is the decoder without skip connections, whose "
        "masks are blobs.",
        _only_blocks,
    ),
    Misconception(
        "leaves out the blocks",
        "The maps are joined, but no block has worked on them: nothing is enlarged.",
        _only_joins,
        also=(lambda features, skips, blocks: np.concatenate([features, *skips], axis=-1),),
    ),
    Misconception(
        "one block for all",
        "The same block works in every round. There is one for each: they come in the order in "
        "which they work.",
        _first_block_only,
    ),
    Misconception(
        "blocks in reverse order",
        "The blocks come in reverse order. Only the skip connections have to be turned round; the "
        "blocks already stand in the order in which they work.",
        _last_block_first,
    ),
    Misconception(
        "joins only at the end",
        "All blocks work first, and the maps are joined afterwards. Each map fits only behind the "
        "block that makes its size.",
        _joins_at_the_end,
    ),
    Misconception(
        "stops early",
        "It stops before all blocks have worked. Does a `return` stand inside the loop?",
        _stops_after(slice(0, 1)),
        also=(_stops_after(slice(0, -1)),),
    ),
    Misconception(
        "leaves out a join",
        "One of the encoder's maps is not joined: each block is followed by a join, the first and "
        "the last too.",
        _leaves_out_a_join(-1),
        also=(_leaves_out_a_join(0),),
    ),
    Misconception(
        "blocks of its own",
        "It works by tens itself, as in the picture of one pixel, and does not call the blocks "
        "that it is given.",
        _blocks_of_its_own,
    ),
    Misconception(
        "begins anew each round",
        "Each round begins with the deepest map again, so that only the last block and the "
        "last skip connection count. What one round makes has to go into the next.",
        _from_the_deepest_anew,
    ),
)
