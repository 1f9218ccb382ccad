"""The pure core of the inspector: from arrays to pictures, figures and orders, without a widget.

A `PictureSet` keeps the arrays as they came (a memory map stays on the disk) and reads one picture
at a time, so that a large test set opens as fast as a small one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from lessons_lib.arguments import require_classes, require_flag, say
from lessons_lib.classes import PET_CLASSES, Classes
from lessons_lib.metrics import (
    confusion_matrix,
    iou_per_class,
    mean_iou,
    near_border,
    pixel_accuracy,
)
from lessons_lib.plots.pictures import (
    describe_shares,
    label_shares,
    read_image,
    read_mask,
)

LARGEST_DEVIATION = 1e-3
IMAGE_SHAPES, MASK_SHAPES = ("N×h×w×3",), ("N×h×w", "N×h×w×1")
EPOCH_SHAPES = ("E×N×h×w×1",)


@dataclass(frozen=True)
class Picture:
    """One picture with all that is known of its pixels.

    Attributes:
        name: what the learner reads.
        image: uint8 h×w×3.
        truth: true labels, uint8 h×w.
        labels: predicted labels, uint8 h×w; one for each epoch, none without predictions.
        probabilities: of each class in each pixel, float h×w×C; None where only labels are known.
    """

    name: str
    image: np.ndarray
    truth: np.ndarray
    labels: tuple[np.ndarray, ...]
    probabilities: np.ndarray | None


class Figures(NamedTuple):
    """How good one prediction is, or all of one epoch.

    Attributes:
        accuracy: share of the pixels that got their true label.
        mean_iou: over the classes that occur.
        iou: of each class; NaN where it does not occur.
    """

    accuracy: float
    mean_iou: float
    iou: tuple[float, ...]

    @classmethod
    def of(cls, confusion: np.ndarray) -> "Figures":
        """Takes them from a confusion matrix."""
        iou = tuple(float(value) for value in iou_per_class(confusion))
        return cls(float(pixel_accuracy(confusion)), float(mean_iou(confusion)), iou)

    def say(self, classes: Classes) -> str:
        """Says them in one line."""
        known = zip(classes.names, self.iou, strict=True)
        each = ", ".join(f"{name} {iou:.2f}" for name, iou in known if not np.isnan(iou))
        return f"accuracy {self.accuracy:.2f}, mean IoU {self.mean_iou:.2f} ({each})"


class Score(NamedTuple):
    """What the orders need of one picture.

    Attributes:
        confusion: C×C, true × predicted, counts of pixels; the truth against itself where there
            are no predictions.
        border_errors: share of all pixels that are wrong and lie in the true border band or at
            most two steps from it.
    """

    confusion: np.ndarray
    border_errors: float


class PictureSet:
    """Images, true masks and, where given, predictions: checked, and read one by one.

    Attributes:
        classes: what the labels mean.
        names: one for each picture.
        epochs: how many predictions there are of each picture.
        has_probabilities: whether a pixel's probabilities are known, not only its label.
    """

    def __init__(
        self,
        images: ArrayLike,
        masks: ArrayLike,
        *,
        logits: ArrayLike | None = None,
        probabilities: ArrayLike | None = None,
        predictions: ArrayLike | None = None,
        predictions_by_epoch: ArrayLike | None = None,
        names: Sequence[str] | None = None,
        trimap: bool = False,
        classes: Classes = PET_CLASSES,
    ):
        """Checks counts and shapes; the values of a picture are checked when it is read.

        Args:
            images: uint8 or float [0, 1], N×h×w×3, or a sequence of h×w×3.
            masks: true labels, one mask for each image.
            logits: what the model says of each pixel, float N×h×w×C.
            probabilities: the same after softmax; they add up to 1.
            predictions: predicted labels, like `masks`.
            predictions_by_epoch: such labels after each epoch, E×N×h×w×1.
            names: one for each image; by default its number.
            trimap: whether `masks` hold values from 1 on, as before ``normalize``.
            classes: what the labels mean.

        Raises:
            ValueError: nothing to show, counts or shapes that do not fit, or predictions of more
                than one kind.
        """
        require_classes(classes)
        require_flag("trimap", trimap)
        if names is not None and not isinstance(names, Sequence | np.ndarray):
            raise ValueError(f"names: expected a list, one for each image, got {say(names)}.")
        self.classes = classes
        self._images = _keep(images, "images", IMAGE_SHAPES)
        self._masks = _keep(masks, "masks", MASK_SHAPES)
        self._trimap = trimap
        self._kind, self._predicted = _choose(
            len(classes),
            logits=logits,
            probabilities=probabilities,
            predictions=predictions,
            predictions_by_epoch=predictions_by_epoch,
        )
        self.has_probabilities = self._kind in ("logits", "probabilities")
        self.epochs = len(self._by_epoch)
        self._require_counts()
        if names is None:
            names = [f"picture {index}" for index in range(len(self))]
        if len(names) != len(self):
            raise ValueError(f"there are {len(self)} images but {len(names)} names.")
        self.names = [str(name) for name in names]
        self.read(0)

    def __len__(self) -> int:
        return len(self._images)

    def read(self, place: int) -> Picture:
        """Reads the picture at a place, counted from 0 as given.

        Raises:
            IndexError: there is no such picture.
            ValueError: values out of range, NaN, labels beyond the classes, probabilities that
                do not add up to one, or sizes that differ.
        """
        if not 0 <= place < len(self):
            raise IndexError(f"pictures run from 0 to {len(self) - 1}, but {place} came.")
        image = read_image(self._images[place], f"images[{place}]")
        truth = read_mask(
            self._masks[place], f"masks[{place}]", trimap=self._trimap, classes=self.classes
        )
        _require_size(image, truth, place, "masks")
        probabilities = self._probabilities(place) if self.has_probabilities else None
        labels = self._labels(place, probabilities)
        for one in labels:
            _require_size(image, one, place, self._kind)
        return Picture(self.names[place], image, truth, labels, probabilities)

    def score(self, place: int) -> list[Score]:
        """Scores the predictions of one picture: one score for each epoch; raises like `read`."""
        picture = self.read(place)
        truth = picture.truth
        near = near_border(truth[np.newaxis, ..., np.newaxis], classes=self.classes)[0]
        near &= truth != self.classes.ignore_class
        return [
            Score(self.confusion(truth, labels), float((near & (labels != truth)).mean()))
            for labels in picture.labels or (truth,)
        ]

    def confusion(self, truth: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Counts true against predicted labels, int64 C×C."""
        return confusion_matrix(
            truth, labels, len(self.classes), ignore_class=self.classes.ignore_class
        )

    def describe(self, picture: Picture, epoch: int = 1) -> str:
        """Says what a picture holds, and how good its prediction is: computed from the content."""
        shares = label_shares(picture.truth, self.classes)
        text = f"{picture.name}: {describe_shares(shares, self.classes)}"
        if not picture.labels:
            return text
        figures = Figures.of(self.confusion(picture.truth, picture.labels[epoch - 1]))
        return f"{text}; {figures.say(self.classes)}"

    def scores(self) -> Iterator[list[Score]]:
        """Scores picture after picture, as given."""
        return (self.score(place) for place in range(len(self)))

    @property
    def orders(self) -> dict[str, str]:
        """The orders in which these pictures can be shown: key, and what the learner reads."""
        if not self.epochs:
            return truth_orders(self.classes)
        by = ", by the last epoch" if self.epochs > 1 else ""
        orders = score_orders(self.classes)
        return {key: text if key == "given" else text + by for key, text in orders.items()}

    @property
    def _by_epoch(self) -> list:
        if self._predicted is None:
            return []
        return self._predicted if self._kind == "predictions_by_epoch" else [self._predicted]

    def _labels(self, place: int, probabilities: np.ndarray | None) -> tuple[np.ndarray, ...]:
        if probabilities is not None:
            return (probabilities.argmax(axis=-1).astype(np.uint8),)
        name = f"{self._kind}[{place}]"
        classes = self.classes.predicted
        return tuple(read_mask(epoch[place], name, classes=classes) for epoch in self._by_epoch)

    def _probabilities(self, place: int) -> np.ndarray:
        name = f"{self._kind}[{place}]"
        try:
            values = np.asarray(self._predicted[place], dtype=np.float32)
        except (TypeError, ValueError):
            raise ValueError(f"{name}: expected an array of numbers.") from None
        count = len(self.classes)
        if values.ndim != 3 or values.shape[-1] != count:
            raise ValueError(
                f"{name}: expected a number for each of {count} classes in each pixel, "
                f"h×w×{count}, got shape {values.shape}; classes= says which classes there are."
            )
        if not np.isfinite(values).all():
            raise ValueError(f"{name} contains NaN or infinity: look at what made them.")
        if self._kind == "logits":
            return softmax(values)
        if values.min() < 0 or np.abs(values.sum(axis=-1) - 1).max() > LARGEST_DEVIATION:
            raise ValueError(
                f"{name}: probabilities must lie from 0 to 1 and add up to 1 in each pixel; "
                "if these are logits, pass them as logits=."
            )
        return values

    def _require_counts(self) -> None:
        """Raises ValueError unless there is one mask, and one prediction, for each image."""
        others = [("masks", self._masks), *((self._kind, each) for each in self._by_epoch)]
        for name, other in others:
            if len(other) != len(self):
                raise ValueError(
                    "images, masks and predictions belong together one by one, "
                    f"but there are {len(self)} images and {len(other)} {name}."
                )


