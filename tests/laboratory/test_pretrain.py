"""The pretraining of the bundled encoder: its drawn world, its run, what it may read and write."""

import ast
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from laboratory import drawn_world, pretrain
from laboratory.drawn_world import FIRST_SEED, FIRST_VALIDATION_SEED, draw
from laboratory.drawn_world.chapters import seeds_of_chapter
from laboratory.drawn_world.jitter import jitter
from laboratory.drawn_world.textures import KINDS, TILE_SEED, tile
from lessons_lib.drawing import BREEDS, COURSE_SEEDS
from lessons_lib.encoder import DRAWN_CARD, DRAWN_WEIGHTS, build_encoder
from lessons_lib.quiet import tf

pytestmark = pytest.mark.slow

TINY = pretrain.Recipe(steps=4, image_size=32, drawing_size=40, batch_size=4, chapter=8, passes=1)


@pytest.fixture(scope="module")
def drawings():
    return [draw(FIRST_SEED + number) for number in range(24)]


def test_the_same_seed_draws_the_same_and_another_seed_another(drawings):
    again = draw(FIRST_SEED)
    assert all(np.array_equal(*pair) for pair in zip(drawings[0], again, strict=True))
    assert not np.array_equal(drawings[0].image, drawings[1].image)


def test_drawings_hold_labels_that_fit_together(drawings):
    for drawing in drawings:
        assert drawing.image.shape == (144, 144, 3) and drawing.image.dtype == np.uint8
        assert set(np.unique(drawing.mask)) <= {0, 1, 2}
        assert drawing.parts.max() < drawn_world.PART_CLASSES
        # parts and depth know the same pet; the mask agrees with it outside the border band
        assert np.array_equal(drawing.parts > 0, drawing.depth > 0)
        assert (drawing.parts[drawing.mask == drawn_world.PET] > 0).all()
        assert (drawing.parts[drawing.mask == drawn_world.BACKGROUND] == 0).all()


def test_shares_of_pixels_come_near_those_of_real_photos(drawings):
    masks = np.concatenate([drawing.mask.ravel() for drawing in drawings])
    pet, background, border = np.bincount(masks, minlength=3) / masks.size
    assert 0.15 < pet < 0.45 and 0.4 < background < 0.75 and 0.05 < border < 0.18


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_tile_has_contrast(kind):
    assert np.asarray(tile(list(KINDS).index(kind))).std() > 10


def test_seeds_of_the_course_are_refused():
    with pytest.raises(ValueError, match="course's own pets"):
        draw(COURSE_SEEDS[-1])


def test_no_seed_of_pretraining_is_one_of_the_course_or_of_validation():
    runs = [seeds_of_chapter(run, number, 2048) for run in (0, 3) for number in (0, 400)]
    starts = {seeds.start for seeds in runs}
    assert len(starts) == len(runs)
    for seeds in runs:
        assert seeds.start > COURSE_SEEDS.stop and seeds.stop <= FIRST_VALIDATION_SEED
    assert TILE_SEED > FIRST_VALIDATION_SEED + pretrain.VALIDATION_DRAWINGS


def test_no_pet_has_the_measures_of_a_breed_of_the_course():
    from laboratory.drawn_world.creatures import MEASURES, random_breed

    known = {tuple(getattr(breed, name) for name in MEASURES) for breed in BREEDS}
    random = np.random.default_rng(0)
    for _ in range(50):
        assert tuple(getattr(random_breed(random), name) for name in MEASURES) not in known


def test_drawing_opens_no_picture_file():
    """An audit hook notes every file that is opened while all kinds of drawings are made."""
    code = """
import sys
from laboratory.drawn_world.chapters import draw_layers
opened = []
sys.addaudithook(lambda event, arguments: opened.append(arguments[0]) if event == "open" else None)
for number in range(40):
    draw_layers(2_000_000_000 + number, 40)
print([str(path) for path in opened if not str(path).endswith((".py", ".pyc", ".so"))])
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "path",
    [Path(pretrain.__file__), *sorted(Path(drawn_world.__file__).parent.glob("*.py"))],
    ids=lambda path: path.stem,
)
def test_nothing_that_loads_pets_is_imported(path):
    loaders = {"lessons_lib.data", "tensorflow_datasets"}
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            names.add(node.module)
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    from_data = {name for name in names if name.startswith("lessons_lib.data.")}
    assert not names & loaders
    assert all(name.startswith("lessons_lib.drawing") for name in from_data)


def test_views_of_a_drawing_keep_image_and_labels_together():
    """Where the picture is made of its own mask, each view must show the mask that it carries."""
    mask = draw(FIRST_SEED + 5).mask
    picture = np.where(mask == drawn_world.PET, 230, 25).astype(np.uint8)
    layers = np.stack([picture] * 3 + [mask, mask, mask], axis=-1)
    images, labels = jitter(tf.constant(np.stack([layers] * 16)), tf.constant([1, 2]), 128)
    assert images.shape == (16, 128, 128, 3) and labels.shape == (16, 128, 128, 3)
    grey = images.numpy().mean(axis=-1)
    for view, view_mask in zip(grey, labels.numpy()[..., 0], strict=True):
        pet = view_mask == drawn_world.PET
        if 500 < pet.sum() < 15_000:
            assert view[pet].mean() > view[~pet].mean() + 0.2
            bright = view > (view.min() + view.max()) / 2
            assert (bright == pet).mean() > 0.95
    assert len({view.tobytes() for view in images.numpy()}) == 16


def test_the_same_seed_gives_the_same_views():
    layers = tf.constant(np.random.default_rng(0).integers(0, 3, (2, 40, 40, 6), np.uint8))
    first, second, other = (jitter(layers, tf.constant([0, step]), 32)[0] for step in (1, 1, 2))
    assert np.array_equal(first, second) and not np.array_equal(first, other)


@pytest.fixture(scope="module")
def eagerly():
    """Runs steps without building graphs: for four steps that is faster."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.fixture(scope="module")
