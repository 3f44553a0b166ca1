"""Who is told what about an alert."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from homebeat.domain.alert import Alert, Desk, Priority, Transition, TransitionKind
from homebeat.domain.fleet import Contact
from homebeat.domain.ids import ContactId
from homebeat.domain.instants import iso
from homebeat.domain.notice import Notice

#: A contact's channel that was told of an alert: contact, kind of channel, its place in the contact's list.
Told = tuple[ContactId, str, int]

#: Families are told what may concern the person and cannot wait; leaks and batteries are other desks' business.
_TELLING: Final = frozenset({Priority.CRITICAL, Priority.HIGH})
_EVENTS: Final = {
    TransitionKind.OPENED: "alert.opened",
    TransitionKind.REOPENED: "alert.reopened",
    TransitionKind.RESOLVED: "alert.resolved",
    TransitionKind.RETURNED: "alert.reopened",
}


def notices(alert: Alert, step: Transition, contacts: Iterable[Contact], link_base: str) -> list[Notice]:
    """One notice per channel of every contact, or none where this step is not theirs to know."""
    if alert.desk is not Desk.CARE or alert.priority not in _TELLING:
        return []
    everyone = [(contact.id, channel.kind, index) for contact in contacts for index, channel in enumerate(contact.channels)]
    return notices_to(everyone, alert, step, link_base)


def notices_to(told: Iterable[Told], alert: Alert, step: Transition, link_base: str) -> list[Notice]:
    """One notice for each of these channels, or none where a step of this kind is told to nobody.

    Whoever was told that somebody may need help is told that it is answered, and told again when that was a slip.
    """
    event = _EVENTS.get(step.kind)
    if event is None:
        return []
    payload = payload_of(alert, link_base)
    return [Notice(alert.id, who, kind, index, event, step.at, payload, step.key) for who, kind, index in told]


def payload_of(alert: Alert, link_base: str) -> dict[str, str | int]:
    """What leaves the house: no name, no address, no reading, not even which rule (that alone may tell of an illness).

    The link shows the rest to who may see it.
    """
    return {
        "alert_id": alert.id,
        "priority": alert.priority.value,
        "answer": alert.answer.value,
        "condition": alert.condition.value,
        "opened_at": iso(alert.opened_at),
        "link": f"{link_base}/?alert={alert.id}",
    }
