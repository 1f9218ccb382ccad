"""steps: batches in an epoch, so that every pet is seen."""

from collections.abc import Callable

import numpy as np

from lessons_lib.checks.task import Misconception, Task
from lessons_lib.data import steps as course_steps


def declare() -> Task:
    """Declares the exercise."""
    return Task(
        name="steps",
        lesson=4,
        minutes=5,
        aim="Compute STEPS_PER_EPOCH and VALIDATION_STEPS, so that every pet is seen once an "
        "epoch.",
        signature="steps(counts, batch_size)",
        hints=(
            "One step takes one batch. How many batches do 10 pets make, in batches of 4?",
            "The last batch may be smaller than the others, and it counts as a step.",
            "math.ceil rounds up. Validation looks at the pets that were set apart for it, and at "
            "no others.",
        ),
        reference=_steps,
        cases=_counts_and_batch_sizes,
        returns=("number of steps per epoch", "number of validation steps"),
        misconceptions=MISCONCEPTIONS,
        why="A batch too few raises no error: in each epoch some pets are not learned from, and "
        "the same few validation pets are never asked about.",
    )


def _counts_and_batch_sizes() -> list[tuple]:
    """Sets that do and do not fill their last batch."""
    return [
        ({"train": 90, "validation": 20, "test": 45}, 8),
        ({"train": 64, "validation": 32, "test": 16}, 16),
        ({"train": 61, "validation": 31, "test": 70}, 16),
        ({"train": 100, "validation": 7, "test": 33}, 32),
        ({"train": 97, "validation": 64, "test": 80}, 32),
        ({"train": 96, "validation": 33, "test": 40}, 32),
    ]


def _steps(counts: dict[str, int], batch_size: int) -> tuple[int, int]:
    return (
        course_steps(counts["train"], batch_size),
        course_steps(counts["validation"], batch_size),
    )


def _ceil(count: int, batch_size: int) -> int:
    return -(-count // batch_size)


def _floor(count: int, batch_size: int) -> int:
    return count // batch_size


def _steps_by(
    train_rule: Callable, validation_rule: Callable, *, validation: str = "validation"
) -> Callable:
    """Makes an answer that divides by these rules, and validates on this set."""

    def answer(counts: dict[str, int], batch_size: int) -> tuple[float, float]:
        return (
            train_rule(counts["train"], batch_size),
            validation_rule(counts[validation], batch_size),
        )

    return answer


def _one_more(count: int, batch_size: int) -> int:
    return count // batch_size + 1


def _fifth(count: int, batch_size: int) -> int:
    return count // batch_size // 5


def _one_more_for_both(counts: dict[str, int], batch_size: int) -> tuple[int, int]:
    more = 1 if counts["train"] % batch_size else 0
    return counts["train"] // batch_size + more, counts["validation"] // batch_size + more


def _nearest(count: int, batch_size: int) -> int:
    return round(count / batch_size)


def _steps_of_everything(counts: dict[str, int], batch_size: int) -> tuple[int, int]:
    both = counts["train"] + counts["validation"]
    return _ceil(both, batch_size), _ceil(counts["validation"], batch_size)


def _steps_of_all_sets(counts: dict[str, int], batch_size: int) -> tuple[int, int]:
    return _ceil(sum(counts.values()), batch_size), _ceil(counts["validation"], batch_size)


MISCONCEPTIONS = (
    Misconception(
        "rounds down",
        "The pets of the last, smaller batch are left out. In a validation that is not "
        "shuffled they are the same few each time, and a small set may get no step at all.",
        _steps_by(_floor, _floor),
        also=(_steps_by(_floor, _ceil), _steps_by(_ceil, _floor)),
    ),
    Misconception(
        "validates on the test set",
        "The validation steps are those of the test set. What you look at after every epoch "
        "guides your choices, and then nothing unseen is left for the last figure.",
        _steps_by(_ceil, _ceil, validation="test"),
        also=(
            _steps_by(_floor, _floor, validation="test"),
            _steps_by(_floor, _ceil, validation="test"),
        ),
    ),
    Misconception(
        "counts as the tutorial does",
        "The validation steps are divided by 5, as in TensorFlow's tutorial, which looks at a "
        "fifth of its test set. Here pets were set apart for validation: look at each once.",
        _steps_by(_floor, _fifth, validation="test"),
        also=(
            _steps_by(_ceil, _fifth, validation="test"),
            _steps_by(_floor, _fifth),
            _steps_by(_ceil, _fifth),
        ),
    ),
    Misconception(
        "rounds to the nearest",
        "It rounds to the nearest whole number: a last batch that is less than half full is "
        "left out.",
        _steps_by(_nearest, _nearest),
    ),
    Misconception(
        "decimal numbers",
        "The numbers are right, and they are decimal: 12.0 instead of 12. `fit` takes whole "
        "numbers only; `math.ceil` and `int` give such.",
        _steps_by(
            lambda count, size: float(_ceil(count, size)),
            lambda count, size: float(_ceil(count, size)),
        ),
        also=(
            _steps_by(lambda count, size: np.ceil(count / size), _ceil),
            _steps_by(lambda count, size: float(_ceil(count, size)), _ceil),
        ),
    ),
    Misconception(
        "takes the validation pets off once more",
        "The validation pets are taken off the training pets. That has been done already: `counts` "
        "says how many are left.",
        lambda counts, size: (
            _ceil(counts["train"] - counts["validation"], size),
            _ceil(counts["validation"], size),
        ),
        also=(
            lambda counts, size: (
                (counts["train"] - counts["validation"]) // size,
                counts["validation"] // size,
            ),
        ),
    ),
    Misconception(
        "always one more",
        "Where the batches come out even it gives one step too many: Keras would look for a batch "
        "that is not there, and warn that the data ran out.",
        _steps_by(_one_more, _one_more),
    ),
    Misconception(
        "asks the training pets for both",
        "Whether one more step is needed is asked of the training pets, and done to both numbers. "
        "Each set has a last batch of its own.",
        _one_more_for_both,
    ),
    Misconception(
        "does not round",
        "These are not whole numbers. There is no half step: the last batch is smaller, and "
        "it still is one step.",
        _steps_by(lambda count, size: count / size, lambda count, size: count / size),
    ),
    Misconception(
        "counts pets",
        "These are numbers of pets. A step takes a whole batch of them.",
        _steps_by(lambda count, size: count, lambda count, size: count),
    ),
    Misconception(
        "trains on the validation pets too",
        "The validation pets are counted among the training pets. They were set apart, and a "
        "model that has learned from them cannot be judged by them.",
        _steps_of_everything,
        also=(_steps_of_all_sets,),
    ),
    Misconception(
        "returns the validation first",
        "The two numbers have changed places: the steps per epoch come first.",
        lambda counts, batch_size: _steps(counts, batch_size)[::-1],
    ),
)
