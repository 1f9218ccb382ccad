"""The explorer of lesson 2: what each channel of each layer answers to."""

from collections.abc import Mapping

import numpy as np
import traitlets
from numpy.typing import ArrayLike

from lessons_lib.encoder import ReceptiveField
from lessons_lib.inspector.explorer import (
    Explorer,
    Share,
    browser_code,
    require_between,
    require_one_of,
    told,
)
from lessons_lib.plots import LessonFigure, plot_feature_maps
from lessons_lib.plots.grids import read_features
from lessons_lib.plots.pictures import read_images, to_array
from lessons_lib.saying import quote, say
from lessons_lib.signatures import tell_calls

STRONGEST = 24
IN_FIGURE = 7


class FeatureExplorer(Explorer):
    """Shows images' features: layer by layer, channel by channel, the strongest side by side.

    Attributes:
        picture: number of the image shown, counted from 0.
        layer: name of the layer shown.
        channel: number of the channel shown, counted from 0.
        opacity: of the channel over the photo, 0 to 1.
    """

    _esm = browser_code("features")
    when_run = "Run this cell to see every channel of every layer, and to read single answers."
    from_browser = frozenset(("picture", "layer", "channel", "opacity"))

    photo = traitlets.Dict().tag(sync=True)
    rgb = traitlets.Bytes().tag(sync=True)
    count = traitlets.Int(1).tag(sync=True)
    fields = traitlets.Dict().tag(sync=True)
    layers = traitlets.List().tag(sync=True)
    picture = told(traitlets.Int, "a whole number")(0).tag(sync=True)
    layer = told(traitlets.Unicode, "a text")().tag(sync=True)
    channel = told(traitlets.Int, "a whole number")(0).tag(sync=True)
    opacity = Share(1.0).tag(sync=True)

    def __init__(
        self,
        image: ArrayLike,
        feature_maps: Mapping[str, ArrayLike],
        *,
        receptive_fields: Mapping[str, ReceptiveField] | None = None,
    ):
        """Opens on the first layer's strongest channel.

        Args:
            image: uint8 or float [0, 1], h×w×3, or several of one size, N×h×w×3.
            feature_maps: from a layer's name to the image's features there, h×w×c or 1×h×w×c; or
                those of each image, N×h×w×c.
            receptive_fields: from a layer's name to what its places see, as the function of this
                name in ``lessons_lib.encoder`` returns it; then that square is drawn around the
                place pointed at. By default none is.

        Raises:
            ValueError: no mapping, no layers, NaN, images of several sizes, features of another
                rank or of another number of images, or receptive fields of other layers.
        """
        self._photos = _read_photos(image)
        if not isinstance(feature_maps, Mapping):
            raise ValueError(
                "feature_maps: expected a mapping from a layer's name to its features, "
                f"got {type(feature_maps).__name__}."
            )
        if not feature_maps:
            raise ValueError("feature_maps is empty: pass at least one layer with its features.")
        self._features = {
            str(name): _read_features_of_each(one, str(name), len(self._photos))
            for name, one in feature_maps.items()
        }
        height, width = self._photos[0].shape[:2]
        first = next(iter(self._features))
        super().__init__(
            photo={"height": height, "width": width},
            rgb=b"".join(photo.tobytes() for photo in self._photos),
            count=len(self._photos),
            fields=_read_fields(receptive_fields, self._features),
            layers=[{"name": name, **_size(one[0])} for name, one in self._features.items()],
            layer=first,
            channel=self.strongest(first)[0],
        )

    def strongest(self, layer: str) -> list[int]:
        """Returns a layer's channels, those first whose answers differ most from place to place."""
        if not isinstance(layer, str) or layer not in self._features:
            known = ", ".join(self._features)
            raise ValueError(f"layer: expected one of {known}, got {quote(layer)}.")
        return _strongest(self._features[layer][self.picture])

    def answer(self, message: dict) -> None:
        """Sends all channels of the layer that the browser wants, of one of the images."""
        layer, picture = message.get("want"), message.get("picture", 0)
        if layer not in list(self._features):  # in the list, since a message may hold anything
            known = ", ".join(self._features)
            raise ValueError(f"want: expected one of {known}, got {layer!r:.100}.")
        if picture not in range(len(self._photos)):
            raise ValueError(
                f"picture: expected a number below {len(self._photos)}, got {picture!r:.100}."
            )
        features = self._features[layer][int(picture)]
        low, high = features.min(axis=(0, 1)), features.max(axis=(0, 1))
        span = np.where(high > low, high - low, 1)
        levels = np.rint((features - low) / span * 255).astype(np.uint8)
        header = {
            "layer": layer,
            "picture": picture,
            **_size(features),
            "low": low.tolist(),
            "high": high.tolist(),
            "mean": features.mean(axis=(0, 1)).tolist(),
            "strongest": _strongest(features),
        }
        planes = np.ascontiguousarray(np.moveaxis(levels, -1, 0))
        self.send({"features": header}, buffers=[planes.tobytes()])

    def summary(self) -> str:
        """Says which layers there are, and which is shown."""
        sizes = ", ".join(
            f"{name} {'×'.join(str(side) for side in one[0].shape)}"
            for name, one in self._features.items()
        )
        shown = self.layer
        if self.count > 1:
            shown += f", picture {self.picture + 1} of {self.count}"
        return f"FeatureExplorer of {len(self._features)} layers: {sizes}; now {shown}."

    def describe(self) -> str:
        """Says what the channel shown answers."""
        answers = self._features[self.layer][self.picture][..., self.channel]
        return (
            f"{self.layer}, channel {self.channel}: answers from {answers.min():.2f} to "
            f"{answers.max():.2f}, mean {answers.mean():.2f}."
        )

    def to_figure(self) -> LessonFigure:
        """Draws the photo and the strongest channels of the layer shown."""
        channels = self.strongest(self.layer)[:IN_FIGURE]
        features, photo = self._features[self.layer][self.picture], self._photos[self.picture]
        return plot_feature_maps(features, channels, image=photo)

    @traitlets.validate("picture")
    def _check_picture(self, proposal: traitlets.Bunch) -> int:
        return require_between(proposal, 0, len(self._photos) - 1, "pictures")

    @traitlets.validate("layer")
    def _check_layer(self, proposal: traitlets.Bunch) -> str:
        return require_one_of(proposal, self._features)

    @traitlets.validate("channel")
    def _check_channel(self, proposal: traitlets.Bunch) -> int:
        last = self._features[self.layer][0].shape[-1] - 1
        return require_between(proposal, 0, last, f"those of {self.layer}")

    @traitlets.observe("layer")
    def _fit_channel(self, _change: traitlets.Bunch) -> None:
        """A channel of the layer before need not exist in this one."""
        if self.channel >= self._features[self.layer][0].shape[-1]:
            self.channel = self.strongest(self.layer)[0]


