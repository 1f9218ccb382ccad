"""class_weights: weights by inverse frequency."""

from collections.abc import Callable

import numpy as np

from lessons_lib.checks.task import Misconception, Task
from lessons_lib.class_imbalance import class_weights as course_class_weights


def declare() -> Task:
    """Declares the exercise."""
    return Task(
        name="class_weights",
        lesson=5,
        minutes=8,
        aim="Choose weights by inverse frequency, scaled so that the mean weight of all pixels is "
        "1; a class that does not occur gets 0.",
        signature="class_weights(shares)",
        hints=(
            "A class with half the share of another is to get twice its weight.",
            "The mean weight of all pixels is not the mean of the list: a common class has more "
            "pixels. It is (weights * shares).sum().",
            "1 / 0 is infinite. Divide only where shares > 0, and leave 0 in the other places.",
            "Start with np.zeros(len(shares)); fill the classes that occur with 1 / share; divide "
            "all by the mean weight of a pixel.",
        ),
        reference=lambda shares: course_class_weights(shares, "inverse"),
        cases=_shares,
        misconceptions=MISCONCEPTIONS,
        why="With inverse weights each class has the same part of all weight; and with a mean of 1 "
        "the loss stays of the same order, so a learning rate that worked before is worth keeping.",
    )


def _shares() -> list[tuple]:
    """Shares of three and four classes; in some a class does not occur."""
    return [
        (np.array([0.5, 0.4, 0.1]),),
        (np.array([0.25, 0.6, 0.05, 0.1]),),
        (np.array([0.7, 0.0, 0.3]),),
        (np.array([0.15, 0.85]),),
        (np.array([0.0, 0.3, 0.02, 0.08, 0.6]),),
    ]


def _scaled(weights: np.ndarray, shares: np.ndarray) -> np.ndarray:
    return weights / (weights * shares).sum()


