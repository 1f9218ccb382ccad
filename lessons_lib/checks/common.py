"""What the tasks of several lessons share: small models to check with, ways to read answers."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from lessons_lib.checks.observing import UnfitAnswer
from lessons_lib.quiet import keras, tf

LAYER_NAMES = {
    "Conv2DTranspose": "transposed convolution",
    "Conv2D": "convolution",
    "UpSampling2D": "enlarging",
    "BatchNormalization": "batch norm",
    "ReLU": "ReLU",
    "Dropout": "dropout",
}

CROSS_ENTROPIES = ("sparse_categorical_crossentropy", "categorical_crossentropy")
FITS = "fits"


def tiny_encoder(
    channels: Sequence[int], *, side: int, batch_norm: bool = False, name: str = "encoder"
) -> keras.Model:
    """Builds an encoder like the course's, only so small that a check may build many.

    Args:
        channels: of its outputs, shallow to deep; each is half as high and wide as the one before.
        side: height and width of the images in pixels.
        batch_norm: whether each convolution but the last is followed by batch norm and ReLU, its
            statistics already measured. As in MobileNetV2, the deepest output is a convolution's.
        name: the model's name.

    Returns:
        A Keras model: float32 N×side×side×3 to one feature map for each number of channels.
    """
    image = features = keras.Input((side, side, 3))
    outputs = []
    for scale, width in enumerate(channels, start=1):
        features = keras.layers.Conv2D(
            width, 3, strides=2, padding="same", use_bias=False, name=f"scale_{scale}"
        )(features)
        if batch_norm and scale < len(channels):
            features = keras.layers.BatchNormalization(name=f"scale_{scale}_norm")(features)
            features = keras.layers.ReLU(name=f"scale_{scale}_relu")(features)
        outputs.append(features)
    encoder = keras.Model(image, outputs, name=name)
    for layer in encoder.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            scale, shift, mean, variance = layer.get_weights()
            mean, variance = np.linspace(-1, 1, len(mean)), np.linspace(0.5, 2, len(variance))
            layer.set_weights([scale, shift, mean, variance])
    return encoder


@contextlib.contextmanager
def run_eagerly() -> Iterator[None]:
    """Lets Keras train without tracing, which for a few steps of a small model takes longest."""
    was_eager = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(was_eager)


def photos(count: int, side: int, *, seed: int = 0) -> np.ndarray:
    """Returns noise in place of photos: float32 [0, 1] count×side×side×3."""
    return np.random.default_rng(seed).random((count, side, side, 3), dtype=np.float32)


def as_whole(value: Any) -> Any:
    """Returns a decimal number without a fraction as a whole one; everything else as it is.

    A count is right whether 12 or 12.0 comes.
    """
    is_decimal = isinstance(value, float | np.floating)
    return int(value) if is_decimal and float(value).is_integer() else value


def whole_labels(value: Any) -> Any:
    """Returns an array of decimal numbers without fractions as one of whole numbers.

    For labels where nothing is said of their kind: they are right whether 2 or 2.0 comes.
    """
    array = np.asarray(value) if hasattr(value, "dtype") else value
    if not isinstance(array, np.ndarray) or array.dtype.kind != "f":
        return value
    with np.errstate(all="ignore"):
        return array.astype(np.int64) if np.array_equal(array, np.rint(array)) else value


def in_place(value: Any, place: int, change: Callable[[Any], Any]) -> Any:
    """Returns several results with one of them changed; what is no several results as it is."""
    if not isinstance(value, tuple | list) or len(value) <= place:
        return value
    return tuple(change(one) if index == place else one for index, one in enumerate(value))


def require_model(task: str, value: Any) -> None:
    """Raises `UnfitAnswer` unless a function that has to return a Keras model did so."""
    if isinstance(value, keras.Model):
        return
    if value is None:
        came = "None, as where a `return` is missing"
    elif isinstance(value, keras.KerasTensor):
        came = "a symbolic tensor: say which input leads to it, by `keras.Model`"
    else:
        came = f"an object of type {type(value).__name__}"
    raise UnfitAnswer(
        f"{task} has to return a Keras model; what comes back is {came}.", "returns no model"
    )


def tell_output_and_loss(model: Any, outputs: Any) -> str:
    """Says whether what a compiled model gives is what its cross-entropy takes.

    Args:
        model: whose loss is looked at; where it is no cross-entropy of Keras, it fits.
        outputs: what the model gave, as it came: Keras marks a softmax that it sees, and takes the
            logits from behind it, so that there is no mistake.

    Returns:
        `FITS`, "softmax twice" or "logits taken for probabilities".
    """
    loss = getattr(model, "loss", None)
    takes_logits = getattr(loss, "from_logits", None)
    if (loss if isinstance(loss, str) else getattr(loss, "__name__", "")) in CROSS_ENTROPIES:
        takes_logits = False
    if takes_logits is None or hasattr(outputs, "_keras_logits"):
        return FITS
    numbers = np.asarray(keras.ops.convert_to_numpy(outputs), np.float64)
    if not takes_logits:
        are_logits = (numbers < 0).any() or (numbers > 1).any()
        return "logits taken for probabilities" if are_logits else FITS
    add_up = (numbers >= 0).all() and np.allclose(numbers.sum(axis=-1), 1, atol=1e-2)
    return "softmax twice" if add_up else FITS


def layers_in(block: keras.layers.Layer) -> list[keras.layers.Layer]:
    """The layers of a block, those of the blocks within it too, in their order."""
    if not isinstance(block, keras.Model):
        return [] if isinstance(block, keras.layers.InputLayer) else [block]
    return [layer for part in block.layers for layer in layers_in(part)]


def names_of(layer: keras.layers.Layer) -> list[str]:
    """What a layer does; a convolution with an activation does two things."""
    kind: str = type(layer).__name__
    may_be_relu = kind == "ReLU" or kind not in LAYER_NAMES
    if may_be_relu and not layer.weights:
        name = _function_of(layer)
        if name or kind == "ReLU":
            return [] if name == "linear" else [name or "ReLU with other bounds"]
    activation = getattr(layer, "activation", None)
    function: str = getattr(activation, "__name__", "linear").replace("relu", "ReLU")
    names = [] if kind == "Activation" else [LAYER_NAMES.get(kind, kind)]
    return names if function == "linear" else [*names, function]


def _function_of(layer: keras.layers.Layer) -> str | None:
    """Tells a layer that is a ReLU, or does nothing, by what it does, whatever it is called."""
    numbers = np.linspace(-40, 40, 81, dtype=np.float32).reshape(1, 9, 9, 1)
    try:
        after = [np.asarray(layer(numbers, training=mode)) for mode in (False, True)]
    except (TypeError, ValueError):
        return None
    for name, wanted in (("ReLU", np.maximum(numbers, 0)), ("linear", numbers)):
        if all(np.array_equal(one, wanted) for one in after):
            return name
    return None
