"""Lesson 4's live view in JupyterLab: it follows a training, and its button ends one."""

import re

import pytest
from lab import VIEWPORT

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect

MANY = 100
# Long before the first batch ends, and by no move of the learner's.
SCROLLS_AWAY = """(cell) => {
    const before = document.querySelectorAll('.ul-root').length;
    const observer = new MutationObserver(() => {
        if (document.querySelectorAll('.ul-root').length > before) {
            observer.disconnect();
            cell.scrollIntoView();
        }
    });
    observer.observe(document.body, { childList: true, subtree: true });
}"""


@pytest.fixture
def lesson(open_lesson):
    opened = open_lesson(4)
    yield opened
    opened.end_cell()


@pytest.fixture
def long_training(lesson):
    """The view of the lesson's training, begun for many epochs; other names keep its results."""
    source = lesson.source("train")
    for piece, other in {"run = ": "long_run = ", "epochs=EPOCHS": f"epochs={MANY}"}.items():
        assert piece in source
        source = source.replace(piece, other)
    return lesson.show("last", source, wait=False)


def test_a_training_is_followed_to_its_end(lesson):
    view = lesson.show("train")
    expect(view).to_contain_text("finished after 2 epochs")
    progress = view.get_by_role("progressbar")
    assert progress.evaluate("(bar) => bar.value === bar.max && bar.max > 1")
    expect(view.get_by_role("button")).to_have_count(0)
    for title, name in {"loss": "val_loss", "mean IoU": "val_mean_iou"}.items():
        plot = view.locator("figure", has=view.page.locator(f"figcaption:text-is('{title}')"))
        reached = lesson.ask(f"run.history['{name}']")
        expect(plot.locator("circle.ul-validation")).to_have_count(2)
        expect(plot.locator(".ul-reached")).to_have_text(f"{reached[-1]:.2f}")
        said = ", ".join(f"{value:.2f}" for value in reached)
        assert f"validation {said}" in plot.locator("title").text_content()
    picture = view.get_by_role("img", name="From above: photo")
    assert picture.evaluate("(image) => image.complete && image.naturalWidth > 500")
    expect(view).to_contain_text("mask predicted after epoch 2 of 2")
    height, pets, curves = view.evaluate(
        """(root) => [root.clientHeight, ...['.ul-pets', '.ul-curve'].map(
            (one) => root.querySelector(one).getBoundingClientRect().toJSON())]"""
    )
    assert height <= 700
    assert curves["left"] >= pets["right"]  # beside the masks
    middles = view.locator(".ul-rows span").evaluate_all(
        """(all) => all.map((one) => {
            const { top, height } = one.getBoundingClientRect();
            return top + height / 2;
        })"""
    )
    thirds = [pets["top"] + pets["height"] * part / 6 for part in (1, 3, 5)]
    assert middles == pytest.approx(thirds, abs=8)
    assert lesson.ask("live.stopped") is False
    assert lesson.ask("len(live.losses)") == lesson.ask("live.view.total")


def test_the_button_ends_a_training_while_the_kernel_is_busy(lesson, long_training):
    view = long_training
    expect(view.get_by_text(re.compile(rf"epoch \d+ of {MANY} · .* left · loss"))).to_be_visible()
    expect(view.locator("circle.ul-validation").first).to_be_visible(timeout=60_000)
    view.get_by_role("button", name="Stop").press("Enter")
    lesson.wait_for_cell()
    epochs = lesson.ask("len(long_run.masks_by_epoch)")
    assert 1 <= epochs < MANY
    assert lesson.ask("live.stopped") is True
    expect(view).to_contain_text(f"stopped after {epochs} epoch")
    expect(view).to_contain_text("the best epoch's weights are back")
    expect(view.get_by_role("button")).to_have_count(0)


def test_a_training_comes_back_and_leads_back(lesson):
    """As with Shift+Enter: the notebook has moved on when the first batch ends."""
    source = lesson.source("train").replace("run = ", "long_run = ")
    lesson.page.set_viewport_size({"width": 1280, "height": 400})
    try:
        top = lesson.page.locator(".jp-Notebook .jp-Cell").first
        top.evaluate(SCROLLS_AWAY)
        view = lesson.show("last", source.replace("epochs=EPOCHS", f"epochs={MANY}"), wait=False)
        expect(view.locator("progress")).to_be_in_viewport(timeout=60_000)
        away = lesson.page.locator(".ul-away")
        expect(away).to_have_count(0)
        top.click(position={"x": 5, "y": 5})
        top.evaluate("(cell) => cell.scrollIntoView()")
        expect(away).to_contain_text("left · loss")
        expect(view.locator("progress")).not_to_be_in_viewport()
        away.get_by_role("button", name="show").click()
        expect(view.locator("progress")).to_be_in_viewport()
        view.get_by_role("button", name="Stop").click()
        expect(view).to_contain_text("a last look at the validation pets …")
        lesson.wait_for_cell()
        expect(away).to_have_count(0)
    finally:
        lesson.page.set_viewport_size(VIEWPORT)


def test_the_view_moves_while_the_training_goes_on(lesson, long_training):
    bar = long_training.get_by_role("progressbar").element_handle()
    lesson.page.wait_for_function("(bar) => bar.value > 0", arg=bar)
    before = bar.evaluate("(bar) => bar.value")
    lesson.page.wait_for_function("([bar, before]) => bar.value > before", arg=[bar, before])
    assert not lesson.cell_has_ended()
    long_training.get_by_role("button", name="Stop").click()
    lesson.wait_for_cell()
