"""What the doctor says of a machine that lacks something, and that it changes nothing."""

import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from click.testing import CliRunner
from jupyter_client.kernelspec import NoSuchKernel

from lessons_lib import doctor
from lessons_lib.__main__ import main

CHECKS = doctor.CHECKS + doctor.CHECKS_THAT_COMPUTE


def well(finding: doctor.Finding) -> bool:
    return finding.to_do == "" and not finding.hinders


def invoke(*arguments: str):
    return CliRunner().invoke(main, ["doctor", *arguments])


@pytest.fixture
def kernel_runs(monkeypatch):
    """Lets Jupyter's kernel be that program."""

    def choose(program: str | None):
        def get_kernel_spec(self, name):
            if program is None:
                raise NoSuchKernel(name)
            return SimpleNamespace(argv=[program, "-m", "ipykernel_launcher"])

        monkeypatch.setattr(doctor.KernelSpecManager, "get_kernel_spec", get_kernel_spec)

    return choose


@pytest.fixture
def processes_end(monkeypatch):
    """Lets every process that is started end in that way."""

    def choose(returncode=0, stdout="", stderr="", timeout=False):
        def run(command, **options):
            if timeout:
                raise subprocess.TimeoutExpired(command, options["timeout"])
            return SimpleNamespace(returncode=returncode, stdout=stdout, stderr=stderr)

        monkeypatch.setattr(doctor.subprocess, "run", run)

    return choose


# The whole


@pytest.mark.slow
def test_here_the_lessons_can_run(tmp_path, monkeypatch):
    monkeypatch.setenv("LESSONS_DATA_DIR", str(tmp_path / "pets"))
    older = tmp_path / "pets" / "drawn_pets" / "0.0.1" / "dataset_info.json"
    older.parent.mkdir(parents=True)
    older.write_text("{}")
    finished = invoke()
    assert finished.exit_code == 0, finished.output
    lines = finished.output.splitlines()
    assert lines[-1] == "The lessons can run here."
    assert sum(line.startswith(("ok ", "but ")) for line in lines) == len(CHECKS)
    assert "pets: drawn pets; the first lesson draws them, in seconds" in finished.output
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [older]  # none was made


def test_what_hinders_is_marked_and_ends_with_an_error(monkeypatch):
    findings = [
        doctor.Finding("water", "wet"),
        doctor.Finding("tea", "cold", "warm it"),
        doctor.Finding("milk", "sour", "buy some", hinders=True),
    ]
    monkeypatch.setattr(doctor, "CHECKS", tuple(lambda one=one: one for one in findings))
    monkeypatch.setattr(doctor, "CHECKS_THAT_COMPUTE", (pytest.fail,))
    finished = invoke()
    assert finished.exit_code == 1
    assert finished.output.splitlines() == [
        "ok   water: wet",
        "but  tea: cold",
        "     -> warm it",
        "NO   milk: sour",
        "     -> buy some",
        "Error: The lessons cannot run here yet: see the lines with NO.",
    ]


def test_what_only_slows_is_no_error(monkeypatch):
    monkeypatch.setattr(doctor, "CHECKS", (lambda: doctor.Finding("tea", "cold", "warm it"),))
    monkeypatch.setattr(doctor, "CHECKS_THAT_COMPUTE", ())
    assert invoke().exit_code == 0


# Python and packages


@pytest.mark.parametrize("version", [(3, 10, 13), (3, 14, 0)])
def test_a_python_that_the_course_does_not_take(monkeypatch, version):
    assert well(doctor.check_python())
    monkeypatch.setattr(doctor.sys, "version_info", version)
    finding = doctor.check_python()
    assert finding.hinders and finding.found.startswith(f"{version[0]}.{version[1]}.")
    assert ">=3.11" in finding.found and "make lab PYTHON=" in finding.to_do


def test_packages_that_are_missing_or_too_old_are_named_with_the_version_wanted(monkeypatch):
    assert well(doctor.check_packages())
    real = importlib.metadata.version

    def version(name):
        if name == "click":
            raise importlib.metadata.PackageNotFoundError(name)
        return "2.9.0" if name == "keras" else real(name)

    monkeypatch.setattr(doctor.importlib.metadata, "version", version)
    finding = doctor.check_packages()
    assert finding.hinders
    assert finding.found == "click is missing; keras is 2.9.0, not >=3.13"


def test_packages_for_contributors_may_be_missing(monkeypatch):
    asked = ["click>=8.1", 'surely-not-installed>=1; extra == "test"']
    monkeypatch.setattr(doctor.importlib.metadata, "requires", lambda name: asked)
    assert well(doctor.check_packages())


# TensorFlow


@pytest.mark.slow
def test_tensorflow_is_tried_in_a_process_of_its_own():
    finding = doctor.check_tensorflow()
    assert well(finding)
    assert importlib.metadata.version("tensorflow") in finding.found


