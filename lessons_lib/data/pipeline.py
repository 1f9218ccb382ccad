"""Lesson 1's pipeline: from examples to batches that a model can learn from.

An example is a dictionary as TensorFlow Datasets gives it: ``image`` uint8 h×w×3 and
``segmentation_mask`` uint8 h×w×1 with trimap values 1 pet, 2 background, 3 border.
A batch is a pair: images float32 N×128×128×3 in [0, 1], masks uint8 N×128×128×1 with
labels 0 pet, 1 background, 2 border.

Source: the TensorFlow tutorial "Image segmentation" and the guide "Better performance with the
tf.data API" (TensorFlow authors, 2024).
"""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from lessons_lib.arguments import (
    LARGEST_SEED,
    LARGEST_SIDE,
    MOST_LABELS,
    list_values,
    read_numbers,
    require_flag,
    require_ignored,
    require_whole,
    say,
)
from lessons_lib.batches import (
    find_strange_example,
    require_counted,
    require_examples,
    require_known_tensor,
)
from lessons_lib.classes import NUM_CLASSES, TRIMAP_VALUES
from lessons_lib.data.problems import DataProblem
from lessons_lib.quiet import keras, tf
from lessons_lib.signatures import tell_calls

IMAGE_SIZE = 128
BATCH_SIZE = 32
LARGEST_BATCH = 1_000_000


