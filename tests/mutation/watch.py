"""Notes which functions of a module each test calls, and how long each test takes."""

import json
import sys
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

    def __init__(self, path: Path):
        """Takes the module's file."""
        self.path = str(path)
        self.calls: dict[str, set[str]] = defaultdict(set)
        self.seconds: dict[str, float] = defaultdict(float)
        self.fixtures: dict[str, list[str]] = {}
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
        """Notes a test's own time."""
        if report.when == "call":
            self.seconds[report.nodeid] += report.duration

    @contextmanager
    def _watch(self, name: str) -> Iterator[None]:
        self.open.append(name)
        before = sys.getprofile()
        sys.setprofile(self._note)
        try:
            yield
        finally:
            sys.setprofile(before)
            self.open.pop()

    def _note(self, frame, event, argument) -> None:
        if event == "call" and frame.f_code.co_filename == self.path:
            self.calls[self.open[-1]].add(frame.f_code.co_qualname.split(".<locals>")[0])

    def write(self, path: Path) -> None:
        """Writes, for each test, its seconds and the functions that it calls."""
        tests = {
            test: {
                "seconds": self.seconds[test],
                "functions": sorted(set().union(*(self.calls[name] for name in [test, *fixtures]))),
            }
            for test, fixtures in self.fixtures.items()
        }
        path.write_text(json.dumps(tests))


@dataclass(frozen=True)
class Baseline:
    """What the tests did on the unchanged module.

    Attributes:
        tests: from a test's id to its seconds and functions, in the order they ran.
    """

    tests: dict[str, dict]

    @classmethod
    def read(cls, path: Path) -> "Baseline":
        """Reads what WatchCalls has written."""
        return cls(json.loads(path.read_text()))

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
