"""Lesson 4's module: loss, metrics, the training run, what it leaves behind.

A U-Net and batches of (images float32 [0, 1] N×128×128×3, masks uint8 N×128×128×1) go in; a
``TrainingRun`` comes out: the history of the losses and metrics, and the masks that the model
predicted for the same few pets after each epoch.

Sources: the loss is Keras' SparseCategoricalCrossentropy from logits; Adam is Kingma and Ba (2015).
"""

# Keras' fit takes numbers for `verbose` too. Said here, since a lesson shows the code of `train`:
# pyright: reportArgumentType=false

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
from tqdm.auto import tqdm

from lessons_lib.arguments import (
    is_listed,
    read_finite,
    read_numbers,
    require_classes,
    require_file_path,
    require_mapping,
    require_model,
    require_number,
    require_whole,
    say,
)
from lessons_lib.batches import count_known, read_images, require_batches, require_images_fit
from lessons_lib.classes import Classes
from lessons_lib.data.folder import read_photo
from lessons_lib.decoder import create_mask
from lessons_lib.devices import JoinStatistics
from lessons_lib.encoder import unfreeze as unfreeze_encoder
from lessons_lib.metrics import require_logits, segmentation_metrics
from lessons_lib.quiet import keras, tf
from lessons_lib.safeguard import Safeguard
from lessons_lib.signatures import tell_calls

LEARNING_RATE = 1e-3
FINE_TUNING_RATE = 1e-4
MOST_EPOCHS = 100_000
FIGURES = {  # beside the progress bar; a model that was compiled elsewhere may lack the last
    "loss": "loss",
    "val_loss": "validation loss",
    "val_mean_iou": "validation mean IoU",
}


@dataclass
class TrainingRun:
    """What a training leaves behind, beside the trained model.

    Attributes:
        history: the value of each loss and metric after each epoch; names as Keras has them
            ("loss", "accuracy", "mean_iou", and the same with "val_" in front).
        masks_by_epoch: uint8 (epochs, N, H, W, 1), what the model predicted for the watched
            images after each epoch; None if none were watched.
    """

    history: dict[str, list[float]] = field(default_factory=dict)
    masks_by_epoch: np.ndarray | None = None

    def __post_init__(self) -> None:
        """Raises TypeError for what is no history, or no masks."""
        require_mapping("history", self.history, "one number for each epoch")
        for name, values in self.history.items():
            if not is_listed(values):
                raise TypeError(
                    f"history must hold one number for each epoch, but {say(values)} came as "
                    f"{name!r}; pass what fit returns, or its .history."
                )
        masks = self.masks_by_epoch
        if masks is not None and read_numbers("masks_by_epoch", masks).ndim != 5:
            raise ValueError(
                f"masks_by_epoch must be masks epochs×N×H×W×1, but {say(masks)} came; put those "
                "of all epochs together by np.stack."
            )

    @property
    def best_epoch(self) -> int:
        """The number (from 1) of the epoch with the highest validation mean IoU."""
        _require_measured(self.history, "val_mean_iou")
        return int(np.nanargmax(self.history["val_mean_iou"])) + 1

    def __add__(self, later: "TrainingRun") -> "TrainingRun":
        """Joins two stages of one training: the epochs of the later one follow the others."""
        if not isinstance(later, TrainingRun):
            raise TypeError(f"A TrainingRun is joined with another one, but {say(later)} came.")
        if self.history.keys() != later.history.keys():
            raise ValueError(
                f"Two stages are joined that measured alike, but {', '.join(self.history)} and "
                f"{', '.join(later.history)} came; compile the model alike for both."
            )
        history = {name: [*values, *later.history[name]] for name, values in self.history.items()}
        masks = None
        if self.masks_by_epoch is not None and later.masks_by_epoch is not None:
            _require_same_pets(self.masks_by_epoch, later.masks_by_epoch)
            masks = np.concatenate([self.masks_by_epoch, later.masks_by_epoch])
        return TrainingRun(history, masks)

    def __radd__(self, earlier: Any) -> "TrainingRun":
        """Lets ``sum`` join several stages, which begins with 0."""
        if isinstance(earlier, int) and earlier == 0:
            return self
        raise TypeError(f"A TrainingRun is joined with another one, but {say(earlier)} came.")


