"""A training from the pets to the results, as ``unet-lessons train`` does it, in each worker.

The first worker writes into one folder: ``settings.json``, ``checkpoint.npz`` after each epoch,
``tensorboard/``, and at the end ``model.keras``, ``history.json`` and, last, ``results.json``.
"""

import contextlib
import dataclasses
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import filelock
import numpy as np

from lessons_lib.classes import Classes
from lessons_lib.data import load_image, make_batches
from lessons_lib.data.shares import Share, load_share
from lessons_lib.decoder import DECODER_FILTERS, unet_model
from lessons_lib.encoder import build_encoder
from lessons_lib.files import written_whole
from lessons_lib.metrics import iou_per_class, mean_iou, pixel_accuracy
from lessons_lib.quiet import keras, tf
from lessons_lib.scaling.checkpoints import CHECKPOINT, Checkpoints
from lessons_lib.scaling.cluster import ClusterProblem, Place, Watch, require_alike
from lessons_lib.scaling.together import Figures, Together, count_steps, train_together
from lessons_lib.training import LEARNING_RATE, TrainingRun, compile_model, save_model

SETTINGS, HISTORY, RESULTS = "settings.json", "history.json", "results.json"
MODEL, TENSORBOARD, LOCK = "model.keras", "tensorboard", "training.lock"
LARGEST_SEED = 2**31 - 1
# Settings that are no paths, whatever may be called so in the folder at hand.
WORDS = ("auto", "drawn_pets", "oxford_iiit_pet", "imagenet", "drawn", "none")


@dataclass(frozen=True)
class Settings:
    """What a training does, however many workers share it.

    Attributes:
        pets: their source, as ``load_pets`` takes it.
        encoder: its weights, as ``build_encoder`` takes them.
        train_encoder: whether it is trained too.
        epochs: how often each pet is seen.
        batch_size: pets in a step, of all workers together.
        image_size: height and width in pixels.
        filters: of the decoder, deep to shallow.
        learning_rate: of Adam.
        seed: of weights, order and flips.
        precision: Keras' policy, "float32", "mixed_float16" or "mixed_bfloat16".
    """

    pets: str
    encoder: str
    train_encoder: bool = False
    epochs: int = 20
    batch_size: int = 32
    image_size: int = 128
    filters: tuple[int, ...] = DECODER_FILTERS
    learning_rate: float = LEARNING_RATE
    seed: int = 0
    precision: str = "float32"

    def with_whole_paths(self) -> "Settings":
        """Names files and folders so that a process elsewhere on this machine finds them."""
        given = {"pets": self.pets, "encoder": self.encoder}
        paths = {name: Path(text).expanduser() for name, text in given.items() if text not in WORDS}
        there = {name: str(path.resolve()) for name, path in paths.items() if path.exists()}
        return dataclasses.replace(self, **there)


def claim_folder(folder: Path, settings: Settings) -> None:
    """Makes the folder of a training, or finds it as an earlier run of the same has left it.

    Raises:
        ClusterProblem: something else is there.
    """
    wanted = json.loads(json.dumps(dataclasses.asdict(settings)))
    path = folder / SETTINGS
    if (folder / RESULTS).exists():
        raise ClusterProblem(
            f"{folder} holds the results of a training already, which are left as they are; name "
            "another folder by --into."
        )
    try:
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            if any(folder.iterdir()):
                raise ClusterProblem(
                    f"{folder} is not empty, and is left as it is; name another folder by --into."
                )
            _write_json(path, wanted)
            return
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as problem:
        said = getattr(problem, "strerror", None) or type(problem).__name__
        raise ClusterProblem(
            f"{folder} cannot be used ({said}); name another folder by --into."
        ) from None
    if found != wanted and not (folder / CHECKPOINT).exists():  # nothing has been trained yet
        _write_json(path, wanted)
    elif found != wanted:
        differing = [name for name in wanted if found.get(name) != wanted[name]]
        raise ClusterProblem(
            f"{folder} holds an unfinished training with other settings ({', '.join(differing)}); "
            "name another folder by --into, or the same settings to go on with it."
        )


def run_worker(
    settings: Settings,
    place: Place,
    strategy: tf.distribute.Strategy,
    *,
    folder: Path,
    checkpoints: Checkpoints,
    watch: Watch,
) -> None:
    """Trains as one of the workers, who all call this with the same settings.

    Args:
        settings: what to do.
        place: which worker this is.
        strategy: what ``join_cluster`` has returned.
        folder: where the first worker writes; the others leave it alone.
        checkpoints: where it keeps its state.
        watch: is told of each step.

    Raises:
        ClusterProblem: too few pets, a loss that is lost, a folder that another training uses.
        DataProblem: the pets cannot be read.
    """
    share = load_share(settings.pets, worker=place.worker, workers=place.workers)
    part = _part_of_batch(settings.batch_size, place.workers)
    require_alike(strategy, place, f"{settings} {share.counts}")
    model = build_model(settings, share.classes, strategy)
    together = Together(model, place)
    steps = count_steps(share.train_counts, part, together.devices)
    batches_of_epoch = _prepare_epochs(share.train, settings, part, place)
    validation, test = (
        make_batches(examples, batch_size=part, image_size=settings.image_size)
        for examples in (share.validation, share.test)
    )
    if place.is_first:
        train, judge, last = share.counts
        print(
            f"{train} pets to train, {judge} to validate, {last} to test; {place.workers} "
            f"worker{'s' if place.workers > 1 else ''} of {together.devices} device"
            f"{'s' if together.devices > 1 else ''}, {steps} steps an epoch",
            flush=True,
        )
    with alone_in(folder, place):
        run = train_together(
            together,
            batches_of_epoch,
            validation,
            place=place,
            steps=steps,
            epochs=settings.epochs,
            checkpoints=checkpoints,
            watch=watch,
            note=TensorBoardLog(folder / TENSORBOARD).note,
        )
        results = {
            name: _scores(*together.judge(batches, watch), share.classes)
            for name, batches in (("validation", validation), ("test", test))
        }
        if place.is_first:
            _write(folder, model, run, results, settings, place, share)


