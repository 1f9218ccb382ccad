"""Tests of the exercise engine, on the toy lesson: nothing a learner hands in may upset it."""

import dataclasses
import gc
import io
import os
import random
import re
import signal
import sys
import threading
import time
import warnings

import matplotlib
import numpy as np
import pytest
import toy_lesson
from toy_lesson import BORDER, COUNTER, SCALE_PAIR, SHAPES, SHARE

from lessons_lib.checks import (
    Checker,
    CheckResult,
    Difference,
    Misconception,
    Task,
    UnfitAnswer,
    UnknownTask,
    compare_values,
    engine,
    running,
)
from lessons_lib.checks.engine import judge
from lessons_lib.checks.errors import describe_error
from lessons_lib.checks.observing import BrokenTask
from lessons_lib.checks.result import (
    ACCENT,
    INK,
    NOT_ATTEMPTED,
    OUTCOMES,
    PAPER,
    RAISED,
    RIGHT,
    ROW,
    SAID,
    SYMBOLS,
    WRONG,
    AnswerNotRight,
)
from lessons_lib.checks.values import plain, show
from lessons_lib.quiet import keras, tf

FIRST = SHARE.cases()[0][0]


@pytest.fixture
def check():
    return Checker(["toy_lesson"])


def generator(numbers):
    yield toy_lesson.share(numbers)


async def coroutine(numbers):
    return toy_lesson.share(numbers)


def dots_only(numbers):
    """Returns the share."""
    ...


def untouched_by_nbgrader(numbers):
    # YOUR CODE HERE
    raise NotImplementedError()


def half_written(numbers):
    numbers = numbers > 0
    raise NotImplementedError("Write your answer here")


class Hostile:
    def __array__(self, *arguments, **named):
        raise RuntimeError("no array")

    def __float__(self):
        raise RuntimeError("no number")

    def __getattr__(self, name):
        raise RuntimeError("no attribute")


class ErrorWithoutText(Exception):
    def __str__(self):
        raise RuntimeError("no text")


def raise_error(error):
    raise error


def itself():
    items = []
    items.append(items)
    return items


def loop():
    while True:
        pass


def never_gives_up(numbers):
    while True:
        try:  # noqa: SIM105 - suppress would be a library's line
            time.sleep(0.01)
        except BaseException:
            pass


def in_a_thread(function):
    """Calls a function as where there is no main thread to be interrupted."""
    ended = {}

    def call():
        try:
            ended["value"] = function()
        except BaseException as error:
            ended["error"] = error

    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
    if "error" in ended:
        raise ended["error"]
    return ended["value"]


