"""Correct the hours of a volunteer in a month."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Final

from homebeat.actions.circuits import check_reason
from homebeat.actions.perform import Record
from homebeat.actions.shifts import check_may_arrange
from homebeat.actions.work import Work
from homebeat.domain.errors import Incomplete, NotFound
from homebeat.domain.ids import ResponderId
from homebeat.domain.role import Operation
from homebeat.domain.service_hours import HoursCorrection, read_month

#: No correction is larger: a month has no more minutes.
MOST_MINUTES: Final = 31 * 24 * 60


@dataclass(frozen=True, slots=True)
class CorrectHours:
    """Add minutes to the hours of a volunteer in a month, or take some off.

    1. The month and the minutes must be some, and the reason must say something.
    2. The volunteer lies in the principal's areas with all of theirs. Nobody corrects their own.
    3. Write the correction beside the others: what was counted, and what was corrected before, stays as it was.

    Attributes:
        month: As `2026-03`.
        minutes: Below 0 to take some off.
    """

    name: ClassVar = "correct_hours"
    operation: ClassVar = Operation.ARRANGE_DUTY

    volunteer: ResponderId
    month: str
    minutes: int
    reason: str = field(repr=False)

    def run(self, work: Work) -> HoursCorrection:
        """Returns the correction."""
        read_month(self.month)
        if not 0 < abs(self.minutes) <= MOST_MINUTES:
            raise Incomplete(f"a correction is of 1 to {MOST_MINUTES} minutes, more or less")
        reason = check_reason(self.reason)
        if all(one.volunteer != self.volunteer for one in work.tx.volunteers.list_volunteers()):
            raise NotFound(f"there is no volunteer {self.volunteer!r}")
        check_may_arrange(work, self.volunteer, is_own_enough=False)
        found = HoursCorrection(self.volunteer, self.month, self.minutes, reason, str(work.actor), work.now)
        work.tx.volunteers.correct(found)
        return found

    def record(self, result: HoursCorrection) -> Record:
        """Whose hours, of which month, and by how much. Why stands sealed beside it."""
        return Record(f"responder:{result.responder}", {"month": result.month, "minutes": result.minutes})
