"""Lesson 4's exercises: what is made smaller in training, for how long, and how it is judged.

Logits are float32 (C,) or N×H×W×C, masks uint8 N×H×W×1; a history maps from the names that Keras
gives its measures to one number an epoch; a confusion matrix is C×C, rows true, columns predicted.
"""

from collections.abc import Callable

import numpy as np

from lessons_lib.checks import Misconception, Task, UnfitAnswer
from lessons_lib.checks.common import as_whole, photos
from lessons_lib.checks.compare import plain
from lessons_lib.checks.quiz import Question, Quiz
from lessons_lib.data import steps as course_steps
from lessons_lib.imbalance import pixel_losses
from lessons_lib.metrics import iou_per_class as course_iou_per_class
from lessons_lib.quiet import keras
from lessons_lib.training import KeepPredictions, TrainingRun

LESSON = 4


# --- pixel_loss --------------------------------------------------------------------------------


def _logits_and_labels() -> list[tuple]:
    """Pixels of which the model is unsure, sure and wrong; the last overflows an exponential."""
    return [
        (np.float32([3.0, 1.0, -0.5]), 2),
        (np.float32([-1.0, 0.5, 1.5]), 1),
        (np.float32([-1.0, 4.0, 0.5, 0.0]), 1),
        (np.float32([1000.0, 999.0, 997.5]), 1),
    ]


def _pixel_loss(logits, label):
    return float(pixel_losses([label], [logits])[0])


def _softmax(logits):
    powers = np.exp(logits - np.max(logits))
    return powers / powers.sum()


def _overflowing_softmax(logits):
    return np.exp(logits) / np.exp(logits).sum()


def _with_either_softmax(mistake: Callable) -> dict:
    """Gives the wrong answers of a mistake, which takes a softmax first: exact and overflowing."""

    def with_softmax(softmax):
        return lambda logits, label: mistake(softmax, logits, label)

    return {"wrong": with_softmax(_softmax), "also": (with_softmax(_overflowing_softmax),)}


def _binary_loss(softmax, logits, label):
    losses = -np.log(1 - softmax(logits))
    losses[label] = -np.log(softmax(logits)[label])
    return losses.sum()


def _squared_loss(softmax, logits, label):
    return np.sum((np.eye(len(logits))[label] - softmax(logits)) ** 2)


def _keras_without_from_logits(logits, label):
    return keras.losses.sparse_categorical_crossentropy(
        np.array([label]), logits[np.newaxis]
    )[0]


def _sigmoid_loss(logits, label):
    return np.log1p(np.exp(-logits[label]))


