"""Figures: looked at by what is drawn (pixels, texts, patches), not by whether a call returned."""

import base64
import io
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from lessons_lib import plots
from lessons_lib.classes import CLASS_NAMES, NUM_CLASSES, PET_CLASSES, STRIPE_DARKNESS
from lessons_lib.plots import pictures
from lessons_lib.plots.figure import COLOUR_MAP, ERROR_COLOUR, encode_png

PET, BACKGROUND, BORDER = ((pet_class.rgb) for pet_class in PET_CLASSES)


def make_labels(side: int = 64) -> np.ndarray:
    """A disc of pet, with a border band, on background."""
    rows, columns = np.indices((side, side)) - side / 2
    distance = np.hypot(rows, columns)
    return np.select([distance < side / 4, distance < side / 3], [0, 2], 1).astype(np.uint8)


def make_images(count: int, side: int = 64) -> np.ndarray:
    random = np.random.default_rng(count)
    return random.integers(60, 160, (count, side, side, 3), dtype=np.uint8)


def make_pairs(count: int = 2, side: int = 64) -> tuple[np.ndarray, np.ndarray]:
    return make_images(count, side), np.tile(make_labels(side)[..., np.newaxis], (count, 1, 1, 1))


def texts_of(figure: Figure) -> list[str]:
    """All texts of a figure, legends included."""
    texts = [text.get_text() for text in figure.texts]
    legends = list(figure.legends)
    for axes in figure.axes:
        texts += [text.get_text() for text in axes.texts]
        texts += [label.get_text() for label in axes.get_xticklabels() + axes.get_yticklabels()]
        titles = [axes.get_title(loc=place) for place in ("left", "center")]
        texts += [axes.get_xlabel(), axes.get_ylabel(), *titles]
    return texts + [text.get_text() for legend in legends for text in legend.get_texts()]


def pictures_of(figure: Figure) -> list[np.ndarray]:
    return [np.asarray(axes.images[0].get_array()) for axes in figure.axes if axes.images]


def decode(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))[..., :3]


def make_measures() -> SimpleNamespace:
    """Measures in the form of ``lessons_lib.data.regions``, with a value that occurs nowhere."""
    return SimpleNamespace(
        values=(1, 2, 3),
        shares=np.array([0.27, 0.61, 0.12]),
        thickness=np.array([0.4, np.nan, 0.04]),
        contacts=np.array([[0, 0.001, 0.999], [0.01, 0, 0.99], [0.5, 0.5, 0]]),
    )


HISTORY = {
    "loss": [1.0, 0.6, 0.4],
    "accuracy": [0.5, 0.7, 0.8],
    "mean_iou": [0.3, 0.4, 0.5],
    "val_loss": [1.1, 0.8, 0.7],
    "val_accuracy": [0.4, 0.6, 0.7],
    "val_mean_iou": [0.2, 0.35, 0.4],
    "learning_rate": [0.1, 0.1, 0.1],
}


def every_figure() -> dict[str, plots.LessonFigure]:
    images, masks = make_pairs()
    features = np.random.default_rng(0).normal(size=(8, 8, 4))
    return {
        "show_pairs": plots.show_pairs(images, masks, ["one", "two"]),
        "show_predictions": plots.show_predictions(images, masks, 2 - masks),
        "show_segmented": plots.show_segmented(images, masks),
        "show_epochs": plots.show_epochs(images, [masks, masks], masks),
        "plot_label_mistake": plots.plot_label_mistake(masks[0], masks[0] * 0.9),
        "plot_weight_map": plots.plot_weight_map(images[0], masks[0], masks[0] + 1.0),
        "plot_history": plots.plot_history(HISTORY),
        "plot_history of two": plots.plot_history({"a": HISTORY, "b": HISTORY}),
        "plot_shares": plots.plot_shares([0.3, 0.6, 0.1]),
        "plot_shares of two": plots.plot_shares({"a": [0.3, 0.6, 0.1], "b": [0.1, 0.8, 0.1]}),
        "plot_bars": plots.plot_bars(["a", "b"], [1, 2], "ms"),
        "plot_region_measures": plots.plot_region_measures(make_measures()),
        "plot_scores": plots.plot_scores({"a": [0.7, 0.9, 0.4], "b": [[0.7, 0.9, 0.4]] * 3}),
        "plot_histogram": plots.plot_histogram([0.2, 0.5, np.nan], "IoU"),
        "plot_heatmap": plots.plot_heatmap([[1, 2], [3, 4]], title="two"),
        "plot_confusion": plots.plot_confusion([[8, 1, 1], [0, 20, 0], [2, 2, 1]]),
        "plot_feature_maps": plots.plot_feature_maps({"a": features, "b": features}, [0, 2]),
        "plot_scales": plots.plot_scales(images[0], [features], ["block_1_expand_relu"]),
        "plot_upsampling": plots.plot_upsampling([[1, 2], [3, 4]], {"nearest": np.ones((4, 4))}),
    }


