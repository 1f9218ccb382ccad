"""fair_pair: two models that differ in nothing but the weights."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import MethodType
from typing import Any

import numpy as np

from lessons_lib.checks.observing import UnfitAnswer
from lessons_lib.checks.task import Misconception, Task
from lessons_lib.quiet import keras, tf


def declare() -> Task:
    """Declares the exercise."""
    return Task(
        name="fair_pair",
        lesson=5,
        minutes=12,
        aim="Build and train two models for a fair comparison: alike in everything but the weights "
        "of their training.",
        signature="fair_pair(build_decoder, build_model, train, seed, epochs)",
        hints=(
            "What may differ between the two? One thing. Go through all the others: layers, first "
            "weights, epochs.",
            "Layers that are given to two models belong to both: what one learns, the other has. "
            "How often does build_decoder have to be called?",
            "keras.utils.set_random_seed(seed) starts the random numbers anew; building a model "
            "uses some of them up.",
            "Twice the same four steps: set the seed, build a decoder, build a model of it, train "
            "it for `epochs`, the first time without weights. Return both models.",
        ),
        reference=_fair_pair,
        cases=_seeds_and_epochs,
        observe=_observe_pair,
        misconceptions=MISCONCEPTIONS,
        why="Where two things differ at once, you cannot say which of them made the model better; "
        "many a surprising gain ends there.",
    )


@dataclass
class _Training:
    """One call of `train`: which model, how, and what its weights were when it began."""

    model: keras.Model
    weighted: bool
    epochs: float
    start: np.ndarray


class _SmallModel(keras.Model):
    """A decoder and a last layer; without Keras' tracing, which would take longer than all else."""

    def __init__(self, decoder: list) -> None:
        super().__init__()
        self.decoder, self.last = list(decoder), _built_layer(2, 1)
        self.built = True

    def call(self, features: tf.Tensor) -> tf.Tensor:
        for layer in (*self.decoder, self.last):
            features = layer(features)
        return features


def _built_layer(inputs: int, outputs: int) -> keras.layers.Layer:
    layer = keras.layers.Dense(outputs, use_bias=False)
    layer.build((None, inputs))
    return layer


class _Workshop:
    """Makes small models and notes their trainings; a training moves all weights by its length."""

    def __init__(self) -> None:
        self.trainings: list[_Training] = []

    def build_decoder(self) -> list:
        """Returns new layers with random weights."""
        return [_built_layer(3, 4), _built_layer(4, 2)]

    def build_model(self, decoder: list) -> keras.Model:
        """Returns a new model that uses these layers."""
        return _SmallModel(decoder)

    def train(self, model: keras.Model, weighted: bool, epochs: int) -> None:
        """Trains the model, with or without sample weights."""
        self.trainings.append(_Training(model, bool(weighted), epochs, _flat_weights(model)))
        for variable in model.trainable_variables:
            variable.assign_add(keras.ops.ones(variable.shape) * (0.1 * epochs))


def _flat_weights(model: keras.Model) -> np.ndarray:
    return np.concatenate([np.ravel(weights) for weights in model.get_weights()])


def _seeds_and_epochs() -> list[tuple]:
    """A workshop's functions, a seed, a number of epochs, and the seed of a second call."""
    cases = []
    for seed, epochs, second_seed in [(3, 5, 3), (11, 2, 12)]:
        workshop = _Workshop()
        steps = (workshop.build_decoder, workshop.build_model, workshop.train)
        cases.append((*steps, seed, epochs, second_seed))
    return cases


def _observe_pair(
    answer: Callable,
    build_decoder: Callable,
    build_model: Callable,
    train: MethodType,
    seed: int,
    epochs: int,
    second_seed: int,
) -> dict:
    """Lets the answer build and train, and again with the second seed."""
    workshop: Any = train.__self__
    pairs = []
    for one_seed in (seed, second_seed):
        workshop.trainings.clear()
        models = answer(build_decoder, build_model, train, one_seed, epochs)
        pairs.append(_describe_pair(models, workshop.trainings))
    alike = np.array_equal(*(pair.pop("start") for pair in pairs))
    which = "the same" if seed == second_seed else "another"
    start = "alike" if alike else "different"
    return pairs[0] | {f"the start of a second call with {which} seed": start}


