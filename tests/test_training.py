"""The module of training, on a U-Net so small that a test may train it."""

from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from lessons_lib import training
from lessons_lib.class_imbalance import DiceLoss, weighted_batches
from lessons_lib.data import load_image, normalize
from lessons_lib.data.problems import DataProblem
from lessons_lib.decoder import create_mask, unet_model
from lessons_lib.inspector import LiveTraining
from lessons_lib.metrics import evaluate
from lessons_lib.quiet import keras, tf

pytestmark = pytest.mark.slow


def _pairs(count=8, size=32):
    """Pets that are bright squares: anything that learns can find them."""
    generator = np.random.default_rng(0)
    images = generator.random((count, size, size, 3), np.float32) * 0.3
    masks = np.ones((count, size, size, 1), np.uint8)
    for image, mask in zip(images, masks, strict=True):
        row, column = generator.integers(0, size // 2, 2)
        square = np.s_[row : row + size // 2, column : column + size // 2]
        image[square] += 0.6
        mask[square] = 0
    return images, masks


@pytest.fixture(scope="module")
def batches():
    return tf.data.Dataset.from_tensor_slices(_pairs()).batch(4)


def _small_encoder():
    """Three feature maps in place of the course's five, for a hundredth of their cost."""
    features = image = keras.Input((32, 32, 3), name="image")
    feature_maps = []
    for step in range(1, 4):
        features = keras.layers.Conv2D(
            8, 3, strides=2, padding="same", activation="relu", name=f"block_{step}"
        )(features)
        features = keras.layers.BatchNormalization(momentum=0.9, name=f"block_{step}_BN")(features)
        feature_maps.append(features)
    return keras.Model(image, feature_maps, name="encoder")


def _small_model():
    keras.utils.set_random_seed(5)
    model = unet_model(encoder=_small_encoder(), filters=(16, 8))
    return training.compile_model(model, learning_rate=3e-3)


def _stand_in(answer):
    """A model that answers images with what the function returns."""

    class Answer(keras.layers.Layer):
        def call(self, images, training=None):
            return images if tf.is_symbolic_tensor(images) else answer(images, training)

    return keras.Sequential([keras.Input((16, 16, 3)), Answer()])


@pytest.fixture(scope="module")
def trained(batches):
    model = _small_model()
    images = np.asarray(_pairs()[0][:2])
    run = training.train(model, batches, batches, epochs=25, watch=images)
    return model, run, images


def test_training_learns_and_tells_its_history(trained):
    _, run, _ = trained
    names = {"loss", "accuracy", "mean_iou", "val_loss", "val_accuracy", "val_mean_iou"}
    assert set(run.history) == names
    assert all(len(values) == 25 for values in run.history.values())
    assert run.history["loss"][-1] < 0.5 * run.history["loss"][0]


def test_the_watched_pets_masks_are_kept_for_each_epoch_as_copies(trained):
    model, run, images = trained
    assert run.masks_by_epoch.shape == (25, 2, 32, 32, 1)
    np.testing.assert_array_equal(run.masks_by_epoch[-1], create_mask(model(images)))
    assert not np.array_equal(run.masks_by_epoch[0], run.masks_by_epoch[-1])


def test_watching_callbacks_among_the_others_count_as_watching(batches):
    images = np.asarray(_pairs()[0][:2])
    keeper = training.KeepPredictions(images)
    model = _small_model()
    run = training.train(model, batches, batches, epochs=2, callbacks=[keeper])
    np.testing.assert_array_equal(run.masks_by_epoch, np.stack(keeper.masks))
    again = training.train(model, batches, batches, epochs=1, callbacks=[keeper])
    assert len(again.masks_by_epoch) == 1


def test_two_stages_join_to_one_run():
    first = training.TrainingRun({"loss": [3.0, 2.0]}, np.zeros((2, 1, 4, 4, 1), np.uint8))
    second = training.TrainingRun({"loss": [1.0]}, np.ones((1, 1, 4, 4, 1), np.uint8))
    both = first + second
    assert both.history == {"loss": [3.0, 2.0, 1.0]}
    assert both.masks_by_epoch[:, 0, 0, 0, 0].tolist() == [0, 0, 1]
    unwatched = training.TrainingRun({"loss": [1.0]})
    assert (first + unwatched).masks_by_epoch is None
    assert (unwatched + first).masks_by_epoch is None


def test_one_bar_runs_over_all_batches_and_ends_with_the_last_figures(batches, capsys):
    run = training.train(_small_model(), batches, batches, epochs=3)
    shown = capsys.readouterr()
    assert shown.out == "", "Keras shows its own progress too"
    lines = shown.err.replace("\r", "\n").strip().splitlines()
    assert lines[0].startswith("3 epochs")
    assert sum(line.startswith("epoch 2 of 3") for line in lines) >= 1
    assert "█" in lines[-1] and " left" not in lines[-1]
    last = {name: values[-1] for name, values in run.history.items()}
    assert lines[-1].startswith("3 epochs") and lines[-1].endswith(
        f"loss {last['loss']:.2f}, validation loss {last['val_loss']:.2f}, "
        f"validation mean IoU {last['val_mean_iou']:.2f}"
    )


def test_what_stays_of_a_bar_in_a_saved_notebook_is_no_frozen_time(capsys):
    bar = training.TrainingBar(validation_steps=1)
    bar.set_params({"epochs": 2, "steps": 3})
    bar.on_train_begin()
    assert capsys.readouterr().err.strip() == "2 epochs"
    bar.bar.refresh()
    assert "00:00" in capsys.readouterr().err
    bar.bar.close()


def test_the_bar_counts_training_and_validation_batches(batches):
    bar = training.TrainingBar(validation_steps=2)
    model = _small_model()
    model.fit(batches, validation_data=batches, epochs=2, shuffle=False, verbose=0, callbacks=[bar])
    assert bar.bar.n == bar.bar.total == 2 * (2 + 2)
    assert bar.bar.disable, "the bar is left open"


def test_a_pause_does_not_throw_the_time_left_off():
    bar = training.TrainingBar(validation_steps=1)
    bar.set_params({"epochs": 2, "steps": 3})
    bar.on_train_begin()
    for seconds in (1, 1, 28):
        bar.bar.start_t -= seconds
        bar.on_train_batch_end(0, {"loss": 1.0})
    bar.on_epoch_end(0, {"loss": 1.0, "val_loss": 1.0, "val_mean_iou": 0.5})
    assert bar.bar.postfix.startswith("00:50 left")  # 30 s for three batches, five to go


def test_best_epoch_goes_by_validation_mean_iou_and_counts_from_one():
    run = training.TrainingRun({"loss": [3.0, 2.0, 1.0], "val_mean_iou": [0.1, 0.4, 0.3]})
    assert run.best_epoch == 2


def test_the_history_agrees_with_the_confusion_matrix(trained, batches):
    model, run, _ = trained
    assert evaluate(model, batches).mean_iou == pytest.approx(
        run.history["val_mean_iou"][-1], abs=1e-4
    )


def test_training_with_one_seed_gives_one_result(one_epoch, batches):
    again = training.train(_small_model(), batches, batches, epochs=1)
    assert again.history["loss"] == one_epoch.history["loss"]


def test_sample_weights_reach_the_loss(one_epoch, batches):
    run = training.train(
        _small_model(), weighted_batches(batches, [2.0, 2.0, 2.0]), batches, epochs=1
    )
    assert run.history["loss"][0] > 1.3 * one_epoch.history["loss"][0]


def test_fine_tuning_changes_the_encoder_but_not_its_batch_norms(batches):
    model = _small_model()
    encoder = model.get_layer("encoder")
    before = {weight.path: weight.numpy().copy() for weight in encoder.weights}
    training.train(model, batches, batches, epochs=1, unfreeze="block_3")
    changed = {
        weight.path.split("/")[-2]
        for weight in encoder.weights
        if not np.array_equal(before[weight.path], weight.numpy())
    }
    assert "block_3" in changed
    assert "block_2" not in changed
    assert not any(name.endswith("BN") for name in changed)
    assert float(model.optimizer.learning_rate) == pytest.approx(training.LEARNING_RATE / 10)


def test_foreseeable_mistakes_are_told_in_a_sentence(batches):
    model = _small_model()
    empty = batches.take(0)
    with pytest.raises(ValueError, match="at least 1, but 0 came"):
        training.train(model, batches, batches, epochs=0)
    with pytest.raises(ValueError, match="train_batches is empty"):
        training.train(model, empty, batches, epochs=1)
    with pytest.raises(ValueError, match="validation_batches has no end"):
        training.train(model, batches, batches.repeat(), epochs=1)
    with pytest.raises(ValueError, match="train_batches has no end .*leave .repeat"):
        training.train(model, batches.repeat(), batches, epochs=1)
    with pytest.raises(ValueError, match="validation_batches is empty"):
        training.train(model, batches, empty, epochs=1)
    with pytest.raises(ValueError, match="compile_model"):
        training.train(keras.Model(model.input, model.output), batches, batches, epochs=1)
    model.trainable = False
    with pytest.raises(ValueError, match="every layer is frozen"):
        training.train(model, batches, batches, epochs=1)


def _spoilt_after(batches, count):
    """The same batches, but with NaN in the images of all that follow so many."""

    def spoil(number, pair):
        images, masks = pair
        return tf.where(number < count, images, np.nan), masks

    return batches.enumerate().map(spoil)


@pytest.mark.parametrize("watching", [False, True])
def test_a_lost_loss_ends_the_training_at_once_and_the_last_good_weights_are_back(
    batches, watching, capsys
):
    model = _small_model()
    training.compile_model(model, learning_rate=1e20)
    before = model.get_weights()
    live = LiveTraining(*(part[:2] for part in _pairs()))
    with pytest.raises(ValueError, match="became nan in batch 2 of epoch 1.* than 1e\\+20"):
        training.train(model, batches, batches, epochs=3, callbacks=[live] if watching else None)
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert "compute_loss" not in vars(model), "the live view still watches the model"
    training.compile_model(model)
    assert np.isfinite(training.train(model, batches, batches, epochs=1).history["loss"]).all()


def test_weights_are_those_of_the_last_epoch_that_went_well():
    class LoseTheLoss(keras.callbacks.Callback):
        kept = None

        def on_epoch_end(self, epoch, logs=None):
            self.kept = self.model.get_weights()
            self.model.optimizer.learning_rate = 1e20

    model, losing = _small_model(), LoseTheLoss()
    batches = tf.data.Dataset.from_tensor_slices(_pairs()).batch(4)
    with pytest.raises(ValueError, match="became nan in batch . of epoch 2"):
        training.train(model, batches, batches, epochs=3, callbacks=[losing])
    for one, other in zip(losing.kept, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("spoilt", ["train_batches", "validation_batches"])
def test_every_batch_is_looked_at_not_the_first_alone(batches, spoilt):
    sets = {"train_batches": batches, "validation_batches": batches}
    sets[spoilt] = _spoilt_after(batches, 1)
    model = _small_model()
    before = model.get_weights()
    with pytest.raises(ValueError, match=f"{spoilt}: images hold NaN"):
        training.train(model, **sets, epochs=1)
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_looking_at_batches_takes_none_that_the_training_would_not_take():
    taken = []
    pairs = tf.data.Dataset.from_tensor_slices(_pairs()).batch(4)

    def note(images, masks):
        tf.numpy_function(lambda: np.int64(taken.append(1) or 0), (), tf.int64)
        return images, masks

    training.train(_small_model(), pairs.map(note), pairs, epochs=2)
    assert len(taken) == 2 * len(pairs)


def test_a_saved_model_predicts_the_same_and_nothing_is_overwritten(trained, tmp_path):
    model, _, images = trained
    path = training.save_model(model, tmp_path / "models" / "unet.keras")
    np.testing.assert_allclose(training.load_model(path)(images), model(images), atol=1e-5)
    with pytest.raises(FileExistsError, match="left as it is"):
        training.save_model(model, path)
    again = training.save_model(model, str(tmp_path / "models" / "again.keras"))
    assert again == tmp_path / "models" / "again.keras" and again.is_file()
    with pytest.raises(ValueError, match="end in .keras"):
        training.save_model(model, tmp_path / "unet.h5")


def test_what_is_no_model_is_told(tmp_path):
    (tmp_path / "text.keras").write_text("no model")
    with pytest.raises(ValueError, match="text.keras is no model that Keras can load .*Error"):
        training.load_model(tmp_path / "text.keras")
    with pytest.raises(FileNotFoundError, match="save_model"):
        training.load_model(tmp_path / "missing.keras")


@pytest.mark.parametrize(
    ("mode", "name"), [("RGB", "a.jpg"), ("L", "b.png"), ("RGBA", "c.png"), ("CMYK", "d.jpg")]
)
def test_any_picture_of_ones_own_is_segmented(trained, tmp_path, mode, name):
    Image.new(mode, (70, 41), 128 if mode == "L" else None).save(tmp_path / name)
    photo, mask, probabilities = training.predict_picture(trained[0], tmp_path / name)
    assert photo.shape == (41, 70, 3) and photo.dtype == np.uint8
    assert mask.shape == (41, 70, 1) and mask.dtype == np.uint8
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(axis=-1), 1.0, atol=1e-5)
    np.testing.assert_array_equal(probabilities.argmax(axis=-1), mask[..., 0])


def test_a_file_that_is_no_picture_is_told(trained, tmp_path):
    (tmp_path / "text.jpg").write_text("no picture")
    with pytest.raises(DataProblem, match="text.jpg"):
        training.predict_picture(trained[0], tmp_path / "text.jpg")


def test_weighted_metrics_take_sample_weights_into_account_and_metrics_do_not():
    model = keras.Sequential([keras.Input((4, 4, 3)), keras.layers.Rescaling(1.0)])
    weighted = keras.metrics.SparseCategoricalAccuracy(name="weighted_accuracy")
    training.compile_model(model, weighted_metrics=[weighted])
    logits = np.zeros((1, 4, 4, 3), np.float32)
    logits[..., 1] = 5.0  # every pixel is given label 1
    masks = np.ones((1, 4, 4, 1), np.uint8)
    masks[0, :2] = 0
    only_right = (masks[..., 0] == 1).astype(np.float32)
    figures = model.evaluate(logits, masks, sample_weight=only_right, verbose=0, return_dict=True)
    assert figures["weighted_accuracy"] == pytest.approx(1.0)
    assert figures["accuracy"] == pytest.approx(0.5)


def test_a_run_of_nothing_has_an_empty_history_of_its_own():
    assert training.TrainingRun().history == {}
    assert training.TrainingRun().history is not training.TrainingRun().history


def test_what_is_watched_goes_before_other_watching_callbacks(batches):
    images = _pairs()[0][:3].tolist()
    keeper = training.KeepPredictions(images)
    assert keeper.masks == []
    run = training.train(
        _small_model(), batches, batches, epochs=1, watch=images[:1], callbacks=[keeper]
    )
    assert run.masks_by_epoch.shape == (1, 1, 32, 32, 1)
    assert np.shape(keeper.masks) == (1, 3, 32, 32, 1)


def test_a_callback_that_shows_the_progress_takes_the_bars_place(batches, capsys):
    callback = keras.callbacks.Callback()
    callback.shows_progress = True
    training.train(_small_model(), batches, batches, epochs=1, callbacks=[callback])
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(("epochs", "words"), [(1, "1 epoch"), (2, "2 epochs")])
def test_the_bar_says_how_far_it_is(epochs, words):
    bar = training.TrainingBar(validation_steps=1)
    assert bar.figures == {}
    bar.set_params({"epochs": epochs, "steps": 3})
    bar.on_train_begin()
    assert (bar.bar.desc, bar.bar.n, bar.bar.total) == (words, 0, epochs * 4)
    bar.on_epoch_begin(0)
    assert bar.bar.desc == f"epoch 1 of {epochs}"
    bar.on_train_batch_end(0, {"loss": 1.234})
    assert bar.bar.postfix == "loss 1.23"  # no time left is known before the first batch
    bar.on_test_batch_end(0)
    assert bar.bar.n == 2
    bar.on_epoch_end(0, {"loss": 1.0, "val_loss": 2.0, "val_mean_iou": 0.5})
    figures = "loss 1.00, validation loss 2.00, validation mean IoU 0.50"
    assert bar.bar.postfix.endswith(f" left, {figures}")
    bar.on_train_end()
    assert bar.bar.desc == words


@pytest.fixture(scope="module")
def one_epoch(batches):
    return training.train(_small_model(), batches, batches, epochs=1)


def test_fine_tuning_keeps_the_loss_and_takes_the_whole_encoder_where_all_is_said(
    batches, monkeypatch
):
    model, loss = _small_model(), DiceLoss()
    training.compile_model(model, loss=loss)
    _without_fit(monkeypatch, model)
    training.train(model, batches, batches, epochs=1, unfreeze="all")
    assert model.loss is loss
    learning = {layer.name for layer in model.get_layer("encoder").layers if layer.trainable}
    assert learning >= {"block_1", "block_2", "block_3"}
    assert not any(name.endswith("BN") for name in learning)


def _without_fit(monkeypatch, model) -> dict:
    """Notes what ``fit`` is asked for, instead of training."""
    asked = {}

    def fit(*parts, **options):
        asked.update(options, parts=parts, built=model.optimizer.built)
        return SimpleNamespace(history={})

    monkeypatch.setattr(model, "fit", fit)
    return asked


def test_the_optimizer_is_built_before_the_first_step_is_traced(batches, monkeypatch):
    model = _small_model()
    asked = _without_fit(monkeypatch, model)
    run = training.train(model, batches, batches, epochs=1)
    assert asked["built"]
    assert run.masks_by_epoch is None


def test_a_model_is_compiled_for_logits_with_the_courses_rate_unless_told_otherwise():
    model = keras.Sequential([keras.Input((2, 2, 3)), keras.layers.Conv2D(3, 1)])
    assert training.compile_model(model) is model
    assert float(model.optimizer.learning_rate) == pytest.approx(training.LEARNING_RATE)
    assert isinstance(model.optimizer, keras.optimizers.Adam)
    certain = np.array([[[[9.0, -9.0, -9.0]]]], np.float32)
    assert float(model.loss(np.zeros((1, 1, 1, 1)), certain)) < 1e-4
    training.compile_model(model, learning_rate=0.5, loss=DiceLoss())
    assert float(model.optimizer.learning_rate) == 0.5
    assert isinstance(model.loss, DiceLoss)


def test_the_weights_of_the_epoch_with_the_best_validation_mean_iou_come_back():
    """Not those of the lowest validation loss, and no training ends early for want of progress."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    best = training.best_weights()
    best.set_model(model)
    best.on_train_begin()
    mean_ious = [0.3, 0.6, 0.5] + [0.4] * 30
    for epoch, mean_iou in enumerate(mean_ious):
        model.set_weights([np.full((1, 1), epoch, np.float32)])
        best.on_epoch_end(epoch, {"val_mean_iou": mean_iou, "val_loss": 1.0 / (epoch + 1)})
    assert not getattr(model, "stop_training", False)
    best.on_train_end()
    assert model.get_weights()[0].item() == 1


def test_a_home_folder_may_be_written_as_a_tilde(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    model = keras.Sequential([keras.Input((2, 2, 3)), keras.layers.Conv2D(3, 1)])
    assert training.save_model(model, "~/unet.keras") == tmp_path / "unet.keras"
    assert training.load_model("~/unet.keras").count_params() == model.count_params()
    Image.new("RGB", (4, 4)).save(tmp_path / "pet.png")
    assert training.predict_picture(model, "~/pet.png")[0].shape == (4, 4, 3)


def test_a_picture_of_ones_own_is_prepared_like_the_training_pets_and_seen_in_inference(tmp_path):
    photo = np.random.default_rng(0).integers(0, 256, (90, 70, 3), dtype=np.uint8)
    Image.fromarray(photo).save(tmp_path / "pet.png")
    example = {"image": photo, "segmentation_mask": np.ones((90, 70, 1), np.uint8)}
    like_training, _ = normalize(*load_image(example, 16))

    seen = []

    def answer(images, training):
        assert training is False
        seen.append(np.asarray(images))
        return 9 * images

    model = _stand_in(answer)
    read, mask, probabilities = training.predict_picture(model, tmp_path / "pet.png")
    np.testing.assert_allclose(seen[0][0], like_training, atol=0.6 / 255)  # whole numbers there
    np.testing.assert_array_equal(read, photo)
    enlarged = tf.image.resize(9 * seen[0], (90, 70))[0].numpy()
    np.testing.assert_array_equal(mask[..., 0], enlarged.argmax(axis=-1))
    powers = np.exp(enlarged)
    np.testing.assert_allclose(probabilities, powers / powers.sum(-1, keepdims=True), atol=1e-5)


def test_the_outline_on_a_large_picture_is_smooth_and_not_made_of_steps(tmp_path):
    """Between two pixels of the model the outline of a slope moves on by single pixels."""
    Image.new("RGB", (160, 160)).save(tmp_path / "pet.png")
    row, column = np.indices((16, 16), np.float32)
    slope = row - column / 3 - 4
    logits = np.stack([slope, -slope, np.full_like(slope, -9)], axis=-1)[np.newaxis]

    model = _stand_in(lambda images, training: logits)
    mask = training.predict_picture(model, tmp_path / "pet.png")[1][..., 0]
    heights = (mask[:, 5:155] == 1).sum(axis=0)
    assert set(np.diff(heights)) == {0, 1}
