"""One worker of a small training, for ``test_together.py``: ``TF_CONFIG`` says which.

``python worker.py FOLDER EPOCHS SECONDS`` trains in FOLDER, waits so long before each epoch, and
writes ``worker_0.json`` there: for a model without and one with batch norms the history, and the
weights at the end.
"""

import json
import os
import sys
import time
from pathlib import Path

import numpy as np

from lessons_lib import training
from lessons_lib.decoder import upsample
from lessons_lib.quiet import keras, tf
from lessons_lib.scaling.checkpoints import FileCheckpoints, NoCheckpoints
from lessons_lib.scaling.cluster import (
    ClusterProblem,
    Watch,
    join_cluster,
    read_place,
    require_alike,
)
from lessons_lib.scaling.together import Together, train_together

COUNT, SIZE, JOINT_BATCH = 15, 16, 5  # an odd batch: the workers' parts are not equally large


def make_pairs() -> tuple[np.ndarray, np.ndarray]:
    """Noise with a bright square, which is the pet."""
    generator = np.random.default_rng(0)
    images = generator.random((COUNT, SIZE, SIZE, 3), np.float32) * 0.3
    masks = np.ones((COUNT, SIZE, SIZE, 1), np.uint8)
    images[:, 4:12, 4:12] += 0.6
    masks[:, 4:12, 4:12] = 0
    return images, masks


def make_model(batch_norm: bool) -> keras.Model:
    """Two convolutions, or a U-Net's block with its batch norm between them."""
    keras.utils.set_random_seed(5)
    layers = [
        keras.Input((SIZE, SIZE, 3)),
        keras.layers.Conv2D(8, 3, strides=2, padding="same", activation="relu"),
        upsample(8) if batch_norm else keras.layers.UpSampling2D(),
        keras.layers.Conv2D(3, 3, padding="same"),
    ]
    return training.compile_model(keras.Sequential(layers), learning_rate=3e-3)


def main(folder: Path, epochs: int, seconds: float) -> None:
    """Trains both models, and writes what came out."""
    place = read_place()
    strategy = join_cluster(place)
    require_alike(strategy, place, "the same")
    try:
        require_alike(strategy, place, f"{place.worker}")
        alike = True
    except ClusterProblem:
        alike = False
    images, masks = make_pairs()
    starts = range(0, COUNT, JOINT_BATCH)
    own = [slice(start + place.worker, start + JOINT_BATCH, place.workers) for start in starts]

    def batches(epoch: int) -> list:
        time.sleep(seconds)
        order = np.random.default_rng(epoch).permutation(COUNT)
        return [(tf.constant(images[order[part]]), tf.constant(masks[order[part]])) for part in own]

    def train(batch_norm: bool, epochs: int) -> dict:
        with strategy.scope():
            model = make_model(batch_norm)
        checkpoints = folder / f"batch norm {batch_norm}"
        checkpoints.mkdir(exist_ok=True)
        with Watch(place, patience=60).watching() as watch:
            run = train_together(
                Together(model, place),
                batches,
                batches(0),
                place=place,
                steps=len(own),
                epochs=epochs,
                checkpoints=FileCheckpoints(checkpoints) if place.is_first else NoCheckpoints(),
                watch=watch,
            )
        weights = np.concatenate([np.ravel(weight) for weight in model.get_weights()])
        return {"history": run.history, "weights": weights.tolist()}

    answer = {"plain": train(False, epochs), "batch norm": train(True, 2), "alike": alike}
    (folder / f"worker_{place.worker}.json").write_text(json.dumps(answer))


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
    except tf.errors.OpError as problem:
        print(f"lost: {type(problem).__name__}", file=sys.stderr)
        os._exit(3)
    sys.stdout.flush()
    os._exit(0)  # TensorFlow takes seconds to end its threads
