"""Pet files made for tests: small, noisy, in the official layout."""

import hashlib
import sys
import tarfile
from pathlib import Path

import numpy as np
from PIL import Image

HEAD_BOX = """<annotation><size><width>30</width><height>20</height></size><object><bndbox>
<xmin>6</xmin><ymin>5</ymin><xmax>15</xmax><ymax>10</ymax></bndbox></object></annotation>"""


def write_pets_folder(folder: Path, *, train_count: int, test_count: int) -> Path:
    """Writes noisy photos of growing sizes, their trimaps, and both lists."""
    for part in ("images", "annotations/trimaps"):
        (folder / part).mkdir(parents=True)
    names = [("Bengal", 6, 1), ("beagle", 5, 2)]
    lines = []
    for number in range(train_count + test_count):
        breed, class_number, species = names[number % 2]
        name = f"{breed}_{number}"
        image, mask = make_pair(height=20 + number, width=30, seed=number)
        Image.fromarray(image).save(folder / "images" / f"{name}.jpg", quality=95, subsampling=0)
        Image.fromarray(mask).save(folder / "annotations" / "trimaps" / f"{name}.png")
        lines.append(f"{name} {class_number} {species} 1\n")
    annotations = folder / "annotations"
    (annotations / "trainval.txt").write_text("# a comment\n" + "".join(lines[:train_count]))
    (annotations / "test.txt").write_text("".join(lines[train_count:]))
    return folder


def make_pair(*, height: int, width: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Makes a noisy photo uint8 h×w×3 and a trimap uint8 h×w: a pet, its border, background."""
    image = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    mask = np.full((height, width), 2, np.uint8)
    mask[4:-4, 4:-4] = 3
    mask[6:-6, 6:-6] = 1
    return image, mask


def write_archives(folder: Path, pets: Path) -> Path:
    """Packs pets in the official layout as the real archives are packed, into a new folder."""
    annotations = pets / "annotations"
    (annotations / "xmls").mkdir()
    (annotations / "xmls" / "Bengal_0.xml").write_text(HEAD_BOX)
    without_comment = (annotations / "trainval.txt").read_text().splitlines(keepends=True)[1:]
    (annotations / "trainval.txt").write_text("".join(without_comment))
    folder.mkdir()
    for part in ("images", "annotations"):
        with tarfile.open(folder / f"{part}.tar.gz", "w") as archive:  # plain tar, as the real ones
            archive.add(pets / part, arcname=part)
    return folder


def expect_archives(folder: Path, base_url: str, monkeypatch) -> None:
    """Puts the addresses, sizes and checksums of a folder's archives in place of the real ones."""
    from tensorflow_datasets.core.download.checksums import UrlInfo
    from tensorflow_datasets.core.utils import Size

    from lessons_lib.data import oxford

    infos = {}
    for path in sorted(folder.iterdir()):
        content = path.read_bytes()
        checksum = hashlib.sha256(content).hexdigest()
        infos[f"{base_url}/{path.name}"] = UrlInfo(Size(len(content)), checksum, path.name)
    builder_class = type(oxford.make_builder("unused"))
    monkeypatch.setattr(builder_class, "url_infos", infos)
    monkeypatch.setattr(sys.modules[builder_class.__module__], "_BASE_URL", base_url)
