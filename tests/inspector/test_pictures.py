"""MaskExplorer and PredictionInspector: their state, their answers, and large sets."""

import re
import threading
import time
from collections.abc import Sequence

import numpy as np
import pytest
import traitlets
from inspected import SIDE, UNTRUSTED, ask, decode, make_logits, make_pets

from lessons_lib.classes import CLASS_NAMES
from lessons_lib.inspector import MaskExplorer, PickedPixel, PredictionInspector, pictures
from lessons_lib.inspector.picture_set import PictureSet, pack
from lessons_lib.metrics import score_masks

IMAGES, MASKS, PREDICTED = make_pets()
LOGITS = make_logits(PREDICTED)
BY_EPOCH = np.stack([np.ones_like(MASKS), PREDICTED, MASKS])
BROKEN = np.full((SIDE, SIDE, 3), np.nan)


def inspect(**given) -> PredictionInspector:
    return PredictionInspector(IMAGES, MASKS, **({"logits": LOGITS} | given))


def inspect_epochs() -> PredictionInspector:
    return PredictionInspector(IMAGES, MASKS, predictions_by_epoch=BY_EPOCH)


# What is shown at first


def test_masks_are_shown_without_predictions():
    explorer = MaskExplorer(IMAGES, MASKS, ["a", UNTRUSTED, "c"])
    assert explorer.pictures["count"] == 3 and explorer.pictures["epochs"] == 0
    assert explorer.layers == ["truth"] and explorer.layer == "truth"
    assert list(explorer.orders) == ["given", "smallest", "largest"]
    assert explorer.first == pack(PictureSet(IMAGES, MASKS).read(0))
    assert explorer.pictures["first"] == {
        "place": 0,
        "name": "a",
        "height": SIDE,
        "width": SIDE,
        "shares": [0.25, 0.75, 0.0],
        "ignored": 0.0,
        "figures": [],
    }


def test_probabilities_have_layers_and_labels_have_none():
    assert inspect().layers == ["prediction", "errors", "truth", *CLASS_NAMES]
    assert inspect().pictures["probabilities"]
    of_labels = inspect(logits=None, predictions=PREDICTED)
    assert of_labels.layers == ["prediction", "errors", "truth"]
    assert not of_labels.pictures["probabilities"]


def test_the_last_epoch_is_shown_first_and_each_has_figures():
    inspector = inspect_epochs()
    assert inspector.pictures["epochs"] == inspector.epoch == 3
    accuracies = [figures["accuracy"] for figures in inspector.pictures["first"]["figures"]]
    assert accuracies == [0.75, 1 - 1 / SIDE, 1]


def test_figures_of_the_set_are_those_of_the_metrics_room():
    (figures,) = inspect().set_figures
    expected = score_masks(MASKS, PREDICTED)
    assert figures["accuracy"] == expected.accuracy and figures["meanIou"] == expected.mean_iou
    assert figures["iou"][:2] == expected.iou[:2].tolist()
    assert figures["iou"][2] is None  # no border anywhere; JSON has no NaN
    assert [figures["accuracy"] for figures in inspect_epochs().set_figures] == [
        score_masks(MASKS, predicted).accuracy for predicted in BY_EPOCH
    ]


def test_an_overlays_colours_outweigh_the_photo_at_first_which_shows_through():
    assert 0.5 < inspect().opacity == MaskExplorer(IMAGES, MASKS).opacity < 0.7


# Orders


def test_the_order_decides_the_first_picture():
    inspector = inspect(order="worst")
    assert inspector.places == [0, 2, 1]  # mean IoU 0.68, 0.75, 0.78
    assert MaskExplorer(IMAGES, MASKS, order="largest").pictures["first"]["place"] == 2


def test_another_order_moves_the_pictures_and_not_the_index():
    explorer = MaskExplorer(IMAGES, MASKS)
    explorer.index = 1
    explorer.order = "largest"
    assert explorer.places == [2, 1, 0] and explorer.index == 1
    explorer.order = "given"
    assert explorer.places == [0, 1, 2]


def test_the_last_epoch_decides_the_order_and_a_replay_keeps_it():
    worst = BY_EPOCH.copy()
    worst[2, 2] = 2
    inspector = PredictionInspector(IMAGES, MASKS, predictions_by_epoch=worst, order="worst")
    places = inspector.places
    assert places[0] == 2
    inspector.epoch = 2
    assert inspector.places == places
    by_second = PredictionInspector(IMAGES, MASKS, predictions_by_epoch=worst[:2], order="worst")
    assert by_second.places[0] == 0


