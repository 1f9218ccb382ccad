"""WhatIfExplorer: answers for changed photos, swapped features, shifted logits; their reasons."""

import gc

import numpy as np
import pytest
import traitlets
from inspected import UNTRUSTED, ask, decode, make_pets

from lessons_lib.classes import make_classes
from lessons_lib.decoder import create_mask, trained_unet, unet_model
from lessons_lib.encoder import receptive_fields
from lessons_lib.inspector import WhatIfExplorer
from lessons_lib.inspector.parted_model import PartedModel, part_model, squares_of
from lessons_lib.quiet import keras

IMAGES, MASKS, _ = make_pets()
PHOTO = np.random.default_rng(0).integers(0, 256, (8, 8, 3), np.uint8)


def small_unet(skip_connections: bool = True) -> keras.Model:
    keras.utils.set_random_seed(0)
    features = image = keras.Input((8, 8, 3), name="image")
    outputs = []
    for level in (1, 2, 3):
        convolution = keras.layers.Conv2D(4, 3, 2, padding="same", name=f"block_{level}")
        features = convolution(features)
        outputs.append(features)
    encoder = keras.Model(image, outputs, name="encoder")
    return unet_model(encoder=encoder, filters=(4, 4), skip_connections=skip_connections)


def plain_model(kernel=None, bias=(0, 0, 0), activation=None) -> keras.Model:
    """Each pixel's logits depend on that pixel alone."""
    layer = keras.layers.Conv2D(3, 1, activation=activation)
    model = keras.Sequential([keras.Input((8, 8, 3)), layer])
    kernel = np.eye(3) if kernel is None else np.array(kernel)
    layer.set_weights([kernel.reshape(1, 1, 3, 3), np.array(bias)])
    return model


MODEL, PLAIN = small_unet(), plain_model()


def explore(model=MODEL, **options) -> WhatIfExplorer:
    return WhatIfExplorer(model, IMAGES, MASKS, **options)


def request(explorer, **changed) -> dict:
    swaps = list(explorer.swaps)
    return {"view": "one", "sequence": 7, "place": explorer.index, "swaps": swaps} | changed


def ask_with(explorer, message, *buffers) -> list[tuple[dict, list[bytes]]]:
    hear, explorer._hear = explorer._hear, lambda *_: hear(explorer, message, list(buffers))
    try:
        return ask(explorer, message)
    finally:
        del explorer._hear


def logits_of(photo, model=MODEL) -> np.ndarray:
    return np.asarray(model(photo[np.newaxis] / np.float32(255)))[0]


# The parted model


def test_a_parted_model_answers_as_the_whole_one():
    for model in (MODEL, PLAIN, small_unet(skip_connections=False)):
        parted = PartedModel(model, PHOTO)
        for photo in (PHOTO, *IMAGES):
            np.testing.assert_allclose(parted.logits(photo), logits_of(photo, model), atol=1e-5)


def test_levels_say_their_size_and_how_the_decoder_gets_them():
    levels = PartedModel(MODEL, PHOTO).levels
    sizes = [(one.name, one.height, one.width, one.channels) for one in levels]
    assert sizes == [("block_1", 4, 4, 4), ("block_2", 2, 2, 4), ("block_3", 1, 1, 4)]
    assert [one.way for one in levels] == ["skip", "skip", "deepest"]
    assert [one.field for one in levels] == [None] * 3
    without = PartedModel(small_unet(skip_connections=False), PHOTO).levels
    assert [one.way for one in without] == ["none", "none", "deepest"]
    assert PartedModel(PLAIN, PHOTO).levels == []


def decode_by_hand(shallow, middle, deep) -> np.ndarray:
    layer = MODEL.get_layer
    tensor = layer("skip_1")([layer("upsample_1")(deep), middle])
    tensor = layer("skip_2")([layer("upsample_2")(tensor), shallow])
    return np.asarray(layer("logits")(tensor))[0]


def test_each_level_can_be_swapped_for_nothing_its_mean_or_another_photos():
    parted, other = PartedModel(MODEL, PHOTO), IMAGES[1]
    features, others = (
        [np.asarray(one) for one in MODEL.get_layer("encoder")(photo[np.newaxis] / np.float32(255))]
        for photo in (PHOTO, other)
    )
    for level in range(3):
        mean = np.broadcast_to(features[level].mean((1, 2), keepdims=True), features[level].shape)
        instead = {"zero": 0 * features[level], "mean": mean, "other": others[level]}
        for swap, values in instead.items():
            swaps = ["kept"] * 3
            swaps[level] = swap
            expected = decode_by_hand(*features[:level], values, *features[level + 1 :])
            given = parted.logits(PHOTO, swaps, other)
            np.testing.assert_allclose(given, expected, atol=1e-5)