@pytest.mark.parametrize(
    ("end", "found", "hinders"),
    [
        ({"returncode": -4}, "lacks instructions (AVX)", True),
        ({"returncode": 1, "stderr": "Traceback\nImportError: no DLL\n"}, "Error: no DLL", True),
        ({"returncode": 137}, "exit code 137", True),
        ({"timeout": True}, "not imported within 120 s", False),
    ],
)  # fmt: skip
def test_a_tensorflow_that_cannot_be_imported(processes_end, end, found, hinders):
    processes_end(**end)
    finding = doctor.check_tensorflow()
    assert found in finding.found and finding.to_do and finding.hinders == hinders


# The machine


def test_one_processor_and_little_memory_are_said_and_hinder_nothing(monkeypatch):
    monkeypatch.setattr(doctor.os, "sched_getaffinity", lambda pid: {0}, raising=False)
    memory = SimpleNamespace(available=1.26e9)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)
    for finding in (doctor.check_processors(), doctor.check_memory()):
        assert finding.to_do and not finding.hinders
    assert doctor.check_processors().found == "1"
    assert doctor.check_memory().found == "1.3 GB free, less than 3 GB"


@pytest.fixture
def graphics_card(tmp_path, monkeypatch):
    """Puts a machine together that has a card, a driver that knows it, a TensorFlow that uses it.

    The card lies in a folder like the PCI bus', the driver is a program, TensorFlow an answer.
    """

    def choose(*, on_the_bus=False, driver="", used=0):
        bus, programs = tmp_path / "bus", tmp_path / "programs"
        for folder, kind in (("0000:00:1f.3", "0x040300"), ("0000:01:00.0", "0x030000")):
            (bus / folder).mkdir(parents=True)
            (bus / folder / "vendor").write_text("0x10de\n")
            # A card without its graphics is a sound device of the same maker.
            (bus / folder / "class").write_text(f"{kind if on_the_bus else '0x040300'}\n")
        programs.mkdir()
        if driver:
            program = programs / "nvidia-smi"
            program.write_text(f"#!/bin/sh\n{driver}\n")
            program.chmod(0o755)
        monkeypatch.setattr(doctor, "PCI_DEVICES", bus)
        monkeypatch.setattr(doctor, "COUNT_GPUS", f"print('chatter'); print({used})")
        monkeypatch.setenv("PATH", str(programs))
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)

    return choose


def test_no_graphics_card_is_well(graphics_card):
    graphics_card()
    finding = doctor.check_gpu()
    assert well(finding) and finding.found == "none of NVIDIA's; the lessons need none"


needs_a_shell = pytest.mark.skipif(
    sys.platform == "win32", reason="a driver's stand-in is a script"
)


@needs_a_shell
def test_a_graphics_card_that_tensorflow_uses_is_named(graphics_card):
    graphics_card(on_the_bus=True, driver="echo Card A; echo Card B", used=2)
    finding = doctor.check_gpu()
    assert well(finding) and finding.found == "Card A, Card B: used (2)"


@needs_a_shell
@pytest.mark.parametrize(
    ("system", "hidden", "to_do"),
    [
        ("linux", None, "pip install -e '.[gpu]'"),
        ("darwin", None, "work in WSL2"),
        ("linux", "", "remove the variable CUDA_VISIBLE_DEVICES"),
        ("linux", "-1", "remove the variable CUDA_VISIBLE_DEVICES"),
    ],
)
def test_a_graphics_card_that_lies_idle_is_told_with_what_to_do(
    graphics_card, monkeypatch, system, hidden, to_do
):
    graphics_card(driver="echo Card A", used=0)
    monkeypatch.setattr(doctor.sys, "platform", system)
    if hidden is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", hidden)
    finding = doctor.check_gpu()
    assert finding.found == "Card A: present, unused" and to_do in finding.to_do
    assert not finding.hinders


@needs_a_shell
@pytest.mark.parametrize("driver", ["", "echo failed; exit 9"])
def test_a_graphics_card_without_a_driver_that_answers(graphics_card, driver):
    graphics_card(on_the_bus=True, driver=driver)
    finding = doctor.check_gpu()
    assert "driver does not answer" in finding.found and "install the driver" in finding.to_do
    assert not finding.hinders


def test_a_data_folder_that_is_not_there_yet_is_well(tmp_path, monkeypatch):
    monkeypatch.setenv("LESSONS_DATA_DIR", str(tmp_path / "not" / "yet"))
    assert well(doctor.check_data_folder())
    assert list(tmp_path.iterdir()) == []