# Messages


def test_wanted_pictures_are_sent_with_header_and_bytes():
    inspector = inspect(names=["a", "b", UNTRUSTED])
    answers = ask(inspector, {"want": [2, 1]})
    assert [content["picture"]["place"] for content, _ in answers] == [2, 1]
    content, buffers = answers[0]
    assert content["picture"]["name"] == UNTRUSTED
    assert content["picture"]["figures"][0]["accuracy"] == 1 - 1 / SIDE
    assert buffers == [pack(PictureSet(IMAGES, MASKS, logits=LOGITS).read(2))]


def test_at_most_a_page_is_sent():
    images, masks, _ = make_pets(1)
    explorer = MaskExplorer(np.repeat(images, 40, 0), np.repeat(masks, 40, 0))
    assert explorer.pictures["page"] == pictures.LONGEST_PAGE
    assert len(ask(explorer, {"want": list(range(40))})) == pictures.LONGEST_PAGE


def test_pages_of_large_pictures_are_short_but_reach_the_neighbours():
    large = np.zeros((4, 600, 600, 3), np.uint8)
    explorer = MaskExplorer(large, large[..., :1])
    assert explorer.pictures["page"] == 3
    assert len(ask(explorer, {"want": [0, 1, 2, 3]})) == 3


@pytest.mark.parametrize(
    "message",
    [{"want": "x"}, {"want": None}, {"want": 1}, {"want": [None]}, {"want": ["0"]}, {"want": {}},
     {"want": [[]]}, {"want": [0.5]}, {}, {"else": 1}, None, "want", [1]],
)  # fmt: skip
def test_messages_that_are_none_get_a_problem(message):
    ((content, buffers),) = ask(inspect(), message)
    assert re.match("(want|message): expected ", content["problem"]) and not buffers


@pytest.mark.parametrize("place", [-1, 3, 10**30])
def test_places_that_are_not_there_get_a_problem_and_others_their_picture(place):
    problem, picture = ask(inspect(), {"want": [place, 1]})
    assert problem[0] == {"problem": f"pictures run from 0 to 2, but {place} came."}
    assert picture[0]["picture"]["place"] == 1


def test_a_message_reaches_the_explorer_from_the_browser(monkeypatch):
    inspector, sent = inspect(), []
    monkeypatch.setattr(inspector, "send", lambda content, buffers=None: sent.append(content))
    inspector._handle_custom_msg({"want": [1]}, [])
    assert sent[0]["picture"]["place"] == 1


# The pinned pixel


def test_pinning_tells_python_classes_and_probabilities():
    inspector, heard = inspect(), []
    inspector.observe(lambda change: heard.append(change.new), "picked")
    inspector.set_state({"pin": [1, 0, 2]})  # row 2, column 0 would be a pet
    picked = inspector.picked
    assert picked[:5] == (1, 0, 2, "pet", "background")
    assert picked.probabilities == pytest.approx(
        {"pet": 0.1, "background": 0.8, "border": 0.1}, abs=1e-6
    )
    inspector.pin = None
    assert inspector.picked is None and heard == [picked, None]


def test_the_picked_pixel_follows_the_epoch():
    inspector = inspect_epochs()
    inspector.pin = [2, 0, 0]
    assert inspector.picked == PickedPixel(2, 0, 0, "pet", "pet", {})
    inspector.epoch = 1
    assert inspector.picked == PickedPixel(2, 0, 0, "pet", "background", {})


def test_without_predictions_the_true_class_alone_is_picked():
    explorer = MaskExplorer(IMAGES, MASKS)
    explorer.pin = list(np.argwhere(MASKS[..., 0] == 1)[0])  # NumPy's integers are integers too
    assert explorer.pin == [0, 2, 0] and {type(one) for one in explorer.pin} == {int}
    assert explorer.picked == PickedPixel(0, 2, 0, "background", "", {})


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("index", -1, "index: pictures run from 0 to 2, got -1"),
        ("index", 3, "index: pictures run from 0 to 2, got 3"),
        ("epoch", 0, "epoch: epochs run from 1 to 3, got 0"),
        ("epoch", 4, "epoch: epochs run from 1 to 3, got 4"),
        ("order", "best", "order: expected one of given, worst, .*, got 'best'"),
        ("layer", "depth", "layer: expected one of prediction, errors, truth, got 'depth'"),
        ("layer", "pet", "layer: expected one of"),  # no probabilities here
        ("opacity", 1.1, "opacity"),
        ("shown", [True], "shown"),
        ("shown", [1, 2, 3], "shown"),
        ("pin", [3, 0, 0], "pin: pictures run from 0 to 2, but 3 came"),
        ("pin", [0, SIDE, 0], "pin: rows run from 0 to 7 and columns to 7, got row 8, column 0"),
        ("pin", [0, 0, -1], "pin: rows run from 0 to 7 and columns to 7, got row 0, column -1"),
        ("pin", [0, 0], "pin"),
        ("pin", ["a", 0, 0], "pin"),
        ("pin", 5, "pin"),
    ],
)
def test_values_out_of_range_are_refused_and_change_nothing(name, value, sentence):
    inspector = inspect_epochs()
    inspector.pin = [1, 1, 1]
    before, picked = inspector.get_state(), inspector.picked
    with pytest.raises(traitlets.TraitError, match=sentence):
        setattr(inspector, name, value)
    with pytest.raises(traitlets.TraitError, match=sentence):
        inspector.set_state({name: value})
    assert inspector.get_state() == before and inspector.picked == picked


