"""Enter what became of a telephone call about an alert."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.actions.perform import Record, record_alert
from homebeat.actions.work import Work
from homebeat.domain.alert import Alert, Answer, add_note
from homebeat.domain.call import Callee, CallResult, EnteredCall, is_emergency_number
from homebeat.domain.errors import NotAllowed, NotFound
from homebeat.domain.ids import AlertId, ContactId, HouseholdId, ResidentId
from homebeat.domain.role import Operation


@dataclass(frozen=True, slots=True)
class EnterCall:
    """Enter what became of a call that somebody made by hand.

    1. Load the alert; refuse where it is closed: what is said afterwards is a remark.
    2. Refuse whoever does not belong to the home of the alert. An emergency number is 2 to 8 digits.
    3. Write the step. An owner who calls has the whole time again to say what was found. Nobody outside the desk is notified,
       and homebeat itself has called nobody.
    """

    name: ClassVar = "enter_call"
    operation: ClassVar = Operation.ANSWER

    alert_id: AlertId
    callee: Callee
    called: str
    result: CallResult

    def run(self, work: Work) -> Alert:
        """Returns the alert as it is now."""
        before = work.load_alert(self.alert_id, None)
        if before.answer is Answer.RESOLVED:
            raise NotAllowed("this alert is closed: write a remark")
        if not self._is_known(work, before.subject.household):
            raise NotFound("there is nobody of this id to call about this alert")
        call = EnteredCall(self.callee, self.called, self.result)
        after, step = add_note(before, work.now, str(work.actor), "", call.make_reason())
        work.write_step(after, step)
        return after

    def _is_known(self, work: Work, household: HouseholdId | None) -> bool:
        if self.callee is Callee.EMERGENCY:
            return is_emergency_number(self.called)
        if household is None:
            return False
        if self.callee is Callee.RESIDENT:
            return work.tx.fleet.has_resident(household, ResidentId(self.called))
        return work.tx.fleet.find_home_of(ContactId(self.called)) == household

    def record(self, result: Alert) -> Record:
        """The alert, the version that it has now, whom, and what became of it."""
        return record_alert(result, callee=self.callee.value, called=self.called, call=self.result.value)
