"""A model that answers while somebody paints, and whose encoder's features can be swapped.

The pure core of the what-if explorer. A photo uint8 h×w×3 goes in, logits float32 h×w×C come out,
computed by two graphs: from the photo to the encoder's features, and on from these to the logits.
Between the two each level may be replaced. A model that is no U as ``unet_model`` makes it is left
whole: it has no levels.

Sources: Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks" (2014), for
occlusion; Simonyan, Vedaldi, Zisserman, "Deep Inside Convolutional Networks" (2014), for gradients.
"""

import weakref
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from lessons_lib.encoder import EncoderProblem, ReceptiveField, receptive_fields
from lessons_lib.quiet import keras, tf

GREY = 128
SQUARES = 8  # on the longer side of a photo, each of them covered once
LARGEST_DIFFERENCE = 1e-3  # of a logit, between the model and its two parts
SWAPS = {"kept": "as it is", "zero": "zero", "mean": "mean", "other": "next picture's"}


class Level(NamedTuple):
    """One of the encoder's feature maps, shallow to deep.

    Attributes:
        name: of the layer that makes it.
        height: in places.
        width: in places.
        channels: of each place.
        way: how the decoder gets it: "skip", "deepest", or "none" without a skip connection.
        field: which pixels a place sees; None where the encoder is not the course's.
    """

    name: str
    height: int
    width: int
    channels: int
    way: str
    field: ReceptiveField | None


class PartedModel:
    """Computes logits, and what they depend on, with any of the encoder's levels swapped.

    The weights are those that the model has when it is asked.

    Attributes:
        levels: shallow to deep; none where the model is left whole.
    """

    def __init__(self, model: keras.Model, photo: np.ndarray):
        """Compiles the model for photos of this size, and lets it answer once.

        Args:
            model: from images float32 [0, 1] N×h×w×3 to logits N×h×w×C.
            photo: uint8 h×w×3.
        """
        self._model = model
        self._ways = _read_ways(model)
        if self._ways and not self._parts_agree(photo):
            self._ways = []  # layers of the same names, joined in another way
        self._encode = tf.function(self._to_features)
        self._decode = tf.function(self._to_logits)
        features = self._encode(_to_images(photo))
        self._decode(features)
        self.levels = self._read_levels(features)

    def logits(
        self, photo: np.ndarray, swaps: Sequence[str] = (), other: np.ndarray | None = None
    ) -> np.ndarray:
        """Answers for a photo.

        Args:
            photo: uint8 h×w×3.
            swaps: what becomes of each level, a key of `SWAPS`; by default all are kept.
            other: the photo, uint8 h×w×3, of which "other" takes the features.

        Returns:
            float32 h×w×C.
        """
        return self._answer(_to_images(photo), swaps, other)[0].numpy()

    def gradient(
        self,
        photo: np.ndarray,
        pixel: tuple[int, int],
        swaps: Sequence[str] = (),
        other: np.ndarray | None = None,
        shifts: np.ndarray | float = 0.0,
    ) -> tuple[np.ndarray, int, float]:
        """Says which pixels of a photo one pixel's answer depends on, by the gradient of its lead.

        The lead is how far the logit of the answer is ahead of the next one.

        Args:
            photo: uint8 h×w×3.
            pixel: row and column of the pixel that is asked about.
            swaps: as in `logits`, and so is `other`.
            other: see `swaps`.
            shifts: what is added to the logits of each class.

        Returns:
            float32 h×w, the sizes of the gradient, summed over the colours; the answer's label,
            and its lead.
        """
        images = _to_images(photo)
        with tf.GradientTape() as tape:
            tape.watch(images)
            logits = self._answer(images, swaps, other)[0, pixel[0], pixel[1]] + shifts
            answer = int(tf.argmax(logits))
            others = tf.concat([logits[:answer], logits[answer + 1 :]], axis=0)
            lead = logits[answer] - tf.reduce_max(others)
        slopes = tape.gradient(lead, images)
        if slopes is None:  # every level is swapped for what does not depend on the photo
            return np.zeros(photo.shape[:2], np.float32), answer, float(lead)
        return tf.reduce_sum(tf.abs(slopes[0]), axis=-1).numpy(), answer, float(lead)

    def occlusion(
        self,
        photo: np.ndarray,
        pixel: tuple[int, int],
        row: int,
        swaps: Sequence[str] = (),
        other: np.ndarray | None = None,
        shifts: np.ndarray | float = 0.0,
    ) -> tuple[np.ndarray, int, float]:
        """Covers one square after the other by grey, and says how much one pixel's lead falls.

        Args:
            photo: uint8 h×w×3.
            pixel: as in `gradient`, and so are `swaps`, `other` and `shifts`.
            row: of the squares, `squares_of` tells how many there are.
            swaps: see `pixel`.
            other: see `pixel`.
            shifts: see `pixel`.

        Returns:
            float32 of each square in the row; the answer's label, and its lead without squares.
        """
        _, columns, side = squares_of(*photo.shape[:2])
        covered = [photo.copy() for _ in range(columns)]
        for column, one in enumerate(covered):
            one[row * side : (row + 1) * side, column * side : (column + 1) * side] = GREY
        logits = np.stack(
            [self.logits(one, swaps, other)[pixel] + shifts for one in (photo, *covered)]
        )
        answer = int(logits[0].argmax())
        leads = logits[:, answer] - np.delete(logits, answer, axis=1).max(axis=1)
        return (leads[0] - leads[1:]).astype(np.float32), answer, float(leads[0])

    def _answer(self, images: Any, swaps: Sequence[str], other: np.ndarray | None) -> Any:
        features = self._encode(images)
        others = features if other is None else self._encode(_to_images(other))
        swaps = swaps or ["kept"] * len(features)
        return self._decode(
            [_swap(*each) for each in zip(swaps, features, others, strict=True)]
            if self.levels
            else features
        )

    def _to_features(self, images: Any) -> list:
        """The encoder's feature maps, shallow to deep; of a model that is left whole the images."""
        if not self._ways:
            return [images]
        return list(self._model.get_layer("encoder")(images, training=False))

    def _to_logits(self, features: list) -> Any:
        """From feature maps to logits, as ``unet_model`` has joined the decoder's layers."""
        if not self._ways:
            return tf.cast(self._model(features[0], training=False), tf.float32)
        *skips, tensor = features
        ways = self._ways[:-1]
        for step, (skip, way) in enumerate(zip(skips[::-1], ways[::-1], strict=True), start=1):
            tensor = self._model.get_layer(f"upsample_{step}")(tensor, training=False)
            if way == "skip":
                tensor = self._model.get_layer(f"skip_{step}")([tensor, skip])
        return tf.cast(self._model.get_layer("logits")(tensor), tf.float32)

    def _parts_agree(self, photo: np.ndarray) -> bool:
        images = _to_images(photo)
        whole = np.asarray(self._model(images, training=False))
        try:
            parts = np.asarray(self._to_logits(self._to_features(images)))
        except Exception:  # of layers that do not fit each other, each has its own
            return False
        difference = np.abs(whole - parts)
        return not np.isfinite(whole).all() or bool((difference < LARGEST_DIFFERENCE).all())

    def _read_levels(self, features: list) -> list[Level]:
        if not self._ways:
            return []
        encoder = self._model.get_layer("encoder")
        try:
            fields = receptive_fields(encoder)
        except EncoderProblem:
            fields = {}
        levels = []
        for name, one, way in zip(encoder.output_names, features, self._ways, strict=True):
            height, width, channels = one.shape[1:]
            levels.append(Level(name, height, width, channels, way, fields.get(name)))
        return levels


