"""Lesson 4's what-if explorer in JupyterLab: photo and model are changed, the mask follows."""

import numpy as np
import pytest
from canvases import HIDDEN, assert_painted, paint, read_layer, read_photo

from lessons_lib.encoder import ReceptiveField

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect

SIDE = 128


@pytest.fixture
def lesson(open_lesson):
    return open_lesson(4)


@pytest.fixture
def view(lesson):
    lesson.page.mouse.move(1, 1)  # away from the photo
    return lesson.show("what-if")


def photo_of(view):
    return view.locator(".ul-frame").nth(0)


def mask_of(view):
    return view.locator(".ul-frame").nth(1)


def position(frame, row: int, column: int) -> dict[str, float]:
    box = frame.bounding_box()
    return {"x": (column + 0.5) / SIDE * box["width"], "y": (row + 0.5) / SIDE * box["height"]}


def go_to(view, row: int, column: int, stage=photo_of) -> None:
    """Moves the mouse to a pixel."""
    frame = stage(view)
    box, place = frame.bounding_box(), position(frame, row, column)
    view.page.mouse.move(box["x"] + place["x"], box["y"] + place["y"])


def settle(view) -> None:
    """Waits until nothing is with the kernel, and nothing waits to be sent."""
    expect(view).to_have_attribute("data-settled", "")


def assert_mask_is_that_of_the_photo(lesson, view) -> np.ndarray:
    """Asserts that the kernel has the photo shown, and the browser its mask; returns the photo."""
    settle(view)
    photo = read_photo(photo_of(view))
    np.testing.assert_array_equal(lesson.array("what_if.photo"), photo)
    assert_painted(read_layer(mask_of(view)), *paint(lesson.array("what_if.mask")))
    return photo


def untouched(lesson) -> np.ndarray:
    return np.rint(lesson.array("images[0]") * 255).astype(np.uint8)


def test_it_opens_on_the_untouched_photo(lesson, view):
    photo = assert_mask_is_that_of_the_photo(lesson, view)
    np.testing.assert_array_equal(photo, untouched(lesson))
    expect(view.locator("figcaption").nth(1)).to_contain_text("changed: 0 %")
    before = view.locator(".ul-classes tbody tr").all_inner_texts()
    assert [row.split("\t")[2] for row in before] == [row.split("\t")[3] for row in before]
    truth, mask = lesson.array("masks[0][..., 0]"), lesson.array("what_if.mask")
    for label, row in enumerate(before[:3]):
        hit, union = ((truth == label) & (mask == label)), ((truth == label) | (mask == label))
        assert row.split("\t")[2] == f"{hit.sum() / union.sum():.2f}"


def test_the_mouse_paints_a_stroke_and_the_mask_follows(lesson, view):
    view.get_by_label("colour").fill("#ff0000")
    go_to(view, 30, 20)
    view.page.mouse.down()
    for column in range(20, 100, 16):
        go_to(view, 30, column)
    view.page.mouse.up()
    photo = assert_mask_is_that_of_the_photo(lesson, view)
    assert (photo[30, 14:90] == (255, 0, 0)).all()
    red = (photo == (255, 0, 0)).all(axis=-1)
    assert red.sum() == pytest.approx(16 * 64 + np.pi * 8**2, rel=0.1)
    np.testing.assert_array_equal(photo[~red], untouched(lesson)[~red])


def test_erasing_brings_the_photo_back(lesson, view):
    size = view.get_by_role("slider", name="size")
    size.press("End")
    photo_of(view).click(position=position(photo_of(view), 64, 64))
    painted = assert_mask_is_that_of_the_photo(lesson, view)
    assert (painted != untouched(lesson)).any(axis=-1).sum() > 1500
    view.get_by_role("radio", name="erase").click()
    photo_of(view).click(position=position(photo_of(view), 64, 64))
    photo = assert_mask_is_that_of_the_photo(lesson, view)
    np.testing.assert_array_equal(photo, untouched(lesson))


def test_blurring_takes_differences_away(lesson, view):
    view.get_by_role("radio", name="blur").click()
    before = untouched(lesson).astype(int)
    for _ in range(4):
        photo_of(view).click(position=position(photo_of(view), 60, 60))
    photo = assert_mask_is_that_of_the_photo(lesson, view).astype(int)
    inside = (slice(55, 66), slice(55, 66))
    assert photo[inside].var() < 0.8 * before[inside].var()
    assert abs(photo[inside].mean() - before[inside].mean()) < 12
    np.testing.assert_array_equal(photo[:40], before[:40])


def test_a_grey_square_moves_with_the_mouse_and_leaves_no_trace(lesson, view):
    view.get_by_role("radio", name="grey square").click()
    for place in ((40, 40), (70, 50), (3, 120)):
        go_to(view, *place)
        photo = assert_mask_is_that_of_the_photo(lesson, view)
        expected = untouched(lesson)
        row, column = place
        expected[max(0, row - 8) : row + 8, max(0, column - 8) : column + 8] = 128
        np.testing.assert_array_equal(photo, expected)
    view.get_by_role("radio", name="paint").click()
    photo = assert_mask_is_that_of_the_photo(lesson, view)
    np.testing.assert_array_equal(photo, untouched(lesson))