PIXEL_LOSS = Task(
    name="pixel_loss",
    lesson=LESSON,
    minutes=8,
    aim="Compute the cross-entropy of one pixel from its logits, also of very large ones.",
    signature="pixel_loss(logits, label)",
    hints=(
        "Two steps: from logits to probabilities, and from one probability to the loss.",
        "Only one of the probabilities counts: that of the class which the pixel really has. "
        "A sure and right model has loss 0.",
        "np.exp(1000) is infinite. Softmax stays the same if the same number is taken off all "
        "logits: which number makes the largest power exp(0)?",
        "shifted = logits - logits.max(). Take its exponentials, divide by their sum, pick the "
        "label's, take the negative logarithm.",
    ),
    reference=_pixel_loss,
    cases=_logits_and_labels,
    misconceptions=(
        Misconception(
            "softmax twice",
            "Softmax comes twice. The second one takes probabilities for logits, and even a sure "
            "and right model keeps a loss of about 0.55.",
            **_with_either_softmax(
                lambda softmax, logits, label: -np.log(softmax(softmax(logits))[label])
            ),
        ),
        Misconception(
            "Keras without from_logits",
            "Keras was not told that these are logits, so it cut them off at 0 and 1 as if they "
            "were probabilities.",
            _keras_without_from_logits,
        ),
        Misconception(
            "log of the likeliest class",
            "This is the loss of the class that the model prefers, whatever the pixel really is: "
            "the label has no say, so the model is always told that it is nearly right.",
            **_with_either_softmax(
                lambda softmax, logits, label: -np.log(softmax(logits).max())
            ),
        ),
        Misconception(
            "log of the first class",
            "This is the loss of class 0 for every pixel; use the label to choose.",
            **_with_either_softmax(lambda softmax, logits, label: -np.log(softmax(logits)[0])),
        ),
        Misconception(
            "counts labels from one",
            "The probability beside the right one was taken: labels count from 0 by now, so "
            "nothing has to be taken off them.",
            **_with_either_softmax(
                lambda softmax, logits, label: -np.log(softmax(logits)[label - 1])
            ),
        ),
        Misconception(
            "mean over the classes",
            "This is a mean over all classes. Then the model is also asked to make the wrong "
            "classes likely; only the true class belongs into the loss.",
            **_with_either_softmax(lambda softmax, logits, label: -np.log(softmax(logits)).mean()),
        ),
        Misconception(
            "sum over the classes",
            "The losses of all classes are added up, as if the pixel had every class at once.",
            **_with_either_softmax(lambda softmax, logits, label: -np.log(softmax(logits)).sum()),
        ),
        Misconception(
            "a loss for each class",
            "There is a number for each class, but the pixel has one class and one loss.",
            **_with_either_softmax(lambda softmax, logits, label: -np.log(softmax(logits))),
        ),
        Misconception(
            "no softmax",
            "A logit is no probability: it may be negative or far above 1, and its logarithm "
            "means nothing. Softmax has to come first.",
            lambda logits, label: -np.log(logits[label]),
            also=(lambda logits, label: -logits[label],),
        ),
        Misconception(
            "forgets the minus",
            "The loss is negative, and smallest where the model is wrong: a training would make it "
            "worse with every step.",
            **_with_either_softmax(lambda softmax, logits, label: np.log(softmax(logits)[label])),
        ),
        Misconception(
            "one minus the probability",
            "This is the probability of being wrong, and it never exceeds 1. Cross-entropy grows "
            "without limit where the model is sure and wrong.",
            **_with_either_softmax(lambda softmax, logits, label: 1 - softmax(logits)[label]),
        ),
        Misconception(
            "probability instead of loss",
            "This is the probability of the true class; the loss is still to be made of it.",
            **_with_either_softmax(lambda softmax, logits, label: softmax(logits)[label]),
        ),
        Misconception(
            "another logarithm",
            "The logarithm has another base. Keras, NumPy's `log` and all figures of the lesson "
            "use the natural one.",
            **_with_either_softmax(lambda softmax, logits, label: -np.log2(softmax(logits)[label])),
        ),
        Misconception(
            "binary cross-entropy",
            "Each class is treated as a yes-or-no question of its own. Here the classes exclude "
            "each other, so what the wrong ones get is already known from the true one.",
            **_with_either_softmax(_binary_loss),
        ),
        Misconception(
            "sigmoid instead of softmax",
            "A sigmoid looks at one logit alone. Whether 3 is much depends on the other logits, "
            "and softmax compares them.",
            _sigmoid_loss,
        ),
        Misconception(
            "squared error",
            "This is a squared error. It hardly tells a wrong pixel from a very wrong one; "
            "cross-entropy is a logarithm.",
            **_with_either_softmax(_squared_loss),
        ),
        Misconception(
            "overflows",
            "Right for small logits. For large ones it gives NaN, as exp(1000) is infinite; a "
            "single such pixel would make the loss of the whole batch NaN.",
            lambda logits, label: -np.log(_overflowing_softmax(logits)[label]),
        ),
    ),
    why="The loss of a whole training is the mean of this number over pixels; whoever knows it for "
    "one pixel can tell by the curve alone that a softmax came twice.",
)


# --- steps -------------------------------------------------------------------------------------


def _counts_and_batch_sizes() -> list[tuple]:
    """Sets that do and do not fill their last batch."""
    return [
        ({"train": 90, "validation": 20, "test": 45}, 8),
        ({"train": 64, "validation": 32, "test": 16}, 16),
        ({"train": 61, "validation": 31, "test": 70}, 16),
        ({"train": 100, "validation": 7, "test": 33}, 32),
    ]


def _steps(counts, batch_size):
    return tuple(course_steps(counts[name], batch_size) for name in ("train", "validation"))


def _observe_steps(answer, counts, batch_size):
    result = answer(counts, batch_size)
    return tuple(map(as_whole, result)) if isinstance(result, tuple | list) else result


