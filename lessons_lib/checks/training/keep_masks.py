"""KeepMasks: a callback that keeps what the model predicts."""

from typing import Any

import numpy as np

from lessons_lib.checks.common import photos
from lessons_lib.checks.observing import UnfitAnswer
from lessons_lib.checks.task import Misconception, Task
from lessons_lib.checks.values import plain
from lessons_lib.quiet import keras
from lessons_lib.training import KeepPredictions


def declare() -> Task:
    """Declares the exercise."""
    return Task(
        name="KeepMasks",
        lesson=4,
        minutes=15,
        aim="Write a callback that keeps, in its list `masks`, the masks that the model predicts "
        "for the same images after each epoch; every training starts with an empty list.",
        signature="class KeepMasks(keras.callbacks.Callback)",
        hints=(
            "Keras calls methods of a callback at fixed moments, by their names. Which moment is "
            "it here? `help(keras.callbacks.Callback)` lists them all.",
            "Inside the callback, the model is `self.model`. Call it as for use, not as in "
            "training: `self.model(self.images, training=False)`.",
            "The classes lie on the last axis of the logits. A mask keeps an axis of length 1 "
            "there.",
            "Three methods: `__init__` stores the images, `on_train_begin` makes a new empty list, "
            "`on_epoch_end(self, epoch, logs=None)` appends the argmax of the logits.",
        ),
        reference=KeepPredictions,
        cases=_trainings_to_watch,
        observe=_watch_trainings,
        misconceptions=MISCONCEPTIONS,
        why="A curve says that a model learns; masks after each epoch say what, and only copies "
        "survive a model that goes on changing.",
    )


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


def _watch_trainings(
    keeper_class: type, images: np.ndarray, epochs: int, validation: bool, trainings: int
) -> dict:
    """Lets a keeper watch trainings, through Keras' own list of callbacks, and tells what it kept.

    Each step gives the model other weights, instead of computing better ones: that is quick, and
    equal on every machine.
    """
    shared = getattr(keeper_class, "masks", None)
    shared = shared if isinstance(shared, list) else []
    before = list(shared)
    try:
        keeper, unused_keeper = keeper_class(images), keeper_class(images[:1])
        model = _model_to_watch()
        for training in range(trainings):
            _run_training(keeper, model, epochs, validation, seed=training)
        _take_step(model, np.random.default_rng(99))
        unused = getattr(unused_keeper, "masks", ())
        return _tell_kept(keeper.masks) | {"the number of masks of an unused keeper": len(unused)}
    finally:
        shared[:] = before


def _run_training(
    keeper: keras.callbacks.Callback,
    model: keras.Model,
    epochs: int,
    validation: bool,
    *,
    seed: int,
) -> None:
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


def _take_step(model: keras.Model, weights: np.random.Generator) -> None:
    kernel = model.layers[-1].kernel
    kernel.assign(weights.normal(size=kernel.shape))


def _tell_kept(masks: Any) -> dict:
    if not isinstance(masks, list | tuple | np.ndarray):
        raise UnfitAnswer(
            f"masks is to be a list; yours is of type {type(masks).__name__}.", "no list of masks"
        )
    kept = ["the model" if isinstance(mask, keras.Model) else plain(mask) for mask in masks]
    alike = len({mask.shape for mask in kept if isinstance(mask, np.ndarray)}) == 1
    all_arrays = all(isinstance(mask, np.ndarray) for mask in kept)
    return {
        "the number of masks kept": len(kept),
        "what is kept": np.stack(kept) if alike and all_arrays else tuple(kept),
    }


class _Keeper(keras.callbacks.Callback):
    """A right keeper, of which each wrong one changes a part."""

    in_training = False

    def __init__(self, images: np.ndarray) -> None:
        super().__init__()
        self.images = images
        self.masks = []

    def on_train_begin(self, logs: dict | None = None) -> None:
        self.masks = []

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        self.keep()

    def keep(self) -> None:
        self.masks.append(self.predict())

    def predict(self) -> np.ndarray:
        return np.argmax(self.logits(), axis=-1)[..., np.newaxis]

    def logits(self) -> np.ndarray:
        model: Any = self.model
        return model(self.images, training=self.in_training).numpy()


