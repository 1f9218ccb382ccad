"""The explorer of lesson 2: what each channel of each layer answers to."""

from collections.abc import Mapping

import numpy as np
import traitlets
from numpy.typing import ArrayLike

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
from lessons_lib.plots.pictures import read_image
from lessons_lib.saying import quote
from lessons_lib.signatures import tell_calls

STRONGEST = 24
IN_FIGURE = 7


class FeatureExplorer(Explorer):
    """Shows one image's features: layer by layer, channel by channel, the strongest side by side.

    Attributes:
        layer: name of the layer shown.
        channel: number of the channel shown, counted from 0.
        opacity: of the channel over the photo, 0 to 1.
    """

    _esm = browser_code("features")
    when_run = "Run this cell to see every channel of every layer, and to read single answers."
    from_browser = frozenset(("layer", "channel", "opacity"))

    photo = traitlets.Dict().tag(sync=True)
    rgb = traitlets.Bytes().tag(sync=True)
    layers = traitlets.List().tag(sync=True)
    layer = told(traitlets.Unicode, "a text")().tag(sync=True)
    channel = told(traitlets.Int, "a whole number")(0).tag(sync=True)
    opacity = Share(1.0).tag(sync=True)

    def __init__(self, image: ArrayLike, feature_maps: Mapping[str, ArrayLike]):
        """Opens on the first layer's strongest channel.

        Args:
            image: uint8 or float [0, 1], h×w×3.
            feature_maps: from a layer's name to the image's features there, h×w×c or 1×h×w×c.

        Raises:
            ValueError: no mapping, no layers, NaN, or features of another rank or of several
                images.
        """
        self._photo = read_image(image)
        if not isinstance(feature_maps, Mapping):
            raise ValueError(
                "feature_maps: expected a mapping from a layer's name to its features, "
                f"got {type(feature_maps).__name__}."
            )
        if not feature_maps:
            raise ValueError("feature_maps is empty: pass at least one layer with its features.")
        self._features = {
            str(name): read_features(one, str(name)) for name, one in feature_maps.items()
        }
        height, width = self._photo.shape[:2]
        first = next(iter(self._features))
        super().__init__(
            photo={"height": height, "width": width},
            rgb=self._photo.tobytes(),
            layers=[{"name": name, **_size(one)} for name, one in self._features.items()],
            layer=first,
            channel=self.strongest(first)[0],
        )

    def strongest(self, layer: str) -> list[int]:
        """Returns a layer's channels, those first whose answers differ most from place to place."""
        if not isinstance(layer, str) or layer not in self._features:
            known = ", ".join(self._features)
            raise ValueError(f"layer: expected one of {known}, got {quote(layer)}.")
        spreads = self._features[layer].std(axis=(0, 1))
        return np.argsort(-spreads, kind="stable")[:STRONGEST].tolist()

    def answer(self, message: dict) -> None:
        """Sends all channels of the layer that the browser wants."""
        layer = message.get("want")
        if layer not in list(self._features):  # in the list, since a message may hold anything
            known = ", ".join(self._features)
            raise ValueError(f"want: expected one of {known}, got {layer!r:.100}.")
        features = self._features[layer]
        low, high = features.min(axis=(0, 1)), features.max(axis=(0, 1))
        span = np.where(high > low, high - low, 1)
        levels = np.rint((features - low) / span * 255).astype(np.uint8)
        header = {
            "layer": layer,
            **_size(features),
            "low": low.tolist(),
            "high": high.tolist(),
            "mean": features.mean(axis=(0, 1)).tolist(),
            "strongest": self.strongest(layer),
        }
        planes = np.ascontiguousarray(np.moveaxis(levels, -1, 0))
        self.send({"features": header}, buffers=[planes.tobytes()])

    def summary(self) -> str:
        """Says which layers there are, and which is shown."""
        sizes = ", ".join(
            f"{name} {'×'.join(str(side) for side in one.shape)}"
            for name, one in self._features.items()
        )
        return f"FeatureExplorer of {len(self._features)} layers: {sizes}; now {self.layer}."

    def describe(self) -> str:
        """Says what the channel shown answers."""
        answers = self._features[self.layer][..., self.channel]
        return (
            f"{self.layer}, channel {self.channel}: answers from {answers.min():.2f} to "
            f"{answers.max():.2f}, mean {answers.mean():.2f}."
        )

    def to_figure(self) -> LessonFigure:
        """Draws the photo and the strongest channels of the layer shown."""
        channels = self.strongest(self.layer)[:IN_FIGURE]
        return plot_feature_maps(self._features[self.layer], channels, image=self._photo)

    @traitlets.validate("layer")
    def _check_layer(self, proposal: traitlets.Bunch) -> str:
        return require_one_of(proposal, self._features)

    @traitlets.validate("channel")
    def _check_channel(self, proposal: traitlets.Bunch) -> int:
        last = self._features[self.layer].shape[-1] - 1
        return require_between(proposal, 0, last, f"those of {self.layer}")

    @traitlets.observe("layer")
    def _fit_channel(self, _change: traitlets.Bunch) -> None:
        """A channel of the layer before need not exist in this one."""
        if self.channel >= self._features[self.layer].shape[-1]:
            self.channel = self.strongest(self.layer)[0]


def _size(features: np.ndarray) -> dict[str, int]:
    height, width, channels = features.shape
    return {"height": height, "width": width, "channels": channels}


tell_calls(globals())
