"""Two processes that train together, on this machine's loopback."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from lessons_lib.scaling.launch import _config, _free_ports
from lessons_lib.scaling.together import count_steps

slow = pytest.mark.slow
WORKER = Path(__file__).with_name("worker.py")
EPOCHS = 6
# Sums of parts are rounded differently, and Adam divides by roots of small sums: of a step of 3e-3.
ROUNDING = 1e-4


class Workers:
    """Some processes of ``worker.py``."""

    def __init__(self, folder: Path, count: int, seconds: float):
        folder.mkdir(exist_ok=True)
        self.folder = folder
        addresses = [f"127.0.0.1:{port}" for port in _free_ports(count)]
        self.processes = [
            subprocess.Popen(
                [sys.executable, WORKER, folder, str(EPOCHS), str(seconds)],
                env=os.environ | ({"TF_CONFIG": _config(addresses, i)} if count > 1 else {}),
                stdout=subprocess.PIPE if i == 0 else subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
            for i in range(count)
        ]

    def results(self) -> list[dict]:
        """Waits for the end, and returns what each worker has written."""
        for process in self.processes:
            _, said = process.communicate(timeout=240)
            assert process.returncode == 0, said[-2000:]
        paths = [self.folder / f"worker_{i}.json" for i in range(len(self.processes))]
        return [json.loads(path.read_text()) for path in paths]

    def wait_for(self, words: str) -> None:
        """Waits until the first worker has said something."""
        for line in self.processes[0].stdout:
            if words in line:
                return
        pytest.fail(f"{words!r} was never said: {self.processes[0].stderr.read()[-2000:]}")

    def kill(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """Starts workers, and leaves none behind."""
    place, started = tmp_path_factory.mktemp("workers"), []

    def start_workers(name: str, count: int, seconds: float = 0) -> Workers:
        started.append(Workers(place / name, count, seconds))
        return started[-1]

    yield start_workers
    for workers in started:
        workers.kill()


@pytest.fixture(scope="module")
def both(start) -> list[dict]:
    """What two workers give that nothing disturbs."""
    return start("both", 2).results()


@slow
def test_two_workers_do_what_one_does_with_the_joint_batch(start, both):
    (alone,) = (result["plain"] for result in start("alone", 1).results())
    first, second = (result["plain"] for result in both)
    assert first["weights"] == second["weights"]
    assert first["history"] == second["history"]
    np.testing.assert_allclose(first["weights"], alone["weights"], atol=ROUNDING)
    assert alone["history"]["loss"][-1] < alone["history"]["loss"][0] - 0.05, "nothing learnt"
    for name, values in alone["history"].items():
        assert len(values) == EPOCHS
        # An IoU may change by a pixel that lay on the edge.
        np.testing.assert_allclose(first["history"][name], values, atol=1e-3, err_msg=name)


@slow
def test_two_workers_end_with_one_model_batch_norms_included(both):
    first, second = (result["batch norm"] for result in both)
    assert first == second


@slow
def test_workers_that_were_started_otherwise_notice_it(both):
    assert [result["alike"] for result in both] == [False, False]


@slow
def test_a_worker_that_is_killed_ends_the_other_and_a_new_start_goes_on(start, both):
    broken = start("broken", 2, seconds=0.5)
    broken.wait_for("epoch 2 of 6")
    survivor, victim = broken.processes
    victim.send_signal(signal.SIGKILL)
    killed = time.monotonic()
    _, said = survivor.communicate(timeout=60)
    assert survivor.returncode == 3, said[-2000:]
    assert time.monotonic() - killed < 40
    assert "lost: " in said
    assert not (broken.folder / "worker_0.json").exists()
    first, second = (result["plain"] for result in start("broken", 2).results())
    assert first["weights"] == second["weights"] == both[0]["plain"]["weights"]
    assert first["history"] == both[0]["plain"]["history"]
    assert 1 <= len(second["history"]["loss"]) < EPOCHS, "it did not go on, but began anew"


@pytest.mark.parametrize(
    ("counts", "batch_size", "devices", "steps"),
    [
        ((33,), 8, 1, 5),
        ((17, 16), 4, 1, 4),  # the last batch of one picture has no partner
        ((18, 17), 4, 1, 5),
        ((17, 17), 8, 2, 2),  # one picture cannot be shared out among two devices
        ((18, 18), 8, 2, 3),
    ],
)
def test_steps_are_those_that_every_device_has_a_picture_for(counts, batch_size, devices, steps):
    assert count_steps(counts, batch_size, devices) == steps