@pytest.mark.parametrize(
    ("answer", "outcome", "said"),
    [
        (toy_lesson.share, RIGHT, "Shares are comparable"),
        (lambda numbers: np.float32(toy_lesson.share(numbers)), RIGHT, ""),
        (lambda numbers: tf.constant(toy_lesson.share(numbers)), RIGHT, ""),
        (lambda numbers, digits=3: toy_lesson.share(numbers), RIGHT, ""),
        (..., NOT_ATTEMPTED, 'check.hint("share")'),
        (dots_only, NOT_ATTEMPTED, ""),
        (half_written, NOT_ATTEMPTED, ""),
        (untouched_by_nbgrader, NOT_ATTEMPTED, ""),
        (0.75, WRONG, "without calling it; what came is of type float"),
        (None, WRONG, "of type NoneType"),
        (lambda: 1, WRONG, "has to take numbers; yours takes nothing"),
        (lambda one, two: 1, WRONG, "yours takes one, two"),
        (lambda numbers: [].append(numbers), WRONG, "It returns None. Is the `return` missing?"),
        (print, WRONG, "Printing shows, `return` gives it back"),
        (generator, WRONG, "a generator"),
        (coroutine, WRONG, "a coroutine"),
        (lambda numbers: 0.75, WRONG, "the same result whatever it is given"),
        (lambda numbers: float("nan"), WRONG, "the same result"),
        (lambda numbers: str(toy_lesson.share(numbers)), WRONG, "the text '0.75'; expected 0.75"),
        (lambda numbers: (toy_lesson.share(numbers),) * 2, WRONG, "2 values"),
        (lambda numbers: numbers, WRONG, "an array of shape (4,), float64; expected 0.75"),
        (lambda numbers: SHARE, WRONG, "an object of type Task"),
        (lambda numbers: keras.layers.Dense(3), WRONG, "an object of type Dense"),
        (lambda numbers: tf.data.Dataset.range(3), WRONG, "a tf.data.Dataset"),
        (lambda numbers: 10**400 + len(numbers), WRONG, "expected 0.75"),
        (lambda numbers: {"share": 1}, WRONG, "a dictionary of 1"),
        (lambda numbers: Hostile(), RAISED, "RuntimeError: no attribute"),
        (lambda numbers: itself(), WRONG, "1 value"),
        (lambda numbers: raise_error(KeyboardInterrupt()), RAISED, "raised KeyboardInterrupt"),
        (lambda numbers: raise_error(SystemExit(3)), RAISED, "raised SystemExit: 3"),
        (lambda numbers: raise_error(ErrorWithoutText()), RAISED, "raised ErrorWithoutText"),
        (lambda numbers: raise_error(MemoryError()), RAISED, "MemoryError"),
        (lambda numbers: numbers.no_such_method(), RAISED, "AttributeError: 'numpy.ndarray'"),
    ],
)
def test_whatever_is_handed_in_gets_an_outcome_and_a_sentence(answer, outcome, said):
    result = judge(SHARE, answer)
    assert result.outcome == outcome
    assert said in result.message


def test_a_wrong_result_tells_what_was_given_expected_and_got():
    result = judge(SHARE, lambda numbers: toy_lesson.share(numbers) ** 2 + 0.01)
    assert (result.message, result.misconception) == ("The result is 0.5725; expected 0.75.", None)
    assert (result.expected, result.got) == ("0.75", "0.5725")
    assert result.given == "numbers = [ 1. -1.  2.  3.]\n          shape (4,), float64"
    assert repr(result).splitlines() == [
        "◐ Not yet: share. The result is 0.5725; expected 0.75.",
        "  given     numbers = [ 1. -1.  2.  3.]",
        "                      shape (4,), float64",
        "  expected  0.75",
        "  got       0.5725",
    ]


def test_an_answer_hard_coded_for_the_first_input_is_wrong():
    def answer(numbers):
        return 0.75 if len(numbers) == 4 else 0.9

    result = judge(SHARE, answer)
    assert (result.outcome, result.got) == (WRONG, "0.9")


def test_what_was_printed_is_told_and_not_shown(capsys):
    result = judge(SHARE, lambda numbers: print("debugging", len(numbers)) or 2.0 * len(numbers))
    assert result.printed.splitlines()[0] == "debugging 4"
    assert capsys.readouterr().out == ""


def test_an_error_is_told_with_the_learners_own_line_and_without_library_frames():
    def answer(numbers):
        table = np.zeros((2, 3))
        return table @ numbers  # this line

    result = judge(SHARE, answer)
    assert result.outcome == RAISED
    line = answer.__code__.co_firstlineno + 2
    assert f"in line {line} of your cell: return table @ numbers  # this line" in result.message
    assert result.message.startswith("Your code raised ValueError: matmul:")


def test_an_error_inside_keras_is_told_in_its_own_words():
    def answer(numbers):
        return keras.layers.Conv2D(3, 3)(tf.ones((2, 3)))

    message = judge(SHARE, answer).message
    assert "expected min_ndim=4, found ndim=2" in message
    assert "return keras.layers.Conv2D(3, 3)(tf.ones((2, 3)))" in message
    assert "\x1b" not in message


