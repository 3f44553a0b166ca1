"""What the actions on visits share."""

from __future__ import annotations

from typing import Final

from homebeat.actions.work import Work
from homebeat.domain.actor import Actor, ActorKind
from homebeat.domain.alert import Alert, Reason, add_note, follow_visit
from homebeat.domain.arrival import Nearness
from homebeat.domain.ids import ContactId
from homebeat.domain.visit import Visit, VisitState

#: Before the name of a state, it is the code of the reason in the alert's history.
_PREFIX: Final = "visit_"
#: The code of the reason with which the history says that a report came late.
SENT_LATER: Final = "sent_later"
#: So long after it was pressed a report has come late: the telephone had no connection.
_LATE_S: Final = 60
#: The code where whoever was asked to go says that they cannot.
CANNOT: Final = "visit_cannot"


def name_visitor(contact: ContactId) -> str:
    """Name a responder as histories name actors; `contact` is `/ID`."""
    return str(Actor(ActorKind.CONTACT, contact))


def find_visitor(name: str) -> ContactId:
    """Find the responder whom histories name so; the opposite of `name_visitor`."""
    return ContactId(name.removeprefix(f"{ActorKind.CONTACT}:"))


def write_visit(work: Work, alert: Alert, visit: Visit, code: str = "", outcome: str = "") -> Alert:
    """Write a visit as it is now, with the step of its alert; returns the alert after it.

    Args:
        work: The action.
        alert: Locked, and not closed.
        visit: As it is now.
        code: Of the reason; by default that of the visit's state.
        outcome: What was found; empty for nothing yet.
    """
    work.tx.visits.put(visit, work.now)
    params: dict[str, int | str] = {"visit": visit.id}  # two visits may come to the same state at the same time
    if visit.due_at is not None:
        params["due_at"] = visit.due_at
    if visit.state in {VisitState.AT_DOOR, VisitState.SEEN}:
        params["proof"] = visit.proof.value or "none"
        if visit.nearness is not Nearness.UNSAID:
            params["nearness"] = visit.nearness.value
            params |= {"distance_m": visit.distance_m} if visit.distance_m is not None else {}
            params |= {"accuracy_m": visit.accuracy_m} if visit.accuracy_m is not None else {}
    if outcome:
        params["outcome"] = outcome
    after, step = follow_visit(alert, work.now, str(work.actor), Reason(code or _PREFIX + visit.state.value, params))
    work.write_step(after, step)
    return after


def note_delay(work: Work, before: int, alert: Alert, ago_s: int) -> Alert:
    """Note in the history that a report was pressed some time before it came; returns the alert after it.

    The times of the visit are those at which reports came: nothing proves when a telephone was pressed.

    Args:
        work: The action.
        before: The version that the alert had before the report; a report that changed nothing is not noted.
        alert: After the report.
        ago_s: How long ago it was pressed, by the telephone, s. More than the alert is old says nothing.
    """
    at = work.now - ago_s * 1_000
    if ago_s < _LATE_S or at < alert.opened_at or alert.version == before:
        return alert
    after, step = add_note(alert, work.now, str(work.actor), "", Reason(SENT_LATER, {"at": at}))
    work.write_step(after, step)
    return after
