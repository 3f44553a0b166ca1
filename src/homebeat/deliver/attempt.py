"""Makes one attempt, from the claim to its result: check, send, store. It runs on a worker thread."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from homebeat.deliver.message import RESOLVED_EVENT
from homebeat.deliver.ports import OutboxPort, Receipt, Sender, TemplateSender
from homebeat.deliver.schedule import compute_next_gap_s
from homebeat.domain.channel import get_limits, tells_end
from homebeat.domain.errors import Unavailable
from homebeat.domain.failpoints import Failpoints
from homebeat.store import Attempt, Leased, OutboxState

EXPIRED: Final = "not delivered in time"
NOT_WORTH_IT: Final = "nobody is told that way that an alert is closed"
RETIRED: Final = "the contact left the registry, or wants no more messages"
#: An answer later than this keeps a worker so long that its receiver is treated like one that does not answer.
SLOW_MS: Final = 2_000
_SETTLE_AGAIN_S: Final = 0.2
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Attempts:
    """Makes attempts. Safe to use from many threads.

    Attributes:
        clock: Epoch ms.
        chance: Seeded; spreads the retries.
        closing: Set when the process ends: then no attempt waits any longer.
        measure: Seconds since any fixed point, to measure how long a receiver took.
        outside_clock: As of the deliverer.
    """

    outbox: OutboxPort
    channels: Mapping[str, Sender]
    clock: Callable[[], int]
    chance: random.Random
    failpoints: Failpoints
    closing: threading.Event
    measure: Callable[[], float] = time.monotonic
    outside_clock: Callable[[], int] | None = None

    def make(self, notice: Leased) -> tuple[str, bool | None]:
        """Make one attempt and store it.

        Returns:
            What to count: `delivered`, `failed`, `superseded`, `put_off`, `given_up` or `lost_leases`; and whether the receiver
            answered in time, None when it was not asked.
        """
        at = self.clock()
        needless = self._find_needless(notice, at)
        if needless:
            attempt = Attempt(at, 0, ok=True, error=needless, superseded=True)
            return "superseded" if self._settle(notice, attempt) else "lost_leases", None
        if self._is_put_off(notice, at):
            return "put_off", None
        self.failpoints("deliver.before_send")
        started = self.measure()
        receipt = self._send(notice, at if self.outside_clock is None else self.outside_clock())
        if receipt.needs_operator:
            _log.error("%s cannot send to anybody until somebody acts: %s", notice.channel_kind, receipt.error)
        duration_ms = round((self.measure() - started) * 1000)
        self.failpoints("deliver.after_send")
        # reckoned from one look at the clock: a step of the clock during the attempt puts nothing off
        due = None if receipt.ok or receipt.is_final else self._compute_next_due(notice, receipt, at + duration_ms)
        attempt = Attempt(
            at,
            duration_ms,
            receipt.ok,
            receipt.status,
            receipt.error,
            due,
            reference=receipt.reference,
            awaits_proof=receipt.awaits_proof,
            ask_at=None if receipt.ask_after_s is None else at + round(receipt.ask_after_s * 1000),
        )
        state = self._settle(notice, attempt)
        return self._name_outcome(notice, receipt, state), has_answered_in_time(receipt, duration_ms)

    def _name_outcome(self, notice: Leased, receipt: Receipt, state: OutboxState | None) -> str:
        if state is None:
            return "lost_leases"
        if state is OutboxState.DEAD:
            _log.warning(
                "gave up on %s of alert %s after %d attempts: %s", notice.id, notice.alert_id, notice.attempts + 1, receipt.error
            )
            return "given_up"
        return "delivered" if receipt.ok else "failed"

    def record_fault(self, notice: Leased) -> None:
        """Store an attempt that ended by a fault of ours, so that the schedule goes on and in the end an alert opens."""
        receipt = Receipt(ok=False, error="homebeat itself failed to send this")
        at = self.clock()
        due = self._compute_next_due(notice, receipt, at)
        self._settle(notice, Attempt(at, 0, ok=False, error=receipt.error, next_due_at=due))

    def _find_needless(self, notice: Leased, at: int) -> str:
        """Find why the notice need not be sent any more; empty when it must be sent."""
        if notice.is_retired:
            return RETIRED
        if notice.event == RESOLVED_EVENT and not self._tells_end(notice):
            return NOT_WORTH_IT
        return self._ask_whether_needless(notice) or (EXPIRED if is_expired(notice, at) else "")

    def _tells_end(self, notice: Leased) -> bool:
        channel = self.channels.get(notice.channel_kind)
        return tells_end(notice.channel_kind) and (not isinstance(channel, TemplateSender) or channel.can_say(notice))

    def _is_put_off(self, notice: Leased, at: int) -> bool:
        """Whether the provider's limits let nothing through now; then the notice waits in the outbox."""
        if notice.channel_params is None:
            return False
        try:
            return self.outbox.reserve(notice, get_limits(notice.channel_kind), at) is not None
        except Unavailable:  # in doubt, tell
            return False

    def _ask_whether_needless(self, notice: Leased) -> str:
        try:
            return self.outbox.find_needless(notice)
        except Unavailable:  # in doubt, tell
            return ""

    def _send(self, notice: Leased, at: int) -> Receipt:
        channel = self.channels.get(notice.channel_kind)
        if channel is None:
            return Receipt(ok=False, error=f"there is no channel of the kind {notice.channel_kind!r}", is_final=True)
        return channel.send(notice, at)

    def _compute_next_due(self, notice: Leased, receipt: Receipt, ended_at: int) -> int | None:
        gap = compute_next_gap_s(notice.attempts + 1, self.chance, receipt.retry_after_s)
        return None if gap is None else ended_at + round(gap * 1000)

    def _settle(self, notice: Leased, attempt: Attempt) -> OutboxState | None:
        """Store the attempt; try again while we hold the lease: an attempt that is not stored is made again."""
        while True:
            try:
                return self.outbox.settle(notice, attempt)
            except Unavailable:
                if self.clock() >= notice.lease_until or self.closing.wait(_SETTLE_AGAIN_S):
                    _log.warning("the attempt at %s could not be written down; it will be made again", notice.id)
                    return None


def has_answered_in_time(receipt: Receipt, duration_ms: int) -> bool | None:
    """Whether a receiver answered quickly, with any answer; None when nothing was sent to it."""
    if receipt.ok or receipt.status is not None:
        return duration_ms <= SLOW_MS
    return None if receipt.is_final else False


def is_expired(notice: Leased, now: int) -> bool:
    """Whether `expires_at` of a command has passed; a message without it never expires."""
    expires = notice.payload.get("expires_at")
    return isinstance(expires, str) and datetime.fromisoformat(expires).timestamp() * 1000 <= now
