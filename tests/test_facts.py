"""What the lessons say of TensorFlow, Keras, TensorFlow Datasets and Jupyter, each with its probe.

A test's docstring is "where: sentence". Only those packages are used, nothing of the course's own,
so that ``python tools/try_versions.py`` can ask other versions too; `docs/upgrades.md` keeps its
answers.
"""

import inspect

import keras
import numpy as np
import pytest
import tensorflow as tf

SIDE = 32
numbers = np.random.default_rng(0)
IMAGES = numbers.random((4, 8, 8, 3)).astype("float32")
MASKS = numbers.integers(0, 3, (4, 8, 8, 1)).astype("uint8")
WEIGHTS = np.array([1.0, 2.0, 5.0], "float32")[MASKS]
CLASS_WEIGHT = {0: 1.0, 1: 2.0, 2: 5.0}


def pixel_model() -> keras.Model:
    """One logit a class and pixel, always of the same weights."""
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(3, 1)])


def compiled(**options) -> keras.Model:
    model = pixel_model()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(loss=loss, run_eagerly=True, **options)
    return model


def first_loss(*batch, **options) -> float:
    batches = tf.data.Dataset.from_tensors(batch)
    return compiled().fit(batches, shuffle=False, verbose=0, **options).history["loss"][0]


# --- lesson 1 ------------------------------------------------------------------------------------


def test_nearest_keeps_labels_and_bilinear_makes_new_ones():
    """Lesson 1 §6: a mask keeps its labels by nearest neighbour; bilinear makes new ones."""
    mask = np.repeat(np.array([[[1], [3]]], "uint8"), 2, axis=0)
    nearest = tf.image.resize(mask, (5, 5), method="nearest").numpy()
    assert set(np.unique(nearest)) == {1, 3} and nearest.dtype == np.uint8
    assert len(np.unique(tf.image.resize(mask, (5, 5)).numpy())) > 2


def test_random_flip_turns_a_pair_together():
    """Lesson 1 §7: RandomFlip called on a dictionary flips images and masks alike."""
    flip = keras.layers.RandomFlip("horizontal", seed=1)
    numbered = np.arange(8 * 8, dtype="float32").reshape(1, 8, 8, 1).repeat(16, axis=0)
    pair = {"images": numbered.repeat(3, axis=-1), "segmentation_masks": numbered}
    flipped = flip(pair, training=True)
    images, masks = flipped["images"][..., :1], flipped["segmentation_masks"]
    assert np.array_equal(images, masks)
    assert 0 < sum(np.array_equal(one, numbered[0]) for one in np.asarray(masks)) < 16


def test_array_to_img_gives_each_mask_other_greys():
    """Lesson 1 §4: array_to_img scales each picture by its own range."""
    first = np.array([[[0.0], [1.0]]])
    second = np.array([[[1.0], [2.0]]])
    greys = [np.asarray(keras.utils.array_to_img(one)) for one in (first, second)]
    assert np.array_equal(*greys)


def test_tfds_has_the_pets_as_version_4():
    """Lesson 1 §2: TensorFlow Datasets serves oxford_iiit_pet 4.0.0 and no older one."""
    datasets = pytest.importorskip("tensorflow_datasets")
    versions = datasets.builder_cls("oxford_iiit_pet")
    assert str(versions.VERSION) == "4.0.0" and not versions.SUPPORTED_VERSIONS


# --- lesson 2 ------------------------------------------------------------------------------------


def test_the_five_layers_are_there_with_these_shapes():
    """Lesson 2 §4: five layers of MobileNetV2 at 128×128 give 64×64×96 to 4×4×320."""
    network = keras.applications.MobileNetV2((128, 128, 3), include_top=False, weights=None)
    names = [f"block_{number}_expand_relu" for number in (1, 3, 6, 13)] + ["block_16_project"]
    shapes = [tuple(network.get_layer(name).output.shape[1:]) for name in names]
    assert shapes == [(64, 64, 96), (32, 32, 144), (16, 16, 192), (8, 8, 576), (4, 4, 320)]


def test_a_frozen_batch_norm_stays_in_inference():
    """Lesson 2 §8: frozen, a batch norm stays in inference whatever the call says."""
    norm = keras.layers.BatchNormalization()
    pair = np.array([[4.0], [6.0]], "float32")
    assert np.allclose(norm(pair, training=True), [[-1], [1]], atol=0.01)
    norm.trainable = False
    noted = norm.moving_mean.numpy()
    assert np.allclose(norm(pair, training=True), norm(pair, training=False))
    assert np.array_equal(noted, norm.moving_mean.numpy())