def test_an_error_inside_a_tf_data_map_is_told_with_the_learners_line():
    def broken(number):
        return tf.reshape(number, (2, 3)) + tf.ones((4, 5))

    def answer(numbers):
        return list(tf.data.Dataset.from_tensor_slices([numbers]).map(broken))

    message = judge(SHARE, answer).message
    assert "return tf.reshape(number, (2, 3)) + tf.ones((4, 5))" in message
    assert "in user code" not in message
    assert len(message) < 400


def test_a_placeholder_inside_a_tf_data_map_is_not_attempted():
    def unwritten(number):
        raise NotImplementedError("Write your answer here")

    def answer(numbers):
        return list(tf.data.Dataset.from_tensor_slices(numbers).map(unwritten))

    assert judge(SHARE, answer).outcome == NOT_ATTEMPTED


class TestSlowAnswers:
    task = dataclasses.replace(SHARE, time_limit=0.3)

    def test_an_endless_loop_is_stopped(self):
        threads = threading.active_count()

        def answer(numbers):
            while True:
                pass

        start = time.monotonic()
        result = judge(self.task, answer)
        assert time.monotonic() - start < 5
        assert result.outcome == RAISED
        assert result.message.startswith("Your code was stopped: it may take 0.3 seconds.")
        assert threading.active_count() == threads

    def test_a_loop_that_catches_everything_is_stopped_or_owned_up_to(self):
        def answer(numbers):
            while True:
                try:
                    time.sleep(0.01)
                except BaseException:
                    if time.monotonic() - start > 0.9:
                        raise

        start = time.monotonic()
        assert "restart the kernel" not in judge(self.task, answer).message

    def test_in_a_thread_what_cannot_be_stopped_is_owned_up_to(self):
        release = threading.Event()
        # A long wait in compiled code sees no exception until it is over.
        result = in_a_thread(lambda: judge(self.task, lambda numbers: release.wait(30)))
        release.set()
        assert "restart the kernel" in result.message

    def test_in_the_main_thread_a_long_wait_is_stopped(self):
        result = judge(self.task, lambda numbers: time.sleep(60))
        assert result.message.startswith("Your code was stopped")
        assert "restart" not in result.message

    @pytest.mark.parametrize("where", [lambda judged: judged(), lambda judged: in_a_thread(judged)])
    def test_a_loop_that_catches_everything_is_stopped(self, where):
        task = dataclasses.replace(SHARE, time_limit=0.3)
        assert where(lambda: judge(task, never_gives_up)).message.startswith("Your code was")

    def test_what_only_its_operation_can_end_is_told_while_it_lasts(self, monkeypatch):
        monkeypatch.setattr(running, "GRACE", 0.1)
        screen = io.StringIO()
        alarm = running._Alarm(0.1, sys._getframe())
        running._tell_endless(alarm, screen)
        assert "Press the kernel's stop button" in screen.getvalue()
        alarm.is_over = True
        running._tell_endless(alarm, screen)
        assert screen.getvalue().count("Press") == 1

    def test_who_only_waits_gets_three_times_as_long_so_a_busy_machine_fails_no_one(self):
        def answer(numbers):
            time.sleep(0.45)  # to be one of several programs on a processor looks like this
            return toy_lesson.share(numbers)

        task = dataclasses.replace(SHARE, time_limit=1.0)  # for two cases: 0.9 and more
        assert judge(task, answer).outcome == RIGHT
        assert judge(dataclasses.replace(task, time_limit=0.6), answer).outcome == RIGHT
        assert judge(dataclasses.replace(task, time_limit=0.2), answer).outcome == RAISED

    def test_what_was_left_behind_earlier_is_not_collected_in_the_answers_time(self):
        collected, during = [], []

        def answer(numbers):
            before = len(collected)
            rings = [[] for _ in range(100_000)]
            for ring in rings:
                ring.append(ring)
            during.append(len(collected) - before)
            return toy_lesson.share(numbers)

        def count(phase, details):
            collected.append(phase)

        gc.callbacks.append(count)
        try:
            assert judge(SHARE, answer).outcome == RIGHT
        finally:
            gc.callbacks.remove(count)
        assert set(during) == {0}
        assert gc.isenabled()

    def test_endless_printing_fills_no_memory(self):
        def answer(numbers):
            while True:
                print("again and again")

        result = judge(self.task, answer)
        assert 0 < len(result.printed) <= 2000

    @pytest.mark.parametrize("answer", [lambda numbers: loop(), lambda numbers: never_gives_up(1)])
    def test_the_stop_button_stops_the_check_and_the_answer(self, answer):
        threads = threading.active_count()
        button = threading.Timer(0.3, signal.raise_signal, (signal.SIGINT,))
        button.start()
        with pytest.raises(KeyboardInterrupt):
            judge(SHARE, answer)
        button.join()
        assert threading.active_count() == threads

    def test_the_stop_button_stops_a_check_in_a_thread(self, monkeypatch):
        waited = []
        plain_wait = threading.Event.wait

        def wait(self, timeout=None):
            if timeout == running.POLL and not waited:
                waited.append(True)
                raise KeyboardInterrupt
            return plain_wait(self, timeout)

        monkeypatch.setattr(threading.Event, "wait", wait)
        threads = threading.active_count()
        with pytest.raises(KeyboardInterrupt):
            in_a_thread(lambda: judge(SHARE, lambda numbers: loop()))
        assert threading.active_count() == threads

    def test_alarms_and_traces_are_as_they_were(self):
        before = signal.getsignal(signal.SIGALRM), signal.getsignal(signal.SIGINT), sys.gettrace()
        judge(self.task, never_gives_up)
        after = signal.getsignal(signal.SIGALRM), signal.getsignal(signal.SIGINT), sys.gettrace()
        assert before == after
        assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


