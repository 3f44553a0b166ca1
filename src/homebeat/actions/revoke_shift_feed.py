"""End a secret address of somebody's shifts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.actions.perform import Record
from homebeat.actions.shifts import check_may_arrange
from homebeat.actions.work import Work
from homebeat.domain.errors import NotFound
from homebeat.domain.role import Operation
from homebeat.store import ShiftFeed


@dataclass(frozen=True, slots=True)
class RevokeShiftFeed:
    """End an address of shifts: from now on it shows nothing.

    1. Load it; refuse somebody else's where the actor may not arrange shifts.
    2. Store that it has ended. One that is ended already stays so.

    Attributes:
        feed: The public part of its secret.
    """

    name: ClassVar = "revoke_shift_feed"
    operation: ClassVar = Operation.OWN_SHIFTS

    feed: str

    def run(self, work: Work) -> ShiftFeed:
        """Returns the feed as it was."""
        found = work.tx.shift_feeds.find(self.feed)
        if found is None:
            raise NotFound("there is no such address")
        check_may_arrange(work, found.responder)
        work.tx.shift_feeds.revoke(self.feed, work.now)
        return found

    def record(self, result: ShiftFeed) -> Record:
        """Whose shifts, and the public part of the secret."""
        return Record(f"responder:{result.responder}", {"feed": self.feed})
