"""The slides in Chromium: they can be shown without a network, and each picture has its words."""

import sys

import pytest

from lessons_lib.authoring.notebooks import REPOSITORY

sys.path.insert(0, str(REPOSITORY / "tools"))
import make_slides

LESSONS = sorted((REPOSITORY / "notebooks").glob("*.ipynb"))

pytestmark = pytest.mark.skipif(not make_slides.REVEAL.is_dir(), reason="reveal.js comes from npm")


def test_the_slides_can_be_shown_without_a_network(chromium, tmp_path, monkeypatch):
    monkeypatch.setattr(make_slides, "SLIDES", tmp_path / "slides")
    monkeypatch.setattr(make_slides, "ROOT", tmp_path)
    (tmp_path / "notebooks").symlink_to(REPOSITORY / "notebooks")
    make_slides.main()
    made = sorted((tmp_path / "slides").glob("*.html"))
    assert [path.stem for path in made] == [path.stem for path in LESSONS]
    asked, problems = [], []
    page = chromium.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(made[0].as_uri())
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
    page.close()
    assert problems == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
