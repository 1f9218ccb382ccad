"""Classes of your own: what ``classes.json`` in a folder says, and masks of them.

    {"classes": [{"name": "background", "value": 0},
                 {"name": "leaf", "value": 1, "colour": "#e69f00"}],
     "ignore": 255}

Or in short ``{"classes": ["background", "leaf"]}``, with the values 0, 1, 2, … A mask holds one
value for each pixel (of a palette picture, the indices), or, where every class has a colour, the
colours. Like a trimap, it becomes a mask of the numbers 1, 2, 3, …, of which ``normalize`` makes
labels; 0 is what is to be ignored.
"""

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from lessons_lib.arguments import list_values
from lessons_lib.classes import MOST_CLASSES, Classes, make_classes, read_colour
from lessons_lib.data.problems import DataProblem
from lessons_lib.settings import shown

FILE_NAME = "classes.json"
LARGEST_VALUE = 65535  # of a PNG with 16 bits
VALUE_MODES = ("L", "P", "1", "I;16", "I")
COLOUR_MODES = ("RGB", "RGBA")
STRANGE = 255  # in a table from values to numbers: a value that no class has
LONGEST_FILE = 1_000_000  # bytes
LONGEST_NUMBER = 18  # digits; more would not fit into 64 bits
VALUES_LISTED = 6
EXAMPLE = '{"classes": ["background", "leaf"], "ignore": 255}'


@dataclass(frozen=True)
class OwnClasses:
    """What a ``classes.json`` says.

    Attributes:
        classes: names and colours, in the order of the file.
        values: what the masks hold for each class.
        ignore_value: what they hold where a pixel is to be ignored; None where none is.
        colours: as the file gives them, one for each class; empty where it does not give all.
    """

    classes: Classes
    values: tuple[int, ...]
    ignore_value: int | None
    colours: tuple[str, ...]

    def number_pixels(self, picture: Image.Image, path: Path) -> np.ndarray:
        """Turns a mask as the file holds it into numbers: 1 for the first class, 0 for ignored.

        Args:
            picture: opened by Pillow.
            path: of its file, for the sentences.

        Returns:
            uint8 h×w×1.

        Raises:
            DataProblem: a value or colour that ``classes.json`` does not know, or a mask that
                holds neither.
        """
        if picture.mode in COLOUR_MODES and self.colours:
            values, table = _as_codes(np.array(picture.convert("RGB"))), self._numbers_of_colours
        elif picture.mode in VALUE_MODES:
            values, table = np.array(picture), self._numbers_of_values
            values = values.astype(np.uint8) if values.dtype == bool else values
        else:
            raise DataProblem(
                f"Expected one number for each pixel in the mask {path}, but its mode is "
                f"{picture.mode}; save it as a PNG of the values that {FILE_NAME} gives, or as RGB "
                'with a "colour" for every class there.'
            )
        numbers = table[np.clip(values, 0, len(table) - 1)]
        strange = (numbers == STRANGE) | (values < 0) | (values >= len(table))
        if strange.any():
            present = np.unique(values[strange]).tolist()
            raise self._stray(present, path, coloured=picture.mode in COLOUR_MODES)
        return numbers[..., np.newaxis]

    @functools.cached_property
    def _numbers_of_values(self) -> np.ndarray:
        """A table from each value of a mask to the number of its class: a picture may be large."""
        table = np.full(LARGEST_VALUE + 1, STRANGE, np.uint8)
        table[list(self.values)] = range(1, len(self.values) + 1)
        if self.ignore_value is not None:
            table[self.ignore_value] = 0
        return table

    @functools.cached_property
    def _numbers_of_colours(self) -> np.ndarray:
        """A table from each colour, as one number, to the number of its class."""
        table = np.full(2**24, STRANGE, np.uint8)
        colours = np.array([read_colour(colour) for colour in self.colours])
        table[_as_codes(colours)] = range(1, len(self.colours) + 1)
        return table

    def _stray(self, strange: list[int], path: Path, *, coloured: bool) -> DataProblem:
        """Says which values or colours nobody expected."""
        if coloured:
            some = ", ".join(f"#{code:06x}" for code in strange[:VALUES_LISTED])
            more = ", …" if len(strange) > VALUES_LISTED else ""
            return DataProblem(
                f"Expected only the {len(self.colours)} colours that {FILE_NAME} gives in the mask "
                f"{path}, got also {some}{more}; save it as PNG, drawn without smooth edges."
            )
        pairs = zip(self.values, self.classes.names, strict=True)
        expected = [f"{value} ({name})" for value, name in pairs]
        if len(expected) > VALUES_LISTED:
            expected = [*expected[: VALUES_LISTED - 1], "…", expected[-1]]
        if self.ignore_value is not None:
            expected.append(f"{self.ignore_value} (ignored)")
        return DataProblem(
            f"Expected only the values {', '.join(expected)} in the mask {path}, got also "
            f"{list_values(np.array(strange))}; add them to {FILE_NAME}, as classes or as "
            '"ignore", or mend the mask (a JPEG and smooth edges make values of their own).'
        )


