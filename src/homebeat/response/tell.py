"""Who is told what about an alert."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from homebeat.domain.alert import Alert, Desk, Priority, Transition, TransitionKind
from homebeat.domain.fleet import Contact
from homebeat.domain.notice import Notice

#: Families are told what may concern the person and cannot wait; leaks and batteries are other desks' business.
_TELLING: Final = frozenset({Priority.CRITICAL, Priority.HIGH})
_EVENTS: Final = {
    TransitionKind.OPENED: "alert.opened",
    TransitionKind.REOPENED: "alert.reopened",
    TransitionKind.RESOLVED: "alert.resolved",
}


def notices(alert: Alert, step: Transition, contacts: Iterable[Contact], link_base: str) -> list[Notice]:
    """One notice per channel of every contact, or none where this step is not theirs to know.

    The payload is thin: no name, no address, no reading, not even which rule. The link shows the rest to who may see it.
    """
    event = _EVENTS.get(step.kind)
    if event is None or alert.desk is not Desk.CARE or alert.priority not in _TELLING:
        return []
    payload: dict[str, str | int] = {
        "alert_id": alert.id,
        "priority": alert.priority.value,
        "answer": alert.answer.value,
        "condition": alert.condition.value,
        "opened_at": alert.opened_at,
        "link": f"{link_base}/?alert={alert.id}",
    }
    return [
        Notice(alert.id, contact.id, channel.kind, index, event, step.at, payload, step.key)
        for contact in contacts
        for index, channel in enumerate(contact.channels)
    ]
