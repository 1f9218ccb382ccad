"""Mutation testing: plants small mistakes in a module, and counts how many its tests notice.

    python tests/mutation/run.py lessons_lib.metrics lessons_lib.cost --sample 60

It needs mutmut's operators, in the course's environment or beside it::

    pip install mutmut                              # or, leaving the environment as it is:
    pip install --no-deps --target FOLDER mutmut libcst    # and PYTHONPATH=FOLDER

A process that has imported TensorFlow, but run nothing with it, is forked for each mutant, so
that no mutant pays for the import. A mutant is tried by the tests which call the function that
changed, the fastest first, until one fails. Results go to a JSON file after each mutant; in a
later run, a mutant that was killed stays killed as long as its module is the same, and those that
survived are tried again.
"""

import contextlib
import gc
import hashlib
import importlib
import importlib.util
import json
import os
import signal
import sys
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path

import click
import pytest
from mutants import Mutant, make_mutants
from watch import Baseline, WatchCalls

ROOT = Path(__file__).parents[2]
# The tests of each module, the most specific first; the longest name that fits counts.
TESTS = {
    "lessons_lib.data.pipeline": ["tests/data/test_pipeline.py"],
    "lessons_lib.metrics": ["tests/test_metrics.py"],
    "lessons_lib.encoder": ["tests/test_encoder.py"],
    "lessons_lib.decoder": ["tests/test_decoder.py"],
    "lessons_lib.training": ["tests/test_training.py"],
    "lessons_lib.class_imbalance": ["tests/test_class_imbalance.py"],
    "lessons_lib.cost": ["tests/test_cost.py"],
    "lessons_lib.plots": ["tests/plots"],
    "lessons_lib.inspector": ["tests/inspector"],
    "lessons_lib.checks": [
        f"tests/checks/test_{name}.py"
        for name in ("observing", "telling", "comparing", "engine", "quiz")
    ],
} | {
    f"lessons_lib.checks.{lesson}": [f"tests/checks/test_{lesson}_exercises.py"]
    for lesson in ("data_and_masks", "encoder", "decoder", "training", "class_imbalance")
}
WARM = (
    "lessons_lib.quiet",  # first, so that TensorFlow is silent
    "h5py",
    "IPython.display",
    "keras.src.legacy.saving.legacy_h5_format",
    "matplotlib.pyplot",
    "scipy.ndimage",
    "tqdm.auto",
)
QUIETLY = ["-q", "--tb=line", "-p", "no:cacheprovider", "-o", "addopts="]
QUIETLY += ["-p", "no:warnings", "-p", "no:unraisableexception"]
SLOWER_AT_MOST = 5  # times what the unchanged module takes, beside LEAST_SECONDS
LEAST_SECONDS = 30
FORK = get_context("fork")


@click.command()
@click.argument("modules", nargs=-1, required=True)
@click.option("--sample", default=0, help="Mutants of each module, drawn at random; 0 for all.")
@click.option("--seed", default=0, show_default=True, help="Of the draw.")
@click.option("--jobs", default=2, show_default=True, help="Mutants tried at a time.")
@click.option(
    "--all-tests",
    is_flag=True,
    help="Try a mutant by all tests: for tests that fail or hang while calls are watched.",
)
@click.option("--tests", multiple=True, help="Tests to use instead of the module's own.")
@click.option("--results", default="mutation.json", type=click.Path(path_type=Path))
def main(modules, sample: int, seed: int, jobs: int, all_tests: bool, tests, results: Path) -> None:
    """Tries mutants of MODULES and prints what survived."""
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # they take longer than most tests
    for name in WARM:
        importlib.import_module(name)
    gc.freeze()  # no mutant's process has to look through what TensorFlow's import has made
    for module in modules:
        path = ROOT / (module.replace(".", "/") + ".py")
        source = path.read_text()
        known = _killed_before(results, module, source)
        mutants = make_mutants(source, sample, seed)
        baseline = _measure(path, list(tests) or _tests_of(module), not all_tests)
        _require_survival(module, source, baseline)
        outcomes = {mutant.name: "not tried" for mutant in mutants} | known
        waiting = [mutant for mutant in mutants if mutant.name not in known]
        for mutant, outcome in _try_all(module, waiting, baseline, jobs):
            outcomes[mutant.name] = outcome
            _write(results, module, source, outcomes)
        _tell(module, {mutant.name: outcomes[mutant.name] for mutant in mutants})


def _tests_of(module: str) -> list[str]:
    fitting = [name for name in TESTS if f"{module}.".startswith(f"{name}.")]
    if not fitting:
        raise click.ClickException(f"Which tests are those of {module}? Name them with --tests.")
    return TESTS[max(fitting, key=len)]


