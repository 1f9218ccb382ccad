"""What a beginner, or a mistaken line, may hand to any argument: forty values, each made afresh."""

import datetime
import decimal
import fractions
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from lessons_lib.quiet import keras, tf


class Untouchable:
    """Refuses to be an array, in its own words, as another library's tensor may."""

    shape = (4, 32, 32, 1)
    dtype = "other.uint8"

    def __array__(self, *_: Any, **__: Any) -> np.ndarray:
        raise RuntimeError("can't convert cuda:0 device type tensor to numpy.")


class Frame:
    """Looks like a table of pandas' to whoever asks."""

    shape = (2, 2)
    columns = ("pet", "background")

    def __array__(self, *_: Any, **__: Any) -> np.ndarray:
        return np.array([["1", "x"], ["2", "y"]], object)


def endless() -> tf.data.Dataset:
    """Numbers without end."""
    return tf.data.Dataset.range(3).repeat()


def small_picture_model() -> keras.Model:
    """A model that is valid, and of another kind than the lessons'."""
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])


HOSTILE: dict[str, Callable[[], Any]] = {
    "None": lambda: None,
    "True": lambda: True,
    "0": lambda: 0,
    "-1": lambda: -1,
    "1.5": lambda: 1.5,
    "nan": lambda: float("nan"),
    "infinity": lambda: float("inf"),
    "10**30": lambda: 10**30,
    "2j": lambda: 2j,
    "a fraction": lambda: fractions.Fraction(1, 2),
    "a decimal": lambda: decimal.Decimal("0.5"),
    "a date": lambda: datetime.date(2024, 2, 29),
    "empty text": str,
    "text": lambda: "no such thing",
    "text with null": lambda: "a\0b",
    "number as text": lambda: "3",
    "bytes": lambda: b"pet",
    "a path": lambda: Path("no_such_file"),
    "empty list": list,
    "[None]": lambda: [None],
    "list of texts": lambda: ["pet", "cat"],
    "list of numbers": lambda: [1, 2, 3],
    "ragged list": lambda: [[1, 2], [3]],
    "empty dict": dict,
    "dict": lambda: {"pet": 1},
    "dict by number": lambda: {0: 1.0, 1: 2.0},
    "a set": lambda: {1, 2, 3},
    "a range": lambda: range(3),
    "a generator": lambda: (number for number in range(3)),
    "an endless iterator": lambda: itertools.count(),
    "an object": object,
    "a class": lambda: dict,
    "a function": lambda: len,
    "a lambda": lambda: lambda *_, **__: None,
    "a NumPy number": lambda: np.float32(0.5),
    "empty array": lambda: np.zeros((0, 3), np.float32),
    "array of NaN": lambda: np.full((32, 32, 3), np.nan, np.float32),
    "array of infinity": lambda: np.full((1, 32, 32, 3), np.inf),
    "array of text": lambda: np.array([["pet", "cat"]]),
    "array of objects": lambda: np.array([None, "pet", 1], object),
    "complex array": lambda: np.ones((2, 2), complex),
    "boolean array": lambda: np.ones((4, 32, 32, 1), bool),
    "array of rank 5": lambda: np.ones((1, 1, 2, 2, 3), np.uint8),
    "large numbers": lambda: np.full((4, 32, 32, 1), 2**62, np.int64),
    "negative numbers": lambda: np.full((4, 32, 32, 3), -1, np.int32),
    "masked array": lambda: np.ma.masked_equal(np.arange(3), 1),
    "a table": Frame,
    "another library's tensor": Untouchable,
    "ragged tensor": lambda: tf.ragged.constant([[0, 1], [2]]),
    "sparse tensor": lambda: tf.sparse.from_dense([[0, 1], [2, 0]]),
    "tensor of text": lambda: tf.constant(["pet"]),
    "symbolic tensor": lambda: keras.Input((32, 32, 3)),
    "a data set of numbers": lambda: tf.data.Dataset.range(3),
    "an endless data set": endless,
    "an empty data set": lambda: tf.data.Dataset.range(0),
    "a layer": lambda: keras.layers.Dense(2),
    "a model not built": lambda: keras.Sequential([keras.layers.Dense(2)]),
    "another model": small_picture_model,
    "a metric": lambda: keras.metrics.MeanIoU(3),
    "a callback's class": lambda: keras.callbacks.EarlyStopping,
}
