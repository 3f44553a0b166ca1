"""Say whom a complaint concerns, where that was not known or was wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.complaint import Complaint, ComplaintState
from homebeat.domain.errors import NotAllowed, NotFound
from homebeat.domain.ids import ResponderId
from homebeat.domain.role import Operation


@dataclass(frozen=True, slots=True)
class AttributeComplaint:
    """Say whom a complaint concerns: where that was not known, or, while nobody has answered it, where it was wrong.

    1. Load the complaint; refuse one that was answered about somebody: that is settled, between people who know of it.
    2. Refuse a responder who is not in the principal's areas, and whoever it concerns already.
    3. Write it. It counts for them, and for a provider's circuit, from now on, unless it is rejected; for whoever it was said to
       concern before it counts no more. Both steps stay in the audit.

    A circuit that it has opened stays open: somebody decides.
    """

    name: ClassVar = "attribute_complaint"
    operation: ClassVar = Operation.ANSWER_COMPLAINT

    complaint_id: int
    responder: ResponderId

    def run(self, work: Work) -> Complaint:
        """Returns the complaint as it is now.

        Raises:
            NotFound: There is no such complaint or responder.
            NotAllowed: It concerns them already, or it was answered, or somebody else has just said whom it concerns.
        """
        found = work.tx.complaints.find(self.complaint_id)
        if found is None:
            raise NotFound("there is no such complaint")
        if self.responder not in {one.responder for one in work.tx.duty.list_kinds()}:
            raise NotFound(f"there is no responder {self.responder!r}")
        if found.responder == self.responder:
            raise NotAllowed(f"this complaint concerns {found.responder!r} already")
        if found.responder is not None and found.state is not ComplaintState.OPEN:
            raise NotAllowed("somebody has answered this complaint already: it stays with whom it concerns")
        if not work.tx.complaints.attribute(found, self.responder, work.now):
            raise NotAllowed("somebody else has just said whom this complaint concerns, or answered it: look again")
        return replace(found, responder=self.responder, counts_from=work.now)

    def record(self, result: Complaint) -> Record:
        """Which complaint, and whom it concerns."""
        return Record(f"complaint:{result.id}", {"responder": result.responder or ""})
