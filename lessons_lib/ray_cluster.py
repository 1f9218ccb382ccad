"""The door to Ray (https://docs.ray.io), which is installed by the extra ``cluster`` only.

Ray starts processes, on this machine or on those of a cluster, and starts them again where they are
lost. A cluster is given by its address; without one, Ray makes one of this machine's processors.
"""

import contextlib
import os
from collections.abc import Iterator
from typing import Any

SETTINGS = {
    "RAY_USAGE_STATS_ENABLED": "0",  # it would report home
    # Else each line of a worker is shown twice, and each report at length.
    "RAY_TRAIN_ENABLE_PRINT_PATCH": "0",
    "RAY_TRAIN_ENABLE_WORKER_STRUCTURED_LOGGING": "0",
    "RAY_TRAIN_WORKER_GROUP_START_TIMEOUT_S": "300",  # TensorFlow's import on a busy machine
}
STARTS = 3  # Ray gives a start 30 s, too few for a busy machine


class NoRay(Exception):
    """Ray is not there, or its cluster is not; the message is one sentence."""


@contextlib.contextmanager
def connected(address: str = "", *, processors: int | None = None) -> Iterator[Any]:
    """Connects to a cluster as long as the ``with`` lasts.

    Args:
        address: of the cluster, as ``ray.init`` takes it; empty for one of this machine's own.
        processors: how many that one has at least; None for as many as there are.

    Yields:
        The module ``ray``.

    Raises:
        NoRay: it is not installed, or nothing answers at the address.
    """
    try:
        import ray  # pyright: ignore[reportMissingImports] - an extra
    except ImportError:
        raise NoRay(
            "Ray is not installed in this environment; install it: pip install -e '.[cluster]'"
        ) from None
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    options: dict[str, Any] = {"address": address}
    if not address:
        count = max(os.cpu_count() or 1, processors or 1)
        options = {"address": "local", "num_cpus": count}
    for attempt in range(1, 1 + (1 if address else STARTS)):
        try:
            ray.init(logging_level="ERROR", **options)
            break
        except Exception as problem:  # each way to connect has its own
            ray.shutdown()
            if address or attempt == STARTS:
                said = (str(problem).strip().splitlines() or [""])[0][:120]
                raise NoRay(_explain(address, f"{type(problem).__name__}: {said}")) from None
    try:
        yield ray
    finally:
        ray.shutdown()


def _explain(address: str, said: str) -> str:
    if not address:
        return f"Ray did not start on this machine ({said}); try again when it is less busy."
    return (
        f"No Ray cluster answers at {address} ({said}); start one by `ray start --head`, and name "
        "its address, such as auto."
    )
