"""The classes of pixels: names, order, colours and stripes, and how shares are said.

Everything that names, colours or counts classes takes it from here, the browser too: the explorers
hand it these tables. The pets' three classes are what every function takes unless it is given
others by ``classes=``, which ``make_classes`` makes of up to 21 names.

The data set's files hold *trimap values* 1, 2, 3; ``lessons_lib.data.normalize`` turns them into
*labels* 0, 1, 2. Other classes are counted likewise, and what is to be ignored is 0 before
``normalize`` and ``IGNORED_LABEL`` behind it.

Sources: README of the Oxford-IIIT Pet annotations (Parkhi et al., 2012): 1 foreground,
2 background, 3 not classified. Colours: Okabe and Ito, "Color Universal Design" (2008), and what
tells them apart: Ottosson, "A perceptual color space for image processing" (Oklab, 2020).
"""

import functools
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lessons_lib.saying import quote
from lessons_lib.signatures import tell_calls

IGNORED_LABEL = 255
MOST_CLASSES = 21  # Pascal VOC's; more nobody could tell apart by colour and stripes
LONGEST_NAME = 24

# Of so many pixels of a picture as it is shown, so many are in a stripe, which is darker by this
# part, or lighter where the colour is dark itself.
STRIPE_PERIOD = 6
STRIPE_WIDTH = 2
STRIPE_DARKNESS = 0.45
DARK = 0.45  # in Oklab's lightness, 0 to 1

# Colours of which any two differ by lightness, or by blue against yellow, also for those who do
# not see red and green apart. The classes that get the same one differ by their stripes.
PALETTE = ("#0072b2", "#e69f00", "#56b4e9", "#d55e00", "#f0e442", "#661144")
BACKGROUND_COLOUR = "#e6e6e6"
HATCHES = ("", "////", "\\\\\\\\", "xxxx")
TOLD_APART = 0.12  # in Oklab without its axis from green to red

# Words that stand for something else where a class's name may stand too.
TAKEN_NAMES = (
    *("ignored", "given", "smallest", "largest", "worst", "border errors"),
    *("truth", "prediction", "errors"),
)


@dataclass(frozen=True)
class PixelClass:
    """One class of pixel.

    Attributes:
        label: what the model predicts, counted from 0.
        name: what it is called.
        colour: ``#rrggbb``.
        hatch: matplotlib hatch that marks the class where colour alone would not do.
    """

    label: int
    name: str
    colour: str
    hatch: str

    @property
    def rgb(self) -> tuple[int, int, int]:
        """The colour as three integers from 0 to 255."""
        return read_colour(self.colour)

    @property
    def trimap_value(self) -> int:
        """What masks hold for the class before ``normalize``, counted from 1."""
        return self.label + 1

    @property
    def is_dark(self) -> bool:
        """Whether stripes have to be lighter than the colour, not darker."""
        return _seen_by_everybody(self.rgb)[0] < DARK

    @property
    def stripe_rgb(self) -> tuple[int, int, int]:
        """The colour of its stripes, that of the class where it has none."""
        if not self.hatch:
            return self.rgb
        towards = 255 if self.is_dark else 0
        red, green, blue = (
            round(level * (1 - STRIPE_DARKNESS) + STRIPE_DARKNESS * towards) for level in self.rgb
        )
        return red, green, blue

    @property
    def stripes(self) -> int:
        """Which stripes it has: 1 those that rise to the right, 2 those that fall, 3 both, or 0."""
        rises, falls = "/" in self.hatch, "\\" in self.hatch
        return 3 if "x" in self.hatch else rises + 2 * falls


IGNORED = PixelClass(label=IGNORED_LABEL, name="ignored", colour="#ffffff", hatch="xxxx")


@dataclass(frozen=True)
class Classes:
    """All classes of a set of pictures, in the order of their labels.

    Attributes:
        members: the classes, labels 0, 1, 2, …
        ignore_class: ``IGNORED_LABEL`` where masks may hold it, which neither loss nor metrics
            then count; None where every pixel has a class. Keras calls it by the same name.
    """

    members: tuple[PixelClass, ...]
    ignore_class: int | None = None

    def __len__(self) -> int:
        return len(self.members)

    def __iter__(self) -> Iterator[PixelClass]:
        return iter(self.members)

    @functools.cached_property
    def names(self) -> tuple[str, ...]:
        """The names in the order of the labels."""
        return tuple(one.name for one in self)

    @property
    def drawn(self) -> tuple[PixelClass, ...]:
        """What masks may hold, for legends: the classes and, where there are some, ignored ones."""
        return self.members if self.ignore_class is None else (*self.members, IGNORED)

    @property
    def predicted(self) -> "Classes":
        """The same classes for a model's masks, in which nothing is ignored."""
        return Classes(self.members)

    @property
    def background(self) -> int | None:
        """The label of the class called background, which overlays leave clear, if there is one."""
        return self.names.index("background") if "background" in self.names else None


