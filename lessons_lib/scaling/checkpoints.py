"""What a training that was ended goes on from: the state after its last whole epoch."""

import json
import zipfile
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np

from lessons_lib.files import written_whole
from lessons_lib.scaling.cluster import ClusterProblem

CHECKPOINT = "checkpoint.npz"


class Checkpoint(NamedTuple):
    """The state after an epoch.

    Attributes:
        history: the figures of each epoch so far, by Keras' names.
        arrays: the weights, and what the optimizer keeps, in the model's order.
    """

    history: dict[str, list[float]]
    arrays: list[np.ndarray]

    @property
    def epochs(self) -> int:
        """How many epochs have ended."""
        return len(self.history.get("loss", []))


class Checkpoints(Protocol):
    """Where checkpoints are kept: each worker asks, and what the first one has counts."""

    def load(self) -> Checkpoint | None:
        """Returns the last one, or None."""
        ...

    def save(self, checkpoint: Checkpoint) -> None:
        """Keeps one in place of the last."""
        ...


class NoCheckpoints:
    """Keeps none: the first worker does."""

    def load(self) -> Checkpoint | None:
        """Returns None."""
        return None

    def save(self, checkpoint: Checkpoint) -> None:
        """Does nothing."""


class FileCheckpoints:
    """Keeps the last checkpoint in a folder."""

    def __init__(self, folder: Path):
        """Takes a folder that exists."""
        self.path = folder / CHECKPOINT

    def load(self) -> Checkpoint | None:
        """Returns the last one, or None.

        Raises:
            ClusterProblem: the file is damaged.
        """
        if not self.path.exists():
            return None
        try:
            with np.load(self.path, allow_pickle=False) as kept:
                history = json.loads(str(kept["history"]))
                count = len(kept.files) - 1
                return Checkpoint(history, [kept[f"array_{number}"] for number in range(count)])
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as problem:
            raise ClusterProblem(
                f"{self.path} cannot be read ({type(problem).__name__}), so the training cannot go "
                "on from it; delete it to begin anew."
            ) from None

    def save(self, checkpoint: Checkpoint) -> None:
        """Keeps one in place of the last, at one stroke."""
        arrays: Any = {f"array_{i}": array for i, array in enumerate(checkpoint.arrays)}
        with written_whole(self.path) as unfinished:
            np.savez(unfinished, history=json.dumps(checkpoint.history), **arrays)
