"""Call off a visit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from homebeat.actions.perform import Record, record_alert
from homebeat.actions.visiting import write_visit
from homebeat.actions.work import Work
from homebeat.domain.alert import Alert, run_out
from homebeat.domain.errors import NotFound
from homebeat.domain.ids import AlertId
from homebeat.domain.role import Operation
from homebeat.domain.visit import VisitState, move_visit

#: Why an alert came back whose visitor was called off.
CALLED_OFF: Final = "visit_cancelled"


@dataclass(frozen=True, slots=True)
class CancelVisit:
    """Call off a visit: nobody is expected any more. Whoever was on their way sees it on their page.

    1. Load the alert and the visit; refuse where it is over.
    2. Write the visit and the step.
    3. Where whoever was on the way had the alert, it goes back to the queue, and its plan goes on at once.
    """

    name: ClassVar = "cancel_visit"
    operation: ClassVar = Operation.ANSWER

    alert_id: AlertId
    visit_id: str

    def run(self, work: Work) -> Alert:
        """Returns the alert as it is now."""
        alert = work.load_alert(self.alert_id, None)
        visit = work.tx.visits.find(self.visit_id)
        if visit is None or visit.alert_id != alert.id:
            raise NotFound("there is no such visit")
        alert = write_visit(work, alert, move_visit(visit, VisitState.CANCELLED, alert.priority, work.now))
        if alert.owner == visit.visitor:
            alert, step = run_out(alert, work.now, CALLED_OFF, str(work.actor))
            work.write_step(alert, step)
        return alert

    def record(self, result: Alert) -> Record:
        """The alert, and the version that it has now."""
        return record_alert(result)
