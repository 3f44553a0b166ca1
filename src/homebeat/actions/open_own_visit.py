"""Open the page of one's own visit from the console, without the message that it came with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.actions.perform import Record
from homebeat.actions.visiting import name_visitor
from homebeat.actions.work import Work
from homebeat.domain.actor import ActorKind
from homebeat.domain.contact_id import make_responder_contact
from homebeat.domain.errors import NotFound
from homebeat.domain.ids import AlertId
from homebeat.domain.role import Operation
from homebeat.identity.message_link import LINK_LASTS_MS
from homebeat.store import MessageLink


@dataclass(frozen=True, slots=True)
class OpenOwnVisit:
    """Open the page of a visit for whoever was sent and has an account: the message with the link may have been lost.

    1. Find whose account it is; refuse where they are nobody who answers alerts, or are not expected at that door.
    2. Write another link for the message that asked them to go. The older ones go on.

    Attributes:
        alert_id: Of the visit.
        link_id: The digest of the new link's secret, which the caller alone knows.
    """

    name: ClassVar = "open_own_visit"
    operation: ClassVar = Operation.ANSWER

    alert_id: AlertId
    link_id: str

    def run(self, work: Work) -> None:
        """Returns nothing.

        Raises:
            NotFound: There is no visit of theirs to this door, or no message was written for it.
        """
        responder = work.tx.duty.find_accounts([work.actor.name]).get(work.actor.name)
        if responder is None or work.actor.kind is not ActorKind.PERSON:
            raise NotFound("nobody who answers alerts has this account")
        contact = make_responder_contact(responder)
        notice = work.tx.message_links.find_notice(self.alert_id, contact)
        if work.tx.visits.find_live(self.alert_id, name_visitor(contact)) is None or notice is None:
            raise NotFound("you are not expected at this door")
        work.tx.message_links.add([MessageLink(self.link_id, notice, contact, work.now, work.now + LINK_LASTS_MS)])

    def record(self, result: None) -> Record:  # noqa: ARG002 -- of the contract
        """The alert."""
        return Record(f"alert:{self.alert_id}", {})
