"""border_label: which value of a trimap is the border, found by measuring."""

from collections.abc import Callable

import numpy as np

from lessons_lib.checks.common import as_whole
from lessons_lib.checks.task import Misconception, Task
from lessons_lib.data.regions import count_crossings


def declare() -> Task:
    """Declares the exercise."""
    return Task(
        name="border_label",
        lesson=1,
        minutes=10,
        aim="Find out by measuring which of the values 1, 2, 3 of a mask is the border; in other "
        "data sets it may be another one, and the pet may be tiny.",
        signature="border_label(mask)",
        hints=(
            "Not how many pixels: how do the three regions lie?",
            "The border lies between the other two. So which two hardly ever touch?",
            "Neighbours: `mask[:, :-1]` against `mask[:, 1:]`, and the same for rows. Count how "
            "often each pair of values meets.",
            "The pair that meets least is pet and background; the third value, 6 minus both, is "
            "it.",
        ),
        reference=_border_label,
        observe=lambda answer, mask: as_whole(answer(mask)),
        cases=_masks_with_borders,
        misconceptions=MISCONCEPTIONS,
        why="A legend can be wrong, as the tutorial's is; what touches what can be counted.",
    )


def _ring_mask(size: int, radius: float, band: float, values: tuple[int, int, int]) -> np.ndarray:
    """Draws a round pet with a band around it; values are those of pet, background and band."""
    rows, columns = np.mgrid[:size, :size] - (size - 1) / 2
    distance = np.hypot(rows, columns)
    pet, background, border = values
    mask = np.full((size, size, 1), background, np.uint8)
    mask[distance < radius + band] = border
    mask[distance < radius] = pet
    return mask


def _masks_with_borders() -> list[tuple]:
    """Masks whose classes bear other values, with large pets and with tiny ones."""
    settings = [
        (9, 2.2, 1.0, (1, 2, 3)),
        (16, 1.5, 2.0, (2, 3, 1)),
        (24, 10.0, 3.0, (3, 1, 2)),
        (24, 12.0, 3.0, (1, 3, 2)),
        (32, 2.0, 3.0, (1, 2, 3)),
        (32, 9.0, 2.0, (3, 2, 1)),
    ]
    rings = [_ring_mask(*setting) for setting in settings]
    stripes = _striped_mask(12, (3, 4, 5), (1, 2, 3))
    corner = _ring_mask(32, 9.0, 3.0, (2, 3, 1))[12:, 14:]  # the pet touches two edges
    leaking = _ring_mask(20, 5.0, 2.0, (3, 2, 1))
    leaking[9, 12:] = leaking[9, -1]  # in one place the background reaches the pet
    leaking_too = leaking.copy()
    leaking_too[leaking == 1], leaking_too[leaking == 2] = 2, 1
    borders = (*rings, stripes, stripes.transpose(1, 0, 2), corner, leaking, leaking_too)
    return [(mask,) for mask in borders]


def _striped_mask(
    length: int, widths: tuple[int, int, int], values: tuple[int, int, int]
) -> np.ndarray:
    """Draws three upright stripes: pet, border and background, whose values these are."""
    row = np.repeat(np.array(values, np.uint8), widths)
    return np.tile(row, (length, 1))[..., np.newaxis]


def _border_label(mask: np.ndarray) -> int:
    crossings = count_crossings(mask)
    pairs = {(1, 2): 3, (1, 3): 2, (2, 3): 1}
    rarest = min(pairs, key=lambda pair: crossings[pair[0] - 1, pair[1] - 1])
    return pairs[rarest]


def _crossings(mask: np.ndarray) -> np.ndarray:
    """How often each value has a neighbour with another one."""
    crossings = count_crossings(mask)
    return crossings.sum(axis=0) + crossings.sum(axis=1) - 2 * np.diag(crossings)


def _longest_runs(mask: np.ndarray) -> list[int]:
    """The longest run of each value in a row."""
    runs = [0, 0, 0]
    for row in np.asarray(mask)[..., 0]:
        for piece in np.split(row, np.flatnonzero(np.diff(row)) + 1):
            runs[piece[0] - 1] = max(runs[piece[0] - 1], len(piece))
    return runs