class _KeepsAfterBatches(_Keeper):
    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        pass

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        self.keep()


class _KeepsBeforeEpochs(_Keeper):
    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        pass

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self.keep()


class _KeepsAfterValidation(_Keeper):
    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        pass

    def on_test_end(self, logs: dict | None = None) -> None:
        self.keep()


class _IsNeverCalled(_Keeper):
    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        pass

    def epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        self.keep()


class _KeepsOneArray(_Keeper):
    def keep(self) -> None:
        if not self.masks:
            self.array = self.predict()
        self.array[...] = self.predict()
        self.masks.append(self.array)


class _KeepsTheLastOften(_Keeper):
    def keep(self) -> None:
        self.masks = [self.predict()] * (len(self.masks) + 1)


class _KeepsTheModel(_Keeper):
    def keep(self) -> None:
        self.masks.append(self.model)


class _KeepsTheLast(_Keeper):
    def keep(self) -> None:
        self.masks = [self.predict()]


class _KeepsAtTheEnd(_Keeper):
    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        pass

    def on_train_end(self, logs: dict | None = None) -> None:
        self.keep()


class _KeepsAtEachEnd(_KeepsAtTheEnd):
    def on_train_begin(self, logs: dict | None = None) -> None:
        pass


class _KeepsLogits(_Keeper):
    def predict(self) -> np.ndarray:
        return self.logits()


class _KeepsProbabilities(_Keeper):
    def predict(self) -> np.ndarray:
        return np.asarray(keras.ops.softmax(self.logits()))


class _ComparesAcrossThePicture(_Keeper):
    def predict(self) -> np.ndarray:
        return np.argmax(self.logits(), axis=1)[..., np.newaxis]


class _ComparesAcrossThePictureWithoutChannel(_Keeper):
    def predict(self) -> np.ndarray:
        return np.argmax(self.logits(), axis=1)


class _ComparesEverything(_Keeper):
    def predict(self) -> Any:
        return np.argmax(self.logits())


class _LosesTheChannel(_Keeper):
    def predict(self) -> np.ndarray:
        return np.argmax(self.logits(), axis=-1)


class _KeepsTheFirstImage(_Keeper):
    def predict(self) -> np.ndarray:
        return super().predict()[:1]


class _KeepsTheFirstImageWithoutItsAxis(_Keeper):
    def predict(self) -> np.ndarray:
        return super().predict()[0]


class _PredictsAsInTraining(_Keeper):
    in_training = True


class _NeverStartsAnew(_Keeper):
    def on_train_begin(self, logs: dict | None = None) -> None:
        pass


class _SharesOneList(_Keeper):
    masks = []  # noqa: RUF012 - shared by all, which is the mistake

    def __init__(self, images: np.ndarray) -> None:
        keras.callbacks.Callback.__init__(self)
        self.images = images

    def on_train_begin(self, logs: dict | None = None) -> None:
        pass


class _SharesOneListButEmptiesIt(_SharesOneList):
    masks = []  # noqa: RUF012 - shared by all, which is the mistake

    def on_train_begin(self, logs: dict | None = None) -> None:
        self.masks.clear()


MISCONCEPTIONS = (
    Misconception(
        "keeps after every batch",
        "It predicts after every batch, so there are more masks than epochs, and a real training "
        "would take a good deal longer.",
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
        also=(_KeepsAtTheEnd, _KeepsAtEachEnd),
    ),
    Misconception(
        "waits for a validation",
        "It predicts at the end of a validation. A training without one would keep nothing, "
        "and `model.evaluate`, given this callback, would add masks of its own.",
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
        "It keeps the logits: decimal numbers, one for each class. A mask has one label in each "
        "pixel.",
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
)
