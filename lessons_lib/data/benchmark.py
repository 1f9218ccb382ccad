"""Lesson 1 measures its own pipeline: what does each stage buy, in images a second and memory?

The pipeline of ``make_batches`` is built again with one stage changed at a time and timed.
Times differ from machine to machine and from run to run, so they are drawn, not printed.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tqdm.auto import tqdm

from lessons_lib.arguments import (
    LARGEST_SIDE,
    require_flag,
    require_number,
    require_text,
    require_whole,
    say,
)
from lessons_lib.batches import count_known, require_examples
from lessons_lib.data.pipeline import (
    BATCH_SIZE,
    IMAGE_SIZE,
    LARGEST_BATCH,
    load_image,
    normalize,
)
from lessons_lib.data.problems import DataProblem
from lessons_lib.quiet import tf
from lessons_lib.saying import quote
from lessons_lib.signatures import tell_calls

CACHES = ("uint8", "float32", "none")
MOST_ROUNDS = 1000


@dataclass(frozen=True)
class PipelineVariant:
    """The pipeline with its stages on or off.

    Attributes:
        name: what a bar in a chart is called.
        parallel: work on all processors, else on one, picture after picture.
        cache: ``uint8`` (before ``normalize``), ``float32`` (after it) or ``none``.
        prefetch: prepare the next batch while the model learns from this one.
    """

    name: str
    parallel: bool = True
    cache: str = "uint8"
    prefetch: bool = True

    def __post_init__(self) -> None:
        """Raises TypeError for what is no text, True or False; the cache is looked at in use."""
        require_text("name", self.name)
        for name in ("parallel", "prefetch"):
            require_flag(name, getattr(self, name))


VARIANTS = (
    PipelineVariant("all stages"),
    PipelineVariant("one after the other", parallel=False),
    PipelineVariant("without cache", cache="none"),
    PipelineVariant("cache of float32", cache="float32"),
    PipelineVariant("without prefetch", prefetch=False),
)


@dataclass(frozen=True)
class PipelineMeasurement:
    """What one variant of the pipeline reached.

    Attributes:
        name: of the variant.
        cold: images a second in the first epoch, which reads and resizes every picture.
        warm: images a second in the second epoch, which finds them in the cache if there is one.
        cache_bytes: what the cache holds after the first epoch.
    """

    name: str
    cold: float
    warm: float
    cache_bytes: int


def measure_pipeline(
    examples: tf.data.Dataset,
    *,
    step_seconds: float,
    variants: Sequence[PipelineVariant] = VARIANTS,
    rounds: int = 3,
    batch_size: int = BATCH_SIZE,
    image_size: int = IMAGE_SIZE,
) -> list[PipelineMeasurement]:
    """Times two epochs of each variant of the pipeline, in several rounds, and keeps the fastest.

    Whatever else the machine does can only slow a round down, so the fastest says most about
    the pipeline. The variants take turns, so that a busy moment does not hit one alone.

    Args:
        examples: what to load, for example ``pets.train.take(200)``.
        step_seconds: how long the consumer is busy with each batch, as a model would be. It
            sleeps, as a processor does that waits for a graphics card; with 0 a prefetch has
            nothing to overlap with. Images a second include this time.
        variants: the pipelines to time, in order.
        rounds: how often each variant is built and timed, 1 or more.
        batch_size: pairs in a batch.
        image_size: height and width, in pixels.

    Returns:
        One measurement a variant, in the same order.

    Raises:
        DataProblem: less than one round, or an unknown kind of cache.
    """
    require_examples("measure_pipeline", examples)
    count_known("examples", examples)
    require_number("step_seconds", step_seconds, least=0)
    _require_sizes(batch_size, image_size)
    require_whole("rounds", rounds, most=MOST_ROUNDS)
    if rounds < 1:
        raise DataProblem(f"measure_pipeline expects rounds to be 1 or more, got {rounds}.")
    if not isinstance(variants, list | tuple) or not variants:
        raise TypeError(
            f"variants must be a list of at least one PipelineVariant, but {say(variants)} came."
        )
    for variant in variants:
        _require_variant(variant)
    for _ in examples:  # the first reader would pay for the disk, the others find its memory
        pass
    turns = [variant for _ in range(rounds) for variant in variants]
    progress = tqdm(turns, desc="Measuring", bar_format="{desc}")  # all that stays when saved
    progress.bar_format = "{desc} {bar} {elapsed}"
    measured = [
        _measure(variant, examples, float(step_seconds), batch_size, image_size)
        for variant in progress
    ]
    return [_fastest(measured[place :: len(variants)]) for place in range(len(variants))]


def build_variant(
    variant: PipelineVariant,
    examples: tf.data.Dataset,
    *,
    batch_size: int = BATCH_SIZE,
    image_size: int = IMAGE_SIZE,
) -> tf.data.Dataset:
    """Builds a variant: batches of the same images and masks, whatever the stages.

    Raises:
        DataProblem: an unknown kind of cache.
    """
    _require_variant(variant)
    require_examples("build_variant", examples)
    _require_sizes(batch_size, image_size)
    calls = tf.data.AUTOTUNE if variant.parallel else None
    pairs = examples.map(lambda example: load_image(example, image_size), num_parallel_calls=calls)
    if variant.cache == "uint8":
        pairs = pairs.cache()
    if variant.cache == "float32":
        pairs = pairs.map(normalize, num_parallel_calls=calls).cache()
    batches = pairs.batch(batch_size)
    if variant.cache != "float32":
        batches = batches.map(normalize, num_parallel_calls=calls)
    options = tf.data.Options()
    if not variant.parallel:
        options.threading.private_threadpool_size = 1  # or the files are decoded in parallel
    if variant.prefetch:
        batches = batches.prefetch(tf.data.AUTOTUNE)
    else:
        options.experimental_optimization.inject_prefetch = False  # or TensorFlow adds its own
    return batches.with_options(options)


def cache_size(cache: str, count: int, image_size: int = IMAGE_SIZE) -> int:
    """Returns the bytes of a cache of ``count`` pairs: three channels of colour, one of mask.

    >>> cache_size("float32", 1) / cache_size("uint8", 1)
    3.25
    """
    _require_cache(cache)
    require_whole("count", count, least=0)
    require_whole("image_size", image_size, least=1, most=LARGEST_SIDE)
    colour_bytes = {"uint8": 1, "float32": 4, "none": 0}[cache]
    mask_bytes = 0 if cache == "none" else 1
    return count * image_size * image_size * (3 * colour_bytes + mask_bytes)


def _require_variant(variant: PipelineVariant) -> None:
    """Raises TypeError for what is no variant, DataProblem for an unknown kind of cache."""
    if not isinstance(variant, PipelineVariant):
        raise TypeError(
            f"A PipelineVariant is expected, such as PipelineVariant('all stages'), got "
            f"{say(variant)}."
        )
    _require_cache(variant.cache)


def _require_cache(cache: str) -> None:
    """Raises DataProblem for an unknown kind of cache."""
    if not isinstance(cache, str) or cache not in CACHES:
        raise DataProblem(f"Expected a cache of {', '.join(CACHES)}, got {quote(cache)}.")


def _require_sizes(batch_size: int, image_size: int) -> None:
    """Raises TypeError or ValueError for what is no size of a batch or picture."""
    require_whole("batch_size", batch_size, least=1, most=LARGEST_BATCH)
    require_whole("image_size", image_size, least=1, most=LARGEST_SIDE)


def _measure(
    variant: PipelineVariant,
    examples: tf.data.Dataset,
    step_seconds: float,
    batch_size: int,
    image_size: int,
) -> PipelineMeasurement:
    batches = build_variant(variant, examples, batch_size=batch_size, image_size=image_size)
    count, cold_seconds = _time_epoch(batches, step_seconds)
    _, warm_seconds = _time_epoch(batches, step_seconds)
    return PipelineMeasurement(
        name=variant.name,
        cold=count / cold_seconds,
        warm=count / warm_seconds,
        cache_bytes=cache_size(variant.cache, count, image_size),
    )


def _fastest(rounds: Sequence[PipelineMeasurement]) -> PipelineMeasurement:
    return replace(
        rounds[0],
        cold=max(measurement.cold for measurement in rounds),
        warm=max(measurement.warm for measurement in rounds),
    )


def _time_epoch(batches: tf.data.Dataset, step_seconds: float) -> tuple[int, float]:
    count = 0
    start = time.perf_counter()
    for images, _ in batches:
        time.sleep(step_seconds)
        count += len(images)
    return count, time.perf_counter() - start


tell_calls(globals())
