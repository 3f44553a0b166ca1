"""Report from a visit, by the link in a message: whoever goes to the door has no account."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import ClassVar, Final

from homebeat.actions.closing import close_alert, undo_closing
from homebeat.actions.links import load_link
from homebeat.actions.perform import Record, record_alert
from homebeat.actions.visiting import CANNOT, note_delay, write_visit
from homebeat.actions.work import Work
from homebeat.domain.alert import (
    NEEDS_NOTE,
    Alert,
    Answer,
    Outcome,
    Priority,
    Reason,
    TransitionKind,
    acknowledge,
    add_note,
    run_out,
)
from homebeat.domain.arrival import NOWHERE, UNSAID, Arrival, SaidPosition, judge_arrival
from homebeat.domain.durations import MINUTE_MS
from homebeat.domain.errors import Incomplete, NotAllowed
from homebeat.domain.role import Operation
from homebeat.domain.visit import MOST_WRONG_CODES, DoorProof, Visit, VisitState, assign_visit, move_visit, note_arrival
from homebeat.response.deadline import SEEN_BY_VISITOR

#: The code of the reason with which a wrong code stands in the history.
WRONG_CODE: Final = "door_code_wrong"


class VisitReport(StrEnum):
    """What somebody says who goes to the door."""

    GO = "go"
    AT_DOOR = "at_door"
    SEEN = "seen"
    CANNOT = "cannot"
    UNDO = "undo"


#: Who says the same again within so long has not been there again.
_TWICE_MS: Final = 10 * MINUTE_MS
_STATES: Final = {VisitReport.GO: VisitState.EN_ROUTE, VisitReport.AT_DOOR: VisitState.AT_DOOR, VisitReport.SEEN: VisitState.SEEN}


@dataclass(frozen=True, slots=True)
class ReportVisit:
    """Report from a visit by the link in a message.

    1. Find the link again in this transaction; refuse where it has ended, or is no responder's.
    2. Load its alert; refuse where it is closed.
    3. Whoever sets out, or is there, without having been sent is on a visit from now on. An alert that nobody has is theirs.
    4. Write the visit with the time in which the next state is due. The code of the home proves that they were at the door; so
       does the position of their telephone, where it is near enough. Of that, the distance is kept, and nothing else. One that
       says nothing, or something else, refuses nobody, and neither does a wrong code: it is counted, and stands in the history.
       After five no more codes are looked at, until the desk sends them again.
    5. Seen: what was found closes an alert that is not critical. A critical one goes back to the desk with what was found; saying
       the same again within some minutes is no other visit.
    6. Cannot: nobody is expected. Where whoever has the alert counted on them alone, it goes back to the queue, and the plan goes
       on at once.
    7. A report that was pressed some time before it came is noted as such; its time is when it came.
    8. Undo: whoever has just closed the alert by what they found takes that back (`undo_closing`). They are at the door again,
       and say anew what they find.

    An alert about many homes has no one door: going makes it theirs, and is no visit with times of its own. What was found at one
    of the homes is a mark (`MarkHome`), and closes nothing.

    Attributes:
        link_id: The digest of the link's secret.
        outcome: What was found; only for `SEEN`, which needs it.
        code: The code at the door as somebody has typed it; empty for none.
        said: Where their telephone says that they are.
        ago_s: How long ago it was pressed, by the telephone, s: it may have had no connection.
    """

    name: ClassVar = "report_visit"
    operation: ClassVar = Operation.VISIT

    link_id: str
    report: VisitReport
    outcome: Outcome | None = None
    note: str = field(default="", repr=False)
    code: str = field(default="", repr=False)
    said: SaidPosition = field(default=UNSAID, repr=False)
    ago_s: int = 0

    def run(self, work: Work) -> Alert:
        """Returns the alert as it is now.

        Raises:
            NotFound: The link has ended, or is not theirs.
            NotAllowed: The alert is closed, or the visit has come further already; or it is about many homes, and more was said
                than that they go or cannot; or there is nothing to undo any more.
            Incomplete: `SEEN` without what was found.
        """
        found = load_link(work, self.link_id)
        alert = work.load_alert(found.alert, None)
        if self.report is VisitReport.UNDO:
            return undo_closing(work, alert)
        return note_delay(work, alert.version, self._report(work, alert), self.ago_s)

    def _report(self, work: Work, alert: Alert) -> Alert:
        if alert.answer is Answer.RESOLVED:
            raise NotAllowed("this alert is already closed")
        visitor = str(work.actor)
        visit = work.tx.visits.find_live(alert.id, visitor)
        if self.report is VisitReport.CANNOT:
            return self._decline(work, alert, visit)
        if alert.subject.household is None and self.report is not VisitReport.GO:
            raise NotAllowed("this alert is about many homes: say of each how it was there")
        if visit is None and self._was_said(work, alert):
            return self._add_words(work, alert)
        if alert.answer is Answer.UNACKNOWLEDGED:
            alert, step = acknowledge(alert, work.now, visitor)
            work.write_step(alert, step)
        if alert.subject.household is None:
            return alert
        if visit is None:
            before = [one.wrong_codes for one in work.tx.visits.list_of([alert.id]) if one.visitor == visitor]
            visit = replace(assign_visit(alert.id, visitor, visitor, alert.priority, work.now), wrong_codes=sum(before[-1:]))
        alert, proved = self._check_door(work, alert, visit)
        if self.report is not VisitReport.GO:
            proved = note_arrival(proved, self._judge_arrival(work, alert))
        if visit.state is _STATES[self.report]:  # pressed twice, perhaps with the code or a position now
            is_same = proved == replace(visit, wrong_codes=proved.wrong_codes)
            return alert if is_same else write_visit(work, alert, proved)
        if self.report is VisitReport.SEEN:
            return self._finish(work, alert, proved)
        return write_visit(work, alert, move_visit(proved, _STATES[self.report], alert.priority, work.now))

    def record(self, result: Alert) -> Record:
        """The alert, the version that it has now, what was reported, and what was found."""
        return record_alert(result, report=self.report.value, outcome="" if self.outcome is None else self.outcome.value)

    def _check_door(self, work: Work, alert: Alert, visit: Visit) -> tuple[Alert, Visit]:
        """Look at the code that was typed; returns the alert and the visit after that."""
        typed, household = "".join(self.code.split()).replace("-", "").upper(), alert.subject.household
        if not typed or household is None or not visit.may_try_code:
            return alert, visit
        if hmac.compare_digest(typed.encode(), work.tx.door_codes.find(household).encode()):
            return alert, replace(visit, proof=DoorProof.CODE)
        visit = replace(visit, wrong_codes=visit.wrong_codes + 1)
        work.tx.visits.put(visit, work.now)
        why = Reason(WRONG_CODE, {"visit": visit.id, "tries": visit.wrong_codes, "most": MOST_WRONG_CODES})
        alert, step = add_note(alert, work.now, str(work.actor), "", why)
        work.write_step(alert, step)
        return alert, visit

    def _judge_arrival(self, work: Work, alert: Alert) -> Arrival:
        if self.said.is_empty or alert.subject.household is None:
            return NOWHERE
        return judge_arrival(work.tx.fleet.find_position(alert.subject.household), self.said)

    def _finish(self, work: Work, alert: Alert, before: Visit) -> Alert:
        if self.outcome is None or self.outcome is Outcome.WITHDRAWN:
            raise Incomplete("say what was found")
        if self.outcome in NEEDS_NOTE and not self.note.strip():
            raise Incomplete("say in some words what was found")
        visit = move_visit(before, VisitState.SEEN, alert.priority, work.now)
        alert = write_visit(work, alert, visit, outcome=self.outcome.value)
        if alert.priority is Priority.CRITICAL:
            alert = self._add_words(work, alert)
            if alert.owner == visit.visitor:
                alert, step = run_out(alert, work.now, SEEN_BY_VISITOR, visit.visitor)
                work.write_step(alert, step)
            return alert
        if before.state is not VisitState.AT_DOOR:
            before = move_visit(before, VisitState.AT_DOOR, alert.priority, work.now)
        return close_alert(work, alert, self.outcome, self.note, seen=[before])

    def _add_words(self, work: Work, alert: Alert) -> Alert:
        if not self.note.strip():
            return alert
        alert, step = add_note(alert, work.now, str(work.actor), self.note)
        work.write_step(alert, step)
        return alert

    def _was_said(self, work: Work, alert: Alert) -> bool:
        """Whether they have just said so: pressed twice, as where the answer to it was lost, and nothing came since."""
        if self.report is not VisitReport.SEEN or self.outcome is None:
            return False
        mine = [one for one in work.tx.visits.list_of([alert.id]) if one.visitor == str(work.actor)]
        seen_at = mine[-1].ended_at if mine and mine[-1].state is VisitState.SEEN else None
        if seen_at is None or work.now - seen_at > _TWICE_MS or not work.tx.alerts.has_last_word(alert.id, str(work.actor)):
            return False
        last = work.tx.alerts.find_last_reason(alert.id, str(work.actor), TransitionKind.VISITED)
        return last is not None and last.params.get("outcome") == self.outcome.value

    def _decline(self, work: Work, alert: Alert, visit: Visit | None) -> Alert:
        visitor = str(work.actor)
        if visit is None:
            mine = [one for one in work.tx.visits.list_of([alert.id]) if one.visitor == visitor]
            is_said = bool(mine) and mine[-1].state is VisitState.DECLINED
            if is_said and not work.tx.alerts.has_begun_since(alert.id, visitor, TransitionKind.VISITED):
                return alert  # pressed twice
            visit = assign_visit(alert.id, visitor, visitor, alert.priority, work.now)
        alert = write_visit(work, alert, move_visit(visit, VisitState.DECLINED, alert.priority, work.now), CANNOT)
        counted = alert.owner and alert.owner in {visitor, visit.assigned_by}
        if counted and not any(one.is_live for one in work.tx.visits.list_of([alert.id])):
            alert, step = run_out(alert, work.now, CANNOT, visitor)
            work.write_step(alert, step)
        return alert
