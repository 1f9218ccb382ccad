"""The three classes of the pet trimap: names, order, colours and stripes, and how shares are said.

Everything that names, colours or counts a class takes it from here, the browser too: the explorers
hand it these tables. The data set's files hold *trimap values* 1, 2, 3;
``lessons_lib.data.normalize`` turns them into *labels* 0, 1, 2.

Source: README of the Oxford-IIIT Pet annotations (Parkhi et al., 2012): 1 foreground,
2 background, 3 not classified. Colours: Okabe and Ito, "Color Universal Design" (2008).
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class PetClass:
    """One class of pixel.

    Attributes:
        label: what the model predicts, 0 to 2.
        trimap_value: what the data set's files hold, 1 to 3.
        name: one lower-case word.
        colour: ``#rrggbb``, safe for colour-blind readers and apart in greyscale.
        hatch: matplotlib hatch that marks the class where colour alone would not do.
    """

    label: int
    trimap_value: int
    name: str
    colour: str
    hatch: str

    @property
    def rgb(self) -> tuple[int, int, int]:
        """The colour as three integers from 0 to 255."""
        red, green, blue = (int(self.colour[start : start + 2], 16) for start in (1, 3, 5))
        return red, green, blue


CLASSES = (
    PetClass(label=0, trimap_value=1, name="pet", colour="#0072b2", hatch=""),
    PetClass(label=1, trimap_value=2, name="background", colour="#e6e6e6", hatch=""),
    PetClass(label=2, trimap_value=3, name="border", colour="#e69f00", hatch="////"),
)
CLASS_NAMES = tuple(pet_class.name for pet_class in CLASSES)
NUM_CLASSES = len(CLASSES)
TRIMAP_VALUES = tuple(pet_class.trimap_value for pet_class in CLASSES)

# A hatched class is painted in stripes: of so many pixels of the picture as it is shown, so many
# are darker by this part.
STRIPE_PERIOD = 6
STRIPE_WIDTH = 2
STRIPE_DARKNESS = 0.45

# From which share on it is said how. 0 % and 100 % are said of nothing and all only.
PERCENT_STEPS = (
    (0.0, "0 %"),
    (math.ulp(0.0), "< 1 %"),
    *(((whole - 0.5) / 100, f"{whole} %") for whole in range(1, 100)),
    (0.995, "> 99 %"),
    (1.0, "100 %"),
)


def percent(share: float) -> str:
    """Says a share, 0 to 1, in whole percent; of what is no share, such as NaN, a dash.

    >>> percent(0.0), percent(0.001), percent(0.125), percent(0.999), percent(1.0)
    ('0 %', '< 1 %', '13 %', '> 99 %', '100 %')
    """
    said = "–"
    for start, text in PERCENT_STEPS:
        if start <= share:
            said = text
    return said
