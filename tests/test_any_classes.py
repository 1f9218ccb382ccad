"""Any number of classes, all the way: folder, training, evaluation, figures, explorers, export."""

import inspect
import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lessons_lib import class_imbalance, metrics, plots, training
from lessons_lib.classes import IGNORED, IGNORED_LABEL, PALETTE, PET_CLASSES, make_classes
from lessons_lib.data import class_shares, load_pets, make_batches
from lessons_lib.decoder import create_mask, unet_model
from lessons_lib.encoder import freeze
from lessons_lib.inspector import (
    LiveTraining,
    MaskExplorer,
    PredictionInspector,
    WeightExplorer,
    WhatIfExplorer,
)
from lessons_lib.plots import pictures
from lessons_lib.quiet import keras, tf

SIDE = 32
COUNTS = (2, 3, 12, 21)
EXAMPLE = runpy.run_path(str(Path(__file__).parents[1] / "tools" / "own_classes.py"))
FOUR = make_classes(["background", "leaf", "stem", "root"], ignored=True)


def small_encoder() -> keras.Model:
    """Two feature maps in place of the course's five."""
    features = image = keras.Input((SIDE, SIDE, 3), name="image")
    outputs = []
    for step in (1, 2):
        features = keras.layers.Conv2D(
            16, 3, strides=2, padding="same", activation="relu", name=f"block_{step}"
        )(features)
        outputs.append(features)
    return keras.Model(image, outputs, name="encoder")


def small_model(classes: int) -> keras.Model:
    """A U-Net on the small encoder, which learns with it."""
    keras.utils.set_random_seed(3)
    return unet_model(classes, encoder=small_encoder(), filters=(16,))


@pytest.fixture(scope="module", params=COUNTS)
def trained(request, tmp_path_factory):
    """Pictures with so many classes, and a model that has seen them a few times."""
    folder = tmp_path_factory.mktemp("shapes") / str(request.param)
    EXAMPLE["write_shapes"](folder, classes=request.param, count=15, side=SIDE)
    pets = load_pets(str(folder))
    batches = make_batches(pets.train, batch_size=6, image_size=SIDE, training=True)
    test = make_batches(pets.test, batch_size=3, image_size=SIDE)
    classes = pets.info.classes
    model = training.compile_model(small_model(len(classes)), learning_rate=1e-2, classes=classes)
    images, masks = (part.numpy() for part in next(iter(test)))
    live = LiveTraining(images, masks, classes=classes)
    run = training.train(model, batches, test, epochs=4, callbacks=[live])
    return classes, model, test, run, live


@pytest.mark.slow
def test_a_training_learns_and_its_metrics_leave_out_what_is_ignored(trained):
    classes, model, test, run, _ = trained
    masks = np.concatenate([masks for _, masks in test])
    assert (masks == IGNORED_LABEL).any() and masks[masks != IGNORED_LABEL].max() < len(classes)
    assert run.history["loss"][-1] < run.history["loss"][0]
    assert run.masks_by_epoch.max() < len(classes)
    scores = metrics.evaluate(model, test, classes=classes)
    assert scores.confusion.shape == (len(classes), len(classes))
    assert scores.confusion.sum() == (masks != IGNORED_LABEL).sum()
    assert run.history["val_accuracy"][-1] == pytest.approx(scores.accuracy, abs=1e-5)
    assert run.history["val_mean_iou"][-1] == pytest.approx(scores.mean_iou, abs=1e-5)
    assert str(scores).count(", ") == len(classes)


@pytest.mark.slow
def test_weights_and_other_losses_take_any_classes_too(trained):
    classes, _, test, _, _ = trained
    shares = class_shares(test, len(classes), ignore_class=classes.ignore_class)
    weights = class_imbalance.class_weights(shares, "inverse")
    weighted = class_imbalance.weighted_batches(test, weights)
    for _, masks, sample_weights in weighted:
        ignored = masks[..., 0] == IGNORED_LABEL
        assert (sample_weights.numpy()[ignored] == 0).all()
    for loss in (class_imbalance.FocalLoss, class_imbalance.DiceLoss):
        fresh = training.compile_model(
            small_model(len(classes)), loss=loss(ignore_class=classes.ignore_class)
        )
        batches = test if loss is class_imbalance.DiceLoss else weighted
        run = training.train(fresh, batches, test, epochs=1)
        assert np.isfinite(run.history["loss"][0]) and run.history["val_loss"][0] > 0