@pytest.fixture(scope="module")
def figures() -> dict[str, plots.LessonFigure]:
    return every_figure()


@pytest.fixture(scope="module")
def bundles(figures) -> dict[str, tuple[dict, dict]]:
    return {name: figure._repr_mimebundle_() for name, figure in figures.items()}


# The figure itself


def test_every_figure_has_an_alternative_text_that_is_its_text(figures, bundles):
    for name, figure in figures.items():
        data, metadata = bundles[name]
        assert isinstance(figure, plots.LessonFigure), name
        assert data["text/plain"] == figure.alt_text == repr(figure), name
        assert metadata == {"image/png": {"alt": figure.alt_text}}, name
        assert figure.alt_text.endswith(".") and "0x" not in figure.alt_text, name


def test_every_figure_fits_a_notebook_and_stays_small(bundles):
    for name, (data, _) in bundles.items():
        png = base64.b64decode(data["image/png"])
        assert Image.open(io.BytesIO(png)).width <= 802, name
        assert len(png) < 120_000, name


def test_no_text_is_cut_off_at_the_figures_sides(figures):
    for name, figure in figures.items():
        figure.canvas.draw()
        width, height = figure.canvas.get_width_height()
        shown = list(figure.texts)
        shown += [text for legend in figure.legends for text in legend.get_texts()]
        for axes in figure.axes:
            shown += [child for child in axes.get_children() if isinstance(child, Text)]
            shown += [axes.xaxis.label, axes.yaxis.label]
            low, high = sorted(axes.get_ylim())
            labels = zip(axes.get_yticks(), axes.get_yticklabels(), strict=True)
            shown += [label for tick, label in labels if low <= tick <= high]
        for text in shown:
            box = text.get_window_extent()
            is_inside = box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height
            assert is_inside or not text.get_text(), f"{name}: {text.get_text()!r}"


@pytest.mark.slow
def test_a_figure_is_drawn_the_same_twice(figures):
    again = every_figure()
    for name, figure in figures.items():
        assert (figure.to_array() == again[name].to_array()).all(), name
        assert figure.alt_text == again[name].alt_text, name


def test_png_carries_no_date_and_no_author(figures):
    image = Image.open(io.BytesIO(figures["plot_history"].to_png()))
    assert not image.info.keys() & {"Software", "Creation Time", "date:create"}


def test_plots_need_neither_pyplot_nor_tensorflow():
    code = (
        "import sys, numpy, lessons_lib.plots as plots;"
        "plots.show_pairs(numpy.zeros((8, 8, 3)), numpy.ones((8, 8, 1))).to_png();"
        "print([m for m in ('matplotlib.pyplot', 'tensorflow', 'keras') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


def test_png_keeps_the_commonest_and_the_colour_maps_colours_beside_a_photo():
    random = np.random.default_rng(0)
    picture = random.integers(0, 256, (200, 200, 3), dtype=np.uint8)
    picture[:50] = PET
    picture[199, : COLOUR_MAP.N] = COLOUR_MAP(np.arange(COLOUR_MAP.N), bytes=True)[:, :3]
    decoded = decode(encode_png(picture))
    assert (decoded[:50] == PET).all()
    assert (decoded[199, : COLOUR_MAP.N] == picture[199, : COLOUR_MAP.N]).all()
    assert np.abs(decoded.astype(int) - picture).mean() < 25


def test_png_spends_all_the_colours_of_a_palette_on_a_photo():
    photo = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    colours = {tuple(colour) for colour in decode(encode_png(photo)).reshape(-1, 3).tolist()}
    assert 250 < len(colours) <= 256


def test_png_of_as_many_colours_as_a_palette_holds_is_exact():
    picture = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, axis=2)
    assert (decode(encode_png(picture)) == picture).all()


