"""``python -m laboratory train_decoder``: trains the decoder of the U-Net that opens lesson 1.

The bundled encoder stays frozen, and a decoder, narrow enough to travel with the course, learns on
top of it from the course's training pets, those for validation left out. It is judged, as it was
written to the file, on pets that the course draws nowhere else. What remains is
``decoder_drawn.npz`` with its card ``decoder_drawn.json``.
"""

import json
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import click
import numpy as np

import lessons_lib
from laboratory.records import RecordedCommand, called_as, versions
from lessons_lib.classes import CLASS_NAMES
from lessons_lib.data import load_image, load_pets, make_batches, normalize, split_validation
from lessons_lib.decoder import (
    DRAWN_DECODER,
    DRAWN_DECODER_CARD,
    create_mask,
    load_decoder,
    save_decoder,
    unet_model,
)
from lessons_lib.drawing import draw_pet
from lessons_lib.encoder import build_encoder, drawn_card
from lessons_lib.files import written_whole
from lessons_lib.metrics import Scores, score_masks
from lessons_lib.quiet import keras
from lessons_lib.training import compile_model, train

# Of the course's own, which the encoder's pretraining left alone; lesson 1 shows one of them.
UNSEEN_SEEDS = range(700_000, 700_100)
WHAT_WAS_SEEN = (
    "The course's drawn pets to train with, every fifth left out (split_validation), whole or "
    "flipped left to right. No photo, and none of the pets for validation or test."
)


@dataclass(frozen=True)
class Recipe:
    """All that decides the result.

    Attributes:
        pets: to learn from, at most the course's 400.
        epochs: how often each is seen.
        filters: channels of each decoder block, deep to shallow.
        batch_size: pets in a batch.
        learning_rate: step size of Adam; the last third of the epochs takes a fifth of it.
        seed: of first weights, order and flips.
    """

    pets: int = 400
    epochs: int = 9
    filters: tuple[int, ...] = (128, 96, 64, 32)
    batch_size: int = 8
    learning_rate: float = 2e-3
    seed: int = 0


def train_on_pets(recipe: Recipe) -> keras.Model:
    """Trains a decoder on top of the bundled encoder; returns the whole U-Net."""
    keras.utils.set_random_seed(recipe.seed)
    learnt, validation = split_validation(load_pets("drawn_pets").train)
    batches = make_batches(
        learnt.take(recipe.pets), batch_size=recipe.batch_size, training=True, seed=recipe.seed
    )
    unet = unet_model(encoder=build_encoder(weights="drawn"), filters=recipe.filters)
    compile_model(unet, learning_rate=recipe.learning_rate)

    def rate(epoch: int) -> float:
        return recipe.learning_rate / (1 if epoch < recipe.epochs * 2 // 3 else 5)

    train(
        unet,
        batches,
        make_batches(validation),
        epochs=recipe.epochs,
        callbacks=[keras.callbacks.LearningRateScheduler(rate)],
    )
    return unet


def judge(unet: keras.Model, seeds: Iterable[int]) -> Scores:
    """Scores a U-Net on the drawn pets of some seeds."""
    pairs = [_small_pair(seed) for seed in seeds]
    images = np.stack([image for image, _ in pairs])
    masks = np.stack([mask for _, mask in pairs])
    return score_masks(masks, create_mask(unet.predict(images, batch_size=32, verbose=0)))


def write_bundle(unet: keras.Model, recipe: Recipe, folder: Path, seconds: float) -> dict:
    """Writes the decoder's weights, judges what was written, and writes the card; returns it.

    Args:
        unet: what ``train_on_pets`` returned.
        recipe: by which it was trained.
        folder: made where it is missing.
        seconds: that the training took, by the clock.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / DRAWN_DECODER
    checksum = save_decoder(unet, path)
    scores = judge(load_decoder(unet, path), UNSEEN_SEEDS)
    card = {
        "what": "The decoder of a U-Net on top of encoder_drawn.npz, which stayed frozen",
        "seen": WHAT_WAS_SEEN,
        "encoder_sha256": drawn_card()["sha256"],
        "recipe": asdict(recipe),
        "command": " ".join(called_as("train_decoder")),
        "wall_minutes": round(seconds / 60, 1),
        "date": date.today().isoformat(),
        "versions": versions(),
        "unseen": {
            "drawn_pets": len(scores.image_confusions),
            "first_seed": UNSEEN_SEEDS[0],
            "last_seed": UNSEEN_SEEDS[-1],
            "pixel_accuracy": round(scores.accuracy, 4),
            "mean_iou": round(scores.mean_iou, 4),
            **{
                name: round(float(iou), 4)
                for name, iou in zip(CLASS_NAMES, scores.iou, strict=True)
            },
        },
        "bytes": path.stat().st_size,
        "sha256": checksum,
    }
    with written_whole(folder / DRAWN_DECODER_CARD) as unfinished:
        unfinished.write_text(json.dumps(card, indent=2) + "\n")
    return card


def _small_pair(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A drawn pet as a model sees it: image float32 128×128×3, mask uint8 128×128×1."""
    pet = draw_pet(seed)
    example = {"image": pet.image, "segmentation_mask": pet.trimap[..., np.newaxis]}
    image, mask = normalize(*load_image(example))
    return image.numpy(), mask.numpy()


@click.command(cls=RecordedCommand)
@click.option("--pets", default=Recipe.pets, show_default=True, help="To learn from.")
@click.option("--epochs", default=Recipe.epochs, show_default=True)
@click.option("--seed", default=Recipe.seed, show_default=True)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="A folder for weights and card.  [default: the package, in place of the bundled ones]",
)
def main(pets: int, epochs: int, seed: int, output: Path | None):
    """Train the decoder of the U-Net that opens lesson 1."""
    recipe = Recipe(pets=pets, epochs=epochs, seed=seed)
    clock = time.perf_counter()
    unet = train_on_pets(recipe)
    seconds = time.perf_counter() - clock
    card = write_bundle(unet, recipe, output or Path(lessons_lib.__file__).parent, seconds)
    click.echo(json.dumps(card, indent=2))
