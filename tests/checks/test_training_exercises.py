"""Tests of lesson 4's exercises beyond the table in test_tasks: other right answers are right."""

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from lessons_lib.checks import training as lesson
from lessons_lib.checks.checker import load_tasks
from lessons_lib.checks.engine import judge
from lessons_lib.checks.result import NOT_ATTEMPTED, RIGHT, WRONG
from lessons_lib.checks.training.curves import CURVES_ANSWER, VERDICTS
from lessons_lib.checks.training.keep_masks import _KeepsBeforeEpochs
from lessons_lib.decoder import create_mask
from lessons_lib.plots import plot_history
from lessons_lib.quiet import keras, tf

TASKS = load_tasks(["lessons_lib.checks.training"])


def loss_by_tensorflow(logits, label):
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=label, logits=logits)


def loss_by_a_keras_class(logits, label):
    cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return cross_entropy(np.array([label]), logits[np.newaxis])


def loss_by_logaddexp(logits, label):
    return np.logaddexp.reduce(logits) - logits[label]


def steps_by_numpy(counts, batch_size):
    return [np.ceil(counts[name] / batch_size) for name in ("train", "validation")]


class KeepByPredict(keras.callbacks.Callback):
    def __init__(self, images):
        super().__init__()
        self.images = images

    def on_train_begin(self, logs=None):
        self.masks = []

    def on_epoch_end(self, epoch, logs=None):
        self.masks.append(create_mask(self.model.predict(self.images, verbose=0)))


class KeepTensors(keras.callbacks.Callback):
    masks = ()

    def __init__(self, images):
        self.images = images

    def on_train_begin(self, logs=None):
        self.masks = []

    def on_epoch_end(self, epoch, logs=None):
        self.masks += [tf.argmax(self.model(self.images), axis=-1)[..., tf.newaxis]]


def best_by_loop(history):
    values = history["val_mean_iou"]
    return values.index(max(values)) + 1


def iou_by_loop(confusion):
    result = []
    for label in range(len(confusion)):
        hits = confusion[label, label]
        union = confusion[label].sum() + confusion[:, label].sum() - hits
        result.append(hits / union if union else float("nan"))
    return np.array(result)


def confusion_by_loops(truth, prediction, classes):
    matrix = np.zeros((classes, classes))
    for true, predicted in zip(truth.flatten(), prediction.flatten(), strict=True):
        matrix[true][predicted] += 1
    return matrix


def confusion_by_tensorflow(truth, prediction, classes):
    return tf.math.confusion_matrix(truth.ravel(), prediction.ravel(), classes)


def confusion_by_add_at(truth, prediction, classes):
    matrix = np.zeros((classes, classes), np.uint32)
    np.add.at(matrix, (truth, prediction), 1)
    return matrix


def confusion_by_one_hot(truth, prediction, classes):
    true, predicted = (np.eye(classes)[mask.ravel()] for mask in (truth, prediction))
    return true.T @ predicted


def confusion_by_keras(truth, prediction, classes):
    iou = keras.metrics.MeanIoU(num_classes=classes)
    iou.update_state(truth, prediction)
    return iou.total_cm


def dice_of_confusion(truth, prediction, classes):
    matrix = confusion_by_one_hot(truth, prediction, classes)
    with np.errstate(invalid="ignore"):
        return 2 * np.diag(matrix) / (matrix.sum(axis=0) + matrix.sum(axis=1))


def dice_by_tensorflow(truth, prediction, classes):
    true, predicted = (tf.one_hot(tf.reshape(one, [-1]), classes) for one in (truth, prediction))
    both = tf.reduce_sum(true * predicted, axis=0)
    return 2 * both / (tf.reduce_sum(true, axis=0) + tf.reduce_sum(predicted, axis=0))


def dice_by_keras(truth, prediction, classes):
    labels = np.arange(classes)
    true, predicted = (keras.ops.cast(one == labels, "float32") for one in (truth, prediction))
    both, total = (
        keras.ops.sum(true * predicted, (0, 1, 2)),
        keras.ops.sum(true + predicted, (0, 1, 2)),
    )
    return keras.ops.where(total > 0, 2 * both / total, float("nan"))


def dice_of_iou(truth, prediction, classes):
    iou = iou_by_loop(confusion_by_one_hot(truth, prediction, classes))
    return 2 * iou / (1 + iou)


def photo_mask_by_pillow(logits, height, width):
    mask = Image.fromarray(np.argmax(logits, axis=-1).astype(np.uint8))
    return np.asarray(mask.resize((width, height), Image.Resampling.NEAREST))[..., np.newaxis]


def photo_mask_by_pillow_smoothly(logits, height, width):
    channels = [
        np.asarray(Image.fromarray(channel).resize((width, height), Image.Resampling.BILINEAR))
        for channel in np.moveaxis(logits, -1, 0)
    ]
    return np.argmax(channels, axis=0)[:, :, None]


