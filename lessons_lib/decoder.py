"""Lesson 3: the way back up, from five feature maps to logits for each pixel.

Feature maps 64² to 4² go in, logits N×128×128×classes come out, ``create_mask`` turns them into
labels N×128×128×1. No layer is shared between two calls of ``unet_model``: each model is its own.

Sources: Ronneberger et al., "U-Net" (2015), for the skip connections; Isola et al.,
"Image-to-Image Translation with Conditional Adversarial Networks" (pix2pix, 2017), for the
upsampling block.
"""

import json
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from lessons_lib.arguments import (
    LARGEST_SIDE,
    MOST_FILTERS,
    MOST_LABELS,
    read_numbers,
    require_file_path,
    require_flag,
    require_model,
    require_whole,
    say,
)
from lessons_lib.classes import NUM_CLASSES
from lessons_lib.encoder import build_encoder
from lessons_lib.quiet import keras
from lessons_lib.signatures import tell_calls
from lessons_lib.weight_files import assign_weights, save_weights, sha256

DECODER_FILTERS = (512, 256, 128, 64)
DROPOUT_RATE = 0.5
DRAWN_DECODER = "decoder_drawn.npz"
DRAWN_DECODER_CARD = "decoder_drawn.json"


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

    Raises:
        TypeError: no whole numbers, or a name that is no text.
        ValueError: filters or a size below 1.
    """
    require_whole("filters", filters, least=1, most=MOST_FILTERS)
    require_whole("size", size, least=1, most=LARGEST_SIDE)
    require_flag("apply_dropout", apply_dropout)
    if name is not None and (not isinstance(name, str) or not name or "/" in name):
        raise TypeError(f"name must be a text without a slash, but {say(name)} came.")
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
        N×S×S×num_classes. Logits, not probabilities: there is no softmax at the end. Built under
        Keras' policy "mixed_float16" or "mixed_bfloat16", all but the logits computes in 16 bits.

    Raises:
        ValueError: fewer than two classes, or filters that do not fit the encoder.
        TypeError: no encoder, or no whole numbers.
    """
    require_whole("num_classes", num_classes, most=MOST_LABELS)
    if num_classes < 2:
        raise ValueError(
            f"A segmentation needs at least two classes, one channel of logits each, "
            f"but num_classes={num_classes} came."
        )
    _require_encoder(encoder)
    require_flag("skip_connections", skip_connections)
    if not isinstance(filters, list | tuple | np.ndarray):
        raise TypeError(
            f"filters must be a list of numbers, deep to shallow, but {say(filters)} came."
        )
    for count in filters:
        require_whole("each of filters", count, least=1, most=MOST_FILTERS)
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
    to_logits = keras.layers.Conv2DTranspose(
        num_classes, 3, strides=2, padding="same", dtype="float32", name="logits"
    )
    logits = to_logits(features)
    return keras.Model(image, logits, name="unet")


def create_mask(logits: ArrayLike) -> np.ndarray:
    """Turns logits into labels: in each pixel the class with the largest logit.

    Args:
        logits: N×H×W×C, logits or probabilities, C of at least 2; or H×W×C for one image.

    Returns:
        uint8 N×H×W×1 (or H×W×1), labels from 0 to C - 1.

    Raises:
        ValueError: another rank, fewer than two channels or more than 256, an RGB picture, NaN,
            or infinity.
        TypeError: what holds no numbers.

    >>> create_mask([[[[0.1, 2.0, -1.0]]]])
    array([[[[1]]]], dtype=uint8)
    """
    _require_numbers(logits)
    logits = np.asarray(logits)
    if logits.ndim not in (3, 4) or logits.shape[-1] < 2:
        raise ValueError(
            "Logits have the shape N×H×W×C with one channel a class (at least two), "
            f"but {logits.shape} came; if this is a mask already, use it as it is."
        )
    _require_one_byte(logits)
    if np.isnan(logits).any():
        raise ValueError(
            "The logits hold NaN, so no class is the largest; the training has diverged: "
            "build the model anew and take a smaller learning rate."
        )
    _require_finite(logits)
    return np.argmax(logits, axis=-1)[..., np.newaxis].astype(np.uint8)