def test_brightness_flip_and_turn(lesson, view):
    before = untouched(lesson).astype(float)
    view.get_by_role("button", name="flip").click()
    photo = assert_mask_is_that_of_the_photo(lesson, view)
    np.testing.assert_array_equal(photo, before[:, ::-1])
    turn = view.get_by_role("slider", name="turn")
    turn.fill("90")
    photo = assert_mask_is_that_of_the_photo(lesson, view)
    np.testing.assert_array_equal(photo, np.rot90(before[:, ::-1], -1))
    turn.fill("0")
    view.get_by_role("button", name="flip").click()
    view.get_by_role("slider", name="brightness").fill("50")
    photo = assert_mask_is_that_of_the_photo(lesson, view)
    np.testing.assert_array_equal(photo, np.minimum(255, 2 * before))


def test_flipped_photos_are_compared_with_flipped_masks(lesson, view):
    truth = lesson.array("masks[0][..., 0]")
    view.get_by_role("button", name="flip").click()
    settle(view)
    view.get_by_role("radio", name="truth").click()
    assert_painted(read_layer(mask_of(view)), *paint(truth[:, ::-1]))


def test_undo_and_start_over(lesson, view):
    frame = photo_of(view)
    for row in (30, 60, 90):
        frame.click(position=position(frame, row, 64))
    third = assert_mask_is_that_of_the_photo(lesson, view)
    view.get_by_role("slider", name="turn").fill("45")
    level = view.locator(".ul-levels fieldset").nth(1)
    level.get_by_role("radio", name="zero").click()
    lesson.wait_until("what_if.swaps[1]", "zero")
    for _ in range(2):
        view.get_by_role("button", name="undo").click()
    photo = assert_mask_is_that_of_the_photo(lesson, view)
    np.testing.assert_array_equal(photo, third)
    lesson.wait_until("what_if.swaps[1]", "kept")
    frame.press("u")
    photo = assert_mask_is_that_of_the_photo(lesson, view)
    assert (photo != third).any()
    view.get_by_role("slider", name="pet").press("ArrowRight")
    view.get_by_role("button", name="start over").click()
    photo = assert_mask_is_that_of_the_photo(lesson, view)
    np.testing.assert_array_equal(photo, untouched(lesson))
    lesson.wait_until("what_if.shifts", [0, 0, 0])
    frame.press("u")
    assert (assert_mask_is_that_of_the_photo(lesson, view) != photo).any()


def test_everything_can_be_done_by_keys(lesson, view):
    frame = photo_of(view)
    frame.press("p")
    for key in ("]", "]", "Shift+ArrowUp", "ArrowLeft", "Enter"):
        frame.press(key)
    photo = assert_mask_is_that_of_the_photo(lesson, view)
    assert (photo[56, 63] != untouched(lesson)[56, 63]).any()
    changed = (photo != untouched(lesson)).any(axis=-1)
    assert changed.sum() == pytest.approx(np.pi * 10**2, rel=0.1)
    frame.press("g")
    frame.press("Shift+ArrowDown")
    photo = assert_mask_is_that_of_the_photo(lesson, view)
    assert (photo[54:74, 53:73] == 128).all()
    frame.press("f")
    expect(view.get_by_role("button", name="flip")).to_have_attribute("aria-pressed", "true")
    frame.press("c")
    expect(view.get_by_role("radio", name="changed")).to_be_checked()
    frame.press("PageDown")
    expect(view.locator(".ul-panel .ul-name").first).to_have_text("picture 1")


def test_a_skip_connection_is_taken_away(lesson, view):
    before = lesson.array("what_if.mask")
    for number, swap in ((0, "zero"), (3, "mean"), (4, "next picture's")):
        level = view.locator(".ul-levels fieldset").nth(number)
        level.get_by_role("radio", name=swap).click()
        lesson.wait_until(f"what_if.swaps[{number}]", {"next picture's": "other"}.get(swap, swap))
        assert_mask_is_that_of_the_photo(lesson, view)
    changed = float((lesson.array("what_if.mask") != before).mean())
    shown = view.locator("figcaption").nth(1).inner_text()
    assert float(shown.split("changed: ")[1].strip("<> %")) == pytest.approx(100 * changed, abs=1)
    assert changed > 0.01


def test_shifts_move_the_mask_without_the_kernel(lesson, view):
    settle(view)
    logits = lesson.array("what_if.logits")
    slider = view.get_by_role("slider", name="border")
    for _ in range(7):
        slider.press("ArrowRight")
    expected = (logits + np.float32([0, 0, 0.7])).argmax(axis=-1)
    assert_painted(read_layer(mask_of(view)), *paint(expected))
    lesson.wait_until("[round(shift, 3) for shift in what_if.shifts]", [0, 0, 0.7])
    assert_mask_is_that_of_the_photo(lesson, view)


