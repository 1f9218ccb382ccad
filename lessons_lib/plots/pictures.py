"""From arrays to pictures: reading what a learner passes, and the one place of colouring.

Pure functions of NumPy and Pillow, shared by the figures and the inspector. Images come as
uint8 0 to 255 or float [0,1], h×w×3; masks as labels 0 to 2 (or trimap values 1 to 3 where
that is said), h×w or h×w×1; both alone, as a batch, or as a list of pictures of unequal size.
"""

from collections.abc import Sequence

import numpy as np
from matplotlib.colors import to_rgb
from PIL import Image

from lessons_lib.classes import CLASS_NAMES, CLASSES, NUM_CLASSES
from lessons_lib.plots.figure import ERROR_COLOUR, percent

OVERLAY_OPACITY = 0.55
STRIPE_PERIOD = 6
STRIPE_WIDTH = 2
STRIPE_DARKNESS = 0.45

_CLASS_COLOURS = np.array([pet_class.rgb for pet_class in CLASSES], dtype=np.uint8)
_HATCHED = np.array([bool(pet_class.hatch) for pet_class in CLASSES])
_ERROR_RGB = np.array(to_rgb(ERROR_COLOUR)) * 255


def mask_to_rgb(mask) -> np.ndarray:
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


def trimap_to_rgb(trimap) -> np.ndarray:
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


def paint_overlay(
    image: np.ndarray, labels: np.ndarray, size: int, opacity: float = OVERLAY_OPACITY
) -> np.ndarray:
    """Lays pet and striped border over the photo; the background stays transparent.

    Args:
        image: uint8 h×w×3.
        labels: uint8 h×w.
        size: longer side of the result, in pixels.
        opacity: 0 shows the photo alone, 1 hides it under pet and border.

    Returns:
        uint8, longer side `size`.
    """
    photo = resize_photo(image, size).astype(np.float32)
    labels = resize_labels(labels, size)
    colours = _darken_stripes(_CLASS_COLOURS[labels], labels)
    visible = opacity * (labels != CLASS_NAMES.index("background"))[..., np.newaxis]
    return np.rint(photo * (1 - visible) + colours * visible).astype(np.uint8)


def paint_errors(
    image: np.ndarray, labels: np.ndarray, predicted: np.ndarray, size: int, opacity: float = 1.0
) -> np.ndarray:
    """Marks the pixels whose predicted label is wrong on a pale grey photo.

    Args:
        image: uint8 h×w×3.
        labels: true labels, uint8 h×w.
        predicted: predicted labels, uint8 h×w.
        size: longer side of the result, in pixels.
        opacity: of the marks, 0 to 1.

    Returns:
        uint8, longer side `size`.
    """
    grey = resize_photo(image, size).mean(axis=-1, keepdims=True)
    pale = np.repeat(120 + grey * 0.5, 3, axis=-1)
    wrong = resize_labels((labels != predicted).astype(np.uint8), size)[..., np.newaxis]
    visible = opacity * wrong
    return np.rint(pale * (1 - visible) + _ERROR_RGB * visible).astype(np.uint8)


def resize_photo(image: np.ndarray, size: int) -> np.ndarray:
    """Resizes uint8 h×w×3 smoothly so that its longer side is `size` pixels."""
    return _resize(image, size, Image.Resampling.BICUBIC)


def resize_labels(labels: np.ndarray, size: int) -> np.ndarray:
    """Resizes uint8 h×w by nearest neighbour so that its longer side is `size` pixels."""
    return _resize(labels, size, Image.Resampling.NEAREST)


def read_images(images, name: str = "images") -> list[np.ndarray]:
    """Reads one image, a batch or a list of them into a list of uint8 h×w×3.

    Args:
        images: uint8 0 to 255 or float [0,1]; h×w×3, N×h×w×3, or a sequence of h×w×3.
        name: what the sentences of error call them.

    Raises:
        ValueError: none at all, another rank, NaN, or values out of range.
    """
    pictures = _to_list(images, name, single_rank=3)
    return [_read_image(picture, name) for picture in pictures]


def read_image(image, name: str = "image") -> np.ndarray:
    """Reads the one image that a figure shows into uint8 h×w×3; see `read_images`."""
    pictures = read_images(image, name)
    if len(pictures) > 1:
        raise ValueError(f"{name}: expected one picture, got {len(pictures)}: pick one with [0].")
    return pictures[0]


def read_masks(masks, name: str = "masks", *, trimap: bool = False) -> list[np.ndarray]:
    """Reads one mask, a batch or a list of them into a list of labels, uint8 h×w.

    Args:
        masks: labels; h×w, h×w×1, N×h×w, N×h×w×1, or a sequence of masks.
        name: what the sentences of error call them.
        trimap: whether the values are the files' 1 to 3 rather than labels 0 to 2.

    Raises:
        ValueError: none at all, another rank, or values that are no labels.
    """
    if not isinstance(masks, Sequence):
        masks = _to_array(masks, name)
        if masks.ndim == 2 or (masks.ndim == 3 and masks.shape[-1] == 1):
            masks = masks[np.newaxis]
    if len(masks) == 0:
        raise ValueError(f"{name} is empty: pass at least one.")
    return [read_mask(mask, name, trimap=trimap) for mask in masks]


def read_mask(mask, name: str = "mask", *, trimap: bool = False) -> np.ndarray:
    """Reads one mask into labels, uint8 h×w; see `read_masks`."""
    values = _to_array(mask, name)
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


def check_counts(**pictures: list) -> None:
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


def describe_shares(shares) -> str:
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


def _to_array(values, name: str) -> np.ndarray:
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


def _to_list(pictures, name: str, single_rank: int) -> list:
    """Splits a batch into pictures; a single picture becomes a list of one."""
    if not isinstance(pictures, Sequence):
        pictures = _to_array(pictures, name)
        if pictures.ndim == single_rank:
            pictures = pictures[np.newaxis]
    if len(pictures) == 0:
        raise ValueError(f"{name} is empty: pass at least one.")
    return list(pictures)


def _read_image(image, name: str) -> np.ndarray:
    values = _to_array(image, name)
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
