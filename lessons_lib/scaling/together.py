"""The training loop that several workers share: what ``fit`` does, where ``fit`` cannot.

Keras' ``fit`` fails under MultiWorkerMirroredStrategy (keras-team/keras, issue 20585), so the step
is written out. Each replica takes the loss of its own pictures, divided by what all of them count
together: so the sum of the gradients is that of the joint batch, also where the parts are not
equally large. The optimizer adds them up. Figures are counted by each worker, and added up once an
epoch.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from lessons_lib.metrics import mean_iou, pixel_accuracy
from lessons_lib.quiet import keras, tf
from lessons_lib.scaling.checkpoints import Checkpoint, Checkpoints
from lessons_lib.scaling.cluster import ClusterProblem, Place, Watch
from lessons_lib.training import TrainingRun

Figures = dict[str, float]


class Together:
    """A model that several workers train.

    Each worker makes one, from a model that was made and compiled in the strategy's scope, and
    calls the same methods in the same order.
    """

    def __init__(self, model: keras.Model, place: Place):
        """Takes the compiled model, and which of the workers this is.

        Raises:
            ValueError: a loss that is not a mean over pixels, such as Dice.
        """
        self._model: Any = model
        self._strategy: Any = model.distribute_strategy
        self._place = place
        self._devices = self._strategy.num_replicas_in_sync // place.workers
        self._ignored = getattr(model.loss, "ignore_class", None)
        self._classes = model.output_shape[-1]
        with self._strategy.scope():
            model.optimizer.build(model.trainable_variables)
        pair = [
            tf.TensorSpec([None, *model.input_shape[1:]], tf.float32),
            tf.TensorSpec([None, *model.output_shape[1:3], 1], tf.uint8),
        ]
        # With a signature nothing is traced anew for a smaller batch: the workers' sums would then
        # no longer be sums of the same.
        self._train_step = tf.function(self._on_all(self._learn), input_signature=pair)
        self._judge_step = tf.function(self._on_all(self._judge), input_signature=pair)
        vector = [tf.TensorSpec([None], tf.float64)]
        self._add_up = tf.function(self._add_up_parts, input_signature=vector)

    @property
    def devices(self) -> int:
        """How many devices this worker has: a batch must hold a picture for each."""
        return self._devices

    def begin(self, checkpoint: Checkpoint | None) -> int:
        """Gives all workers the first one's state; returns how many epochs have been trained.

        Args:
            checkpoint: the first worker's, if there is one; the others' counts for nothing.
        """
        arrays = [variable.numpy() for variable in self._variables()]
        epochs = 0
        if checkpoint is not None:
            _require_fitting(checkpoint.arrays, arrays)
            arrays, epochs = checkpoint.arrays, checkpoint.epochs
        mine = np.concatenate([[epochs], *(np.ravel(array) for array in arrays)]).astype(np.float64)
        joint = self._sum(mine if self._place.is_first else np.zeros_like(mine))
        self._assign(self._variables(), joint[1:])
        return int(joint[0])

    def state(self) -> list[np.ndarray]:
        """Returns what a checkpoint keeps."""
        return [variable.numpy() for variable in self._variables()]

    def train_epoch(self, batches: Iterable, steps: int, watch: Watch) -> Figures:
        """Trains for one epoch; returns loss, accuracy and mean IoU of the joint batches.

        Args:
            batches: this worker's part: images float32 [0, 1] N×S×S×3, masks uint8 N×S×S×1.
            steps: how many of them all workers take. What one has beyond that is passed over.
            watch: is told of each step.
        """
        counted = self._nothing()
        for number, (images, masks) in enumerate(batches):
            if number < steps:
                counted += self._train_step(images, masks).numpy()
                watch.step()
        return self._figures(self._sum(counted))

    def judge(self, batches: Iterable, watch: Watch) -> tuple[Figures, np.ndarray]:
        """Judges without training; returns the figures, and the joint confusion matrix."""
        self._join_statistics()
        counted = self._nothing()
        for images, masks in batches:
            counted += self._judge_step(images, masks).numpy()
            watch.step()
        joint = self._sum(counted)
        return self._figures(joint), self._confusion(joint)

    def _on_all(self, step: Callable) -> Callable:
        """Runs a step on this worker's devices; adds up what they have counted."""

        def on_all(images: tf.Tensor, masks: tf.Tensor) -> tf.Tensor:
            counted = self._strategy.run(step, args=(images, masks))
            return tf.add_n(self._strategy.experimental_local_results(counted))

        return on_all

    def _learn(self, images: tf.Tensor, masks: tf.Tensor) -> tf.Tensor:
        images, masks, device = self._own_part(images, masks)
        weights = self._model.trainable_variables
        optimizer = self._model.optimizer
        pixels = tf.reduce_sum(self._counts(masks))
        joint_pixels = device.all_reduce(tf.distribute.ReduceOp.SUM, pixels)
        with tf.GradientTape() as tape:
            logits = self._model(images, training=True)
            losses = self._losses(masks, logits)
            loss = optimizer.scale_loss(tf.reduce_sum(losses) / joint_pixels)
        gradients = tape.gradient(loss, weights)
        optimizer.apply_gradients(zip(gradients, weights, strict=True))
        return self._count(masks, logits, losses)

    def _judge(self, images: tf.Tensor, masks: tf.Tensor) -> tf.Tensor:
        images, masks, _ = self._own_part(images, masks)
        logits = self._model(images, training=False)
        return self._count(masks, logits, self._losses(masks, logits))

    def _own_part(self, images: tf.Tensor, masks: tf.Tensor) -> tuple[Any, Any, Any]:
        """Cuts out what this device computes of its worker's batch."""
        device = tf.distribute.get_replica_context()
        number = device.replica_id_in_sync_group % self._devices
        count = tf.shape(images)[0]
        start, end = number * count // self._devices, (number + 1) * count // self._devices
        return images[start:end], masks[start:end], device

    def _counts(self, masks: tf.Tensor) -> tf.Tensor:
        """1.0 for each pixel that counts, N×H×W."""
        labels = masks[..., 0]
        if self._ignored is None:
            return tf.ones_like(labels, tf.float32)
        return tf.cast(tf.cast(labels, tf.int32) != self._ignored, tf.float32)

    def _losses(self, masks: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
        """The loss of each pixel, N×H×W, 0 where it does not count."""
        losses = self._model.loss.call(tf.cast(masks, tf.float32), logits)
        if losses.shape.rank != 3:
            raise ValueError(
                "Several workers need a loss that is a mean over pixels, which can be added up, "
                f"but {type(self._model.loss).__name__} is none; take cross-entropy or FocalLoss."
            )
        return losses * self._counts(masks)

    def _count(self, masks: tf.Tensor, logits: tf.Tensor, losses: tf.Tensor) -> tf.Tensor:
        """Sum of the losses, pixels, and confusion matrix, in one float64 vector."""
        counts = self._counts(masks)
        labels = tf.where(counts > 0, tf.cast(masks[..., 0], tf.int32), 0)
        confusion = tf.math.confusion_matrix(
            tf.reshape(labels, [-1]),
            tf.reshape(tf.argmax(logits, axis=-1), [-1]),
            num_classes=self._classes,
            weights=tf.reshape(counts, [-1]),
            dtype=tf.float32,
        )
        sums = tf.stack([tf.reduce_sum(losses), tf.reduce_sum(counts)])
        return tf.cast(tf.concat([sums, tf.reshape(confusion, [-1])], axis=0), tf.float64)

    def _nothing(self) -> np.ndarray:
        return np.zeros(2 + self._classes**2)

    def _confusion(self, joint: np.ndarray) -> np.ndarray:
        return joint[2:].reshape(self._classes, self._classes).astype(np.int64)

    def _figures(self, joint: np.ndarray) -> Figures:
        confusion = self._confusion(joint)
        return {
            "loss": float(joint[0] / joint[1]) if joint[1] else float("nan"),
            "accuracy": pixel_accuracy(confusion),
            "mean_iou": mean_iou(confusion),
        }

    def _add_up_parts(self, part: tf.Tensor) -> tf.Tensor:
        """Adds up a vector of each worker: of its devices, the first one gives it."""

        def give(part: tf.Tensor) -> tf.Tensor:
            device: Any = tf.distribute.get_replica_context()
            is_first = device.replica_id_in_sync_group % self._devices == 0
            return device.all_reduce(
                tf.distribute.ReduceOp.SUM, tf.where(is_first, part, tf.zeros_like(part))
            )

        joint = self._strategy.run(give, args=(part,))
        return self._strategy.experimental_local_results(joint)[0]

    def _sum(self, part: np.ndarray) -> np.ndarray:
        return self._add_up(tf.constant(part, tf.float64)).numpy()

    def _variables(self) -> list[Any]:
        return [*self._model.weights, *self._model.optimizer.variables]

    def _join_statistics(self) -> None:
        """Gives all replicas the mean of their batch norms' statistics: one model is judged."""
        statistics = [
            variable
            for variable in self._model.non_trainable_variables
            if variable.value.dtype.is_floating
        ]
        copies = [
            np.mean([copy.numpy() for copy in self._local_copies(variable)], axis=0).ravel()
            for variable in statistics
        ]
        if copies:
            self._assign(statistics, self._sum(np.concatenate(copies)) / self._place.workers)

    def _local_copies(self, variable: Any) -> tuple:
        return self._strategy.experimental_local_results(variable.value)

    def _assign(self, variables: list[Any], vector: np.ndarray) -> None:
        """Fills variables, one after the other, from a vector."""
        start = 0
        with self._strategy.scope():
            for variable in variables:
                size = int(np.prod(variable.shape))
                variable.assign(np.reshape(vector[start : start + size], variable.shape))
                start += size


def train_together(
    together: Together,
    batches_of_epoch: Callable[[int], Iterable],
    validation_batches: Iterable,
    *,
    place: Place,
    steps: int,
    epochs: int,
    checkpoints: Checkpoints,
    watch: Watch,
    note: Callable[[int, Figures], None] = lambda epoch, figures: None,
) -> TrainingRun:
    """Trains for some epochs, or for those that are left after the last checkpoint.

    Args:
        together: the model.
        batches_of_epoch: from the number of an epoch, from 0, to this worker's part of its batches.
        validation_batches: this worker's part.
        place: which of the workers this is.
        steps: how many batches of an epoch all workers take.
        epochs: how many in all.
        checkpoints: where the state is kept after each epoch.
        watch: is told of each step.
        note: is told the figures after each epoch, by the first worker only.

    Returns:
        The history of the joint figures, as ``fit`` names them; of the first worker it is whole, of
        the others it begins where this run did.

    Raises:
        ClusterProblem: the loss became NaN or infinite, in all workers at once.
    """
    checkpoint = checkpoints.load()
    first = together.begin(checkpoint)
    history = {} if checkpoint is None else checkpoint.history
    for epoch in range(first, epochs):
        start = time.perf_counter()
        trained = together.train_epoch(batches_of_epoch(epoch), steps, watch)
        judged, _ = together.judge(validation_batches, watch)
        figures = trained | {f"val_{name}": value for name, value in judged.items()}
        _require_finite(figures, epoch)
        for name, value in figures.items():
            history.setdefault(name, []).append(value)
        checkpoints.save(Checkpoint(history, together.state()))
        if place.is_first:
            note(epoch, figures)
            print(_line(epoch, epochs, figures, time.perf_counter() - start), flush=True)
    return TrainingRun(history)


def count_steps(counts: Iterable[int], batch_size: int, devices: int) -> int:
    """Counts the batches of an epoch that every worker has a part of, for each of its devices.

    Args:
        counts: the examples of each worker.
        batch_size: of a worker's part.
        devices: of a worker.

    Raises:
        ClusterProblem: a worker has too few for one step.
    """
    fewest = min(counts)
    whole, rest = divmod(fewest, batch_size)
    steps = whole + (rest >= devices)
    if steps == 0 or batch_size < devices:
        raise ClusterProblem(
            f"A worker has {fewest} pets to train with and takes {batch_size} of them a step, for "
            f"{devices} device{'s' if devices > 1 else ''}; take fewer workers, more pets or a "
            "larger batch."
        )
    return steps


def _line(epoch: int, epochs: int, figures: Figures, seconds: float) -> str:
    return (
        f"epoch {epoch + 1} of {epochs}: loss {figures['loss']:.3f}, validation loss "
        f"{figures['val_loss']:.3f}, validation mean IoU {figures['val_mean_iou']:.3f} "
        f"({seconds:.1f} s)"
    )


def _require_finite(figures: Figures, epoch: int) -> None:
    """Raises ClusterProblem for a loss that is lost: all workers see the same one."""
    for name in ("loss", "val_loss"):
        if not np.isfinite(figures[name]):
            raise ClusterProblem(
                f"The {'validation ' if name != 'loss' else ''}loss became {figures[name]} in "
                f"epoch {epoch + 1}, so the training has diverged; begin anew with a smaller "
                "learning rate."
            )


def _require_fitting(kept: list[np.ndarray], own: list[np.ndarray]) -> None:
    """Raises ClusterProblem for a checkpoint of another model."""
    if [array.shape for array in kept] != [array.shape for array in own]:
        raise ClusterProblem(
            "The checkpoint is that of another model; name another folder, or train the model "
            "that it is of."
        )
