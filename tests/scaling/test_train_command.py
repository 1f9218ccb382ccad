"""``unet-lessons train``: what it writes, what it refuses, what it goes on from."""

import json
import signal
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner
from made_pets import write_pets_folder

from lessons_lib.__main__ import main
from lessons_lib.metrics import evaluate
from lessons_lib.quiet import keras, tf
from lessons_lib.scaling import launch, whole_run
from lessons_lib.scaling.checkpoints import Checkpoint, FileCheckpoints
from lessons_lib.scaling.cluster import ClusterProblem, Place
from lessons_lib.scaling.launch import run_here, to_options
from lessons_lib.scaling.whole_run import Settings, claim_folder
from lessons_lib.training import load_model

WRITTEN = ["checkpoint.npz", "history.json", "model.keras", "results.json", "settings.json"]


@pytest.fixture(scope="module")
def pets(tmp_path_factory) -> str:
    return str(
        write_pets_folder(tmp_path_factory.mktemp("p") / "pets", train_count=11, test_count=3)
    )


@pytest.fixture
def small_encoder(monkeypatch):
    """Three feature maps in place of five, for a hundredth of the time."""

    def build(*, weights, image_size, trainable):
        features = image = keras.Input((image_size, image_size, 3), name="image")
        maps = []
        for step in range(3):
            features = keras.layers.Conv2D(4, 3, strides=2, padding="same", name=f"c{step}")(
                features
            )
            maps.append(features)
        return keras.Model(image, maps, name="encoder", trainable=trainable)

    monkeypatch.setattr(whole_run, "build_encoder", build)
    monkeypatch.delenv("TF_CONFIG", raising=False)


def settings_of(pets: str, **changes) -> Settings:
    chosen = {"epochs": 3, "batch_size": 4, "image_size": 32, "filters": (8, 4)} | changes
    return Settings(pets=pets, encoder="drawn", **chosen)


def call(*arguments: object):
    return CliRunner().invoke(main, ["train", *map(str, arguments)])


@pytest.mark.slow
def test_a_training_writes_model_history_log_and_results(small_encoder, pets, tmp_path):
    settings, into = settings_of(pets), tmp_path / "new" / "run"
    finished = call(*to_options(settings), "--into", into)
    assert finished.exit_code == 0, finished.output
    lines = finished.output.splitlines()
    assert lines[0] == (
        "9 pets to train, 2 to validate, 3 to test; 1 worker of 1 device, 3 steps an epoch"
    )
    assert lines[3].startswith("epoch 3 of 3: loss ")
    assert sorted(path.name for path in into.iterdir()) == [*WRITTEN, "tensorboard"]
    history = json.loads((into / "history.json").read_text())
    results = json.loads((into / "results.json").read_text())
    assert len(history["val_mean_iou"]) == 3
    assert results["validation"]["mean_iou"] == pytest.approx(history["val_mean_iou"][-1])
    share = whole_run.load_share(pets, worker=0, workers=1)
    batches = whole_run.make_batches(share.test, image_size=32)
    scores = evaluate(load_model(into / "model.keras"), batches)
    assert results["test"]["mean_iou"] == pytest.approx(scores.mean_iou, abs=1e-4)
    assert list(results["test"]["iou"]) == ["pet", "background", "border"]
    (events,) = (into / "tensorboard").iterdir()
    logged = {}
    for record in tf.data.TFRecordDataset(str(events)):
        for value in tf.compat.v1.Event.FromString(record.numpy()).summary.value:
            assert value.metadata.plugin_data.plugin_name == "scalars"
            logged.setdefault(value.tag, []).append(float(tf.make_ndarray(value.tensor)))
    assert logged.keys() == history.keys()
    np.testing.assert_allclose(logged["loss"], history["loss"], rtol=1e-6)
    before = {path: path.read_bytes() for path in into.rglob("*") if path.is_file()}
    again = call(*to_options(settings), "--into", into)
    assert again.exit_code == 1 and "holds the results of a training already" in again.output
    assert {path: path.read_bytes() for path in into.rglob("*") if path.is_file()} == before


