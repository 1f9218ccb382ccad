"""The live view of a training: what moves, what stops it, and what a terminal shows instead."""

import numpy as np
import pytest
from inspected import ask, decode

from lessons_lib.classes import PET_CLASSES
from lessons_lib.inspector import LiveTraining, PredictionInspector, live
from lessons_lib.plots.pictures import paint_mask
from lessons_lib.quiet import keras, tf
from lessons_lib.training import KeepPredictions, compile_model, train

pytestmark = pytest.mark.slow

SIDE, BATCHES = 8, 4


def make_photos(count: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """Light pets on dark ground, float32 [0, 1], and their masks."""
    random = np.random.default_rng(0)
    masks = np.ones((count, SIDE, SIDE, 1), np.uint8)
    masks[:, : SIDE // 2] = 0
    photos = np.where(masks == 0, 0.9, 0.1) + random.normal(0, 0.02, (count, SIDE, SIDE, 3))
    return photos.astype(np.float32), masks


PHOTOS, MASKS = make_photos()
BATCHED = tf.data.Dataset.from_tensor_slices((PHOTOS, MASKS)).batch(len(PHOTOS) // BATCHES)


def make_model() -> keras.Model:
    """A classifier of pixels with nothing but a 1×1 convolution: 12 numbers to learn."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((SIDE, SIDE, 3))
    model = keras.Model(inputs, keras.layers.Conv2D(3, 1)(inputs))
    return compile_model(model, learning_rate=0.1)


class Notebook:
    """Stands for the notebook: what was displayed, and how often it was replaced."""

    def __init__(self):
        self.views, self.updated = [], []

    def display(self, view, display_id):
        assert display_id
        self.views.append((view, view.caption))
        return self

    def update(self, view):
        self.updated.append((view, view.caption))


@pytest.fixture
def notebook(monkeypatch):
    """A notebook without a kernel, in which the view moves at every batch."""
    notebook = Notebook()
    monkeypatch.setattr(live, "in_notebook", lambda: True)
    monkeypatch.setattr(live, "display", notebook.display)
    monkeypatch.setattr(live, "SECONDS_BETWEEN_MOVES", 0)
    return notebook


class Each(keras.callbacks.Callback):
    """Calls a function after each batch, or each validation."""

    def __init__(self, after_batch=None, after_validation=None):
        super().__init__()
        self.after_batch, self.after_validation, self.batches = after_batch, after_validation, 0

    def on_train_batch_end(self, batch, logs=None):
        self.batches += 1
        if self.after_batch:
            self.after_batch(self.batches)

    def on_test_end(self, logs=None):
        if self.after_validation:
            self.after_validation()


def press_stop_after(watching: LiveTraining, count: int) -> Each:
    def press(batches):
        if batches == count:
            ask(watching.view, {"stop": True})

    return Each(after_batch=press)


def spoil_after(model: keras.Model, epochs: int):
    """From the next epoch on, the model forgets after each batch what it has learned."""

    def spoil(batches):
        if batches > epochs * BATCHES:
            model.set_weights([weights * 0 for weights in model.get_weights()])

    return spoil


# In a terminal


def test_a_terminal_gets_a_line_for_each_epoch_and_no_other_bar(capsys):
    watching = LiveTraining(PHOTOS[:2], MASKS[:2])
    run = train(make_model(), BATCHED, BATCHED, epochs=2, callbacks=[watching])
    captured = capsys.readouterr()
    lines = captured.out.splitlines()
    assert len(lines) == 2 and captured.err == ""
    for epoch, line in enumerate(lines):
        figures = [
            f"{name} {run.history[name][epoch]:.3f}"
            for name in ("loss", "val_loss", "mean_iou", "val_mean_iou")
        ]
        assert line == f"epoch {epoch + 1} of 2: {', '.join(figures)}"


def test_without_it_training_has_a_bar_of_its_own(capsys):
    train(make_model(), BATCHED, BATCHED, epochs=1)
    assert "epoch" in capsys.readouterr().err


@pytest.mark.parametrize("first", [0, 4], ids=["first of the validation", "others"])
def test_masks_of_each_epoch_reach_the_training_run(first):
    pets = slice(first, first + 2)
    watching, model, seen = LiveTraining(PHOTOS[pets], MASKS[pets]), make_model(), []
    reading = Each(after_validation=lambda: seen.append(model(PHOTOS[pets]).numpy().argmax(-1)))
    run = train(model, BATCHED, BATCHED, epochs=3, callbacks=[watching, reading])
    assert isinstance(watching, KeepPredictions)
    assert run.masks_by_epoch.shape == (3, 2, SIDE, SIDE, 1)
    assert (run.masks_by_epoch[..., 0] == seen).all()
    assert (seen[0] != seen[2]).any()


def count_predictions(model: keras.Model, monkeypatch) -> list:
    """Returns a list that grows at each prediction."""
    predictions, predict = [], model.predict_on_batch
    monkeypatch.setattr(
        model, "predict_on_batch", lambda images: predictions.append(1) or predict(images)
    )
    return predictions


def test_what_the_validation_has_computed_is_not_predicted_again(monkeypatch):
    model = make_model()
    predictions = count_predictions(model, monkeypatch)
    for _ in range(2):  # in a second training neither, though Keras has traced its step by then
        watching = LiveTraining(PHOTOS[:2], MASKS[:2])
        train(model, BATCHED, BATCHED, epochs=3, callbacks=[watching])
    assert predictions == []
    train(model, BATCHED, BATCHED, epochs=3, callbacks=[LiveTraining(PHOTOS[4:6], MASKS[4:6])])
    assert len(predictions) == 3


def test_an_epoch_without_validation_is_predicted(monkeypatch, capsys):
    model, watching, seen = make_model(), LiveTraining(PHOTOS[:2], MASKS[:2]), []
    predictions = count_predictions(model, monkeypatch)
    reading = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda *_: seen.append(model(PHOTOS[:2]).numpy().argmax(-1))
    )
    model.fit(
        BATCHED,
        validation_data=BATCHED,
        validation_freq=2,
        epochs=3,
        shuffle=False,
        verbose=0,
        callbacks=[watching, reading],
    )
    assert len(predictions) == 2
    assert (np.stack(watching.masks)[..., 0] == seen).all()


def test_before_a_prediction_the_pets_alone_are_drawn():
    view = LiveTraining(PHOTOS[:1], MASKS[:1]).view
    assert view.describe() == repr(view) == ("Live view of 1 pet: photos, predicted, true masks.")
    drawn = decode(view.to_png())
    assert (drawn == live.NOT_YET).all(axis=-1).sum() >= live.LARGEST_PANEL**2


# In a notebook


def test_one_display_is_made_and_ends_with_the_last_picture(notebook, capsys):
    watching = LiveTraining(PHOTOS[:2], MASKS[:2])
    train(make_model(), BATCHED, BATCHED, epochs=2, callbacks=[watching])
    ((view, first),), ((updated, last),) = notebook.views, notebook.updated
    assert view is updated is watching.view
    assert "predicted before the first step" in first and "after epoch 2 of 2" in last
    assert capsys.readouterr() == ("", "")


def seen_at(model, moments: list) -> Each:
    """Notes what the model predicts for two pets after each batch."""
    return Each(lambda _: moments.append(model(PHOTOS[:2]).numpy().argmax(-1)))


def test_first_steps_are_shown_and_kept_for_a_replay(notebook):
    model, watching, by_step, captions = make_model(), LiveTraining(PHOTOS[:2], MASKS[:2]), [], []
    untrained = model(PHOTOS[:2]).numpy().argmax(-1)
    reading = Each(lambda _: captions.append(watching.view.caption))
    run = train(
        model, BATCHED, BATCHED, epochs=3, callbacks=[watching, seen_at(model, by_step), reading]
    )
    assert watching.moments == [
        "before the first step", "after step 1", "after step 2", "after epoch 1 of 3",
        "after step 5", "after epoch 2 of 3", "after epoch 3 of 3",
    ]  # fmt: skip
    expected = [untrained, *(by_step[step - 1] for step in (1, 2, 4, 5, 8, 12))]
    assert (np.stack(watching.masks_by_moment)[..., 0] == expected).all()
    assert (np.stack(watching.masks) == run.masks_by_epoch).all()
    assert "after step 1," in captions[0] and "after step 5," in captions[4]
    replay = PredictionInspector(
        PHOTOS[:2],
        MASKS[:2],
        predictions_by_epoch=np.stack(watching.masks_by_moment),
        moments=watching.moments,
    )
    assert replay.pictures["moments"] == watching.moments
    assert "2 pictures at 7 moments" in repr(replay)


def test_the_loss_of_each_batch_is_kept(notebook):
    """Also of a last batch that is smaller, for which Keras tells a weighted mean only."""
    uneven = tf.data.Dataset.from_tensor_slices((PHOTOS[:10], MASKS[:10])).batch(4)
    model, watching, expected = make_model(), LiveTraining(PHOTOS[:2], MASKS[:2]), []
    batches = list(uneven.as_numpy_iterator())

    class Expect(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            images, masks = batches[batch]
            expected.append(float(model.loss(masks, model(images)).numpy()))

    train(model, uneven, BATCHED, epochs=2, callbacks=[watching, Expect()])
    assert watching.losses == pytest.approx(expected, rel=1e-4)
    assert watching.view.batch_losses == pytest.approx(expected, abs=1e-3)


def test_the_browser_gets_few_points_of_many_batches():
    watching = LiveTraining(PHOTOS[:2], MASKS[:2])
    watching.losses = [1.0, 3.0] * live.MOST_POINTS
    assert watching._thin_losses() == [2.0] * live.MOST_POINTS


def test_bar_text_and_curves_move(notebook):
    watching, seen = LiveTraining(PHOTOS[:2], MASKS[:2]), []
    reading = Each(lambda _: seen.append((watching.view.done, watching.view.text)))
    run = train(make_model(), BATCHED, BATCHED, epochs=2, callbacks=[watching, reading])
    view = watching.view
    assert [done for done, _ in seen] == list(range(1, 9)) and view.total == view.done == 8
    assert seen[0][1].startswith("epoch 1 of 2 · ") and " s left · loss " in seen[0][1]
    assert seen[-1][1].startswith("epoch 2 of 2 · 0 s left")
    names = ["loss", "val_loss", "mean_iou", "val_mean_iou"]
    assert view.curves == {name: pytest.approx(run.history[name]) for name in names}
    assert view.state == "finished" and view.text.startswith("finished after 2 epochs, ")


def test_it_does_not_move_more_often_than_can_be_seen(notebook, monkeypatch):
    monkeypatch.setattr(live, "SECONDS_BETWEEN_MOVES", 1000)
    watching, seen = LiveTraining(PHOTOS[:2], MASKS[:2]), []
    reading = Each(lambda _: seen.append(watching.view.done))
    train(make_model(), BATCHED, BATCHED, epochs=2, callbacks=[watching, reading])
    assert seen == [1] * 4 + [4] * 4  # with the first batch, and at the end of an epoch


def test_the_picture_shows_photo_prediction_and_truth_of_each_pet(notebook):
    watching = LiveTraining(PHOTOS[:2], MASKS[:2])
    run = train(make_model(), BATCHED, BATCHED, epochs=8, callbacks=[watching])
    picture = decode(watching.view.picture)
    step = live.LARGEST_PANEL + live.GAP
    assert picture.shape == (3 * step, 2 * step, 3)
    panels = picture.reshape(3, step, 2, step, 3)[:, : -live.GAP, :, : -live.GAP]
    for pet in range(2):
        predicted, truth = run.masks_by_epoch[-1, pet, ..., 0], MASKS[pet, ..., 0]
        assert (panels[1, :, pet] == paint_mask(predicted, live.LARGEST_PANEL)).all()
        assert (panels[2, :, pet] == paint_mask(truth, live.LARGEST_PANEL)).all()
    assert watching.view.caption.endswith("Mean IoU of these pets: 1.00.")  # learned by then
    assert watching.view.caption in watching.view.describe()


def test_text_does_not_depend_on_what_was_learned(notebook):
    watching = LiveTraining(PHOTOS[:2], MASKS[:2])
    before = repr(watching.view)
    train(make_model(), BATCHED, BATCHED, epochs=1, callbacks=[watching])
    data, metadata = watching.view._repr_mimebundle_()
    assert data["text/plain"] == repr(watching.view) == before
    assert "after epoch 1 of 1" in metadata["image/png"]["alt"]
    assert (decode(data["image/png"]) == PET_CLASSES.members[0].rgb).all(axis=-1).any()


def test_while_training_the_notebook_gets_the_picture_at_hand(notebook):
    watching, seen = LiveTraining(PHOTOS[:2], MASKS[:2]), []
    reading = Each(lambda _: seen.append(watching.view.to_png() is watching.view.picture))
    train(make_model(), BATCHED, BATCHED, epochs=1, callbacks=[watching, reading])
    assert seen == [True] * BATCHES
    last = decode(watching.view.to_png())
    rows = 3 * (live.LARGEST_PANEL + live.GAP)
    legend = live.legend_height(live.class_patches(), last.shape[1])
    assert 10 < last.shape[0] - (live.GAP + rows + legend) < 60  # below it, what can be run
    pets = decode(watching.view.picture)
    framed = last[live.GAP : live.GAP + rows, live.ROW_NAMES : live.ROW_NAMES + pets.shape[1]]
    same = (framed == pets).all(axis=-1)
    assert same[live.LARGEST_PANEL + live.GAP :].all()  # masks keep their exact colours


# The stop button


def test_stop_ends_after_the_batch_and_measures_once_more(notebook):
    watching = LiveTraining(PHOTOS[:2], MASKS[:2])
    pressing = press_stop_after(watching, 6)  # heard after the next batch, as from another thread
    run = train(make_model(), BATCHED, BATCHED, epochs=50, callbacks=[watching, pressing])
    assert pressing.batches == 7 and watching.stopped
    assert len(run.history["val_loss"]) == len(run.masks_by_epoch) == 2
    assert watching.view.state == "stopped"
    assert watching.view.text.startswith("stopped after 2 epochs, ")
    assert watching.view.text.endswith("the best epoch's weights are back")


class Clock:
    """Stands for the time: a second passes with each batch of the validation."""

    def __init__(self, monkeypatch):
        self.now = 0.0
        monkeypatch.setattr(live.time, "perf_counter", lambda: self.now)

    def tick(self) -> None:
        self.now += 1


class Ticking(keras.callbacks.Callback):
    """Moves the clock, and counts the batches of each validation."""

    def __init__(self, clock: Clock):
        super().__init__()
        self.clock, self.validated = clock, []

    def on_test_begin(self, logs=None):
        self.validated.append(0)

    def on_test_batch_begin(self, batch, logs=None):
        self.clock.tick()
        self.validated[-1] += 1


def test_after_a_stop_a_long_validation_is_cut_short_and_does_not_count(notebook, monkeypatch):
    ticking, watching = Ticking(Clock(monkeypatch)), LiveTraining(PHOTOS[:2], MASKS[:2])
    model, kept = make_model(), []
    pressing = press_stop_after(watching, 6)
    remember = Each(after_validation=lambda: kept.append(model.get_weights()))
    run = train(
        model, BATCHED, BATCHED, epochs=9, callbacks=[watching, pressing, ticking, remember]
    )
    allowed = int(live.LAST_LOOK) + 1  # the third is the first to begin later than allowed
    assert ticking.validated == [BATCHES, allowed] and allowed < BATCHES
    assert np.isnan(run.history["val_mean_iou"]).tolist() == [False, True]
    assert run.best_epoch == 1 and len(watching.view.curves["val_loss"]) == 1
    assert all((now == then).all() for now, then in zip(model.get_weights(), kept[0], strict=True))


def test_a_cut_in_the_first_epoch_leaves_its_figures(notebook, monkeypatch):
    ticking, watching = Ticking(Clock(monkeypatch)), LiveTraining(PHOTOS[:2], MASKS[:2])
    pressing = press_stop_after(watching, 1)
    run = train(make_model(), BATCHED, BATCHED, epochs=9, callbacks=[watching, pressing, ticking])
    assert ticking.validated == [3] and np.isfinite(run.history["val_mean_iou"]).all()


def test_stop_is_acknowledged_at_once_and_only_while_training():
    view = LiveTraining(PHOTOS[:2], MASKS[:2]).view
    for message in ({}, {"stop": False}, {"want": "x"}):
        assert ask(view, message) == [] and view.state == "training"
    assert ask(view, {"stop": True}) == [] and view.state == "stopping"
    view.state = "finished"
    ask(view, {"stop": True})
    assert view.state == "finished"
    assert ask(view, None) != []  # told, not raised


@pytest.mark.parametrize("heard", [True, False])
def test_the_view_knows_whether_its_stop_button_is_heard(monkeypatch, heard):
    monkeypatch.setattr(live, "hears_while_busy", lambda: heard)
    assert LiveTraining(PHOTOS[:2], MASKS[:2]).view.can_stop is heard


def test_stop_during_the_validation_needs_no_further_batch(notebook):
    watching = LiveTraining(PHOTOS[:2], MASKS[:2])
    pressing = Each(after_validation=lambda: ask(watching.view, {"stop": True}))
    run = train(make_model(), BATCHED, BATCHED, epochs=50, callbacks=[watching, pressing])
    assert pressing.batches == BATCHES and len(run.history["loss"]) == 1
    assert watching.stopped and watching.view.state == "stopped"


def test_after_a_stop_the_best_weights_are_back(notebook):
    model, watching, kept = make_model(), LiveTraining(PHOTOS[:2], MASKS[:2]), []

    def remember():
        kept.append(model.get_weights())
        if len(kept) == 5:
            ask(watching.view, {"stop": True})

    spoiling = Each(spoil_after(model, epochs=3), remember)
    run = train(model, BATCHED, BATCHED, epochs=50, callbacks=[watching, spoiling])
    scores = run.history["val_mean_iou"]
    best = int(np.argmax(scores))
    assert len(scores) == 5 and best < 4 and scores[4] < scores[best]
    for now, then in zip(model.get_weights(), kept[best], strict=True):
        assert (now == then).all()


def test_without_a_stop_the_last_weights_stay(notebook):
    model, watching, kept = make_model(), LiveTraining(PHOTOS[:2], MASKS[:2]), []

    spoiling = Each(spoil_after(model, epochs=2), lambda: kept.append(model.get_weights()))
    run = train(model, BATCHED, BATCHED, epochs=3, callbacks=[watching, spoiling])
    assert run.best_epoch < 3 and not watching.stopped
    assert all((now == then).all() for now, then in zip(model.get_weights(), kept[-1], strict=True))


def test_a_second_training_starts_anew(notebook):
    watching, model = LiveTraining(PHOTOS[:2], MASKS[:2]), make_model()
    pressing = press_stop_after(watching, 1)
    train(model, BATCHED, BATCHED, epochs=9, callbacks=[watching, pressing])
    first = watching.view
    assert watching.stopped
    run = train(model, BATCHED, BATCHED, epochs=2, callbacks=[watching])
    assert watching.view is not first and first.state == "stopped"
    assert not watching.stopped and watching.view.state == "finished"
    assert len(run.masks_by_epoch) == len(watching.view.curves["loss"]) == 2
    assert [view for view, _ in notebook.views] == [first, watching.view]


# Parts


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.2, "0 s"), (48.4, "48 s"), (59.7, "1 min 00 s"), (125, "2 min 05 s")]
)
def test_time_is_said_in_minutes_and_seconds(seconds, said):
    assert live.say_seconds(seconds) == said


def test_narrow_pets_keep_their_shape_and_eight_fit_the_page():
    photos = [np.full((20, 10, 3), 50, np.uint8)] * 8
    masks, predicted = [np.zeros((20, 10), np.uint8)] * 8, [np.ones((20, 10), np.uint8)] * 8
    picture = live.draw_pets(photos, masks, predicted)
    step = picture.shape[0] // 3
    assert picture.shape[1] == 8 * step <= live.WIDEST
    middles = [picture[row * step + step // 2, step // 4].tolist() for row in range(3)]
    assert middles == [[50, 50, 50, 255], [230, 230, 230, 255], [0, 114, 178, 255]]
    assert (picture[:, step // 2 + 1 : step, 3] == 0).all()  # clear, on light and dark paper


@pytest.mark.parametrize(
    ("images", "masks", "sentence"),
    [
        (PHOTOS[:9], MASKS[:9], r"at most 8 pets .* got 9: pass a part, for example images\[:5\]"),
        (PHOTOS[:2], MASKS[:1], "there are 2 images and 1 masks"),
        (PHOTOS[:2], MASKS[:2, :4], r"images\[0\] is 8×8 pixels, but masks\[0\] is 4×8"),
        (PHOTOS[:0], MASKS[:0], "images is empty"),
        (PHOTOS[:2] * 255, MASKS[:2], "floats must run from 0 to 1"),
        (PHOTOS[:2] * np.nan, MASKS[:2], "images contains NaN"),
        (PHOTOS[:2], MASKS[:2] + 2, "call normalize first"),
        (PHOTOS[0], MASKS[0], r"a batch .* got float32 of shape \(8, 8, 3\)"),
        ((PHOTOS[:2] * 255).astype(np.uint8), MASKS[:2], "float .* N×H×W×3, got uint8 of shape"),
        ([PHOTOS[0], PHOTOS[0, :4]], [MASKS[0], MASKS[0, :4]], "all must be equally large"),
    ],
)
def test_bad_input_gets_one_sentence(images, masks, sentence):
    with pytest.raises(ValueError, match=sentence) as error:
        LiveTraining(images, masks)
    assert "\n" not in str(error.value)