class TestStateStaysAsItWas:
    def test_an_answer_may_upset_everything(self, tmp_path, monkeypatch):
        import matplotlib.pyplot as pyplot

        monkeypatch.setenv("LESSONS_TOY", "before")
        keras.utils.set_random_seed(5)
        filters = list(warnings.filters)
        folder = os.getcwd()
        pyplot.close("all")
        mine = pyplot.figure()

        def draw():
            return (
                random.random(),
                np.random.rand(),
                float(tf.random.uniform(())),
                float(keras.random.uniform(())),
            )

        def answer(numbers):
            keras.utils.set_random_seed(99)
            keras.utils.clear_session()
            os.chdir(tmp_path)
            os.environ["LESSONS_TOY"] = "after"
            warnings.simplefilter("error")
            matplotlib.rcParams["lines.linewidth"] = 17
            pyplot.figure()
            np.seterr(all="raise")
            return toy_lesson.share(numbers)

        expected = [draw(), draw()]
        keras.utils.set_random_seed(5)
        first = draw()
        linewidth = matplotlib.rcParams["lines.linewidth"]
        errors = np.geterr()
        # To clear a session collects garbage, of which many tests in one process leave much.
        result = judge(dataclasses.replace(SHARE, time_limit=120), answer)
        assert result.outcome == RIGHT, result.message
        assert [first, draw()] == expected
        assert list(warnings.filters) == filters
        assert os.getcwd() == folder
        assert os.environ["LESSONS_TOY"] == "before"
        assert matplotlib.rcParams["lines.linewidth"] == linewidth
        assert pyplot.get_fignums() == [mine.number]
        assert np.geterr() == errors
        pyplot.close("all")

    def test_the_learners_seeded_operations_go_on_where_they_were(self):
        def draw():
            return float(tf.random.uniform((), seed=3))

        keras.utils.set_random_seed(5)
        expected = [draw(), draw()]
        keras.utils.set_random_seed(5)
        first = draw()
        judge(SHARE, lambda numbers: float(tf.random.uniform(())) + len(numbers))
        assert [first, draw()] == expected

    def test_names_of_the_learners_next_layers_do_not_depend_on_checks(self):
        def number():
            return int(re.search(r"\d+$", keras.layers.Dense(2).name)[0])

        keras.layers.Dense(2), keras.layers.Dense(2)
        before = number()
        judge(SHARE, lambda numbers: keras.layers.Dense(2) and 1.0)
        assert number() == before + 1

    def test_random_answers_give_the_same_result_every_time(self):
        def answer(numbers):
            return random.random() + np.random.rand() + float(keras.random.uniform(()))

        assert repr(judge(SHARE, answer)) == repr(judge(SHARE, answer))

    def test_the_answer_itself_is_left_alone(self):
        value = np.array([[4, 4], [2, 2]])
        before = value.copy()
        judge(SHAPES, value)
        np.testing.assert_array_equal(value, before)


