"""Photos beside their masks: pairs, predictions, epochs, mistakes, overlaps, weight maps."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.transforms import Bbox
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike

from lessons_lib.arguments import (
    is_listed,
    read_finite,
    read_numbers,
    require_classes,
    require_flag,
    require_mapping,
    say,
)
from lessons_lib.classes import (
    BACKGROUND_COLOUR,
    IGNORED_LABEL,
    PET_CLASSES,
    Classes,
    PixelClass,
    make_classes,
    percent,
)
from lessons_lib.plots import pictures
from lessons_lib.plots.figure import (
    ERROR_COLOUR,
    FRAME,
    INK,
    LINE_COLOURS,
    LessonFigure,
    Panel,
    add_legend,
    bare_axes,
    class_patches,
    lay_out,
    patch,
    picture_table,
)
from lessons_lib.saying import quote, say_numbers
from lessons_lib.signatures import tell_calls

LARGEST, LARGEST_ALONE = 180, 256  # pixels: a photo that stands alone has more room
CLOSE_UP = 64
PARTS = make_classes(
    ("neither", "only true", "only predicted", "both"),
    (BACKGROUND_COLOUR, LINE_COLOURS[1], LINE_COLOURS[4], LINE_COLOURS[0]),
)
INVENTED = PixelClass(len(PET_CLASSES), "invented", "#cc79a7", hatch="")
WITH_INVENTED = Classes((*PET_CLASSES, INVENTED))


def show_pairs(
    images: ArrayLike,
    masks: ArrayLike,
    names: Sequence[str] | None = None,
    *,
    trimap: bool = False,
    classes: Classes = PET_CLASSES,
) -> LessonFigure:
    """Shows pairs row by row: photo, mask, and the mask laid over the photo.

    Args:
        images: one or several, uint8 or float [0,1], h×w×3.
        masks: one for each image, labels, h×w×1 or h×w; with `trimap` values from 1 on.
        names: a few letters to write beside each row.
    """
    require_flag("trimap", trimap)
    table = _PhotoTable(images, classes)
    if names is not None and not is_listed(names):
        raise TypeError(f"names must be a list, one for each image, but {say(names)} came.")
    labels = table.add_masks("mask", masks, "masks", trimap=trimap, overlay=True)
    theirs = "its mask" if len(labels) == 1 else "their masks"
    said = f" beside {theirs} and an overlay of both. {_describe_truth(labels, classes)}"
    return table.show(said, row_names=names)


def show_predictions(
    images: ArrayLike,
    masks: ArrayLike,
    predictions: ArrayLike | Mapping[str, ArrayLike],
    *,
    classes: Classes = PET_CLASSES,
) -> LessonFigure:
    """Shows photo, true mask, predicted mask, and which pixels are wrong.

    Args:
        images: as in `show_pairs`, and so are `masks`.
        predictions: labels like `masks`; or several models' as a mapping from name to labels,
            which then share the row, without the column of errors.
    """
    table = _PhotoTable(images, classes)
    labels = table.add_masks("true mask", masks, "masks")
    also = []
    if isinstance(predictions, Mapping):
        if not predictions:
            raise ValueError("predictions is empty: give the masks of at least one model.")
        for title, of_model in predictions.items():
            table.add_masks(str(title), of_model, f"predictions of {title!r}")
        shown = f"masks predicted by {', '.join(map(str, predictions))}"
    else:
        wrong = table.add_masks("predicted mask", predictions, "predictions")
        table.add("errors", pictures.paint_errors, table.photos, labels, wrong)
        also = [patch(ERROR_COLOUR, "wrong")]
        shown = "predicted masks and the wrong pixels"
    return table.show(f" beside true masks, {shown}. {_describe_truth(labels, classes)}", also)


def show_segmented(
    images: ArrayLike,
    predictions: ArrayLike,
    cut_outs: ArrayLike | None = None,
    *,
    classes: Classes = PET_CLASSES,
) -> LessonFigure:
    """Shows pictures whose true masks nobody knows: photo, predicted mask, both in one.

    Images and masks are as in `show_pairs`; `cut_outs` are pictures that were made of both.
    """
    require_classes(classes)
    table = _PhotoTable(images, classes.predicted)
    table.add_masks("predicted mask", predictions, "predictions", overlay=True)
    if cut_outs is None:
        return table.show(" beside predicted masks and an overlay of both.")
    made = pictures.read_images(cut_outs, "cut_outs")
    pictures.check_counts(images=table.photos, cut_outs=made)
    table.add("cut out", pictures.resize_photo, made)
    return table.show(" beside predicted masks, an overlay of both, and a cut-out.")


def show_epochs(
    images: ArrayLike,
    predictions_by_epoch: Sequence[ArrayLike] | np.ndarray,
    masks: ArrayLike,
    *,
    classes: Classes = PET_CLASSES,
) -> LessonFigure:
    """Shows how predictions change, in at most six epochs, the first and the last among them.

    Images and masks are as in `show_pairs`; there is one batch of predicted masks for each epoch.
    """
    table = _PhotoTable(images, classes)
    if not is_listed(predictions_by_epoch):
        raise TypeError(
            "predictions_by_epoch must be a list of one batch of masks for each epoch, but "
            f"{say(predictions_by_epoch)} came; train(..., watch=images) keeps them."
        )
    count = len(predictions_by_epoch)
    if count == 0:
        raise ValueError("predictions_by_epoch is empty: train for at least one epoch.")
    epochs = np.rint(np.linspace(1, count, min(count, 6))).astype(int).tolist()
    for epoch in epochs:
        name, of_epoch = f"predictions of epoch {epoch}", predictions_by_epoch[epoch - 1]
        table.add_masks(f"epoch {epoch}", of_epoch, name)
    labels = table.add_masks("true mask", masks, "masks")
    said = f"the masks predicted after epochs {', '.join(map(str, epochs))} of {count}"
    return table.show(f", {said}, and the true masks. {_describe_truth(labels, classes)}")


def plot_label_mistake(
    before: ArrayLike, after: ArrayLike, *, trimap: bool = False
) -> LessonFigure:
    """Shows what bilinear resizing does to a mask: values between labels, and false classes.

    Above the whole mask, below the window with most invented values.

    Args:
        before: the mask resized by nearest neighbour; h×w or h×w×1; with `trimap` values 1 to 3.
        after: the same mask resized bilinearly; float, same shape.
    """
    require_flag("trimap", trimap)
    labels = pictures.read_mask(before, "before", trimap=trimap)
    blurred = read_finite("after", after).astype(np.float64) - int(trimap)
    blurred = blurred[..., 0] if blurred.shape[2:] == (1,) else blurred
    if blurred.ndim != 2:
        raise ValueError(f"after: expected one mask, h×w or h×w×1, but {say(after)} came.")
    pictures.check_counts(before=[labels], after=[blurred])
    rounded = np.clip(np.rint(blurred), 0, len(PET_CLASSES) - 1).astype(np.uint8)
    between, changed = blurred != np.rint(blurred), rounded != labels
    shown = {
        "nearest neighbour": labels,
        "bilinear: between labels": np.where(between, INVENTED.label, rounded),
        "rounded: false labels": np.where(changed, INVENTED.label, rounded),
    }
    side = max(1, min(labels.shape) // 4)
    counts = sliding_window_view(between, (side, side)).sum(axis=(2, 3))
    top, left = np.unravel_index(counts.argmax(), counts.shape)
    paint = partial(pictures.paint_mask, classes=WITH_INVENTED)
    whole = [Panel(partial(paint, mask), title) for title, mask in shown.items()]
    windows = [mask[top : top + side, left : left + side] for mask in shown.values()]
    figure = picture_table(
        [whole, [Panel(partial(paint, window)) for window in windows]],
        "A mask resized in three ways, whole and enlarged: nearest neighbour keeps the labels; "
        f"bilinear invents values at {percent(between.mean())} of the pixels; rounded, "
        f"{percent(changed.mean())} of the pixels have another class.",
        largest=240,
        legend=class_patches(WITH_INVENTED),
    )
    for axes in figure.axes[: len(shown)]:
        scale = axes.get_xlim()[1] / labels.shape[1]
        corner, length = (left * scale, top * scale), side * scale
        axes.add_patch(Rectangle(corner, length, length, edgecolor=INK, **FRAME))
    return figure


def plot_overlap(
    mask: ArrayLike,
    prediction: ArrayLike,
    class_name: str = "pet",
    *,
    classes: Classes = PET_CLASSES,
) -> LessonFigure:
    """Draws a class's true pixels, its predicted pixels, and both in one with their IoU.

    Both masks are labels, h×w×1 or h×w, and at least one of them holds the class. Pixels to be
    ignored count in neither.
    """
    true = pictures.read_mask(mask, classes=classes)
    predicted = pictures.read_mask(prediction, "prediction", classes=classes)
    pictures.check_counts(mask=[true], prediction=[predicted])
    names = list(classes.names)
    if not isinstance(class_name, str) or class_name not in names:
        raise ValueError(f"class_name: expected one of {names}, got {quote(class_name)}.")
    label = names.index(class_name)
    judged = true != IGNORED_LABEL
    parts = (true == label) + 2 * ((predicted == label) & judged).astype(np.uint8)
    neither, *only_one, intersection = np.bincount(parts.ravel(), minlength=len(PARTS)).tolist()
    union = parts.size - neither
    if union == 0:
        raise ValueError(f"neither mask has a pixel of {class_name}, so there is no IoU.")
    said = f"IoU {intersection:,} / {union:,} = {intersection / union:.2f}"
    captions = [f"{only + intersection:,} pixels" for only in only_one]
    paint = partial(pictures.paint_mask, classes=PARTS)
    panels = [
        Panel(partial(paint, parts & 1), "true", captions[0]),
        Panel(partial(paint, parts & 2), "predicted", captions[1]),
        Panel(partial(paint, parts), "one over the other", said),
    ]
    alt_text = f"Pixels of {class_name}, true, predicted, and one over the other. {said}."
    return picture_table([panels], alt_text, largest=220, legend=class_patches(PARTS)[1:])


def plot_weight_map(
    image: ArrayLike, mask: ArrayLike, weights: ArrayLike, *, classes: Classes = PET_CLASSES
) -> LessonFigure:
    """Shows a photo, its mask, and the weight that each pixel has in the loss.

    Image and mask are as in `show_pairs`; `weights` are one number for each pixel, h×w or h×w×1.
    """
    photo, labels = pictures.read_image(image), pictures.read_mask(mask, classes=classes)
    _refuse_swapped(mask, weights)
    weights = read_numbers("weights", weights).astype(np.float64).squeeze()
    if weights.ndim != 2 or not np.isfinite(weights).all() or (weights < 0).any():
        expected = "one finite weight of 0 or more for each pixel"
        raise ValueError(f"weights: expected {expected}, got shape {weights.shape}.")
    pictures.check_counts(image=[photo], mask=[labels], weights=[weights])
    present = [one for one in classes if one.label in labels]
    means = [f"{one.name} {weights[labels == one.label].mean():.1f}" for one in present]
    highest = float(weights.max()) or 1.0
    panels = [
        Panel(partial(pictures.resize_photo, photo), "photo"),
        Panel(partial(pictures.paint_mask, labels, classes=classes), "mask"),
        Panel(partial(pictures.paint_values, weights, 0, highest), "weight of each pixel"),
    ]
    alt_text = f"A photo, its mask and the weight of each pixel in the loss: {', '.join(means)}."
    legend, limits = class_patches(classes), (0, highest)
    return picture_table([panels], alt_text, largest=220, legend=legend, colour_range=limits)


def plot_receptive_fields(
    image: ArrayLike, windows: Mapping[str, tuple[int, int, int]]
) -> LessonFigure:
    """Draws which part of a photo single places of feature maps see, as nested squares.

    Where only some are small, a close-up of these stands beside the whole. `windows` go from a
    layer's name to its square: first row, first column, and side in pixels.
    """
    photo = pictures.read_image(image)
    require_mapping("windows", windows, "squares of row, column and side")
    for name, window in windows.items():
        _require_window(name, window, photo)
    if not 0 < len(windows) <= len(LINE_COLOURS):
        raise ValueError(f"expected 1 to {len(LINE_COLOURS)} windows, got {len(windows)}.")
    said = ", ".join(f"{name} {side}×{side}" for name, (_, _, side) in windows.items())
    squares = [
        Bbox.from_bounds(left - 0.5, top - 0.5, side, side) for top, left, side in windows.values()
    ]
    whole = [*squares, Bbox.from_bounds(-0.5, -0.5, *photo.shape[1::-1])]
    small = [square for square in squares if square.width <= CLOSE_UP]
    some = 0 < len(small) < len(squares)
    views = {"close up": small, "all of them": whole} if some else {"": whole}
    alt_text = f"Receptive fields on a photo, in pixels: {said}."
    figure, all_axes = lay_out(400 * len(views), 470, alt_text, list(views))
    for axes, seen in zip(all_axes, views.values(), strict=True):
        axes.imshow(photo, interpolation="nearest")
        bare_axes(axes)
        for square, colour in zip(squares, LINE_COLOURS, strict=False):
            axes.add_patch(Rectangle(square.min, *square.size, edgecolor=colour, **FRAME))
        view = Bbox.union(seen).padded(0.03 * max(Bbox.union(seen).size))
        axes.set(xlim=view.intervalx, ylim=view.intervaly[::-1])
    lines = [
        Line2D([], [], color=colour, linewidth=2.5, label=f"{side}×{side}: {name}")
        for (name, (_, _, side)), colour in zip(windows.items(), LINE_COLOURS, strict=False)
    ]
    add_legend(figure, lines)
    return figure


def _require_window(name: Any, window: Any, photo: np.ndarray) -> None:
    """Raises TypeError or ValueError for what is no square of pixels, or lies outside a photo."""
    if hasattr(window, "window"):
        raise TypeError(
            f"the window of {name!r} must be that of one place, but its whole receptive field "
            "came; write field.window(row, column)."
        )
    square = read_finite(f"the window of {name!r}", window)
    if square.shape != (3,) or square[2] < 1:
        raise ValueError(
            f"the window of {name!r} must be its first row, first column and side in pixels, but "
            f"{say_numbers(square)} came."
        )
    top, left, side = square
    height, width = photo.shape[:2]
    if not (-side < top < height and -side < left < width):
        raise ValueError(
            f"the window of {name!r} must lie on the photo of {height}×{width} pixels, but "
            f"{say_numbers(square)} came."
        )


def _refuse_swapped(mask: Any, weights: Any) -> None:
    """Raises ValueError where weights stand in the place of the mask."""
    kinds = [read_numbers(name, one).dtype.kind for name, one in (("m", mask), ("w", weights))]
    if kinds[0] == "f" and kinds[1] in "iu":
        raise ValueError(
            "expected image, mask and weights in this order, but floats came as mask and whole "
            "numbers as weights; change their places."
        )


class _PhotoTable:
    """Photos, one a row, and beside them columns of what belongs to each."""

    def __init__(self, images: ArrayLike, classes: Classes) -> None:
        require_classes(classes)
        self.photos, self.classes = pictures.read_images(images), classes
        self.columns: dict[str, list[Callable[[int], np.ndarray]]] = {}
        self.add("photo", pictures.resize_photo, self.photos)

    def add(self, title: str, paint: Callable[..., np.ndarray], *lists: list[np.ndarray]) -> None:
        """Adds a column of pictures, each painted from one element of every list."""
        self.columns[title] = [partial(paint, *ones) for ones in zip(*lists, strict=True)]

    def add_masks(
        self, title: str, masks: ArrayLike, name: str, trimap: bool = False, overlay: bool = False
    ) -> list[np.ndarray]:
        """Adds a mask for each photo, true ones called "masks" or a model's; may `overlay` both."""
        classes = self.classes if name == "masks" else self.classes.predicted
        labels = pictures.read_masks(masks, name, trimap=trimap, classes=classes)
        pictures.check_counts(images=self.photos, **{name: labels})
        self.add(title, partial(pictures.paint_mask, classes=classes), labels)
        if overlay:
            paint = partial(pictures.paint_overlay, classes=classes)
            self.add("overlay", paint, self.photos, labels)
        return labels

    def show(
        self, alt_text: str, also: Sequence[Patch] = (), row_names: Sequence[str] | None = None
    ) -> LessonFigure:
        """Lays the columns out, with titles above the first row and the classes in the legend."""
        count = len(self.photos)
        rows = [
            [Panel(paints[row], "" if row else title) for title, paints in self.columns.items()]
            for row in range(count)
        ]
        alt_text = ("One photo" if count == 1 else f"{count} photos") + alt_text
        legend = [*class_patches(self.classes), *also]
        largest = LARGEST_ALONE if count == 1 else LARGEST
        return picture_table(rows, alt_text, largest=largest, row_names=row_names, legend=legend)


def _describe_truth(masks: list[np.ndarray], classes: Classes) -> str:
    shares = np.mean([pictures.label_shares(mask, classes) for mask in masks], axis=0)
    return f"True pixels: {pictures.describe_shares(shares, classes)}."


tell_calls(globals())
