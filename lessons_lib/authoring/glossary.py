"""Makes ``docs/glossary.md`` and its pictures: ``python -m lessons_lib.authoring.glossary``.

Each picture is drawn by the course's own functions, from drawn pets and the small U-Net that
travels with the course, so that it shows what a lesson shows.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lessons_lib import plots
from lessons_lib.authoring.notebooks import REPOSITORY
from lessons_lib.class_imbalance import class_weights
from lessons_lib.data import class_shares, load_image, normalize
from lessons_lib.decoder import create_mask, trained_unet
from lessons_lib.drawing import draw_pet
from lessons_lib.metrics import confusion_matrix
from lessons_lib.quiet import keras, tf

PAGE = REPOSITORY / "docs" / "glossary.md"
PICTURES = "glossary"  # the folder beside the page
SEEDS = (700_084, 700_003, 700_011)  # pets that no model has seen
INTRODUCTION = """\
# Glossary

The field's words, in the order in which the lessons bring them, each with a picture. Written, and
drawn, by `python -m lessons_lib.authoring.glossary`.
"""


class Term(NamedTuple):
    """A word of the field.

    Attributes:
        name: the word, with its other names.
        lesson: that brings it.
        text: what it means, a sentence or two.
        draw: makes its picture.
    """

    name: str
    lesson: int
    text: str
    draw: Callable[[], plots.LessonFigure]

    @property
    def file(self) -> str:
        """The picture's name."""
        letters = "".join(one if one.isalnum() else " " for one in self.name.partition(",")[0])
        return "_".join(letters.lower().split()) + ".png"


@cache
def pets() -> tuple[np.ndarray, np.ndarray]:
    """Returns images float32 [0, 1] N×128×128×3 and masks uint8 N×128×128×1."""
    drawn = [draw_pet(seed) for seed in SEEDS]
    pairs = [
        normalize(*load_image({"image": one.image, "segmentation_mask": one.trimap[..., None]}))
        for one in drawn
    ]
    images, masks = zip(*pairs, strict=True)
    return np.stack(images), np.stack(masks)


@cache
def logits() -> np.ndarray:
    """Returns what the small U-Net says of them, N×128×128×3."""
    return trained_unet()(pets()[0]).numpy()


def predicted() -> np.ndarray:
    """Returns its masks, N×128×128×1."""
    return np.asarray(create_mask(logits()))


def draw_label_mistake() -> plots.LessonFigure:
    """Resizes a trimap in both ways."""
    trimap = draw_pet(SEEDS[0]).trimap[..., None]
    nearest = tf.image.resize(trimap, (128, 128), method="nearest").numpy()
    return plots.plot_label_mistake(
        nearest, tf.image.resize(trimap, (128, 128)).numpy(), trimap=True
    )


def draw_convolution() -> plots.LessonFigure:
    """Puts a kernel that looks for upright edges on a small edge."""
    edge = np.tile([1, 1, 1, 5, 5, 5], (6, 1))
    return plots.plot_window(edge, np.tile([-1, 0, 1], (3, 1)), place=(1, 1))


def draw_feature_maps() -> plots.LessonFigure:
    """Shows the channels of the encoder's first layer that differ most over the photo."""
    images, _ = pets()
    features = trained_unet().get_layer("encoder")(images[:1])[0].numpy()[0]
    strongest = np.argsort(features.std(axis=(0, 1)))[::-1][:4]
    return plots.plot_feature_maps(features, [int(one) for one in strongest], image=images[0])


def draw_upsampling() -> plots.LessonFigure:
    """Enlarges four numbers in two ways."""
    small = np.array([[1.0, 2.0], [3.0, 4.0]], dtype=np.float32)
    bilinear = tf.image.resize(small[None, ..., None], (4, 4)).numpy()[0, ..., 0]
    nearest = np.kron(small, np.ones((2, 2)))
    return plots.plot_upsampling(small, {"nearest": nearest, "bilinear": bilinear})


def draw_logits() -> plots.LessonFigure:
    """Shows the logits of a row of pixels across the outline."""
    row = 64
    columns = slice(*_outline(pets()[1][0, row, :, 0]))
    values = np.round(logits()[0, row, columns].T, 1)
    return plots.plot_heatmap(
        values,
        title="logits of eight pixels in a row",
        row_names=["pet", "background", "border"],
    )


def _outline(labels: np.ndarray) -> tuple[int, int]:
    """Returns the first eight columns around the first change of label."""
    start = max(0, int(np.flatnonzero(np.diff(labels.astype(int)))[0]) - 3)
    return start, start + 8


