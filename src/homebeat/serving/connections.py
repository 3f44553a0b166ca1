"""Limits the connections of the HTTP server, in number and in time: no client may use up what the alarm path needs.

Under `homebeat serve` the watch and the deliveries run in the same process. They need file descriptors of their own. So the
number of HTTP connections is bounded when a connection is accepted, before its first byte is read.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

_log = logging.getLogger("homebeat.http")

#: So much of a body is progress. A photo comes so over a line of 100 kbit/s; no other body is longer than two of these.
_STEP_BYTES: Final = 128 * 1024
#: What comes after so much is no progress any more: nothing that is taken is longer.
_LONGEST_BODY: Final = 16 << 20

#: The addresses of loopback, from which a reverse proxy on the same machine connects.
LOOPBACK: Final = ("127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """Bounds of an HTTP server.

    Attributes:
        table: The table of the settings that these stand in, for the log.
        connections: How many may be open at the same time.
        per_address: How many of them may come from one address (from one /64 network with IPv6).
        proxies: Addresses of reverse proxies. `per_address` does not apply to them, and the client that they name in
            `X-Forwarded-For` is believed.
        request_s: How long a client may take to send the head of a request, and then each 128 kB of its body, seconds.
        idle_s: How long a connection may stay open between two requests, seconds.
        unread_s: How long a client may leave an answer unread, seconds.
        head_bytes: How long the head of a request may be, bytes.
    """

    connections: int = 512
    per_address: int = 100
    proxies: tuple[str, ...] = LOOPBACK
    request_s: float = 10.0
    idle_s: float = 20.0
    unread_s: float = 30.0
    head_bytes: int = 16 * 1024
    table: str = "http"


class ConnectionPhase(Enum):
    """What a connection is doing. HEAD: no request has come yet. IDLE: it waits for the next request."""

    HEAD = "head"
    BODY = "body"
    ANSWERING = "answering"
    IDLE = "idle"
    UNREAD = "unread"


class Gate:
    """Counts the connections of one server and closes those that are too many or too slow. For one event loop.

    Args:
        on_refused: Called for each connection that a limit closes, with `full`, `address`, or the stage that took too long.
    """

    def __init__(self, limits: ConnectionLimits, on_refused: Callable[[str], None] = lambda _why: None) -> None:
        self._limits = limits
        self._on_refused = on_refused
        self._open: dict[Connection, None] = {}  # in order of arrival
        self._by_address: Counter[str] = Counter()
        self._longest = {
            ConnectionPhase.HEAD: limits.request_s,
            ConnectionPhase.BODY: limits.request_s,
            ConnectionPhase.UNREAD: limits.unread_s,
            ConnectionPhase.IDLE: limits.idle_s,
        }

    def __len__(self) -> int:
        return len(self._open)

    @property
    def unread_ms(self) -> int:
        """How long sent bytes may stay unacknowledged by the peer, ms."""
        return round(self._limits.unread_s * 1000)

    def admit(self, connection: Connection) -> bool:
        """Admit a new connection, or return False.

        A full server closes the connection that has been open longest without a request. So half-open connections cannot keep
        out a client that sends requests.
        """
        address = connection.peer
        if address not in self._limits.proxies and self._by_address[address] >= self._limits.per_address:
            return self._refuse("address")
        if len(self._open) >= self._limits.connections:
            oldest = next((held for held in self._open if held.stage in {ConnectionPhase.HEAD, ConnectionPhase.IDLE}), None)
            if oldest is None:
                return self._refuse("full")
            self._drop(oldest, "full")
        self._open[connection] = None
        self._by_address[address] += 1
        return True

    def remove(self, connection: Connection) -> None:
        """Remove a closed connection; safe to call twice."""
        if connection in self._open:
            del self._open[connection]
            self._by_address[connection.peer] -= 1
            if not self._by_address[connection.peer]:
                del self._by_address[connection.peer]

    def close_slow(self, now_s: float) -> None:
        """Close connections that stayed in one stage for too long. Call it about once a second; `now_s` is the loop's clock."""
        for connection in list(self._open):
            stage, since_s = connection.find_progress(now_s)
            if now_s - since_s > self._longest.get(stage, float("inf")):
                self._drop(connection, stage.value)

    def _drop(self, connection: Connection, why: str) -> None:
        self.remove(connection)
        connection.transport.abort()
        if why != ConnectionPhase.IDLE.value:
            self._refuse(why)

    def _refuse(self, why: str) -> bool:
        self._on_refused(why)
        _log.warning("closed an HTTP connection: %s", _REASONS[why].format(table=self._limits.table))
        return False


