"""The bar of what takes seconds: in a notebook it leaves nothing behind, nor red text."""

import sys

import IPython
import pytest

from lessons_lib.data import progress as module
from lessons_lib.data.progress import NotebookBar, progress


@pytest.fixture
def shown(monkeypatch):
    """What a notebook is shown, one after the other."""
    shown = []

    class Handle:
        def display(self, data, raw):
            assert raw
            shown.append(data)

        update = display

    monkeypatch.setattr(module, "_in_notebook", lambda: True)
    monkeypatch.setattr(IPython.display, "DisplayHandle", Handle)
    return shown


def test_in_a_notebook_a_bar_counts_and_is_emptied_at_the_end(shown, capsys):
    bar = progress(range(3), "Drawing <pets>", delay=0)
    bar.mininterval = 0
    assert list(bar) == [0, 1, 2]
    assert isinstance(bar, NotebookBar)
    assert shown[0]["text/plain"] == "Drawing <pets>: 0 of 3"
    assert any(one.get("text/plain", "").startswith("Drawing <pets>: 2 of 3") for one in shown)
    assert 'max="3"' in shown[0]["text/html"] and "Drawing &lt;pets&gt;" in shown[0]["text/html"]
    assert shown[-1] == {}
    assert capsys.readouterr() == ("", "")


def test_what_is_quick_shows_nothing(shown):
    assert list(progress(range(3), "Drawing pets")) == [0, 1, 2]
    assert shown == []


def test_a_bar_ends_too_where_the_work_fails(shown):
    with pytest.raises(KeyError), progress(None, "Reading", total=5, delay=0) as bar:
        bar.update(2)
        raise KeyError
    assert shown[-1] == {}


def test_bytes_are_said_in_per_cent(shown):
    with progress(None, "Checking images.tar.gz", total=8_000_000, delay=0) as bar:
        bar.n = 2_000_000
        bar.refresh()
    assert "Checking images.tar.gz: 25 %" in shown[-2]["text/plain"]


def test_in_a_terminal_it_is_a_line_on_standard_error(capsys):
    assert list(progress("ab", "Drawing pets", delay=0)) == ["a", "b"]
    captured = capsys.readouterr()
    assert captured.out == "" and "Drawing pets" in captured.err


def test_who_has_no_ipython_is_in_no_notebook(monkeypatch):
    monkeypatch.delitem(sys.modules, "IPython")
    assert not module._in_notebook()
