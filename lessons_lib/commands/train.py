"""``python -m lessons_lib train``: train the course's U-Net, by one worker or several."""

import os
import sys
from pathlib import Path

import click

PRECISIONS = ("float32", "mixed_float16", "mixed_bfloat16")
EMBEDDED = "embedded"


def _read_filters(_context: click.Context, _option: click.Parameter, text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise click.BadParameter(
            f"expected whole numbers, deep to shallow, such as 256,128,64,32, got {text!r}"
        ) from None


@click.command()
@click.option("--pets", default="auto", show_default=True, help="As in LESSONS_PETS: a folder too.")
@click.option(
    "--encoder",
    default="drawn",
    show_default=True,
    help="Its first weights: imagenet, drawn, none, or a file.",
)
@click.option(
    "--into",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="A new folder for model, history, TensorBoard's log and results.",
)
@click.option("--workers", type=click.IntRange(1), help="Processes that share it.  [default: 1]")
@click.option(
    "--ray",
    "ray_address",
    is_flag=False,
    flag_value=EMBEDDED,
    metavar="[ADDRESS]",
    help="Let Ray start the workers: in a cluster of its own here, or in the one at ADDRESS.",
)
@click.option("--storage", help="Where Ray keeps checkpoints; on many machines, one they share.")
@click.option("--epochs", type=click.IntRange(1), default=20, show_default=True)
@click.option(
    "--batch-size",
    type=click.IntRange(1),
    default=32,
    show_default=True,
    help="Of all workers together.",
)
@click.option("--image-size", type=click.IntRange(32), default=128, show_default=True)
@click.option(
    "--filters",
    default="512,256,128,64",
    show_default=True,
    callback=_read_filters,
    help="Of the decoder, deep to shallow.",
)
@click.option("--train-encoder/--freeze-encoder", default=False, show_default=True)
@click.option(
    "--learning-rate", type=click.FloatRange(0, min_open=True), default=1e-3, show_default=True
)
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True)
@click.option(
    "--precision", type=click.Choice(PRECISIONS), default=PRECISIONS[0], show_default=True
)
@click.option(
    "--patience",
    type=click.FloatRange(0, min_open=True),
    default=300.0,
    show_default=True,
    help="Seconds without a step, after which a worker gives the others up.",
)
def train(
    folder: Path,
    workers: int | None,
    ray_address: str | None,
    storage: str | None,
    patience: float,
    **options: object,
) -> None:
    """Train the course's U-Net, write model and results into a new folder.

    With --workers 2 two processes on this machine share the work. On several machines, start this
    command on each, with the variable TF_CONFIG as TensorFlow's guides describe it, or let Ray do
    so. The result is that of one process with the same settings, but for rounding and batch norms.

    A training that was ended goes on after its last whole epoch, by the same command.
    """
    from lessons_lib.scaling.cluster import FAILURE, TF_CONFIG, ClusterProblem, read_place
    from lessons_lib.scaling.launch import launch, run_here
    from lessons_lib.scaling.whole_run import Settings

    settings = Settings(**options)  # pyright: ignore[reportArgumentType] - click has read them
    settings = settings.with_whole_paths()
    place = None
    try:
        if storage is not None and ray_address is None:
            raise ClusterProblem("--storage is where Ray keeps checkpoints; add --ray, or drop it.")
        if ray_address is not None:
            from lessons_lib.scaling.on_ray import train_on_ray

            address = "" if ray_address == EMBEDDED else ray_address
            train_on_ray(
                settings,
                workers or 1,
                folder,
                address=address,
                storage=storage,
                patience=patience,
            )
        elif os.environ.get(TF_CONFIG, "").strip() or (workers or 1) == 1:
            place = read_place()
            if workers not in (None, place.workers):
                raise ClusterProblem(
                    f"--workers {workers} came, but the variable {TF_CONFIG} names "
                    f"{place.workers}; drop one of them."
                )
            run_here(settings, place, folder, patience=patience)
        else:
            launch(settings, workers or 1, folder, patience=patience)
    except ClusterProblem as problem:
        click.echo(f"Error: {problem}", err=True)
        sys.stdout.flush()
        sys.stderr.flush()
        if place is not None and place.workers > 1:
            os._exit(FAILURE)  # TensorFlow might wait for the others once more
        sys.exit(1)
