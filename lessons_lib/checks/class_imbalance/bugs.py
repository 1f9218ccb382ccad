"""bugs: a published recipe with five flaws."""

from collections.abc import Callable
from typing import Any

from lessons_lib.checks.observing import UnfitAnswer
from lessons_lib.checks.quiz import Question, Quiz, match_choice, read_pairs
from lessons_lib.checks.task import Misconception, Task
from lessons_lib.checks.values import plain


def declare() -> Task:
    """Declares the exercise."""
    return Task(
        name="bugs",
        lesson=5,
        minutes=12,
        aim="A published recipe, told in our own lines, runs without an error and has five flaws: "
        "find their lines and say what each needs.",
        signature="bugs",
        hints=(
            "There are five flaws. Four were met in the lessons, the fifth shows in a picture. "
            "Read each line and ask what you measured, or looked at.",
            "Two are about what the labels mean, two about what a comparison or a final figure is "
            "worth, one about what you see.",
            "Where is the test set used? Which lines would have to run twice for two independent "
            "models? Which label is the border, and which place in a list of weights is its?",
            "array_to_img makes each picture's own largest value white: what if no border was "
            "predicted?",
        ),
        reference=FLAWS,
        observe=_read_flaws,
        misconceptions=MISCONCEPTIONS,
        why="None of the five raises an error, and each makes a picture or a figure say what is "
        "not so; whoever looks and measures finds them.",
    )


RECIPE = (
    "train, test = load_pets()",
    'names = {1: "pet", 2: "border", 3: "background"}',
    'prepare = lambda photo, trimap: (resize(photo) / 255, resize(trimap, "nearest") - 1)',
    "train_batches = train.map(prepare).cache().shuffle(1000).batch(32)",
    "validation_batches = test.map(prepare).batch(32)",
    "encoder = pretrained_encoder(trainable=False)",
    "up_blocks = [upsample(512), upsample(256), upsample(128), upsample(64)]",
    'build_model = lambda: connect(encoder, up_blocks, Conv2DTranspose(3, 3, 2, padding="same"))',
    "loss = SparseCategoricalCrossentropy(from_logits=True)",
    "plain = fit(build_model(), train_batches, validation_batches, loss, epochs=20)",
    "class_weights = [2.0, 2.0, 1.0]  # the rare border counts double",
    'add_weights = lambda image, mask: (image, mask, gather(class_weights, cast(mask, "int32")))',
    "weighted = fit(build_model(), train_batches.map(add_weights), validation_batches, loss, 20)",
    "show(array_to_img(create_mask(weighted(image))[0]))  # stretches each to 0..255",
)
MENDS = {
    "names": "another order of names: measure which region lies between the other two",
    "weights": "more weight for the class that really is rare",
    "shared layers": "layers that are made anew for each model",
    "test set": "a part of the training pets, so that the test set stays unseen",
    "colours": "one fixed colour for each class, in every picture",
    "softmax": "softmax after the last layer",
    "resize": "bilinear resizing of the trimap",
    "freeze": "an encoder that is made anew for each model",
    "order": "another order of cache, shuffle and batch",
    "shape": "weights without the last axis of length one",
}
FLAWS = {2: "names", 5: "test set", 7: "shared layers", 11: "weights", 14: "colours"}
SAME_FLAW = {(8, "shared layers"): 7}  # the line that closes over the layers is as good
NO_FLAW = "no flaw"
BUGS_QUESTIONS = tuple(
    Question(number, f"{number}: {line}", (NO_FLAW, *MENDS))
    for number, line in enumerate(RECIPE, start=1)
)


def recipe() -> str:
    """Returns the recipe with its lines numbered, and what may have to be mended."""
    lines = [f"{number:>2}  {line}" for number, line in enumerate(RECIPE, start=1)]
    mends = [f"{f'{name!r}':<16} needs {mend}" for name, mend in MENDS.items()]
    return "\n".join([*lines, "", *mends])


def bugs_form(check_bugs: Callable) -> Quiz:
    """Returns a form in which each line has no flaw until one says otherwise.

    Args:
        check_bugs: ``check.bugs``.
    """
    form = Quiz("bugs", BUGS_QUESTIONS, check_bugs)
    for field in form.fields.values():
        field.value = NO_FLAW
    return form