_REASONS: Final = {
    "full": "{table}.connections are open",
    "address": "its address has {table}.connections_per_address open",
    ConnectionPhase.HEAD.value: "the head of its request did not come within {table}.request_time",
    ConnectionPhase.BODY.value: "the body of its request did not come within {table}.request_time",
    ConnectionPhase.UNREAD.value: "its client does not read the answer",
}


class ServerConfig(uvicorn.Config):
    """The server's configuration, with the gate that admits its connections."""

    gate: Gate


class JoiningTransport:
    """A transport that sends what is written in one turn of the loop together: the head of an answer with its body.

    Each sending costs a call of the system and wakes the client: with two for each answer a busy server does a fifth less.
    """

    def __init__(self, transport: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._parts: list[bytes] = []

    def write(self, part: bytes) -> None:
        """Send this with what else is written in this turn."""
        if not self._parts:
            self._loop.call_soon(self._flush)
        self._parts.append(part)

    def close(self) -> None:
        """Send what waits, and close."""
        self._flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def _flush(self) -> None:
        parts, self._parts = self._parts, []
        if parts and not self._transport.is_closing():
            self._transport.write(b"".join(parts))


class Connection(H11Protocol):
    """One connection; closed at once where the gate does not admit it."""

    config: ServerConfig

    def __init__(self, config: ServerConfig, *args: Any, **more: Any) -> None:
        super().__init__(config, *args, **more)
        self.conn = StrictConnection(h11.SERVER, config.h11_max_incomplete_event_size or 16 * 1024)
        self.peer = ""
        self._progress: tuple[object, ...] = (ConnectionPhase.HEAD, None, 0, 0)
        self._received = self._before = 0  # bytes, and those before this request
        self._since_s = self.loop.time()

    def connection_made(self, transport: Any) -> None:
        """Ask the gate first: a connection that is not admitted never reaches a request."""
        self.transport = transport = JoiningTransport(transport, self.loop)  # type: ignore[assignment]  # it has all that is used
        # a peer that vanished (cable, standby) must not stay longer than one that does not read
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, self.config.gate.unread_ms)
        self.peer = _find_network(transport.get_extra_info("peername"))
        if self.config.gate.admit(self):
            super().connection_made(transport)
        else:
            transport.abort()

    def data_received(self, data: bytes) -> None:  # lint: allow word asyncio's names
        """Count what comes: whoever sends something long over a bad line is not cut off while it comes."""
        self._received += len(data)
        super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Remove the connection from the gate, then end the request."""
        self.config.gate.remove(self)
        super().connection_lost(exc)

    def timeout_keep_alive_handler(self) -> None:
        """Close an idle connection without waiting for what its client has not read."""
        self.transport.abort()

    @property
    def stage(self) -> ConnectionPhase:
        """What this connection is doing now."""
        if self.transport.is_closing() or self.flow.write_paused:
            return ConnectionPhase.UNREAD
        if self.conn.their_state is h11.IDLE:
            cycle: object = self.cycle  # None before the first request, whatever its type says
            return ConnectionPhase.HEAD if cycle is None or self.conn.trailing_data[0] else ConnectionPhase.IDLE
        return ConnectionPhase.BODY if self.conn.their_state is h11.SEND_BODY else ConnectionPhase.ANSWERING

    def find_progress(self, now_s: float) -> tuple[ConnectionPhase, float]:
        """The stage, and since when nothing has moved in it, by the loop's clock in seconds."""
        stage = self.stage
        # each request has a cycle of its own; the unread rest shrinks while the client reads
        if self.cycle is not self._progress[1]:
            self._before = self._received
        steps = min(self._received - self._before, _LONGEST_BODY) // _STEP_BYTES
        seen = (stage, self.cycle, self.transport.get_write_buffer_size(), steps)
        if seen != self._progress:
            self._progress, self._since_s = seen, now_s
        return stage, self._since_s


class StrictConnection(h11.Connection):
    """Refuses a request that gives its length in two ways: a proxy that reads the other one would split it elsewhere."""

    def next_event(self) -> Any:
        """As h11.

        Raises:
            RemoteProtocolError: The request has both `Content-Length` and `Transfer-Encoding`, or the latter with HTTP/1.0.
        """
        event = super().next_event()
        if isinstance(event, h11.Request):
            names = {name for name, _ in event.headers}
            if b"transfer-encoding" in names and (b"content-length" in names or event.http_version == b"1.0"):
                raise h11.RemoteProtocolError("the length of the body is said in two ways")
        return event


def _find_network(peer: object) -> str:
    """Find the address or network to count: for IPv6 the /64 of one customer; an IPv4-mapped address counts as IPv4."""
    if not isinstance(peer, tuple):
        return ""
    try:
        address = ipaddress.ip_address(str(peer[0]).partition("%")[0])
    except ValueError:
        return str(peer[0])
    if isinstance(address, ipaddress.IPv4Address) or address.is_loopback:
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((address, 64), strict=False).network_address)
