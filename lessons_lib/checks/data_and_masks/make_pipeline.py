"""make_pipeline: the stages of a training pipeline, as code that runs."""

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lessons_lib.checks.observing import UnfitAnswer
from lessons_lib.checks.task import Misconception, Task
from lessons_lib.quiet import keras, tf


def declare() -> Task:
    """Declares the exercise."""
    return Task(
        name="make_pipeline",
        lesson=1,
        minutes=12,
        aim="Make a tf.data set of training batches: each pet is loaded once and comes once an "
        "epoch, in another order and flipped anew each time; the last batch may be smaller.",
        signature="make_pipeline(names, load, augment, batch_size)",
        hints=(
            "You have put the stages in order in the task before. Here each of them is a line, and "
            "one of the seven is left out: an epoch has an end.",
            "`tf.data.Dataset.from_tensor_slices(names)` gives one name after the other. `.map(…)` "
            "puts each through a function: your `load`, later your `augment`.",
            "What is random has to happen anew in each epoch, so it stands behind `.cache()`. "
            "`.shuffle(…)` wants to know how many pets it may choose from: all of them.",
            "names, map(load), cache(), shuffle(len(names)), batch(batch_size), map(augment), and "
            "at the end prefetch(tf.data.AUTOTUNE).",
        ),
        reference=_pipeline(),
        cases=_folders,
        observe=_observe_epochs,
        misconceptions=MISCONCEPTIONS,
        why="A pipeline in another order runs as well, without any error: only the network finds "
        "out, which learns from the same flips, the same neighbours, or fewer pets.",
    )


EPOCHS = 4
HEIGHT, WIDTH = 3, 4
MANY_PASSES = 4  # over all pets, one by one; what goes on then is taken to have no end


