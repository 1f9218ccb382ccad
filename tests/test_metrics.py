"""The module of metrics: what is counted, and what Keras says of the same masks."""

import numpy as np
import pytest

from lessons_lib import metrics

CONFUSION = np.array([[6, 2, 0], [1, 9, 0], [1, 0, 1]])


def test_confusion_matrix_has_true_classes_in_rows():
    confusion = metrics.confusion_matrix([[0, 0, 1]], [[0, 2, 1]])
    assert confusion.tolist() == [[1, 0, 1], [0, 1, 0], [0, 0, 0]]
    assert confusion.dtype == np.int64


@pytest.mark.parametrize(
    ("true", "predicted", "words"),
    [
        ([0, 1], [0], "same shape"),
        ([0, 1], [0.2, 0.8], "integer labels"),
        ([1, 3], [0, 1], "0 to 2"),
        ([0, 1], [-1, 1], "0 to 2"),
    ],
)
def test_confusion_matrix_refuses_what_are_no_labels(true, predicted, words):
    with pytest.raises(ValueError, match=words):
        metrics.confusion_matrix(true, predicted)


def test_iou_is_hits_over_union_and_neither_precision_nor_recall():
    assert metrics.iou_per_class(CONFUSION) == pytest.approx([6 / 10, 9 / 12, 1 / 2])
    assert metrics.precision_per_class(CONFUSION) == pytest.approx([6 / 8, 9 / 11, 1.0])
    assert metrics.recall_per_class(CONFUSION) == pytest.approx([6 / 8, 9 / 10, 1 / 2])
    assert metrics.pixel_accuracy(CONFUSION) == pytest.approx(16 / 20)


def test_a_class_that_is_nowhere_is_nan_and_left_out_of_the_mean():
    confusion = np.array([[3, 1, 0], [0, 4, 0], [0, 0, 0]])
    assert np.isnan(metrics.iou_per_class(confusion)[2])
    assert metrics.mean_iou(confusion) == pytest.approx((3 / 4 + 4 / 5) / 2)


def test_a_confusion_matrix_must_be_square():
    with pytest.raises(ValueError, match="square"):
        metrics.iou_per_class(np.zeros((2, 3)))


def test_keras_metrics_agree_with_the_confusion_matrix():
    generator = np.random.default_rng(0)
    masks = generator.integers(0, 3, (4, 8, 8, 1))
    logits = generator.normal(size=(4, 8, 8, 3)).astype(np.float32)
    scores = metrics.score_masks(masks, logits.argmax(-1)[..., np.newaxis])
    accuracy, mean_iou = metrics.segmentation_metrics()
    accuracy.update_state(masks, logits)
    mean_iou.update_state(masks, logits)
    assert float(accuracy.result()) == pytest.approx(scores.accuracy, abs=1e-6)
    assert float(mean_iou.result()) == pytest.approx(scores.mean_iou, abs=1e-6)


def test_scores_tell_the_set_and_each_image_apart():
    masks = np.zeros((2, 2, 2, 1), int)
    predicted = np.array([np.zeros((2, 2, 1)), np.ones((2, 2, 1))], int)
    scores = metrics.score_masks(masks, predicted)
    assert scores.image_mean_iou.tolist() == [1.0, 0.0]
    assert scores.accuracy == 0.5
    assert str(scores).startswith("pixel accuracy 0.50, mean IoU 0.25 (pet 0.50, background 0.00")


def test_nothing_to_score_is_said():
    with pytest.raises(ValueError, match="N of at least 1"):
        metrics.score_masks(np.zeros((0, 4, 4, 1), int), np.zeros((0, 4, 4, 1), int))
    with pytest.raises(ValueError, match="nothing to evaluate"):
        metrics.evaluate(lambda images, training: images, [])


def _band(row: int = 3, size: int = 9) -> np.ndarray:
    """Two masks: the first with a border band of one row, the second all background."""
    masks = np.ones((2, size, size, 1), np.uint8)
    masks[0, row] = 2
    return masks


@pytest.mark.parametrize(
    ("wrong_rows", "distance", "expected"),
    [((3,), 0, 1.0), ((1,), 1, 0.0), ((1,), 2, 1.0), ((5, 7), 2, 0.5), ((0, 8), 2, 0.0)],
)
def test_errors_are_near_the_border_up_to_the_distance(wrong_rows, distance, expected):
    masks = _band()
    predicted = masks.copy()
    predicted[0, list(wrong_rows)] = 0
    assert metrics.border_errors(masks, predicted, distance=distance).of_errors == expected


def test_one_images_border_is_not_near_anothers_errors():
    masks = _band()
    predicted = masks.copy()
    predicted[1, 3] = 0
    errors = metrics.border_errors(masks, predicted, distance=2)
    assert errors == (0.0, pytest.approx(5 / 18))


def test_without_errors_there_is_no_share_of_them():
    assert np.isnan(metrics.border_errors(_band(), _band()).of_errors)


@pytest.mark.parametrize(
    ("predicted", "distance", "words"),
    [
        (np.zeros((2, 9, 9, 3), int), 2, "N×H×W×1"),
        (np.zeros((2, 9, 9, 1), int), -1, "0 or more"),
    ],
)
def test_border_errors_of_other_shapes_are_told(predicted, distance, words):
    with pytest.raises(ValueError, match=words):
        metrics.border_errors(_band(), predicted, distance=distance)
