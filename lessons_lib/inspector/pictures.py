"""The explorers of pictures: `MaskExplorer` (lesson 1) and `PredictionInspector` (lesson 4)."""

import threading
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import traitlets
from numpy.typing import ArrayLike

from lessons_lib.arguments import say
from lessons_lib.classes import IGNORED, PET_CLASSES, Classes
from lessons_lib.inspector.explorer import (
    Explorer,
    Share,
    browser_code,
    require_between,
    require_one_of,
    told,
)
from lessons_lib.inspector.picture_set import (
    Figures,
    Picture,
    PictureSet,
    Score,
    arrange,
    pack,
)
from lessons_lib.plots import LessonFigure, show_pairs, show_predictions
from lessons_lib.plots.pictures import describe_shares, label_shares
from lessons_lib.saying import quote
from lessons_lib.signatures import tell_calls

AT_ONCE = 256
PAGE_BYTES = 1_000_000
SHORTEST_PAGE, LONGEST_PAGE = 3, 16  # three: the picture shown and its neighbours
PROGRESS_EVERY = 100


class PickedPixel(NamedTuple):
    """The pixel that the learner pinned.

    Attributes:
        place: of the picture, counted from 0 as given.
        row: from above, counted from 0.
        column: from the left, counted from 0.
        true: name of the true class.
        predicted: name of the predicted class; "" without predictions.
        probabilities: of each class; empty where only labels are known.
    """

    place: int
    row: int
    column: int
    true: str
    predicted: str
    probabilities: dict[str, float]


