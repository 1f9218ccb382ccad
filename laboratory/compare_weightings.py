"""``python -m laboratory compare_weightings``: lesson 5's experiment, in full.

Each weighting trains a fresh model, for each seed and each budget (pets to learn from, epochs).
Every model is judged twice: as it was trained, and with its logits shifted, since weights can also
be put in, or taken out again, after a training by adding their logarithms to the logits. What
remains of the difference when a trained model is shifted back is what the weights taught it; the
rest is where it draws the line. Choices are made by these figures, so the validation pets judge,
as in the lesson, and the test pets are left alone.

Prints a table and, if asked, writes all figures as JSON, which lesson 5 draws.
"""

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import numpy as np

from laboratory.records import RecordedCommand, called_as, one_or_more, versions
from lessons_lib.class_imbalance import WEIGHTINGS, class_weights, describe_change, train_fresh
from lessons_lib.classes import CLASS_NAMES
from lessons_lib.data import class_shares, load_pets, make_batches, split_validation
from lessons_lib.decoder import create_mask
from lessons_lib.encoder import build_encoder, choose_weights
from lessons_lib.metrics import Scores, precision_per_class, recall_per_class, score_masks
from lessons_lib.quiet import keras, tf

SEEDS = (0, 1, 2)
COMPARED = ("none", "published", "inverse")
# The first is the lesson's own: it has to fit into a minute.
BUDGETS = ((72, 4), (400, 6))
FILTERS = (64, 64, 32, 32)
BATCH_SIZE = 8
LEARNING_RATE = 2e-3
MEASURES = ("iou", "precision", "recall")
TRAINED = "trained"
SHIFTED = "shifted"
SHIFTED_BACK = "trained, shifted back"


@dataclass(frozen=True)
class Budget:
    """How much a model may learn: ``pets`` to learn from, each seen ``epochs`` times."""

    pets: int
    epochs: int


@dataclass(frozen=True)
class Result:
    """What one weighting reached with one seed and budget, on the pets that judge.

    Attributes:
        weighting: its name, as ``class_weights`` knows it.
        decision: "trained": the masks are those of the model as it was trained. "shifted": of the
            unweighted model, the weights' logarithms added to its logits. "trained, shifted
            back": of the weighted model, the logarithms subtracted again.
        seed: of first weights, order and flips.
        budget: pets and epochs.
        class_weights: one for each class.
        mean_iou: over the pixels of all pets.
        iou: of each class.
        precision: of each class; None where no pixel was given the class.
        recall: of each class.
        seconds: of training, by the clock.
    """

    weighting: str
    decision: str
    seed: int
    budget: Budget
    class_weights: list[float]
    mean_iou: float
    iou: list[float | None]
    precision: list[float | None]
    recall: list[float | None]
    seconds: float


def run(
    weightings: tuple[str, ...],
    seed: int,
    budget: Budget,
    pets: tf.data.Dataset,
    encoder: keras.Model,
) -> list[Result]:
    """Trains a fresh model with each weighting and judges it, its logits shifted and not.

    Args:
        weightings: as ``class_weights`` knows them.
        seed: of first weights, order and flips.
        budget: pets and epochs.
        pets: examples; every fifth judges, the others are there to learn from.
        encoder: frozen.
    """
    train_pets, validation_pets = split_validation(pets)
    shares = class_shares(make_batches(train_pets))
    judging = make_batches(validation_pets)
    masks = np.concatenate([masks for _, masks in judging.as_numpy_iterator()])
    results = []
    for weighting in weightings:
        weights = class_weights(shares, weighting)
        start = time.perf_counter()
        model = train_fresh(
            train_pets.take(budget.pets),
            make_batches(validation_pets.take(BATCH_SIZE)),
            encoder=encoder,
            seed=seed,
            epochs=budget.epochs,
            weights=weights,
            filters=FILTERS,
            batch_size=BATCH_SIZE,
            learning_rate=LEARNING_RATE,
        )
        seconds = time.perf_counter() - start
        logits = model.predict(judging, verbose=0)
        for name, decision, added in _decisions(weighting, weights, shares, weightings):
            scores = score_masks(masks, create_mask(logits + added))
            shown = class_weights(shares, name)
            results.append(_result(name, decision, seed, budget, shown, scores, seconds))
    return results