def trained_unet() -> keras.Model:
    """Returns the U-Net with which lesson 1 opens: it travels with the course, and is trained.

    Returns:
        A Keras model as ``unet_model`` makes it: images float32 [0, 1] N×128×128×3 to logits
        N×128×128×3, with the bundled encoder, and a decoder that is narrower than usual.

    Raises:
        ValueError: the file is damaged.
    """
    card = decoder_card()
    path = Path(str(resources.files("lessons_lib") / DRAWN_DECODER))
    if sha256(path) != card["sha256"]:
        raise ValueError(
            f"The bundled weights {path.name} are damaged: their checksum is not that of "
            f"{DRAWN_DECODER_CARD}. Install the course again."
        )
    unet = unet_model(encoder=build_encoder(weights="drawn"), filters=card["recipe"]["filters"])
    return load_decoder(unet, path)


def save_decoder(unet: keras.Model, path: str | Path) -> str:
    """Writes the weights of a U-Net's decoder as a small ``.npz``; returns its SHA-256.

    Args:
        unet: what ``unet_model`` made.
        path: where to write; an existing file is replaced only once the new one is whole.
    """
    require_file_path("path", path)
    return save_weights(_decoder_weights(unet), path)


def load_decoder(unet: keras.Model, path: str | Path) -> keras.Model:
    """Fills the decoder of a U-Net with what ``save_decoder`` wrote; returns the U-Net.

    Raises:
        ValueError: the file holds another decoder.
    """
    require_file_path("path", path)
    assign_weights(_decoder_weights(unet), path)
    return unet


def decoder_card() -> dict:
    """Returns the card of the bundled decoder: what it saw, how it was made, what it reaches."""
    return json.loads((resources.files("lessons_lib") / DRAWN_DECODER_CARD).read_text())


def _decoder_weights(unet: keras.Model) -> list[keras.Variable]:
    """All weights of a U-Net but those of its encoder."""
    require_model("unet", unet, instead="make it by unet_model")
    if "encoder" not in [layer.name for layer in unet.layers]:
        raise ValueError(
            "unet must be a U-Net as unet_model makes it, but this model has no layer named "
            "'encoder'."
        )
    encoder_weights = {id(weight) for weight in unet.get_layer("encoder").weights}
    return [weight for weight in unet.weights if id(weight) not in encoder_weights]


def _require_encoder(encoder: keras.Model) -> None:
    """Raises TypeError or ValueError for what does not give several feature maps."""
    require_model("encoder", encoder, instead="make it by build_encoder(weights='drawn')")
    if len(encoder.outputs) < 2:
        raise ValueError(
            "The encoder must give several feature maps, shallow to deep, but this model has "
            f"{len(encoder.outputs)} output; make it by build_encoder."
        )


def _require_numbers(logits: ArrayLike) -> None:
    """Raises TypeError for what holds no numbers."""
    read_numbers("logits", logits)


def _require_one_byte(logits: np.ndarray) -> None:
    """Raises ValueError for what would not give a mask of labels, a byte each."""
    if logits.shape[-1] > MOST_LABELS:
        raise ValueError(
            f"A mask holds a byte for each pixel, so logits have at most {MOST_LABELS} channels, "
            f"but {logits.shape[-1]} came; the last axis is that of the classes."
        )
    if logits.dtype in (np.uint8, bool):
        raise ValueError(
            f"Logits are floats, but {logits.dtype} came, as a picture or a mask has it; give "
            "create_mask what the model returns."
        )


def _require_finite(logits: np.ndarray) -> None:
    """Raises ValueError for infinity, beside which the other logits mean nothing."""
    if np.isinf(logits).any():
        raise ValueError(
            "The logits hold infinity, so they can no longer be compared; the training has "
            "diverged: build the model anew and take a smaller learning rate."
        )


tell_calls(globals())