def untrained():
    return pretrain.Learner(TINY)


@pytest.fixture(scope="module")
def finished(eagerly, tmp_path_factory):
    """A tiny pretraining, run in one go: its folder and its learner."""
    folder = tmp_path_factory.mktemp("in_one_go")
    return folder, pretrain.pretrain(TINY, folder, workers=0)


def test_a_run_that_was_interrupted_ends_as_if_it_had_not_been(finished, tmp_path, monkeypatch):
    monkeypatch.setattr(pretrain, "CHECKPOINT_EVERY", 1)
    learn = pretrain.Learner.learn

    def break_off(learner, drawings):
        if learner.step == 3:  # within the second chapter
            raise KeyboardInterrupt
        return learn(learner, drawings)

    monkeypatch.setattr(pretrain.Learner, "learn", break_off)
    with pytest.raises(KeyboardInterrupt):
        pretrain.pretrain(TINY, tmp_path, workers=0)
    monkeypatch.setattr(pretrain.Learner, "learn", learn)
    resumed = pretrain.pretrain(TINY, tmp_path, workers=1)  # drawn by another process: the same
    assert resumed.step == TINY.steps
    for one, other in zip(finished[1].encoder.weights, resumed.encoder.weights, strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy(), err_msg=one.path)


def test_learning_changes_the_encoder(untrained, finished):
    changed = [
        not np.array_equal(one.numpy(), other.numpy())
        for one, other in zip(untrained.encoder.weights, finished[1].encoder.weights, strict=True)
    ]
    assert np.mean(changed) > 0.9


def test_weights_and_card_are_written_and_load(finished, tmp_path):
    folder, learner = finished
    scores = pretrain.validate(learner, folder, workers=0)
    card = pretrain.write_bundle(learner, scores, tmp_path)
    assert card == json.loads((tmp_path / DRAWN_CARD).read_text())
    assert card["recipe"]["steps"] == TINY.steps and card["pictures_seen"] == 16
    assert card["sha256"] and card["bytes"] == (tmp_path / DRAWN_WEIGHTS).stat().st_size
    assert sorted(path.name for path in tmp_path.iterdir()) == [DRAWN_CARD, DRAWN_WEIGHTS]
    loaded = build_encoder(weights=tmp_path / DRAWN_WEIGHTS, image_size=32)
    for one, other in zip(loaded.weights, learner.encoder.weights, strict=True):
        np.testing.assert_allclose(one.numpy(), other.numpy(), rtol=2e-3, atol=1e-4)


def test_the_card_names_the_command_that_makes_it_again():
    recipe = replace(TINY, seed=7)
    words = pretrain._command(recipe).split()
    assert words[:4] == ["python", "-m", "laboratory", "pretrain"]
    options = pretrain.main.make_context("pretrain", words[4:]).params
    assert pretrain.asdict(recipe).items() <= options.items()


def test_an_unfinished_run_is_never_bundled(untrained, tmp_path):
    (tmp_path / DRAWN_WEIGHTS).write_bytes(b"kept")
    with pytest.raises(pretrain.PretrainingProblem, match="step 0 of 4"):
        pretrain.write_bundle(untrained, None, tmp_path)
    assert (tmp_path / DRAWN_WEIGHTS).read_bytes() == b"kept"


def test_a_folder_of_another_recipe_is_left_alone(finished):
    with pytest.raises(pretrain.PretrainingProblem, match="another recipe"):
        pretrain.pretrain(replace(TINY, seed=1), finished[0])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [({"steps": 0}, "steps must be at least 1"), ({"chapter": 9}, "whole batches")],
)
def test_numbers_that_do_not_fit_are_refused(change, sentence, tmp_path):
    with pytest.raises(pretrain.PretrainingProblem, match=sentence):
        pretrain.pretrain(replace(TINY, **change), tmp_path)
