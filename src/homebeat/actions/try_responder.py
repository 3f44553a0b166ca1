"""Send a responder a test message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.actions.perform import Record
from homebeat.actions.shifts import check_may_arrange
from homebeat.actions.trial_messages import Trial, write_trial
from homebeat.actions.work import Work
from homebeat.domain.contact_id import make_responder_contact
from homebeat.domain.ids import ResponderId
from homebeat.domain.role import Operation


@dataclass(frozen=True, slots=True)
class TryResponder:
    """Send a responder a test message over all their channels, or over one.

    1. It is the principal themselves, or they arrange duty in every area of that responder.
    2. Refuse a call or a text message that is not expected, and more than a few tests in a short time.
    3. Write a message for each channel into the outbox. It says that it is a test; what has not left in five minutes is not sent.

    Attributes:
        place: Of the channel in their list, from 0; None for all.
        is_expected: They know that it comes.
    """

    name: ClassVar = "try_responder"
    operation: ClassVar = Operation.OWN_SHIFTS

    responder: ResponderId
    place: int | None = None
    is_expected: bool = False

    def run(self, work: Work) -> Trial:
        """Returns what waits in the outbox now."""
        check_may_arrange(work, self.responder)
        return write_trial(work, make_responder_contact(self.responder), self.place, is_expected=self.is_expected)

    def record(self, result: Trial) -> Record:
        """The responder, and over which kinds of channel."""
        return Record(f"responder:{self.responder}", {"channels": ", ".join(result.kinds)})
