"""What to send to whom: an intent that is committed with its cause and delivered later."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from homebeat.domain.ids import AlertId, ContactId

#: A contact's channel that gets notices of an alert: contact, kind of channel, its index in the contact's list.
Recipient = tuple[ContactId, str, int]

#: The kind of channel that carries commands to a device; the contact is then the device.
COMMAND: Final = "command"
#: The event with which a resident is asked how they are, over a channel of their own.
ASK_EVENT: Final = "resident.ask"
#: In place of a kind of channel: a contact who wants no messages keeps their place among the others.
STOPPED: Final = ""
#: A link that ends with it leads whoever goes to the door to the page of the visit: as the notice is claimed, a secret is added.
VISIT_PATH: Final = "/v/"
#: With the code after it, what the QR code at a door leads to.
DOOR_PATH: Final = "/door/"


@dataclass(frozen=True, slots=True)
class Notice:
    """One message to one channel of one contact. `payload` is thin: ids, level, time and a link; no health data, no address.

    Attributes:
        alert_id: What it is about; None for no alert.
        event: `alert.opened`, `alert.reopened`, `alert.raised` or `alert.resolved`; `command.ask` to a device.
        channel_index: Which of the contact's channels; its address and secret are looked up when sending.
        cause: The key of the transition that caused it.
        place: Which of one person's channels this is, from 0, where each begins after the one before; None where all go at once.
        after_ms: So long after its cause it is due, unless the channel before has brought the message by then.
    """

    alert_id: AlertId | None
    contact: ContactId
    channel_kind: str
    channel_index: int
    event: str
    created_at: int
    payload: Mapping[str, str | int]
    cause: str
    place: int | None = None
    after_ms: int = 0

    @property
    def chain(self) -> str | None:
        """What the channels of one person have in common, of which each begins where the one before brings nothing."""
        return None if self.place is None else hashlib.sha256(f"{self.cause}|{self.contact}".encode()).hexdigest()[:24]

    @property
    def id(self) -> str:
        """The webhook id: the same for every attempt, and if the same cause is written twice."""
        text = f"{self.cause}|{self.contact}|{self.channel_kind}|{self.channel_index}".encode()
        return "msg_" + hashlib.sha256(text).hexdigest()[:24]