def test_layers_of_the_same_names_joined_otherwise_are_left_whole():
    def join(model):
        image = keras.Input((8, 8, 3))
        shallow, middle, deep = model.get_layer("encoder")(image)
        tensor = model.get_layer("upsample_1")(deep)
        tensor = model.get_layer("skip_1")([middle, tensor])  # the other way round
        tensor = model.get_layer("skip_2")([model.get_layer("upsample_2")(tensor), shallow])
        return keras.Model(image, model.get_layer("logits")(tensor))

    model = join(small_unet())
    parted = PartedModel(model, PHOTO)
    assert parted.levels == []
    expected = logits_of(PHOTO, model)
    np.testing.assert_allclose(parted.logits(PHOTO), expected, atol=1e-5)


def test_a_model_is_compiled_once_for_as_long_as_somebody_has_it():
    model = plain_model()
    first = part_model(model, PHOTO)
    assert part_model(model, PHOTO) is first
    assert part_model(plain_model(), PHOTO) is not first
    del first
    gc.collect()
    assert part_model(model, PHOTO).logits(PHOTO).shape == (8, 8, 3)


def test_weights_that_change_later_are_those_that_answer():
    model = plain_model()
    parted = PartedModel(model, PHOTO)
    model.set_weights([weight * 2 for weight in model.get_weights()])
    np.testing.assert_allclose(parted.logits(PHOTO), PHOTO / 127.5, atol=1e-5)


def test_a_gradient_is_that_of_the_lead():
    kernel = np.array([[3, 1, 0], [0, 1, 0], [-2, 0, 1]])  # red, green, blue to logits
    parted = PartedModel(plain_model(kernel), PHOTO)
    photo = np.zeros((8, 8, 3), np.uint8)
    photo[2, 5] = (255, 0, 0)
    values, answer, lead = parted.gradient(photo, (2, 5))
    assert (answer, lead) == (0, pytest.approx(2))
    assert values.shape == (8, 8) and values.dtype == np.float32
    assert values[2, 5] == pytest.approx(2 + 1 + 2)  # of red, green and blue on logit 0 minus 1
    assert np.count_nonzero(values) == 1
    *_, answer, lead = parted.gradient(photo, (2, 5), shifts=np.float32([0, 5, 0]))
    assert (answer, lead) == (1, pytest.approx(3))


def test_what_does_not_see_the_photo_has_no_gradient():
    values, _, _ = PartedModel(MODEL, PHOTO).gradient(PHOTO, (1, 1), ["zero"] * 3)
    assert values.shape == (8, 8) and not values.any()


def test_an_occlusion_tells_by_how_much_the_lead_falls():
    assert squares_of(8, 8) == (8, 8, 1)
    parted, photo = PartedModel(PLAIN, PHOTO), np.zeros((8, 8, 3), np.uint8)
    photo[3, 6] = (255, 51, 0)
    for row in range(8):
        falls, answer, lead = parted.occlusion(photo, (3, 6), row)
        assert (answer, lead) == (0, pytest.approx(0.8))
        expected = np.zeros(8)
        expected[6] = 0.8 * (row == 3)  # grey has no lead
        np.testing.assert_allclose(falls, expected, atol=1e-5)


@pytest.mark.parametrize(
    ("size", "squares"),
    [((128, 128), (8, 8, 16)), ((100, 60), (8, 5, 13)), ((9, 8), (5, 4, 2)), ((5, 3), (5, 3, 1))],
)
def test_squares_cover_any_photo(size, squares):
    assert squares_of(*size) == squares
    assert all((count - 1) * squares[2] < side <= count * squares[2]
               for count, side in zip(squares, size, strict=False))  # fmt: skip


@pytest.mark.slow
def test_the_levels_of_the_courses_model_have_their_receptive_fields():
    model = trained_unet()
    levels = PartedModel(model, np.zeros((128, 128, 3), np.uint8)).levels
    assert {one.name: one.field for one in levels} == receptive_fields(model.get_layer("encoder"))
    assert [one.height for one in levels] == [64, 32, 16, 8, 4]