def _with_either_zero(weigh: Callable, weigh_inverse: Callable | None = None) -> dict:
    """Gives the wrong answers of a mistake: 0, or what NumPy makes, where a class is absent."""

    def unguarded(shares: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            return weigh(shares)

    def guarded(shares: np.ndarray) -> np.ndarray:
        weights = np.zeros_like(shares)
        weights[shares > 0] = weigh(shares[shares > 0])
        return weights

    def zero_filled(shares: np.ndarray) -> np.ndarray:
        inverse = np.zeros_like(shares)
        inverse[shares > 0] = 1 / shares[shares > 0]
        return weigh_inverse(inverse) if weigh_inverse is not None else inverse

    more = (zero_filled,) if weigh_inverse is not None else ()
    return {"wrong": guarded, "also": (unguarded, *more)}


def _by_median(shares: np.ndarray) -> np.ndarray:
    return np.median(shares) / shares


def _by_logarithm(shares: np.ndarray) -> np.ndarray:
    return _scaled(-np.log(shares), shares)


def _one_for_absent(shares: np.ndarray) -> np.ndarray:
    return np.where(shares > 0, course_class_weights(shares.tolist(), "inverse"), 1.0)


def _tiny_instead_of_zero(shares: np.ndarray) -> np.ndarray:
    return _scaled(1 / (shares + 1e-6), shares)


def _unguarded_inverse(shares: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        return _scaled(1 / shares, shares)


def _left_out(shares: np.ndarray) -> np.ndarray:
    return course_class_weights(shares[shares > 0].tolist(), "inverse")


def _counts_absent(shares: np.ndarray) -> np.ndarray:
    weights = np.zeros_like(shares)
    weights[shares > 0] = 1 / (len(shares) * shares[shares > 0])
    return weights


def _infinite(shares: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        return 1 / ((shares > 0).sum() * shares)


def _infinite_by_all(shares: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        return 1 / (len(shares) * shares)


MISCONCEPTIONS = (
    Misconception(
        "proportional",
        "A common class gets more weight than a rare one: that makes the imbalance worse.",
        lambda shares: _scaled(shares, shares),
        also=(lambda shares: shares * 1.0, lambda shares: shares / shares.max()),
    ),
    Misconception(
        "not normalised",
        "The ratios are right, but nothing is scaled: the loss would become several times as "
        "large, and with it every step of gradient descent.",
        **_with_either_zero(lambda shares: 1 / shares),
    ),
    Misconception(
        "weights add up to 1",
        "The ratios are right, but the weights add up to 1. What is to be 1 is the mean over "
        "pixels, and common classes have more of those.",
        **_with_either_zero(lambda shares: (1 / shares) / (1 / shares).sum()),
    ),
    Misconception(
        "mean of the list is 1",
        "The mean of the list is 1, as if all classes had the same number of pixels. Count "
        "each weight as often as it occurs.",
        **_with_either_zero(
            lambda shares: (1 / shares) / (1 / shares).mean(),
            lambda inverse: inverse / inverse.mean(),
        ),
    ),
    Misconception(
        "largest weight is 1",
        "The largest weight is 1 and all others are below it, so the loss shrinks. What is to "
        "be 1 is the mean weight of a pixel.",
        **_with_either_zero(lambda shares: (1 / shares) / (1 / shares).max()),
    ),
    Misconception(
        "smallest weight is 1",
        "The smallest weight is 1 and all others are above it, so the loss grows. The mean "
        "weight of a pixel is to be 1.",
        **_with_either_zero(lambda shares: (1 / shares) / (1 / shares).min()),
    ),
    Misconception(
        "divides by zero",
        "A class that does not occur breaks it: 1 / 0 is infinite. Infinite times 0 is NaN, so "
        "that scaling by a sum can spread it to all classes.",
        _unguarded_inverse,
        also=(_infinite, _infinite_by_all),
    ),
    Misconception(
        "nearly divides by zero",
        "A tiny number was added to keep from dividing by zero. Then a class that does not "
        "occur gets a weight of many thousands: one pixel of it would count like a whole batch.",
        _tiny_instead_of_zero,
        also=(lambda shares: _scaled(1 / np.maximum(shares, 1e-6), shares),),
    ),
    Misconception(
        "leaves the absent class out",
        "A class that does not occur has no place in the list, so the weights behind it move "
        "up and go to the wrong class.",
        _left_out,
    ),
    Misconception(
        "absent class gets 1",
        "A class that does not occur gets 1. No harm today, but asked for is 0: a weight "
        "that rests on no pixel should not look like one that was measured.",
        _one_for_absent,
    ),
    Misconception(
        "counts the absent class",
        "With a class that does not occur, the mean weight of a pixel is below 1: the absent "
        "class was counted among those that share the weight.",
        _counts_absent,
    ),
    Misconception(
        "one minus the share",
        "One minus the share favours rare classes far too little: a class ten times as rare "
        "does not get ten times the weight.",
        lambda shares: 1 - shares,
        also=(
            lambda shares: _scaled(1 - shares, shares),
            lambda shares: np.where(shares > 0, 1 - shares, 0.0),
            lambda shares: np.where(shares > 0, _scaled(1 - shares, shares), 0.0),
        ),
    ),
    Misconception(
        "inverse root",
        "These go by the root of the share, a halfway house between no weights and inverse "
        "ones. Asked for is the inverse itself.",
        **_with_either_zero(lambda shares: _scaled(1 / np.sqrt(shares), shares)),
    ),
    Misconception(
        "minus logarithm",
        "This is how much a class surprises, minus the logarithm of its share. It grows far "
        "more slowly than the inverse.",
        **_with_either_zero(_by_logarithm),
    ),
    Misconception(
        "median frequency",
        "This is median frequency: the same ratios on another scale, with 1 for the class in "
        "the middle instead of the mean pixel.",
        **_with_either_zero(_by_median),
    ),
    Misconception(
        "all alike",
        "All classes that occur have the same weight, so the weighted loss is the plain one.",
        lambda shares: (shares > 0) * 1.0,
        also=(lambda shares: np.ones_like(shares),),
    ),
)
