"""``python -m laboratory scaling_out``: what more devices would buy, reckoned from measurements.

Measured here: the parameters of the lessons' real model, so the bytes of its gradients, and the
seconds of its training step. Reckoned: the ring all-reduce of Patarasuk and Yuan (2009), in which
each device sends and receives 2 (n - 1) / n times the gradients, and an epoch in which nothing
overlaps.
"""

import json
import math
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import numpy as np
import psutil

from laboratory.records import RecordedCommand, called_as, versions
from lessons_lib.decoder import unet_model
from lessons_lib.encoder import build_encoder, count_parameters, unfreeze
from lessons_lib.files import written_whole
from lessons_lib.quiet import tf
from lessons_lib.training import compile_model

BATCH_SIZE = 32  # of each device
BYTES = 4  # of a gradient, float32
PHOTO_BYTES = (791_918_971 + 19_173_078) / 7_349  # of the Oxford set's archives, masks included
NETWORKS = (1, 10, 100)  # Gb/s
PHOTOS = (7_349, 1_000_000, 100_000_000)
DEVICES = (1, 8, 64, 512)
SPEEDS = (1, 100)  # times the device that was measured
LATENCY = 50e-6  # seconds from one machine to the next, a network's usual one; assumed
REPEATS = 5
DOCS = Path(__file__).resolve().parents[1] / "docs"
RESULTS, PAGE = DOCS / "results" / "scaling_out.json", DOCS / "scaling_out.md"


@dataclass(frozen=True)
class Model:
    """What was measured of one way to train.

    Attributes:
        name: the way.
        parameters: that are trained.
        seconds: of a training step for one photo: the processors' time, divided by their number.
    """

    name: str
    parameters: int
    seconds: float

    @property
    def gradient_bytes(self) -> int:
        """What each device sends in a step, before the all-reduce doubles it."""
        return self.parameters * BYTES


def all_reduce_seconds(size: int, devices: int, gigabits: float) -> float:
    """Seconds in which a ring of devices adds up their gradients.

    Args:
        size: of the gradients in bytes.
        devices: in the ring.
        gigabits: a second, of each device's network, in each direction.

    >>> round(all_reduce_seconds(125_000_000, 2, 1), 2)
    1.0
    """
    if devices == 1:
        return 0.0
    sent = 2 * (devices - 1) / devices * size
    return sent * 8 / (gigabits * 1e9) + 2 * (devices - 1) * LATENCY


def epoch_seconds(
    model: Model, photos: int, devices: int, gigabits: float, speed: float
) -> float | None:
    """Seconds of an epoch; None where the photos do not fill a single step of all devices."""
    steps = math.ceil(photos / (BATCH_SIZE * devices))
    if photos < BATCH_SIZE * devices:
        return None
    step = BATCH_SIZE * model.seconds / speed
    return steps * (step + all_reduce_seconds(model.gradient_bytes, devices, gigabits))


def share_of_work(model: Model, devices: int, gigabits: float, speed: float) -> float:
    """Which share of a step a device computes; the rest of the time it waits for the network."""
    step = BATCH_SIZE * model.seconds / speed
    return step / (step + all_reduce_seconds(model.gradient_bytes, devices, gigabits))


def measure(name: str, train_encoder: bool) -> Model:
    """Measures the training step of the lessons' model on this machine."""
    encoder = build_encoder(weights="drawn")
    if train_encoder:
        unfreeze(encoder)
    model = compile_model(unet_model(encoder=encoder))
    generator = np.random.default_rng(0)
    images = tf.constant(generator.random((BATCH_SIZE, 128, 128, 3), np.float32))
    masks = tf.constant(generator.integers(0, 3, (BATCH_SIZE, 128, 128, 1)).astype(np.uint8))
    model.train_on_batch(images, masks)  # traces
    seconds = []
    for _ in range(REPEATS):
        start = time.process_time()
        model.train_on_batch(images, masks)
        seconds.append((time.process_time() - start) / BATCH_SIZE / psutil.cpu_count())
    return Model(name, count_parameters(model).trainable, float(np.median(seconds)))


def write_page(record: dict) -> str:
    """Writes the page, in Markdown."""
    models = [Model(**one) for one in record["models"]]
    parts = [
        _opening(record, models),
        _all_reduce(models),
        *(_epochs(models[-1], speed) for speed in SPEEDS),
        _where_it_stops(models),
        _further(models[-1]),
    ]
    return "\n\n".join(parts) + "\n"


def _opening(record: dict, models: list[Model]) -> str:
    rows = [
        [
            model.name,
            f"{model.parameters:,}",
            f"{model.gradient_bytes / 1e6:.1f} MB",
            f"{1000 * model.seconds:.1f} ms",
        ]
        for model in models
    ]
    count = record["processors"]
    head = ["trained", "parameters", "gradients a step", "time a photo"]
    return f"""# Scaling out: the arithmetic

This page is written by `python -m laboratory scaling_out`. Measured are the model's parameters and
the time of its training step (batch {BATCH_SIZE}, median of {REPEATS} steps, the time of
{count} processors divided by {count}). All else is reckoned from these two, for training in step:
each of n devices computes {BATCH_SIZE} photos, then a ring adds the gradients up. In reality part
of the sending overlaps with computing, and stragglers make everybody wait: the first makes it
faster, the second slower, than it stands here.

{_table(head, rows)}

Photos of the Oxford-IIIT Pet set have {PHOTO_BYTES / 1000:.0f} kB with their masks."""


