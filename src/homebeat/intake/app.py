"""The application of the intake: checks a push, lets it wait for the disk, and answers. ASGI, without a framework."""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import logging
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl

from homebeat.domain.cloud import INTAKE, PATIENCE, CloudKind, make_intake_topic
from homebeat.ingest.journal.writer import Entry
from homebeat.intake.ledger import IntakeLedger
from homebeat.intake.nonces import Nonces, Seen
from homebeat.intake.push import STATUS, CloudCheck, Greeting, Push, PushFault, PushRefused, Taken
from homebeat.intake.rates import Bucket, Strangers

_log = logging.getLogger(__name__)
#: Why a message of a cloud was not taken, beside the journal's reasons.
LATE: Final = "late"
RATE: Final = "rate"
_TAKES_TOO_LONG: Final = "the disk takes too long: send it again"
_LONGEST_QUERY: Final = 8_192
_MOST_PARAMETERS: Final = 50

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Cloud:
    """A cloud as the application needs it.

    Attributes:
        networks: From where it may push; empty for anywhere.
    """

    name: str
    kind: CloudKind
    check: CloudCheck
    bucket: Bucket
    networks: Sequence[Network] = ()
    nonces: Nonces = field(default_factory=Nonces)

    @property
    def topic(self) -> str:
        """The topic of its messages."""
        return make_intake_topic(self.name)


