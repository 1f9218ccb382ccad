"""What the environment says: which pets, where data are kept, which encoder weights.

Three variables, read afresh at each call and never written. Nothing here imports TensorFlow.

- ``LESSONS_PETS``: ``auto`` (default), ``drawn_pets``, ``oxford_iiit_pet`` or a folder's path.
- ``LESSONS_DATA_DIR``: where TensorFlow Datasets keeps prepared data; default
  ``~/tensorflow_datasets``.
- ``LESSONS_ENCODER``: ``auto`` (default), ``imagenet``, ``drawn``, ``none`` or the path of a
  weights file.
"""

import os
from pathlib import Path


def pets_source() -> str:
    """Returns the source of pets that ``LESSONS_PETS`` names, ``auto`` where it is not set."""
    return os.environ.get("LESSONS_PETS", "").strip() or "auto"


def data_dir() -> Path:
    """Returns the folder of prepared data that ``LESSONS_DATA_DIR`` names, with ``~`` expanded."""
    folder = os.environ.get("LESSONS_DATA_DIR", "").strip() or "~/tensorflow_datasets"
    return Path(folder).expanduser()


def encoder_weights() -> str:
    """Returns the encoder weights that ``LESSONS_ENCODER`` names, ``auto`` where it is not set."""
    return os.environ.get("LESSONS_ENCODER", "").strip() or "auto"
