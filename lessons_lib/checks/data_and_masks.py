"""Lesson 1's exercises: pairs of photos and masks, prepared without spoiling the labels.

Images are uint8 h×w×3, trimaps uint8 h×w×1 with values 1 pet, 2 background, 3 border; labels
are 0, 1, 2. NumPy arrays go in; NumPy arrays or tensors may come out.
"""

import functools
from collections import Counter

import numpy as np

from lessons_lib.checks import Misconception, Task, UnfitAnswer
from lessons_lib.data import Augment
from lessons_lib.data import class_shares as course_class_shares
from lessons_lib.data.regions import count_crossings
from lessons_lib.quiet import tf

LESSON = 1


# --- normalize ---------------------------------------------------------------------------------


def _pairs_to_normalize() -> list[tuple]:
    """Small pairs; one pixel of each trimap is 0, which means "no label"."""
    pairs = []
    for seed, (height, width) in enumerate([(2, 3), (3, 2), (4, 4)]):
        numbers = np.random.default_rng(seed)
        image = numbers.integers(40, 201, (height, width, 3), dtype=np.uint8)
        image[0, 0, 0] = 255 - 10 * seed  # not all photos reach full white, and none full black
        mask = numbers.integers(1, 4, (height, width, 1), dtype=np.uint8)
        mask[0, 0], mask[0, 1], mask[1, 0], mask[1, 1] = 1, 2, 3, 0
        pairs.append((image, mask))
    return pairs


def _normalize(image, mask):
    return image.astype(np.float32) / 255, mask.astype(np.int32) - 1