def softmax(logits: np.ndarray) -> np.ndarray:
    """Turns logits into probabilities over the last axis."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def truth_orders(classes: Classes) -> dict[str, str]:
    """The orders of pictures without predictions: key, and what the learner reads."""
    subject = "pet" if "pet" in classes.names else "foreground"
    return {
        "given": "as given",
        "smallest": f"smallest {subject} first",
        "largest": f"largest {subject} first",
    }


def score_orders(classes: Classes) -> dict[str, str]:
    """The orders of pictures with predictions: key, and what the learner reads."""
    return {
        "given": "as given",
        "worst": "worst mean IoU first",
        **{name: f"worst IoU of {name} first" for name in classes.names},
        "border errors": "most errors at the border first",
    }


def arrange(order: str, scores: Sequence[Score], classes: Classes = PET_CLASSES) -> list[int]:
    """Returns the places of the pictures in the order in which they are shown.

    Args:
        order: a key of `truth_orders` or `score_orders`.
        scores: of every picture, as given.
        classes: what the scores are about.

    Returns:
        Places; pictures without the class in question (without a pet, where pets are ordered by
        size) come last, equal ones as given.

    Raises:
        ValueError: an unknown order.
    """
    if order == "given":
        return list(range(len(scores)))
    keys = np.array([_sort_key(order, score, classes) for score in scores], dtype=np.float64)
    return np.argsort(keys, kind="stable").tolist()  # NaN comes last


def pack(picture: Picture) -> bytes:
    """Lays a picture's planes behind each other, a byte for each pixel: what the browser reads.

    Returns:
        Photo (h×w×3), truth (h×w), the labels of each epoch (h×w), and the probability of each
        class (h×w), 0 to 255.
    """
    planes = [picture.image, picture.truth, *picture.labels]
    if picture.probabilities is not None:
        levels = np.rint(picture.probabilities * 255).astype(np.uint8)
        planes.extend(np.moveaxis(levels, -1, 0))
    return b"".join(np.ascontiguousarray(plane).tobytes() for plane in planes)


def _sort_key(order: str, score: Score, classes: Classes) -> float:
    """What one order sorts by: small comes first, NaN last."""
    names = classes.names
    if order in names:
        return iou_per_class(score.confusion)[names.index(order)]
    if order == "worst":
        return mean_iou(score.confusion)
    if order == "border errors":
        return -score.border_errors
    if order in ("smallest", "largest"):
        pixels = score.confusion.sum(axis=1)
        if "pet" in names:
            size = pixels[names.index("pet")]
        else:
            size = pixels.sum() - (0 if classes.background is None else pixels[classes.background])
        share = (size or np.nan) / pixels.sum()
        return share if order == "smallest" else -share
    known = ", ".join(score_orders(classes) | truth_orders(classes))
    raise ValueError(f"order: expected one of {known}, got {order!r}.")


def _require_size(image: np.ndarray, labels: np.ndarray, place: int, name: str) -> None:
    """Raises ValueError unless a mask is as large as its image."""
    if labels.shape != image.shape[:2]:
        raise ValueError(
            f"images[{place}] is {image.shape[0]}×{image.shape[1]} pixels, but {name}[{place}] is "
            f"{labels.shape[0]}×{labels.shape[1]}: resize them together."
        )


def _choose(count: int, **kinds: ArrayLike | None) -> tuple[str, Any]:
    """Returns which of the predictions was given; "" and None where none was."""
    given = {kind: values for kind, values in kinds.items() if values is not None}
    if len(given) > 1:
        raise ValueError(f"pass predictions once, but {' and '.join(given)} came.")
    if not given:
        return "", None
    kind, values = next(iter(given.items()))
    if kind == "predictions_by_epoch":
        epochs = _keep(values, kind, EPOCH_SHAPES)
        return kind, [_keep(epoch, kind, MASK_SHAPES) for epoch in epochs]
    shapes = MASK_SHAPES if kind == "predictions" else (f"N×h×w×{count}",)
    return kind, _keep(values, kind, shapes)


def _keep(values: Any, name: str, shapes: Sequence[str]) -> Any:
    """Returns arrays as arrays and lists as they are; raises ValueError for another rank."""
    if not isinstance(values, Sequence):
        try:
            values = np.asarray(values)
        except Exception:  # of other libraries' tensors, each has its own
            raise ValueError(f"{name}: expected an array, but {say(values)} came.") from None
        ranks = [shape.count("×") + 1 for shape in shapes]
        if values.ndim not in ranks:
            raise ValueError(f"{name}: expected {' or '.join(shapes)}, got shape {values.shape}.")
    if len(values) == 0:
        raise ValueError(f"{name} is empty: pass at least one.")
    return values
