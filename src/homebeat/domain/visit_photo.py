"""A photo that somebody who goes to the door has sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from homebeat.domain.durations import MINUTE_MS
from homebeat.domain.ids import AlertId
from homebeat.domain.notice import VISIT_PATH
from homebeat.domain.visit import Visit, VisitState

#: Of one visit.
MOST_PHOTOS: Final = 5
#: So long after a visit its photos may still come: the line at the door may have been too bad.
_AFTER_MS: Final = 60 * MINUTE_MS
_END: Final = "/photo"


@dataclass(frozen=True, slots=True)
class VisitPhoto:
    """One photo, without its picture.

    Attributes:
        id: A keyed digest of visit and picture: the same picture sent twice is one photo.
        visit: The visit from which it was sent.
        visitor: Who sent it, as histories name actors.
        at: When it came, epoch ms.
    """

    id: str
    alert_id: AlertId
    visit: str
    visitor: str
    at: int


def takes_photos(visit: Visit, now: int) -> bool:
    """Whether a visit takes photos at `now` (epoch ms): whoever makes it is at the door, or was there within the last hour."""
    if visit.at_door_at is None and visit.state is not VisitState.SEEN:
        return False
    return visit.ended_at is None or now - visit.ended_at < _AFTER_MS


def make_photo_path(token: str) -> str:
    """Make the path to which the page of a visit sends a photo."""
    return VISIT_PATH + token + _END


def is_photo_path(path: str) -> bool:
    """Whether a photo may be sent to this path; what is sent there may be longer than any other request."""
    return path.startswith(VISIT_PATH) and path.endswith(_END)
