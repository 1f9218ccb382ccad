"""FeatureExplorer: what the browser gets of each channel, and which are strongest."""

import numpy as np
import pytest
import traitlets
from inspected import UNTRUSTED, ask, decode, make_pets

from lessons_lib.encoder import ReceptiveField
from lessons_lib.inspector import FeatureExplorer

IMAGE = make_pets(1)[0][0]
RANDOM = np.random.default_rng(0)
SHALLOW = RANDOM.normal(3, 2, (16, 12, 6)).astype(np.float32)
DEEP = RANDOM.normal(-1, 5, (1, 4, 3, 40)).astype(np.float32)
SHALLOW[..., 2] = 7.5  # constant
SHALLOW[..., 4] *= -100  # strongest, though negative


def explore() -> FeatureExplorer:
    return FeatureExplorer(IMAGE, {"shallow": SHALLOW, "deep": DEEP})


def test_it_opens_on_the_strongest_channel_of_the_first_layer():
    explorer = explore()
    assert explorer.layer == "shallow" and explorer.channel == 4
    assert explorer.rgb == IMAGE.tobytes() and explorer.photo == {"height": 8, "width": 8}
    assert explorer.layers == [
        {"name": "shallow", "height": 16, "width": 12, "channels": 6},
        {"name": "deep", "height": 4, "width": 3, "channels": 40},
    ]


def test_the_answers_of_strongest_channels_differ_most_from_place_to_place():
    strongest = explore().strongest("shallow")
    spreads = SHALLOW.std(axis=(0, 1))
    assert strongest[0] == 4 and strongest[-1] == 2  # channel 2 is constant
    assert sorted(strongest) == list(range(6)) and (np.diff(spreads[strongest]) <= 0).all()
    assert len(explore().strongest("deep")) == 24


@pytest.mark.parametrize(("layer", "features"), [("shallow", SHALLOW), ("deep", DEEP[0])])
def test_answers_can_be_read_back_from_levels_to_a_255th_of_their_range(layer, features):
    ((content, (levels,)),) = ask(explore(), {"want": layer})
    header = content["features"]
    height, width, channels = features.shape
    assert (header["layer"], header["height"], header["width"]) == (layer, height, width)
    planes = np.frombuffer(levels, np.uint8).reshape(channels, height, width)
    low, high = (np.array(header[name])[:, None, None] for name in ("low", "high"))
    recovered = low + planes / 255 * (high - low)
    assert (abs(recovered - np.moveaxis(features, -1, 0)) <= (high - low) / 255 + 1e-12).all()
    assert header["mean"] == pytest.approx(features.mean(axis=(0, 1), dtype=np.float64))
    assert header["strongest"] == explore().strongest(layer)


@pytest.mark.filterwarnings("error")  # no division by its range of 0
def test_a_constant_channel_has_level_0_and_no_range():
    ((content, (levels,)),) = ask(explore(), {"want": "shallow"})
    assert content["features"]["low"][2] == content["features"]["high"][2] == 7.5
    assert set(np.frombuffer(levels, np.uint8).reshape(6, -1)[2]) == {0}


@pytest.mark.parametrize(
    "message",
    [{"want": "other"}, {"want": None}, {"want": []}, {"want": {}}, {"want": 0}, {}, None, "deep"],
)
def test_messages_that_are_none_get_a_problem(message):
    ((content, buffers),) = ask(explore(), message)
    assert "expected" in content["problem"] and not buffers


def test_a_layer_without_the_channel_shows_its_strongest():
    explorer = explore()
    explorer.layer = "deep"
    assert explorer.channel == 4  # both have it
    explorer.channel = 39
    explorer.layer = "shallow"
    assert explorer.channel == 4


def test_layer_and_channel_may_come_together():
    explorer = explore()
    explorer.set_state({"channel": 39, "layer": "deep"})
    assert (explorer.layer, explorer.channel) == ("deep", 39)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("layer", "other", "layer: expected one of shallow, deep, got 'other'"),
        ("channel", 6, "channel: those of shallow run from 0 to 5, got 6"),
        ("channel", -1, "channel: those of shallow run from 0 to 5, got -1"),
        ("opacity", -0.1, "opacity"),
    ],
)
def test_values_out_of_range_are_refused_and_change_nothing(name, value, sentence):
    explorer = explore()
    before = explorer.get_state()
    with pytest.raises(traitlets.TraitError, match=sentence):
        setattr(explorer, name, value)
    with pytest.raises(traitlets.TraitError, match=sentence):
        explorer.set_state({name: value})
    assert explorer.get_state() == before


def test_text_names_the_layers_and_stays_the_same():
    assert repr(explore()) == repr(explore())
    assert (
        repr(explore()) == "FeatureExplorer of 2 layers: shallow 16×12×6, deep 4×3×40; now shallow."
    )


IMAGES = make_pets(2)[0]
BOTH = {"shallow": np.stack([SHALLOW, SHALLOW[::-1] * 2]), "deep": np.repeat(DEEP, 2, axis=0)}