# The explorer


def test_it_opens_on_the_first_picture_untouched():
    explorer = explore()
    assert explorer.first == IMAGES[0].tobytes() + MASKS[0].tobytes()
    assert explorer.swaps == ["kept"] * 3 and explorer.shifts == [0, 0, 0]
    assert explorer.pictures["count"] == 3
    np.testing.assert_array_equal(explorer.photo, IMAGES[0])
    np.testing.assert_allclose(explorer.logits, logits_of(IMAGES[0]), atol=1e-5)
    np.testing.assert_array_equal(explorer.mask, create_mask(explorer.logits)[..., 0])


def test_a_changed_photo_gets_its_logits_and_is_kept():
    explorer = explore()
    asked = {"predict": request(explorer)}
    ((told, (logits,)),) = ask_with(explorer, asked, PHOTO.tobytes())
    assert told == {"logits": {"view": "one", "sequence": 7, "place": 0}}
    given = np.frombuffer(logits, np.float32).reshape(8, 8, 3)
    np.testing.assert_allclose(given, logits_of(PHOTO), atol=1e-5)
    np.testing.assert_array_equal(explorer.photo, PHOTO)
    np.testing.assert_array_equal(explorer.mask, create_mask(given)[..., 0])
    explorer.index = 1
    np.testing.assert_array_equal(explorer.photo, IMAGES[1])


def test_the_untouched_photo_that_is_compared_with_is_no_change():
    explorer = explore()
    asked = {"predict": request(explorer, baseline=True)}
    ((told, _),) = ask_with(explorer, asked, PHOTO.tobytes())
    assert "logits" in told
    np.testing.assert_array_equal(explorer.photo, IMAGES[0])


def test_a_request_says_which_features_are_swapped():
    explorer = explore()
    for swap in ("zero", "mean", "other"):
        asked = {"predict": request(explorer, swaps=["kept", swap, "kept"])}
        ((_, (logits,)),) = ask_with(explorer, asked, PHOTO.tobytes())
        expected = PartedModel(MODEL, PHOTO).logits(PHOTO, ["kept", swap, "kept"], IMAGES[1])
        np.testing.assert_allclose(np.frombuffer(logits, np.float32), expected.ravel(), atol=1e-5)


def test_all_pictures_are_predicted_with_swapped_features():
    explorer = explore()
    expected = create_mask(MODEL(IMAGES / np.float32(255)))
    np.testing.assert_array_equal(explorer.predict(), expected)
    swaps = ["kept", "zero", "other"]
    one_by_one = []
    for explorer.index in range(3):
        explorer.swaps = swaps
        one_by_one.append(explorer.mask[..., np.newaxis])
    explorer.swaps = ["kept"] * 3
    np.testing.assert_array_equal(explorer.predict(swaps), one_by_one)
    with pytest.raises(ValueError, match="swaps: expected one for each of 3 levels"):
        explorer.predict(["zero"])


def test_shifts_move_the_mask():
    explorer = explore()
    for label in range(3):
        explorer.shifts = [5.0 if label == each else -5.0 for each in range(3)]
        assert (explorer.mask == label).all()


def test_a_pixels_reasons_are_sent():
    explorer = explore(PLAIN)
    for reason, row, length in (("gradient", 0, 64), ("occlusion", 2, 8)):
        asked = request(
            explorer, pixel=[2, 3], shifts=[0, 0.5, 0], reason=reason, row=row, swaps=[]
        )
        ((told, (values,)),) = ask_with(explorer, {"explain": asked}, PHOTO.tobytes())
        told = told["reason"]
        ahead = np.sort(PHOTO[2, 3] / 255 + [0, 0.5, 0])
        assert told["lead"] == pytest.approx(ahead[-1] - ahead[-2], abs=1e-5)
        assert told["answer"] == np.argmax(PHOTO[2, 3] / 255 + [0, 0.5, 0])
        assert (told["view"], told["sequence"], told["row"]) == ("one", 7, row)
        assert len(np.frombuffer(values, np.float32)) == length


def test_a_picture_is_sent_when_it_is_wanted():
    ((told, (packed,)),) = ask(explore(names=["a", "b", UNTRUSTED]), {"want": 2})
    assert told["picture"]["place"] == 2 and told["picture"]["name"] == UNTRUSTED
    assert packed == IMAGES[2].tobytes() + MASKS[2].tobytes()


