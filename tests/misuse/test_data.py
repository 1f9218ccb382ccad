"""A corpus of bad data: each gets one sentence that tells what to do, and nothing is changed.

Each entry has a name, the damage, and the key words of its sentence, all of which must occur.
"""

import json
import os
import shutil
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
import snapshots
from made_pets import make_pair, write_pets_folder
from PIL import Image

from lessons_lib.data import DamagedPets, DataProblem, load_pets, oxford, prepared
from lessons_lib.data.benchmark import PipelineVariant, build_variant, measure_pipeline
from lessons_lib.data.folder import read_photo
from lessons_lib.data.regions import measure_regions, region_thickness
from lessons_lib.quiet import tf

HEIGHT, WIDTH = 20, 30
NAME = "Bengal_0"
ROOT_READS_ALL = os.name == "nt" or os.geteuid() == 0


@pytest.fixture(scope="session")
def pets_template(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    return write_pets_folder(folder / "pets", train_count=4, test_count=2)


@pytest.fixture(scope="session")
def classes_template(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    for part in ("images", "masks"):
        (folder / part).mkdir()
    for number in range(5):
        image, mask = make_pair(height=HEIGHT, width=WIDTH, seed=number)
        Image.fromarray(image).save(folder / "images" / f"{number}.png")
        Image.fromarray(mask - 1).save(folder / "masks" / f"{number}.png")
    write_classes({"classes": ["a", "b", "c"], "ignore": 255})(folder)
    return folder


def refuses(call, words: str, below: Path, error: type[Exception] | None = None) -> None:
    """Calls, and asserts one sentence with these words and that nothing below has changed."""
    before = snapshots.take(below)
    with pytest.raises(error or (DataProblem, TypeError)) as raised:
        call()
    sentence = str(raised.value)
    for word in words.split("|"):
        assert word in sentence, sentence
    assert sentence.isprintable() and len(sentence) < 700, sentence
    assert snapshots.take(below) == before


# What damages files


def write(name: str, content: str | bytes):
    """Writes a file of the folder anew."""
    data = content if isinstance(content, bytes) else content.encode()

    def damage(folder: Path) -> None:
        path = folder / name
        if path.is_symlink() or path.exists():
            path.unlink()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    return damage


def write_classes(content):
    return write("classes.json", json.dumps(content))


def remove(name: str):
    def damage(folder: Path) -> None:
        path = folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    return damage


def put_folder(name: str):
    def damage(folder: Path) -> None:
        remove(name)(folder)
        (folder / name).mkdir()

    return damage


def put_link(name: str, target: str):
    def damage(folder: Path) -> None:
        remove(name)(folder)
        (folder / name).symlink_to(target)

    return damage


def put_pipe(name: str):
    def damage(folder: Path) -> None:
        remove(name)(folder)
        os.mkfifo(folder / name)

    return damage


def cut(name: str, keep: float):
    def damage(folder: Path) -> None:
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: int(len(content) * keep)])

    return damage


def append(name: str, content: bytes):
    def damage(folder: Path) -> None:
        with (folder / name).open("ab") as file:
            file.write(content)

    return damage


def flip(name: str, place: float, bit: int = 3):
    def damage(folder: Path) -> None:
        content = bytearray((folder / name).read_bytes())
        content[int(len(content) * place)] ^= 1 << bit
        (folder / name).write_bytes(content)

    return damage


def save(name: str, picture: Image.Image, kind: str, **how):
    return lambda folder: picture.save(folder / name, kind, **how)


def plain(mode: str, size=(WIDTH, HEIGHT), colour=0) -> Image.Image:
    return Image.new(mode, size, colour)