class TestDiagnosis:
    def test_a_second_mistake_does_not_hide_a_known_one(self):
        result = judge(SCALE_PAIR, lambda image, mask: (image / 127, mask))
        assert result.misconception == "forgets the minus one"
        assert "shape (2, 3, 1)" in result.expected

    @pytest.mark.parametrize(
        ("message", "misconception"),
        [("division by zero", "divides by zero"), ("another reason", None)],
    )
    def test_an_error_is_a_known_one_only_if_it_says_the_same(self, message, misconception):
        def answer(numbers):
            negative = int((numbers < 0).sum())
            return 1 / negative if negative else raise_error(ZeroDivisionError(message))

        result = judge(SHARE, answer)
        assert result.misconception == misconception
        assert result.outcome == (WRONG if misconception else RAISED)

    def test_errors_of_layers_that_differ_in_their_number_alone_say_the_same(self):
        def error(text):
            return describe_error(ValueError(text))

        first = error("Layer 'concatenate_3' got shapes (4, 4) and (8, 8)")
        assert first.is_like(error("Layer 'concatenate_12' got shapes (4, 4) and (8, 8)"))
        assert not first.is_like(error("Layer 'concatenate_3' got shapes (4, 4) and (2, 2)"))

    def test_of_several_parts_the_one_that_is_shown_is_named(self):
        result = judge(SCALE_PAIR, lambda image, mask: (image / 255, mask))
        assert result.expected.startswith("mask = [[")
        result = judge(toy_lesson.COUNTER, toy_lesson._Overwrite)
        assert (result.expected, result.got) == ("the count: 3", "the count: 2")

    def test_a_list_or_tensors_are_as_good_as_a_tuple_of_arrays(self):
        def answer(image, mask):
            return [tf.cast(image, tf.float32) / 255, tf.cast(mask, tf.int32) - 1]

        assert judge(SCALE_PAIR, answer).outcome == RIGHT

    @pytest.mark.parametrize(
        ("answer", "message"),
        [
            (
                lambda image, mask: (image / 255, mask[..., 0] - 1),
                "The mask holds the right numbers in shape (2, 3); expected (2, 3, 1).",
            ),
            (
                lambda image, mask: (image[:1] / 255, mask - 1),
                "The image has shape (1, 3, 3); expected (2, 3, 3).",
            ),
            (
                lambda image, mask: (image / 255, mask - 1.0),
                "The mask holds decimal numbers (float64); expected whole numbers (uint8).",
            ),
            (
                lambda image, mask: (image / 255 * np.nan, mask - 1),
                "The image holds NaN (not a number) in 18 of 18 places.",
            ),
            (
                lambda image, mask: (image / 255, mask + 7),
                "In every case the mask is 8 too large.",
            ),
            (
                lambda image, mask: (image / 255, (mask - 1)[::-1]),
                "The mask is right, only upside down.",
            ),
            (
                lambda image, mask: image / 255,
                "It returns the image alone, without the mask.",
            ),
            (lambda image, mask: (), "It gives 0 values; expected 2 values (image, mask)."),
        ],
    )
    def test_the_first_differing_property_is_told(self, answer, message):
        assert judge(SCALE_PAIR, answer).message == message

    def test_a_changed_input_is_wrong_though_the_result_is_right(self):
        def answer(image, mask):
            image = image / 255
            mask -= 1
            return image, mask

        result = judge(SCALE_PAIR, answer)
        assert (result.outcome, result.misconception) == (WRONG, "changes its inputs")

    def test_a_wrong_value_is_not_told_what_is_expected(self):
        result = judge(BORDER, 1)
        assert (result.outcome, result.expected, result.got) == (WRONG, "", "1")
        assert "3" not in repr(result)
        text = judge(BORDER, "three")
        assert text.message.startswith("The answer is a whole number; yours is the text 'three'.")

    @pytest.mark.parametrize("answer", [..., (..., (2, 2)), ((4, ...), (2, 2))])
    def test_a_value_with_a_gap_is_not_attempted(self, answer):
        assert judge(SHAPES, answer).outcome == NOT_ATTEMPTED

    @pytest.mark.parametrize(
        "answer",
        [[[4, 4], [2, 2]], (tf.TensorShape((4, 4)), (2, 2)), ((np.int64(4), 4), np.array([2, 2]))],
    )
    def test_shapes_may_be_written_in_any_usual_way(self, answer):
        assert judge(SHAPES, answer).outcome == RIGHT

    def test_a_task_may_say_itself_that_it_cannot_look_at_an_answer(self):
        def observe(answer):
            if not isinstance(answer, str):
                raise UnfitAnswer("Write a text.")
            return answer

        result = judge(dataclasses.replace(BORDER, observe=observe, reference="3"), 3)
        assert (result.outcome, result.message) == (WRONG, "Write a text.")

    def test_a_class_is_asked_for_by_name(self):
        assert "without calling it" in judge(COUNTER, toy_lesson.Counter()).message
        assert judge(COUNTER, toy_lesson.Counter).outcome == RIGHT

    def test_a_task_whose_own_reference_does_not_fit_its_cases_says_so(self):
        def cases():
            raise ValueError("no data")

        with pytest.raises(RuntimeError, match="Task share: its own cases fail"):
            judge(dataclasses.replace(SHARE, cases=cases, misconceptions=()), len)


