"""From arrays to pictures: reading what a learner passes, and the one place of colouring.

Pure functions of NumPy and Pillow, shared by the figures and the inspector. What they paint is
uint8 h×w×3, its longer side as many pixels as the size asked for. Images come as
uint8 0 to 255 or float [0,1], h×w×3; masks as labels 0, 1, 2, … (or trimap values 1, 2, 3, … where
that is said), h×w or h×w×1; both alone, as a batch, or as a list of pictures of unequal size. What
is something else raises a ValueError of one sentence.
"""

import functools
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

from lessons_lib.arguments import require_classes, say
from lessons_lib.classes import (
    IGNORED_LABEL,
    PET_CLASSES,
    STRIPE_PERIOD,
    STRIPE_WIDTH,
    Classes,
    percent,
    read_colour,
)
from lessons_lib.plots.figure import COLOUR_MAP, ERROR_COLOUR
from lessons_lib.signatures import tell_calls

OVERLAY_OPACITY = 0.55
FEW_CLASSES = 5


def trimap_to_rgb(trimap: ArrayLike) -> np.ndarray:
    """Colours a trimap as the files hold it, 1 to 3, h×w or h×w×1; uint8 h×w×3."""
    return _colour_table(PET_CLASSES)[0, read_mask(trimap, trimap=True)]


def paint_mask(labels: np.ndarray, size: int, *, classes: Classes = PET_CLASSES) -> np.ndarray:
    """Draws labels (uint8 h×w) at the size shown, with stripes."""
    labels = resize_labels(labels, size)
    rows, columns = np.indices(labels.shape)
    rising = (rows + columns) % STRIPE_PERIOD < STRIPE_WIDTH
    falling = (rows - columns) % STRIPE_PERIOD < STRIPE_WIDTH
    return _colour_table(classes)[rising + 2 * falling, labels]


def paint_overlay(
    image: np.ndarray, labels: np.ndarray, size: int, *, classes: Classes = PET_CLASSES
) -> np.ndarray:
    """Lays the classes over a photo (uint8 h×w×3); a background stays clear."""
    photo, painted = resize_photo(image, size), paint_mask(labels, size, classes=classes)
    visible = OVERLAY_OPACITY * resize_labels(labels != classes.background, size)[..., np.newaxis]
    return np.rint(photo * (1 - visible) + painted * visible).astype(np.uint8)


def paint_errors(
    image: np.ndarray, labels: np.ndarray, predicted: np.ndarray, size: int
) -> np.ndarray:
    """Marks the pixels whose predicted label is wrong on a pale grey photo (uint8 h×w×3)."""
    pale = np.rint(120 + 0.5 * resize_photo(image, size).mean(axis=-1, keepdims=True))
    wrong = resize_labels((labels != predicted) & (labels != IGNORED_LABEL), size)
    return np.where(wrong[..., np.newaxis], read_colour(ERROR_COLOUR), pale).astype(np.uint8)


def paint_values(values: np.ndarray, low: float, high: float, size: int) -> np.ndarray:
    """Draws numbers (h×w) in the colours of `COLOUR_MAP`, dark at `low` and light at `high`."""
    colours = COLOUR_MAP((values - low) / (high - low), bytes=True)[..., :3]
    return _resize(colours, size, Image.Resampling.NEAREST)


def resize_photo(image: np.ndarray, size: int) -> np.ndarray:
    """Resizes uint8 h×w×3 smoothly so that its longer side is `size` pixels."""
    return _resize(image, size, Image.Resampling.BICUBIC)


def resize_labels(labels: np.ndarray, size: int) -> np.ndarray:
    """Resizes uint8 or bool by nearest neighbour so that the longer side is `size` pixels."""
    return _resize(labels, size, Image.Resampling.NEAREST)


def read_images(images: ArrayLike, name: str = "images") -> list[np.ndarray]:
    """Reads one image, a batch or a list of them, called `name`, into a list of uint8 h×w×3."""
    pictures = _to_list(images, name, lambda array: array.ndim == 3)
    return [_read_image(picture, name) for picture in pictures]