def huge_png(width: int, height: int) -> bytes:
    """A PNG that says its size and holds nearly nothing: to decode it would take the memory."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + checksum

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


PHOTO, MASK = f"images/{NAME}.jpg", f"annotations/trimaps/{NAME}.png"
TRAIN, TEST = "annotations/trainval.txt", "annotations/test.txt"
GOOD_MASK = Image.fromarray(make_pair(height=HEIGHT, width=WIDTH, seed=0)[1])
LIST_PROBLEMS = {
    "a list as a folder": (put_folder(TRAIN), "Expected the list|there is none"),
    "a list as a pipe": (put_pipe(TRAIN), "Expected the list|there is none"),
    "a list that links to itself": (put_link(TRAIN, "trainval.txt"), "Expected the list"),
    "a list in UTF-16": (write(TRAIN, f"{NAME} 6 1 1\n".encode("utf-16")), "not UTF-8|save it"),
    "a list of bytes": (write(TRAIN, bytes(range(256))), "not UTF-8"),
    "a list of zeros": (write(TRAIN, b"\0" * 1000), "line 1: expected"),
    "a list that is a picture": (write(TRAIN, huge_png(9, 9)), "not UTF-8"),
    "a list with commas": (write(TRAIN, f"{NAME},6,1,1\n"), 'expected "NAME class species breed"'),
    "a list of names alone": (write(TRAIN, f"{NAME}\n"), 'expected "NAME class species breed"'),
    "a list with a header": (write(TRAIN, "Image CLASS-ID SPECIES BREED\n"), "line 1: expected"),
    "a list of JSON": (write(TRAIN, '["Bengal_0"]'), "line 1: expected"),
    "a line of 100,000 letters": (write(TRAIN, "x" * 100_000), "line 1: expected|(100,000)"),
    "a line with five words": (write(TRAIN, f"{NAME} 6 1 1 1\n"), "line 1: expected"),
    "a class of 5,000 digits": (write(TRAIN, f"{NAME} {'9' * 5000} 1 1"), "9 digits|5,000"),
    "a species of 5,000 digits": (write(TRAIN, f"{NAME} 1 {'1' * 5000} 1"), "9 digits|5,000"),
    "a breed of 5,000 digits": (write(TRAIN, f"{NAME} 1 1 {'1' * 5000}"), "9 digits|5,000"),
    "a negative class": (write(TRAIN, f"{NAME} -6 1 1"), "line 1: expected"),
    "a class with a point": (write(TRAIN, f"{NAME} 6.0 1 1"), "line 1: expected"),
    "a class in superscript": (write(TRAIN, f"{NAME} ² 1 1"), "line 1: expected"),
    "species 0": (write(TRAIN, f"{NAME} 6 0 1"), "species 1 (cat) or 2 (dog)"),
    "a name that leads out": (write(TRAIN, "../../secret 6 1 1"), "in images/|leads elsewhere"),
    "a name from the root": (write(TRAIN, "/etc/hostname 6 1 1"), "in images/|leads elsewhere"),
    "a name of 300 letters": (write(TRAIN, f"{'n' * 300} 6 1 1"), "at most 200 letters"),
    "a name of 5,000 letters": (write(TRAIN, f"{'n' * 5000} 6 1 1"), "at most 200 letters|(5,000)"),
    "a name with a null": (write(TRAIN, "Ben\0gal 6 1 1"), "letters that can be printed"),
    "a name with an escape": (write(TRAIN, "Ben\x1b[31m 6 1 1"), "letters that can be printed"),
    "a name that is not there": (write(TRAIN, "Nobody_1 6 1 1"), "expected the mask|Nobody_1.png"),
    "a photo's name twice": (
        write(TRAIN, f"{NAME} 6 1 1\n{NAME}.jpg 6 1 1"),
        "line 2: Bengal_0 is listed twice",
    ),
    "another ending": (write(TRAIN, f"{NAME}.gif 6 1 1"), "expected the mask|Bengal_0.gif.png"),
    "an empty test list": (write(TEST, "\n \n"), "at least one photo"),
    "the train list as test list": (
        lambda folder: shutil.copy(folder / TRAIN, folder / TEST),
        "either in trainval.txt or in test.txt",
    ),
}
PICTURE_PROBLEMS = {
    "a photo as a folder": (put_folder(PHOTO), "expected the photo|there is none"),
    "a photo as a pipe": (put_pipe(PHOTO), "expected the photo|there is none"),
    "a photo as a device": (put_link(PHOTO, "/dev/zero"), "expected the photo|there is none"),
    "a photo that links nowhere": (put_link(PHOTO, "nowhere.jpg"), "expected the photo"),
    "an empty photo": (write(PHOTO, b""), "whole picture|Bengal_0.jpg"),
    "a photo of zeros": (write(PHOTO, b"\0" * 5000), "whole picture|Bengal_0.jpg"),
    "a photo of text": (write(PHOTO, "JPEG"), "whole picture|fetch or save it again"),
    "a photo of two bytes": (write(PHOTO, b"\xff\xd8"), "whole picture|Bengal_0.jpg"),
    "nine tenths of a photo": (cut(PHOTO, 0.9), "whole picture|Bengal_0.jpg"),
    "a photo in SVG": (write(PHOTO, "<svg xmlns='http://www.w3.org/2000/svg'/>"), "whole picture"),
    "a pickled photo": (write(PHOTO, b"\x80\x04K\x01."), "whole picture"),
    "a photo of 13,000 × 13,000": (
        write(PHOTO, huge_png(13_000, 13_000)),
        "at most 50,000,000 pixels|13,000×13,000|shrink it",
    ),
    "a photo of 60,000 × 60,000": (
        write(PHOTO, huge_png(60_000, 60_000)),
        "at most 50,000,000 pixels|3600000000|shrink it",
    ),
    "a mask of 13,000 × 13,000": (
        write(MASK, huge_png(13_000, 13_000)),
        "at most 50,000,000 pixels|Bengal_0.png",
    ),
    "a LAB photo": (save(PHOTO, plain("LAB"), "TIFF"), "RGB, CMYK or grey|its mode is LAB"),
    "a 16-bit photo": (save(PHOTO, plain("I;16"), "PNG"), "8 bits a channel|I;16"),
    "a photo of floats": (save(PHOTO, plain("F"), "TIFF"), "8 bits a channel|mode is F"),
    "a photo of 32 bits": (save(PHOTO, plain("I"), "TIFF"), "8 bits a channel|mode is I"),
    "a small photo": (save(PHOTO, plain("RGB", (15, 10)), "JPEG"), "same size|15×10|30×20"),
    "a photo of one pixel": (save(PHOTO, plain("RGB", (1, 1)), "JPEG"), "same size|1×1"),
    "a mask as a folder": (put_folder(MASK), "expected the mask|there is none"),
    "an empty mask": (write(MASK, b""), "whole picture|Bengal_0.png"),
    "half a mask": (cut(MASK, 0.5), "whole picture|Bengal_0.png"),
    "a mask with a flipped bit": (flip(MASK, 0.7), "whole picture|Bengal_0.png"),
    "a mask in JPEG": (save(MASK, plain("RGB"), "JPEG"), "one 8-bit channel|RGB"),
    "a grey mask in JPEG": (save(MASK, GOOD_MASK, "JPEG"), "only the values 1 (pet)"),
    "a mask of floats": (save(MASK, plain("F"), "TIFF"), "one 8-bit channel|mode is F"),
    "a mask in LAB": (save(MASK, plain("LAB"), "TIFF"), "one 8-bit channel|mode is LAB"),
    "a mask in CMYK": (save(MASK, plain("CMYK"), "TIFF"), "one 8-bit channel|mode is CMYK"),
    "a mask with transparency": (save(MASK, plain("LA"), "PNG"), "one 8-bit channel|mode is LA"),
    "a mask from 0 on": (save(MASK, plain("L"), "PNG"), "only the values 1 (pet)|got 0"),
    "a mask of grey levels": (save(MASK, plain("L", colour=255), "PNG"), "got 255"),
    "a mask turned round": (save(MASK, plain("L", (20, 30), 1), "PNG"), "same size|30×20|20×30"),
    "no images": (remove("images"), "the folder|images"),
    "images as a file": (lambda f: (remove("images")(f), write("images", "")(f)), "the folder"),
    "no annotations": (remove("annotations"), "the folder|trimaps"),
}


@pytest.mark.parametrize(
    ("damage", "words"),
    [pytest.param(*case, id=name) for name, case in {**LIST_PROBLEMS, **PICTURE_PROBLEMS}.items()],
)
def test_a_pets_folder(pets_template, tmp_path, damage, words):
    folder = Path(shutil.copytree(pets_template, tmp_path / "pets"))
    damage(folder)
    refuses(lambda: load_pets(str(folder)), words, tmp_path)


def entry(value, name="a", **more):
    return {"classes": [{"name": name, "value": value, **more}, {"name": "b", "value": 1}]}


FIRST = "masks/0.png"
CLASSES_PROBLEMS = {
    "classes.json as a folder": (put_folder("classes.json"), "Expected JSON"),
    "classes.json links to itself": (put_link("classes.json", "classes.json"), "Expected JSON"),
    "an empty classes.json": (write("classes.json", ""), "Expected JSON"),
    "classes.json in UTF-16": (
        write("classes.json", '{"classes": ["a", "b"]}'.encode("utf-16")),
        "Expected JSON",
    ),
    "classes.json cut short": (cut("classes.json", 0.6), "Expected JSON|write it like"),
    "a trailing comma": (write("classes.json", '{"classes": ["a", "b",]}'), "Expected JSON"),
    "single quotes": (write("classes.json", "{'classes': ['a', 'b']}"), "Expected JSON"),
    "100,000 brackets": (write("classes.json", "[" * 100_000), "Expected JSON"),
    "2 MB of classes.json": (write("classes.json", b" " * 2_000_000), "2,000,000 bytes"),
    "a key twice": (write("classes.json", '{"classes": ["a"], "classes": ["b"]}'), "twice"),
    "a number": (write("classes.json", "7"), 'a list named "classes"'),
    "a value of 5,000 digits": (
        write("classes.json", '{"classes": [{"name": "a", "value": %s}, "b"]}' % ("9" * 5000)),
        "whole numbers from 0 to 65535",
    ),
    "an ignore of 5,000 digits": (
        write("classes.json", '{"classes": ["a", "b"], "ignore": %s}' % ("9" * 5000)),
        "whole numbers from 0 to 65535",
    ),
    "a value beyond 16 bits": (write_classes(entry(65536)), "whole numbers from 0 to 65535"),
    "an endless value": (
        write("classes.json", '{"classes": [{"name": "a", "value": Infinity}, "b"]}'),
        "whole numbers|inf",
    ),
    "no number": (
        write("classes.json", '{"classes": [{"name": "a", "value": NaN}, "b"]}'),
        "whole numbers|nan",
    ),
    "a value with a point": (write_classes(entry(0.0)), "whole numbers|0.0"),
    "a list as value": (write_classes(entry([0])), "whole numbers|[0]"),
    "null as value": (write_classes(entry(None)), "whole numbers|None"),
    "ignore as a word": (write_classes({"classes": ["a", "b"], "ignore": "x"}), "whole numbers"),
    "ignore as a list": (write_classes({"classes": ["a", "b"], "ignore": [1]}), "whole numbers"),
    "100,000 classes": (write_classes({"classes": ["a"] * 100_000}), "2 to 21 classes|100000"),
    "a list as name": (write_classes(entry(0, ["a"])), "a name of 1 to 24 letters"),
    "a name with a line break": (write_classes(entry(0, "a\nb")), "can be printed|a\\nb"),
    "a name of half a letter": (write_classes(entry(0, "\ud800")), "can be printed"),
    "a name of blanks": (write_classes({"classes": ["   ", "b"]}), "a name of 1 to 24 letters"),
    "a list as colour": (write_classes(entry(0, colour=[1, 2, 3])), "a colour such as"),
    "a short colour": (write_classes(entry(0, colour="#fff")), "a colour such as|#fff"),
    "a key with a line break": (write_classes({"classes": ["a", "b"], "x\ny": 1}), "only classes"),
    "nested classes": (write_classes({"classes": [["a"], ["b"]]}), "for each class"),
    "classes as an object": (write_classes({"classes": {"a": 0}}), 'a list named "classes"'),
    "a stray value": (save(FIRST, plain("L", colour=9), "PNG"), "got also 9|classes.json"),
    "a mask beyond 16 bits": (save(FIRST, plain("I", colour=70_000), "TIFF"), "got also 70000"),
    "a negative mask": (save(FIRST, plain("I", colour=-1), "TIFF"), "got also -1"),
    "a mask of colours": (save(FIRST, plain("RGB"), "PNG"), "one number for each pixel|RGB"),
    "a mask in HSV or LAB": (save(FIRST, plain("LAB"), "TIFF"), "one number for each pixel|LAB"),
    "a mask of another size": (save(FIRST, plain("L", (9, 9)), "PNG"), "same size|9×9"),
    "a huge mask": (write(FIRST, huge_png(13_000, 13_000)), "at most 50,000,000 pixels"),
    "a photo without a mask": (write("images/9.png", b""), "expected the mask|9.png"),
    "a mask without a photo": (write("masks/9.png", b""), "Expected a photo|9.png"),
    "two photos of one name": (
        lambda f: shutil.copy(f / "images/0.png", f / "images/0.JPG"),
        "one photo of each name|0.JPG and 0.png",
    ),
    "no photos": (put_folder("images"), "Expected a photo|0.jpg"),
    "a name that is not UTF-8": (
        lambda f: (f / "images" / os.fsdecode(b"\xff.png")).write_bytes(b""),
        "can be printed",
    ),
    "one list of two": (write("annotations/trainval.txt", "0\n1\n"), "Expected the list|test.txt"),
    "a list with two words": (write("annotations/trainval.txt", "0 1\n"), "line 1: expected"),
    "two masks of one name": (
        lambda f: shutil.copy(f / "masks/0.png", f / "masks/0.PNG"),
        "one mask of each name|0.PNG and 0.png",
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("damage", "words"),
    [pytest.param(*case, id=name) for name, case in CLASSES_PROBLEMS.items()],
)
def test_a_folder_of_ones_own_classes(classes_template, tmp_path, damage, words):
    folder = Path(shutil.copytree(classes_template, tmp_path / "mine"))
    damage(folder)
    refuses(lambda: load_pets(str(folder)), words, tmp_path)


# Paths

NO_FOLDER = "Expected the path of a folder"
PATHS = {
    "an address": ("gs://bucket/pets", f"{NO_FOLDER}|is an address"),
    "an address half normalized": ("s3:/bucket/pets", f"{NO_FOLDER}|is an address"),
    "a page": ("https://example.org/pets", f"{NO_FOLDER}|is an address"),
    "nobody's home": ("~nosuchuser/pets", f"{NO_FOLDER}|home folder"),
    "5,000 letters": ("/tmp/" + "x" * 5000, f"{NO_FOLDER}|longer than paths may be|(5,005)"),
    "5,000 letters in parts": ("/tmp" + "/xxxx" * 1000, f"{NO_FOLDER}|longer than paths may be"),
    "a null": ("/tmp/a\0b", f"{NO_FOLDER}|is no path"),
    "not UTF-8": ("/tmp/p\udcffts", f"{NO_FOLDER}|UTF-8"),
}


@pytest.mark.parametrize(
    ("path", "words"), [pytest.param(*case, id=name) for name, case in PATHS.items()]
)
@pytest.mark.parametrize("use", ["LESSONS_DATA_DIR", "data_dir", "LESSONS_PETS", "source"])
def test_a_path_that_cannot_be(tmp_path, monkeypatch, path, words, use):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LESSONS_DATA_DIR", str(tmp_path))
    if use.startswith("LESSONS"):
        if "\0" in path:
            pytest.skip("no system keeps a null in a variable")
        monkeypatch.setenv(use, path)
        refuses(lambda: load_pets("drawn_pets" if "DATA" in use else None), words, tmp_path)
    elif use == "data_dir":
        refuses(lambda: load_pets("drawn_pets", data_dir=path), words, tmp_path)
    else:
        refuses(lambda: load_pets(path), words, tmp_path)


def test_no_home(tmp_path, monkeypatch):
    monkeypatch.delenv("LESSONS_DATA_DIR", raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)  # as where nobody has a home
    refuses(lambda: load_pets("drawn_pets"), "home folder of somebody|LESSONS_DATA_DIR", tmp_path)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is no /proc")
@pytest.mark.parametrize("path", ["/proc/x", "/dev/null", "/dev/null/x", "/proc/self/mem"])
def test_a_place_where_nothing_can_be_kept(tmp_path, path, few_drawn_pets):
    words = "Expected to write prepared pets below|choose another folder"
    refuses(lambda: load_pets("drawn_pets", data_dir=path), words, tmp_path)


SOURCES = {
    "a number": (5, "source must be the path of a file, but 5 came"),
    "a list": (["auto"], "source must be the path of a file, but a list of 1 came"),
    "capitals": ("AUTO", "Expected auto, drawn_pets, oxford_iiit_pet or the path"),
    "a file": (__file__, "no such folder"),
    "blanks": ("   ", "no such folder"),
    "a line break": ("drawn_pets\n", "got 'drawn_pets\\n'"),
}


@pytest.mark.parametrize(
    ("source", "words"), [pytest.param(*case, id=name) for name, case in SOURCES.items()]
)
def test_a_source_that_is_none(tmp_path, source, words):
    refuses(lambda: load_pets(source, data_dir=tmp_path), words, tmp_path)


# Prepared pets

INFO, FEATURES = "dataset_info.json", "features.json"
RECORDS = "drawn_pets-train.tfrecord-00000-of-00001"
TESTS = "drawn_pets-test.tfrecord-00000-of-00001"


def edit_info(change):
    def damage(folder: Path) -> None:
        content = json.loads((folder / INFO).read_text())
        change(content)
        (folder / INFO).write_text(json.dumps(content))

    return damage


def empty(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


def put_into_records(name: str, content: bytes):
    """Writes records anew, whole and with right checksums, in which one part is another."""

    def damage(folder: Path) -> None:
        path = str(folder / RECORDS)
        examples = [*map(tf.train.Example.FromString, iter_records(path))]
        with tf.io.TFRecordWriter(path) as file:
            for example in examples:
                example.features.feature[name].bytes_list.value[0] = content
                file.write(example.SerializeToString())

    return damage


def iter_records(path: str):
    return list(tf.data.TFRecordDataset(path).as_numpy_iterator())


PREPARED = {
    "records whose photos are none": (put_into_records("image", b"x"), "of another kind"),
    "records cut short": (cut(RECORDS, 0.5), f"{RECORDS} ends too soon"),
    "records without a byte": (cut(RECORDS, 0.99999), f"{RECORDS} ends too soon"),
    "a flipped bit in a record": (flip(RECORDS, 0.5), f"{RECORDS} holds a record with a wrong"),
    "a flipped bit in a length": (flip(RECORDS, 0), f"{RECORDS} "),
    "a flipped bit at the end": (flip(RECORDS, 0.999999), f"{RECORDS} holds a record with a wrong"),
    "a flipped bit in test": (flip(TESTS, 0.3), f"{TESTS} holds a record with a wrong checksum"),
    "emptied records": (write(RECORDS, b""), f"{RECORDS} is empty"),
    "records of zeros": (write(RECORDS, b"\0" * 5000), f"{RECORDS} holds a record with a wrong"),
    "records of text": (write(RECORDS, "no records" * 99), f"{RECORDS} "),
    "missing records": (remove(RECORDS), f"{RECORDS} is missing"),
    "records as a folder": (put_folder(RECORDS), f"{RECORDS} is no file"),
    "more behind the records": (append(RECORDS, b"more" * 9), f"{RECORDS} holds a record"),
    "the test records as train": (
        lambda folder: shutil.copy(folder / TESTS, folder / RECORDS),
        "holds 2 records in place of 4",
    ),
    "both files missing": (
        lambda f: (remove(RECORDS)(f), remove(TESTS)(f)),
        f"{RECORDS} is missing (and 1 more)",
    ),
    "emptied info": (write(INFO, b""), f"its {INFO} is empty"),
    "info of zeros": (write(INFO, b"\0" * 1000), f"its {INFO} is empty"),
    "half an info": (cut(INFO, 0.5), f"its {INFO} does not say what it should"),
    "missing info": (remove(INFO), f"its {INFO} is missing"),
    "info as a folder": (put_folder(INFO), f"its {INFO} does not say"),
    "info in UTF-16": (write(INFO, "{}".encode("utf-16")), f"its {INFO} "),
    "info without anything": (write(INFO, "{}"), f"its {INFO} does not say"),
    "info as a list": (write(INFO, "[]"), f"its {INFO} does not say"),
    "info nested deeply": (write(INFO, "[" * 100_000), f"its {INFO} does not say"),
    "info of another set": (edit_info(lambda c: c.update(name="mnist")), f"its {INFO} does not"),
    "another version's info": (edit_info(lambda c: c.update(version="0.0.1")), f"its {INFO} does"),
    "info without test": (edit_info(lambda c: c["splits"].pop()), f"its {INFO} does not say"),
    "no splits": (edit_info(lambda c: c.update(splits=None)), f"its {INFO} does not say"),
    "other counts": (
        edit_info(lambda c: c["splits"][0].update(shardLengths=["5"])),
        "holds 4 records in place of 5",
    ),
    "counts of 5,000 digits": (
        edit_info(lambda c: c["splits"][0].update(shardLengths=["9" * 5000])),
        f"its {INFO} does not say",
    ),
    "counts as words": (
        edit_info(lambda c: c["splits"][0].update(shardLengths="abc")),
        f"its {INFO} does not say",
    ),
    "a strange template": (
        edit_info(lambda c: c["splits"][0].update(filepathTemplate="../{NOBODY}")),
        "cannot read what its files say",
    ),
    "a strange key": (edit_info(lambda c: c.update(nobody=1)), "cannot read what its files say"),
    "emptied features": (write(FEATURES, b""), f"its {FEATURES} is empty"),
    "missing features": (remove(FEATURES), f"its {FEATURES} is missing"),
    "half the features": (cut(FEATURES, 0.5), f"its {FEATURES} does not say"),
    "missing labels": (remove("label.labels.txt"), "its label.labels.txt is missing"),
    "emptied labels": (write("label.labels.txt", b""), "its label.labels.txt is empty"),
    "a flipped bit in labels": (flip("label.labels.txt", 0.1, 0), "label.labels.txt names other"),
    "labels of bytes": (write("label.labels.txt", b"\xff" * 9), "label.labels.txt does not say"),
    "fewer species": (write("species.labels.txt", "Cat\n"), "species.labels.txt names other"),
    "an empty folder": (empty, "that folder is empty"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("damage", "words"), [pytest.param(*case, id=name) for name, case in PREPARED.items()]
)
def test_prepared_pets_that_are_damaged(drawn_template, tmp_path, damage, words):
    data_dir = Path(shutil.copytree(drawn_template, tmp_path / "data"))
    damage(data_dir / "drawn_pets" / "1.0.0")
    words = f"Expected the drawn pets in|{words}|data prepare --source drawn_pets --data-dir"
    refuses(lambda: load_pets("drawn_pets", data_dir=data_dir), words, tmp_path, DamagedPets)


def test_a_file_in_place_of_the_version_folder(drawn_template, tmp_path, few_drawn_pets):
    data_dir = Path(shutil.copytree(drawn_template, tmp_path / "data"))
    shutil.rmtree(data_dir / "drawn_pets" / "1.0.0")
    (data_dir / "drawn_pets" / "1.0.0").write_text("mine")
    refuses(lambda: load_pets("drawn_pets", data_dir=data_dir), "a file stands in place", tmp_path)
    refuses(lambda: prepared.prepare_drawn_pets(data_dir), "a file stands where a", tmp_path)


def test_oxford_pets_of_another_version(tmp_path):
    (tmp_path / "oxford_iiit_pet" / "3.2.0").mkdir(parents=True)
    words = "Expected the Oxford pets|only version 3.2.0 is there, and the course reads 4."
    refuses(lambda: load_pets("oxford_iiit_pet", data_dir=tmp_path), words, tmp_path)


def test_oxford_pets_in_an_empty_folder(tmp_path):
    (tmp_path / "oxford_iiit_pet" / "4.0.0").mkdir(parents=True)
    words = "Oxford pets|that folder is empty|data prepare --source oxford_iiit_pet"
    refuses(lambda: load_pets("oxford_iiit_pet", data_dir=tmp_path), words, tmp_path)


# Archives

ARCHIVES = {
    "an empty archive": (write("images.tar.gz", b""), "it ends after 0"),
    "a page for an archive": (write("images.tar.gz", "<html>"), "it ends after 6"),
    "a folder for an archive": (put_folder("images.tar.gz"), "there is no such file"),
    "a longer archive": (append("images.tar.gz", b"more"), "wrong checksum"),
    "a flipped bit": (flip("annotations.tar.gz", 0.5), "wrong checksum"),
    "a missing archive": (remove("annotations.tar.gz"), "there is no such file; fetch it from"),
}


@pytest.mark.parametrize(
    ("damage", "words"), [pytest.param(*case, id=name) for name, case in ARCHIVES.items()]
)
def test_archives_fetched_by_hand(archives, tmp_path, damage, words):
    damage(archives)
    refuses(lambda: oxford.prepare(tmp_path / "data", archives=archives), words, tmp_path)


# Functions of lesson 1


CALLS = {
    "no rounds": (lambda: measure_pipeline([], step_seconds=0, rounds=0), "a tf.data set"),
    "no such cache": (lambda: build_variant(PipelineVariant("", cache="disk"), None), "a cache of"),
    "no trimap": (lambda: measure_regions([]), "at least one trimap"),
    "a mask of floats": (lambda: region_thickness(np.ones((3, 3)), 1), "trimap of integers"),
    "a mask of colours": (lambda: region_thickness(np.ones((3, 3, 3), int), 1), "trimap of"),
    "no photo": (lambda: read_photo(Path("nowhere.jpg")), "whole picture in nowhere.jpg"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("call", "words"), [pytest.param(*case, id=name) for name, case in CALLS.items()]
)
def test_a_function_called_wrongly(tmp_path, call, words):
    refuses(call, words, tmp_path)


def test_the_corpus_is_as_large_as_it_says():
    tables = (LIST_PROBLEMS, PICTURE_PROBLEMS, CLASSES_PROBLEMS, PATHS, SOURCES, PREPARED, ARCHIVES)
    assert sum(map(len, (*tables, CALLS))) >= 100


# What looks odd and is understood


def test_a_name_in_a_list_may_have_its_ending(pets_template, tmp_path):
    folder = Path(shutil.copytree(pets_template, tmp_path / "pets"))
    text = (folder / TRAIN).read_text().replace(NAME, f"{NAME}.jpg")
    (folder / TRAIN).write_text(text)
    assert next(iter(load_pets(str(folder)).train))["file_name"] == f"{NAME}.jpg".encode()


def test_endings_in_capitals_are_found_and_hidden_files_are_not(classes_template, tmp_path):
    folder = Path(shutil.copytree(classes_template, tmp_path / "mine"))
    (folder / "images" / "0.png").rename(folder / "images" / "0.PNG")
    write("images/._0.png", b"of a Mac")(folder)
    pets = load_pets(str(folder))
    assert pets.info.train_count + pets.info.test_count == 5


@pytest.mark.parametrize("orientation", range(2, 9))
@pytest.mark.parametrize("size", [(HEIGHT, WIDTH), (WIDTH, WIDTH)], ids=["oblong", "square"])
@pytest.mark.parametrize("carriers", ["photo", "mask", "both"])
def test_photo_and_mask_stay_aligned_whichever_says_how_to_turn_it(
    pets_template, tmp_path, orientation, size, carriers
):
    """What carries an orientation is stored as a camera would: turned back by so much."""
    folder = Path(shutil.copytree(pets_template, tmp_path / "pets"))
    image, mask = make_pair(height=size[0], width=size[1], seed=0)
    mask[4, 4] = 1  # so that no turning leaves it as it is
    turn_back = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = orientation
    for path, pixels, carrier in ((PHOTO, image, "photo"), (MASK, mask, "mask")):
        carries = carriers in (carrier, "both")
        stored = Image.fromarray(pixels)
        stored = stored.transpose(turn_back) if carries else stored
        stored.save(folder / path, "PNG", **({"exif": exif} if carries else {}))
    example = next(iter(load_pets(str(folder)).train))
    np.testing.assert_array_equal(example["image"], image)
    np.testing.assert_array_equal(example["segmentation_mask"][..., 0], mask)


@pytest.mark.skipif(ROOT_READS_ALL, reason="root may read every file")
@pytest.mark.parametrize("name", [TRAIN, PHOTO, MASK])
def test_a_file_without_permission(pets_template, tmp_path, name):
    folder = Path(shutil.copytree(pets_template, tmp_path / "pets"))
    (folder / name).chmod(0)
    with pytest.raises(DataProblem, match="Permission"):
        load_pets(str(folder))