def block(filters):
    return keras.Sequential(
        [
            keras.layers.Conv2DTranspose(filters, 3, strides=2, padding="same", use_bias=False),
            keras.layers.BatchNormalization(),
            keras.layers.ReLU(),
        ]
    )


def block_without_stride(filters):
    layers = [keras.layers.Conv2DTranspose(filters, 3, padding="same"), *block(filters).layers[1:]]
    return keras.Sequential(layers)


def describe_block(make_block, filters, height):
    made = make_block(filters)
    return {
        "the shape that comes out": made(tf.ones((1, height, height, 5))).shape,
        "the layers": [type(layer).__name__ for layer in made.layers],
    }


BLOCK = Task(
    name="block",
    lesson=3,
    minutes=10,
    aim="Build a block that doubles the size.",
    signature="block(filters)",
    hints=("Which stride?", "Stride 2."),
    reference=block,
    misconceptions=(Misconception("no stride", "The size stays.", block_without_stride),),
    why="The way back up is a way of doublings.",
    cases=lambda: [(4, 8), (6, 16)],
    observe=describe_block,
)


class TestKerasBlocks:
    def test_a_block_is_compared_by_its_properties(self):
        assert judge(BLOCK, block).outcome == RIGHT
        assert judge(BLOCK, block_without_stride).misconception == "no stride"

    def test_the_property_that_differs_is_named(self):
        def answer(filters):
            made = block(filters)
            return keras.Sequential([*made.layers[:1], made.layers[2], made.layers[1]])

        result = judge(BLOCK, answer)
        assert result.message.startswith("The layers[1] is the text 'ReLU'; expected the text")
        assert result.given == "filters = 4"

    def test_an_answer_without_the_wanted_type_raises_in_one_line(self):
        result = judge(BLOCK, lambda filters: 3)
        assert result.outcome == RAISED
        assert result.message.startswith("Your code raised TypeError: 'int' object is not callable")
        assert len(result.message.splitlines()) == 1