def _read_photos(image: ArrayLike) -> list[np.ndarray]:
    photos = read_images(image, "image")
    sizes = {photo.shape[:2] for photo in photos}
    if len(sizes) > 1:
        said = ", ".join(f"{height}×{width}" for height, width in sorted(sizes))
        raise ValueError(f"image: expected pictures of one size, got {said}.")
    return photos


def _read_features_of_each(features: ArrayLike, name: str, count: int) -> list[np.ndarray]:
    if count == 1:
        return [read_features(features, name)]
    array = to_array(features, name)
    if array.ndim != 4 or len(array) != count:
        raise ValueError(
            f"{name}: expected features of each of the {count} images, {count}×h×w×channels, "
            f"got shape {array.shape}."
        )
    return [read_features(one, name) for one in array]


def _read_fields(
    fields: Mapping[str, ReceptiveField] | None, layers: Mapping[str, object]
) -> dict[str, dict[str, int]]:
    """Receptive fields as the browser takes them."""
    if fields is None:
        return {}
    if not isinstance(fields, Mapping) or not all(
        isinstance(one, ReceptiveField) for one in fields.values()
    ):
        raise ValueError(
            "receptive_fields: expected a mapping from a layer's name to its ReceptiveField, as "
            f"receptive_fields(encoder) returns it, got {say(fields)}."
        )
    unknown = [name for name in fields if name not in layers]
    if unknown:
        raise ValueError(
            f"receptive_fields: expected layers of feature_maps, {', '.join(layers)}, "
            f"got {', '.join(map(str, unknown))}."
        )
    return {
        name: {key: int(value) for key, value in one._asdict().items()}
        for name, one in fields.items()
    }


def _strongest(features: np.ndarray) -> list[int]:
    spreads = features.std(axis=(0, 1))
    return np.argsort(-spreads, kind="stable")[:STRONGEST].tolist()


def _size(features: np.ndarray) -> dict[str, int]:
    height, width, channels = features.shape
    return {"height": height, "width": width, "channels": channels}


tell_calls(globals())
