"""``python -m laboratory compare_encoders``: what an encoder's first weights are worth.

Every contender gets the same pets, the same seeds, and the same number of epochs, in one run:
MobileNetV2 with the bundled weights (learnt from drawings), with weights learnt from photos, with
random weights whose batch norms have noted their statistics, and with random weights, each frozen
and trained; and a plain U-Net from scratch. The test pets are looked at once, after the last
epoch; ``--judge validation`` leaves them alone altogether and judges on every fifth training pet,
for choosing among recipes. ``--unseen`` names other pets, on whose test pets every model is judged
as well, without having learnt from any of them: how much does it lose where drawings end and
photos begin? Prints a table and writes all figures as JSON.
"""

import functools
import json
import os
import time
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import numpy as np

from laboratory.records import RecordedCommand, called_as, one_or_more, versions
from lessons_lib.classes import CLASS_NAMES, NUM_CLASSES
from lessons_lib.data import BATCH_SIZE, IMAGE_SIZE, Pets, load_pets, make_batches, split_validation
from lessons_lib.decoder import DECODER_FILTERS, unet_model
from lessons_lib.encoder import build_encoder, note_statistics
from lessons_lib.metrics import Scores, evaluate
from lessons_lib.quiet import keras
from lessons_lib.training import compile_model, train