class TestChecker:
    def test_checks_are_found_by_name_and_documented(self, check):
        assert check.share(toy_lesson.share).outcome == RIGHT
        assert "Say which share" in repr(check.share)
        assert "share(numbers)" in check.share.__doc__
        assert {"share", "border", "hint", "progress"} <= set(dir(check))

    def test_no_answer_is_not_attempted(self, check):
        assert check.share().outcome == NOT_ATTEMPTED

    def test_an_unknown_name_names_the_lessons_tasks(self, check):
        with pytest.raises(
            UnknownTask, match="did you mean share.*Lesson 1 has: scale_pair, share"
        ):
            check.shaer(1)
        with pytest.raises(UnknownTask, match="There is no exercise 'xyz'; write its name"):
            check.hint("xyz")
        assert not hasattr(check, "_repr_html_")

    def test_hints_go_on_and_then_say_that_there_are_no_more(self, check):
        assert repr(check.hint("share")) == "Hint 1 of 2 for share: Count."
        assert repr(check.hint(check.share)) == "Hint 2 of 2 for share: Take a mean."
        for _ in range(2):
            assert "no further hint. The last was: Take a mean." in repr(check.hint("share"))

    def test_progress_tells_the_latest_outcomes_of_the_lessons_begun(self, check):
        assert len(check.progress().rows) == len(toy_lesson.TASKS)
        check.share(len)
        check.share(toy_lesson.share)
        check.border(2)
        assert repr(check.progress()).splitlines() == [
            "Lesson 1",
            "  ○ scale_pair  not attempted     5 min planned",
            "  ✓ share       right             3 min planned",
            "  ◐ border      not yet           2 min planned",
            "  ○ shapes      not attempted     2 min planned",
            "1 of 4 right; about 9 minutes are planned for the others",
        ]
        assert "<caption" in check.progress()._repr_html_()
        assert [row[1] for row in check.progress(2).rows] == ["Counter"]

    def test_two_tasks_of_one_name_are_refused(self):
        with pytest.raises(ValueError, match="two things called check.scale_pair"):
            dir(Checker(["toy_lesson", "toy_lesson"]))

    def test_under_nbgrader_what_is_not_right_raises(self, check, monkeypatch):
        monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
        assert check.share(toy_lesson.share).outcome == RIGHT
        with pytest.raises(AnswerNotRight, match="Not attempted: share"):
            check.share(...)


class TestResult:
    nasty = CheckResult(
        WRONG, "<b>", "<script>alert(1)</script>", "<i>", '"<u>"', "<m>", "<g>", "</pre><p>"
    )

    def test_html_escapes_every_text(self):
        shown = self.nasty._repr_html_()
        for tag in ("<script", "<b>", "<i>", "<u>", "<m>", "<g>", "<p>"):
            assert tag not in shown

    def test_code_in_a_sentence_is_shown_as_code(self):
        shown = CheckResult(RIGHT, "share", "Use `a < b` here.")._repr_html_()
        assert ">a &lt; b</code> here." in shown and "`" not in shown

    def test_rows_of_tables_have_their_own_colours_on_a_dark_page(self, check):
        check.share(len)
        for shown in (self.nasty._repr_html_(), check.progress()._repr_html_()):
            assert shown.count("<tr") == shown.count(f'<tr style="{ROW}"') > 1

    @pytest.mark.parametrize("outcome", OUTCOMES)
    def test_outcome_is_told_by_symbol_and_word_and_in_colours_with_contrast(self, outcome):
        result = CheckResult(outcome, "share", "A sentence.")
        for shown in (repr(result), result._repr_html_()):
            assert SYMBOLS[outcome] in shown
            assert SAID[outcome] in shown
        assert contrast(ACCENT[outcome], PAPER[outcome]) >= 4.5
        assert contrast(INK, PAPER[outcome]) >= 4.5

    def test_symbols_differ(self):
        assert len(set(SYMBOLS.values())) == len(OUTCOMES)


