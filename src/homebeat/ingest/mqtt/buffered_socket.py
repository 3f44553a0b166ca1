"""A socket for paho that asks the system for many packets at once.

paho reads a packet in three system calls and writes each acknowledgement in one of its own; behind this socket a burst costs
one of each. It is handed to paho where paho makes its socket, which is the one seam it has.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from typing import Any, Final

import paho.mqtt.client as paho

_RECEIVED_AT_ONCE: Final = 1 << 16


class BufferedSocket:
    """Wraps a connected, non-blocking socket; what is sent leaves with `flush` or `close`."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._received = b""
        self._at = 0
        self._unsent = bytearray()

    def recv(self, count: int) -> bytes:
        """Up to `count` bytes; raises as the socket does when there are none yet."""
        at = self._at
        if at == len(self._received):
            self._received = self._sock.recv(_RECEIVED_AT_ONCE)
            at = 0
        piece = self._received[at : at + count]
        self._at = at + len(piece)
        return piece

    def send(self, content: bytes | bytearray) -> int:
        """Keep it for the next `flush`."""
        self._unsent += content
        return len(content)

    def flush(self) -> None:
        """Send what the system takes now.

        Raises:
            OSError: The connection is broken.
        """
        if self._unsent:
            with contextlib.suppress(BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
                del self._unsent[: self._sock.send(self._unsent)]

    @property
    def unsent(self) -> int:
        """Bytes that wait for `flush`."""
        return len(self._unsent)

    def pending(self) -> int:
        """Bytes that can be had without waiting."""
        inside = self._sock.pending() if isinstance(self._sock, ssl.SSLSocket) else 0
        return len(self._received) - self._at + inside

    def close(self) -> None:
        """Send what is left, as far as that goes at once, and close."""
        with contextlib.suppress(OSError):
            self.flush()
        self._sock.close()

    def fileno(self) -> int:
        """The system's number of the socket, -1 once closed."""
        return self._sock.fileno()

    def setblocking(self, flag: bool) -> None:  # noqa: FBT001 -- the shape of a socket
        """As of a socket; paho turns blocking off."""
        self._sock.setblocking(flag)


class BufferedClient(paho.Client):
    """paho's client on a `BufferedSocket`."""

    def _create_socket(self) -> Any:
        return BufferedSocket(super()._create_socket())  # type: ignore[arg-type]
