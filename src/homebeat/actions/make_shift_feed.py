"""Make a secret address of somebody's shifts, for their calendar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.actions.perform import Record
from homebeat.actions.shifts import check_may_arrange
from homebeat.actions.work import Work
from homebeat.domain.ids import ResponderId
from homebeat.domain.role import Operation
from homebeat.identity.bearer import Bearer, make_bearer
from homebeat.store import ShiftFeed


@dataclass(frozen=True, slots=True)
class MakeShiftFeed:
    """Make an address at which a calendar finds somebody's shifts. Whoever knows it sees them, without signing in.

    1. It is the principal's own, or they arrange duty in every area of that responder.
    2. Make the secret, and store its digest alone. Older addresses go on.
    """

    name: ClassVar = "make_shift_feed"
    operation: ClassVar = Operation.OWN_SHIFTS

    responder: ResponderId

    def run(self, work: Work) -> Bearer:
        """Returns the secret; it is shown once."""
        check_may_arrange(work, self.responder)
        bearer = make_bearer()
        work.tx.shift_feeds.add(ShiftFeed(bearer.id, bearer.digest, self.responder, str(work.actor), work.now))
        return bearer

    def record(self, result: Bearer) -> Record:
        """Whose shifts, and the public part of the secret."""
        return Record(f"responder:{self.responder}", {"feed": result.id})
