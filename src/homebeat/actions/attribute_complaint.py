"""Say whom a complaint concerns, where that was not known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.complaint import Complaint
from homebeat.domain.errors import NotAllowed, NotFound
from homebeat.domain.ids import ResponderId
from homebeat.domain.role import Operation


@dataclass(frozen=True, slots=True)
class AttributeComplaint:
    """Say whom a complaint concerns that named nobody.

    1. Load the complaint; refuse where it is known whom it concerns: that stays.
    2. Refuse a responder who is not in the principal's areas.
    3. Write it. It counts for them, and for a provider's circuit, from now on, unless it is rejected.
    """

    name: ClassVar = "attribute_complaint"
    operation: ClassVar = Operation.ANSWER_COMPLAINT

    complaint_id: int
    responder: ResponderId

    def run(self, work: Work) -> Complaint:
        """Returns the complaint as it is now.

        Raises:
            NotFound: There is no such complaint or responder.
            NotAllowed: It is known already whom it concerns.
        """
        found = work.tx.complaints.find(self.complaint_id)
        if found is None:
            raise NotFound("there is no such complaint")
        if self.responder not in {one.responder for one in work.tx.duty.list_kinds()}:
            raise NotFound(f"there is no responder {self.responder!r}")
        if not work.tx.complaints.attribute(self.complaint_id, self.responder, work.now):
            raise NotAllowed(f"this complaint concerns {found.responder!r} already")
        return replace(found, responder=self.responder, counts_from=work.now)

    def record(self, result: Complaint) -> Record:
        """Which complaint, and whom it concerns."""
        return Record(f"complaint:{result.id}", {"responder": result.responder or ""})
