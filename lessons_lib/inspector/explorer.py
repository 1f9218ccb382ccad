"""What all explorers have in common: the browser's code and colours, and a picture for readers.

An explorer is an anywidget: its view is drawn in the browser by the files in ``browser/``, so that
opacity, toggles and the pointer need no kernel. Where no widget can run (GitHub, a dead kernel)
its picture and its alternative text are shown instead.

Sources: anywidget (Manz et al., 2024); WAI-ARIA Authoring Practices for keys and live regions.
"""

import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import numpy as np
import traitlets
from matplotlib.colors import to_rgb

from lessons_lib.classes import (
    PERCENT_STEPS,
    PET_CLASSES,
    STRIPE_DARKNESS,
    STRIPE_PERIOD,
    STRIPE_WIDTH,
    Classes,
)
from lessons_lib.plots.figure import (
    COLOUR_MAP,
    ERROR_COLOUR,
    GAP,
    QUIET,
    LessonFigure,
    encode_png,
    mimebundle,
    write,
)
from lessons_lib.saying import quote

LETTER, LINE = 6.5, 16  # pixels of the small print below a picture
BROWSER_FILES = Path(__file__).parent / "browser"


def browser_code(*names: str) -> str:
    """Returns the module of one explorer: the shared parts, and its own files after them."""
    return "\n".join(
        (BROWSER_FILES / f"{part}.js").read_text(encoding="utf-8") for part in ("parts", *names)
    )


class Share(traitlets.Float):
    """A number from 0 to 1; infinity and NaN are none."""

    def validate(self, obj: Any, value: Any) -> float:
        """Returns it as a float; raises TraitError for anything else."""
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not 0 <= value <= 1:
            raise traitlets.TraitError(
                f"{self.name}: expected a number from 0 to 1, got {quote(value)}."
            )
        return float(value)


def told(kind: Any, expected: str) -> Any:
    """Returns a kind of trait that says in one sentence what it is set to, where that is wrong.

    Args:
        kind: of traitlets.
        expected: what it takes.
    """

    class Told(kind):
        """Refuses in the course's words."""

        def validate(self, obj: Any, value: Any) -> Any:
            """Returns the value as the trait holds it; raises TraitError for another kind."""
            try:
                return super().validate(obj, value)
            except Exception:  # of traitlets, or of a value that will not be compared
                pass
            raise traitlets.TraitError(f"{self.name}: expected {expected}, got {quote(value)}.")

    return Told