def test_a_click_shows_receptive_fields_and_what_the_answer_depends_on(lesson, view):
    frame = mask_of(view)
    frame.click(position=position(frame, 70, 41))
    why = view.locator(".ul-why")
    expect(why).to_contain_text("Gradient: bright are the pixels")  # traced the first time
    lesson.wait_until("what_if.pixel", [70, 41])
    squares = view.locator(".ul-field").evaluate_all(
        "(all) => all.map(({ style }) => ['top', 'left', 'height', 'width']"
        ".map((side) => parseFloat(style[side])))"
    )
    fields = [ReceptiveField(**level["field"]) for level in lesson.ask("what_if.levels")]
    assert len(squares) == len(fields) == 5
    for square, field in zip(squares, fields, strict=True):
        top, left, side = field.window(70, 41)
        assert np.array(square) * 1.28 == pytest.approx([top, left, side, side], abs=0.01)
    pixel = lesson.array("what_if.logits")[70, 41]
    first, second = sorted(pixel)[:-3:-1]
    expect(view.locator(".ul-pixel")).to_contain_text(f"ahead by {first - second:.2f}")
    heat = read_layer(photo_of(view))[..., 3]
    assert heat.max() == 255 and (heat < 60).mean() > 0.3
    view.get_by_role("radio", name="occlusion").click()
    expect(why).to_contain_text("Occlusion: bright are the squares")
    expect(why).not_to_contain_text("rows are tried")
    heat = read_layer(photo_of(view))[::4, ::4, 3]
    assert (heat.reshape(8, 16, 8, 16).std(axis=(1, 3)) == 0).all()  # square by square
    frame.click(position=position(frame, 70, 41))
    lesson.wait_until("what_if.pixel", None)
    expect(view.locator(".ul-field")).to_have_count(0)
    assert (read_layer(photo_of(view)) == HIDDEN).all()


def test_frames_are_dropped_and_the_last_change_wins(lesson, view):
    settle(view)
    lesson.run(
        "import time\n"
        "what_if._parted, whole = type('Slow', (), {})(), what_if._parted\n"
        "what_if._parted.levels, calls = whole.levels, []\n"
        "what_if._parted.logits = lambda *asked: "
        "(calls.append(0), time.sleep(0.2), whole.logits(*asked))[2]"
    )
    view.get_by_role("radio", name="grey square").click()
    for step in range(40):
        go_to(view, 20 + 2 * step, 64)
        lesson.page.wait_for_timeout(10)
    settle(view)
    assert 2 <= lesson.ask("len(calls)") <= 20
    lesson.run("what_if._parted = whole")
    np.testing.assert_array_equal(lesson.array("what_if.photo"), read_photo(photo_of(view)))
    assert_painted(read_layer(mask_of(view)), *paint(lesson.array("what_if.mask")))


def test_what_python_sets_is_shown(lesson, view):
    lesson.run("what_if.index, what_if.layer, what_if.shifts = 2, 'truth', [1, 0, -0.5]")
    settle(view)
    expect(view.locator(".ul-panel .ul-name").first).to_have_text("picture 2")
    expect(view.get_by_role("radio", name="truth")).to_be_checked()
    expect(view.get_by_role("slider", name="border")).to_have_value("-0.5")
    assert_painted(read_layer(mask_of(view)), *paint(lesson.array("masks[2][..., 0]")))


def test_a_second_view_has_a_photo_of_its_own(lesson, view):
    settle(view)
    second = lesson.view_output_again()
    try:
        settle(second)
        assert_painted(read_layer(mask_of(second)), *paint(lesson.array("what_if.mask")))
        photo_of(second).press("Enter")
        settle(second)
        assert (read_photo(photo_of(second)) != untouched(lesson)).any()
    finally:
        lesson.close_second_view()
    np.testing.assert_array_equal(read_photo(photo_of(view)), untouched(lesson))


def test_a_problem_is_told_and_the_next_change_is_answered(lesson, view):
    settle(view)
    lesson.run("what_if._parted.logits = lambda *_: 1 / 0")
    photo_of(view).press("Enter")
    expect(view.get_by_role("alert")).to_have_text("division by zero")
    lesson.run("del what_if._parted.logits")
    photo_of(view).press("Enter")
    expect(view.get_by_role("alert")).to_be_hidden()
    settle(view)
    np.testing.assert_array_equal(lesson.array("what_if.photo"), read_photo(photo_of(view)))


def test_html_in_names_is_shown_as_text(lesson):
    view = lesson.show(
        "last",
        "from lessons_lib.classes import make_classes\n"
        "WhatIfExplorer(model, images[:1], masks[:1], names=['<b>rex</b>'],"
        " classes=make_classes(['<b>pet</b>', 'background', 'border']))",
    )
    expect(view.locator(".ul-panel .ul-name").first).to_have_text("<b>rex</b>")
    expect(view.locator(".ul-classes")).to_contain_text("<b>pet</b>")
    assert view.locator("b").count() == 0
