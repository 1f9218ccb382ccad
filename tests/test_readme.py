"""What the README and CONTRIBUTING promise is there."""

import re
import tomllib

import numpy as np
import pytest
import yaml
from click.testing import CliRunner
from PIL import Image

import lessons_lib
from lessons_lib.__main__ import main
from lessons_lib.authoring.notebooks import REPOSITORY
from lessons_lib.authoring.pictures import PETS, README_PICTURE, SIDE, mosaic
from lessons_lib.checks import LESSON_MODULES, load_tasks

DOCUMENTS = ("README.md", "CONTRIBUTING.md", "TEACHING.md")
POLICIES = ("CHANGELOG.md", "CODE_OF_CONDUCT.md", "SECURITY.md")
ISSUE_FORMS = sorted((REPOSITORY / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
GREY_LEVELS = 4  # drawn photos may differ by this much between versions of NumPy and Pillow


def read(name: str) -> str:
    return (REPOSITORY / name).read_text("utf-8")


def test_every_linked_file_exists():
    documents = DOCUMENTS + POLICIES
    links = [link for name in documents for link in re.findall(r"\]\(([^)]+)\)", read(name))]
    linked = [link for link in links if "://" not in link and not link.startswith("#")]
    linked = [link.partition("#")[0] for link in linked]
    assert linked
    assert [link for link in linked if not (REPOSITORY / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_make_target_exists(document):
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), flags=re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", read(document), flags=re.MULTILINE))
    assert named and named <= targets


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_of_the_library_exists(document):
    pattern = r"python -m lessons_lib ([a-z]+ [a-z]+)((?: --[a-z-]+)?)"
    for command, option in sorted(set(re.findall(pattern, read(document)))):
        shown = CliRunner().invoke(main, [*command.split(), "--help"])
        assert shown.exit_code == 0, command
        assert option.strip() in shown.output, f"{command} has no {option}"


@pytest.mark.parametrize("lesson", range(1, 7))
def test_the_minutes_of_the_exercises_are_those_of_their_tasks(lesson):
    tasks = [task for task in load_tasks(LESSON_MODULES).values() if task.lesson == lesson]
    minutes = sum(task.minutes for task in tasks)
    (path,) = (REPOSITORY / "exercises").glob(f"{lesson:02}_*.ipynb")
    assert f"(exercises/{path.name}) | {minutes} |" in read("README.md")
    assert f"tasks, about {minutes} minutes" in read(f"exercises/{path.name}")


def test_the_number_of_known_mistakes_is_about_what_the_readme_says():
    known = sum(len(task.misconceptions) for task in load_tasks(LESSON_MODULES).values())
    told = int(re.search(r"classic mistakes, about (\d+) of them", read("README.md"))[1])
    assert told * 0.9 <= known <= told * 1.2


def test_the_citation_is_of_this_version():
    citation = yaml.safe_load(read("CITATION.cff"))
    assert citation["cff-version"] == "1.2.0"
    assert str(citation["version"]) == lessons_lib.__version__


def test_the_changelog_has_a_heading_for_this_version():
    assert f"\n## [{lessons_lib.__version__}] - " in read("CHANGELOG.md")


def test_the_version_stands_in_one_place():
    project = tomllib.loads(read("pyproject.toml"))
    assert project["project"]["dynamic"] == ["version"]
    assert project["tool"]["setuptools"]["dynamic"] == {
        "version": {"attr": "lessons_lib.__version__"}
    }


def test_the_workflow_runs_the_commands_of_the_readme():
    workflow = yaml.safe_load(read(".github/workflows/tests.yml"))
    runs = [step["run"] for step in workflow["jobs"]["test"]["steps"] if "run" in step]
    for command in ("make test", r"tools\make_environment.py", r".venv\Scripts\activate"):
        assert command in read("README.md")
        assert any(command in run for run in runs), command
    matrix = workflow["jobs"]["test"]["strategy"]["matrix"]
    assert "Python " + ", ".join(matrix["python"][:-1]) in read("README.md")
    assert {system.split("-")[0] for system in matrix["os"]} == {"ubuntu", "windows", "macos"}


@pytest.mark.parametrize("path", ISSUE_FORMS, ids=lambda path: path.stem)
def test_an_issue_form_asks_what_github_understands(path):
    form = yaml.safe_load(path.read_text("utf-8"))
    assert form["name"] and form["description"]
    assert len({field["id"] for field in form["body"]}) == len(form["body"])
    assert all(field["type"] in ("input", "textarea") for field in form["body"])
    assert all(field["attributes"]["label"] for field in form["body"])


def test_the_picture_is_what_the_drawing_code_draws_today():
    committed = np.asarray(Image.open(README_PICTURE).convert("RGB")).astype(int)
    drawn = np.asarray(mosaic(PETS)).astype(int)
    assert committed.shape == drawn.shape
    difference = np.abs(committed - drawn)
    assert difference[:SIDE].max() <= GREY_LEVELS, "run python -m lessons_lib.authoring.pictures"
    assert difference[SIDE:].max() == 0
