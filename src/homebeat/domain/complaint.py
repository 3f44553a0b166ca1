"""A complaint about somebody who went to the door, or did not: who is concerned, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from homebeat.domain.ids import AlertId, AreaId, HouseholdId, ResponderId


class ComplaintState(StrEnum):
    """What became of it."""

    OPEN = "open"
    UPHELD = "upheld"  # somebody looked at it: it is right
    REJECTED = "rejected"  # somebody looked at it: it does not count


@dataclass(frozen=True, slots=True)
class Complaint:
    """A complaint. It is never deleted, and counts unless it was rejected. Times are epoch ms.

    Attributes:
        id: Its number; 0 before it is stored.
        area: Where it belongs: the area of the home, or one of the responder's.
        household: The home that it is about; None for none.
        alert_id: The alert that it is about; None for none. It may be deleted meanwhile.
        responder: Whom it concerns; None where that is not known.
        what: What happened, as somebody said it; sealed where it is stored.
        word: The answer to it; empty while it is open; sealed as well.
        counts_from: Since when it counts for whoever it concerns; None while that is not known.
    """

    id: int
    area: AreaId
    household: HouseholdId | None
    alert_id: AlertId | None
    responder: ResponderId | None
    what: str
    actor: str
    at: int
    state: ComplaintState = ComplaintState.OPEN
    word: str = ""
    answered_by: str = ""
    answered_at: int | None = None
    counts_from: int | None = None
