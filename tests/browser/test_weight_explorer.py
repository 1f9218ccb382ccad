"""Lesson 5's explorer of class weights in JupyterLab: sliders, presets, shares, weight map."""

import numpy as np
import pytest
from canvases import assert_painted, paint, read_layer

from lessons_lib.classes import CLASS_NAMES
from lessons_lib.plots.figure import COLOUR_MAP

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect


@pytest.fixture
def lesson(open_lesson):
    return open_lesson(5)


@pytest.fixture
def view(lesson):
    return lesson.show("explore-weights")


def assert_shows(lesson, view, weights) -> None:
    """Asserts that sliders, shares of the loss, and the map are those of some weights."""
    for name, weight in zip(CLASS_NAMES, weights, strict=True):
        slider = view.get_by_role("slider", name=name)
        assert float(slider.input_value()) == pytest.approx(weight, abs=0.051)
    truth, losses = lesson.array("masks[0][..., 0]"), lesson.array("losses")
    parts = np.array([(losses * weights[label])[truth == label].sum() for label in range(3)])
    shares = view.locator(".ul-value").all_inner_texts()
    np.testing.assert_allclose(
        [float(share.strip("<> %")) for share in shares], 100 * parts / parts.sum(), atol=0.51
    )
    expect(view.locator(".ul-lines")).to_contain_text(f"pixel: {parts.sum() / truth.size:.2f}")
    levels = np.rint(np.array(weights) / max(weights) * 255).astype(int)
    colours = np.rint(COLOUR_MAP(levels / 255)[:, :3] * 255).astype(int)
    layer = read_layer(view.locator(".ul-frame").nth(1))
    scale = layer.shape[0] // truth.shape[0]
    difference = np.abs(layer[::scale, ::scale, :3].astype(int) - colours[truth])
    assert difference.max() <= 3  # one step of the scale more or less where it is rounded


def test_it_opens_with_the_lessons_weights(lesson, view):
    assert_shows(lesson, view, lesson.ask("_.weights"))
    expect(view.locator("figcaption").nth(1)).to_contain_text("weight of each pixel")


def test_presets_set_all_weights(lesson, view):
    for name, weights in {"1 : 1 : 1": [1, 1, 1], "2 : 2 : 1": [2, 2, 1]}.items():
        view.get_by_role("button", name=name).click()
        assert_shows(lesson, view, weights)
        lesson.wait_until("_.weights", weights)


def test_keys_move_a_weight_by_a_tenth(lesson, view):
    view.get_by_role("button", name="1 : 1 : 1").click()
    border = view.get_by_role("slider", name="border")
    for _ in range(5):
        border.press("ArrowRight")
    view.get_by_role("slider", name="pet").press("ArrowLeft")
    assert_shows(lesson, view, [0.9, 1, 1.5])
    lesson.wait_until("_.weights", [0.9, 1, 1.5])


def test_the_mouse_moves_a_weight_to_nothing(lesson, view):
    view.get_by_role("button", name="1 : 1 : 1").click()
    background = view.get_by_role("slider", name="background")
    background.click(position={"x": 1, "y": background.bounding_box()["height"] / 2})
    assert_shows(lesson, view, [1, 0, 1])
    lesson.wait_until("_.weights", [1, 0, 1])


def test_the_predicted_mask_follows_the_weights(lesson, view):
    view.get_by_role("button", name="1 : 1 : 1").click()
    view.get_by_role("radio", name="mask predicted with these weights").check()
    lesson.wait_until("_.shows", "decision")
    logits, left = lesson.array("logits[0]"), view.locator(".ul-frame").nth(0)
    for key in ("ArrowRight", "End"):
        view.get_by_role("slider", name="border").press(key)
        weights = [float(view.get_by_role("slider", name=one).input_value()) for one in CLASS_NAMES]
        lesson.wait_until("_.weights", weights)
        assert_painted(read_layer(left), *paint((logits + np.log(weights)).argmax(axis=-1)))
        said = f"mean IoU with these weights: {lesson.ask('_.mean_iou'):.2f}"
        expect(view.locator(".ul-lines")).to_contain_text(said)
    view.get_by_role("radio", name="true mask").check()
    assert_painted(read_layer(left), *paint(lesson.array("masks[0][..., 0]")))


def test_without_any_weight_nothing_is_lost(lesson, view):
    for name in CLASS_NAMES:
        view.get_by_role("slider", name=name).press("Home")
    assert view.locator(".ul-value").all_inner_texts() == ["0 %"] * 3
    lesson.wait_until("_.loss_shares.tolist()", [0, 0, 0])


def test_what_python_sets_is_shown(lesson, view):
    lesson.run("_.weights = [3, 0.5, 7]")
    expect(view.get_by_role("slider", name="border")).to_have_value("7")
    assert_shows(lesson, view, [3, 0.5, 7])


def test_html_in_a_presets_name_is_shown_as_text(lesson):
    view = lesson.show(
        "last", "WeightExplorer(images[0], masks[0], presets={'<b>none</b>': (1, 1, 1)})"
    )
    expect(view.get_by_role("button")).to_have_text("<b>none</b>")
    assert view.locator("b").count() == 0
