"""The explorer of lesson 5: what class weights do to the loss."""

from collections.abc import Mapping, Sequence

import numpy as np
import traitlets
from numpy.typing import ArrayLike

from lessons_lib.arguments import read_numbers, require_classes, say
from lessons_lib.class_imbalance import sum_by_class
from lessons_lib.classes import PET_CLASSES, Classes
from lessons_lib.inspector.explorer import Explorer, browser_code, require_one_of, told
from lessons_lib.metrics import score_masks
from lessons_lib.plots import LessonFigure, plot_weight_map
from lessons_lib.plots.pictures import check_counts, describe_shares, read_image, read_masks
from lessons_lib.saying import quote
from lessons_lib.signatures import tell_calls

LARGEST_WEIGHT = 10.0
SMALLEST_WEIGHT = 1e-9  # in place of 0, which has no logarithm
SHOWN = ("mask", "decision")


class WeightExplorer(Explorer):
    """Moves the weight of each class; shows the weight map and each class's share of the loss.

    With logits it also shows the mask that the model would predict if the weights were a shift of
    its logits, by their logarithms: what a training with these weights approaches, as far as it
    moves the decision only.

    Attributes:
        weights: of each class, 0 to 10; may be set.
        shows: "mask", or "decision" for the mask predicted with the weights; may be set.
        losses: what each class adds to the mean loss of a pixel, without weights.
        presets: weights that a button sets, by what the button says.
    """

    _esm = browser_code("weights")
    when_run = "Run this cell to move the weights."
    from_browser = frozenset(("weights", "shows"))

    photo = traitlets.Dict().tag(sync=True)
    pixels = traitlets.Bytes().tag(sync=True)
    logits = traitlets.Bytes().tag(sync=True)
    weights = told(traitlets.List, "a list of numbers")().tag(sync=True)
    shows = told(traitlets.Unicode, "a text")("mask").tag(sync=True)
    losses = traitlets.List().tag(sync=True)
    presets = traitlets.Dict().tag(sync=True)
    largest = traitlets.Float(LARGEST_WEIGHT).tag(sync=True)

    def __init__(
        self,
        image: ArrayLike,
        mask: ArrayLike,
        losses: ArrayLike | None = None,
        weights: Sequence[float] | None = None,
        *,
        presets: Mapping[str, Sequence[float]] | None = None,
        logits: ArrayLike | None = None,
        classes: Classes = PET_CLASSES,
    ):
        """Opens with the weights given.

        Args:
            image: uint8 or float [0, 1], h×w×3.
            mask: labels, h×w×1 or h×w.
            losses: the unweighted loss of each pixel, h×w or h×w×1; by default 1 everywhere.
            weights: of each class at the start, 0 to 10; by default 1.
            presets: weights that a button sets, by what the button says.
            logits: of a model that was trained without weights, h×w×C; by default none, and no
                predicted mask is shown.
            classes: what the labels mean.

        Raises:
            ValueError: sizes that do not fit, or values out of range.
        """
        require_classes(classes)
        if presets is not None and not isinstance(presets, Mapping):
            raise ValueError(
                "presets: expected a mapping from what a button says to weights, "
                f"got {say(presets)}."
            )
        self._photo, masks = read_image(image), read_masks(mask, "mask", classes=classes)
        check_counts(image=[self._photo], mask=masks)
        self._labels = masks[0]
        losses = _read_losses(losses, self._labels)
        self._counted = self._labels != classes.ignore_class
        sums = sum_by_class(self._labels[self._counted], losses[self._counted], len(classes))
        alike = [1.0] * len(classes)
        if presets is None:
            presets = {" : ".join(["1"] * len(classes)) if len(classes) < 6 else "all 1": alike}
        height, width = self._labels.shape
        self._logits = _read_logits(logits, (height, width, len(classes)))
        super().__init__(
            classes=classes,
            photo={"height": height, "width": width},
            pixels=self._photo.tobytes() + self._labels.tobytes(),
            logits=b"" if self._logits is None else self._logits.tobytes(),
            losses=(sums / max(1, self._counted.sum())).tolist(),
            weights=_check_weights(alike if weights is None else weights, classes),
            presets={str(name): _check_weights(one, classes) for name, one in presets.items()},
        )

    @property
    def loss_shares(self) -> np.ndarray:
        """Each class's share of the weighted loss, float64 (C,); all 0 where nothing is lost."""
        parts = np.array(self.losses) * self.weights
        return parts / parts.sum() if parts.sum() > 0 else parts

    @property
    def decision(self) -> np.ndarray | None:
        """The mask predicted with the weights, uint8 h×w; None without logits.

        A class with the weight 0 is called only where all weights are 0.
        """
        if self._logits is None:
            return None
        shift = np.log(np.maximum(self.weights, SMALLEST_WEIGHT))
        return (self._logits + shift).argmax(axis=-1).astype(np.uint8)

    @property
    def mean_iou(self) -> float | None:
        """The mean IoU of that mask, on this one picture; None without logits."""
        decision = self.decision
        if decision is None:
            return None
        return score_masks(
            self._labels[np.newaxis, ..., np.newaxis],
            decision[np.newaxis, ..., np.newaxis],
            classes=self.classes,
        ).mean_iou

    def summary(self) -> str:
        """Says which weights are set."""
        said = ", ".join(
            f"{name} {weight:g}"
            for name, weight in zip(self.classes.names, self.weights, strict=True)
        )
        return f"WeightExplorer of one photo; weights now {said}."

    def describe(self) -> str:
        """Says which share of the loss each class has with the weights set."""
        shares = describe_shares(self.loss_shares, self.classes)
        said = f"{self.summary()} Share of the loss: {shares}."
        if self._logits is not None:
            said += f" With logits shifted by them, the mean IoU is {self.mean_iou:.2f}."
        return said

    def to_figure(self) -> LessonFigure:
        """Draws photo, mask and the weight of each pixel."""
        labels = np.where(self._counted, self._labels, 0)
        weights = np.where(self._counted, np.array(self.weights)[labels], 0)
        return plot_weight_map(self._photo, self._labels, weights, classes=self.classes)

    @traitlets.validate("shows")
    def _check_shows(self, proposal: traitlets.Bunch) -> str:
        return require_one_of(proposal, ("mask",) if self._logits is None else SHOWN)

    @traitlets.validate("weights")
    def _check(self, proposal: traitlets.Bunch) -> list[float]:
        try:
            return _check_weights(proposal["value"], self.classes)
        except ValueError as problem:
            raise traitlets.TraitError(str(problem)) from None


