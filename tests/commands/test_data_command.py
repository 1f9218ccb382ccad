"""``python -m lessons_lib data``: prepares pets, and says which the lessons run on."""

from click.testing import CliRunner

from lessons_lib.__main__ import main
from lessons_lib.data import are_drawn


def test_prepare_draws_pets_and_show_tells_before_and_after(tmp_path, monkeypatch, few_drawn_pets):
    monkeypatch.setenv("LESSONS_PETS", "auto")
    monkeypatch.setenv("LESSONS_DATA_DIR", str(tmp_path))

    def run(*arguments):
        finished = CliRunner().invoke(main, ["data", *arguments])
        assert finished.exit_code == 0, finished.output
        return finished.output

    assert "drawn pets, not drawn yet" in run("show")
    (tmp_path / "drawn_pets" / "0.0.1").mkdir(parents=True)
    (tmp_path / "drawn_pets" / "0.0.1" / "dataset_info.json").write_text("{}")
    assert "drawn pets, not drawn yet" in run("show"), "an older version draws others"
    assert not are_drawn(tmp_path), "show only looks"
    assert "4 to train and 2 to test" in run("prepare", "--source", "drawn_pets")
    shown = run("show")
    assert "LESSONS_PETS: auto" in shown and f"Data folder: {tmp_path}" in shown
    assert "4 to train and 2 to test" in shown and "Breeds: Marmalade_Tabby" in shown


def test_show_tells_of_a_folder(pets_folder, monkeypatch):
    monkeypatch.setenv("LESSONS_PETS", str(pets_folder))
    output = CliRunner().invoke(main, ["data", "show"]).output
    assert "6 to train and 2 to test, 2 breeds" in output
    assert "Breeds: beagle, Bengal" in output


def test_show_tells_a_problem_in_one_sentence(monkeypatch):
    monkeypatch.setenv("LESSONS_PETS", "no/such/folder")
    finished = CliRunner().invoke(main, ["data", "show"])
    assert finished.exit_code == 1
    assert "Error: Expected auto, drawn_pets" in finished.output