def test_a_data_folder_below_a_file_or_on_a_full_disk(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LESSONS_DATA_DIR", str(tmp_path / "file" / "pets"))
    finding = doctor.check_data_folder()
    assert finding.hinders and "cannot be written" in finding.found
    monkeypatch.setenv("LESSONS_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: SimpleNamespace(free=2e8))
    finding = doctor.check_data_folder()
    assert finding.hinders and "0.2 GB free" in finding.found


# Pets and encoder


def test_pets_that_cannot_be_read_get_the_loaders_sentence(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("LESSONS_PETS", str(tmp_path / "nowhere"))
    finding = doctor.check_pets()
    assert finding.hinders and "there is no such folder" in finding.found
    monkeypatch.setenv("LESSONS_PETS", "oxford_iiit_pet")
    monkeypatch.setenv("LESSONS_DATA_DIR", str(tmp_path))
    assert "data prepare" in doctor.check_pets().found
    assert capsys.readouterr().out == ""


def test_a_folder_of_ones_own_pets_is_opened(pets_folder, monkeypatch, capsys):
    monkeypatch.setenv("LESSONS_PETS", str(pets_folder))
    finding = doctor.check_pets()
    assert well(finding) and finding.found == f"{pets_folder}, 6 to train, 2 to test"
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        (None, "the bundled weights"),
        ("drawn", "the bundled weights"),
        ("none", "none"),
        ("imagenet", "ImageNet's weights, fetched on first use"),
    ],
)
def test_encoders_that_can_be_built(monkeypatch, chosen, found):
    monkeypatch.delenv("LESSONS_ENCODER", raising=False)
    if chosen:
        monkeypatch.setenv("LESSONS_ENCODER", chosen)
    assert doctor.check_encoder() == doctor.Finding("encoder", found)


def test_an_encoder_that_cannot_be_built_gets_the_rooms_sentence(tmp_path, monkeypatch):
    broken = tmp_path / "mine.npz"
    broken.write_bytes(b"no weights")
    monkeypatch.setenv("LESSONS_ENCODER", str(broken))
    finding = doctor.check_encoder()
    assert finding.hinders and "mine.npz does not hold weights" in finding.found


# Jupyter


@pytest.mark.parametrize("program", ["python", "python3.12", sys.executable])
def test_a_kernel_of_this_python(kernel_runs, program):
    kernel_runs(program)
    assert well(doctor.check_kernel())


def test_a_kernel_of_another_python_or_none(kernel_runs, tmp_path):
    other = str(tmp_path / "bin" / "python")
    kernel_runs(other)
    finding = doctor.check_kernel()
    assert finding.hinders and finding.found == f"python3 runs {other}, not this Python"
    kernel_runs(None)
    assert doctor.check_kernel().found == "there is no python3"


def test_widgets_that_jupyterlab_lacks_are_named(tmp_path, monkeypatch):
    assert well(doctor.check_widgets())
    folder = tmp_path / "share" / "jupyter" / "labextensions" / doctor.WIDGETS[0]
    folder.mkdir(parents=True)
    (folder / "package.json").write_text(json.dumps({"name": "anywidget", "version": "1"}))
    monkeypatch.setattr(doctor.sys, "prefix", str(tmp_path))
    finding = doctor.check_widgets()
    assert doctor.WIDGETS[1] in finding.found and doctor.WIDGETS[0] not in finding.found
    assert finding.to_do and not finding.hinders


def test_looking_for_help_imports_no_tensorflow():
    code = "import lessons_lib.doctor, sys; sys.exit('tensorflow' in sys.modules)"
    root = Path(doctor.__file__).parents[1]
    assert subprocess.run([sys.executable, "-c", code], cwd=root).returncode == 0


# How the course came


@pytest.mark.parametrize("clone", [True, False])
def test_advice_fits_how_the_course_came(monkeypatch, processes_end, clone):
    monkeypatch.setattr(doctor.origin, "is_clone", lambda: clone)
    monkeypatch.setattr(doctor.sys, "version_info", (3, 10, 1))
    processes_end(returncode=1, stderr="ImportError: no symbol")
    monkeypatch.setattr(doctor.importlib.metadata, "requires", lambda name: ["surely-not-there"])
    for check in (doctor.check_python, doctor.check_packages, doctor.check_tensorflow):
        to_do = doctor.look(check).to_do
        assert ("make lab" in to_do or "requirements.lock" in to_do) == clone, to_do
        assert ("-m pip install" in to_do) == (not clone), to_do


def test_a_missing_jupyterlab_hinders_nothing(monkeypatch):
    def version(name):
        raise importlib.metadata.PackageNotFoundError(name)

    assert well(doctor.check_jupyterlab())
    monkeypatch.setattr(doctor.importlib.metadata, "version", version)
    finding = doctor.check_jupyterlab()
    assert not finding.hinders and "pip install jupyterlab" in finding.to_do
