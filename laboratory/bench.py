"""``python -m laboratory bench``: the course's recipe beside the published one, in one run.

Both learn from the same pets with the same first weights of the encoder, on the same machine, in
turns, so that the ratios say something although the times differ from machine to machine: the
input pipeline, a step of the training, the milliseconds of an image, the import, and, with
``--learning``, mean IoU against seconds. Prints a table and writes all figures as JSON.
"""

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import click
import numpy as np

from laboratory import published_recipe as published
from laboratory.records import RecordedCommand, called_as, one_or_more, versions
from lessons_lib import decoder
from lessons_lib.classes import NUM_CLASSES
from lessons_lib.data import IMAGE_SIZE, Pets, load_pets, make_batches
from lessons_lib.encoder import build_encoder
from lessons_lib.metrics import confusion_matrix, iou_per_class
from lessons_lib.quiet import keras, tf
from lessons_lib.training import compile_model

ROUNDS = 5
STEP_IMAGES = 32
COURSE_BATCH = 8
NARROWER = {"half": 2, "quarter": 4}
PLAIN, OURS = "published", "course"

Row = dict[str, Any]
Clocked = tuple[float, float]  # seconds by the clock, seconds of all processors


def timed(work: Callable[[], Any]) -> Clocked:
    """Does the work, and says how long it took."""
    clock, processors = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - processors


