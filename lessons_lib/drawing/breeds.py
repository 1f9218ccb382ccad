"""The breeds that live only in this course, and what tells them apart.

Lengths are in pet units: a standing pet's shoulder is about one unit above the ground.
"""

from dataclasses import dataclass

Colour = tuple[float, float, float]

CAT, DOG = "Cat", "Dog"


@dataclass(frozen=True, kw_only=True)
class Breed:
    """Build and coat of one drawn breed.

    Attributes:
        name: the label; cats begin with a capital, dogs do not, as in the Oxford set.
        species: "Cat" or "Dog".
        leg, body, girth, neck, head: leg length, body length, body radius, neck length and head
            radius.
        muzzle, muzzle_width: length and radius of the muzzle, in head radii.
        ear: "prick", "hound" (hanging) or "fold" (the tips fall forward).
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
    (0.55, 0.66, 0.30),
    (0.80, 0.62, 0.22),
    (0.42, 0.62, 0.80),
    (0.72, 0.42, 0.16),
)
_BROWN, _DARK = (0.26, 0.15, 0.08), (0.16, 0.10, 0.07)
_CREAM, _WHITE, _BLACK = (0.93, 0.86, 0.74), (0.93, 0.91, 0.87), (0.13, 0.12, 0.12)

BREEDS: tuple[Breed, ...] = (
    Breed(
        name="Marmalade_Tabby",
        species=CAT,
        leg=0.50,
        body=0.80,
        girth=0.190,
        neck=0.16,
        head=0.249,
        muzzle=0.42,
        muzzle_width=0.42,
        ear="prick",
        ear_size=0.85,
        tail="whip",
        tail_length=0.85,
        shag=0.012,
        pattern="tabby",
        coats=(
            ((0.85, 0.56, 0.28), (0.66, 0.35, 0.13), (0.95, 0.83, 0.66)),
            ((0.80, 0.60, 0.38), (0.60, 0.37, 0.18), (0.93, 0.85, 0.72)),
        ),
        eyes=(_AMBER, _GREEN),
    ),
    Breed(
        name="Pencil_Tabby",
        species=CAT,
        leg=0.54,
        body=0.84,
        girth=0.175,
        neck=0.17,
        head=0.238,
        muzzle=0.42,
        muzzle_width=0.40,
        ear="prick",
        ear_size=0.90,
        tail="whip",
        tail_length=0.90,
        shag=0.010,
        pattern="tabby",
        coats=(
            ((0.58, 0.52, 0.45), (0.22, 0.19, 0.17), (0.86, 0.81, 0.73)),
            ((0.62, 0.61, 0.59), (0.27, 0.26, 0.26), (0.88, 0.87, 0.84)),
        ),
        eyes=(_GREEN, _AMBER),
    ),
    Breed(
        name="Inkwell_Tuxedo",
        species=CAT,
        leg=0.50,
        body=0.80,
        girth=0.190,
        neck=0.15,
        head=0.249,
        muzzle=0.42,
        muzzle_width=0.42,
        ear="prick",
        ear_size=0.82,
        tail="whip",
        tail_length=0.85,
        shag=0.014,
        pattern="tuxedo",
        coats=(
            (_BLACK, (0.20, 0.18, 0.17), _WHITE),
            ((0.36, 0.38, 0.41), (0.30, 0.32, 0.35), _WHITE),
        ),
        eyes=(_GREEN, _AMBER),
    ),
    Breed(
        name="Porcelain_Point",
        species=CAT,
        leg=0.58,
        body=0.86,
        girth=0.155,
        neck=0.20,
        head=0.220,
        muzzle=0.52,
        muzzle_width=0.36,
        ear="prick",
        ear_size=1.15,
        tail="whip",
        tail_length=0.95,
        shag=0.006,
        pattern="points",
        coats=(
            ((0.91, 0.84, 0.73), (0.27, 0.19, 0.15), (0.95, 0.90, 0.82)),
            ((0.92, 0.88, 0.82), (0.43, 0.43, 0.47), (0.95, 0.92, 0.88)),
        ),
        eyes=(_BLUE,),
    ),
    Breed(
        name="Feather_Longhair",
        species=CAT,
        leg=0.42,
        body=0.78,
        girth=0.235,
        neck=0.12,
        head=0.273,
        muzzle=0.34,
        muzzle_width=0.44,
        ear="prick",
        ear_size=0.66,
        tail="plume",
        tail_length=0.75,
        shag=0.040,
        pattern="patches",
        coats=(
            (_WHITE, (0.78, 0.50, 0.26), (0.95, 0.93, 0.90)),
            ((0.93, 0.91, 0.88), (0.42, 0.43, 0.45), (0.95, 0.94, 0.92)),
        ),
        eyes=(_COPPER, _AMBER),
    ),
    Breed(
        name="Speckled_Quill",
        species=CAT,
        leg=0.56,
        body=0.88,
        girth=0.180,
        neck=0.18,
        head=0.232,
        muzzle=0.46,
        muzzle_width=0.40,
        ear="prick",
        ear_size=0.88,
        tail="whip",
        tail_length=0.85,
        shag=0.006,
        pattern="spots",
        coats=(
            ((0.78, 0.63, 0.42), (0.25, 0.17, 0.11), (0.93, 0.87, 0.76)),
            ((0.72, 0.70, 0.66), (0.21, 0.20, 0.20), (0.90, 0.88, 0.85)),
        ),
        eyes=(_GREEN, _AMBER),
    ),
    Breed(
        name="biscuit_hound",
        species=DOG,
        leg=0.48,
        body=0.92,
        girth=0.200,
        neck=0.20,
        head=0.238,
        muzzle=0.90,
        muzzle_width=0.46,
        ear="hound",
        ear_size=1.25,
        tail="flag",
        tail_length=0.60,
        shag=0.006,
        pattern="saddle",
        coats=(
            ((0.75, 0.52, 0.30), (0.17, 0.14, 0.12), _WHITE),
            ((0.80, 0.58, 0.34), (0.42, 0.26, 0.15), _WHITE),
        ),
        eyes=(_BROWN,),
    ),
    Breed(
        name="charcoal_shepherd",
        species=DOG,
        leg=0.62,
        body=0.96,
        girth=0.200,
        neck=0.26,
        head=0.238,
        muzzle=1.00,
        muzzle_width=0.42,
        ear="prick",
        ear_size=0.95,
        tail="plume",
        tail_length=0.70,
        shag=0.022,
        pattern="saddle",
        coats=(
            ((0.70, 0.50, 0.30), (0.16, 0.13, 0.12), (0.80, 0.66, 0.47)),
            ((0.62, 0.55, 0.46), (0.19, 0.18, 0.18), (0.78, 0.73, 0.65)),
        ),
        eyes=(_BROWN,),
    ),
    Breed(
        name="crayon_spitz",
        species=DOG,
        leg=0.40,
        body=0.66,
        girth=0.230,
        neck=0.14,
        head=0.255,
        muzzle=0.68,
        muzzle_width=0.36,
        ear="prick",
        ear_size=0.62,
        tail="curl",
        tail_length=0.70,
        shag=0.045,
        pattern="plain",
        coats=(
            ((0.88, 0.60, 0.33), (0.80, 0.50, 0.24), (0.95, 0.82, 0.63)),
            ((0.94, 0.92, 0.88), (0.88, 0.84, 0.77), (0.97, 0.96, 0.93)),
        ),
        eyes=(_DARK,),
    ),
    Breed(
        name="button_pug",
        species=DOG,
        leg=0.38,
        body=0.64,
        girth=0.215,
        neck=0.12,
        head=0.261,
        muzzle=0.38,
        muzzle_width=0.58,
        ear="fold",
        ear_size=0.55,
        tail="curl",
        tail_length=0.32,
        shag=0.004,
        pattern="mask",
        coats=(
            ((0.83, 0.69, 0.50), (0.15, 0.12, 0.11), (0.88, 0.77, 0.60)),
            ((0.76, 0.66, 0.53), (0.16, 0.14, 0.13), (0.84, 0.76, 0.64)),
        ),
        eyes=(_DARK,),
    ),
    Breed(
        name="chalk_spaniel",
        species=DOG,
        leg=0.46,
        body=0.80,
        girth=0.205,
        neck=0.20,
        head=0.238,
        muzzle=0.80,
        muzzle_width=0.46,
        ear="hound",
        ear_size=1.30,
        tail="plume",
        tail_length=0.45,
        shag=0.028,
        pattern="patches",
        coats=(
            (_WHITE, (0.52, 0.29, 0.16), (0.95, 0.93, 0.90)),
            (_WHITE, (0.16, 0.14, 0.13), (0.95, 0.93, 0.90)),
        ),
        eyes=(_BROWN, _DARK),
    ),
    Breed(
        name="woolly_doodle",
        species=DOG,
        leg=0.58,
        body=0.84,
        girth=0.225,
        neck=0.20,
        head=0.278,
        muzzle=0.66,
        muzzle_width=0.56,
        ear="hound",
        ear_size=0.90,
        tail="plume",
        tail_length=0.50,
        shag=0.050,
        pattern="plain",
        coats=(
            ((0.86, 0.72, 0.52), (0.78, 0.62, 0.42), (0.90, 0.79, 0.62)),
            ((0.47, 0.32, 0.21), (0.40, 0.26, 0.17), (0.55, 0.40, 0.28)),
            ((0.91, 0.88, 0.81), (0.86, 0.81, 0.72), (0.94, 0.91, 0.86)),
        ),
        eyes=(_DARK,),
    ),
    Breed(
        name="inkspot_pointer",
        species=DOG,
        leg=0.68,
        body=0.94,
        girth=0.180,
        neck=0.26,
        head=0.220,
        muzzle=1.02,
        muzzle_width=0.42,
        ear="hound",
        ear_size=0.95,
        tail="whip",
        tail_length=0.60,
        shag=0.003,
        pattern="spots",
        coats=((_WHITE, (0.15, 0.14, 0.14), _WHITE), (_WHITE, (0.45, 0.27, 0.16), _WHITE)),
        eyes=(_BROWN,),
    ),
    Breed(
        name="scribble_terrier",
        species=DOG,
        leg=0.40,
        body=0.74,
        girth=0.180,
        neck=0.18,
        head=0.238,
        muzzle=0.80,
        muzzle_width=0.50,
        ear="fold",
        ear_size=0.70,
        tail="stub",
        tail_length=0.26,
        shag=0.026,
        pattern="saddle",
        coats=(
            ((0.72, 0.53, 0.33), (0.24, 0.22, 0.22), (0.80, 0.66, 0.47)),
            ((0.86, 0.80, 0.70), (0.62, 0.46, 0.31), _CREAM),
        ),
        eyes=(_DARK,),
    ),
)

CAT_BREEDS = tuple(breed.name for breed in BREEDS if breed.species == CAT)
DOG_BREEDS = tuple(breed.name for breed in BREEDS if breed.species == DOG)
