"""Makes a folder of pictures with classes of your own, and takes it through the whole course.

    python tools/own_classes.py FOLDER                    draws 200 pictures with 12 classes
    python tools/own_classes.py FOLDER --classes 21
    python tools/own_classes.py FOLDER --train            and trains, evaluates, inspects, exports

The pictures are drawn: circles, squares, triangles, stars and rings, each in four hues, on rough
ground. So each class is a shape and a hue, which the model has to see both. The rim of each shape
is to be ignored (255), as in Pascal VOC. See docs/own_classes.md.
"""

import argparse
import itertools
import json
import math
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

if TYPE_CHECKING:
    from lessons_lib.data import Pets
    from lessons_lib.quiet import keras

HUES = {"red": (200, 60, 50), "green": (60, 160, 70), "blue": (60, 90, 200), "white": (235,) * 3}
SHAPES = ("circle", "square", "triangle", "star", "ring")
NAMES = ("background", *(f"{hue} {shape}" for shape, hue in itertools.product(SHAPES, HUES)))
IGNORE = 255
RIM = 2  # pixels that are to be ignored around each shape
Point = tuple[float, float]


def write_shapes(folder: Path, *, classes: int = 12, count: int = 200, side: int = 128) -> Path:
    """Writes pictures, their masks with a palette, and ``classes.json``.

    Args:
        folder: to be made.
        classes: 2 to 21, the background among them.
        count: how many pictures; every class comes in every so manieth.
        side: height and width, in pixels.

    Returns:
        The folder.
    """
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True)
    names = list(NAMES[:classes])
    (folder / "classes.json").write_text(json.dumps({"classes": names, "ignore": IGNORE}, indent=1))
    palette = np.random.default_rng(0).integers(0, 256, 3 * 256).tolist()
    for number in range(count):
        picture, mask = draw_shapes(number, classes, side)
        picture.save(folder / "images" / f"{number:04}.jpg", quality=92)
        mask.putpalette(palette)
        mask.save(folder / "masks" / f"{number:04}.png")
    return folder


def draw_shapes(number: int, classes: int, side: int) -> tuple[Image.Image, Image.Image]:
    """Draws one picture of four shapes, the next classes in turn, and its mask of labels."""
    generator = np.random.default_rng(number)
    ground = generator.integers(70, 180, 3) + generator.normal(0, 12, (side, side, 3))
    picture = Image.fromarray(ground.clip(0, 255).astype(np.uint8))
    mask = Image.new("L", picture.size, 0)
    for place in range(4):
        label = 1 + (4 * number + place) % (classes - 1)
        hue, shape = NAMES[label].split()
        colour = tuple((np.array(HUES[hue]) + generator.integers(-20, 21, 3)).clip(0, 255).tolist())
        radius = side * generator.uniform(0.13, 0.2)
        middle = generator.uniform(0.2 * side, 0.8 * side, 2)
        turn = generator.uniform(0, 2 * math.pi)
        outer = _corners(shape, middle, radius, turn)
        inner = _corners(shape, middle, 0.45 * radius, turn) if shape == "ring" else []
        for canvas, fill in ((picture, colour), (mask, label)):
            brush = ImageDraw.Draw(canvas)
            hole = canvas.copy()
            brush.polygon(outer, fill=fill)
            if inner:
                inside = Image.new("1", canvas.size)
                ImageDraw.Draw(inside).polygon(inner, fill=1)
                canvas.paste(hole, mask=inside)
        for rim in filter(None, (outer, inner)):
            ImageDraw.Draw(mask).line([*rim, rim[0], rim[1]], fill=IGNORE, width=RIM)
    return picture, mask


def _corners(shape: str, middle: np.ndarray, radius: float, turn: float) -> list[Point]:
    """Returns the corners of a shape; round ones have many."""
    corners = {"square": 4, "triangle": 3, "star": 10}.get(shape, 40)
    angles = turn + 2 * math.pi * np.arange(corners) / corners
    radii = np.where(np.arange(corners) % 2, 0.45 if shape == "star" else 1, 1) * radius
    points = middle + radii[:, np.newaxis] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return [(float(x), float(y)) for x, y in points]