def _describe_pair(models: Any, trainings: Sequence[_Training]) -> dict:
    if not isinstance(models, tuple | list) or len(models) != 2:
        raise UnfitAnswer(
            "fair_pair has to return two models: the plain one, the weighted one.",
            "returns no pair",
        )
    if not all(isinstance(model, keras.Model) for model in models):
        raise UnfitAnswer(
            "fair_pair has to return the two models, as build_model makes them. (`train` changes a "
            "model and returns nothing.)",
            "returns no models",
        )
    runs = [[run for run in trainings if run.model is model] for model in models]
    starts = [
        own[0].start if own else _flat_weights(model)
        for own, model in zip(runs, models, strict=True)
    ]
    plain_ids, weighted_ids = ({id(part) for part in model.variables} for model in models)
    return {
        "what both models share": f"{len(plain_ids & weighted_ids)} tensors",
        "the plain model's training": _tell_epochs(runs[0]),
        "the weighted model's training": _tell_epochs(runs[1]),
        "the plain model": _tell_weights(runs[0]),
        "the weighted model": _tell_weights(runs[1]),
        "the start of both": "alike" if np.allclose(starts[0], starts[1]) else "different",
        "the second training": "goes on" if _goes_on(models, runs) else "starts anew",
        "start": starts[0],
    }


def _tell_epochs(runs: Sequence[_Training]) -> str:
    return f"{sum(run.epochs for run in runs):g} epochs"


def _tell_weights(runs: Sequence[_Training]) -> str:
    return "with weights" if any(run.weighted for run in runs) else "without weights"


def _goes_on(models: Sequence[keras.Model], runs: Sequence[Sequence[_Training]]) -> bool:
    """Says whether the weighted model's training begins with the trained weights of the other."""
    return bool(runs[0] and runs[1]) and np.allclose(_flat_weights(models[0]), runs[1][0].start)


def _fair_pair(
    build_decoder: Callable, build_model: Callable, train: Callable, seed: int, epochs: int
) -> tuple[keras.Model, keras.Model]:
    models = []
    for weighted in (False, True):
        keras.utils.set_random_seed(seed)
        model = build_model(build_decoder())
        train(model, weighted, epochs)
        models.append(model)
    return tuple(models)


def _pair(
    *,
    seeds: Callable = lambda seed: (seed, seed),
    set_seed: Callable = keras.utils.set_random_seed,
    lengths: tuple[float, float] = (1, 1),
    length: float | None = None,
    weighted: tuple[bool, bool] = (False, True),
) -> Callable:
    """Makes an answer that is unfair in one respect; a seed of None is not set."""

    def answer(
        build_decoder: Callable, build_model: Callable, train: Callable, seed: int, epochs: int
    ) -> tuple[keras.Model, keras.Model]:
        models = []
        for own_seed, factor, is_weighted in zip(seeds(seed), lengths, weighted, strict=True):
            if own_seed is not None:
                set_seed(own_seed)
            model = build_model(build_decoder())
            train(model, is_weighted, epochs * factor if length is None else length)
            models.append(model)
        return tuple(models)

    return answer


def _shared_decoder(
    build_decoder: Callable, build_model: Callable, train: Callable, seed: int, epochs: int
) -> tuple[keras.Model, keras.Model]:
    keras.utils.set_random_seed(seed)
    decoder = build_decoder()
    plain = build_model(decoder)
    train(plain, False, epochs)
    weighted = build_model(decoder)
    train(weighted, True, epochs)
    return plain, weighted


def _shared_decoder_built_first(
    build_decoder: Callable, build_model: Callable, train: Callable, seed: int, epochs: int
) -> tuple[keras.Model, keras.Model]:
    keras.utils.set_random_seed(seed)
    decoder = build_decoder()
    models = build_model(decoder), build_model(decoder)
    train(models[0], False, epochs)
    train(models[1], True, epochs)
    return models


def _shared_decoder_seeded_twice(
    build_decoder: Callable, build_model: Callable, train: Callable, seed: int, epochs: int
) -> tuple[keras.Model, keras.Model]:
    decoder = build_decoder()
    keras.utils.set_random_seed(seed)
    plain = build_model(decoder)
    train(plain, False, epochs)
    keras.utils.set_random_seed(seed)
    weighted = build_model(decoder)
    train(weighted, True, epochs)
    return plain, weighted


def _same_model(
    build_decoder: Callable, build_model: Callable, train: Callable, seed: int, epochs: int
) -> tuple[keras.Model, keras.Model]:
    keras.utils.set_random_seed(seed)
    model = build_model(build_decoder())
    train(model, False, epochs)
    train(model, True, epochs)
    return model, model


def _goes_on_from_the_first(
    build_decoder: Callable, build_model: Callable, train: Callable, seed: int, epochs: int
) -> tuple[keras.Model, keras.Model]:
    keras.utils.set_random_seed(seed)
    plain = build_model(build_decoder())
    train(plain, False, epochs)
    weighted = build_model(build_decoder())
    weighted.set_weights(plain.get_weights())
    train(weighted, True, epochs)
    return plain, weighted