def test_png_of_few_colours_is_exact():
    picture = pictures.paint_mask(make_labels(), 100)
    assert (decode(encode_png(picture)) == picture).all()


# Colours


def test_a_trimap_gets_each_classs_colour_whatever_else_is_in_it():
    for pet_class in PET_CLASSES:
        alone = plots.trimap_to_rgb(np.full((2, 2, 1), pet_class.trimap_value))
        assert alone.dtype == np.uint8 and alone.shape == (2, 2, 3)
        assert (alone == pet_class.rgb).all()


def test_painted_border_is_striped_and_other_classes_are_plain():
    painted = pictures.paint_mask(make_labels(), 64)
    colours = {tuple(colour) for colour in painted.reshape(-1, 3).tolist()}
    stripe = tuple(round(value * (1 - STRIPE_DARKNESS)) for value in BORDER)
    assert colours == {PET, BACKGROUND, BORDER, stripe}


def test_overlay_leaves_the_background_transparent_and_the_photo_visible_under_the_pet():
    image, labels = make_images(1)[0], make_labels()
    overlay = pictures.paint_overlay(image, labels, 64)
    assert (overlay[labels == 1] == image[labels == 1]).all()
    opacity = pictures.OVERLAY_OPACITY
    expected = np.rint(image[labels == 0] * (1 - opacity) + np.array(PET) * opacity)
    assert np.abs(overlay[labels == 0] - expected).max() <= 1


def test_an_overlays_colours_outweigh_the_photo_which_shows_through():
    labels = np.zeros((8, 8), np.uint8)
    black, white = (
        pictures.paint_overlay(np.full((8, 8, 3), value, np.uint8), labels, 8).astype(int)
        for value in (0, 255)
    )
    contrast = (white - black) / 255  # what is left of the photo's
    assert contrast.min() > 0.4 and contrast.max() < 0.5


def test_errors_mark_wrong_pixels_and_only_those():
    image, labels = make_images(1)[0], make_labels()
    predicted = labels.copy()
    predicted[:10] = 0
    picture = pictures.paint_errors(image, labels, predicted, 64)
    marked = np.array([to_hex(np.array(rgb) / 255) for rgb in picture.reshape(-1, 3)])
    assert ((marked == ERROR_COLOUR).reshape(64, 64) == (labels != predicted)).all()


# Pairs, predictions, epochs


def test_show_pairs_draws_photo_mask_and_overlay_of_each_row():
    images, masks = make_pairs(2, side=180)
    figure = plots.show_pairs(images, masks, ["pug", "Bengal"])
    drawn = pictures_of(figure)
    assert len(drawn) == 6
    assert (drawn[0] == images[0]).all() and (drawn[3] == images[1]).all()
    assert (drawn[1] == pictures.paint_mask(masks[0, ..., 0], 180)).all()
    assert (drawn[2] == pictures.paint_overlay(images[0], masks[0, ..., 0], 180)).all()
    assert {"photo", "mask", "overlay", "pug", "Bengal", *CLASS_NAMES} <= set(texts_of(figure))


def test_pictures_are_drawn_pixel_for_pixel():
    images, masks = make_pairs(2, side=180)
    drawn = plots.show_pairs(images, masks).to_array()
    assert (drawn[26:206, 8:188] == images[0]).all()


def test_a_photo_that_stands_alone_is_shown_larger():
    images, masks = make_pairs(1, side=256)
    for figure in (plots.show_pairs(images, masks), plots.show_segmented(images, masks)):
        assert (figure.to_array()[26:282, 8:264] == images[0]).all()
    assert pictures_of(plots.show_predictions(images, masks, masks))[0].shape[:2] == (190, 190)


def test_the_legend_hatches_the_border():
    patches = {
        patch.get_label(): patch
        for patch in plots.show_pairs(*make_pairs(1)).legends[0].get_patches()
    }
    assert patches["border"].get_hatch() and not patches["pet"].get_hatch()
    assert to_hex(patches["pet"].get_facecolor()) == PET_CLASSES.members[0].colour


def test_show_pairs_takes_pictures_of_unequal_size_and_floats():
    images = [make_images(1, 40)[0] / 255.0, make_images(1, 60)[0, :30]]
    masks = [make_labels(40), make_labels(60)[:30]]
    drawn = pictures_of(plots.show_pairs(images, masks))
    assert [picture.shape[:2] for picture in drawn[::3]] == [(180, 180), (90, 180)]


