"""Starts a training: in this process, alone or as one of several; or several on this machine."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from lessons_lib.data import DataProblem
from lessons_lib.quiet import silent_standard_error, tf
from lessons_lib.scaling.checkpoints import Checkpoints, FileCheckpoints, NoCheckpoints
from lessons_lib.scaling.cluster import (
    FAILURE,
    LOST_WORKER,
    PATIENCE,
    TF_CONFIG,
    ClusterProblem,
    Place,
    Watch,
    explain_loss,
    join_cluster,
)
from lessons_lib.scaling.whole_run import Settings, claim_folder, run_worker

LOOPBACK = "127.0.0.1"
POLL = 0.1  # seconds
LAST_WORDS = 20.0  # seconds that the others get to notice that one is gone
OUR_PROBLEM = re.compile(r"(?:DataProblem|MissingFile): ([^\n]+)")


def run_here(
    settings: Settings,
    place: Place,
    folder: Path,
    *,
    checkpoints: Checkpoints | None = None,
    patience: float = PATIENCE,
) -> None:
    """Trains in this process, alone or as one of several workers.

    Args:
        settings: what to do; the same in all workers.
        place: which worker this is.
        folder: where the first worker writes.
        checkpoints: where it keeps its state; None for the folder.
        patience: seconds without a step, after which the others are taken for lost.

    Raises:
        ClusterProblem: what went wrong, in one sentence.
    """
    if checkpoints is None:
        checkpoints = FileCheckpoints(folder) if place.is_first else NoCheckpoints()
    said = ""
    with Watch(place, patience).watching() as watch, _chatter_held_back(place):
        try:
            if place.is_first:
                claim_folder(folder, settings)
            strategy = join_cluster(place, patience)
            run_worker(
                settings,
                place,
                strategy,
                folder=folder,
                checkpoints=checkpoints,
                watch=watch,
            )
        except (ClusterProblem, DataProblem) as problem:
            said = str(problem)
        except tf.errors.OpError as problem:
            ours = OUR_PROBLEM.search(problem.message or "")
            if ours:
                said = ours[1]
            elif place.workers > 1 and isinstance(problem, LOST_WORKER):
                said = explain_loss(place, problem)
            else:
                raise
    if said:
        raise ClusterProblem(said)


def _chatter_held_back(place: Place) -> contextlib.AbstractContextManager:
    """Holds back what TensorFlow writes of its network, and of workers that are gone."""
    return silent_standard_error() if place.workers > 1 else contextlib.nullcontext()


def launch(settings: Settings, workers: int, folder: Path, *, patience: float = PATIENCE) -> None:
    """Starts several workers on this machine, and waits for them; ends all where one fails.

    Raises:
        ClusterProblem: a worker failed; the sentence is its own where it could say one.
    """
    claim_folder(folder, settings)
    addresses = [f"{LOOPBACK}:{port}" for port in _free_ports(workers)]
    with contextlib.ExitStack() as stack:
        errors = [stack.enter_context(tempfile.TemporaryFile()) for _ in addresses]
        processes = [
            subprocess.Popen(
                [sys.executable, "-m", "lessons_lib", "train", *to_options(settings)]
                + ["--into", str(folder), "--patience", str(patience)],
                env=os.environ | {TF_CONFIG: _config(addresses, worker)},
                stdin=subprocess.DEVNULL,
                stdout=None if worker == 0 else subprocess.DEVNULL,
                stderr=error,
            )
            for worker, error in enumerate(errors)
        ]
        with _ended_at_last(processes):
            failed = _wait(processes)
        if failed:
            raise ClusterProblem(_why(failed, processes, errors))


def to_options(settings: Settings) -> list[str]:
    """Writes settings as options of ``unet-lessons train``."""
    return [
        *("--pets", settings.pets, "--encoder", settings.encoder),
        "--train-encoder" if settings.train_encoder else "--freeze-encoder",
        *("--epochs", str(settings.epochs), "--batch-size", str(settings.batch_size)),
        *("--image-size", str(settings.image_size)),
        *("--filters", ",".join(map(str, settings.filters))),
        *("--learning-rate", repr(settings.learning_rate), "--seed", str(settings.seed)),
        *("--precision", settings.precision),
    ]


def _config(addresses: Sequence[str], worker: int) -> str:
    task = {"type": "worker", "index": worker}
    return json.dumps({"cluster": {"worker": addresses}, "task": task})


def _free_ports(count: int) -> list[int]:
    """Finds ports that nobody listens at now."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind((LOOPBACK, 0))
        return [one.getsockname()[1] for one in sockets]


@contextlib.contextmanager
def _ended_at_last(processes: Sequence[subprocess.Popen]) -> Iterator[None]:
    """Leaves no worker behind, whatever happens."""
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def _wait(processes: Sequence[subprocess.Popen]) -> list[int]:
    """Waits until all have ended, or one has failed; returns the numbers of those that failed."""
    failed: list[int] = []
    deadline = float("inf")
    while time.monotonic() < deadline:
        codes = [process.poll() for process in processes]
        # In the order in which they are seen: the first one is the reason for the others.
        failed += [i for i, code in enumerate(codes) if code and i not in failed]
        if None not in codes:
            break
        if failed:
            deadline = min(deadline, time.monotonic() + LAST_WORDS)
        time.sleep(POLL)
    return failed


def _why(failed: list[int], processes: Sequence[subprocess.Popen], errors: Sequence[Any]) -> str:
    """Says why a training failed, by the worker that failed not for want of another."""
    own = [worker for worker in failed if processes[worker].returncode != FAILURE]
    worker = (own or failed)[0]
    code = processes[worker].returncode
    again = "call the same command again, and it goes on after its last whole epoch"
    if code < 0:
        return f"Worker {worker} was ended by {signal.Signals(-code).name}; {again}."
    errors[worker].seek(0)
    lines = errors[worker].read().decode(errors="replace").strip().splitlines()
    last = lines[-1] if lines else f"it ended with code {code} and said nothing"
    return last.removeprefix("Error: ")
