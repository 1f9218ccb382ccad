"""curves: three pairs of curves, and a verdict for each."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lessons_lib.checks.observing import UnfitAnswer
from lessons_lib.checks.quiz import Question, Quiz, match_choice, read_pairs
from lessons_lib.checks.task import Misconception, Task


def declare() -> Task:
    """Declares the exercise."""
    return Task(
        name="curves",
        lesson=4,
        minutes=6,
        aim="Read the curves of three runs and choose a verdict for each.",
        signature="curves",
        hints=(
            "Ask three questions of each run: does the training curve still improve? Does the "
            "validation curve follow? Do they part?",
            "A gap by itself is no fault. What matters is whether the validation curve still gets "
            "better, stands still or gets worse.",
            "In one run the curves part, in one both stand still and are poor, in one both are "
            "still on their way.",
        ),
        reference=CURVES_ANSWER,
        observe=_read_verdicts,
        misconceptions=MISCONCEPTIONS,
        why="Each verdict has its own cure: more pets, more epochs, a larger model. The wrong cure "
        "may cost a night of training and change nothing.",
    )


VERDICTS = (
    "overfits",
    "underfits",
    "learns well",
    "stopped too early",
    "learning rate too high",
)
CURVES_ANSWER = {"A": "overfits", "B": "stopped too early", "C": "underfits"}
CURVES_QUESTIONS = tuple(
    Question(run, f"What do you say of run {run}?", VERDICTS) for run in CURVES_ANSWER
)


def run_to_read(name: str) -> dict[str, list[float]]:
    """Returns the history of a run to be read: loss and mean IoU, training and validation.

    Args:
        name: "A", "B" or "C".

    Raises:
        ValueError: there is no such run.
    """
    if name not in CURVES_ANSWER:
        raise ValueError(f"The runs are called {', '.join(CURVES_ANSWER)}, but {name!r} came.")
    epochs = np.arange(1, (7 if name == "B" else 21))
    if name == "A":
        loss, iou = 0.03 + 0.9 * np.exp(-epochs / 5), 0.95 - 0.6 * np.exp(-epochs / 5)
        late = np.maximum(0, epochs - 6)
        val_loss = 0.32 + 0.7 * np.exp(-epochs / 3) + 0.025 * late
        val_iou = 0.61 - 0.35 * np.exp(-epochs / 2.5) - 0.006 * late
    elif name == "B":
        loss, iou = 1.05 * np.exp(-epochs / 7), 0.16 + 0.075 * epochs
        val_loss, val_iou = loss + 0.06, iou - 0.03
    else:
        loss, iou = 0.74 + 0.25 * np.exp(-epochs / 2), 0.35 - 0.12 * np.exp(-epochs / 2)
        val_loss, val_iou = loss + 0.02, iou - 0.01
    measures = {"loss": loss, "val_loss": val_loss, "mean_iou": iou, "val_mean_iou": val_iou}
    return {name: values.round(3).tolist() for name, values in measures.items()}


def curves_form(check_curves: Callable) -> Quiz:
    """Returns the questions as a form.

    Args:
        check_curves: ``check.curves``.
    """
    return Quiz("curves", CURVES_QUESTIONS, check_curves)


def _read_verdicts(answer: Any) -> dict[str, str]:
    """Takes the verdicts as they are meant: in any order and spelling."""
    runs = read_pairs(answer, tuple(CURVES_ANSWER), in_order=True)
    if runs is None:
        raise UnfitAnswer(
            'Write a verdict for each run: {"A": "…", "B": "…", "C": "…"}.', "no dictionary"
        )
    missing = [run for run in CURVES_ANSWER if run not in runs]
    if missing or len(runs) > len(CURVES_ANSWER):
        said = f"There is none for {missing[0]}." if missing else "There are more than three."
        raise UnfitAnswer(
            f'Write a verdict for each run, {{"A": "…", "B": "…", "C": "…"}}. {said}',
            "a run is missing" if missing else "a run too many",
        )
    verdicts = {run: match_choice(runs[run], VERDICTS) for run in CURVES_ANSWER}
    for run, verdict in verdicts.items():
        if verdict is None:
            raise UnfitAnswer(
                f"Choose the verdict of {run} from: {', '.join(VERDICTS)}.", "another verdict"
            )
    return {f"the verdict of {run}": str(verdict) for run, verdict in verdicts.items()}


def _takes(run: str, verdict: str) -> dict[str, str]:
    return CURVES_ANSWER | {run: verdict}


MISCONCEPTIONS = (
    Misconception(
        "A: looks at the training curve only",
        "Run A does well, but only on its training pets. What does the validation loss do "
        "after the seventh epoch?",
        _takes("A", "learns well"),
    ),
    Misconception(
        "A: takes bad validation for underfitting",
        "A model that underfits is poor on its training pets as well. How good is the "
        "training curve of run A at the end?",
        _takes("A", "underfits"),
    ),
    Misconception(
        "A: wants more epochs",
        "In run A only the training curve still improves. Would more epochs help pets that "
        "the model has never seen?",
        _takes("A", "stopped too early"),
    ),
    Misconception(
        "B: takes any gap for overfitting",
        "In run B there is a gap, but it does not grow: the validation gets better with every "
        "epoch. Training pets are mostly a little easier.",
        _takes("B", "overfits"),
    ),
    Misconception(
        "B: takes unfinished for underfitting",
        "Run B is not good yet, but look at the slope of its last epochs. Has it shown what "
        "it can learn?",
        _takes("B", "underfits"),
    ),
    Misconception(
        "B: is content too soon",
        "What run B does is healthy, but look at its last epoch: did it end because nothing "
        "more was to be won?",
        _takes("B", "learns well"),
    ),
    Misconception(
        "C: takes close for good",
        "In run C the curves lie close together, and that is not enough: read how high. A "
        "model that says background everywhere has a mean IoU of about 0.20.",
        _takes("C", "learns well"),
    ),
    Misconception(
        "C: wants more epochs",
        "Run C has stood still for more than ten epochs. What would further ones change?",
        _takes("C", "stopped too early"),
    ),
    Misconception(
        "C: takes poor for overfitting",
        "Run C is as poor on its training pets as on new ones. It has learned nothing by heart.",
        _takes("C", "overfits"),
    ),
    Misconception(
        "takes a slow curve for a high learning rate",
        "With a learning rate that is too high the training loss jumps up and down, or grows. In "
        "all three runs here it falls, and smoothly.",
        _takes("A", "learning rate too high"),
        also=(_takes("B", "learning rate too high"), _takes("C", "learning rate too high")),
    ),
)
