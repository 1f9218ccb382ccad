"""``python -m laboratory``: the researcher's commands; see the package's docstring."""

import click

from lessons_lib.commands.lazy import LazyGroup

COMMANDS = {
    "pretrain": (
        "laboratory.pretrain:main",
        "Make the encoder that travels with the course.",
    ),
    "train_decoder": (
        "laboratory.train_decoder:main",
        "Train the decoder of the U-Net that opens lesson 1.",
    ),
    "compare_encoders": (
        "laboratory.compare_encoders:main",
        "Compare the bundled encoder with its alternatives.",
    ),
    "compare_recipes": (
        "laboratory.compare_recipes:main",
        "Measure what each part of a longer training is worth.",
    ),
    "bench": (
        "laboratory.bench:main",
        "Measure the course's recipe beside the published one.",
    ),
    "compare_weightings": (
        "laboratory.compare_weightings:main",
        "Run lesson 5's experiment in full.",
    ),
    "scaling_out": (
        "laboratory.scaling_out:main",
        "Reckon what more devices would buy.",
    ),
}


@click.command(cls=LazyGroup, places=COMMANDS)
def main():
    """Pretraining and comparisons whose results the lessons use."""


if __name__ == "__main__":
    main(prog_name="python -m laboratory")
