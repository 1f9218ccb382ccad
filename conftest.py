"""How pytest runs the course: notebooks by nbval, always on drawn pets, and counted at the end."""

import functools
import os
import re
from collections.abc import Callable, Iterator

import pytest

NOTEBOOK_SUFFIX = ".ipynb"
BROWSER_TESTS = "tests/browser"
NOT_COMPARED = {"nbval-ignore-output", "nbval-skip"}
# A cell tagged "within-0.05" prints figures that differ a little from machine to machine.
TOLERANCE_TAG = re.compile(r"within-(\d*\.?\d+)")
FIGURE = re.compile(r"[-+−]?\d+\.\d+")
TENSORFLOW_CHATTER = re.compile(r"tensorflow/|absl::InitializeLog|oneDNN|xla/|cuda", re.IGNORECASE)


def pytest_configure(config: pytest.Config) -> None:
    """Takes the settings of the shell away from tests and notebooks."""
    # The committed outputs are those of drawn pets, so other settings would only make them differ.
    os.environ["LESSONS_PETS"] = "drawn_pets"
    os.environ.pop("LESSONS_ENCODER", None)
    if hasattr(config, "workerinput"):  # one of several workers: they would fight for the cores
        os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")


@pytest.hookimpl(optionalhook=True)  # pytest-xdist's, for `pytest -n`
def pytest_xdist_make_scheduler(config: pytest.Config, log):
    """Gives each worker whole files, and all tests in the browser to the same worker.

    The cells of a notebook need each other, and a lesson is opened in the browser only once.
    """
    from xdist.scheduler import LoadFileScheduling

    class ByFile(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            in_browser = nodeid.startswith(f"{BROWSER_TESTS}/")
            return BROWSER_TESTS if in_browser else super()._split_scope(nodeid)

    return ByFile(config, log)


def pytest_collectstart(collector: pytest.Collector) -> None:
    """Fits nbval's notebooks to the course: how a kernel starts, and what is compared."""
    if hasattr(collector, "skip_compare"):
        # What reaches standard error differs from machine to machine; see pytest_runtest_call.
        collector.skip_compare += ("stderr",)
        collector.setup = functools.partial(_start_kernel_as_for_a_learner, collector.setup)


def _start_kernel_as_for_a_learner(start_kernel: Callable[[], None]) -> None:
    """Starts a kernel that does not know of pytest.

    One that does would not show what compiled code writes, and TensorFlow's chatter
    would go unseen. Pytest sets the variable again for its next phase.
    """
    os.environ.pop("PYTEST_CURRENT_TEST", None)
    start_kernel()


def pytest_itemcollected(item: pytest.Item) -> None:
    """Lets nbval compare the words of a cell with a tolerance; its figures are compared below."""
    if _tolerance(item) is not None:
        sanitize = item.sanitize
        item.sanitize = lambda text: FIGURE.sub("(figure)", sanitize(text))


def _tolerance(item: pytest.Item) -> float | None:
    """How far a cell's figures may lie from the committed ones; None where nothing is allowed."""
    if item.path.suffix != NOTEBOOK_SUFFIX:
        return None
    for tag in item.cell.metadata.get("tags", []):
        if found := TOLERANCE_TAG.fullmatch(tag):
            return float(found[1])
    return None


def _figures(outputs: list) -> list[float]:
    """All decimal numbers that a cell prints or shows as text."""
    texts = [
        output.get("text") or output.get("data", {}).get("text/plain", "") for output in outputs
    ]
    return [float(figure.replace("−", "-")) for figure in FIGURE.findall("\n".join(texts))]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Fails a cell in which TensorFlow talks to the learner, or whose figures are far off."""
    result = yield
    tolerance = _tolerance(item)
    if tolerance is not None:
        pairs = zip(_figures(item.cell.outputs), _figures(item.test_outputs), strict=True)
        far = [f"{now} in place of {then}" for then, now in pairs if abs(then - now) > tolerance]
        if far:
            pytest.fail(f"figures further off than {tolerance}: {', '.join(far)}")
    for output in getattr(item, "test_outputs", None) or []:
        if output.get("name") == "stderr" and TENSORFLOW_CHATTER.search(output.text):
            pytest.fail(f"the cell shows TensorFlow's chatter:\n{output.text}")
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Notes for each notebook cell whether its outputs were compared."""
    report = yield
    if item.path.suffix == NOTEBOOK_SUFFIX and report.when == "call":
        tags = set(item.cell.metadata.get("tags", []))
        report.user_properties.append(("compared", not tags & NOT_COMPARED))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says how many notebook cells ran, and how many gave the committed outputs."""
    reports = [
        report
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, [])
        if report.when == "call" and report.nodeid.split("::")[0].endswith(NOTEBOOK_SUFFIX)
    ]
    if reports:
        notebooks = {report.nodeid.split("::")[0] for report in reports}
        compared = [report for report in reports if dict(report.user_properties)["compared"]]
        equal = sum(report.passed for report in compared)
        terminalreporter.write_sep("-", "notebooks")
        terminalreporter.write_line(
            f"{len(notebooks)} notebooks, {len(reports)} code cells run, "
            f"{len(compared)} compared with the committed outputs: "
            f"{equal} as committed, {len(compared) - equal} not."
        )