class Explorer(anywidget.AnyWidget):
    """Base of the widgets of this course.

    Attributes:
        when_run: what a reader can do with it who runs the cell, for the picture of those who see
            only that.
        from_browser: the traits that the browser may set, each checked by a validator; it can
            change no other.
        colours: names, colours and stripes of the classes, of errors and of scales, from
            ``lessons_lib.classes`` and ``lessons_lib.plots``, the one place of colours.
        percent_steps: how shares are said, from ``lessons_lib.classes``.
    """

    _css = (BROWSER_FILES / "explorer.css").read_text(encoding="utf-8")

    when_run: ClassVar[str] = ""
    from_browser: ClassVar[frozenset[str]] = frozenset()

    colours = traitlets.Dict().tag(sync=True)
    percent_steps = traitlets.List().tag(sync=True)

    def __init__(self, *, classes: Classes = PET_CLASSES, **traits: Any):
        """Takes the classes whose colours are shown, and the traits of the explorer at hand."""
        self.classes = classes
        super().__init__(colours=_colours(classes), percent_steps=list(PERCENT_STEPS), **traits)
        self.on_msg(self._hear)

    def __repr__(self) -> str:
        return self.summary()

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict, dict]:
        """Gives Jupyter the widget, and for readers without one a picture and a sentence.

        The widget's metadata tell Colab where to find the code that draws it.
        """
        data, metadata = mimebundle(self.to_png(), self.summary())
        metadata["image/png"]["alt"] = self.describe()
        bundle = super()._repr_mimebundle_(**options)
        widget, places = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
        return widget | data, places | metadata

    def summary(self) -> str:
        """Says what is shown, in the same words on every machine."""
        raise NotImplementedError

    def describe(self) -> str:
        """Says what is shown, computed from the content."""
        return self.summary()

    def to_figure(self) -> LessonFigure:
        """Draws what is shown, without a widget."""
        raise NotImplementedError

    def to_png(self) -> bytes:
        """Gives that drawing, and below it what would be interactive, as a PNG file."""
        drawn = self.to_figure().to_array()
        return encode_png(np.concatenate([drawn, _draw_note(self.when_run, drawn.shape[1])]))

    def answer(self, message: dict) -> None:
        """Answers what the browser asks for; by default nothing is asked."""

    def receive(self, message: dict, buffers: Sequence[Any]) -> None:
        """Takes a message and the bytes that came beside it; by default these are not looked at."""
        self.answer(message)

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Takes from the browser what it may set; what it may not, it is told as it is.

        Raises:
            TraitError: a value that its validator refuses; then none is taken.
        """
        allowed = {name: value for name, value in sync_data.items() if name in self.from_browser}
        refused = set(self.keys) & (sync_data.keys() - allowed.keys())
        try:
            super().set_state(allowed)
        except traitlets.TraitError:
            refused |= allowed.keys()
            raise
        finally:
            if refused:
                self.send_state(refused)

    def _hear(self, _widget: object, message: object, buffers: Sequence[Any]) -> None:
        """Passes a message on, and tells the browser what is wrong instead of failing silently."""
        try:
            if not isinstance(message, dict):
                raise ValueError(f"message: expected an object, got {type(message).__name__}.")
            self.receive(message, buffers)
        except Exception as problem:  # else it would only reach a log
            self.send({"problem": str(problem)})


def _draw_note(text: str, width: int) -> np.ndarray:
    """Draws a sentence, uint8 height×width×3."""
    lines = textwrap.wrap(text, max(20, int(width / LETTER)))
    note = LessonFigure(width, LINE * len(lines) + GAP, text)
    for number, line in enumerate(lines):
        style = {"ha": "left", "fontsize": 9, "color": QUIET, "style": "italic"}
        write(note, GAP, LINE * (number + 0.5), line, **style)
    return note.to_array()


def require_one_of(proposal: traitlets.Bunch, options: Iterable[str]) -> str:
    """Returns a trait's proposed value; raises TraitError unless it is one of the options."""
    options = list(options)
    if proposal["value"] not in options:
        raise traitlets.TraitError(
            f"{proposal['trait'].name}: expected one of {', '.join(options)}, "
            f"got {proposal['value']!r}."
        )
    return proposal["value"]


def require_between(proposal: traitlets.Bunch, first: int, last: int, what: str) -> int:
    """Returns a trait's proposed number; raises TraitError unless it lies from first to last."""
    if not first <= proposal["value"] <= last:
        raise traitlets.TraitError(
            f"{proposal['trait'].name}: {what} run from {first} to {last}, got {proposal['value']}."
        )
    return proposal["value"]


def _colours(classes: Classes) -> dict:
    scale = np.rint(COLOUR_MAP(np.linspace(0, 1, 256))[:, :3] * 255).astype(int)
    return {
        "classes": [
            {
                "label": one.label,
                "name": one.name,
                "rgb": list(one.rgb),
                "striped": list(one.stripe_rgb),
                "stripes": one.stripes,
            }
            for one in classes.drawn
        ],
        "count": len(classes),
        "stripes": {
            "period": STRIPE_PERIOD,
            "width": STRIPE_WIDTH,
            "darkness": STRIPE_DARKNESS,
        },
        "error": [round(value * 255) for value in to_rgb(ERROR_COLOUR)],
        "scale": scale.ravel().tolist(),
    }
