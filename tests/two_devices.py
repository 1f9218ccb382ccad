"""Trains the same model on one device and on two, and says as JSON what came out.

A program of its own, since a processor can be made two devices only before TensorFlow starts:
``python tests/two_devices.py``. Imported by ``test_two_devices.py`` for nothing.
"""

import contextlib
import json
import os
import sys

import numpy as np

from lessons_lib import training
from lessons_lib.decoder import unet_model
from lessons_lib.inspector import LiveTraining
from lessons_lib.metrics import evaluate
from lessons_lib.quiet import keras, tf

EPOCHS = 3
COUNT, SIZE, BATCH_SIZE = 8, 32, 4


def make_pairs() -> tuple[np.ndarray, np.ndarray]:
    """Pets that are bright squares."""
    generator = np.random.default_rng(0)
    images = generator.random((COUNT, SIZE, SIZE, 3), np.float32) * 0.3
    masks = np.ones((COUNT, SIZE, SIZE, 1), np.uint8)
    for image, mask in zip(images, masks, strict=True):
        row, column = generator.integers(0, SIZE // 2, 2)
        square = np.s_[row : row + SIZE // 2, column : column + SIZE // 2]
        image[square] += 0.6
        mask[square] = 0
    return images, masks


def make_unet() -> keras.Model:
    """A U-Net with batch norms, whose statistics each device takes from its own pictures."""
    keras.utils.set_random_seed(5)
    features = image = keras.Input((SIZE, SIZE, 3), name="image")
    outputs = []
    for step in range(1, 4):
        features = keras.layers.Conv2D(
            8, 3, strides=2, padding="same", activation="relu", name=f"block_{step}"
        )(features)
        outputs.append(features)
    model = unet_model(encoder=keras.Model(image, outputs, name="encoder"), filters=(16, 8))
    return training.compile_model(model, learning_rate=3e-3)


def make_plain() -> keras.Model:
    """A model without batch norms: two devices compute what one does, up to rounding."""
    keras.utils.set_random_seed(5)
    layers = [
        keras.Input((SIZE, SIZE, 3)),
        keras.layers.Conv2D(8, 3, padding="same", activation="relu"),
        keras.layers.Conv2D(3, 3, padding="same"),
    ]
    return training.compile_model(keras.Sequential(layers), learning_rate=3e-3)


def train(make_model, scope, *, inside: bool) -> dict:
    """Trains a model that was made in a scope, inside or outside of it."""
    images, masks = make_pairs()
    batches = tf.data.Dataset.from_tensor_slices((images, masks)).batch(BATCH_SIZE)
    with scope():
        model = make_model()
    live = LiveTraining(images[:2], masks[:2])
    keeper = training.KeepPredictions(images[:3])
    around = scope() if inside else contextlib.nullcontext()
    with around, contextlib.redirect_stdout(sys.stderr):  # where the live view writes lines
        run = training.train(model, batches, batches, epochs=EPOCHS, callbacks=[live, keeper])
    return {
        "history": run.history,
        "weights": np.concatenate([weight.ravel() for weight in model.get_weights()]).tolist(),
        "live_masks": np.stack(live.masks).tolist(),
        "kept_masks": np.stack(keeper.masks).tolist(),
        "predicted": (model.predict(images, verbose=0)[:3].argmax(-1)[..., None]).tolist(),
        "evaluated": evaluate(model, batches).mean_iou,
    }


def say_why_not(scope) -> str:
    """What training says to a last batch that is too small for two devices."""
    pairs = tf.data.Dataset.from_tensor_slices(tuple(part[:5] for part in make_pairs()))
    with scope():
        model = make_plain()
    try:
        training.train(model, pairs.batch(4), pairs.batch(4), epochs=1)
    except ValueError as problem:
        return str(problem)
    return "nothing"


def main() -> None:
    """Prints the results of one device and of two as JSON."""
    processors = tf.config.list_physical_devices("CPU")
    two = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(processors[0], two)
    scope = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope
    answer = {
        "devices": len(tf.config.list_logical_devices("CPU")),
        "unet on one": train(make_unet, contextlib.nullcontext, inside=False),
        "unet on two": train(make_unet, scope, inside=False),
        "plain on one": train(make_plain, contextlib.nullcontext, inside=False),
        "plain on two": train(make_plain, scope, inside=True),
        "refused": say_why_not(scope),
    }
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)  # TensorFlow takes seconds to end its threads
