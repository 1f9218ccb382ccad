"""Ray as the engine of a training: it starts the workers, and starts them again where one is lost.

Ray Train's TensorFlow trainer gives each worker its ``TF_CONFIG``; what it does is `whole_run`,
as without Ray. Checkpoints go through Ray, so that they reach workers on other machines.
"""

import hashlib
import shutil
import tempfile
from pathlib import Path
from typing import Any

from lessons_lib.ray_cluster import NoRay, connected
from lessons_lib.scaling.checkpoints import Checkpoint, FileCheckpoints
from lessons_lib.scaling.cluster import ClusterProblem, Place, Watch, join_cluster, read_place
from lessons_lib.scaling.whole_run import (
    RESULTS,
    TENSORBOARD,
    Settings,
    TensorBoardLog,
    alone_in,
    claim_folder,
    run_worker,
)

MOST_FAILURES = 3  # how often the workers are started again
RAYS_FOLDER = "ray"


class RayCheckpoints:
    """Keeps checkpoints by way of Ray, which wants to hear of each epoch from every worker."""

    def __init__(self, place: Place):
        """Takes which of the workers this is."""
        self._place = place

    def load(self) -> Checkpoint | None:
        """Returns the last one that Ray has, or None."""
        import ray.train  # pyright: ignore[reportMissingImports] - an extra

        kept = ray.train.get_checkpoint()
        if kept is None:
            return None
        with kept.as_directory() as folder:
            return FileCheckpoints(Path(folder)).load()

    def save(self, checkpoint: Checkpoint) -> None:
        """Hands one to Ray; the first worker's is kept."""
        with tempfile.TemporaryDirectory() as folder:
            if self._place.is_first:
                FileCheckpoints(Path(folder)).save(checkpoint)
            figures = {name: values[-1] for name, values in checkpoint.history.items()}
            report(self._place, Path(folder), figures | {"epoch": checkpoint.epochs})


def report(place: Place, folder: Path, figures: dict[str, Any]) -> None:
    """Tells Ray figures, and gives it what the first worker has in a folder."""
    import ray.train  # pyright: ignore[reportMissingImports] - an extra

    kept = ray.train.Checkpoint.from_directory(str(folder)) if place.is_first else None
    ray.train.report(figures, checkpoint=kept)


def work(given: dict[str, Any]) -> None:
    """What Ray lets each worker do: the whole training, then the results for Ray to take along."""
    settings: Settings = given["settings"]
    place = read_place()
    checkpoints = RayCheckpoints(place)
    with (
        tempfile.TemporaryDirectory() as folder,
        Watch(place, given["patience"]).watching() as watch,
    ):
        strategy = join_cluster(place, given["patience"])
        run_worker(
            settings,
            place,
            strategy,
            folder=Path(folder),
            checkpoints=checkpoints,
            watch=watch,
        )
        last = checkpoints.load()
        if place.is_first and last is not None:
            # The log of this start begins where the last one ended.
            shutil.rmtree(Path(folder) / TENSORBOARD, ignore_errors=True)
            log = TensorBoardLog(Path(folder) / TENSORBOARD)
            for epoch in range(last.epochs):
                log.note(epoch, {name: values[epoch] for name, values in last.history.items()})
            FileCheckpoints(Path(folder)).save(last)
        report(place, Path(folder), {"finished": True})


def train_on_ray(
    settings: Settings,
    workers: int,
    folder: Path,
    *,
    address: str = "",
    storage: str | None = None,
    patience: float,
) -> None:
    """Trains by workers that Ray starts, and puts the results into a folder of this machine.

    Args:
        settings: what to do. Pets and encoder are read by the workers, wherever they are.
        workers: how many.
        folder: a new one, or that of an unfinished training of the same settings.
        address: of a Ray cluster; empty for one of this machine's own.
        storage: where Ray keeps checkpoints, for workers on several machines one that they share;
            None for the folder.
        patience: seconds without a step, after which a worker gives the others up.

    Raises:
        ClusterProblem: what went wrong, in one sentence.
    """
    claim_folder(folder, settings)
    own = (folder / RAYS_FOLDER).resolve()
    try:
        with alone_in(folder, Place()), connected(address, processors=workers) as ray:
            taken = _fit(ray, settings, workers, storage or str(own), folder.resolve(), patience)
            with taken.as_directory() as results:
                _take_over(Path(results), folder)
    except NoRay as problem:
        raise ClusterProblem(str(problem)) from None
    shutil.rmtree(own, ignore_errors=True)


def _fit(
    ray: Any, settings: Settings, workers: int, storage: str, folder: Path, patience: float
) -> Any:
    """Lets Ray train; returns its last checkpoint, which holds the results."""
    from ray.train import (  # pyright: ignore[reportMissingImports] - an extra
        CheckpointConfig,
        FailureConfig,
        LoggingConfig,
        RunConfig,
        ScalingConfig,
    )
    from ray.train.tensorflow import (  # pyright: ignore[reportMissingImports]
        TensorflowTrainer,
    )

    there = ray.cluster_resources()
    if there.get("CPU", 0) < workers:
        raise ClusterProblem(
            f"The Ray cluster has {there.get('CPU', 0):.0f} processors, too few for {workers} "
            "workers; take fewer, or a larger cluster."
        )
    # Ray goes on with a run of the same name in the same storage.
    name = f"{folder.name}-{hashlib.sha256(f'{folder} {settings}'.encode()).hexdigest()[:8]}"
    trainer = TensorflowTrainer(
        work,
        train_loop_config={"settings": settings, "patience": patience},
        scaling_config=ScalingConfig(num_workers=workers, use_gpu=there.get("GPU", 0) >= workers),
        run_config=RunConfig(
            name=name,
            storage_path=storage,
            failure_config=FailureConfig(max_failures=MOST_FAILURES),
            checkpoint_config=CheckpointConfig(num_to_keep=1),
            logging_config=LoggingConfig(log_level="ERROR"),
        ),
    )
    try:
        result = trainer.fit()
    except Exception as problem:  # Ray's own hold the workers' as text
        raise ClusterProblem(_last_line(problem)) from None
    return result.checkpoint


def _last_line(problem: BaseException) -> str:
    """Finds the sentence that a worker has ended with."""
    failures = getattr(problem, "worker_failures", None) or {0: problem}
    first = min(failures)
    line = (str(failures[first]).strip().splitlines() or [type(problem).__name__])[-1]
    return line.partition("ClusterProblem: ")[2] or line.partition("DataProblem: ")[2] or line


def _take_over(results: Path, folder: Path) -> None:
    """Copies what the first worker has written, what says that it is finished last."""
    for path in sorted(results.iterdir(), key=lambda path: path.name == RESULTS):
        if path.is_dir():
            shutil.copytree(path, folder / path.name, dirs_exist_ok=True)
        else:
            shutil.copy2(path, folder / path.name)