@pytest.mark.slow
def test_a_fair_comparison_takes_any_classes_too(tmp_path):
    EXAMPLE["write_shapes"](tmp_path, classes=5, count=10, side=SIDE)
    pets = load_pets(str(tmp_path))
    classes, encoder = pets.info.classes, freeze(small_encoder())
    test = make_batches(pets.test, batch_size=3, image_size=SIDE)
    budget = {"encoder": encoder, "seed": 7, "epochs": 1, "image_size": SIDE, "filters": (16,)}
    weights = [1.0, 2.0, 3.0, 4.0, 5.0]
    for each in (None, weights):
        model = class_imbalance.train_fresh(
            pets.train, test, weights=each, classes=classes, **budget
        )
        assert model.output_shape[-1] == 5
        assert model.loss.ignore_class == classes.ignore_class
    with pytest.raises(ValueError, match="3 class weights|weights for 5|5 classes"):
        class_imbalance.train_fresh(
            pets.train, test, weights=weights[:3], classes=classes, **budget
        )


def test_an_overlap_of_any_class_leaves_out_what_is_ignored():
    mask = np.zeros((8, 8), np.uint8)
    mask[:, :4], mask[0] = 3, IGNORED_LABEL
    figure = plots.plot_overlap(mask, np.full((8, 8), 3, np.uint8), "root", classes=FOUR)
    assert "IoU 28 / 56 = 0.50" in figure.alt_text
    with pytest.raises(ValueError, match="expected one of .*'root'.*got 'pet'"):
        plots.plot_overlap(mask, mask, classes=FOUR)


@pytest.mark.slow
def test_a_second_stage_goes_on_ignoring(trained):
    classes, model, test, _, _ = trained
    run = training.train(model, test, test, epochs=1, unfreeze="all")
    assert model.loss.ignore_class == classes.ignore_class
    scores = metrics.evaluate(model, test, classes=classes)
    assert run.history["val_accuracy"][-1] == pytest.approx(scores.accuracy, abs=1e-5)


@pytest.mark.slow
def test_explorers_and_figures_show_them_all(trained):
    classes, model, test, run, live = trained
    images, masks = (part.numpy() for part in next(iter(test)))
    logits = model(images)
    scores = metrics.evaluate(model, test, classes=classes)
    explorers = [
        MaskExplorer(images, masks, classes=classes, order="largest"),
        PredictionInspector(images, masks, logits, classes=classes, order="worst"),
        PredictionInspector(
            images,
            masks,
            predictions_by_epoch=run.masks_by_epoch,
            classes=classes,
            order="border errors",
        ),
        WeightExplorer(images[0], masks[0], classes=classes),
        WhatIfExplorer(model, images, masks, classes=classes),
        live.view,
    ]
    for explorer in explorers:
        colours = explorer.colours
        assert [one["name"] for one in colours["classes"]] == [*classes.names, "ignored"]
        assert colours["count"] == len(classes)
        assert legend_of(explorer.to_figure())[: len(classes) + 1] == [*classes.names, "ignored"]
    figures = [
        plots.show_pairs(images, masks, classes=classes),
        plots.show_epochs(images, run.masks_by_epoch, masks, classes=classes),
        plots.show_predictions(images, masks, {"a": create_mask(logits)}, classes=classes),
    ]
    for figure in figures:
        assert legend_of(figure)[: len(classes) + 1] == [*classes.names, "ignored"]
    segmented = plots.show_segmented(images, create_mask(logits), classes=classes)
    assert legend_of(segmented) == list(classes.names)
    confusion = plots.plot_confusion(scores.confusion, classes=classes)
    assert [text.get_text() for text in confusion.axes[0].get_yticklabels()] == list(classes.names)
    bars = plots.plot_scores({"a": scores.iou, "b": scores.iou}, classes=classes)
    assert [text.get_text() for text in bars.axes[0].get_xticklabels()] == list(classes.names)
    shares = class_shares(test, len(classes), ignore_class=classes.ignore_class)
    assert legend_of(plots.plot_shares({"pixels": shares}, classes=classes)) == list(classes.names)
    for figure in (
        *figures,
        segmented,
        confusion,
        bars,
        plots.plot_shares(shares, classes=classes),
    ):
        assert_inside(figure)


@pytest.mark.slow
def test_a_model_is_saved_and_exported(trained, tmp_path):
    classes, model, test, _, _ = trained
    images, _ = next(iter(test))
    loaded = training.load_model(training.save_model(model, tmp_path / "model.keras"))
    np.testing.assert_allclose(loaded(images), model(images), atol=1e-5)
    assert loaded.loss.ignore_class == classes.ignore_class
    model.export(tmp_path / "saved", verbose=False)
    saved = tf.saved_model.load(tmp_path / "saved")
    np.testing.assert_allclose(saved.serve(images), model(images), atol=1e-4)


def legend_of(figure) -> list[str]:
    """The words of a figure's legend."""
    return [text.get_text() for text in figure.legends[0].get_texts()]


