"""Lesson 1's explorer of masks in JupyterLab: moved by mouse and by keys."""

import numpy as np
import pytest
from canvases import assert_painted, paint, read_layer, read_photo

from lessons_lib.classes import CLASS_NAMES

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect


@pytest.fixture
def lesson(open_lesson):
    return open_lesson(1)


@pytest.fixture
def view(lesson):
    return lesson.show("look-browser")


@pytest.fixture
def truth(lesson) -> np.ndarray:
    """Labels of the first pet."""
    return lesson.array("trimaps[0]")[..., 0] - 1


def frames(view):
    return view.locator(".ul-frame").nth(0), view.locator(".ul-frame").nth(1)


def spot(frame, labels: np.ndarray, row: int, column: int) -> dict:
    """Where to point in a frame for the middle of a pixel."""
    box = frame.bounding_box()
    height, width = labels.shape
    return {
        "x": (column + 0.5) / width * box["width"],
        "y": (row + 0.5) / height * box["height"],
    }


def shares_shown(view) -> dict[str, int]:
    """The shares of the pixels in per cent, as the table shows them."""
    rows = view.locator(".ul-classes tbody tr").all_inner_texts()
    return {row.split()[0]: int(row.split()[-2]) for row in rows}


def test_it_opens_on_the_first_pet_with_photo_mask_name_and_shares(lesson, view, truth):
    left, right = frames(view)
    np.testing.assert_array_equal(read_photo(left), lesson.array("photos[0]"))
    np.testing.assert_array_equal(read_photo(right), lesson.array("photos[0]"))
    assert_painted(read_layer(right), *paint(truth))
    expect(view.locator(".ul-panel .ul-name").first).to_have_text(lesson.ask("names[0]"))
    measured = {name: (truth == label).mean() for label, name in enumerate(CLASS_NAMES)}
    assert shares_shown(view) == {name: round(100 * value) for name, value in measured.items()}


@pytest.mark.parametrize("class_name", CLASS_NAMES)
@pytest.mark.parametrize("side", [0, 1])
def test_the_mouse_reads_the_class_of_a_pixel(view, truth, class_name, side):
    row, column = np.argwhere(truth == CLASS_NAMES.index(class_name))[17].tolist()
    frame = frames(view)[side]
    frame.hover(position=spot(frame, truth, row, column))
    text = f"row {row}, column {column} truth: {class_name}"
    expect(view.locator(".ul-pixel")).to_have_text(text)
    expect(view.locator(".ul-cross:visible")).to_have_count(2)


def test_the_pixel_is_forgotten_when_the_mouse_leaves(lesson, view, truth):
    frame = frames(view)[0]
    frame.hover(position=spot(frame, truth, 10, 10))
    expect(view.locator(".ul-pixel")).to_contain_text("row 10")
    view.get_by_role("button", name="next").hover()
    expect(view.locator(".ul-pixel")).to_contain_text("Point at a picture")
    expect(view.locator(".ul-cross:visible")).to_have_count(0)


def test_arrow_keys_read_pixels_and_enter_pins_one_for_python(lesson, view, truth):
    frame = frames(view)[1]
    frame.focus()
    row, column = truth.shape[0] // 2, truth.shape[1] // 2
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "Shift+ArrowUp"):
        frame.press(key)
    row, column = row + 1 - 8, column + 2
    name = CLASS_NAMES[truth[row, column]]
    text = f"row {row}, column {column} truth: {name}"
    expect(view.locator(".ul-pixel")).to_have_text(text)
    frame.press("Enter")
    expect(view.locator(".ul-pixel")).to_contain_text("pinned")
    lesson.wait_until("list(_.picked or [])", [0, row, column, name, "", {}])
    frame.press("Enter")
    lesson.wait_until("_.pin", None)


def test_a_click_pins_a_pixel_and_another_lets_it_go(lesson, view, truth):
    frame = frames(view)[0]
    place = spot(frame, truth, 20, 30)
    frame.click(position=place)
    lesson.wait_until("_.pin", [0, 20, 30])
    view.get_by_role("button", name="next").hover()
    expect(view.locator(".ul-pixel")).to_contain_text("row 20, column 30, pinned")
    frame.click(position=place)
    lesson.wait_until("_.pin", None)


def test_buttons_keys_and_slider_browse(lesson, view):
    name = view.locator(".ul-panel .ul-name").first
    names = lesson.ask("names")
    view.get_by_role("button", name="next").click()
    expect(name).to_have_text(names[1])
    frames(view)[0].focus()
    view.page.keyboard.press("PageDown")
    view.page.keyboard.press(".")
    expect(name).to_have_text(names[3])
    lesson.wait_until("_.index", 3)
    view.page.keyboard.press("PageUp")
    view.page.keyboard.press(",")
    view.get_by_role("button", name="previous").click()
    expect(name).to_have_text(names[0])
    slider = view.get_by_role("slider", name="picture")
    box = slider.bounding_box()
    slider.click(position={"x": box["width"] - 2, "y": box["height"] / 2})
    expect(name).to_have_text(names[-1])
    slider.press("Home")
    expect(name).to_have_text(names[0])
    assert_painted(read_layer(frames(view)[1]), *paint(lesson.array("trimaps[0]")[..., 0] - 1))