def test_mobilenet_notes_slowly():
    """Lesson 2 §8: the momentum of MobileNetV2's batch norms is 0.999."""
    network = keras.applications.MobileNetV2((SIDE, SIDE, 3), include_top=False, weights=None)
    assert network.get_layer("bn_Conv1").momentum == 0.999


def test_preprocessing_means_minus_one_to_one():
    """Lesson 2 §7: MobileNetV2 wants colours from −1 to 1."""
    ends = keras.applications.mobilenet_v2.preprocess_input(np.array([0.0, 255.0]))
    assert ends.tolist() == [-1.0, 1.0]


# --- lesson 3 ------------------------------------------------------------------------------------


def test_stride_two_and_kernel_three_overlap_unevenly():
    """Lesson 3 §1: transposed, a kernel of 3 and stride 2 add up 1, 2 or 4 stamps; one of 4, 4."""
    ones = np.ones((1, 4, 4, 1), "float32")
    sums = []
    for size in (3, 4):
        layer = keras.layers.Conv2DTranspose(
            1, size, strides=2, padding="same", kernel_initializer="ones"
        )
        sums.append(set(np.unique(layer(ones).numpy()[0, 2:-2, 2:-2])))
    assert sums == [{1.0, 2.0, 4.0}, {4.0}]


# --- lesson 4 ------------------------------------------------------------------------------------


def test_a_saved_model_keeps_adams_memory(tmp_path):
    """Lesson 4 §7, lesson 6 §4: a .keras file also holds the state of the optimizer."""
    model = compiled(optimizer="adam")
    model.fit(IMAGES, MASKS, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert int(loaded.optimizer.iterations) == 1
    assert len(loaded.optimizer.variables) == len(model.optimizer.variables)


def test_unfrozen_layers_learn_only_after_compiling_again():
    """Lesson 4 §4: what is trainable is decided when a model is compiled."""
    model = pixel_model()
    model.layers[0].trainable = False
    model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(IMAGES, MASKS, verbose=0)
    before = model.layers[0].kernel.numpy()
    model.layers[0].trainable = True
    model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(IMAGES, MASKS, verbose=0)
    assert not np.array_equal(before, model.layers[0].kernel.numpy())


# --- lesson 5 ------------------------------------------------------------------------------------


def test_class_weight_takes_masks_with_a_last_axis_from_tf_data():
    """Lesson 5 §2: from tf.data, masks N×h×w×1, class_weight gives the loss of sample weights."""
    by_class = first_loss(IMAGES, MASKS, class_weight=CLASS_WEIGHT)
    assert by_class == pytest.approx(first_loss(IMAGES, MASKS, WEIGHTS), rel=1e-5)
    assert by_class != pytest.approx(first_loss(IMAGES, MASKS), rel=0.1)


def test_class_weight_refuses_masks_without_a_last_axis():
    """Lesson 5 §2: class_weight fails with masks N×h×w."""
    with pytest.raises(Exception, match=r"(?s)."):
        first_loss(IMAGES, MASKS[..., 0], class_weight=CLASS_WEIGHT)


def test_class_weight_refuses_arrays():
    """Lesson 5 §2: class_weight fails with NumPy arrays of masks."""
    with pytest.raises(Exception, match=r"(?s)."):
        compiled().fit(IMAGES, MASKS, class_weight=CLASS_WEIGHT, verbose=0)


@pytest.mark.parametrize("axes", [(4, 4), (3, 3), (3, 4), (4, 3)], ids=str)
def test_sample_weights_work_with_either_shape(axes):
    """Lesson 5 §4: sample weights may be N×h×w or N×h×w×1, and so may masks."""
    masks, weights = (
        one if n == 4 else one[..., 0] for n, one in zip(axes, (MASKS, WEIGHTS), strict=True)
    )
    assert first_loss(IMAGES, masks, weights) == pytest.approx(
        first_loss(IMAGES, MASKS, WEIGHTS), rel=1e-5
    )


def test_only_weighted_metrics_see_sample_weights():
    """Lesson 5 §6: metrics ignore sample weights, weighted_metrics use them."""
    accuracy = keras.metrics.SparseCategoricalAccuracy
    model = compiled(metrics=[accuracy(name="plain")], weighted_metrics=[accuracy(name="weighted")])
    batches = tf.data.Dataset.from_tensors((IMAGES, MASKS, WEIGHTS))
    found = model.evaluate(batches, verbose=0, return_dict=True)
    right = pixel_model()(IMAGES).numpy().argmax(axis=-1) == MASKS[..., 0]
    assert found["plain"] == pytest.approx(right.mean(), abs=1e-5)
    weighted = (right * WEIGHTS[..., 0]).sum() / WEIGHTS.sum()
    assert found["weighted"] == pytest.approx(weighted, abs=1e-5)


def test_the_weighted_loss_is_divided_by_the_number_of_pixels():
    """Lesson 5 §3: doubled weights double the loss: it is divided by pixels, not by weights."""
    assert first_loss(IMAGES, MASKS, 2 * WEIGHTS) == pytest.approx(
        2 * first_loss(IMAGES, MASKS, WEIGHTS), rel=1e-5
    )


def test_gather_refuses_labels_that_have_no_weight():
    """Lesson 5 §4: on a processor, tf.gather raises for a label out of range."""
    with tf.device("CPU"), pytest.raises(tf.errors.InvalidArgumentError):
        tf.gather([1.0, 2.0, 5.0], [3])


def test_the_worked_example_of_the_loss():
    """Lesson 5 §3: logits −3 and 0, label 0: the loss is 3.0486, with a weight of ten 30.486."""
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction=None)
    logits, weights = np.array([[-3.0, 0.0], [-3.0, 0.0]]), np.array([1.0, 10.0])
    losses = loss(np.array([0, 0]), logits, sample_weight=weights)
    np.testing.assert_allclose(losses, [3.0485873, 30.485874], rtol=1e-5)


