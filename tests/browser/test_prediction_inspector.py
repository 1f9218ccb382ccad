"""Lesson 4's inspector and its replay in JupyterLab: layers, pixels, orders, epochs."""

import numpy as np
import pytest
from canvases import assert_painted, darken, paint, read_layer
from matplotlib.colors import to_rgb

from lessons_lib.classes import CLASS_NAMES
from lessons_lib.plots.figure import COLOUR_MAP, ERROR_COLOUR

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect


@pytest.fixture
def lesson(open_lesson):
    return open_lesson(4)


@pytest.fixture
def view(lesson):
    return lesson.show("inspect")


def right(view):
    return view.locator(".ul-frame").nth(1)


def shown(lesson) -> dict[str, np.ndarray]:
    """The arrays of the picture shown."""
    place = lesson.ask("_.places[_.index]")
    logits = lesson.array(f"logits[{place}]").astype(np.float64)
    powers = np.exp(logits)
    return {
        "truth": lesson.array(f"masks[{place}]")[..., 0],
        "prediction": logits.argmax(axis=-1),
        "probabilities": powers / powers.sum(axis=-1, keepdims=True),
    }


def error_colours(wrong: np.ndarray) -> list[np.ndarray]:
    """Paints the wrong pixels, plain and as in the stripes."""
    colour = np.rint(np.array(to_rgb(ERROR_COLOUR)) * 255).astype(np.uint8)
    painted = np.zeros((2, *wrong.shape, 4), dtype=np.uint8)
    painted[0, wrong], painted[1, wrong] = (*colour, 255), (*darken(colour), 255)
    return list(painted)


def assert_shows_probability(view, probability: np.ndarray) -> None:
    layer = read_layer(right(view))
    scale = layer.shape[0] // probability.shape[0]
    expected = np.rint(COLOUR_MAP(np.rint(probability * 255) / 255)[..., :3] * 255)
    got = layer[::scale, ::scale, :3].astype(int)
    assert np.abs(got - expected).max() <= 4  # a level of 255 more or less where it is rounded


def figures_shown(view) -> dict[str, list[str]]:
    """The table: for each row its numbers, as texts."""
    rows = view.locator(".ul-classes tbody tr").all_inner_texts()
    cells = [list(row.split("\t")) for row in rows]
    return {row[0].strip(): [part.strip() for part in row[1:]] for row in cells}


def test_layers_are_chosen_by_mouse(lesson, view):
    arrays = shown(lesson)
    truth, prediction = arrays["truth"], arrays["prediction"]
    assert_painted(read_layer(view.locator(".ul-frame").nth(0)), *paint(truth))
    assert_painted(read_layer(right(view)), *paint(prediction))
    view.get_by_role("radio", name="errors").click()
    assert_painted(read_layer(right(view)), *error_colours(truth != prediction))
    view.get_by_role("radio", name="truth").click()
    assert_painted(read_layer(right(view)), *paint(truth))
    for label, name in enumerate(CLASS_NAMES):
        view.get_by_role("radio", name=f"probability of {name}").click()
        assert_shows_probability(view, arrays["probabilities"][..., label])
    lesson.wait_until("_.layer", "border")


def test_two_inspectors_in_a_notebook_do_not_disturb_each_other(lesson, view):
    lesson.run("PredictionInspector(images, masks, logits)")
    second = lesson.page.locator(".ul-root:not([data-old])").nth(1)
    second.get_by_role("radio", name="errors").click()
    second.get_by_label("pet", exact=True).click()
    first = lesson.page.locator(".ul-root:not([data-old])").nth(0)
    expect(first.get_by_role("radio", name="prediction")).to_be_checked()
    expect(first.get_by_label("pet", exact=True)).to_be_checked()
    ids = lesson.page.locator(".ul-root [id]").evaluate_all("(all) => all.map(({ id }) => id)")
    assert len(set(ids)) == len(ids) > 4


def test_layers_are_chosen_by_keys(lesson, view):
    arrays = shown(lesson)
    truth, prediction = arrays["truth"], arrays["prediction"]
    frame = right(view)
    frame.press("e")
    assert_painted(read_layer(frame), *error_colours(truth != prediction))
    expect(view.get_by_role("radio", name="errors")).to_be_checked()
    frame.press("t")
    assert_painted(read_layer(frame), *paint(truth))
    frame.press("p")
    assert_painted(read_layer(frame), *paint(prediction))
    view.get_by_role("radio", name="prediction").press("ArrowRight")
    expect(view.get_by_role("radio", name="errors")).to_be_checked()
    assert_painted(read_layer(frame), *error_colours(truth != prediction))


