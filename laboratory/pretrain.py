"""``python -m laboratory pretrain``: makes the encoder that travels with the course.

A whole U-Net learns to segment the broad drawn world (``drawn_world``): pet, background, border,
and beside them the parts of the body and their depth, which asks more of the encoder. Its decoder
is light, so that the encoder sees more pictures in the same time, and is thrown away. What remains
is written as ``encoder_drawn.npz`` with its card ``encoder_drawn.json``.

Other processes draw one chapter of pictures while this one learns from the chapter before. An
interrupted run goes on where its last checkpoint stands. No photo is read.
"""

import json
import multiprocessing
import os
import shutil
import time
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

import click
import numpy as np
from tqdm import tqdm

import lessons_lib
from laboratory.drawn_world import (
    DRAWING_SIZE,
    FIRST_VALIDATION_SEED,
    PART_CLASSES,
)
from laboratory.drawn_world.chapters import LAYERS, begin_chapter, seeds_of_chapter
from laboratory.drawn_world.jitter import jitter
from laboratory.records import versions
from lessons_lib.classes import CLASS_NAMES
from lessons_lib.decoder import create_mask, unet_model
from lessons_lib.encoder import DRAWN_CARD, DRAWN_WEIGHTS, build_encoder, save_encoder
from lessons_lib.files import written_whole
from lessons_lib.metrics import Scores, score_masks
from lessons_lib.quiet import keras, tf

LIGHT_DECODER = (128, 64, 32, 16)
MOMENTUM = 0.97  # of the batch norms: statistics over the last thousand pictures or so
PART_WEIGHT, DEPTH_WEIGHT = 0.4, 0.3
CHECKPOINT_EVERY = 200
VALIDATION_DRAWINGS = 256
SHARE_OF_DRAWING = 1.3  # drawing takes about a third of the time that learning takes
WHAT_WAS_DRAWN = (
    "Cats and dogs of no breed in six poses, whole or near, with natural or any coats, before "
    "rooms, meadows, heaps of shapes and plain walls, with things beside and before them; noise, "
    "fur, dead leaves, cells, weaves; light, shadow, blur, grain, JPEG. One drawing in five as the "
    "course draws its pets, from other seeds. No photo, and none of the course's own drawn pets."
)


class PretrainingProblem(ValueError):
    """The pretraining cannot run as asked; the message says what to do."""


@dataclass(frozen=True)
class Recipe:
    """All that decides the result.

    Attributes:
        steps: batches to learn from.
        seed: of drawings, views, order and first weights.
        image_size: height and width of the views in pixels; smaller than the lessons' 128, which
            halves the time, and zooming keeps the sizes of things alike.
        drawing_size: height and width of the drawings in pixels.
        batch_size: pictures in a batch.
        chapter: drawings in a chapter, a multiple of the batch size.
        passes: how often each drawing is seen, each time in another view.
        learning_rate: the highest, after the warm-up; it falls to zero along a cosine.
        weight_decay: of AdamW.
    """

    steps: int = 4_000
    seed: int = 0
    image_size: int = 96
    drawing_size: int = DRAWING_SIZE
    batch_size: int = 32
    chapter: int = 1024
    passes: int = 8
    learning_rate: float = 2e-3
    weight_decay: float = 0.02


DEFAULTS = asdict(Recipe())


