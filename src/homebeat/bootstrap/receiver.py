"""A small receiver of webhooks, as a family would run: it accepts signed messages, keeps them, and reports anything else.

For the demo and for tests. It listens on this machine only.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, Self

from homebeat.deliver.channels.signing import BadSignature, verify
from homebeat.domain.errors import HomebeatError
from homebeat.domain.family_note import FAMILY_NOTES
from homebeat.domain.shift_news import SHIFTS_CHANGED

_MOST_BYTES: Final = 64 * 1024
_KEPT: Final = 10_000


class Unexpected(HomebeatError):
    """The receiver got something that homebeat should never send."""


@dataclass(frozen=True, slots=True)
class Received:
    """One genuine message. `repeat` is how often this id had arrived before; `body` is the signed bytes.

    Attributes:
        alert_id: Empty where the message is about no alert: a family's note, or that somebody's shifts have changed.
    """

    id: str
    type: str
    alert_id: str
    body: bytes
    repeat: int

    @property
    def link(self) -> str:
        """Where the message leads."""
        return str(json.loads(self.body)["data"].get("link", ""))


class Receiver:
    """Listens from construction until `close`, which raises when anything unexpected arrived.

    Args:
        secret: The endpoint's `whsec_...`.
        port: 0 for any free one.
        say: Gets one line per message; it holds no names, because a message holds none.
        status: The status for a genuine message, by how often its id had arrived before.
        who: Who listens, in the lines and in the address.

    Raises:
        OSError: The port is in use.
    """

    def __init__(
        self,
        secret: str,
        *,
        port: int = 0,
        say: Callable[[str], None] = lambda _line: None,
        status: Callable[[int], int] = lambda _repeat: 204,
        who: str = "family",
    ) -> None:
        self._secret = secret
        self._who = who
        self._say = say
        self._status = status
        self._changed = threading.Condition()
        self._received: list[Received] = []
        self._faults: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _make_handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="receiver", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """The address on which it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/{self._who}"

    @property
    def received(self) -> tuple[Received, ...]:
        """Genuine messages, in order of arrival; the last 10,000."""
        with self._changed:
            return tuple(self._received)

    @property
    def faults(self) -> tuple[str, ...]:
        """What arrived that should not have."""
        with self._changed:
            return tuple(self._faults)

    def wait_for(self, count: int, timeout_s: float = 10.0) -> tuple[Received, ...]:
        """Wait until `count` messages have arrived.

        Raises:
            Unexpected: Something else arrived, or not enough in time.
        """
        ends = time.monotonic() + timeout_s
        with self._changed:
            while len(self._received) < count and not self._faults and (left := ends - time.monotonic()) > 0:
                self._changed.wait(left)
            if self._faults or len(self._received) < count:
                raise Unexpected(f"{len(self._received)} of {count} messages came; {'; '.join(self._faults) or 'nothing else'}")
            return tuple(self._received)

    def close(self) -> None:
        """Stop listening.

        Raises:
            Unexpected: Something arrived that should not have.
        """
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        if self._faults:
            raise Unexpected("; ".join(self._faults))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *rest: object) -> None:
        try:
            self.close()
        except Unexpected:
            if kind is None:
                raise

    def take(self, headers: dict[str, str], body: bytes) -> int:
        """Judge one POST; returns the status to answer with."""
        try:
            message_id = verify(self._secret, headers, body)
            kind, alert_id = _read(body)
        except (BadSignature, ValueError) as error:
            self.refuse(str(error))
            return 400
        with self._changed:
            repeat = sum(earlier.id == message_id for earlier in self._received)
            self._received.append(Received(message_id, kind, alert_id, body, repeat))
            del self._received[:-_KEPT]
            self._changed.notify_all()
        about = f" for alert {alert_id}" if alert_id else ""
        self._say(f"{self._who} received {kind}{about} ({message_id}{', again' if repeat else ''})")
        return self._status(repeat)

    def refuse(self, fault: str) -> None:
        """Keep and report what should not have arrived."""
        with self._changed:
            self._faults.append(fault)
            self._changed.notify_all()
        self._say(f"{self._who} received something UNEXPECTED: {fault}")


#: Messages that are about no alert.
_OF_NO_ALERT: Final = FAMILY_NOTES | {SHIFTS_CHANGED}


def _read(body: bytes) -> tuple[str, str]:
    message = json.loads(body)
    match message:
        case {"type": str(kind), "timestamp": str(), "data": {"alert_id": str(alert_id)}}:
            return kind, alert_id
        case {"type": str(kind), "timestamp": str(), "data": dict()} if kind in _OF_NO_ALERT:
            return kind, ""
    raise ValueError("the message has no type, timestamp and data.alert_id")


def _make_handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Door(BaseHTTPRequestHandler):
        timeout = 10

        def do_POST(self) -> None:
            length = self.headers.get("content-length", "")
            if not length.isdigit() or int(length) > _MOST_BYTES:
                receiver.refuse(f"a body of length {length!r}")
                self._answer(413)
                return
            self._answer(receiver.take(dict(self.headers), self.rfile.read(int(length))))

        def do_GET(self) -> None:
            receiver.refuse("a GET")
            self._answer(405)

        do_HEAD = do_PUT = do_DELETE = do_GET  # noqa: N815  # the names that http.server calls

        def _answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: Any) -> None:
            """The receiver has its own line per message."""

    return Door