class KeepPredictions(keras.callbacks.Callback):
    """Predicts the same images after each epoch and keeps the masks.

    Attributes:
        masks: one uint8 array N×H×W×1 for each epoch of the latest training that has ended.
    """

    def __init__(self, images: np.ndarray):
        """Takes the images to watch, float32 [0, 1] N×H×W×3."""
        _require_watchable(images)
        super().__init__()
        self.images = np.asarray(images)
        self.masks: list[np.ndarray] = []

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Starts anew: the epochs of a second training are its own."""
        self.masks = []

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Keeps a copy of this epoch's masks: the model goes on changing, they do not."""
        require_training(self)
        logits = self.model.predict_on_batch(self.images)  # by each of several devices once
        self.masks.append(create_mask(logits[: len(self.images)]))


class TrainingBar(keras.callbacks.Callback):
    """One progress bar over all batches of all epochs, those of the validation too.

    In a notebook it is a widget, in a terminal a line.
    """

    def __init__(self, validation_steps: int):
        """Takes the number of validation batches that follow each epoch."""
        super().__init__()
        self.validation_steps = validation_steps
        self.figures: dict[str, float] = {}

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Shows the empty bar."""
        epochs, steps = self.params["epochs"], self.params["steps"]
        self.bar = tqdm(
            total=epochs * (steps + self.validation_steps),
            desc=_count_epochs(epochs),
            bar_format="{desc}",  # which is all that stays in a saved notebook
        )
        self.bar.bar_format = "{desc} {bar} {elapsed}{postfix}"

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Says which epoch it is."""
        self.bar.set_description_str(f"epoch {epoch + 1} of {self.params['epochs']}")

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Moves on, with the means of this epoch so far."""
        self._move({"loss": logs["loss"]})

    def on_test_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Moves on."""
        self._move({})

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Adds the figures of the validation."""
        known = {name: logs[name] for name in FIGURES if name in (logs or {})}
        self.figures |= {FIGURES[name]: value for name, value in known.items()}
        self._say()

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        """Leaves the full bar with the last figures."""
        self.bar.set_description_str(_count_epochs(self.params["epochs"]))
        self._say()
        self.bar.close()

    def _move(self, figures: dict[str, float]) -> None:
        self.figures |= figures
        self._say(refresh=False)
        self.bar.update()

    def _say(self, refresh: bool = True) -> None:
        """Writes time left, by the mean pace so far, and figures behind the bar."""
        said = [f"{name} {value:.2f}" for name, value in self.figures.items()]
        done, left = self.bar.n, self.bar.total - self.bar.n
        if done and left:
            seconds = self.bar.format_dict["elapsed"] / done * left
            said.insert(0, f"{tqdm.format_interval(seconds)} left")
        self.bar.set_postfix_str(", ".join(said), refresh=refresh)


def compile_model(
    model: keras.Model,
    *,
    learning_rate: float = LEARNING_RATE,
    loss: keras.losses.Loss | None = None,
    weighted_metrics: list[keras.metrics.Metric] | None = None,
    classes: Classes | None = None,
) -> keras.Model:
    """Gives a model its optimizer, loss and metrics.

    Args:
        model: from images to logits N×H×W×C.
        learning_rate: step size of Adam.
        loss: another loss than cross-entropy from logits, for example Dice. The metrics leave out
            what it ignores.
        weighted_metrics: further metrics, which take sample weights into account; accuracy and
            mean IoU do not.
        classes: what the logits mean, to be compared with their number; cross-entropy then
            ignores the pixels that have none of these classes.

    Returns:
        The same model, compiled.

    Raises:
        ValueError: another number of logits than of classes, or a learning rate of 0 or less.
        TypeError: no model, no loss, or metrics that are no list of metrics.
    """
    _require_segmenting("model", model)
    require_number("learning_rate", learning_rate, above=0)
    _require_loss(loss)
    _require_logits_wanted(model, loss)
    _require_list_of("weighted_metrics", weighted_metrics, keras.metrics.Metric)
    if classes is not None:
        require_classes(classes)
        require_logits(model.output_shape[-1], classes)
    if loss is None:
        ignored = classes.ignore_class if classes else None
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=ignored)
    with model.distribute_strategy.scope():  # of the devices on which the model was made
        model.compile(
            optimizer=keras.optimizers.Adam(float(learning_rate)),
            loss=loss,
            metrics=segmentation_metrics(
                model.output_shape[-1], ignore_class=getattr(loss, "ignore_class", None)
            ),
            weighted_metrics=weighted_metrics,
        )
    return model


def train(
    model: keras.Model,
    train_batches: tf.data.Dataset,
    validation_batches: tf.data.Dataset,
    *,
    epochs: int,
    unfreeze: str | None = None,
    watch: np.ndarray | None = None,
    callbacks: list[keras.callbacks.Callback] | None = None,
) -> TrainingRun:
    """Trains a compiled model and shows how far it is.

    Args:
        model: compiled, as ``compile_model`` returns it.
        train_batches: finite tf.data of (images, masks) or (images, masks, sample weights).
        validation_batches: finite tf.data of (images, masks); never the test set.
        epochs: how many times the model sees every training pet.
        unfreeze: for a second stage: the encoder's layer from which on it trains too ("all" for
            the whole encoder). The model is compiled again with a tenth of the usual learning
            rate, its batch norms stay in inference.
        watch: images N×H×W×3 whose masks are kept after each epoch.
        callbacks: further Keras callbacks. A KeepPredictions among them does what ``watch``
            does; the inspector's LiveTraining is one, and shows the progress too.

    Returns:
        The history and the watched masks.

    Raises:
        ValueError: no epochs, a model that is not compiled, nothing that could be trained,
            batches that are empty or endless, that do not fit the model or hold what is no label;
            or a loss that became NaN: the model then has its last good weights.
        TypeError: what is no model, no tf.data set, or no list of callbacks.
    """
    _require_batches(model, train_batches, validation_batches)
    _require_options(model, epochs, unfreeze, watch, callbacks)
    if unfreeze is not None:
        from_layer = None if unfreeze == "all" else unfreeze
        unfreeze_encoder(model.get_layer("encoder"), from_layer)
        compile_model(model, learning_rate=FINE_TUNING_RATE, loss=model.loss)
    _require_trainable(model)
    callbacks = list(callbacks or [])
    if watch is not None:
        callbacks.insert(0, KeepPredictions(watch))
    if model.distribute_strategy.num_replicas_in_sync > 1:
        callbacks.insert(0, JoinStatistics())
    # Built beforehand, since Keras would trace the whole step twice to build it: 1.6 s a training.
    with model.distribute_strategy.scope():
        model.optimizer.build(model.trainable_variables)
    with Safeguard(model) as safeguard:  # ends it with a sentence where labels or loss are lost
        result = model.fit(
            safeguard.watch("train_batches", train_batches),
            validation_data=safeguard.watch("validation_batches", validation_batches),
            epochs=epochs,
            shuffle=False,  # the batches are shuffled already
            verbose=0,
            callbacks=safeguard.together_with(_with_bar(callbacks, validation_batches)),
        )
    keepers = [callback for callback in callbacks if isinstance(callback, KeepPredictions)]
    masks = np.stack(keepers[0].masks) if keepers else None
    return TrainingRun(result.history, masks)


def best_weights() -> keras.callbacks.Callback:
    """A callback that puts the weights of the epoch with the highest validation mean IoU back."""
    return keras.callbacks.EarlyStopping(
        monitor="val_mean_iou", mode="max", patience=10_000, restore_best_weights=True
    )


def save_model(model: keras.Model, path: str | Path) -> Path:
    """Saves architecture and weights in one file, and never over another one.

    Args:
        model: the model.
        path: a file that does not exist yet, ending in ``.keras``.

    Returns:
        The path.

    Raises:
        ValueError: another ending.
        FileExistsError: the file is there already.
        TypeError: no model, or no path.
    """
    require_model("model", model, instead="the model comes first, then the path")
    require_file_path("path", path)
    path = Path(path).expanduser()
    if path.suffix != ".keras":
        raise ValueError(f"Keras saves models in files that end in .keras, but {path.name} came.")
    if path.exists():
        raise FileExistsError(
            f"{path} is there already and is left as it is; "
            "choose another name, or delete it first."
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(
            f"{path} cannot be written, since its folder cannot be made ({error.strerror}); "
            "choose another folder."
        ) from error
    model.save(path)
    return path


def load_model(path: str | Path) -> keras.Model:
    """Loads what ``save_model`` saved.

    Args:
        path: a ``.keras`` file.

    Returns:
        The model with its weights, compiled as it was.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is no Keras model.
    """
    require_file_path("path", path)
    path = Path(path).expanduser()
    if not path.is_file():
        raise FileNotFoundError(f"There is no model at {path}; save one there by save_model first.")
    try:
        return cast(keras.Model, keras.saving.load_model(path))
    except Exception as error:  # zipfile, JSON and Keras each have their own
        raise ValueError(
            f"{path.name} is no model that Keras can load ({type(error).__name__}); "
            "give a .keras file that save_model has written."
        ) from None


def predict_picture(
    model: keras.Model, path: str | Path
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Segments a picture file of your own, at the picture's own size.

    The model sees the picture squeezed to S×S pixels, as it saw the training pets. Its logits, not
    its labels, are then enlarged: bilinearly, so that the outlines come out smooth.

    Args:
        model: from images N×S×S×3 to logits N×S×S×C.
        path: a JPEG or PNG of any size, H×W.

    Returns:
        photo uint8 H×W×3, mask uint8 H×W×1, probabilities float32 H×W×C.

    Raises:
        DataProblem: the file is missing or no picture.
    """
    _require_segmenting("model", model)
    require_file_path("path", path)
    _require_pictured(model)
    size = model.input_shape[1]
    photo = read_photo(Path(path).expanduser())
    resized = tf.image.resize(photo, (size, size), antialias=True)
    image = tf.clip_by_value(resized / 255.0, 0.0, 1.0)
    small_logits = model(image[tf.newaxis], training=False)
    logits = tf.image.resize(small_logits, photo.shape[:2])
    return photo, create_mask(logits)[0], tf.nn.softmax(logits)[0].numpy()


