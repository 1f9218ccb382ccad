"""The full experiment of lesson 5: what its command measures, writes and says."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from laboratory import compare_weightings as comparison
from lessons_lib.metrics import Scores

pytestmark = pytest.mark.slow

BUDGET = comparison.Budget(72, 4)


def make_result(weighting: str, decision: str, seed: int, recall: float) -> comparison.Result:
    """A result whose border recall is given, and in which pet is never predicted."""
    found = round(100 * recall)
    confusion = np.array([[0, 100, 0], [0, 100, 0], [0, 100 - found, found]])
    scores = Scores(confusion, confusion[np.newaxis])
    return comparison._result(weighting, decision, seed, BUDGET, np.ones(3), scores, 1.0)


def test_a_result_survives_json_also_where_a_class_is_never_predicted():
    result = make_result("none", "trained", 0, 0.5)
    assert result.precision[0] is None and result.recall == [0.0, 1.0, 0.5]
    assert "NaN" not in json.dumps(result.precision)


def test_the_table_compares_each_way_with_no_weights_seed_by_seed():
    results = [
        make_result(*way, seed, recall)
        for way, recalls in {
            ("none", "trained"): (0.4, 0.5),
            ("inverse", "trained"): (0.8, 0.8),
        }.items()
        for seed, recall in enumerate(recalls)
    ]
    lines = comparison.table(results).splitlines()
    assert lines[1] == "72 pets, 4 epochs"
    start = lines.index("recall of border")
    assert lines[start + 1].split() == ["none,", "trained", "0.45"]
    assert lines[start + 2].split(maxsplit=3) == [
        *("inverse,", "trained", "0.80"),
        "up in every seed (+0.30 to +0.40)",
    ]


def test_the_command_refuses_a_weighting_that_is_none():
    answer = CliRunner().invoke(comparison.main, ["--weighting", "best"])
    assert answer.exit_code != 0
    assert "'best' is not one of 'none'" in answer.output


def test_the_command_trains_shifts_judges_and_writes_every_figure(tmp_path, monkeypatch):
    trained = []

    class SlightlyForTheFirstClass:
        """Holds every pixel for the first class, by a logit of 0.1."""

        def predict(self, batches, verbose):
            count = sum(len(masks) for _, masks in batches)
            return np.tile(np.float32([0.1, 0.0, 0.0]), (count, 128, 128, 1))

    def train_nothing(pets, batches, *, encoder, seed, epochs, weights, **options):
        trained.append((seed, len(pets), epochs, np.round(weights, 2).tolist()))
        return SlightlyForTheFirstClass()

    monkeypatch.setattr(comparison, "train_fresh", train_nothing)
    monkeypatch.setattr(comparison, "build_encoder", lambda weights: None)
    pets = comparison.load_pets("drawn_pets")
    few = pets._replace(train=pets.train.take(10), test=pets.test.take(4))
    monkeypatch.setattr(comparison, "load_pets", lambda source: few)
    output = tmp_path / "new" / "figures.json"
    words = ["--seed", "3", "--weighting", "none", "--weighting", "inverse", "--budget", "6", "2"]
    words += ["--note", "a trial", "--output", str(output)]
    answer = CliRunner().invoke(comparison.main, words, catch_exceptions=False)
    figures = json.loads(output.read_text())
    assert [(row["weighting"], row["decision"]) for row in figures["results"]] == [
        ("none", "trained"),
        ("inverse", "shifted"),
        ("inverse", "trained"),
        ("inverse", "trained, shifted back"),
    ]
    assert [run[:3] for run in trained] == [(3, 6, 2), (3, 6, 2)]
    assert trained[0][3] == [1.0, 1.0, 1.0] and trained[1][3][2] > trained[1][3][1]
    plain, shifted, weighted, back = (row["recall"] for row in figures["results"])
    assert plain == weighted == [1.0, 0.0, 0.0]
    assert shifted == [0.0, 0.0, 1.0], "the rare border gains most by the logarithm of its weight"
    assert back == [0.0, 1.0, 0.0], "and background when the logarithms are taken out again"
    assert figures["command"] == ["python", "-m", "laboratory", "compare_weightings", *words]
    assert figures["note"] == "a trial"
    assert "recall of border" in answer.output
