"""End the family's links of a contact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.ids import ContactId, ResidentId
from homebeat.domain.role import Operation


@dataclass(frozen=True, slots=True)
class RevokeFamilyLinks:
    """End the links that one contact of a resident's home has got so far. The next message to them carries a new one.

    1. The resident must lie where the principal may do this, and the contact must be of their home.
    2. End what is still good. Who has none loses nothing.
    """

    name: ClassVar = "revoke_family_links"
    operation: ClassVar = Operation.CONSENT

    resident: ResidentId
    contact: ContactId

    def run(self, work: Work) -> int:
        """Returns how many were ended; raises `NotFound`."""
        return work.tx.message_links.revoke(self.resident, self.contact, work.now)

    def record(self, result: int) -> Record:
        """The resident, the contact, and how many links were ended."""
        return Record(f"resident:{self.resident}", {"contact": self.contact, "links": result})