def _ceil(count, batch_size):
    return -(-count // batch_size)


def _floor(count, batch_size):
    return count // batch_size


def _steps_by(train_rule, validation_rule, *, validation="validation"):
    """Makes an answer that divides by these rules, and validates on this set."""

    def answer(counts, batch_size):
        return (
            train_rule(counts["train"], batch_size),
            validation_rule(counts[validation], batch_size),
        )

    return answer


def _one_more(count, batch_size):
    return count // batch_size + 1


def _nearest(count, batch_size):
    return round(count / batch_size)


def _steps_of_everything(counts, batch_size):
    both = counts["train"] + counts["validation"]
    return _ceil(both, batch_size), _ceil(counts["validation"], batch_size)


STEPS = Task(
    name="steps",
    lesson=LESSON,
    minutes=5,
    aim="Compute STEPS_PER_EPOCH and VALIDATION_STEPS, so that every pet is seen once an epoch.",
    signature="steps(counts, batch_size)",
    hints=(
        "One step takes one batch. How many batches do 10 pets make, in batches of 4?",
        "The last batch may be smaller than the others, and it counts as a step.",
        "math.ceil rounds up. Validation looks at the pets that were set apart for it, none else.",
    ),
    reference=_steps,
    cases=_counts_and_batch_sizes,
    returns=("number of steps per epoch", "number of validation steps"),
    observe=_observe_steps,
    misconceptions=(
        Misconception(
            "rounds down",
            "The pets of the last, smaller batch are left out. In a validation that is not "
            "shuffled they are the same few each time, and a small set may get no step at all.",
            _steps_by(_floor, _floor),
            also=(_steps_by(_floor, _ceil), _steps_by(_ceil, _floor)),
        ),
        Misconception(
            "validates on the test set",
            "The validation steps are those of the test set. What you look at after every epoch "
            "guides your choices, and then nothing unseen is left for the last figure.",
            _steps_by(_ceil, _ceil, validation="test"),
        ),
        Misconception(
            "rounds to the nearest",
            "It rounds to the nearest whole number: a last batch that is less than half full is "
            "left out.",
            _steps_by(_nearest, _nearest),
        ),
        Misconception(
            "always one more",
            "Where the batches come out even it gives one step too many: Keras would wait for a "
            "batch that never comes.",
            _steps_by(_one_more, _one_more),
        ),
        Misconception(
            "does not round",
            "These are no whole numbers. There is no half step: the last batch is smaller, and "
            "it still is one step.",
            _steps_by(lambda count, size: count / size, lambda count, size: count / size),
        ),
        Misconception(
            "counts pets",
            "These are numbers of pets. A step takes a whole batch of them.",
            _steps_by(lambda count, size: count, lambda count, size: count),
        ),
        Misconception(
            "trains on the validation pets too",
            "The validation pets are counted among the training pets. They were set apart, and a "
            "model that has learned from them cannot be judged by them.",
            _steps_of_everything,
        ),
        Misconception(
            "returns the validation first",
            "The two numbers have changed places: the steps per epoch come first.",
            lambda counts, batch_size: _steps(counts, batch_size)[::-1],
        ),
    ),
    why="One pet too few in every epoch raises no error; it is simply never learned from, or never "
    "asked about.",
)


# --- KeepMasks ---------------------------------------------------------------------------------

BATCHES_AN_EPOCH = 2


def _trainings_to_watch() -> list[tuple]:
    """Images, epochs, whether there is a validation, and how many trainings follow each other."""
    return [(photos(1, 3), 3, True, 1), (photos(3, 4, seed=1), 2, False, 2)]


def _model_to_watch() -> keras.Model:
    """From images N×H×W×3 to logits N×H×W×3; its batch norm has measured other images."""
    model = keras.Sequential(
        [keras.Input((None, None, 3)), keras.layers.BatchNormalization(), keras.layers.Conv2D(3, 1)]
    )
    model.layers[0].moving_mean.assign([0.1, 0.9, 0.4])
    model.layers[0].moving_variance.assign([0.3, 0.02, 0.1])
    return model


def _watch_trainings(keeper_class, images, epochs, validation, trainings):
    """Lets a keeper watch trainings, through Keras' own list of callbacks, and tells what it kept.

    Each step gives the model other weights, instead of computing better ones: that is quick, and
    equal on every machine.
    """
    in_the_class = getattr(keeper_class, "masks", None)
    before = list(in_the_class) if isinstance(in_the_class, list) else None
    try:
        keeper, unused_keeper = keeper_class(images), keeper_class(images[:1])
        model = _model_to_watch()
        for training in range(trainings):
            _run_training(keeper, model, epochs, validation, seed=training)
        _take_step(model, np.random.default_rng(99))
        unused = getattr(unused_keeper, "masks", ())
        return _tell_kept(keeper.masks) | {"the number of masks of an unused keeper": len(unused)}
    finally:
        if before is not None:
            in_the_class[:] = before


def _run_training(keeper, model, epochs, validation, *, seed):
    weights = np.random.default_rng(seed)
    callbacks = keras.callbacks.CallbackList(
        [keeper], model=model, epochs=epochs, steps=BATCHES_AN_EPOCH, verbose=0
    )
    callbacks.on_train_begin()
    for epoch in range(epochs):
        callbacks.on_epoch_begin(epoch)
        for batch in range(BATCHES_AN_EPOCH):
            callbacks.on_train_batch_begin(batch)
            _take_step(model, weights)
            callbacks.on_train_batch_end(batch, {"loss": 1.0})
        if validation:
            callbacks.on_test_begin()
            callbacks.on_test_batch_begin(0)
            callbacks.on_test_batch_end(0, {"loss": 1.0})
            callbacks.on_test_end({"loss": 1.0})
        callbacks.on_epoch_end(epoch, {"loss": 1.0})
    callbacks.on_train_end({"loss": 1.0})


def _take_step(model, weights):
    kernel = model.layers[-1].kernel
    kernel.assign(weights.normal(size=kernel.shape))


def _tell_kept(masks) -> dict:
    if not isinstance(masks, list | tuple | np.ndarray):
        raise UnfitAnswer(f"masks is to be a list; yours is of type {type(masks).__name__}.")
    kept = ["the model" if isinstance(mask, keras.Model) else plain(mask) for mask in masks]
    alike = len({mask.shape for mask in kept if isinstance(mask, np.ndarray)}) == 1
    all_arrays = all(isinstance(mask, np.ndarray) for mask in kept)
    return {
        "the number of masks kept": len(kept),
        "what is kept": np.stack(kept) if alike and all_arrays else tuple(kept),
    }


class _Keeper(keras.callbacks.Callback):
    """A right keeper, of which each wrong one changes a part."""

    def __init__(self, images):
        super().__init__()
        self.images = images
        self.masks = []

    def on_train_begin(self, logs=None):
        self.masks = []

    def on_epoch_end(self, epoch, logs=None):
        self.keep()

    def keep(self):
        self.masks.append(self.predict())

    def predict(self):
        return np.argmax(self.logits(), axis=-1)[..., np.newaxis]

    def logits(self):
        return self.model(self.images, training=False).numpy()


class _KeepsAfterBatches(_Keeper):
    def on_epoch_end(self, epoch, logs=None):
        pass

    def on_train_batch_end(self, batch, logs=None):
        self.keep()


class _KeepsBeforeEpochs(_Keeper):
    def on_epoch_end(self, epoch, logs=None):
        pass

    def on_epoch_begin(self, epoch, logs=None):
        self.keep()


class _KeepsAfterValidation(_Keeper):
    def on_epoch_end(self, epoch, logs=None):
        pass

    def on_test_end(self, logs=None):
        self.keep()


class _IsNeverCalled(_Keeper):
    def on_epoch_end(self, epoch, logs=None):
        pass

    def epoch_end(self, epoch, logs=None):
        self.keep()


class _KeepsOneArray(_Keeper):
    def keep(self):
        if not self.masks:
            self.array = self.predict()
        self.array[...] = self.predict()
        self.masks.append(self.array)


class _KeepsTheLastOften(_Keeper):
    def keep(self):
        self.masks = [self.predict()] * (len(self.masks) + 1)


class _KeepsTheModel(_Keeper):
    def keep(self):
        self.masks.append(self.model)


class _KeepsTheLast(_Keeper):
    def keep(self):
        self.masks = [self.predict()]


class _KeepsAtTheEnd(_Keeper):
    def on_epoch_end(self, epoch, logs=None):
        pass

    def on_train_end(self, logs=None):
        self.keep()


class _KeepsLogits(_Keeper):
    def predict(self):
        return self.logits()


class _KeepsProbabilities(_Keeper):
    def predict(self):
        return keras.ops.softmax(self.logits()).numpy()


class _ComparesAcrossThePicture(_Keeper):
    def predict(self):
        return np.argmax(self.logits(), axis=1)[..., np.newaxis]


class _ComparesAcrossThePictureWithoutChannel(_Keeper):
    def predict(self):
        return np.argmax(self.logits(), axis=1)


class _ComparesEverything(_Keeper):
    def predict(self):
        return np.argmax(self.logits())


class _LosesTheChannel(_Keeper):
    def predict(self):
        return np.argmax(self.logits(), axis=-1)


class _KeepsTheFirstImage(_Keeper):
    def predict(self):
        return super().predict()[:1]


class _KeepsTheFirstImageWithoutItsAxis(_Keeper):
    def predict(self):
        return super().predict()[0]


class _PredictsAsInTraining(_Keeper):
    def logits(self):
        return self.model(self.images, training=True).numpy()


class _NeverStartsAnew(_Keeper):
    def on_train_begin(self, logs=None):
        pass


class _SharesOneList(_Keeper):
    masks = []

    def __init__(self, images):
        keras.callbacks.Callback.__init__(self)
        self.images = images

    def on_train_begin(self, logs=None):
        pass


class _SharesOneListButEmptiesIt(_SharesOneList):
    masks = []

    def on_train_begin(self, logs=None):
        self.masks.clear()


KEEP_MASKS = Task(
    name="KeepMasks",
    lesson=LESSON,
    minutes=15,
    aim="Write a callback that keeps, in its list `masks`, the masks that the model predicts for "
    "the same images after each epoch; every training starts with an empty list.",
    signature="class KeepMasks(keras.callbacks.Callback)",
    hints=(
        "Keras calls methods of a callback at fixed moments, by their names. Which moment is it "
        "here? `help(keras.callbacks.Callback)` lists them all.",
        "Inside the callback, the model is `self.model`. Call it as for use, not as in training: "
        "`self.model(self.images, training=False)`.",
        "The classes lie on the last axis of the logits. A mask keeps an axis of length 1 there.",
        "Three methods: `__init__` stores the images, `on_train_begin` makes a new empty list, "
        "`on_epoch_end(self, epoch, logs=None)` appends the argmax of the logits.",
    ),
    reference=KeepPredictions,
    cases=_trainings_to_watch,
    observe=_watch_trainings,
    misconceptions=(
        Misconception(
            "keeps after every batch",
            "It predicts after every batch, so there are more masks than epochs, and on a real "
            "set the predicting would take longer than the training.",
            _KeepsAfterBatches,
        ),
        Misconception(
            "keeps what goes on changing",
            "All epochs hold the same masks, those of the last one: the list holds one and the "
            "same array many times, and it was written over. Keep a new array each time.",
            _KeepsOneArray,
            also=(_KeepsTheLastOften,),
        ),
        Misconception(
            "keeps the model",
            "It keeps the model itself. There is only one, and it goes on learning: asked at the "
            "end, it predicts the masks of the last epoch only.",
            _KeepsTheModel,
        ),
        Misconception(
            "keeps before the epochs",
            "It predicts when an epoch begins: the first masks are those of an untrained model, "
            "and the trained one's are missing.",
            _KeepsBeforeEpochs,
        ),
        Misconception(
            "keeps the last only",
            "Only the masks of the last epoch are left, so there is nothing to replay.",
            _KeepsTheLast,
            also=(_KeepsAtTheEnd,),
        ),
        Misconception(
            "waits for a validation",
            "It predicts at the end of a validation. A training without one would keep nothing, "
            "and `model.evaluate` would add masks of its own.",
            _KeepsAfterValidation,
        ),
        Misconception(
            "is never called",
            "Nothing is kept. Keras calls only methods whose names it knows; one with another "
            "name is never called, and no error says so.",
            _IsNeverCalled,
        ),
        Misconception(
            "keeps logits",
            "It keeps the logits: decimal numbers, three for each pixel. A mask has one label.",
            _KeepsLogits,
        ),
        Misconception(
            "keeps probabilities",
            "It keeps how probable each class is. A mask says only which class is the likeliest.",
            _KeepsProbabilities,
        ),
        Misconception(
            "argmax over the wrong axis",
            "The argmax compares pixels with each other instead of the classes of one pixel: it "
            "answers where, and the question is what.",
            _ComparesAcrossThePicture,
            also=(_ComparesAcrossThePictureWithoutChannel, _ComparesEverything),
        ),
        Misconception(
            "loses the channel axis",
            "The masks are N×H×W: argmax has taken the last axis away. The course's masks are "
            "N×H×W×1, so that they can be shown and compared beside the true ones.",
            _LosesTheChannel,
        ),
        Misconception(
            "keeps the first image only",
            "Of several images, only the first one's mask is kept.",
            _KeepsTheFirstImage,
            also=(_KeepsTheFirstImageWithoutItsAxis,),
        ),
        Misconception(
            "predicts as in training",
            "The model is called as in training. Batch norm then uses these few images, and even "
            "moves its averages by them: watching would change what is watched.",
            _PredictsAsInTraining,
        ),
        Misconception(
            "never starts anew",
            "The second training's masks are added to those of the first.",
            _NeverStartsAnew,
        ),
        Misconception(
            "shares one list",
            "The list belongs to the class, so all keepers share it: one that has watched nothing "
            "holds the masks of another. Make the list for each keeper by itself.",
            _SharesOneList,
            also=(_SharesOneListButEmptiesIt,),
        ),
    ),
    why="A curve says that a model learns; masks after each epoch say what, and only copies "
    "survive a model that goes on changing.",
)


# --- best_epoch --------------------------------------------------------------------------------


def _history(epochs: int, **best: int) -> dict[str, list[float]]:
    """Makes a history in which each measure is best after the epoch that is given for it."""
    distance = {name: abs(np.arange(1, epochs + 1) - epoch) for name, epoch in best.items()}
    return {
        name: (0.3 + 0.05 * far if "loss" in name else 0.8 - 0.03 * far).round(2).tolist()
        for name, far in distance.items()
    }


def _histories() -> list[tuple]:
    """Histories in which the measures disagree, and one that falls before it rises again."""
    first = _history(
        6, loss=6, accuracy=5, mean_iou=5, val_loss=2, val_accuracy=3, val_mean_iou=4
    )
    second = _history(
        8, loss=7, accuracy=8, mean_iou=2, val_loss=6, val_accuracy=5, val_mean_iou=3
    )
    third = _history(
        6, loss=6, accuracy=6, mean_iou=6, val_loss=3, val_accuracy=4, val_mean_iou=5
    )
    third["val_mean_iou"] = [0.41, 0.55, 0.5, 0.6, 0.62, 0.58]
    return [(first,), (second,), (third,)]


def _first_peak(history):
    values = history["val_mean_iou"]
    falls = [epoch for epoch in range(1, len(values)) if values[epoch] < values[epoch - 1]]
    return falls[0] if falls else len(values)


def _epoch_by(name: str, choose: Callable) -> dict:
    """Gives the wrong answers that choose by another measure, counted from one and from zero."""
    return {
        "wrong": lambda history: int(choose(history[name])) + 1,
        "also": (lambda history: int(choose(history[name])),),
    }


BEST_EPOCH = Task(
    name="best_epoch",
    lesson=LESSON,
    minutes=4,
    aim="Say which epoch's weights to keep, counted from 1: the one with the highest mean IoU on "
    "the validation pets.",
    signature="best_epoch(history)",
    hints=(
        "Look at history.keys(). Which lists were measured on pets that the model does not learn "
        "from?",
        "np.argmax says where in a list the largest value is.",
        "Python counts places from 0, people count epochs from 1.",
    ),
    reference=lambda history: TrainingRun(history).best_epoch,
    cases=_histories,
    misconceptions=(
        Misconception(
            "takes the last",
            "This is the last epoch. Training longer is not always better: the curve on new pets "
            "may have turned back long before.",
            lambda history: len(history["val_mean_iou"]),
            also=(lambda history: len(history["val_mean_iou"]) - 1,),
        ),
        Misconception(
            "lowest training loss",
            "This is where the training loss is lowest. It goes on falling while a model learns "
            "its training pets by heart, so it cannot say when to stop.",
            **_epoch_by("loss", np.argmin),
        ),
        Misconception(
            "counts from zero",
            "The right place in the list, but a list counts from 0 and epochs are counted from 1.",
            lambda history: int(np.argmax(history["val_mean_iou"])),
        ),
        Misconception(
            "highest training IoU",
            "The right measure on the wrong pets: on those that the model has learned from.",
            **_epoch_by("mean_iou", np.argmax),
        ),
        Misconception(
            "lowest validation loss",
            "The right pets, but the loss. It punishes being sure and wrong and may rise while "
            "the masks still get better; asked for is the mean IoU.",
            **_epoch_by("val_loss", np.argmin),
        ),
        Misconception(
            "highest validation accuracy",
            "This is where the accuracy is highest on the validation pets. It flatters whoever "
            "calls much background, and hardly notices the border.",
            **_epoch_by("val_accuracy", np.argmax),
        ),
        Misconception(
            "highest training accuracy",
            "This looks at the accuracy, and on the training pets: neither is what counts here.",
            **_epoch_by("accuracy", np.argmax),
        ),
        Misconception(
            "takes the lowest",
            "This is the epoch with the worst mean IoU. Of a loss the lowest is best, of an IoU "
            "the highest.",
            **_epoch_by("val_mean_iou", np.argmin),
        ),
        Misconception(
            "stops at the first fall",
            "It stops where the curve falls for the first time. Curves are jagged: a better epoch "
            "may come after a worse one.",
            _first_peak,
            also=(lambda history: _first_peak(history) - 1,),
        ),
        Misconception(
            "gives the IoU",
            "This is how good the best epoch was; asked for is which one it was.",
            lambda history: max(history["val_mean_iou"]),
        ),
    ),
    why="The weights to keep are those that do best on pets the model never learned from, in the "
    "measure you care for; the end of a training is just when you stopped waiting.",
)


# --- curves ------------------------------------------------------------------------------------

VERDICTS = (
    "overfits",
    "underfits",
    "learns well",
    "stopped too early",
    "learning rate too high",
)
CURVES_ANSWER = {"A": "overfits", "B": "stopped too early", "C": "underfits"}
CURVES_QUESTIONS = tuple(
    Question(run, f"What do you say of run {run}?", VERDICTS) for run in CURVES_ANSWER
)


def run_to_read(name: str) -> dict[str, list[float]]:
    """Returns the history of a run to be read: loss and mean IoU, training and validation.

    Args:
        name: "A", "B" or "C".

    Raises:
        ValueError: there is no such run.
    """
    if name not in CURVES_ANSWER:
        raise ValueError(f"The runs are called {', '.join(CURVES_ANSWER)}, but {name!r} came.")
    epochs = np.arange(1, (7 if name == "B" else 21))
    if name == "A":
        loss, iou = 0.03 + 0.9 * np.exp(-epochs / 5), 0.95 - 0.6 * np.exp(-epochs / 5)
        late = np.maximum(0, epochs - 6)
        val_loss = 0.32 + 0.7 * np.exp(-epochs / 3) + 0.025 * late
        val_iou = 0.61 - 0.35 * np.exp(-epochs / 2.5) - 0.006 * late
    elif name == "B":
        loss, iou = 1.05 * np.exp(-epochs / 7), 0.16 + 0.075 * epochs
        val_loss, val_iou = loss + 0.06, iou - 0.03
    else:
        loss, iou = 0.74 + 0.25 * np.exp(-epochs / 2), 0.35 - 0.12 * np.exp(-epochs / 2)
        val_loss, val_iou = loss + 0.02, iou - 0.01
    measures = {"loss": loss, "val_loss": val_loss, "mean_iou": iou, "val_mean_iou": val_iou}
    return {name: values.round(3).tolist() for name, values in measures.items()}


def curves_form(check_curves: Callable) -> Quiz:
    """Returns the questions as a form.

    Args:
        check_curves: ``check.curves``.
    """
    return Quiz("curves", CURVES_QUESTIONS, check_curves)


def _read_verdicts(answer):
    """Takes the verdicts as they are meant: in any order and in capitals too."""
    if not isinstance(answer, dict) or {str(key).upper() for key in answer} != set(CURVES_ANSWER):
        raise UnfitAnswer('Write a verdict for each run: {"A": "…", "B": "…", "C": "…"}.')
    verdicts = {str(key).upper(): str(value).strip().lower() for key, value in answer.items()}
    for run in CURVES_ANSWER:
        if verdicts[run] not in VERDICTS:
            raise UnfitAnswer(f"Choose the verdict of {run} from: {', '.join(VERDICTS)}.")
    return {run: verdicts[run] for run in CURVES_ANSWER}


def _takes(run: str, verdict: str) -> dict[str, str]:
    return CURVES_ANSWER | {run: verdict}


CURVES = Task(
    name="curves",
    lesson=LESSON,
    minutes=6,
    aim="Read the curves of three runs and choose a verdict for each.",
    signature="curves",
    hints=(
        "Ask three questions of each run: does the training curve still improve? Does the "
        "validation curve follow? Do they part?",
        "A gap by itself is no fault. What matters is whether the validation curve still gets "
        "better, stands still or gets worse.",
        "In one run the curves part, in one both stand still and are poor, in one both are still "
        "on their way.",
    ),
    reference=CURVES_ANSWER,
    observe=_read_verdicts,
    misconceptions=(
        Misconception(
            "A: looks at the training curve only",
            "Run A does well, but only on its training pets. What does the validation loss do "
            "after the sixth epoch?",
            _takes("A", "learns well"),
        ),
        Misconception(
            "A: takes bad validation for underfitting",
            "A model that underfits is poor on its training pets as well. How good is the "
            "training curve of run A at the end?",
            _takes("A", "underfits"),
        ),
        Misconception(
            "A: wants more epochs",
            "In run A only the training curve still improves. Would more epochs help pets that "
            "the model has never seen?",
            _takes("A", "stopped too early"),
        ),
        Misconception(
            "B: takes any gap for overfitting",
            "In run B there is a gap, but it does not grow: the validation gets better with every "
            "epoch. Training pets are always a little easier.",
            _takes("B", "overfits"),
        ),
        Misconception(
            "B: takes unfinished for underfitting",
            "Run B is not good yet, but look at the slope of its last epochs. Has it shown what "
            "it can learn?",
            _takes("B", "underfits"),
        ),
        Misconception(
            "B: is content too soon",
            "What run B does is healthy, but look at its last epoch: did it end because nothing "
            "more was to be won?",
            _takes("B", "learns well"),
        ),
        Misconception(
            "C: takes close for good",
            "In run C the curves lie close together, and that is not enough: read how high. A "
            "model that says background everywhere has a mean IoU of about 0.20.",
            _takes("C", "learns well"),
        ),
        Misconception(
            "C: wants more epochs",
            "Run C has stood still for more than ten epochs. What would further ones change?",
            _takes("C", "stopped too early"),
        ),
        Misconception(
            "C: takes poor for overfitting",
            "Run C is as poor on its training pets as on new ones. It has learned nothing by "
            "heart.",
            _takes("C", "overfits"),
        ),
        Misconception(
            "takes a slow curve for a high learning rate",
            "With a learning rate that is too high the curves jump up and down from epoch to "
            "epoch. All three runs here are smooth.",
            _takes("A", "learning rate too high"),
            also=(_takes("B", "learning rate too high"), _takes("C", "learning rate too high")),
        ),
    ),
    why="Each verdict has its own cure: more pets, more epochs, a larger model. The wrong cure "
    "costs a night of training and changes nothing.",
)


# --- iou_per_class -----------------------------------------------------------------------------


def _confusions() -> list[tuple]:
    """Confusion matrices; in some a class is nowhere, or predicted and never true."""
    return [
        (np.array([[6, 2, 0], [1, 9, 2], [3, 0, 4]]),),
        (np.array([[30, 5, 7], [2, 80, 11], [9, 3, 20]]),),
        (np.array([[8, 0, 2], [0, 0, 0], [1, 0, 5]]),),
        (np.array([[7, 1, 2], [0, 12, 3], [0, 0, 0]]),),
    ]


def _with_either_absence(count: Callable) -> dict:
    """Gives the wrong answers of a mistake: NaN or 0 where there is nothing to divide by."""

    def answer(confusion):
        with np.errstate(all="ignore"):
            part, whole = count(np.diag(confusion), confusion.sum(axis=1), confusion.sum(axis=0))
            return part / whole

    return {"wrong": answer, "also": (lambda confusion: np.nan_to_num(answer(confusion)),)}


def _without_absent(confusion):
    values = course_iou_per_class(confusion)
    return values[~np.isnan(values)]


def _absent_means(value: float) -> Callable:
    return lambda confusion: np.nan_to_num(course_iou_per_class(confusion), nan=value)


def _never_true_is_absent(confusion):
    return np.where(confusion.sum(axis=1) > 0, course_iou_per_class(confusion), np.nan)


IOU_PER_CLASS = Task(
    name="iou_per_class",
    lesson=LESSON,
    minutes=8,
    aim="Compute each class's intersection over union from a confusion matrix; NaN for a class "
    "that is neither true nor predicted anywhere.",
    signature="iou_per_class(confusion)",
    hints=(
        "Take one class. Where in the matrix are its hits, where the pixels that have it, where "
        "those that were given it?",
        "Hits: the diagonal. A row holds all pixels that have the class, a column all that were "
        "given it.",
        "Union: row plus column, but who is counted in both?",
        "hits = np.diag(confusion); the union is the sum of the rows plus the sum of the columns, "
        "minus the hits. In NumPy, 0 / 0 already is NaN.",
    ),
    reference=course_iou_per_class,
    cases=_confusions,
    misconceptions=(
        Misconception(
            "recall",
            "This is the recall: hits out of all pixels that have the class. A model that calls "
            "everything pet would get 1 for pet.",
            **_with_either_absence(lambda hits, true, predicted: (hits, true)),
        ),
        Misconception(
            "precision",
            "This is the precision: hits out of all pixels that were given the class. A model "
            "that dares a single pixel, rightly, would get 1.",
            **_with_either_absence(lambda hits, true, predicted: (hits, predicted)),
        ),
        Misconception(
            "counts the hits twice",
            "The hits stand in the row and in the column, so the union counts them twice: even a "
            "perfect model would get a half.",
            **_with_either_absence(lambda hits, true, predicted: (hits, true + predicted)),
        ),
        Misconception(
            "Dice",
            "This is the Dice score, also called F1: twice the hits over row plus column. It is a "
            "relative of IoU and always looks a little better.",
            **_with_either_absence(lambda hits, true, predicted: (2 * hits, true + predicted)),
        ),
        Misconception(
            "leaves the hits out of the union",
            "The union lacks the hits: only misses and false alarms are in it. Such a number may "
            "exceed 1, or divide by zero where the model is perfect.",
            **_with_either_absence(
                lambda hits, true, predicted: (hits, true + predicted - 2 * hits)
            ),
        ),
        Misconception(
            "divides by all pixels",
            "The hits are divided by all pixels of the set: a small class would get a small "
            "number even if it were found perfectly.",
            **_with_either_absence(lambda hits, true, predicted: (hits, true.sum())),
        ),
        Misconception(
            "accuracy of each class",
            "This is how often class or not-class was right. The many pixels that are rightly "
            "called something else count as hits, which flatters a rare class most.",
            **_with_either_absence(
                lambda hits, true, predicted: (
                    true.sum() - true - predicted + 2 * hits,
                    true.sum(),
                )
            ),
        ),
        Misconception(
            "accuracy",
            "This is one number, the pixel accuracy, and it flatters: a large background makes it "
            "high. Asked for is one number for each class.",
            lambda confusion: np.diag(confusion).sum() / confusion.sum(),
        ),
        Misconception(
            "mean IoU",
            "This is the mean over the classes. It hides which class is poor; give one number for "
            "each.",
            lambda confusion: np.nanmean(course_iou_per_class(confusion)),
            also=(
                lambda confusion: np.nan_to_num(course_iou_per_class(confusion)).mean(),
                lambda confusion: course_iou_per_class(confusion).mean(),
            ),
        ),
        Misconception(
            "absent is 0",
            "A class that is nowhere gets 0, as if the model had failed at it. There was nothing "
            "to find and nothing was claimed; the mean would be pulled down for nothing.",
            _absent_means(0.0),
            also=(
                lambda confusion: np.diag(confusion)
                / (confusion.sum(0) + confusion.sum(1) - np.diag(confusion) + 1e-7),
            ),
        ),
        Misconception(
            "absent is 1",
            "A class that is nowhere gets 1, as if the model had found it perfectly. The mean "
            "would be pushed up for nothing.",
            _absent_means(1.0),
            also=(
                lambda confusion: (np.diag(confusion) + 1e-7)
                / (confusion.sum(0) + confusion.sum(1) - np.diag(confusion) + 1e-7),
            ),
        ),
        Misconception(
            "leaves the absent class out",
            "A class that is nowhere has no place in the result, so the classes behind it move up "
            "and take its name.",
            _without_absent,
        ),
        Misconception(
            "calls a class absent that was predicted",
            "NaN is given to a class that no pixel has, though the model claimed it somewhere. "
            "Those claims are wrong, and the union is not empty.",
            _never_true_is_absent,
        ),
        Misconception(
            "divides whole numbers",
            "Almost everything is 0: `//` or whole numbers cut off what is behind the point.",
            lambda confusion: np.diag(confusion)
            // np.maximum(confusion.sum(0) + confusion.sum(1) - np.diag(confusion), 1),
            also=(
                lambda confusion: np.nan_to_num(course_iou_per_class(confusion)).astype(int),
                lambda confusion: np.floor(np.nan_to_num(course_iou_per_class(confusion))),
            ),
        ),
        Misconception(
            "percent",
            "These are percent. An IoU goes from 0 to 1, so that it can be compared with others.",
            lambda confusion: 100 * course_iou_per_class(confusion),
            also=(lambda confusion: 100 * np.nan_to_num(course_iou_per_class(confusion)),),
        ),
    ),
    why="IoU punishes misses and false alarms alike, so no lazy model can flatter itself; and "
    "exchanging rows and columns does not change it.",
)


TASKS = (PIXEL_LOSS, STEPS, KEEP_MASKS, BEST_EPOCH, CURVES, IOU_PER_CLASS)