def train_and_export(folder: Path, epochs: int) -> None:
    """Trains on the folder; prints the figures; writes the inspector's picture and two exports."""
    from lessons_lib.data import load_pets, make_batches, split_validation
    from lessons_lib.decoder import unet_model
    from lessons_lib.encoder import build_encoder, choose_weights
    from lessons_lib.inspector import PredictionInspector
    from lessons_lib.metrics import evaluate
    from lessons_lib.plots import plot_confusion, plot_scores
    from lessons_lib.quiet import keras, tf
    from lessons_lib.training import compile_model, train

    keras.utils.set_random_seed(7)
    pictures: Pets = load_pets(str(folder))
    classes = pictures.info.classes
    remaining, watched = split_validation(pictures.train)
    training = make_batches(remaining, batch_size=8, training=True, seed=7)
    validation = make_batches(watched, batch_size=8)
    test = make_batches(pictures.test, batch_size=8)
    encoder = build_encoder(weights=choose_weights(pictures.info.source))
    model = unet_model(len(classes), encoder=encoder, filters=(256, 128, 64, 32))
    compile_model(model, learning_rate=3e-3, classes=classes)
    start = time.perf_counter()
    train(model, training, validation, epochs=epochs)
    print(f"{epochs} epochs in {time.perf_counter() - start:.0f} s")
    scores = evaluate(model, test, classes=classes)
    print(scores)

    images, masks = next(iter(test))
    inspector = PredictionInspector(images, masks, model(images), classes=classes, order="worst")
    drawn = {
        "inspector": inspector.to_figure(),
        "confusion": plot_confusion(scores.confusion, classes=classes),
        "scores": plot_scores({"this model": scores.iou}, classes=classes),
    }
    for name, figure in drawn.items():
        (folder / f"{name}.png").write_bytes(figure.to_png())
    print(inspector.describe())

    model.export(folder / "saved_model", verbose=False)
    model.export(folder / "model.tflite", format="litert", verbose=False)
    labels = np.argmax(model(images), axis=-1)
    exported = tf.saved_model.load(folder / "saved_model")
    saved = np.argmax(exported.serve(images), axis=-1)
    size = (folder / "model.tflite").stat().st_size / 1e6
    print(f"SavedModel: same mask in {np.mean(saved == labels):.1%} of the pixels")
    print(f"LiteRT: {size:.1f} MB, same mask in {_same_in_litert(folder, images, labels):.1%}")


def _same_in_litert(folder: Path, images: "keras.KerasTensor", labels: np.ndarray) -> float:
    """Runs the LiteRT file by its own runtime; returns the share of pixels with the same label."""
    import warnings

    from lessons_lib.quiet import silent_standard_error, tf

    with silent_standard_error(), warnings.catch_warnings(action="ignore"):
        lite = tf.lite.Interpreter(str(folder / "model.tflite"))
        lite.allocate_tensors()
    same = []
    for image, expected in zip(np.asarray(images), labels, strict=True):
        lite.set_tensor(lite.get_input_details()[0]["index"], image[np.newaxis])
        lite.invoke()
        logits = lite.get_tensor(lite.get_output_details()[0]["index"])[0]
        same.append(np.mean(np.argmax(logits, axis=-1) == expected))
    return float(np.mean(same))


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where to draw; nothing may be there yet")
    parser.add_argument("--classes", type=int, default=12, help="2 to 21, with the background")
    parser.add_argument("--pictures", type=int, default=200)
    parser.add_argument("--train", action="store_true", help="also train, inspect and export")
    parser.add_argument("--epochs", type=int, default=20)
    told = parser.parse_args()
    if not 2 <= told.classes <= len(NAMES) or told.folder.exists():
        sys.exit(f"Expected 2 to {len(NAMES)} classes, and a folder that is not there yet.")
    write_shapes(told.folder, classes=told.classes, count=told.pictures)
    print(f"{told.pictures} pictures with {told.classes} classes in {told.folder}")
    if told.train:
        train_and_export(told.folder, told.epochs)


if __name__ == "__main__":
    main()
