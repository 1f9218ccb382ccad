"""The table exercises × answers: every check, tried with every answer that its task knows.

The toy lesson goes through it as well, so that the table itself is tested.
"""

import pytest
import toy_lesson

from lessons_lib.authoring.exercise_table import trials, write_table
from lessons_lib.checks import LESSON_MODULES, load_tasks
from lessons_lib.checks.comparing import compare, compare_values
from lessons_lib.checks.engine import compare_wrong_answers, judge, observe_declared
from lessons_lib.checks.observing import Observation, observe
from lessons_lib.checks.recognising import recognise
from lessons_lib.checks.result import RIGHT
from lessons_lib.checks.running import run_with_limit
from lessons_lib.checks.task import TIME_LIMIT
from lessons_lib.checks.values import Other

TASKS = [*load_tasks(LESSON_MODULES).values(), *toy_lesson.TASKS]
TRIALS = [trial for task in TASKS for trial in trials(task)]


def name_of_task(task):
    return f"{task.lesson}-{task.name}"


def name_of_trial(trial):
    return f"{name_of_task(trial.task)}-{trial.misconception or trial.kind}".replace(" ", "_")


@pytest.mark.parametrize("trial", TRIALS, ids=name_of_trial)
def test_each_answer_gets_its_own_outcome_and_message(trial):
    result = trial.result()
    assert (result.outcome, result.misconception) == (trial.outcome, trial.misconception)
    if trial.kind == "right":
        assert result.message == trial.task.why
    if trial.misconception:
        messages = {item.name: item.message for item in trial.task.misconceptions}
        assert result.message == messages[trial.misconception]


@pytest.mark.parametrize("task", TASKS, ids=name_of_task)
def test_no_two_misconceptions_share_a_name_or_a_message(task):
    assert len({item.name for item in task.misconceptions}) == len(task.misconceptions)
    assert len({item.message for item in task.misconceptions}) == len(task.misconceptions)


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS, ids=name_of_task)
def test_every_misconception_differs_from_every_other_in_the_cases(task):
    expected = observe_declared(task, task.reference)
    for item in task.misconceptions:
        for answer in item.wrong_answers:
            got = observe_declared(task, answer)
            candidates = compare_wrong_answers(task, expected, got)
            assert recognise(candidates).misconception is item


@pytest.mark.parametrize("task", [task for task in TASKS if task.kind != "value"], ids=name_of_task)
def test_cases_are_several_and_the_same_at_every_call(task):
    assert len(task.cases()) > 1
    first = observe_declared(task, task.reference)
    again = run_with_limit(lambda: observe(task, task.reference), 300).value
    assert compare(task, first, again).is_equal


FUNCTIONS = [task for task in TASKS if task.kind == "function"]
THAT_TRAIN = [task for task in FUNCTIONS if task.time_limit > TIME_LIMIT]
SLOW_IF_THEY_TRAIN = [
    pytest.param(task, marks=pytest.mark.slow if task in THAT_TRAIN else ()) for task in FUNCTIONS
]


@pytest.mark.parametrize("task", SLOW_IF_THEY_TRAIN, ids=name_of_task)
def test_an_answer_made_for_the_first_case_is_not_right(task):
    first = task.reference(*copy_of_case(task, 0))
    assert judge(task, lambda *inputs: first).outcome != RIGHT


@pytest.mark.parametrize("task", FUNCTIONS, ids=name_of_task)
def test_an_answer_that_is_right_in_all_cases_but_one_is_not_right(task):
    """Leaves out one case after the other, as an answer made for the cases that are shown would."""
    expected = observe_declared(task, task.reference)
    for left_out in range(len(expected)):
        got = list(expected)
        got[left_out] = Observation(expected[left_out].inputs, None, None, False)
        assert not compare(task, expected, got).is_equal


@pytest.mark.parametrize("task", FUNCTIONS, ids=name_of_task)
def test_every_plain_input_is_tried_with_more_than_one_value(task):
    """Else an answer that ignores it, or has its value written into it, would be right."""
    inputs = [observation.inputs for observation in observe_declared(task, task.reference)]
    for place, name in enumerate(task.parameters):
        values = [one[place] for one in inputs]
        if any(isinstance(value, Other) for value in values):
            continue
        assert any(compare_values(name, values[0], value) is not None for value in values), name


def copy_of_case(task, number):
    wanted = len(task.parameters)
    return tuple(task.cases()[number])[:wanted]


def test_the_table_has_a_row_for_every_trial():
    lines = list(write_table([toy_lesson.BORDER]))
    assert len(lines) == 2 + len(list(trials(toy_lesson.BORDER)))
    assert lines[2] == "| 1 | border | right | right | A wrong legend spoils every picture. |"
    assert lines[-1] == "| 1 | border | wrong: follows the tutorial | wrong | The tutorial errs. |"