def test_alternative_text_of_pairs_says_the_true_shares():
    mask = np.ones((10, 10), np.uint8)
    mask[:3] = 0
    figure = plots.show_pairs(make_images(1, 10), mask)
    assert figure.alt_text == (
        "One photo beside its mask and an overlay of both. "
        "True pixels: pet 30 %, background 70 %, border 0 %."
    )


def test_trimap_values_are_shown_like_labels_when_that_is_said():
    images, masks = make_pairs(1)
    of_labels = plots.show_pairs(images, masks)
    of_trimap = plots.show_pairs(images, masks + 1, trimap=True)
    assert (of_labels.to_array() == of_trimap.to_array()).all()


def test_alternative_text_does_not_depend_on_predictions():
    images, masks = make_pairs()
    right = plots.show_predictions(images, masks, masks)
    wrong = plots.show_predictions(images, masks, 2 - masks)
    assert right.alt_text == wrong.alt_text
    assert (right.to_array() != wrong.to_array()).any()


def test_show_segmented_names_no_truth_and_its_text_does_not_depend_on_the_prediction():
    images, masks = make_pairs(1)
    figure = plots.show_segmented(images, masks)
    assert {"photo", "predicted mask", "overlay"} <= set(texts_of(figure))
    assert not any("true" in text for text in texts_of(figure))
    assert repr(plots.show_segmented(images, 2 - masks)) == repr(figure)
    drawn, other = pictures_of(figure)[1], pictures_of(plots.show_segmented(images, 2 - masks))[1]
    assert not np.array_equal(drawn, other)


def test_show_predictions_compares_models_side_by_side():
    images, masks = make_pairs(1)
    figure = plots.show_predictions(images, masks, {"with": masks, "without": 2 - masks})
    assert {"true mask", "with", "without"} <= set(texts_of(figure))
    drawn = pictures_of(figure)
    assert (drawn[1] == drawn[2]).all() and (drawn[1] != drawn[3]).any()


def test_show_epochs_shows_first_and_last_of_many():
    images, masks = make_pairs(1)
    titles = texts_of(plots.show_epochs(images, [masks] * 20, masks))
    epochs = [int(title.split()[1]) for title in titles if title.startswith("epoch")]
    assert len(epochs) == 6 and epochs[0] == 1 and epochs[-1] == 20


def test_label_mistake_marks_exactly_what_is_between_labels():
    labels = np.ones((32, 32))
    labels[:, :16] = 0
    blurred = labels.copy()
    blurred[:, 16] = 0.3
    figure = plots.plot_label_mistake(labels, blurred)
    assert "invents values at 3 % of the pixels" in figure.alt_text
    assert "3 % of the pixels have another class" in figure.alt_text
    right, between, rounded = pictures_of(figure)[:3]
    invented = (between == (204, 121, 167)).all(axis=-1)
    assert not (right == (204, 121, 167)).all(axis=-1).any()
    assert 0.02 < invented.mean() < 0.04
    assert (invented == (rounded == (204, 121, 167)).all(axis=-1)).all()


def test_weight_map_draws_the_weights():
    images, masks = make_pairs(1)
    of_label = np.array([1.0, 0.5, 3.0])
    figure = plots.plot_weight_map(images[0], masks[0], of_label[masks[0]])
    drawn = pictures_of(figure)[2]
    shown_labels = pictures.resize_labels(masks[0, ..., 0], len(drawn))
    colours = COLOUR_MAP(of_label / 3, bytes=True)[:, :3]
    assert (drawn == colours[shown_labels]).all()
    assert figure.axes[-1].get_ylim() == (0, 3)
    assert figure.alt_text.endswith("pet 1.0, background 0.5, border 3.0.")


def test_a_figure_is_a_sheet_with_round_corners_on_a_dark_page(figures):
    image = Image.open(io.BytesIO(figures["plot_history"].to_png()))
    assert image.mode == "P"
    pixels = np.asarray(image.convert("RGBA"))
    alpha = pixels[..., 3]
    assert alpha[0, 0] == alpha[-1, -1] == alpha[0, -1] == alpha[-1, 0] == 0
    assert (alpha[20:-20] == 255).all() and (alpha[:, 20:-20] == 255).all()
    assert 0 < (alpha < 255).sum() < 4 * 40
    assert (pixels[alpha < 255, :3] == 255).all()


