"""The site: where its links lead, what its own check notices, and that every page has a place."""

import importlib.util
import re
from pathlib import Path

import pytest
import yaml

from lessons_lib.authoring.notebooks import REPOSITORY

SITE_FOLDER = REPOSITORY / "docs" / "site"


@pytest.fixture(scope="module")
def make_site():
    spec = importlib.util.spec_from_file_location(
        "make_site", REPOSITORY / "tools" / "make_site.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("link", "leads_to"),
    [
        ("[a](../notebooks/01_data_and_masks.ipynb)", "../notebooks/01_data_and_masks.ipynb"),
        ("[a](../lessons_lib/classes.py)", "{source}/tree/main/lessons_lib/classes.py"),
        ("[a](../solutions)", "{source}/tree/main/solutions"),
        ("[a](https://example.org/x)", "https://example.org/x"),
        ("[a](#part)", "#part"),
        ("[a](../no/such/file.md)", "../no/such/file.md"),  # for the check of links to find
        ("![a](drawn_pets.png)", "drawn_pets.png"),
        ("[a](../LICENSE#part)", "{source}/tree/main/LICENSE#part"),
    ],
)
def test_a_link_to_what_is_not_on_the_site_leads_to_the_repository(make_site, link, leads_to):
    held = {"notebooks/01_data_and_masks.ipynb", "docs/drawn_pets.png"}
    source = make_site.project()["urls"]["Source"]
    found = make_site.lead_on(link, Path("docs/page.md"), held)
    assert found.partition("(")[2] == leads_to.format(source=source) + ")"


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ('<a href="other.html">a</a>', "other.html leads nowhere"),
        ('<a href="#part">a</a>', "#part has no such part"),
        ('<a href="page.html#part">a</a>', "page.html#part has no such part"),
        ('<script src="https://cdn.example/x.js"></script>', "would fetch https://cdn.example"),
        ('<link rel="stylesheet" href="//cdn.example/x.css">', "would fetch //cdn.example/x.css"),
        ('<img src="a.png" alt="">', "a.png has no alternative text"),
        ('<img src="a.png" alt="_images/a.png">', "a.png has no alternative text"),
        ('<img src="b.png" alt="A cat">', "b.png leads nowhere"),
    ],
)
def test_a_link_that_leads_nowhere_is_noticed(make_site, tmp_path, body, complaint):
    (tmp_path / "a.png").write_bytes(b"")
    (tmp_path / "page.html").write_text(body)
    (found,) = make_site.complaints(tmp_path)
    assert found.startswith("page.html: ") and complaint in found


def test_links_that_lead_somewhere_are_not_complained_of(make_site, tmp_path):
    (tmp_path / "a.png").write_bytes(b"")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "index.html").write_text('<p id="über uns">x</p>')
    (tmp_path / "page.html").write_text(
        '<a id="top" href="#top">a</a><img src="a.png" alt="A cat"><a href="https://x.org">b</a>'
        '<a href="sub/#%C3%BCber%20uns">c</a><link rel="canonical" href="https://x.org/page">'
    )
    assert make_site.complaints(tmp_path) == []


def test_every_page_has_its_place_in_the_table_of_contents(make_site):
    index = (SITE_FOLDER / "index.md").read_text("utf-8")
    entries = [
        line
        for block in re.findall(r"```\{toctree\}\n(.*?)```", index, re.DOTALL)
        for line in block.splitlines()
        if line and line[0] != ":"
    ]
    files = {path for pattern in make_site.SHOWN for path in REPOSITORY.glob(pattern)}
    pages = {
        path.relative_to(REPOSITORY).with_suffix("").as_posix()
        for path in files
        if path.suffix in (".md", ".ipynb")
    }
    listed = {
        page for page in pages for entry in entries if Path(page).match(entry) and "/" in page
    } | (pages & set(entries))
    assert pages == listed


def test_the_workflow_makes_the_site():
    text = (REPOSITORY / ".github" / "workflows" / "tests.yml").read_text("utf-8")
    steps = yaml.safe_load(text)["jobs"]["site"]["steps"]
    assert any(step.get("run", "").startswith("make site") for step in steps)
    assert "\nmake site\n" in (REPOSITORY / ".ci" / "run").read_text()


def test_what_the_site_needs_is_said_without_needing_it(make_site, capsys, monkeypatch):
    monkeypatch.setattr(make_site.sys, "argv", ["make_site.py", "--requirements"])
    make_site.main()
    assert [line.split(">")[0] for line in capsys.readouterr().out.splitlines()] == [
        "latex2mathml", "myst-nb", "sphinx-book-theme",
    ]  # fmt: skip
