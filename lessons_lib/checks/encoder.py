"""Lesson 2's exercises: what the encoder costs, which shapes it gives, what stays frozen.

Images are float32 [0, 1] N×S×S×3. Models come here small: what holds for a network of four layers
holds for MobileNetV2 too, and a check has to be quick.
"""

import math
from typing import Any

import numpy as np

from lessons_lib.checks.common import as_whole, photos, require_model, tiny_encoder
from lessons_lib.checks.quiz import Question, Quiz
from lessons_lib.checks.task import Misconception, Task
from lessons_lib.encoder import count_parameters
from lessons_lib.encoder import freeze as course_freeze
from lessons_lib.quiet import keras

LESSON = 2


# --- separable_parameters ------------------------------------------------------------------------


def _separable_parameters(channels_in: int, channels_out: int, kernel: int) -> int:
    return kernel**2 * channels_in + channels_in * channels_out


SEPARABLE_PARAMETERS = Task(
    name="separable_parameters",
    lesson=LESSON,
    minutes=6,
    aim="Say how many weights a depthwise separable convolution has: a depthwise convolution "
    "with a square kernel, then a pointwise one (1×1), both without bias.",
    signature="separable_parameters(channels_in, channels_out, kernel)",
    hints=(
        "Two convolutions stand one after the other. Count each by itself, then add.",
        "The depthwise one has one small square of weights for each channel that comes in, and "
        "mixes no channels.",
        "The pointwise one sees a single pixel, but all of its channels, once for each channel "
        "that goes out: it is a table of channels_in by channels_out.",
    ),
    reference=_separable_parameters,
    cases=lambda: [(2, 5, 3), (16, 24, 3), (96, 32, 5)],
    observe=lambda answer, *inputs: as_whole(answer(*inputs)),
    misconceptions=(
        Misconception(
            "counts a plain convolution",
            "That is the plain convolution, in which each filter looks at a window in all "
            "channels at once. MobileNetV2 is cheap because it parts the two: first the window, "
            "then the channels.",
            lambda channels_in, channels_out, kernel: kernel**2 * channels_in * channels_out,
            also=(
                lambda channels_in, channels_out, kernel: (
                    (kernel**2 * channels_in + 1) * channels_out
                ),
            ),
        ),
        Misconception(
            "leaves out the pointwise part",
            "Only the depthwise half is counted. So far no channel has met another, and there "
            "still are as many as came in.",
            lambda channels_in, channels_out, kernel: kernel**2 * channels_in,
        ),
        Misconception(
            "leaves out the depthwise part",
            "Only the 1×1 half is counted: it mixes channels, but never looks at a neighbouring "
            "pixel.",
            lambda channels_in, channels_out, kernel: channels_in * channels_out,
        ),
        Misconception(
            "does not square the kernel",
            "The kernel is counted as a row of pixels. It has a height and a width.",
            lambda channels_in, channels_out, kernel: (
                kernel * channels_in + channels_in * channels_out
            ),
        ),
        Misconception(
            "gives the depthwise part a square for each channel out",
            "The depthwise part is counted once for each channel that goes out. It comes first, "
            "and knows only the channels that come in.",
            lambda channels_in, channels_out, kernel: (
                kernel**2 * channels_out + channels_in * channels_out
            ),
        ),
        Misconception(
            "multiplies the two parts",
            "The weights of the two convolutions are multiplied with each other. They stand one "
            "after the other, and each keeps its own weights.",
            lambda channels_in, channels_out, kernel: (
                kernel**2 * channels_in * (channels_in * channels_out)
            ),
        ),
        Misconception(
            "gives the pointwise part the kernel too",
            "The second convolution is counted with the large kernel as well. It is called "
            "pointwise because its window is one pixel.",
            lambda channels_in, channels_out, kernel: (
                kernel**2 * channels_in + kernel**2 * channels_in * channels_out
            ),
        ),
        Misconception(
            "counts biases",
            "There are biases in this count. The task has none: a batch norm follows each of the "
            "two, and would take them away again.",
            lambda channels_in, channels_out, kernel: (
                kernel**2 * channels_in + channels_in * channels_out + channels_in + channels_out
            ),
            also=(
                lambda channels_in, channels_out, kernel: (
                    kernel**2 * channels_in + channels_in * channels_out + channels_out
                ),
            ),
        ),
    ),
    why="With 3×3 kernels and many channels this is about a ninth of a plain convolution, and "
    "that is how MobileNetV2 fits into a telephone.",
)


