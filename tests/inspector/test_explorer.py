"""What all explorers have in common: colours, a fallback picture, a browser that stays at home."""

import base64
import json
import re

import numpy as np
import pytest
import traitlets
from inspected import UNTRUSTED, ask, decode, make_logits, make_pets
from matplotlib.colors import to_rgb

from lessons_lib import inspector
from lessons_lib.classes import (
    PERCENT_STEPS,
    PET_CLASSES,
    STRIPE_DARKNESS,
    STRIPE_PERIOD,
    STRIPE_WIDTH,
    percent,
)
from lessons_lib.inspector import (
    FeatureExplorer,
    LiveTraining,
    MaskExplorer,
    PredictionInspector,
    WeightExplorer,
    WhatIfExplorer,
)
from lessons_lib.inspector.explorer import BROWSER_FILES, browser_code
from lessons_lib.plots.figure import ERROR_COLOUR
from lessons_lib.quiet import keras

IMAGES, MASKS, PREDICTED = make_pets()
MODEL = keras.Sequential([keras.Input((*IMAGES.shape[1:],)), keras.layers.Conv2D(3, 1)])

MAKERS = {
    "masks": lambda: MaskExplorer(IMAGES, MASKS, [UNTRUSTED] * 3),
    "predictions": lambda: PredictionInspector(
        IMAGES, MASKS, make_logits(PREDICTED), names=[UNTRUSTED] * 3
    ),
    "features": lambda: FeatureExplorer(IMAGES[0], {UNTRUSTED: np.eye(12).reshape(4, 6, 6)}),
    "weights": lambda: WeightExplorer(IMAGES[0], MASKS[0], presets={UNTRUSTED: (1, 2, 3)}),
    "what if": lambda: WhatIfExplorer(MODEL, IMAGES, MASKS, names=[UNTRUSTED] * 3),
    "live": lambda: LiveTraining(IMAGES / 255, MASKS).view,
}


@pytest.fixture(params=MAKERS)
def explorer(request):
    return MAKERS[request.param]()


def test_every_explorer_of_the_package_is_tested_here():
    shown = {type(make()).__name__ for make in MAKERS.values()} - {"LiveView"} | {"LiveTraining"}
    assert shown == set(inspector.__all__) - {"PickedPixel"}


def test_jupyter_gets_widget_picture_and_text(explorer):
    data, metadata = explorer._repr_mimebundle_(include=None, exclude=None)
    view = data["application/vnd.jupyter.widget-view+json"]
    assert view["model_id"] == explorer.model_id
    assert data["text/plain"] == repr(explorer) == explorer.summary()
    assert metadata["image/png"]["alt"] == explorer.describe() != ""
    picture = decode(data["image/png"])
    assert min(picture.shape[:2]) > 80 and len(np.unique(picture.reshape(-1, 3), axis=0)) > 3
    assert len(base64.b64decode(data["image/png"])) < 100_000


def test_the_picture_says_what_would_be_interactive(explorer):
    assert explorer.when_run.startswith("Run this cell to ")
    drawn, picture = explorer.to_figure().to_array(), decode(explorer.to_png())
    below = picture[len(drawn) :]
    assert (below < 200).any(axis=-1).sum() > 5 * len(explorer.when_run)  # letters
    margins = np.concatenate([below[:, :4], below[:, -4:]], axis=1)
    assert (margins == 255).all()  # it fits


def test_text_is_one_line_without_an_address_and_the_same_each_time(explorer, request):
    maker = MAKERS[request.node.callspec.params["explorer"]]
    assert repr(explorer) == repr(maker())
    assert "0x" not in repr(explorer) and explorer.model_id not in repr(explorer)
    assert "\n" not in repr(explorer)


def test_names_are_data_and_stay_as_they_are(explorer):
    state, buffers = repr(explorer.get_state()), ask(explorer, {"want": [1]})
    if type(explorer).__name__ != "LiveView":
        assert UNTRUSTED in state
    for text in (state, repr(explorer), explorer.describe(), repr(buffers)):
        assert "&lt;" not in text


def test_colours_come_from_the_classes(explorer):
    assert explorer.colours["classes"] == [
        {
            "label": one.label,
            "name": one.name,
            "rgb": list(one.rgb),
            "striped": list(one.stripe_rgb),
            "stripes": int(one.name == "border"),
        }
        for one in PET_CLASSES
    ]
    assert explorer.colours["stripes"] == {
        "period": STRIPE_PERIOD,
        "width": STRIPE_WIDTH,
        "darkness": STRIPE_DARKNESS,
    }
    scale = np.array(explorer.colours["scale"]).reshape(256, 3)
    lightness = scale @ (0.299, 0.587, 0.114)
    assert scale.min() >= 0 and scale.max() <= 255 and (np.diff(lightness) >= 0).all()
    assert len(explorer.colours["error"]) == 3


