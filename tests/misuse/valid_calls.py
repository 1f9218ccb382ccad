"""One valid call of every public function that the lessons or a docstring name.

An argument stands here once, as a learner would give it; ``test_every_argument`` replaces one after
the other. Arguments of which a hostile value would download or draw for minutes are ``kept``.
"""

import dataclasses
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import library_slips as made
import numpy as np
from made_pets import write_pets_folder

from lessons_lib import (
    class_imbalance,
    classes,
    cost,
    decoder,
    drawing,
    encoder,
    metrics,
    plots,
    show_source,
    training,
)
from lessons_lib.checks import check
from lessons_lib.data import benchmark, folder, pipeline, prepared, regions, shares, sources
from lessons_lib.inspector import (
    FeatureExplorer,
    LiveTraining,
    MaskExplorer,
    PredictionInspector,
    WeightExplorer,
)
from lessons_lib.quiet import keras

IMAGES, MASKS, LOGITS, PHOTO, TRIMAP = (
    made.IMAGES,
    made.MASKS,
    made.LOGITS,
    made.PHOTO,
    made.TRIMAP,
)
ENCODER, MODEL, GOOD, EXAMPLES = made.ENCODER, made.MODEL, made.GOOD, made.EXAMPLES
THREE, NAMES = classes.PET_CLASSES, ["sky", "road"]
HISTORY = {name: [0.5, 0.6] for name in ("loss", "val_loss", "mean_iou", "val_mean_iou")}
FEATURES = np.random.default_rng(1).normal(size=(16, 16, 6)).astype(np.float32)
WEIGHTS = [1.0, 2.0, 3.0]
LABEL_LOGITS = {"labels": MASKS[..., 0], "logits": LOGITS}
PLACE = Path(tempfile.mkdtemp(prefix="valid_calls_"))
PETS = write_pets_folder(PLACE / "pets", train_count=6, test_count=2)
COURSE_ENCODER = encoder.build_encoder(weights="drawn", image_size=32)
FIELD = encoder.ReceptiveField(side=11, step=4, start=-3)


@dataclasses.dataclass(frozen=True)
class ValidCall:
    """A call that is right, the arguments that are to be replaced, and whether it takes long."""

    name: str
    function: Callable
    arguments: dict[str, Any]
    kept: tuple[str, ...] = ()
    slow: bool = False

    def replaced(self) -> list[str]:
        """The names of the arguments that are to be replaced."""
        return [name for name in self.arguments if name not in self.kept]


def valid(
    function: Callable,
    /,
    *,
    called: str = "",
    keep: tuple[str, ...] = (),
    takes_long: bool = False,
    **arguments: Any,
) -> ValidCall:
    """Writes a valid call down."""
    name = called or function.__name__
    return ValidCall(name, function, arguments, keep, takes_long)


def setting(widget: Any, trait: str, value: Any) -> ValidCall:
    """Writes down that an explorer's trait is set, as ``explorer.trait = value`` does."""

    def assign(value: Any) -> None:
        setattr(widget, trait, value)

    return valid(assign, called=f"{type(widget).__name__}.{trait}", value=value)


def show_one(helper: Any, whole: bool) -> Any:
    """Calls ``show_source``, whose helpers have no names."""
    return show_source.show_source(helper, whole=whole)


def new_file(path: Any, ending: str = "") -> Any:
    """Returns the path, after whatever stands in the place of a valid one is gone."""
    if isinstance(path, Path) and path == PLACE / f"new{ending}":
        path.unlink(missing_ok=True)
    return path


def save_model(model: Any, path: Any) -> Path:
    """Calls ``save_model``, which never writes over a file."""
    return training.save_model(model, new_file(path, ".keras"))


encoder.save_encoder(ENCODER, PLACE / "encoder.npz")
decoder.save_decoder(made.UNCOMPILED, PLACE / "decoder.npz")
training.save_model(MODEL, PLACE / "model.keras")

