"""Asks the lowest and the newest versions that the course allows whether its sentences still hold.

    python tools/try_versions.py lowest
    python tools/try_versions.py newest

Each makes an environment of its own in a temporary folder (a few minutes, 3 GB), runs
``tests/test_facts.py`` there, and writes a column of ``docs/upgrades.md``.
"""

import argparse
import ast
import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
import venv
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FACTS = ROOT / "tests" / "test_facts.py"
TABLE = ROOT / "docs" / "upgrades.md"
ANSWERS = ROOT / "docs" / "results" / "upgrades.json"
ASKED = ("tensorflow", "keras", "tensorflow-datasets", "numpy", "pillow")
LOWER_BOUND = re.compile(r"([\w-]+)>=([\w.]+)")


def sentences() -> dict[str, str]:
    """Returns for each test of the facts the sentence that it holds the packages to."""
    tree = ast.parse(FACTS.read_text("utf-8"))
    tests = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    return {one.name: ast.get_docstring(one) or "" for one in tests if one.name[:5] == "test_"}


def requirements(which: str) -> list[str]:
    """Returns the course's own requirements, or their lowest versions."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    if which == "newest":
        return project["dependencies"]
    bounds = [LOWER_BOUND.match(one) for one in project["dependencies"]]
    # What the facts ask at its very lowest; for the others any version that fits these.
    return [f"{b[1]}=={b[2]}.*" if b[1] in ASKED else f"{b[1]}>={b[2]}" for b in bounds if b]


def ask(which: str) -> dict:
    """Runs the facts on other versions; returns these versions, and the outcome of each test."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = str(
            Path(folder) / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
        )
        install = [python, "-m", "pip", "install", "--quiet", "pytest", *requirements(which)]
        subprocess.run(install, check=True)
        report = Path(folder) / "report.xml"
        facts = [str(FACTS), "--noconftest", "-c", os.devnull, f"--rootdir={folder}"]
        subprocess.run([python, "-m", "pytest", "-q", *facts, f"--junitxml={report}"], cwd=folder)
        listed = subprocess.check_output([python, "-m", "pip", "list", "--format=json"])
        versions = {one["name"].lower(): one["version"] for one in json.loads(listed)}
        outcomes: dict[str, bool] = {}
        for case in ElementTree.parse(report).iter("testcase"):
            name = case.attrib["name"].partition("[")[0]
            failed = case.find("failure") is not None or case.find("error") is not None
            outcomes[name] = outcomes.get(name, True) and not failed
    return {"versions": {name: versions[name] for name in ASKED}, "holds": outcomes}


def write_table(answers: dict[str, dict]) -> str:
    """Writes the sentences, and for each set of versions whether they hold."""
    names = sorted(answers)
    heads = [
        ", ".join(f"{package} {version}" for package, version in answers[name]["versions"].items())
        for name in names
    ]
    lines = [
        "# Sentences that a release may overtake",
        "",
        "What the lessons say of TensorFlow, Keras, TensorFlow Datasets and Jupyter, and whether",
        "it holds with other versions. Each sentence has its probe in `tests/test_facts.py`; this",
        "table is written by `python tools/try_versions.py lowest`, then `newest`.",
        "",
        f"| where | sentence | {' | '.join(names)} |",
        f"|---|---|{'---|' * len(names)}",
        f"| | | {' | '.join(heads)} |",
    ]
    for test, sentence in sentences().items():
        where, _, said = sentence.partition(": ")
        told = {True: "holds", False: "**no longer**", None: "not asked"}
        found = [told[answers[name]["holds"].get(test)] for name in names]
        lines.append(f"| {where} | {' '.join(said.split())} | {' | '.join(found)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Asks, keeps the answers, writes the table; ends with 1 where a sentence no longer holds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("which", choices=["lowest", "newest"])
    which = parser.parse_args().which
    answers = json.loads(ANSWERS.read_text("utf-8")) if ANSWERS.exists() else {}
    answers[which] = ask(which)
    ANSWERS.write_text(json.dumps(answers, indent=1, sort_keys=True) + "\n", "utf-8")
    TABLE.write_text(write_table(answers), "utf-8")
    sys.exit(0 if all(answers[which]["holds"].values()) else 1)


if __name__ == "__main__":
    main()
