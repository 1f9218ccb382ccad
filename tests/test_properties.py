"""What holds of metrics, data and weights whatever the masks are: tried on random masks."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from lessons_lib.class_imbalance import class_weights, pixel_losses
from lessons_lib.data import class_shares, load_image, normalize
from lessons_lib.metrics import (
    confusion_matrix,
    iou_per_class,
    mean_iou,
    pixel_accuracy,
    precision_per_class,
    recall_per_class,
    score_masks,
)
from lessons_lib.quiet import tf

unhurried = settings(max_examples=30, deadline=None, derandomize=True, database=None)


@st.composite
def mask_pairs(draw, classes: int = 3):
    """True and predicted masks of one shape, N×H×W×1."""
    shape = draw(array_shapes(min_dims=3, max_dims=3, min_side=1, max_side=7))
    labels = st.integers(0, classes - 1)
    return tuple(draw(arrays(np.uint8, (*shape, 1), elements=labels)) for _ in range(2))


@unhurried
@given(pair=mask_pairs())
def test_a_confusion_matrix_counts_every_pixel_once(pair):
    true, predicted = pair
    confusion = confusion_matrix(true, predicted)
    assert confusion.sum() == true.size
    assert confusion.sum(axis=1).tolist() == np.bincount(true.ravel(), minlength=3).tolist()
    assert confusion.sum(axis=0).tolist() == np.bincount(predicted.ravel(), minlength=3).tolist()
    assert np.array_equal(confusion_matrix(predicted, true), confusion.T)


@unhurried
@given(pair=mask_pairs())
def test_iou_is_what_sets_of_pixels_say(pair):
    true, predicted = pair
    found = iou_per_class(confusion_matrix(true, predicted))
    for label, iou in enumerate(found):
        either = np.sum((true == label) | (predicted == label))
        both = np.sum((true == label) & (predicted == label))
        assert np.isnan(iou) if either == 0 else np.isclose(iou, both / either)


@unhurried
@given(pair=mask_pairs())
def test_iou_is_never_above_precision_or_recall(pair):
    confusion = confusion_matrix(*pair)
    iou = np.nan_to_num(iou_per_class(confusion))
    for measure in (precision_per_class, recall_per_class):
        values = measure(confusion)
        assert np.all((iou <= values + 1e-12) | np.isnan(values))
    assert 0 <= pixel_accuracy(confusion) <= 1


@unhurried
@given(pair=mask_pairs(), order=st.permutations([0, 1, 2]))
def test_renaming_the_classes_renames_the_scores(pair, order):
    renamed = tuple(np.asarray(order, np.uint8)[mask] for mask in pair)
    before, after = (iou_per_class(confusion_matrix(*masks)) for masks in (pair, renamed))
    np.testing.assert_allclose(after[list(order)], before)


@unhurried
@given(pair=mask_pairs())
def test_a_perfect_mask_scores_one_and_the_set_is_the_sum_of_its_images(pair):
    true, predicted = pair
    assert mean_iou(confusion_matrix(true, true)) == 1
    scores = score_masks(true, predicted)
    parts = [confusion_matrix(*one) for one in zip(true, predicted, strict=True)]
    assert np.array_equal(scores.confusion, sum(parts))


@unhurried
@given(
    image=arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40), st.just(3))),
    data=st.data(),
)
def test_a_pair_of_any_size_comes_in_range_with_no_new_label(image, data):
    values = data.draw(st.sets(st.integers(1, 3), min_size=1))
    elements = st.sampled_from(sorted(values))
    mask = data.draw(arrays(np.uint8, (*image.shape[:2], 1), elements=elements))
    pair = {"image": tf.constant(image), "segmentation_mask": tf.constant(mask)}
    small_image, small_mask = normalize(*load_image(pair, image_size=32))
    assert small_image.shape == (32, 32, 3) and small_mask.shape == (32, 32, 1)
    assert np.min(small_image) >= 0 and np.max(small_image) <= 1
    assert set(np.unique(small_mask)) <= {value - 1 for value in values}


@unhurried
@given(pair=mask_pairs())
def test_shares_add_up_and_balanced_weights_undo_them(pair):
    masks, _ = pair
    shares = class_shares(tf.data.Dataset.from_tensors((masks, masks)))
    assert np.allclose(shares, np.bincount(masks.ravel(), minlength=3) / masks.size)
    if np.all(shares > 0):
        weights = class_weights(shares, "inverse")
        assert np.isclose((shares * weights).sum(), 1)
        assert np.allclose(shares * weights, 1 / 3)


@unhurried
@given(
    logits=arrays(np.float32, (2, 3, 3), elements=st.floats(-1e4, 1e4, width=32)),
    labels=arrays(np.uint8, (2, 3), elements=st.integers(0, 2)),
    shift=st.floats(-1e3, 1e3, width=32),
)
def test_losses_are_finite_never_negative_and_know_no_shift(logits, labels, shift):
    losses = pixel_losses(labels, logits)
    assert np.all(np.isfinite(losses)) and np.all(np.asarray(losses) >= -1e-3)
    np.testing.assert_allclose(pixel_losses(labels, logits + shift), losses, atol=0.05, rtol=1e-3)