_parted: weakref.WeakValueDictionary[tuple, PartedModel] = weakref.WeakValueDictionary()


def part_model(model: keras.Model, photo: np.ndarray) -> PartedModel:
    """Returns the parted model, compiled once for as long as somebody has it."""
    key = id(model), photo.shape
    parted = _parted.get(key)
    if parted is None:
        parted = _parted[key] = PartedModel(model, photo)
    return parted


def squares_of(height: int, width: int) -> tuple[int, int, int]:
    """Returns how many rows and columns of squares cover a photo, and their side in pixels."""
    side = -(-max(height, width) // SQUARES)
    return -(-height // side), -(-width // side), side


def _to_images(photo: np.ndarray) -> Any:
    return tf.constant(photo[np.newaxis].astype(np.float32) / 255)


def _swap(swap: str, features: Any, others: Any) -> Any:
    """Returns features of the same shape as a key of `SWAPS` says."""
    if swap == "kept":
        return features
    nothing = tf.zeros_like(features)
    if swap == "mean":
        return nothing + tf.reduce_mean(features, axis=(1, 2), keepdims=True)
    return nothing + others if swap == "other" else nothing


def _read_ways(model: keras.Model) -> list[str]:
    """Says how the decoder gets each of the encoder's levels; nothing where it is no such U."""
    layers = {layer.name: layer for layer in model.layers}
    count = len(getattr(layers.get("encoder"), "outputs", ()) or ())
    blocks = [f"upsample_{step}" for step in range(1, count)]
    if count < 2 or not {*blocks, "logits"} <= set(layers):
        return []
    skips = [
        "skip" if f"skip_{count - 1 - level}" in layers else "none" for level in range(count - 1)
    ]
    return [*skips, "deepest"]
