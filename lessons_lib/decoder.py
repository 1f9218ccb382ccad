"""Lesson 3: the way back up, from five feature maps to logits for each pixel.

Feature maps 64² to 4² go in, logits N×128×128×classes come out, ``create_mask`` turns them into
labels N×128×128×1. No layer is shared between two calls of ``unet_model``: each model is its own.

Sources: Ronneberger et al., "U-Net" (2015), for the skip connections; Isola et al.,
"Image-to-Image Translation with Conditional Adversarial Networks" (pix2pix, 2017), for the
upsampling block.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from lessons_lib.classes import NUM_CLASSES
from lessons_lib.quiet import keras

DECODER_FILTERS = (512, 256, 128, 64)
DROPOUT_RATE = 0.5


def upsample(
    filters: int, size: int = 3, *, apply_dropout: bool = False, name: str | None = None
) -> keras.Sequential:
    """One block of the decoder: doubles height and width.

    Transposed convolution with stride 2, batch norm, dropout if asked, ReLU. The convolution
    has no bias, since the batch norm subtracts the mean and would take it away again.

    Args:
        filters: channels that come out.
        size: height and width of the kernel in pixels.
        apply_dropout: whether half of the activations are dropped in training.
        name: the block's name in the model.

    Returns:
        A Keras model: N×H×W×C to N×2H×2W×filters.
    """
    layers = [
        keras.layers.Conv2DTranspose(
            filters,
            size,
            strides=2,
            padding="same",
            use_bias=False,
            kernel_initializer="he_normal",
            name="transposed_convolution",
        ),
        keras.layers.BatchNormalization(momentum=0.9, name="batch_norm"),
        keras.layers.ReLU(name="relu"),
    ]
    if apply_dropout:
        layers.insert(2, keras.layers.Dropout(DROPOUT_RATE, name="dropout"))
    return keras.Sequential(layers, name=name)


def unet_model(
    num_classes: int = NUM_CLASSES,
    *,
    encoder: keras.Model,
    filters: Sequence[int] = DECODER_FILTERS,
    skip_connections: bool = True,
) -> keras.Model:
    """Joins an encoder and a new decoder to a U-Net.

    Args:
        num_classes: channels of the logits, one for each class.
        encoder: a model with several outputs, shallow to deep, each half as high and wide as the
            one before, as ``build_encoder`` makes it. It is used, not copied.
        filters: channels of each decoder block, deep to shallow; one less than the encoder has
            outputs.
        skip_connections: whether each block's output is joined with the encoder's feature map
            of the same size.

    Returns:
        A Keras model named "unet": images float32 [0, 1] N×S×S×3 to logits float32
        N×S×S×num_classes. Logits, not probabilities: there is no softmax at the end.

    Raises:
        ValueError: fewer than two classes, or filters that do not fit the encoder.
    """
    if num_classes < 2:
        raise ValueError(
            f"A segmentation needs at least two classes, one channel of logits each, "
            f"but num_classes={num_classes} came."
        )
    if len(filters) != len(encoder.outputs) - 1:
        raise ValueError(
            f"The encoder has {len(encoder.outputs)} outputs, so filters needs "
            f"{len(encoder.outputs) - 1} numbers, deep to shallow, but {list(filters)} came."
        )
    image = keras.Input(encoder.input_shape[1:], name="image")
    *skips, features = encoder(image)
    for step, (width, skip) in enumerate(zip(filters, reversed(skips), strict=True), start=1):
        features = upsample(width, name=f"upsample_{step}")(features)
        if skip_connections:
            features = keras.layers.Concatenate(name=f"skip_{step}")([features, skip])
    logits = keras.layers.Conv2DTranspose(num_classes, 3, strides=2, padding="same", name="logits")(
        features
    )
    return keras.Model(image, logits, name="unet")


def create_mask(logits: ArrayLike) -> np.ndarray:
    """Turns logits into labels: in each pixel the class with the largest logit.

    Args:
        logits: N×H×W×C, logits or probabilities, C of at least 2; or H×W×C for one image.

    Returns:
        uint8 N×H×W×1 (or H×W×1), labels from 0 to C - 1.

    Raises:
        ValueError: another rank, fewer than two channels, or NaN.

    >>> create_mask([[[[0.1, 2.0, -1.0]]]])
    array([[[[1]]]], dtype=uint8)
    """
    logits = np.asarray(logits)
    if logits.ndim not in (3, 4) or logits.shape[-1] < 2:
        raise ValueError(
            "Logits have the shape N×H×W×C with one channel a class (at least two), "
            f"but {logits.shape} came; if this is a mask already, use it as it is."
        )
    if np.isnan(logits).any():
        raise ValueError(
            "The logits hold NaN, so no class is the largest; the training has diverged: "
            "build the model anew and take a smaller learning rate."
        )
    return np.argmax(logits, axis=-1)[..., np.newaxis].astype(np.uint8)
