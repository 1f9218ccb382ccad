"""What an exercise is: a declaration of its aim, its right answer and its known wrong ones.

Nothing in a task is prose about code that nobody runs: the reference is the library's own function,
and each misconception carries a wrong answer that runs. A check recognises a misconception by doing
what it does; the tests feed every wrong answer to its own check.
"""

import ast
import functools
import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

PLACEHOLDER = "Write your answer here"
TIME_LIMIT = 10.0  # seconds for all calls that one check makes of the learner's code
HINTS = range(2, 5)


@dataclass(frozen=True)
class Misconception:
    """One known way to be wrong.

    Attributes:
        name: a few words, for the teacher's table: ``"forgets the minus one"``.
        message: one or two sentences for the learner: what the answer does, and what that leads
            to. It does not say the solution.
        wrong: an answer that is wrong in this way: a function, a class or a value, whatever the
            task asks for.
        also: more answers that are wrong in the same way.
    """

    name: str
    message: str
    wrong: Any
    also: tuple = ()

    @property
    def wrong_answers(self) -> tuple:
        """All wrong answers of this kind, the typical one first."""
        return (self.wrong, *self.also)


def _one_case() -> list[tuple]:
    return [()]


@dataclass(frozen=True)
class Task:
    """One exercise.

    Attributes:
        name: what learners call it: ``check.<name>(...)``, and the name of their answer.
        lesson: 1 to 6.
        minutes: how long it takes a learner.
        aim: one sentence.
        signature: ``"normalize(image, mask)"`` for a function, ``"class KeepBest(Callback)"`` for
            a class, ``"border_label"`` for a value.
        hints: two to four, from a nudge to nearly the answer.
        reference: the right answer: for a function the library's own.
        misconceptions: the known wrong answers; where two would fit, the first is told.
        why: one sentence on why it matters, told when the answer is right.
        cases: makes fresh inputs, the same at every call: a list of tuples of arguments. Several,
            and none that the notebook shows; the smallest first, since it is shown on a mistake.
            Not needed for a value.
        returns: names of what the function returns, ``("image", "mask")`` for a pair.
        observe: ``observe(answer, *inputs)`` gives what is compared: arrays, tensors, numbers,
            texts, tuples, or a dictionary of named properties. It may raise `UnfitAnswer` with a
            sentence. Default: call a function, take a value as it is.
        time_limit: in seconds, for all calls together.
        slow: what to say where that is not enough: a sentence or two.
    """

    name: str
    lesson: int
    minutes: int
    aim: str
    signature: str
    hints: tuple[str, ...]
    reference: Any
    misconceptions: tuple[Misconception, ...]
    why: str
    cases: Callable[[], Sequence[tuple]] = _one_case
    returns: tuple[str, ...] = ()
    observe: Callable[..., Any] | None = None
    time_limit: float = TIME_LIMIT
    slow: str = "Is there a loop that never ends, or one over every pixel?"

    def __post_init__(self) -> None:
        if len(self.hints) not in HINTS:
            raise ValueError(f"Task {self.name}: give 2 to 4 hints, not {len(self.hints)}.")
        if not self.signature.removeprefix("class ").startswith(self.name):
            raise ValueError(f"Task {self.name}: its signature begins with {self.signature!r}.")

    @property
    def kind(self) -> str:
        """What is asked for: "function", "class" or "value"."""
        if self.signature.startswith("class "):
            return "class"
        return "function" if "(" in self.signature else "value"

    @functools.cached_property
    def parameters(self) -> tuple[str, ...]:
        """The names of a function's parameters, without those that have a default."""
        if self.kind != "function":
            return ()
        (function,) = ast.parse(f"def {self.signature}: pass").body
        assert isinstance(function, ast.FunctionDef)
        arguments = function.args
        names = [argument.arg for argument in arguments.posonlyargs + arguments.args]
        return tuple(names[: len(names) - len(arguments.defaults)])


def declared_tasks(package: str, *names: str) -> tuple[Task, ...]:
    """Returns a lesson's tasks, as each of its modules declares one.

    Args:
        package: the lesson's package, ``"lessons_lib.checks.encoder"``.
        names: its modules, in the order of the lesson; each has a function ``declare``.
    """
    return tuple(importlib.import_module(f"{package}.{name}").declare() for name in names)
