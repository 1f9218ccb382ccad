"""Lesson 1's measurements of a trimap: which of its three values is the border band?

Documentation can be wrong; a mask can be measured. How many pixels has each value, how thick is
its region, and which regions touch each other?
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import ndimage

from lessons_lib.arguments import list_values, read_numbers, require_whole, say
from lessons_lib.batches import require_counted
from lessons_lib.classes import TRIMAP_VALUES
from lessons_lib.data.problems import DataProblem
from lessons_lib.signatures import tell_calls


@dataclass(frozen=True)
class RegionMeasures:
    """Measures of many trimaps; the place in each array is that of the value in ``values``.

    Attributes:
        values: the trimap values measured: 1, 2, 3.
        shares: float64 (3,), each value's mean share of a picture's pixels.
        thickness: float64 (3,), median of each region's thickness as a share of the picture's
            shorter side; NaN for a value that occurs nowhere.
        contacts: float64 (3, 3), of all steps out of the region of a row, the share that ends in
            the region of a column; NaN for a region without neighbours.
        pictures: how many trimaps were measured.
    """

    values: tuple[int, ...]
    shares: np.ndarray
    thickness: np.ndarray
    contacts: np.ndarray
    pictures: int


def measure_regions(trimaps: Iterable) -> RegionMeasures:
    """Measures shares, thickness and contacts over many trimaps.

    Args:
        trimaps: arrays h×w or h×w×1 with values 1, 2, 3; or examples with a
            ``segmentation_mask``, such as ``pets.train.take(100)``.

    Raises:
        DataProblem: no trimap, or one that is no mask of one channel with the values 1, 2, 3.
        TypeError: what is no set of trimaps.
    """
    require_counted("measure_regions", trimaps)
    if isinstance(trimaps, np.ndarray) and (trimaps.ndim < 3 or trimaps.shape[2:] == (1,)):
        raise DataProblem(
            f"measure_regions measures several trimaps, got one of shape {trimaps.shape}; put it "
            "into a list."
        )
    shares, thickness, crossings = [], [], []
    for trimap in trimaps:
        mask = _as_plane(trimap)
        shares.append(pixel_shares(mask))
        widths = [region_thickness(mask, value) for value in TRIMAP_VALUES]
        thickness.append(np.array(widths) / min(mask.shape))
        crossings.append(count_crossings(mask))
    if not shares:
        raise DataProblem("measure_regions expects at least one trimap, got none.")
    return RegionMeasures(
        values=TRIMAP_VALUES,
        shares=np.mean(shares, axis=0),
        thickness=_median_of_present(np.array(thickness)),
        contacts=_shares_of_rows(np.sum(crossings, axis=0)),
        pictures=len(shares),
    )


def pixel_shares(trimap: ArrayLike | dict) -> np.ndarray:
    """Returns the share of pixels of the values 1, 2, 3, as float64 (3,).

    >>> pixel_shares(np.array([[1, 1], [2, 3]])).tolist()
    [0.5, 0.25, 0.25]
    """
    mask = _as_plane(trimap)
    return np.array([np.mean(mask == value) for value in TRIMAP_VALUES])


def region_thickness(trimap: ArrayLike | dict, value: int) -> float:
    """Returns how wide the region of a value is at its widest place, in pixels.

    That is the width of the widest disc around a pixel that fits into it: about twice the largest
    distance from a pixel inside to the nearest pixel outside. It is exact for a band of an odd
    width and a pixel short for an even one. Where the picture ends, the region is taken to go
    on. NaN where the value does not occur, infinite where there is nothing else.
    """
    require_whole("value", value)
    if value not in TRIMAP_VALUES:
        raise DataProblem(f"A trimap's values are 1, 2 and 3, but {say(value)} came as value.")
    inside = _as_plane(trimap) == value
    if not inside.any():
        return float("nan")
    if inside.all():
        return float("inf")
    # Distances are between centres of pixels; the region ends half a pixel sooner on each side.
    return float(2 * np.asarray(ndimage.distance_transform_edt(inside)).max() - 1)


def count_crossings(trimap: ArrayLike | dict) -> np.ndarray:
    """Counts the steps between neighbouring pixels, left, right, up and down, by their values.

    Returns:
        int64 (3, 3): how many steps lead from the value of the row to the value of the column.
        The diagonal, steps within a region, is zero.
    """
    mask = _as_plane(trimap)
    crossings = np.zeros((len(TRIMAP_VALUES), len(TRIMAP_VALUES)), np.int64)
    neighbours = ((mask[:, :-1], mask[:, 1:]), (mask[:-1], mask[1:]))
    for row, start in enumerate(TRIMAP_VALUES):
        for column, end in enumerate(TRIMAP_VALUES):
            if start != end:
                crossings[row, column] = sum(
                    np.count_nonzero((one == start) & (other == end))
                    + np.count_nonzero((one == end) & (other == start))
                    for one, other in neighbours
                )
    return crossings


def contact_shares(trimap: ArrayLike | dict) -> np.ndarray:
    """Returns which neighbours each region has: float64 (3, 3), rows add up to 1.

    Row 0, column 2 holds: of all steps out of the region of value 1, the share that ends in the
    region of value 3. A row is NaN where its region has no neighbour.
    """
    return _shares_of_rows(count_crossings(trimap))


def _as_plane(trimap: ArrayLike | dict) -> np.ndarray:
    if isinstance(trimap, dict):
        if "segmentation_mask" not in trimap:
            raise DataProblem(
                "An example with a 'segmentation_mask' is expected here, got the keys "
                f"{', '.join(map(str, trimap))}; give it such as pets.train.take(100)."
            )
        trimap = trimap["segmentation_mask"]
    if isinstance(trimap, tuple):
        raise DataProblem(
            "Trimaps are expected here, got batches of images and masks, whose values are labels "
            "already; give it such as pets.train.take(100)."
        )
    mask = read_numbers("A trimap", trimap)
    if mask.ndim == 3 and mask.shape[-1] == 1:
        mask = mask[..., 0]
    if mask.ndim != 2 or not np.issubdtype(mask.dtype, np.integer):
        raise DataProblem(
            "A trimap of integers with the shape h×w or h×w×1 is expected here, got shape "
            f"{mask.shape} and dtype {mask.dtype}; measure one mask at a time."
        )
    if not mask.size or not np.isin(mask, TRIMAP_VALUES).all():
        raise DataProblem(
            f"A trimap with the values 1, 2, 3 is expected here, got {list_values(mask) or 'none'};"
            " measure it before normalize makes labels 0, 1, 2 of them."
        )
    return mask


def _shares_of_rows(crossings: np.ndarray) -> np.ndarray:
    totals = crossings.sum(axis=1, keepdims=True).astype(np.float64)
    return np.divide(crossings, totals, out=np.full(crossings.shape, np.nan), where=totals > 0)


def _median_of_present(thickness: np.ndarray) -> np.ndarray:
    """Medians of columns without their NaN; a column of nothing but NaN gives NaN."""
    present = [column[~np.isnan(column)] for column in thickness.T]
    return np.array([np.median(column) if column.size else np.nan for column in present])


tell_calls(globals())
