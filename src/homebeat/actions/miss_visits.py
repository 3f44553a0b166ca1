"""Say that nobody came: the time of a visit has run out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from homebeat.actions.perform import Record
from homebeat.actions.visiting import write_visit
from homebeat.actions.work import Work
from homebeat.domain.alert import Answer, run_out
from homebeat.domain.ids import AlertId
from homebeat.domain.role import Operation
from homebeat.domain.visit import VisitState, move_visit

#: Why an alert came back whose visitor did not come.
MISSED: Final = "visit_missed"


@dataclass(frozen=True, slots=True)
class MissVisits:
    """Say of the visits for these alerts that nobody came, where their time has run out.

    1. Lock each alert, and read its visits again: who has reported since is not late.
    2. Write that the visit was missed. Where the alert is closed, it was called off.
    3. Where whoever has the alert counted on it, and nobody else is on the way, it goes back to the queue, and its plan goes on.
    """

    name: ClassVar = "miss_visits"
    operation: ClassVar = Operation.ESCALATE

    alerts: Sequence[AlertId]

    def run(self, work: Work) -> int:
        """Returns how many visits were missed."""
        count = 0
        for alert_id in sorted(set(self.alerts)):
            alert = work.tx.alerts.get_free(alert_id)
            if alert is None:
                continue  # somebody is changing it right now: it is looked at again soon
            visits = work.tx.visits.list_of([alert_id])
            for visit in visits:
                if not visit.is_overdue(work.now):
                    continue
                if visit.due_at is not None and visit.due_at > work.now:
                    # reckoned by a clock that has been corrected since: whoever is on the way has the time that they had
                    work.tx.visits.put(replace(visit, due_at=work.now + visit.due_at - visit.set_at), work.now)
                    continue
                if alert.answer is Answer.RESOLVED:
                    work.tx.visits.put(move_visit(visit, VisitState.CANCELLED, alert.priority, work.now), work.now)
                    continue
                alert = write_visit(work, alert, move_visit(visit, VisitState.MISSED, alert.priority, work.now))
                count += 1
                is_alone = not any(one.is_live for one in visits if one.id != visit.id)
                counted = alert.owner in {visit.visitor, visit.assigned_by}
                if alert.answer is Answer.ACKNOWLEDGED and is_alone and counted:
                    alert, step = run_out(alert, work.now, MISSED)
                    work.write_step(alert, step)
        return count

    def record(self, result: int) -> Record | None:
        """How many visits were missed; None where none was."""
        return Record("", {"visits": result}) if result else None
