"""The broad drawn world that the bundled encoder learns from: chance in everything but shape.

Over half of the drawings try to look natural, the others take any colour for anything. One in
five is drawn as the course draws its own pets, but none of those is among them: the course's
seeds are all below ``COURSE_SEEDS.stop``, these begin at ``FIRST_SEED``. No photo is read anywhere.

Source: J. Tobin et al., "Domain randomization for transferring deep neural networks from
simulation to the real world" (2017).
"""

from typing import NamedTuple

import numpy as np
from PIL import Image
from scipy.ndimage import distance_transform_edt

from laboratory.drawn_world.creatures import paint_pet, pose_pet
from laboratory.drawn_world.lens import photograph
from laboratory.drawn_world.scenery import add_thing, cast_shadow, paint_scene
from lessons_lib.drawing import COURSE_SEEDS, compose, draw_trimap, paint, see_regions
from lessons_lib.drawing.anatomy import Region

DRAWING_SIZE = 144  # a margin around the 128 pixels that training cuts out
PART_CLASSES = len(Region) + 1  # 0 is no pet
FIRST_SEED = 2_000_000_000
FIRST_VALIDATION_SEED = 3_000_000_000
PET, BACKGROUND, BORDER = 0, 1, 2
SHARE_OF_KIN = 0.2
MOST_COVER = 0.2  # a larger thing would hide what is to be learned


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
    if seed in COURSE_SEEDS or seed < FIRST_SEED:
        raise ValueError(
            f"Seeds below {FIRST_SEED} belong to the course's own pets, and the encoder must not "
            f"have seen them, but seed {seed} came."
        )
    random = np.random.default_rng(seed)
    if random.random() < SHARE_OF_KIN:
        return _kin_of_the_course(seed, size)
    natural = bool(random.random() < 0.6)
    picture = paint_scene(random, size, natural)
    labels = np.zeros((3, size, size), np.float32)  # how much pet; part; depth
    for _ in range(int(random.choice((0, 1, 2), p=(0.02, 0.92, 0.06)))):
        picture, labels = _add_pet(random, picture, labels, natural)
    for _ in range(int(random.choice((0, 1, 2), p=(0.7, 0.22, 0.08)))):
        in_front, cover = add_thing(random, picture, natural)
        if cover.mean() < MOST_COVER:
            picture, labels = in_front, labels * (cover[..., 0] < 0.5)
    return Drawing(
        photograph(random, picture),
        _trimap(random, labels[0] > 0.5),
        labels[1].astype(np.uint8),
        labels[2].astype(np.uint8),
    )


def _kin_of_the_course(seed: int, size: int) -> Drawing:
    """A pet as the course draws its own, by a seed that the course never uses, squeezed square."""
    scene = compose(seed)
    regions = see_regions(scene)
    image = Image.fromarray(paint(scene, regions, seed)).resize(
        (size, size), Image.Resampling.BILINEAR
    )
    rows = (np.arange(size) + 0.5) * scene.height / size
    columns = (np.arange(size) + 0.5) * scene.width / size
    nearest = np.ix_(rows.astype(int), columns.astype(int))
    inside = regions.distance[nearest] < 0
    parts = np.where(inside, regions.region[nearest] + 1, 0)
    return Drawing(
        np.asarray(image),
        draw_trimap(scene, regions)[nearest] - np.uint8(1),
        parts.astype(np.uint8),
        _depth(regions)[nearest] * inside,
    )


def _depth(regions) -> np.ndarray:
    """Depth in hundredths of a pet unit about the picture's plane, uint8 1 (far) to 255 (near)."""
    depth = regions.depth / regions.scale
    return np.clip(128 + 100 * depth, 1, 255).astype(np.uint8)


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
    return picture, np.stack(
        [
            np.where(inside, 1, labels[0]),
            np.where(inside, regions.region + 1, labels[1]),
            np.where(inside, _depth(regions), labels[2]),
        ]
    )


def _trimap(random, pet: np.ndarray) -> np.ndarray:
    """Pet, background, and the band along the outline, as annotators leave it out."""
    to_outline = distance_transform_edt(pet) + distance_transform_edt(~pet) - 0.5
    if not pet.any():
        return np.full(pet.shape, BACKGROUND, np.uint8)
    mask = np.where(pet, PET, BACKGROUND)
    mask[to_outline <= _band(random)] = BORDER
    return mask.astype(np.uint8)


def _band(random) -> float:
    """Half the border band's thickness in pixels; some annotators take a broad brush."""
    half = random.uniform(1.5, 3.2)
    return half * random.uniform(1.3, 2.4) if random.random() < 0.08 else half