# Large sets


class Lazy(Sequence):
    """A sequence that reads pictures from somewhere, and notes which."""

    def __init__(self, array, broken=None, gate=None):
        self.array, self.broken, self.gate, self.read = array, broken or {}, gate, []

    def __len__(self):
        return len(self.array)

    def __getitem__(self, place):
        if self.gate and place > 0:
            assert self.gate.wait(5), f"picture {place} was read before it was needed"
        self.read.append(place)
        broken = self.broken.get(place)
        if isinstance(broken, Exception):
            raise broken
        return self.array[place] if broken is None else broken


@pytest.fixture
def pet_set(tmp_path):
    """3,669 images and masks, as memory maps, and a gate that holds the scoring up."""
    for name, array in zip(("images", "masks"), make_pets(1)[:2], strict=True):
        np.save(tmp_path / f"{name}.npy", np.repeat(array[:, :4, :4], 3669, axis=0))
    gate = threading.Event()
    yield *(np.load(tmp_path / f"{name}.npy", mmap_mode="r") for name in ("images", "masks")), gate
    gate.set()


def wait_until(holds) -> None:
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end, "waited for 30 seconds"
        time.sleep(0.01)


@pytest.mark.slow
def test_a_large_set_opens_by_its_first_picture_and_is_measured_behind_it(pet_set):
    images, masks, gate = pet_set
    images = Lazy(images, gate=gate)
    explorer = MaskExplorer(images, masks)
    assert set(images.read) == {0}
    assert explorer.pictures["count"] == 3669 and explorer.pictures["first"]["place"] == 0
    assert explorer.scored == 0 and explorer.places == [] and explorer.set_figures == []
    seen = []
    explorer.observe(lambda change: seen.append(change.new), "scored")
    explorer.order = "largest"  # before it is known
    gate.set()
    wait_until(lambda: explorer.places)
    assert seen == [*range(100, 3669, 100), 3669]
    assert len(explorer.places) == 3669 and explorer.problem == ""


def test_a_large_memory_map_can_be_browsed_while_it_is_measured(pet_set):
    images, masks, gate = pet_set
    gate.set()
    inspector = PredictionInspector(images[:400], masks[:400], predictions=masks[:400])
    ((content, _),) = ask(inspector, {"want": [399]})
    assert content["picture"]["place"] == 399
    wait_until(lambda: inspector.set_figures)
    assert inspector.set_figures[0]["accuracy"] == 1 and inspector.scored == 400


def test_small_sets_are_measured_at_once():
    assert inspect().scored == 3 and inspect().places == [0, 1, 2]


@pytest.mark.parametrize(
    "broken", [BROKEN, np.zeros((2, 2, 3)), None, OSError("cannot read 300.jpg")]
)
def test_a_broken_picture_deep_in_a_large_set_is_a_problem_and_no_dead_end(pet_set, broken):
    images, masks, gate = pet_set
    images = Lazy(images, {300: "nothing" if broken is None else broken}, gate)
    explorer, sent = MaskExplorer(images, masks), []
    explorer.send = lambda content, buffers=None: sent.append(content)
    gate.set()
    wait_until(lambda: sent)
    assert "300" in explorer.problem and sent == [{"problem": explorer.problem}]
    assert explorer.scored == 300 and explorer.places == []
    explorer.order = "largest"  # nothing to go by, and nothing breaks
    assert explorer.places == []
    assert ask(explorer, {"want": [301]})[0][0]["picture"]["place"] == 301