def _measure(path: Path, tests: list[str], watch_calls: bool) -> Baseline:
    """Runs the tests on the unchanged module: how long each takes, which functions it calls.

    Tests that fail are left out: some depend on the time, or on nobody watching them.
    """
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "baseline.json"

        def run() -> int:
            watch = WatchCalls(path if watch_calls else None)
            code = pytest.main([*QUIETLY, *tests], plugins=[watch])
            watch.write(written)
            return code

        child = _fork(run, Path(folder) / "output")
        child.join()
        if not written.exists():
            click.echo((Path(folder) / "output").read_text()[-3000:])
            raise click.ClickException("The tests do not run without any mutant.")
        baseline = Baseline.read(written)
    for test in baseline.left_out:
        click.echo(f"left out, since it fails without any mutant: {test}")
    return baseline


def _require_survival(module: str, source: str, baseline: Baseline) -> None:
    """Raises ClickException where even a mutant without a mistake would be killed."""
    ((_, outcome),) = _try_all(module, [Mutant("unchanged", "", source)], baseline, jobs=1)
    if outcome != "survived":
        raise click.ClickException(f"{module} unchanged is {outcome}, tried as its mutants are.")


def _try_all(module: str, mutants: list[Mutant], baseline: Baseline, jobs: int):
    """Yields each mutant with its outcome: killed, survived or timeout."""
    waiting, running = list(mutants), {}
    with tempfile.TemporaryDirectory() as folder:
        while waiting or running:
            while waiting and len(running) < jobs:
                mutant = waiting.pop(0)
                tests, seconds = baseline.tests_for(mutant.function)
                file = Path(folder) / f"mutant_{len(waiting)}.py"
                file.write_text(mutant.source)
                child = _fork(lambda f=file, t=tests: _run_mutant(module, f, t), os.devnull)
                limit = time.monotonic() + LEAST_SECONDS + SLOWER_AT_MOST * seconds
                running[child] = mutant, limit
            time.sleep(0.02)
            for child, (mutant, limit) in list(running.items()):
                outcome = _outcome(child, limit)
                if outcome:
                    del running[child]
                    yield mutant, outcome


def _fork(run, output) -> FORK.Process:
    """Starts a process with a session of its own, which writes into a file."""

    def start() -> None:
        os.setsid()
        os.environ["CUDA_VISIBLE_DEVICES"] = ""
        with open(output, "w") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
        code = run()
        os._exit(int(code))  # at once: what is left of TensorFlow's threads need not end well

    child = FORK.Process(target=start)
    child.start()
    return child


def _run_mutant(module: str, file: Path, tests: list[str]) -> int:
    """Lets the mutant's file be imported in the module's place, and runs the tests."""

    class Finder:
        @staticmethod
        def find_spec(name, path=None, target=None):
            return importlib.util.spec_from_file_location(name, file) if name == module else None

    sys.meta_path.insert(0, Finder)
    return pytest.main(["-x", *QUIETLY, *tests])


def _outcome(child, limit: float) -> str | None:
    """The outcome of a mutant's process, None while it runs within its time."""
    if child.is_alive() and time.monotonic() < limit:
        return None
    if child.is_alive():
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.join()
        return "timeout"
    return "survived" if child.exitcode == 0 else "killed"


def _killed_before(results: Path, module: str, source: str) -> dict[str, str]:
    """The mutants of the same source that are killed already."""
    read = json.loads(results.read_text()).get(module, {}) if results.exists() else {}
    if read.get("sha256") != hashlib.sha256(source.encode()).hexdigest():
        return {}
    return {name: outcome for name, outcome in read["outcomes"].items() if outcome == "killed"}


def _write(results: Path, module: str, source: str, outcomes: dict[str, str]) -> None:
    written = json.loads(results.read_text()) if results.exists() else {}
    digest = hashlib.sha256(source.encode()).hexdigest()
    written[module] = {"sha256": digest, "outcomes": outcomes}
    results.write_text(json.dumps(written, indent=1, ensure_ascii=False))


def _tell(module: str, outcomes: dict[str, str]) -> None:
    noticed = sum(outcome != "survived" for outcome in outcomes.values())
    share = noticed / max(1, len(outcomes))
    click.echo(f"\n{module}: {noticed} of {len(outcomes)} mutants killed ({share:.0%})")
    for name, outcome in outcomes.items():
        if outcome != "killed":
            click.echo(f"  {outcome}: {name}")


if __name__ == "__main__":
    main()