def read_image(image: ArrayLike, name: str = "image") -> np.ndarray:
    """Reads the one image that a figure shows into uint8 h×w×3; see `read_images`."""
    pictures = read_images(image, name)
    if len(pictures) > 1:
        raise ValueError(f"{name}: expected one picture, got {len(pictures)}: pick one with [0].")
    return pictures[0]


def read_masks(
    masks: ArrayLike, name: str = "masks", *, trimap: bool = False, classes: Classes = PET_CLASSES
) -> list[np.ndarray]:
    """Reads one mask, a batch or a list of them, called `name`, into a list of labels, uint8 h×w.

    With `trimap` the values are 1, 2, 3, … as before ``normalize`` rather than labels.
    """
    singles = _to_list(masks, name, lambda array: array.ndim == 2 or array.shape[2:] == (1,))
    return [read_mask(mask, name, trimap=trimap, classes=classes) for mask in singles]


def read_mask(
    mask: ArrayLike, name: str = "mask", *, trimap: bool = False, classes: Classes = PET_CLASSES
) -> np.ndarray:
    """Reads one mask into labels, uint8 h×w; see `read_masks`."""
    require_classes(classes)
    values = to_array(mask, name)
    if values.ndim == 3 and values.shape[-1] == len(classes):
        raise ValueError(
            f"{name} has shape {values.shape}: {len(classes)} values for each pixel look like "
            "logits; turn them into labels with create_mask first."
        )
    if values.ndim == 3 and values.shape[-1] == 1:
        values = values[..., 0]
    if values.ndim != 2:
        expected = "one label for each pixel, h×w or h×w×1"
        raise ValueError(f"{name}: expected {expected}, got shape {values.shape}.")
    if values.size == 0:
        raise ValueError(f"{name} has no pixels: its shape is {values.shape}.")
    return _read_labels(values, name, trimap, classes)


def to_array(values: ArrayLike, name: str) -> np.ndarray:
    """Reads whatever holds numbers into an array; ValueError where it holds none, or NaN."""
    try:
        array = np.asarray(values)
    except ValueError as problem:
        raise ValueError(f"{name}: expected an array of numbers, got unequal rows.") from problem
    except Exception as problem:  # of other libraries' tensors, each has its own
        raise ValueError(f"{name}: expected an array, but {say(values)} came.") from problem
    if np.ma.is_masked(values):
        raise ValueError(f"{name}: expected an array of numbers, but {say(values)} came.")
    if array.dtype.kind not in "biuf":
        kind = f"{type(values).__name__} of dtype {array.dtype}"
        raise ValueError(f"{name}: expected an array of numbers, got {kind}.")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise ValueError(f"{name} contains NaN or infinity: look at what made them.")
    return array.astype(np.uint8) if array.dtype == bool else array


def check_counts(**pictures: list[np.ndarray]) -> None:
    """Raises ValueError unless all lists are equally long and pictures in step equally large."""
    (first_name, first), *others = pictures.items()
    for name, other in others:
        if len(other) != len(first):
            raise ValueError(
                f"{first_name} and {name} belong together one by one, "
                f"but there are {len(first)} {first_name} and {len(other)} {name}."
            )
        for index, (one, two) in enumerate(zip(first, other, strict=True)):
            if one.shape[:2] != two.shape[:2]:
                raise ValueError(
                    f"{first_name}[{index}] is {one.shape[0]}×{one.shape[1]} pixels, but "
                    f"{name}[{index}] is {two.shape[0]}×{two.shape[1]}: resize them together."
                )


def label_shares(labels: np.ndarray, classes: Classes = PET_CLASSES) -> np.ndarray:
    """Returns each class's share of the pixels that are counted, float64 (C,)."""
    counts = np.bincount(labels.ravel(), minlength=len(classes))[: len(classes)]
    return counts / max(1, counts.sum())