NORMALIZE = Task(
    name="normalize",
    lesson=LESSON,
    minutes=5,
    aim="Scale the image to [0, 1], and turn trimap values 1, 2, 3 into labels 0, 1, 2; a pixel "
    "without a label, value 0, becomes -1.",
    signature="normalize(image, mask)",
    hints=(
        "Two separate jobs: the image gets another range, the mask another first number.",
        "Both arrays are uint8. What is 0 - 1 in uint8?",
        "Convert first, `image.astype(np.float32)` and `mask.astype(np.int32)`; then calculate.",
        "Divide the converted image by 255, subtract 1 from the converted mask, return both.",
    ),
    reference=_normalize,
    cases=_pairs_to_normalize,
    returns=("image", "mask"),
    misconceptions=(
        Misconception(
            "forgets the minus one",
            "The labels still count from 1. A model with three classes knows 0, 1 and 2 only; "
            "label 3 is none of them.",
            lambda image, mask: (image / 255, mask),
            also=(lambda image, mask: (image / 255, mask.astype(np.int32)),),
        ),
        Misconception(
            "subtracts before widening",
            "The pixel without a label has become 255: uint8 has no -1 and starts again from "
            "above. Convert the mask before you subtract.",
            lambda image, mask: (image / 255, mask - 1),
            also=(lambda image, mask: (image / 255, (mask - np.uint8(1)).astype(np.int32)),),
        ),
        Misconception(
            "scales the mask",
            "The mask is scaled like the image. Its numbers are names of classes, not "
            "brightness: half a class is no class.",
            lambda image, mask: (image / 255, mask / 255),
            also=(
                lambda image, mask: (image / 255, mask / 255 - 1),
                lambda image, mask: (image / 255, (mask.astype(np.int32) - 1) / 255),
                lambda image, mask: (image / 255, (mask - 1.0) / 2),
            ),
        ),
        Misconception(
            "leaves the image uint8",
            "The image is still uint8 from 0 to 255: it has been neither converted nor scaled.",
            lambda image, mask: (image, mask.astype(np.int32) - 1),
        ),
        Misconception(
            "converts the image without scaling",
            "The image is decimal now, but still goes up to 255: converting does not scale.",
            lambda image, mask: (image.astype(np.float32), mask.astype(np.int32) - 1),
        ),
        Misconception(
            "divides whole numbers",
            "Almost every pixel of the image has become 0: `//`, or uint8 after the division, "
            "cuts off what is behind the point.",
            lambda image, mask: (image // 255, mask.astype(np.int32) - 1),
            also=(
                lambda image, mask: ((image / 255).astype(np.uint8), mask.astype(np.int32) - 1),
                lambda image, mask: (np.float32(image // 255), mask.astype(np.int32) - 1),
            ),
        ),
        Misconception(
            "scales to minus one",
            "The image goes from -1 to 1. That is what the encoder wants, and it does that by "
            "itself; the pipeline gives 0 to 1.",
            lambda image, mask: (image / 127.5 - 1, mask.astype(np.int32) - 1),
        ),
        Misconception(
            "scales by each picture's range",
            "Each image is stretched to its own darkest and brightest pixel. Then the same grey "
            "differs from picture to picture; divide by the fixed 255.",
            lambda image, mask: (
                (image - image.min()) / (image.max() - image.min()),
                mask.astype(np.int32) - 1,
            ),
            also=(lambda image, mask: (image / image.max(), mask.astype(np.int32) - 1),),
        ),
        Misconception(
            "divides by 256",
            "The brightest pixel stays below 1: uint8 ends at 255, so divide by that.",
            lambda image, mask: (image / 256, mask.astype(np.int32) - 1),
        ),
        Misconception(
            "returns the mask first",
            "The two results have changed places: the image comes first.",
            lambda image, mask: (mask.astype(np.int32) - 1, image / 255),
        ),
    ),
    why="A label must survive as a whole number from 0, and an image must come in the range "
    "that the network was built for; mixing the two up makes no error, only a bad model.",
)


# --- resize_pair -------------------------------------------------------------------------------


def _pairs_to_resize() -> list[tuple]:
    """Pairs to be enlarged: there bilinear means the same with and without antialiasing."""
    pairs = []
    for seed, (height, width, size) in enumerate([(2, 3, (4, 6)), (3, 3, (5, 7)), (4, 2, (8, 6))]):
        numbers = np.random.default_rng(seed)
        image = numbers.integers(0, 256, (height, width, 3), dtype=np.uint8)
        mask = np.full((height, width, 1), 3, np.uint8)
        mask[:, 0], mask[0, :] = 1, 1
        pairs.append((image, mask, size))
    return pairs


def _bilinear(pixels, size):
    return tf.image.resize(pixels, size)


def _nearest(pixels, size):
    return tf.image.resize(pixels, size, method="nearest")


RESIZE_PAIR = Task(
    name="resize_pair",
    lesson=LESSON,
    minutes=8,
    aim="Resize an image and its mask to size = (height, width): the image smoothly and as "
    "decimal numbers, the mask without inventing labels.",
    signature="resize_pair(image, mask, size)",
    hints=(
        "`tf.image.resize` does both, but its default is right for one of the two only.",
        "What lies between label 1 and label 3? For labels the nearest pixel is wanted, no mean.",
        '`tf.image.resize(mask, size, method="nearest")`; the image without `method`.',
    ),
    reference=lambda image, mask, size: (_bilinear(image, size), _nearest(mask, size)),
    cases=_pairs_to_resize,
    returns=("image", "mask"),
    misconceptions=(
        Misconception(
            "bilinear mask",
            "The mask is resized smoothly, so that it holds means of labels: numbers that are no "
            "label at all.",
            lambda image, mask, size: (_bilinear(image, size), _bilinear(mask, size)),
        ),
        Misconception(
            "bilinear mask made whole again",
            "The mask is resized smoothly and then made whole: between pet (1) and border (3) lies "
            "a band of 2, a class that is not there.",
            lambda image, mask, size: (
                _bilinear(image, size),
                tf.cast(_bilinear(mask, size), tf.uint8),
            ),
            also=(
                lambda image, mask, size: (
                    _bilinear(image, size),
                    tf.cast(tf.round(_bilinear(mask, size)), tf.uint8),
                ),
            ),
        ),
        Misconception(
            "height and width swapped",
            "Height and width have changed places: size is (height, width), rows first.",
            lambda image, mask, size: (_bilinear(image, size[::-1]), _nearest(mask, size[::-1])),
        ),
        Misconception(
            "returns a uint8 image",
            "The image is rounded to uint8. Smooth resizing gives values between the old ones; "
            "round them, if at all, once and on purpose.",
            lambda image, mask, size: (
                tf.cast(_bilinear(image, size), tf.uint8),
                _nearest(mask, size),
            ),
            also=(
                lambda image, mask, size: (
                    tf.cast(tf.round(_bilinear(image, size)), tf.uint8),
                    _nearest(mask, size),
                ),
            ),
        ),
        Misconception(
            "nearest image",
            "The image is resized by nearest neighbour too: it gets blocks and steps. Means are "
            "wrong for labels, and right for colours.",
            lambda image, mask, size: (_nearest(image, size), _nearest(mask, size)),
            also=(
                lambda image, mask, size: (
                    tf.cast(_nearest(image, size), tf.float32),
                    _nearest(mask, size),
                ),
            ),
        ),
        Misconception(
            "leaves the mask",
            "The mask has kept its old size: then its pixels no longer lie under the image's.",
            lambda image, mask, size: (_bilinear(image, size), mask),
        ),
        Misconception(
            "resizes by np.resize",
            "np.resize repeats the numbers in the order of memory until the new shape is full; "
            "that is no picture of the same thing.",
            lambda image, mask, size: (np.resize(image, (*size, 3)), np.resize(mask, (*size, 1))),
            also=(
                lambda image, mask, size: (
                    np.resize(image, (*size, 3)).astype(np.float32),
                    np.resize(mask, (*size, 1)),
                ),
            ),
        ),
        Misconception(
            "crops instead of resizing",
            "The pair is cut or padded to the new size, not scaled: that shows another part of it.",
            lambda image, mask, size: (
                tf.cast(tf.image.resize_with_crop_or_pad(image, *size), tf.float32),
                tf.image.resize_with_crop_or_pad(mask, *size),
            ),
        ),
    ),
    why="A mean of two labels is a third label: one careless resize puts a false class along "
    "every outline of the training set.",
)


# --- flip_together -----------------------------------------------------------------------------

CALLS = 64
NO_FLIP = "something else than a flip"
CHANGES = {
    "not flipped": lambda pixels: pixels,
    "flipped left to right": lambda pixels: pixels[:, ::-1],
    "flipped upside down": lambda pixels: pixels[::-1],
    "turned by half": lambda pixels: pixels[::-1, ::-1],
    "its channels in reverse order": lambda pixels: pixels[..., ::-1],
}


def _pairs_to_flip() -> list[tuple]:
    pairs = []
    for height, width in [(2, 3), (4, 4)]:
        mask = np.arange(height * width, dtype=np.uint8).reshape(height, width, 1)
        image = np.concatenate([mask, mask + 50, mask + 100], axis=-1) / np.float32(255)
        pairs.append((image, mask))
    return pairs


def _observe_flips(answer, image, mask) -> dict:
    """Calls a random function often, and says what happened to the image and to the mask."""
    pairs = [_changes_of(answer(image.copy(), mask.copy()), image, mask) for _ in range(CALLS)]
    image_changes, mask_changes = (Counter(changes) for changes in zip(*pairs, strict=True))
    together = "together" if all(one == other for one, other in pairs) else "apart"
    if NO_FLIP in image_changes or NO_FLIP in mask_changes:
        together = "nothing to speak of"
    return {
        "what becomes of the image": " or ".join(sorted(image_changes)),
        "what becomes of the mask": " or ".join(sorted(mask_changes)),
        "the flip of image and mask": together,
        "how often it flips": _how_often(CALLS - image_changes["not flipped"]),
    }


def _changes_of(pair, image, mask) -> tuple[str, str]:
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise UnfitAnswer("flip_together has to return two things, the image and the mask.")
    return _change(np.asarray(pair[0]), image), _change(np.asarray(pair[1]), mask)


def _change(after: np.ndarray, before: np.ndarray) -> str:
    for name, change in CHANGES.items():
        if after.shape == before.shape and np.allclose(after, change(before), atol=1e-5):
            return name
    return NO_FLIP


def _how_often(flips: int) -> str:
    if flips in (0, CALLS):
        return "never" if flips == 0 else "every time"
    # Fair coins leave this range less than once in a million checks.
    return "about every other time" if CALLS * 0.2 <= flips <= CALLS * 0.8 else "too unevenly"


@functools.cache
def _augment() -> Augment:
    return Augment(seed=1)


def _flip_apart(image, mask):
    image = image[:, ::-1] if np.random.random() < 0.5 else image
    return image, (mask[:, ::-1] if np.random.random() < 0.5 else mask)


def _sometimes(change):
    """Returns a function that applies the change to a pair in half of the calls."""
    return lambda image, mask: change(image, mask) if np.random.random() < 0.5 else (image, mask)


def _flip_seeded_anew(image, mask):
    if np.random.default_rng(0).random() < 0.5:
        return image[:, ::-1], mask[:, ::-1]
    return image, mask


FLIP_TOGETHER = Task(
    name="flip_together",
    lesson=LESSON,
    minutes=10,
    aim="In half of the calls, by chance, flip image and mask left to right; else return them as "
    "they are.",
    signature="flip_together(image, mask)",
    hints=(
        "How many coins are thrown for a pair?",
        "Throw one coin, `np.random.random() < 0.5`, and let both follow it.",
        "Axis 1 is left to right: `image[:, ::-1]`.",
        "If the coin says so, return image[:, ::-1] and mask[:, ::-1]; else image and mask.",
    ),
    reference=lambda image, mask: _augment()(image, mask),
    cases=_pairs_to_flip,
    observe=_observe_flips,
    misconceptions=(
        Misconception(
            "independent flips",
            "Image and mask are flipped by two separate coins, so that half of the pairs no longer "
            "fit: the model would learn that pets are where they are not.",
            _flip_apart,
        ),
        Misconception(
            "mask unflipped",
            "The image is flipped, and its mask stays: the labels lie on the wrong side.",
            _sometimes(lambda image, mask: (image[:, ::-1], mask)),
            also=(lambda image, mask: (image[:, ::-1], mask),),
        ),
        Misconception(
            "image unflipped",
            "The mask is flipped, and its image stays: the labels lie on the wrong side.",
            _sometimes(lambda image, mask: (image, mask[:, ::-1])),
            also=(lambda image, mask: (image, mask[:, ::-1]),),
        ),
        Misconception(
            "vertical",
            "The pair is flipped upside down. Axis 0 is top to bottom; photos of pets upside down "
            "are rare.",
            _sometimes(lambda image, mask: (image[::-1], mask[::-1])),
            also=(lambda image, mask: (image[::-1], mask[::-1]),),
        ),
        Misconception(
            "both axes",
            "The pair is turned by half: both axes are reversed, and only axis 1 should be.",
            _sometimes(lambda image, mask: (image[::-1, ::-1], mask[::-1, ::-1])),
            also=(lambda image, mask: (image[::-1, ::-1], mask[::-1, ::-1]),),
        ),
        Misconception(
            "always",
            "The pair is flipped at every call. Then the model never sees the photos as they "
            "were: that is another data set, not a larger one.",
            lambda image, mask: (image[:, ::-1], mask[:, ::-1]),
        ),
        Misconception(
            "never",
            "In 64 calls it never flipped. A generator that is seeded inside the function "
            "decides the same at every call.",
            lambda image, mask: (image, mask),
            also=(_flip_seeded_anew,),
        ),
        Misconception(
            "flips the channels",
            "Red and blue have changed places: the last axis holds the colours, axis 1 is left to "
            "right.",
            _sometimes(lambda image, mask: (image[..., ::-1], mask[..., ::-1])),
            also=(lambda image, mask: (image[..., ::-1], mask[..., ::-1]),),
        ),
    ),
    why="Augmentation that changes what the label says must change the label too; a pair flipped "
    "apart teaches nonsense without any error.",
)


# --- border_label ------------------------------------------------------------------------------


def _ring_mask(size: int, radius: float, band: float, values: tuple[int, int, int]) -> np.ndarray:
    """Draws a round pet with a band around it; values are those of pet, background and band."""
    rows, columns = np.mgrid[:size, :size] - (size - 1) / 2
    distance = np.hypot(rows, columns)
    pet, background, border = values
    mask = np.full((size, size, 1), background, np.uint8)
    mask[distance < radius + band] = border
    mask[distance < radius] = pet
    return mask


def _masks_with_borders() -> list[tuple]:
    """Masks whose classes bear other values, with large pets and with tiny ones."""
    settings = [
        (9, 2.2, 1.0, (1, 2, 3)),
        (16, 1.5, 2.0, (2, 3, 1)),
        (24, 10.0, 3.0, (3, 1, 2)),
        (24, 12.0, 3.0, (1, 3, 2)),
        (32, 2.0, 3.0, (1, 2, 3)),
        (32, 9.0, 2.0, (3, 2, 1)),
    ]
    return [(_ring_mask(*setting),) for setting in settings]


def _border_label(mask) -> int:
    crossings = count_crossings(mask)
    pairs = {(1, 2): 3, (1, 3): 2, (2, 3): 1}
    rarest = min(pairs, key=lambda pair: crossings[pair[0] - 1, pair[1] - 1])
    return pairs[rarest]


def _counts(mask) -> np.ndarray:
    return np.bincount(np.asarray(mask).ravel(), minlength=4)[1:]


BORDER_LABEL = Task(
    name="border_label",
    lesson=LESSON,
    minutes=10,
    aim="Find out by measuring which of the values 1, 2, 3 of a mask is the border; in other data "
    "sets it may be another one, and the pet may be tiny.",
    signature="border_label(mask)",
    hints=(
        "Not how many pixels: how do the three regions lie?",
        "The border lies between the other two. So which two hardly ever touch?",
        "Neighbours: `mask[:, :-1]` against `mask[:, 1:]`, and the same for rows. Count how often "
        "each pair of values meets.",
        "The pair that meets least is pet and background; the third value, 6 minus both, is it.",
    ),
    reference=_border_label,
    cases=_masks_with_borders,
    misconceptions=(
        Misconception(
            "always 2",
            "It says 2 whatever the mask shows, as the tutorial does. Measure instead.",
            lambda mask: 2,
        ),
        Misconception(
            "always 3",
            "It says 3 whatever the mask shows. True for the pets, by their authors' choice; the "
            "next data set may choose otherwise. Measure.",
            lambda mask: 3,
        ),
        Misconception(
            "the rarest label",
            "It takes the label with the fewest pixels. Where the pet is tiny, that is the pet.",
            lambda mask: int(np.argmin(_counts(mask))) + 1,
        ),
        Misconception(
            "the second label by size",
            "It takes the label of middle size. That the border is between the others in space "
            "does not make it so in number.",
            lambda mask: int(np.argsort(_counts(mask), kind="stable")[1]) + 1,
        ),
        Misconception(
            "the commonest label",
            "It takes the label with the most pixels: mostly the background.",
            lambda mask: int(np.argmax(_counts(mask))) + 1,
        ),
        Misconception(
            "the label in the corner",
            "It takes the label at the edge of the picture: that is the background.",
            lambda mask: int(mask[0, 0, 0]),
            also=(lambda mask: int(mask[-1, -1, 0]),),
        ),
        Misconception(
            "the label in the middle",
            "It takes the label in the middle of the picture: that is the pet.",
            lambda mask: int(mask[mask.shape[0] // 2, mask.shape[1] // 2, 0]),
        ),
        Misconception(
            "labels from 0",
            "It gives 0, 1 or 2: the right region, but a label after normalize. Asked is the "
            "mask's own value.",
            lambda mask: _border_label(mask) - 1,
        ),
    ),
    why="A legend can be wrong, as the tutorial's is; what touches what in the data cannot.",
)


# --- class_shares ------------------------------------------------------------------------------


def _lists_of_masks() -> list[tuple]:
    """Lists of masks with labels 0, 1, 2, of unequal size; in some a class does not occur."""
    return [
        ([np.array([[0, 1], [1, 1]]), np.array([[1, 2, 2, 2, 2, 2]])],),
        ([np.array([[0, 0, 1]]), np.array([[1, 1], [0, 1]])],),
        ([np.full((3, 3), 2), np.array([[2, 1]]), np.array([[1]])],),
        ([np.array([[2, 0, 0, 0, 1, 1]]), np.array([[0, 0]])],),
    ]


def _unequal_mean(masks) -> np.ndarray:
    return np.mean([course_class_shares(mask) for mask in masks], axis=0)


def _together(masks) -> np.ndarray:
    return np.concatenate([mask.ravel() for mask in masks])


def _present_shares(masks) -> np.ndarray:
    counts = np.unique(_together(masks), return_counts=True)[1]
    return counts / counts.sum()


CLASS_SHARES = Task(
    name="class_shares",
    lesson=LESSON,
    minutes=8,
    aim="Say which share of all pixels each of the three classes has, over a list of masks of "
    "different sizes with labels 0, 1, 2.",
    signature="class_shares(masks)",
    hints=(
        "Every pixel counts once, in whatever mask it is.",
        "Count first, over all masks; divide once, at the end.",
        "`np.bincount(mask.ravel(), minlength=3)` counts a class that is not there, too.",
        "Add these counts up over the masks, then divide by their sum.",
    ),
    reference=course_class_shares,
    cases=_lists_of_masks,
    returns=("shares",),
    misconceptions=(
        Misconception(
            "missing absent class",
            "Where a class does not occur, its place is missing and the others move up. An absent "
            "class has the share 0.",
            _present_shares,
            also=(lambda masks: np.bincount(_together(masks)) / len(_together(masks)),),
        ),
        Misconception(
            "percentages",
            "These are percentages: they add up to 100. Shares add up to 1.",
            lambda masks: 100 * course_class_shares(masks),
        ),
        Misconception(
            "mean of means",
            "The shares of each mask are averaged, so that a pixel of a small mask counts more "
            "than one of a large mask.",
            _unequal_mean,
        ),
        Misconception(
            "counts",
            "These are numbers of pixels; divide them by all pixels.",
            lambda masks: np.bincount(_together(masks), minlength=3),
            also=(lambda masks: np.bincount(_together(masks), minlength=3).astype(float),),
        ),
        Misconception(
            "expects labels from 1",
            "It counts the values 1, 2, 3, so that class 0 is lost. The masks hold labels 0, 1, 2.",
            lambda masks: np.bincount(_together(masks), minlength=4)[1:] / len(_together(masks)),
        ),
        Misconception(
            "first mask only",
            "Only the first mask is counted.",
            lambda masks: course_class_shares(masks[0]),
        ),
        Misconception(
            "sorted by size",
            "The shares are sorted by size. Their place is what tells the class: keep the order "
            "of the labels.",
            lambda masks: np.sort(course_class_shares(masks))[::-1].copy(),
            also=(lambda masks: np.sort(course_class_shares(masks)),),
        ),
        Misconception(
            "divides by the number of masks",
            "The counts are divided by the number of masks, not of pixels: these are mean counts.",
            lambda masks: np.bincount(_together(masks), minlength=3) / len(masks),
        ),
    ),
    why="The shares say what a lazy model would learn first, and lesson 5 makes weights of them; "
    "an absent class that shifts the others would weight the wrong ones.",
)


# --- pipeline_order ----------------------------------------------------------------------------

STAGES = ("load", "cache", "shuffle", "repeat", "batch", "augment", "prefetch")


def _observe_order(answer) -> dict:
    """Says where each stage stands to those that matter to it; other orders are equally good."""
    stages = answer.replace(",", " ").split() if isinstance(answer, str) else answer
    if not isinstance(stages, list | tuple) or not all(isinstance(one, str) for one in stages):
        raise UnfitAnswer("Write the stages as a list of texts, or as one text with commas.")
    stages = [one.strip().lower() for one in stages]
    if sorted(stages) != sorted(STAGES):
        raise UnfitAnswer(f"Each of these stages is wanted once: {', '.join(STAGES)}.")

    def place(stage: str, other: str) -> str:
        return f"{'before' if stages.index(stage) < stages.index(other) else 'after'} {other}"

    return {
        "the place of load": "first" if stages[0] == "load" else "not first",
        "the place of shuffle": place("shuffle", "batch"),
        "the place of augment": place("augment", "cache"),
        "the place of repeat": place("repeat", "shuffle"),
        "the place of cache": place("cache", "shuffle"),
        "the endlessness of what is cached": place("cache", "repeat"),
        "the place of prefetch": "last" if stages[-1] == "prefetch" else "not last",
    }


def _order(text: str) -> list[str]:
    return text.split()


PIPELINE_ORDER = Task(
    name="pipeline_order",
    lesson=LESSON,
    minutes=5,
    aim="Put the stages of the training pipeline in a good order: "
    + ", ".join(sorted(STAGES))
    + ".",
    signature="pipeline_order",
    hints=(
        "What is costly and always the same comes early; what is random comes after the cache.",
        "What would `shuffle` shuffle if the batches were already made?",
        "Load, keep, mix, go on for ever, make batches, change by chance, prepare ahead.",
    ),
    reference=_order("load cache shuffle repeat batch augment prefetch"),
    observe=_observe_order,
    misconceptions=(
        Misconception(
            "shuffle after batch",
            "Shuffled after batching, whole batches change places; the same pets always stay "
            "together in one.",
            _order("load cache repeat batch shuffle augment prefetch"),
            also=(
                _order("load cache batch shuffle repeat augment prefetch"),
                "load, cache, batch, repeat, augment, shuffle, prefetch",
            ),
        ),
        Misconception(
            "cache after augment",
            "Cached after augmenting, the flips of the first epoch are kept: every later epoch "
            "sees the very same pictures.",
            _order("load augment cache shuffle repeat batch prefetch"),
        ),
        Misconception(
            "repeat before shuffle",
            "Repeated before shuffling, epochs run into each other: a pet can come twice before "
            "another has come once.",
            _order("load cache repeat shuffle batch augment prefetch"),
        ),
        Misconception(
            "cache after shuffle",
            "Cached after shuffling, the first order is kept: every epoch goes through the pets "
            "in the same order.",
            _order("load shuffle cache repeat batch augment prefetch"),
        ),
        Misconception(
            "cache after repeat",
            "Cached after repeating, the cache never is complete: it grows with every epoch.",
            _order("load shuffle repeat cache batch augment prefetch"),
        ),
        Misconception(
            "prefetch too early",
            "Prefetching early prepares ahead only what comes before it; the stages behind it keep "
            "the model waiting.",
            _order("load cache shuffle repeat batch prefetch augment"),
            also=(_order("load prefetch cache shuffle repeat batch augment"),),
        ),
        Misconception(
            "load after something",
            "Before load there are no pictures: there is nothing to keep, mix or flip.",
            _order("cache load shuffle repeat batch augment prefetch"),
        ),
    ),
    why="The same stages in another order give another training set, and no error says so.",
)

TASKS = (NORMALIZE, RESIZE_PAIR, FLIP_TOGETHER, BORDER_LABEL, CLASS_SHARES, PIPELINE_ORDER)