def test_what_is_drawn_in_a_corner_stays():
    picture = np.full((40, 40, 3), 200, np.uint8)
    drawn = np.asarray(Image.open(io.BytesIO(encode_png(picture))).convert("RGBA"))
    assert (drawn == (200, 200, 200, 255)).all()


# Curves, bars, grids


def test_history_draws_training_against_validation():
    figure = plots.plot_history(HISTORY)
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["loss", "accuracy", "mean IoU"]
    training, validation = figure.axes[0].lines
    assert training.get_xdata().tolist() == [1, 2, 3]
    assert training.get_ydata().tolist() == HISTORY["loss"]
    assert validation.get_ydata().tolist() == HISTORY["val_loss"]
    assert (training.get_linestyle(), validation.get_linestyle()) == ("--", "-")
    assert training.get_markerfacecolor() != validation.get_markerfacecolor()
    assert {"training", "validation"} <= set(texts_of(figure))


def test_history_marks_whole_epochs_only():
    for epochs in (1, 2, 7, 30):
        axes = plots.plot_history({"loss": list(range(epochs))}).axes[0]
        ticks = list(axes.get_xticks())
        assert all(tick == round(tick) for tick in ticks)


def test_history_compares_runs_by_their_validation():
    runs = {"plain": HISTORY, "weighted": HISTORY | {"val_loss": [2, 2, 2]}}
    figure = plots.plot_history(runs)
    assert {"plain", "weighted", "training", "validation"} <= set(texts_of(figure))
    assert [line.get_linestyle() for line in figure.axes[0].lines] == ["--", "-"] * 2
    looks = {(line.get_color(), line.get_linestyle()) for line in figure.axes[0].lines}
    assert len(figure.axes[0].lines) == len(looks) == 4


def test_history_of_keras_is_taken_as_it_is():
    class History:
        history = HISTORY

    assert plots.plot_history(History()).alt_text == plots.plot_history(HISTORY).alt_text


def test_shares_are_bars_of_the_classes_colours_with_whole_percents():
    figure = plots.plot_shares([0.281, 0.595, 0.124])
    bars = figure.axes[0].patches
    assert [bar.get_width() for bar in bars] == pytest.approx([0.281, 0.595, 0.124])
    assert [to_hex(bar.get_facecolor()) for bar in bars] == [c.colour for c in PET_CLASSES]
    assert bars[2].get_hatch()
    assert figure.alt_text == ("Bars, share of all pixels: pet 28 %, background 60 %, border 12 %.")


def test_stacked_shares_follow_each_other():
    bars = plots.plot_shares({"pixels": [0.2, 0.5, 0.3], "loss": [0.6, 0.3, 0.1]}).axes[0].patches
    starts = sorted((round(bar.get_y()), bar.get_x()) for bar in bars)
    assert [start for _, start in starts] == pytest.approx([0, 0.2, 0.7, 0, 0.6, 0.9])


def test_bars_write_their_numbers_and_unit():
    figure = plots.plot_bars(["cold", "cached"], [228, 3309.4], "images a second", "pipeline")
    assert {"228", "3,309", "cold", "cached", "pipeline, images a second"} <= set(texts_of(figure))
    assert [bar.get_width() for bar in figure.axes[0].patches] == [228, 3309.4]
    assert "3,309" not in figure.alt_text


def test_scores_show_mean_and_range_over_seeds():
    figure = plots.plot_scores(
        {"before": [0.7, 0.9, 0.4], "after": [[0.6, 0.8, 0.5], [0.8, 0.8, 0.7]]}
    )
    heights = [round(bar.get_height(), 6) for bar in figure.axes[0].patches]
    assert heights == [0.7, 0.9, 0.4, 0.7, 0.8, 0.6]
    (ranges,) = figure.axes[0].collections
    shown = [segment[:, 1] for segment in ranges.get_segments()]
    np.testing.assert_allclose(shown, [[0.6, 0.8], [0.8, 0.8], [0.5, 0.7]])
    hatches = {bar.get_hatch() for bar in figure.axes[0].patches}
    assert len(hatches) == 2


def test_scores_of_an_absent_class_are_called_absent():
    assert "absent" in texts_of(plots.plot_scores({"model": [0.7, float("nan"), 0.4]}))