def test_every_picture_has_the_pixels_that_python_has(lesson, view):
    for index in range(5):
        expect(view.get_by_role("slider", name="picture")).to_have_value(str(index))
        expect(view).not_to_have_class("ul-root ul-waiting")
        labels = lesson.array(f"trimaps[{index}]")[..., 0] - 1
        assert_painted(read_layer(frames(view)[1]), *paint(labels))
        view.get_by_role("button", name="next").click()


def test_classes_are_shown_and_hidden_by_mouse_and_by_keys(lesson, view, truth):
    right = frames(view)[1]
    view.get_by_role("checkbox", name="border").click()
    assert_painted(read_layer(right), *paint(truth, shown=["pet"]))
    right.focus()
    for key in ("1", "2", "3"):
        right.press(key)
    assert_painted(read_layer(right), *paint(truth, shown=["background", "border"]))
    expect(view.get_by_role("checkbox", name="pet")).not_to_be_checked()
    lesson.wait_until("_.shown", [False, True, True])


def test_opacity_goes_from_photo_to_mask(lesson, view):
    left, right = frames(view)
    slider = view.get_by_role("slider", name="opacity")
    slider.press("Home")
    expect(right.locator(".ul-overlay")).to_have_css("opacity", "0")
    lesson.wait_until("_.opacity", 0)
    slider.press("ArrowRight")
    right.press("+")
    expect(right.locator(".ul-overlay")).to_have_css("opacity", "0.11")
    expect(view.locator(".ul-output", has_text="11 %")).to_be_visible()
    right.press("-")
    box = slider.bounding_box()
    slider.click(position={"x": box["width"] - 2, "y": box["height"] / 2})
    expect(right.locator(".ul-overlay")).to_have_css("opacity", "1")
    expect(left.locator(".ul-overlay")).to_have_css("opacity", "0")


def test_the_smallest_pets_can_be_put_first(lesson, view):
    view.get_by_label("order", exact=True).select_option("smallest pet first")
    lesson.wait_until("_.order", "smallest")
    shares = lesson.array("sorted((trimap == 1).mean() for trimap in trimaps)")
    for index in range(4):
        expect(view.get_by_role("cell").first).to_have_text(f"{round(100 * shares[index])} %")
        view.get_by_role("button", name="next").click()


def test_what_python_sets_is_shown(lesson, view, truth):
    lesson.run("_.index, _.opacity = 2, 0.25")
    expect(view.locator(".ul-panel .ul-name").first).to_have_text(lesson.ask("names[2]"))
    expect(frames(view)[1].locator(".ul-overlay")).to_have_css("opacity", "0.25")
    expect(view.get_by_role("slider", name="opacity")).to_have_value("25")


def test_it_answers_while_the_kernel_is_busy(lesson, view, truth):
    second = lesson.ask("names[1]")
    lesson.start_cell("last", "import time; time.sleep(2)")
    right = frames(view)[1]
    right.focus()
    right.press("3")
    right.press("+")
    view.get_by_role("button", name="next").click()
    expect(view.locator(".ul-panel .ul-name").first).to_have_text(second)
    assert not lesson.cell_has_ended()
    lesson.wait_for_cell()
    lesson.wait_until("[_.index, _.shown]", [1, [True, False, False]])


def test_html_in_names_is_shown_as_text(lesson):
    name = '<img src="x" onerror="window.injected = true"><b>cat</b> & &lt;dog&gt;'
    view = lesson.show(
        "last", f"MaskExplorer(photos[:2], trimaps[:2], [{name!r}] * 2, trimap=True)"
    )
    assert view.locator(".ul-panel .ul-name").first.text_content() == name
    frame = frames(view)[0]
    assert frame.get_attribute("aria-label").startswith(f"Photo of {name}: pet ")
    assert view.locator("img, b").count() == 0
    assert lesson.page.evaluate("window.injected") is None
    expect(view.get_by_role("status")).to_contain_text("<b>cat</b>")


def test_two_views_of_one_explorer_show_the_same(lesson):
    lesson.show("look-browser")
    first = lesson.page.locator(".jp-Notebook .ul-root:not([data-old])")
    second = lesson.view_output_again()
    frames(second)[1].press("1")
    second.get_by_role("button", name="next").click()
    expect(first.get_by_role("checkbox", name="pet")).not_to_be_checked()
    expect(first.get_by_role("slider", name="picture")).to_have_value("1")
    labels = lesson.array("trimaps[1]")[..., 0] - 1
    for view in (first, second):
        assert_painted(read_layer(frames(view)[1]), *paint(labels, shown=["border"]))
    lesson.close_second_view()


def test_a_picture_that_cannot_be_read_is_told(lesson):
    view = lesson.show(
        "last",
        "spoiled = [trimap.copy() for trimap in trimaps]\n"
        "many = MaskExplorer(photos * 20, spoiled * 20, trimap=True)\n"
        "spoiled[1][:] = 9\nmany",
    )
    view.get_by_role("button", name="next").click()
    expect(view.get_by_role("alert")).to_contain_text("masks[1]")
    view.get_by_role("button", name="next").click()
    expect(view.locator(".ul-panel .ul-name").first).to_have_text("picture 2")
