"""pick_taps: the last layer of each resolution.

The task keeps the name of the first version, by which students hand in their answers.
"""

from collections.abc import Callable, Sequence
from typing import Any

from lessons_lib.checks.observing import UnfitAnswer
from lessons_lib.checks.task import Misconception, Task
from lessons_lib.quiet import keras


def declare() -> Task:
    """Declares the exercise."""
    return Task(
        name="pick_taps",
        lesson=2,
        minutes=10,
        aim="For each side in `sizes`, in the order of `sizes`, give the name of the last layer "
        "whose output has this side: the most that the network knows before it shrinks again.",
        signature="pick_taps(model, sizes)",
        hints=(
            "`model.layers` goes from the image to the deepest layer; each layer has a `name` and "
            "an `output.shape`.",
            "A shape is (images, height, width, channels); the side is its number 1.",
            "For one size, collect the names of all layers with this side. Which of them is the "
            "last?",
            "In the loop `for size in sizes`, make the list of names by "
            "`if layer.output.shape[1] == size`, and append one entry of it to your result.",
        ),
        reference=_pick(lambda layers: layers[-1].name),
        cases=lambda: [
            (_backbone(32, (8, 16, 4)), (4, 8, 16)),
            (_backbone(48, (6, 24, 12)), (6, 12, 24)),
            (_backbone(64, (16, 32, 8, 4)), (32, 4)),
            (_mixed_backbone(24), (3, 24, 12)),
            (_classifier(32, (8, 16, 6)), (8, 16)),
        ],
        observe=_name_layers,
        misconceptions=MISCONCEPTIONS,
        why="The last layer before a stride has seen most of what the network works out at that "
        "resolution. The rule gives four of this course's five feature maps; at the deepest, where "
        "nothing is halved any more, the lesson chose another.",
    )


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


def _classifier(side: int, widths: tuple[int, ...]) -> keras.Model:
    """A network whose last layers have no sides: their shape is (images, numbers)."""
    backbone = _backbone(side, widths)
    features = keras.layers.GlobalAveragePooling2D(name="mean")(backbone.output)
    return keras.Model(backbone.input, keras.layers.Dense(10, name="verdict")(features))


def _mixed_backbone(side: int) -> keras.Model:
    """A network that ends each size with another kind of layer, under a name that tells nothing."""
    image = features = keras.Input((side, side, 3), name="unit_0")
    layers = (
        *(keras.layers.Conv2D(12, 3, padding="same"), keras.layers.BatchNormalization()),
        *(keras.layers.MaxPooling2D(2), keras.layers.Conv2D(4, 1), keras.layers.Dropout(0.1)),
        *(keras.layers.Conv2D(24, 3, strides=2, padding="same"), keras.layers.ReLU()),
        *(keras.layers.AveragePooling2D(2), keras.layers.ReLU(), keras.layers.Conv2D(6, 1)),
    )
    for number, layer in enumerate(layers, start=1):
        layer.name = f"unit_{number}"
        features = layer(features)
    return keras.Model(image, features)


def _has_sides(layer: Any) -> bool:
    return len(layer.output.shape) == 4


def _pick_behind(model: keras.Model, sizes: Sequence[int]) -> list:
    """Takes the layer behind the last of each size."""
    picked = []
    for size in sizes:
        last = max(i for i, layer in enumerate(model.layers) if layer.output.shape[1] == size)
        picked.append(model.layers[min(last + 1, len(model.layers) - 1)].name)
    return picked


def _pick_by_input(model: keras.Model, sizes: Sequence[int]) -> list:
    return [
        [layer.name for layer in model.layers[1:] if layer.input.shape[1] == size][-1]
        for size in sizes
    ]


def _pick_activations(model: keras.Model, sizes: Sequence[int]) -> list:
    """Takes the last activation of each size, if there is one."""
    picked = []
    for size in sizes:
        layers = [layer for layer in model.layers if layer.output.shape[1] == size]
        relus = [layer for layer in layers if isinstance(layer, keras.layers.ReLU)]
        picked.append((relus or layers)[-1].name)
    return picked


def _pick_activations_only(model: keras.Model, sizes: Sequence[int]) -> list:
    relus: list[Any] = [one for one in model.layers if isinstance(one, keras.layers.ReLU)]
    picked: list[Any] = [
        [layer for layer in relus if layer.output.shape[1] == size][-1] for size in sizes
    ]
    return [layer.name for layer in picked]