PET_CLASSES = Classes(
    (
        PixelClass(label=0, name="pet", colour=PALETTE[0], hatch=""),
        PixelClass(label=1, name="background", colour=BACKGROUND_COLOUR, hatch=""),
        PixelClass(label=2, name="border", colour=PALETTE[1], hatch="////"),
    )
)
CLASSES = PET_CLASSES  # as the lessons call them, which know no others
CLASS_NAMES = PET_CLASSES.names
NUM_CLASSES = len(PET_CLASSES)
TRIMAP_VALUES = tuple(one.trimap_value for one in PET_CLASSES)


def make_classes(
    names: Sequence[str], colours: Sequence[str | None] = (), *, ignored: bool = False
) -> Classes:
    """Makes classes of your own, with stripes where colours alone would not tell two apart.

    Args:
        names: 2 to 21, in the order of the labels. A class called ``background`` is grey, and
            clear where a mask is laid over a photo.
        colours: ``#rrggbb`` or None, one for each name; by default the course chooses all.
        ignored: whether masks hold pixels that are not to be counted, with the label 255.

    Raises:
        ValueError: too few or too many names, or some that come twice or cannot be used; a colour
            that is none.

    >>> [one.hatch for one in make_classes(["sky", "road", "car"], ["#111111", "#121212", None])]
    ['', '////', '']
    """
    _require_names(names)
    _require_colours(colours)
    if not isinstance(ignored, bool):
        raise ValueError(f"expected True or False as ignored, got {quote(ignored)}.")
    chosen = list(colours) or [None] * len(names)
    if len(chosen) != len(names):
        raise ValueError(f"expected one colour for each class, got {len(chosen)} for {len(names)}.")
    members: list[PixelClass] = []
    for label, (name, colour) in enumerate(zip(names, chosen, strict=True)):
        if colour is None:
            left = sum(one.name != "background" for one in members) % len(PALETTE)
            colour = BACKGROUND_COLOUR if name == "background" else PALETTE[left]
        members.append(PixelClass(label, name, colour, _choose_hatch(colour, members)))
    return Classes(tuple(members), IGNORED_LABEL if ignored else None)


def read_colour(colour: str) -> tuple[int, int, int]:
    """Reads ``#rrggbb`` into three integers from 0 to 255; ValueError for anything else."""
    if not isinstance(colour, str) or not re.fullmatch("#[0-9a-fA-F]{6}", colour):
        raise ValueError(f'expected a colour such as "#0072b2", got {quote(colour)}.')
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return red, green, blue


def _require_names(names: Sequence[str]) -> None:
    """Raises ValueError unless these can be the names of classes."""
    if isinstance(names, str) or not isinstance(names, Sequence):
        raise ValueError(
            f"expected a list of names, such as ['background', 'leaf'], got {quote(names)}."
        )
    if not 2 <= len(names) <= MOST_CLASSES:
        raise ValueError(f"expected 2 to {MOST_CLASSES} classes, got {len(names)}.")
    for place, name in enumerate(names):
        if not isinstance(name, str) or not name.strip() or len(name) > LONGEST_NAME:
            raise ValueError(
                f"expected a name of 1 to {LONGEST_NAME} letters for each class, got {quote(name)}."
            )
        if name in names[:place]:
            raise ValueError(f"expected each name once, but {name!r} comes twice.")
        if name in TAKEN_NAMES:
            raise ValueError(f"the name {name!r} means something else here: choose another one.")


def _require_colours(colours: Sequence[str | None]) -> None:
    """Raises ValueError for what is no list of colours."""
    if isinstance(colours, str) or not isinstance(colours, Sequence):
        raise ValueError(f"expected a list of colours or none at all, got {quote(colours)}.")


def _choose_hatch(colour: str, others: Sequence[PixelClass]) -> str:
    """Returns the first hatch with which no other class has a colour that looks like this one."""
    mine = _seen_by_everybody(read_colour(colour))
    alike = [one for one in others if math.dist(mine, _seen_by_everybody(one.rgb)) < TOLD_APART]
    taken = [one.hatch for one in alike]
    return min(HATCHES, key=taken.count)


@functools.cache
def _seen_by_everybody(rgb: tuple[int, int, int]) -> tuple[float, float]:
    """Lightness, and blue against yellow: Oklab without what a red-green blindness takes away."""
    levels = [level / 255 for level in rgb]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in levels]
    long, medium, short = (
        sum(part * one for part, one in zip(parts, linear, strict=True)) ** (1 / 3)
        for parts in (
            (0.4122214708, 0.5363325363, 0.0514459929),
            (0.2119034982, 0.6806995451, 0.1073969566),
            (0.0883024619, 0.2817188376, 0.6299787005),
        )
    )
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


LARGEST_SHARE = 1 + 1e-6  # what adds up to 1 may miss it by a last digit
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
    if isinstance(share, bool) or not hasattr(share, "__float__") or getattr(share, "shape", ()):
        raise TypeError(f"percent says a share, a number from 0 to 1, but {quote(share)} came.")
    said = "–"
    for start, text in PERCENT_STEPS:
        if start <= share <= LARGEST_SHARE:
            said = text
    return said


tell_calls(globals())
