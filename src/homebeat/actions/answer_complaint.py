"""Answer a complaint with a word."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar

from homebeat.actions.circuits import check_reason
from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.complaint import Complaint, ComplaintState
from homebeat.domain.errors import NotAllowed, NotFound
from homebeat.domain.role import Operation


@dataclass(frozen=True, slots=True)
class AnswerComplaint:
    """Answer a complaint: it is right, or it does not count.

    1. The word must say something.
    2. Load the complaint; refuse where somebody has answered it.
    3. Write the answer. It stays as it is, and so does the complaint.
    """

    name: ClassVar = "answer_complaint"
    operation: ClassVar = Operation.ANSWER_COMPLAINT

    complaint_id: int
    is_upheld: bool
    word: str = field(repr=False)

    def run(self, work: Work) -> Complaint:
        """Returns the complaint as it is now."""
        word = check_reason(self.word)
        found = work.tx.complaints.find(self.complaint_id)
        if found is None:
            raise NotFound("there is no such complaint")
        state = ComplaintState.UPHELD if self.is_upheld else ComplaintState.REJECTED
        after = replace(found, state=state, word=word, answered_by=str(work.actor), answered_at=work.now)
        if found.state is not ComplaintState.OPEN or not work.tx.complaints.answer(after):
            raise NotAllowed("somebody has answered this complaint already")
        return after

    def record(self, result: Complaint) -> Record:
        """Which complaint, and how. The word stands sealed beside it."""
        return Record(f"complaint:{result.id}", {"state": result.state.value, "responder": result.responder or ""})
