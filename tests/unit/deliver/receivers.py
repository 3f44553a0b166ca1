"""Receivers that misbehave, on real sockets: each takes one connection after another and answers by a script of its own."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable
from typing import Self

Script = Callable[[socket.socket, bytes, threading.Event], None]


class RawReceiver:
    """Listens on loopback; `script(connection, request, closing)` answers each request that was read whole."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._closing = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        self.requests: list[bytes] = []
        self.port: int = self._listener.getsockname()[1]
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            if self._closing.is_set():
                connection.close()
                return
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                request = read_request(connection)
                self.requests.append(request)
                self._script(connection, request, self._closing)
            except OSError:
                return

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._closing.set()
        socket.create_connection(("127.0.0.1", self.port)).close()  # wakes the one who accepts
        self._acceptor.join()
        self._listener.close()
        for thread in self._threads:
            thread.join()


def read_request(connection: socket.socket) -> bytes:
    """Read one request whole: its head and its body.

    Raises:
        ConnectionError: The other side closed before it was whole.
    """
    request = b""
    while b"\r\n\r\n" not in request:
        request += _read_more(connection)
    head, _, body = request.partition(b"\r\n\r\n")
    length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
    while len(body) < length:
        body += _read_more(connection)
    return head + b"\r\n\r\n" + body


def _read_more(connection: socket.socket) -> bytes:
    some = connection.recv(65536)
    if not some:  # a closed connection gives nothing for ever: whoever asks again never ends
        raise ConnectionError("the other side closed before its request was whole")
    return some


def answers(status: int, headers: str = "", body: bytes = b"") -> Script:
    def script(connection: socket.socket, _request: bytes, _closing: threading.Event) -> None:
        head = f"HTTP/1.1 {status} Words\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
        connection.sendall(head.encode() + body)

    return script


def says(text: bytes) -> Script:
    def script(connection: socket.socket, _request: bytes, _closing: threading.Event) -> None:
        connection.sendall(text)

    return script


def hangs(connection: socket.socket, _request: bytes, closing: threading.Event) -> None:
    closing.wait(30)


def hangs_in_the_body(connection: socket.socket, _request: bytes, closing: threading.Event) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome")
    closing.wait(30)


def drips_its_head(connection: socket.socket, _request: bytes, closing: threading.Event) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not closing.wait(0.05):
        connection.sendall(b"x")


def floods(head: bytes) -> Script:
    def script(connection: socket.socket, _request: bytes, closing: threading.Event) -> None:
        connection.sendall(head)
        sent = 0
        while not closing.is_set() and sent < 100_000_000:
            connection.sendall(b"y" * 65536)
            sent += 65536

    return script


def resets(connection: socket.socket, _request: bytes, _closing: threading.Event) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
