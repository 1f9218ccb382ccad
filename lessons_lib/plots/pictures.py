"""From arrays to pictures: reading what a learner passes, and the one place of colouring.

Pure functions of NumPy and Pillow, shared by the figures and the inspector. What they paint is
uint8 h×w×3, its longer side as many pixels as the size asked for. Images come as
uint8 0 to 255 or float [0,1], h×w×3; masks as labels 0 to 2 (or trimap values 1 to 3 where
that is said), h×w or h×w×1; both alone, as a batch, or as a list of pictures of unequal size.
"""

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.colors import to_rgb
from numpy.typing import ArrayLike
from PIL import Image

from lessons_lib.classes import (
    CLASS_NAMES,
    CLASSES,
    NUM_CLASSES,
    STRIPE_DARKNESS,
    STRIPE_PERIOD,
    STRIPE_WIDTH,
    percent,
)
from lessons_lib.plots.figure import COLOUR_MAP, ERROR_COLOUR

OVERLAY_OPACITY = 0.55

_CLASS_COLOURS = np.array([pet_class.rgb for pet_class in CLASSES], dtype=np.uint8)
_HATCHED = np.array([bool(pet_class.hatch) for pet_class in CLASSES])


def mask_to_rgb(mask: ArrayLike) -> np.ndarray:
    """Colours a mask: each class its fixed colour from ``lessons_lib.classes``.

    Args:
        mask: labels 0 to 2, h×w or h×w×1.

    Returns:
        uint8 h×w×3.

    Raises:
        ValueError: the mask has another rank, or values that are no labels.

    >>> mask_to_rgb([[0, 1, 2]]).tolist()
    [[[0, 114, 178], [230, 230, 230], [230, 159, 0]]]
    """
    return _CLASS_COLOURS[read_mask(mask)]


def trimap_to_rgb(trimap: ArrayLike) -> np.ndarray:
    """Colours a trimap as the files hold it, before ``normalize``.

    Args:
        trimap: values 1 to 3, h×w or h×w×1.

    Returns:
        uint8 h×w×3, the same colours as those of ``mask_to_rgb``.

    Raises:
        ValueError: the trimap has another rank, or values other than 1, 2 and 3.

    >>> trimap_to_rgb([[1, 2, 3]]).tolist() == mask_to_rgb([[0, 1, 2]]).tolist()
    True
    """
    return _CLASS_COLOURS[read_mask(trimap, trimap=True)]


def paint_mask(labels: np.ndarray, size: int) -> np.ndarray:
    """Draws labels (uint8 h×w) at the size shown, the border striped; uint8, longer side `size`."""
    labels = resize_labels(labels, size)
    return _darken_stripes(_CLASS_COLOURS[labels], labels)


def paint_overlay(image: np.ndarray, labels: np.ndarray, size: int) -> np.ndarray:
    """Lays pet and striped border over a photo (uint8 h×w×3); the background stays clear."""
    photo, painted = resize_photo(image, size), paint_mask(labels, size)
    is_shown = resize_labels(labels, size) != CLASS_NAMES.index("background")
    visible = OVERLAY_OPACITY * is_shown[..., np.newaxis]
    return np.rint(photo * (1 - visible) + painted * visible).astype(np.uint8)


def paint_errors(
    image: np.ndarray, labels: np.ndarray, predicted: np.ndarray, size: int
) -> np.ndarray:
    """Marks the pixels whose predicted label is wrong on a pale grey photo (uint8 h×w×3)."""
    pale = np.rint(120 + 0.5 * resize_photo(image, size).mean(axis=-1)).astype(np.uint8)
    return mark_pixels(np.stack([pale] * 3, axis=-1), labels != predicted, ERROR_COLOUR)


def paint_values(values: np.ndarray, low: float, high: float, size: int) -> np.ndarray:
    """Draws numbers (h×w) in the colours of `COLOUR_MAP`, dark at `low` and light at `high`."""
    colours = COLOUR_MAP((values - low) / (high - low), bytes=True)[..., :3]
    return _resize(colours, size, Image.Resampling.NEAREST)


def mark_pixels(picture: np.ndarray, marks: np.ndarray, colour: str) -> np.ndarray:
    """Colours the marked pixels (bool, of the picture before it was resized) in a picture."""
    is_marked = resize_labels(marks.astype(np.uint8), max(picture.shape[:2])).astype(bool)
    return np.where(
        is_marked[..., np.newaxis], np.uint8(np.rint(255 * np.array(to_rgb(colour)))), picture
    )


def resize_photo(image: np.ndarray, size: int) -> np.ndarray:
    """Resizes uint8 h×w×3 smoothly so that its longer side is `size` pixels."""
    return _resize(image, size, Image.Resampling.BICUBIC)


def resize_labels(labels: np.ndarray, size: int) -> np.ndarray:
    """Resizes uint8 h×w by nearest neighbour so that its longer side is `size` pixels."""
    return _resize(labels, size, Image.Resampling.NEAREST)


def read_images(images: ArrayLike, name: str = "images") -> list[np.ndarray]:
    """Reads one image, a batch or a list of them into a list of uint8 h×w×3.

    Args:
        images: uint8 0 to 255 or float [0,1]; h×w×3, N×h×w×3, or a sequence of h×w×3.
        name: what the sentences of error call them.

    Raises:
        ValueError: none at all, another rank, NaN, or values out of range.
    """
    pictures = _to_list(images, name, lambda array: array.ndim == 3)
    return [_read_image(picture, name) for picture in pictures]