def _decisions(
    weighting: str, weights: np.ndarray, shares: np.ndarray, weightings: tuple[str, ...]
) -> list[tuple[str, str, np.ndarray | float]]:
    """Says which masks to make of one model's logits: (weighting, decision, what to add)."""
    decisions: list[tuple[str, str, np.ndarray | float]] = [(weighting, TRAINED, 0.0)]
    if weighting != "none":
        return [*decisions, (weighting, SHIFTED_BACK, -np.log(weights))]
    for other in weightings:
        if other != "none":
            decisions.append((other, SHIFTED, np.log(class_weights(shares, other))))
    return decisions


def table(results: list[Result]) -> str:
    """The results as text: for each budget, measure and class the mean, and how it differs."""
    lines = []
    for budget in dict.fromkeys(result.budget for result in results):
        rows = [result for result in results if result.budget == budget]
        ways = list(dict.fromkeys((row.weighting, row.decision) for row in rows))
        lines.append(f"\n{budget.pets} pets, {budget.epochs} epochs")
        for measure in MEASURES:
            for label, name in enumerate(CLASS_NAMES):
                reached = {
                    way: [
                        _number(getattr(row, measure)[label])
                        for row in rows
                        if (row.weighting, row.decision) == way
                    ]
                    for way in ways
                }
                lines.append(f"{measure} of {name}")
                lines += _lines(reached)
    return "\n".join(lines)


def _lines(reached: dict[tuple[str, str], list[float]]) -> list[str]:
    lines = []
    for (weighting, decision), values in reached.items():
        line = f"  {weighting + ', ' + decision:34} {np.mean(np.nan_to_num(values)):.2f}"
        if weighting != "none" and ("none", TRAINED) in reached:
            line += f"  {describe_change(reached['none', TRAINED], values)}"
        lines.append(line)
    return lines


def _result(
    weighting: str,
    decision: str,
    seed: int,
    budget: Budget,
    weights: np.ndarray,
    scores: Scores,
    seconds: float,
) -> Result:
    return Result(
        weighting,
        decision,
        seed,
        budget,
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
@one_or_more("--seed", "seeds", type=int, default=SEEDS)
@one_or_more("--weighting", "weightings", type=click.Choice(WEIGHTINGS), default=COMPARED)
@one_or_more(
    "--budget",
    "budgets",
    type=(int, int),
    default=BUDGETS,
    help="Pets to learn from and epochs, such as --budget 72 4.",
)
@click.option("--note", default="", help="What a reader of the file has to know of its figures.")
@click.option("--output", type=click.Path(path_type=Path), help="A JSON file for all figures.")
def main(
    source: str,
    encoder: str | None,
    seeds: tuple[int, ...],
    weightings: tuple[str, ...],
    budgets: tuple[tuple[int, int], ...],
    note: str,
    output: Path | None,
):
    """Run lesson 5's experiment: weights trained, put in afterwards, and taken out again."""
    pets = load_pets(source)
    weights = encoder or choose_weights(pets.info.source)
    built = build_encoder(weights=weights)
    results: list[Result] = []
    for budget in budgets:
        for seed in seeds:
            click.echo(f"\n{budget[0]} pets, {budget[1]} epochs, seed {seed}")
            results += run(weightings, seed, Budget(*budget), pets.train, built)
            keras.backend.clear_session()
    click.echo(f"\n{pets.info.description}: judged on the validation pets\n{table(results)}")
    if output:
        figures = {
            "command": called_as("compare_weightings"),
            "pets": pets.info.description,
            "encoder": Path(weights).name,
            "note": note,
            "filters": list(FILTERS),
            "class_names": list(CLASS_NAMES),
            "cores": os.cpu_count(),
            "versions": versions(),
            "results": [asdict(result) for result in results],
        }
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(json.dumps(figures, indent=2) + "\n")
