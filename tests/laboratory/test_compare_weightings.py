"""The full experiment of lesson 5: what its command measures, writes and says."""

import json

import numpy as np
from click.testing import CliRunner

from laboratory import compare_weightings as room
from lessons_lib.metrics import Scores


def make_result(weighting: str, seed: int, border_recall: float) -> room.Result:
    """A result whose border recall is given, and in which pet is never predicted."""
    found = round(100 * border_recall)
    confusion = np.array([[0, 100, 0], [0, 100, 0], [0, 100 - found, found]])
    scores = Scores(confusion, confusion[np.newaxis])
    return room._result(weighting, seed, np.ones(3), scores, 1.0)


def test_a_result_survives_json_also_where_a_class_is_never_predicted():
    result = make_result("none", 0, 0.5)
    assert result.precision[0] is None and result.recall == [0.0, 1.0, 0.5]
    assert "NaN" not in json.dumps(result.precision)


def test_the_table_compares_each_weighting_with_none_seed_by_seed():
    results = [
        make_result(weighting, seed, recall)
        for weighting, recalls in {"none": (0.4, 0.5), "inverse": (0.7, 0.9)}.items()
        for seed, recall in enumerate(recalls)
    ]
    lines = room.table(results).splitlines()
    row = lines[lines.index("recall of border") :]
    assert row[1].split() == ["none", "0.45"]
    assert row[2].split(maxsplit=2) == ["inverse", "0.80", "up in every seed (+0.30 to +0.40)"]


def test_the_command_refuses_a_weighting_that_is_none():
    answer = CliRunner().invoke(room.main, ["--weighting", "best"])
    assert answer.exit_code != 0
    assert "'best' is not one of 'none'" in answer.output


def test_the_command_trains_judges_and_writes_every_figure(tmp_path, monkeypatch):
    trained = []

    def train_nothing(pets, batches, *, encoder, seed, epochs, weights, filters):
        trained.append((seed, np.round(weights, 2).tolist()))
        return lambda images, training: np.zeros((*images.shape[:3], 3), np.float32)

    monkeypatch.setattr(room, "train_fresh", train_nothing)
    monkeypatch.setattr(room, "build_encoder", lambda weights: None)
    pets = room.load_pets("drawn_pets")
    few = pets._replace(train=pets.train.take(10), test=pets.test.take(4))
    monkeypatch.setattr(room, "load_pets", lambda source: few)
    output = tmp_path / "new" / "figures.json"
    words = ["--seed", "3", "--weighting", "none", "--weighting", "inverse"]
    words += ["--output", str(output)]
    answer = CliRunner().invoke(room.main, words, catch_exceptions=False)
    figures = json.loads(output.read_text())
    assert [row["weighting"] for row in figures["results"]] == ["none", "inverse"]
    assert [seed for seed, _ in trained] == [3, 3]
    assert trained[0][1] == [1.0, 1.0, 1.0] and trained[1][1][2] > trained[1][1][1]
    assert figures["results"][0]["recall"] == [1.0, 0.0, 0.0]  # all zeros: always the first class
    assert figures["command"] == ["python", "-m", "laboratory", "compare_weightings", *words]
    assert "recall of border" in answer.output
