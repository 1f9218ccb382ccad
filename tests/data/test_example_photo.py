"""The photo that travels with the course: whose it is, and that it is whole."""

import hashlib

from lessons_lib.data import EXAMPLE_PHOTO
from lessons_lib.data.folder import read_photo


def test_the_photo_is_the_one_whose_provenance_is_told():
    told = EXAMPLE_PHOTO.with_suffix(".md").read_text()
    assert hashlib.sha256(EXAMPLE_PHOTO.read_bytes()).hexdigest() in told
    assert "CC0" in told and "van der Walt" in told
    height, width, _ = read_photo(EXAMPLE_PHOTO).shape
    assert f"{width}×{height} pixels" in told
