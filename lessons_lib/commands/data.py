"""``python -m lessons_lib data``: get pets, look after them, say which the lessons run on."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lessons_lib import settings

if TYPE_CHECKING:
    from lessons_lib.data.wholeness import PetSet

SOURCES = ("oxford_iiit_pet", "drawn_pets")

data_folder_option = click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where prepared pets are kept.  [default: LESSONS_DATA_DIR, else ~/tensorflow_datasets]",
)


@click.group()
def data() -> None:
    """Get pets, look after them, and see which pets the lessons run on."""


@data.command()
@click.option(
    "--source",
    type=click.Choice(SOURCES),
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
@data_folder_option
def prepare(source: str, archives: Path | None, data_dir: Path | None) -> None:
    """Prepare pets for the lessons: download the real ones (800 MB), or draw some.

    What is there and whole stays; what is damaged is made anew.
    """
    if archives is not None and source != "oxford_iiit_pet":
        raise click.UsageError("--from is for the archives of oxford_iiit_pet; drop it.")

    from lessons_lib.data import data_folder, load_pets, oxford
    from lessons_lib.data.prepared import prepare_drawn_pets

    with _sentences():
        folder = data_folder(data_dir)
        if source == "oxford_iiit_pet":
            oxford.prepare(folder, archives=archives)
        else:
            prepare_drawn_pets(folder)
        load_pets(source, data_dir=folder)
    click.echo(f"Prepared below {folder}.")


@data.command()
@data_folder_option
def show(data_dir: Path | None) -> None:
    """Say which pets the lessons run on, and how to get others."""
    from lessons_lib.data import are_drawn, data_folder, explain_choice, load_pets
    from lessons_lib.data.sources import is_to_be_drawn

    with _sentences():
        click.echo(f"LESSONS_PETS: {settings.shown(settings.pets_source())}")
        folder = data_folder(data_dir)
        click.echo(f"Data folder: {folder}")
        source, remark = explain_choice(None, folder)
        if remark:
            click.echo(remark)
        if source == "drawn_pets" and settings.pets_source() == "auto" and not are_drawn(folder):
            state = "not drawn yet" if is_to_be_drawn(folder) else "damaged"
            click.echo(
                f"Pets: drawn pets, {state}; the first lesson draws them, or now: "
                "python -m lessons_lib data prepare --source drawn_pets"
            )
            return
        pets = load_pets(source, data_dir=folder)
    click.echo(f"Breeds: {', '.join(pets.info.breeds)}")


@data.command()
@click.option("--source", type=click.Choice(SOURCES), help="Which pets to read; all by default.")
@data_folder_option
def verify(source: str | None, data_dir: Path | None) -> None:
    """Read every record of prepared pets, and say what is whole and what is not.

    Changes nothing. Ends with exit code 1 where something is damaged.
    """
    from lessons_lib.data import data_folder
    from lessons_lib.data.sources import PET_SETS

    with _sentences():
        folder = data_folder(data_dir)
        wanted = [PET_SETS[name] for name in ([source] if source else SOURCES)]
        damaged = [pets for pets in wanted if not _say_condition(pets, folder)]
    if damaged:
        commands = "\n".join(f"  {pets.mending(folder)}" for pets in damaged)
        raise click.ClickException(f"Some pets are damaged; mend them with:\n{commands}")


@data.command()
@click.option("--source", type=click.Choice(SOURCES), required=True, help="Which pets to remove.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@data_folder_option
def remove(source: str, yes: bool, data_dir: Path | None) -> None:
    """Remove the prepared pets of one source from the disk, and nothing else.

    Archives that were downloaded stay, and so do files of your own.
    """
    from lessons_lib.data import data_folder
    from lessons_lib.data.prepared import remove_set, set_size
    from lessons_lib.data.sources import PET_SETS
    from lessons_lib.data.wholeness import examine

    pets = PET_SETS[source]
    with _sentences():
        folder = data_folder(data_dir)
        condition = examine(pets, folder)
        if not condition.is_there:
            click.echo(f"There are no prepared {pets.title} below {folder}: nothing to remove.")
            return
        size = f"{set_size(pets, folder) / 1e6:,.0f} MB"
        if not yes:
            click.confirm(f"Remove the {pets.title} in {condition.folder} ({size})?", abort=True)
        kept = remove_set(pets, folder)
    click.echo(f"Removed the {pets.title} from {condition.folder} ({size}).")
    if kept:
        names = ", ".join(path.name for path in kept)
        click.echo(f"Kept what is not of them: {names}.")


def _say_condition(pets: "PetSet", folder: Path) -> bool:
    """Prints what a set is like, after reading all of it; returns whether it is not damaged."""
    from lessons_lib.data.prepared import read_split
    from lessons_lib.data.wholeness import SPLITS, decoding_fault, examine

    condition = examine(pets, folder, afresh=True)
    for version in condition.other_versions:
        click.echo(f"{pets.name} {version}: of a version that the course does not read.")
    if not condition.is_there:
        click.echo(f"{pets.name}: not prepared.")
        return True
    name = f"{pets.name} {condition.folder.name}"
    faults = list(condition.faults)
    counts = []
    if not faults:
        builder = pets.make_builder(folder)
        for split in SPLITS:
            fault = decoding_fault(read_split(builder, split), split)
            faults += [fault] if fault else []
            counts.append(builder.info.splits[split].num_examples)
    if faults:
        click.echo("\n".join(f"{name}: damaged, {fault}." for fault in faults))
        return False
    click.echo(f"{name}: whole, {counts[0]:,} to train and {counts[1]:,} to test.")
    return True


@contextlib.contextmanager
def _sentences() -> Iterator[None]:
    """Ends a command with the sentence of a problem with data, without a traceback."""
    from lessons_lib.data import DataProblem

    try:
        yield
    except DataProblem as problem:
        raise click.ClickException(str(problem)) from problem