def test_a_broken_picture_deep_in_a_small_set_is_told_at_once():
    with pytest.raises(ValueError, match=r"images\[2\] contains NaN"):
        MaskExplorer([*IMAGES[:2], BROKEN], MASKS)


def test_a_large_set_that_is_ordered_is_told_at_once_too(pet_set):
    images, masks, gate = pet_set
    gate.set()
    with pytest.raises(ValueError, match=r"images\[300\] contains NaN"):
        MaskExplorer(Lazy(images, {300: BROKEN[:4, :4]}), masks, order="smallest")


@pytest.mark.parametrize(
    "broken", [BROKEN, OSError("cannot read 1.jpg"), KeyError("cannot read 1.jpg")]
)
def test_a_broken_picture_does_not_keep_its_neighbours_from_coming(pet_set, broken):
    images, masks, gate = pet_set
    images = Lazy(images, {1: broken}, gate)
    explorer, sent = MaskExplorer(images, masks), []
    explorer.send = lambda content: sent.append(content)
    gate.set()
    wait_until(lambda: sent)  # the scoring has met it too
    problem, picture = ask(explorer, {"want": [1, 2]})
    assert "1" in problem[0]["problem"] and picture[0]["picture"]["place"] == 2


# Text and picture


def test_texts_are_the_same_each_time_and_change_with_the_picture():
    explorer = MaskExplorer(IMAGES, MASKS, ["a", "b", UNTRUSTED])
    assert repr(explorer) == repr(MaskExplorer(IMAGES, MASKS, ["a", "b", UNTRUSTED]))
    assert repr(explorer) == (
        "MaskExplorer of 3 pictures; now a: pet 25 %, background 75 %, border 0 %."
    )
    explorer.index = 2
    assert repr(explorer).endswith(f"now {UNTRUSTED}: pet 75 %, background 25 %, border 0 %.")
    explorer.order = "largest"
    assert repr(explorer) == "MaskExplorer of 3 pictures; now number 3, largest pet first."


def test_figures_of_a_model_stay_out_of_the_text_that_is_compared():
    inspector = inspect_epochs()
    assert repr(inspector) == (
        "PredictionInspector of 3 pictures after 3 epochs; "
        "now picture 0: pet 25 %, background 75 %, border 0 %."
    )
    inspector.epoch = 1
    assert "mean IoU" in inspector.describe() and "IoU" not in repr(inspector)


def test_alternative_text_and_picture_follow_place_and_epoch():
    inspector = inspect_epochs()
    inspector.index = 2
    assert inspector.describe() == (
        "picture 2: pet 75 %, background 25 %, border 0 %; "
        "accuracy 1.00, mean IoU 1.00 (pet 1.00, background 1.00)."
    )
    last = inspector.to_figure().to_array()
    inspector.epoch = 1
    assert "accuracy 0.25, mean IoU 0.12 (pet 0.00, background 0.25)" in inspector.describe()
    assert (inspector.to_figure().to_array() != last).any()


def test_a_reader_without_a_kernel_sees_photo_and_masks():
    data, metadata = inspect()._repr_mimebundle_()
    drawn = decode(data["image/png"])
    assert metadata["image/png"]["alt"] == inspect().describe()
    for colour in ((100, 100, 100), (0, 114, 178), (230, 230, 230)):  # photo, pet, background
        assert (drawn == colour).all(axis=-1).sum() > 100


# Bad input


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: PredictionInspector(IMAGES, MASKS), "needs predictions: pass logits"),
        (lambda: PredictionInspector(IMAGES, MASKS, predictions_by_epoch=None), "needs predictio"),
        (lambda: inspect(predictions=MASKS), "pass predictions once, but logits and predictions"),
        (lambda: inspect(order="best"), "order: expected one of given, worst, .*, got 'best'"),
        (lambda: MaskExplorer(IMAGES, MASKS, order="worst"), "given, smallest, largest, got 'w"),
        (lambda: MaskExplorer(IMAGES, MASKS[:2]), "3 images and 2 masks"),
        (lambda: MaskExplorer(IMAGES, MASKS + 2), "trimap=True"),
        (lambda: MaskExplorer(IMAGES, MASKS, trimap=True), "trimap values 1, 2, 3"),
        (lambda: MaskExplorer(IMAGES * 1.0, MASKS), "floats must run from 0 to 1"),
        (lambda: MaskExplorer(IMAGES[:0], MASKS[:0]), "images is empty"),
    ],
)
def test_bad_input_gets_one_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence) as error:
        call()
    assert "\n" not in str(error.value)
