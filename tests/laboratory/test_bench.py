"""The course's recipe beside the published one: what is measured, and that it is the recipe."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from made_pets import write_pets_folder

from laboratory import bench
from laboratory import published_recipe as published
from lessons_lib.data import load_pets
from lessons_lib.encoder import count_parameters
from lessons_lib.quiet import keras

PETS = 10


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_pets_folder(
        tmp_path_factory.mktemp("bench") / "pets", train_count=PETS, test_count=2
    )


def test_the_published_model_is_as_large_as_the_tutorials():
    model = published.unet_model("drawn")
    # 6,504,227 as published; its batch norms of the encoder are frozen with it.
    assert count_parameters(model) == (6_504_227, 4_660_323)


def test_the_published_pipeline_feeds_what_the_tutorial_feeds(folder):
    pets = load_pets(str(folder))
    images, masks = next(iter(published.make_batches(pets.train, training=True, seed=0)))
    assert images.shape == (PETS, 128, 128, 3) and masks.shape == (PETS, 128, 128, 1)
    assert images.numpy().min() >= 0 and images.numpy().max() <= 1
    assert set(np.unique(masks)) <= {0, 1, 2}
    assert len(list(published.make_batches(pets.test, training=False, seed=0))) == 1


@pytest.mark.parametrize(("count", "expected"), [(10, 1), (64, 1), (127, 1), (128, 2), (3680, 57)])
def test_an_epoch_has_as_many_steps_as_there_are_whole_batches(count, expected):
    assert published.steps_per_epoch(count) == expected


def test_works_take_turns_and_the_median_counts():
    order = []

    def work(name, taken):
        return lambda: order.append(name) or taken.pop(0)

    taken = bench.in_turns(
        {"a": work("a", [(1, 2), (9, 9), (3, 4)]), "b": work("b", [(5, 5)] * 3)}, rounds=3
    )
    assert order == ["a", "b"] * 3
    assert taken == {"a": (3, 4), "b": (5, 5)}


def test_the_table_gives_ratios_and_of_the_learning_the_end():
    rows = [bench._row("forward", bench.PLAIN, "ms/image", 20.0)]
    rows += [bench._row("forward", bench.OURS, "ms/image", 5.0)]
    for seed, reached in enumerate((0.5, 0.7, 0.6)):
        for epoch in (1, 2):
            row = bench._row("learning", bench.OURS, "mean IoU", reached * epoch / 2)
            rows.append(row | {"seed": seed, "epoch": epoch, "seconds": epoch, "core_seconds": 2.0})
    lines = bench.table(rows).splitlines()
    assert lines[2].split() == ["forward", "course", "ms/image", "5", "0.25"]
    assert [line.split()[-1] for line in lines[3:]] == ["0.6", "2", "2"]


@pytest.mark.slow
def test_the_command_measures_everything_and_writes_it(folder, tmp_path, monkeypatch):
    def small_model(*_, **__):
        image = keras.Input((128, 128, 3))
        return keras.Model(image, keras.layers.Conv2D(3, 1)(image))

    monkeypatch.setattr(published, "EPOCHS", 1)
    for recipe in (published, bench.decoder):
        monkeypatch.setattr(recipe, "unet_model", small_model)
    output = tmp_path / "bench.json"
    words = ["--pets", str(folder), "--rounds", "1", "--learning", "--epochs", "1", "--seed", "0"]
    answer = CliRunner().invoke(bench.main, [*words, "--output", str(output)])
    assert answer.exit_code == 0, answer.output
    figures = json.loads(output.read_text())
    assert {row["part"] for row in figures["results"]} == {
        *("import", "pipeline, first epoch", "pipeline, cached", "pipeline, cache"),
        *("forward", "training step", "learning"),
    }
    assert all(row["value"] >= 0 for row in figures["results"])
    learnt = [row for row in figures["results"] if row["part"] == "learning"]
    assert [row["name"] for row in learnt] == [bench.PLAIN, bench.OURS]
    assert all(row["seconds"] > 0 and 0 < row["value"] < 1 for row in learnt)
