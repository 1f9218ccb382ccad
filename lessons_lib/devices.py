"""What a training needs that several devices share: TensorFlow's replicas of one model.

Each replica computes its part of a batch; gradients are summed, so all replicas keep the same
weights. Two things TensorFlow and Keras leave to others: batch norms' statistics, which each
replica takes from its own part, and batches with fewer pictures than there are devices.
"""

from lessons_lib.quiet import keras, tf


class JoinStatistics(keras.callbacks.Callback):
    """Makes the replicas one model again before each validation.

    Without it each replica would be judged, and only the first saved, with batch norm statistics of
    its own.
    """

    def on_test_begin(self, logs: dict[str, float] | None = None) -> None:
        """Gives all replicas the mean of their statistics."""
        join_statistics(self.model)  # pyright: ignore[reportArgumentType] - Keras has set it


def join_statistics(model: keras.Model) -> None:
    """Gives every replica of a model on this machine the mean of the replicas' statistics."""
    strategy = model.distribute_strategy
    for variable in model.non_trainable_variables:
        copies = strategy.experimental_local_results(variable.value)
        if len(copies) > 1 and copies[0].dtype.is_floating:
            variable.assign(tf.reduce_mean(tf.stack([tf.identity(copy) for copy in copies]), 0))


def find_idle_device(name: str, count: int, devices: int) -> str | None:
    """Says that a batch cannot be shared out; None where each device gets a picture of it.

    Args:
        name: of the batches.
        count: pictures in the batch.
        devices: how many share it.
    """
    if count >= devices:
        return None
    return (
        f"{name}: a batch of {count} cannot be shared out among {devices} devices; choose another "
        "batch size, so that the last batch holds enough, or write .batch(…, drop_remainder=True)."
    )
