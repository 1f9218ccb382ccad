"""``python -m laboratory compare_weightings``: lesson 5's experiment, in full.

The lesson compares weightings on a part of the pets, with a small decoder, to fit into a minute.
Here the same functions train the whole decoder on all training pets, for each weighting and
each seed, and the test pets judge once, after the last epoch. Prints a table and, if asked,
writes all figures as JSON.
"""

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import numpy as np

from laboratory.records import RecordedCommand, called_as, one_or_more
from lessons_lib.class_imbalance import WEIGHTINGS, class_weights, describe_change, train_fresh
from lessons_lib.classes import CLASS_NAMES
from lessons_lib.data import Pets, class_shares, load_pets, make_batches, split_validation
from lessons_lib.decoder import DECODER_FILTERS
from lessons_lib.encoder import build_encoder, choose_weights
from lessons_lib.metrics import Scores, evaluate, precision_per_class, recall_per_class
from lessons_lib.quiet import keras

SEEDS = (0, 1, 2)
COMPARED = ("none", "published", "inverse")
EPOCHS = 8
MEASURES = ("iou", "precision", "recall")


@dataclass(frozen=True)
class Result:
    """What one weighting reached with one seed, on the pets that judge.

    Attributes:
        weighting: its name, as ``class_weights`` knows it.
        seed: of first weights, order and flips.
        class_weights: one for each class.
        mean_iou: over the pixels of all pets.
        iou: of each class.
        precision: of each class; None where no pixel was given the class.
        recall: of each class.
        seconds: of training, by the clock.
    """

    weighting: str
    seed: int
    class_weights: list[float]
    mean_iou: float
    iou: list[float | None]
    precision: list[float | None]
    recall: list[float | None]
    seconds: float


def run(
    weighting: str, seed: int, pets: Pets, encoder: keras.Model, epochs: int, filters
) -> Result:
    """Trains one fresh model with one weighting and judges it on the test pets.

    Args:
        weighting: as ``class_weights`` knows it.
        seed: of first weights, order and flips.
        pets: to train with and to judge on.
        encoder: frozen.
        epochs: of training.
        filters: of the decoder, deep to shallow.
    """
    train_pets, validation_pets = split_validation(pets.train)
    weights = class_weights(class_shares(make_batches(train_pets)), weighting)
    start = time.perf_counter()
    model = train_fresh(
        train_pets,
        make_batches(validation_pets),
        encoder=encoder,
        seed=seed,
        epochs=epochs,
        weights=weights,
        filters=filters,
    )
    seconds = time.perf_counter() - start
    return _result(weighting, seed, weights, evaluate(model, make_batches(pets.test)), seconds)


def table(results: list[Result]) -> str:
    """The results as text: for each class and measure the mean, and the change from "none"."""
    weightings = list(dict.fromkeys(result.weighting for result in results))
    lines = []
    for measure in MEASURES:
        for label, name in enumerate(CLASS_NAMES):
            values = {
                weighting: [
                    _number(getattr(result, measure)[label])
                    for result in results
                    if result.weighting == weighting
                ]
                for weighting in weightings
            }
            lines.append(f"{measure} of {name}")
            for weighting, reached in values.items():
                line = f"  {weighting:10} {np.nanmean(np.nan_to_num(reached)):.2f}"
                if weighting != "none" and "none" in values:
                    line += f"  {describe_change(values['none'], reached)}"
                lines.append(line)
    return "\n".join(lines)


def _result(
    weighting: str, seed: int, weights: np.ndarray, scores: Scores, seconds: float
) -> Result:
    return Result(
        weighting,
        seed,
        [round(float(weight), 4) for weight in weights],
        round(scores.mean_iou, 4),
        _rounded(scores.iou),
        _rounded(precision_per_class(scores.confusion)),
        _rounded(recall_per_class(scores.confusion)),
        round(seconds, 1),
    )


def _rounded(values: np.ndarray) -> list[float | None]:
    """Four decimals; None in place of NaN, which JSON does not know."""
    return [None if np.isnan(value) else round(float(value), 4) for value in values]


def _number(value: float | None) -> float:
    return float("nan") if value is None else value


@click.command(cls=RecordedCommand)
@click.option(
    "--pets",
    "source",
    default="drawn_pets",
    show_default=True,
    help="drawn_pets, oxford_iiit_pet or a folder's path.",
)
@click.option("--encoder", help="Encoder weights.  [default: those that suit the pets]")
@click.option("--epochs", default=EPOCHS, show_default=True)
@one_or_more("--seed", "seeds", type=int, default=SEEDS)
@one_or_more("--weighting", "weightings", type=click.Choice(WEIGHTINGS), default=COMPARED)
@click.option("--filters", type=int, nargs=4, default=DECODER_FILTERS, show_default=True)
@click.option("--output", type=click.Path(path_type=Path), help="A JSON file for all figures.")
def main(
    source: str,
    encoder: str | None,
    epochs: int,
    seeds: tuple[int, ...],
    weightings: tuple[str, ...],
    filters: tuple[int, ...],
    output: Path | None,
):
    """Run lesson 5's experiment with the whole decoder, all pets and several seeds."""
    pets = load_pets(source)
    weights = encoder or choose_weights(pets.info.source)
    built = build_encoder(weights=weights)
    results = []
    for seed in seeds:
        for weighting in weightings:
            click.echo(f"\n{weighting}, seed {seed}")
            results.append(run(weighting, seed, pets, built, epochs, filters))
            click.echo(json.dumps(asdict(results[-1])))
    click.echo(f"\n{pets.info.description}: judged on the test pets\n{table(results)}")
    if output:
        figures = {
            "command": called_as("compare_weightings"),
            "pets": pets.info.description,
            "encoder": str(weights),
            "epochs": epochs,
            "filters": list(filters),
            "class_names": list(CLASS_NAMES),
            "cores": os.cpu_count(),
            "results": [asdict(result) for result in results],
        }
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(json.dumps(figures, indent=2) + "\n")
