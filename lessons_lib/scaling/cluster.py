"""One worker among several: who it is, how it reaches the others, how it notices that one is gone.

A launcher tells each process by the variable ``TF_CONFIG``, as TensorFlow reads it::

    {"cluster": {"worker": ["host1:2222", "host2:2222"]}, "task": {"type": "worker", "index": 0}}
"""

import contextlib
import hashlib
import json
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from lessons_lib.quiet import tf

TF_CONFIG = "TF_CONFIG"
PATIENCE = 300.0  # seconds without a step, after which a worker takes the others for lost
FAILURE = 3  # the exit code of a worker that has lost the others
LOST_WORKER = (
    tf.errors.UnavailableError,
    tf.errors.AbortedError,
    tf.errors.CancelledError,
    tf.errors.DeadlineExceededError,
    tf.errors.InternalError,
)


class ClusterProblem(Exception):
    """What keeps workers from training together, in one sentence that says what to do."""


class Place(NamedTuple):
    """A process' place among those that train together.

    Attributes:
        worker: its number, from 0; the first writes what is kept.
        workers: how many there are.
    """

    worker: int = 0
    workers: int = 1

    @property
    def is_first(self) -> bool:
        """Whether this worker writes what is kept, and tells how far the training is."""
        return self.worker == 0


def read_place() -> Place:
    """Reads this process' place from ``TF_CONFIG``; alone where it is not set.

    Raises:
        ClusterProblem: it says something else than TensorFlow understands.
    """
    text = os.environ.get(TF_CONFIG, "").strip()
    if not text:
        return Place()
    try:
        config = json.loads(text)
        workers = config["cluster"]["worker"]
        task = config["task"]
        index = task["index"]
    except (ValueError, KeyError, TypeError) as problem:
        raise ClusterProblem(
            f"The variable {TF_CONFIG} cannot be read ({type(problem).__name__}: {problem}); it "
            'looks like {"cluster": {"worker": ["host1:2222", "host2:2222"]}, '
            '"task": {"type": "worker", "index": 0}}.'
        ) from None
    if set(config["cluster"]) != {"worker"} or task.get("type") != "worker":
        raise ClusterProblem(
            f"The variable {TF_CONFIG} names other tasks than workers, but here all are workers, "
            "the first of which leads; name them all under 'worker'."
        )
    if not _are_addresses(workers):
        raise ClusterProblem(
            f"The variable {TF_CONFIG} must list the workers' addresses, each another host:port, "
            f"but {workers!r} came."
        )
    if type(index) is not int or not 0 <= index < len(workers):
        raise ClusterProblem(
            f"The variable {TF_CONFIG} names {len(workers)} workers, so this one's index is from 0 "
            f"to {len(workers) - 1}, but {index!r} came."
        )
    return Place(index, len(workers))


def _are_addresses(workers: object) -> bool:
    return (
        isinstance(workers, list)
        and len(workers) > 0
        and len({*map(str, workers)}) == len(workers)
        and all(
            isinstance(one, str) and one.rpartition(":")[0] and one.rpartition(":")[2].isdigit()
            for one in workers
        )
    )


def join_cluster(place: Place, patience: float = PATIENCE) -> tf.distribute.Strategy:
    """Joins the other workers, and waits until all are there.

    Must come before anything else that TensorFlow computes.

    Args:
        place: of this worker.
        patience: seconds to wait for the others.

    Raises:
        ClusterProblem: one of the others does not come, or the worker's own address cannot be had.
    """
    if place.workers == 1:
        cards = tf.config.list_logical_devices("GPU")
        return tf.distribute.MirroredStrategy() if len(cards) > 1 else tf.distribute.get_strategy()
    _meet(place, patience)
    try:
        return tf.distribute.MultiWorkerMirroredStrategy()
    except tf.errors.OpError as problem:
        raise ClusterProblem(
            f"Worker {place.worker} cannot join the others ({type(problem).__name__}); look "
            f"whether its address in {TF_CONFIG} is free on this machine."
        ) from None


