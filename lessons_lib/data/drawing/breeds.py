"""The breeds that live only in this course, and what tells them apart.

Lengths are in pet units: a standing pet's shoulder is about one unit above the ground.
"""

from dataclasses import dataclass

Colour = tuple[float, float, float]

CAT, DOG = "Cat", "Dog"


@dataclass(frozen=True)
class Breed:
    """Build and coat of one drawn breed.

    Attributes:
        name: the label; cats begin with a capital, dogs do not, as in the Oxford set.
        species: "Cat" or "Dog".
        leg, body, girth, neck, head: leg length, body length, body radius, neck length and head
            radius.
        muzzle, muzzle_width: length and radius of the muzzle, in head radii.
        ear: "prick", "hound" (long, hanging), "fold" (tips fall forward) or "bat".
        ear_size: in head radii.
        tail: "whip", "plume", "curl", "flag" or "stub".
        tail_length: in pet units.
        shag: raggedness of the coat's outline, in pet units.
        pattern: "tabby", "tuxedo", "points", "patches", "spots", "plain", "saddle", "mask".
        coats: colour choices, each (ground, marking, light parts).
        eyes: iris colours to choose from.
    """

    name: str
    species: str
    leg: float
    body: float
    girth: float
    neck: float
    head: float
    muzzle: float
    muzzle_width: float
    ear: str
    ear_size: float
    tail: str
    tail_length: float
    shag: float
    pattern: str
    coats: tuple[tuple[Colour, Colour, Colour], ...]
    eyes: tuple[Colour, ...]


_GREEN, _AMBER, _BLUE, _COPPER = (
    (0.55, 0.66, 0.30), (0.80, 0.62, 0.22), (0.42, 0.62, 0.80), (0.72, 0.42, 0.16))
_BROWN, _DARK = (0.26, 0.15, 0.08), (0.16, 0.10, 0.07)
_CREAM, _WHITE, _BLACK = (0.93, 0.86, 0.74), (0.93, 0.91, 0.87), (0.13, 0.12, 0.12)

