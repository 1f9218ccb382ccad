"""The exercises: checks that know the classic mistakes.

In an exercise notebook::

    from lessons_lib.checks import check

    check.normalize(normalize)   # not attempted, raised, wrong (and in which way) or right
    check.hint("normalize")      # the next hint
    check.progress()             # a table

**A lesson's tasks** stand in a package here, a module for each, and the package's ``TASKS`` names
the modules in their order; the package's name stands in ``LESSON_MODULES``. A module opens with
``declare``, which returns its `Task`; below stands what that needs (cases, what is observed, the
code of wrong answers), and last the ``MISCONCEPTIONS``. The tests find them there: each reference
must be right, each wrong answer must get its own message. ``python -m lessons_lib exercises new``
writes a first version.

**An answer's way**, called by ``engine.judge``, a module for each stage; none imports a later one:

1. ``running`` calls code within a limit of time and leaves no traces: a `Run`; ``guarding`` puts
   back what it replaces in a library;
2. ``observing``, within the run, watches the answer in each case: an `Observation` for each;
3. ``comparing`` holds them against those of the reference: a `Comparison`;
4. ``recognising`` finds the misconception whose wrong answer does the same: a `Recognition`; where
   none does, ``patterns`` looks for what is wrong alike in all cases;
5. ``telling`` says what came out: a `CheckResult`, which ``result`` shows, with the pictures that
   ``picturing`` draws. Where the answer's cell did not run, ``cells`` knows it, and that is told.

**One word for one thing:**

=============  =====================================================================================
task           an exercise, as it is declared
case           one set of inputs that a check tries an answer with
answer         what a learner hands in: a function, a class or a value
reference      the task's right answer
misconception  a known way to be wrong, with a message and wrong answers
wrong answer   code that is wrong in this way; with the reference, the task's declared answers
observation    what an answer did in one case
expected, got  what the one answer did, the reference say, and what the other did
part           a named piece of a result: an item of a tuple, a property of a model
difference     where expected and got part ways, in one case and part
result         what a check tells; its outcome is one of four words
=============  =====================================================================================

**A solution notebook**, ``solutions/NN_name.ipynb``, is the only source of an exercise notebook.
For each task it holds, in this order:

1. a markdown cell: the aim in a sentence, the signature, the minutes;
2. a code cell with the answer. What the learner writes stands between two lines, ``### BEGIN
   SOLUTION`` and ``### END SOLUTION``; the ``def`` line and docstring stand before them. For a
   value the marks enclose its assignment, ``border_label = 3``, not indented;
3. a code cell that ends with ``check.<task>(<task>)`` at the left margin;
4. a code cell with a comment, ``# check.hint("<task>")``.

The first code cell holds the imports; behind the tasks stands ``check.progress()``, and behind that
an open experiment, which nothing checks: its answer assigns names at the left margin.
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
    "lessons_lib.checks.on_your_own",
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
