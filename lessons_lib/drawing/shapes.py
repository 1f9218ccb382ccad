"""Round and pointed solids, and how a pixel grid sees them: the geometry of the drawn pets.

A pet is a list of solids in space: chains of balls (legs, tails, bodies, muzzles) and flat
plates (pointed ears). Seen by a camera without perspective, a ball is a disc, so each solid
becomes a signed distance in pixels (negative inside) and a depth (larger is nearer).

Everything that decides a pixel of a mask uses only + - * / sqrt and comparisons in float64, which
IEEE 754 rounds the same way everywhere, on coordinates rounded to a millionth of a pixel. So the
masks are the same on every machine, whatever its sine function or its vector unit does.

Sources: I. Quilez, "2D distance functions" and "smooth minimum" (iquilezles.org, 2008 to 2024).
"""

import bisect
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Point = Sequence[float] | np.ndarray
Place = tuple[slice, slice]
Window = tuple[Place, np.ndarray, np.ndarray]  # and the x and y of its pixels

FAR = 1e6
OUTSIDE_SLOPE = 5.0  # how steeply a solid's depth falls off outside its outline


@dataclass(frozen=True)
class Chain:
    """Balls strung on a line: ``points`` (n, 3), ``radii`` (n), in pet units or in pixels.

    ``back`` (3) points to the side where a body's back is, or is zero; ``blend`` is how softly
    the chain grows out of the others, in pet units.
    """

    region: int
    points: np.ndarray
    radii: np.ndarray
    blend: float
    back: np.ndarray


@dataclass(frozen=True)
class Plate:
    """A flat convex plate with rounded edges (a pointed ear): ``points`` (n, 3), one radius."""

    region: int
    points: np.ndarray
    radius: float
    blend: float = 0.01


@dataclass
class Regions:
    """What the camera sees of a pet at each pixel (arrays of height × width).

    Attributes:
        distance: float64, pixels to the pet's outline, negative inside the pet.
        depth: float32, pixels towards the camera; larger is nearer.
        region: int8, which part of the body (see ``bodyparts.Region``), -1 outside all of them.
        along: float32, position along the part's own axis, in pet units.
        across: float32, which side of the body is seen: -1 belly to 1 back.
        flow: int8, direction of that axis on the picture, as one of eight (0 is rightwards).
        scale: pixels in one pet unit.
    """

    distance: np.ndarray
    depth: np.ndarray
    region: np.ndarray
    along: np.ndarray
    across: np.ndarray
    flow: np.ndarray
    scale: float

    def crop(self, place: tuple[slice, slice]) -> "Regions":
        """The same regions in a window of the picture."""
        return Regions(
            self.distance[place],
            self.depth[place],
            self.region[place],
            self.along[place],
            self.across[place],
            self.flow[place],
            self.scale,
        )


def rasterize(
    solids: list[Chain | Plate], height: int, width: int, scale: float, margin: float
) -> Regions:
    """Draw solids, given in pixels (x right, y down, z towards the camera), onto a grid.

    Args:
        solids: chains and plates in pixels, the big ones first.
        height, width: size of the picture in pixels.
        scale: pixels in one pet unit, kept for the painters.
        margin: how many pixels outside a solid its distance still has to be right.

    Returns:
        The regions. Beyond ``margin`` the distance is only known to be large.
    """
    regions = Regions(
        distance=np.full((height, width), FAR),
        depth=np.full((height, width), -FAR, np.float32),
        region=np.full((height, width), -1, np.int8),
        along=np.zeros((height, width), np.float32),
        across=np.zeros((height, width), np.float32),
        flow=np.zeros((height, width), np.int8),
        scale=scale,
    )
    for solid in solids:
        if isinstance(solid, Plate):
            _add_plate(regions, solid, margin)
        else:
            _add_chain(regions, solid, margin)
    return regions


def disc_distance(
    x: np.ndarray, y: np.ndarray, center: Point, radii: tuple[float, float]
) -> np.ndarray:
    """Signed distance (about right near the outline) to an upright ellipse."""
    dx, dy = (x - center[0]) / radii[0], (y - center[1]) / radii[1]
    reach = np.sqrt(dx * dx + dy * dy)
    return (reach - 1.0) * min(radii)