def read_image(image: ArrayLike, name: str = "image") -> np.ndarray:
    """Reads the one image that a figure shows into uint8 h×w×3; see `read_images`."""
    pictures = read_images(image, name)
    if len(pictures) > 1:
        raise ValueError(f"{name}: expected one picture, got {len(pictures)}: pick one with [0].")
    return pictures[0]


def read_masks(masks: ArrayLike, name: str = "masks", *, trimap: bool = False) -> list[np.ndarray]:
    """Reads one mask, a batch or a list of them into a list of labels, uint8 h×w.

    Args:
        masks: labels; h×w, h×w×1, N×h×w, N×h×w×1, or a sequence of masks.
        name: what the sentences of error call them.
        trimap: whether the values are the files' 1 to 3 rather than labels 0 to 2.

    Raises:
        ValueError: none at all, another rank, or values that are no labels.
    """
    singles = _to_list(masks, name, lambda array: array.ndim == 2 or array.shape[2:] == (1,))
    return [read_mask(mask, name, trimap=trimap) for mask in singles]


def read_mask(mask: ArrayLike, name: str = "mask", *, trimap: bool = False) -> np.ndarray:
    """Reads one mask into labels, uint8 h×w; see `read_masks`."""
    values = to_array(mask, name)
    if values.ndim == 3 and values.shape[-1] == NUM_CLASSES:
        raise ValueError(
            f"{name} has shape {values.shape}: {NUM_CLASSES} values for each pixel look like "
            "logits; turn them into labels with create_mask first."
        )
    if values.ndim == 3 and values.shape[-1] == 1:
        values = values[..., 0]
    if values.ndim != 2:
        raise ValueError(
            f"{name}: expected one label for each pixel, h×w or h×w×1, got shape {values.shape}."
        )
    if values.size == 0:
        raise ValueError(f"{name} has no pixels: its shape is {values.shape}.")
    return _read_labels(values, name, trimap)


def to_array(values: ArrayLike, name: str) -> np.ndarray:
    """Reads whatever holds numbers into an array; ValueError where it holds none, or NaN."""
    try:
        array = np.asarray(values)
    except ValueError as problem:
        raise ValueError(f"{name}: expected an array of numbers, got unequal rows.") from problem
    if array.dtype == bool:
        array = array.astype(np.uint8)
    if not np.issubdtype(array.dtype, np.number) or np.issubdtype(array.dtype, np.complexfloating):
        raise ValueError(
            f"{name}: expected an array of numbers, got {type(values).__name__} "
            f"of dtype {array.dtype}."
        )
    if np.issubdtype(array.dtype, np.floating) and not np.isfinite(array).all():
        raise ValueError(f"{name} contains NaN or infinity: look at what made them.")
    return array


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


def label_shares(labels: np.ndarray) -> np.ndarray:
    """Returns each class's share of the pixels, float64 (3,)."""
    return np.bincount(labels.ravel(), minlength=NUM_CLASSES) / labels.size


def describe_shares(shares: np.ndarray) -> str:
    """Says shares in whole percent: ``pet 31 %, background 57 %, border 12 %``."""
    return ", ".join(
        f"{name} {percent(share)}" for name, share in zip(CLASS_NAMES, shares, strict=True)
    )


def _darken_stripes(colours: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Stripes the classes that have a hatch, so that they are told apart in greyscale."""
    rows, columns = np.indices(labels.shape)
    stripes = (rows + columns) % STRIPE_PERIOD < STRIPE_WIDTH
    darkness = STRIPE_DARKNESS * (stripes & _HATCHED[labels])[..., np.newaxis]
    return np.rint(colours * (1 - darkness)).astype(np.uint8)


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
    if np.issubdtype(values.dtype, np.integer):
        if lowest < 0 or highest > 255:
            raise ValueError(
                f"{name}: whole numbers must run from 0 to 255, got {lowest} to {highest}."
            )
        return values.astype(np.uint8)
    # Antialiased resizing may overshoot a little; -1 or 255 is another range, not an overshoot.
    if lowest < -0.1 or highest > 1.1:
        raise ValueError(
            f"{name}: floats must run from 0 to 1, got {lowest:.3g} to {highest:.3g}; "
            "bring them to [0,1] (divide by 255 if they run to 255) or pass uint8."
        )
    return np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)


def _read_labels(values: np.ndarray, name: str, trimap: bool) -> np.ndarray:
    """Checks that all values are labels (or trimap values); returns labels as uint8."""
    present = np.unique(values)
    broken = present[present != np.rint(present)]
    if broken.size:
        raise ValueError(
            f"{name} holds {broken[0]:.3g}, which is between two labels: "
            "resize masks with nearest neighbour."
        )
    expected = [pet_class.trimap_value if trimap else pet_class.label for pet_class in CLASSES]
    strange = [int(value) for value in present if value not in expected]
    if not strange:
        return (values - expected[0]).astype(np.uint8)
    if trimap:
        advice = "labels 0 to 2 are shown without trimap=True" if strange == [0] else "see its file"
        raise ValueError(f"{name}: expected trimap values 1, 2, 3, got also {strange}; {advice}.")
    if strange == [NUM_CLASSES] and 0 not in present:
        raise ValueError(
            f"{name} holds trimap values 1 to 3 where labels 0 to 2 are expected: "
            "call normalize first, or pass trimap=True where that is offered."
        )
    raise ValueError(
        f"{name}: expected labels 0 to {NUM_CLASSES - 1} ({', '.join(CLASS_NAMES)}), "
        f"got also {strange[:5]}."
    )