def test_confusion_is_normalised_by_row():
    texts = Counter(texts_of(plots.plot_confusion([[80, 10, 10], [0, 200, 0], [25, 50, 25]])))
    assert texts["80 %"] == 1 and texts["100 %"] == 1 and texts["25 %"] == 2
    assert texts["50 % of all"] == 1 and texts["20 % of all"] == 1


def test_confusion_without_pixels_of_a_class_says_absent():
    texts = Counter(texts_of(plots.plot_confusion([[1, 0, 0], [0, 1, 0], [0, 0, 0]])))
    assert texts["absent"] == NUM_CLASSES


def test_heatmap_writes_every_number_where_they_can_be_read():
    small = plots.plot_heatmap([[0.25, 1], [2, 3]], row_names=["a", "b"], column_names=["c", "d"])
    assert {"0.25", "1.00", "2.00", "3.00", "a", "b", "c", "d"} <= set(texts_of(small))
    assert not plots.plot_heatmap(np.eye(40)).axes[0].texts


def test_numbers_in_cells_contrast_with_their_cell():
    axes = plots.plot_heatmap([[0, 1]]).axes[0]
    assert [text.get_color() for text in axes.texts] == ["white", "black"]


def test_feature_maps_of_two_rows_share_a_channels_range():
    strong = np.random.default_rng(0).normal(size=(4, 4, 3))
    figure = plots.plot_feature_maps(
        {"right": strong, "wrong": strong / 10}, [1], image=make_images(1)[0]
    )
    _, right, _, wrong = pictures_of(figure)
    channel = strong[..., 1]
    limits = channel.min(), channel.max()
    assert (right == pictures.paint_values(channel, *limits, len(right))).all()
    assert (wrong == pictures.paint_values(channel / 10, *limits, len(wrong))).all()


def test_scales_write_every_shape():
    maps = [np.ones((side, side, side * 2)) for side in (8, 4, 2)]
    texts = texts_of(plots.plot_scales(make_images(1)[0], maps, ["a_b", "c_d", "e_f"]))
    assert {"64×64×3", "8×8×16", "4×4×8", "2×2×4", "64 places\na_b"} <= set(texts)


def test_upsampling_writes_each_number_in_its_cell():
    figure = plots.plot_upsampling(
        [[1, 2], [3, 4]], {"nearest": np.kron([[1, 2], [3, 4]], np.ones((2, 2)))}
    )
    written = Counter(text.get_text() for text in figure.axes[1].texts)
    assert written == {"1": 4, "2": 4, "3": 4, "4": 4}


def test_region_measures_do_not_name_the_classes_that_are_asked_for():
    figure = plots.plot_region_measures(make_measures())
    assert {"value 3", "12 %", "4 %", "> 99 %"} <= set(texts_of(figure))
    assert not set(CLASS_NAMES) & set(" ".join([figure.alt_text, *texts_of(figure)]).split())


def test_histogram_marks_the_mean_and_leaves_out_nan():
    figure = plots.plot_histogram([0.2, 0.4, np.nan], "IoU of each image")
    assert "mean 0.30" in texts_of(figure)
    assert sum(bar.get_height() for bar in figure.axes[0].patches) == 2


# Bad input: the sentences stand in a table, one a line
# ruff: noqa: E501

