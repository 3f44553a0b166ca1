"""A message given up on is itself an alert: somebody who was to be told has not been, and a person must tell them."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from homebeat.domain.alert import (
    Alert,
    Answer,
    Desk,
    Edge,
    Priority,
    Reason,
    Subject,
    Transition,
    TransitionKind,
    noted,
    opened,
    stepped,
)
from homebeat.store import Leased

RULE: Final = "delivery_failed"


def subject_of(cause: Alert) -> Subject:
    """One alert per home at a time, however many of its contacts cannot be told; what is about no home stays what it is."""
    return cause.subject if cause.subject.household is None else Subject(cause.subject.household)


def dead_letter(notice: Leased, subject: Subject, at: int, attempts: int, standing: Alert | None) -> tuple[Alert, Transition]:
    """The step to write for a notice given up on at `at` (epoch ms).

    It goes to the care desk, high: the device desk could mend a channel, but a family that does not know is a matter between
    people. While an earlier one stands, this is one more line of its history; where somebody has that one in hand already, it
    comes back to the queue, because this may be another contact and another emergency.
    """
    reason = Reason(RULE, {"attempts": attempts, "contact": notice.contact})
    edge = Edge(
        at=at,
        rule=RULE,
        subject=subject,
        kind=TransitionKind.OPENED,
        priority=Priority.HIGH,
        desk=Desk.CARE,
        since=notice.created_at,
        reason=reason,
        onset=at,
    )
    if standing is None:
        return opened(edge)
    if standing.answer is Answer.ACKNOWLEDGED:
        return stepped(standing, replace(edge, kind=TransitionKind.REOPENED))
    after, step = noted(standing, at, "engine", "")
    return after, replace(step, reason=reason)
