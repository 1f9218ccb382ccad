"""best_epoch: which epoch's weights to keep."""

from collections.abc import Callable

import numpy as np

from lessons_lib.checks.common import as_whole
from lessons_lib.checks.task import Misconception, Task
from lessons_lib.training import TrainingRun


def declare() -> Task:
    """Declares the exercise."""
    return Task(
        name="best_epoch",
        lesson=4,
        minutes=4,
        aim="Say which epoch's weights to keep, counted from 1: the one with the highest mean IoU "
        "on the validation pets.",
        signature="best_epoch(history)",
        hints=(
            "Look at history.keys(). Which lists were measured on pets that the model does not "
            "learn from?",
            "np.argmax says where in a list the largest value is.",
            "Python counts places from 0, people count epochs from 1.",
        ),
        reference=lambda history: TrainingRun(history).best_epoch,
        observe=lambda answer, history: as_whole(answer(history)),
        cases=_histories,
        misconceptions=MISCONCEPTIONS,
        why="The weights to keep are those that do best on pets the model never learned from, in "
        "the measure you care for; the end of a training is just when you stopped waiting.",
    )


def _history(epochs: int, **best: int) -> dict[str, list[float]]:
    """Makes a history in which each measure is best after the epoch that is given for it."""
    distance = {name: abs(np.arange(1, epochs + 1) - epoch) for name, epoch in best.items()}
    return {
        name: (0.3 + 0.05 * far if "loss" in name else 0.8 - 0.03 * far).round(2).tolist()
        for name, far in distance.items()
    }


def _histories() -> list[tuple]:
    """Histories in which the measures disagree, and one that falls before it rises again."""
    first = _history(6, loss=6, accuracy=5, mean_iou=5, val_loss=2, val_accuracy=3, val_mean_iou=4)
    second = _history(8, loss=7, accuracy=8, mean_iou=2, val_loss=6, val_accuracy=5, val_mean_iou=3)
    third = _history(6, loss=6, accuracy=6, mean_iou=6, val_loss=3, val_accuracy=4, val_mean_iou=5)
    third["val_mean_iou"] = [0.41, 0.55, 0.5, 0.6, 0.62, 0.58]
    return [(first,), (second,), (third,), (_history(5, **_BEST_AT_ONCE),)]


_BEST_AT_ONCE = {
    **{"loss": 5, "accuracy": 4, "mean_iou": 4, "val_loss": 3},
    **{"val_accuracy": 2, "val_mean_iou": 1},
}


def _first_peak(history: dict[str, list[float]]) -> int:
    values = history["val_mean_iou"]
    falls = [epoch for epoch in range(1, len(values)) if values[epoch] < values[epoch - 1]]
    return falls[0] if falls else len(values)


def _epoch_by(name: str, choose: Callable) -> dict:
    """Gives the wrong answers that choose by another measure, counted from one and from zero."""
    return {
        "wrong": lambda history: int(choose(history[name])) + 1,
        "also": (lambda history: int(choose(history[name])),),
    }


MISCONCEPTIONS = (
    Misconception(
        "takes the last",
        "This is the last epoch. Training longer is not always better: the curve on new pets "
        "may have turned back long before.",
        lambda history: len(history["val_mean_iou"]),
        also=(lambda history: len(history["val_mean_iou"]) - 1,),
    ),
    Misconception(
        "lowest training loss",
        "This is where the training loss is lowest. It goes on falling while a model learns "
        "its training pets by heart, so it cannot say when to stop.",
        **_epoch_by("loss", np.argmin),
    ),
    Misconception(
        "counts from zero",
        "The right place in the list, but a list counts from 0 and epochs are counted from 1.",
        lambda history: int(np.argmax(history["val_mean_iou"])),
    ),
    Misconception(
        "highest training IoU",
        "The right measure on the wrong pets: on those that the model has learned from.",
        **_epoch_by("mean_iou", np.argmax),
    ),
    Misconception(
        "lowest validation loss",
        "The right pets, but the loss. It punishes being sure and wrong and may rise while "
        "the masks still get better; asked for is the mean IoU.",
        **_epoch_by("val_loss", np.argmin),
    ),
    Misconception(
        "highest validation accuracy",
        "This is where the accuracy is highest on the validation pets. It flatters a model that "
        "calls much background, and hardly notices the border.",
        **_epoch_by("val_accuracy", np.argmax),
    ),
    Misconception(
        "highest training accuracy",
        "This looks at the accuracy, and on the training pets: neither is what counts here.",
        **_epoch_by("accuracy", np.argmax),
    ),
    Misconception(
        "takes the lowest",
        "This is the epoch with the worst mean IoU. Of a loss the lowest is best, of an IoU "
        "the highest.",
        **_epoch_by("val_mean_iou", np.argmin),
    ),
    Misconception(
        "stops at the first fall",
        "It stops where the curve falls for the first time. Curves are jagged: a better epoch "
        "may come after a worse one.",
        _first_peak,
        also=(lambda history: _first_peak(history) - 1,),
    ),
    Misconception(
        "highest loss",
        "This is the epoch with the highest loss, the worst of all. And what is asked for is the "
        "mean IoU.",
        **_epoch_by("val_loss", np.argmax),
    ),
    Misconception(
        "takes it for Keras' History",
        "`history` is the dictionary itself. `.history` belongs to what `fit` returns, and has "
        "been taken already.",
        lambda history: np.argmax(history.history["val_mean_iou"]) + 1,
    ),
    Misconception(
        "gives the IoU",
        "This is how good the best epoch was; asked for is which one it was.",
        lambda history: max(history["val_mean_iou"]),
    ),
)
