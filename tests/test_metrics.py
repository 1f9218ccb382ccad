"""The module of metrics: what is counted, and what Keras says of the same masks."""

import warnings

import numpy as np
import pytest

from lessons_lib import metrics
from lessons_lib.quiet import keras, tf

CONFUSION = np.array([[6, 2, 0], [1, 9, 0], [1, 0, 1]])


def test_confusion_matrix_has_true_classes_in_rows():
    confusion = metrics.confusion_matrix([[0, 0, 1]], [[0, 2, 1]])
    assert confusion.tolist() == [[1, 0, 1], [0, 1, 0], [0, 0, 0]]
    assert confusion.dtype == np.int64


def test_confusion_matrix_counts_as_many_classes_as_it_is_told():
    confusion = metrics.confusion_matrix([0, 4], [4, 4], num_classes=5)
    assert confusion.shape == (5, 5) and confusion[:, 4].tolist() == [1, 0, 0, 0, 1]


@pytest.mark.parametrize(
    ("true", "predicted", "words"),
    [
        ([0, 1], [0], "same shape, but came as .2,. and .1,.; if one of them holds logits"),
        ([0, 1], [0.2, 0.8], "predicted masks must hold integer labels, but came as float64"),
        ([0.0], [0], "true masks must hold integer labels"),
        ([1, 3], [0, 1], "true labels must run from 0 to 2, but came from 1 to 3; .* normalize"),
        ([0, 1], [-1, 1], "predicted labels must run from 0 to 2, but came from -1 to 1"),
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
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # nothing is divided by zero on the way
        assert np.isnan(metrics.precision_per_class(confusion)[2])
        assert np.isnan(metrics.recall_per_class(confusion)[2])
    assert np.isnan(metrics.iou_per_class(confusion)[2])
    assert metrics.mean_iou(confusion) == pytest.approx((3 / 4 + 4 / 5) / 2)


@pytest.mark.parametrize("shape", [(2, 3), (2,), (2, 2, 2)])
@pytest.mark.parametrize(
    "figure",
    [
        metrics.iou_per_class,
        metrics.pixel_accuracy,
        metrics.precision_per_class,
        metrics.recall_per_class,
    ],
)
def test_a_confusion_matrix_must_be_square(figure, shape):
    with pytest.raises(ValueError, match="square, .* an array of shape"):
        figure(np.zeros(shape))


def test_keras_metrics_agree_with_the_confusion_matrix():
    generator = np.random.default_rng(0)
    masks = generator.integers(0, 3, (4, 8, 8, 1))
    logits = generator.normal(size=(4, 8, 8, 3)).astype(np.float32)
    scores = metrics.score_masks(masks, logits.argmax(-1)[..., np.newaxis])
    accuracy, mean_iou = metrics.segmentation_metrics()
    assert [accuracy.name, mean_iou.name] == ["accuracy", "mean_iou"]
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


def test_masks_are_scored_with_and_without_a_channel():
    masks = np.zeros((1, 2, 2, 1), int)
    assert metrics.score_masks(masks, masks).accuracy == 1.0
    assert metrics.score_masks(masks[..., 0], masks[..., 0]).accuracy == 1.0


def test_a_model_is_evaluated_in_inference_on_all_batches_whatever_weights_they_carry():
    generator = np.random.default_rng(0)
    masks = generator.integers(0, 3, (5, 4, 4, 1)).astype(np.uint8)
    images = generator.random((5, 4, 4, 3), np.float32)
    batches = tf.data.Dataset.from_tensor_slices((images, masks, np.ones((5, 4, 4)))).batch(2)

    class Unchanged(keras.layers.Layer):
        def call(self, images, training=None):
            assert training is False or tf.is_symbolic_tensor(images)
            return images

    model = keras.Sequential([keras.Input((4, 4, 3)), Unchanged()])
    scores = metrics.evaluate(model, batches)
    expected = metrics.score_masks(masks, images.argmax(-1)[..., np.newaxis])
    np.testing.assert_array_equal(scores.image_confusions, expected.image_confusions)
    np.testing.assert_array_equal(scores.confusion, expected.confusion)


@pytest.mark.parametrize(
    ("shape", "predicted_shape"),
    [((0, 4, 4, 1), (0, 4, 4, 1)), ((4, 4), (4, 4)), ((2, 4, 4, 1), (1, 4, 4, 1))],
)
def test_what_cannot_be_scored_is_told(shape, predicted_shape):
    with pytest.raises(ValueError, match="N of at least 1"):
        metrics.score_masks(np.zeros(shape, int), np.zeros(predicted_shape, int))


def test_nothing_to_evaluate_is_said():
    model = keras.Sequential([keras.Input((4, 4, 3)), keras.layers.Conv2D(3, 1)])
    masks = np.zeros((1, 4, 4, 1), np.uint8)
    batches = tf.data.Dataset.from_tensors((np.zeros((1, 4, 4, 3), np.float32), masks))
    with pytest.raises(ValueError, match="nothing to evaluate"):
        metrics.evaluate(model, batches.take(0))


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


def test_near_means_two_steps_unless_another_distance_is_asked_for():
    near_rows = metrics.near_border(_band())[0].all(axis=1)
    assert near_rows.tolist() == [False, True, True, True, True, True, False, False, False]
    predicted = _band()
    predicted[0, [5, 6]] = 0
    assert metrics.border_errors(_band(), predicted).of_errors == 0.5


@pytest.mark.parametrize("shape", [(1, 4, 4, 2), (4, 4, 1)])
def test_border_errors_need_images_of_one_channel(shape):
    masks = np.zeros(shape, int)
    with pytest.raises(ValueError, match="N×H×W×1, but shapes"):
        metrics.border_errors(masks, masks)


def test_without_errors_there_is_no_share_of_them():
    assert np.isnan(metrics.border_errors(_band(), _band()).of_errors)


@pytest.mark.parametrize(
    ("predicted", "distance", "words"),
    [
        (np.zeros((2, 9, 9, 3), int), 2, "N×H×W×1, but shapes"),
        (np.zeros((2, 9, 9, 1), int), -1, "0 or more"),
    ],
)
def test_border_errors_of_other_shapes_are_told(predicted, distance, words):
    with pytest.raises(ValueError, match=words):
        metrics.border_errors(_band(), predicted, distance=distance)
