"""Every private part of TensorFlow, Keras and ipykernel that the course leans on.

Nothing public does what is wanted here, and any release may take a part away. Then the function
that uses it goes on without, with a warning where it can tell, and ``tests/test_private_parts.py``
fails with the sentence of the ``PrivatePart``: which release, what is lost, where to look.
"""

import importlib.metadata
import random
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from packaging.version import Version

if TYPE_CHECKING:
    import keras
    import tensorflow as tf
    from comm.base_comm import BaseComm


@dataclass(frozen=True)
class PrivatePart:
    """A part of another package that its authors promise to nobody.

    Attributes:
        package: whose it is.
        name: what it is called there.
        without: what the course does worse without it.
        look_at: where to find what has become of it.
    """

    package: str
    name: str
    without: str
    look_at: str

    def gone(self) -> str:
        """Says which release no longer has it, and what to do."""
        return (
            f"{self.package} {importlib.metadata.version(self.package)} no longer has {self.name}, "
            f"so {self.without}: look at {self.look_at}, then mend lessons_lib/private_parts.py."
        )


EAGER_SEED = PrivatePart(
    package="tensorflow",
    name="_seed and _rng of its eager context",
    without="a check changes the random numbers that come after it",
    look_at="Context._set_global_seed in tensorflow/python/eager/context.py",
)
GLOBAL_STATE = PrivatePart(
    package="keras",
    name="the trackers of its global state",
    without="an answer that clears the session makes Keras forget the learner's names of layers",
    look_at="clear_session in keras/src/backend/common/global_state.py",
)
VALIDATION_LOSS = PrivatePart(
    package="keras",
    name="a test step that hands images and logits to the model's own compute_loss",
    without="the live view of a training predicts its pets once more after each epoch",
    look_at="test_step in keras/src/backend/tensorflow/trainer.py",
)
REPLY_SUBSHELL = PrivatePart(
    package="ipykernel",
    name="BaseComm._reply_subshell_for",
    without="the live view's stop button may be heard only when the training has ended",
    look_at="shell_channel_thread_main in ipykernel/kernelbase.py",
)

FIRST_IPYKERNEL_WITH_SUBSHELLS = Version("7.0")

PutBack = Callable[[], None]


def keep_eager_seed(seed: int) -> PutBack:
    """Seeds TensorFlow's operations.

    No public function reads TensorFlow's seed; and ``tf.random.set_seed`` would also forget how
    far the learner's own seeded operations have come.

    Args:
        seed: for the time until the seed is put back.

    Returns:
        What puts the seed and the place in its sequence back.
    """
    try:
        from tensorflow.python.eager import context as eager

        context: Any = eager.context()
        _ = context._seed
    except (ImportError, AttributeError):
        return _go_on_with_public_seed(seed)
    kept = {name: vars(context)[name] for name in ("_seed", "_rng") if name in vars(context)}
    context._seed, context._rng = seed, random.Random(seed)

    def put_back() -> None:
        del context._seed, context._rng  # before a first seed there is no generator
        vars(context).update(kept)

    return put_back


def _go_on_with_public_seed(seed: int) -> PutBack:
    """Seeds alike, but cannot put anything back."""
    import tensorflow as tf

    warnings.warn(EAGER_SEED.gone(), RuntimeWarning, stacklevel=3)
    tf.random.set_seed(seed)
    return _nothing


def keep_global_state() -> PutBack:
    """Keeps what Keras knows of layers' names and seeds, in all threads, and lets it begin anew.

    ``keras.utils.clear_session`` puts a new tracker in place of the old one.

    Returns:
        What puts the trackers back.
    """
    try:
        from keras.src.backend.common import global_state

        names, settings = global_state.GLOBAL_STATE_TRACKER, global_state.GLOBAL_SETTINGS_TRACKER
    except (ImportError, AttributeError):
        warnings.warn(GLOBAL_STATE.gone(), RuntimeWarning, stacklevel=2)
        return _nothing
    global_state.GLOBAL_STATE_TRACKER = threading.local()
    global_state.GLOBAL_SETTINGS_TRACKER = threading.local()

    def put_back() -> None:
        global_state.GLOBAL_STATE_TRACKER = names
        global_state.GLOBAL_SETTINGS_TRACKER = settings

    return put_back


def watch_validation_loss(
    model: "keras.Model", see: Callable[["tf.Tensor", "tf.Tensor"], None]
) -> PutBack:
    """Shows each validation batch's images and logits on their way to the loss.

    Steps in front of ``Model.compute_loss``, which Keras' guide "Customizing what happens in
    fit()" names as the method to override; that it may be done to a model which is there already,
    nobody promises. Where Keras calls it no more, nothing is seen and nothing fails.

    Args:
        model: compiled, from images N×H×W×C to logits.
        see: called with both while TensorFlow traces the step, so it may hold TensorFlow's
            operations only.

    Returns:
        What leaves the model with the method that it had.
    """

    def compute_loss(
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        if not training:
            see(x, y_pred)
        return type(model).compute_loss(model, x, y, y_pred, sample_weight, training)

    def put_back() -> None:
        if vars(model).get("compute_loss") is compute_loss:
            del model.compute_loss

    model.compute_loss = compute_loss
    model.test_function = None  # one that Keras has traced before would not come by here
    return put_back


def hears_while_busy() -> bool:
    """Whether messages from the browser reach a kernel that runs a cell: ipykernel's, from 7 on."""
    try:
        return Version(importlib.metadata.version("ipykernel")) >= FIRST_IPYKERNEL_WITH_SUBSHELLS
    except importlib.metadata.PackageNotFoundError:  # a kernel of another kind
        return False


def hear_while_busy(comm: "BaseComm | None") -> None:
    """Lets the browser's messages through to the thread that they are meant for.

    JupyterLab sends them to a thread of their own, a subshell. ipykernel 7.4 hands them to the
    thread that last wrote to the view instead: the training's, which hears nothing before it ends.
    Older ipykernels do not ask.

    Args:
        comm: of a widget; without a kernel there is none.
    """
    if comm is not None:
        private: Any = comm
        private._reply_subshell_for = lambda _message, subshell: subshell


def _nothing() -> None:
    """Puts back what was not kept."""
