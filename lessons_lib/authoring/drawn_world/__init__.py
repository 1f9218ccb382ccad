"""The broad drawn world that the bundled encoder learns from: chance in everything but shape.

Half of the drawings try to look natural, half take any colour for anything. Nothing of it occurs
in the course's own drawn pets: those are drawn from small seeds and fixed breeds, these from seeds
of ``FIRST_SEED`` upwards and builds of chance. No photo is read anywhere.

Source: J. Tobin et al., "Domain randomization for transferring deep neural networks from
simulation to the real world" (2017).
"""

from typing import NamedTuple

import numpy as np
from scipy.ndimage import distance_transform_edt

from lessons_lib.authoring.drawn_world.creatures import paint_pet, pose_pet
from lessons_lib.authoring.drawn_world.lens import photograph
from lessons_lib.authoring.drawn_world.scenery import add_thing, cast_shadow, paint_scene
from lessons_lib.data.drawing.anatomy import Region

DRAWING_SIZE = 144  # a margin around the 128 pixels that training cuts out
PART_CLASSES = len(Region) + 1  # 0 is no pet
FIRST_SEED = 2_000_000_000
FIRST_VALIDATION_SEED = 3_000_000_000
PET, BACKGROUND, BORDER = 0, 1, 2


class Drawing(NamedTuple):
    """A picture and what is in it.

    Attributes:
        image: uint8 S×S×3.
        mask: uint8 S×S, labels 0 pet, 1 background, 2 border.
        parts: uint8 S×S, 0 no pet, else the part of the body plus one (``anatomy.Region``).
        depth: uint8 S×S, 0 no pet, else 1 (far) to 255 (near).
    """

    image: np.ndarray
    mask: np.ndarray
    parts: np.ndarray
    depth: np.ndarray


def draw(seed: int, size: int = DRAWING_SIZE) -> Drawing:
    """Draws one picture, always the same for the same seed.

    Args:
        seed: of ``FIRST_SEED`` or more.
        size: height and width in pixels.

    Raises:
        ValueError: a seed that belongs to the course's own pets.
    """
    if seed < FIRST_SEED:
        raise ValueError(
            f"Seeds below {FIRST_SEED} belong to the course's own pets, and the encoder must not "
            f"have seen them, but seed {seed} came."
        )
    random = np.random.default_rng(seed)
    natural = bool(random.random() < 0.6)
    picture = paint_scene(random, size, natural)
    labels = np.zeros((3, size, size), np.float32)  # how much pet; part; depth
    for _ in range(int(random.choice((0, 1, 2), p=(0.02, 0.92, 0.06)))):
        picture, labels = _add_pet(random, picture, labels, natural)
    for _ in range(int(random.choice((0, 1, 2), p=(0.7, 0.22, 0.08)))):
        picture, cover = add_thing(random, picture, natural)
        labels = labels * (cover[..., 0] < 0.5) if cover.mean() < 0.2 else labels
    return Drawing(photograph(random, picture), _trimap(random, labels[0] > 0.5),
                   labels[1].astype(np.uint8), labels[2].astype(np.uint8))


def _add_pet(random, picture: np.ndarray, labels: np.ndarray, natural: bool):
    """Poses, paints and places one pet; returns picture and labels with it."""
    seen = pose_pet(random, len(picture))
    regions = seen.regions
    painted = paint_pet(random, seen, natural)
    soft = random.uniform(0.8, 3.0)
    cover = np.clip(0.5 - regions.distance / soft, 0, 1)[..., np.newaxis].astype(np.float32)
    if random.random() < 0.6:
        picture = cast_shadow(random, picture, cover)
    picture = picture + cover * (painted - picture)
    inside = cover[..., 0] > 0.5
    depth = regions.depth / regions.scale  # in pet units, about -1 to 1
    return picture, np.stack([
        np.where(inside, 1, labels[0]),
        np.where(inside, regions.region + 1, labels[1]),
        np.where(inside, np.clip(128 + 100 * depth, 1, 255), labels[2]),
    ])


def _trimap(random, pet: np.ndarray) -> np.ndarray:
    """Pet, background, and the band along the outline, as annotators leave it out."""
    to_outline = distance_transform_edt(pet) + distance_transform_edt(~pet) - 0.5
    if not pet.any():
        return np.full(pet.shape, BACKGROUND, np.uint8)
    mask = np.where(pet, PET, BACKGROUND)
    mask[to_outline <= random.uniform(1.8, 2.9)] = BORDER
    return mask.astype(np.uint8)
