"""Times at the edge: epoch milliseconds inside, ISO 8601 with `Z` outside."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, Field

from homebeat.domain.instants import iso

__all__ = ["Instant", "Moment", "iso", "iso_or_none", "milliseconds"]

#: A time as the API shows it.
Instant = Annotated[str, Field(json_schema_extra={"format": "date-time"}, examples=["2026-03-01T08:00:00Z"])]
#: A time as a caller gives it: ISO 8601 with a zone.
Moment = AwareDatetime


def iso_or_none(at: int | None) -> str | None:
    """As `iso`, for a time that may be unknown."""
    return None if at is None else iso(at)


def milliseconds(moment: datetime | None) -> int | None:
    """A caller's time as epoch ms."""
    return None if moment is None else round(moment.timestamp() * 1000)
