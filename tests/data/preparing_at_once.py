"""Twenty processes prepare one folder at once, and three of them are killed.

``python tests/data/preparing_at_once.py 10`` does so ten times and prints a row for each. The tests
do it once. One of those that are killed is the one that draws; the others are taken at random, at
random moments.
"""

import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

PROCESSES = 20
KILLED = 3
PETS = 24  # to train, drawn in about two seconds
PATIENCE = 240  # seconds


class Outcome(NamedTuple):
    """What became of one round.

    Attributes:
        killed: how many processes were killed while they were at it.
        well: how many others ended with the pets.
        drew: how many began to draw, one after the other.
        left: what lay beside the pets when all had ended.
        left_after_next: what lay there after one more preparation.
        seconds: from the first start to the last end.
    """

    killed: int
    well: int
    drew: int
    left: list[str]
    left_after_next: list[str]
    seconds: float


def prepare(folder: Path, log: Path) -> None:
    """Prepares a few pets, and notes in the log who draws; runs in a process of its own."""
    from lessons_lib.data import drawn_pets, prepared

    drawn_pets.TRAIN_SEEDS, drawn_pets.TEST_SEEDS = range(PETS), range(100, 102)
    original = drawn_pets.DrawnPets._split_generators

    def note_who_draws(self, dl_manager):
        (log / str(os.getpid())).touch()
        return original(self, dl_manager)

    drawn_pets.DrawnPets._split_generators = note_who_draws
    builder = prepared.prepare_drawn_pets(folder)
    count = sum(1 for _ in prepared.read_split(builder, "train"))
    sys.exit(0 if count == PETS else 7)


def run_round(folder: Path, log: Path, seed: int) -> Outcome:
    """Starts all, kills some, waits for the others."""
    chance = random.Random(seed)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["lessons_lib.data"])
    start = time.monotonic()
    processes = [context.Process(target=prepare, args=(folder, log)) for _ in range(PROCESSES)]
    for process in processes:
        process.start()
    killed = _kill_some(processes, log, chance)
    for process in processes:
        process.join(max(0, start + PATIENCE - time.monotonic()))
    seconds = time.monotonic() - start
    left = _beside_the_pets(folder)
    after = context.Process(target=prepare, args=(folder, log))
    after.start()
    after.join(PATIENCE)
    return Outcome(
        killed=sum(process.exitcode == -signal.SIGKILL for process in processes),
        well=sum(process.exitcode == 0 for process in processes if process not in killed),
        drew=len(list(log.iterdir())),
        left=left,
        left_after_next=_beside_the_pets(folder),
        seconds=seconds,
    )


def _kill_some(processes: list, log: Path, chance: random.Random) -> list:
    while not any(log.iterdir()):
        time.sleep(0.01)
    time.sleep(chance.uniform(0, 1.5))
    killed = []
    while len(killed) < KILLED:
        drawing = {int(path.name) for path in log.iterdir()}
        alive = [process for process in processes if process.is_alive()]
        first_choice = [process for process in alive if not killed and process.pid in drawing]
        victim = chance.choice(first_choice or alive)
        victim.kill()
        victim.join(10)
        killed.append(victim)
        time.sleep(chance.uniform(0, 1.0))
    return killed


def _beside_the_pets(folder: Path) -> list[str]:
    place = folder / "drawn_pets"
    return sorted(path.name for path in place.iterdir() if path.name != "1.0.0")


def main(rounds: int) -> None:
    """Prints a row for each round."""
    for seed in range(rounds):
        with tempfile.TemporaryDirectory() as data, tempfile.TemporaryDirectory() as log:
            print(f"round {seed + 1}: {run_round(Path(data), Path(log), seed)}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
