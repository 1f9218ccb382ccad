"""The comparison of encoders: what its command trains, judges, writes and says."""

import json

from click.testing import CliRunner

from laboratory import compare_encoders as room


def make_result(contender: str, seed: int, mean_iou: float) -> room.Result:
    iou = {"pet": mean_iou, "background": mean_iou, "border": mean_iou}
    return room.Result(contender, seed, mean_iou, iou, 0.9, 6, 30.0, 50.0)


def test_the_table_gives_mean_and_range_over_the_seeds_in_a_line_a_contender():
    results = [make_result("one", seed, iou) for seed, iou in enumerate((0.5, 0.6, 0.7))]
    lines = room.table([*results, make_result("two", 0, 0.2)]).splitlines()
    assert lines[1].split()[:5] == ["one", "0.600", "(0.500", "to", "0.700)"]
    assert lines[2].split()[:2] == ["two", "0.200"]


def test_a_plain_unet_gives_a_logit_for_each_class_and_pixel():
    unet = room.plain_unet(image_size=32, filters=(2, 4, 8))
    assert unet.input_shape == (None, 32, 32, 3) and unet.output_shape == (None, 32, 32, 3)


def test_every_contender_learns_from_the_same_pets_and_only_one_fine_tunes(monkeypatch):
    stages = []
    monkeypatch.setattr(room, "evaluate", lambda model, batches: None)
    monkeypatch.setattr(room, "_result", lambda name, *figures: name)
    monkeypatch.setattr(
        room,
        "train",
        lambda model, *batches, epochs, unfreeze=None: stages.append((epochs, unfreeze)),
    )
    pets = room.load_pets("drawn_pets")
    few = pets._replace(train=pets.train.take(10), test=pets.test.take(4))
    for contender in room.contenders("drawn"):
        assert room.run(contender, room.Budget(3, 1), few, 0, "test") == contender.name
    assert stages == [(3, None), (2, None), (1, "all"), (3, None), (3, None), (3, None)]


def test_the_command_refuses_a_fine_tuning_that_leaves_no_first_stage():
    answer = CliRunner().invoke(room.main, ["--epochs", "3", "--fine-tuning", "3"])
    assert answer.exit_code != 0
    assert "--fine-tuning must be at least 1 and less than --epochs" in answer.output


def test_the_command_writes_every_figure(tmp_path, monkeypatch):
    monkeypatch.setattr(
        room,
        "run",
        lambda contender, budget, pets, seed, judge: make_result(contender.name, seed, 0.5),
    )
    output = tmp_path / "figures.json"
    words = ["--seed", "0", "--seed", "1", "--only", "plain", "--output", str(output)]
    answer = CliRunner().invoke(room.main, words, catch_exceptions=False)
    figures = json.loads(output.read_text())
    assert [row["seed"] for row in figures["results"]] == [0, 1]
    assert figures["judge"] == "test" and figures["budget"]["batch_size"] == 8
    assert figures["command"] == ["python", "-m", "laboratory", "compare_encoders", *words]
    assert "plain U-Net from scratch" in answer.output
