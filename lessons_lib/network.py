"""How long a connection may say nothing: Python by itself waits for ever.

A firewall that drops packets never says no, so whoever fetches something sets a limit here.
"""

import contextlib
import socket
from collections.abc import Iterator


@contextlib.contextmanager
def limited_patience(seconds: float) -> Iterator[None]:
    """Lets a connection that is made meanwhile fail once it has given no byte for so long.

    TensorFlow Datasets and Keras set no limit of their own and offer none to set.

    Args:
        seconds: without a byte, counted anew after each one.
    """
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