def build_model(
    settings: Settings, classes: Classes, strategy: tf.distribute.Strategy
) -> keras.Model:
    """Builds and compiles the model on all devices of a strategy.

    Raises:
        ClusterProblem: settings that do not fit each other, or weights that cannot be had.
    """
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(settings.precision)
    try:
        with strategy.scope():
            keras.utils.set_random_seed(settings.seed)
            encoder = build_encoder(
                weights=settings.encoder,
                image_size=settings.image_size,
                trainable=settings.train_encoder,
            )
            model = unet_model(len(classes), encoder=encoder, filters=settings.filters)
            return compile_model(model, learning_rate=settings.learning_rate, classes=classes)
    except ValueError as problem:  # settings that do not fit each other
        raise ClusterProblem(str(problem)) from None
    finally:
        keras.config.set_dtype_policy(before)


def _part_of_batch(batch_size: int, workers: int) -> int:
    """Returns how many pets of a batch are each worker's.

    Raises:
        ClusterProblem: they cannot be shared out.
    """
    part, rest = divmod(batch_size, workers)
    if rest or not part:
        raise ClusterProblem(
            f"A batch of {batch_size} cannot be shared out among {workers} workers; take a "
            f"multiple, such as {max(1, part) * workers}."
        )
    return part


def _prepare_epochs(
    examples: tf.data.Dataset, settings: Settings, part: int, place: Place
) -> Callable[[int], tf.data.Dataset]:
    """Reads the examples once, small; then each epoch's order and flips depend on its number alone.

    So a training that goes on after an epoch sees what it would have seen without a break.
    """

    def shrink(example: dict) -> dict[str, tf.Tensor]:
        image, mask = load_image(example, settings.image_size)
        return {"image": image, "segmentation_mask": mask}

    small = examples.map(shrink, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True).cache()

    def batches_of_epoch(epoch: int) -> tf.data.Dataset:
        seeds = (settings.seed * settings.epochs + epoch) * place.workers + place.worker
        return make_batches(
            small,
            batch_size=part,
            image_size=settings.image_size,
            training=True,
            seed=seeds % LARGEST_SEED,
        )

    return batches_of_epoch


@contextlib.contextmanager
def alone_in(folder: Path, place: Place) -> Iterator[None]:
    """Keeps a second training out of a folder while the first worker is at work there."""
    if not place.is_first:
        yield
        return
    lock = filelock.FileLock(folder / LOCK)
    try:
        lock.acquire(blocking=False)
    except filelock.Timeout:
        raise ClusterProblem(
            f"Another training is at work in {folder}; wait for it, or name another folder by "
            "--into."
        ) from None
    try:
        yield
    finally:
        (folder / LOCK).unlink(missing_ok=True)
        lock.release()


class TensorBoardLog:
    """Writes figures as TensorBoard reads them; it need not be installed."""

    def __init__(self, folder: Path):
        """Takes the folder for the log, in which nothing is written before the first figures."""
        self._folder, self._writer = folder, None
        self._kind = tf.compat.v1.SummaryMetadata(data_class=1)
        self._kind.plugin_data.plugin_name = "scalars"

    def note(self, epoch: int, figures: Figures) -> None:
        """Writes the figures of an epoch, counted from 0."""
        if self._writer is None:
            self._writer = tf.summary.create_file_writer(str(self._folder))
        with self._writer.as_default():
            for name, value in figures.items():
                tf.summary.write(name, tf.constant(value, tf.float32), epoch + 1, self._kind)
        self._writer.flush()


def _scores(figures: Figures, confusion: Any, classes: Classes) -> dict[str, Any]:
    """What a set of pets gives; the IoU of a class that is nowhere in it is null."""
    iou = [None if np.isnan(value) else float(value) for value in iou_per_class(confusion)]
    figures = {"mean_iou": mean_iou(confusion), "accuracy": pixel_accuracy(confusion)} | figures
    return figures | {"iou": dict(zip(classes.names, iou, strict=True))}


def _write(
    folder: Path,
    model: keras.Model,
    run: TrainingRun,
    results: dict[str, Any],
    settings: Settings,
    place: Place,
    share: Share,
) -> None:
    """Writes model, history and results, these last: a folder with them is finished."""
    (folder / MODEL).unlink(missing_ok=True)  # of a run that was ended while it wrote
    save_model(model, folder / MODEL)
    _write_json(folder / HISTORY, run.history)
    counts = dict(zip(("train", "validation", "test"), share.counts, strict=True))
    said = {"workers": place.workers, "pets": counts, "settings": dataclasses.asdict(settings)}
    _write_json(folder / RESULTS, results | said)
    for name in ("validation", "test"):
        print(f"{name}: mean IoU {results[name]['mean_iou']:.3f}", flush=True)


def _write_json(path: Path, content: Any) -> None:
    with written_whole(path) as unfinished:
        unfinished.write_text(json.dumps(content, indent=2, allow_nan=False) + "\n", "utf-8")
