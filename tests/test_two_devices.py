"""Training on two devices of one machine gives what one gives."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.slow

# Sums over the devices' halves of a batch are rounded differently, and Adam divides by roots of
# small sums: weights move by 3e-3 a step, so this is a thirtieth of a step.
ROUNDING = 1e-4
# Batch norms take their statistics from half a batch.
HALVES = 0.02


@pytest.fixture(scope="module")
def results() -> dict:
    program = Path(__file__).with_name("two_devices.py")
    finished = subprocess.run(
        [sys.executable, str(program)], capture_output=True, text=True, timeout=300
    )
    assert finished.returncode == 0, finished.stderr[-3000:]
    return json.loads(finished.stdout)


def test_there_are_two_devices(results):
    assert results["devices"] == 2


def test_two_devices_end_with_the_weights_and_losses_of_one(results):
    one, two = results["plain on one"], results["plain on two"]
    np.testing.assert_allclose(two["weights"], one["weights"], atol=ROUNDING)
    assert one["history"].keys() == two["history"].keys()
    for name, values in one["history"].items():
        # An IoU may change by a pixel that lay on the edge.
        np.testing.assert_allclose(two["history"][name], values, atol=1e-3, err_msg=name)


def test_a_u_net_with_batch_norms_learns_alike_on_two_devices(results):
    one, two = results["unet on one"], results["unet on two"]
    assert one["history"]["loss"][-1] < one["history"]["loss"][0] - 5 * HALVES, "nothing learnt"
    for name, values in one["history"].items():
        np.testing.assert_allclose(two["history"][name], values, atol=HALVES, err_msg=name)
    assert two["evaluated"] == pytest.approx(two["history"]["val_mean_iou"][-1], abs=1e-4)


@pytest.mark.parametrize("name", ["unet on two", "plain on two"])
def test_live_view_and_kept_predictions_show_what_the_model_predicts(results, name):
    result = results[name]
    assert np.shape(result["kept_masks"]) == (3, 3, 32, 32, 1)
    assert np.shape(result["live_masks"]) == (3, 2, 32, 32, 1)
    np.testing.assert_array_equal(result["kept_masks"][-1], result["predicted"])
    for live, kept in zip(result["live_masks"], result["kept_masks"], strict=True):
        np.testing.assert_array_equal(live, kept[:2])


def test_a_batch_that_cannot_be_shared_out_is_told(results):
    assert results["refused"].startswith(
        "train_batches: a batch of 1 cannot be shared out among 2 devices; choose another batch"
    )
