"""Asks the resident: a command to a device of theirs, committed with its alert."""

from __future__ import annotations

from typing import Final

from homebeat.domain.alert import Alert, Condition, Desk, Edge, Outcome, Transition, TransitionKind, resolve
from homebeat.domain.ids import ContactId
from homebeat.domain.notice import Notice
from homebeat.engine.judge import LEFT, SWITCHED_OFF, WITHDRAWN
from homebeat.response.notify import make_question

#: Who closed an alert that the resident answered.
RESIDENT: Final = "resident"
#: Reasons for which a condition ends that nobody has ended.
_WITHDRAWING: Final = frozenset({LEFT, SWITCHED_OFF, WITHDRAWN})
_ASKING: Final = frozenset({TransitionKind.OPENED, TransitionKind.REOPENED, TransitionKind.RAISED})


def ask_resident(edge: Edge, alert: Alert, step: Transition) -> list[Notice]:
    """Make the command to the device if the reason says how long to wait for an answer (`ask_s`), else nothing.

    A band that gets it after `expires_at` keeps quiet; one that gets it twice knows it by its `id`.
    """
    wait_s = edge.reason.params.get("ask_s")
    device = edge.reason.params.get("asked_on") or edge.subject.device
    if step.kind not in _ASKING or not isinstance(wait_s, int) or not device:
        return []
    return [make_question(alert.id, ContactId(str(device)), step, edge.at + wait_s * 1000, ask_id=alert.id)]


def close_if_answered(alert: Alert, edge: Edge) -> list[tuple[Alert, Transition]]:
    """Close an alert of the resident's once its condition has cleared, since it waits in nobody's queue.

    After an answer or a sign of life the resident has closed it. Where the home left the registry, or the rule was switched off,
    the question is withdrawn, and nobody has answered it.
    """
    if alert.desk is not Desk.RESIDENT or alert.condition is not Condition.CLEARED:
        return []
    if edge.reason.code in _WITHDRAWING:
        return [resolve(alert, edge.at, "engine", Outcome.WITHDRAWN)]
    return [resolve(alert, edge.at, RESIDENT, Outcome.FINE)]


def is_in_time(alert: Alert) -> bool:
    """Whether the resident answered within the time that the question allowed."""
    if alert.outcome is not Outcome.FINE:
        return False
    wait_s = alert.reason.params.get("ask_s", 0)
    return alert.resolved_at is not None and alert.resolved_at - alert.opened_at <= float(wait_s) * 1000
