"""Where the camera stands: turns a skeleton in space into solids in pixels."""

from dataclasses import dataclass, replace

import numpy as np

from lessons_lib.drawing.anatomy import Skeleton
from lessons_lib.drawing.bodyparts import Region
from lessons_lib.drawing.shapes import Chain, Plate

PERSPECTIVE = 0.16


@dataclass(frozen=True)
class View:
    """A camera around a pet: turn and pitch in radians, and the picture it fills.

    ``turn`` 0 sees the pet from its left side, half π sees its face. ``scale`` is pixels in a pet
    unit, ``origin`` the pixel (x, y) of the ground under the pet's middle.
    """

    turn: float
    pitch: float
    mirrored: bool
    scale: float = 1.0
    origin: tuple[float, float] = (0.0, 0.0)

    def turned(self, vectors: np.ndarray | list[np.ndarray]) -> np.ndarray:
        """Directions (n, 3) in pet axes as the camera sees them: right, down, near."""
        x, y, z = np.atleast_2d(np.asarray(vectors, float)).T
        cos, sin = np.cos(self.turn), np.sin(self.turn)
        x, z = x * cos - z * sin, x * sin + z * cos
        cos, sin = np.cos(self.pitch), np.sin(self.pitch)
        y, z = y * cos - z * sin, y * sin + z * cos
        return np.stack([-x if self.mirrored else x, -y, z], axis=1)

    def project(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Pixels (n, 3: x right, y down, z near) and enlargement (n) of points in pet units."""
        seen = self.turned(points)
        grow = self.scale / (1.0 - PERSPECTIVE * seen[:, 2])
        pixels = seen * np.stack([grow, grow, np.full_like(grow, self.scale)], axis=1)
        pixels += (*self.origin, 0.0)
        return np.round(pixels, 6), np.round(grow, 6)

    def see(self, skeleton: Skeleton) -> list[Chain | Plate]:
        """The skeleton's solids in pixels, rounded to a millionth of a pixel."""
        solids = skeleton.solids
        ends = np.cumsum([len(solid.points) for solid in solids])[:-1]
        pixels, grow = self.project(np.concatenate([solid.points for solid in solids]))
        backs = np.round(
            self.turned(
                [solid.back if isinstance(solid, Chain) else np.zeros(3) for solid in solids]
            ),
            6,
        )
        seen: list[Chain | Plate] = []
        for solid, place, larger, back in zip(
            solids, np.split(pixels, ends), np.split(grow, ends), backs, strict=False
        ):
            if isinstance(solid, Plate):
                radius = float(np.round(solid.radius * larger[0], 6))
                seen.append(replace(solid, points=place, radius=radius))
            else:
                radii = np.round(solid.radii * larger, 6)
                seen.append(replace(solid, points=place, radii=radii, back=back))
        return seen


def bounds(solids: list[Chain | Plate], only: tuple[Region, ...] = ()) -> np.ndarray:
    """Left, top, right, bottom of solids in pixels; with ``only``, of those regions alone."""
    boxes = []
    for solid in solids:
        if only and solid.region not in only:
            continue
        radii = solid.radius if isinstance(solid, Plate) else solid.radii[:, None]
        flat = solid.points[:, :2]
        boxes.append([*(flat - radii).min(axis=0), *(flat + radii).max(axis=0)])
    boxes = np.array(boxes)
    return np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])