def describe_shares(shares: np.ndarray, classes: Classes = PET_CLASSES) -> str:
    """Says shares: ``pet 31 %, background 57 %, border 12 %``; of many classes those that occur."""
    return ", ".join(
        f"{name} {percent(share)}"
        for name, share in zip(classes.names, shares, strict=True)
        if share or len(classes) <= FEW_CLASSES
    )


@functools.cache
def _colour_table(classes: Classes) -> np.ndarray:
    """Returns each label's colour by stripes (0 none, 1 rising, 2 falling, 3 both), 4×256×3."""
    table = np.zeros((4, IGNORED_LABEL + 1, 3), np.uint8)
    for one in classes.drawn:
        for stripes in range(4):
            table[stripes, one.label] = one.stripe_rgb if stripes & one.stripes else one.rgb
    return table


def _resize(picture: np.ndarray, size: int, resampling: Image.Resampling) -> np.ndarray:
    height, width = picture.shape[:2]
    scale = size / max(height, width)
    new_size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(Image.fromarray(picture).resize(new_size, resampling))


def _to_list(pictures: ArrayLike, name: str, is_single: Callable[[np.ndarray], bool]) -> list:
    """Splits a batch into pictures; a single picture becomes a list of one."""
    if not isinstance(pictures, Sequence):
        pictures = to_array(pictures, name)
        if is_single(pictures):
            pictures = pictures[np.newaxis]
        if not pictures.ndim:
            raise ValueError(f"{name}: expected pictures, but the number {pictures} came.")
    if len(pictures) == 0:
        raise ValueError(f"{name} is empty: pass at least one.")
    return list(pictures)


def _read_image(image: ArrayLike, name: str) -> np.ndarray:
    values = to_array(image, name)
    if values.ndim != 3 or values.shape[-1] != 3 or values.size == 0:
        raise ValueError(
            f"{name}: expected colour pictures, h×w×3 or N×h×w×3, got one of shape {values.shape}."
        )
    lowest, highest = values.min(), values.max()
    got = f"got {lowest:.3g} to {highest:.3g}"
    if np.issubdtype(values.dtype, np.integer):
        if lowest < 0 or highest > 255:
            raise ValueError(f"{name}: whole numbers must run from 0 to 255, {got}.")
        return values.astype(np.uint8)
    # Antialiased resizing may overshoot a little; -1 or 255 is another range, not an overshoot.
    if lowest < -0.1 or highest > 1.1:
        advice = "bring them to [0,1] (divide by 255 if they run to 255) or pass uint8"
        raise ValueError(f"{name}: floats must run from 0 to 1, {got}; {advice}.")
    return np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)


def _read_labels(values: np.ndarray, name: str, trimap: bool, classes: Classes) -> np.ndarray:
    """Checks that all values are labels (or trimap values); returns labels as uint8."""
    present, count = np.unique(values), len(classes)
    broken = present[present % 1 != 0]
    if broken.size:
        advice = "resize masks with nearest neighbour"
        raise ValueError(f"{name} holds {broken[0]:.3g}, which is between two labels: {advice}.")
    first, ignored = (1, 0) if trimap else (0, IGNORED_LABEL)  # before normalize and behind it
    expected = {one.label + first for one in classes}
    if classes.ignore_class is not None:
        expected.add(ignored)
    strange = [int(value) for value in present if value not in expected]
    if not strange:
        return np.where(values == ignored, IGNORED_LABEL, values - first).astype(np.uint8)
    if trimap:
        labels = f"labels 0 to {count - 1} are shown without trimap=True"
        raise ValueError(
            f"{name}: expected trimap values {', '.join(map(str, sorted(expected)))}, "
            f"got also {strange[:5]}; {labels if strange == [0] else 'see its file'}."
        )
    if strange == [count] and 0 not in present:
        raise ValueError(
            f"{name} holds trimap values 1 to {count} where labels 0 to {count - 1} are expected: "
            "call normalize first, or pass trimap=True where that is offered."
        )
    raise ValueError(
        f"{name}: expected labels 0 to {count - 1} ({', '.join(classes.names)}), "
        f"got also {strange[:5]}{'; pass classes= for others' if classes is PET_CLASSES else ''}."
    )


tell_calls(globals())
