"""Browsers of pictures for the lessons: plain ipywidgets around the pure core.

Every browser shows one PNG and one caption and sets them anew when a control moves. Where no
widget can run (GitHub, a dead kernel) its last PNG and its alternative text are shown.
"""

import html
from collections.abc import Callable, Mapping, Sequence

import ipywidgets
import numpy as np

from lessons_lib.classes import CLASS_NAMES, CLASSES
from lessons_lib.inspector import core
from lessons_lib.metrics import confusion_matrix, mean_iou
from lessons_lib.plots.figure import encode_png, mimebundle
from lessons_lib.plots.grids import read_features
from lessons_lib.plots.pictures import check_counts, read_image, read_images, read_masks

LARGEST_WEIGHT = 10.0
SWATCH = (
    '<span style="display: inline-block; width: 1.8em; height: 0.9em; '
    'border: 1px solid #222222; background: {fill}"></span> {name}&emsp;'
)
STRIPES = "repeating-linear-gradient(-45deg, {colour} 0 3px, #222222 3px 4.5px)"
LEGEND = " ".join(
    SWATCH.format(
        fill=STRIPES.format(colour=pet_class.colour) if pet_class.hatch else pet_class.colour,
        name=pet_class.name,
    )
    for pet_class in CLASSES
)


class Browser(ipywidgets.VBox):
    """Controls above a picture and its caption.

    Attributes:
        controls: the sliders, buttons and choices by name, such as ``controls["picture"]``.
        picture: the Image widget.
        caption: the HTML widget below it.
        alt_text: what is shown, equal on every machine as long as nothing was moved.
    """

    def __init__(
        self,
        controls: Mapping[str, ipywidgets.Widget],
        draw: Callable[..., tuple[np.ndarray, str, str]],
        *,
        has_legend: bool = True,
    ):
        """Makes the widgets and draws the first picture.

        Args:
            controls: widgets with a value, by the names of the arguments of `draw`.
            draw: gives picture (uint8 h×w×3), caption and alternative text.
            has_legend: whether the picture shows classes, whose colours are to be explained.
        """
        self.controls = dict(controls)
        layout = ipywidgets.Layout(align_self="flex-start", max_width="100%")
        self.picture = ipywidgets.Image(format="png", layout=layout)
        self.caption = ipywidgets.HTML()
        self.alt_text = ""
        self._draw = draw
        legend = [ipywidgets.HTML(LEGEND)] if has_legend else []
        super().__init__(children=[*self._rows(), self.picture, *legend, self.caption])
        for control in self.controls.values():
            control.observe(self.refresh, names="value")
        self.refresh()

    def __repr__(self) -> str:
        return self.alt_text

    def _repr_mimebundle_(self, **options) -> tuple[dict, dict]:
        """Adds the PNG and its alternative text to the widget that ipywidgets shows."""
        data, metadata = mimebundle(encode_png(self._drawn), self.alt_text)
        return super()._repr_mimebundle_(**options) | data, metadata

    def _rows(self) -> list[ipywidgets.Widget]:
        """Returns the controls as rows; the picture's slider has a button on either side."""
        rows = []
        for name, control in self.controls.items():
            rows.append(_with_buttons(control) if name == "picture" else control)
        return rows

    def refresh(self, _change=None) -> None:
        """Draws anew what the controls, or the arrays behind them, say now."""
        values = {name: control.value for name, control in self.controls.items()}
        self._drawn, text, self.alt_text = self._draw(**values)
        self.picture.value = core.quick_png(self._drawn)
        self.caption.value = html.escape(text)


