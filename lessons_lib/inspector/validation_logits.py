"""Takes along what the validation pass computes anyway, for the view of a training.

Keras needs the logits of every validation pet for the loss, and drops them then. To predict the
watched pets once more, it would compile a step of its own.
"""

import numpy as np

from lessons_lib.private_parts import watch_validation_loss
from lessons_lib.quiet import keras, tf


class ValidationLogits:
    """Keeps the first images and logits of the latest validation batch."""

    def __init__(self, model: keras.Model, count: int) -> None:
        """Watches a compiled model's validation, until ``close``.

        Args:
            model: from images N×H×W×3 to logits N×H×W×C.
            count: how many images of each batch are kept.
        """
        self._count = count
        self._images, self._logits = _variable_of_any_shape(), _variable_of_any_shape()
        self._stop_watching = watch_validation_loss(model, self.keep)

    def of(self, images: np.ndarray) -> np.ndarray | None:
        """Gives the logits that the validation has computed for these images.

        Args:
            images: float32 N×H×W×3, as many as are kept.

        Returns:
            float32 N×H×W×C; None where the latest batch begins with other images.
        """
        if np.array_equal(self._images.numpy(), images):
            return self._logits.numpy()
        return None

    def keep(self, images: tf.Tensor, logits: tf.Tensor) -> None:
        """Keeps the first of a batch: a copy, which costs less than a millisecond.

        Of several devices that share a batch only the first keeps what it has: images and logits
        of different ones would be no pair.
        """
        replica = tf.distribute.get_replica_context()
        if replica is not None and tf.get_static_value(replica.replica_id_in_sync_group) != 0:
            return
        self._images.assign(images[: self._count])
        self._logits.assign(tf.cast(logits[: self._count], tf.float32))

    def close(self) -> None:
        """Leaves the model with the method that it had."""
        self._stop_watching()


def _variable_of_any_shape() -> tf.Variable:
    return tf.Variable(0.0, trainable=False, shape=tf.TensorShape(None))