def in_turns(works: dict[str, Callable[[], Clocked]], rounds: int) -> dict[str, Clocked]:
    """Lets each work have its turn in every round; returns the medians of what it took."""
    taken: dict[str, list[Clocked]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            taken[name].append(work())
    return {
        name: (median(one[0] for one in each), median(one[1] for one in each))
        for name, each in taken.items()
    }


def bench_pipeline(pets: Pets, rounds: int) -> list[Row]:
    """Images a second of the first epoch, and of one from the cache; bytes that the cache holds."""
    count = len(pets.train)
    for _ in pets.train:  # the first reader would pay for the disk, the others find its memory
        pass

    def epochs(name: str) -> tuple[Clocked, Clocked]:
        if name == OURS:
            batches = make_batches(pets.train, batch_size=COURSE_BATCH, training=True)
            return timed(lambda: _read(batches)), timed(lambda: _read(batches))
        batches = published.make_batches(pets.train, training=True, seed=0)
        steps = -(-count // published.BATCH_SIZE)
        endless = iter(batches)
        return timed(lambda: _read(endless, steps)), timed(lambda: _read(endless, steps))

    taken: dict[str, list[tuple[Clocked, Clocked]]] = {PLAIN: [], OURS: []}
    for _ in range(rounds):
        for name, each in taken.items():
            each.append(epochs(name))
    rows = []
    for place, epoch in enumerate(("first epoch", "cached")):
        for name, each in taken.items():
            seconds = median(one[place][0] for one in each)
            images = _images_of(name, count)
            rows.append(_row(f"pipeline, {epoch}", name, "images/s", images / seconds))
    pixels = IMAGE_SIZE * IMAGE_SIZE
    for name, size in ((PLAIN, 4 * 4), (OURS, 4 * 1)):  # float32 or uint8, 3 colours and a mask
        rows.append(_row("pipeline, cache", name, "MB", count * pixels * size / 1e6))
    return rows


def bench_steps(weights: str, rounds: int) -> list[Row]:
    """Milliseconds and milliseconds of all processors that an image costs, forward and learning."""
    models = {PLAIN: published.compile_model(published.unet_model(weights))}
    for name, narrower in {OURS: 1, **NARROWER}.items():
        filters = [count // narrower for count in decoder.DECODER_FILTERS]
        encoder = build_encoder(weights=weights)
        model = decoder.unet_model(encoder=encoder, filters=filters)
        models[name if name == OURS else f"course, {name} decoder"] = compile_model(model)
    generator = np.random.default_rng(0)
    images = generator.random((STEP_IMAGES, IMAGE_SIZE, IMAGE_SIZE, 3), np.float32)
    masks = generator.integers(0, NUM_CLASSES, (STEP_IMAGES, IMAGE_SIZE, IMAGE_SIZE, 1), np.uint8)
    kinds = {
        "forward": lambda model: lambda: model.predict_on_batch(images),
        "training step": lambda model: lambda: model.train_on_batch(images, masks),
    }
    rows = []
    for kind, work in kinds.items():
        works = {name: work(model) for name, model in models.items()}
        for each in works.values():  # traces it
            each()
        taken = in_turns(
            {name: lambda each=each: timed(each) for name, each in works.items()}, rounds
        )
        for name, (clock, processors) in taken.items():
            rows.append(_row(kind, name, "ms/image", 1000 * clock / STEP_IMAGES))
            rows.append(_row(kind, name, "processor ms/image", 1000 * processors / STEP_IMAGES))
    return rows


def bench_import(rounds: int) -> list[Row]:
    """Seconds until a fresh Python has the helpers of the lessons."""
    works = {
        name: lambda code=code: timed(lambda: subprocess.check_call([sys.executable, "-c", code]))
        for name, code in {
            "TensorFlow and Keras": "from lessons_lib.quiet import keras, tf",
            OURS: "import lessons_lib.training, lessons_lib.inspector",
        }.items()
    }
    return [_row("import", name, "s", taken[0]) for name, taken in in_turns(works, rounds).items()]


def bench_learning(pets: Pets, weights: str, seeds: Sequence[int], epochs: int) -> list[Row]:
    """Mean IoU on the test pets after each epoch, and the seconds until then.

    The published recipe has its own 20 epochs of batches of 64; the course's is that of lesson 4,
    with half the decoder's filters. Judging is not counted.
    """
    rows = []
    test = list(make_batches(pets.test))
    for seed in seeds:
        for name in (PLAIN, OURS):
            keras.utils.set_random_seed(seed)
            if name == PLAIN:
                model = published.compile_model(published.unet_model(weights))
                batches = published.make_batches(pets.train, training=True, seed=seed)
                length = {"steps_per_epoch": published.steps_per_epoch(len(pets.train))}
            else:
                half = [count // 2 for count in decoder.DECODER_FILTERS]
                encoder = build_encoder(weights=weights)
                model = compile_model(decoder.unet_model(encoder=encoder, filters=half))
                batches = make_batches(
                    pets.train, batch_size=COURSE_BATCH, training=True, seed=seed
                )
                length = {}
            judge = _Judge(test)
            total = published.EPOCHS if name == PLAIN else epochs
            model.fit(batches, epochs=total, shuffle=False, verbose=0, callbacks=[judge], **length)
            for epoch, (clock, processors, mean_iou) in enumerate(judge.reached, start=1):
                row = _row("learning", name, "mean IoU", mean_iou)
                rows.append(
                    row
                    | {"seed": seed, "epoch": epoch, "seconds": clock, "core_seconds": processors}
                )
            keras.backend.clear_session()
    return rows


class _Judge(keras.callbacks.Callback):
    """Notes after each epoch the seconds learnt so far, without its own, and the mean IoU."""

    def __init__(self, test: list):
        super().__init__()
        self.test = test
        self.reached: list[tuple[float, float, float]] = []
        self.clock = self.processors = 0.0

    def on_epoch_begin(self, epoch, logs=None):
        """Starts the clocks."""
        self.began = time.perf_counter(), time.process_time()

    def on_epoch_end(self, epoch, logs=None):
        """Stops them, and judges."""
        self.clock += time.perf_counter() - self.began[0]
        self.processors += time.process_time() - self.began[1]
        confusion = np.zeros((NUM_CLASSES, NUM_CLASSES), np.int64)
        for images, masks in self.test:
            labels = decoder.create_mask(self.model.predict_on_batch(images))
            confusion += confusion_matrix(masks, labels)
        mean_iou = float(np.mean(iou_per_class(confusion)))
        self.reached.append((round(self.clock, 2), round(self.processors, 2), mean_iou))


def _read(batches: Any, steps: int | None = None) -> None:
    for _, _ in zip(batches, range(steps or sys.maxsize), strict=False):
        pass


def _images_of(name: str, count: int) -> int:
    """How many images an epoch read: the published pipeline has no end, and whole batches."""
    if name == OURS:
        return count
    return -(-count // published.BATCH_SIZE) * published.BATCH_SIZE


def _row(part: str, name: str, unit: str, value: float) -> Row:
    return {"part": part, "name": name, "unit": unit, "value": round(float(value), 4)}


def table(rows: Sequence[Row]) -> str:
    """The figures as text, each with its ratio to the published recipe's, where that has one."""
    lines = [f"{'':22} {'':24} {'':>20} {'':>10}   / published"]
    for row in _ends(rows):
        base = [
            one["value"]
            for one in _ends(rows)
            if (one["part"], one["unit"], one["name"]) == (row["part"], row["unit"], PLAIN)
        ]
        ratio = f"{row['value'] / base[0]:10.2f}" if base and row["name"] != PLAIN else ""
        lines.append(
            f"{row['part']:22} {row['name']:24} {row['unit']:>20} {row['value']:10.3g} {ratio}"
        )
    return "\n".join(lines)


def _ends(rows: Sequence[Row]) -> list[Row]:
    """The rows, of learning only the last epochs: medians over the seeds, with their seconds."""
    ends = [row for row in rows if row["part"] != "learning"]
    for name in (PLAIN, OURS):
        learnt = [row for row in rows if (row["part"], row["name"]) == ("learning", name)]
        last = [
            row
            for row in learnt
            if row["epoch"] == max(one["epoch"] for one in learnt if one["seed"] == row["seed"])
        ]
        for key, unit in (("value", "mean IoU"), ("seconds", "s"), ("core_seconds", "processor s")):
            if last:
                ends.append(_row("learning", name, unit, median(row[key] for row in last)))
    return ends


@click.command(cls=RecordedCommand)
@click.option("--pets", "source", default="drawn_pets", show_default=True)
@click.option("--encoder", "weights", default="drawn", show_default=True)
@click.option("--rounds", default=ROUNDS, show_default=True, type=click.IntRange(1))
@click.option("--learning", is_flag=True, help="Also mean IoU against seconds; takes long.")
@click.option("--epochs", default=20, show_default=True, type=click.IntRange(1))
@one_or_more("--seed", "seeds", type=int, default=(0, 1, 2))
@click.option("--note", default="", help="What a reader of the file has to know of its figures.")
@click.option("--output", type=click.Path(path_type=Path), help="A JSON file for all figures.")
def main(
    source: str,
    weights: str,
    rounds: int,
    learning: bool,
    epochs: int,
    seeds: tuple[int, ...],
    note: str,
    output: Path | None,
):
    """Measure the course's recipe beside the published one."""
    pets = load_pets(source)
    rows = bench_import(rounds) + bench_pipeline(pets, rounds) + bench_steps(weights, rounds)
    if learning:
        rows += bench_learning(pets, weights, seeds, epochs)
    figures = {
        "command": called_as("bench"),
        "pets": pets.info.description,
        "note": note,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "gpus": len(tf.config.list_physical_devices("GPU")),
        "versions": versions(),
        "results": rows,
    }
    if output:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(json.dumps(figures, indent=2) + "\n")
    click.echo(table(rows))
