"""Many drawings at once: drawn by other processes, kept in one file a chapter.

A chapter is a uint8 array N×S×S×6: red, green, blue, mask, parts, depth. Training reads one while
the next is drawn; each chapter is a function of its number, so a run that was interrupted finds
or redraws exactly the same.
"""

from concurrent.futures import Executor, Future
from pathlib import Path
from typing import NamedTuple

import numpy as np

from laboratory.drawn_world import DRAWING_SIZE, FIRST_SEED, draw

LAYERS = 6
BLOCK = 32  # drawings that one process draws before it takes new work


class Chapter(NamedTuple):
    """A chapter that is being drawn: where it will be, and what is still under way."""

    path: Path
    unfinished: Path
    blocks: list[Future]

    def wait(self) -> np.ndarray:
        """Waits until all is drawn; returns the drawings, read from the file as needed."""
        for block in self.blocks:
            block.result()
        if self.blocks:
            self.unfinished.replace(self.path)
            self.blocks.clear()
        return np.load(self.path, mmap_mode="r")


def seeds_of_chapter(run_seed: int, number: int, count: int) -> range:
    """The seeds of a chapter's drawings; chapters of one run never share a seed."""
    first = FIRST_SEED + run_seed * 10_000_000 + number * count
    return range(first, first + count)


def begin_chapter(
    pool: Executor, folder: Path, seeds: range, *, size: int = DRAWING_SIZE
) -> Chapter:
    """Lets the pool's processes draw a chapter, unless its file is there already.

    Args:
        pool: processes that draw.
        folder: where chapters are kept.
        seeds: one for each drawing.
        size: height and width of a drawing in pixels.
    """
    path = folder / f"chapter_{seeds.start}_{len(seeds)}.npy"
    unfinished = path.with_suffix(".unfinished")
    if path.exists():
        return Chapter(path, unfinished, [])
    shape = (len(seeds), size, size, LAYERS)
    np.lib.format.open_memmap(unfinished, mode="w+", dtype=np.uint8, shape=shape).flush()
    blocks = [
        pool.submit(draw_block, unfinished, seeds, start, size)
        for start in range(0, len(seeds), BLOCK)
    ]
    return Chapter(path, unfinished, blocks)


def draw_block(path: Path, seeds: range, start: int, size: int) -> None:
    """Draws one block of a chapter into its file; runs in a process of its own."""
    drawings = np.lib.format.open_memmap(path, mode="r+")
    for place in range(start, min(start + BLOCK, len(seeds))):
        drawings[place] = draw_layers(seeds[place], size)


def draw_layers(seed: int, size: int) -> np.ndarray:
    """One drawing as it is kept, uint8 size×size×6."""
    drawing = draw(seed, size)
    labels = np.stack([drawing.mask, drawing.parts, drawing.depth], axis=-1)
    return np.concatenate([drawing.image, labels], axis=-1)
