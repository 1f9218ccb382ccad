"""Who a worker is, what it says of a TF_CONFIG that cannot be read, and when it gives up."""

import json
import socket
import subprocess
import sys
import time

import pytest

from lessons_lib.scaling.cluster import (
    FAILURE,
    ClusterProblem,
    Place,
    Watch,
    join_cluster,
    read_place,
)
from lessons_lib.scaling.launch import _config, _free_ports

TWO = ["a.example:2222", "b.example:2222"]


def config(workers=TWO, kind="worker", index=0, **others):
    return {"cluster": {"worker": workers, **others}, "task": {"type": kind, "index": index}}


def test_without_a_launcher_a_worker_is_alone(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    assert read_place() == Place(0, 1) and read_place().is_first
    monkeypatch.setenv("TF_CONFIG", " ")
    assert read_place() == Place(0, 1)


def test_a_launcher_says_which_worker_this_is(monkeypatch):
    monkeypatch.setenv("TF_CONFIG", json.dumps(config(index=1)))
    assert read_place() == Place(1, 2) and not read_place().is_first


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "cannot be read"),
        ("[]", "cannot be read"),
        ("{}", "cannot be read"),
        ('{"cluster": {"worker": ["a:1"]}}', "cannot be read"),
        (json.dumps(config(kind="ps")), "names other tasks than workers"),
        (json.dumps(config(chief=["c.example:1"])), "names other tasks than workers"),
        (json.dumps(config(workers=[])), "must list the workers' addresses"),
        (json.dumps(config(workers="a:1")), "must list the workers' addresses"),
        (json.dumps(config(workers=["a.example"])), "must list the workers' addresses"),
        (json.dumps(config(workers=[TWO[0], TWO[0]])), "each another host:port"),
        (json.dumps(config(index=2)), "from 0 to 1, but 2 came"),
        (json.dumps(config(index=-1)), "from 0 to 1, but -1 came"),
        (json.dumps(config(index="0")), "from 0 to 1, but '0' came"),
        (json.dumps(config(index=True)), "from 0 to 1, but True came"),
    ],
)
def test_a_launcher_that_says_nonsense_is_told_in_one_sentence(monkeypatch, text, said):
    monkeypatch.setenv("TF_CONFIG", text)
    with pytest.raises(ClusterProblem, match=said) as problem:
        read_place()
    assert "\n" not in str(problem.value) and "TF_CONFIG" in str(problem.value)


def test_a_watch_leaves_a_training_alone_that_goes_on():
    with Watch(Place(0, 2), patience=0.4).watching() as watch:
        for _ in range(8):
            time.sleep(0.1)
            watch.step()
    time.sleep(0.5)  # and one that has ended


def test_a_worker_whose_partner_never_comes_gives_up_with_one_sentence(monkeypatch):
    addresses = [f"127.0.0.1:{port}" for port in _free_ports(2)]
    monkeypatch.setenv("TF_CONFIG", _config(addresses, 0))
    with pytest.raises(ClusterProblem, match="Worker 0 has waited 1 s") as problem:
        join_cluster(read_place(), patience=1)
    assert f"nobody answers at {addresses[1]};" in str(problem.value)


def test_an_address_that_another_program_has_is_told(monkeypatch):
    with socket.socket() as other:
        other.bind(("", 0))
        other.listen()
        addresses = [f"127.0.0.1:{other.getsockname()[1]}", "127.0.0.1:1"]
        monkeypatch.setenv("TF_CONFIG", _config(addresses, 0))
        with pytest.raises(ClusterProblem, match="Worker 0 cannot listen at port"):
            join_cluster(read_place(), patience=1)


def test_a_watch_ends_a_worker_that_stands_still():
    program = (
        "import time; from lessons_lib.scaling.cluster import Place, Watch\n"
        "with Watch(Place(1, 3), patience=0.2).watching(): time.sleep(60)"
    )
    finished = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=50
    )
    assert finished.returncode == FAILURE
    assert finished.stderr.startswith("Error: Worker 1 has waited 0 s for the other 2: end those")
    assert len(finished.stderr.splitlines()) == 1
