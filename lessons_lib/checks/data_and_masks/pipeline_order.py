"""pipeline_order: what comes before what in a training pipeline."""

from typing import Any

from lessons_lib.checks.observing import UnfitAnswer
from lessons_lib.checks.quiz import match_choice, read_sequence
from lessons_lib.checks.task import Misconception, Task


def declare() -> Task:
    """Declares the exercise."""
    return Task(
        name="pipeline_order",
        lesson=1,
        minutes=5,
        aim="Put the stages of a training pipeline in a good order, in which each pet comes once "
        "before any comes again: " + ", ".join(sorted(STAGES)) + ".",
        signature="pipeline_order",
        hints=(
            "What is costly and always the same comes early; what is random comes after the cache.",
            "What would `shuffle` shuffle if the batches were already made?",
            "Load, keep, mix, go on for ever, make batches, change by chance, prepare ahead.",
        ),
        reference=_order("load cache shuffle repeat batch augment prefetch"),
        observe=_observe_order,
        misconceptions=MISCONCEPTIONS,
        why="The same stages in another order give other batches, or the same ones more slowly, "
        "and no error says so.",
    )


STAGES = ("load", "cache", "shuffle", "repeat", "batch", "augment", "prefetch")


def _observe_order(answer: Any) -> dict:
    """Says where each stage stands to those that matter to it; other orders are equally good."""
    written = read_sequence(answer)
    if written is None or not all(isinstance(one, str) for one in written):
        raise UnfitAnswer(
            "Write the stages as a list of texts, or as one text with commas.", "no list of words"
        )
    stages = [match_choice(one, STAGES) or one.strip("() ").lower() for one in written]
    _require_each_once(stages)

    behind = {"prefetch"} | ({"augment"} if stages[-2] == "prefetch" else set())

    def place(stage: str, other: str) -> str:
        return f"{'before' if stages.index(stage) < stages.index(other) else 'after'} {other}"

    return {
        "the place of load": "first" if stages[0] == "load" else "not first",
        "the place of shuffle": place("shuffle", "batch"),
        "the place of augment": place("augment", "cache"),
        "the place of repeat": place("repeat", "shuffle"),
        "the place of cache": place("cache", "shuffle"),
        "the endlessness of what is cached": place("cache", "repeat"),
        # The course's own pipeline augments behind the prefetch, so that its flips can be repeated.
        "the place of prefetch": "at the end" if stages[-1] in behind else "not at the end",
    }


def _require_each_once(stages: list[str]) -> None:
    strange = [one for one in stages if one not in STAGES]
    if strange:
        raise UnfitAnswer(
            f"There is no stage `{strange[0][:40]}`. Each of these is wanted once: "
            f"{', '.join(STAGES)}.",
            "a word that is no stage",
        )
    missing = [one for one in STAGES if one not in stages]
    if missing:
        raise UnfitAnswer(f"A stage is missing: {', '.join(missing)}.", "leaves out a stage")
    if len(stages) > len(STAGES):
        twice = next(one for one in STAGES if stages.count(one) > 1)
        raise UnfitAnswer(f"Each stage is wanted once, and {twice} comes twice.", "a stage twice")


def _order(text: str) -> list[str]:
    return text.split()


MISCONCEPTIONS = (
    Misconception(
        "shuffle after batch",
        "Shuffled after batching, whole batches change places; the same pets always stay "
        "together in one.",
        _order("load cache repeat batch shuffle augment prefetch"),
        also=(
            _order("load cache batch shuffle repeat augment prefetch"),
            "load, cache, batch, repeat, augment, shuffle, prefetch",
        ),
    ),
    Misconception(
        "cache after augment",
        "Cached after augmenting, the flips of the first epoch are kept: every later epoch "
        "sees the very same pictures.",
        _order("load augment cache shuffle repeat batch prefetch"),
    ),
    Misconception(
        "repeat before shuffle",
        "Repeated before shuffling, epochs run into each other: a pet can come twice before "
        "another has come once.",
        _order("load cache repeat shuffle batch augment prefetch"),
    ),
    Misconception(
        "cache after shuffle",
        "Cached after shuffling, the first order is kept: every epoch goes through the pets "
        "in the same order.",
        _order("load shuffle cache repeat batch augment prefetch"),
    ),
    Misconception(
        "cache after repeat",
        "Cached after repeating, the cache is never complete: it grows with every epoch.",
        _order("load shuffle repeat cache batch augment prefetch"),
    ),
    Misconception(
        "prefetch too early",
        "Prefetching early prepares ahead only what comes before it; the stages behind it keep "
        "the model waiting.",
        _order("load prefetch cache shuffle repeat batch augment"),
        also=(
            _order("load cache prefetch shuffle repeat batch augment"),
            _order("load cache shuffle prefetch repeat batch augment"),
            _order("load cache shuffle repeat prefetch batch augment"),
        ),
    ),
    Misconception(
        "load after something",
        "Before load there are no pictures: there is nothing to keep, mix or flip.",
        _order("cache load shuffle repeat batch augment prefetch"),
    ),
)
