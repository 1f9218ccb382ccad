"""How far something is that takes many seconds: a bar that leaves nothing behind.

In a notebook it is neither red text nor a widget, and is gone at its end: so a lesson's cell shows
the same whether the pets had to be drawn or lay there already. In a terminal it is tqdm's line on
standard error.
"""

import html
import io
import sys
from collections.abc import Iterable
from typing import Any

from tqdm import tqdm


class NotebookBar(tqdm):
    """tqdm's counting, shown as an output of the running cell, which is emptied at the end."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Takes what tqdm takes; nothing is written to a stream."""
        self._place: Any = None
        super().__init__(*arguments, file=io.StringIO(), leave=False, **options)

    def display(self, msg: str | None = None, pos: int | None = None) -> None:
        """Shows how far it is; an empty message takes the bar away."""
        from IPython.display import DisplayHandle

        shown = {} if msg == "" else self._bundle()
        if self._place is None and shown:
            self._place = DisplayHandle()
            self._place.display(shown, raw=True)
        elif self._place is not None:
            self._place.update(shown, raw=True)

    def _bundle(self) -> dict[str, str]:
        known = self.format_dict
        done, total = known["n"], known["total"]
        said = f"{self.desc.rstrip(': ')}: {share(done, total)}" if total else self.desc
        if done and total:
            left = known["elapsed"] / done * (total - done)
            said += f", {self.format_interval(left)} left"
        place = f'value="{done}" max="{total}"' if total else ""
        text = html.escape(said)
        bar = f'<progress {place} aria-label="{html.escape(self.desc)}"></progress>'
        return {"text/html": f"{bar} {text}", "text/plain": said}


def share(done: float, total: float) -> str:
    """Says ``12 of 400``, or per cent where nobody would count."""
    return f"{done:,} of {total:,}" if total < 1e6 else f"{100 * done / total:.0f} %"


def progress(items: Iterable | None, what: str, *, delay: float = 1.0, **options: Any) -> tqdm:
    """Counts items, or calls of its ``update``, and shows how far it is.

    Args:
        items: to go through; None where ``total`` is given and ``update`` called.
        what: is done, such as "Drawing pets".
        delay: seconds after which it is shown: what is quick needs no bar.
        options: further ones of tqdm.

    Returns:
        What gives the items one by one.
    """
    if _in_notebook():
        return NotebookBar(items, desc=what, delay=delay, mininterval=0.5, **options)
    return tqdm(items, desc=what, delay=delay, file=sys.stderr, **options)


def _in_notebook() -> bool:
    """Whether a Jupyter kernel runs this code; who has not imported IPython is in none."""
    interactive = sys.modules.get("IPython")
    return interactive is not None and hasattr(interactive.get_ipython(), "kernel")