def _check_weights(weights: ArrayLike, classes: Classes) -> list[float]:
    try:
        values = read_numbers("weights", weights).astype(np.float64)
    except (TypeError, ValueError):
        values = np.empty(0)
    if values.shape != (len(classes),) or not ((values >= 0) & (values <= LARGEST_WEIGHT)).all():
        raise ValueError(
            f"weights: expected {len(classes)} numbers from 0 to {LARGEST_WEIGHT:g}, "
            f"got {quote(weights)}."
        )
    return values.tolist()


def _read_losses(losses: ArrayLike | None, labels: np.ndarray) -> np.ndarray:
    if losses is None:
        return np.ones(labels.shape)
    values = read_numbers("losses", losses).astype(np.float64)
    if np.squeeze(values).shape != np.squeeze(labels).shape:
        raise ValueError(
            f"losses: expected one for each of the {labels.shape[0]}×{labels.shape[1]} pixels, "
            f"got shape {values.shape}."
        )
    if not np.isfinite(values).all() or (values < 0).any():
        raise ValueError("losses: expected finite numbers of 0 or more: look at what made them.")
    return values.reshape(labels.shape)


def _read_logits(logits: ArrayLike | None, shape: tuple[int, int, int]) -> np.ndarray | None:
    if logits is None:
        return None
    values = read_numbers("logits", logits).astype(np.float32)
    if values.shape == (1, *shape):
        values = values[0]
    if values.shape != shape:
        sides = "×".join(str(side) for side in shape)
        raise ValueError(
            f"logits: expected those of this one picture, {sides}, got shape {values.shape}."
        )
    if not np.isfinite(values).all():
        raise ValueError("logits: expected finite numbers: look at the training that made them.")
    return np.ascontiguousarray(values)


tell_calls(globals())