def photo_mask_by_indices(logits, height, width):
    rows = np.arange(height) * logits.shape[0] // height
    columns = np.arange(width) * logits.shape[1] // width
    return np.argmax(logits, axis=-1, keepdims=True)[rows][:, columns]


def photo_mask_by_loop(logits, height, width):
    side = len(logits)
    mask = np.zeros((height, width, 1), np.uint8)
    for row in range(height):
        for column in range(width):
            place = int((row + 0.5) * side / height), int((column + 0.5) * side / width)
            mask[row, column] = logits[place].argmax()
    return mask


def photo_mask_by_keras(logits, height, width):
    larger = keras.ops.image.resize(logits, (height, width), interpolation="bilinear")
    return keras.ops.argmax(larger, axis=-1, keepdims=True)


def photo_mask_by_nearest(logits, height, width):
    mask = create_mask(logits)
    return tf.image.resize(mask, [height, width], method="nearest")


def photo_mask_of_probabilities(logits, height, width):
    return tf.argmax(tf.image.resize(tf.nn.softmax(logits), (height, width)), -1)[..., tf.newaxis]


def photo_mask_by_bicubic(logits, height, width):
    return create_mask(tf.image.resize(logits, (height, width), "bicubic"))


def photo_mask_by_scipy(order):
    def mask_at_photo_size(logits, height, width):
        side = len(logits)
        if order == 0:
            labels = np.argmax(logits, axis=-1)
            return ndimage.zoom(labels, (height / side, width / side), order=0)[..., np.newaxis]
        return create_mask(ndimage.zoom(logits, (height / side, width / side, 1), order=order))

    return mask_at_photo_size


@pytest.mark.parametrize(
    ("task", "answer"),
    [
        (TASKS["confusion_matrix"], confusion_by_loops),
        (TASKS["confusion_matrix"], confusion_by_tensorflow),
        (TASKS["confusion_matrix"], confusion_by_add_at),
        (TASKS["confusion_matrix"], confusion_by_one_hot),
        (TASKS["confusion_matrix"], confusion_by_keras),
        (TASKS["dice"], dice_of_confusion),
        (TASKS["dice"], dice_by_tensorflow),
        (TASKS["dice"], dice_by_keras),
        (TASKS["dice"], dice_of_iou),
        (TASKS["mask_at_photo_size"], photo_mask_by_pillow),
        (TASKS["mask_at_photo_size"], photo_mask_by_pillow_smoothly),
        (TASKS["mask_at_photo_size"], photo_mask_by_indices),
        (TASKS["mask_at_photo_size"], photo_mask_by_loop),
        (TASKS["mask_at_photo_size"], photo_mask_by_keras),
        (TASKS["mask_at_photo_size"], photo_mask_by_nearest),
        (TASKS["mask_at_photo_size"], photo_mask_of_probabilities),
        (TASKS["mask_at_photo_size"], photo_mask_by_bicubic),
        (TASKS["mask_at_photo_size"], photo_mask_by_scipy(0)),
        (TASKS["mask_at_photo_size"], photo_mask_by_scipy(1)),
        (TASKS["pixel_loss"], loss_by_tensorflow),
        (TASKS["pixel_loss"], loss_by_a_keras_class),
        (TASKS["pixel_loss"], loss_by_logaddexp),
        (TASKS["KeepMasks"], KeepByPredict),
        (TASKS["KeepMasks"], KeepTensors),
        (TASKS["best_epoch"], best_by_loop),
        (TASKS["curves"], {"c": "Underfits", "b": " stopped too early", "a": "OVERFITS"}),
        (TASKS["iou_per_class"], iou_by_loop),
        (TASKS["iou_per_class"], lambda confusion: iou_by_loop(confusion.T)),
    ],
)
def test_other_right_answers_are_right(task, answer):
    result = judge(task, answer)
    assert result.outcome == RIGHT, result


def recall_in_percent(confusion):
    return 100 * np.diag(confusion) / confusion.sum(axis=1)


def mirrored(logits, height, width):
    return photo_mask_by_keras(logits, height, width).numpy()[:, ::-1]


