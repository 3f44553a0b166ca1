"""The socket handed to paho: what goes in comes out, in fewer calls."""

import socket
from collections.abc import Iterator

import pytest

from homebeat.ingest.mqtt.buffered_socket import BufferedSocket


@pytest.fixture
def ends() -> Iterator[tuple[BufferedSocket, socket.socket]]:
    near, far = socket.socketpair()
    near.setblocking(False)
    buffered = BufferedSocket(near)
    yield buffered, far
    buffered.close()
    far.close()


def test_small_pieces_of_one_burst(ends: tuple[BufferedSocket, socket.socket]) -> None:
    buffered, far = ends
    with pytest.raises(BlockingIOError):
        buffered.recv(1)
    far.sendall(b"abcdef")
    assert (buffered.recv(1), buffered.pending()) == (b"a", 5)
    assert buffered.recv(3) == b"bcd"
    far.sendall(b"gh")
    assert buffered.recv(10) == b"ef"
    assert buffered.pending() == 0
    assert buffered.recv(10) == b"gh"


def test_what_is_sent_leaves_together(ends: tuple[BufferedSocket, socket.socket]) -> None:
    buffered, far = ends
    far.setblocking(False)
    for piece in (b"ab", bytearray(b"cd")):
        assert buffered.send(piece) == 2
    with pytest.raises(BlockingIOError):
        far.recv(10)
    buffered.flush()
    assert far.recv(10) == b"abcd"
    assert buffered.unsent == 0


def test_a_full_system_buffer_keeps_the_rest(ends: tuple[BufferedSocket, socket.socket]) -> None:
    buffered, far = ends
    sent = bytes(range(256)) * 8192
    buffered.send(sent)
    received = b""
    while len(received) < len(sent):
        buffered.flush()
        received += far.recv(1 << 20)
    assert received == sent


def test_the_end_of_the_other_side_is_an_empty_read(ends: tuple[BufferedSocket, socket.socket]) -> None:
    buffered, far = ends
    far.close()
    assert buffered.recv(5) == b""
    assert buffered.pending() == 0


def test_closing_sends_what_is_left(ends: tuple[BufferedSocket, socket.socket]) -> None:
    buffered, far = ends
    buffered.send(b"bye")
    buffered.close()
    assert far.recv(10) == b"bye"
    assert buffered.fileno() == -1
