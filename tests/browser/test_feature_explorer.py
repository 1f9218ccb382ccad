"""Lesson 2's explorer of features in JupyterLab: layers, channels, places."""

import re

import numpy as np
import pytest
from canvases import read_canvas, read_layer, read_photo

from lessons_lib.plots.figure import COLOUR_MAP

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect

SCALE = np.rint(COLOUR_MAP(np.linspace(0, 1, 256))[:, :3] * 255).astype(np.uint8)


@pytest.fixture
def lesson(open_lesson):
    return open_lesson(2)


@pytest.fixture
def view(lesson):
    return lesson.show("features-browser")


def right(view):
    return view.locator(".ul-frame").nth(1)


def channel_colours(lesson, layer: int, channel: int) -> np.ndarray:
    """The colours of a channel, uint8 h×w×3."""
    answers = lesson.array(f"features[{layer}][..., {channel}]")
    span = np.ptp(answers) or 1
    return SCALE[np.rint((answers - answers.min()) / span * 255).astype(np.uint8)]


def assert_shows(lesson, view, layer: int, channel: int) -> None:
    expected = channel_colours(lesson, layer, channel)
    expect(view.get_by_role("slider", name="channel")).to_have_value(str(channel))
    painted = read_layer(right(view))[..., :3]
    repeat = painted.shape[0] // expected.shape[0]
    assert repeat >= 4
    enlarged = np.repeat(np.repeat(expected, repeat, 0), repeat, 1)
    np.testing.assert_array_equal(painted, enlarged)
    expect(view.locator("figcaption").nth(1)).to_contain_text(f"channel {channel}")


def test_it_opens_on_the_strongest_channel_of_the_first_layer(lesson, view):
    assert_shows(lesson, view, 0, lesson.ask("_.strongest(FEATURE_LAYERS[0])[0]"))
    photo = np.rint(lesson.array("photo") * 255).astype(np.uint8)
    np.testing.assert_array_equal(read_photo(view.locator(".ul-frame").nth(0)), photo)


def test_channels_are_chosen_by_slider_keys_and_montage(lesson, view):
    slider = view.get_by_role("slider", name="channel")
    slider.press("Home")
    assert_shows(lesson, view, 0, 0)
    right(view).press(".")
    right(view).press(".")
    right(view).press(",")
    assert_shows(lesson, view, 0, 1)
    box = slider.bounding_box()
    slider.click(position={"x": box["width"] - 2, "y": box["height"] / 2})
    assert_shows(lesson, view, 0, lesson.ask("features[0].shape[-1] - 1"))
    third = view.locator(".ul-montage button").nth(2)
    channel = int(third.get_attribute("data-channel"))
    third.click()
    assert_shows(lesson, view, 0, channel)
    expect(third).to_have_attribute("aria-pressed", "true")
    lesson.wait_until("_.channel", channel)


def test_the_montage_shows_the_strongest_channels(lesson, view):
    buttons = view.locator(".ul-montage button")
    shown = buttons.evaluate_all("(all) => all.map((one) => Number(one.dataset.channel))")
    assert shown == lesson.ask("_.strongest(FEATURE_LAYERS[0])")
    assert len(shown) == 24
    for place in (0, 7, 23):
        pixels = read_canvas(buttons.nth(place).locator("canvas"))[..., :3]
        np.testing.assert_array_equal(pixels, channel_colours(lesson, 0, shown[place]))


def test_layers_are_chosen_by_keys_and_by_name(lesson, view):
    layers = lesson.ask("list(FEATURE_LAYERS)")
    right(view).press("]")
    expect(view).not_to_have_class("ul-root ul-waiting")
    strongest = lesson.ask("_.strongest(FEATURE_LAYERS[1])[0]")
    assert_shows(lesson, view, 1, strongest)
    lesson.wait_until("[_.layer, _.channel]", [layers[1], strongest])
    view.get_by_label("layer").select_option(layers[4])
    expect(view).not_to_have_class("ul-root ul-waiting")
    assert_shows(lesson, view, 4, lesson.ask("_.strongest(FEATURE_LAYERS[4])[0]"))
    right(view).press("[")
    lesson.wait_until("_.layer", layers[3])


