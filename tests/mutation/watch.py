"""Notes which functions of a module each test calls, and how long each test takes."""

import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest


class WatchCalls:
    """A pytest plugin for one run of the tests of a module.

    What a fixture calls and the time that it takes count for every test that asks for it.
    """

    def __init__(self, path: Path | None):
        """Takes the module's file; None to note times only."""
        self.path = path and str(path)
        self.calls: dict[str, set[str]] = defaultdict(set)
        self.seconds: dict[str, float] = defaultdict(float)
        self.fixtures: dict[str, list[str]] = {}
        self.failed: set[str] = set()
        self.open: list[str] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef) -> Iterator[None]:
        """Watches a fixture."""
        with self._watch(f"fixture {fixturedef.argname}"):
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item) -> Iterator[None]:
        """Watches a test."""
        self.fixtures[item.nodeid] = [f"fixture {name}" for name in item.fixturenames]
        with self._watch(item.nodeid):
            return (yield)

    def pytest_runtest_logreport(self, report) -> None:
        """Notes whether a test passed."""
        if report.failed:
            self.failed.add(report.nodeid)

    @contextmanager
    def _watch(self, name: str) -> Iterator[None]:
        self.open.append(name)
        before, start = sys.getprofile(), time.monotonic()
        if self.path:
            sys.setprofile(self._note)
        try:
            yield
        finally:
            sys.setprofile(before)
            self.seconds[name] += time.monotonic() - start
            self.open.pop()

    def _note(self, frame, event, argument) -> None:
        if event == "call" and frame.f_code.co_filename == self.path:
            self.calls[self.open[-1]].add(frame.f_code.co_qualname.split(".<locals>")[0])

    def write(self, path: Path) -> None:
        """Writes, for each test, its seconds, the functions that it calls, whether it passed."""
        tests = {}
        for test, fixtures in self.fixtures.items():
            parts = [test, *fixtures]
            tests[test] = {
                "passed": test not in self.failed,
                "seconds": sum(self.seconds[part] for part in parts),
                "functions": sorted(set().union(*(self.calls[part] for part in parts))),
            }
        path.write_text(json.dumps(tests))


@dataclass(frozen=True)
class Baseline:
    """What the tests did on the unchanged module.

    Attributes:
        tests: from a passed test's id to its seconds and functions, in the order they ran.
        left_out: the ids of tests that failed.
    """

    tests: dict[str, dict]
    left_out: list[str]

    @classmethod
    def read(cls, path: Path) -> "Baseline":
        """Reads what WatchCalls has written."""
        noted = json.loads(path.read_text())
        passed = {test: about for test, about in noted.items() if about["passed"]}
        return cls(passed, [test for test in noted if test not in passed])

    def tests_for(self, function: str) -> tuple[list[str], float]:
        """The tests that call a function, and their seconds.

        All tests where none was seen to, such as for a constant. File by file, since a fixture of
        a file would be made anew with each return to it; within a file the fastest first.
        """
        calling = [test for test, noted in self.tests.items() if function in noted["functions"]]
        chosen = calling or list(self.tests)
        files = list(dict.fromkeys(test.split("::")[0] for test in chosen))
        chosen.sort(key=lambda t: (files.index(t.split("::")[0]), self.tests[t]["seconds"]))
        return chosen, sum(self.tests[test]["seconds"] for test in chosen)