# --- lesson 6 ------------------------------------------------------------------------------------


def test_a_palette_becomes_grey():
    """Lesson 6 §3: decode_png with one channel turns a palette's colours into greys."""
    image = pytest.importorskip("PIL.Image")
    import io

    mask = image.fromarray(np.array([[0, 1]], "uint8")).convert("P")
    mask.putpalette([230, 230, 230, 0, 114, 178])
    file = io.BytesIO()
    mask.save(file, "png")
    assert np.unique(np.asarray(mask)).tolist() == [0, 1]
    assert not set(np.unique(tf.io.decode_png(file.getvalue(), channels=1))) & {0, 1}


def test_the_loss_can_ignore_a_label():
    """Lesson 6, question 3: ignore_class leaves pixels of that label out of the loss."""
    masks = MASKS.astype(int)
    masks[:2] = 255
    ignoring = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=255)
    plain = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    logits = pixel_model()(IMAGES)
    assert float(ignoring(masks, logits)) == pytest.approx(
        float(plain(masks[2:], logits[2:])), 1e-4
    )


def test_a_saved_model_answers_by_serve(tmp_path):
    """Lesson 6 §4: model.export writes a SavedModel whose function serve gives the logits."""
    model = pixel_model()
    model.export(tmp_path / "model", verbose=False)
    loaded = tf.saved_model.load(tmp_path / "model")
    np.testing.assert_allclose(loaded.serve(IMAGES), model(IMAGES), atol=1e-5)


def test_a_saved_model_lists_its_variables_twice(tmp_path):
    """Lesson 6 §4: a SavedModel holds the weights twice, under two names."""
    model = pixel_model()
    model.export(tmp_path / "model", verbose=False)
    variables = str(tmp_path / "model" / "variables" / "variables")
    shapes = [tuple(shape) for _, shape in tf.train.list_variables(variables)]
    assert shapes.count((1, 1, 3, 3)) == 2


def test_export_writes_litert(tmp_path):
    """Lesson 6 §4: model.export(format="litert") writes a file that gives the same logits."""
    model = pixel_model()
    model.export(str(tmp_path / "model.tflite"), format="litert", verbose=False)
    lite = tf.lite.Interpreter(str(tmp_path / "model.tflite"))
    lite.allocate_tensors()
    lite.set_tensor(lite.get_input_details()[0]["index"], IMAGES[:1])
    lite.invoke()
    logits = lite.get_tensor(lite.get_output_details()[0]["index"])
    np.testing.assert_allclose(logits, model(IMAGES[:1]), atol=1e-4)


def test_jupyter_shows_a_picture_with_the_words_of_its_metadata():
    """Lesson 6 §1: display takes a picture's alternative text as metadata, under the name alt."""
    display = pytest.importorskip("IPython.display").display
    assert "metadata" in inspect.signature(display).parameters