def draw_descent() -> plots.LessonFigure:
    """Walks down one valley in steps that are too small, fitting, too large."""
    steepness = np.array([1.0, 20.0])

    def walk(rate: float) -> np.ndarray:
        places = [np.array([1.0, 0.5])]
        for _ in range(20):
            places.append(places[-1] * (1 - rate * steepness))
        return np.array(places)

    paths = {str(rate): walk(rate) for rate in (0.01, 0.06, 0.101)}
    return plots.plot_descent(paths, lambda weights: (steepness * weights**2).sum(-1) / 2)


def draw_confusion() -> plots.LessonFigure:
    """Counts which class the small U-Net takes for which."""
    return plots.plot_confusion(confusion_matrix(pets()[1], predicted(), 3))


def draw_weights() -> plots.LessonFigure:
    """Gives each pixel the weight of its class, by inverse frequency."""
    images, masks = pets()
    weights = np.asarray(class_weights(class_shares(masks), "inverse"))
    return plots.plot_weight_map(images[0], masks[0], weights[masks[0]])


def draw_unet() -> plots.LessonFigure:
    """Draws the small U-Net itself."""
    model: keras.Model = trained_unet()
    return plots.unet_diagram(model)


TERMS = (
    Term(
        "segmentation mask",
        1,
        "One label for each pixel, as a picture of the same size. *Semantic* segmentation says "
        "which class; *instance* segmentation, which this course leaves out, also says which one.",
        lambda: plots.show_pairs(pets()[0][:1], pets()[1][:1]),
    ),
    Term(
        "class imbalance",
        1,
        "Some classes have many more pixels than others. Then a model that knows only the common "
        "ones is right in most pixels.",
        lambda: plots.plot_shares(class_shares(pets()[1])),
    ),
    Term(
        "nearest neighbour",
        1,
        "Resizing that takes a value over from the closest pixel, and so never makes a new one. "
        "Masks need it: *bilinear* resizing mixes labels, and a mixture is another class.",
        draw_label_mistake,
    ),
    Term(
        "convolution",
        2,
        "A small table of weights, the *kernel*, is laid over each place of a picture in turn; "
        "what it covers is multiplied number by number and added up.",
        draw_convolution,
    ),
    Term(
        "feature map",
        2,
        "What a layer says of each place: one *channel* for each question that it has learnt to "
        "ask.",
        draw_feature_maps,
    ),
    Term(
        "upsampling",
        3,
        "Making a feature map larger. Nearest neighbour and bilinear interpolation follow a fixed "
        "rule; a *transposed convolution* learns how.",
        draw_upsampling,
    ),
    Term(
        "U-Net, encoder, decoder, skip connection",
        3,
        "An *encoder* goes down in resolution to find out what is there, a *decoder* comes back up "
        "to where it is. *Skip connections* hand the encoder's fine maps across to the decoder.",
        draw_unet,
    ),
    Term(
        "logit",
        3,
        "A number for each class in each pixel: the larger, the likelier. *Softmax* makes "
        "probabilities of them, *argmax* the mask.",
        draw_logits,
    ),
    Term(
        "learning rate",
        4,
        "How far each step of the training goes. Too small, and it takes long; too large, and it "
        "jumps to and fro or flies off.",
        draw_descent,
    ),
    Term(
        "confusion matrix",
        4,
        "Counts of pixels: rows say what they are, columns what the model takes them for. All "
        "scores of a segmentation can be computed from it.",
        draw_confusion,
    ),
    Term(
        "IoU, intersection over union, Jaccard index",
        4,
        "Of all pixels that are of a class or are called so, the share that is both. *Mean IoU* is "
        "its mean over the classes.",
        lambda: plots.plot_overlap(pets()[1][0], predicted()[0], "border"),
    ),
    Term(
        "error map",
        4,
        "Which pixels are wrong. In a segmentation most of them lie along the outline.",
        lambda: plots.show_predictions(pets()[0][1:2], pets()[1][1:2], predicted()[1:2]),
    ),
    Term(
        "sample weight",
        5,
        "How much a pixel counts in the loss. With weights of classes, each pixel has that of its "
        "label.",
        draw_weights,
    ),
)


def write_page(alternatives: dict[str, str]) -> str:
    """Returns the page; ``alternatives`` are the texts of the pictures, by file name."""
    parts = [INTRODUCTION]
    for term in TERMS:
        alt = alternatives[term.file].replace("]", ")").replace("[", "(")
        parts.append(
            f"## {term.name}\n\n{term.text} Lesson {term.lesson}.\n\n"
            f"![{alt}]({PICTURES}/{term.file})\n"
        )
    return "\n".join(parts)


def main(page: Path = PAGE) -> None:
    """Draws the pictures and writes the page beside them."""
    (page.parent / PICTURES).mkdir(parents=True, exist_ok=True)
    alternatives = {}
    for term in TERMS:
        figure = term.draw()
        (page.parent / PICTURES / term.file).write_bytes(figure.to_png())
        alternatives[term.file] = figure.alt_text
    page.write_text(write_page(alternatives), "utf-8")


if __name__ == "__main__":
    main()
