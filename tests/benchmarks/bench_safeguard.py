"""What it costs a training that each batch is looked at: steps of one model with and without.

``python tests/benchmarks/bench_safeguard.py`` takes turns, and says the median of the rounds in
milliseconds a batch, of processor time, so that a busy machine counts little.
"""

import statistics
import time

import numpy as np

from lessons_lib.decoder import unet_model
from lessons_lib.encoder import build_encoder
from lessons_lib.quiet import tf
from lessons_lib.safeguard import Safeguard
from lessons_lib.training import compile_model

BATCHES, ROUNDS, BATCH_SIZE, SIDE = 8, 3, 16, 128


def seconds_a_batch(model, batches, guarded: bool) -> float:
    """Trains for one pass, as ``train`` does with or without a safeguard."""
    guard = Safeguard(model)
    batches = guard.watch("batches", batches) if guarded else batches
    before = time.process_time()
    model.fit(batches, verbose=0, callbacks=[guard] if guarded else [])
    return (time.process_time() - before) / BATCHES


def main() -> None:
    """Measures and prints one line."""
    random = np.random.default_rng(0)
    count = BATCHES * BATCH_SIZE
    images = random.random((count, SIDE, SIDE, 3), np.float32)
    masks = random.integers(0, 3, (count, SIDE, SIDE, 1), np.uint8)
    batches = tf.data.Dataset.from_tensor_slices((images, masks)).batch(BATCH_SIZE).cache()
    model = compile_model(unet_model(encoder=build_encoder(weights="drawn")))
    times = {True: [], False: []}
    for round_number in range(ROUNDS + 1):
        for guarded, measured in times.items():
            taken = seconds_a_batch(model, batches, guarded)
            if round_number:  # the first traces the model
                measured.append(1000 * taken)
    looked, plain = (statistics.median(times[guarded]) for guarded in (True, False))
    print(
        f"{looked:.0f} ms a batch of {BATCH_SIZE} with a look at each, {plain:.0f} without: "
        f"{looked - plain:+.0f} ms, {100 * (looked / plain - 1):+.1f} %."
    )


if __name__ == "__main__":
    main()
