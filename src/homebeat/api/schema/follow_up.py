"""Follow-ups as the API shows them, and what people send about them."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from homebeat.actions.circuits import LONGEST_REASON, SHORTEST_REASON
from homebeat.api.times import Instant, format_instant, format_or_none
from homebeat.domain.follow_up import FollowUp, FollowUpAnswer, FollowUpState

Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=SHORTEST_REASON, max_length=LONGEST_REASON)]


class FollowUpWanted(BaseModel):
    """What somebody of the family, or the resident, has said to whoever asked them."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"answer": "good", "note": "asked her by telephone"}})

    answer: FollowUpAnswer
    note: Annotated[Said, Field(description="Who was asked, and what they said.")]


class FollowUpItem(BaseModel):
    """Whether somebody came in a closed case, and whether it was right."""

    alert_id: str
    due_at: Instant = Field(description="From then on it can be answered.")
    ends_at: Instant = Field(description="Until then an answer is waited for; one that comes later counts too.")
    state: FollowUpState
    asked_at: Instant | None = Field(description="When the family was written to.")
    asked: int = Field(description="To how many of the family; where it is 0 the desk asks.")
    answer: FollowUpAnswer | None
    answered_by: str | None
    answered_at: Instant | None
    complaint: int | None = Field(description="The number of the complaint that the answer became.")


def make_follow_up_item(one: FollowUp) -> FollowUpItem:
    """Make the item of one follow-up."""
    return FollowUpItem(
        alert_id=one.alert_id,
        due_at=format_instant(one.due_at),
        ends_at=format_instant(one.ends_at),
        state=one.state,
        asked_at=format_or_none(one.asked_at),
        asked=one.asked,
        answer=one.answer,
        answered_by=one.answered_by or None,
        answered_at=format_or_none(one.answered_at),
        complaint=one.complaint,
    )
