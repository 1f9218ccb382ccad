"""Binder, devcontainer and Docker: their files agree with the project and name what exists."""

import json
import os
import re
import shlex
import shutil
import subprocess
import tomllib

import pytest
from click.testing import CliRunner
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from lessons_lib.__main__ import main
from lessons_lib.authoring.notebooks import REPOSITORY

COURSE_COMMANDS = re.compile(r"(?:python -m lessons_lib|unet-lessons) ((?:[a-z]+ ?)+(?:--[\w-]+)?)")


@pytest.fixture(scope="module")
def project() -> dict:
    return tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]


def read(name: str) -> str:
    return (REPOSITORY / name).read_text("utf-8")


def pythons() -> dict[str, list[str]]:
    """The versions of Python that each of them takes."""
    container = json.loads(read(".devcontainer/devcontainer.json"))
    return {
        "binder": re.findall(r"^python-(\S+)$", read(".binder/runtime.txt"), re.MULTILINE),
        "devcontainer": [container["image"].rpartition(":")[2]],
        "docker": re.findall(r"^FROM python:([\d.]+)-slim", read("Dockerfile"), re.MULTILINE),
    }


def test_each_takes_one_python_that_the_project_takes(project):
    takes = SpecifierSet(project["requires-python"])
    for name, versions in pythons().items():
        assert len(set(versions)) == 1, name
        assert re.fullmatch(r"3\.\d+", versions[0]) and takes.contains(f"{versions[0]}.1"), name


@pytest.mark.parametrize("name", [".binder/requirements.txt", "Dockerfile"])
def test_packages_are_those_of_the_lock_with_extras_that_exist(name, project):
    text = read(name)
    assert "requirements.lock" in text
    named = [extra for found in re.findall(r"\[([a-z,]+)\]", text) for extra in found.split(",")]
    assert named == ["lab"] and set(named) <= set(project["optional-dependencies"])


def test_binders_requirements_are_the_course_itself_below_the_locks_versions():
    lines = [line for line in read(".binder/requirements.txt").splitlines() if line[0] != "#"]
    assert [line.split()[0] for line in lines] == ["-c", "-e"]
    assert (REPOSITORY / ".binder" / lines[0].split()[1]).resolve() == (
        REPOSITORY / "requirements.lock"
    ).resolve()
    assert Requirement(lines[1].split()[1].replace(".", "unet-lessons", 1)).extras == {"lab"}


def test_what_binder_runs_at_build_time_can_be_run_and_stops_at_an_error():
    path = REPOSITORY / ".binder" / "postBuild"
    assert os.name == "nt" or os.access(path, os.X_OK)
    assert path.read_text().startswith("#!/usr/bin/env bash\n")
    assert "set -euo pipefail" in path.read_text()


@pytest.mark.parametrize(
    "name", [".binder/postBuild", ".devcontainer/devcontainer.json", "Dockerfile"]
)
def test_the_courses_commands_exist(name):
    found = COURSE_COMMANDS.findall(read(name).replace('", "', " "))
    assert found
    for command in found:
        words = [word for word in command.split() if word[0] != "-"]
        words = words[:1] if words[0] in ("lab", "doctor") else words
        shown = CliRunner().invoke(main, [*words, "--help"])
        assert shown.exit_code == 0, command
        options = [word for word in command.split() if word[0] == "-"]
        assert words == ["lab"] or all(option in shown.output for option in options)


def test_the_devcontainer_opens_what_is_there():
    container = json.loads(read(".devcontainer/devcontainer.json"))
    codespaces = container["customizations"]["codespaces"]
    assert all((REPOSITORY / name).exists() for name in codespaces["openFiles"])
    assert (REPOSITORY / "tools" / "make_environment.py").exists()
    assert "tools/make_environment.py" in container["postCreateCommand"]


def test_the_container_serves_nobody_but_a_user_without_rights():
    lines = read("Dockerfile").splitlines()
    last_stage = lines[max(n for n, line in enumerate(lines) if line.startswith("FROM")) :]
    (user,) = [line.split()[1] for line in last_stage if line.startswith("USER")]
    assert f"useradd --create-home {user}" in "\n".join(last_stage)
    names = [line.split()[0] for line in last_stage if line and line[0].isupper()]
    assert names.index("USER") < names.index("CMD")
    started = json.loads(lines[-1].removeprefix("CMD "))
    assert started[:2] == ["unet-lessons", "lab"]
    assert "--publish 127.0.0.1:" in read("Dockerfile")


def test_what_the_container_copies_is_there_and_the_rest_stays_out():
    for line in read("Dockerfile").splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            *sources, _target = shlex.split(line)[1:]
            assert all((REPOSITORY / source).exists() for source in sources)
    assert {".git", ".venv", "node_modules"} <= set(read(".dockerignore").split())


@pytest.mark.skipif(shutil.which("repo2docker") is None, reason="repo2docker is not installed")
def test_repo2docker_understands_what_binder_is_told():
    command = ["repo2docker", "--no-build", "--debug", str(REPOSITORY)]
    shown = subprocess.run(command, capture_output=True, text=True)
    said = shown.stdout + shown.stderr
    assert shown.returncode == 0, said[-2000:]
    assert re.search(r"python-3\.12|py-?3\.12|python=3\.12|3\.12", said)
    assert ".binder/requirements.txt" in said and ".binder/postBuild" in said