def assert_inside(figure) -> None:
    """Asserts that the legend lies in the figure, and on none of its axes."""
    figure.to_array()
    for legend in figure.legends:
        box = legend.get_window_extent()
        assert box.x0 >= 0 and box.x1 <= figure.bbox.x1 and box.y0 >= 0
        assert all(box.y1 <= axes.get_window_extent().y0 + 1 for axes in figure.axes)


# What is ignored


TRUTH = np.array([[0, 1, 2, IGNORED_LABEL], [3, 0, IGNORED_LABEL, IGNORED_LABEL]], np.uint8)
PREDICTED = np.array([[0, 1, 1, 1], [3, 3, 3, 0]], np.uint8)


def test_no_figure_counts_ignored_pixels():
    confusion = metrics.confusion_matrix(TRUTH, PREDICTED, 4, ignore_class=IGNORED_LABEL)
    assert confusion.sum() == 5 and metrics.pixel_accuracy(confusion) == 3 / 5
    np.testing.assert_allclose(metrics.iou_per_class(confusion), [1 / 2, 1 / 2, 0, 1 / 2])
    np.testing.assert_allclose(pictures.label_shares(TRUTH, FOUR), np.array([2, 1, 1, 1]) / 5)
    with pytest.raises(ValueError, match="true labels must run from 0 to 3"):
        metrics.confusion_matrix(TRUTH, PREDICTED, 4)


def test_a_mask_of_nothing_but_ignored_pixels_has_no_figures():
    scores = metrics.score_masks(
        np.full((1, 2, 2), IGNORED_LABEL), np.zeros((1, 2, 2), int), classes=FOUR
    )
    assert np.isnan([scores.accuracy, scores.mean_iou, *scores.iou]).all()
    inspector = PredictionInspector(
        np.zeros((1, 2, 2, 3)),
        np.full((1, 2, 2), IGNORED_LABEL),
        predictions=[[[0, 0], [0, 0]]],
        classes=FOUR,
        order="worst",
    )
    assert inspector.pictures["first"]["figures"][0]["accuracy"] is None
    assert inspector.pictures["first"]["ignored"] == 1


def test_errors_near_the_border_are_those_near_another_class_where_none_is_called_border():
    truth = np.zeros((1, 8, 8, 1), np.uint8)
    truth[:, :, 4:] = 1
    truth[0, 0, 0] = IGNORED_LABEL
    predicted = np.zeros_like(truth)
    predicted[0, 4, 4] = predicted[0, 4, 5] = predicted[0, 4, 6] = predicted[0, 4, 7] = 1
    near = metrics.near_border(truth[:, 1:], distance=0, classes=FOUR)
    assert near[0, 3].tolist() == [False, False, False, True, True, False, False, False]
    errors = metrics.border_errors(truth, predicted, distance=0, classes=FOUR)
    assert errors.of_errors == 7 / 28


@pytest.mark.parametrize(
    "make_loss",
    [
        lambda **ignore: keras.losses.SparseCategoricalCrossentropy(from_logits=True, **ignore),
        class_imbalance.FocalLoss,
        class_imbalance.DiceLoss,
    ],
    ids=["cross-entropy", "focal", "Dice"],
)
def test_a_loss_is_that_of_the_counted_pixels_alone(make_loss):
    logits = np.random.default_rng(0).normal(size=(1, 2, 4, 4)).astype(np.float32)
    counted = TRUTH != IGNORED_LABEL
    alone = make_loss()(TRUTH[counted].reshape(1, 1, -1, 1), logits[:, counted][:, np.newaxis])
    loss = make_loss(ignore_class=IGNORED_LABEL)
    ignoring = loss(TRUTH[np.newaxis, ..., np.newaxis], logits)
    assert float(ignoring) == pytest.approx(float(alone), rel=1e-5)
    again = type(loss).from_config(loss.get_config())
    assert float(again(TRUTH[np.newaxis, ..., np.newaxis], logits)) == float(ignoring)


def test_shares_of_the_loss_leave_ignored_pixels_out():
    logits = np.zeros((1, 2, 4, 4), np.float32)
    shares = class_imbalance.loss_shares(
        TRUTH[np.newaxis, ..., np.newaxis], logits, [1, 1, 1, 2], ignore_class=IGNORED_LABEL
    )
    np.testing.assert_allclose(shares, np.array([2, 1, 1, 2]) / 6, rtol=1e-6)


def test_ignored_pixels_are_painted_in_their_own_way_and_are_no_errors():
    painted = pictures.paint_mask(TRUTH, 80, classes=FOUR)
    ignored = painted[:20, 60:].reshape(-1, 3)
    assert {tuple(colour) for colour in ignored.tolist()} == {IGNORED.rgb, IGNORED.stripe_rgb}
    errors = pictures.paint_errors(np.zeros((2, 4, 3), np.uint8), TRUTH, PREDICTED, 80)
    wrong = (errors != errors[0, 0]).any(axis=-1)[10::20, 10::20]
    assert wrong.tolist() == [[False, False, True, False], [False, True, False, False]]


