"""TensorFlow and Keras, imported without TensorFlow's chatter.

TensorFlow 2.21 writes about its build and about missing graphics cards to file descriptor 2
while it is imported and when it first looks for devices, whatever ``TF_CPP_MIN_LOG_LEVEL`` says.
None of it helps a learner. So modules, tests and notebooks take TensorFlow from here::

    from lessons_lib.quiet import keras, tf

These are the very modules ``tensorflow`` and ``keras``; only the import was silent. Where another
package imports TensorFlow by itself (TensorFlow Datasets), import this module before it.
An import that fails is not silent: what was written is shown, then the exception.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

STANDARD_ERROR = 2


@contextmanager
def silent_standard_error() -> Iterator[None]:
    """Holds back what is written to file descriptor 2, and shows it after all on an exception.

    Compiled code writes to the descriptor and knows nothing of Python's ``sys.stderr``,
    so ``contextlib.redirect_stderr`` would not hold it back.
    """
    if sys.stderr is not None:
        sys.stderr.flush()
    try:
        original = os.dup(STANDARD_ERROR)
    except OSError:  # a process without standard error, such as a Windows service
        yield
        return
    with tempfile.TemporaryFile() as held_back:
        os.dup2(held_back.fileno(), STANDARD_ERROR)
        try:
            yield
        except BaseException:
            os.dup2(original, STANDARD_ERROR)
            held_back.seek(0)
            os.write(STANDARD_ERROR, held_back.read())
            raise
        finally:
            if sys.stderr is not None:
                sys.stderr.flush()
            os.dup2(original, STANDARD_ERROR)
            os.close(original)


# TensorFlow reads this once, at import: 2 leaves its errors and drops its remarks. A value that
# the user has set stays.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

with silent_standard_error():
    import keras
    import tensorflow as tf

    # Looking for a graphics card is what complains where there is none. Devices are only listed
    # here, not set up, so threads and logical devices can still be configured.
    tf.config.list_physical_devices()

# Remarks by way of Python's logging, such as the one on tracing a function anew.
tf.get_logger().setLevel("ERROR")

__all__ = ["keras", "silent_standard_error", "tf"]
