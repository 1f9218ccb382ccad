"""What a beginner passes instead of batches or examples, said in one sentence.

Shapes and dtypes of a tf.data set are known before its first element, so they cost nothing to look
at. Values are looked at on their way to the model, see ``find_strange_values``.
"""

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from lessons_lib.arguments import find_strange_labels, read_numbers, say
from lessons_lib.quiet import keras, tf

# Wider than [0, 1], since noise and resizing overshoot; far from 255 and from [-1, 1].
LOWEST_LEVEL, HIGHEST_LEVEL = -0.5, 1.5
LIKE_A_BATCH = "images float32 [0, 1] N×H×W×3 and masks of integer labels N×H×W×1"


def require_examples(function: str, examples: Any) -> None:
    """Raises TypeError for what is no tf.data set of single examples, ValueError for odd ones.

    Args:
        function: that needs them.
        examples: what came.
    """
    if not isinstance(examples, tf.data.Dataset):
        hint = "write pets.train or pets.test" if _are_pets(examples) else "take such as pets.train"
        raise TypeError(
            f"{function} needs a tf.data set of examples, but {say(examples)} came; {hint}."
        )
    spec = examples.element_spec
    if not isinstance(spec, dict) or not {"image", "segmentation_mask"} <= spec.keys():
        hint = "; these are batches already" if isinstance(spec, tuple) else ""
        raise TypeError(
            f"{function} needs examples with 'image' and 'segmentation_mask', as load_pets gives "
            f"them, but {_say_spec(spec)} came{hint}."
        )
    problem = find_strange_example(spec["image"], spec["segmentation_mask"])
    if problem:
        raise ValueError(f"{function}: {problem}")


def find_strange_example(image: Any, mask: Any) -> str | None:
    """Says what is wrong with the shapes and dtypes of an example; None where nothing is."""
    if image.dtype != tf.uint8 or not _fits(image.shape, (None, None, 3)):
        return (
            f"an image must be uint8 h×w×3 with values 0 to 255, but {_say_one(image)} came; "
            "give single pictures as they were read."
        )
    if not mask.dtype.is_integer or not _fits(mask.shape, (None, None, 1)):
        return (
            f"a mask must hold integers, h×w×1, but {_say_one(mask)} came; "
            "give it as it was read, with one channel."
        )
    if not image.shape[:2].is_compatible_with(mask.shape[:2]):
        return (
            f"image and mask must be equally large, but {image.shape[0]}×{image.shape[1]} and "
            f"{mask.shape[0]}×{mask.shape[1]} pixels came."
        )
    return None


def count_known(name: str, batches: Any) -> int:
    """Returns how many elements a set has.

    Raises:
        ValueError: none, no end, or a number that is not known.
    """
    count = int(batches.cardinality())
    if count == tf.data.INFINITE_CARDINALITY:
        raise ValueError(
            f"{name} has no end (it was repeated), so no epoch would end; leave .repeat() out, "
            "as make_batches does."
        )
    if count == 0:
        raise ValueError(f"{name} is empty: there is nothing to learn from.")
    if count < 0:
        raise ValueError(
            f"{name} does not say how many batches it has (a filter or a generator?); tell it "
            "with .apply(tf.data.experimental.assert_cardinality(count))."
        )
    return count


def require_counted(function: str, values: Any) -> None:
    """Raises TypeError for what cannot be gone through, ValueError for what has no end.

    Args:
        function: that goes through all of it.
        values: an array, a list, a tf.data set or another iterable.
    """
    if _are_pets(values):
        raise TypeError(
            f"{function} takes one set of pictures, but all pets came; write such as pets.train."
        )
    if isinstance(values, tf.data.Dataset):
        if int(values.cardinality()) == tf.data.INFINITE_CARDINALITY:
            raise ValueError(
                f"{function} takes a set that ends, but this one was repeated without end; leave "
                ".repeat() out, or write .take(count) behind it."
            )
    elif (
        isinstance(values, str | bytes | dict | type)
        or not hasattr(values, "__iter__")
        or isinstance(values, keras.KerasTensor | itertools.count | itertools.cycle)
    ):
        raise TypeError(
            f"{function} takes a set of pictures, but {say(values)} came; give it such as "
            "make_batches(pets.train)."
        )


