"""``python -m laboratory compare_recipes``: what each part of a longer training is worth.

All recipes train the same half-width U-Net on the same pets with the same seeds. The whole recipe
warms the learning rate up and lets it fall along a cosine, shrinks the weights (AdamW), frees the
encoder from one layer on after a third of the epochs, and takes small batches. The others leave one
of these parts out. Every model is judged twice: on the test pets as they are, and by the mean of
its logits for them and for their mirror images. Prints a table and writes all figures as JSON.

Sources: the cosine is Loshchilov and Hutter, "SGDR" (2017), AdamW theirs too, "Decoupled Weight
Decay Regularization" (2019); the warm-up is Goyal et al., "Accurate, Large Minibatch SGD" (2017).
"""

import dataclasses
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import click
import numpy as np

from laboratory.records import RecordedCommand, called_as, one_or_more, versions
from lessons_lib.data import Pets, load_pets, make_batches, split_validation
from lessons_lib.decoder import DECODER_FILTERS, create_mask, unet_model
from lessons_lib.encoder import build_encoder, unfreeze
from lessons_lib.metrics import score_masks, segmentation_metrics
from lessons_lib.quiet import keras, tf
from lessons_lib.training import train

SEEDS = (0, 1, 2)
FILTERS = tuple(count // 2 for count in DECODER_FILTERS)  # as in lesson 4


@dataclass(frozen=True)
class Recipe:
    """One way to train.

    Attributes:
        name: what the table calls it.
        epochs: in all.
        batch_size: pets in a batch.
        rate: the highest learning rate.
        falls: whether the rate is warmed up and falls along a cosine; otherwise it stays.
        weight_decay: of AdamW; 0 for plain Adam.
        free_from: the encoder's first layer that trains after a third of the epochs ("all" for
            the whole encoder); empty for an encoder that stays frozen.
    """

    name: str
    epochs: int
    batch_size: int = 8
    rate: float = 1e-3
    falls: bool = True
    weight_decay: float = 0.01
    free_from: str = "all"


@dataclass(frozen=True)
class Result:
    """What one recipe reached with one seed.

    Attributes:
        recipe: its name.
        seed: of first weights, shuffling and flips.
        mean_iou: over the pixels of all pets judged.
        mean_iou_flipped: the same of the mean of the logits for each pet and its mirror image.
        epochs: learnt.
        seconds: of learning, by the clock.
        core_seconds: of learning, on all cores together, as the process was charged.
    """

    recipe: str
    seed: int
    mean_iou: float
    mean_iou_flipped: float
    epochs: int
    seconds: float
    core_seconds: float


class Continued(keras.optimizers.schedules.LearningRateSchedule):
    """A schedule that goes on where an earlier stage of the training has left it."""

    def __init__(self, schedule: Callable, done: int):
        """Takes the schedule of the whole training, and the steps that are done."""
        self.schedule, self.done = schedule, done

    def __call__(self, step):
        """Returns the learning rate of a step of this stage."""
        return self.schedule(step + self.done)

    def get_config(self) -> dict:
        """Returns what it was made with."""
        return {"schedule": self.schedule, "done": self.done}


def recipes(whole: Recipe) -> list[Recipe]:
    """The whole recipe, and those that leave one of its parts out."""
    leave_out = {
        "the same rate throughout": {"falls": False},
        "without weight decay": {"weight_decay": 0.0},
        "the encoder stays frozen": {"free_from": ""},
        "batches of 32": {"batch_size": 32},
    }
    return [whole, *(dataclasses.replace(whole, name=name, **it) for name, it in leave_out.items())]


def fit(model: keras.Model, recipe: Recipe, learnt: tf.data.Dataset) -> None:
    """Trains a U-Net by a recipe, in one stage or two.

    Args:
        model: as ``unet_model`` makes it, with a frozen encoder.
        recipe: how.
        learnt: finite tf.data of (images, masks).
    """
    batches = int(learnt.cardinality())
    first = recipe.epochs // 3 if recipe.free_from else recipe.epochs
    glance = learnt.take(1)  # train() asks for validation batches; nothing is chosen here
    schedule = _schedule(recipe, recipe.epochs * batches)
    _compile(model, recipe, schedule)
    train(model, learnt, glance, epochs=first)
    if recipe.free_from:
        unfreeze(
            model.get_layer("encoder"), None if recipe.free_from == "all" else recipe.free_from
        )
        _compile(model, recipe, Continued(schedule, first * batches))
        train(model, learnt, glance, epochs=recipe.epochs - first)


def predict_flipped(model: keras.Model, images: tf.Tensor) -> tf.Tensor:
    """Returns the mean of the logits for images and for their mirror images, N×H×W×C."""
    mirrored = tf.reverse(model(tf.reverse(images, [2]), training=False), [2])
    return (model(images, training=False) + mirrored) / 2


def run(recipe: Recipe, weights: str, pets: Pets, seed: int, judge: str) -> Result:
    """Trains by one recipe with one seed, and judges the model twice.

    Args:
        recipe: how.
        weights: of the encoder, as ``build_encoder`` takes them.
        pets: to train with and to judge on.
        seed: of first weights, shuffling and flips.
        judge: "test" (trains on all training pets) or "validation" (on four in five of them).
    """
    keras.utils.set_random_seed(seed)
    remaining, validation = split_validation(pets.train)
    learnt, judged = (pets.train, pets.test) if judge == "test" else (remaining, validation)
    batches = make_batches(learnt, batch_size=recipe.batch_size, training=True, seed=seed)
    model = unet_model(encoder=build_encoder(weights=weights), filters=FILTERS)
    for _ in batches:  # fills the cache: reading files is no part of learning
        pass
    clock, core_clock = time.perf_counter(), time.process_time()
    fit(model, recipe, batches)
    seconds, core_seconds = time.perf_counter() - clock, time.process_time() - core_clock
    plain = _judge(judged, lambda images: model(images, training=False))
    flipped = _judge(judged, lambda images: predict_flipped(model, images))
    return Result(
        recipe.name, seed, plain, flipped, recipe.epochs, round(seconds, 1), round(core_seconds, 1)
    )


def table(results: list[Result]) -> str:
    """The results as text: a line for each recipe, mean and range over the seeds."""
    lines = [f"{'':28}{'mean IoU':>22}{'with mirror images':>24}{'epochs':>8}{'s, 2 cores':>12}"]
    for name in dict.fromkeys(result.recipe for result in results):
        rows = [result for result in results if result.recipe == name]
        said = [_spread([getattr(row, one) for row in rows]) for one in MEASURES]
        share = np.mean([row.core_seconds for row in rows]) / 2
        lines.append(f"{name:28}{said[0]:>22}{said[1]:>24}{rows[0].epochs:8}{share:12.0f}")
    return "\n".join(lines)


MEASURES = ("mean_iou", "mean_iou_flipped")


def _spread(values: list[float]) -> str:
    return f"{np.mean(values):.3f} ({min(values):.3f} to {max(values):.3f})"


def _schedule(recipe: Recipe, total: int) -> Callable:
    if not recipe.falls:
        return lambda step: tf.constant(recipe.rate)
    warm_up = max(1, total // 20)
    return keras.optimizers.schedules.CosineDecay(
        recipe.rate / 20, total - warm_up, warmup_target=recipe.rate, warmup_steps=warm_up
    )


def _compile(model: keras.Model, recipe: Recipe, schedule: Callable) -> None:
    if not isinstance(schedule, keras.optimizers.schedules.LearningRateSchedule):
        schedule = Continued(schedule, 0)
    rate = cast(float, schedule)  # Keras takes both, and its annotation knows of one
    model.compile(
        optimizer=keras.optimizers.AdamW(rate, weight_decay=recipe.weight_decay),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=segmentation_metrics(model.output_shape[-1]),
    )


def _judge(judged: tf.data.Dataset, predict: Callable) -> float:
    pairs = [(masks, create_mask(predict(images))) for images, masks in make_batches(judged)]
    masks, predicted = (np.concatenate(part) for part in zip(*pairs, strict=True))
    return round(score_masks(masks, predicted).mean_iou, 4)


@click.command(cls=RecordedCommand)
@click.option(
    "--pets",
    "source",
    default="drawn_pets",
    show_default=True,
    help="drawn_pets, oxford_iiit_pet or a folder's path.",
)
@click.option(
    "--weights",
    default="drawn",
    show_default=True,
    help="The encoder's: drawn, imagenet, or a file.",
)
@click.option("--epochs", default=14, show_default=True)
@click.option("--rate", default=1e-3, show_default=True, help="The highest learning rate.")
@click.option("--decay", default=0.01, show_default=True, help="AdamW's weight decay.")
@click.option(
    "--free-from",
    default="all",
    show_default=True,
    help="The encoder's first layer that trains after a third of the epochs.",
)
@one_or_more("--seed", "seeds", type=int, default=SEEDS)
@one_or_more("--only", "words", type=str, default=("",), help="Recipes whose name holds this word.")
@click.option(
    "--judge", type=click.Choice(["test", "validation"]), default="test", show_default=True
)
@click.option("--note", default="", help="What a reader of the file has to know of its figures.")
@click.option("--output", type=click.Path(path_type=Path), help="A JSON file for all figures.")
def main(
    source: str,
    weights: str,
    epochs: int,
    rate: float,
    decay: float,
    free_from: str,
    seeds: tuple[int, ...],
    words: tuple[str, ...],
    judge: str,
    note: str,
    output: Path | None,
):
    """Measure what each part of a longer training is worth, by leaving it out."""
    if epochs < 3:
        raise click.UsageError("--epochs must be at least 3: the encoder is freed after a third.")
    pets = load_pets(source)
    whole = Recipe("the whole recipe", epochs, rate=rate, weight_decay=decay, free_from=free_from)
    chosen = [each for each in recipes(whole) if any(word in each.name for word in words)]
    figures = {
        "command": called_as("compare_recipes"),
        "pets": pets.info.description,
        "note": note,
        "judge": judge,
        "recipes": [dataclasses.asdict(each) for each in chosen],
        "cores": os.cpu_count(),
        "versions": versions(),
    }
    results: list[Result] = []
    for seed in seeds:
        for recipe in chosen:
            results.append(run(recipe, weights, pets, seed, judge))
            click.echo(json.dumps(dataclasses.asdict(results[-1])))
            keras.backend.clear_session()
        if output:  # after each seed, so that a run that is broken off has not been in vain
            figures["results"] = [dataclasses.asdict(result) for result in results]
            output.parent.mkdir(parents=True, exist_ok=True)
            output.write_text(json.dumps(figures, indent=2) + "\n")
    click.echo(f"\n{judge.capitalize()} pets.\n{table(results)}")