def normalize(image: tf.Tensor, mask: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Scales images to [0, 1] and turns trimap values 1, 2, 3 into labels 0, 1, 2.

    This is the one place where trimap values become labels. Works on one pair and on batches.

    Args:
        image: uint8 [N×]h×w×3, values 0 to 255.
        mask: integers [N×]h×w×1, trimap values 1, 2, 3.

    Returns:
        ``(image, mask)``: float32 in [0, 1], and uint8 labels 0, 1, 2, of the same shapes.

    Raises:
        TypeError: the image is not uint8 or the mask holds no integers.
        DataProblem: the mask holds other values than 1, 2, 3 (not looked at inside a tf.data
            map, where values are not known yet), or image and mask are no pair.
    """
    _require_tensors("normalize", image, mask)
    image, mask = tf.convert_to_tensor(image), tf.convert_to_tensor(mask)
    if image.dtype != tf.uint8:
        raise TypeError(
            f"normalize expects an image of dtype uint8 with values 0 to 255, got "
            f"{image.dtype.name}; give it the image before anything else scales it."
        )
    if not mask.dtype.is_integer:
        raise TypeError(
            f"normalize expects a mask of integers 1, 2, 3, got dtype {mask.dtype.name}; "
            "give it the trimap as it was read, resized with nearest neighbour only."
        )
    _require_pair("normalize", image, mask)
    if tf.executing_eagerly():
        _refuse_other_values(mask.numpy())
    return tf.cast(image, tf.float32) / 255.0, tf.cast(mask, tf.uint8) - tf.constant(1, tf.uint8)


def load_image(example: dict, image_size: int = IMAGE_SIZE) -> tuple[tf.Tensor, tf.Tensor]:
    """Resizes one example's photo and trimap to the same square.

    The photo is resized bilinearly with antialiasing, so that shrinking averages pixels instead
    of dropping them. The trimap is resized by nearest neighbour: a mean of labels is no label.

    Args:
        example: ``image`` uint8 h×w×3 and ``segmentation_mask`` uint8 h×w×1.
        image_size: height and width wanted, in pixels.

    Returns:
        ``(image, mask)``: uint8 S×S×3 with values 0 to 255, and uint8 S×S×1 with the trimap's
        own values.

    Raises:
        TypeError: no example, or a size that is no whole number.
        DataProblem: an image or mask of another dtype or shape, or a size below 1.
    """
    _require_side("load_image", image_size)
    _require_example(example)
    size = (image_size, image_size)
    image = tf.image.resize(example["image"], size, method="bilinear", antialias=True)
    image = tf.cast(tf.clip_by_value(tf.round(image), 0, 255), tf.uint8)
    mask = tf.image.resize(example["segmentation_mask"], size, method="nearest")
    return image, mask


class Augment:
    """Flips images and their masks left to right together, each pair with probability one half.

    Keras' own ``RandomFlip`` decides once for a pair, so the two cannot fall apart. The layer
    draws new decisions at each call: the same seed gives the same sequence of calls.

    Args:
        seed: where the sequence of decisions starts.
    """

    def __init__(self, seed: int):
        _require_seed(seed)
        self.flip = keras.layers.RandomFlip("horizontal", seed=seed)

    def __call__(self, images: tf.Tensor, masks: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns the pair flipped or not; shapes [N×]H×W×3 and [N×]H×W×1, dtypes as they came."""
        _require_tensors("Augment", images, masks)
        _require_pair("Augment", tf.convert_to_tensor(images), tf.convert_to_tensor(masks))
        images, masks = tf.convert_to_tensor(images), tf.convert_to_tensor(masks)
        flipped = self.flip({"images": images, "segmentation_masks": masks}, training=True)
        return flipped["images"], tf.cast(flipped["segmentation_masks"], masks.dtype)


def split_validation(
    train: tf.data.Dataset, every: int = 5
) -> tuple[tf.data.Dataset, tf.data.Dataset]:
    """Takes every fifth training example for validation; the test set stays untouched.

    Args:
        train: examples, in an order that is the same at each pass.
        every: one example out of so many goes to validation.

    Returns:
        ``(train, validation)``, disjoint, with known cardinality.

    Raises:
        DataProblem: fewer than ``every`` examples, or their number is unknown.
    """
    require_examples("split_validation", train)
    require_whole("every", every)
    count = _known_count(train)
    if every < 2 or count < every:
        raise DataProblem(
            f"split_validation expects every >= 2 and at least that many examples, got "
            f"every={every} and {count} examples; take a smaller every or more examples."
        )

    def for_validation(index: tf.Tensor, example: dict) -> tf.Tensor:
        return index % every == every - 1

    def for_training(index: tf.Tensor, example: dict) -> tf.Tensor:
        return index % every != every - 1

    def without_index(index: tf.Tensor, example: dict) -> dict:
        return example

    numbered = train.enumerate()
    validation_count = count // every
    return (
        numbered.filter(for_training)
        .map(without_index)
        .apply(tf.data.experimental.assert_cardinality(count - validation_count)),
        numbered.filter(for_validation)
        .map(without_index)
        .apply(tf.data.experimental.assert_cardinality(validation_count)),
    )


def make_batches(
    examples: tf.data.Dataset,
    *,
    batch_size: int = BATCH_SIZE,
    image_size: int = IMAGE_SIZE,
    training: bool = False,
    seed: int = 0,
) -> tf.data.Dataset:
    """Turns examples into batches: loaded in parallel, cached, and for training shuffled, flipped.

    One pass is one epoch and ends; the number of batches is known. The cache holds uint8, which
    takes a quarter of what float32 images take. Two sets made with the same seed give the same
    epochs, bit by bit, also after a look at a few batches only. That is why the prefetch stands
    before ``Augment``: the layer draws at each call, and a prefetch behind it would call it for
    batches that nobody takes, now more of them, now fewer. A flip is cheap beside a training step.

    Args:
        examples: dictionaries with ``image`` and ``segmentation_mask``, cardinality known.
        batch_size: pairs in a batch; the last batch may hold fewer.
        image_size: height and width of images and masks, in pixels.
        training: True to shuffle anew in each epoch and to flip at random.
        seed: of shuffling and flipping; not used where ``training`` is False.

    Returns:
        Batches ``(images, masks)``: float32 N×S×S×3 in [0, 1], uint8 N×S×S×1 labels 0, 1, 2.

    Raises:
        DataProblem: a size that is not positive, or no examples, or an unknown number of them.
        TypeError: what is no tf.data set of examples, or no whole number.
    """
    _require_batching(examples, batch_size, image_size, training, seed)
    count = _known_count(examples)

    def load(example: dict) -> tuple[tf.Tensor, tf.Tensor]:
        return load_image(example, image_size)

    pairs = examples.map(load, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True).cache()
    if training:
        pairs = pairs.shuffle(count, seed=seed)
    batches = pairs.batch(batch_size).map(normalize, num_parallel_calls=tf.data.AUTOTUNE)
    batches = batches.prefetch(tf.data.AUTOTUNE)
    if training:
        # One batch at a time and none ahead: TensorFlow would add a prefetch of its own.
        options = tf.data.Options()
        options.experimental_optimization.inject_prefetch = False
        batches = batches.map(Augment(seed)).with_options(options)
    return batches.apply(tf.data.experimental.assert_cardinality(steps(count, batch_size)))


def steps(count: int, batch_size: int) -> int:
    """Returns how many batches hold ``count`` examples, the last perhaps not full.

    >>> steps(100, 32)
    4
    """
    require_whole("count", count, least=0)
    require_whole("batch_size", batch_size, least=1)
    return math.ceil(count / batch_size)


def class_shares(
    masks_or_batches: Iterable,
    num_classes: int = NUM_CLASSES,
    *,
    ignore_class: int | None = None,
) -> np.ndarray:
    """Counts which share of all pixels each class has.

    Every pixel counts once, whatever picture or batch it is in. A class that does not occur
    has the share 0.0.

    Args:
        masks_or_batches: labels 0 to ``num_classes`` - 1 as one array of any shape; or an
            iterable of masks or of batches ``(images, masks)``, such as a tf.data set.
        num_classes: how many classes there are.
        ignore_class: the label of pixels that are not counted, if there are any.

    Returns:
        float64 (num_classes,) that add up to 1.

    Raises:
        TypeError: the masks hold no integers.
        DataProblem: no pixel at all, or a label outside 0 to ``num_classes`` - 1.
        ValueError: batches without an end.
    """
    require_whole("num_classes", num_classes, least=1, most=MOST_LABELS)
    require_ignored(ignore_class)
    require_counted("class_shares", masks_or_batches)
    is_one_array = hasattr(masks_or_batches, "dtype") and hasattr(masks_or_batches, "shape")
    parts: Iterable = [masks_or_batches] if is_one_array else masks_or_batches
    counts = np.zeros(num_classes, np.int64)
    for part in parts:
        masks = read_numbers("class_shares: masks", _masks_of(part))
        if ignore_class is not None:
            masks = masks[masks != ignore_class]
        counts += _count_labels(masks, num_classes)
    if counts.sum() == 0:
        raise DataProblem("class_shares expects at least one pixel, got none.")
    return counts / counts.sum()


def _masks_of(part: Any) -> Any:
    """The masks of a batch (images, masks), or what came alone."""
    if isinstance(part, tuple):
        if not 2 <= len(part) <= 3:
            raise TypeError(
                "class_shares expects masks, or batches of (images, masks), got a tuple of "
                f"{len(part)}; give it such as make_batches(pets.train)."
            )
        return part[1]
    if isinstance(part, dict):
        raise TypeError(
            "class_shares expects masks, or batches of (images, masks), got dictionaries; give it "
            "such as make_batches(pets.train)."
        )
    return part


def _count_labels(masks: np.ndarray, num_classes: int) -> np.ndarray:
    if not np.issubdtype(masks.dtype, np.integer):
        raise TypeError(
            f"class_shares expects integer labels, got dtype {masks.dtype}; "
            "give it masks, or batches of (images, masks)."
        )
    if masks.size and (masks.min() < 0 or masks.max() >= num_classes):
        raise DataProblem(
            f"class_shares expects labels 0 to {num_classes - 1}, got {list_values(masks)}; "
            "trimap values 1, 2, 3 become labels by normalize."
        )
    _refuse_one_hot(masks, num_classes)
    return np.bincount(masks.ravel(), minlength=num_classes)


def _refuse_one_hot(masks: np.ndarray, num_classes: int) -> None:
    """Raises DataProblem for zeros and ones along the classes, which would count as labels."""
    if masks.ndim < 3 or masks.shape[-1] != num_classes or masks.size == 0 or masks.max() > 1:
        return
    if num_classes > 1 and (masks.sum(axis=-1) == 1).all():
        raise DataProblem(
            f"class_shares expects labels, got zeros and ones of shape {masks.shape}, which looks "
            "like one-hot masks; take masks.argmax(-1) of them."
        )


def _refuse_other_values(mask: np.ndarray) -> None:
    if not np.isin(mask, TRIMAP_VALUES).all():
        raise DataProblem(
            f"normalize expects a trimap with the values 1, 2, 3 only, got {list_values(mask)}; "
            "0 means that it was normalized before, 255 that it was stored as a picture."
        )


def _require_seed(seed: int) -> None:
    """Raises TypeError or ValueError for what no sequence of random numbers starts from."""
    require_whole("seed", seed, least=0, most=LARGEST_SEED)


def _require_side(function: str, image_size: int) -> None:
    """Raises TypeError or DataProblem for what is no side of a picture that fits into memory."""
    require_whole("image_size", image_size, most=LARGEST_SIDE, problem=DataProblem)
    if image_size < 1:
        raise DataProblem(f"{function} expects image_size to be 1 or more, got {image_size}.")


def _require_batching(
    examples: tf.data.Dataset, batch_size: int, image_size: int, training: bool, seed: int
) -> None:
    """Raises TypeError or DataProblem for what ``make_batches`` cannot use."""
    require_examples("make_batches", examples)
    require_whole("batch_size", batch_size, most=LARGEST_BATCH, problem=DataProblem)
    if batch_size < 1:
        raise DataProblem(f"make_batches expects batch_size to be 1 or more, got {batch_size}.")
    _require_side("make_batches", image_size)
    require_flag("training", training)
    _require_seed(seed)


def _require_tensors(function: str, images: Any, masks: Any) -> None:
    """Raises TypeError for what holds no numbers; a tensor inside a tf.data map does."""
    for name, value in (("images", images), ("masks", masks)):
        require_known_tensor(f"{function}: {name}", value)


def _require_pair(function: str, images: tf.Tensor, masks: tf.Tensor) -> None:
    """Raises DataProblem unless both are as large as each other, with 3 channels and 1."""
    ranks = (images.shape.rank, masks.shape.rank)
    if None in ranks:
        return
    pair = ranks[0] == ranks[1] and ranks[0] in (3, 4)
    if not (
        pair
        and images.shape[-1] in (3, None)
        and masks.shape[-1] in (1, None)
        and images.shape[:-1].is_compatible_with(masks.shape[:-1])
    ):
        raise DataProblem(
            f"{function} expects an image [N×]h×w×3 and a mask [N×]h×w×1 of the same size, got "
            f"{say(images)} and {say(masks)}; image comes first, and both are resized alike."
        )


def _require_example(example: Any) -> None:
    """Raises TypeError for what is no example, DataProblem for one of other dtypes or shapes."""
    if not isinstance(example, dict) or not {"image", "segmentation_mask"} <= example.keys():
        came = f"the keys {', '.join(map(str, example))}" if isinstance(example, dict) else ""
        raise TypeError(
            "load_image expects an example, a dictionary with 'image' and 'segmentation_mask', "
            f"got {came or say(example)}; take one such as next(iter(pets.train))."
        )
    image, mask = example["image"], example["segmentation_mask"]
    _require_tensors("load_image", image, mask)
    image, mask = tf.convert_to_tensor(image), tf.convert_to_tensor(mask)
    problem = find_strange_example(image, mask)
    if problem is None and 0 in (*image.shape, *mask.shape):
        problem = "an image must hold at least one pixel, but none came."
    if problem:
        raise DataProblem(f"load_image: {problem}")


def _known_count(examples: tf.data.Dataset) -> int:
    count = int(examples.cardinality())
    if count <= 0:
        found = {0: "none", -1: "infinitely many (a repeat too early?)"}.get(count, "unknown")
        raise DataProblem(
            f"A known number of examples, at least one, is expected here; it is {found}. "
            "After a filter, tell it with tf.data.experimental.assert_cardinality."
        )
    return count


tell_calls(globals())
