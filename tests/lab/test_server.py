"""Where the laboratory listens; who comes in, in `test_door`."""

import socket

import pytest

from thalweg.lab import server


def test_others_are_served_only_with_a_token():
    with server.listening("0.0.0.0", 8642) as listener, pytest.raises(ValueError, match="need a token"):
        server.serve(listener, "")


def test_a_port_that_is_taken_gives_the_next_one():
    with server.listening("127.0.0.1", 8700) as first:
        port = first.getsockname()[1]
        with server.listening("127.0.0.1", port) as second:
            assert port < second.getsockname()[1] < port + 10
    with pytest.raises(ValueError, match="need an address of this machine, got '192.0.2.1'"):
        server.listening("192.0.2.1", 8642)


def test_the_address_that_is_printed_can_be_opened_elsewhere():
    with server.listening("0.0.0.0", 8700) as listener:
        assert server.address(listener, "t").startswith(f"http://{socket.gethostname()}:87")
    with server.listening("127.0.0.1", 8700) as listener:
        assert server.address(listener).startswith("http://127.0.0.1:87")