SEEDS = (0, 1, 2)
NOTED_BATCHES = 6
FILTERS = tuple(count // 2 for count in DECODER_FILTERS)  # as in lesson 4
PLAIN_FILTERS = (16, 32, 64, 128)


@dataclass(frozen=True)
class Contender:
    """One way to a model.

    Attributes:
        name: what the table calls it.
        build: makes the model, not yet compiled.
        fine_tunes: whether a second stage trains the whole encoder at a lower rate.
        notes: whether the encoder's batch norms note their statistics before the training.
    """

    name: str
    build: Callable[[], keras.Model]
    fine_tunes: bool = False
    notes: bool = False


@dataclass(frozen=True)
class Budget:
    """How long each contender learns, in epochs.

    Attributes:
        epochs: in all.
        fine_tuning: of these, the last so many train the encoder too, where it is fine-tuned.
        batch_size: pets in a batch.
    """

    epochs: int
    fine_tuning: int
    batch_size: int = 8


@dataclass(frozen=True)
class Result:
    """What one contender reached with one seed.

    Attributes:
        contender: its name.
        judged_on: the source of the pets that judged.
        seed: of first weights, shuffling and flips.
        mean_iou: over the pixels of all pets judged.
        iou: of each class.
        accuracy: share of pixels.
        epochs: learnt.
        seconds: of learning, by the clock.
        core_seconds: of learning, on all cores together, as the process was charged.
    """

    contender: str
    judged_on: str
    seed: int
    mean_iou: float
    iou: dict[str, float]
    accuracy: float
    epochs: int
    seconds: float
    core_seconds: float


def contenders(photo_weights: str | None) -> list[Contender]:
    """All ways to a model that are compared.

    Args:
        photo_weights: weights learnt from photos, as ``build_encoder`` takes them; None leaves
            those contenders out.
    """
    pretrained = {"drawn": "drawn"} | ({"photo": photo_weights} if photo_weights else {})
    chosen = []
    for name, weights in pretrained.items():
        build = functools.partial(_with_encoder, weights)
        chosen.append(Contender(f"{name}, frozen", build))
        chosen.append(Contender(f"{name}, fine-tuned", build, fine_tunes=True))
    random = functools.partial(_with_encoder, "none")
    return [
        *chosen,
        Contender("random, noted, frozen", random, notes=True),
        Contender("random, noted, fine-tuned", random, notes=True, fine_tunes=True),
        Contender("random, frozen", random),
        Contender("random, from scratch", functools.partial(random, trainable=True)),
        Contender("plain U-Net, from scratch", plain_unet),
    ]


def plain_unet(
    num_classes: int = NUM_CLASSES, image_size: int = IMAGE_SIZE, filters=PLAIN_FILTERS
) -> keras.Model:
    """A U-Net without a backbone: two convolutions a level, as Ronneberger et al. (2015) have it.

    Args:
        num_classes: channels of the logits.
        image_size: height and width of the images.
        filters: channels of each level, shallow to deep.
    """
    image = keras.Input((image_size, image_size, 3))
    features, skips = image, []
    for width in filters[:-1]:
        features = _two_convolutions(features, width)
        skips.append(features)
        features = keras.layers.MaxPooling2D()(features)
    features = _two_convolutions(features, filters[-1])
    for width, skip in zip(reversed(filters[:-1]), reversed(skips), strict=True):
        features = keras.layers.Conv2DTranspose(width, 2, strides=2)(features)
        features = _two_convolutions(keras.layers.Concatenate()([features, skip]), width)
    return keras.Model(image, keras.layers.Conv2D(num_classes, 1)(features), name="plain_unet")


def run(
    contender: Contender, budget: Budget, pets: Pets, seed: int, judge: str, unseen: Pets | None
) -> list[Result]:
    """Trains one contender with one seed and judges it, on the unseen pets too if there are any.

    Args:
        contender: what to train.
        budget: for how long.
        pets: to train with and to judge on.
        seed: of first weights, shuffling and flips.
        judge: "test" (trains on all training pets) or "validation" (on four in five of them).
        unseen: other pets, whose test pets judge as well.
    """
    keras.utils.set_random_seed(seed)
    remaining, validation = split_validation(pets.train)
    learnt, judged = (pets.train, pets.test) if judge == "test" else (remaining, validation)
    train_batches = make_batches(learnt, batch_size=budget.batch_size, training=True, seed=seed)
    # train() asks for validation batches; a few training pets stand in, as nothing is chosen here.
    glance = make_batches(learnt.take(budget.batch_size))
    model = contender.build()
    if contender.notes:
        noted = make_batches(learnt.take(NOTED_BATCHES * BATCH_SIZE))
        note_statistics(model.get_layer("encoder"), (images for images, _ in noted))
    compile_model(model)
    for _ in train_batches:  # fills the cache: reading files is no part of learning
        pass
    clock, core_clock = time.perf_counter(), time.process_time()
    first = budget.epochs - budget.fine_tuning if contender.fine_tunes else budget.epochs
    train(model, train_batches, glance, epochs=first)
    if contender.fine_tunes:
        train(model, train_batches, glance, epochs=budget.fine_tuning, unfreeze="all")
    seconds, core_seconds = time.perf_counter() - clock, time.process_time() - core_clock
    judges = {Path(pets.info.source).name: judged}
    if unseen:
        judges[Path(unseen.info.source).name] = unseen.test
    return [
        _result(
            contender.name,
            source,
            seed,
            evaluate(model, make_batches(examples)),
            budget.epochs,
            seconds,
            core_seconds,
        )
        for source, examples in judges.items()
    ]


def table(results: list[Result]) -> str:
    """The results as text: a line for each contender, mean and range over the seeds."""
    tables = []
    for source in dict.fromkeys(result.judged_on for result in results):
        rows = [result for result in results if result.judged_on == source]
        tables.append(f"Judged on {source}:\n{_table_of_one_judge(rows)}")
    return "\n\n".join(tables)


def _table_of_one_judge(results: list[Result]) -> str:
    lines = [
        f"{'':26}{'mean IoU':>22}   {'pet':>5} {'backgr.':>7} {'border':>6}   "
        f"{'epochs':>6} {'seconds':>8} {'/2 cores':>8}"
    ]
    for name in dict.fromkeys(result.contender for result in results):
        rows = [result for result in results if result.contender == name]
        reached = np.array([row.mean_iou for row in rows])
        classes = [np.mean([row.iou[each] for row in rows]) for each in CLASS_NAMES]
        spread = f"{reached.mean():.3f} ({reached.min():.3f} to {reached.max():.3f})"
        seconds = np.mean([row.seconds for row in rows])
        share = np.mean([row.core_seconds for row in rows]) / 2
        lines.append(
            f"{name:26}{spread:>22}   {classes[0]:5.2f} {classes[1]:7.2f} "
            f"{classes[2]:6.2f}   {rows[0].epochs:6} {seconds:8.0f} {share:8.0f}"
        )
    return "\n".join(lines)


def _with_encoder(weights: str, trainable: bool = False) -> keras.Model:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a frozen random encoder learns nothing is the point
        encoder = build_encoder(weights=weights, trainable=trainable)
        return unet_model(encoder=encoder, filters=FILTERS)


def _two_convolutions(features, width: int):
    for _ in range(2):
        features = keras.layers.Conv2D(
            width, 3, padding="same", use_bias=False, kernel_initializer="he_normal"
        )(features)
        features = keras.layers.BatchNormalization(momentum=0.9)(features)
        features = keras.layers.ReLU()(features)
    return features


def _result(
    name: str,
    judged_on: str,
    seed: int,
    scores: Scores,
    epochs: int,
    seconds: float,
    core_seconds: float,
) -> Result:
    iou = {
        each: round(float(value), 4) for each, value in zip(CLASS_NAMES, scores.iou, strict=True)
    }
    return Result(
        name,
        judged_on,
        seed,
        round(scores.mean_iou, 4),
        iou,
        round(scores.accuracy, 4),
        epochs,
        round(seconds, 1),
        round(core_seconds, 1),
    )


@click.command(cls=RecordedCommand)
@click.option(
    "--pets",
    "source",
    default="drawn_pets",
    show_default=True,
    help="drawn_pets, oxford_iiit_pet or a folder's path.",
)
@click.option("--unseen", help="Other pets, named likewise, that judge without being learnt from.")
@click.option("--photo-weights", help="Weights learnt from photos: imagenet, or a file.")
@click.option("--epochs", default=30, show_default=True)
@click.option(
    "--fine-tuning",
    default=15,
    show_default=True,
    help="How many of the epochs train the encoder too, where it is fine-tuned.",
)
@click.option("--batch-size", default=8, show_default=True)
@one_or_more("--seed", "seeds", type=int, default=SEEDS)
@one_or_more(
    "--only", "words", type=str, default=("",), help="Contenders whose name holds this word."
)
@click.option(
    "--judge", type=click.Choice(["test", "validation"]), default="test", show_default=True
)
@click.option("--note", default="", help="What a reader of the file has to know of its figures.")
@click.option("--output", type=click.Path(path_type=Path), help="A JSON file for all figures.")
def main(
    source: str,
    unseen: str | None,
    photo_weights: str | None,
    epochs: int,
    fine_tuning: int,
    batch_size: int,
    seeds: tuple[int, ...],
    words: tuple[str, ...],
    judge: str,
    note: str,
    output: Path | None,
):
    """Compare encoders by their first weights, on the pets given."""
    if not 0 < fine_tuning < epochs:
        raise click.UsageError("--fine-tuning must be at least 1 and less than --epochs.")

    pets = load_pets(source)
    others = load_pets(unseen) if unseen else None
    budget = Budget(epochs, fine_tuning, batch_size)
    chosen = [
        each for each in contenders(photo_weights) if any(word in each.name for word in words)
    ]
    figures = {
        "command": called_as("compare_encoders"),
        "pets": pets.info.description,
        "note": note,
        "judge": judge,
        "budget": asdict(budget),
        "cores": os.cpu_count(),
        "versions": versions(),
    }
    results: list[Result] = []
    for seed in seeds:
        for contender in chosen:
            for result in run(contender, budget, pets, seed, judge, others):
                results.append(result)
                click.echo(json.dumps(asdict(result)))
            keras.backend.clear_session()
        if output:  # after each seed, so that a run that is broken off has not been in vain
            figures["results"] = [asdict(result) for result in results]
            output.parent.mkdir(parents=True, exist_ok=True)
            output.write_text(json.dumps(figures, indent=2) + "\n")
    click.echo(f"\n{judge.capitalize()} pets.\n{table(results)}")
