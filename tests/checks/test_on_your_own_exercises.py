"""Tests of lesson 6's exercises beyond the table in test_tasks: real trainings, other ways."""

import dataclasses
import functools
import inspect

import nbformat
import numpy as np
import pytest

from lessons_lib.authoring.notebooks import REPOSITORY
from lessons_lib.checks.checker import load_tasks
from lessons_lib.checks.engine import judge
from lessons_lib.checks.on_your_own import overfit as capstone
from lessons_lib.checks.result import RAISED, RIGHT, WRONG
from lessons_lib.encoder import unfreeze
from lessons_lib.quiet import keras, tf

TASKS = load_tasks(["lessons_lib.checks.on_your_own"])
LAYERS = keras.layers


def pets_only():
    return capstone._sets_to_learn()[:1]


PETS_ONLY = dataclasses.replace(TASKS["overfit"], cases=pets_only)


def code_of(name, folder="solutions"):
    notebook = nbformat.read(REPOSITORY / folder / "06_on_your_own.ipynb", as_version=4)
    return next(cell.source for cell in notebook.cells if cell.id == name)


def define(source, name):
    names = {"keras": keras, "tf": tf, "np": np}
    exec(compile(source, "<cell>", "exec"), names)
    return names[name]


class TestMended:
    """The broken code of the notebook, with some of its mistakes mended."""

    MENDS = (
        ("(trimaps, (16, 16))", '(trimaps, (16, 16), method="nearest")'),
        (
            "tf.data.Dataset.zip(\n"
            "        tf.data.Dataset.from_tensor_slices(photos).shuffle(100),\n"
            "        tf.data.Dataset.from_tensor_slices(masks).shuffle(100),\n    )",
            "tf.data.Dataset.from_tensor_slices((photos, masks)).shuffle(100)",
        ),
        (" / 255\n", "\n"),
        (
            '"sparse_categorical_crossentropy"',
            "keras.losses.SparseCategoricalCrossentropy(from_logits=True)",
        ),
        (".argmax(axis=1)", ".argmax(axis=-1)[..., None]"),
    )
    TOLD = (
        "the trimaps are smoothed",
        "shuffled apart",
        "divided twice",
        "logits taken for probabilities",
        "argmax over the wrong axis",
    )

    @staticmethod
    def judge_with(mends):
        source = code_of("mended-broken").replace("def broken", "def mended")
        for old, new in mends:
            assert source.count(old) == 1, old
            source = source.replace(old, new)
        return judge(TASKS["mended"], define(source, "mended"))

    def test_it_runs_and_its_first_mistake_is_told(self):
        result = self.judge_with([])
        assert (result.outcome, result.misconception) == (WRONG, self.TOLD[0])

    @pytest.mark.parametrize("left", range(5))
    def test_a_mistake_that_is_left_in_is_told(self, left):
        mends = [mend for number, mend in enumerate(self.MENDS) if number != left]
        assert self.judge_with(mends).misconception == self.TOLD[left]

    @pytest.mark.parametrize("count", range(1, 5))
    def test_mended_from_the_top_each_mistake_is_told_in_turn(self, count):
        assert self.judge_with(self.MENDS[:count]).misconception == self.TOLD[count]

    @pytest.mark.parametrize(
        "other",
        [
            [],
            [("/ 255)", "/ 255.0)")],
            # the other of the two divisions is taken out
            [
                ("(photos, (16, 16))\n", "(photos, (16, 16)) / 255\n"),
                ("Rescaling(1 / 255)", "ReLU()"),
            ],
            # softmax in the model, and a loss that expects it
            [
                ("Conv2D(3, 1)", 'Conv2D(3, 1, activation="softmax")'),
                (MENDS[3][1], '"sparse_categorical_crossentropy"'),
            ],
            [("return pairs,", "return pairs.batch(2),")],
            [(".argmax(axis=-1)[..., None]", ".argmax(-1).reshape(-1, 16, 16, 1)")],
            [("pairs.batch(4), epochs", "pairs.repeat(epochs).batch(3), epochs")],
            [("(photos, (16, 16))", "(photos, (16, 16), antialias=True)")],
        ],
    )
    def test_mended_in_whatever_way_it_is_right(self, other):
        result = self.judge_with([*self.MENDS, *other])
        assert result.outcome == RIGHT, result

    @pytest.mark.parametrize(
        ("returned", "said"),
        [
            ("return model", "three things"),
            ("return (photos, masks), model, masks", "tf.data.Dataset"),
            ("return pairs, model.summary(), masks", "Keras model"),
            ("return pairs.map(lambda photo, mask: photo), model, masks", "a photo and its mask"),
        ],
    )
    def test_what_cannot_be_looked_at_gets_a_sentence(self, returned, said):
        result = self.judge_with([*self.MENDS, ("return pairs, model, masks", returned)])
        assert result.outcome == WRONG and said in result.message