# --- tap_sides -----------------------------------------------------------------------------------

IMAGE_SIDES = (96, 128, 224, 200)
TAP_COUNT = 5


def _sides(side: int, halve=lambda side: math.ceil(side / 2)) -> tuple:
    """The sides of the five taps, shallow to deep."""
    sides = []
    for _ in range(TAP_COUNT):
        side = halve(side)
        sides.append(side)
    return tuple(sides)


def _all_sides(sides_of) -> dict[int, tuple]:
    return {side: sides_of(side) for side in IMAGE_SIDES}


TAP_SIDES = Task(
    name="tap_sides",
    lesson=LESSON,
    minutes=5,
    aim="Predict, without running the network, the sides of the five taps, shallow to deep, for "
    "images of 96×96, 128×128, 224×224 and 200×200 pixels.",
    signature="tap_sides",
    hints=(
        "You know the five sides for 128. What happens to the side between two taps?",
        "A convolution with stride 2 looks at every second pixel: the 1st, 3rd, 5th and so on. "
        "How many of 6 pixels are these? How many of 7?",
        "Only 200 meets an odd number on its way, at 25. Of 25 pixels, how many stand at the odd "
        "places 1, 3, …, 25?",
    ),
    reference=_all_sides(_sides),
    misconceptions=(
        Misconception(
            "rounds down",
            "For 200 the odd sides are rounded down. Count once more: with a stride of 2 the "
            "window stands on the 1st, 3rd, 5th … pixel, and of an odd row it meets the last one "
            "too.",
            _all_sides(lambda side: _sides(side, lambda side: side // 2)),
        ),
        Misconception(
            "keeps half pixels",
            "There is half a pixel in it. A feature map has whole rows and columns; decide what "
            "the network does where the side is odd.",
            _all_sides(lambda side: _sides(side, lambda side: side / 2)),
        ),
        Misconception(
            "begins with the whole image",
            "The first tap is given the side of the image. The network halves once before its "
            "first tap.",
            _all_sides(lambda side: (side, *_sides(side)[:-1])),
        ),
        Misconception(
            "deep first",
            "The numbers are in the other direction: shallow is what comes first on the way in, "
            "and it has the largest map.",
            _all_sides(lambda side: _sides(side)[::-1]),
        ),
        Misconception(
            "the same for every image",
            "All images are given the same sides. The network has no size of its own: it halves "
            "whatever comes.",
            _all_sides(lambda side: _sides(128)),
        ),
        Misconception(
            "quarters the side",
            "The side is divided by four from tap to tap. A stride of 2 leaves a quarter of the "
            "pixels, since it works on the height and on the width; what does that do to one "
            "side?",
            _all_sides(lambda side: _sides(side, lambda side: math.ceil(side / 4))),
            also=(_all_sides(lambda side: _sides(side, lambda side: side // 4)),),
        ),
        Misconception(
            "counts pixels",
            "These are the numbers of pixels of each map. Asked for is the length of one side.",
            _all_sides(lambda side: tuple(one**2 for one in _sides(side))),
        ),
    ),
    why="A decoder that doubles 7 and 13 gets 14 and 26, where the encoder has 13 and 25: no skip "
    "connection fits there, and so `build_encoder` asks for a multiple of 32.",
)


def tap_sides_form() -> Quiz:
    """Returns the form of `tap_sides`, a field for each size of image."""
    from lessons_lib.checks import check

    questions = [
        Question(side, f"The sides of the five taps for {side}×{side}, for example 5, 4, 3, 2, 1")
        for side in IMAGE_SIDES
    ]
    return Quiz("tap_sides", questions, check.tap_sides)


# --- pick_taps -----------------------------------------------------------------------------------


def _backbone(side: int, widths: tuple[int, ...]) -> keras.Model:
    """A network that halves the side at each stage, four layers a stage."""
    image = features = keras.Input((side, side, 3), name="photo")
    for stage, width in enumerate(widths, start=1):
        layers = (
            keras.layers.Conv2D(5, 3, strides=2, padding="same", name=f"stage_{stage}_shrink"),
            keras.layers.ReLU(name=f"stage_{stage}_shrink_relu"),
            keras.layers.Conv2D(width, 1, name=f"stage_{stage}_expand"),
            keras.layers.ReLU(name=f"stage_{stage}_expand_relu"),
        )
        for layer in layers:
            features = layer(features)
    return keras.Model(image, features)


def _pick(choose, *, axis: int = 1):
    """An answer that chooses one of the layers whose output has the size asked for."""

    def pick_taps(model, sizes):
        return [
            choose([layer for layer in model.layers if layer.output.shape[axis] == size])
            for size in sizes
        ]

    return pick_taps


def _pick_shallow_first(model, sizes):
    return _pick(lambda layers: layers[-1].name)(model, sorted(sizes, reverse=True))


def _pick_all(model, sizes):
    return [layer.name for layer in model.layers if layer.output.shape[1] in sizes]


def _name_taps(answer, model: keras.Model, sizes: tuple[int, ...]) -> Any:
    """Tells layers and tensors that come in place of names, so that they can be compared."""
    taps = answer(model, sizes)
    return [_name_tap(tap) for tap in taps] if isinstance(taps, list | tuple) else taps


def _name_tap(tap: Any) -> Any:
    if isinstance(tap, keras.layers.Layer):
        return f"the layer {tap.name} itself"
    if isinstance(tap, keras.KerasTensor):
        return f"a symbolic tensor of shape {tuple(tap.shape)}"
    return tap


PICK_TAPS = Task(
    name="pick_taps",
    lesson=LESSON,
    minutes=10,
    aim="For each side in `sizes`, in the order of `sizes`, give the name of the last layer "
    "whose output has this side: the most that the network knows before it shrinks again.",
    signature="pick_taps(model, sizes)",
    hints=(
        "`model.layers` goes from the image to the deepest layer; each layer has a `name` and an "
        "`output.shape`.",
        "A shape is (images, height, width, channels); the side is its number 1.",
        "For one size, collect the names of all layers with this side. Which of them is the last?",
        "In the loop `for size in sizes`, make the list of names by "
        "`if layer.output.shape[1] == size`, and append one entry of it to your result.",
    ),
    reference=_pick(lambda layers: layers[-1].name),
    cases=lambda: [
        (_backbone(32, (8, 16, 4)), (4, 8, 16)),
        (_backbone(48, (6, 24, 12)), (6, 12, 24)),
        (_backbone(64, (16, 32, 8, 4)), (32, 4)),
    ],
    observe=_name_taps,
    misconceptions=(
        Misconception(
            "after the stride instead of before",
            "These are the first layers of each size: they have only just been shrunk. The "
            "network goes on working at this size, and what it finds there would be missed.",
            _pick(lambda layers: layers[0].name),
        ),
        Misconception(
            "shallow first",
            "The right layers, but always the largest map first. `sizes` says in which order "
            "they are wanted; a decoder wants the deepest first.",
            _pick_shallow_first,
        ),
        Misconception(
            "another layer of the right size",
            "The sizes are right, yet a later layer of the same size is still to come. A "
            "convolution's name is not the end of it: look for what follows.",
            _pick(lambda layers: layers[-2].name),
            also=(
                _pick(lambda layers: layers[1].name),
                _pick(lambda layers: layers[len(layers) // 2].name),
            ),
        ),
        Misconception(
            "looks at the channels",
            "The size is looked up among the channels. A shape is (images, height, width, "
            "channels), and a side is a height or a width.",
            _pick(lambda layers: layers[-1].name, axis=-1),
            also=(_pick(lambda layers: layers[0].name, axis=-1),),
        ),
        Misconception(
            "gives layers instead of names",
            "The layers themselves come back. Asked for are their names: texts that can be "
            "written down and used with any network built alike.",
            _pick(lambda layers: layers[-1]),
            also=(_pick(lambda layers: layers[0]),),
        ),
        Misconception(
            "gives outputs instead of names",
            "The outputs come back, symbolic tensors. They are needed when a model is built of "
            "them; here say only what their layers are called.",
            _pick(lambda layers: layers[-1].output),
            also=(_pick(lambda layers: layers[0].output),),
        ),
        Misconception(
            "gives all layers of the right sizes",
            "All layers with one of the sizes come back. A decoder joins one map at each size: "
            "choose one for each.",
            _pick_all,
        ),
    ),
    why="A tap just before the stride holds the most that the network has worked out at that "
    "resolution; this rule gives the five taps of this course.",
)


# --- to_encoder_range ----------------------------------------------------------------------------


def _images_in_range() -> list[tuple]:
    """Photos of different light; none but the first reaches both ends of the range."""
    noise = photos(3, 4, seed=1)
    first = np.array([0, 0.25, 0.5, 0.75, 1, 0.1], np.float32).reshape(1, 1, 2, 3)
    return [(first,), (0.2 + 0.3 * noise[:1],), (np.stack([noise[1] ** 2, noise[2] ** 0.5]),)]


def _stretch(images):
    low, high = images.min(), images.max()
    return 2 * (images - low) / (high - low) - 1


TO_ENCODER_RANGE = Task(
    name="to_encoder_range",
    lesson=LESSON,
    minutes=3,
    aim="Bring images from the pipeline's range [0, 1] to the encoder's range [-1, 1].",
    signature="to_encoder_range(images)",
    hints=(
        "Three points fix it: black, 0, has to become -1; white, 1, stays 1; and middle grey?",
        "The new range is twice as wide as the old one, and begins 1 lower.",
        "Multiply first, subtract afterwards; the order matters.",
    ),
    reference=lambda images: images * 2.0 - 1.0,
    cases=_images_in_range,
    returns=("result",),
    misconceptions=(
        Misconception(
            "assumes 0 to 255",
            "This is right for pixels from 0 to 255. Yours are from 0 to 1 already, so now all "
            "of them lie next to -1: the encoder sees a black photo.",
            lambda images: images / 127.5 - 1,
            also=(lambda images: images / 255 * 2 - 1,),
        ),
        Misconception(
            "changes nothing",
            "The images come back as they were. The encoder would take black, 0, for a middle "
            "grey; and cutting off at -1 and 1 does nothing where all lies between 0 and 1.",
            lambda images: images,
            also=(lambda images: np.clip(images, -1, 1),),
        ),
        Misconception(
            "clips",
            "All that is darker than middle grey has become one and the same number. Clipping "
            "throws away what lies outside of a range; here nothing needs to be thrown away.",
            lambda images: np.clip(images * 2 - 1, 0, 1),
            also=(lambda images: np.clip(images, 0.5, 1) * 2 - 1,),
        ),
        Misconception(
            "shifts only",
            "The images are shifted, but the range is as wide as before: 1 from its lowest to "
            "its highest number, where the encoder expects 2.",
            lambda images: images - 1,
            also=(lambda images: images - 0.5,),
        ),
        Misconception(
            "stretches only",
            "The range is twice as wide now, but begins at 0. Black and middle grey would be too "
            "bright for the encoder, and white twice as bright as it has ever seen.",
            lambda images: images * 2,
        ),
        Misconception(
            "subtracts before multiplying",
            "The subtraction comes before the multiplication, so that it is doubled too: white "
            "ends at 0 and black at -2.",
            lambda images: (images - 1) * 2,
        ),
        Misconception(
            "makes a negative",
            "Bright and dark have changed places: this is a photographic negative.",
            lambda images: 1 - 2 * images,
        ),
        Misconception(
            "stretches each photo by its own extremes",
            "Each photo is stretched by its own darkest and brightest pixel, so a dim room "
            "becomes a bright one. The rule has to be the same for all photos.",
            _stretch,
        ),
        Misconception(
            "standardises",
            "The photos are brought to mean 0 and spread 1 by their own statistics. Other "
            "networks want that; this one was trained on a fixed range.",
            lambda images: (images - images.mean()) / images.std(),
            also=(lambda images: (images - 0.5) / 0.5 / images.std(),),
        ),
    ),
    why="A wrong range raises no error: the features only fade, and every model built on them is "
    "a little worse than it could be.",
)


# --- trainable_parameters ------------------------------------------------------------------------


def _models_to_count() -> list[tuple]:
    half_frozen = keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(3), keras.layers.Dense(1)], name="half_frozen"
    )
    half_frozen.layers[0].trainable = False
    with_norm = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Conv2D(2, 3),
            keras.layers.BatchNormalization(),
            keras.layers.ReLU(),
        ],
        name="with_norm",
    )
    image = keras.Input((8, 8, 3))
    encoder = course_freeze(tiny_encoder((4, 5), side=8))
    features = encoder(image)[0]
    logits = keras.layers.Conv2DTranspose(3, 3, strides=2, padding="same")(features)
    segmenter = keras.Model(image, logits, name="segmenter")
    return [(half_frozen,), (with_norm,), (segmenter,)]


def _count_numbers(weights) -> int:
    return sum(math.prod(weight.shape) for weight in weights)


TRAINABLE_PARAMETERS = Task(
    name="trainable_parameters",
    lesson=LESSON,
    minutes=6,
    aim="Count the parameters (single numbers) of a model that training may change.",
    signature="trainable_parameters(model)",
    hints=(
        "A parameter is one number. A kernel of 3×3 from 8 to 16 channels is one tensor, but "
        "how many numbers?",
        "Keras sorts them for you: look at what `model.trainable_weights` holds.",
        "Each weight has a `shape`; multiply its entries (`math.prod` does it), and add up over "
        "all the weights that training may change.",
    ),
    reference=lambda model: count_parameters(model).trainable,
    cases=_models_to_count,
    observe=lambda answer, model: as_whole(answer(model)),
    misconceptions=(
        Misconception(
            "counts all",
            "All parameters are counted, the frozen ones too: this number stays the same, "
            "whatever you freeze.",
            lambda model: model.count_params(),
            also=(lambda model: _count_numbers(model.weights),),
        ),
        Misconception(
            "counts layers",
            "Layers are counted. A layer may hold millions of parameters, or none at all.",
            lambda model: sum(layer.trainable for layer in model.layers),
            also=(lambda model: len(model.layers),),
        ),
        Misconception(
            "counts tensors",
            "Tensors are counted, each as one. A kernel is one tensor and holds many numbers.",
            lambda model: len(model.trainable_weights),
            also=(lambda model: len(model.weights),),
        ),
        Misconception(
            "counts the frozen ones",
            "These are the parameters that training may not change: the other part of the sum.",
            lambda model: _count_numbers(model.non_trainable_weights),
        ),
        Misconception(
            "counts what batch norm measures",
            "The trainable layers are taken whole. In a batch norm half of the numbers, moving "
            "mean and variance, are measured and not trained.",
            lambda model: sum(layer.count_params() for layer in model.layers if layer.trainable),
        ),
        Misconception(
            "adds the sides",
            "The sides of each tensor are added. A table of 2 by 3 holds 6 numbers, not 5.",
            lambda model: sum(sum(weight.shape) for weight in model.trainable_weights),
        ),
        Misconception(
            "counts kernels only",
            "Kernels are counted, and the vectors are left out: biases, and what scales and "
            "shifts in a batch norm, are trained as well.",
            lambda model: _count_numbers(
                weight for weight in model.trainable_weights if len(weight.shape) > 1
            ),
        ),
        Misconception(
            "counts bytes",
            "This is the memory in bytes: each parameter, a float32, takes four of them.",
            lambda model: 4 * _count_numbers(model.trainable_weights),
        ),
    ),
    why="Before a long training this number tells you whether what you meant to freeze is frozen.",
)


# --- freeze --------------------------------------------------------------------------------------


def _freeze_where(choose):
    """An answer that freezes the layers that are chosen, one by one."""

    def freeze(encoder):
        for layer in choose(encoder.layers):
            layer.trainable = False
        return encoder

    return freeze


def _freeze_weights_only(encoder):
    for weight in encoder.weights:
        weight.trainable = False
    return encoder


class _InInference(keras.layers.Layer):
    """Calls a model with ``training=False``, whatever it is told itself."""

    def __init__(self, model: keras.Model):
        super().__init__()
        self.model = model

    def call(self, images):
        return self.model(images, training=False)


def _infer_in_a_layer(encoder):
    return keras.Model(encoder.inputs, _InInference(encoder)(encoder.inputs[0]))


def _infer_in_the_call(encoder):
    # Keras 3.15 overrides this by what the outer model is called with.
    return keras.Model(encoder.inputs, encoder(encoder.inputs[0], training=False))


def _freeze_a_clone(encoder):
    clone = keras.models.clone_model(encoder)
    clone.trainable = False
    return clone


def _zero_the_rest(encoder):
    encoder.trainable = False
    for weight in encoder.weights:
        weight.assign(np.zeros(weight.shape))
    return encoder


def _set_attribute(name: str, value: bool):
    def freeze(encoder):
        setattr(encoder, name, value)
        return encoder

    return freeze


def _is_norm(layer) -> bool:
    return isinstance(layer, keras.layers.BatchNormalization)


def _observe_frozen(answer, encoder: keras.Model) -> dict | None:
    """Runs what comes back as training would, and says what that changes."""
    given = [weight.numpy() for weight in encoder.weights]
    frozen = answer(encoder)
    if frozen is None:
        return None
    require_model("freeze", frozen)
    images = photos(4, encoder.input_shape[1])
    kept = [weight.numpy() for weight in frozen.weights]
    in_inference = np.asarray(frozen(images, training=False)[-1])
    in_training = np.asarray(frozen(images, training=True)[-1])
    after = [weight.numpy() for weight in frozen.weights]
    return {
        "what comes back": "the encoder" if frozen is encoder else "another model",
        "the number of trainable parameters": count_parameters(frozen).trainable,
        "what it has learned": "kept" if _all_equal(given, kept) else "lost",
        "its output in training": _compare_outputs(in_inference, in_training),
        "its batch norms' statistics": "stay" if _all_equal(kept, after) else "change",
    }


def _compare_outputs(in_inference: np.ndarray, in_training: np.ndarray) -> str:
    return "as in inference" if np.allclose(in_inference, in_training, atol=1e-5) else "another"


def _all_equal(first: list[np.ndarray], second: list[np.ndarray]) -> bool:
    return len(first) == len(second) and all(map(np.array_equal, first, second))


FREEZE = Task(
    name="freeze",
    lesson=LESSON,
    minutes=6,
    aim="Freeze the encoder and return it: training changes none of its weights, and its batch "
    "norms use their stored statistics, even when the model is called with `training=True`.",
    signature="freeze(encoder)",
    hints=(
        "Keras has one switch for this, and it works on single layers and on whole models.",
        "The switch decides two things for a batch norm: whether scale and shift are trained, "
        "and, since Keras 2, whether it works in inference.",
        "The switch is called `trainable`. Set on a model, it reaches every layer inside.",
    ),
    reference=course_freeze,
    cases=lambda: [
        (tiny_encoder((3, 4), side=8, batch_norm=True),),
        (tiny_encoder((4, 3, 5), side=16, batch_norm=True),),
    ],
    observe=_observe_frozen,
    misconceptions=(
        Misconception(
            "leaves the batch norms out",
            "The convolutions are frozen, the batch norms are not: they go on training, and in "
            "each step they take the mean of the batch at hand instead of the stored one.",
            _freeze_where(lambda layers: [layer for layer in layers if not _is_norm(layer)]),
        ),
        Misconception(
            "freezes weights, not layers",
            "The weights are frozen one by one, so that nothing is trained; but no layer knows "
            "of it. The batch norms still measure each batch, and their statistics drift.",
            _freeze_weights_only,
        ),
        Misconception(
            "only runs in inference",
            "`training=False` in a call says how to calculate, not what to train: every weight "
            "may still be changed. And what comes back is not the encoder, but a model around it.",
            _infer_in_the_call,
            also=(_infer_in_a_layer,),
        ),
        Misconception(
            "freezes a part",
            "Only a part of the layers is frozen; the others are trained on.",
            _freeze_where(lambda layers: layers[-1:]),
            also=(
                _freeze_where(lambda layers: layers[:2]),
                _freeze_where(lambda layers: layers[:-1]),
                _freeze_where(lambda layers: [layer for layer in layers if _is_norm(layer)]),
            ),
        ),
        Misconception(
            "changes nothing",
            "The encoder comes back as trainable as it was. If you have set something: Python "
            "takes any new attribute without a word, so look at its spelling, and at its value.",
            lambda encoder: encoder,
            also=(_set_attribute("frozen", True), _set_attribute("trainable", True)),
        ),
        Misconception(
            "freezes a clone",
            "A frozen encoder comes back, but with other weights: `clone_model` copies the "
            "layers and draws new random weights. What was learned is lost.",
            _freeze_a_clone,
            also=(_zero_the_rest,),
        ),
    ),
    why="A frozen encoder gives the same features for the same photo before, during and after "
    "the decoder's training; one with live batch norms does not.",
)

TASKS = (
    SEPARABLE_PARAMETERS,
    TAP_SIDES,
    PICK_TAPS,
    TO_ENCODER_RANGE,
    TRAINABLE_PARAMETERS,
    FREEZE,
)
