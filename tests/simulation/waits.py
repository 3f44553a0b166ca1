"""What waits on purpose: messages for the end of somebody's quiet hours, and what devices say for the end of a silence.

None of it may be urgent, nothing of it is forgotten, and it is over soon after what it waits for.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from homebeat.domain.durations import HOUR_MS, MINUTE_MS
from homebeat.domain.instants import TOLERANCE_MS
from homebeat.store import Leased
from tests.simulation.street import find_quiet_end
from tests.simulation.violation import Violation

if TYPE_CHECKING:
    from tests.simulation.invariants import Snapshot

#: What is medium, or less urgent.
CAN_WAIT: Final = 2
#: A device calls for help by these.
CALLS: Final = frozenset({"sos", "fall", "unreadable_alarm"})
#: What work on devices explains.
_OF_DEVICES: Final = frozenset({"device_silent", "not_worn"})
#: A message that is due is tried within this time.
_LATE_MS: Final = 2 * HOUR_MS
#: A person's next channel begins so long after the one before.
NEXT_CHANNEL_MS: Final = MINUTE_MS
#: Or after so many failures.
_FAILURES: Final = 3


class Waits:
    """Checks that after each commit, and at each message.

    Args:
        now: The clock of the database, which may step; epoch ms.
        read_wall: The time that really has passed; epoch ms.

    Attributes:
        held_ms: What is held back is decided on again within this time by the wall, once its silence is over.
        counts: How often something had to wait, by kind.
    """

    def __init__(self, now: Callable[[], int], read_wall: Callable[[], int]) -> None:
        self._now, self._read_wall = now, read_wall
        self.held_ms = HOUR_MS
        self._stepped_at = 0
        self._quiet_until: dict[str, tuple[int, int]] = {}
        self._over_since: dict[str, int] = {}
        self._turns: dict[str, tuple[int, int, str]] = {}
        self._failed: dict[str, int] = {}
        self.counts = {"put off": 0, "held": 0, "next channels": 0}

    def note_step(self) -> None:
        """The clock of the database has been set: whatever was reckoned before that is out of date."""
        self._stepped_at = self._read_wall()

    @property
    def has_steady_clock(self) -> bool:
        """Whether the clock has not been set for some hours."""
        return self._read_wall() - self._stepped_at > _LATE_MS

    def check(self, before: Snapshot, after: Snapshot) -> None:
        """Look at what waits after a commit.

        Raises:
            Violation: It must not wait, or has waited for too long.
        """
        for ident, row in after.waiting.items():
            if ident not in before.waiting:
                self._check_due(row)
            is_late = row.state == "pending" and row.attempts == 0 and self._now() - row.due_at > _LATE_MS
            if is_late and self.has_steady_clock:
                raise Violation(f"{ident} to {row.contact} was due for hours, and nobody has tried it")
        for pair, held in after.held.items():
            self._check_held(pair, held, is_new=pair not in before.held)
        self._over_since = {pair: since for pair, since in self._over_since.items() if pair in after.held}

    def note_sent(self, notice: Leased) -> None:
        """A message is on its way: nobody hears in their quiet hours of what can wait."""
        until, set_at = self._quiet_until.get(notice.id, (0, 0))
        if self._now() < until and set_at <= self._now() + TOLERANCE_MS:
            raise Violation(f"{notice.contact} got {notice.event} of {notice.alert_id} in quiet hours")
        due_at, set_at, before = self._turns.get(notice.id, (0, 0, ""))
        is_early = self._now() < due_at and set_at <= self._now() + TOLERANCE_MS
        if is_early and self._failed.get(before, 0) < _FAILURES:
            raise Violation(f"{notice.contact} got {notice.event} over another channel, and the first one had not failed")

    def note_failed(self, notice: Leased, *, is_final: bool) -> None:
        """A channel has not brought a message, or never will."""
        chain = _name_chain(notice.alert_id, notice.contact, notice.event, notice.place)
        self._failed[chain] = self._failed.get(chain, 0) + (_FAILURES if is_final else 1)

    def check_rest(self, stands: Snapshot) -> None:
        """Make sure that nothing is held back for ever."""
        if left := [pair for pair, held in stands.held.items() if held.cause is None]:
            raise Violation(f"{left[0]} is still held back")

    def _check_due(self, row: Any) -> None:
        """A new message is due at once, or when quiet hours end, if it can wait at all."""
        can_wait = row.priority_rank >= CAN_WAIT and row.alert_id is not None
        end = find_quiet_end(row.contact, row.set_at) if can_wait else None
        if end is not None:
            self.counts["put off"] += 1
            self._quiet_until[row.id] = (end, row.set_at)
        if row.place:
            self.counts["next channels"] += 1
            before = _name_chain(row.alert_id, row.contact, row.event, row.place - 1)
            self._turns[row.id] = (row.due_at, row.set_at, before)
        wanted = (row.set_at if end is None else end) + row.place * NEXT_CHANNEL_MS
        if row.due_at < wanted:
            raise Violation(f"{row.id} to {row.contact} leaves in quiet hours, or before its turn")
        if row.due_at > wanted:
            raise Violation(f"{row.id} to {row.contact} waits, and nobody knows for what")

    def _check_held(self, pair: str, held: Any, *, is_new: bool) -> None:
        edge = json.loads(held.edge) if isinstance(held.edge, str) else held.edge
        if held.rule in CALLS or edge["priority"] == "critical":
            raise Violation(f"{pair} is held back, and somebody may need help now")
        if held.cause is not None:
            return
        self.counts["held"] += is_new
        if held.silenced not in {held.rule, "maintenance"} or (held.silenced == "maintenance" and held.rule not in _OF_DEVICES):
            raise Violation(f"{pair} is held back by a silence of {held.silenced}")
        if held.lifted_at is None and self._now() < held.ends_at:
            self._over_since.pop(pair, None)
        elif self._read_wall() - self._over_since.setdefault(pair, self._read_wall()) > self.held_ms:
            raise Violation(f"{pair} is held back, and its silence is over")


def _name_chain(alert: str | None, contact: str, event: str, place: int) -> str:
    return f"{alert} {contact} {event} {place}"
