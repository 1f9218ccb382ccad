"""The site in Chromium: clicked through, in light, dark and narrow; skipped where it is not made.

`make site` makes it. Not one request may leave the machine, and no picture may be missing.
"""

import functools
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from lessons_lib.authoring.notebooks import REPOSITORY

SITE = REPOSITORY / "build" / "site"
LESSON = "notebooks/01_data_and_masks.html"
LOOKS = {"light": ("light", 1300), "dark": ("dark", 1300), "narrow": ("light", 390)}

pytestmark = pytest.mark.skipif(not (SITE / "index.html").exists(), reason="run make site first")


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_arguments) -> None:
        pass


@pytest.fixture(scope="module")
def address():
    """Where the site is served; from files a browser would not let the search read pages."""
    handler = functools.partial(Quiet, directory=SITE)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(params=LOOKS)
def page(request, chromium, address):
    """A page in one of the looks, and at its end: nothing was fetched, missing or wrong."""
    scheme, width = LOOKS[request.param]
    context = chromium.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 900}, base_url=address
    )
    page = context.new_page()
    problems = []
    page.on(
        "request",
        lambda one: one.url.startswith((address, "data:")) or problems.append(one.url),
    )
    page.on("response", lambda one: one.status < 400 or problems.append(one.url))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.look = request.param
    yield page
    context.close()
    assert problems == []


@pytest.mark.parametrize("name", ["index.html", LESSON, "docs/glossary.html", "TEACHING.html"])
def test_a_page_fits_its_window_and_shows_its_pictures(page, name):
    page.goto(name)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator("html").get_attribute("data-theme") == LOOKS[page.look][0]
    widths = page.evaluate("Array.from(document.querySelectorAll('article img'), (i) => i.width)")
    assert all(0 < width <= LOOKS[page.look][1] for width in widths)
    assert widths or name == "TEACHING.html"


def test_lessons_follow_each_other(page):
    page.goto(LESSON)
    page.locator("a.right-next").click()
    assert page.title().startswith("2 · Encoder")
    page.locator("a.left-prev").click()
    assert page.title().startswith("1 · Data and masks")


def test_a_word_is_found(page):
    page.goto("search.html?q=checkerboard")
    first = page.locator("#search-results li a").first
    first.wait_for()
    assert first.inner_text().startswith("3 · Decoder")


def test_the_reader_chooses_the_theme(page):
    page.goto(LESSON)
    page.locator(".theme-switch-button:visible").first.click()
    page.get_by_role("button", name="Dark").or_(page.get_by_text("Dark", exact=True)).first.click()
    assert page.locator("html").get_attribute("data-theme") == "dark"


def test_a_formula_is_a_formula_and_an_answer_unfolds(page):
    page.goto("notebooks/05_class_imbalance.html")
    assert page.locator("math").count() > 5
    page.goto("docs/quiz.html")
    answer = page.locator("details").first
    assert not answer.locator("li").first.is_visible()
    answer.locator("summary").click()
    assert answer.locator("li").first.is_visible()
