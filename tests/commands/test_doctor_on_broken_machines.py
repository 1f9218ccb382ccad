"""The whole doctor on machines that are broken in one way each, made so by code.

A sentence names what is broken and what to do, the other checks go on, and nothing is changed.
"""

import importlib.metadata
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import psutil
import pytest
import snapshots
from click.testing import CliRunner
from jupyter_client.kernelspec import NoSuchKernel

from lessons_lib import doctor
from lessons_lib.__main__ import main


class Machine(NamedTuple):
    """A machine to break."""

    folder: Path
    patch: pytest.MonkeyPatch

    def set(self, name: str, value: str) -> None:
        self.patch.setenv(name, value)


@pytest.fixture
def machine(tmp_path, monkeypatch, drawn_template, pets_folder) -> Machine:
    """A healthy machine with few drawn pets, on which TensorFlow is not tried anew each time."""
    shutil.copytree(drawn_template, tmp_path / "data")
    monkeypatch.setenv("LESSONS_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("LESSONS_PETS", "auto")
    monkeypatch.delenv("LESSONS_ENCODER", raising=False)
    tried = SimpleNamespace(returncode=0, stdout="2.21.0 3.13.0 6.0\n", stderr="")
    monkeypatch.setattr(doctor.subprocess, "run", lambda command, **options: tried)
    memory = SimpleNamespace(available=8e9)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)
    monkeypatch.setattr(doctor, "CHECKS_THAT_COMPUTE", (doctor.check_pets,))
    monkeypatch.setattr(doctor.os, "sched_getaffinity", lambda pid: {0, 1}, raising=False)
    return Machine(tmp_path, monkeypatch)


def ask(machine: Machine):
    before = snapshots.take(machine.folder)
    finished = CliRunner().invoke(main, ["doctor"])
    assert finished.exception is None or isinstance(finished.exception, SystemExit)
    assert snapshots.take(machine.folder) == before
    return finished


def raising(error: Exception) -> Callable:
    def fail(*arguments, **options):
        raise error

    return fail


def kernel(machine: Machine, get: Callable) -> None:
    machine.patch.setattr(doctor.KernelSpecManager, "get_kernel_spec", get)


def no_package(machine: Machine) -> None:
    real = importlib.metadata.version
    missing = raising(importlib.metadata.PackageNotFoundError("click"))
    choose = lambda name: missing() if name == "click" else real(name)  # noqa: E731
    machine.patch.setattr(doctor.importlib.metadata, "version", choose)


def no_course(machine: Machine) -> None:
    missing = raising(importlib.metadata.PackageNotFoundError("unet-lessons"))
    machine.patch.setattr(doctor.importlib.metadata, "metadata", missing)
    machine.patch.setattr(doctor.importlib.metadata, "requires", missing)


def tensorflow_ends(code: int, words: str = "") -> Callable:
    tried = SimpleNamespace(returncode=code, stdout="", stderr=words)
    return lambda machine: machine.patch.setattr(doctor.subprocess, "run", lambda *a, **o: tried)


def full_disk(machine: Machine) -> None:
    found = SimpleNamespace(free=2e8)
    machine.patch.setattr(doctor.shutil, "disk_usage", lambda path: found)


def widgets_say(machine: Machine, content: str) -> None:
    for name in doctor.WIDGETS:
        folder = machine.folder / "share" / "jupyter" / "labextensions" / name
        folder.mkdir(parents=True)
        (folder / "package.json").write_text(content)
    machine.patch.setattr(doctor.sys, "prefix", str(machine.folder))


def break_drawn_pets(machine: Machine) -> None:
    machine.set("LESSONS_PETS", "drawn_pets")
    path = next((machine.folder / "data").rglob("*train.tfrecord*"))
    path.write_bytes(path.read_bytes()[:-9])


def break_photos(machine: Machine) -> None:
    (machine.folder / "data" / "oxford_iiit_pet" / "4.0.0").mkdir(parents=True)


def break_own_photo(machine: Machine) -> None:
    machine.set("LESSONS_PETS", str(machine.folder / "pets"))
    (machine.folder / "pets" / "images" / "Bengal_0.jpg").write_bytes(b"")


def break_encoder(machine: Machine) -> None:
    machine.patch.setattr(doctor, "CHECKS_THAT_COMPUTE", (doctor.check_encoder,))
    (machine.folder / "mine.npz").write_bytes(b"no weights")
    machine.set("LESSONS_ENCODER", str(machine.folder / "mine.npz"))


def long_encoder(machine: Machine) -> None:
    machine.patch.setattr(doctor, "CHECKS_THAT_COMPUTE", (doctor.check_encoder,))
    machine.set("LESSONS_ENCODER", "x" * 5000)


def file_for_a_folder(machine: Machine) -> None:
    (machine.folder / "file").write_text("mine")
    machine.set("LESSONS_DATA_DIR", str(machine.folder / "file" / "pets"))