def read_classes(path: Path) -> OwnClasses:
    """Reads a ``classes.json``.

    Raises:
        DataProblem: not JSON, or not what is expected; the sentence says what and where.
    """
    try:
        if path.stat().st_size > LONGEST_FILE:
            raise ValueError(f"it has {path.stat().st_size:,} bytes")
        content = json.loads(
            path.read_text(encoding="utf-8-sig"),
            # Python reads no endless numbers; as text they are refused below, with their place.
            parse_int=lambda digits: int(digits) if len(digits) <= LONGEST_NUMBER else digits,
            object_pairs_hook=_refuse_repeated_keys,
        )
    except (OSError, ValueError, RecursionError) as problem:  # no file, no UTF-8, or no JSON
        reason = getattr(problem, "strerror", None) or shown(problem)
        raise DataProblem(
            f"Expected JSON in {path}, but it cannot be read ({reason}); write it like {EXAMPLE}."
        ) from problem
    try:
        return _read_content(content)
    except ValueError as problem:
        raise DataProblem(f"{path}: {problem}") from problem


def _read_content(content: Any) -> OwnClasses:
    if not isinstance(content, dict) or not isinstance(content.get("classes"), list):
        raise ValueError(f'expected a list named "classes", as in {EXAMPLE}.')
    _refuse_other_keys(content, ("classes", "ignore"))
    if not 2 <= len(content["classes"]) <= MOST_CLASSES:
        raise ValueError(f"expected 2 to {MOST_CLASSES} classes, got {len(content['classes'])}.")
    entries = [
        {"name": entry, "value": place} if isinstance(entry, str) else entry
        for place, entry in enumerate(content["classes"])
    ]
    for entry in entries:
        if not isinstance(entry, dict) or "name" not in entry or "value" not in entry:
            raise ValueError(
                'expected a name, or {"name": "leaf", "value": 1}, for each class, '
                f"got {json.dumps(entry):.60}."
            )
        _refuse_other_keys(entry, ("name", "value", "colour"))
        if isinstance(entry["name"], str) and not entry["name"].isprintable():
            raise ValueError(
                f"expected names of letters that can be printed, got '{shown(entry['name'])}'."
            )
    values = [entry["value"] for entry in entries]
    ignore_value = content.get("ignore")
    _require_values(values if ignore_value is None else [*values, ignore_value])
    given = [entry.get("colour") for entry in entries]
    classes = make_classes(
        [entry["name"] for entry in entries], given, ignored=ignore_value is not None
    )
    lowered = [colour.lower() for colour in given if colour is not None]
    for place, colour in enumerate(lowered):
        if colour in lowered[:place]:
            raise ValueError(f"expected each colour once, but {colour} comes twice.")
    colours = tuple(lowered) if len(lowered) == len(classes) else ()
    return OwnClasses(classes, tuple(values), ignore_value, colours)


def _refuse_other_keys(entry: dict, known: tuple[str, ...]) -> None:
    for key in entry:
        if key not in known:
            raise ValueError(f'expected only {", ".join(known)}, got "{shown(key)}".')


def _refuse_repeated_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Makes an object of JSON; of two that have the same key, Python would lose the first."""
    content = dict(pairs)
    if len(content) < len(pairs):
        raise ValueError("a key comes twice")
    return content


def _require_values(values: list) -> None:
    """Raises ValueError unless these are different values that a mask may hold."""
    for place, value in enumerate(values):
        if type(value) is not int or not 0 <= value <= LARGEST_VALUE:
            raise ValueError(
                f"expected whole numbers from 0 to {LARGEST_VALUE} as values, got {value!r:.40}."
            )
        if value in values[:place]:
            raise ValueError(f"expected each value once, but {value} comes twice.")


def _as_codes(colours: np.ndarray) -> np.ndarray:
    """Writes colours, …×3, as one number each: 0xrrggbb."""
    red, green, blue = (colours[..., channel].astype(np.int32) for channel in range(3))
    return red << 16 | green << 8 | blue