BREEDS: tuple[Breed, ...] = (
    Breed("Marmalade_Tabby", CAT, 0.50, 0.80, 0.190, 0.16, 0.249, 0.42, 0.42, "prick", 0.85,
          "whip", 0.85, 0.012, "tabby",
          (((0.85, 0.56, 0.28), (0.66, 0.35, 0.13), (0.95, 0.83, 0.66)),
           ((0.80, 0.60, 0.38), (0.60, 0.37, 0.18), (0.93, 0.85, 0.72))), (_AMBER, _GREEN)),
    Breed("Pencil_Tabby", CAT, 0.54, 0.84, 0.175, 0.17, 0.238, 0.42, 0.40, "prick", 0.90,
          "whip", 0.90, 0.010, "tabby",
          (((0.58, 0.52, 0.45), (0.22, 0.19, 0.17), (0.86, 0.81, 0.73)),
           ((0.62, 0.61, 0.59), (0.27, 0.26, 0.26), (0.88, 0.87, 0.84))), (_GREEN, _AMBER)),
    Breed("Inkwell_Tuxedo", CAT, 0.50, 0.80, 0.190, 0.15, 0.249, 0.42, 0.42, "prick", 0.82,
          "whip", 0.85, 0.014, "tuxedo",
          ((_BLACK, (0.20, 0.18, 0.17), _WHITE), ((0.36, 0.38, 0.41), (0.30, 0.32, 0.35), _WHITE)),
          (_GREEN, _AMBER)),
    Breed("Porcelain_Point", CAT, 0.58, 0.86, 0.155, 0.20, 0.220, 0.52, 0.36, "prick", 1.15,
          "whip", 0.95, 0.006, "points",
          (((0.91, 0.84, 0.73), (0.27, 0.19, 0.15), (0.95, 0.90, 0.82)),
           ((0.92, 0.88, 0.82), (0.43, 0.43, 0.47), (0.95, 0.92, 0.88))), (_BLUE,)),
    Breed("Feather_Longhair", CAT, 0.42, 0.78, 0.235, 0.12, 0.273, 0.34, 0.44, "prick", 0.66,
          "plume", 0.75, 0.040, "patches",
          ((_WHITE, (0.78, 0.50, 0.26), (0.95, 0.93, 0.90)),
           ((0.93, 0.91, 0.88), (0.42, 0.43, 0.45), (0.95, 0.94, 0.92))), (_COPPER, _AMBER)),
    Breed("Speckled_Quill", CAT, 0.56, 0.88, 0.180, 0.18, 0.232, 0.46, 0.40, "prick", 0.88,
          "whip", 0.85, 0.006, "spots",
          (((0.78, 0.63, 0.42), (0.25, 0.17, 0.11), (0.93, 0.87, 0.76)),
           ((0.72, 0.70, 0.66), (0.21, 0.20, 0.20), (0.90, 0.88, 0.85))), (_GREEN, _AMBER)),
    Breed("biscuit_hound", DOG, 0.48, 0.92, 0.200, 0.20, 0.238, 0.90, 0.46, "hound", 1.25,
          "flag", 0.60, 0.006, "saddle",
          (((0.75, 0.52, 0.30), (0.17, 0.14, 0.12), _WHITE),
           ((0.80, 0.58, 0.34), (0.42, 0.26, 0.15), _WHITE)), (_BROWN,)),
    Breed("charcoal_shepherd", DOG, 0.62, 0.96, 0.200, 0.26, 0.238, 1.00, 0.42, "prick", 0.95,
          "plume", 0.70, 0.022, "saddle",
          (((0.70, 0.50, 0.30), (0.16, 0.13, 0.12), (0.80, 0.66, 0.47)),
           ((0.62, 0.55, 0.46), (0.19, 0.18, 0.18), (0.78, 0.73, 0.65))), (_BROWN,)),
    Breed("crayon_spitz", DOG, 0.40, 0.66, 0.230, 0.14, 0.255, 0.68, 0.36, "prick", 0.62,
          "curl", 0.70, 0.045, "plain",
          (((0.88, 0.60, 0.33), (0.80, 0.50, 0.24), (0.95, 0.82, 0.63)),
           ((0.94, 0.92, 0.88), (0.88, 0.84, 0.77), (0.97, 0.96, 0.93))), (_DARK,)),
    Breed("button_pug", DOG, 0.38, 0.64, 0.215, 0.12, 0.261, 0.38, 0.58, "fold", 0.55,
          "curl", 0.32, 0.004, "mask",
          (((0.83, 0.69, 0.50), (0.15, 0.12, 0.11), (0.88, 0.77, 0.60)),
           ((0.76, 0.66, 0.53), (0.16, 0.14, 0.13), (0.84, 0.76, 0.64))), (_DARK,)),
    Breed("chalk_spaniel", DOG, 0.46, 0.80, 0.205, 0.20, 0.238, 0.80, 0.46, "hound", 1.30,
          "plume", 0.45, 0.028, "patches",
          ((_WHITE, (0.52, 0.29, 0.16), (0.95, 0.93, 0.90)),
           (_WHITE, (0.16, 0.14, 0.13), (0.95, 0.93, 0.90))), (_BROWN, _DARK)),
    Breed("woolly_doodle", DOG, 0.58, 0.84, 0.225, 0.20, 0.278, 0.66, 0.56, "hound", 0.90,
          "plume", 0.50, 0.050, "plain",
          (((0.86, 0.72, 0.52), (0.78, 0.62, 0.42), (0.90, 0.79, 0.62)),
           ((0.47, 0.32, 0.21), (0.40, 0.26, 0.17), (0.55, 0.40, 0.28)),
           ((0.91, 0.88, 0.81), (0.86, 0.81, 0.72), (0.94, 0.91, 0.86))), (_DARK,)),
    Breed("inkspot_pointer", DOG, 0.68, 0.94, 0.180, 0.26, 0.220, 1.02, 0.42, "hound", 0.95,
          "whip", 0.60, 0.003, "spots",
          ((_WHITE, (0.15, 0.14, 0.14), _WHITE), (_WHITE, (0.45, 0.27, 0.16), _WHITE)), (_BROWN,)),
    Breed("scribble_terrier", DOG, 0.40, 0.74, 0.180, 0.18, 0.238, 0.80, 0.50, "fold", 0.70,
          "stub", 0.26, 0.026, "saddle",
          (((0.72, 0.53, 0.33), (0.24, 0.22, 0.22), (0.80, 0.66, 0.47)),
           ((0.86, 0.80, 0.70), (0.62, 0.46, 0.31), _CREAM)), (_DARK,)),
)

CAT_BREEDS = tuple(breed.name for breed in BREEDS if breed.species == CAT)
DOG_BREEDS = tuple(breed.name for breed in BREEDS if breed.species == DOG)
