"""Asks the resident: a command to the band, committed with the alert that it belongs to."""

from __future__ import annotations

from typing import Final

from homebeat.domain.alert import Alert, Condition, Desk, Edge, Outcome, Transition, TransitionKind, resolve
from homebeat.domain.ids import ContactId
from homebeat.domain.instants import iso
from homebeat.domain.notice import COMMAND, Notice

#: Who closed an alert that the resident answered.
RESIDENT: Final = "resident"
_ASKING: Final = frozenset({TransitionKind.OPENED, TransitionKind.REOPENED, TransitionKind.RAISED})


def ask_resident(edge: Edge, alert: Alert, step: Transition) -> list[Notice]:
    """The command to the band where the reason says that an answer is waited for (`ask_s`), else nothing.

    A band that gets it after `expires_at` keeps quiet; one that gets it twice knows it by its `id`.
    """
    wait_s = edge.reason.params.get("ask_s")
    band = edge.reason.params.get("band") or edge.subject.device
    if step.kind not in _ASKING or not isinstance(wait_s, int) or not band:
        return []
    payload: dict[str, str | int] = {
        "id": alert.id,
        "command": "ask",
        "at": iso(edge.at),
        "expires_at": iso(edge.at + wait_s * 1000),
    }
    return [Notice(alert.id, ContactId(str(band)), COMMAND, 0, "command.ask", edge.at, payload, step.key)]


def close_if_answered(alert: Alert, at: int) -> list[tuple[Alert, Transition]]:
    """The closing of an alert that was the resident's to answer, once it is answered: by word, or by a sign of life."""
    if alert.desk is not Desk.RESIDENT or alert.condition is not Condition.CLEARED:
        return []
    return [resolve(alert, at, RESIDENT, Outcome.FINE)]


def is_in_time(alert: Alert) -> bool:
    """Whether an alert that the resident answered was answered while an answer was waited for."""
    wait_s = alert.reason.params.get("ask_s", 0)
    return alert.resolved_at is not None and alert.resolved_at - alert.opened_at <= float(wait_s) * 1000
