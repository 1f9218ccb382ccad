"""Lesson 4's live view in JupyterLab: it follows a training, and its button ends one."""

import re

import pytest

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect

MANY = 100


@pytest.fixture
def lesson(open_lesson):
    return open_lesson(4)


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
        expect(plot.locator("text").last).to_have_text(f"{reached[-1]:.2f}")
        said = ", ".join(f"{value:.2f}" for value in reached)
        assert f"validation {said}" in plot.locator("title").text_content()
    picture = view.get_by_role("img", name="From above: photo")
    assert picture.evaluate("(image) => image.complete && image.naturalWidth > 500")
    expect(view).to_contain_text("mask predicted after epoch 2 of 2")
    assert lesson.ask("live.stopped") is False


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


def test_the_view_moves_while_the_training_goes_on(lesson, long_training):
    bar = long_training.get_by_role("progressbar").element_handle()
    lesson.page.wait_for_function("(bar) => bar.value > 0", arg=bar)
    before = bar.evaluate("(bar) => bar.value")
    lesson.page.wait_for_function("([bar, before]) => bar.value > before", arg=[bar, before])
    assert not lesson.cell_has_ended()
    long_training.get_by_role("button", name="Stop").click()
    lesson.wait_for_cell()