def require_batches(name: str, batches: Any, *, weighted: bool = True) -> None:
    """Raises TypeError for what is no tf.data set of batches, ValueError for odd ones.

    Args:
        name: of the argument.
        batches: what came.
        weighted: whether a third part, sample weights, may come.
    """
    if not isinstance(batches, tf.data.Dataset):
        hint = "make them by make_batches"
        if _are_pets(batches):
            hint = "write make_batches(pets.train)"
        elif hasattr(batches, "compiled"):
            hint = "the model comes first, then the batches"
        raise TypeError(
            f"{name} must be a tf.data set of batches (images, masks), but {say(batches)} came; "
            f"{hint}."
        )
    spec = batches.element_spec
    parts = (2, 3) if weighted else (2,)
    if not isinstance(spec, tuple) or len(spec) not in parts:
        hint = "pass them through make_batches" if isinstance(spec, dict) else "map them to pairs"
        if isinstance(spec, tuple) and len(spec) == 3:
            hint = "they have weights already"
        raise TypeError(
            f"{name} must hold pairs (images, masks), but {_say_spec(spec)} came; {hint}."
        )
    problem = _find_strange_pair(*spec)
    if problem:
        raise ValueError(f"{name}: {problem}")


def _find_strange_pair(images: Any, masks: Any, weights: Any = None) -> str | None:
    """Says what is wrong with the shapes and dtypes of batches; None where nothing is."""
    if not all(isinstance(one, tf.TensorSpec) for one in (images, masks)):
        return f"expected {LIKE_A_BATCH}, but {_say_spec((images, masks))} came."
    if None in (images.shape.rank, masks.shape.rank):
        return (
            f"expected {LIKE_A_BATCH}, but their shapes are unknown; tell them in a map, by "
            "tf.ensure_shape(images, (None, 128, 128, 3)) and the like for masks."
        )
    if _looks_like_masks(images) and not _looks_like_masks(masks):
        return f"expected {LIKE_A_BATCH}, but they came the other way round: swap them."
    if images.shape.rank == 3 and masks.shape.rank in (2, 3):
        return f"expected {LIKE_A_BATCH}, but single pictures came; write .batch(32) behind them."
    if not images.dtype.is_floating:
        return (
            f"images must be float32 from 0 to 1, but {_say_one(images)} came; "
            "pass them through normalize, as make_batches does."
        )
    if not _fits(images.shape, (None, None, None, None)):
        return f"images must be batches N×H×W×3, but {_say_one(images)} came."
    if not masks.dtype.is_integer:
        return (
            f"masks must hold integer labels, but {_say_one(masks)} came; resize masks by nearest "
            "neighbour, and make them integers by tf.cast(masks, tf.uint8)."
        )
    if not _fits(masks.shape, (None, None, None, 1)):
        hint = "add the channel by masks[..., tf.newaxis]"
        if masks.shape.rank == 4:
            hint = "of one-hot masks take tf.argmax(masks, -1)[..., tf.newaxis], of RGB one channel"
        return f"masks must be labels N×H×W×1, but {_say_one(masks)} came; {hint}."
    if not _fits(images.shape[1:3], masks.shape[1:3]):
        return (
            f"images and masks must be equally large, but {_say_one(images)} and "
            f"{_say_one(masks)} came; resize both to one size."
        )
    if weights is None:
        return None
    if not _fits(weights.shape, masks.shape[:3]) or not (
        weights.dtype.is_floating or weights.dtype.is_integer
    ):
        return (
            f"sample weights must be N×H×W, one for each pixel, but {_say_one(weights)} came; "
            "weighted_batches makes them."
        )
    return None


def require_images_fit(
    name: str, batches: tf.data.Dataset | np.ndarray, model: keras.Model
) -> None:
    """Raises ValueError where a model takes images of another shape than batches or one batch."""
    spec: Any = getattr(batches, "element_spec", None)
    images: Any = batches if spec is None else spec[0]
    expected = model.input_shape[1:]
    if not _fits(images.shape[1:], expected):
        size = "×".join("any" if side is None else str(side) for side in expected)
        raise ValueError(
            f"{name}: the model takes images N×{size}, but {_say_one(images)} came; give "
            "make_batches and build_encoder the same image_size."
        )


