"""freeze: no weight changes, and the batch norms stay in inference."""

from collections.abc import Callable

import numpy as np

from lessons_lib.checks.common import layers_in, photos, require_model, tiny_encoder
from lessons_lib.checks.task import Misconception, Task
from lessons_lib.encoder import count_parameters
from lessons_lib.encoder import freeze as course_freeze
from lessons_lib.quiet import keras, tf


def declare() -> Task:
    """Declares the exercise."""
    return Task(
        name="freeze",
        lesson=2,
        minutes=6,
        aim="Freeze the encoder and return it: training changes none of its weights, and its batch "
        "norms use their stored statistics, even when the model is called with `training=True`.",
        signature="freeze(encoder)",
        hints=(
            "Keras has one switch for this, and it works on single layers and on whole models.",
            "The switch decides two things for a batch norm: whether scale and shift are trained, "
            "and, since TensorFlow 2, whether it stays in inference.",
            "The switch is called `trainable`. Set on a model, it reaches every layer inside.",
        ),
        reference=course_freeze,
        cases=lambda: [
            (tiny_encoder((3, 4), side=8, batch_norm=True),),
            (tiny_encoder((4, 3, 5), side=16, batch_norm=True),),
        ],
        observe=_observe_frozen,
        misconceptions=MISCONCEPTIONS,
        why="A frozen encoder gives the same features for the same photo before, during and after "
        "the decoder's training; one with live batch norms does not.",
    )


def _freeze_where(choose: Callable[[list], list]) -> Callable:
    """An answer that freezes the layers that are chosen, one by one."""

    def freeze(encoder: keras.Model) -> keras.Model:
        for layer in choose(encoder.layers):
            layer.trainable = False
        return encoder

    return freeze


def _freeze_all_but_norms(encoder: keras.Model) -> keras.Model:
    encoder.trainable = False
    for layer in encoder.layers:
        layer.trainable = _is_norm(layer)
    return encoder


def _freeze_weights_only(encoder: keras.Model) -> keras.Model:
    for weight in encoder.weights:
        weight.trainable = False
    return encoder


class _InInference(keras.layers.Layer):
    """Calls a model with ``training=False``, whatever it is told itself."""

    def __init__(self, model: keras.Model) -> None:
        super().__init__()
        self.model = model

    def call(self, images: tf.Tensor) -> list[tf.Tensor]:
        return self.model(images, training=False)


def _infer_in_a_layer(encoder: keras.Model) -> keras.Model:
    return keras.Model(encoder.inputs, _InInference(encoder)(encoder.inputs[0]))


def _infer_in_the_call(encoder: keras.Model) -> keras.Model:
    # Keras 3.15 overrides this by what the outer model is called with.
    return keras.Model(encoder.inputs, encoder(encoder.inputs[0], training=False))


def _freeze_a_clone(encoder: keras.Model) -> keras.Model:
    clone = keras.models.clone_model(encoder)
    clone.trainable = False
    return clone


def _zero_the_rest(encoder: keras.Model) -> keras.Model:
    encoder.trainable = False
    for weight in encoder.weights:
        weight.assign(np.zeros(weight.shape))
    return encoder


def _set_attribute(name: str, value: bool) -> Callable:
    def freeze(encoder: keras.Model) -> keras.Model:
        setattr(encoder, name, value)
        return encoder

    return freeze


def _is_norm(layer: keras.layers.Layer) -> bool:
    return isinstance(layer, keras.layers.BatchNormalization)


def _observe_frozen(answer: Callable, encoder: keras.Model) -> dict | None:
    """Runs what comes back as training would, and says what that changes."""
    given = [weight.numpy() for weight in encoder.weights]
    frozen = answer(encoder)
    if frozen is None:
        return None
    require_model("freeze", frozen)
    images = photos(4, encoder.input_shape[1])
    kept = [weight.numpy() for weight in frozen.weights]
    in_inference = np.asarray(frozen(images, training=False)[-1])
    in_training = np.asarray(frozen(images, training=True)[-1])
    after = [weight.numpy() for weight in frozen.weights]
    return {
        "what comes back": "the encoder" if frozen is encoder else "another model",
        "the number of trainable parameters": count_parameters(frozen).trainable,
        "what it has learned": "kept" if _all_equal(given, kept) else "lost",
        "its layers that are switched on": _tell_switched_on(frozen),
        "its output in training": _compare_outputs(in_inference, in_training),
        "its batch norms' statistics": "stay" if _all_equal(kept, after) else "change",
    }


def _tell_switched_on(model: keras.Model) -> str:
    layers = [layer for layer in layers_in(model) if layer.weights]
    switched_on = [layer for layer in layers if layer.trainable]
    if not switched_on:
        return "none"
    if len(switched_on) == len(layers):
        return "all"
    return "the batch norms" if all(map(_is_norm, switched_on)) else "some"


def _compare_outputs(in_inference: np.ndarray, in_training: np.ndarray) -> str:
    return "as in inference" if np.allclose(in_inference, in_training, atol=1e-5) else "another"


def _all_equal(first: list[np.ndarray], second: list[np.ndarray]) -> bool:
    return len(first) == len(second) and all(map(np.array_equal, first, second))


MISCONCEPTIONS = (
    Misconception(
        "leaves the batch norms out",
        "The convolutions are frozen, the batch norms are not: they go on training, and in "
        "each step they take the mean of the batch at hand instead of the stored one.",
        _freeze_where(lambda layers: [layer for layer in layers if not _is_norm(layer)]),
    ),
    Misconception(
        "switches the batch norms on again",
        "The encoder is frozen, and then its batch norms are switched on again: in each step they "
        "take the mean of the batch at hand instead of the stored one, and their statistics drift.",
        _freeze_all_but_norms,
    ),
    Misconception(
        "freezes weights, not layers",
        "The weights are frozen one by one, so that nothing is trained; but no layer knows "
        "of it. The batch norms still measure each batch, and their statistics drift.",
        _freeze_weights_only,
    ),
    Misconception(
        "only runs in inference",
        "`training=False` in a call says how to calculate, not what to train: training may still "
        "change the weights. And what comes back is not the encoder, but a model around it.",
        _infer_in_the_call,
        also=(_infer_in_a_layer,),
    ),
    Misconception(
        "freezes a part",
        "Only a part of the layers is frozen; the others are trained on.",
        _freeze_where(lambda layers: layers[-1:]),
        also=(
            _freeze_where(lambda layers: layers[:2]),
            _freeze_where(lambda layers: layers[:-1]),
            _freeze_where(lambda layers: [layer for layer in layers if _is_norm(layer)]),
        ),
    ),
    Misconception(
        "changes nothing",
        "The encoder comes back as trainable as it was. If you have set something: Python "
        "takes any new attribute without a word, so look at its spelling, and at its value.",
        lambda encoder: encoder,
        also=(_set_attribute("frozen", True), _set_attribute("trainable", True)),
    ),
    Misconception(
        "freezes a clone",
        "A frozen encoder comes back, but with other weights, so what was learned is lost. "
        "(`clone_model` copies the layers, and draws new random weights for them.)",
        _freeze_a_clone,
        also=(_zero_the_rest,),
    ),
)