def contrast(first, second):
    """The contrast ratio of two colours after WCAG 2.1, section 1.4.3."""

    def luminance(colour):
        channels = np.array([int(colour[start : start + 2], 16) for start in (1, 3, 5)]) / 255
        linear = np.where(
            channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4
        )
        return linear @ [0.2126, 0.7152, 0.0722]

    darker, lighter = sorted((luminance(first), luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize(
    ("expected", "got", "message"),
    [
        (1, 1, None),
        (1.0, 1, None),
        (1.0, 1 + 1e-6, None),
        (1, 1.0, "The result is 1; expected 1."),
        (float("nan"), float("nan"), None),
        (True, 1, "The result is 1; expected True."),
        ("a", "a", None),
        (None, None, None),
        (None, 1, "The result is 1; expected None."),
        ((1, (2, 3)), (1, (2, 4)), "The result[1][1] is 4; expected 3."),
        ((1, 2), (1, 2, 3), "The result is 3 values; expected 2 values."),
        ({"a": 1}, {"b": 1}, "The result is a dictionary of 1; expected a dictionary of 1."),
        (np.array([1.0, np.nan]), np.array([1.0, np.nan], np.float32), None),
        (np.array(["a"]), np.array(["a"]), None),
        (
            np.array(["a"]),
            np.array(["b"]),
            "The result differs in 1 of 1 values, the first at [0]: 'b', expected 'a'.",
        ),
        (
            np.array([1]),
            np.array([None]),
            "The result holds objects (object); expected whole numbers (int64).",
        ),
        (np.array(2.0), 2.0, None),
        (np.zeros((0, 3)), np.zeros((0, 3)), None),
    ],
)
def test_comparison(expected, got, message):
    difference = compare_values("the result", plain(expected), plain(got))
    assert (difference.message if isinstance(difference, Difference) else None) == message


def test_big_values_are_shown_short():
    shown = show(np.arange(1_000_000, dtype=np.float32).reshape(100, 100, 100))
    assert len(shown.splitlines()) <= 14
    assert shown.endswith("shape (100, 100, 100), float32")
    assert len(show("x" * 10_000)) < 200
    assert show(np.zeros((2, 2, 1), np.uint8)) == "[[0 0]\n [0 0]]\nshape (2, 2, 1), uint8"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"hints": ("only one",)}, "give 2 to 4 hints, not 1"),
        ({"signature": "other(numbers)"}, "its signature begins with 'other"),
    ],
)
def test_a_task_that_is_declared_badly_is_refused(change, said):
    with pytest.raises(ValueError, match=said):
        dataclasses.replace(SHARE, **change)


class TestBrokenTasks:
    """A mistake of the task's author is told as one, and never as the learner's."""

    def test_cases_that_fail(self):
        broken = dataclasses.replace(SHARE, cases=lambda: 1 / 0)
        with pytest.raises(BrokenTask, match="Task share: its own cases fail."):
            judge(broken, toy_lesson.share)

    def test_an_own_answer_that_never_ends(self, monkeypatch):
        def never_ends(numbers):
            while True:
                time.sleep(0.01)

        monkeypatch.setattr(engine, "DECLARED_TIME_LIMIT", 0.3)
        endless = dataclasses.replace(
            SHARE, misconceptions=(Misconception("never ends", "It never ends.", never_ends),)
        )
        with pytest.raises(BrokenTask, match="Task share: its own answer does not end."):
            judge(endless, lambda numbers: 2.0)