def one_pixel_wrong(logits, height, width):
    mask = photo_mask_by_nearest(logits, height, width).numpy()
    mask[height // 2, width // 2] = (mask[0, 0] + 1) % 2 + 7
    return mask


@pytest.mark.parametrize(
    ("task", "answer", "said"),
    [
        (TASKS["mask_at_photo_size"], mirrored, "mirrored, left and right"),
        (TASKS["mask_at_photo_size"], one_pixel_wrong, "The mask "),
        (TASKS["mask_at_photo_size"], lambda logits, height, width: np.zeros((0, 3)), "shape (0"),
        (TASKS["mask_at_photo_size"], lambda logits, height, width: str(height), "the text '6'"),
        (TASKS["dice"], lambda *masks: list(dice_by_tensorflow(*masks).numpy()), "it is a list"),
        (TASKS["dice"], lambda *masks: 100 * dice_of_iou(*masks), "is 100 times what"),
        (
            TASKS["confusion_matrix"],
            lambda *masks: confusion_by_one_hot(*masks).astype(int).tolist(),
            "it is a list",
        ),
        (TASKS["steps"], steps_by_numpy, "The numbers are right, and they are decimal"),
        (TASKS["KeepMasks"], TASKS["KeepMasks"].reference([[0.0]]), "give its name"),
        (TASKS["iou_per_class"], recall_in_percent, "goes from"),
        (TASKS["curves"], ["overfits", "underfits"], "a verdict for each run"),
        (TASKS["curves"], {"A": "overfits", "B": "underfits"}, "a verdict for each run"),
        (TASKS["curves"], {"A": "good", "B": "bad", "C": "ugly"}, "Choose the verdict of A from"),
    ],
)
def test_what_cannot_be_read_gets_a_sentence(task, answer, said):
    result = judge(task, answer)
    assert result.outcome == WRONG
    assert said in repr(result)


def test_a_partly_answered_quiz_is_not_attempted():
    assert judge(TASKS["curves"], {"A": "overfits", "B": ..., "C": ...}).outcome == NOT_ATTEMPTED


def test_two_wrong_verdicts_are_told_one_at_a_time():
    answer = {"A": "underfits", "B": "stopped too early", "C": "overfits"}
    assert judge(TASKS["curves"], answer).misconception.startswith("A: ")
    assert judge(TASKS["curves"], answer | {"A": "overfits"}).misconception.startswith("C: ")


def test_a_keeper_is_told_the_same_at_every_check_and_keeps_its_own_list():
    class Sharing(keras.callbacks.Callback):
        masks = ["mine"]  # noqa: RUF012 - shared by all, which is the mistake

        def __init__(self, images):
            super().__init__()
            self.images = images

        def on_epoch_end(self, epoch, logs=None):
            self.masks.append(create_mask(self.model(self.images)))

    results = [repr(judge(TASKS["KeepMasks"], Sharing)) for _ in range(2)]
    assert results[0] == results[1]
    assert Sharing.masks == ["mine"]


def test_a_wrong_keeper_shows_masks_small_enough_to_read():
    result = judge(TASKS["KeepMasks"], _KeepsBeforeEpochs)
    assert result.outcome == WRONG
    assert max(len(line) for line in result.expected.splitlines()) < 60


class TestRunsToRead:
    """What the runs show is measured, so that the expected verdicts are no matter of taste."""

    @staticmethod
    def slopes(name):
        run = lesson.run_to_read(name)
        return {measure: np.diff(values) for measure, values in run.items()}

    def test_a_improves_in_training_while_its_validation_turns_back(self):
        slopes = self.slopes("A")
        assert (slopes["loss"] < 0).all()
        assert (slopes["val_loss"][:6] < 0).all()
        assert (slopes["val_loss"][6:] > 0).all()  # so it turns back after epoch 7
        assert (slopes["val_mean_iou"][8:] < 0).all()

    def test_b_still_improves_on_new_pets_when_it_ends_and_its_gap_does_not_grow(self):
        run, slopes = lesson.run_to_read("B"), self.slopes("B")
        assert slopes["val_loss"][-1] < -0.05
        assert slopes["val_mean_iou"][-1] > 0.05
        assert np.ptp(np.subtract(run["val_loss"], run["loss"])) < 0.01

    def test_c_stands_still_and_is_poor_on_its_training_pets_too(self):
        run, slopes = lesson.run_to_read("C"), self.slopes("C")
        assert np.abs(slopes["loss"][-10:]).max() < 0.01
        assert max(run["mean_iou"]) < 0.4
        assert np.abs(np.subtract(run["val_loss"], run["loss"])).max() < 0.05

    @pytest.mark.parametrize("name", "ABC")
    def test_each_can_be_drawn_and_its_text_does_not_give_the_verdict_away(self, name):
        figure = plot_history(lesson.run_to_read(name))
        assert len(figure.axes) == 2
        assert not any(verdict in figure.alt_text for verdict in VERDICTS)

    def test_another_name_gets_a_sentence(self):
        with pytest.raises(ValueError, match="The runs are called A, B, C, but 'D' came"):
            lesson.run_to_read("D")


def test_the_form_leads_to_the_same_check():
    form = lesson.curves_form(lambda answers: judge(TASKS["curves"], answers))
    for name, verdict in CURVES_ANSWER.items():
        form.fields[name].value = verdict
    form.button.click()
    assert TASKS["curves"].why in form.result.value


def test_no_hint_holds_the_solution_of_a_quiz():
    hints = " ".join(TASKS["curves"].hints)
    assert not any(verdict in hints for verdict in VERDICTS)
