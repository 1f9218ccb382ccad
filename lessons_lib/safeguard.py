"""Keeps a training from going on with values that no model can learn from, or without a loss.

A batch is looked at on its way to the model, and none is taken that the training would not take.
What is wrong is said in one sentence; the model then has the weights of the end of the last epoch
that went well, or those that it came with.
"""

import contextlib
import math
import re
from types import TracebackType
from typing import Any

import numpy as np

from lessons_lib.batches import find_strange_values
from lessons_lib.devices import find_idle_device
from lessons_lib.quiet import keras, tf


class Safeguard(keras.callbacks.Callback):
    """Looks after one training: ``with`` it around ``fit``, its callback, and its batches."""

    def __init__(self, model: keras.Model):
        """Takes the compiled model that is to be trained."""
        super().__init__()
        self._guarded: Any = model
        self._others: list[keras.callbacks.Callback] = []
        self._problem: str | None = None
        self._kept: list[np.ndarray] = []
        self._epoch = 0
        self._weighted = self._weighs = False

    def together_with(
        self, callbacks: list[keras.callbacks.Callback]
    ) -> list[keras.callbacks.Callback]:
        """Returns all callbacks, this first, which sees a lost loss before the others use it."""
        self._others = callbacks
        return [self, *callbacks]

    def watch(self, name: str, batches: tf.data.Dataset) -> tf.data.Dataset:
        """Returns the same batches, each of which is looked at when its turn comes."""
        classes = self._guarded.output_shape[-1]
        devices = self._guarded.distribute_strategy.num_replicas_in_sync
        ignored = getattr(self._guarded.loss, "ignore_class", None)

        def look(images: np.ndarray, masks: np.ndarray, weights: Any) -> np.bool_:
            self._problem = (
                self._problem
                or find_strange_values(name, images, masks, weights, classes, ignored)
                or find_idle_device(name, len(images), devices)
            )
            if self._problem:
                raise ValueError(self._problem)
            self._weighted |= bool(np.size(weights))
            self._weighs |= bool(np.any(weights))
            return np.bool_(True)

        def look_and_pass_on(
            images: tf.Tensor, masks: tf.Tensor, *weights: tf.Tensor
        ) -> tuple[tf.Tensor, ...]:
            values = weights[0] if weights else tf.constant(())
            looked = tf.numpy_function(look, (images, masks, values), tf.bool)
            with tf.control_dependencies([looked]):
                return tuple(tf.identity(part) for part in (images, masks, *weights))

        return batches.map(look_and_pass_on)

    def __enter__(self) -> "Safeguard":
        self._keep()
        return self

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Notes which epoch it is."""
        self._epoch = epoch + 1

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Ends the training at once where the loss is lost."""
        self._require_loss("loss", logs, f"in batch {batch + 1} of epoch {self._epoch}")

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Keeps this epoch's weights."""
        self._require_loss("val_loss", logs, f"in the validation of epoch {self._epoch}")
        if self._weighted and not self._weighs:
            self._stop("All sample weights are 0, so there was nothing to learn; mend the weights.")
        self._keep()

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        if error is None:
            return
        for callback in self._others if self._epoch else ():  # bars and views are closed
            with contextlib.suppress(Exception):
                callback.on_train_end()
        if isinstance(error, tf.errors.OpError):
            self._problem = self._problem or _explain(error)
        if self._problem:
            self._put_back()
            raise ValueError(self._problem) from None

    def _require_loss(self, name: str, logs: dict[str, float] | None, where: str) -> None:
        loss = (logs or {}).get(name, 0.0)
        if math.isfinite(loss):
            return
        rate = float(np.asarray(self._guarded.optimizer.learning_rate))
        self._stop(
            f"The {'' if name == 'loss' else 'validation '}loss became {loss} {where}, so the "
            "training has diverged and was ended; the last good weights are back: compile the "
            f"model again with a smaller learning rate than {rate:g}."
        )

    def _stop(self, problem: str) -> None:
        self._problem = problem
        self._guarded.stop_training = True
        raise ValueError(problem)

    def _variables(self) -> list[Any]:
        return [*self._guarded.weights, *self._guarded.optimizer.variables]

    def _keep(self) -> None:
        self._kept = [variable.numpy() for variable in self._variables()]

    def _put_back(self) -> None:
        for variable, values in zip(self._variables(), self._kept, strict=True):
            variable.assign(values)


def _explain(error: tf.errors.OpError) -> str | None:
    """Says in one sentence what TensorFlow ran into, where it can be foreseen."""
    if isinstance(error, tf.errors.ResourceExhaustedError):
        return (
            "There is not enough memory for this training; take a smaller batch_size, smaller "
            "images or fewer filters."
        )
    missing = re.search(r"The masks hold a label beyond \d+, but [^.]*\.", error.message)
    return missing.group() if missing else None
