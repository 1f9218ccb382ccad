"""fine_tune: the encoder's last part trains on, carefully."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lessons_lib.checks.common import photos, require_model, run_eagerly, tiny_encoder
from lessons_lib.checks.task import Misconception, Task
from lessons_lib.encoder import unfreeze
from lessons_lib.quiet import keras, tf
from lessons_lib.training import compile_model


def declare() -> Task:
    """Declares the exercise."""
    return Task(
        name="fine_tune",
        lesson=6,
        minutes=12,
        aim="Make a trained U-Net ready for fine-tuning and return it: of its encoder, the layers "
        "from `first_layer` on learn and those before it stay frozen; every batch norm of the "
        "encoder stays in inference; the decoder learns as before. Compile it with Adam at "
        "`learning_rate` and cross-entropy from logits. Train nothing yet.",
        signature="fine_tune(model, first_layer, learning_rate)",
        hints=(
            'The encoder is a model within the model: `encoder = model.get_layer("encoder")`. Its '
            "`layers` stand in the order in which they calculate.",
            "Every layer has a `trainable` of its own; when the encoder was frozen, all of them "
            "were switched off. Go through them, layer by layer.",
            "Two kinds of layers stay switched off: those before `first_layer`, and every "
            "`keras.layers.BatchNormalization`. Do not touch the decoder's.",
            "A loop with `started = started or layer.name == first_layer`, "
            "`layer.trainable = started and not isinstance(layer, "
            "keras.layers.BatchNormalization)`; then `model.compile(...)` anew, since the old "
            "optimizer knows nothing of the new weights.",
        ),
        reference=_fine_tune,
        cases=_models_to_tune,
        observe=_observe_tuned,
        misconceptions=MISCONCEPTIONS,
        why="Good weights want nudging, not pushing: a low rate, few layers, and statistics that a "
        "handful of pictures cannot spoil.",
    )


def _models_to_tune() -> list[tuple]:
    """Each with a first layer that learns, and a rate."""
    return [
        (_trained_unet((4, 5, 6), side=16), "scale_2", 1e-4),
        (_trained_unet((3, 4, 3, 5), side=16), "scale_3_norm", 3e-5),
    ]


def _trained_unet(channels: Sequence[int], *, side: int) -> keras.Model:
    """A small U-Net with a frozen encoder, compiled at a high rate; its decoder has learned."""
    encoder = tiny_encoder(channels, side=side, batch_norm=True)
    encoder.trainable = False
    image = keras.Input((side, side, 3))
    *_, features = encoder(image)
    features = keras.layers.Conv2DTranspose(4, 3, strides=2, padding="same", name="up")(features)
    features = keras.layers.BatchNormalization(name="up_norm")(features)
    last = keras.layers.Conv2DTranspose(3, 3, strides=2 ** (len(channels) - 1), padding="same")
    model = keras.Model(image, last(features))
    optimizer: Any = keras.optimizers.Adam(0.01)
    model.compile(optimizer, _from_logits())
    optimizer.build(model.trainable_variables)
    optimizer.iterations.assign(100)  # as after a training
    return model


def _take_a_step(model: keras.Model) -> None:
    side = model.input_shape[1]
    masks = np.random.default_rng(5).integers(0, 3, (4, side, side, 1))
    model.train_on_batch(photos(4, side, seed=2), masks)


def _observe_tuned(
    answer: Callable, model: keras.Model, first_layer: str, learning_rate: float
) -> dict | None:
    """Takes a step of training with what comes back, and says which weights it moves."""
    encoder = model.get_layer("encoder")
    decoder = [layer for layer in model.layers if layer.weights and layer is not encoder]
    learned = [weight.numpy() for weight in model.weights]
    tuned = answer(model, first_layer, learning_rate)
    if tuned is None:
        return None
    require_model("fine_tune", tuned)
    own = {id(weight) for weight in tuned.weights}
    is_same = {id(weight) for weight in model.weights} <= own
    kept = [weight.numpy() for weight in model.weights]
    found = {
        "the model": "the one given" if is_same else "another one, with other weights",
        "what it had learned": "kept" if all(map(np.array_equal, learned, kept)) else "changed",
        "its optimizer": _tell_optimizer(tuned),
        "its learning rate": _tell_rate(tuned),
        "its loss": _tell_loss(tuned),
        "a step of training": "succeeds",
    }
    before = {id(layer): _numbers(layer) for layer in (*encoder.layers, *decoder)}
    try:
        with run_eagerly():
            _take_a_step(tuned)
    except Exception:  # Keras refuses in several ways
        found["a step of training"] = "fails: the optimizer knows other weights"
        return found | _tell_moved([], [])
    moved = [[one for one in part if _moves(one, before)] for part in (encoder.layers, decoder)]
    return found | _tell_moved(*moved)


def _tell_moved(encoder: Sequence, decoder: Sequence) -> dict[str, str]:
    weights = [layer.name for layer in encoder if not _is_norm(layer)]
    return {
        "the encoder's layers that learn": ", ".join(weights) or "none",
        "the encoder's batch norms": _tell_norms([one for one in encoder if _is_norm(one)]),
        "the decoder's layers that learn": f"{len(decoder)}",
    }


def _tell_norms(moved: Sequence) -> str:
    return "measure or learn" if moved else "stay as they are"


def _numbers(layer: keras.layers.Layer) -> list[np.ndarray]:
    return [weight.numpy() for weight in layer.weights]


def _moves(layer: keras.layers.Layer, before: dict[int, list[np.ndarray]]) -> bool:
    return not all(map(np.array_equal, before[id(layer)], _numbers(layer)))


def _is_norm(layer: keras.layers.Layer) -> bool:
    return isinstance(layer, keras.layers.BatchNormalization)


def _tell_optimizer(model: keras.Model) -> str:
    optimizer: Any = getattr(model, "optimizer", None)
    if optimizer is None:
        return "none"
    if int(optimizer.iterations) > 0:
        return "one that has taken steps"
    is_adam = isinstance(optimizer, keras.optimizers.Adam)
    return "a new Adam" if is_adam else f"a new {type(optimizer).__name__}"


def _tell_rate(model: keras.Model) -> str:
    optimizer: Any = getattr(model, "optimizer", None)
    return "none" if optimizer is None else f"{float(np.asarray(optimizer.learning_rate)):.2g}"


def _tell_loss(model: keras.Model) -> str:
    """Says what the loss does with logits, whatever it is called."""
    logits = np.random.default_rng(3).normal(0, 2, (1, 2, 2, 3)).astype(np.float32)
    masks = np.arange(4).reshape(1, 2, 2, 1) % 3
    try:
        loss = float(
            np.asarray(model.compute_loss(y=tf.constant(masks), y_pred=tf.constant(logits)))
        )
    except Exception:  # there is none, or it takes something else
        return "none that takes logits and masks"
    for from_logits, said in ((True, "from logits"), (False, "from probabilities")):
        cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=from_logits)
        if np.isclose(loss, np.asarray(cross_entropy(masks, logits)), rtol=1e-3):
            return f"cross-entropy {said}"
    return "something else than cross-entropy"


def _from_logits() -> keras.losses.Loss:
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def _fine_tune(model: keras.Model, first_layer: str, learning_rate: float) -> keras.Model:
    unfreeze(model.get_layer("encoder"), first_layer)
    return compile_model(model, learning_rate=learning_rate)


def _tune_with(
    *,
    chosen: Callable = lambda place, first: place >= first,
    norms: bool = False,
    decoder: Callable = lambda layer: True,
    rate: Callable = lambda learning_rate: learning_rate,
    optimizer: Callable = keras.optimizers.Adam,
    loss: Any = None,
) -> Callable:
    """Makes an answer that is wrong in one respect."""

    def fine_tune(model: keras.Model, first_layer: str, learning_rate: float) -> keras.Model:
        encoder = model.get_layer("encoder")
        first = [layer.name for layer in encoder.layers].index(first_layer)
        for layer in model.layers:
            layer.trainable = layer is encoder or decoder(layer)
        for place, layer in enumerate(encoder.layers):
            layer.trainable = chosen(place, first) and (norms or not _is_norm(layer))
        model.compile(optimizer(rate(learning_rate)), loss or _from_logits())
        return model

    return fine_tune


def _never_compiles(model: keras.Model, first_layer: str, learning_rate: float) -> keras.Model:
    unfreeze(model.get_layer("encoder"), first_layer)
    return model


def _sets_the_rate_only(model: keras.Model, first_layer: str, learning_rate: float) -> keras.Model:
    unfreeze(model.get_layer("encoder"), first_layer)
    optimizer: Any = model.optimizer
    optimizer.learning_rate = learning_rate
    return model


def _only_compiles(model: keras.Model, first_layer: str, learning_rate: float) -> keras.Model:
    return compile_model(model, learning_rate=learning_rate)


def _tunes_a_clone(model: keras.Model, first_layer: str, learning_rate: float) -> keras.Model:
    return _fine_tune(keras.models.clone_model(model), first_layer, learning_rate)


def _trains_at_once(model: keras.Model, first_layer: str, learning_rate: float) -> keras.Model:
    tuned = _fine_tune(model, first_layer, learning_rate)
    with run_eagerly():
        _take_a_step(tuned)
    return tuned


MISCONCEPTIONS = (
    Misconception(
        "does not compile again",
        "The optimizer is the one that trained the decoder: it knows only the weights that could "
        "be trained then, so the first step of training fails. Whatever changes `trainable` has to "
        "compile again.",
        _never_compiles,
        also=(_sets_the_rate_only,),
    ),
    Misconception(
        "the encoder stays frozen",
        "Of the encoder, nothing learns. Its layers were switched off, one and all, when it was "
        "frozen; those that are to learn have to be switched on.",
        _only_compiles,
    ),
    Misconception(
        "the whole encoder learns",
        "All of the encoder learns, its first layers too. They see edges and colours, which are "
        "the same in every picture; leave those before `first_layer` as they are.",
        _tune_with(chosen=lambda place, first: True),
    ),
    Misconception(
        "the batch norms learn",
        "Batch norms of the encoder are switched on with the layers around them. They take the "
        "mean of the batch at hand and move their stored statistics, which came from many "
        "thousands of pictures.",
        _tune_with(norms=True),
        also=(_tune_with(norms=True, chosen=lambda place, first: True),),
    ),
    Misconception(
        "the wrong half",
        "It is the other way round: the layers before `first_layer` learn, and the deep ones stay.",
        _tune_with(chosen=lambda place, first: place < first),
        also=(_tune_with(chosen=lambda place, first: place <= first),),
    ),
    Misconception(
        "one layer only",
        "Only the layer called `first_layer` learns. It is the first of them: all that come after "
        "it learn too.",
        _tune_with(chosen=lambda place, first: place == first),
    ),
    Misconception(
        "one layer too late",
        "The layer called `first_layer` stays frozen, and only those behind it learn.",
        _tune_with(chosen=lambda place, first: place > first),
    ),
    Misconception(
        "freezes the decoder",
        "The decoder no longer learns. It goes on with the encoder's last part, as the two have to "
        "fit each other.",
        _tune_with(decoder=lambda layer: False),
    ),
    Misconception(
        "the decoder's batch norm too",
        "The decoder's batch norm is frozen along with the encoder's. Nothing speaks against its "
        "learning: it belongs to your pictures, and to no pretraining.",
        _tune_with(decoder=lambda layer: not _is_norm(layer)),
    ),
    Misconception(
        "a rate of its own",
        "The learning rate is the one that Keras or the first training has, not the one that was "
        "asked for: large steps undo in minutes what was learned in days.",
        _tune_with(rate=lambda learning_rate: 1e-3),
        also=(
            _tune_with(rate=lambda learning_rate: 1e-2),
            _tune_with(rate=lambda learning_rate: 1e-4),
        ),
    ),
    Misconception(
        "a tenth of the rate",
        "The rate that is given is the low one already; here it is made a tenth once more.",
        _tune_with(rate=lambda learning_rate: learning_rate / 10),
    ),
    Misconception(
        "another optimizer",
        "It is compiled with another optimizer than Adam; at so low a rate plain descent hardly "
        "moves.",
        _tune_with(optimizer=keras.optimizers.SGD),
        also=(_tune_with(optimizer=keras.optimizers.RMSprop),),
    ),
    Misconception(
        "probabilities expected",
        "The loss expects probabilities, and the model gives logits. Say so to it, as the first "
        "training did.",
        _tune_with(loss="sparse_categorical_crossentropy"),
    ),
    Misconception(
        "tunes a clone",
        "What comes back is another model, with new random weights: what was learned is lost. "
        "(`clone_model` copies layers, not what they know.)",
        _tunes_a_clone,
    ),
    Misconception(
        "trains at once",
        "It has trained already: weights have changed. Make it ready only; the training comes "
        "after.",
        _trains_at_once,
    ),
)