def test_pointing_reads_the_answer_of_a_place(lesson, view):
    view.get_by_role("slider", name="channel").press("Home")
    answers = lesson.array("features[0][..., 0]")
    step = float(np.ptp(answers)) / 255 + 0.006
    frame = right(view)
    side = frame.bounding_box()["width"] / 64
    frame.hover(position={"x": 40.5 * side, "y": 21.5 * side})
    readout = view.locator(".ul-pixel")
    expect(readout).to_contain_text("row 21 of 64, column 40 of 64")
    told = float(readout.inner_text().split("answer: ")[1].split()[0])
    assert told == pytest.approx(answers[21, 40], abs=step)
    frame.press("ArrowDown")
    frame.press("ArrowRight")
    expect(readout).to_contain_text("row 22 of 64, column 41 of 64")
    told = float(readout.inner_text().split("answer: ")[1].split()[0])
    assert told == pytest.approx(answers[22, 41], abs=step)


def test_opacity_lets_the_photo_through(lesson, view):
    right(view).press("-")
    expect(right(view).locator(".ul-overlay")).to_have_css("opacity", "0.9")
    view.get_by_role("slider", name="opacity").press("Home")
    expect(right(view).locator(".ul-overlay")).to_have_css("opacity", "0")
    lesson.wait_until("_.opacity", 0)


def test_what_python_sets_is_shown(lesson, view):
    lesson.run("_.layer, _.channel = FEATURE_LAYERS[2], 5")
    expect(view.get_by_label("layer")).to_have_value(lesson.ask("FEATURE_LAYERS[2]"))
    expect(view).not_to_have_class("ul-root ul-waiting")
    assert_shows(lesson, view, 2, 5)


def test_another_photo_is_shown_with_its_own_answers(lesson, view):
    view.get_by_role("slider", name="photo").press("ArrowRight")
    lesson.wait_until("_.picture", 1)
    expect(view).not_to_have_class(re.compile("ul-waiting"))
    photo = np.rint(lesson.array("several[1]") * 255).astype(np.uint8)
    np.testing.assert_array_equal(read_photo(view.locator(".ul-frame").nth(0)), photo)
    channel = int(view.get_by_role("slider", name="channel").input_value())
    answers = lesson.array(f"maps[0][1, ..., {channel}]")
    shown = view.locator(".ul-range td").all_inner_texts()
    expected = [answers.min(), answers.mean(), answers.max()]
    assert [float(one) for one in shown] == pytest.approx(expected, abs=0.0051)
    right(view).press("PageUp")
    lesson.wait_until("_.picture", 0)


def test_a_square_shows_what_the_place_sees(lesson, view):
    left = view.locator(".ul-frame").nth(0)
    for name in lesson.ask("FEATURE_LAYERS")[:3]:
        view.get_by_role("combobox", name="layer").select_option(name)
        lesson.wait_until("_.layer", name)
        left.hover(position={"x": 1, "y": 1})
        box = left.bounding_box()
        left.hover(position={"x": box["width"] * 43.5 / 128, "y": box["height"] * 55.5 / 128})
        top, start, side = lesson.ask(f"fields['{name}'].window(55, 43)")
        field = view.locator(".ul-field").bounding_box()
        pixel = box["width"] / 128
        assert field["width"] == pytest.approx(side * pixel, abs=3)
        assert field["x"] - box["x"] == pytest.approx(start * pixel, abs=3)
        assert field["y"] - box["y"] == pytest.approx(top * pixel, abs=3)
        expect(view.locator(".ul-pixel")).to_contain_text(f"sees {side}×{side} pixels")