@pytest.mark.parametrize("share", [0.0, 1e-9, 0.0049, 0.005, 0.125, 0.995, 0.9999, 1.0])
def test_the_browser_says_a_share_as_python_does(explorer, share):
    steps = json.loads(json.dumps(explorer.get_state()["percent_steps"]))
    assert [tuple(step) for step in steps] == list(PERCENT_STEPS)
    said = [text for start, text in steps if start <= share]  # as readPercent does in parts.js
    assert said[-1] == percent(share)


def test_nothing_a_browser_sends_gets_out_as_an_error(explorer):
    for message in (None, "x", 1, [], {}, {"want": None}, {"want": {}}, {"stop": []}):
        for content, _ in ask(explorer, message):
            assert list(content) == ["problem"] and content["problem"]


def test_even_a_mistake_of_ours_is_told(explorer, monkeypatch):
    monkeypatch.setattr(explorer, "answer", lambda message: {}["missing"])
    assert ask(explorer, {}) == [({"problem": "'missing'"}, [])]


# What the browser sets

HOSTILE = (
    None, True, -1, 7, 10**400, -0.5, 1e300, float("nan"), float("inf"), "", UNTRUSTED, "0", b"x",
    [], [None], [-1] * 3, [10**400] * 3, [float("nan")] * 3, ["1"] * 3, [UNTRUSTED] * 3, [[0]] * 3,
    [0, 99, 0], list(range(10**4)), {}, {"first": 1}, {UNTRUSTED: UNTRUSTED},
)  # fmt: skip


def hear_states(explorer) -> list:
    """Returns a list of what the browser is told: for each message the names of traits."""
    told = []
    explorer.send_state = lambda key=None: told.append(key)
    return told


def test_what_a_browser_must_not_set_stays_as_it_is(explorer):
    told = hear_states(explorer)
    state, picture = repr(explorer.get_state()), explorer.to_png()
    for name in set(explorer.keys) - explorer.from_browser:
        for hostile in HOSTILE:
            explorer.set_state({name: hostile})
            assert told.pop() == {name}  # so that the browser has again what Python has
    assert repr(explorer.get_state()) == state
    assert explorer.to_png() == picture


def test_what_a_browser_may_set_is_refused_or_can_be_drawn(explorer):
    told = hear_states(explorer)
    for name in explorer.from_browser:
        for hostile in HOSTILE:
            before = repr(explorer.get_state())
            try:
                explorer.set_state({name: hostile})
            except traitlets.TraitError:
                assert repr(explorer.get_state()) == before
                assert told.pop() == {name}
            else:
                json.dumps(getattr(explorer, name), allow_nan=False)
                assert explorer.describe()
    assert decode(explorer.to_png()).size


def test_of_what_comes_together_all_is_taken_or_nothing(explorer):
    before = repr(explorer.get_state())
    for name in explorer.from_browser:
        with pytest.raises(traitlets.TraitError):
            explorer.set_state(
                {one: getattr(explorer, one) for one in explorer.from_browser} | {name: object()}
            )
        assert repr(explorer.get_state()) == before


# The browser's files

FILES = sorted(BROWSER_FILES.iterdir())
FORBIDDEN = (
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser"
    r"|srcdoc|setHTML|\beval\b|new Function|\b(?:window|self|globalThis)\.fetch|XMLHttpRequest"
    r"|WebSocket|EventSource|sendBeacon|\bimport\b|importScripts|@import|url\("
)
SVG = "http://www.w3.org/2000/svg"


def test_there_is_a_file_for_each_explorer():
    assert {file.name for file in FILES} >= {
        "explorer.css", "parts.js", "pictures.js", "features.js", "weights.js", "live.js",
        "edits.js", "what_if.js",
    }  # fmt: skip


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_browser_files_read_no_text_as_html_and_ask_nothing_of_the_network(file):
    text = file.read_text(encoding="utf-8")
    assert re.findall(FORBIDDEN, text) == []
    assert re.findall(r"(?<![.\w])fetch\(", text.replace("  fetch() {", "")) == []
    assert set(re.findall(r"\b(?:https?|wss?):?//[^\s\"'`)]*", text)) <= {SVG}
    assert re.findall(r"[\"'`(]//\w", text) == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_browser_files_name_no_colour_of_a_class_and_write_no_percent(file):
    text = file.read_text(encoding="utf-8").lower()
    error = tuple(round(255 * part) for part in to_rgb(ERROR_COLOUR))
    for rgb in [*(one.rgb for one in PET_CLASSES), error]:
        assert "#" + bytes(rgb).hex() not in text
        assert re.findall(r"\D+".join(map(str, rgb)), text) == []
    assert re.findall(r"\s%[\"'`]", text) == []


@pytest.mark.parametrize(
    "names", [["pictures"], ["features"], ["weights"], ["live"], ["edits", "what_if"]]
)
def test_a_module_is_the_shared_parts_and_one_view(names):
    code = browser_code(*names)
    assert code.startswith((BROWSER_FILES / "parts.js").read_text(encoding="utf-8"))
    assert code.endswith((BROWSER_FILES / f"{names[-1]}.js").read_text(encoding="utf-8"))
    assert code.count("export default") == 1
