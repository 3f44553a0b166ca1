"""See what one's role does not show of a home, for a reason and a short time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.durations import MINUTE_MS
from homebeat.domain.errors import Incomplete, NotFound
from homebeat.domain.ids import HouseholdId
from homebeat.domain.role import Operation

#: How long it holds: as long as an emergency call and the way there take.
HOLDS_MS: Final = 30 * MINUTE_MS
SHORTEST_REASON: Final = 5
LONGEST_REASON: Final = 500


@dataclass(frozen=True, slots=True)
class BreakGlass:
    """See for half an hour whatever of a home one's role can show at all.

    1. The reason must say something.
    2. The home must lie where the principal may do this.
    3. Write it, with its reason; supervisors find it on their page until one of them has looked at it.

    The audit has who, when and which home. The reason may name people, so it stands sealed beside the home alone.
    """

    name: ClassVar = "break_glass"
    operation: ClassVar = Operation.BREAK_GLASS

    household: HouseholdId
    reason: str

    def run(self, work: Work) -> int:
        """Returns until when it holds, epoch ms."""
        reason = self.reason.strip()
        if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
            raise Incomplete(f"say why, in {SHORTEST_REASON} to {LONGEST_REASON} characters")
        line = work.tx.fleet.find_home_line(self.household)
        if not line or not work.principal.find_scope(self.operation).reaches(line):
            raise NotFound("there is no such household")
        ends_at = work.now + HOLDS_MS
        work.tx.glass.add(str(work.actor), self.household, reason, work.now, ends_at)
        return ends_at

    def record(self, result: int) -> Record:
        """The home, and until when it holds."""
        return Record(f"household:{self.household}", {"until": result})