class IntakeApp:
    """Answers `/intake/NAME...`, `/livez` and `/readyz`.

    Args:
        clouds: By name.
        put: Lets a message wait for the disk; returns why not, else "".
        find_wrong: Says what keeps messages from being taken, for `/readyz`.
        clock: Epoch ms.
        most_bytes: Of a body.
    """

    def __init__(
        self,
        clouds: Mapping[str, Cloud],
        ledger: IntakeLedger,
        put: Callable[[Entry], str],
        find_wrong: Callable[[], str | None],
        clock: Callable[[], int],
        most_bytes: int,
    ) -> None:
        self._clouds, self._ledger, self._put, self._find_wrong = clouds, ledger, put, find_wrong
        self._clock, self._most_bytes = clock, most_bytes
        self._strangers = Strangers()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        self._loop = self._loop or asyncio.get_running_loop()
        status, text = await self._answer(scope, receive)
        body = text.encode()
        heads = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": heads})
        await send({"type": "http.response.body", "body": body})

    def settle(self, waiting: Sequence[object], fault: str) -> None:
        """Tell requests that their messages are safe, or why not. Called from the journal's thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(_settle, waiting, fault)

    async def _answer(self, scope: MutableMapping[str, Any], receive: Receive) -> tuple[int, str]:
        path: str = scope["path"]
        if not path.startswith(f"/{INTAKE}"):
            return self._answer_other(path)
        name, *rest = path[1 + len(INTAKE) :].split("/")
        cloud = self._clouds.get(name)
        if cloud is None:
            self._ledger.note_stranger()
            return 404, "no cloud of this name is set up"
        try:
            return await self._take(cloud, scope, tuple(rest), receive)
        except PushRefused as refused:
            self._ledger.note_refused(name, refused.why)
            return STATUS[refused.why], str(refused)

    def _answer_other(self, path: str) -> tuple[int, str]:
        if path == "/livez":
            return 200, "alive"
        if path == "/readyz":
            wrong = self._find_wrong()
            return (503, "not ready") if wrong else (200, "ready")
        self._ledger.note_stranger()
        return 404, "nothing is here"

    async def _take(
        self, cloud: Cloud, scope: MutableMapping[str, Any], rest: tuple[str, ...], receive: Receive
    ) -> tuple[int, str]:
        """Check a request, and write its message.

        Raises:
            PushRefused: It is refused.
        """
        now = self._clock()
        address = (scope.get("client") or ("", 0))[0]
        steady_s = asyncio.get_running_loop().time()
        if not self._strangers.may_ask(address, steady_s):
            raise PushRefused(PushFault.RATE, "too many wrong tries from this address: wait a minute")
        if cloud.networks and not _is_within(address, cloud.networks):
            raise PushRefused(PushFault.ADDRESS, "pushes of this cloud are not taken from this address")
        push = Push(
            scope["method"],
            rest,
            _read_query(scope["query_string"]),
            {key.decode("latin-1"): value.decode("latin-1") for key, value in reversed(scope["headers"])},
            await self._read_body(receive),
        )
        try:
            found = cloud.check.check(push, now / 1000)
        except PushRefused as refused:
            if refused.why is PushFault.SIGNATURE:
                self._strangers.note_wrong(address, steady_s)
            raise
        self._strangers.note_right(address)
        return (200, found.answer) if isinstance(found, Greeting) else await self._write(cloud, found, now)

    async def _write(self, cloud: Cloud, found: Taken, now: int) -> tuple[int, str]:
        """Write a message that is the cloud's, and answer in its words."""
        digest = hashlib.sha256(found.payload).digest()[:16] if found.nonce else b""
        if found.nonce:
            seen = cloud.nonces.look(found.nonce, digest, now / 1000)
            if seen is Seen.SAME:
                self._ledger.note_repeated(cloud.name)
                return 200, found.answer
            if seen is Seen.OTHER:
                raise PushRefused(PushFault.REPLAY, "this signature was used for another message")
        loop = asyncio.get_running_loop()
        began_s, patience_s = loop.time(), PATIENCE[cloud.kind].answer_s
        if not cloud.bucket.take(began_s):
            return self._fail(cloud, RATE)
        safe: asyncio.Future[str] = loop.create_future()
        if why := self._put(Entry(cloud.topic, found.payload, now, safe)):
            return self._fail(cloud, why)
        timer = loop.call_later(patience_s, _settle, [safe], LATE)
        why = await safe
        timer.cancel()
        if why:
            return self._fail(cloud, why)
        if found.nonce:
            cloud.nonces.note(found.nonce, digest, now / 1000)
        self._ledger.note_taken(cloud.name, now)
        return 200, found.answer

    def _fail(self, cloud: Cloud, why: str) -> tuple[int, str]:
        self._ledger.note_failed(cloud.name, why, self._clock())
        return (429, "too many messages a second") if why == RATE else (503, _SAID.get(why, _TAKES_TOO_LONG))

    async def _read_body(self, receive: Receive) -> bytes:
        """Read the body.

        Raises:
            PushRefused: It is too long, or its sender has gone.
        """
        parts: list[bytes] = []
        size = 0
        while True:
            event = await receive()
            if event["type"] != "http.request":
                raise PushRefused(PushFault.SHAPE, "the sender has gone")
            part = event.get("body", b"")
            size += len(part)
            if size > self._most_bytes:
                raise PushRefused(PushFault.LARGE, f"a body has at most {self._most_bytes} bytes")
            parts.append(part)
            if not event.get("more_body"):
                return b"".join(parts)


_SAID: Final = {
    "full": "the journal is full: send it again later",
    "busy": "too many messages wait for the disk: send it again",
    "disk": "the disk takes nothing: send it again later",
    "stopping": "the intake is stopping: send it again",
}


def _settle(waiting: Sequence[object], fault: str) -> None:
    for one in waiting:
        if isinstance(one, asyncio.Future) and not one.done():
            one.set_result(fault)


def _read_query(raw: bytes) -> dict[str, str]:
    """Read the parameters of an address, each by its first value."""
    try:
        pairs = parse_qsl(raw[:_LONGEST_QUERY].decode("latin-1"), keep_blank_values=True, max_num_fields=_MOST_PARAMETERS)
    except ValueError:
        return {}
    return dict(reversed(pairs))


def _is_within(address: str, networks: Sequence[Network]) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return any(found in network for network in networks)
