"""A connection that gives no answer is given up."""

import socket
from urllib.request import urlopen

import pytest

from lessons_lib.network import limited_patience


def test_a_server_that_says_nothing_is_given_up_and_the_limit_taken_back():
    """It takes the connection and then says nothing, as a strict firewall seems to."""
    before = socket.getdefaulttimeout()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(TimeoutError), limited_patience(0.2), urlopen(address):
            pass
    assert socket.getdefaulttimeout() == before
