"""Sends the events of alerts to one city platform, in order, from where it has come to. A lane for each: none waits for another.

What a platform does not take is tried again until it does: after an outage it catches up, and nothing is left out. Only an event
that it refuses by itself again and again is passed by, counted and said.
"""

from __future__ import annotations

import hashlib
import json
import logging
import random
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from homebeat.deliver.channels.signing import UnusableSecret, sign_headers
from homebeat.deliver.poster import HttpCall, NoAnswer, NotCalled, Poster
from homebeat.deliver.schedule import LONGEST_PATIENCE_S
from homebeat.domain.errors import Unavailable
from homebeat.domain.event import AlertEvent, make_event_body
from homebeat.domain.platform import Platform
from homebeat.domain.scope import EVERYTHING
from homebeat.store import PlatformPlace, Store

#: Seconds between attempts; the last one again and again, for as long as it takes.
GAPS_S: Final = (5, 15, 30, 60, 120, 300)
_JITTER: Final = 0.1
#: How often one event is tried that the platform refuses while it takes others.
MOST_REFUSALS: Final = 5
#: The platform was reached, understood who asks, and does not want this very message.
_REFUSED: Final = frozenset({400, 406, 409, 413, 415, 422})
_BATCH: Final = 100
#: Longer than an attempt and its writing down take.
LEASE_MS: Final = 60_000
_LONGEST_WAIT_MS: Final = round(max(LONGEST_PATIENCE_S, GAPS_S[-1] * (1 + _JITTER)) * 1000)
_BODY_PATIENCE_S: Final = 1.0
_AWAY_S: Final = 1.0
_MOST_ERROR: Final = 200
#: As the test of a webhook (docs/webhooks.md): who answers with the text has read the message.
TEST_EVENT: Final = "channel.test"
UNPROVEN: Final = (
    "it did not answer the challenge (docs/events.md), so the address may be a stranger's: no event is sent there yet"
)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Answer:
    """How an attempt ended: `error` is empty where the platform took the message."""

    error: str = ""
    is_refused: bool = False
    retry_after_s: float = 0.0
    body: bytes = b""