def test_each_of_several_photos_has_its_own_answers():
    explorer = FeatureExplorer(IMAGES, BOTH)
    assert explorer.count == 2
    assert explorer.rgb == b"".join(np.asarray(image).tobytes() for image in IMAGES)
    for picture, features in enumerate(BOTH["shallow"]):
        ((content, _buffers),) = ask(explorer, {"want": "shallow", "picture": picture})
        assert content["features"]["picture"] == picture
        assert content["features"]["high"] == pytest.approx(features.max(axis=(0, 1)).tolist())
        explorer.set_state({"picture": picture})
        strongest = features[..., explorer.channel]
        assert f"to {strongest.max():.2f}," in explorer.describe()
    assert repr(explorer).endswith("now shallow, picture 2 of 2.")


@pytest.mark.parametrize("picture", [-1, 2, None, "1", [], {}, 0.5])
def test_features_of_no_photo_cannot_be_asked_for(picture):
    ((content, buffers),) = ask(FeatureExplorer(IMAGES, BOTH), {"want": "deep", "picture": picture})
    assert content["problem"].startswith("picture: expected a number below 2") and not buffers


@pytest.mark.parametrize("picture", [-1, 2])
def test_there_is_no_other_photo(picture):
    explorer = FeatureExplorer(IMAGES, BOTH)
    with pytest.raises(traitlets.TraitError, match="picture: pictures run from 0 to 1"):
        explorer.picture = picture


def test_the_browser_gets_what_a_place_sees():
    fields = {"deep": ReceptiveField(side=np.int64(3), step=2, start=-1)}
    explorer = FeatureExplorer(IMAGE, {"shallow": SHALLOW, "deep": DEEP}, receptive_fields=fields)
    assert explorer.fields == {"deep": {"side": 3, "step": 2, "start": -1}}
    assert explore().fields == {}


@pytest.mark.parametrize(
    ("images", "maps", "fields", "said"),
    [
        (IMAGES, {"deep": DEEP}, None, "deep: expected features of each of the 2 images, 2×h×w"),
        ([IMAGE, IMAGE[:4]], BOTH, None, "image: expected pictures of one size, got 4×8, 8×8"),
        (IMAGES, BOTH, {"other": ReceptiveField(1, 1, 0)}, "expected layers of feature_maps"),
        (IMAGES, BOTH, {"deep": 7}, "receptive_fields: expected a mapping from a layer's name"),
        (IMAGES, BOTH, 7, "receptive_fields: expected a mapping from a layer's name"),
    ],
)
def test_photos_maps_and_fields_have_to_fit(images, maps, fields, said):
    with pytest.raises(ValueError, match=said):
        FeatureExplorer(images, maps, receptive_fields=fields)


def test_alternative_text_says_what_the_channel_answers():
    explorer = explore()
    explorer.channel = 2
    assert explorer.describe() == "shallow, channel 2: answers from 7.50 to 7.50, mean 7.50."


def test_a_reader_without_a_kernel_sees_the_strongest_channels_of_the_layer():
    explorer = explore()
    data, metadata = explorer._repr_mimebundle_()
    assert metadata["image/png"]["alt"] == explorer.describe()
    shallow = decode(data["image/png"])
    assert "channel 4, channel 3" in explorer.to_figure().alt_text
    explorer.layer = "deep"
    deep = decode(explorer._repr_mimebundle_()[0]["image/png"])
    assert deep.shape != shallow.shape or (deep != shallow).any()


def test_names_arrive_as_they_are():
    explorer = FeatureExplorer(IMAGE, {UNTRUSTED: SHALLOW})
    assert explorer.layer == explorer.layers[0]["name"] == UNTRUSTED
    assert ask(explorer, {"want": UNTRUSTED})[0][0]["features"]["layer"] == UNTRUSTED


@pytest.mark.parametrize(
    ("image", "feature_maps", "sentence"),
    [
        (IMAGE, {}, "feature_maps is empty: pass at least one"),
        (IMAGE, [SHALLOW], "expected a mapping from a layer's name .* got list"),
        (IMAGE, SHALLOW, "expected a mapping from a layer's name .* got ndarray"),
        (IMAGE, None, "expected a mapping from a layer's name .* got NoneType"),
        (IMAGE, {"layer": SHALLOW[0]}, r"layer: .* h×w×channels, got shape \(12, 6\)"),
        (IMAGE, {"layer": np.stack([SHALLOW] * 2)}, "pick one of its images"),
        (IMAGE, {"layer": SHALLOW * np.nan}, "layer contains NaN or infinity"),
        (IMAGE, {"layer": SHALLOW[:0]}, r"got shape \(0, 12, 6\)"),
        (IMAGE * 1.0, {"layer": SHALLOW}, "image: floats must run from 0 to 1"),
        (np.stack([IMAGE, IMAGE]), {"layer": SHALLOW}, "expected features of each of the 2 images"),
        (IMAGE[0], {"layer": SHALLOW}, "expected colour pictures"),
    ],
)
def test_bad_input_gets_one_sentence(image, feature_maps, sentence):
    with pytest.raises(ValueError, match=sentence) as error:
        FeatureExplorer(image, feature_maps)
    assert "\n" not in str(error.value)
