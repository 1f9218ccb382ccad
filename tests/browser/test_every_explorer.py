"""What holds for each explorer in JupyterLab: themes, contrast, keys, focus, narrow windows."""

import shutil

import pytest
from lab import THEMES, VIEWPORT, LessonPage
from lesson_cells import NOTEBOOKS

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect

NARROW = {"width": 640, "height": 500}  # 1280×1000 zoomed to 200 %
# What stands in one line and must stay so: sliders, and each group of a choice.
LINES = """(root) => [...root.querySelectorAll('.ul-slider, .ul-group')].filter((one) => {
    const middles = [...one.children].filter((child) => child.checkVisibility()).map((child) => {
        const { top, height } = child.getBoundingClientRect();
        return top + height / 2;
    });
    return Math.max(...middles) - Math.min(...middles) > 4;
}).map((one) => one.textContent)"""
# Each text with its colour and the first background that is not transparent, as r, g, b, alpha.
TEXTS = """(root) => {
    const parse = (colour) => {
        const [red, green, blue, alpha = 1] = colour.match(/[\\d.]+/g).map(Number);
        return [red, green, blue, alpha];
    };
    const paperOf = (element) => {
        const paper = parse(getComputedStyle(element).backgroundColor);
        return paper[3] === 0 ? paperOf(element.parentElement) : paper;
    };
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) {
        const node = walker.currentNode;
        const element = node.parentElement;
        const text = node.textContent.trim();
        const unseen = element.closest('.ul-spoken, svg title, option');
        if (!text || unseen || !element.checkVisibility()) continue;
        const { fill, color } = getComputedStyle(element);
        found.push([text, parse(element.closest('svg') ? fill : color), paperOf(element)]);
    }
    for (const select of root.querySelectorAll('select')) {
        found.push([select.value, parse(getComputedStyle(select).color), paperOf(select)]);
    }
    return found;
}"""
STOPS = """(root) => {
    const stops = [...root.querySelectorAll('button, select, input, summary, [tabindex="0"]')]
        .filter((one) => one.checkVisibility() && !one.disabled);
    const groups = new Set(stops.filter((one) => one.type === 'radio').map((one) => one.name));
    return stops.filter((one) => one.type !== 'radio').length + groups.size;
}"""
FOCUSED = """(root) => {
    const { activeElement } = document;
    if (!root.contains(activeElement)) return null;
    const shown = activeElement.type === 'radio' ? activeElement.nextElementSibling : activeElement;
    const style = getComputedStyle(shown);
    const text = activeElement.textContent || activeElement.labels?.[0]?.textContent || '';
    return {
        outline: style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth),
        name: activeElement.getAttribute('aria-label') || text,
    };
}"""


