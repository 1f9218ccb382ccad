"""An error of a learner's code, told as the learner needs it: kind, message, their own line."""

import linecache
import re
import sysconfig
import traceback
from dataclasses import dataclass
from pathlib import Path

from lessons_lib.checks.task import PLACEHOLDER
from lessons_lib.checks.values import shorten

LIBRARY_FOLDERS = tuple(
    {
        str(Path(__file__).resolve().parents[1]),
        *(sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")),
    }
)
LONGEST_MESSAGE = 200
LONGEST_TEXT = 100_000
TERMINAL_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
TENSORFLOW_NODES = re.compile(r"\{\{[^}]*\}\}\s*")
# TensorFlow rewrites functions of tf.data pipelines, and marks the user's lines by an asterisk.
REWRITTEN_LINE = re.compile(r'File "[^"]*", line (\d+), in \S+\s+\*\s*\n\s*(\S.*)')
LAYER_COUNTER = re.compile(r"(?<=[a-z])_\d+\b")  # Keras numbers layers: concatenate_3
ERROR_LINE = re.compile(r"^\s*\w+(?:Error|Exception): (.*)", re.MULTILINE)


@dataclass(frozen=True)
class LearnersError:
    """An error that an answer raised, without the library's own traceback.

    Attributes:
        kind: the name of its type.
        message: its first line that says something.
        line: the number of the line in the learner's cell, or None.
        code: the text of that line.
        is_placeholder: whether it says that nothing has been written yet.
    """

    kind: str
    message: str
    line: int | None
    code: str
    is_placeholder: bool

    def is_like(self, other: "LearnersError") -> bool:
        """Says whether both are of one kind and say the same, apart from numbers of layers."""
        messages = {LAYER_COUNTER.sub("", error.message) for error in (self, other)}
        return self.kind == other.kind and len(messages) == 1

    def __str__(self) -> str:
        said = f"{self.kind}: {self.message}" if self.message else self.kind
        if self.line is None:
            return said
        return f"{said}, in line {self.line} of your cell: {shorten(self.code)}"


def describe_error(error: BaseException) -> LearnersError:
    """Tells an exception as the learner needs it: kind, message, their own line."""
    text = TERMINAL_COLOURS.sub("", _text_of(error))
    is_placeholder = isinstance(error, NotImplementedError) and (not text or PLACEHOLDER in text)
    line, code = _learners_line(error)
    rewritten = REWRITTEN_LINE.findall(text)
    if rewritten:
        line, code = int(rewritten[-1][0]), rewritten[-1][1].strip()
    return LearnersError(type(error).__name__, _first_words(text), line, code, is_placeholder)


def _text_of(error: BaseException) -> str:
    try:
        return str.__str__(str(error))[:LONGEST_TEXT]
    except Exception:
        return ""  # an exception class of the learner's own, whose text fails


def _learners_line(error: BaseException) -> tuple[int | None, str]:
    for frame, line in reversed(list(traceback.walk_tb(error.__traceback__))):
        file = frame.f_code.co_filename
        if is_learners_file(file):
            return line, linecache.getline(file, line).strip()
    return None, ""


def is_learners_file(file: str) -> bool:
    """Says whether code of this file is a learner's own, and not a library's."""
    is_library = file.startswith((*LIBRARY_FOLDERS, "<frozen", "<string>", "<__array"))
    return not is_library and "__autograph_generated_file" not in file


def _first_words(text: str) -> str:
    """Returns the one line of a message that says what happened."""
    text = TENSORFLOW_NODES.sub("", text)
    if text.startswith("in user code:"):
        text = (ERROR_LINE.findall(text) or [text])[-1]
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and lines[0].startswith("Exception encountered when calling"):
        del lines[0]
    message = lines[0] if lines else ""
    return message if len(message) <= LONGEST_MESSAGE else message[:LONGEST_MESSAGE] + " ..."
