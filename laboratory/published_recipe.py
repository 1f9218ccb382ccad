"""The published recipe, written from its description, to be measured beside the course's own.

It is TensorFlow's image segmentation tutorial as its text has it: images in [0, 1] although the
network wants [-1, 1], a cache of float32, Adam at its usual rate, batches of 64, 20 epochs, and a
decoder of four pix2pix blocks. What no longer runs was replaced by what it says: masks are resized
to the nearest neighbour.
"""

from pathlib import Path

from lessons_lib.classes import NUM_CLASSES
from lessons_lib.data import IMAGE_SIZE, steps
from lessons_lib.encoder import FEATURE_LAYERS, build_encoder
from lessons_lib.quiet import keras, tf

BATCH_SIZE = 64
BUFFER_SIZE = 1000
EPOCHS = 20
FILTERS = (512, 256, 128, 64)


def load_image(example: dict) -> tuple[tf.Tensor, tf.Tensor]:
    """Resizes a pair, and brings the image to [0, 1] and the mask to labels from 0 on."""
    image = tf.image.resize(example["image"], (IMAGE_SIZE, IMAGE_SIZE))
    mask = tf.image.resize(example["segmentation_mask"], (IMAGE_SIZE, IMAGE_SIZE), "nearest")
    return tf.cast(image, tf.float32) / 255.0, tf.cast(mask, tf.float32) - 1.0


def make_batches(examples: tf.data.Dataset, *, training: bool, seed: int) -> tf.data.Dataset:
    """Batches of (images float32 N×128×128×3, masks float32 N×128×128×1).

    Those for the training are shuffled, flipped and without an end.
    """
    pairs = examples.map(load_image, num_parallel_calls=tf.data.AUTOTUNE)
    if not training:
        return pairs.batch(BATCH_SIZE)
    flips = [keras.layers.RandomFlip("horizontal", seed=seed) for _ in range(2)]
    return (
        pairs.cache()
        .shuffle(BUFFER_SIZE, seed=seed)
        .batch(BATCH_SIZE)
        .repeat()
        .map(lambda images, masks: (flips[0](images), flips[1](masks)))
        .prefetch(tf.data.AUTOTUNE)
    )


def unet_model(weights: str | Path) -> keras.Model:
    """The published U-Net on a frozen MobileNetV2.

    Args:
        weights: as ``build_encoder`` takes them, from which they are copied.
    """
    network = keras.applications.MobileNetV2(
        input_shape=(IMAGE_SIZE, IMAGE_SIZE, 3),
        include_top=False,
        weights=None,  # pyright: ignore[reportArgumentType] - None is allowed
    )
    outputs = [network.get_layer(name).output for name in FEATURE_LAYERS]
    down_stack = keras.Model(network.input, outputs)
    down_stack.set_weights(build_encoder(weights=weights).get_weights())
    down_stack.trainable = False
    image = keras.Input((IMAGE_SIZE, IMAGE_SIZE, 3))
    *skips, features = down_stack(image)
    for filters, skip in zip(FILTERS, reversed(skips), strict=True):
        features = _upsample(filters)(features)
        features = keras.layers.Concatenate()([features, skip])
    last = keras.layers.Conv2DTranspose(NUM_CLASSES, 3, strides=2, padding="same")
    return keras.Model(image, last(features))


def compile_model(model: keras.Model) -> keras.Model:
    """Gives the model the optimizer, loss and metric of the recipe; returns it."""
    model.compile(
        optimizer="adam",
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model


def steps_per_epoch(count: int) -> int:
    """How many steps an epoch of so many pets takes."""
    return max(1, steps(count, BATCH_SIZE) - (count % BATCH_SIZE > 0))


def _upsample(filters: int) -> keras.Sequential:
    return keras.Sequential(
        [
            keras.layers.Conv2DTranspose(
                filters,
                3,
                strides=2,
                padding="same",
                use_bias=False,
                kernel_initializer=keras.initializers.RandomNormal(0.0, 0.02),
            ),
            keras.layers.BatchNormalization(),
            keras.layers.ReLU(),
        ]
    )
