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
        ear_size: in head radii.
        tail_length: in pet units.
        shag: raggedness of the coat's outline, in pet units.
        ear: "prick", "hound" (hanging) or "fold" (the tips fall forward).
        tail: "whip", "plume", "curl", "flag" or "stub".
        pattern: "tabby", "tuxedo", "points", "patches", "spots", "plain", "saddle", "mask".
        eyes: iris colours to choose from.
        coats: colour choices, each (ground, marking, light parts).
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
    ear_size: float
    tail_length: float
    shag: float
    ear: str
    tail: str
    pattern: str
    eyes: tuple[Colour, ...]
    coats: tuple[tuple[Colour, Colour, Colour], ...]


_GREEN, _AMBER, _BLUE = (0.55, 0.66, 0.30), (0.80, 0.62, 0.22), (0.42, 0.62, 0.80)
_COPPER, _BROWN, _DARK = (0.72, 0.42, 0.16), (0.26, 0.15, 0.08), (0.16, 0.10, 0.07)
_CREAM, _WHITE, _BLACK = (0.93, 0.86, 0.74), (0.93, 0.91, 0.87), (0.13, 0.12, 0.12)

# fmt: off
BREEDS = (
    # name, species                 leg   body  girth  neck  head   muzzle width ear   tail  shag
    #     ear, tail, pattern, eyes, and for each coat a line: ground, marking, light parts
    Breed("Marmalade_Tabby",   CAT, 0.50, 0.80, 0.190, 0.16, 0.249, 0.42, 0.42, 0.85, 0.85, 0.012,
          "prick", "whip", "tabby", (_AMBER, _GREEN), (
          ((0.85, 0.56, 0.28), (0.66, 0.35, 0.13), (0.95, 0.83, 0.66)),
          ((0.80, 0.60, 0.38), (0.60, 0.37, 0.18), (0.93, 0.85, 0.72)))),
    Breed("Pencil_Tabby",      CAT, 0.54, 0.84, 0.175, 0.17, 0.238, 0.42, 0.40, 0.90, 0.90, 0.010,
          "prick", "whip", "tabby", (_GREEN, _AMBER), (
          ((0.58, 0.52, 0.45), (0.22, 0.19, 0.17), (0.86, 0.81, 0.73)),
          ((0.62, 0.61, 0.59), (0.27, 0.26, 0.26), (0.88, 0.87, 0.84)))),
    Breed("Inkwell_Tuxedo",    CAT, 0.50, 0.80, 0.190, 0.15, 0.249, 0.42, 0.42, 0.82, 0.85, 0.014,
          "prick", "whip", "tuxedo", (_GREEN, _AMBER), (
          (_BLACK, (0.20, 0.18, 0.17), _WHITE),
          ((0.36, 0.38, 0.41), (0.30, 0.32, 0.35), _WHITE))),
    Breed("Porcelain_Point",   CAT, 0.58, 0.86, 0.155, 0.20, 0.220, 0.52, 0.36, 1.15, 0.95, 0.006,
          "prick", "whip", "points", (_BLUE,), (
          ((0.91, 0.84, 0.73), (0.27, 0.19, 0.15), (0.95, 0.90, 0.82)),
          ((0.92, 0.88, 0.82), (0.43, 0.43, 0.47), (0.95, 0.92, 0.88)))),
    Breed("Feather_Longhair",  CAT, 0.42, 0.78, 0.235, 0.12, 0.273, 0.34, 0.44, 0.66, 0.75, 0.040,
          "prick", "plume", "patches", (_COPPER, _AMBER), (
          (_WHITE, (0.78, 0.50, 0.26), (0.95, 0.93, 0.90)),
          ((0.93, 0.91, 0.88), (0.42, 0.43, 0.45), (0.95, 0.94, 0.92)))),
    Breed("Speckled_Quill",    CAT, 0.56, 0.88, 0.180, 0.18, 0.232, 0.46, 0.40, 0.88, 0.85, 0.006,
          "prick", "whip", "spots", (_GREEN, _AMBER), (
          ((0.78, 0.63, 0.42), (0.25, 0.17, 0.11), (0.93, 0.87, 0.76)),
          ((0.72, 0.70, 0.66), (0.21, 0.20, 0.20), (0.90, 0.88, 0.85)))),
    Breed("biscuit_hound",     DOG, 0.48, 0.92, 0.200, 0.20, 0.238, 0.90, 0.46, 1.25, 0.60, 0.006,
          "hound", "flag", "saddle", (_BROWN,), (
          ((0.75, 0.52, 0.30), (0.17, 0.14, 0.12), _WHITE),
          ((0.80, 0.58, 0.34), (0.42, 0.26, 0.15), _WHITE))),
    Breed("charcoal_shepherd", DOG, 0.62, 0.96, 0.200, 0.26, 0.238, 1.00, 0.42, 0.95, 0.70, 0.022,
          "prick", "plume", "saddle", (_BROWN,), (
          ((0.70, 0.50, 0.30), (0.16, 0.13, 0.12), (0.80, 0.66, 0.47)),
          ((0.62, 0.55, 0.46), (0.19, 0.18, 0.18), (0.78, 0.73, 0.65)))),
    Breed("crayon_spitz",      DOG, 0.40, 0.66, 0.230, 0.14, 0.255, 0.68, 0.36, 0.62, 0.70, 0.045,
          "prick", "curl", "plain", (_DARK,), (
          ((0.88, 0.60, 0.33), (0.80, 0.50, 0.24), (0.95, 0.82, 0.63)),
          ((0.94, 0.92, 0.88), (0.88, 0.84, 0.77), (0.97, 0.96, 0.93)))),
    Breed("button_pug",        DOG, 0.38, 0.64, 0.215, 0.12, 0.261, 0.38, 0.58, 0.55, 0.32, 0.004,
          "fold", "curl", "mask", (_DARK,), (
          ((0.83, 0.69, 0.50), (0.15, 0.12, 0.11), (0.88, 0.77, 0.60)),
          ((0.76, 0.66, 0.53), (0.16, 0.14, 0.13), (0.84, 0.76, 0.64)))),
    Breed("chalk_spaniel",     DOG, 0.46, 0.80, 0.205, 0.20, 0.238, 0.80, 0.46, 1.30, 0.45, 0.028,
          "hound", "plume", "patches", (_BROWN, _DARK), (
          (_WHITE, (0.52, 0.29, 0.16), (0.95, 0.93, 0.90)),
          (_WHITE, (0.16, 0.14, 0.13), (0.95, 0.93, 0.90)))),
    Breed("woolly_doodle",     DOG, 0.58, 0.84, 0.225, 0.20, 0.278, 0.66, 0.56, 0.90, 0.50, 0.050,
          "hound", "plume", "plain", (_DARK,), (
          ((0.86, 0.72, 0.52), (0.78, 0.62, 0.42), (0.90, 0.79, 0.62)),
          ((0.47, 0.32, 0.21), (0.40, 0.26, 0.17), (0.55, 0.40, 0.28)),
          ((0.91, 0.88, 0.81), (0.86, 0.81, 0.72), (0.94, 0.91, 0.86)))),
    Breed("inkspot_pointer",   DOG, 0.68, 0.94, 0.180, 0.26, 0.220, 1.02, 0.42, 0.95, 0.60, 0.003,
          "hound", "whip", "spots", (_BROWN,), (
          (_WHITE, (0.15, 0.14, 0.14), _WHITE),
          (_WHITE, (0.45, 0.27, 0.16), _WHITE))),
    Breed("scribble_terrier",  DOG, 0.40, 0.74, 0.180, 0.18, 0.238, 0.80, 0.50, 0.70, 0.26, 0.026,
          "fold", "stub", "saddle", (_DARK,), (
          ((0.72, 0.53, 0.33), (0.24, 0.22, 0.22), (0.80, 0.66, 0.47)),
          ((0.86, 0.80, 0.70), (0.62, 0.46, 0.31), _CREAM))),
)
