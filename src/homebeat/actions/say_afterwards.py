"""Answer the follow-up of a closed case as somebody of the family, by the link in a message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.actions.follow_ups import find_open_follow_up, settle_follow_up
from homebeat.actions.links import load_link
from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.follow_up import FollowUp, FollowUpAnswer, FollowUpState
from homebeat.domain.role import Operation


@dataclass(frozen=True, slots=True)
class SayAfterwards:
    """Say by the family's link whether somebody came, and whether it was right.

    1. Find the link again in this transaction; refuse where it has ended meanwhile.
    2. Load its alert and the follow-up; refuse where it is not due yet.
    3. Where somebody has answered it, nothing changes: the first answer holds.
    4. Write the answer, and the step in the history: everybody who may see the alert sees it.
    5. Where nobody came, or it was not right, enter a complaint: it concerns whoever was sent to the door last.

    Attributes:
        link_id: The digest of the link's secret.
    """

    name: ClassVar = "say_afterwards"
    operation: ClassVar = Operation.REPLY

    link_id: str
    answer: FollowUpAnswer

    def run(self, work: Work) -> FollowUp:
        """Returns the follow-up as it is now.

        Raises:
            NotFound: The link has ended, or is not this contact's; or there is no follow-up.
        """
        found = load_link(work, self.link_id)
        alert = work.load_alert(found.alert, None)
        follow_up = find_open_follow_up(work, alert)
        if follow_up.state is FollowUpState.ANSWERED:
            return follow_up
        return settle_follow_up(work, alert, follow_up, self.answer)

    def record(self, result: FollowUp) -> Record:
        """The alert, what was pressed, and the complaint that it became."""
        return Record(f"alert:{result.alert_id}", {"answer": self.answer.value, "complaint": result.complaint})
