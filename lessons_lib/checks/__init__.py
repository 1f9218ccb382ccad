"""The exercises: checks that know the classic mistakes.

In an exercise notebook::

    from lessons_lib.checks import check

    check.normalize(normalize)   # not attempted, raised, wrong (and in which way) or right
    check.hint("normalize")      # the next hint
    check.progress()             # a table

**A lesson's tasks** stand in a package here, each in a file of its own, and all of them in the
package's tuple ``TASKS`` of `Task`; the package's name stands in ``LESSON_MODULES``. See `Task` and
`Misconception` for what to declare. The tests find them there: each reference must be right, each
wrong answer must get its own message.

**A solution notebook**, ``solutions/NN_name.ipynb``, is the only source of an exercise notebook.
For each task it holds, in this order:

1. a markdown cell: the aim in a sentence, the signature, the minutes;
2. a code cell with the answer. What the learner writes stands between two lines, ``### BEGIN
   SOLUTION`` and ``### END SOLUTION``; the ``def`` line and docstring stand before them. For a
   value the marks enclose its assignment, ``border_label = 3``, not indented;
3. a code cell that ends with ``check.<task>(<task>)`` at the left margin;
4. a code cell with a comment, ``# check.hint("<task>")``.

The first code cell holds the imports; the last says ``check.progress()``.
``python -m lessons_lib exercises build`` makes ``exercises/NN_name.ipynb`` from it.
"""

from lessons_lib.checks.checker import Checker, UnknownTask, load_tasks
from lessons_lib.checks.comparing import Difference, compare_values
from lessons_lib.checks.observing import UnfitAnswer
from lessons_lib.checks.result import AnswerNotRight, CheckResult
from lessons_lib.checks.task import PLACEHOLDER, Misconception, Task

LESSON_MODULES = (
    "lessons_lib.checks.data_and_masks",
    "lessons_lib.checks.encoder",
    "lessons_lib.checks.decoder",
    "lessons_lib.checks.training",
    "lessons_lib.checks.class_imbalance",
)

check = Checker(LESSON_MODULES)

__all__ = [
    "LESSON_MODULES",
    "PLACEHOLDER",
    "AnswerNotRight",
    "CheckResult",
    "Checker",
    "Difference",
    "Misconception",
    "Task",
    "UnfitAnswer",
    "UnknownTask",
    "check",
    "compare_values",
    "load_tasks",
]