def read_batches(
    name: str, batches: tf.data.Dataset, num_classes: int, ignore_class: int | None
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Gives the images and masks of each batch as arrays; raises ValueError for strange values."""
    for images, masks, *_ in batches:
        pair = images.numpy(), masks.numpy()
        problem = find_strange_values(name, *pair, (), num_classes, ignore_class)
        if problem:
            raise ValueError(problem)
        yield pair


def find_strange_values(
    name: str,
    images: np.ndarray,
    masks: np.ndarray,
    weights: Any,
    num_classes: int,
    ignore_class: int | None,
) -> str | None:
    """Says which values of a batch no model can learn from; None where all are as they should be.

    Args:
        name: of the batches.
        images: float N×H×W×3.
        masks: integers N×H×W×1.
        weights: one for each pixel, or empty.
        num_classes: how many classes the model knows.
        ignore_class: the label of pixels that are not counted, if there are any.
    """
    problem = find_strange_images(name, images)
    if problem:
        return problem
    if not images.size:
        return f"{name}: a batch holds no picture; leave it out, or look at what emptied it."
    if images.shape[:3] != masks.shape[:3]:
        return (
            f"{name}: images and masks must be equally large, but {say(images)} and {say(masks)} "
            "came; resize both to one size."
        )
    if np.size(weights) and not 0 <= np.min(weights) <= np.max(weights) < np.inf:  # NaN neither
        return f"{name}: sample weights must be finite numbers of at least 0, and some are not."
    return find_strange_labels(f"{name}: masks", masks, num_classes, ignore_class)


def find_strange_images(name: str, images: np.ndarray) -> str | None:
    """Says that images hold NaN, or levels far outside [0, 1]; None where they do not."""
    if not images.size:
        return None
    low, high = images.min(), images.max()
    if not (np.isfinite(low) and np.isfinite(high)):
        return f"{name}: images hold NaN or infinity; look at what made them."
    if low < LOWEST_LEVEL or high > HIGHEST_LEVEL:
        return (
            f"{name}: images must run from 0 to 1, but came from {low:.3g} to {high:.3g}; divide "
            "by 255 what runs to 255, and leave [-1, 1] to the encoder."
        )
    return None


def require_masks_and_logits(masks: Any, logits: Any, ignore_class: int | None) -> None:
    """Raises TypeError or ValueError for what no loss or metric can compare.

    Args:
        masks: labels N×H×W×1; outside a graph their values are looked at, too.
        logits: N×H×W×C.
        ignore_class: the label of pixels that are not counted, if there are any.
    """
    for name, value in (("masks", masks), ("logits", logits)):
        _require_numeric(name, value)
    if isinstance(masks, keras.KerasTensor) != isinstance(logits, keras.KerasTensor):
        raise TypeError(
            f"masks and logits must both hold numbers, but {say(masks)} and {say(logits)} came; "
            "one of them is the input of a model, without values."
        )
    shapes = tf.TensorShape(masks.shape), tf.TensorShape(logits.shape)
    fits = shapes[0].rank is None or (
        shapes[0].rank == 4
        and shapes[0][-1] in (1, None)
        and shapes[0][:-1].is_compatible_with(shapes[1][:-1])
    )
    if not fits:
        raise ValueError(
            "The loss needs masks of labels N×H×W×1 and logits N×H×W×C, masks first, but the "
            f"shapes {_as_tuple(shapes[0])} and {_as_tuple(shapes[1])} came."
        )
    if _is_symbolic(masks):
        return
    labels = np.asarray(masks)
    if not (labels == np.rint(labels)).all():
        raise ValueError("The loss needs masks of integer labels, but numbers in between came.")
    strange = find_strange_labels("masks", labels.astype(int), shapes[1][-1], ignore_class)
    if strange:
        raise ValueError(strange)


def require_pixel_weights(weights: Any, masks: Any) -> None:
    """Raises TypeError or ValueError unless there is a weight for each pixel, or one for all."""
    if weights is None:
        return
    if isinstance(weights, int | float):
        weights = np.asarray(weights)
    _require_numeric("sample weights", weights)
    shape, pixels = tf.TensorShape(weights.shape), tf.TensorShape(masks.shape)[:-1]
    alike = (pixels, pixels.concatenate([1])) if pixels.rank is not None else (pixels,)
    if shape.rank != 0 and not any(shape.is_compatible_with(one) for one in alike):
        raise ValueError(
            f"sample weights must be N×H×W, one for each pixel, but {_say_one(weights)} came; "
            "add_sample_weights makes them."
        )
    if not _is_symbolic(weights):
        values = np.asarray(weights)
        if not ((values >= 0) & np.isfinite(values)).all():
            raise ValueError("sample weights must be finite numbers of at least 0.")


def _require_numeric(name: str, value: Any) -> None:
    """Raises TypeError for what has no shape, or holds no numbers; symbols pass."""
    if isinstance(value, keras.KerasTensor):
        return
    if not hasattr(value, "shape"):
        raise TypeError(
            f"An array of {name} is expected, masks come before logits, but {say(value)} came."
        )
    require_known_tensor(name, value)
    if getattr(value, "dtype", None) == tf.string:
        raise TypeError(f"{name} must hold numbers, but {say(value)} came.")


def _is_symbolic(value: Any) -> bool:
    return isinstance(value, keras.KerasTensor) or tf.is_symbolic_tensor(value)


def _as_tuple(shape: tf.TensorShape) -> tuple | str:
    return tuple(shape) if shape.rank is not None else "unknown"


def require_known_tensor(name: str, value: Any) -> None:
    """Raises TypeError for what holds no numbers; a tensor inside a tf.data map does."""
    if isinstance(value, tf.RaggedTensor | tf.SparseTensor):
        raise TypeError(f"{name} must be an array in rows of equal length, but a ragged one came.")
    if not tf.is_tensor(value):
        read_numbers(name, value)


def read_images(name: str, images: Any, model: keras.Model | None = None) -> np.ndarray:
    """Returns a batch of images as an array.

    Args:
        name: of the argument.
        images: what came.
        model: that is to take them, if its size matters.

    Raises:
        TypeError: no array.
        ValueError: another dtype or shape, NaN, or levels far outside [0, 1].
    """
    if hasattr(images, "element_spec"):
        raise TypeError(
            f"{name} must be an array of images, but a tf.data set came; take the images of one "
            "batch: images, masks = next(batches.as_numpy_iterator())."
        )
    try:
        values = np.asarray(images)
        held = values.dtype.kind
    except Exception:  # of other libraries' tensors, each has its own
        raise TypeError(f"{name} must be an array of images, but {say(images)} came.") from None
    shape = (None, None, None, 3) if model is None else (None, *model.input_shape[1:])
    if held != "f" or not _fits(tf.TensorShape(values.shape), shape) or not values.size:
        size = "×".join("N" if side is None else str(side) for side in shape)
        raise ValueError(
            f"{name} must be a batch of images, float [0, 1] {size}, but {say(images)} came; of "
            "one picture make a batch by picture[np.newaxis]."
        )
    problem = find_strange_images(name, values)
    if problem:
        raise ValueError(problem)
    return values


def _fits(shape: Any, expected: Any) -> bool:
    return tf.TensorShape(shape).is_compatible_with(tf.TensorShape(expected))


def _looks_like_masks(spec: Any) -> bool:
    return spec.dtype.is_integer and spec.shape.rank is not None and spec.shape[-1:] == [1]


def _are_pets(value: Any) -> bool:
    return all(hasattr(value, part) for part in ("train", "test", "info"))


def _say_spec(spec: Any) -> str:
    if isinstance(spec, dict):
        return "dictionaries of " + ", ".join(str(key) for key in spec)
    if isinstance(spec, tuple):
        return f"{len(spec)} parts ({', '.join(_say_one(part) for part in spec)})"
    return _say_one(spec)


def _say_one(spec: Any) -> str:
    """Says dtype and shape of a spec or tensor, ``N`` where a size is open."""
    if not hasattr(spec, "dtype") or not hasattr(spec, "shape"):
        return say(spec)
    name = getattr(spec.dtype, "name", spec.dtype)
    shape = tf.TensorShape(spec.shape)
    if shape.rank is None:
        return f"{name} of unknown shape"
    return f"{name} " + ("×".join("N" if side is None else str(side) for side in shape) or "alone")