def browse_predictions(
    images,
    masks,
    predictions=None,
    names: Sequence[str] | None = None,
    *,
    probabilities=None,
    order: str = "given",
) -> Browser:
    """Browses pictures with their true and predicted masks and the errors between them.

    Args:
        images: uint8 or float [0,1], N×h×w×3, or a sequence of h×w×3.
        masks: true labels 0 to 2, one mask for each image.
        predictions: predicted labels like `masks`; without them only the truth is shown.
        names: one for each image; by default its number.
        probabilities: of each class in each pixel, float N×h×w×3; adds a layer for each class.
        order: "given", or "worst": the pictures with the lowest mean IoU first.

    Raises:
        ValueError: counts or sizes that do not fit, or values out of range.
    """
    images, masks, names = _read_pairs(images, masks, names)
    if predictions is not None:
        predictions = read_masks(predictions, "predictions")
        check_counts(images=images, predictions=predictions)
    layers = core.LAYERS if predictions is not None else core.LAYERS[:1]
    if probabilities is not None:
        probabilities = _read_probabilities(probabilities)
        check_counts(images=images, probabilities=probabilities)
        layers = (*layers, *CLASS_NAMES)
    places = _order(masks, predictions, order)

    def draw(picture: int, layer: str, opacity: float) -> tuple[np.ndarray, str, str]:
        place = places[picture]
        image, labels, name = images[place], masks[place], names[place]
        predicted = None if predictions is None else predictions[place]
        if layer in CLASS_NAMES:
            label = CLASS_NAMES.index(layer)
            drawn = core.draw_probability(image, probabilities[place][..., label])
        else:
            drawn = core.draw_layer(image, labels, predicted, layer=layer, opacity=opacity)
        truth = core.describe_truth(labels, name)
        text = truth if predicted is None else core.describe_prediction(labels, predicted, name)
        if order == "given":
            return drawn, text, _describe(len(images), f"{layer} of {truth}")
        # Which picture is the worst may differ by a hair from machine to machine.
        worst = "the worst" if picture == 0 else f"number {picture + 1} from the worst"
        return drawn, text, _describe(len(images), f"{layer} of {worst}")

    controls = {
        "picture": _index_slider(len(images)),
        "layer": ipywidgets.ToggleButtons(options=layers),
        "opacity": _opacity_slider(),
    }
    return Browser(controls, draw)


def browse_masks(
    images, masks, names: Sequence[str] | None = None, *, trimap: bool = False
) -> Browser:
    """Browses pairs: the mask, and the mask laid over its photo, with each class's share.

    Args:
        images: uint8 or float [0,1], N×h×w×3, or a sequence of h×w×3.
        masks: labels 0 to 2, one mask for each image.
        names: one for each image; by default its number.
        trimap: True when `masks` hold the files' values 1 to 3, as before ``normalize``.

    Raises:
        ValueError: counts or sizes that do not fit, or values out of range.
    """
    images, masks, names = _read_pairs(images, masks, names, trimap=trimap)

    def draw(picture: int, opacity: float) -> tuple[np.ndarray, str, str]:
        labels = masks[picture]
        text = core.describe_truth(labels, names[picture])
        drawn = core.draw_mask(images[picture], labels, opacity=opacity)
        return drawn, text, _describe(len(images), f"mask of {text}")

    return Browser({"picture": _index_slider(len(images)), "opacity": _opacity_slider()}, draw)


def browse_features(image, feature_maps: Mapping) -> Browser:
    """Browses what an encoder makes of one image: tap by tap, channel by channel.

    Args:
        image: uint8 or float [0,1], h×w×3.
        feature_maps: from a tap's name to the image's features there, h×w×c or 1×h×w×c.

    Raises:
        ValueError: no taps, features of another rank or of several images, or NaN.
    """
    photo = read_image(image)
    taps = {str(name): read_features(one, str(name)) for name, one in feature_maps.items()}
    if not taps:
        raise ValueError("feature_maps is empty: pass at least one tap with its features.")
    tap = ipywidgets.Dropdown(options=list(taps), description="tap")
    last = next(iter(taps.values())).shape[-1] - 1
    channel = ipywidgets.IntSlider(value=0, min=0, max=last, description="channel")

    def draw(tap: str, channel: int) -> tuple[np.ndarray, str, str]:
        features = taps[tap]
        channel = min(channel, features.shape[-1] - 1)
        size = "×".join(str(side) for side in features.shape)
        answers = features[..., channel]
        text = (
            f"{tap}, {size}, channel {channel}: answers from {answers.min():.2f} "
            f"to {answers.max():.2f}, mean {answers.mean():.2f}"
        )
        alt_text = f"Browser of features; now {tap}, {size}, channel {channel}."
        return core.draw_channel(photo, features, channel), text, alt_text

    def fit_channels(change) -> None:
        channel.max = taps[change.new].shape[-1] - 1

    tap.observe(fit_channels, names="value")
    return Browser({"tap": tap, "channel": channel}, draw, has_legend=False)