def _read_flaws(answer: Any) -> dict[str, str]:
    """Turns {line: mend} into a verdict for each line."""
    lines = range(1, len(RECIPE) + 1)
    flaws = read_pairs(answer, lines)
    if flaws is None:
        raise UnfitAnswer(
            'Write a dictionary from line numbers to mends: {3: "resize", …}.', "no dictionary"
        )
    verdicts: dict[Any, str] = dict.fromkeys(lines, NO_FLAW)
    for key, value in flaws.items():
        if match_choice(key, tuple(MENDS)) and not match_choice(value, tuple(MENDS)):
            raise UnfitAnswer(
                'The other way round: first the line, then what it needs, {3: "resize", …}.',
                "from mends to lines",
            )
        mend = match_choice(value, (NO_FLAW, *MENDS))
        if mend is None:
            raise UnfitAnswer(f"Choose each mend from: {', '.join(MENDS)}.", "another mend")
        if key not in verdicts:
            raise UnfitAnswer(
                f"The lines are numbered from 1 to {len(RECIPE)}; {str(plain(key))[:40]} is none.",
                "no such line",
            )
        if mend != NO_FLAW:
            verdicts[SAME_FLAW.get((key, mend), key)] = mend
    count = sum(verdict != NO_FLAW for verdict in verdicts.values())
    if count > 2 * len(FLAWS):
        raise UnfitAnswer(
            f"Five lines have a flaw, and you name {count}: choose.", "names nearly all lines"
        )
    return {f"line {number}": verdict for number, verdict in verdicts.items()}


def _flaws_without(number: int) -> dict[int, str]:
    return {line: mend for line, mend in FLAWS.items() if line != number}


MISCONCEPTIONS = (
    Misconception(
        "counts lines from zero",
        "All five are found, one line too high: the lines are numbered from 1.",
        {line - 1: mend for line, mend in FLAWS.items()},
    ),
    Misconception(
        "believes the names",
        "One flaw is in the names. Which of the three regions lies between the other two? "
        "Lesson 1 measured it.",
        _flaws_without(2),
    ),
    Misconception(
        "lets the test set validate",
        "One flaw can make the final figure too good: something is looked at after every epoch "
        "that was to stay unseen.",
        _flaws_without(5),
    ),
    Misconception(
        "overlooks the shared layers",
        "One flaw makes the weighted model look better than it is: it does not begin where "
        "the plain one began.",
        _flaws_without(7),
    ),
    Misconception(
        "believes the comment on the weights",
        "A comment says what was meant, not what happens. Which class has the label 2, and "
        "which weight does it get?",
        _flaws_without(11),
    ),
    Misconception(
        "trusts the picture",
        "One flaw is in what you see: the same class may get another grey in the next picture.",
        _flaws_without(14),
    ),
    Misconception(
        "where the test set is loaded",
        "To load a test set is no flaw. The flaw is where it is given another task than that of "
        "the sealed exam.",
        {**_flaws_without(5), 1: "test set"},
        also=({**_flaws_without(5), 4: "test set"},),
    ),
    Misconception(
        "where the test set is used",
        "That line only uses what it is given. The choice of those pets was made further up.",
        {**_flaws_without(5), 10: "test set"},
        also=(
            {**_flaws_without(5), 13: "test set"},
            {**_flaws_without(5), 10: "test set", 13: "test set"},
        ),
    ),
    Misconception(
        "where the shared layers are used",
        "The weighted model is built there, in the same way as the plain one; that both hold "
        "the same layers was settled earlier.",
        {**_flaws_without(7), 13: "shared layers"},
        also=({**_flaws_without(7), 10: "shared layers"},),
    ),
    Misconception(
        "where the weights are used",
        "That line looks each label's weight up, rightly. What it finds in the list is the matter.",
        {**_flaws_without(11), 12: "weights"},
        also=({**_flaws_without(11), 13: "weights"},),
    ),
    Misconception(
        "blames the names for the weights",
        "With the right names the weights would still be 2, 2, 1: the list itself has to change.",
        {**FLAWS, 11: "names"},
    ),
    Misconception(
        "wants a softmax",
        "No softmax is missing: the loss is told that logits come, and logits come.",
        {**FLAWS, 9: "softmax"},
        also=(
            {**FLAWS, 8: "softmax"},
            {**FLAWS, 8: "softmax", 9: "softmax"},
            {**FLAWS, 14: "softmax"},
        ),
    ),
    Misconception(
        "wants bilinear masks",
        "The nearest neighbour is right for a trimap: a mean of labels 1 and 3 would be 2, "
        "which is another class.",
        {**FLAWS, 3: "resize"},
    ),
    Misconception(
        "minds the shared encoder",
        "The encoder is shared too, but frozen: neither training changes it, so neither model "
        "gains from the other by it.",
        {**FLAWS, 6: "freeze"},
        also=({**FLAWS, 8: "freeze"}, {**FLAWS, 6: "shared layers"}),
    ),
    Misconception(
        "wants another order of stages",
        "Cache, then shuffle, then batch is in order: what is slow is done once, and single "
        "pets are mixed anew in each epoch.",
        {**FLAWS, 4: "order"},
        also=({**FLAWS, 5: "order"},),
    ),
    Misconception(
        "minds the last axis",
        "Weights N×H×W×1 are no flaw: Keras drops the axis of length one, and each pixel "
        "has its weight.",
        {**FLAWS, 12: "shape"},
        also=({**FLAWS, 13: "shape"},),
    ),
    Misconception(
        "counts the labels from one",
        "Labels 0 to 2 are right there: after the trimap's 1 was taken off, they are places "
        "in the list of weights.",
        {**FLAWS, 3: "names"},
        also=({**FLAWS, 12: "names"},),
    ),
)
