"""``python -m lessons_lib data``: get pets, and say which pets the lessons run on."""

from pathlib import Path

import click

from lessons_lib import settings

data_folder = click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where prepared pets are kept.  [default: LESSONS_DATA_DIR, else ~/tensorflow_datasets]",
)


@click.group()
def data() -> None:
    """Get pets, and see which pets the lessons run on."""


@data.command()
@click.option(
    "--source",
    type=click.Choice(["oxford_iiit_pet", "drawn_pets"]),
    default="oxford_iiit_pet",
    show_default=True,
    help="Which pets to prepare.",
)
@click.option(
    "--from",
    "archives",
    type=click.Path(path_type=Path),
    help="A folder with images.tar.gz and annotations.tar.gz, fetched by hand; uses no network.",
)
@data_folder
def prepare(source: str, archives: Path | None, data_dir: Path | None) -> None:
    """Prepare pets for the lessons: download the real ones (800 MB), or draw some."""
    if archives is not None and source != "oxford_iiit_pet":
        raise click.UsageError("--from is for the archives of oxford_iiit_pet; drop it.")

    from lessons_lib.data import DataProblem, load_pets, oxford
    from lessons_lib.data.prepared import prepare_drawn_pets

    data_dir = data_dir.expanduser() if data_dir else settings.data_dir()
    try:
        if source == "oxford_iiit_pet":
            oxford.prepare(data_dir, archives=archives)
        else:
            prepare_drawn_pets(data_dir)
        load_pets(source, data_dir=data_dir)
    except DataProblem as problem:
        raise click.ClickException(str(problem)) from problem
    click.echo(f"Prepared below {data_dir}.")


@data.command()
@data_folder
def show(data_dir: Path | None) -> None:
    """Say which pets the lessons run on, and how to get others."""
    from lessons_lib.data import DataProblem, are_drawn, choose_source, load_pets

    data_dir = data_dir.expanduser() if data_dir else settings.data_dir()
    click.echo(f"LESSONS_PETS: {settings.pets_source()}")
    click.echo(f"Data folder: {data_dir}")
    try:
        source = choose_source(None, data_dir)
        if source == "drawn_pets" and not are_drawn(data_dir):
            click.echo(
                "Pets: drawn pets, not drawn yet; the first lesson draws them, or now: "
                "python -m lessons_lib data prepare --source drawn_pets"
            )
            return
        pets = load_pets(source, data_dir=data_dir)
    except DataProblem as problem:
        raise click.ClickException(str(problem)) from problem
    click.echo(f"Breeds: {', '.join(pets.info.breeds)}")