def require_training(callback: keras.callbacks.Callback) -> None:
    """Raises ValueError for a callback that is called by hand, outside a training."""
    if callback.model is None:
        raise ValueError(
            f"{type(callback).__name__} is called by Keras while a model is trained; pass it to "
            "train by callbacks=[...]."
        )


def _with_bar(callbacks: list, validation_batches: tf.data.Dataset) -> list:
    """Adds the progress bar, unless one of the callbacks shows the progress itself."""
    if any(getattr(callback, "shows_progress", False) for callback in callbacks):
        return callbacks
    return [TrainingBar(int(validation_batches.cardinality())), *callbacks]


def _count_epochs(count: int) -> str:
    """Says ``1 epoch`` or ``5 epochs``."""
    return f"{count} epoch{'s' if count > 1 else ''}"


def _require_segmenting(name: str, model: keras.Model) -> None:
    """Raises TypeError or ValueError for what does not give logits for each pixel."""
    require_model(name, model, instead="the model comes first, as unet_model makes it")
    if isinstance(model.output_shape, list) or len(model.output_shape) != 4:
        outputs = len(model.outputs)
        raise ValueError(
            f"{name} must give logits N×H×W×C, but this one gives {outputs} output"
            f"{'s' if outputs > 1 else ''} of another shape; pass an encoder through unet_model."
        )


