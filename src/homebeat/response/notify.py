"""Whom to notify of an alert, and with what payload."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Final

from homebeat.domain.alert import Alert, Priority, Queue, Transition, TransitionKind
from homebeat.domain.cause import HOLDS
from homebeat.domain.ids import AlertId, ContactId
from homebeat.domain.instants import format_instant
from homebeat.domain.notice import ASK_EVENT, COMMAND, VISIT_PATH, Notice, Recipient
from homebeat.domain.response_plan import Party
from homebeat.domain.service_alerts import SERVICE_ALERTS
from homebeat.response.channel_order import goes_over_all, order_channels
from homebeat.response.setup import ResponseSetup
from homebeat.response.step_taken import StepTaken
from homebeat.rules.catalogue import RULES

#: They go to the door, and have no account.
_AT_THE_DOOR: Final = frozenset({Party.WORKER, Party.PROVIDER})
OPENING: Final = "alert.opened"
#: Who was told before is told again: still nobody has answered.
REMINDER: Final = "alert.reminder"
_EVENTS: Final = {
    TransitionKind.OPENED: OPENING,
    TransitionKind.REOPENED: "alert.reopened",
    TransitionKind.RAISED: "alert.raised",
    TransitionKind.RESOLVED: "alert.resolved",
    TransitionKind.RETURNED: "alert.reopened",
}


def notify_taken(taken: Iterable[StepTaken], alert: Alert, step: Transition, event: str, setup: ResponseSetup) -> list[Notice]:
    """Make one notice for each channel that a plan tells now. A person's second one is due later, unless somebody calls for help.

    Args:
        taken: The steps that were taken.
        alert: The alert after `step`.
        step: What happened.
        event: What it is to those who hear of the alert for the first time; the others are reminded.
        setup: What links begin with, and how long a channel has.
    """
    taken = list(taken)
    asked = [
        make_question(alert.id, who, step, one.answer_by, ask_id=step.key)
        for one in taken
        for who, kind, _ in one.ways
        if kind == COMMAND
    ]
    as_party = {way: one for one in reversed(taken) for way in one.ways}
    ways = (way for one in taken for way in one.ways if way[1] != COMMAND)
    turns = order_channels(ways, setup.book.next_channel_after, at_once=goes_over_all(alert))
    return asked + [
        Notice(
            alert.id,
            *turn.way,
            _choose_event(as_party[turn.way], event),
            step.at,
            _choose_payload(as_party[turn.way], alert, setup.link_base),
            step.key,
            turn.place,
            turn.after_ms,
        )
        for turn in turns
    ]


def _choose_event(taken: StepTaken, event: str) -> str:
    if taken.who is Party.RESIDENT:
        return ASK_EVENT
    return REMINDER if taken.is_again else event


def _choose_payload(taken: StepTaken, alert: Alert, link_base: str) -> dict[str, str | int]:
    payload = make_payload(alert, link_base)
    if taken.who is Party.RESIDENT:  # a question that arrives too late troubles them for nothing
        return {**payload, "expires_at": format_instant(taken.answer_by)}
    is_for_page = taken.who in _AT_THE_DOOR and (alert.subject.household is not None or alert.rule in HOLDS)
    return {**payload, "link": link_base + VISIT_PATH} if is_for_page else payload


def make_question(alert: AlertId, device: ContactId, step: Transition, expires_at: int, *, ask_id: str) -> Notice:
    """Make the command with which a device asks the resident. After `expires_at` (epoch ms) it keeps quiet.

    A band that gets it twice knows it by `ask_id`.
    """
    payload: dict[str, str | int] = {
        "id": ask_id,
        "command": "ask",
        "at": format_instant(step.at),
        "expires_at": format_instant(expires_at),
    }
    return Notice(alert, device, COMMAND, 0, "command.ask", step.at, payload, step.key)


def choose_event(before: Alert | None, alert: Alert, step: Transition) -> str:
    """Choose what a step of the engine is to those who are told of it.

    A family that was not notified while it was less urgent gets an opening, not a change of priority.
    """
    was_concerned = before is not None and is_for_family(before) == is_for_family(alert)
    return _EVENTS.get(step.kind, OPENING) if was_concerned else OPENING


def is_for_family(alert: Alert) -> bool:
    """Whether families are notified: it may concern the person and cannot wait. Leaks and batteries are for other desks."""
    if alert.rule in SERVICE_ALERTS:
        return False  # what homebeat says of itself is for its staff: the alert behind a message has told the family already
    rule = RULES.get(alert.rule)
    least = Priority.HIGH if rule is None else rule.family_from
    return alert.queue is Queue.CARE and alert.priority.rank <= least.rank


def notify_recipients(
    recipients: Iterable[Recipient], alert: Alert, step: Transition, link_base: str, visitors: Container[ContactId] = ()
) -> list[Notice]:
    """Make one notice for each of these channels, or none if nobody is notified of such a step.

    Who was notified that somebody may need help is also notified of the answer, and again if the answer was undone. The link of
    `visitors` leads to the page of their visit.
    """
    event = _EVENTS.get(step.kind)
    if event is None:
        return []
    payload = make_payload(alert, link_base)
    of_visit = {**payload, "link": link_base + VISIT_PATH}
    people = [(who, kind, index) for who, kind, index in recipients if kind != COMMAND]
    return [
        Notice(alert.id, who, kind, index, event, step.at, of_visit if who in visitors else payload, step.key)
        for who, kind, index in people
    ]


def make_payload(alert: Alert, link_base: str) -> dict[str, str | int]:
    """Make the payload that leaves the installation: no name, address, reading or rule (a rule alone may reveal an illness).

    The link shows the rest to readers who may see it.
    """
    return {
        "alert_id": alert.id,
        "priority": alert.priority.value,
        "answer": alert.answer.value,
        "condition": alert.condition.value,
        "opened_at": format_instant(alert.opened_at),
        "link": f"{link_base}/?alert={alert.id}",
    }