IMAGES, MASKS = make_pairs()
SENTENCES = [
    (lambda: plots.show_pairs(IMAGES, MASKS[:1]), "there are 2 images and 1 masks"),
    (lambda: plots.show_pairs(IMAGES[:0], MASKS[:0]), "images is empty"),
    (lambda: plots.show_pairs(IMAGES, MASKS[:0]), "masks is empty"),
    (lambda: plots.show_pairs(IMAGES, MASKS[:, :32]), "images.0. is 64×64 pixels, but masks.0. is 32×64"),
    (lambda: plots.show_pairs(IMAGES[..., :1], MASKS), "expected colour pictures"),
    (lambda: plots.show_pairs(IMAGES * 1.0, MASKS), "floats must run from 0 to 1"),
    (lambda: plots.show_pairs(IMAGES / 127.5 - 1, MASKS), "floats must run from 0 to 1, got -0.5"),
    (lambda: plots.show_pairs(IMAGES.astype(int) * 2, MASKS), "run from 0 to 255"),
    (lambda: plots.show_pairs(np.full((1, 4, 4, 3), np.nan), MASKS[:1, :4, :4]), "images contains NaN"),
    (lambda: plots.show_pairs("cat.jpg", MASKS), "expected an array of numbers"),
    (lambda: plots.show_pairs(object(), MASKS), "expected an array of numbers, got object"),
    (lambda: plots.show_pairs(IMAGES, MASKS, ["one"]), "2 images but 1 names"),
    (lambda: plots.show_pairs(*make_pairs(13, 8)), "at most 12 pictures fit one figure, got 13"),
    (lambda: plots.show_pairs(IMAGES, MASKS + 1), "call normalize first"),
    (lambda: plots.show_pairs(IMAGES, MASKS, trimap=True), "labels 0 to 2 are shown without trimap"),
    (lambda: plots.show_pairs(IMAGES, MASKS + 5), "expected labels 0 to 2 .pet, background, border."),
    (lambda: plots.show_pairs(IMAGES, MASKS / 2), "0.5, which is between two labels"),
    (lambda: plots.show_pairs(IMAGES, np.where(MASKS, np.nan, 0)), "masks contains NaN"),
    (lambda: plots.show_predictions(IMAGES, MASKS, np.zeros((2, 64, 64, 3))), "create_mask first"),
    (lambda: plots.show_predictions(IMAGES, MASKS, {"a": MASKS[:1]}), "1 predictions of 'a'"),
    (lambda: pictures.read_mask(np.zeros(4)), "expected one label for each pixel"),
    (lambda: pictures.read_mask([[1, 2, 3]]), "trimap values 1 to 3 where labels 0 to 2"),
    (lambda: plots.trimap_to_rgb([[0, 1]]), "expected trimap values 1, 2, 3"),
    (lambda: pictures.read_mask(np.zeros((0, 4))), "has no pixels"),
    (lambda: plots.show_epochs(IMAGES, [], MASKS), "train for at least one epoch"),
    (lambda: plots.plot_label_mistake(MASKS[0], MASKS[0, :32]), "before.0. is 64×64"),
    (lambda: plots.plot_weight_map(IMAGES, MASKS, MASKS), "image: expected one picture, got 2"),
    (lambda: plots.plot_weight_map(IMAGES[0], MASKS[0], [1, 2]), "weights: expected one finite"),
    (lambda: plots.plot_history({}), "expected the history of a training"),
    (lambda: plots.plot_history({"loss": []}), "no epochs"),
    (lambda: plots.plot_history({"loss": [1], "accuracy": [1, 2]}), "unequal length"),
    (lambda: plots.plot_history({"loss": [1]}, panels=["mean_iou"]), "but not .'mean_iou'."),
    (lambda: plots.plot_history({"speed": [1]}), "holds .'speed'., but not"),
    (lambda: plots.plot_history({str(i): HISTORY for i in range(9)}), "at most 6 runs"),
    (lambda: plots.plot_shares([0.5, 0.5]), "expected 3 shares"),
    (lambda: plots.plot_shares([28, 60, 12]), "add up to 100"),
    (lambda: plots.plot_bars(["a"], [1, 2], "ms"), "1 labels and 2 values"),
    (lambda: plots.plot_bars(["a"], [-1], "ms"), "finite values of 0 or more"),
    (lambda: plots.plot_scores({}), "expected 1 to 6 models, got 0"),
    (lambda: plots.plot_scores({"a": [1, 2]}), "'a': expected one IoU for each of 3 classes"),
    (lambda: plots.plot_histogram([np.nan], "IoU"), "no number to count"),
    (lambda: plots.plot_confusion(np.zeros((3, 3))), "with a sum of 0"),
    (lambda: plots.plot_confusion(np.eye(2)), "expected a 3×3 table"),
    (lambda: plots.plot_heatmap([1, 2]), "expected a table of numbers"),
    (lambda: plots.plot_heatmap([[np.nan]]), "array contains NaN"),
    (lambda: plots.plot_heatmap(np.eye(40), annotate=True), "at most 16×16 cells"),
    (lambda: plots.plot_heatmap(np.eye(2), row_names=["a"]), "2 cells but 1 names"),
    (lambda: plots.plot_feature_maps(np.ones((2, 4, 4, 8)), [0]), "pick one of its images"),
    (lambda: plots.plot_feature_maps(np.ones((4, 4, 8)), [8]), "expected channels from 0 to 7"),
    (lambda: plots.plot_feature_maps(np.full((4, 4, 8), np.inf), [0]), "features contains NaN"),
    (lambda: plots.plot_scales(IMAGES[0], [], []), "at least one feature map"),
    (lambda: plots.plot_upsampling([[1]], {"a": np.ones((9, 9))}), "at most 8 cells a side"),
    (lambda: plots.unet_diagram("a model"), "expected a Keras model, got str"),
    (lambda: plots.plot_model(None), "expected a Keras model, got NoneType"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "sentence"), SENTENCES, ids=[s for _, s in SENTENCES])
