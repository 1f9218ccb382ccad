"""Tests of lessons_lib.data.benchmark: variants differ in speed only."""

import numpy as np
import pytest
from test_pipeline import make_examples

from lessons_lib.data import DataProblem, make_batches
from lessons_lib.data.benchmark import (
    VARIANTS,
    PipelineVariant,
    build_variant,
    cache_size,
    measure_pipeline,
)

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_every_variant_gives_the_batches_of_the_lesson(variant):
    examples = make_examples(10)
    expected = make_batches(examples, batch_size=4, image_size=16)
    given = build_variant(variant, examples, batch_size=4, image_size=16)
    for (images, masks), (right_images, right_masks) in zip(given, expected, strict=True):
        np.testing.assert_allclose(images, right_images, atol=1e-6)
        np.testing.assert_array_equal(masks, right_masks)


def test_each_variant_is_measured_and_the_consumer_costs_time():
    measured = measure_pipeline(make_examples(8), step_seconds=0.05, batch_size=4, image_size=16)
    assert [one.name for one in measured] == [variant.name for variant in VARIANTS]
    for one in measured:
        assert 0 < one.cold <= 8 / 0.1
        assert 0 < one.warm <= 8 / 0.1


def test_a_cache_saves_the_second_epoch_the_loading():
    examples = make_examples(64, height=200, width=200)
    cached, uncached = measure_pipeline(
        examples, step_seconds=0, variants=(VARIANTS[0], PipelineVariant("none", cache="none"))
    )
    assert cached.warm > 2 * uncached.warm
    assert (cached.cache_bytes, uncached.cache_bytes) == (64 * 128 * 128 * 4, 0)


def test_the_cache_holds_three_colours_and_a_mask():
    assert cache_size("uint8", 10, 16) == 10 * 16 * 16 * (3 + 1)
    assert cache_size("float32", 10, 16) == 10 * 16 * 16 * (12 + 1)
    assert cache_size("none", 10, 16) == 0


def test_an_unknown_cache_is_refused():
    with pytest.raises(DataProblem, match="uint8, float32, none, got 'disk'"):
        build_variant(PipelineVariant("odd", cache="disk"), make_examples(1))


def test_the_fastest_of_the_rounds_is_kept(monkeypatch):
    seconds = iter([4.0, 2.0, 1.0, 5.0])  # cold and warm of the first round, then of the second
    monkeypatch.setattr("lessons_lib.data.benchmark._time_epoch", lambda *how: (10, next(seconds)))
    (measured,) = measure_pipeline(
        make_examples(1), step_seconds=0, variants=VARIANTS[:1], rounds=2
    )
    assert (measured.cold, measured.warm) == (10 / 1.0, 10 / 2.0)


def test_less_than_one_round_is_refused():
    with pytest.raises(DataProblem, match="rounds to be 1 or more, got 0"):
        measure_pipeline(make_examples(1), step_seconds=0, rounds=0)


def test_one_after_the_other_means_one_processor():
    parallel, single = VARIANTS[:2]
    for variant, threads in ((parallel, None), (single, 1)):
        batches = build_variant(variant, make_examples(4), batch_size=4, image_size=16)
        assert batches.options().threading.private_threadpool_size == threads