def require_alike(strategy: tf.distribute.Strategy, place: Place, settings: str) -> None:
    """Compares what the workers are about to do: a step that is not the same would never end.

    Raises:
        ClusterProblem: another worker's settings differ.
    """
    if place.workers == 1:
        return
    digest = hashlib.sha256(settings.encode()).digest()
    mine = tf.constant([float(byte) for byte in digest])

    @tf.function
    def mean(values: tf.Tensor) -> tf.Tensor:
        def all_reduce() -> tf.Tensor:
            device: Any = tf.distribute.get_replica_context()
            # A copy on this device: what is handed in may be on none.
            return device.all_reduce(tf.distribute.ReduceOp.MEAN, tf.identity(values))

        return strategy.experimental_local_results(strategy.run(all_reduce))[0]

    if not np.allclose(mean(mine), mine, atol=1e-3):
        raise ClusterProblem(
            f"Worker {place.worker} was started otherwise than the others, or finds other pets: "
            "start all with the same options, on the same pets, with the same version."
        )


def _meet(place: Place, patience: float) -> None:
    """Waits until every other worker listens at its address.

    TensorFlow would wait by itself, but for ever, and without letting any other thread run.
    """
    addresses = [
        (host, int(port)) for host, _, port in (one.rpartition(":") for one in _read_addresses())
    ]
    missing = [one for i, one in enumerate(addresses) if i != place.worker]
    deadline = time.monotonic() + patience
    with socket.socket() as own:
        own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            own.bind(("", addresses[place.worker][1]))
        except OSError as problem:
            raise ClusterProblem(
                f"Worker {place.worker} cannot listen at port {addresses[place.worker][1]} "
                f"({problem.strerror}); name a free one in {TF_CONFIG}, for all workers alike."
            ) from None
        own.listen(len(addresses))
        while missing:
            missing = [one for one in missing if not _listens(one)]
            if missing and time.monotonic() > deadline:
                said = ", ".join(f"{host}:{port}" for host, port in missing)
                raise ClusterProblem(
                    f"Worker {place.worker} has waited {patience:.0f} s for the others, but nobody "
                    f"answers at {said}; start them with the same {TF_CONFIG}, but their own "
                    "index."
                )
            time.sleep(0.2 if missing else 0.0)


def _read_addresses() -> list[str]:
    return json.loads(os.environ[TF_CONFIG])["cluster"]["worker"]


def _listens(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address, timeout=2.0).close()
    except OSError:
        return False
    return True


def explain_loss(place: Place, problem: Exception) -> str:
    """Says in one sentence that another worker is gone."""
    return (
        f"Worker {place.worker} has lost another worker ({type(problem).__name__}); start all of "
        "them again by the same commands, and the training goes on after its last whole epoch."
    )


class Watch:
    """Ends a worker that waits for others which no longer answer.

    A worker that dies closes its connections, which the others notice at once. One that stands
    still, or whose machine is cut off, does not: then nothing ever ends inside TensorFlow, so a
    thread beside it does.
    """

    def __init__(self, place: Place, patience: float = PATIENCE):
        """Takes the place of this worker, and how many seconds may pass without a step."""
        self._place, self._patience = place, patience
        self._last = time.monotonic()

    def step(self) -> None:
        """Notes that the training goes on."""
        self._last = time.monotonic()

    @contextlib.contextmanager
    def watching(self) -> Iterator["Watch"]:
        """Watches as long as the ``with`` lasts; alone there is nobody to wait for."""
        done = threading.Event()
        self.step()
        thread = threading.Thread(target=self._look, args=(done, os.dup(2)), daemon=True)
        if self._place.workers > 1:
            thread.start()
        try:
            yield self
        finally:
            done.set()

    def _look(self, done: threading.Event, standard_error: int) -> None:
        while not done.wait(min(1.0, self._patience / 4)):
            silent = time.monotonic() - self._last
            if silent > self._patience:
                sentence = (
                    f"Error: Worker {self._place.worker} has waited {silent:.0f} s for the other "
                    f"{self._place.workers - 1}: end those that are left, start all of them again "
                    "by the same commands, perhaps with more --patience, and the training goes on "
                    "after its last whole epoch.\n"
                )
                sys.stdout.flush()
                os.write(standard_error, sentence.encode())
                os._exit(FAILURE)