@pytest.mark.parametrize("place", [(5, 9), (64, 64), (127, 127)])
def test_pointing_reads_truth_prediction_and_probabilities(lesson, view, place):
    arrays = shown(lesson)
    row, column = place
    frame = right(view)
    box = frame.bounding_box()
    frame.hover(
        position={"x": (column + 0.5) / 128 * box["width"], "y": (row + 0.5) / 128 * box["height"]}
    )
    true, predicted = (CLASS_NAMES[arrays[name][place]] for name in ("truth", "prediction"))
    expect(view.locator(".ul-pixel")).to_have_text(
        f"row {row}, column {column} truth: {true} prediction: {predicted}"
    )
    values = [float(text) for text in view.locator(".ul-value").all_inner_texts()]
    np.testing.assert_allclose(values, arrays["probabilities"][place], atol=0.01)
    widths = view.locator(".ul-fill").evaluate_all(
        "(fills) => fills.map((fill) => parseFloat(fill.style.width))"
    )
    np.testing.assert_allclose(widths, 100 * arrays["probabilities"][place], atol=0.5)


def test_the_worst_picture_comes_first_and_figures_are_those_of_the_metrics(lesson, view):
    lesson.run(
        "from lessons_lib.metrics import confusion_matrix, mean_iou, pixel_accuracy\n"
        "explorer = _\n"
        "told = [confusion_matrix(masks[one], logits[one].argmax(-1)[..., None])\n"
        "        for one in range(len(masks))]\n"
        "whole = sum(told)"
    )
    ious = lesson.array("sorted(mean_iou(one) for one in told)")
    of_all = lesson.array("[*iou_per_class(whole), mean_iou(whole), pixel_accuracy(whole)]")
    count = lesson.ask("len(masks)")
    for index in range(count):
        figures = figures_shown(view)
        assert figures["mean IoU"][1] == f"{ious[index]:.2f}"
        rows = [*CLASS_NAMES, "mean IoU", "accuracy"]
        np.testing.assert_allclose([float(figures[row][2]) for row in rows], of_all, atol=0.0051)
        if index + 1 < count:
            view.get_by_role("button", name="next").click()
            expect(view.get_by_role("slider", name="picture")).to_have_value(str(index + 1))
            expect(view).not_to_have_class("ul-root ul-waiting")


def test_another_order_starts_anew(lesson, view):
    view.get_by_role("button", name="next").click()
    view.get_by_label("order", exact=True).select_option("worst IoU of border first")
    lesson.wait_until("[_.order, _.index]", ["border", 0])
    lesson.run(
        "from lessons_lib.metrics import confusion_matrix\n"
        "border_ious = [iou_per_class(confusion_matrix(mask, logit.argmax(-1)[..., None]))[2]\n"
        "               for mask, logit in zip(masks, logits)]"
    )
    lowest = lesson.ask("int(np.nanargmin(border_ious))")
    expect(view.locator(".ul-panel .ul-name").first).to_have_text(f"picture {lowest}")
    assert_painted(read_layer(right(view)), *paint(shown(lesson)["prediction"]))


def test_the_replay_moves_through_the_moments(lesson):
    view = lesson.show("replay")
    moments = lesson.ask("live.moments")
    count = len(moments)
    slider = view.get_by_role("slider", name="moment")
    expect(slider).to_have_value(str(count))
    expect(slider).to_have_attribute("aria-valuetext", moments[-1])

    def assert_shows_moment(moment: int, pet: int) -> None:
        labels = lesson.array(f"masks_by_moment[{moment - 1}, {pet}]")[..., 0]
        assert_painted(read_layer(right(view)), *paint(labels))

    assert_shows_moment(count, 0)
    right(view).press("[")
    assert_shows_moment(count - 1, 0)
    slider.press("Home")
    assert_shows_moment(1, 0)
    expect(slider).to_have_attribute("aria-valuetext", moments[0])
    lesson.wait_until("_.epoch", 1)
    box = slider.bounding_box()
    slider.click(position={"x": box["width"] - 2, "y": box["height"] / 2})
    view.get_by_role("button", name="next").click()
    assert_shows_moment(count, 1)
    expect(view.locator(".ul-bar")).to_have_count(0)


def test_a_large_test_set_opens_at_once_and_is_read_page_by_page(lesson):
    lesson.run(
        "count = 3669\n"
        "many = [np.broadcast_to(one, (count, *one.shape)) for one in\n"
        "        (images[0], masks[0], logits[0])]"
    )
    view = lesson.show(
        "last",
        "import time\nstart = time.perf_counter()\n"
        "large = PredictionInspector(*many)\ntook = time.perf_counter() - start\nlarge",
    )
    assert lesson.ask("took") < 2
    name = view.locator(".ul-panel .ul-name").first
    view.get_by_role("slider", name="picture").press("End")
    expect(name).to_have_text("picture 3668")
    for place in range(3667, 3660, -1):
        right(view).press("PageUp")
        expect(name).to_have_text(f"picture {place}")
    expect(view.locator(".ul-note")).to_contain_text("of 3669")
    lesson.run("del many, large")
