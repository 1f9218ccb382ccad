"""The comparison of recipes: what it leaves out, how the rate moves, how a model is judged."""

import dataclasses
import json

import numpy as np
import pytest
from click.testing import CliRunner

from laboratory import compare_recipes as comparison
from lessons_lib.quiet import keras, tf

pytestmark = pytest.mark.slow
WHOLE = comparison.Recipe("the whole recipe", 6)


def test_each_recipe_leaves_one_part_out():
    whole, *others = comparison.recipes(WHOLE)
    assert whole == WHOLE
    for other in others:
        pairs = zip(dataclasses.astuple(whole), dataclasses.astuple(other), strict=True)
        assert sum(one != another for one, another in pairs) == 2  # its name, and the part


def test_the_rate_rises_falls_and_goes_on_in_the_second_stage():
    schedule = comparison._schedule(WHOLE, 100)
    rates = [float(schedule(step)) for step in range(101)]
    assert np.argmax(rates) == 5 and rates[5] == pytest.approx(1e-3)
    assert rates[0] < 1e-4 and rates[100] == pytest.approx(0, abs=1e-8)
    later = comparison.Continued(schedule, 40)
    assert [float(later(step)) for step in range(60)] == rates[40:100]


def test_without_a_fall_the_rate_stays():
    schedule = comparison._schedule(dataclasses.replace(WHOLE, falls=False), 100)
    assert {float(schedule(step)) for step in (0, 50, 99)} == {float(np.float32(1e-3))}


def test_mirror_images_give_the_mean_of_both_looks():
    image = keras.Input((4, 6, 3))
    columns = tf.range(6, dtype=tf.float32)[:, tf.newaxis]
    model = keras.Model(image, keras.layers.Lambda(lambda images: images + columns)(image))
    images = tf.random.uniform((2, 4, 6, 3), seed=0)
    expected = images + (columns + columns[::-1]) / 2
    assert np.allclose(comparison.predict_flipped(model, images), expected, atol=1e-6)


def test_the_command_trains_in_two_stages_and_writes_what_it_found(monkeypatch, tmp_path):
    pets = comparison.load_pets("drawn_pets")
    few = pets._replace(train=pets.train.take(8), test=pets.test.take(4))
    monkeypatch.setattr(comparison, "load_pets", lambda source: few)
    monkeypatch.setattr(comparison, "FILTERS", (8, 8, 8, 8))
    stages = []
    train = comparison.train

    def note(model, *batches, epochs):
        before = [weight.numpy() for weight in model.get_layer("encoder").weights]
        train(model, *batches, epochs=epochs)
        after = [weight.numpy() for weight in model.get_layer("encoder").weights]
        moved = any((one != other).any() for one, other in zip(before, after, strict=True))
        stages.append((epochs, moved))

    monkeypatch.setattr(comparison, "train", note)
    output = tmp_path / "recipes.json"
    options = ["--epochs", "3", "--seed", "0", "--only", "whole", "--output", str(output)]
    finished = CliRunner().invoke(comparison.main, options, catch_exceptions=False)
    assert stages == [(1, False), (2, True)]
    figures = json.loads(output.read_text())
    (result,) = figures["results"]
    assert 0 < result["mean_iou"] < 1 and 0 < result["mean_iou_flipped"] < 1
    assert figures["recipes"][0]["free_from"] == "all"
    assert "the whole recipe" in finished.output
