"""A view that follows a training: progress, curves, and the same pets' masks epoch after epoch.

Both the progress and the stop button work while the kernel is busy: the view is drawn in the
browser, and JupyterLab passes its messages to another thread of the kernel. Kernels before
ipykernel 7 have no such thread: there the view names Jupyter's own stop button instead.
"""

import io
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import traitlets
from IPython import get_ipython
from IPython.display import display
from numpy.typing import ArrayLike
from PIL import Image

from lessons_lib.arguments import require_classes
from lessons_lib.classes import PET_CLASSES, Classes
from lessons_lib.decoder import create_mask
from lessons_lib.inspector.explorer import Explorer, browser_code
from lessons_lib.inspector.validation_logits import ValidationLogits
from lessons_lib.metrics import confusion_matrix, mean_iou
from lessons_lib.plots.figure import (
    LessonFigure,
    add_legend,
    bare_axes,
    class_patches,
    legend_height,
    place_axes,
    write,
)
from lessons_lib.plots.pictures import (
    check_counts,
    paint_mask,
    read_images,
    read_masks,
    resize_photo,
)
from lessons_lib.private_parts import hear_while_busy, hears_while_busy
from lessons_lib.quiet import keras, tf
from lessons_lib.signatures import tell_calls
from lessons_lib.training import KeepPredictions, require_training

MAX_PETS = 8
LARGEST_PANEL = 128
WIDEST = 960
GAP = 8
ROW_NAMES = 30  # pixels beside the rows
NOT_YET = 225  # the grey of a prediction that is still to come
ROWS = ("photo", "predicted", "true mask")
SECONDS_BETWEEN_MOVES = 1.0  # each move is work for the browser, which the training wants too
FIRST_STEPS = (0, 1, 2, 5, 10, 25, 50, 100, 250)
EARLY_EPOCHS = 2  # in which a mask changes from step to step
LAST_LOOK = 2.0  # seconds that the validation may take once the learner has asked to stop
MOST_POINTS = 400  # of the curve of single batches, as the browser gets it
CURVES = ("loss", "val_loss", "mean_iou", "val_mean_iou")


class LiveView(Explorer):
    """What `LiveTraining` shows.

    Attributes:
        done: training batches done.
        total: training batches in all epochs.
        state: "training", "stopping", "stopped" or "finished".
        can_stop: whether the stop button is heard while the training runs.
        text: where the training is, and how long it will take.
        epoch_steps: batches in one epoch.
        curves: losses and mean IoUs after each epoch, by Keras' names.
        batch_losses: loss of each batch so far, or of a few batches together.
        picture: PNG of photos, predicted and true masks.
        caption: what the picture shows.
    """

    _esm = browser_code("live")
    when_run = "Run this cell to watch the training, and to stop it."

    done = traitlets.Int(0).tag(sync=True)
    total = traitlets.Int(1).tag(sync=True)
    state = traitlets.Unicode("training").tag(sync=True)
    can_stop = traitlets.Bool(True).tag(sync=True)
    text = traitlets.Unicode().tag(sync=True)
    epoch_steps = traitlets.Int(1).tag(sync=True)
    curves = traitlets.Dict().tag(sync=True)
    batch_losses = traitlets.List().tag(sync=True)
    rows = traitlets.List(list(ROWS)).tag(sync=True)
    picture = traitlets.Bytes().tag(sync=True)
    caption = traitlets.Unicode().tag(sync=True)

    def __init__(
        self,
        photos: list[np.ndarray],
        true_masks: list[np.ndarray],
        classes: Classes = PET_CLASSES,
    ):
        """Takes the pets, uint8 h×w×3 and h×w, and what their labels mean."""
        self._photos, self._true_masks = photos, true_masks
        self._predicted: list[np.ndarray] | None = None
        super().__init__(classes=classes, can_stop=hears_while_busy())
        hear_while_busy(self.comm)

    def show(self, predicted: ArrayLike, when: str) -> None:
        """Shows other predictions for the same pets."""
        self._predicted = read_masks(predicted, classes=self.classes.predicted)
        score = mean_iou(
            confusion_matrix(
                np.concatenate([mask.ravel() for mask in self._true_masks]),
                np.concatenate([mask.ravel() for mask in self._predicted]),
                len(self.classes),
                ignore_class=self.classes.ignore_class,
            )
        )
        self._draw(
            f"From above: photo, mask predicted {when}, true mask. "
            f"Mean IoU of these pets: {score:.2f}."
        )

    def _draw(self, caption: str) -> None:
        """Draws without matplotlib, to be quick."""
        stream = io.BytesIO()
        picture = draw_pets(self._photos, self._true_masks, self._predicted, self.classes)
        Image.fromarray(picture).save(stream, format="PNG", compress_level=1)
        with self.hold_sync():
            self.picture = stream.getvalue()
            self.caption = caption

    def answer(self, message: dict) -> None:
        """Notes that the learner wants to stop."""
        if message.get("stop") and self.state == "training":
            self.state = "stopping"

    def summary(self) -> str:
        """Says how many pets are watched."""
        count = len(self._photos)
        return f"Live view of {count} pet{'s' if count > 1 else ''}: photos, predicted, true masks."

    def describe(self) -> str:
        """Adds what the last epoch has reached."""
        return f"{self.summary()} {self.caption}".strip()

    def to_figure(self) -> LessonFigure:
        """Draws the pets as the browser shows them, with names for the rows and a legend."""
        pets = draw_pets(self._photos, self._true_masks, self._predicted, self.classes)
        height, width = pets.shape[:2]
        legend = class_patches(self.classes)
        below = legend_height(legend, ROW_NAMES + width)
        figure = LessonFigure(ROW_NAMES + width, GAP + height + below, self.describe())
        axes = place_axes(figure, ROW_NAMES, GAP, width, height)
        axes.imshow(pets, interpolation="nearest")
        bare_axes(axes)
        for row, name in enumerate(ROWS):
            middle = GAP + (row + 0.5) * height / 3 - GAP / 2
            write(figure, ROW_NAMES / 2, middle, name, rotation=90)
        add_legend(figure, legend)
        return figure

    def to_png(self) -> bytes:
        """Gives the picture at hand while the training runs, which is not to wait for another."""
        training = self.state in ("training", "stopping")
        return self.picture if training and self.picture else super().to_png()