class Learner:
    """The U-Net, its optimizer and how many steps it has made.

    Attributes:
        step: steps made so far.
        seconds: by the clock, that they took, over all sittings.
    """

    def __init__(self, recipe: Recipe):
        """Builds the network with first weights that depend on the recipe's seed alone."""
        keras.utils.set_random_seed(recipe.seed)
        self.recipe = recipe
        self.encoder = build_encoder(weights="none", image_size=recipe.image_size, trainable=True)
        for layer in self.encoder.layers:
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.momentum = MOMENTUM
        self.model = _with_side_tasks(unet_model(encoder=self.encoder, filters=LIGHT_DECODER))
        warm_up = max(1, min(500, recipe.steps // 20))
        schedule = keras.optimizers.schedules.CosineDecay(
            0.0,
            max(1, recipe.steps - warm_up),
            warmup_target=recipe.learning_rate,
            warmup_steps=warm_up,
        )
        self.optimizer = keras.optimizers.AdamW(
            schedule, weight_decay=recipe.weight_decay, global_clipnorm=1.0
        )
        self.optimizer.build(self.model.trainable_variables)
        self.step, self.seconds = 0, 0.0
        self._learn = tf.function(self._learn_from)

    def learn(self, drawings: np.ndarray) -> float:
        """Makes one step with one batch of drawings, uint8 N×S×S×6; returns the loss."""
        seed = tf.constant([self.recipe.seed, self.step], tf.int32)
        loss = float(self._learn(tf.constant(drawings), seed))
        if not np.isfinite(loss):
            raise PretrainingProblem(
                f"The loss is {loss} after {self.step} steps: the learning rate "
                f"{self.recipe.learning_rate} is too high, take a lower one."
            )
        self.step += 1
        return loss

    def save(self, path: Path) -> None:
        """Writes a checkpoint; an existing one is replaced only once the new one is whole."""
        arrays = {f"{index:04d}": value for index, value in enumerate(self._state())}
        with written_whole(path) as unfinished, unfinished.open("wb") as file:
            np.savez(file, step=self.step, seconds=self.seconds, **arrays)

    def restore(self, path: Path) -> None:
        """Puts a checkpoint back."""
        with np.load(path) as arrays:
            for index, variable in enumerate(self._variables()):
                variable.assign(arrays[f"{index:04d}"])
            self.step, self.seconds = int(arrays["step"]), float(arrays["seconds"])

    def _variables(self) -> list:
        return [*self.model.variables, *self.optimizer.variables]

    def _state(self) -> list[np.ndarray]:
        return [variable.numpy() for variable in self._variables()]

    def _learn_from(self, drawings: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        images, labels = jitter(drawings, seed, self.recipe.image_size)
        with tf.GradientTape() as tape:
            loss = drawing_loss(labels, *self.model(images, training=True))
        variables = self.model.trainable_variables
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        return loss


def drawing_loss(labels: tf.Tensor, logits: tf.Tensor, sides: tf.Tensor) -> tf.Tensor:
    """How far the outputs are from the drawing's mask, parts and depth.

    Args:
        labels: uint8 N×S×S×3: mask, parts, depth.
        logits: float32 N×S×S×3, of the classes.
        sides: float32 N×S/2×S/2×10, logits of the parts, and depth.

    Returns:
        One number: cross-entropy of the mask, and beside it, with less weight, cross-entropy of
        the parts and the depth's mean error within the pet.
    """
    labels = tf.cast(labels, tf.int32)
    small = labels[:, ::2, ::2]
    cross_entropy = tf.nn.sparse_softmax_cross_entropy_with_logits
    mask_loss = tf.reduce_mean(cross_entropy(labels[..., 0], logits))
    part_loss = tf.reduce_mean(cross_entropy(small[..., 1], sides[..., :PART_CLASSES]))
    known = tf.cast(small[..., 2] > 0, tf.float32)
    error = tf.abs(sides[..., -1] - (tf.cast(small[..., 2], tf.float32) - 128) / 100) * known
    depth_loss = tf.reduce_sum(error) / (tf.reduce_sum(known) + 1)
    return mask_loss + PART_WEIGHT * part_loss + DEPTH_WEIGHT * depth_loss


def pretrain(recipe: Recipe, work_dir: Path, *, workers: int = 2) -> Learner:
    """Learns from the drawn world, from the last checkpoint on where there is one.

    Args:
        recipe: all that decides the result.
        work_dir: for chapters and the checkpoint; made where it is missing.
        workers: processes that draw; 0 for a thread of this one.

    Returns:
        The learner after its last step.

    Raises:
        PretrainingProblem: the folder holds the checkpoint of another recipe, or the recipe's
            numbers do not fit together.
    """
    _require_sound(recipe)
    _claim(work_dir, recipe)
    learner = Learner(recipe)
    checkpoint = work_dir / "checkpoint.npz"
    if checkpoint.exists():
        learner.restore(checkpoint)
    started = time.perf_counter() - learner.seconds
    with (
        _drawing_processes(workers) as pool,
        tqdm(total=recipe.steps, initial=learner.step, unit="step", desc="pretraining") as bar,
    ):
        try:
            for batch in _batches(recipe, learner.step, pool, work_dir):
                loss = learner.learn(batch)
                learner.seconds = time.perf_counter() - started
                bar.update()
                bar.set_postfix(loss=f"{loss:.3f}", refresh=False)
                if learner.step % CHECKPOINT_EVERY == 0:
                    learner.save(checkpoint)
        finally:
            pool.shutdown(cancel_futures=True)  # after an interruption nobody waits for drawings
    learner.save(checkpoint)
    return learner


def validate(learner: Learner, work_dir: Path, *, workers: int = 2) -> Scores:
    """Scores the learner on drawings of the same world that it has not seen."""
    size, drawn = learner.recipe.image_size, learner.recipe.drawing_size
    count = min(VALIDATION_DRAWINGS, learner.recipe.chapter)
    seeds = range(FIRST_VALIDATION_SEED, FIRST_VALIDATION_SEED + count)
    with _drawing_processes(workers) as pool:
        drawings = begin_chapter(pool, work_dir, seeds, size=drawn).wait()
    start = (drawn - size) // 2
    inner = np.asarray(drawings[:, start : start + size, start : start + size])
    predicted = [
        create_mask(learner.model(np.float32(part[..., :3]) / 255, training=False)[0])
        for part in np.array_split(inner, max(1, count // 32))
    ]
    return score_masks(inner[..., 3:4], np.concatenate(predicted))


def write_bundle(learner: Learner, scores: Scores, folder: Path) -> dict:
    """Writes the encoder's weights and their card; returns the card.

    Raises:
        PretrainingProblem: the learner has not made all of its steps.
    """
    recipe = learner.recipe
    if learner.step != recipe.steps:
        raise PretrainingProblem(
            f"The pretraining stands at step {learner.step} of {recipe.steps}; only a finished "
            "one is bundled. Run the command again: it goes on from its checkpoint."
        )
    folder.mkdir(parents=True, exist_ok=True)
    checksum = save_encoder(learner.encoder, folder / DRAWN_WEIGHTS)
    card = {
        "what": "MobileNetV2 up to block_16_project, pretrained on drawn images alone",
        "drawn": WHAT_WAS_DRAWN,
        "drawings": recipe.chapter * -(-recipe.steps // _steps_of_chapter(recipe)),
        "pictures_seen": recipe.steps * recipe.batch_size,
        "recipe": asdict(recipe),
        "command": _command(recipe),
        "wall_minutes": round(learner.seconds / 60, 1),
        "date": date.today().isoformat(),
        "versions": versions(),
        "validation": {
            "drawings": len(scores.image_confusions),
            "mean_iou": round(scores.mean_iou, 4),
            **{
                name: round(float(iou), 4)
                for name, iou in zip(CLASS_NAMES, scores.iou, strict=True)
            },
        },
        "bytes": (folder / DRAWN_WEIGHTS).stat().st_size,
        "sha256": checksum,
    }
    with written_whole(folder / DRAWN_CARD) as unfinished:
        unfinished.write_text(json.dumps(card, indent=2) + "\n")
    return card


def _with_side_tasks(unet: keras.Model) -> keras.Model:
    """Adds parts and depth to a U-Net's outputs, at half the size: there they cost little."""
    features = unet.get_layer("logits").input
    sides = keras.layers.Conv2D(PART_CLASSES + 1, 1, name="parts_and_depth")(features)
    return keras.Model(unet.input, [unet.output, sides], name="pretraining")


def _steps_of_chapter(recipe: Recipe) -> int:
    return recipe.chapter // recipe.batch_size * recipe.passes


def _batches(recipe: Recipe, first_step: int, pool: Executor, work_dir: Path):
    """Yields the batches from a step on, each a function of its step alone."""
    chapter_steps = _steps_of_chapter(recipe)
    chapters = -(-recipe.steps // chapter_steps)

    def begin(number):
        seeds = seeds_of_chapter(recipe.seed, number, recipe.chapter)
        return begin_chapter(pool, work_dir, seeds, size=recipe.drawing_size)

    chapter = following = None
    for step in range(first_step, recipe.steps):
        number, place = divmod(step, chapter_steps)
        if chapter is None:
            chapter = following or begin(number)
            drawings = chapter.wait()
            following = begin(number + 1) if number + 1 < chapters else None
        passing, batch = divmod(place, recipe.chapter // recipe.batch_size)
        order = np.random.default_rng((recipe.seed, number, passing)).permutation(recipe.chapter)
        yield drawings[order[batch * recipe.batch_size : (batch + 1) * recipe.batch_size]]
        if place == chapter_steps - 1 and following:
            chapter.path.unlink()  # never read again, and over a hundred megabytes
            chapter = None


def _drawing_processes(count: int) -> Executor:
    """Processes that draw, started afresh, since TensorFlow's threads do not survive a fork.

    For a count of 0 a thread of this process draws: slower, but at once at hand.
    """
    if count == 0:
        return ThreadPoolExecutor(1)
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(count, mp_context=context, initializer=_be_nice)


def _be_nice() -> None:
    """Lets the learning go before the drawing, where the system knows of such things."""
    if hasattr(os, "nice"):
        os.nice(2)


def _require_sound(recipe: Recipe) -> None:
    """Raises PretrainingProblem for numbers that do not fit together."""
    if recipe.steps < 1:
        raise PretrainingProblem(f"steps must be at least 1, but {recipe.steps} came.")
    if recipe.chapter % recipe.batch_size:
        raise PretrainingProblem(
            f"A chapter must hold whole batches, but {recipe.chapter} drawings are no multiple of "
            f"{recipe.batch_size}."
        )


def _claim(work_dir: Path, recipe: Recipe) -> None:
    """Notes the recipe in the folder; raises PretrainingProblem if another one is there."""
    work_dir.mkdir(parents=True, exist_ok=True)
    note = work_dir / "recipe.json"
    if note.exists():
        found = json.loads(note.read_text())
        if found != asdict(recipe):
            raise PretrainingProblem(
                f"{work_dir} holds a pretraining by another recipe ({found}); "
                "take another --work-dir, or add --fresh to throw that one away."
            )
    note.write_text(json.dumps(asdict(recipe)))


def _default_work_dir() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "unet-lessons" / "pretrain"


def _command(recipe: Recipe) -> str:
    """The command that makes this recipe, without the folders of whoever ran it."""
    chosen = asdict(recipe)
    named = {name: value for name, value in chosen.items() if value != DEFAULTS[name]}
    options = [f"--{name.replace('_', '-')} {value}" for name, value in named.items()]
    return " ".join(["python -m laboratory pretrain", *options])


def _steps_in(minutes: float, recipe: Recipe, work_dir: Path) -> int:
    """How many steps fit into a time on this machine; those of a run under way."""
    note = work_dir / "recipe.json"
    if note.exists():
        return json.loads(note.read_text())["steps"]
    learner = Learner(recipe)
    size = recipe.drawing_size
    batch = np.zeros((recipe.batch_size, size, size, LAYERS), np.uint8)
    learner.learn(batch)  # builds the graph
    clock = time.perf_counter()
    for _ in range(5):
        learner.learn(batch)
    seconds = (time.perf_counter() - clock) / 5
    return max(1, int(minutes * 60 / (seconds * SHARE_OF_DRAWING)))


def _recipe_options(command):
    """Adds an option for each of the recipe's numbers."""
    for name, value in reversed(DEFAULTS.items()):
        option = f"--{name.replace('_', '-')}"
        command = click.option(option, type=type(value), default=value, show_default=True)(command)
    return command


@click.command()
@_recipe_options
@click.option("--minutes", type=float, help="As many steps as fit into this time.")
@click.option("--workers", default=2, show_default=True, help="Processes that draw.")
@click.option(
    "--work-dir",
    type=click.Path(path_type=Path),
    default=_default_work_dir,
    help="For drawings, checkpoint and result.  [default: below the cache folder]",
)
@click.option(
    "--bundle",
    is_flag=True,
    help="Write the result into the package, in place of the bundled encoder.",
)
@click.option("--fresh", is_flag=True, help="Throw an unfinished run away.")
def main(minutes: float | None, workers: int, work_dir: Path, bundle: bool, fresh: bool, **numbers):
    """Make the encoder that travels with the course."""
    recipe = Recipe(**numbers)
    work_dir = work_dir.expanduser()
    if fresh and (work_dir / "recipe.json").exists():
        shutil.rmtree(work_dir)
    try:
        if minutes:
            recipe = replace(recipe, steps=_steps_in(minutes, recipe, work_dir))
        learner = pretrain(recipe, work_dir, workers=workers)
        scores = validate(learner, work_dir, workers=workers)
        folder = Path(lessons_lib.__file__).parent if bundle else work_dir
        card = write_bundle(learner, scores, folder)
    except PretrainingProblem as problem:
        raise click.ClickException(str(problem)) from problem
    click.echo(f"Drawn validation pictures: {scores}")
    click.echo(f"{DRAWN_WEIGHTS}: {card['bytes'] / 1e6:.1f} MB, sha256 {card['sha256']}")
