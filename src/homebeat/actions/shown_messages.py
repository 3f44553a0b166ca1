"""The messages about an alert: to whom, over which channel, and how far each is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from homebeat.domain.channel import is_provable
from homebeat.domain.contact_id import find_responder
from homebeat.domain.message_proof import MessageProof
from homebeat.domain.notice import COMMAND
from homebeat.domain.role import Field
from homebeat.store import MessageEntry, OutboxState

if TYPE_CHECKING:
    from homebeat.actions.view import View
    from homebeat.store import AlertEntry

#: Of an alert so many are shown, the newest.
MOST: Final = 50
#: How far a message is of which nothing will ever show that it arrived.
HANDED_OVER: Final = "handed_over"
#: How far a question is whose device has not answered.
UNECHOED: Final = "unechoed"
_STATES: Final = {
    OutboxState.PENDING: "waits",
    OutboxState.LEASED: "leaves",
    OutboxState.SUPERSEDED: "needless",
    OutboxState.DEAD: "given_up",
}


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """One message.

    Attributes:
        relation: How its recipient is related; empty for a responder, and where that is not known or not shown.
        is_to_responder: It goes to somebody who answers for alerts.
        standing: How far it is, as `wording.names.MESSAGE_STANDINGS` names it.
        at: Since when, epoch ms.
    """

    entry: MessageEntry
    relation: str
    is_to_responder: bool
    standing: str
    at: int


@dataclass(frozen=True, slots=True)
class ShownMessages:
    """The newest messages about an alert; `left_out`: how many more there are."""

    messages: list[ShownMessage]
    left_out: int = 0


def read_messages(view: View, alert: AlertEntry) -> ShownMessages:
    """Read the messages about an alert that this view has found, the newest first; by relation, never by name."""
    entries = view.reader.outbox.list_messages(alert.alert.id, MOST)
    household = alert.alert.subject.household
    relations: dict[str, str] = {}
    if entries and household is not None and view.sees_of_alert(Field.CONTACTS, alert):
        contacts = view.reader.fleet.find_contacts([household]).get(household, [])
        relations = {contact.id: contact.relation for contact in contacts}
    shown = [
        ShownMessage(one, relations.get(one.contact, ""), find_responder(one.contact) is not None, *find_standing(one))
        for one in entries
    ]
    total = view.reader.outbox.count_messages(alert.alert.id) if len(shown) == MOST else 0
    return ShownMessages(shown, max(0, total - MOST))


def find_standing(entry: MessageEntry) -> tuple[str, int]:
    """Find how far a message is, and since when. What a provider says of it goes before what it did when it took it."""
    at = entry.created_at if entry.tried_at is None else entry.tried_at
    if entry.channel_kind == COMMAND and entry.arrival is MessageProof.AWAITED:
        return UNECHOED, at
    if entry.arrival is not None and entry.arrival is not MessageProof.AWAITED:
        return entry.arrival.value, at if entry.arrived_at is None else entry.arrived_at
    if entry.state is OutboxState.DELIVERED:
        if not is_provable(entry.channel_kind):
            return HANDED_OVER, at
        return ("taken" if entry.arrival is None else MessageProof.AWAITED.value), at
    if entry.state is OutboxState.PENDING and entry.attempts:
        return "again", at
    return _STATES[entry.state], at
