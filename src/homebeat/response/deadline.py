"""The law of deadlines: an alert that waits for people has exactly one, whatever has just happened to it."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from homebeat.domain.alert import Alert, Answer, Queue, Transition, TransitionKind
from homebeat.domain.durations import MS
from homebeat.domain.response_plan import Deadline, DeadlineKind, PlanBook, Position, ResponsePlan

#: A condition that is over still needs an answer, but nobody has to be woken for it: the plan waits at least so long.
CLEARED_WAIT: Final = timedelta(hours=1)
#: How long an alert whose closing was undone waits for who undid it, before its plan goes on.
RETURNED_WAIT: Final = timedelta(minutes=5)
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
        if step.kind is TransitionKind.RETURNED:
            return Deadline(DeadlineKind.STEP, now + RETURNED_WAIT // MS, plan.name, Position(plan.find_last_group(), 0, 1))
        return Deadline(DeadlineKind.STEP, now, plan.name)
    if standing.kind is DeadlineKind.OWNER:
        return Deadline(DeadlineKind.STEP, now, standing.plan, standing.position)
    if step.kind in _OVER:
        return Deadline(standing.kind, max(standing.due_at, now + CLEARED_WAIT // MS), standing.plan, standing.position)
    return standing


def _follow_owner(
    standing: Deadline | None, alert: Alert, step: Transition, plan: ResponsePlan, book: PlanBook, now: int
) -> Deadline:
    """The owner has until then. What they do or write gives them the whole time again."""
    name, position = (plan.name, Position()) if standing is None else (standing.plan, standing.position)
    is_theirs = step.actor == alert.owner or step.kind is TransitionKind.RAISED
    if standing is not None and standing.kind is DeadlineKind.OWNER and not is_theirs:
        return standing
    return Deadline(DeadlineKind.OWNER, book.compute_owner_due(alert.priority, now), name, position)