class PlatformLane:
    """Sends to one platform. Any number of processes may run a lane for it: one of them sends at a time.

    Args:
        owner: A name that only this process has.
        link_base: What links begin with.
        clock: The database's, epoch ms.
        chance: Seeded; spreads the retries.
        poll_s: How often it is looked whether something has happened.
    """

    def __init__(
        self,
        store: Store,
        platform: Platform,
        poster: Poster,
        *,
        owner: str,
        link_base: str,
        clock: Callable[[], int],
        chance: random.Random,
        poll_s: float = 0.5,
    ) -> None:
        self._store = store
        self._platform = platform
        self._poster = poster
        self._owner = owner
        self._link_base = link_base
        self._clock = clock
        self._chance = chance
        self._poll_s = poll_s

    def run(self, stop: threading.Event) -> None:
        """Send until `stop` is set; an attempt in flight is finished, within its limit."""
        while not stop.wait(self._turn(stop)):
            continue

    def step(self, stop: threading.Event | None = None) -> int:
        """Send what is due, in order; returns how many events the platform took.

        Raises:
            Unavailable: The database is away; at most one event is sent again.
        """
        if not self._is_due():
            return 0
        with self._store.begin() as tx:
            place = tx.platforms.claim(self._platform.name, self._owner, self._clock(), LEASE_MS, _LONGEST_WAIT_MS)
        if place is None:
            return 0
        sent, is_end = 0, False
        if place.proven != self._digest:
            place = self._prove(place)
            is_end = not place.proven
        while not is_end and not (stop is not None and stop.is_set()):
            place, took, is_end = self._send_some(place, stop)
            sent += took
        self._put(place, lease_until=0)
        return sent

    def _turn(self, stop: threading.Event) -> float:
        try:
            self.step(stop)
        except Unavailable as away:
            _log.warning("the events for %s cannot be read: %s", self._platform.name, away)
            return _AWAY_S
        except Exception:  # noqa: BLE001 -- the thread's edge: logged, and tried again; a dead lane would be silent
            _log.exception("the lane to %s met an unforeseen error", self._platform.name)
            return GAPS_S[0]
        return self._poll_s

    @property
    def _digest(self) -> str:
        return hashlib.sha256(self._platform.url.encode()).hexdigest()

    def _is_due(self) -> bool:
        """Whether there is anything to send; it only reads, as most looks find nothing."""
        with self._store.read(EVERYTHING) as reader:
            place = reader.platforms.find(self._platform.name)
            if place is None:
                return True
            if self._clock() < place.due_at <= self._clock() + _LONGEST_WAIT_MS:
                return False
            return place.proven != self._digest or place.position < reader.events.find_last()

    def _send_some(self, place: PlatformPlace, stop: threading.Event | None) -> tuple[PlatformPlace, int, bool]:
        """Send a batch; returns how far the platform has come, how many it took, and whether nothing more can be sent now."""
        with self._store.read(EVERYTHING) as reader:
            newest = reader.events.find_last()
        with self._store.read(self._platform.scope) as reader:
            events = reader.events.read_after(place.position, newest, _BATCH)
        took = 0
        for event in events:
            if stop is not None and stop.is_set():
                return place, took, True
            if not self._platform.wants(event):
                place = replace(place, position=event.number)
                continue
            after = self._judge(place, event, self._send(event.id, make_body(event, self._platform, self._link_base)))
            if not self._put(after, lease_until=self._clock() + LEASE_MS):
                return after, took, True  # somebody else has it by now
            took += after.position > place.position and after.refused == place.refused
            if after.position == place.position:
                return after, took, True
            place = after
        if len(events) < _BATCH:  # nothing else up to `newest` is for this platform
            return replace(place, position=max(place.position, newest)), took, True
        return place, took, False

    def _judge(self, place: PlatformPlace, event: AlertEvent, answer: _Answer) -> PlatformPlace:
        """Say how far the platform has come by its answer to an event."""
        well = replace(place, position=event.number, attempts=0, refusals=0, failing_since=None)
        if not answer.error:
            return well
        if answer.is_refused and place.refusals + 1 >= MOST_REFUSALS:
            _log.error("%s refuses event %s for good: %s", place.name, event.id, answer.error)
            return replace(well, refused=place.refused + 1, error=f"{event.id}: {answer.error}"[:_MOST_ERROR])
        return self._fail(place, answer)

    def _fail(self, place: PlatformPlace, answer: _Answer) -> PlatformPlace:
        now = self._clock()
        gap = GAPS_S[min(place.attempts, len(GAPS_S) - 1)] * self._chance.uniform(1 - _JITTER, 1 + _JITTER)
        due = now + round(max(gap, min(answer.retry_after_s, LONGEST_PATIENCE_S)) * 1000)
        since = place.failing_since if place.failing_since is not None else now
        if place.failing_since is None:
            _log.warning("%s takes no events: %s", place.name, answer.error)
        refusals = place.refusals + 1 if answer.is_refused else 0
        failed = replace(place, attempts=place.attempts + 1, refusals=refusals, due_at=due, failing_since=since)
        return replace(failed, error=answer.error[:_MOST_ERROR])

    def _prove(self, place: PlatformPlace) -> PlatformPlace:
        """Send the challenge to a new address."""
        challenge, ident = secrets.token_urlsafe(24), f"msg_{secrets.token_hex(12)}"
        body = json.dumps({"type": TEST_EVENT, "data": {"challenge": challenge}}).encode()
        answer = self._send(ident, body)
        if not answer.error and challenge.encode() not in answer.body:
            answer = _Answer(UNPROVEN)
        if answer.error:
            place = self._fail(replace(place, proven=""), answer)
        else:
            place = replace(place, proven=self._digest, attempts=0, failing_since=None)
        self._put(place, lease_until=self._clock() + LEASE_MS)
        return place

    def _send(self, ident: str, body: bytes) -> _Answer:
        now = self._clock()
        try:
            headers = sign_headers(self._platform.secrets, ident, now, body) | {"content-type": "application/json"}
            answer = self._poster.post(HttpCall(self._platform.url, body, headers, body_patience_s=_BODY_PATIENCE_S), now)
        except (UnusableSecret, NotCalled, NoAnswer) as error:
            return _Answer(str(error))
        if 200 <= answer.status < 300:
            return _Answer(body=answer.body)
        return _Answer(f"the platform answered {answer.status}", answer.status in _REFUSED, answer.retry_after_s or 0.0)

    def _put(self, place: PlatformPlace, *, lease_until: int) -> bool:
        with self._store.begin() as tx:
            return tx.platforms.put(place, self._owner, lease_until)


def make_body(event: AlertEvent, platform: Platform, link_base: str) -> bytes:
    """Make the JSON body of an event: the same on every attempt."""
    content: dict[str, Any] = make_event_body(event, link_base, gives_ids=platform.gives_ids)
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
