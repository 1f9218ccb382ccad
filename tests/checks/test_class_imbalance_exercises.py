"""Tests of lesson 5's exercises beyond the table in test_tasks: other right answers are right."""

import numpy as np
import pytest

from lessons_lib.checks import class_imbalance as lesson
from lessons_lib.checks.checker import load_tasks
from lessons_lib.checks.class_imbalance.bugs import FLAWS, MENDS, RECIPE
from lessons_lib.checks.common import tiny_encoder
from lessons_lib.checks.engine import judge
from lessons_lib.checks.result import NOT_ATTEMPTED, RAISED, RIGHT, WRONG
from lessons_lib.decoder import create_mask, upsample
from lessons_lib.encoder import freeze
from lessons_lib.quiet import keras, tf

TASKS = load_tasks(["lessons_lib.checks.class_imbalance"])


def two_pixels_by_keras(labels, logits, weights):
    each, mean = (
        keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction=reduction)
        for reduction in (None, "sum_over_batch_size")
    )
    return [loss(labels, logits, sample_weight=weights) for loss in (each, mean)]


def weights_with_a_last_axis(image, mask, weights):
    return image, mask, tf.gather(weights, tf.cast(mask, tf.int32))


def weights_by_one_hot(image, mask, weights):
    table = tf.constant(weights, tf.float32)
    return image, mask, tf.reduce_sum(tf.one_hot(mask[..., 0], 3) * table, axis=-1)


def weights_by_where(image, mask, weights):
    labels = mask[..., 0]
    rest = tf.where(tf.equal(labels, 1), weights[1], weights[2])
    return image, mask, tf.where(tf.equal(labels, 0), weights[0], rest)


def class_weights_by_counting(shares):
    present = sum(share > 0 for share in shares)
    return np.array([1 / (present * share) if share > 0 else 0 for share in shares])


def pair_that_copies_the_start(build_decoder, build_model, train, seed, epochs):
    keras.utils.set_random_seed(seed)
    plain, weighted = build_model(build_decoder()), build_model(build_decoder())
    weighted.set_weights(plain.get_weights())
    train(plain, weighted=False, epochs=epochs)
    train(weighted, weighted=True, epochs=epochs)
    return plain, weighted


def pair_trained_in_the_other_order(build_decoder, build_model, train, seed, epochs):
    keras.utils.set_random_seed(seed)
    plain = build_model(build_decoder())
    keras.utils.set_random_seed(seed)
    weighted = build_model(build_decoder())
    train(weighted, True, epochs)
    train(plain, False, epochs)
    return plain, weighted


@pytest.mark.parametrize(
    ("task", "answer"),
    [
        (TASKS["two_pixel_loss"], two_pixels_by_keras),
        (TASKS["add_sample_weights"], weights_by_one_hot),
        (TASKS["add_sample_weights"], weights_by_where),
        (TASKS["class_weights"], class_weights_by_counting),
        (TASKS["fair_pair"], pair_that_copies_the_start),
        (TASKS["fair_pair"], pair_trained_in_the_other_order),
        (
            TASKS["bugs"],
            {"14": "Colours", 11: "weights", 8: "shared layers", 5: "test set", 2: "names"},
        ),
        (TASKS["bugs"], dict.fromkeys(range(1, 15), "no flaw") | FLAWS),
    ],
)
def test_other_right_answers_are_right(task, answer):
    result = judge(task, answer)
    assert result.outcome == RIGHT, result


def misspelt(image, mask, weights):
    return image, mask, tf.gathr(weights, mask)


def cast_as_numpy_does(image, mask, weights):
    return image, mask, tf.gather(weights, mask.astype("int32"))


def wrong_axes(image, mask, weights):
    return image, mask, tf.reshape(mask, (3, 3, 3))


@pytest.mark.parametrize("answer", [misspelt, cast_as_numpy_does, wrong_axes])
def test_errors_in_a_pipeline_are_told_as_they_are_and_not_as_another_mistake(answer):
    result = judge(TASKS["add_sample_weights"], answer)
    assert (result.outcome, result.misconception) == (RAISED, None)
    assert "return image, mask, tf." in result.message


@pytest.mark.parametrize(
    ("task", "answer", "said"),
    [
        (TASKS["add_sample_weights"], weights_with_a_last_axis, "have the mask's last axis"),
        (TASKS["fair_pair"], lambda a, b, c, d, e: None, "has to return two models"),
        (TASKS["fair_pair"], lambda a, b, c, d, e: ("plain", "weighted"), "as build_model makes"),
        (TASKS["bugs"], [2, 5, 7, 11, 14], "Write a dictionary from line numbers to mends"),
        (TASKS["bugs"], {2: "wrong"}, "Choose each mend from: names,"),
        (TASKS["bugs"], {"names": 2}, "The other way round"),
        (TASKS["bugs"], {15: "names"}, "numbered from 1 to 14; 15 is none"),
        (TASKS["bugs"], {"two": "names"}, "numbered from 1 to 14; two is none"),
    ],
)
def test_what_cannot_be_read_gets_a_sentence(task, answer, said):
    result = judge(task, answer)
    assert result.outcome == WRONG
    assert said in result.message


