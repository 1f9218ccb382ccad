"""The arithmetic of scaling out, by cases that can be reckoned by hand, and its page in step."""

import json

import pytest

from laboratory import scaling_out
from laboratory.scaling_out import (
    Model,
    all_reduce_seconds,
    epoch_seconds,
    share_of_work,
    write_page,
)

# A step of 32 photos takes a second; the gradients are 125 MB, a gigabit a second's worth.
MODEL = Model("everything", parameters=31_250_000, seconds=1 / 32)


def test_a_ring_sends_almost_twice_the_gradients(monkeypatch):
    monkeypatch.setattr(scaling_out, "LATENCY", 0.0)
    assert all_reduce_seconds(MODEL.gradient_bytes, 1, 1) == 0
    assert all_reduce_seconds(MODEL.gradient_bytes, 2, 1) == pytest.approx(1.0)
    assert all_reduce_seconds(MODEL.gradient_bytes, 4, 1) == pytest.approx(1.5)
    assert all_reduce_seconds(MODEL.gradient_bytes, 4, 10) == pytest.approx(0.15)
    monkeypatch.setattr(scaling_out, "LATENCY", 0.001)
    assert all_reduce_seconds(MODEL.gradient_bytes, 4, 1) == pytest.approx(1.506)


def test_an_epoch_is_whole_steps_of_computing_and_adding_up(monkeypatch):
    monkeypatch.setattr(scaling_out, "LATENCY", 0.0)
    assert epoch_seconds(MODEL, 320, 1, 1, 1) == pytest.approx(10.0)
    assert epoch_seconds(MODEL, 321, 1, 1, 1) == pytest.approx(11.0)
    assert epoch_seconds(MODEL, 320, 2, 1, 1) == pytest.approx(5 * 2.0)  # nothing is gained
    assert epoch_seconds(MODEL, 320, 2, 1, 10) == pytest.approx(5 * 1.1)
    assert epoch_seconds(MODEL, 63, 2, 1, 1) is None
    assert share_of_work(MODEL, 2, 1, 1) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.0021, "2.1 ms"), (0.5, "500 ms"), (1.5, "1,500 ms"), (12.3, "12 s"), (119, "119 s")]
    + [(180, "3 min"), (9000, "2.5 h"), (400_000, "4.6 d"), (None, "–")],
)
def test_times_are_said_with_the_digits_that_count(seconds, said):
    assert scaling_out._say(seconds) == said


def test_the_page_is_what_its_measurements_give():
    record = json.loads(scaling_out.RESULTS.read_text("utf-8"))
    assert scaling_out.PAGE.read_text("utf-8") == write_page(record)