def _seen_along(axis: int) -> Callable:
    """An answer that looks at neighbours in one direction only."""

    def border_label(mask: np.ndarray) -> int:
        labels = np.moveaxis(np.asarray(mask)[..., 0].astype(int), axis, 0)
        first, second = labels[:-1], labels[1:]
        met = [
            int(((first * second == 6 // value) & (first != second)).sum()) for value in (1, 2, 3)
        ]
        return int(np.argmin(met)) + 1

    return border_label


def _never_met(fallback: int | None) -> Callable:
    """An answer that asks whether two values ever meet, not how often."""

    def border_label(mask: np.ndarray) -> int | None:
        crossings = count_crossings(mask)
        pairs = {(2, 3): 1, (1, 3): 2, (1, 2): 3}
        return next(
            (value for pair, value in pairs.items() if not crossings[pair[0] - 1, pair[1] - 1]),
            fallback,
        )

    return border_label


def _second_in_a_row(mask: np.ndarray) -> int:
    """The second value in the middle row."""
    row = np.asarray(mask)[mask.shape[0] // 2, :, 0]
    runs = [int(row[0]), *(int(value) for value in row[1:][np.diff(row.astype(int)) != 0])]
    return runs[1]


def _second_in_a_row_if_any(mask: np.ndarray) -> int:
    row = np.asarray(mask)[mask.shape[0] // 2, :, 0]
    return next((int(value) for value in row if value != row[0]), int(row[0]))


def _counts(mask: np.ndarray) -> np.ndarray:
    return np.bincount(np.asarray(mask).ravel(), minlength=4)[1:]


MISCONCEPTIONS = (
    Misconception(
        "always 2",
        "It says 2 whatever the mask shows, as the tutorial does. Measure instead.",
        lambda mask: 2,
    ),
    Misconception(
        "always 3",
        "It says 3 whatever the mask shows. True for the pets, by their authors' choice; the "
        "next data set may choose otherwise. Measure.",
        lambda mask: 3,
    ),
    Misconception(
        "the rarest label",
        "It takes the value with the fewest pixels. Where the pet is tiny, that is the pet.",
        lambda mask: int(np.argmin(_counts(mask))) + 1,
    ),
    Misconception(
        "the second label by size",
        "It takes the value whose number of pixels is in the middle. That the border lies between "
        "the others in the picture does not make it so in number.",
        lambda mask: int(np.argsort(_counts(mask), kind="stable")[1]) + 1,
    ),
    Misconception(
        "the commonest label",
        "It takes the value with the most pixels: mostly the background.",
        lambda mask: int(np.argmax(_counts(mask))) + 1,
    ),
    Misconception(
        "the label in the corner",
        "It takes the value at the edge of the picture: that is mostly the background.",
        lambda mask: int(mask[0, 0, 0]),
        also=(lambda mask: int(mask[-1, -1, 0]),),
    ),
    Misconception(
        "the label in the middle",
        "It takes the value in the middle of the picture: that is mostly the pet.",
        lambda mask: int(mask[mask.shape[0] // 2, mask.shape[1] // 2, 0]),
    ),
    Misconception(
        "the median",
        "It takes the median of the values. Labels are names: what lies in the middle of their "
        "order says nothing of the picture.",
        lambda mask: int(np.median(mask)),
        also=(lambda mask: round(float(np.mean(mask))),),
    ),
    Misconception(
        "the label with the fewest crossings",
        "It takes the value that has the fewest neighbours of another kind. That is one of those "
        "beside the border; which two hardly ever meet?",
        lambda mask: int(np.argmin(_crossings(mask))) + 1,
    ),
    Misconception(
        "the thinnest label",
        "It takes the value that is thinnest, or has the most edge for its size. A tiny pet is "
        "thinner than the border around it.",
        lambda mask: int(np.argmin(_longest_runs(mask))) + 1,
        also=(lambda mask: int(np.argmax(_crossings(mask) / np.maximum(_counts(mask), 1))) + 1,),
    ),
    Misconception(
        "one direction only",
        "It looks at neighbours in one direction only, beside or below each other. Where the "
        "regions are stripes in the other direction it sees none of their borders.",
        _seen_along(1),
        also=(_seen_along(0),),
    ),
    Misconception(
        "minds a single meeting",
        "It asks which values meet at all. The other two may do so in a pixel or two: count how "
        "often each pair meets, and take the pair that does so least.",
        _never_met(None),
        also=tuple(_never_met(fallback) for fallback in (0, 1, 2, 3, -1)),
    ),
    Misconception(
        "looks at one row",
        "It goes along one row, and takes what comes second there. That row may begin in the "
        "border or in the pet, or hold one value only: look at the whole mask.",
        _second_in_a_row,
        also=(_second_in_a_row_if_any,),
    ),
    Misconception(
        "labels from 0",
        "It gives 0, 1 or 2: the right region, but a label after normalize. Asked is the "
        "mask's own value.",
        lambda mask: _border_label(mask) - 1,
    ),
)