BAD_REQUESTS = [
    ("want", {"want": "0"}), ("want", {"want": True}), ("pictures run from 0 to 2", {"want": 3}),
    ("want", {}), ("expected an object", {"predict": None}), ("expected an object", {"explain": 1}),
    ("view: expected a name", {"predict": {"view": None}}),
    ("view: expected a name", {"predict": {"view": "x" * 101}}),
    ("sequence: expected a whole", {"predict": {"sequence": 1.5}}),
    ("sequence: expected a whole", {"predict": {"sequence": True}}),
    ("place: expected a whole", {"predict": {"place": "0"}}),
    ("place: pictures run from 0 to 2", {"predict": {"place": -1}}),
    ("swaps: expected one for each of 3", {"predict": {"swaps": ["kept"]}}),
    ("swaps: expected one for each of 3", {"predict": {"swaps": "kept"}}),
    ("swaps: expected kept, zero, mean, other", {"predict": {"swaps": ["kept", "kept", []]}}),
    ("pixel: expected a row", {"explain": {"pixel": [8, 0]}}),
    ("pixel: expected a row", {"explain": {"pixel": None}}),
    ("shifts: expected 3 numbers", {"explain": {"shifts": [0, 0]}}),
    ("shifts: expected 3 numbers", {"explain": {"shifts": [0, 0, float("nan")]}}),
    ("reason: expected gradient or occlusion", {"explain": {"reason": "none"}}),
    ("row: those of squares run from 0 to 7", {"explain": {"reason": "occlusion", "row": 8}}),
    ("row: expected a whole number", {"explain": {"reason": "occlusion", "row": "a"}}),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "message"), BAD_REQUESTS)
def test_requests_that_are_none_get_a_problem_and_change_nothing(sentence, message):
    explorer = explore()
    known = request(explorer, pixel=[0, 0], shifts=[0, 0, 0], reason="gradient", row=0)
    filled = {
        kind: known | content if isinstance(content, dict) else content
        for kind, content in message.items()
    }
    ((told, buffers),) = ask_with(explorer, filled, PHOTO.tobytes())
    assert sentence in told["problem"] and not buffers
    np.testing.assert_array_equal(explorer.photo, IMAGES[0])


@pytest.mark.parametrize("buffers", [[], [b""], [PHOTO.tobytes()[:-1]], [PHOTO.tobytes()] * 2])
def test_a_photo_of_another_size_gets_a_problem(buffers):
    explorer = explore()
    ((told, _),) = ask_with(explorer, {"predict": request(explorer)}, *buffers)
    assert "one photo of 8×8×3 bytes" in told["problem"]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("index", 3, "index: pictures run from 0 to 2, got 3"),
        ("layer", "errors", "layer: expected one of mask, changed, truth, got 'errors'"),
        ("reason", "", "reason: expected one of gradient, occlusion, none"),
        ("shifts", [0, 0], "shifts: expected 3 numbers from -5 to 5, got"),
        ("shifts", [0, 0, 5.1], "shifts: expected 3 numbers"),
        ("shifts", [0, 0, np.nan], "shifts: expected 3 numbers"),
        ("shifts", [0, 0, True], "shifts: expected 3 numbers"),
        ("shifts", [0, 0, "1"], "shifts: expected 3 numbers"),
        ("swaps", ["kept", "zero"], "swaps: expected one for each of 3 levels"),
        ("swaps", ["kept", "zero", "all"], "swaps: expected kept, zero, mean, other, got 'all'"),
        ("pixel", [8, 0], "pixel: expected a row from 0 to 7 and a column from 0 to 7"),
        ("pixel", [1], "pixel: expected a row"),
        ("pixel", [1, -1], "pixel: expected a row"),
        ("opacity", np.nan, "opacity"),
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


def test_what_the_decoder_does_not_get_cannot_be_swapped():
    explorer = explore(small_unet(skip_connections=False))
    with pytest.raises(traitlets.TraitError, match="the decoder gets nothing of block_1"):
        explorer.swaps = ["zero", "kept", "kept"]
    explorer.swaps = ["kept", "kept", "mean"]