class LiveTraining(KeepPredictions):
    """Shows how a training goes on, with a button that ends it cleanly.

    Pass it to ``train(..., callbacks=[...])``, which then leaves its own progress bar out. In a
    notebook one display is updated in place; in a terminal one line is written for each epoch.

    What the model makes of the pets is shown after each epoch, and in the first ones also after a
    few single steps, the first of them before the training.

    After the stop button the batch at hand is finished, the validation measured, and the best
    weights of all epochs so far are put back. A validation that would take longer than two seconds
    is cut short then, and its figures are NaN, unless there are no others.

    Attributes:
        view: the widget that is shown.
        masks: one uint8 array N×H×W×1 for each epoch that has ended.
        moments: when masks were predicted, as a reader is told, steps and epochs in their order.
        masks_by_moment: those masks, uint8 N×H×W×1 for each moment.
        losses: of each training batch, in their order.
        stopped: whether the learner ended the training early.
    """

    shows_progress = True

    def __init__(self, images: np.ndarray, masks: np.ndarray, *, classes: Classes = PET_CLASSES):
        """Takes the pets to watch.

        Args:
            images: float32 [0, 1] N×H×W×3, N of at most 8.
            masks: true labels, one mask for each image.
            classes: what they mean.

        Raises:
            ValueError: counts or sizes that do not fit, values out of range, or images that are
                no batch of floats.
        """
        require_classes(classes)
        self._pets = (*_read_pets(images, masks, classes), classes)
        super().__init__(images)
        self.view = LiveView(*self._pets)
        self.moments: list[str] = []
        self.masks_by_moment: list[np.ndarray] = []
        self.losses: list[float] = []
        self.stopped = False
        self._best: tuple[float, list] | None = None

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Shows what the model makes of the pets before it has learned anything."""
        require_training(self)
        super().on_train_begin(logs)
        self.moments, self.masks_by_moment, self.losses = [], [], []
        self.stopped, self._best = False, None
        self._started = self._moved = time.perf_counter()
        self._epoch = 0
        self.view = LiveView(*self._pets)
        self.view.epoch_steps = self.params["steps"]
        self.view.total = self.params["epochs"] * self.params["steps"]
        self._validation_logits = ValidationLogits(
            self.model,  # pyright: ignore[reportArgumentType] - Keras has set it by now
            len(self.images),
        )
        self._look = _forward_pass(self.model)
        self._whole = 0  # batches of a validation that nobody has cut short
        self._display = None
        self._see("before the first step", self._look(self.images))
        if in_notebook():
            self._display = display(self.view, display_id=True)

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Notes which epoch it is."""
        self._epoch, self._logits = epoch, None
        self._summed = (0.0, 0.0)  # Keras' running mean of the loss begins anew
        self._validated, self._was_cut_short = 0, False

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Moves the progress bar, now and then, and stops where that was asked for."""
        self._stop_if_asked()
        self._keep_loss(logs["loss"])
        done = self._epoch * self.params["steps"] + batch + 1
        is_last = batch + 1 == self.params["steps"]
        if done in FIRST_STEPS and self._epoch < EARLY_EPOCHS and not is_last:
            self._see(f"after step {done}", self._look(self.images))
        now = time.perf_counter()
        if now - self._moved < SECONDS_BETWEEN_MOVES and not self.stopped and done > 1:
            return
        self._moved = now
        left = (now - self._started) / done * (self.view.total - done)
        with self.view.hold_sync():
            self.view.done = done
            self.view.batch_losses = self._thin_losses()
            self.view.text = (
                f"epoch {self._epoch + 1} of {self.params['epochs']} · {say_seconds(left)} left "
                f"· loss {logs['loss']:.2f}"
            )

    def on_test_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Takes the watched pets' logits along, where the validation begins with them."""
        self._validated += 1
        if batch == 0:
            self._logits = self._validation_logits.of(self.images)
        self._stop_if_asked()
        is_whole = self._validated == self._whole
        if self.stopped and not is_whole and time.perf_counter() - self._asked > LAST_LOOK:
            self.model.stop_evaluating = self._was_cut_short = True

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Keeps masks and, where they are the best, weights; shows curves and masks."""
        require_training(self)
        if self._logits is None:
            super().on_epoch_end(epoch, logs)  # predicts
        else:
            self.masks.append(create_mask(self._logits))
        self._stop_if_asked()  # the learner may have asked during the validation
        logs = logs if logs is not None else {}  # Keras gives them always
        self._whole = self._whole or self._validated
        if self._was_cut_short and self._best is not None:
            logs |= {name: float("nan") for name in logs if name.startswith("val_")}
        reached = logs.get("val_mean_iou", -logs["loss"])
        if self._best is None or reached > self._best[0]:
            self._best = (reached, self.model.get_weights())
        known = {name: float(logs[name]) for name in CURVES if name in logs}
        self._keep_moment(f"after epoch {epoch + 1} of {self.params['epochs']}", self.masks[-1])
        if self._display is None:
            figures = ", ".join(f"{name} {value:.3f}" for name, value in known.items())
            print(f"epoch {epoch + 1} of {self.params['epochs']}: {figures}")
            return
        with self.view.hold_sync():
            self.view.done = (epoch + 1) * self.params["steps"]
            self.view.batch_losses = self._thin_losses()
            self.view.curves = self.view.curves | {
                name: [*self.view.curves.get(name, []), value]
                for name, value in known.items()
                if np.isfinite(value)
            }

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        """Puts the best weights back after a stop; gives the last picture to the notebook."""
        if self.stopped and self._best is not None:
            self.model.set_weights(self._best[1])
        self._best = None
        self._validation_logits.close()
        del self._look
        epochs = len(self.masks)
        how = "stopped" if self.stopped or self.model.stop_training else "finished"
        with self.view.hold_sync():
            self.view.state = how
            self.view.text = (
                f"{how} after {epochs} epoch{'s' if epochs > 1 else ''}, "
                f"{say_seconds(time.perf_counter() - self._started)}"
                + ("; the best epoch's weights are back" if self.stopped else "")
            )
        if self._display is not None:
            self._display.update(self.view)

    def _stop_if_asked(self) -> None:
        if self.view.state == "stopping" and not self.stopped:
            self.model.stop_training = self.stopped = True
            self._asked = time.perf_counter()

    def _see(self, when: str, logits: ArrayLike) -> None:
        """Keeps and shows masks; a training that has diverged shows none, and says so elsewhere."""
        logits = np.asarray(logits)
        if np.isfinite(logits).all():
            self._keep_moment(when, create_mask(logits))

    def _keep_moment(self, when: str, masks: np.ndarray) -> None:
        """Keeps masks for a replay, and shows them where somebody looks."""
        self.moments.append(when)
        self.masks_by_moment.append(masks)
        if in_notebook():
            self.view.show(masks, when)

    def _keep_loss(self, mean_so_far: float) -> None:
        """Keeps the loss of the batch at hand, of which Keras tells the mean of the epoch."""
        tracker = next((one for one in self.model.metrics if one.name == "loss"), None)
        if tracker is None:  # a model with a training step of its own
            self.losses.append(float(mean_so_far))
            return
        total, count = float(tracker.total.numpy()), float(tracker.count.numpy())
        before, counted = self._summed
        self._summed = total, count
        self.losses.append((total - before) / (count - counted))

    def _thin_losses(self) -> list[float]:
        """The losses of single batches, or of so many together that the browser keeps pace."""
        parts = np.array_split(self.losses, min(len(self.losses), MOST_POINTS))
        return [round(float(part.mean()), 4) for part in parts]


def _forward_pass(model: Any) -> Callable[[np.ndarray], Any]:
    """The model layer by layer, for which nothing is traced but what the training needs anyway.

    A frozen encoder keeps its graphs. Traced first for a few images only, it would be traced once
    more for batches of any size, which takes a second.
    """
    for part in model.layers:
        if isinstance(part, keras.Model) and not part.trainable_variables and len(part.inputs) == 1:
            any_number = tf.TensorSpec((None, *part.inputs[0].shape[1:]), part.inputs[0].dtype)
            tf.function(part.__call__, input_signature=[any_number]).get_concrete_function()
    return lambda images: model(images, training=False)


def in_notebook() -> bool:
    """Whether a Jupyter kernel runs this code, so that widgets can be shown."""
    return hasattr(get_ipython(), "kernel")


def say_seconds(seconds: float) -> str:
    """Says ``48 s`` or ``2 min 05 s``."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def draw_pets(
    photos: list[np.ndarray],
    masks: list[np.ndarray],
    predicted: list[np.ndarray] | None,
    classes: Classes = PET_CLASSES,
) -> np.ndarray:
    """Draws one column for each pet: photo, predicted mask, true mask.

    Args:
        photos: uint8 h×w×3.
        masks: true labels, uint8 h×w.
        predicted: predicted labels, uint8 h×w; None leaves their row grey.
        classes: what the labels mean.

    Returns:
        The picture, uint8 with an alpha channel, at most 960 pixels wide; clear between the pets.
    """
    panel = min(LARGEST_PANEL, WIDEST // len(photos) - GAP)
    pictures = [resize_photo(photo, panel) for photo in photos]
    truths = [paint_mask(labels, panel, classes=classes) for labels in masks]
    if predicted is None:
        guesses = [np.full_like(truth, NOT_YET) for truth in truths]
    else:
        guesses = [paint_mask(labels, panel, classes=classes) for labels in predicted]
    columns = [
        np.concatenate([_frame(part, panel) for part in column])
        for column in zip(pictures, guesses, truths, strict=True)
    ]
    return np.concatenate(columns, axis=1)


def _frame(picture: np.ndarray, panel: int) -> np.ndarray:
    """Puts a picture into a clear square with a gap on its lower and right side."""
    framed = np.full((panel + GAP, panel + GAP, 4), (255, 255, 255, 0), dtype=np.uint8)
    framed[: picture.shape[0], : picture.shape[1], :3] = picture
    framed[: picture.shape[0], : picture.shape[1], 3] = 255
    return framed


def _read_pets(
    images: ArrayLike, masks: ArrayLike, classes: Classes
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    photos, true_masks = read_images(images), read_masks(masks, classes=classes)
    check_counts(images=photos, masks=true_masks)
    if len(photos) > MAX_PETS:
        raise ValueError(
            f"at most {MAX_PETS} pets can be watched side by side, got {len(photos)}: "
            "pass a part, for example images[:5]."
        )
    if len({photo.shape for photo in photos}) > 1:
        raise ValueError("images: the model takes one batch, so all must be equally large.")
    if np.ndim(images) != 4 or np.asarray(images).dtype.kind != "f":
        raise ValueError(
            "images: expected a batch as the model is given it, float [0, 1] N×H×W×3, "
            f"got {np.asarray(images).dtype} of shape {np.shape(images)}."
        )
    return photos, true_masks


tell_calls(globals())