def tune_by_name(model, first_layer, learning_rate):
    encoder = model.get_layer("encoder")
    names = [layer.name for layer in encoder.layers]
    encoder.trainable = True
    for layer in encoder.layers[: names.index(first_layer)]:
        layer.trainable = False
    for layer in encoder.layers:
        if "norm" in layer.name:
            layer.trainable = False
    model.compile(
        optimizer=keras.optimizers.AdamW(learning_rate),
        loss=lambda masks, logits: tf.nn.sparse_softmax_cross_entropy_with_logits(
            tf.cast(masks[..., 0], tf.int32), logits
        ),
        metrics=["accuracy"],
    )
    return model


def tune_with_the_course(model, first_layer, learning_rate):
    model.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(learning_rate, 100, 0.9)),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    unfreeze(model.get_layer("encoder"), first_layer)  # before the first step is early enough
    return model


def tune_a_model_around_it(model, first_layer, learning_rate):
    tuned = TASKS["fine_tune"].reference(model, first_layer, learning_rate)
    around = keras.Model(tuned.inputs, tuned.outputs)
    around.compile(
        keras.optimizers.Adam(learning_rate),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    return around


@pytest.mark.parametrize("answer", [tune_by_name, tune_with_the_course, tune_a_model_around_it])
def test_other_ways_to_fine_tune_are_right(answer):
    result = judge(TASKS["fine_tune"], answer)
    assert result.outcome == RIGHT, result


def test_the_answer_of_the_notebook_to_fine_tuning_is_right():
    answer = define(code_of("fine-tune"), "fine_tune")
    assert judge(TASKS["fine_tune"], answer).outcome == RIGHT


class TestOverfit:
    """Answers that train for real; those that are declared stand for such."""

    @staticmethod
    def judge(answer):
        return judge(TASKS["overfit"], answer)

    def test_its_pictures_are_bytes_with_all_classes_and_fresh_at_each_call(self):
        for images, masks, classes in TASKS["overfit"].cases():
            assert (images.dtype, masks.dtype) == (np.uint8, np.uint8)
            assert images.shape[1:] == (128, 128, 3) and masks.shape[1:] == (128, 128, 1)
            assert np.unique(masks).tolist() == list(range(classes))
            images[:] = 0
        assert TASKS["overfit"].cases()[0][0].any()

    @pytest.mark.slow
    def test_the_answer_of_the_notebook_is_right_and_the_reference_is_the_same(self):
        source = code_of("overfit")
        result = self.judge(define(source, "overfit"))
        assert result.outcome == RIGHT, result
        reference = inspect.getsource(TASKS["overfit"].reference)
        for line in source.splitlines()[5:-1]:
            assert line.strip() in reference.replace("_convolve", "convolve").replace(": Any", "")

    @pytest.mark.slow
    def test_a_loop_of_ones_own_and_probabilities_are_right(self):
        result = judge(PETS_ONLY, by_loop)
        assert result.outcome == RIGHT, result

    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("settings", "said"),
        [
            ({"scale": 1 / 255}, "scales outside of the model"),
            ({"momentum": 0.999}, "batch norm lags behind"),
            ({"epochs": 3}, "learns too little"),
            ({"loss": "sparse_categorical_crossentropy"}, "logits taken for probabilities"),
        ],
    )
    def test_a_training_that_goes_wrong_is_told_as_what_it_is(self, settings, said):
        result = judge(PETS_ONLY, functools.partial(small_net, **settings))
        assert (result.outcome, result.misconception) == (WRONG, said), result

    @pytest.mark.parametrize(
        ("answer", "name"),
        [
            (lambda images, masks, classes: masks, "returns masks"),
            (lambda images, masks, classes: keras.callbacks.History(), "returns the history"),
            (lambda images, masks, classes: "model", "returns no model"),
            (lambda images, masks, classes: print(), "forgets the return"),
        ],
    )
    def test_what_is_no_model_gets_a_sentence(self, answer, name):
        result = self.judge(answer)
        assert (result.outcome, result.misconception) == (WRONG, name)

    def test_a_model_that_gives_several_things_gets_a_sentence(self):
        def answer(images, masks, classes):
            image = keras.Input((128, 128, 3))
            return keras.Model(image, [LAYERS.Conv2D(classes, 1)(image)] * 2)

        assert self.judge(answer).misconception == "several outputs"

    def test_a_model_that_fails_at_bytes_and_numbers_is_told_as_raised(self):
        class Failing(keras.Model):
            def call(self, images):
                raise ValueError("no pets today")

        result = self.judge(lambda *given: Failing())
        assert result.outcome == RAISED and "no pets today" in result.message

    def test_hard_coding_the_second_number_of_classes_is_told(self):
        def answer(images, masks, classes):
            good = capstone._good_model(images, masks, classes)
            return good if classes == 4 else capstone._untrained(4)

        result = self.judge(answer)
        assert result.outcome == WRONG and "4 channels for 3 classes" in result.got

    def test_a_training_that_takes_too_long_is_told_what_makes_it_quicker(self):
        def answer(images, masks, classes):
            while True:
                pass

        task = dataclasses.replace(TASKS["overfit"], time_limit=0.2)
        result = judge(task, answer)
        assert result.outcome == RAISED and "Fewer filters" in result.message


