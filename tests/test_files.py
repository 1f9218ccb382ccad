"""Files that are there whole or not at all."""

import pytest

from lessons_lib.files import written_whole


def test_a_file_is_replaced_once_the_new_one_is_whole(tmp_path):
    path = tmp_path / "card.json"
    path.write_text("old")
    with written_whole(path) as unfinished:
        unfinished.write_text("new")
        assert path.read_text() == "old"
        assert unfinished.parent == tmp_path and unfinished.suffix == ".json"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("before", ["old", None])
def test_a_failure_leaves_what_was_there_and_nothing_half_written(tmp_path, before):
    path = tmp_path / "card.json"
    if before is not None:
        path.write_text(before)

    with pytest.raises(OSError, match="disk is full"), written_whole(path) as unfinished:
        unfinished.write_text("ne")
        raise OSError("the disk is full")

    assert [one.read_text() for one in tmp_path.iterdir()] == ([before] if before else [])


def test_a_failure_before_anything_was_written_is_told_as_it_is(tmp_path):
    with pytest.raises(ZeroDivisionError), written_whole(tmp_path / "card.json"):
        raise ZeroDivisionError