def test_bad_input_gets_one_sentence(call, sentence):
    with pytest.raises((ValueError, TypeError), match=sentence) as problem:
        call()
    assert "\n" not in str(problem.value) and str(problem.value).endswith((".", ")"))


# The U, from real models


@pytest.fixture(scope="module")
def keras():
    from lessons_lib.quiet import keras

    return keras


def make_encoder(keras, side: int, channels=(4, 6, 8)):
    image = keras.Input((side, side, 3))
    features, outputs = image, []
    for step, width in enumerate(channels, start=1):
        convolution = keras.layers.Conv2D(width, 3, strides=2, padding="same", name=f"block_{step}")
        features = convolution(features)
        outputs.append(features)
    return keras.Model(image, outputs, name="encoder")


def make_unet(keras, *, side: int = 32, skip_connections: bool = True):
    from lessons_lib.decoder import unet_model

    encoder = make_encoder(keras, side)
    return unet_model(
        NUM_CLASSES, encoder=encoder, filters=(10, 5), skip_connections=skip_connections
    )


def test_diagram_reads_every_shape_and_count_from_the_model(keras):
    model = make_unet(keras)
    texts = "\n".join(texts_of(plots.unet_diagram(model))).splitlines()
    for shape in ("32×32×3", "16×16×4", "8×8×6", "4×4×8", "8×8×10", "16×16×5"):
        assert shape in texts, shape
    assert {"block_1", "block_2", "block_3", "upsample_1", "upsample_2", "logits"} <= set(texts)
    assert {"+ 6 channels", "+ 4 channels", "skip connection"} <= set(texts)
    for name in ("upsample_1", "upsample_2", "logits"):
        assert f"{model.get_layer(name).count_params():,} parameters" in texts


def test_diagram_without_skip_connections_shows_none(keras):
    figure = plots.unet_diagram(make_unet(keras, skip_connections=False))
    texts = texts_of(figure)
    assert "skip connection" not in texts and not any(text.startswith("+") for text in texts)
    assert "with no skip connections" in figure.alt_text


def test_diagram_says_when_the_encoder_is_frozen(keras):
    model = make_unet(keras)
    assert not any("frozen" in text for text in texts_of(plots.unet_diagram(model)))
    model.get_layer("encoder").trainable = False
    assert any("frozen" in text for text in texts_of(plots.unet_diagram(model)))


def test_diagrams_texts_do_not_overlap(keras):
    figure = plots.unet_diagram(make_unet(keras, side=128))
    figure.canvas.draw()
    boxes = [text.get_window_extent() for text in figure.axes[0].texts if text.get_text()]
    overlaps = [(a, b) for i, a in enumerate(boxes) for b in boxes[:i] if a.overlaps(b)]
    assert not overlaps


def test_a_model_that_is_no_u_gets_one_sentence(keras):
    other = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)], name="other")
    with pytest.raises(ValueError, match="'other' is no U that can be drawn: it has no layer"):
        plots.unet_diagram(other)


def test_plot_model_says_the_same_with_and_without_graphviz(keras, monkeypatch):
    model = make_unet(keras)
    monkeypatch.setattr("shutil.which", lambda name: None)
    without = plots.plot_model(model)
    assert without.png is None and "unet_diagram needs neither" in repr(without)

    def draw(model, to_file, **options):
        Path(to_file).write_bytes(encode_png(np.zeros((4, 4, 3), np.uint8)))

    monkeypatch.setattr("shutil.which", lambda name: "/usr/bin/dot")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name)
    monkeypatch.setattr(keras.utils, "plot_model", draw)
    with_graphviz = plots.plot_model(model)
    data, _metadata = with_graphviz._repr_mimebundle_()
    assert decode(base64.b64decode(data["image/png"])).shape == (4, 4, 3)
    assert repr(with_graphviz) == data["text/plain"] == repr(without)
