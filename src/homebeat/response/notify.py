"""Who is told what about an alert."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from homebeat.domain.alert import Alert, Priority, Queue, Transition, TransitionKind
from homebeat.domain.fleet import Contact
from homebeat.domain.ids import ContactId
from homebeat.domain.instants import iso
from homebeat.domain.notice import COMMAND, Notice
from homebeat.rules.catalogue import RULES

#: A contact's channel that was told of an alert: contact, kind of channel, its place in the contact's list.
Recipient = tuple[ContactId, str, int]

_EVENTS: Final = {
    TransitionKind.OPENED: "alert.opened",
    TransitionKind.REOPENED: "alert.reopened",
    TransitionKind.RAISED: "alert.raised",
    TransitionKind.RESOLVED: "alert.resolved",
    TransitionKind.RETURNED: "alert.reopened",
}


def notify_contacts(
    before: Alert | None, alert: Alert, step: Transition, contacts: Iterable[Contact], link_base: str
) -> list[Notice]:
    """One notice per channel of every contact, or none where this step is not theirs to know.

    Args:
        before: The alert before the step, if there was one.
        alert: The alert after it.
        step: What happened.
        contacts: Of the household.
        link_base: What links begin with.
    """
    if not is_for_family(alert):
        return []
    everyone = [(contact.id, channel.kind, index) for contact in contacts for index, channel in enumerate(contact.channels)]
    told = notify_recipients(everyone, alert, step, link_base)
    # to a family that was not told while it was less urgent, nothing is raised
    return told if before is None or is_for_family(before) else [replace(notice, event="alert.opened") for notice in told]


def is_for_family(alert: Alert) -> bool:
    """Whether it is for families to know: it may concern the person and cannot wait; leaks and batteries are other desks'."""
    rule = RULES.get(alert.rule)
    least = Priority.HIGH if rule is None else rule.family_from
    return alert.queue is Queue.CARE and alert.priority.rank <= least.rank


def notify_recipients(told: Iterable[Recipient], alert: Alert, step: Transition, link_base: str) -> list[Notice]:
    """One notice for each of these channels, or none where a step of this kind is told to nobody.

    Whoever was told that somebody may need help is told that it is answered, and told again when that was a slip.
    """
    event = _EVENTS.get(step.kind)
    if event is None:
        return []
    payload = payload_of(alert, link_base)
    people = [(who, kind, index) for who, kind, index in told if kind != COMMAND]
    return [Notice(alert.id, who, kind, index, event, step.at, payload, step.key) for who, kind, index in people]


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