def _require_pictured(model: keras.Model) -> None:
    """Raises ValueError for a model that takes no colour pictures of one fixed size."""
    _, height, width, channels = model.input_shape
    if None in (height, width):
        raise ValueError(
            "predict_picture needs a model of a fixed size, to which the picture is brought; "
            "build it with image_size=128 or another one."
        )
    if height != width or channels != 3:
        raise ValueError(
            "predict_picture needs a model that takes square pictures of 3 channels, but this one "
            f"takes {height}×{width}×{channels}; build it by unet_model."
        )


def _require_same_pets(masks: np.ndarray, later: np.ndarray) -> None:
    """Raises ValueError where two stages have watched other pictures."""
    if np.shape(masks)[1:] != np.shape(later)[1:]:
        raise ValueError(
            "Two stages are joined that watched the same pictures, but their masks have the shapes "
            f"{np.shape(masks)} and {np.shape(later)}; give both trainings the same watch."
        )


def _require_loss(loss: keras.losses.Loss | None) -> None:
    """Raises TypeError for what is no loss of labels, such as the class or a name."""
    if loss is not None and not isinstance(loss, keras.losses.Loss):
        hint = "call it: DiceLoss()" if callable(loss) else "for example DiceLoss()"
        raise TypeError(f"loss must be a Keras loss, but {say(loss)} came; {hint}.")
    one_hot = (
        keras.losses.CategoricalCrossentropy,
        keras.losses.CategoricalFocalCrossentropy,
        keras.losses.Dice,
        keras.losses.BinaryCrossentropy,
    )
    if isinstance(loss, one_hot) and not hasattr(loss, "ignore_class"):
        raise ValueError(
            f"loss must take masks of labels, but {type(loss).__name__} wants them one-hot; take "
            "SparseCategoricalCrossentropy(from_logits=True), FocalLoss or DiceLoss."
        )
    of_numbers = (
        keras.losses.MeanSquaredError,
        keras.losses.MeanAbsoluteError,
        keras.losses.MeanAbsolutePercentageError,
        keras.losses.MeanSquaredLogarithmicError,
        keras.losses.Huber,
        keras.losses.LogCosh,
        keras.losses.Poisson,
        keras.losses.KLDivergence,
        keras.losses.CosineSimilarity,
        keras.losses.Hinge,
        keras.losses.SquaredHinge,
        keras.losses.CategoricalHinge,
    )
    if isinstance(loss, of_numbers):
        raise ValueError(
            f"loss must compare labels with logits, but {type(loss).__name__} compares numbers; "
            "take SparseCategoricalCrossentropy(from_logits=True), FocalLoss or DiceLoss."
        )


