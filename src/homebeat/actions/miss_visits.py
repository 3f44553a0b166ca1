"""Say that nobody came: the time of a visit has run out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from homebeat.actions.perform import Record
from homebeat.actions.visiting import write_visit
from homebeat.actions.work import Work
from homebeat.domain.alert import Alert, Answer, run_out
from homebeat.domain.ids import AlertId
from homebeat.domain.role import Operation
from homebeat.domain.visit import Visit, VisitState, move_visit

#: Why an alert came back whose visitor did not come.
MISSED: Final = "visit_missed"


@dataclass(frozen=True, slots=True)
class MissVisits:
    """Say of the visits for these alerts that nobody came, where their time has run out.

    1. Lock the alerts, and read their visits again: who has reported since is not late. What somebody is changing right now is
       left out: it is looked at again soon.
    2. Write that the visit was missed. Where the alert is closed, it was called off.
    3. Where whoever has the alert counted on it, and nobody else is on the way, it goes back to the queue, and its plan goes on.
    """

    name: ClassVar = "miss_visits"
    operation: ClassVar = Operation.ESCALATE

    alerts: Sequence[AlertId]

    def run(self, work: Work) -> int:
        """Returns how many visits were missed."""
        alerts = work.tx.alerts.lock_free(self.alerts)
        # read only now: whoever held an alert before may have written one
        visits = {one.id: one for one in work.tx.visits.list_of(alerts)}
        missed = 0
        for visit in [one for one in visits.values() if one.is_overdue(work.now)]:
            alert = alerts[visit.alert_id]
            if visit.due_at is not None and visit.due_at > work.now:
                # reckoned by a clock that has been corrected since: whoever is on the way has the time that they had
                work.tx.visits.put(replace(visit, due_at=work.now + visit.due_at - visit.set_at), work.now)
            elif alert.answer is Answer.RESOLVED:
                work.tx.visits.put(move_visit(visit, VisitState.CANCELLED, alert.priority, work.now), work.now)
            else:
                visits[visit.id] = move_visit(visit, VisitState.MISSED, alert.priority, work.now)
                is_alone = not any(one.is_live for one in visits.values() if one.alert_id == alert.id)
                alerts[alert.id] = _miss(work, alert, visits[visit.id], is_alone=is_alone)
                missed += 1
        return missed

    def record(self, result: int) -> Record | None:
        """How many visits were missed; None where none was."""
        return Record("", {"visits": result}) if result else None


def _miss(work: Work, alert: Alert, visit: Visit, *, is_alone: bool) -> Alert:
    """Write that a visit was missed; returns the alert after it. Alone: nobody else is on the way."""
    alert = write_visit(work, alert, visit)
    counted = alert.owner in {visit.visitor, visit.assigned_by}
    if alert.answer is Answer.ACKNOWLEDGED and is_alone and counted:
        alert, step = run_out(alert, work.now, MISSED)
        work.write_step(alert, step)
    return alert