def luminance(colour) -> float:
    """The relative luminance of WCAG 2.2, of a colour with channels from 0 to 255."""
    channels = [value / 255 for value in colour[:3]]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other) -> float:
    """The contrast ratio of WCAG 2.2, from 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_that_of_the_standard():
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((118, 118, 118), (255, 255, 255)) == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("theme", THEMES)
def test_texts_can_be_read_in_the_theme(explorer, theme, screenshots):
    lesson, cell_id, view = explorer
    lesson.set_theme(theme)
    if view.locator(".ul-frame").count():
        view.locator(".ul-frame").last.hover()
    lesson.page.evaluate("() => document.fonts.ready")
    view.screenshot(path=screenshots / f"{cell_id}_{theme}.png", animations="disabled")
    for summary in view.locator("summary").all():
        summary.click()
    texts = view.evaluate(TEXTS)
    assert len(texts) > 8
    brightness = luminance(texts[0][2])
    assert brightness > 0.8 if theme == "light" else brightness < 0.2
    too_faint = {text: contrast(ink, paper) for text, ink, paper in texts}
    assert {text: ratio for text, ratio in too_faint.items() if ratio < 4.5} == {}


def test_every_control_is_reached_by_tab_with_a_visible_focus_and_a_name(explorer):
    lesson, _, view = explorer
    expected = view.evaluate(STOPS)
    view.evaluate("(root) => { root.tabIndex = -1; root.focus(); }")
    stops = []
    for _ in range(expected + 1):
        lesson.page.keyboard.press("Tab")
        stops.append(view.evaluate(FOCUSED))
    assert stops[-1] is None, "the focus does not leave the explorer"
    assert None not in stops[:-1]
    assert [stop["name"] for stop in stops[:-1] if not stop["name"].strip()] == []
    assert [stop["name"] for stop in stops[:-1] if stop["outline"] < 2] == []


def focusable(view) -> list:
    """The first control of each kind that can be reached by keys."""
    controls = [".ul-frame[tabindex]", "input[type=range]", "button", "select", "summary"]
    targets = [view.locator(f"{one}:visible").first for one in controls]
    targets = [target for target in targets if target.count()]
    if not targets:
        pytest.skip("nothing in it can be reached by keys once a training has ended")
    return targets


def active_cell(lesson) -> str:
    return lesson.page.evaluate("window.lesson.content.activeCell.model.id")


def test_plain_keys_in_an_explorer_do_not_reach_jupyterlab(explorer):
    lesson, cell_id, view = explorer
    before = lesson.cell_ids()
    for target in focusable(view):
        for key in ("d", "d", "x", "a", "b", "z", "j", "k", "m", "ArrowDown", "ArrowUp", "Shift+M"):
            target.press(key)
    assert lesson.cell_ids() == before
    assert active_cell(lesson) == cell_id


def test_escape_leaves_an_explorer_for_its_cell(explorer):
    lesson, cell_id, view = explorer
    before = lesson.cell_ids()
    for target in focusable(view):
        target.press("Escape")
        assert view.evaluate("(root) => !root.contains(document.activeElement)")
    lesson.page.keyboard.press("b")  # JupyterLab's again: a cell below
    expect(lesson.page.locator(".jp-Notebook .jp-Cell")).to_have_count(len(before) + 1)
    assert active_cell(lesson) == lesson.cell_ids()[before.index(cell_id) + 1]
    for _ in "dd":
        lesson.page.keyboard.press("d")
    expect(lesson.page.locator(".jp-Notebook .jp-Cell")).to_have_count(len(before))
    assert lesson.cell_ids() == before


CHORDS = {"Control+Enter": 0, "Shift+Enter": 1, "Alt+Enter": 1}  # how many cells it moves on


def test_what_runs_a_cell_runs_it_from_an_explorer_too(open_lesson):
    lesson, cell_id = open_lesson(1), "look-browser"
    for chord, moves in CHORDS.items():
        for kind in (".ul-frame", "button", "input[type=range]"):
            view = lesson.show(cell_id)
            before, place = lesson.cell_ids(), lesson.cell_ids().index(cell_id)
            target = view.locator(f"{kind}:visible").first
            target.click()
            view.evaluate("(root) => { root.dataset.before = '' }")
            target.page.keyboard.press(chord)
            lesson.page.locator("[data-before]").wait_for(state="detached")  # the cell ran anew
            now = lesson.cell_ids()
            assert len(now) == len(before) + (chord == "Alt+Enter")
            assert active_cell(lesson) == now[place + moves]
            if chord == "Alt+Enter":
                lesson.command("notebook:delete-cell")


def test_the_same_keys_outside_an_explorer_do_reach_jupyterlab(open_lesson):
    lesson = open_lesson(1)
    lesson.show("look-browser")
    before = lesson.cell_ids()
    lesson.command("notebook:enter-command-mode")
    lesson.page.keyboard.press("b")
    expect(lesson.page.locator(".jp-Notebook .jp-Cell")).to_have_count(len(before) + 1)
    lesson.page.keyboard.press("d")
    lesson.page.keyboard.press("d")
    expect(lesson.page.locator(".jp-Notebook .jp-Cell")).to_have_count(len(before))
    assert lesson.cell_ids() == before


def test_it_fits_into_a_narrow_window(explorer, screenshots):
    lesson, cell_id, view = explorer
    lesson.page.set_viewport_size(NARROW)
    try:
        root = view.element_handle()
        lesson.page.wait_for_function("(root) => root.clientWidth < 660", arg=root)
        width, needed = view.evaluate("(root) => [root.clientWidth, root.scrollWidth]")
        assert width > 480
        assert needed <= width
        assert view.evaluate(LINES) == []
        if view.get_by_role("radio", name="probability of background").count():
            view.get_by_role("radio", name="probability of background").check()  # a long title
        tops = view.locator(".ul-frame").evaluate_all(
            "(all) => all.map((one) => one.getBoundingClientRect().top)"
        )
        assert tops == pytest.approx(tops[:1] * len(tops), abs=0.6)
        widths = view.locator(".ul-frame, .ul-pets, .ul-curve").evaluate_all(
            "(all) => all.map((one) => one.clientWidth)"
        )
        assert min(widths) > 200
        view.screenshot(path=screenshots / f"{cell_id}_narrow.png", animations="disabled")
    finally:
        lesson.page.set_viewport_size(VIEWPORT)


def test_a_lesson_that_was_not_run_shows_a_picture_with_an_alternative_text(chromium, lab):
    folder, address, token = lab
    shutil.copy(NOTEBOOKS / "01_data_and_masks.ipynb", folder / "not_run.ipynb")
    lesson = LessonPage(chromium, address, token, "not_run.ipynb")
    index = lesson.cell_ids().index("look-browser")
    cell = lesson.page.locator(".jp-Notebook .jp-Cell").nth(index)
    picture = cell.locator(".jp-OutputArea-output img")
    picture.wait_for()
    lesson.page.wait_for_function(
        "(image) => image.complete && image.naturalWidth > 200", arg=picture.element_handle()
    )
    assert lesson.page.get_by_text("Error displaying widget").count() == 0
    assert lesson.problems == []
    lesson.page.close()
