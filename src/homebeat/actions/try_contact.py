"""Send a contact of a home a test message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.actions.perform import Record
from homebeat.actions.trial_messages import Trial, write_trial
from homebeat.actions.work import Work
from homebeat.domain.contact_id import find_responder
from homebeat.domain.errors import NotFound
from homebeat.domain.ids import ContactId
from homebeat.domain.role import Operation


@dataclass(frozen=True, slots=True)
class TryContact:
    """Send a contact a test message over all their channels, or over one.

    1. The contact belongs to a home where the principal keeps contacts.
    2. Refuse a call or a text message that they do not expect, and more than a few tests in a short time.
    3. Write a message for each channel into the outbox. It says that it is a test; what has not left in five minutes is not sent.

    Attributes:
        place: Of the channel in their list, from 0; None for all.
        is_expected: They know that it comes.
    """

    name: ClassVar = "try_contact"
    operation: ClassVar = Operation.KEEP_HOMES

    contact: ContactId
    place: int | None = None
    is_expected: bool = False

    def run(self, work: Work) -> Trial:
        """Returns what waits in the outbox now."""
        if find_responder(self.contact) is not None or work.tx.fleet.find_home_of(self.contact) is None:
            raise NotFound(f"there is no contact {self.contact!r}")
        return write_trial(work, self.contact, self.place, is_expected=self.is_expected)

    def record(self, result: Trial) -> Record:
        """The contact, and over which kinds of channel."""
        return Record(f"contact:{self.contact}", {"channels": ", ".join(result.kinds)})