@pytest.mark.slow
def test_a_training_that_was_ended_goes_on_to_the_same_figures(small_encoder, pets, tmp_path):
    class Ending(FileCheckpoints):
        def save(self, checkpoint):
            super().save(checkpoint)
            raise KeyboardInterrupt

    settings, alone = settings_of(pets), Place()
    run_here(settings, alone, tmp_path / "whole")
    broken = tmp_path / "broken"
    broken.mkdir()
    with pytest.raises(KeyboardInterrupt):
        run_here(settings, alone, broken, checkpoints=Ending(broken))
    assert FileCheckpoints(broken).load().epochs == 1
    run_here(settings, alone, broken)
    for name in ("history.json", "results.json"):
        assert json.loads((broken / name).read_text()) == json.loads(
            (tmp_path / "whole" / name).read_text()
        )


def test_a_folder_with_anything_else_is_left_as_it_is(pets, tmp_path):
    settings = settings_of(pets)
    claim_folder(tmp_path / "run", settings)
    claim_folder(tmp_path / "run", settings_of(pets, seed=2))  # nothing was trained there yet
    claim_folder(tmp_path / "run", settings)
    FileCheckpoints(tmp_path / "run").save(Checkpoint({"loss": [1.0]}, []))
    claim_folder(tmp_path / "run", settings)  # an unfinished one of the same settings
    with pytest.raises(ClusterProblem, match="other settings \\(epochs, seed\\)"):
        claim_folder(tmp_path / "run", settings_of(pets, epochs=4, seed=1))
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("years of work")
    with pytest.raises(ClusterProblem, match="is not empty, and is left as it is"):
        claim_folder(other, settings)
    with pytest.raises(ClusterProblem, match="cannot be used"):
        claim_folder(other / "thesis.txt", settings)
    (tmp_path / "run" / "settings.json").write_text("{")
    with pytest.raises(ClusterProblem, match="cannot be used"):
        claim_folder(tmp_path / "run", settings)
    assert [path.name for path in other.iterdir()] == ["thesis.txt"]


def test_a_damaged_checkpoint_is_told(tmp_path):
    (tmp_path / "checkpoint.npz").write_bytes(b"PK no archive")
    with pytest.raises(ClusterProblem, match="delete it to begin anew"):
        FileCheckpoints(tmp_path).load()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--filters", "a,b"], "expected whole numbers, deep to shallow"),
        (["--filters", "8,4"], "filters needs 4 numbers"),
        (["--pets", "no such folder"], "there is no such folder"),
        (["--encoder", "no such file"], "no such file"),
        (["--image-size", "33"], "multiple of 32"),
        (["--batch-size", "0"], "0 is not in the range"),
        (["--storage", "s"], "add --ray, or drop it"),
    ],
)
def test_mistakes_on_the_command_line_get_one_sentence(pets, tmp_path, monkeypatch, options, said):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    finished = call("--pets", pets, *options, "--into", tmp_path / "run")
    assert finished.exit_code != 0 and said in " ".join(finished.output.split())
    assert "Traceback" not in finished.output and isinstance(finished.exception, SystemExit)


def test_workers_that_the_launcher_does_not_know_are_told(tmp_path, monkeypatch):
    monkeypatch.setenv("TF_CONFIG", launch._config(["127.0.0.1:1"], 0))
    finished = call("--workers", 2, "--into", tmp_path / "run")
    assert finished.exit_code == 1
    assert "--workers 2 came, but the variable TF_CONFIG names 1" in finished.output


@pytest.mark.slow
def test_a_loss_that_is_lost_ends_the_training(small_encoder, pets, tmp_path):
    with pytest.raises(ClusterProblem, match="loss became nan in epoch 1.*smaller learning rate"):
        run_here(settings_of(pets, learning_rate=1e30), Place(), tmp_path / "run")
    assert not (tmp_path / "run" / "model.keras").exists()