def segment_distance(
    x: np.ndarray, y: np.ndarray, start: Point, end: Point, start_radius: float, end_radius: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Signed distance to a tapered stroke, with the share along it and the distance to its axis."""
    step_x, step_y = end[0] - start[0], end[1] - start[1]
    length_squared = max(step_x * step_x + step_y * step_y, 1e-9)
    dx, dy = x - start[0], y - start[1]
    share = np.clip((dx * step_x + dy * step_y) / length_squared, 0.0, 1.0)
    dx, dy = dx - share * step_x, dy - share * step_y
    from_axis = np.sqrt(dx * dx + dy * dy)
    return from_axis - (start_radius + share * (end_radius - start_radius)), share, from_axis


def polygon_distance(x: np.ndarray, y: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Exact signed distance to a polygon with ``corners`` (n, 2), negative inside."""
    nearest = np.full(np.broadcast(x, y).shape, FAR * FAR)
    inside = np.zeros(nearest.shape, bool)
    for here, before in zip(corners, np.roll(corners, 1, axis=0), strict=True):
        edge_x, edge_y = before[0] - here[0], before[1] - here[1]
        dx, dy = x - here[0], y - here[1]
        share = (dx * edge_x + dy * edge_y) / max(edge_x * edge_x + edge_y * edge_y, 1e-9)
        share = np.clip(share, 0.0, 1.0)
        off_x, off_y = dx - edge_x * share, dy - edge_y * share
        nearest = np.minimum(nearest, off_x * off_x + off_y * off_y)
        above, below = y >= here[1], y < before[1]
        left = edge_x * dy > edge_y * dx
        inside ^= (above & below & left) | (~above & ~below & ~left)
    reach = np.sqrt(nearest)
    return np.where(inside, -reach, reach)


def window_of(image: np.ndarray, center: Point, reach: float) -> Window | None:
    """The slices of a picture (…, h, w) around ``center``, with pixel coordinates, or None."""
    height, width = image.shape[-2:]
    left, right = max(int(center[0] - reach) - 1, 0), min(int(center[0] + reach) + 3, width)
    top, bottom = max(int(center[1] - reach) - 1, 0), min(int(center[1] + reach) + 3, height)
    if left >= right or top >= bottom:
        return None
    x = np.arange(left, right, dtype=np.float64)[None, :]
    y = np.arange(top, bottom, dtype=np.float64)[:, None]
    return (slice(top, bottom), slice(left, right)), x, y


def _window(regions: Regions, start: Point, end: Point, reach: float) -> Window | None:
    """The slices of the grid within ``reach`` of two points, with pixel coordinates, or None."""
    height, width = regions.distance.shape
    left = max(math.floor(min(start[0], end[0]) - reach), 0)
    top = max(math.floor(min(start[1], end[1]) - reach), 0)
    right = min(math.ceil(max(start[0], end[0]) + reach) + 1, width)
    bottom = min(math.ceil(max(start[1], end[1]) + reach) + 1, height)
    if left >= right or top >= bottom:
        return None
    x = np.arange(left, right, dtype=np.float64)[None, :]
    y = np.arange(top, bottom, dtype=np.float64)[:, None]
    return (slice(top, bottom), slice(left, right)), x, y


def _add_chain(regions: Regions, chain: Chain, margin: float) -> None:
    """Unite a chain of balls with what is there, ball pair by ball pair."""
    travelled, scale = 0.0, regions.scale
    points, radii = chain.points.tolist(), chain.radii.tolist()
    for start, end, start_radius, end_radius in zip(
        points, points[1:], radii, radii[1:], strict=False
    ):
        step = [end[axis] - start[axis] for axis in range(3)]
        length = math.sqrt(sum(part * part for part in step))
        reach = max(start_radius, end_radius) + margin + chain.blend * scale
        window = _window(regions, start, end, reach)
        if window is not None:
            place, x, y = window
            distance, share, from_axis = segment_distance(
                x, y, start, end, start_radius, end_radius
            )
            share, from_axis = share.astype(np.float32), from_axis.astype(np.float32)
            radius = start_radius + share * (end_radius - start_radius)
            bulge = np.sqrt(np.maximum(radius * radius - from_axis * from_axis, 0.0))
            depth = (
                start[2]
                + share * step[2]
                + bulge
                - OUTSIDE_SLOPE * np.maximum(from_axis - radius, 0.0)
            )
            if abs(step[2]) > 0.6 * length:
                near, radius_there = (end, end_radius) if step[2] > 0 else (start, start_radius)
                depth = _raise_ball(depth, x, y, near, radius_there)
            along = (travelled + share * length) / scale
            across = _across(chain, x, y, start, step, share, bulge) / radius
            _unite(regions, place, distance, depth, chain, along, across, _eighth(step))
        travelled += length


def _across(
    chain: Chain,
    x: np.ndarray,
    y: np.ndarray,
    start: Point,
    step: Sequence[float],
    share: np.ndarray,
    bulge: np.ndarray,
) -> np.ndarray:
    """Pixels from the chain's axis to its surface, towards the side of the back."""
    right, down, near = chain.back.tolist()
    if not (right or down or near):
        return 0.0 * share
    x, y = x.astype(np.float32) - start[0], y.astype(np.float32) - start[1]
    return (x - share * step[0]) * right + (y - share * step[1]) * down + bulge * near


def _raise_ball(
    depth: np.ndarray, x: np.ndarray, y: np.ndarray, center: Point, radius: float
) -> np.ndarray:
    """Depth with the ball at the near end of a chain that points at the camera."""
    dx, dy = x.astype(np.float32) - center[0], y.astype(np.float32) - center[1]
    inside = radius * radius - dx * dx - dy * dy
    ball = center[2] + np.sqrt(np.maximum(inside, 0.0))
    return np.where(inside > 0, np.maximum(depth, ball), depth)


def _add_plate(regions: Regions, plate: Plate, margin: float) -> None:
    """Unite a flat rounded plate with what is there."""
    reach = plate.radius + margin + plate.blend * regions.scale
    lowest, highest = plate.points.min(axis=0).tolist(), plate.points.max(axis=0).tolist()
    window = _window(regions, lowest, highest, reach)
    if window is None:
        return
    place, x, y = window
    distance = polygon_distance(x, y, plate.points[:, :2]) - plate.radius
    base = float(plate.points[:, 2].mean())
    shallow = distance.astype(np.float32)
    rounding = np.clip(-shallow / (3.0 * plate.radius), 0.0, 1.0)
    depth = (
        base
        + 2.0 * plate.radius * np.sqrt(rounding * (2.0 - rounding))
        - OUTSIDE_SLOPE * np.maximum(shallow, 0.0)
    )
    tip = plate.points[len(plate.points) // 2]
    along = (y - tip[1]) / regions.scale
    _unite(regions, place, distance, depth, plate, along, 0.0, 2)


def _unite(
    regions: Regions,
    place: Place,
    distance: np.ndarray,
    depth: np.ndarray,
    solid: Chain | Plate,
    along: np.ndarray,
    across: np.ndarray | float,
    flow: int,
) -> None:
    """Smoothly unite one solid with the regions inside the window ``place``."""
    blend = max(solid.blend * regions.scale, 1e-3)
    old_distance, old_depth = regions.distance[place], regions.depth[place]
    nearer = depth > old_depth + 0.05  # solids that share a ball must not take turns in it
    np.copyto(regions.region[place], np.int8(solid.region), where=nearer)
    np.copyto(regions.flow[place], np.int8(flow), where=nearer)
    np.copyto(regions.along[place], along, where=nearer)
    np.copyto(regions.across[place], across, where=nearer)
    overlap = np.maximum(blend - np.abs(old_distance - distance), 0.0)
    regions.distance[place] = np.minimum(old_distance, distance) - overlap * overlap / (4.0 * blend)
    overlap = np.maximum(blend - np.abs(old_depth - depth), 0.0)
    regions.depth[place] = np.maximum(old_depth, depth) + overlap * overlap / (4.0 * blend)


def _eighth(step: Sequence[float]) -> int:
    """Direction of a step on the picture as one of eight over half a turn."""
    slope_x, slope_y = (step[0], step[1]) if step[0] >= 0 else (-step[0], -step[1])
    if slope_x < 0.2 * abs(slope_y):
        return 4
    ratio = slope_y / max(slope_x, 1e-9)
    return (bisect.bisect_left((-2.4, -1.0, -0.4, 0.2, 0.67, 1.5, 5.0), ratio) + 5) % 8