BROKEN = {
    "a Python too old": (
        lambda m: m.patch.setattr(doctor.sys, "version_info", (3, 9, 1)),
        "NO   Python: 3.9.1|make lab PYTHON=",
    ),
    "a package missing": (no_package, "NO   packages: click is missing|pip install -r"),
    "the course not installed": (no_course, "NO   Python: unet-lessons itself|make lab"),
    "a processor without AVX": (tensorflow_ends(-4), "NO   TensorFlow: was stopped|take another"),
    "TensorFlow damaged": (
        tensorflow_ends(1, "Traceback\nImportError: no such symbol\n"),
        "NO   TensorFlow: cannot be imported: ImportError: no such symbol|make lab",
    ),
    "no process can be started": (
        lambda m: m.patch.setattr(doctor.subprocess, "run", raising(OSError(12, "No memory"))),
        "NO   tensorflow: cannot be looked at (OSError: [Errno 12] No memory)",
    ),
    "one processor": (
        lambda m: m.patch.setattr(doctor.os, "sched_getaffinity", lambda pid: {0}, raising=False),
        "but  processors: 1|take longer",
    ),
    "little memory": (
        lambda m: m.patch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=1e9)),
        "but  memory: 1.0 GB free|close other programs",
    ),
    "a full disk": (full_disk, "NO   data folder|0.2 GB free|make room"),
    "a disk that does not answer": (
        lambda m: m.patch.setattr(doctor.shutil, "disk_usage", raising(OSError(5, "I/O error"))),
        "NO   data folder|does not answer (I/O error)",
    ),
    "data at an address": (
        lambda m: m.set("LESSONS_DATA_DIR", "gs://bucket"),
        "NO   data folder: Expected the path of a folder|is an address",
    ),
    "data in nobody's home": (
        lambda m: m.set("LESSONS_DATA_DIR", "~nosuchuser/pets"),
        "NO   data folder: Expected the path of a folder|home folder",
    ),
    "data below a file": (file_for_a_folder, "NO   data folder|cannot be written"),
    "a kernel of another Python": (
        lambda m: kernel(m, lambda self, name: SimpleNamespace(argv=["/elsewhere/python"])),
        "NO   notebook kernel: python3 runs /elsewhere/python|python -m ipykernel install",
    ),
    "no kernel": (
        lambda m: kernel(m, raising(NoSuchKernel("python3"))),
        "NO   notebook kernel: there is no python3|python -m ipykernel install",
    ),
    "a kernel.json cut short": (
        lambda m: kernel(m, raising(json.JSONDecodeError("Expecting value", "{", 1))),
        "NO   notebook kernel: python3 runs nothing that can be read|ipykernel install",
    ),
    "a kernel without a program": (
        lambda m: kernel(m, lambda self, name: SimpleNamespace(argv=[])),
        "NO   notebook kernel|ipykernel install",
    ),
    "widgets missing": (
        lambda m: m.patch.setattr(doctor.sys, "prefix", str(m.folder)),
        "but  widgets: JupyterLab lacks anywidget and|install them anew",
    ),
    "widgets damaged": (lambda m: widgets_say(m, "{"), "but  widgets: JupyterLab lacks anywidget"),
    "drawn pets damaged": (break_drawn_pets, "NO   pets: Expected the drawn pets|ends too soon"),
    "photos damaged": (break_photos, "but  pets: The Oxford pets|that folder is empty"),
    "a photo of one's own damaged": (break_own_photo, "NO   pets: Expected a whole picture"),
    "pets nowhere": (
        lambda m: m.set("LESSONS_PETS", "nowhere"),
        "NO   pets: Expected auto, drawn_pets|there is no such folder",
    ),
    "an encoder damaged": (break_encoder, "NO   encoder|mine.npz does not hold weights"),
    "an encoder of 5,000 letters": (long_encoder, "NO   encoder"),
}  # fmt: skip


def test_a_healthy_machine(machine):
    finished = ask(machine)
    assert finished.exit_code == 0, finished.output
    assert "NO " not in finished.output
    assert "pets: drawn_pets, 4 to train, 2 to test" in finished.output
    assert finished.output.endswith("The lessons can run here.\n")


@pytest.mark.parametrize(
    ("damage", "words"), [pytest.param(*case, id=name) for name, case in BROKEN.items()]
)
def test_a_broken_machine(machine, damage, words):
    damage(machine)
    finished = ask(machine)
    for word in words.split("|"):
        assert word in finished.output, finished.output
    assert finished.exit_code == (1 if words.startswith("NO") else 0)
    assert "     -> " in finished.output and "Traceback" not in finished.output
    checks = len(doctor.CHECKS)
    assert finished.output.count("\nok  ") + finished.output.startswith("ok  ") >= checks - 2
    assert max(map(len, finished.output.splitlines())) < 900


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_data_folder_without_permission(machine):
    (machine.folder / "data").chmod(0o555)
    assert "NO   data folder" in ask(machine).output
