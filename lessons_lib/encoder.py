"""Lesson 2's module: MobileNetV2 as the encoder of a U-Net.

Images float32 [0, 1] N×128×128×3 go in; five feature maps come out, shallow to deep:
64×64×96, 32×32×144, 16×16×192, 8×8×576 and 4×4×320. The network's own range [-1, 1] is made
inside the model, here and nowhere else.

Sources: Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks" (2018);
the five layers are those of TensorFlow's image segmentation tutorial.
"""

import contextlib
import io
import json
import os
import warnings
from collections.abc import Callable, Iterable
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from lessons_lib.arguments import (
    LARGEST_SIDE,
    require_file_path,
    require_flag,
    require_model,
    require_whole,
    say,
)
from lessons_lib.batches import read_images, require_counted
from lessons_lib.data import IMAGE_SIZE
from lessons_lib.network import limited_patience
from lessons_lib.quiet import keras, tf
from lessons_lib.saying import quote
from lessons_lib.settings import encoder_weights
from lessons_lib.signatures import tell_calls
from lessons_lib.weight_files import (
    assign_weights,
    require_finite_weights,
    save_weights,
    sha256,
)

FEATURE_LAYERS = (
    "block_1_expand_relu",
    "block_3_expand_relu",
    "block_6_expand_relu",
    "block_13_expand_relu",
    "block_16_project",
)
NETWORK_PATIENCE = 15  # seconds; a learner waits for it in the middle of a lesson
SMALLEST_STEP = 32  # five halvings: 2 ** 5
# MobileNetV2's own 0.999 needs thousands of steps before inference sees sensible statistics.
SCRATCH_MOMENTUM = 0.9
DRAWN_WEIGHTS = "encoder_drawn.npz"
DRAWN_CARD = "encoder_drawn.json"


class EncoderProblem(ValueError):
    """The encoder cannot be built as asked; the message says what to do."""


class ParameterCount(NamedTuple):
    """How many numbers a model holds, and how many of them training may change."""

    total: int
    trainable: int


