"""A stranger's attack: connections that say half a request and then nothing."""

from __future__ import annotations

import socket
import threading
from typing import Final

_ENDS_WITHIN_S: Final = 30.0


class HalfOpen:
    """Keeps `count` connections to this machine open with half a request, and opens a new one for each that is closed."""

    def __init__(self, port: int, count: int) -> None:
        self._door, self._stop = ("127.0.0.1", port), threading.Event()
        self._held: list[socket.socket] = []
        self.opened = 0
        self._thread = threading.Thread(target=self._attack, args=(count,), name="attack", daemon=True)
        self._thread.start()

    def _attack(self, count: int) -> None:
        while not self._stop.is_set():
            self._held = [held for held in self._held if not _is_over(held)]
            while len(self._held) < count and not self._stop.is_set():
                try:
                    one = socket.create_connection(self._door, timeout=2)
                    one.sendall(b"GET / HTTP/1.1\r\nHost: ")
                    one.setblocking(False)
                except OSError:
                    break
                self._held.append(one)
                self.opened += 1
            self._stop.wait(0.05)

    def end(self) -> None:
        """Close all."""
        self._stop.set()
        self._thread.join(_ENDS_WITHIN_S)
        for one in self._held:
            one.close()


def _is_over(one: socket.socket) -> bool:
    try:
        is_over = one.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        is_over = True
    if is_over:
        one.close()
    return is_over
