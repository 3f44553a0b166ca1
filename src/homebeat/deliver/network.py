"""The network under a webhook call: resolve once, judge every address, connect to one of them, all within one deadline."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import Any, Final

import httpcore2

from homebeat.deliver.egress import EgressPolicy, IPAddress

#: Looks a name up: (host, port) -> addresses as text. May block and may raise OSError.
Resolver = Callable[[str, int], list[str]]

#: A name server that hangs holds one thread for each name; beyond so many a look-up fails at once.
_MOST_LOOKUPS: Final = 256
#: How long an attempt waits for a look-up, seconds: half of its time, so that a name that hangs costs less than a receiver.
_LOOKUP_S: Final = 5.0


class NotReached(httpcore2.ConnectError):
    """No connection was made. One text for refused, unknown and silent alike: the answer must not map our own network."""

    def __init__(self) -> None:
        super().__init__("the receiver could not be reached")


class TooLong(httpcore2.TimeoutException):
    """The whole attempt has taken its time, however busily the receiver drips."""


class TooLarge(httpcore2.ReadError):
    """The receiver says more than we are willing to hear."""


def system_resolver(host: str, port: int) -> list[str]:
    """The machine's own resolver."""
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


class Deadline:
    """One attempt's time and bytes."""

    def __init__(self, seconds: float, most_bytes: int) -> None:
        self._ends = time.monotonic() + seconds
        self._bytes = most_bytes

    def remaining_s(self) -> float:
        """Seconds left.

        Raises:
            TooLong: None are.
        """
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TooLong("the receiver took too long")
        return left

    def shorten(self, seconds: float) -> None:
        """End at most so many seconds from now."""
        self._ends = min(self._ends, time.monotonic() + seconds)

    def heard(self, count: int) -> None:
        """Count bytes that came.

        Raises:
            TooLarge: They are too many.
        """
        self._bytes -= count
        if self._bytes < 0:
            raise TooLarge("the receiver's answer is too long")


class DeadlineStream(httpcore2.NetworkStream):
    """A connection that ends with its attempt; single time-outs would let a dripping receiver hold it for ever."""

    def __init__(self, inner: httpcore2.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002  # the attempt's own deadline holds
        """As much as comes, within the deadline."""
        received = self._inner.read(max_bytes, self._deadline.remaining_s())
        self._deadline.heard(len(received))
        return received

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        """All of `buffer`, within the deadline."""
        self._inner.write(buffer, self._deadline.remaining_s())

    def close(self) -> None:
        """Close the connection."""
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore2.NetworkStream:
        """Speak TLS to the name that was asked for, not to the address it was pinned to."""
        left = self._deadline.remaining_s()
        return DeadlineStream(self._inner.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        """What the connection below knows of itself."""
        return self._inner.get_extra_info(info)


class PinnedBackend(httpcore2.NetworkBackend):
    """Opens connections for one attempt, only to addresses that the policy allows."""

    def __init__(
        self, policy: EgressPolicy, deadline: Deadline, resolve: Resolver, connector: httpcore2.NetworkBackend | None = None
    ) -> None:
        self._policy = policy
        self._deadline = deadline
        self._resolve = resolve
        self._connector = connector or httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to the first address of `host` that answers; one forbidden address among them refuses the name.

        Raises:
            NotReached: Not allowed, not known, or nobody there; which of them is not told.
        """
        for address in self._allowed(host, port):
            try:
                stream = self._connector.connect_tcp(
                    str(address), port, timeout=self._deadline.remaining_s(), socket_options=socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout, OSError):
                continue
            return DeadlineStream(stream, self._deadline)
        raise NotReached

    def _allowed(self, host: str, port: int) -> list[IPAddress]:
        addresses = [ipaddress.ip_address(text.partition("%")[0]) for text in self._looked_up(host, port)]
        if not all(self._policy.allows_address(address) for address in addresses):
            raise NotReached
        return list(dict.fromkeys(addresses))

    def _looked_up(self, host: str, port: int) -> list[str]:
        answer = _LOOKUPS.ask(self._resolve, host, port)
        if answer is None:
            raise NotReached
        try:
            return answer.result(min(_LOOKUP_S, self._deadline.remaining_s()))
        except (OSError, UnicodeError):  # a time-out is an OSError too
            raise NotReached from None


class Lookups:
    """Look-ups under way. The system's has no time-out, so each has a thread that may be left behind, and a name has one."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._asked: dict[tuple[Resolver, str, int], Future[list[str]]] = {}

    def ask(self, resolve: Resolver, host: str, port: int) -> Future[list[str]] | None:
        """The answer to come, also of a look-up that somebody else began; None when too many are under way."""
        key = (resolve, host, port)
        with self._lock:
            if key in self._asked:
                return self._asked[key]
            if len(self._asked) >= self._most:
                return None
            answer = self._asked[key] = Future()
        threading.Thread(target=self._answer, args=(key, answer), name="deliver-lookup", daemon=True).start()
        return answer

    def _answer(self, key: tuple[Resolver, str, int], answer: Future[list[str]]) -> None:
        resolve, host, port = key
        try:
            found = resolve(host, port)
        except Exception as error:  # noqa: BLE001 -- the thread's edge: whoever waits gets it
            self._forget(key)
            answer.set_exception(error)
        else:
            self._forget(key)
            answer.set_result(found)

    def _forget(self, key: tuple[Resolver, str, int]) -> None:
        with self._lock:
            del self._asked[key]


_LOOKUPS: Final = Lookups(_MOST_LOOKUPS)
