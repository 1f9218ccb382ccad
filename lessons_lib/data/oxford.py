"""The Oxford-IIIT Pet data set by TensorFlow Datasets: 37 breeds, 7,349 photos, 800 MB.

TensorFlow Datasets' own builder prepares the set from two archives, which are downloaded or were
fetched by hand. Both are checked against its checksums before anything is written.

Source: O. M. Parkhi, A. Vedaldi, A. Zisserman, C. V. Jawahar, "Cats and Dogs", CVPR 2012.
"""

import hashlib
import shutil
from pathlib import Path
from typing import Any

from lessons_lib import settings
from lessons_lib.data.prepared import prepare_set
from lessons_lib.data.problems import (
    DISK_FULL,
    CannotWrite,
    DataProblem,
    MissingFile,
)
from lessons_lib.data.progress import progress
from lessons_lib.data.wholeness import PetSet, examine
from lessons_lib.network import limited_patience
from lessons_lib.quiet import keras  # before tensorflow_datasets, which imports TensorFlow too

import tensorflow_datasets as tfds  # isort: skip

NAME = "oxford_iiit_pet"
VERSIONS = "4.*.*"
BLOCK = 2**20
SECONDS_WITHOUT_AN_ANSWER = 30


def make_builder(data_dir: Path) -> tfds.core.DatasetBuilder:
    """Returns TensorFlow Datasets' own builder of the Oxford pets."""
    return tfds.builder(f"{NAME}:{VERSIONS}", data_dir=data_dir)


OXFORD = PetSet(NAME, "Oxford pets", lambda data_dir: make_builder(data_dir))


def prepare(data_dir: Path, *, archives: Path | None = None) -> tfds.core.DatasetBuilder:
    """Prepares the Oxford pets below the data folder, unless they are there and whole.

    A failure leaves nothing half-made: at most an archive that was downloaded whole stays,
    so that the next try need not fetch it again. A damaged set stays until a whole one is made.

    Args:
        data_dir: where TensorFlow Datasets keeps prepared sets.
        archives: a folder that holds ``images.tar.gz`` and ``annotations.tar.gz``, fetched by
            hand; then no network is used. None to download them.

    Returns:
        The builder of the prepared set.

    Raises:
        MissingFile: an archive is not in the folder.
        DataProblem: an archive is cut short or another file; or the download failed.
        CannotWrite: no permission to write in the data folder, or its disk is full.
    """
    data_dir = Path(data_dir)
    if archives is not None and not examine(OXFORD, data_dir).whole:
        try:
            archives = settings.read_path(archives, "--from")
        except settings.SettingProblem as problem:
            raise DataProblem(str(problem)) from problem
        _check_archives(OXFORD.reference(), archives)

    def choose_options(meanwhile: Path) -> dict[str, Any]:
        builder = OXFORD.reference()
        _refuse_small_disk(builder, data_dir, downloads=archives is None)
        # Extracted files are wanted only while the set is prepared. A folder of its own also
        # keeps TensorFlow Datasets from reusing what another "images.tar.gz" left behind.
        return {
            "download_dir": meanwhile,
            "download_config": tfds.download.DownloadConfig(
                manual_dir=_download(builder, data_dir) if archives is None else archives,
                extract_dir=meanwhile,
                force_checksums_validation=True,
                try_download_gcs=False,
            ),
        }

    return prepare_set(OXFORD, data_dir, choose_options)


def _check_archives(builder: tfds.core.DatasetBuilder, folder: Path) -> None:
    """Refuses archives that TensorFlow Datasets would not take, before anything is written."""
    for url, expected in builder.url_infos.items():
        path = folder / expected.filename
        if not path.is_file():
            raise MissingFile(
                f"Expected {path}, but there is no such file; fetch it from {url} under this name."
            )
        size = path.stat().st_size
        if size < expected.size:
            raise DataProblem(
                f"Expected {int(expected.size):,} bytes in {path}, but it ends after {size:,}; the "
                f"download broke off, continue it with: curl --continue-at - --output {path} {url}"
            )
        if size != expected.size or _sha256(path) != expected.checksum:
            raise DataProblem(
                f"{path} is not the archive that TensorFlow Datasets knows (wrong checksum); "
                f"fetch it anew from {url}."
            )


def _download(builder: tfds.core.DatasetBuilder, data_dir: Path) -> Path:
    """Downloads both archives, in plain sight, into the data folder; whole ones are kept."""
    folder = data_dir / "downloads" / NAME
    archives = builder.url_infos or {}
    for url, expected in archives.items():
        try:
            with limited_patience(SECONDS_WITHOUT_AN_ANSWER):
                keras.utils.get_file(
                    expected.filename,
                    origin=url,
                    file_hash=expected.checksum,
                    cache_dir=data_dir,
                    cache_subdir=str(folder.absolute()),
                )
        except ValueError as error:  # Keras: the hash does not match
            (folder / expected.filename).unlink(missing_ok=True)
            raise DataProblem(
                f"What {url} gave is not the archive that TensorFlow Datasets knows (wrong "
                "checksum); a network that asks to log in first can cause this. Try again."
            ) from error
        except Exception as error:
            if _is_about_writing(error):
                raise
            raise DataProblem(
                f"Could not download {url} ({error}); without a network, or behind a slow line, "
                f"fetch {' and '.join(archives)} by other means into one folder and run: "
                "python -m lessons_lib data prepare --from FOLDER"
            ) from error
    return folder


def _is_about_writing(error: Exception) -> bool:
    """Files have names and disks fill up; a connection that fails has neither."""
    return isinstance(error, OSError) and (error.filename is not None or error.errno in DISK_FULL)


def _refuse_small_disk(
    builder: tfds.core.DatasetBuilder, data_dir: Path, *, downloads: bool
) -> None:
    """Asks for room for the extracted files and the prepared set, and for archives to come."""
    archives_size = sum(info.size for info in builder.url_infos.values())
    needed = archives_size * (3 if downloads else 2)
    free = shutil.disk_usage(data_dir).free
    if free < needed:
        raise CannotWrite(
            f"Expected {needed / 1e9:.1f} GB free below {data_dir} to prepare the Oxford pets, "
            f"but the disk is full up to {free / 1e9:.1f} GB; free some, or choose another folder "
            "with --data-dir or the variable LESSONS_DATA_DIR."
        )


def _sha256(path: Path) -> str:
    checksum = hashlib.sha256()
    size = path.stat().st_size
    bar = progress(None, f"Checking {path.name}", total=size, unit="B", unit_scale=True)
    with path.open("rb") as archive, bar:
        while block := archive.read(BLOCK):
            checksum.update(block)
            bar.update(len(block))
    return checksum.hexdigest()
