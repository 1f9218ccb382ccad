"""Weights that travel with the course: small ``.npz`` files, and how they are told apart.

An array for each weight, under the name that Keras gives it in its model (``weight.path``).
"""

import hashlib
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from lessons_lib.files import written_whole
from lessons_lib.quiet import keras


def save_weights(weights: Iterable[keras.Variable], path: str | Path) -> str:
    """Writes weights as a small ``.npz``: kernels in float16, vectors in float32.

    Args:
        weights: of one model, so that no two have the same path.
        path: where to write; an existing file is replaced only once the new one is whole.

    Returns:
        The file's SHA-256, as hexadecimal text.

    Raises:
        ValueError: a folder in place of the file, or none to write it into.
    """
    path = Path(path)
    if path.is_dir() or not path.parent.is_dir():
        raise ValueError(f"{path} cannot be written: give a file in a folder that exists.")
    arrays = {weight.path: weight.numpy() for weight in weights}
    small = {
        name: array.astype(np.float16 if array.ndim > 1 else np.float32)
        for name, array in arrays.items()
    }
    with written_whole(path) as unfinished, unfinished.open("wb") as file:
        np.savez_compressed(file, **small)
    return sha256(path)


def assign_weights(weights: Iterable[keras.Variable], path: str | Path) -> None:
    """Copies the arrays of an ``.npz`` into the weights of the same paths.

    Raises:
        ValueError: no such file or no ``.npz``, or an array that is missing, of another shape, or
            holds NaN; no weight is changed then.
    """
    weights = list(weights)
    _require_npz(Path(path))
    with np.load(path, allow_pickle=False) as arrays:
        missing = [weight.path for weight in weights if weight.path not in arrays]
        if missing:
            raise ValueError(f"{len(missing)} arrays are missing, {missing[0]} is the first.")
        found = {weight.path: _read_array(arrays, weight.path) for weight in weights}
    for weight in weights:
        _require_weights(weight, found[weight.path])
    for weight in weights:
        weight.assign(found[weight.path])


def _read_array(arrays: Any, name: str) -> np.ndarray:
    try:
        return arrays[name].astype(np.float32)
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError) as error:
        raise ValueError(
            f"the array {name} cannot be read ({type(error).__name__}): the file is damaged, or "
            "holds no numbers; save it again."
        ) from None


def _require_npz(path: Path) -> None:
    """Raises ValueError for a file that is missing or no zip of arrays."""
    if not path.is_file():
        raise ValueError(f"There is no file of weights at {path}.")
    if not zipfile.is_zipfile(path):
        raise ValueError(f"{path.name} is no file of weights: a whole .npz is expected.")


def _require_weights(weight: keras.Variable, values: np.ndarray) -> None:
    """Raises ValueError for an array that cannot be these weights."""
    if values.shape != tuple(weight.shape):
        raise ValueError(
            f"{weight.path} should have shape {tuple(weight.shape)}, but has {values.shape}."
        )
    require_finite_weights(weight, values)


def require_finite_weights(weight: keras.Variable, values: np.ndarray) -> None:
    """Raises ValueError for NaN and infinity among a weight's values."""
    if not np.isfinite(values).all():
        raise ValueError(f"{weight.path} holds NaN or infinity, so nothing could be computed.")


def sha256(path: str | Path) -> str:
    """Returns a file's SHA-256 as hexadecimal text."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()
