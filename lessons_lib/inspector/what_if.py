"""The explorer of lesson 4 that changes the photo or the model, and shows the mask at once.

The photo is changed in the browser, on a canvas, and travels to the kernel as bytes; the logits
travel back. At most one request is on its way: while the model answers, changes pile up in the
browser, and the next request carries the newest photo. So frames are dropped and none waits.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import traitlets
from numpy.typing import ArrayLike

from lessons_lib.arguments import require_classes, require_model, say
from lessons_lib.classes import PET_CLASSES, Classes, percent
from lessons_lib.decoder import create_mask
from lessons_lib.inspector.explorer import (
    Explorer,
    Share,
    browser_code,
    require_between,
    require_one_of,
)
from lessons_lib.inspector.parted_model import SWAPS, part_model, squares_of
from lessons_lib.inspector.picture_set import Figures, Picture, PictureSet
from lessons_lib.metrics import require_logits
from lessons_lib.plots import LessonFigure, show_predictions
from lessons_lib.plots.figure import Panel, class_patches, picture_table
from lessons_lib.plots.pictures import (
    describe_shares,
    label_shares,
    paint_mask,
    resize_photo,
)
from lessons_lib.quiet import keras

LARGEST_SHIFT = 5.0  # of a logit: a weight of 148, or of one 148th
LAYERS = {"mask": "mask", "changed": "changed", "truth": "truth"}
REASONS = {"gradient": "gradient", "occlusion": "occlusion", "none": "nothing"}
LONGEST_NAME = 100  # of a view, which the browser chooses


class WhatIfExplorer(Explorer):
    """Paints, blurs, covers and turns a photo, swaps features, shifts logits; the mask follows.

    What is done to the photo, the browser does; the latest one that the model has seen is `photo`,
    with its `logits` and its `mask`.

    Attributes:
        index: of the picture shown, as given.
        layer: what is laid over the photo: "mask", "changed" (pixels that have another class than
            for the untouched photo and model) or "truth".
        opacity: of that layer, 0 to 1.
        shifts: what is added to the logits of each class, -5 to 5. A class weight w in the loss
            would teach a model about the shift log(w).
        levels: the encoder's feature maps, shallow to deep; empty where the model is no U as
            ``unet_model`` makes it.
        swaps: what the decoder gets of each level: "kept", "zero" (which takes a skip connection
            away), "mean" (of each channel, over all places) or "other" (the next picture's).
        pixel: row and column of the pixel that is asked about, or None.
        reason: how is shown what that pixel's answer depends on: "gradient", "occlusion" or "none".
    """

    _esm = browser_code("edits", "what_if")
    when_run = "Run this cell to change photo and model, and to see how the mask follows."
    from_browser = frozenset(("index", "layer", "opacity", "shifts", "swaps", "pixel", "reason"))

    pictures = traitlets.Dict().tag(sync=True)
    first = traitlets.Bytes().tag(sync=True)
    index = traitlets.Int(0).tag(sync=True)
    layer = traitlets.Unicode("mask").tag(sync=True)
    layers = traitlets.Dict(LAYERS).tag(sync=True)
    opacity = Share(0.6).tag(sync=True)
    shifts = traitlets.List().tag(sync=True)
    largest_shift = traitlets.Float(LARGEST_SHIFT).tag(sync=True)
    levels = traitlets.List().tag(sync=True)
    swaps = traitlets.List().tag(sync=True)
    ways = traitlets.Dict().tag(sync=True)
    pixel = traitlets.List(traitlets.Int(), None, allow_none=True).tag(sync=True)
    reason = traitlets.Unicode("gradient").tag(sync=True)
    reasons = traitlets.Dict(REASONS).tag(sync=True)

    def __init__(
        self,
        model: keras.Model,
        images: ArrayLike,
        masks: ArrayLike,
        *,
        names: Sequence[str] | None = None,
        classes: Classes = PET_CLASSES,
    ):
        """Opens on the first picture, untouched; compiles the model, which takes a second or two.

        Args:
            model: from images float32 [0, 1] N×h×w×3 to logits N×h×w×C, such as a U-Net that
                ``unet_model`` made and ``train`` trained.
            images: some pictures of the model's size, uint8 or float [0, 1], N×h×w×3.
            masks: true labels, one mask for each image.
            names: one for each image; by default its number.
            classes: what the labels mean, and the channels of the logits.

        Raises:
            TypeError: no model, or no classes.
            ValueError: a model that does not turn such images into logits of these classes;
                counts or sizes that do not fit, values out of range.
        """
        require_classes(classes)
        _require_segmenting(model, classes)
        self._set = PictureSet(images, masks, names=names, classes=classes)
        first = self._set.read(0)
        self._size = first.truth.shape
        _require_size(model, self._size)
        self._parted = part_model(model, first.image)
        self._latest: tuple[int, np.ndarray] = 0, first.image
        _require_raw_logits(self._parted.logits(first.image))
        levels = self._parted.levels
        super().__init__(
            classes=classes,
            first=_pack(first),
            pictures={
                "count": len(self._set),
                "height": self._size[0],
                "width": self._size[1],
                "squares": squares_of(*self._size),
                "first": _header(0, first),
            },
            levels=[one._asdict() | {"field": one.field and one.field._asdict()} for one in levels],
            swaps=["kept"] * len(levels),
            ways={key: SWAPS[key] for key in self._possible_swaps},
            shifts=[0.0] * len(classes),
        )

    @property
    def photo(self) -> np.ndarray:
        """The photo as the learner has changed it, uint8 h×w×3."""
        place, photo = self._latest
        return (photo if place == self.index else self._read(self.index).image).copy()

    @property
    def logits(self) -> np.ndarray:
        """What the model, with its features swapped, answers for `photo`; float32 h×w×C."""
        return self._answer(self.index, self.photo, self.swaps)

    @property
    def mask(self) -> np.ndarray:
        """The labels of `photo`, by the logits and their shifts; uint8 h×w."""
        return create_mask(self.logits + np.array(self.shifts, np.float32))[..., 0]

    def predict(self, swaps: Sequence[str] | None = None) -> np.ndarray:
        """Predicts masks for all pictures, untouched, with some of the levels swapped.

        Args:
            swaps: one for each level; by default those that are set.

        Returns:
            Labels without shifts, uint8 N×h×w×1.

        Raises:
            ValueError: swaps that are none, or not one for each level.
        """
        chosen = self._read_swaps(self.swaps if swaps is None else swaps)
        masks = [
            create_mask(self._answer(place, self._read(place).image, chosen))
            for place in range(len(self._set))
        ]
        return np.stack(masks)

    def receive(self, message: dict, buffers: Sequence[Any]) -> None:
        """Answers for a photo that came beside a message, or says what one pixel depends on."""
        if "predict" in message:
            request = self._read_request(message["predict"])
            photo = self._read_photo(buffers)
            logits = self._answer(request["place"], photo, request["swaps"])
            if not request["baseline"]:
                self._latest = request["place"], photo
            self.send({"logits": _return_address(request)}, buffers=[logits.tobytes()])
        elif "explain" in message:
            self._explain(self._read_request(message["explain"]), self._read_photo(buffers))
        else:
            self.answer(message)

    def answer(self, message: dict) -> None:
        """Sends the picture that the browser wants."""
        place = _read_whole("want", message.get("want"))
        picture = self._read(place)
        self.send({"picture": _header(place, picture)}, buffers=[_pack(picture)])

    def summary(self) -> str:
        """Says how many pictures there are, what kind of model, and which picture is shown."""
        count, levels = len(self._set), len(self.levels)
        picture = self._read(self.index)
        shares = describe_shares(label_shares(picture.truth, self.classes), self.classes)
        kind = f"a U-Net of {levels} levels" if levels else "a model"
        return (
            f"WhatIfExplorer of {count} picture{'s' if count > 1 else ''} and {kind}; "
            f"now {picture.name}: {shares}."
        )

    def describe(self) -> str:
        """Says what the model makes of the photo, and what the learner has changed."""
        picture, mask = self._read(self.index), self.mask
        if self._is_untouched(picture):
            figures = Figures.of(self._set.confusion(picture.truth, mask))
            return f"{picture.name}, untouched; the model's mask: {figures.say(self.classes)}."
        before = self._untouched_mask(picture)
        shares = describe_shares(label_shares(mask, self.classes), self.classes)
        return (
            f"{picture.name}, {self._say_changes(picture)}; the model's mask: {shares}. "
            f"{percent(float((mask != before).mean()))} of its pixels have changed their class."
        )

    def to_figure(self) -> LessonFigure:
        """Draws photo and mask; where something was changed, before and after."""
        picture, mask = self._read(self.index), self.mask
        if self._is_untouched(picture):
            return show_predictions(picture.image, picture.truth, mask, classes=self.classes)
        known = self.classes.predicted
        parts = {
            "photo": lambda size: resize_photo(picture.image, size),
            "its mask": lambda size: paint_mask(before, size, classes=known),
            "photo, changed": lambda size: resize_photo(self.photo, size),
            "mask, changed": lambda size: paint_mask(mask, size, classes=known),
        }
        before = self._untouched_mask(picture)
        panels = [Panel(paint, title) for title, paint in parts.items()]
        return picture_table([panels], self.describe(), legend=class_patches(known))

    @property
    def _possible_swaps(self) -> list[str]:
        return [key for key in SWAPS if key != "other" or len(self._set) > 1]

    def _answer(self, place: int, photo: np.ndarray, swaps: Sequence[str]) -> np.ndarray:
        logits = self._parted.logits(photo, swaps, self._other(place, swaps))
        _require_finite(logits)
        return logits

    def _other(self, place: int, swaps: Sequence[str]) -> np.ndarray | None:
        if "other" not in swaps:
            return None
        return self._read((place + 1) % len(self._set)).image

    def _explain(self, request: dict, photo: np.ndarray) -> None:
        """Sends what the answer of one pixel depends on: of all pixels, or of a row of squares."""
        pixel = _read_pixel(request.get("pixel"), self._size)
        shifts = np.array(_read_shifts(request.get("shifts"), self.classes), np.float32)
        swaps, other = request["swaps"], self._other(request["place"], request["swaps"])
        reason, row = request.get("reason"), _read_whole("row", request.get("row"))
        if reason == "gradient":
            values, answer, lead = self._parted.gradient(photo, pixel, swaps, other, shifts)
        elif reason == "occlusion":
            rows = squares_of(*self._size)[0]
            if not 0 <= row < rows:
                raise ValueError(f"row: those of squares run from 0 to {rows - 1}, got {row}.")
            values, answer, lead = self._parted.occlusion(photo, pixel, row, swaps, other, shifts)
        else:
            raise ValueError(f"reason: expected gradient or occlusion, got {reason!r:.60}.")
        _require_finite(values)
        told = _return_address(request) | {"row": row, "answer": answer, "lead": lead}
        self.send({"reason": told}, buffers=[values.tobytes()])

    def _read_request(self, request: Any) -> dict:
        """Returns a request of the browser; raises ValueError for what is none."""
        if not isinstance(request, dict):
            raise ValueError(f"expected an object as request, got {type(request).__name__}.")
        view = request.get("view")
        if not isinstance(view, str) or len(view) > LONGEST_NAME:
            raise ValueError(f"view: expected a name, got {view!r:.60}.")
        _read_whole("sequence", request.get("sequence"))
        place = _read_whole("place", request.get("place"))
        if not 0 <= place < len(self._set):
            raise ValueError(f"place: pictures run from 0 to {len(self._set) - 1}, got {place}.")
        swaps = self._read_swaps(request.get("swaps"))
        return request | {"swaps": swaps, "baseline": request.get("baseline") is True}

    def _read_photo(self, buffers: Sequence[Any]) -> np.ndarray:
        """Returns the photo that came beside a request; raises ValueError for another size."""
        height, width = self._size
        came = [memoryview(one).nbytes for one in buffers or ()]
        if came != [height * width * 3]:
            raise ValueError(
                f"expected one photo of {height}×{width}×3 bytes beside the request, got {came}."
            )
        return np.frombuffer(buffers[0], np.uint8).reshape(height, width, 3)

    def _read_swaps(self, swaps: Any) -> list[str]:
        """Returns what becomes of each level; raises ValueError for what cannot be done."""
        known = self._possible_swaps
        count = len(self._parted.levels)
        if not isinstance(swaps, list | tuple) or len(swaps) != count:
            raise ValueError(f"swaps: expected one for each of {count} levels, got {swaps!r:.100}.")
        for swap, level in zip(swaps, self._parted.levels, strict=True):
            if not isinstance(swap, str) or swap not in known:
                raise ValueError(f"swaps: expected {', '.join(known)}, got {swap!r:.60}.")
            if level.way == "none" and swap != "kept":
                raise ValueError(f"swaps: the decoder gets nothing of {level.name}.")
        return list(swaps)

    def _read(self, place: int) -> Picture:
        """Reads a picture; raises ValueError where it is not as large as the first."""
        picture = self._set.read(place)
        if picture.truth.shape != self._size:
            (height, width), (tall, wide) = self._size, picture.truth.shape
            raise ValueError(
                f"images[0] is {height}×{width} pixels, but images[{place}] is {tall}×{wide}: "
                "bring all to the model's size."
            )
        return picture

    def _is_untouched(self, picture: Picture) -> bool:
        return self._say_changes(picture) == ""

    def _say_changes(self, picture: Picture) -> str:
        """Says in a few words what is not as it was."""
        changes = ["photo changed"] if (self.photo != picture.image).any() else []
        changes += [
            f"{level['name']} {'swapped' if swap == 'other' else SWAPS[swap]}"
            for level, swap in zip(self.levels, self.swaps, strict=True)
            if swap != "kept"
        ]
        changes += [
            f"logits of {name} {shift:+.1f}"
            for name, shift in zip(self.classes.names, self.shifts, strict=True)
            if shift
        ]
        return ", ".join(changes)

    def _untouched_mask(self, picture: Picture) -> np.ndarray:
        return create_mask(self._parted.logits(picture.image))[..., 0]

    @traitlets.validate("index")
    def _check_index(self, proposal: traitlets.Bunch) -> int:
        return int(require_between(proposal, 0, len(self._set) - 1, "pictures"))

    @traitlets.validate("layer")
    def _check_layer(self, proposal: traitlets.Bunch) -> str:
        return require_one_of(proposal, LAYERS)

    @traitlets.validate("reason")
    def _check_reason(self, proposal: traitlets.Bunch) -> str:
        return require_one_of(proposal, REASONS)

    @traitlets.validate("shifts", "swaps", "pixel")
    def _check_lists(self, proposal: traitlets.Bunch) -> list | None:
        value = proposal["value"]
        try:
            if proposal["trait"].name == "swaps":
                return self._read_swaps(value)
            if proposal["trait"].name == "shifts":
                return _read_shifts(value, self.classes)
            return None if value is None else list(_read_pixel(value, self._size))
        except ValueError as problem:
            raise traitlets.TraitError(str(problem)) from None


def _header(place: int, picture: Picture) -> dict:
    return {"place": place, "name": picture.name}


def _pack(picture: Picture) -> bytes:
    """Lays photo and true labels behind each other, as the browser reads them."""
    return picture.image.tobytes() + picture.truth.tobytes()


def _return_address(request: dict) -> dict:
    return {name: request[name] for name in ("view", "sequence", "place")}


def _read_whole(name: str, number: Any) -> int:
    """Returns a number of a request; raises ValueError for what is no whole one."""
    if isinstance(number, bool) or not isinstance(number, int):
        raise ValueError(f"{name}: expected a whole number, got {number!r:.60}.")
    return number


def _read_shifts(shifts: Any, classes: Classes) -> list[float]:
    """Returns a shift for each class; raises ValueError for what is none."""
    values = shifts if isinstance(shifts, list | tuple) else ()
    numbers = [
        float(one)
        for one in values
        if isinstance(one, int | float)
        and not isinstance(one, bool)
        and abs(one) <= LARGEST_SHIFT  # NaN is not
    ]
    if len(numbers) != len(classes) or len(values) != len(classes):
        raise ValueError(
            f"shifts: expected {len(classes)} numbers from {-LARGEST_SHIFT:g} to "
            f"{LARGEST_SHIFT:g}, got {shifts!r:.100}."
        )
    return numbers


def _read_pixel(pixel: Any, size: Sequence[int]) -> tuple[int, int]:
    """Returns row and column; raises ValueError for what is no pixel of the photo."""
    numbers = [
        one
        for one in (pixel if isinstance(pixel, list | tuple) else ())
        if isinstance(one, int) and not isinstance(one, bool)
    ]
    inside = all(0 <= one < limit for one, limit in zip(numbers, size, strict=False))
    if len(numbers) != 2 or len(pixel) != 2 or not inside:
        raise ValueError(
            f"pixel: expected a row from 0 to {size[0] - 1} and a column from 0 to {size[1] - 1}, "
            f"got {pixel!r:.60}."
        )
    return numbers[0], numbers[1]


def _require_segmenting(model: keras.Model, classes: Classes) -> None:
    """Raises TypeError or ValueError for what does not turn pictures into logits of the classes."""
    require_model("model", model, instead="the model comes first, as unet_model makes it")
    came, gives = model.input_shape, model.output_shape
    one_each = all(isinstance(shape, tuple) and len(shape) == 4 for shape in (came, gives))
    if not one_each or came[-1] != 3 or came[1:3] != gives[1:3]:
        raise ValueError(
            f"model must turn images N×h×w×3 into logits N×h×w×C, but this one turns {_say(came)} "
            f"into {_say(gives)}; pass a U-Net as unet_model makes it."
        )
    require_logits(gives[-1], classes)


def _say(shape: Any) -> str:
    if isinstance(shape, tuple) and not any(isinstance(one, tuple) for one in shape):
        return "×".join("N" if side is None else str(side) for side in shape)
    return f"{len(shape)} arrays" if isinstance(shape, list | tuple) else say(shape)


def _require_size(model: keras.Model, size: Sequence[int]) -> None:
    """Raises ValueError where images are not as large as the model wants them."""
    wanted = model.input_shape[1:3]
    if any(side is not None and side != came for side, came in zip(wanted, size, strict=True)):
        raise ValueError(
            f"The model takes images of {wanted[0]}×{wanted[1]} pixels, but images[0] is "
            f"{size[0]}×{size[1]}: make them by make_batches with image_size={wanted[0]}."
        )


def _require_raw_logits(logits: np.ndarray) -> None:
    """Raises ValueError for probabilities, and for NaN or infinity."""
    _require_finite(logits)
    if logits.min() >= 0 and np.allclose(logits.sum(axis=-1), 1, atol=1e-4):
        raise ValueError(
            "model must give logits, but this one ends with a softmax: its answers add up to 1 in "
            "each pixel; build it without the softmax, as unet_model does."
        )


def _require_finite(numbers: np.ndarray) -> None:
    """Raises ValueError for answers that mean nothing."""
    if not np.isfinite(numbers).all():
        raise ValueError(
            "The model answers NaN or infinity, so no class is the largest; its training has "
            "diverged: build the model anew and take a smaller learning rate."
        )
