"""The network below a call out: resolve once, check every address, connect to one of them, all within one budget of time."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Final

import httpcore2

from homebeat.egress.policy import EgressPolicy, IPAddress

#: Looks a name up: (host, port) -> addresses as text. May block and may raise OSError.
Resolver = Callable[[str, int], list[str]]

#: A name server that hangs keeps one thread for each name. With this many, a further look-up fails at once.
_MOST_LOOKUPS: Final = 256
#: How long an attempt waits for a look-up, seconds: half of its time, so that a hanging name costs less than a hanging receiver.
_LOOKUP_S: Final = 5.0


class NotReached(httpcore2.ConnectError):
    """No connection was made. The text is the same for refused, unknown and silent: the answer must not map our own network."""

    def __init__(self) -> None:
        super().__init__("the receiver could not be reached")


class TooLong(httpcore2.TimeoutException):
    """The attempt has used up its time, even if bytes still arrive slowly."""


class TooLarge(httpcore2.ReadError):
    """The receiver's answer is longer than allowed."""


def resolve_by_system(host: str, port: int) -> list[str]:
    """Resolve by the machine's own resolver."""
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def has_authorities(tls: ssl.SSLContext, folder: str | None) -> bool:
    """Whether any certificate can be verified: authorities are loaded, or lie in the machine's `folder` and load on demand."""
    return bool(tls.cert_store_stats()["x509_ca"]) or bool(folder and any(Path(folder).iterdir()))


class CallBudget:
    """The time and bytes that one attempt may use."""

    def __init__(self, seconds: float, most_bytes: int) -> None:
        self._ends = time.monotonic() + seconds
        self._bytes = most_bytes

    def compute_remaining_s(self) -> float:
        """Compute the seconds that are left.

        Raises:
            TooLong: None are left.
        """
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TooLong("the receiver took too long")
        return left

    def shorten(self, seconds: float) -> None:
        """End at most `seconds` from now."""
        self._ends = min(self._ends, time.monotonic() + seconds)

    def count_bytes(self, count: int) -> None:
        """Count bytes that arrived.

        Raises:
            TooLarge: There are too many.
        """
        self._bytes -= count
        if self._bytes < 0:
            raise TooLarge("the receiver's answer is too long")


class BudgetStream(httpcore2.NetworkStream):
    """A connection that ends with its attempt. With a time-out for each read only, a slow receiver could keep it open."""

    def __init__(self, inner: httpcore2.NetworkStream, deadline: CallBudget) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002  # the attempt's own deadline holds
        """Read what arrives, within the budget."""
        received = self._inner.read(max_bytes, self._deadline.compute_remaining_s())
        self._deadline.count_bytes(len(received))
        return received

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        """Write all of `buffer`, within the budget."""
        self._inner.write(buffer, self._deadline.compute_remaining_s())

    def close(self) -> None:
        """Close the connection."""
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore2.NetworkStream:
        """Start TLS with the name of the URL, not with the address of the connection. If it fails, the connection is closed."""
        try:
            left = self._deadline.compute_remaining_s()
        except TooLong:
            self._inner.close()
            raise
        return BudgetStream(self._inner.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        """Get information about the connection below."""
        return self._inner.get_extra_info(info)


class PinnedBackend(httpcore2.NetworkBackend):
    """Opens connections for one attempt, only to addresses that the policy allows."""

    def __init__(
        self, policy: EgressPolicy, deadline: CallBudget, resolve: Resolver, connector: httpcore2.NetworkBackend | None = None
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
        """Connect to the first address of `host` that answers. If one of its addresses is forbidden, all are refused.

        Raises:
            NotReached: The name is not allowed or not known, or nothing answers; the error does not say which.
        """
        for address in self._find_allowed(host, port):
            try:
                stream = self._connector.connect_tcp(
                    str(address), port, timeout=self._deadline.compute_remaining_s(), socket_options=socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout, OSError):
                continue
            return BudgetStream(stream, self._deadline)
        raise NotReached

    def _find_allowed(self, host: str, port: int) -> list[IPAddress]:
        addresses = [ipaddress.ip_address(text.partition("%")[0]) for text in self._look_up(host, port)]
        if not all(self._policy.may_call_address(address) for address in addresses):
            raise NotReached
        return list(dict.fromkeys(addresses))

    def _look_up(self, host: str, port: int) -> list[str]:
        answer = _LOOKUPS.ask(self._resolve, host, port)
        if answer is None:
            raise NotReached
        try:
            return answer.result(min(_LOOKUP_S, self._deadline.compute_remaining_s()))
        except (OSError, UnicodeError):  # a time-out is an OSError too
            raise NotReached from None


class Lookups:
    """Running look-ups. The system's resolver has no time-out, so each name has one thread, which may outlive the attempt."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._asked: dict[tuple[Resolver, str, int], Future[list[str]]] = {}

    def ask(self, resolve: Resolver, host: str, port: int) -> Future[list[str]] | None:
        """The future answer, perhaps of a look-up that another attempt began; None when too many are running."""
        key = (resolve, host, port)
        with self._lock:
            if key in self._asked:
                return self._asked[key]
            if len(self._asked) >= self._most:
                return None
            answer = self._asked[key] = Future()
        threading.Thread(target=self._answer, args=(key, answer), name="egress-lookup", daemon=True).start()
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