class ReceptiveField(NamedTuple):
    """Which pixels of the image a place of a feature map depends on.

    Attributes:
        side: of the square of pixels.
        step: pixels from one place's square to its neighbour's.
        start: first row and column of the square of place 0; below 0 it begins in the padding.
    """

    side: int
    step: int
    start: int

    def window(self, row: int, column: int) -> tuple[int, int, int]:
        """Returns the square that the place over a pixel sees: first row, first column, side."""
        _require_field(self)
        for name, pixel in (("row", row), ("column", column)):
            require_whole(name, pixel, least=0)
        top, left = (self.start + pixel // self.step * self.step for pixel in (row, column))
        return top, left, self.side


def choose_weights(pets: str) -> str:
    """Says which weights suit the pets, unless ``LESSONS_ENCODER`` has decided.

    Drawn pets get the bundled encoder, so that a lesson's outputs are the same everywhere.
    Real photos get ImageNet's weights where they are cached or can be fetched.

    Args:
        pets: the pets' source, ``info.source`` of ``load_pets``.

    Returns:
        A value for ``build_encoder(weights=...)``: "imagenet", "drawn", "none" or a path.
    """
    if not isinstance(pets, str):
        raise TypeError(
            f"choose_weights needs the pets' source, but {say(pets)} came; write pets.info.source."
        )
    chosen = encoder_weights()
    if chosen != "auto":
        return chosen
    if pets == "drawn_pets":
        return "drawn"
    if imagenet_available():
        return "imagenet"
    print(
        "Encoder: drawn (bundled with the course), since ImageNet's weights are neither cached "
        "nor to be fetched without a network."
    )
    return "drawn"


def build_encoder(
    *, weights: str | Path, image_size: int = IMAGE_SIZE, trainable: bool = False
) -> keras.Model:
    """Builds MobileNetV2 up to the deepest of the five layers that it gives out.

    Args:
        weights: "imagenet" (fetched once by Keras, then cached), "drawn" (bundled, pretrained on
            drawn images alone), "none" (random), or the path of a weights file: ``.npz`` as
            ``save_encoder`` writes it, ``.weights.h5`` of this encoder, or an ``.h5`` of
            ``keras.applications.MobileNetV2`` without its top.
        image_size: height and width of the images in pixels, a multiple of 32.
        trainable: whether training may change the encoder. Frozen, its batch norms also stay in
            inference.

    Returns:
        A Keras model named "encoder": float32 [0, 1] N×S×S×3 to five feature maps, shallow first.

    Raises:
        EncoderProblem: the size is no multiple of 32, or the weights cannot be had.
    """
    require_file_path("weights", weights)
    require_whole("image_size", image_size, most=LARGEST_SIDE, problem=EncoderProblem)
    require_flag("trainable", trainable)
    if image_size < SMALLEST_STEP or image_size % SMALLEST_STEP:
        raise EncoderProblem(
            f"image_size must be a multiple of {SMALLEST_STEP}, since the encoder halves the "
            f"image five times, but {image_size} came; take {_nearest_size(image_size)}."
        )
    encoder = _load(image_size, weights)
    if str(weights) == "none":
        for layer in _batch_norms(encoder):
            layer.momentum = SCRATCH_MOMENTUM
        if not trainable:
            warnings.warn(
                "A frozen encoder with random weights learns nothing: build it with "
                "trainable=True, or give it weights.",
                stacklevel=3,
            )
    return unfreeze(encoder, batch_norm=str(weights) == "none") if trainable else freeze(encoder)


def freeze(encoder: keras.Model) -> keras.Model:
    """Keeps training from changing the encoder; its batch norms run in inference. Returns it.

    A model that is compiled already has to be compiled again for this to take effect.
    """
    _require_encoder(encoder)
    encoder.trainable = False
    return encoder


def unfreeze(
    encoder: keras.Model, from_layer: str | None = None, *, batch_norm: bool = False
) -> keras.Model:
    """Lets training change the encoder, or its part from one layer on.

    Args:
        encoder: what ``build_encoder`` made.
        from_layer: the first layer to train, for example "block_13_expand"; None means all.
        batch_norm: whether the batch norms train too. For fine-tuning they stay in inference:
            a few small batches would spoil the statistics of the pretraining.

    Returns:
        The same encoder. A model that holds it has to be compiled again.

    Raises:
        EncoderProblem: there is no such layer.
    """
    _require_encoder(encoder)
    _refuse_unet("unfreeze", encoder)
    require_flag("batch_norm", batch_norm)
    names = [layer.name for layer in encoder.layers]
    if from_layer is not None and not (isinstance(from_layer, str) and from_layer in names):
        raise EncoderProblem(
            f"The encoder has no layer named {quote(from_layer)}; take one of its layers, "
            "for example 'block_13_expand' for the last quarter, or None for all."
        )
    start = 0 if from_layer is None else names.index(from_layer)
    encoder.trainable = True
    for position, layer in enumerate(encoder.layers):
        is_norm = isinstance(layer, keras.layers.BatchNormalization)
        layer.trainable = position >= start and (batch_norm or not is_norm)
    return encoder


def note_statistics(encoder: keras.Model, images: Iterable) -> keras.Model:
    """Lets a frozen encoder's batch norms note the means and variances of some batches.

    No weight is trained. With random weights this is what makes the difference: until then the
    batch norms rest on their first guess, mean 0 and variance 1, which no feature map has.

    Args:
        encoder: what ``build_encoder`` made.
        images: batches of images, float32 [0, 1] N×S×S×3; each counts the same.

    Returns:
        The same encoder, frozen.

    Raises:
        TypeError: no batches of images alone.
        ValueError: none, without an end, or images that do not fit; the encoder is frozen then.
    """
    _require_encoder(encoder)
    _refuse_unet("note_statistics", encoder)
    _require_some(images)
    unfreeze(encoder, batch_norm=True)
    norms = _batch_norms(encoder)
    momenta = [layer.momentum for layer in norms]
    for number, batch in enumerate(images):
        _require_images(batch, encoder, momenta)
        for layer in norms:
            layer.momentum = number / (number + 1)  # the mean of all batches so far
        encoder(batch, training=True)
    for layer, momentum in zip(norms, momenta, strict=True):
        layer.momentum = momentum
    return freeze(encoder)


def receptive_fields(encoder: keras.Model) -> dict[str, ReceptiveField]:
    """Works out how much of the image a place of each feature map sees.

    Counted from kernels and strides along the longest way through the network, which in
    MobileNetV2 passes every layer: its shortcuts only leave layers out.

    Args:
        encoder: what ``build_encoder`` made.

    Returns:
        From the names of the five layers, shallow to deep, to their receptive fields.
    """
    _require_encoder(encoder)
    if not set(FEATURE_LAYERS) & {layer.name for layer in encoder.layers}:
        raise EncoderProblem(
            "receptive_fields knows the layers of the course's encoder, but this model has none "
            f"of them, such as {FEATURE_LAYERS[0]}; give it what build_encoder made."
        )
    fields, side, step, start = {}, 1, 1, 0
    for layer in encoder.layers:
        if isinstance(layer, keras.layers.ZeroPadding2D):
            start -= step * layer.padding[0][0]
        if hasattr(layer, "kernel_size"):
            kernel, stride = layer.kernel_size[0], layer.strides[0]
            if layer.padding == "same":
                start -= step * ((kernel - stride) // 2)
            side += step * (kernel - 1)
            step *= stride
        if layer.name in FEATURE_LAYERS:
            fields[layer.name] = ReceptiveField(side, step, start)
    return fields


def count_parameters(model: keras.Model) -> ParameterCount:
    """Counts a model's parameters, all of them and those that training may change.

    A batch norm's moving mean and variance count as parameters, but never as trainable.
    """
    require_model("model", model)
    trainable = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    return ParameterCount(total=model.count_params(), trainable=trainable)


def imagenet_available() -> bool:
    """Says whether ImageNet's weights are cached, or can be fetched now (9.4 MB, then cached)."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # Keras prints the address that it tries
            _mobilenet(IMAGE_SIZE, "imagenet")
    except EncoderProblem:
        return False
    return True


def save_encoder(encoder: keras.Model, path: str | Path) -> str:
    """Writes an encoder's weights as a small ``.npz``: kernels in float16, vectors in float32.

    Args:
        encoder: what ``build_encoder`` made.
        path: where to write; an existing file is replaced only once the new one is whole.

    Returns:
        The file's SHA-256, as hexadecimal text.
    """
    _require_encoder(encoder)
    require_file_path("path", path)
    if len(encoder.outputs) == 1:
        raise EncoderProblem(
            "save_encoder takes a model of several feature maps, but this one has 1 output; "
            "of a U-Net take model.get_layer('encoder')."
        )
    return save_weights(encoder.weights, path)


def drawn_card() -> dict:
    """Returns the card of the bundled encoder: what it saw, how it was made, what it reaches."""
    return json.loads((resources.files("lessons_lib") / DRAWN_CARD).read_text())


def _load(image_size: int, weights: str | Path) -> keras.Model:
    """Builds the encoder and fills it with the weights asked for."""
    if str(weights) == "imagenet":
        return _with_five_outputs(_mobilenet(image_size, "imagenet"))
    if str(weights) == "none":
        return _with_five_outputs(_mobilenet(image_size, None))
    if str(weights) == "drawn":
        path = Path(str(resources.files("lessons_lib") / DRAWN_WEIGHTS))
    else:
        path = Path(weights).expanduser()
    if not path.is_file():
        raise EncoderProblem(
            "weights must be 'imagenet', 'drawn', 'none' or the path of a weights file, "
            f"but {str(weights)!r} is none of these: no such file."
        )
    if str(weights) == "drawn" and sha256(path) != drawn_card()["sha256"]:
        raise EncoderProblem(
            f"The bundled weights {path.name} are damaged: their checksum is not that of "
            f"{DRAWN_CARD}. Install the course again."
        )
    return _load_file(image_size, path)


def _load_file(image_size: int, path: Path) -> keras.Model:
    """Fills an encoder from a file, whatever of the three known layouts it has."""
    mobilenet = _mobilenet(image_size, None)
    encoder = _with_five_outputs(mobilenet)
    try:
        if path.suffix == ".npz":
            assign_weights(encoder.weights, path)
        elif path.name.endswith(".weights.h5"):
            encoder.load_weights(path)
        else:
            mobilenet.load_weights(path)
        for weight in encoder.weights:
            require_finite_weights(weight, weight.numpy())
    except Exception as error:  # h5py, zipfile, NumPy and Keras each have their own
        raise EncoderProblem(
            f"{path.name} does not hold weights of this encoder (MobileNetV2, width 1.0): "
            f"{(str(error) or type(error).__name__).splitlines()[0]} "
            "Give a file that save_encoder, encoder.save_weights or MobileNetV2 has written."
        ) from None
    return encoder


def _mobilenet(image_size: int, weights: str | None) -> keras.Model:
    """MobileNetV2 without its top, with the change of range from [0, 1] to [-1, 1] in front."""
    shape = (image_size, image_size, 3)
    image = keras.Input(shape, name="image")
    in_range = keras.layers.Rescaling(scale=2.0, offset=-1.0, name="to_encoder_range")(image)
    with warnings.catch_warnings():
        # Keras warns that weights made for 224 pixels serve other sizes; that is what we want.
        warnings.simplefilter("ignore")
        try:
            with limited_patience(NETWORK_PATIENCE):
                return keras.applications.MobileNetV2(
                    input_shape=shape,
                    input_tensor=in_range,
                    include_top=False,
                    weights=weights,  # pyright: ignore[reportArgumentType] - None is allowed
                )
        except Exception as error:  # urllib, h5py and Keras each have their own
            if weights is None:
                raise
            raise EncoderProblem(_why_no_imagenet(image_size, error)) from None


def _why_no_imagenet(image_size: int, error: Exception) -> str:
    """Tells a file in the cache that is damaged from weights that cannot be fetched."""
    pattern = f"mobilenet_v2_weights_*_1.0_{image_size}_no_top.h5"
    keras_home = Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser()
    for cached in (keras_home / "models").glob(pattern):
        return (
            f"ImageNet's weights in Keras' cache cannot be read ({type(error).__name__}): delete "
            f"the file {cached} and run this once more, with a network."
        )
    return (
        "ImageNet's weights are not on this machine and cannot be fetched now. Three ways out: "
        "connect to the internet and run this once more (9.4 MB, kept in Keras' cache); give the "
        "path of a MobileNetV2 weights file as weights=...; or take weights='drawn', the encoder "
        "that comes with the course."
    )


def _with_five_outputs(mobilenet: keras.Model) -> keras.Model:
    """Cuts the network off behind the deepest of the five layers and names the five outputs."""
    outputs = [mobilenet.get_layer(name).output for name in FEATURE_LAYERS]
    encoder = keras.Model(mobilenet.inputs[0], outputs, name="encoder")
    encoder.call = _traced_once_while_frozen(encoder)
    return encoder


def _traced_once_while_frozen(encoder: keras.Model) -> Callable:
    """Lets all models that hold a frozen encoder share one graph of it.

    Frozen, it computes the same in training and in inference. Otherwise TensorFlow traces its 150
    layers anew for the training and the validation of each model, which takes seconds.
    """
    layer_by_layer, traced = encoder.call, tf.function(encoder.call)

    def call(inputs: Any, training: bool | None = None, mask: Any = None) -> list:
        if any(layer.trainable for layer in encoder.layers):
            return layer_by_layer(inputs, training=training, mask=mask)
        return traced(inputs)

    return call


def _batch_norms(encoder: keras.Model) -> list:
    """The encoder's batch norm layers."""
    return [layer for layer in encoder.layers if isinstance(layer, keras.layers.BatchNormalization)]


def _require_encoder(encoder: keras.Model) -> None:
    """Raises TypeError or ValueError for what is no built Keras model."""
    require_model("encoder", encoder, instead="make it by build_encoder(weights='drawn')")


def _refuse_unet(function: str, encoder: keras.Model) -> None:
    """Raises EncoderProblem for a model that only holds the encoder."""
    if "encoder" in [layer.name for layer in encoder.layers]:
        raise EncoderProblem(
            f"{function} takes the encoder itself, but this model holds one; write "
            "model.get_layer('encoder')."
        )


def _require_field(field: ReceptiveField) -> None:
    """Raises TypeError or ValueError for a field that was not counted from an encoder."""
    require_whole("side", field.side, least=1)
    require_whole("step", field.step, least=1)
    require_whole("start", field.start)


def _require_some(images: Iterable) -> None:
    """Raises TypeError or ValueError for what cannot be gone through, has no end, or is empty."""
    require_counted("note_statistics", images)
    if hasattr(images, "__len__") and not len(images):  # pyright: ignore[reportArgumentType]
        raise ValueError("note_statistics needs at least one batch of images, but none came.")


def _require_images(batch: Any, encoder: keras.Model, momenta: list[float]) -> None:
    """Raises TypeError or ValueError for what is no batch of images, with the encoder put right."""
    try:
        if isinstance(batch, tuple | list | dict):
            raise TypeError(
                f"note_statistics needs batches of images alone, but {say(batch)} came; write "
                "(images for images, masks in batches)."
            )
        read_images("images", batch, encoder)
    except (TypeError, ValueError):
        for layer, momentum in zip(_batch_norms(encoder), momenta, strict=True):
            layer.momentum = momentum
        freeze(encoder)
        raise


def _nearest_size(image_size: int) -> int:
    """The multiple of 32 nearest to a size, at least 32."""
    return max(SMALLEST_STEP, round(image_size / SMALLEST_STEP) * SMALLEST_STEP)


tell_calls(globals())
