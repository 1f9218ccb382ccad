"""Ray as the engine: what can be said without it, and, where it is installed, a lost worker."""

import importlib.util
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import psutil
import pytest
import yaml
from click.testing import CliRunner
from made_pets import write_pets_folder
from packaging.requirements import Requirement

from lessons_lib.__main__ import main
from lessons_lib.commands.train import train
from lessons_lib.ray_cluster import NoRay, connected
from lessons_lib.scaling import on_ray

has_ray = importlib.util.find_spec("ray") is not None
needs_ray = pytest.mark.skipif(not has_ray, reason="Ray (extra cluster) is not installed")
REPOSITORY = Path(__file__).resolve().parents[2]
SMALL = ["--image-size", "32", "--filters", "16,16,8,8", "--batch-size", "8", "--epochs", "4"]


def test_without_ray_a_sentence_says_how_to_get_it(monkeypatch, tmp_path, pets_folder):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(NoRay, match="install it: pip install -e '.\\[cluster\\]'"), connected():
        pass
    finished = CliRunner().invoke(
        main, ["train", "--pets", str(pets_folder), "--into", str(tmp_path / "run"), "--ray"]
    )
    assert finished.exit_code == 1
    assert finished.output.startswith("Error: Ray is not installed in this environment")


class StandIn:
    """As much of Ray as it takes to connect: it starts after so many failures."""

    def __init__(self, failures):
        self.failures, self.asked, self.ended = failures, [], 0

    def init(self, **options):
        self.asked.append(options["address"])
        if len(self.asked) <= self.failures:
            raise ConnectionError("timed out\nand more")

    def shutdown(self):
        self.ended += 1


@pytest.mark.parametrize(
    ("address", "failures", "asked", "said"),
    [
        ("", 2, ["local"] * 3, None),  # a busy machine may be too slow for Ray's 30 s
        ("", 3, ["local"] * 3, "Ray did not start on this machine .*timed out\\).*less busy"),
        ("10.0.0.1:6379", 0, ["10.0.0.1:6379"], None),
        ("10.0.0.1:6379", 1, ["10.0.0.1:6379"], "answers at 10.0.0.1:6379 .*timed out\\)"),
    ],
)
def test_ray_is_connected_to_or_a_sentence_says_why_not(
    monkeypatch, address, failures, asked, said
):
    ray = StandIn(failures)
    monkeypatch.setitem(sys.modules, "ray", ray)
    if said:
        with pytest.raises(NoRay, match=said), connected(address):
            pass
    else:
        with connected(address) as got:
            assert got is ray
    assert ray.asked == asked and ray.ended == failures + (not said)


def test_results_are_taken_over_with_what_says_that_they_are_whole_last(tmp_path, monkeypatch):
    taken = []
    results, folder = tmp_path / "results", tmp_path / "folder"
    folder.mkdir()
    for name in ("results.json", "tensorboard/events", "model.keras", "zebra.json"):
        (results / name).parent.mkdir(parents=True, exist_ok=True)
        (results / name).write_text(name)
    copy = on_ray.shutil.copy2
    monkeypatch.setattr(on_ray.shutil, "copy2", lambda a, b: taken.append(a.name) or copy(a, b))
    on_ray._take_over(results, folder)
    assert taken[-1] == "results.json" and "zebra.json" in taken
    assert (folder / "tensorboard" / "events").read_text() == "tensorboard/events"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Traceback\n  File\nlessons_lib.x.ClusterProblem: The loss became nan.", "The loss beca"),
        ("ray\nlessons_lib.data.problems.MissingFile: no such folder", "lessons_lib.data.prob"),
        ("", "RuntimeError"),
    ],
)
def test_the_sentence_of_a_worker_is_found_in_rays_report(text, said):
    assert on_ray._last_line(RuntimeError(text)).startswith(said)


@needs_ray
@pytest.mark.slow
def test_a_worker_that_is_killed_is_started_again_and_the_figures_are_the_same(tmp_path):
    pets = write_pets_folder(tmp_path / "pets", train_count=41, test_count=9)
    command = [sys.executable, "-m", "lessons_lib", "train", "--pets", pets, *SMALL]
    environment = {name: value for name, value in os.environ.items() if name != "TF_CONFIG"}
    options = {"cwd": REPOSITORY, "env": environment, "text": True}
    subprocess.run(
        [*command, "--workers", "2", "--into", tmp_path / "plain"],
        check=True, timeout=400, **options,
    )  # fmt: skip
    process = subprocess.Popen(
        [*command, "--workers", "2", "--ray", "--into", tmp_path / "ray"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options,
    )  # fmt: skip
    killed, said = 0, []
    for line in process.stdout:
        said.append(line)
        if "epoch 2 of 4" in line and not killed:
            (victim, *_) = _workers_of(process.pid)
            victim.kill()
            killed += 1
    assert process.wait(timeout=400) == 0 and killed == 1, "".join(said[-30:])
    for name in ("history.json", "results.json"):
        plain, ray = (json.loads((tmp_path / way / name).read_text()) for way in ("plain", "ray"))
        assert plain == ray
    assert not (tmp_path / "ray" / "ray").exists()


def _workers_of(driver: int) -> list[psutil.Process]:
    below = psutil.Process(driver).children(recursive=True)
    return [one for one in below if "TrainWorker" in " ".join(one.cmdline())]


# The manifest for Kubernetes


@pytest.fixture(scope="module")
def manifest() -> dict:
    return yaml.safe_load((REPOSITORY / "docs" / "rayjob.yaml").read_text())["spec"]


def test_the_manifest_calls_the_command_with_options_that_it_has(manifest):
    program, name, *options = manifest["entrypoint"].split()
    scripts = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["scripts"]
    assert program in scripts and name == train.name
    given = train.make_context(name, options).params
    assert given["ray_address"] == "auto"
    (group,) = manifest["rayClusterSpec"]["workerGroupSpecs"]
    assert given["workers"] == group["replicas"] == group["minReplicas"]
    pods = [manifest["rayClusterSpec"]["headGroupSpec"]["template"], group["template"]]
    for pod in (template["spec"] for template in pods):
        (container,) = pod["containers"]
        (mount,) = container["volumeMounts"]
        assert mount["name"] == pod["volumes"][0]["name"]
        for path in (given["pets"], given["storage"], str(given["folder"])):
            assert path.startswith(f"{mount['mountPath']}/")


def test_the_manifest_asks_for_a_ray_that_the_extra_takes(manifest):
    extras = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    (ray,) = map(Requirement, extras["optional-dependencies"]["cluster"])
    assert ray.specifier.contains(manifest["rayClusterSpec"]["rayVersion"])