def _trains_one_twice(
    build_decoder: Callable, build_model: Callable, train: Callable, seed: int, epochs: int
) -> tuple[keras.Model, keras.Model]:
    keras.utils.set_random_seed(seed)
    plain = build_model(build_decoder())
    keras.utils.set_random_seed(seed)
    weighted = build_model(build_decoder())
    train(plain, False, epochs)
    train(plain, True, epochs)
    return plain, weighted


def _trains_only(which: int) -> Callable:
    """An answer that trains one of the two models."""

    def answer(
        build_decoder: Callable, build_model: Callable, train: Callable, seed: int, epochs: int
    ) -> tuple[keras.Model, keras.Model]:
        models = []
        for number, weighted in enumerate((False, True)):
            keras.utils.set_random_seed(seed)
            models.append(build_model(build_decoder()))
            if number == which:
                train(models[-1], weighted, epochs)
        return tuple(models)

    return answer


def _trains_none(
    build_decoder: Callable, build_model: Callable, train: Callable, seed: int, epochs: int
) -> tuple[keras.Model, keras.Model]:
    keras.utils.set_random_seed(seed)
    plain = build_model(build_decoder())
    keras.utils.set_random_seed(seed)
    return plain, build_model(build_decoder())


MISCONCEPTIONS = (
    Misconception(
        "the same model twice",
        "Both are one and the same model: trained without weights, then with them. There is "
        "nothing left to compare.",
        _same_model,
    ),
    Misconception(
        "shares the decoder",
        "Both models hold the same decoder layers, as in the tutorial. What the first "
        "training teaches, the second model knows before it begins; and the second training "
        "changes the first model behind your back.",
        _shared_decoder,
        also=(_shared_decoder_built_first, _shared_decoder_seeded_twice),
    ),
    Misconception(
        "goes on from the first",
        "The weighted model begins with the trained weights of the plain one: in all it has "
        "learned twice as long. Start both from the same untrained weights.",
        _goes_on_from_the_first,
    ),
    Misconception(
        "no seed",
        "No seed reaches the first weights: each call starts elsewhere, and so do the two "
        "models. Keras takes its first weights from Python's random numbers, not from "
        "TensorFlow's or NumPy's.",
        _pair(seeds=lambda seed: (None, None)),
        also=(
            _pair(set_seed=lambda seed: tf.random.set_seed(seed)),
            _pair(set_seed=lambda seed: np.random.seed(seed)),
        ),
    ),
    Misconception(
        "different starts",
        "The two models start from different random weights: another seed, or one seed set "
        "once, of which the first model has used up numbers. A part of any difference "
        "between them is luck.",
        _pair(seeds=lambda seed: (seed, None)),
        also=(
            _pair(seeds=lambda seed: (seed, seed + 1)),
            _pair(seeds=lambda seed: (seed + 1, seed)),
        ),
    ),
    Misconception(
        "ignores the seed",
        "Whatever seed is given, the models start alike. One seed is one sample; over "
        "several you would see how much of the difference is luck.",
        _pair(seeds=lambda seed: (7, 7)),
        also=(_pair(seeds=lambda seed: (0, 0)), _pair(seeds=lambda seed: (42, 42))),
    ),
    Misconception(
        "trains the weighted one longer",
        "The weighted model is trained longer. That it does better may be due to that alone.",
        _pair(lengths=(1, 2)),
    ),
    Misconception(
        "trains the plain one longer",
        "The plain model is trained longer than the weighted one, so the weights are at a "
        "disadvantage.",
        _pair(lengths=(2, 1)),
    ),
    Misconception(
        "trains both twice as long",
        "Both are trained equally long, but not for the epochs that were asked for.",
        _pair(lengths=(2, 2)),
    ),
    Misconception(
        "epochs of its own",
        "Both are trained for a number of epochs that is written into the function, whatever "
        "`epochs` says.",
        _pair(length=1),
        also=tuple(_pair(length=length) for length in (3, 4, 10, 20)),
    ),
    Misconception(
        "trains one only",
        "One of the two models is never trained: an untrained model proves nothing about weights.",
        _trains_only(0),
        also=(_trains_only(1),),
    ),
    Misconception(
        "weights in neither",
        "Neither training has weights: two equal models, and a comparison of one thing "
        "with itself.",
        _pair(weighted=(False, False)),
    ),
    Misconception(
        "weights in both",
        "Both trainings have weights, so nothing is left to compare them with.",
        _pair(weighted=(True, True)),
    ),
    Misconception(
        "exchanges the two",
        "The two have changed places: the plain model, trained without weights, comes first.",
        _pair(weighted=(True, False)),
    ),
    Misconception(
        "trains the first twice",
        "The first model is trained twice and the second not at all. Look at the name in the "
        "second call of train.",
        _trains_one_twice,
    ),
    Misconception(
        "trains neither",
        "The pair is built fairly, and never trained.",
        _trains_none,
    ),
)
