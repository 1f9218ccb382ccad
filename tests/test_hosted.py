"""Colab and Kaggle, as far as they can be shown without them: stubs in place of the hosts."""

import importlib.metadata
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from packaging.requirements import Requirement

from lessons_lib import hosted
from lessons_lib.authoring.hosting import SOURCE
from lessons_lib.inspector import MaskExplorer
from lessons_lib.notebook_cells import parse_cell
from lessons_lib.workspace import MANIFEST

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
MANAGER = "https://example.org/manager.js"


@pytest.fixture
def colab(monkeypatch) -> list[str]:
    """A stub of google.colab; returns what is called."""
    called = []
    output = ModuleType("google.colab.output")
    output.enable_custom_widget_manager = lambda: called.append("widgets on")
    output._widgets = SimpleNamespace(_installed_url=MANAGER)
    package = ModuleType("google.colab")
    package.output = output
    monkeypatch.setitem(sys.modules, "google.colab", package)
    monkeypatch.setitem(sys.modules, "google.colab.output", output)
    return called


@pytest.fixture
def pip(monkeypatch, tmp_path) -> list[dict]:
    """Stands in for pip; keeps its arguments and constraints."""
    calls = []

    def run(command, **options):
        constraints = Path(command[command.index("-c") + 1]).read_text()
        calls.append({"command": command, "constraints": constraints.splitlines()})
        return SimpleNamespace(returncode=0, stderr="")

    monkeypatch.setattr(hosted.subprocess, "run", run)
    monkeypatch.chdir(tmp_path)
    return calls


@pytest.fixture
def installed(monkeypatch):
    """Lets packages be of other versions, or missing (None)."""
    real = importlib.metadata.version

    def choose(**versions):
        def version(name):
            found = versions.get(name.replace("-", "_"), "as it is")
            if found is None:
                raise importlib.metadata.PackageNotFoundError(name)
            return real(name) if found == "as it is" else found

        monkeypatch.setattr(hosted.importlib.metadata, "version", version)

    return choose


def test_the_first_cell_does_nothing_where_there_is_no_host():
    calls = []
    names = {"get_ipython": lambda: calls.append("magic")}
    exec(compile(parse_cell(SOURCE), "cell", "exec"), names)
    assert calls == [] and "prepare" not in names


@pytest.mark.parametrize("host", ["colab", "kaggle"])
def test_the_first_cell_installs_a_pinned_course_and_prepares_it(host, request, monkeypatch):
    if host == "colab":
        request.getfixturevalue("colab")
    else:
        monkeypatch.setenv("KAGGLE_KERNEL_RUN_TYPE", "Interactive")
    calls = []
    monkeypatch.setattr(hosted, "prepare", lambda: calls.append("prepared"))
    shell = SimpleNamespace(run_line_magic=lambda name, line: calls.append(f"{name} {line}"))
    source = SOURCE.format(version="9.8.7")
    exec(compile(parse_cell(source), "cell", "exec"), {"get_ipython": lambda: shell})
    assert calls == ["pip install --quiet --no-deps unet-lessons==9.8.7", "prepared"]


def test_a_host_keeps_its_own_packages_and_gets_those_that_are_missing(
    colab, pip, installed, capsys
):
    installed(tensorflow="2.19.0", anywidget=None, click="7.0", ipywidgets="7.7.1")
    hosted.prepare()
    ((call),) = pip
    assert call["command"][-2:] == ["anywidget>=0.9.18", "click>=8.1"]
    assert "tensorflow==2.19.0" in call["constraints"]
    assert "ipywidgets==7.7.1" in call["constraints"]
    assert colab == ["widgets on"]
    said = capsys.readouterr().out
    assert "This host has tensorflow 2.19.0; the course is tested with" in said
    assert (Path("..") / MANIFEST).exists() and Path("../docs/results").is_dir()
    assert Path("01_data_and_masks.ipynb").exists()


def test_preparing_once_more_changes_nothing(colab, pip):
    hosted.prepare()
    where = os.getcwd()
    hosted.prepare()
    assert os.getcwd() == where and pip == []


def test_on_kaggle_no_widget_manager_is_looked_for(pip, tmp_path):
    hosted.prepare()
    assert Path.cwd() == tmp_path / "unet-lessons" / "notebooks"


def test_a_package_that_cannot_be_installed_gets_a_sentence(pip, installed, monkeypatch):
    installed(anywidget=None)
    failed = SimpleNamespace(returncode=1, stderr="warning\nERROR: no matching version\n")
    monkeypatch.setattr(hosted.subprocess, "run", lambda *_command, **_options: failed)
    with pytest.raises(hosted.HostProblem, match="anywidget.* cannot be installed here: ERROR: no"):
        hosted.prepare()


def test_what_the_host_keeps_is_asked_for_by_the_course():
    asked = {Requirement(line).name for line in importlib.metadata.requires(hosted.PACKAGE)}
    assert asked >= hosted.HOSTS_OWN


def test_an_explorer_tells_colab_where_the_code_that_draws_it_is(colab):
    masks = np.zeros((1, 8, 8, 1), dtype=np.uint8)
    explorer = MaskExplorer(np.zeros((1, 8, 8, 3), dtype=np.float32), masks)
    data, metadata = explorer._repr_mimebundle_()
    assert WIDGET_VIEW in data
    assert metadata[WIDGET_VIEW]["colab"]["custom_widget_manager"]["url"] == MANAGER
    assert metadata["image/png"]["alt"]


def test_elsewhere_its_metadata_are_those_of_its_picture():
    masks = np.zeros((1, 8, 8, 1), dtype=np.uint8)
    explorer = MaskExplorer(np.zeros((1, 8, 8, 3), dtype=np.float32), masks)
    assert set(explorer._repr_mimebundle_()[1]) == {"image/png"}


def test_the_first_cell_needs_nothing_but_pythons_own_before_it_installs():
    command = [sys.executable, "-I", "-S", "-c", SOURCE.replace("    %pip", "    pass  # %pip")]
    subprocess.run(command, check=True, env={})
