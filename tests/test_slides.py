"""The slides: what is shown, what the speaker is told, and that they fetch nothing."""

import re
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))
import make_slides  # noqa: E402

LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
CHROMIUM = Path("/usr/bin/chromium")


def slides_of(path):
    return make_slides.as_slides(nbformat.read(path, as_version=4)).cells


def kind(cell):
    return cell.metadata["slideshow"]["slide_type"]


def markdown(*paragraphs):
    return nbformat.v4.new_markdown_cell("\n\n".join(paragraphs))


def test_headings_and_questions_are_shown_and_prose_is_told():
    notebook = nbformat.v4.new_notebook(
        cells=[
            markdown("# 1 · Title", "[![badge](a.svg)](b)", "Prose."),
            markdown("**Explain.** Because."),
            markdown("Before.", "**Predict.** What?"),
            nbformat.v4.new_code_cell("1", id="one"),
            nbformat.v4.new_code_cell("import os", id="imports"),
        ]
    )
    cells = make_slides.as_slides(notebook).cells
    assert [(kind(cell), cell.source) for cell in cells] == [
        ("slide", "# 1 · Title"),
        ("notes", "Prose."),
        ("notes", "**Explain.** Because."),
        ("subslide", "**Predict.** What?"),
        ("notes", "Before."),
        ("subslide", "1"),
    ]


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_nothing_of_a_lesson_is_lost_but_badge_and_imports(path):
    lesson = nbformat.read(path, as_version=4).cells
    cells = slides_of(path)
    told = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    for cell in lesson:
        if cell.cell_type == "markdown":
            for paragraph in re.split(r"\n\s*\n", cell.source):
                assert paragraph in told or paragraph.startswith("[![")
    code = [cell.source for cell in cells if cell.cell_type == "code"]
    left_out = [one.id for one in lesson if one.cell_type == "code" and one.source not in code]
    assert left_out == ["host", "imports"]
    explained = [cell for cell in cells if cell.source.startswith("**Explain")]
    assert explained and all(kind(cell) == "notes" for cell in explained)


@pytest.mark.slow
@pytest.mark.skipif(not make_slides.REVEAL.is_dir(), reason="reveal.js comes from npm")
def test_the_slides_can_be_shown_without_a_network(tmp_path, monkeypatch):
    sync = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip("chromium is not installed")
    monkeypatch.setattr(make_slides, "SLIDES", tmp_path / "slides")
    monkeypatch.setattr(make_slides, "ROOT", tmp_path)
    (tmp_path / "notebooks").symlink_to(ROOT / "notebooks")
    make_slides.main()
    assert [path.stem for path in sorted((tmp_path / "slides").glob("*.html"))] == [
        path.stem for path in LESSONS
    ]
    asked, problems = [], []
    with sync.sync_playwright() as running:
        browser = running.chromium.launch(
            executable_path=str(CHROMIUM), args=["--headless", "--no-sandbox"]
        )
        page = browser.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto((tmp_path / "slides" / f"{LESSONS[0].stem}.html").as_uri())
        page.wait_for_function("window.Reveal && Reveal.isReady()")
        page.get_by_role("heading", name="1 · Data and masks").wait_for()
        page.keyboard.press("Space")
        page.get_by_role("heading", name="Where this course goes").wait_for()
        page.keyboard.press("Space")
        page.locator("section.present img:visible").first.wait_for()
        pictures = page.locator("img")
        assert pictures.count() > 10
        assert pictures.evaluate_all("(all) => all.filter((one) => !one.alt).length") == 0
        assert page.locator("aside.notes").count() > 20
        browser.close()
    assert problems == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