def small_net(images, masks, num_classes, *, scale=None, momentum=0.9, epochs=100, loss=None):
    """A net like that of the solution, with a choice of mistakes."""

    def convolve(features, filters):
        features = LAYERS.Conv2D(filters, 3, padding="same", use_bias=False)(features)
        return LAYERS.ReLU()(LAYERS.BatchNormalization(momentum=momentum)(features))

    image = keras.Input(images.shape[1:])
    features = image if scale else LAYERS.Rescaling(1 / 255)(image)
    kept = []
    for filters in (16, 32, 64):
        kept.append(convolve(features, filters))
        features = LAYERS.MaxPooling2D()(kept[-1])
    features = convolve(convolve(features, 64), 64)
    for skip in reversed(kept):
        features = LAYERS.UpSampling2D(2, interpolation="bilinear")(features)
        features = convolve(LAYERS.Concatenate()([features, skip]), skip.shape[-1])
    model = keras.Model(image, LAYERS.Conv2D(num_classes, 1)(features))
    cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss or cross_entropy)
    shown = images * scale if scale else images
    model.fit(shown, masks, batch_size=len(images), epochs=epochs, verbose=0)
    return model


def by_loop(images, masks, num_classes):
    model = small_net(images, masks, num_classes, epochs=1)
    optimizer = keras.optimizers.Adam(0.01)
    shown, labels = tf.constant(images, tf.float32), tf.constant(masks[..., 0], tf.int32)

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            logits = model(shown, training=True)
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
            loss = tf.reduce_mean(losses)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))

    optimizer.build(model.trainable_variables)
    for _ in range(120):
        step()
    probabilities = LAYERS.Softmax()(model.outputs[0])
    return keras.Model(model.inputs, probabilities)
