"""What closing an alert means, whoever does it; and what it ends, so that undoing it brings that back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from homebeat.actions.teach import enter_stay, teach, teaches
from homebeat.actions.visiting import find_visitor, write_visit
from homebeat.actions.work import Work
from homebeat.domain.alert import Alert, Outcome, resolve, undo_resolve
from homebeat.domain.errors import NotAllowed
from homebeat.domain.follow_up import needs_follow_up, plan_follow_up
from homebeat.domain.visit import CLOSED, Visit, VisitState, resume_visit
from homebeat.store import EndedByClosing

#: Closed with one of these, nobody is at home for a while: what the family has said of that goes on.
STAYS: Final = frozenset({Outcome.AWAY, Outcome.HOSPITAL})
#: Why a visit goes on that the closing had ended.
_RESUMED: Final = "visit_resumed"


def close_alert(
    work: Work, before: Alert, outcome: Outcome, note: str, until: int | None = None, seen: Sequence[Visit] = ()
) -> Alert:
    """Close an alert, and keep what that ends; returns the alert after it.

    Args:
        work: The action.
        before: Locked, and not closed.
        outcome: What was found.
        note: A remark on it; may be empty.
        until: Until when nobody is at home, epoch ms; None for not known.
        seen: The visit that has just ended with what was found, as it was before.
    """
    after, step = resolve(before, work.now, str(work.actor), outcome, note)
    deadline = work.tx.deadlines.find([before.id]).get(before.id)
    ordered = work.tx.visits.list_of([before.id])
    visits = (*seen, *(one for one in ordered if one.is_live))
    work.tx.visits.end_all(after.id, VisitState.CANCELLED, work.now)
    absence = None if outcome in STAYS else work.tx.spans.end_family_absence(after.id, work.now)
    work.tx.closings.keep(after.id, EndedByClosing(work.now, deadline, visits, absence))
    work.write_step_and_notify(after, step)
    _enter_follow_up(work, after, ordered)
    if until is not None:
        enter_stay(work.tx, after, until, work.now)
    if teaches(after):
        teach(work.tx, after, outcome, step.at)
    return after


def _enter_follow_up(work: Work, after: Alert, ordered: Sequence[Visit]) -> None:
    home = after.subject.household
    place = None if home is None else work.tx.fleet.find_places([home]).get(home)
    terms = work.setup.book.choose_follow_up(() if place is None else place.path)
    if place is not None and needs_follow_up(after, ordered, terms):
        work.tx.follow_ups.put(plan_follow_up(after.id, work.now, place.timezone, terms))


def undo_closing(work: Work, before: Alert, note: str = "") -> Alert:
    """Undo a closing, with all that it ended or entered; returns the alert after it.

    Args:
        work: The action; only who closed the alert may do it.
        before: Locked, and closed.
        note: A remark on it; may be empty.

    Raises:
        NotAllowed: Somebody else closed it, or it was closed too long ago, or another alert was opened for the same cause since.
    """
    after, step = undo_resolve(before, work.now, str(work.actor), note)
    if work.tx.alerts.find_standing([(before.rule, before.subject.key)]):
        raise NotAllowed("another alert has been opened for the same cause since")
    closing = work.tx.closings.take(before.id) or EndedByClosing(work.now)
    _bring_back(work, closing, before)
    work.write_step_and_notify(after, step, {find_visitor(one.visitor) for one in closing.visits})
    work.tx.spans.forget(after.id, step.at)
    return _resume_visits(work, closing, after)


def _bring_back(work: Work, closing: EndedByClosing, alert: Alert) -> None:
    """Bring back its deadline and what the family said of an absence; the follow-up of the closing is gone."""
    work.tx.deadlines.follow({alert.id: closing.deadline}, work.now)
    work.tx.follow_ups.drop(alert.id)
    household = alert.subject.household
    if closing.absence is not None and household is not None:
        work.tx.spans.enter_family_absence(alert.id, household, closing.absence, work.now)


def _resume_visits(work: Work, closing: EndedByClosing, alert: Alert) -> Alert:
    """Go on with the visits that a closing ended, each with a step in the history; returns the alert after them.

    A visit that something else has changed since stays as it is.
    """
    were = {one.id: one for one in closing.visits}
    for visit in work.tx.visits.list_of([alert.id]):
        before = were.get(visit.id)
        if before is not None and visit.state in CLOSED and visit.ended_at == closing.at:
            alert = write_visit(work, alert, resume_visit(visit, before, work.now), _RESUMED)
    return alert