def _all_reduce(models: list[Model]) -> str:
    rows = [
        [model.name, str(devices)]
        + [_say(all_reduce_seconds(model.gradient_bytes, devices, network)) for network in NETWORKS]
        for model in models
        for devices in DEVICES[1:]
    ]
    head = ["trained", "devices", *(f"{network} Gb/s" for network in NETWORKS)]
    return f"""## One all-reduce

Each device sends and receives 2 (n - 1) / n times the gradients, in 2 (n - 1) rounds of
{1e6 * LATENCY:.0f} µs (assumed):

{_table(head, rows)}

From 8 devices to 512 the bytes of each hardly grow; the rounds do, and rings give way to trees."""


def _epochs(model: Model, speed: float) -> str:
    rows = [
        [f"{photos:,}", str(devices)]
        + [_say(epoch_seconds(model, photos, devices, network, speed)) for network in NETWORKS]
        for photos in PHOTOS
        for devices in DEVICES
    ]
    head = ["photos", "devices", *(f"{network} Gb/s" for network in NETWORKS)]
    which = (
        "devices as this machine"
        if speed == 1
        else f"devices {speed} times as fast (reckoned, not measured)"
    )
    return f"""## An epoch on {which}

Everything trained. A dash: the photos do not fill one step of all devices.

{_table(head, rows)}"""


def _where_it_stops(models: list[Model]) -> str:
    rows = [
        [model.name, f"{speed} ×", str(devices)]
        + [f"{100 * share_of_work(model, devices, network, speed):.0f} %" for network in NETWORKS]
        for model in models
        for speed in SPEEDS
        for devices in DEVICES[1:]
    ]
    head = ["trained", "device", "devices", *(f"{network} Gb/s" for network in NETWORKS)]
    return f"""## Where it stops to pay

The share of each step in which a device computes; below one half, more than half of what one pays
for waits:

{_table(head, rows)}"""


def _further(model: Model) -> str:
    steps = {devices: PHOTOS[0] // (BATCH_SIZE * devices) for devices in DEVICES}
    said = ", ".join(f"{count} on {devices}" for devices, count in steps.items())
    reading = PHOTO_BYTES / model.seconds * 8 / 1e6
    kept = 128 * 128 * 4  # bytes of a photo and its mask, small
    alone = _say(epoch_seconds(model, PHOTOS[0], 1, 1, 1))
    return f"""## What the arithmetic leaves out

- **Steps.** The {PHOTOS[0]:,} real photos give so many whole steps an epoch: {said}. A model
  learns by steps as much as by photos; with few of them it wants more epochs, or a larger learning
  rate with a warm-up (Goyal and others, 2017), and beyond some batch neither helps.
- **Reading.** A device as this machine reads {reading:.0f} Mb/s of photos in the first epoch, one a
  hundred times as fast a hundred times that. After it the course keeps 128×128 pixels in memory,
  {kept / 1000:.0f} kB a photo: {kept * PHOTOS[1] / 1e9:.0f} GB for a million, shared by workers.
  A hundred million do not fit; the course has no way for them.
- **Starting.** Each worker imports TensorFlow and traces the step before the first photo. One epoch
  of {PHOTOS[0]:,} photos takes {alone} on one device as this machine.
- **Failing.** The more machines, the sooner one is lost; then all begin again after the last whole
  epoch. `unet-lessons train` keeps a checkpoint each epoch; for epochs of hours that is too seldom.

How to run it: "More than one process" in the [README](../README.md)."""


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _say(seconds: float | None) -> str:
    """Says a time with two digits that count."""
    if seconds is None:
        return "–"
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")):
        if seconds >= 2 * size:
            return f"{_two_digits(seconds / size)} {unit}"
    return f"{_two_digits(1000 * seconds)} ms"


def _two_digits(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.2g}" if value >= 1 else f"{value:.1g}"


@click.command(cls=RecordedCommand)
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS, help="A JSON file.")
@click.option("--page", type=click.Path(path_type=Path), default=PAGE, help="A Markdown file.")
@click.option("--measured", is_flag=True, help="Take the measurements of the JSON file.")
def main(results: Path, page: Path, measured: bool):
    """Measure the real model's step, and write the page of arithmetic."""
    if measured:
        record = json.loads(results.read_text("utf-8"))
    else:
        models = [measure("the decoder", False), measure("everything", True)]
        record = {
            "command": called_as("scaling_out"),
            "versions": versions(),
            "processors": psutil.cpu_count(),
            "models": [asdict(model) for model in models],
        }
        with written_whole(results) as unfinished:
            unfinished.write_text(json.dumps(record, indent=2) + "\n", "utf-8")
    with written_whole(page) as unfinished:
        unfinished.write_text(write_page(record), "utf-8")
    click.echo(f"Written: {page}")
