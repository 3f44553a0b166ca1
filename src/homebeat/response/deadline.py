"""The law of deadlines: an alert that waits for people has exactly one, whatever has just happened to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from homebeat.domain.alert import Alert, Answer, Priority, Queue, Transition, TransitionKind
from homebeat.domain.durations import MS
from homebeat.domain.family_reply import FamilyReply, find_reply
from homebeat.domain.response_plan import Deadline, DeadlineKind, Party, PlanBook, Position, ResponsePlan

#: A condition that is over still needs an answer, but nobody has to be woken for it: the plan waits at least so long.
CLEARED_WAIT: Final = timedelta(hours=1)
#: How long an alert whose closing was undone waits at least for who undid it, before its plan goes on.
RETURNED_WAIT: Final = timedelta(minutes=5)
#: Who is calling her gets so long to say how she is, and no more than that since the alert was opened.
CALLING_WAIT: Final = timedelta(minutes=5)
MOST_CALLING: Final = timedelta(minutes=30)
#: A family's word that she is fine puts the street off by so long, and no more than that since the alert was opened. Then the
#: desk has closed the alert, or somebody else looks: whoever said so may have been wrong.
FINE_WAITS: Final[Mapping[Priority, timedelta]] = {
    Priority.CRITICAL: timedelta(minutes=10),
    Priority.HIGH: timedelta(hours=1),
    Priority.MEDIUM: timedelta(hours=4),
    Priority.LOW: timedelta(hours=24),
}
MOST_FINE: Final = timedelta(hours=24)
#: Where everybody was notified already, whoever asks that somebody goes has them reminded so soon.
GO_AGAIN: Final = timedelta(minutes=10)
#: Beside an answer of the family: somebody else of it has asked that somebody goes. It puts nothing off then.
CONTESTED: Final = "contested"
#: Beside an answer: somebody else has answered for the family. It moves no plan then; asking that somebody goes always does.
OUTRANKED: Final = "outranked"
#: Beside an answer: whoever gave it answers for the family.
REPRESENTATIVE: Final = "representative"
#: Beside an answer: the resident gave it. The family has not been asked yet, and keeps its turn.
OWN_WORD: Final = "own_word"
#: The reason of an alert that goes back to the desk because somebody was seen, and only the desk closes it.
SEEN_BY_VISITOR: Final = "visit_seen_by"
#: With these an owner has the whole time again.
_THEIRS: Final = frozenset({TransitionKind.RAISED, TransitionKind.VISITED, TransitionKind.ACKNOWLEDGED, TransitionKind.RETURNED})
#: So long after somebody is due at the door, the owner has to say what was found.
AFTER_VISIT: Final = timedelta(minutes=5)
#: Nobody comes: the next in the plan is notified at once.
VISIT_FAILED: Final = frozenset({"visit_cannot", "visit_missed"})
#: Where somebody of the family asks that somebody goes, these cannot be meant.
_AT_HOME: Final = frozenset({Party.FAMILY, Party.RESIDENT})
_OVER: Final = frozenset({TransitionKind.CLEARED, TransitionKind.CONTRADICTED})


def needs_deadline(alert: Alert) -> bool:
    """Whether somebody has to answer for it: what is not resolved, and is no question to the resident."""
    return alert.answer is not Answer.RESOLVED and alert.queue is not Queue.NONE


def follow_step(
    standing: Deadline | None, alert: Alert, step: Transition, plan: ResponsePlan, book: PlanBook, now: int
) -> Deadline | None:
    """Find the deadline of an alert after a step that did not itself go on with the plan.

    Args:
        standing: Before the step; None where there was none.
        alert: After the step.
        step: What happened.
        plan: Of the alert, where it has none yet.
        book: Knows how long an owner has.
        now: Epoch ms, by the database's clock.

    Returns:
        The deadline from now on; None where nobody has to answer any more.
    """
    if not needs_deadline(alert):
        return None
    if alert.answer is Answer.ACKNOWLEDGED:
        return _follow_owner(standing, alert, step, plan, book, now)
    if standing is None:
        return Deadline(DeadlineKind.STEP, now, plan.name)
    if standing.kind is DeadlineKind.OWNER:
        return _follow_return(standing, step, book, now)
    return _follow_waiting(standing, alert, step, book, now)


def _follow_return(standing: Deadline, step: Transition, book: PlanBook, now: int) -> Deadline:
    """It waits for somebody again: its plan goes on where it stood, at once; unless only the desk is missing."""
    if step.reason.code == SEEN_BY_VISITOR:
        last = Position(book.find(standing.plan).find_last_group(), repeat=standing.position.repeat + 1)
        return Deadline(DeadlineKind.STEP, now + RETURNED_WAIT // MS, standing.plan, last)
    return Deadline(DeadlineKind.STEP, now, standing.plan, standing.position)


def _follow_waiting(standing: Deadline, alert: Alert, step: Transition, book: PlanBook, now: int) -> Deadline:
    """Nobody has it, before and after the step."""
    if step.kind is TransitionKind.REPLIED:
        return _follow_reply(standing, alert, step, book.find(standing.plan), now)
    if step.kind is TransitionKind.VISITED and step.reason.code in VISIT_FAILED:
        return Deadline(standing.kind, now, standing.plan, standing.position)
    if step.kind is TransitionKind.RETURNED:
        return Deadline(standing.kind, max(standing.due_at, now + RETURNED_WAIT // MS), standing.plan, standing.position)
    if step.kind in _OVER:
        return Deadline(standing.kind, max(standing.due_at, now + CLEARED_WAIT // MS), standing.plan, standing.position)
    return standing


def _follow_reply(standing: Deadline, alert: Alert, step: Transition, plan: ResponsePlan, now: int) -> Deadline:
    """A family that looks after her gives the others time, within bounds; one that asks them to go makes them go now."""
    place = standing.position
    following = place if OWN_WORD in step.reason.params else _skip_family(plan, place)
    if step.reason.params.keys() & {CONTESTED, OUTRANKED}:
        return standing
    match find_reply(step.reason.code):
        case FamilyReply.GO:
            # where everybody was notified already, asking again and again does not use the reminders up
            due_at = now if place.repeat == 0 else min(standing.due_at, now + GO_AGAIN // MS)
            return Deadline(standing.kind, due_at, standing.plan, following)
        case FamilyReply.CALLING:
            until = min(now + CALLING_WAIT // MS, alert.opened_at + MOST_CALLING // MS)
            return Deadline(standing.kind, max(standing.due_at, until), standing.plan, place)
        case FamilyReply.FINE | FamilyReply.WITH_ME:
            until = min(now + FINE_WAITS[alert.priority] // MS, alert.opened_at + MOST_FINE // MS)
            return Deadline(standing.kind, max(standing.due_at, until), standing.plan, following)
    return standing


def _skip_family(plan: ResponsePlan, place: Position) -> Position:
    """The family has answered: the next step is the first one for somebody else."""
    others = (no for no, step in enumerate(plan.steps) if no >= place.step and step.who not in _AT_HOME)
    following = next(others, None)
    if following is None:
        return Position(plan.find_last_group(), repeat=place.repeat + 1) if place.step >= len(plan.steps) else place
    return place if following == place.step else Position(following, repeat=place.repeat)


def _follow_owner(
    standing: Deadline | None, alert: Alert, step: Transition, plan: ResponsePlan, book: PlanBook, now: int
) -> Deadline:
    """The owner has until then. What they do or write gives them the whole time again."""
    is_new = standing is None or (step.kind is TransitionKind.RAISED and plan.name != standing.plan)
    name, position = (plan.name, Position()) if standing is None or is_new else (standing.plan, standing.position)
    # whoever was to go and does not gives nobody time
    is_theirs = (step.actor == alert.owner or step.kind in _THEIRS) and step.reason.code not in VISIT_FAILED
    if standing is not None and standing.kind is DeadlineKind.OWNER and not is_theirs:
        return standing
    due_at = book.compute_owner_due(alert.priority, now)
    # whoever sent somebody is not asked what was found before they can be there
    expected = step.reason.params.get("due_at") if step.kind is TransitionKind.VISITED else None
    if isinstance(expected, int):
        due_at = max(due_at, expected + AFTER_VISIT // MS)
    return Deadline(DeadlineKind.OWNER, due_at, name, position)
