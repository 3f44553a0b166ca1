"""Follow-ups of closed cases, as the actions on them share it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from homebeat.actions.file_complaint import write_complaint
from homebeat.actions.work import Work
from homebeat.domain.alert import Alert, Reason, add_note
from homebeat.domain.errors import NotAllowed, NotFound
from homebeat.domain.follow_up import FollowUp, FollowUpAnswer, FollowUpState

#: What a complaint says that came by one tap. What somebody at the desk wrote stands in its place.
_SAYS: Final[Mapping[FollowUpAnswer, str]] = {
    FollowUpAnswer.NOBODY: "Follow-up: nobody came. / 回访：没有人来。",
    FollowUpAnswer.WRONG: "Follow-up: somebody came, and it was not right. / 回访：有人来了，但处理得不对。",
}


def find_open_follow_up(work: Work, alert: Alert) -> FollowUp:
    """Find the follow-up of an alert that is locked.

    Raises:
        NotFound: It has none.
        NotAllowed: It is not due yet.
    """
    found = work.tx.follow_ups.find(alert.id)
    if found is None:
        raise NotFound("this alert has no follow-up")
    if work.now < found.due_at:
        raise NotAllowed("the follow-up of this alert is not due yet")
    return found


def settle_follow_up(work: Work, alert: Alert, open_one: FollowUp, answer: FollowUpAnswer, note: str = "") -> FollowUp:
    """Write the answer to a follow-up: as a step in the history, and where something was wrong as a complaint; returns it."""
    what = note or _SAYS.get(answer, "")
    complaint = write_complaint(work, what, alert.id, None).id if answer.is_complaint else None
    after = replace(
        open_one,
        state=FollowUpState.ANSWERED,
        answer=answer,
        answered_by=str(work.actor),
        answered_at=work.now,
        complaint=complaint,
    )
    work.tx.follow_ups.put(after)
    work.write_step(*add_note(alert, work.now, str(work.actor), note, Reason(answer.code)))
    return after
