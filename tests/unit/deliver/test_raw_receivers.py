"""The receivers of these tests: one that loops for ever would stop the whole run."""

from __future__ import annotations

import socket

import pytest

from tests.unit.deliver.receivers import read_request


@pytest.mark.parametrize(
    "part",
    [b"", b"POST /hook HTTP/1.1\r\nCont", b"POST /hook HTTP/1.1\r\nContent-Length: 9\r\n\r\nhalf"],
    ids=["nothing", "head", "body"],
)
def test_a_request_that_breaks_off_ends_the_reading(part: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(5)
        theirs.sendall(part)
        theirs.close()
        with pytest.raises(ConnectionError, match="closed before"):
            read_request(ours)
