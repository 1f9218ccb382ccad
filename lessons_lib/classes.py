"""The three classes of the pet trimap: their names, order, colours and hatching.

Everything that names or colours a class takes it from here. The data set's files hold
*trimap values* 1, 2, 3; ``lessons_lib.data.normalize`` turns them into *labels* 0, 1, 2.

Source: README of the Oxford-IIIT Pet annotations (Parkhi et al., 2012): 1 foreground,
2 background, 3 not classified. Colours: Okabe and Ito, "Color Universal Design" (2008).
"""

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