def browse_weights(image, mask, losses=None, weights: Sequence[float] = (1, 1, 1)) -> Browser:
    """Moves the weight of each class; shows the weight map and each class's share of the loss.

    Args:
        image: uint8 or float [0,1], h×w×3.
        mask: labels 0 to 2, h×w×1 or h×w.
        losses: the unweighted loss of each pixel, h×w or h×w×1; by default 1 everywhere.
        weights: of pet, background and border at the start, 0 to 10.

    Raises:
        ValueError: sizes that do not fit, or values out of range.
    """
    photo, masks = read_image(image), read_masks(mask, "mask")
    check_counts(image=[photo], mask=masks)
    labels = masks[0]
    losses = np.ones(labels.shape) if losses is None else np.asarray(losses, dtype=np.float64)
    if losses.size != labels.size or not np.isfinite(losses).all() or (losses < 0).any():
        raise ValueError(
            f"losses: expected one finite loss of 0 or more for each of the "
            f"{labels.shape[0]}×{labels.shape[1]} pixels, got shape {losses.shape}."
        )
    weights = np.asarray(weights, dtype=np.float64)
    if (
        weights.shape != (len(CLASS_NAMES),)
        or not ((weights >= 0) & (weights <= LARGEST_WEIGHT)).all()
    ):
        raise ValueError(
            f"weights: expected {len(CLASS_NAMES)} numbers from 0 to {LARGEST_WEIGHT:g}, "
            f"got {weights.tolist()}."
        )

    def draw(**class_weights: float) -> tuple[np.ndarray, str, str]:
        current = np.array([class_weights[name] for name in CLASS_NAMES])
        shares = core.loss_shares(labels, losses, current)
        text = f"Share of the loss: {core.describe_shares(shares)}"
        said = ", ".join(f"{name} {class_weights[name]:g}" for name in CLASS_NAMES)
        drawn = core.draw_weights(photo, labels, current, shares)
        return drawn, text, f"A photo and the weight of each pixel: {said}."

    controls = {
        name: ipywidgets.FloatSlider(
            value=weight, min=0, max=LARGEST_WEIGHT, step=0.1, description=name
        )
        for name, weight in zip(CLASS_NAMES, weights, strict=True)
    }
    return Browser(controls, draw)


def _read_pairs(images, masks, names, *, trimap: bool = False) -> tuple[list, list, list[str]]:
    images, masks = read_images(images), read_masks(masks, trimap=trimap)
    check_counts(images=images, masks=masks)
    if names is None:
        names = [f"picture {index}" for index in range(len(images))]
    if len(names) != len(images):
        raise ValueError(f"there are {len(images)} images but {len(names)} names.")
    return images, masks, [str(name) for name in names]


def _read_probabilities(probabilities) -> list[np.ndarray]:
    """Reads probabilities N×h×w×3 into a list of h×w×3; raises ValueError unless they are some."""
    array = np.asarray(probabilities, dtype=np.float64)
    if array.ndim != 4 or array.shape[-1] != len(CLASS_NAMES):
        raise ValueError(
            f"probabilities: expected one for each of {len(CLASS_NAMES)} classes in each pixel, "
            f"N×h×w×{len(CLASS_NAMES)}, got shape {array.shape}."
        )
    if not ((array >= 0) & (array <= 1)).all() or not np.allclose(array.sum(axis=-1), 1, atol=1e-3):
        raise ValueError(
            "probabilities must lie from 0 to 1 and add up to 1 in each pixel; "
            "if these are logits, pass them through keras.ops.softmax first."
        )
    return list(array)


def _order(masks: list, predictions: list | None, order: str) -> list[int]:
    """Returns the places of the pictures in the order in which they are browsed."""
    if order == "given":
        return list(range(len(masks)))
    if order != "worst":
        raise ValueError(f'order: expected "given" or "worst", got {order!r}.')
    if predictions is None:
        raise ValueError('order="worst" needs predictions: without them no picture is the worst.')
    scores = [mean_iou(confusion_matrix(*pair)) for pair in zip(masks, predictions, strict=True)]
    return np.argsort(scores, kind="stable").tolist()


def _index_slider(count: int) -> ipywidgets.IntSlider:
    return ipywidgets.IntSlider(value=0, min=0, max=count - 1, description="picture")


def _opacity_slider() -> ipywidgets.FloatSlider:
    return ipywidgets.FloatSlider(value=0.6, min=0, max=1, step=0.05, description="opacity")


def _with_buttons(slider: ipywidgets.IntSlider) -> ipywidgets.HBox:
    """Puts a button for the picture before and after on the sides of the slider."""
    previous = ipywidgets.Button(description="previous")
    following = ipywidgets.Button(description="next")
    previous.on_click(lambda _: setattr(slider, "value", max(slider.min, slider.value - 1)))
    following.on_click(lambda _: setattr(slider, "value", min(slider.max, slider.value + 1)))
    return ipywidgets.HBox([previous, slider, following])


def _describe(count: int, shown: str) -> str:
    return f"Browser of {count} picture{'s' if count > 1 else ''}; now {shown}."
