"""The comparison of encoders: what its command trains, judges, writes and says."""

import dataclasses
import json

import pytest
from click.testing import CliRunner

from laboratory import compare_encoders as comparison

pytestmark = pytest.mark.slow


def make_result(
    contender: str, seed: int, mean_iou: float, judged_on: str = "drawn_pets"
) -> comparison.Result:
    iou = {"pet": mean_iou, "background": mean_iou, "border": mean_iou}
    return comparison.Result(contender, judged_on, seed, mean_iou, iou, 0.9, 6, 30.0, 50.0)


def test_the_table_gives_mean_and_range_over_the_seeds_for_each_judge_and_contender():
    results = [make_result("one", seed, iou) for seed, iou in enumerate((0.5, 0.6, 0.7))]
    results += [make_result("two", 0, 0.2), make_result("one", 0, 0.3, "photos")]
    lines = comparison.table(results).splitlines()
    assert lines[0] == "Judged on drawn_pets:" and lines[5] == "Judged on photos:"
    assert lines[2].split()[:5] == ["one", "0.600", "(0.500", "to", "0.700)"]
    assert lines[3].split()[:2] == ["two", "0.200"]
    assert lines[7].split()[:2] == ["one", "0.300"]


def test_a_plain_unet_gives_a_logit_for_each_class_and_pixel():
    unet = comparison.plain_unet(image_size=32, filters=(2, 4, 8))
    assert unet.input_shape == (None, 32, 32, 3) and unet.output_shape == (None, 32, 32, 3)


def test_contenders_learn_from_the_same_pets_and_those_that_fine_tune_do_it_in_two_stages(
    monkeypatch,
):
    stages, noted = [], []
    monkeypatch.setattr(comparison, "evaluate", lambda model, batches: None)
    monkeypatch.setattr(comparison, "_result", lambda name, source, *figures: (name, source))
    monkeypatch.setattr(
        comparison,
        "train",
        lambda model, *batches, epochs, unfreeze=None: stages.append((epochs, unfreeze)),
    )
    monkeypatch.setattr(
        comparison,
        "note_statistics",
        lambda encoder, images: noted.append(sum(len(batch) for batch in images)),
    )
    pets = comparison.load_pets("drawn_pets")
    few = pets._replace(train=pets.train.take(10), test=pets.test.take(4))
    contenders = comparison.contenders(None)
    for contender in contenders:
        judged = comparison.run(contender, comparison.Budget(3, 1), few, 0, "test", None)
        assert judged == [(contender.name, "drawn_pets")]
    one_stage, two_stages = [(3, None)], [(2, None), (1, "all")]
    assert stages == 2 * (one_stage + two_stages) + 3 * one_stage
    assert noted == [10, 10]


def test_unseen_pets_judge_every_model_as_well(monkeypatch, pets_folder):
    monkeypatch.setattr(comparison, "train", lambda *arguments, **options: None)
    folder = comparison.load_pets(str(pets_folder))
    few = folder._replace(info=dataclasses.replace(folder.info, source="drawn_pets"))
    (contender,) = [one for one in comparison.contenders(None) if one.name.startswith("plain")]
    results = comparison.run(contender, comparison.Budget(1, 1), few, 0, "test", folder)
    assert [result.judged_on for result in results] == ["drawn_pets", pets_folder.name]


def test_photo_weights_are_contenders_where_they_are_named():
    names = [one.name for one in comparison.contenders("imagenet")]
    assert names[2:4] == ["photo, frozen", "photo, fine-tuned"]
    assert not any("photo" in one.name for one in comparison.contenders(None))


def test_the_command_refuses_a_fine_tuning_that_leaves_no_first_stage():
    answer = CliRunner().invoke(comparison.main, ["--epochs", "3", "--fine-tuning", "3"])
    assert answer.exit_code != 0
    assert "--fine-tuning must be at least 1 and less than --epochs" in answer.output


def test_the_command_writes_every_figure(tmp_path, monkeypatch):
    monkeypatch.setattr(
        comparison,
        "run",
        lambda contender, budget, pets, seed, judge, unseen: [
            make_result(contender.name, seed, 0.5)
        ],
    )
    output = tmp_path / "figures.json"
    words = ["--seed", "0", "--seed", "1", "--only", "plain", "--only", "noted, frozen"]
    words += ["--output", str(output)]
    answer = CliRunner().invoke(comparison.main, words, catch_exceptions=False)
    figures = json.loads(output.read_text())
    assert [(row["contender"], row["seed"]) for row in figures["results"]] == [
        (name, seed)
        for seed in (0, 1)
        for name in ("random, noted, frozen", "plain U-Net, from scratch")
    ]
    assert figures["judge"] == "test" and figures["budget"]["batch_size"] == 8
    assert figures["command"] == ["python", "-m", "laboratory", "compare_encoders", *words]
    assert "plain U-Net, from scratch" in answer.output