def _pick(choose: Callable, *, axis: int = 1, among: Callable = _has_sides) -> Callable:
    """An answer that chooses one of the layers whose output has the size asked for."""

    def pick_taps(model: keras.Model, sizes: Sequence[int]) -> list:
        return [
            choose(
                [
                    layer
                    for layer in model.layers
                    if among(layer) and layer.output.shape[axis] == size
                ]
            )
            for size in sizes
        ]

    return pick_taps


def _pick_by_four(model: keras.Model, sizes: Sequence[int]) -> list:
    """Unpacks every shape as if it were that of a map."""
    found = {}
    for layer in model.layers:
        _, height, _, _ = layer.output.shape
        found[height] = layer.name
    return [found[size] for size in sizes]


def _pick_shallow_first(model: keras.Model, sizes: Sequence[int]) -> list:
    return _pick(lambda layers: layers[-1].name)(model, sorted(sizes, reverse=True))


def _pick_all(model: keras.Model, sizes: Sequence[int]) -> list:
    return [layer.name for layer in model.layers if layer.output.shape[1] in sizes]


def _name_layers(answer: Callable, model: keras.Model, sizes: tuple[int, ...]) -> Any:
    """Tells layers and tensors that come in place of names, so that they can be compared."""
    picked = answer(model, sizes)
    names = [one for one in picked if isinstance(one, str)] if isinstance(picked, list) else []
    unknown = next(
        (one for one in names if one not in {layer.name for layer in model.layers}), None
    )
    if unknown is not None:
        raise UnfitAnswer(
            f"This model has no layer called {unknown[:40]!r}. It may be any model, not only the "
            "lesson's encoder, whose names would not fit here: look up those of its own layers.",
            "a name that no layer has",
        )
    return [_name_layer(one) for one in picked] if isinstance(picked, list | tuple) else picked


def _name_layer(picked: Any) -> Any:
    if isinstance(picked, keras.layers.Layer):
        return f"the layer {picked.name} itself"
    if isinstance(picked, keras.KerasTensor):
        return f"a symbolic tensor of shape {tuple(picked.shape)}"
    return picked


MISCONCEPTIONS = (
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
        "The sizes are right, yet a later layer of the same size is still to come. A convolution "
        "is often followed by others that leave the size as it is.",
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
        also=(
            _pick(lambda layers: layers[0].name, axis=-1),
            _pick(lambda layers: layers[-1].name, axis=-1, among=lambda layer: True),
        ),
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
        "the layer behind",
        "These are the layers behind the ones asked for: they take in a map of the right size, and "
        "some have shrunk it already. It is the output that has to have the size.",
        _pick_behind,
        also=(_pick_by_input,),
    ),
    Misconception(
        "takes every output for a map",
        "It asks every layer for height and width. A network may end in layers that have none, "
        "such as `Dense`: the shape of their output is (images, numbers). Pass those over.",
        _pick(lambda layers: layers[-1].name, axis=2, among=lambda layer: True),
        also=(_pick_by_four,),
    ),
    Misconception(
        "activations only",
        "Only activations are looked at. A network may end a size with a batch norm, a "
        "convolution, a dropout: the last layer counts, of whatever kind it is.",
        _pick_activations,
        also=(_pick_activations_only,),
    ),
    Misconception(
        "one name only",
        "Only one name comes back; `sizes` asks for several. Does a `return` stand inside the "
        "loop?",
        lambda model, sizes: _pick(lambda layers: layers[-1].name)(model, sizes[:1]),
        also=(
            lambda model, sizes: _pick(lambda layers: layers[-1].name)(model, sizes[-1:]),
            lambda model, sizes: _pick(lambda layers: layers[-1].name)(model, sizes[:1])[0],
            lambda model, sizes: _pick(lambda layers: layers[-1].name)(model, sizes[-1:])[0],
        ),
    ),
    Misconception(
        "a dictionary",
        "The names are right, and come in a dictionary. Asked for is a list in the order of "
        "`sizes`.",
        lambda model, sizes: dict(
            zip(sizes, _pick(lambda layers: layers[-1].name)(model, sizes), strict=True)
        ),
    ),
    Misconception(
        "gives all layers of the right sizes",
        "All layers with one of the sizes come back. A decoder joins one map at each size: "
        "choose one for each.",
        _pick_all,
    ),
)