class PictureExplorer(Explorer):
    """Browses pictures with their true masks and, where given, their predictions.

    Attributes:
        index: of the picture shown, in the order chosen.
        order: in which the pictures are shown, a key of `orders`.
        orders: the orders there are, and what the learner reads for each.
        layer: what is laid over the photo: "truth", "prediction", "errors", or a class's name
            for its probability.
        opacity: of the layers, 0 to 1.
        shown: for each class, and at last for ignored pixels if there may be some, whether they
            are painted.
        epoch: whose prediction is shown, counted from 1.
        pin: place, row and column of the pinned pixel, or None; may be set.
        picked: the pinned pixel with its classes, a `PickedPixel`, or None; observe it.
        places: the pictures in the order shown; empty until it is known.
        set_figures: of each epoch, over all pictures; empty until they are known.
        scored: how many pictures the figures and orders have been computed for.
        problem: why they cannot be computed for all; "" where nothing is wrong.
    """

    _esm = browser_code("pictures")
    when_run = (
        "Run this cell to browse all pictures, show and hide classes, and read single pixels."
    )
    from_browser = frozenset(("index", "order", "layer", "opacity", "shown", "epoch", "pin"))

    pictures = traitlets.Dict().tag(sync=True)
    first = traitlets.Bytes().tag(sync=True)
    index = told(traitlets.Int, "a whole number")(0).tag(sync=True)
    order = told(traitlets.Unicode, "a text")("given").tag(sync=True)
    orders = traitlets.Dict().tag(sync=True)
    places = traitlets.List().tag(sync=True)
    layer = told(traitlets.Unicode, "a text")("truth").tag(sync=True)
    layers = traitlets.List().tag(sync=True)
    opacity = Share(0.6).tag(sync=True)
    shown = told(traitlets.List, "a list of True and False")(traitlets.Bool()).tag(sync=True)
    epoch = told(traitlets.Int, "a whole number")(1).tag(sync=True)
    pin = told(traitlets.List, "place, row and column, or None")(
        traitlets.CInt(), None, minlen=3, maxlen=3, allow_none=True
    ).tag(sync=True)
    picked = traitlets.Instance(PickedPixel, allow_none=True)
    set_figures = traitlets.List().tag(sync=True)
    scored = traitlets.Int(0).tag(sync=True)
    problem = traitlets.Unicode().tag(sync=True)

    def __init__(
        self,
        pictures: PictureSet,
        *,
        layers: Sequence[str],
        order: str,
        moments: Sequence[str] | None = None,
    ):
        """Opens on the first picture in the order; a large set is scored in the background."""
        self._set = pictures
        self._scores: list[list[Score]] = []
        if not isinstance(order, str) or order not in pictures.orders:
            known = ", ".join(pictures.orders)
            raise ValueError(f"order: expected one of {known}, got {quote(order)}.")
        super().__init__(
            classes=pictures.classes,
            shown=[one.name != "background" for one in pictures.classes.drawn],
            orders=pictures.orders,
            layers=list(layers),
            layer=layers[0],
            epoch=max(1, pictures.epochs),
        )
        if order != "given" or len(pictures) <= AT_ONCE:
            self._score()
        else:
            threading.Thread(target=self._score_in_background, daemon=True).start()
        self.order = order
        place = self._place()
        first = pictures.read(place)
        packed = pack(first)
        with self.hold_sync():
            self.first = packed
            self.pictures = {
                "count": len(pictures),
                "epochs": pictures.epochs,
                "moments": [str(moment) for moment in moments or ()],
                "probabilities": pictures.has_probabilities,
                "page": max(SHORTEST_PAGE, min(LONGEST_PAGE, PAGE_BYTES // len(packed))),
                "first": self._header(place, first),
            }

    def answer(self, message: dict) -> None:
        """Sends the pictures that the browser wants, at most a page of them.

        A picture that cannot be read is told, and those after it are sent all the same.
        """
        wanted = message.get("want")
        if not isinstance(wanted, list) or not all(isinstance(place, int) for place in wanted):
            raise ValueError(f"want: expected a list of places, got {wanted!r:.100}.")
        for place in wanted[: self.pictures["page"]]:
            try:
                picture = self._set.read(place)
            except Exception as problem:  # pictures from files have errors of their own
                self.send({"problem": str(problem)})
            else:
                self.send({"picture": self._header(place, picture)}, buffers=[pack(picture)])

    def summary(self) -> str:
        """Says how many pictures there are, and which is shown."""
        if self.order == "given":
            # The shares of the true mask are the same everywhere; figures of a model are not.
            picture = self._set.read(self._place())
            shares = label_shares(picture.truth, self.classes)
            text = f"{picture.name}: {describe_shares(shares, self.classes)}"
        else:
            text = f"number {self.index + 1}, {self.orders[self.order]}"
        count = f"{len(self._set)} picture{'s' if len(self._set) > 1 else ''}"
        when = "at {} moments" if self.pictures.get("moments") else "after {} epochs"
        epochs = f" {when.format(self._set.epochs)}" if self._set.epochs > 1 else ""
        return f"{type(self).__name__} of {count}{epochs}; now {text}."

    def describe(self) -> str:
        """Says what the picture shown holds and how good its prediction is."""
        return self._set.describe(self._set.read(self._place()), self.epoch) + "."

    def to_figure(self) -> LessonFigure:
        """Draws photo, truth and, where given, prediction and errors of the picture shown."""
        picture = self._set.read(self._place())
        if not picture.labels:
            return show_pairs(picture.image, picture.truth, classes=self.classes)
        predicted = picture.labels[self.epoch - 1]
        return show_predictions(picture.image, picture.truth, predicted, classes=self.classes)

    def _header(self, place: int, picture: Picture) -> dict:
        """Says of a picture what its bytes do not: size, name, shares, figures of each epoch."""
        return {
            "place": place,
            "name": picture.name,
            "height": picture.truth.shape[0],
            "width": picture.truth.shape[1],
            "shares": label_shares(picture.truth, self.classes).tolist(),
            "ignored": float((picture.truth == IGNORED.label).mean()),
            "figures": [
                _plain(Figures.of(self._set.confusion(picture.truth, labels)))
                for labels in picture.labels
            ],
        }

    def _place(self) -> int:
        return self.places[self.index] if self.places else self.index

    def _score(self) -> None:
        """Scores all pictures; tells the browser how far it is, and at last figures and order."""
        scores = []
        for score in self._set.scores():
            scores.append(score)
            if len(scores) % PROGRESS_EVERY == 0 and len(self._set) > AT_ONCE:
                self.scored = len(scores)
        self._scores = scores
        with self.hold_sync():
            self.scored = len(scores)
            self.set_figures = [
                _plain(Figures.of(np.sum([each[epoch].confusion for each in scores], axis=0)))
                for epoch in range(self._set.epochs)
            ]
        self._arrange()

    def _score_in_background(self) -> None:
        """Scores, and tells what went wrong: nobody would see the error of another thread."""
        try:
            self._score()
        except Exception as problem:
            self.problem = f"No figures and orders: {problem}"
            self.send({"problem": self.problem})

    @traitlets.observe("order")
    def _arrange(self, _change: traitlets.Bunch | None = None) -> None:
        """Puts the pictures in order, as soon as their scores are known.

        The last epoch counts, whichever is shown: the slider replays one pet, it changes none.
        """
        if self._scores:
            self.places = arrange(self.order, [epochs[-1] for epochs in self._scores], self.classes)

    @traitlets.validate("order")
    def _check_order(self, proposal: traitlets.Bunch) -> str:
        return require_one_of(proposal, self.orders)

    @traitlets.validate("shown")
    def _check_shown(self, proposal: traitlets.Bunch) -> list[bool]:
        count = len(self.classes.drawn)
        if len(proposal["value"]) != count:
            raise traitlets.TraitError(
                f"shown: expected {count} values, got {len(proposal['value'])}."
            )
        return proposal["value"]

    @traitlets.validate("layer")
    def _check_layer(self, proposal: traitlets.Bunch) -> str:
        return require_one_of(proposal, self.layers)

    @traitlets.validate("index")
    def _check_index(self, proposal: traitlets.Bunch) -> int:
        return require_between(proposal, 0, len(self._set) - 1, "pictures")

    @traitlets.validate("epoch")
    def _check_epoch(self, proposal: traitlets.Bunch) -> int:
        return require_between(proposal, 1, max(1, self._set.epochs), "epochs")

    @traitlets.validate("pin")
    def _check_pin(self, proposal: traitlets.Bunch) -> list[int] | None:
        if proposal["value"] is None:
            return None
        place, row, column = proposal["value"]
        try:
            height, width = self._set.read(place).truth.shape
        except (ValueError, IndexError) as problem:
            raise traitlets.TraitError(f"pin: {problem}") from None
        if not (0 <= row < height and 0 <= column < width):
            raise traitlets.TraitError(
                f"pin: rows run from 0 to {height - 1} and columns to {width - 1}, "
                f"got row {row}, column {column}."
            )
        return proposal["value"]

    @traitlets.observe("pin", "epoch")
    def _pick(self, _change: traitlets.Bunch | None = None) -> None:
        """Looks up what is known of the pinned pixel."""
        self.picked = None if self.pin is None else self._look_up(*self.pin)

    def _look_up(self, place: int, row: int, column: int) -> PickedPixel:
        picture = self._set.read(place)
        predicted, probabilities = "", {}
        if picture.labels:
            predicted = self.classes.names[picture.labels[self.epoch - 1][row, column]]
        if picture.probabilities is not None:
            values = picture.probabilities[row, column]
            probabilities = {one.name: float(values[one.label]) for one in self.classes}
        true = {one.label: one.name for one in self.classes.drawn}[int(picture.truth[row, column])]
        return PickedPixel(place, row, column, true, predicted, probabilities)


class MaskExplorer(PictureExplorer):
    """Browses pairs of photo and mask: which pixel has which class, small pets or large first."""

    def __init__(
        self,
        images: ArrayLike,
        masks: ArrayLike,
        names: Sequence[str] | None = None,
        *,
        trimap: bool = False,
        order: str = "given",
        classes: Classes = PET_CLASSES,
    ):
        """Opens on the first picture in the order.

        Args:
            images: uint8 or float [0, 1], N×h×w×3, or a sequence of h×w×3.
            masks: labels, one mask for each image.
            names: one for each image; by default its number.
            trimap: True when `masks` hold values from 1 on, as before ``normalize``.
            order: "given", "smallest" or "largest" (pet first; without a class of that name, all
                that is not background).
            classes: what the labels mean.

        Raises:
            ValueError: counts or sizes that do not fit, values out of range, an unknown order.
        """
        pictures = PictureSet(images, masks, names=names, trimap=trimap, classes=classes)
        super().__init__(pictures, layers=["truth"], order=order)


class PredictionInspector(PictureExplorer):
    """Shows what a model sees: truth, prediction, errors, and each pixel's probabilities."""

    def __init__(
        self,
        images: ArrayLike,
        masks: ArrayLike,
        logits: ArrayLike | None = None,
        *,
        probabilities: ArrayLike | None = None,
        predictions: ArrayLike | None = None,
        predictions_by_epoch: ArrayLike | None = None,
        moments: Sequence[str] | None = None,
        names: Sequence[str] | None = None,
        order: str = "given",
        classes: Classes = PET_CLASSES,
    ):
        """Opens on the first picture in the order; give the predictions in one of four forms.

        Args:
            images: uint8 or float [0, 1], N×h×w×3, or a sequence of h×w×3.
            masks: true labels, one mask for each image.
            logits: what the model says of each pixel, float N×h×w×C.
            probabilities: the same after softmax.
            predictions: predicted labels like `masks`; no probabilities are shown then.
            predictions_by_epoch: such labels after each epoch, E×N×h×w×1, such as a
                TrainingRun's ``masks_by_epoch``; a slider moves through the epochs.
            moments: what the slider says of each of them, where they are not epochs; such as
                LiveTraining's ``moments``, with its ``masks_by_moment``.
            names: one for each image; by default its number.
            order: "given", "worst" (mean IoU), a class's name (its IoU) or "border errors"; by the
                last epoch's predictions.
            classes: what the labels mean.

        Raises:
            ValueError: no predictions, or some of two kinds; counts, shapes or sizes that do not
                fit; values out of range, NaN, probabilities that do not add up to one; an
                unknown order.
        """
        pictures = PictureSet(
            images,
            masks,
            logits=logits,
            probabilities=probabilities,
            predictions=predictions,
            predictions_by_epoch=predictions_by_epoch,
            names=names,
            classes=classes,
        )
        if not pictures.epochs:
            raise ValueError(
                "PredictionInspector needs predictions: pass logits, probabilities, predictions or "
                "predictions_by_epoch; MaskExplorer shows masks alone."
            )
        _require_moments(moments, pictures.epochs)
        layers = ["prediction", "errors", "truth"]
        if pictures.has_probabilities:
            layers.extend(classes.names)
        super().__init__(pictures, layers=layers, order=order, moments=moments)


def _require_moments(moments: Sequence[str] | None, count: int) -> None:
    """Raises ValueError unless there is one for each prediction of a picture."""
    if moments is None:
        return
    if isinstance(moments, str) or not isinstance(moments, Sequence):
        raise ValueError(f"moments: expected a list of texts, got {say(moments)}.")
    if len(moments) != count:
        raise ValueError(
            f"moments: expected one for each of the {count} predictions of a picture, "
            f"got {len(moments)}."
        )


def _plain(figures: Figures) -> dict:
    """Figures as JSON has them: None stands for a class that does not occur."""
    iou = [None if np.isnan(value) else value for value in figures.iou]
    accuracy, mean = (
        None if np.isnan(value) else value for value in (figures.accuracy, figures.mean_iou)
    )
    return {"accuracy": accuracy, "meanIou": mean, "iou": iou}


tell_calls(globals())