# How several workers are started: processes that only say how they end


def _ending(*programs: str) -> list[subprocess.Popen]:
    return [
        subprocess.Popen([sys.executable, "-S", "-c", program], stderr=subprocess.DEVNULL)
        for program in programs
    ]


@pytest.mark.parametrize(
    ("programs", "failed", "said"),
    [
        (["pass", "pass"], [], None),
        (["import os; os.kill(os.getpid(), 9)", "pass"], [0], "Worker 0 was ended by SIGKILL"),
        # The reason is the worker that did not fail for want of another.
        (
            ["raise SystemExit(3)", "import time; time.sleep(.5); raise SystemExit(1)"],
            [0, 1],
            "two",
        ),
    ],
)
def test_a_worker_that_fails_is_the_reason(tmp_path, programs, failed, said):
    processes = _ending(*programs)
    with launch._ended_at_last(processes):
        assert launch._wait(processes) == failed
    if failed:
        errors = [tmp_path / "one", tmp_path / "two"]
        for path in errors:
            path.write_text(f"chatter\nError: {path.name}\n")
        opened = [path.open("rb") for path in errors]
        assert launch._why(failed, processes, opened).startswith(said)
        for file in opened:
            file.close()


def test_workers_that_do_not_end_by_themselves_are_ended(monkeypatch):
    monkeypatch.setattr(launch, "LAST_WORDS", 0.3)
    processes = _ending("raise SystemExit(1)", "import time; time.sleep(60)")
    with launch._ended_at_last(processes):
        assert launch._wait(processes) == [0]
    assert processes[1].returncode == -signal.SIGKILL


def test_options_give_the_settings_back(pets, tmp_path, monkeypatch):
    heard = []
    monkeypatch.delenv("TF_CONFIG", raising=False)
    monkeypatch.setattr(launch, "run_here", lambda settings, *rest, **more: heard.append(settings))
    settings = settings_of(pets, train_encoder=True, learning_rate=3e-4, precision="mixed_bfloat16")
    assert call(*to_options(settings), "--into", tmp_path / "run").exit_code == 0
    assert heard == [settings]


def test_words_are_no_paths_whatever_is_called_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("auto", "drawn", "mine"):
        (tmp_path / name).mkdir()
    assert Settings("auto", "drawn").with_whole_paths() == Settings("auto", "drawn")
    assert Settings("mine", "none").with_whole_paths().pets == str(tmp_path / "mine")


def test_a_batch_is_shared_out_evenly_or_not_at_all():
    assert whole_run._part_of_batch(32, 2) == 16
    with pytest.raises(
        ClusterProblem, match="batch of 32 .* 3 workers; take a multiple, such as 30"
    ):
        whole_run._part_of_batch(32, 3)
    with pytest.raises(ClusterProblem, match="such as 4"):
        whole_run._part_of_batch(2, 4)


def test_several_workers_are_started_with_a_place_each(pets, tmp_path, monkeypatch):
    started = []

    def popen(command, *, env, stdout, **rest):
        started.append((command, json.loads(env["TF_CONFIG"]), stdout))
        return SimpleNamespace(poll=lambda: 0, kill=lambda: None, wait=lambda: 0, returncode=0)

    monkeypatch.setattr(launch.subprocess, "Popen", popen)
    launch.launch(settings_of(pets), 3, tmp_path / "run")
    assert [config["task"]["index"] for _, config, _ in started] == [0, 1, 2]
    (workers,) = {tuple(config["cluster"]["worker"]) for _, config, _ in started}
    assert len(set(workers)) == 3 and all(one.startswith("127.0.0.1:") for one in workers)
    assert [stdout for _, _, stdout in started] == [None, subprocess.DEVNULL, subprocess.DEVNULL]