def test_of_a_single_picture_no_other_can_be_taken():
    explorer = WhatIfExplorer(MODEL, IMAGES[:1], MASKS[:1])
    assert list(explorer.ways) == ["kept", "zero", "mean"]
    with pytest.raises(traitlets.TraitError, match="swaps: expected kept, zero, mean, got 'other'"):
        explorer.swaps = ["other", "kept", "kept"]


def test_texts_and_picture_follow_what_is_changed():
    explorer = explore()
    said = "WhatIfExplorer of 3 pictures and a U-Net of 3 levels; now picture 0: pet 25 %"
    assert repr(explorer).startswith(said)
    assert explorer.describe().startswith("picture 0, untouched; the model's mask: accuracy 0.")
    before = explorer.to_figure().to_array()
    explorer.set_state({"swaps": ["zero", "other", "kept"], "shifts": [0, 1.5, 0]})
    ask_with(explorer, {"predict": request(explorer)}, PHOTO.tobytes())
    words = "picture 0, photo changed, block_1 zero, block_2 swapped, logits of background +1.5; "
    assert explorer.describe().startswith(words)
    assert explorer.describe().endswith(" of its pixels have changed their class.")
    data, metadata = explorer._repr_mimebundle_()
    assert metadata["image/png"]["alt"] == explorer.describe()
    drawn = decode(data["image/png"])
    assert drawn.shape != before.shape or (drawn != before).any()


def test_a_model_without_levels_is_called_a_model():
    assert "3 pictures and a model; now" in repr(explore(PLAIN))


def test_any_number_of_classes():
    classes = make_classes(["<b>pet</b>", "background", "leaf", "stem"])
    model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 1)])
    explorer = WhatIfExplorer(model, IMAGES, MASKS, classes=classes)
    assert explorer.shifts == [0] * 4 and explorer.logits.shape == (8, 8, 4)
    assert [one["name"] for one in explorer.colours["classes"]] == list(classes.names)
    assert explorer.describe()


DIVERGED = plain_model(bias=(np.nan, 0, 0))
PROBABILITIES = plain_model(activation="softmax")
TWO_INPUTS = keras.Model([keras.Input((8, 8, 3)), one := keras.Input((8, 8, 3))], one)
HALVES = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(3, 1, 2)])


@pytest.mark.parametrize(
    ("arguments", "problem", "sentence"),
    [
        ((IMAGES, MASKS, MODEL), TypeError, "model must be a Keras model, but uint8 of shape"),
        ((None, IMAGES, MASKS), TypeError, "model must be a Keras model, but None came; the model"),
        ((MODEL.get_layer("encoder"), IMAGES, MASKS), ValueError, "turns N×8×8×3 into 3 arrays"),
        ((TWO_INPUTS, IMAGES, MASKS), ValueError, "this one turns 2 arrays into N×8×8×3"),
        ((HALVES, IMAGES, MASKS), ValueError, "into N×4×4×3; pass a U-Net as unet_model makes it"),
        ((DIVERGED, IMAGES, MASKS), ValueError, "The model answers NaN or infinity"),
        ((PROBABILITIES, IMAGES, MASKS), ValueError, "model must give logits, .* a softmax"),
        ((MODEL, IMAGES[:, :4, :4], MASKS[:, :4, :4]), ValueError, "takes images of 8×8 pixels, "),
        ((MODEL, IMAGES, MASKS[:2]), ValueError, "there are 3 images and 2 masks"),
        ((MODEL, IMAGES, MASKS + 2), ValueError, "call normalize first"),
        ((MODEL, IMAGES * 1.0, MASKS), ValueError, "floats must run from 0 to 1"),
        ((MODEL, IMAGES[0], MASKS[0]), ValueError, r"images: expected N×h×w×3, got shape \(8, 8,"),
        (
            (MODEL, [*IMAGES, IMAGES[0][:4]][::-1], [*MASKS, MASKS[0][:4]][::-1]),
            ValueError,
            "takes",
        ),
    ],
)
def test_bad_input_gets_one_sentence(arguments, problem, sentence):
    with pytest.raises(problem, match=sentence) as error:
        WhatIfExplorer(*arguments)
    assert "\n" not in str(error.value)


def test_other_classes_than_the_models_are_told():
    with pytest.raises(ValueError, match="The model has 3 logits for each pixel, but there are 2"):
        explore(classes=make_classes(["pet", "background"]))
    with pytest.raises(TypeError, match="classes must be what make_classes returns"):
        explore(classes=3)