def test_several_missing_flaws_are_told_one_at_a_time():
    found, told = {}, []
    for number, mend in FLAWS.items():
        told.append(judge(TASKS["bugs"], found).misconception)
        found[number] = mend
    assert len(set(told)) == len(FLAWS)
    assert judge(TASKS["bugs"], found).outcome == RIGHT


class TestRecipe:
    def test_every_flaw_and_every_mend_is_told_to_the_learner(self):
        text = lesson.recipe()
        assert text.splitlines()[0] == " 1  train, test = load_pets()"
        assert all(repr(mend) in text for mend in MENDS)
        assert set(FLAWS.values()) < set(MENDS)

    def test_its_weights_lower_the_real_border(self):
        weights = eval(RECIPE[10].split("=")[1].split("#")[0])
        names = eval(RECIPE[1].split("=")[1])
        assert names[3] == "background"  # and it is the border
        assert weights[3 - 1] == min(weights)

    @pytest.mark.parametrize("number", range(1, len(RECIPE) + 1))
    def test_its_lines_are_python(self, number):
        compile(RECIPE[number - 1], "recipe", "exec")


SIDE = 64


def run_recipe():
    """Runs the recipe's lines with helpers that do what their names say, on a few made-up pets."""
    numbers = np.random.default_rng(0)
    photos = numbers.integers(0, 256, (4, SIDE + 8, SIDE, 3), dtype=np.uint8)
    trimaps = numbers.integers(1, 4, (4, SIDE + 8, SIDE, 1), dtype=np.uint8)
    pets = tf.data.Dataset.from_tensor_slices((photos, trimaps))

    def connect(encoder, blocks, last):
        image = keras.Input((SIDE, SIDE, 3))
        *skips, features = encoder(image)
        for block, skip in zip(blocks, skips[::-1], strict=True):
            features = keras.layers.Concatenate()([block(features), skip])
        return keras.Model(image, last(features))

    def fit(model, train, validation, loss, epochs):
        model.compile(loss=loss, optimizer="sgd", run_eagerly=True)
        model.fit(train, validation_data=validation, epochs=1, shuffle=False, verbose=0)
        return model

    shown = []
    names = {
        "load_pets": lambda: (pets.take(3), pets.skip(3)),
        "resize": lambda part, method="bilinear": tf.image.resize(part, (SIDE, SIDE), method),
        "pretrained_encoder": lambda trainable: freeze(tiny_encoder((4,) * 5, side=SIDE)),
        "upsample": upsample,
        "connect": connect,
        "Conv2DTranspose": keras.layers.Conv2DTranspose,
        "SparseCategoricalCrossentropy": keras.losses.SparseCategoricalCrossentropy,
        "fit": fit,
        "gather": tf.gather,
        "cast": tf.cast,
        "create_mask": create_mask,
        "array_to_img": keras.utils.array_to_img,
        "show": shown.append,
        "image": np.zeros((2, SIDE, SIDE, 3), np.float32),
    }
    exec("\n".join(RECIPE), names)
    return names, shown


class TestRecipeAtWork:
    @pytest.mark.slow
    def test_it_runs_without_an_error_and_its_models_share_all_blocks(self):
        names, shown = run_recipe()
        plain, weighted = names["plain"], names["weighted"]
        assert weighted.output_shape == (None, SIDE, SIDE, 3)
        blocks = [weight for block in names["up_blocks"] for weight in block.trainable_weights]
        own = {id(weight) for weight in plain.trainable_weights}
        shared = [weight for weight in weighted.trainable_weights if id(weight) in own]
        assert {id(weight) for weight in shared} == {id(weight) for weight in blocks}
        assert len(weighted.trainable_weights) == len(shared) + 2  # kernel and bias of the last
        assert shown[0].size == (SIDE, SIDE)

    def test_its_picture_gives_a_class_another_grey_where_the_border_is_missing(self):
        greys = []
        for labels in ([0, 1, 2], [0, 1, 1]):
            mask = np.array(labels, np.uint8).reshape(1, 3, 1)
            greys.append(np.asarray(keras.utils.array_to_img(mask))[0, 1])
        assert greys == [127, 255]


def test_the_form_calls_a_line_sound_until_one_says_otherwise():
    form = lesson.bugs_form(lambda answers: judge(TASKS["bugs"], answers))
    form.button.click()
    assert "One flaw is in the names." in form.result.value
    for number, mend in FLAWS.items():
        form.fields[number].value = mend
    form.button.click()
    assert TASKS["bugs"].why in form.result.value


def test_a_recipe_not_looked_at_is_not_attempted():
    assert judge(TASKS["bugs"], ...).outcome == NOT_ATTEMPTED
