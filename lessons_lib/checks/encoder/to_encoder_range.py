"""to_encoder_range: from [0, 1] to the encoder's [-1, 1]."""

import numpy as np

from lessons_lib.checks.common import photos
from lessons_lib.checks.task import Misconception, Task


def declare() -> Task:
    """Declares the exercise."""
    return Task(
        name="to_encoder_range",
        lesson=2,
        minutes=3,
        aim="Bring images from the pipeline's range [0, 1] to the encoder's range [-1, 1].",
        signature="to_encoder_range(images)",
        hints=(
            "Three points fix it: black, 0, has to become -1; white, 1, stays 1; and middle grey?",
            "The new range is twice as wide as the old one, and begins 1 lower.",
            "Multiply first, subtract afterwards. The other way round it would be another number "
            "that is subtracted.",
        ),
        reference=lambda images: images * 2.0 - 1.0,
        cases=_images_in_range,
        returns=("result",),
        misconceptions=MISCONCEPTIONS,
        why="A wrong range raises no error: the features only fade, and what is built on them "
        "learns slowly. Divided twice, the drawn pets of lesson 2 gave a mean IoU of 0.33, not "
        "0.69.",
    )


# Of ImageNet's photos in [0, 1], red, green and blue, as many networks are given them.
IMAGENET_MEANS = np.array([0.485, 0.456, 0.406])
IMAGENET_SPREADS = np.array([0.229, 0.224, 0.225])


def _images_in_range() -> list[tuple]:
    """Photos of different light; none but the first reaches both ends of the range."""
    noise = photos(3, 4, seed=1)
    first = np.array([0, 0.25, 0.5, 0.75, 1, 0.1], np.float32).reshape(1, 1, 2, 3)
    return [(first,), (0.2 + 0.3 * noise[:1],), (np.stack([noise[1] ** 2, noise[2] ** 0.5]),)]


def _stretch(images: np.ndarray) -> np.ndarray:
    low, high = images.min(), images.max()
    return 2 * (images - low) / (high - low) - 1


def _as_imagenet(images: np.ndarray) -> np.ndarray:
    return (images - IMAGENET_MEANS) / IMAGENET_SPREADS


def _standardise(images: np.ndarray) -> np.ndarray:
    return (images - images.mean()) / images.std()


MISCONCEPTIONS = (
    Misconception(
        "assumes 0 to 255",
        "This is right for pixels from 0 to 255. Yours are from 0 to 1 already, so now all "
        "of them lie next to -1: the encoder sees a black photo.",
        lambda images: images / 127.5 - 1,
        also=(lambda images: images / 255 * 2 - 1,),
    ),
    Misconception(
        "changes nothing",
        "The images come back as they were. The encoder would take black, 0, for a middle "
        "grey; and cutting off at -1 and 1 does nothing where all lies between 0 and 1.",
        lambda images: images,
        also=(lambda images: np.clip(images, -1, 1),),
    ),
    Misconception(
        "clips",
        "All that is darker than middle grey has become one and the same number. Clipping "
        "throws away what lies outside of a range; here nothing needs to be thrown away.",
        lambda images: np.clip(images * 2 - 1, 0, 1),
        also=(lambda images: np.clip(images, 0.5, 1) * 2 - 1,),
    ),
    Misconception(
        "shifts only",
        "The images are shifted, but the range is as wide as before: 1 from its lowest to "
        "its highest number, where the encoder expects 2.",
        lambda images: images - 1,
        also=(lambda images: images - 0.5,),
    ),
    Misconception(
        "stretches only",
        "The range is twice as wide now, but begins at 0. Black and middle grey would be too "
        "bright for the encoder, and white is 2, a number that it has never seen.",
        lambda images: images * 2,
    ),
    Misconception(
        "subtracts before multiplying",
        "The subtraction comes before the multiplication, so that it is doubled too: white "
        "ends at 0 and black at -2.",
        lambda images: (images - 1) * 2,
    ),
    Misconception(
        "makes a negative",
        "Bright and dark have changed places: this is a photographic negative.",
        lambda images: 1 - 2 * images,
    ),
    Misconception(
        "stretches each photo by its own extremes",
        "The photos are stretched by their own darkest and brightest pixels, so a dim room "
        "becomes a bright one. The rule has to be the same for all photos.",
        _stretch,
        also=(lambda images: np.stack([_stretch(image) for image in images]),),
    ),
    Misconception(
        "squashes",
        "The numbers are bent by a curve such as tanh. A range is changed by a straight line, so "
        "that equal steps of brightness stay equal.",
        lambda images: np.tanh(images),
        also=(
            lambda images: np.tanh(images * 2 - 1),
            lambda images: np.tanh(images - 0.5),
            lambda images: np.sin((images - 0.5) * np.pi),
            lambda images: 2 / (1 + np.exp(-images)) - 1,
        ),
    ),
    Misconception(
        "standardises",
        "The photos are brought to mean 0 and spread 1 by their own statistics. Some networks "
        "want that; this one was trained on a fixed range.",
        _standardise,
        also=(lambda images: np.stack([_standardise(image) for image in images]),),
    ),
    Misconception(
        "takes ImageNet's means",
        "It calculates with the means or spreads of ImageNet's colours. Other networks were "
        "trained so; this one was given numbers from -1 to 1, by one rule for all three colours.",
        _as_imagenet,
        also=(
            lambda images: images - IMAGENET_MEANS,
            lambda images: images / IMAGENET_SPREADS,
            lambda images: images - IMAGENET_MEANS / IMAGENET_SPREADS,
            lambda images: _as_imagenet(images / 255),
            lambda images: _as_imagenet(images * 2 - 1),
            lambda images: (images * 255 - 255 * IMAGENET_MEANS)[..., ::-1],
        ),
    ),
)