DATA = [
    valid(pipeline.normalize, image=PHOTO, mask=TRIMAP),
    valid(
        pipeline.load_image, example={"image": PHOTO, "segmentation_mask": TRIMAP}, image_size=32
    ),
    valid(pipeline.Augment, seed=7),
    valid(pipeline.Augment(7), called="Augment(7)", images=IMAGES, masks=MASKS),
    valid(pipeline.split_validation, train=EXAMPLES.concatenate(EXAMPLES), every=2),
    valid(
        pipeline.make_batches,
        examples=EXAMPLES,
        batch_size=2,
        image_size=32,
        training=True,
        seed=3,
    ),
    valid(pipeline.steps, count=100, batch_size=32),
    valid(pipeline.class_shares, masks_or_batches=MASKS, num_classes=3, ignore_class=255),
    valid(sources.load_pets, source=PETS, data_dir=PLACE, keep=("source",)),
    valid(sources.data_folder, given=PLACE),
    valid(prepared.are_drawn, data_dir=PLACE),
    valid(sources.choose_source, source="auto", data_dir=PLACE),
    valid(sources.explain_choice, source="auto", data_dir=PLACE),
    valid(shares.load_share, source=PETS, worker=0, workers=1, data_dir=PLACE, keep=("source",)),
    valid(folder.read_folder, folder=PETS),
    valid(folder.read_own_classes, folder=PETS),
    valid(folder.read_photo, path=next((PETS / "images").glob("*.jpg"))),
    valid(benchmark.cache_size, cache="uint8", count=100, image_size=32),
    valid(benchmark.PipelineVariant, name="all", parallel=True, cache="uint8", prefetch=True),
    valid(
        benchmark.build_variant,
        variant=benchmark.VARIANTS[0],
        examples=EXAMPLES,
        batch_size=2,
        image_size=32,
    ),
    valid(
        benchmark.measure_pipeline,
        examples=EXAMPLES,
        step_seconds=0.0,
        variants=benchmark.VARIANTS[:1],
        rounds=1,
        batch_size=2,
        image_size=32,
    ),
    valid(regions.measure_regions, trimaps=[TRIMAP]),
    valid(regions.pixel_shares, trimap=TRIMAP),
    valid(regions.region_thickness, trimap=TRIMAP, value=3),
    valid(regions.count_crossings, trimap=TRIMAP),
    valid(regions.contact_shares, trimap=TRIMAP),
    valid(drawing.draw_pet, seed=7),
    valid(classes.make_classes, names=NAMES, colours=["#112233", None], ignored=True),
    valid(classes.read_colour, colour="#112233"),
    valid(classes.percent, share=0.5),
    valid(show_one, called="show_source", helper=pipeline.normalize, whole=True),
]
MODELS = [
    valid(encoder.choose_weights, pets="drawn_pets"),
    valid(encoder.build_encoder, weights="none", image_size=32, trainable=True, takes_long=True),
    valid(encoder.freeze, encoder=made.small_encoder()),
    valid(encoder.unfreeze, encoder=made.small_encoder(), from_layer="block_2", batch_norm=True),
    valid(encoder.note_statistics, encoder=made.small_encoder(), images=[IMAGES]),
    valid(encoder.receptive_fields, encoder=COURSE_ENCODER),
    valid(FIELD.window, called="ReceptiveField.window", row=3, column=4),
    valid(encoder.count_parameters, model=MODEL),
    valid(encoder.save_encoder, encoder=ENCODER, path=PLACE / "saved.npz"),
    valid(decoder.upsample, filters=4, size=3, apply_dropout=True, name="block"),
    valid(
        decoder.unet_model, num_classes=3, encoder=ENCODER, filters=(4, 4), skip_connections=True
    ),
    valid(decoder.create_mask, logits=LOGITS),
    valid(decoder.save_decoder, unet=made.UNCOMPILED, path=PLACE / "saved.npz"),
    valid(decoder.load_decoder, unet=made.UNCOMPILED, path=PLACE / "decoder.npz"),
    valid(cost.layer_costs, model=MODEL),
    valid(cost.block_costs, model=MODEL),
    valid(cost.block_times, model=MODEL, images=IMAGES, repeats=1, takes_long=True),
    valid(
        training.compile_model,
        model=MODEL,
        learning_rate=1e-3,
        loss=class_imbalance.DiceLoss(),
        weighted_metrics=[keras.metrics.SparseCategoricalAccuracy()],
        classes=THREE,
    ),
    valid(
        training.train,
        model=made.small_model(),
        train_batches=GOOD,
        validation_batches=GOOD,
        epochs=1,
        unfreeze="block_2",
        watch=IMAGES,
        callbacks=[],
        takes_long=True,
    ),
    valid(training.KeepPredictions, images=IMAGES),
    valid(training.TrainingRun, history=HISTORY, masks_by_epoch=np.stack([MASKS, MASKS])),
    valid(
        training.TrainingRun(HISTORY).__add__,
        called="TrainingRun + later",
        later=training.TrainingRun(HISTORY),
    ),
    valid(save_model, model=MODEL, path=PLACE / "new.keras"),
    valid(training.load_model, path=PLACE / "model.keras"),
    valid(
        training.predict_picture,
        model=MODEL,
        path=next((PETS / "images").glob("*.jpg")),
    ),
]
IMBALANCE = [
    valid(class_imbalance.class_weights, shares=[0.2, 0.6, 0.2], weighting="inverse"),
    valid(class_imbalance.add_sample_weights, image=IMAGES, mask=MASKS, weights=WEIGHTS),
    valid(class_imbalance.weighted_batches, batches=GOOD, weights=WEIGHTS),
    valid(class_imbalance.pixel_losses, **LABEL_LOGITS, weights=WEIGHTS, ignore_class=255),
    valid(
        class_imbalance.loss_shares, masks=MASKS, logits=LOGITS, weights=WEIGHTS, ignore_class=255
    ),
    valid(class_imbalance.sum_by_class, labels=[0, 2], losses=[0.5, 1.0], num_classes=3),
    valid(
        class_imbalance.FocalLoss,
        gamma=2.0,
        alpha=WEIGHTS,
        ignore_class=255,
        name="focal",
        reduction="sum",
    ),
    valid(class_imbalance.DiceLoss, ignore_class=255, name="dice", reduction="sum"),
    valid(
        class_imbalance.FocalLoss(),
        called="FocalLoss()",
        y_true=MASKS,
        y_pred=LOGITS,
        sample_weight=np.ones((4, 32, 32), np.float32),
    ),
    valid(class_imbalance.DiceLoss(), called="DiceLoss()", y_true=MASKS, y_pred=LOGITS),
    valid(class_imbalance.describe_change, before=[0.5, 0.6], after=[0.6, 0.7]),
    valid(
        class_imbalance.train_fresh,
        train_pets=EXAMPLES,
        validation_batches=GOOD,
        encoder=made.FROZEN,
        seed=1,
        epochs=1,
        weights=WEIGHTS,
        loss=class_imbalance.FocalLoss(),
        filters=(4, 4),
        batch_size=2,
        image_size=32,
        learning_rate=1e-3,
        callbacks=[],
        classes=THREE,
        takes_long=True,
    ),
    valid(
        metrics.confusion_matrix,
        masks=MASKS,
        predicted_masks=MASKS,
        num_classes=3,
        ignore_class=255,
    ),
    *(
        valid(function, confusion=made.CONFUSION)
        for function in (
            metrics.iou_per_class,
            metrics.mean_iou,
            metrics.pixel_accuracy,
            metrics.precision_per_class,
            metrics.recall_per_class,
        )
    ),
    valid(metrics.CountedAccuracy, ignore_class=255, name="accuracy"),
    valid(
        metrics.CountedAccuracy(255).update_state,
        called="CountedAccuracy.update_state",
        y_true=MASKS,
        y_pred=LOGITS,
        sample_weight=np.ones((4, 32, 32), np.float32),
    ),
    valid(metrics.segmentation_metrics, num_classes=3, ignore_class=255),
    valid(metrics.score_masks, masks=MASKS, predicted_masks=MASKS, classes=THREE),
    valid(metrics.evaluate, model=MODEL, batches=GOOD, classes=THREE),
    valid(metrics.border_errors, masks=MASKS, predicted_masks=MASKS, distance=1, classes=THREE),
    valid(metrics.near_border, masks=MASKS, distance=1, classes=THREE),
]
PLOTS = [
    valid(plots.plot_shares, shares=[0.2, 0.6, 0.2], title="share", classes=THREE),
    valid(plots.plot_bars, labels=["a", "b"], values=[1, 2], unit="MB", title="sizes"),
    valid(plots.plot_region_measures, measures=regions.measure_regions([TRIMAP])),
    valid(plots.plot_scores, scores={"a": [0.2, 0.6, 0.3]}, measure="IoU", classes=THREE),
    valid(plots.plot_histogram, values=[0.1, 0.5], label="IoU", bins=5),
    valid(plots.plot_history, histories=HISTORY, panels=["loss"]),
    valid(
        plots.plot_descent,
        paths={"SGD": np.ones((4, 2))},
        loss=lambda weights: (weights**2).sum(axis=-1),
    ),
    valid(
        plots.plot_heatmap,
        array=np.eye(2),
        annotate=True,
        title="eye",
        row_names=["a", "b"],
        column_names=["c", "d"],
    ),
    valid(plots.plot_confusion, confusion=made.CONFUSION, classes=THREE),
    valid(
        plots.plot_feature_maps,
        features=FEATURES,
        channels=[0, 1],
        titles=["a", "b"],
        image=PHOTO,
    ),
    valid(plots.plot_scales, image=PHOTO, feature_maps=[FEATURES], names=["block"]),
    valid(plots.plot_upsampling, small=np.eye(2), upsampled={"nearest": np.eye(4)}),
    valid(plots.plot_window, patch=np.eye(4), kernel=np.eye(3), place=(0, 1)),
    valid(plots.plot_model, model=made.small_model()),
    valid(plots.unet_diagram, model=MODEL),
    valid(
        plots.show_pairs,
        images=IMAGES[:1],
        masks=MASKS[:1],
        names=["a"],
        trimap=False,
        classes=THREE,
    ),
    valid(
        plots.show_predictions,
        images=IMAGES[:1],
        masks=MASKS[:1],
        predictions=MASKS[1:2],
        classes=THREE,
    ),
    valid(
        plots.show_segmented,
        images=IMAGES[:1],
        predictions=MASKS[:1],
        cut_outs=IMAGES[1:2],
        classes=THREE,
    ),
    valid(
        plots.show_epochs,
        images=IMAGES[:1],
        predictions_by_epoch=[MASKS[:1], MASKS[1:2]],
        masks=MASKS[:1],
        classes=THREE,
    ),
    valid(
        plots.plot_label_mistake, before=TRIMAP, after=TRIMAP + 0.25 * (TRIMAP == 1), trimap=True
    ),
    valid(plots.plot_overlap, mask=MASKS[0], prediction=MASKS[1], class_name="pet", classes=THREE),
    valid(
        plots.plot_weight_map,
        image=IMAGES[0],
        mask=MASKS[0],
        weights=np.ones((32, 32)),
        classes=THREE,
    ),
    valid(plots.plot_receptive_fields, image=PHOTO, windows={"block_1": (0, 1, 11)}),
    valid(plots.trimap_to_rgb, trimap=TRIMAP),
    valid(plots.LessonFigure, width=100, height=50, alt_text="nothing"),
]
BOTH = {"images": IMAGES, "masks": MASKS}
FEATURE_EXPLORER = FeatureExplorer(PHOTO, {"block_1": FEATURES})
PREDICTIONS = PredictionInspector(IMAGES, MASKS, predictions_by_epoch=[MASKS, MASKS])
WEIGHT_EXPLORER = WeightExplorer(IMAGES[0], MASKS[0])
EXPLORERS = [
    valid(MaskExplorer, **BOTH, names=list("abcd"), trimap=False, order="given", classes=THREE),
    valid(
        PredictionInspector, **BOTH, logits=LOGITS, names=list("abcd"), order="worst", classes=THREE
    ),
    valid(
        PredictionInspector,
        called="PredictionInspector, probabilities",
        **BOTH,
        probabilities=np.full((4, 32, 32, 3), 1 / 3),
    ),
    valid(
        PredictionInspector, called="PredictionInspector, predictions", **BOTH, predictions=MASKS
    ),
    valid(
        PredictionInspector,
        called="PredictionInspector, epochs",
        **BOTH,
        predictions_by_epoch=[MASKS, MASKS],
        moments=["a", "b"],
    ),
    valid(FeatureExplorer, image=PHOTO, feature_maps={"block_1": FEATURES}),
    valid(FEATURE_EXPLORER.strongest, called="FeatureExplorer.strongest", layer="block_1"),
    valid(LiveTraining, **BOTH, classes=THREE),
    valid(
        WeightExplorer,
        image=IMAGES[0],
        mask=MASKS[0],
        losses=np.ones((32, 32)),
        weights=WEIGHTS,
        presets={"alike": [1, 1, 1]},
        classes=THREE,
    ),
    setting(FEATURE_EXPLORER, "layer", "block_1"),
    setting(FEATURE_EXPLORER, "channel", 1),
    setting(FEATURE_EXPLORER, "opacity", 0.5),
    setting(PREDICTIONS, "index", 1),
    setting(PREDICTIONS, "order", "worst"),
    setting(PREDICTIONS, "layer", "truth"),
    setting(PREDICTIONS, "opacity", 0.5),
    setting(PREDICTIONS, "shown", [True, False, True]),
    setting(PREDICTIONS, "epoch", 2),
    setting(PREDICTIONS, "pin", (0, 1, 2)),
    setting(WEIGHT_EXPLORER, "weights", WEIGHTS),
]
CHECKS = [
    valid(check.hint, name="normalize"),
    valid(check.progress, lesson=1),
]
CALLS = [*DATA, *MODELS, *IMBALANCE, *PLOTS, *EXPLORERS, *CHECKS]
