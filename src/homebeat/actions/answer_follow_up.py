"""Answer the follow-up of a closed case at the desk, after somebody has asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from homebeat.actions.circuits import check_reason
from homebeat.actions.follow_ups import find_open_follow_up, settle_follow_up
from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.errors import NotAllowed
from homebeat.domain.follow_up import FollowUp, FollowUpAnswer, FollowUpState
from homebeat.domain.ids import AlertId
from homebeat.domain.role import Operation


@dataclass(frozen=True, slots=True)
class AnswerFollowUp:
    """Say at the desk whether somebody came in a closed case, and whether it was right.

    1. The note must say who was asked, and what they said.
    2. Load the alert and its follow-up; refuse where it is not due yet, or somebody has answered it.
    3. Write the answer, and the step in the history.
    4. Where nobody came, or it was not right, enter a complaint with the note: it concerns whoever was sent to the door last.
    """

    name: ClassVar = "answer_follow_up"
    operation: ClassVar = Operation.ANSWER

    alert_id: AlertId
    answer: FollowUpAnswer
    note: str = field(repr=False)

    def run(self, work: Work) -> FollowUp:
        """Returns the follow-up as it is now."""
        note = check_reason(self.note)
        alert = work.load_alert(self.alert_id, None)
        found = find_open_follow_up(work, alert)
        if found.state is FollowUpState.ANSWERED:
            raise NotAllowed("somebody has answered this follow-up already")
        return settle_follow_up(work, alert, found, self.answer, note)

    def record(self, result: FollowUp) -> Record:
        """The alert, the answer, and the complaint that it became. The note stands sealed beside it."""
        detail = {"answer": self.answer.value, "complaint": result.complaint}
        return Record(f"alert:{result.alert_id}", detail)