def _require_logits_wanted(model: keras.Model, loss: keras.losses.Loss | None) -> None:
    """Raises ValueError where a loss takes logits for probabilities."""
    if not isinstance(loss, keras.losses.SparseCategoricalCrossentropy):
        return
    activation = getattr(model.layers[-1], "activation", None)
    if not loss.get_config()["from_logits"] and activation is keras.activations.linear:
        raise ValueError(
            "The model gives logits, but this loss takes what comes for probabilities; write "
            "SparseCategoricalCrossentropy(from_logits=True)."
        )


def _require_list_of(name: str, values: list | None, kind: type) -> None:
    """Raises TypeError for what is no list of such objects; None is none of them."""
    if values is None:
        return
    if not isinstance(values, list | tuple):
        hint = "put it into brackets" if isinstance(values, kind) else "write them in brackets"
        raise TypeError(f"{name} must be a list, but {say(values)} came; {hint}.")
    for value in values:
        if not isinstance(value, kind):
            hint = "; call it, to get what it makes" if callable(value) else ""
            raise TypeError(
                f"{name} must be a list of Keras {kind.__name__.lower()}s, but {say(value)} is "
                f"among them{hint}."
            )


def _require_measured(history: dict[str, list[float]], name: str) -> None:
    """Raises ValueError for a history without this measure, or in which it is never a number."""
    values = read_numbers(name, history.get(name, []))
    if not np.isfinite(values).any():
        raise ValueError(
            f"The best epoch is the one with the highest {name}, but the history holds "
            f"{', '.join(history) or 'nothing'} and no number of that; train with validation."
        )


def _require_watchable(images: np.ndarray) -> None:
    """Raises TypeError or ValueError for what no model can be given, such as masks."""
    values = read_finite("images", images)
    if values.ndim in (0, 3) or not values.size:
        raise ValueError(
            f"images must be a batch N×H×W×3, but {say(images)} came; of one picture make a batch "
            "by picture[np.newaxis]."
        )
    if values.dtype.kind != "f":
        raise ValueError(
            f"images must be float from 0 to 1, as the model is given them, but {say(images)} came."
        )


def _require_batches(
    model: keras.Model, train_batches: tf.data.Dataset, validation_batches: tf.data.Dataset
) -> None:
    """Raises TypeError or ValueError for batches that cannot be trained with."""
    _require_segmenting("model", model)
    sets = {"train_batches": train_batches, "validation_batches": validation_batches}
    for name, batches in sets.items():
        require_batches(name, batches)
        count_known(name, batches)
        require_images_fit(name, batches, model)
        if len(batches.element_spec) > 2 and isinstance(model.loss, keras.losses.Dice):
            raise ValueError(
                f"{name}: sample weights have no meaning for the Dice loss, which compares "
                "regions and not pixels; leave the weights out, or take FocalLoss."
            )


def _require_options(
    model: keras.Model,
    epochs: int,
    unfreeze: str | None,
    watch: np.ndarray | None,
    callbacks: list[keras.callbacks.Callback] | None,
) -> None:
    """Raises TypeError or ValueError for what else ``train`` cannot use."""
    require_whole("epochs", epochs, least=1, most=MOST_EPOCHS)
    _require_list_of("callbacks", callbacks, keras.callbacks.Callback)
    if watch is not None:
        read_images("watch", watch, model)
    for callback in callbacks or ():
        if isinstance(callback, KeepPredictions):
            read_images("the watched images", callback.images, model)
    if not model.compiled:
        raise ValueError("The model has no loss yet: pass it through compile_model first.")
    if unfreeze is None:
        return
    if not isinstance(unfreeze, str):
        raise TypeError(
            f"unfreeze must be the name of an encoder's layer or 'all', but {say(unfreeze)} came."
        )
    if "encoder" not in [layer.name for layer in model.layers]:
        raise ValueError(
            "unfreeze is for a model with an encoder, as unet_model makes it, but this one has "
            "no layer named 'encoder'; leave unfreeze out."
        )


def _require_trainable(model: keras.Model) -> None:
    """Raises ValueError for a training that could not change anything."""
    if not model.trainable_weights:
        raise ValueError(
            "Nothing in the model can be trained: every layer is frozen. "
            "Set trainable = True on the decoder's layers, and compile the model again."
        )


tell_calls(globals())
