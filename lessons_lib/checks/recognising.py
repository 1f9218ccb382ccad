"""Fourth stage: names the misconception behind an answer that is not right.

An answer is wrong in a known way if in every case it does what that misconception's wrong answer
does. An answer that mixes two mistakes, say one in the image and one in the mask, is told the
first whose parts it shares; mended, it will be told the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lessons_lib.checks.comparing import Comparison
from lessons_lib.checks.task import Misconception


@dataclass(frozen=True)
class Candidate:
    """A wrong answer that may be the one at hand.

    Attributes:
        misconception: whose wrong answer it is.
        mistake: how the wrong answer differs from the reference.
        deviation: how the answer at hand differs from the wrong answer.
    """

    misconception: Misconception
    mistake: Comparison
    deviation: Comparison


@dataclass(frozen=True)
class Recognition:
    """A misconception that was recognised, and the parts of the result that it is about."""

    misconception: Misconception
    parts: frozenset[str]


def recognise(candidates: Sequence[Candidate]) -> Recognition | None:
    """Returns the misconception whose wrong answer does the same as the answer, or None.

    Exactly the same goes first; then the same in all parts that the misconception is about.

    Args:
        candidates: in the order of the task's declaration.
    """
    similar = None
    for candidate in candidates:
        parts = candidate.mistake.parts
        if not candidate.deviation.differences:
            return Recognition(candidate.misconception, parts)
        shares_parts = candidate.deviation.by_part and not parts & candidate.deviation.parts
        if similar is None and parts and shares_parts:
            similar = Recognition(candidate.misconception, parts)
    return similar