class _Folder:
    """Pets by their names: notes how many it has been asked for, and tosses coins for flips.

    The photo of pet 7 holds the number 7, and which column and row a pixel lies in; its mask holds
    a 7 on the left and 0 elsewhere.
    """

    def __init__(self, count: int) -> None:
        self.names = [f"pet_{number:03}.jpg" for number in range(1, count + 1)]
        self.loaded = tf.Variable(0, dtype=tf.int64)
        self.coins = keras.random.SeedGenerator(count)

    @tf.autograph.experimental.do_not_convert
    def load(self, name: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns photo float32 h×w×3 and mask uint8 h×w×1 of one pet."""
        name = tf.convert_to_tensor(name)
        if name.shape.rank:
            raise ValueError("load takes the name of one pet; several came in a batch.")
        self.loaded.assign_add(1)
        number = tf.strings.to_number(tf.strings.substr(name, 4, 3))
        rows, columns = tf.meshgrid(tf.range(HEIGHT), tf.range(WIDTH), indexing="ij")
        parts = (tf.fill((HEIGHT, WIDTH), number), columns, rows)
        image = tf.stack([tf.cast(part, tf.float32) for part in parts], axis=-1)
        mask = tf.where(columns == 0, tf.cast(number, tf.int32), 0)
        return image, tf.cast(mask, tf.uint8)[..., tf.newaxis]

    @tf.autograph.experimental.do_not_convert
    def augment(self, images: tf.Tensor, masks: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Flips a pair, or each pair of a batch, with probability one half."""
        images, masks = tf.convert_to_tensor(images), tf.convert_to_tensor(masks)
        coins = keras.random.uniform(tf.shape(images)[:-3], seed=self.coins)
        heads = (coins < 0.5)[..., tf.newaxis, tf.newaxis, tf.newaxis]
        return (
            tf.where(heads, images[..., ::-1, :], images),
            tf.where(heads, masks[..., ::-1, :], masks),
        )


def _folders() -> list[tuple]:
    """Pets and sizes of batches: with a rest in the last batch, and without one."""
    cases = []
    for count, batch_size in [(22, 4), (15, 5)]:
        folder = _Folder(count)
        cases.append((folder.names, folder.load, folder.augment, batch_size, folder))
    return cases


def _pipeline(stages: str = "load cache shuffle batch augment prefetch") -> Callable:
    """An answer with other stages, or in another order."""

    def make_pipeline(
        names: Sequence[str], load: Callable, augment: Callable, batch_size: int
    ) -> tf.data.Dataset:
        count = len(names)
        apply: dict[str, Callable] = {
            "load": lambda pets: pets.map(load, num_parallel_calls=tf.data.AUTOTUNE),
            "cache": lambda pets: pets.cache(),
            "shuffle": lambda pets: pets.shuffle(count),
            "shuffle_few": lambda pets: pets.shuffle(batch_size),
            "batch": lambda pets: pets.batch(batch_size),
            "batch_32": lambda pets: pets.batch(32),
            "batch_8": lambda pets: pets.batch(8),
            "full_batch": lambda pets: pets.batch(batch_size, drop_remainder=True),
            "augment": lambda pets: pets.map(augment),
            "mirror": lambda pets: pets.map(
                lambda images, masks: (images[:, :, ::-1], masks[:, :, ::-1])
            ),
            "image": lambda pets: pets.map(lambda image, mask: (augment(image, mask)[0], mask)),
            "mask": lambda pets: pets.map(lambda image, mask: (image, augment(image, mask)[1])),
            "apart": lambda pets: pets.map(
                lambda image, mask: (augment(image, mask)[0], augment(image, mask)[1])
            ),
            "repeat": lambda pets: pets.repeat(),
            "repeat_twice": lambda pets: pets.repeat(2),
            "one_less": lambda pets: pets.take(count - 1),
            "prefetch": lambda pets: pets.prefetch(tf.data.AUTOTUNE),
        }
        pets = tf.data.Dataset.from_tensor_slices(names)
        for stage in stages.split():
            pets = apply[stage](pets)
        return pets

    return make_pipeline


def _shuffle_apart(
    names: Sequence[str], load: Callable, augment: Callable, batch_size: int
) -> tf.data.Dataset:
    pairs = tf.data.Dataset.from_tensor_slices(names).map(load).cache()
    images = pairs.map(lambda image, mask: image).shuffle(len(names))
    masks = pairs.map(lambda image, mask: mask).shuffle(len(names))
    return tf.data.Dataset.zip(images, masks).batch(batch_size).map(augment)


def _observe_epochs(
    answer: Callable,
    names: Sequence[str],
    load: Callable,
    augment: Callable,
    batch_size: int,
    folder: _Folder,
) -> dict | None:
    """Plays several epochs, and says what came in them."""
    batches = answer(names, load, augment, batch_size)
    if batches is None:
        return None
    _require_dataset(batches)
    count = len(folder.names)
    most = MANY_PASSES * count
    epochs, loads = [], []
    for _ in range(EPOCHS):
        epochs.append([_read_batch(batch) for batch in batches.take(most)])
        loads.append(int(folder.loaded.numpy()))
    pets = [[pet for batch in epoch for pet in batch] for epoch in epochs]
    orders = [[number for number, *_ in epoch] for epoch in pets]
    endless = len(epochs[0]) == most
    return {
        "the sizes of its batches": _say_sizes(epochs[0], count, batch_size),
        "the pets of an epoch": (
            "no end of them" if endless else _who_comes(orders, count, batch_size)
        ),
        "the order of the pets": _say_order(orders, count),
        "who shares a batch": _say_company(epochs),
        "image and mask": _say_pairs(pets),
        "the flips": _say_flips(pets),
        "a pet is loaded": _say_loads(loads, count),
    }


def _require_dataset(value: Any) -> None:
    if not isinstance(value, tf.data.Dataset):
        raise UnfitAnswer(
            "make_pipeline has to return a tf.data set, from which batches can be taken epoch "
            f"after epoch; what comes back is an object of type {type(value).__name__}.",
            "returns no tf.data set",
        )


def _read_batch(batch: Any) -> list[tuple]:
    """Reads each pair of a batch: number of the pet, the mask's number, flips of both."""
    if not isinstance(batch, tuple | list) or len(batch) != 2:
        raise UnfitAnswer(
            "A batch has to be two things, images and masks, as `load` and `augment` give them.",
            "batches that are no pairs",
        )
    images, masks = (np.asarray(part) for part in batch)
    if (images.shape, masks.shape) == ((HEIGHT, WIDTH, 3), (HEIGHT, WIDTH, 1)):
        raise UnfitAnswer(
            "The pairs come one by one. The network wants them in batches, with an axis more in "
            "front.",
            "makes no batches",
        )
    shapes = images.shape[1:], masks.shape[1:]
    if shapes != ((HEIGHT, WIDTH, 3), (HEIGHT, WIDTH, 1)) or len(images) != len(masks):
        raise UnfitAnswer(
            f"Images come in shape {images.shape} and masks in {masks.shape}; expected are "
            f"(pets, {HEIGHT}, {WIDTH}, 3) and (pets, {HEIGHT}, {WIDTH}, 1).",
            "batches of another shape",
        )
    return [_read_pair(image, mask[..., 0]) for image, mask in zip(images, masks, strict=True)]


def _read_pair(image: np.ndarray, mask: np.ndarray) -> tuple[int, int, bool, bool]:
    number = int(np.rint(image[0, 0, 0]))
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    image_flip, mask_flip = bool(image[0, 0, 1] > image[0, -1, 1]), bool(mask[0, 0] < mask[0, -1])
    drawn = np.stack([np.full((HEIGHT, WIDTH), number), columns, rows], axis=-1)
    area = np.where(columns == 0, mask.max(), 0)
    drawn, area = drawn[:, :: -1 if image_flip else 1], area[:, :: -1 if mask_flip else 1]
    if not (np.array_equal(image, drawn) and np.array_equal(mask, area)):
        raise UnfitAnswer(
            "The numbers of a photo or mask are not those that `load` and `augment` give: leave "
            "them as they come.",
            "changes the pictures",
        )
    return number, int(mask.max()), image_flip, mask_flip


def _say_sizes(epoch: Sequence[Sequence[tuple]], count: int, batch_size: int) -> str:
    sizes = [len(batch) for batch in epoch]
    smaller = len([size for size in sizes if size < batch_size])
    passes = -(-sum(sizes) // count)
    is_right = max(sizes, default=0) == batch_size and smaller <= passes
    return "as asked for" if is_right else "others than asked for"


def _who_comes(orders: Sequence[Sequence[int]], count: int, batch_size: int) -> str:
    wanted = list(range(1, count + 1))
    if all(sorted(order) == wanted for order in orders):
        return "each once"
    if any(set(wanted) - set(order) for order in orders):
        full = count // batch_size * batch_size
        is_rest = all(len(order) == len(set(order)) == full for order in orders)
        return "as many as fill batches" if is_rest else "not all of them"
    return "some more than once"


def _say_order(orders: Sequence[Sequence[int]], count: int) -> str:
    """Says how the order changes; by chance alone a full shuffle is told apart from a small one."""
    if all(list(order) == sorted(order) for order in orders):
        return "as in `names`"
    if all(order == orders[0] for order in orders):
        return "the same in each epoch"
    # A shuffle that chooses among a few can bring no pet far forward.
    forward = [number - 1 - place for order in orders for place, number in enumerate(order[:count])]
    return "another in each epoch" if max(forward) >= count // 2 else "hardly mixed"


def _say_company(epochs: Sequence[Sequence[Sequence[tuple]]]) -> str:
    groups = [{frozenset(number for number, *_ in batch) for batch in epoch} for epoch in epochs]
    if any(one != groups[0] for one in groups):
        return "others each time"
    return "always the same pets" if len(groups[0]) > 1 else "all pets"


def _say_pairs(pets: Sequence[Sequence[tuple]]) -> str:
    pairs = [pair for epoch in pets for pair in epoch]
    if any(image != mask for image, mask, *_ in pairs):
        return "of different pets"
    fit = all(image_flip == mask_flip for *_, image_flip, mask_flip in pairs)
    return "fit each other" if fit else "flipped apart"


def _say_flips(pets: Sequence[Sequence[tuple]]) -> str:
    flips = [
        {number: (image_flip, mask_flip) for number, _, image_flip, mask_flip in epoch}
        for epoch in pets
    ]
    of_images, of_masks = (
        any(pair[place] for epoch in flips for pair in epoch.values()) for place in (0, 1)
    )
    if not (of_images and of_masks):
        return "of photos only" if of_images else "of masks only" if of_masks else "none"
    if all(pair == (True, True) for epoch in flips for pair in epoch.values()):
        return "of every pet, always"
    return "the same in each epoch" if all(one == flips[0] for one in flips) else "others each time"


def _say_loads(loads: Sequence[int], count: int) -> str:
    if loads[-1] <= count:
        return "once"
    grows = all(later > earlier for earlier, later in itertools.pairwise(loads))
    return "in each epoch" if grows else "more than once"


MISCONCEPTIONS = (
    Misconception(
        "flips before the cache",
        "The flips are the same in each epoch: the coins are tossed once, before the cache or "
        "before there is a set, and what came of them is kept. The augmentation is gone, and "
        "nothing says so.",
        _pipeline("load augment cache shuffle batch"),
        also=(_pipeline("load batch augment cache"),),
    ),
    Misconception(
        "caches what is random",
        "Order and flips are the same in each epoch: the cache stands behind all that is random, "
        "and repeats the first epoch for ever.",
        _pipeline("load shuffle batch augment cache"),
    ),
    Misconception(
        "shuffles before the cache",
        "The order is the same in each epoch: the cache keeps the first one. Whatever is random "
        "comes behind it.",
        _pipeline("load shuffle cache batch augment"),
    ),
    Misconception(
        "no cache",
        "Each pet is loaded anew in each epoch. Reading and resizing is the slow part; a cache "
        "right behind it does it once.",
        _pipeline("load shuffle batch augment"),
    ),
    Misconception(
        "no shuffle",
        "The pets come in the order of their names, in every epoch. Neighbours are often alike, as "
        "with pets that are sorted by breed, and always share a batch.",
        _pipeline("load cache batch augment"),
    ),
    Misconception(
        "shuffles whole batches",
        "Only whole batches change places, and the same pets share one for ever. Shuffle pets, "
        "before they are batched.",
        _pipeline("load cache batch shuffle augment"),
    ),
    Misconception(
        "shuffles among a few",
        "The pets are hardly mixed: the last never come early. `shuffle` chooses among as many as "
        "its buffer holds, and it should be able to choose among all.",
        _pipeline("load cache shuffle_few batch augment"),
    ),
    Misconception(
        "drops the rest",
        "The pets of the last batch are left out where they do not fill it. Keep the smaller batch "
        "too: every pet is to be learned from.",
        _pipeline("load cache shuffle full_batch augment"),
    ),
    Misconception(
        "leaves pets out",
        "Not all pets come in an epoch. Is something taken away, by `take` or `skip`?",
        _pipeline("load cache shuffle one_less batch augment"),
    ),
    Misconception(
        "never ends",
        "The epochs have no end: `repeat` begins the pets anew, again and again. Asked for is a "
        "set of one epoch, which the training begins anew by itself.",
        _pipeline("load cache shuffle batch augment repeat"),
    ),
    Misconception(
        "pets come twice",
        "Pets come more than once in an epoch. Augmenting makes no second set beside the first: "
        "the flips change what comes, and each pet comes once.",
        _pipeline("load cache shuffle batch augment repeat_twice"),
    ),
    Misconception(
        "no flips",
        "No pet is ever flipped. `augment` has to be put to use by `map`, whose result has a name "
        "again: a tf.data set is never changed, each method gives a new one.",
        _pipeline("load cache shuffle batch"),
    ),
    Misconception(
        "flips every pet",
        "Every pet is flipped, in every epoch: that is another data set, not a larger one. "
        "`augment` tosses a coin for each pet.",
        _pipeline("load cache shuffle batch mirror"),
    ),
    Misconception(
        "flips the photo only",
        "Of each pair only the one part is flipped, and the other stays: labels lie on the wrong "
        "side. `augment` gives both, and both are needed.",
        _pipeline("load cache shuffle batch image"),
        also=(_pipeline("load cache shuffle batch mask"),),
    ),
    Misconception(
        "a coin for each of the two",
        "`augment` is called twice for a pair, once for the photo and once for the mask, and "
        "tosses another coin each time: half of the pairs no longer fit.",
        _pipeline("load cache shuffle batch apart"),
    ),
    Misconception(
        "mixes photos and masks",
        "Photos and masks are shuffled each by itself, so that a photo gets the mask of another "
        "pet. No error tells you. Keep the two in one set.",
        _shuffle_apart,
    ),
    Misconception(
        "batches of another size",
        "The batches have another size than `batch_size` says.",
        _pipeline("load cache shuffle batch_32 augment"),
        also=(_pipeline("load cache shuffle batch_8 augment"),),
    ),
)
