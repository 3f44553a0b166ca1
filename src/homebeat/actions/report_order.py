"""Report how far the order of a city platform has come: the platform's own key says it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Final

from homebeat.actions.perform import Record, record_alert
from homebeat.actions.resolve import Resolve
from homebeat.actions.visiting import write_visit
from homebeat.actions.work import Work
from homebeat.domain.alert import NEEDS_NOTE, Alert, Answer, Outcome, Priority, Reason, acknowledge, add_note, run_out
from homebeat.domain.event import ORDER_REPORTED, ORDER_UNKNOWN
from homebeat.domain.ids import AlertId
from homebeat.domain.platform import OrderProgress
from homebeat.domain.role import Operation
from homebeat.domain.visit import VisitState, assign_visit, is_ahead, move_visit
from homebeat.response.deadline import SEEN_BY_VISITOR

_VISITS: Final = {OrderProgress.ON_THE_WAY: VisitState.EN_ROUTE, OrderProgress.AT_THE_DOOR: VisitState.AT_DOOR}


@dataclass(frozen=True, slots=True)
class ReportOrder:
    """Report how far an order has come.

    1. Load the alert. A report that says what the platform has said last of this order changes nothing.
    2. What the platform says stands in the alert's history, with its remark; also what nobody here understands, and what comes
       after the closing.
    3. Taken: where nobody has the alert, the platform answers for it. On the way and at the door are a visit of the platform,
       with the time in which the next state is due. What lies behind is left out.
    4. Done: what was found closes an alert that is not critical, unless somebody else has it. A critical one goes back to the
       desk.

    Attributes:
        progress: In our words; None where the settings do not name the platform's state.
        outcome: What was found, in our words; only for `DONE`.
        said: The platform's own words.
    """

    name: ClassVar = "report_order"
    operation: ClassVar = Operation.ANSWER

    alert_id: AlertId
    platform: str
    order: str
    progress: OrderProgress | None
    outcome: Outcome | None = None
    said: str = field(default="", repr=False)
    note: str = field(default="", repr=False)

    @property
    def is_understood(self) -> bool:
        """Whether the report means something here. `DONE` needs what was found, and `away` and `other` need a remark."""
        if self.progress is not OrderProgress.DONE:
            return self.progress is not None
        return self.outcome is not None and (self.outcome not in NEEDS_NOTE or bool(self.note.strip()))

    def run(self, work: Work) -> Alert:
        """Returns the alert as it is now."""
        alert = work.load_alert(self.alert_id, None)
        reason = self._make_reason()
        is_word = not self.note.strip() and self.is_understood
        if is_word and work.tx.alerts.find_last_note(alert.id, str(work.actor), ORDER_REPORTED) == reason:
            return alert
        alert, step = add_note(alert, work.now, str(work.actor), self._write_note(), reason)
        work.write_step(alert, step)
        if not self.is_understood or self.progress is OrderProgress.NOTE or alert.answer is Answer.RESOLVED:
            return alert
        if alert.answer is Answer.UNACKNOWLEDGED:
            alert, step = acknowledge(alert, work.now, str(work.actor))
            work.write_step(alert, step)
        if self.progress in _VISITS:
            return self._visit(work, alert, _VISITS[self.progress])
        if self.progress is OrderProgress.DONE and self.outcome is not None:
            return self._finish(work, alert, self.outcome)
        return alert

    def record(self, result: Alert) -> Record:
        """The alert, the version that it has now, the platform, its order, and how far it has come."""
        progress = "" if self.progress is None else self.progress.value
        return record_alert(result, platform=self.platform, order=self.order, progress=progress)

    def _make_reason(self) -> Reason:
        params = {"platform": self.platform, "order": self.order}
        if not self.is_understood or self.progress is None:
            return Reason(ORDER_UNKNOWN, params)
        found = {} if self.outcome is None else {"outcome": self.outcome.value}
        return Reason(ORDER_REPORTED, {**params, "progress": self.progress.value, **found})

    def _write_note(self) -> str:
        """The remark; in front of it the platform's own words where they mean nothing here."""
        return self.note if self.is_understood else " ".join(part for part in (self.said, self.note) if part)

    def _visit(self, work: Work, alert: Alert, to: VisitState, outcome: str = "") -> Alert:
        if alert.subject.household is None:
            return alert
        visitor = str(work.actor)
        visit = work.tx.visits.find_live(alert.id, visitor)
        if visit is None:
            visit = assign_visit(alert.id, visitor, visitor, alert.priority, work.now)
        if not is_ahead(visit, to):
            return alert
        return write_visit(work, alert, move_visit(visit, to, alert.priority, work.now), outcome=outcome)

    def _finish(self, work: Work, alert: Alert, outcome: Outcome) -> Alert:
        is_theirs = alert.owner == str(work.actor)
        if alert.priority is Priority.CRITICAL or not is_theirs:
            alert = self._visit(work, alert, VisitState.SEEN, outcome.value)
            if is_theirs:
                alert, step = run_out(alert, work.now, SEEN_BY_VISITOR, str(work.actor))
                work.write_step(alert, step)
            return alert
        return Resolve(alert.id, outcome, note=self.note).run(work)