def test_a_pinned_pixel_may_be_ignored_and_so_may_its_row_be_hidden():
    inspector = PredictionInspector(
        np.zeros((1, 2, 4, 3)), TRUTH[np.newaxis], predictions=PREDICTED[np.newaxis], classes=FOUR
    )
    inspector.pin = [0, 0, 3]
    assert (inspector.picked.true, inspector.picked.predicted) == ("ignored", "leaf")
    assert inspector.shown == [False, True, True, True, True]
    inspector.shown = [True] * 5
    with pytest.raises(Exception, match="shown: expected 5 values, got 3"):
        inspector.shown = [True] * 3


def test_pets_have_nothing_to_ignore():
    with pytest.raises(ValueError, match=r"expected labels 0 to 2 .* got also \[255\]; pass class"):
        pictures.read_mask([[0, 255]])
    with pytest.raises(ValueError, match=r"trimap values 1, 2, 3, got also \[0\]"):
        plots.trimap_to_rgb([[0, 1]])
    values = np.where(TRUTH == IGNORED_LABEL, 0, TRUTH + 1)
    np.testing.assert_array_equal(pictures.read_mask(values, trimap=True, classes=FOUR), TRUTH)


def test_stripes_of_a_picture_run_both_ways_and_cross():
    classes = make_classes([str(number) for number in range(21)])
    alike = [one for one in classes if one.colour == PALETTE[0]]
    painted = [
        pictures.paint_mask(np.full((1, 1), one.label, np.uint8), 24, classes=classes)
        for one in alike
    ]
    striped = [(picture != alike[0].rgb).any(axis=-1) for picture in painted]
    assert not striped[0].any()
    np.testing.assert_array_equal(striped[1][1:, :-1], striped[1][:-1, 1:])
    np.testing.assert_array_equal(striped[2][1:, 1:], striped[2][:-1, :-1])
    assert striped[1].any() and not np.array_equal(striped[1], striped[2])
    np.testing.assert_array_equal(striped[3], striped[1] | striped[2])


# Wrong numbers


def test_another_number_of_logits_than_of_classes_has_one_sentence():
    sentence = (
        "The model has 3 logits for each pixel, but there are 4 classes "
        r"\(background, leaf, stem, root\): build it with num_classes=4"
    )
    model = small_model(3)
    with pytest.raises(ValueError, match=sentence):
        training.compile_model(model, classes=FOUR)
    batch = np.zeros((2, SIDE, SIDE, 3), np.float32), np.zeros((2, SIDE, SIDE, 1), np.uint8)
    batches = tf.data.Dataset.from_tensors(batch)
    with pytest.raises(ValueError, match=sentence):
        metrics.evaluate(model, batches, classes=FOUR)
    with pytest.raises(ValueError, match="4 logits for each pixel, but there are 3 classes"):
        metrics.evaluate(small_model(4), batches)
    with pytest.raises(ValueError, match="a number for each of 4 classes .* h×w×4, got shape"):
        PredictionInspector(*batch, model(batch[0]), classes=FOUR)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: plots.plot_shares([0.5, 0.5], classes=FOUR), "expected 4 shares .background, le"),
        (lambda: plots.plot_scores({"a": [1, 1, 1]}, classes=FOUR), "one IoU for each of 4 class"),
        (lambda: plots.plot_confusion(np.eye(3), classes=FOUR), "a 4×4 table of counts for backgr"),
        (
            lambda: pictures.read_mask([[4]], classes=FOUR),
            "1 to 4 where labels 0 to 3 are expected",
        ),
        (lambda: pictures.read_mask([[9]], classes=FOUR), "labels 0 to 3 .background, leaf, stem"),
        (
            lambda: WeightExplorer(
                np.zeros((2, 2, 3)), np.array([[0, 1], [2, 3]]), None, [1], classes=FOUR
            ),
            "weights: expected 4 numbers",
        ),
    ],
)
def test_what_does_not_fit_the_classes_is_told(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


def test_a_model_may_not_predict_what_is_ignored():
    assert FOUR.predicted == replace(FOUR, ignore_class=None)
    with pytest.raises(
        ValueError, match=r"predictions: expected labels 0 to 3 .* got also \[255\]"
    ):
        plots.show_predictions(np.zeros((2, 4, 3)), TRUTH, TRUTH, classes=FOUR)


def test_the_pets_need_no_word_about_classes():
    assert WeightExplorer(np.zeros((1, 3, 3)), np.array([[0, 1, 2]])).presets == {
        "1 : 1 : 1": [1, 1, 1]
    }
    assert len(PET_CLASSES) == inspect.unwrap(unet_model).__defaults__[0] == 3
