"""How predictions change while a model learns: a view that follows the training, and its replay.

Both show the same pets as ``lessons_lib.plots.show_epochs``: above the photos, in the middle the
masks predicted after one epoch, below the true masks.
"""

import ipywidgets
import numpy as np
from IPython.display import display

from lessons_lib.decoder import create_mask
from lessons_lib.inspector.browse import Browser
from lessons_lib.inspector.core import GAP
from lessons_lib.metrics import confusion_matrix, mean_iou
from lessons_lib.plots.pictures import (
    check_counts,
    paint_mask,
    read_images,
    read_masks,
    resize_photo,
)
from lessons_lib.training import KeepPredictions

MAX_PETS = 8
LARGEST_PANEL = 160
WIDEST = 800


class LivePredictions(KeepPredictions):
    """Shows the same few pets while the model trains: their predicted masks, epoch after epoch.

    Pass it to ``train(..., callbacks=[...])``. One picture below the progress bar is replaced
    after every epoch; nothing is printed. The notebook keeps the last one.

    Attributes:
        view: the widget that is shown.
        masks: one uint8 array N×H×W×1 for each epoch that has ended.
    """

    def __init__(self, images: np.ndarray, masks: np.ndarray):
        """Takes the pets to watch.

        Args:
            images: float32 [0, 1] N×H×W×3, N of at most 8.
            masks: true labels 0 to 2, one mask for each image.

        Raises:
            ValueError: counts or sizes that do not fit, or values out of range.
        """
        super().__init__(images)
        self._photos, self._true_masks = _read_pets(images, masks)
        self.view: Browser | None = None

    def on_train_begin(self, logs=None):
        """Shows what the model predicts before it has learned anything."""
        super().on_train_begin(logs)
        self._show_as(create_mask(self.model(self.images, training=False)), "before training")
        self.view = Browser({}, self._draw)
        self._handle = display(self.view, display_id=True)

    def on_epoch_end(self, epoch, logs=None):
        """Replaces the picture."""
        super().on_epoch_end(epoch, logs)
        self._show_as(self.masks[-1], f"after epoch {epoch + 1} of {self.params['epochs']}")
        self.view.refresh()

    def on_train_end(self, logs=None):
        """Gives the last picture to the notebook's file, for readers without a kernel."""
        if self._handle is not None:
            self._handle.update(self.view)

    def _show_as(self, predicted: np.ndarray, when: str) -> None:
        self._predicted, self._when = read_masks(predicted), when

    def _draw(self) -> tuple[np.ndarray, str, str]:
        picture = draw_epoch(self._photos, self._true_masks, self._predicted)
        alt_text = f"Live view of {_count_pets(self._photos)}: photos, predicted and true masks."
        return picture, _say_rows(self._true_masks, self._predicted, self._when), alt_text


def browse_epochs(images, masks, masks_by_epoch) -> Browser:
    """Replays a training: a slider over the epochs, the predicted masks of the same pets.

    Args:
        images: uint8 or float [0,1], N×h×w×3, N of at most 8.
        masks: true labels 0 to 2, one mask for each image.
        masks_by_epoch: predicted labels, one batch like `masks` for each epoch, such as a
            TrainingRun's ``masks_by_epoch``.

    Raises:
        ValueError: counts or sizes that do not fit, no epoch, or values out of range.
    """
    photos, true_masks = _read_pets(images, masks)
    if masks_by_epoch is None or len(masks_by_epoch) == 0:
        raise ValueError(
            "masks_by_epoch holds no epoch: train with watch=images, or with LivePredictions."
        )
    epochs = [read_masks(predicted, "masks_by_epoch") for predicted in masks_by_epoch]
    for predicted in epochs:
        check_counts(images=photos, masks_by_epoch=predicted)
    slider = ipywidgets.IntSlider(value=1, min=1, max=len(epochs), description="epoch")

    def draw(epoch: int) -> tuple[np.ndarray, str, str]:
        when = f"after epoch {epoch} of {len(epochs)}"
        predicted = epochs[epoch - 1]
        alt_text = f"Browser of {len(epochs)} epochs, {_count_pets(photos)}; now {when}."
        picture = draw_epoch(photos, true_masks, predicted)
        return picture, _say_rows(true_masks, predicted, when), alt_text

    return Browser({"epoch": slider}, draw)


def draw_epoch(
    photos: list[np.ndarray], masks: list[np.ndarray], predicted: list[np.ndarray]
) -> np.ndarray:
    """Draws one column for each pet: photo, predicted mask, true mask.

    Pixels are put together without matplotlib, so that a training does not wait for its view.

    Args:
        photos: uint8 h×w×3.
        masks: true labels, uint8 h×w.
        predicted: predicted labels, uint8 h×w.

    Returns:
        The picture, uint8, at most 800 pixels wide.
    """
    panel = min(LARGEST_PANEL, WIDEST // len(photos) - GAP)
    columns = []
    for photo, true_labels, labels in zip(photos, masks, predicted, strict=True):
        pictures = (
            resize_photo(photo, panel),
            paint_mask(labels, panel),
            paint_mask(true_labels, panel),
        )
        columns.append(np.concatenate([_frame(picture, panel) for picture in pictures]))
    return np.concatenate(columns, axis=1)


def _frame(picture: np.ndarray, panel: int) -> np.ndarray:
    """Puts a picture into a white square with a gap on its lower and right side."""
    framed = np.full((panel + GAP, panel + GAP, 3), 255, dtype=np.uint8)
    framed[: picture.shape[0], : picture.shape[1]] = picture
    return framed


def _read_pets(images, masks) -> tuple[list[np.ndarray], list[np.ndarray]]:
    photos, true_masks = read_images(images), read_masks(masks)
    check_counts(images=photos, masks=true_masks)
    if len(photos) > MAX_PETS:
        raise ValueError(
            f"at most {MAX_PETS} pets can be watched side by side, got {len(photos)}: "
            "pass a part, for example images[:5]."
        )
    return photos, true_masks


def _count_pets(photos: list) -> str:
    return f"{len(photos)} pet{'s' if len(photos) > 1 else ''}"


def _say_rows(masks: list[np.ndarray], predicted: list[np.ndarray], when: str) -> str:
    """Says what the three rows show, and how good the prediction is."""
    true_labels = np.concatenate([mask.ravel() for mask in masks])
    predicted_labels = np.concatenate([mask.ravel() for mask in predicted])
    score = mean_iou(confusion_matrix(true_labels, predicted_labels))
    return (
        f"From above: photo, mask predicted {when}, true mask. Mean IoU of these pets: {score:.2f}."
    )
