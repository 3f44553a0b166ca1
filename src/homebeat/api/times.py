"""Converts times at the edge: epoch milliseconds inside, ISO 8601 with `Z` outside."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Final

from pydantic import AwareDatetime, BeforeValidator, Field

from homebeat.domain.instants import format_instant

__all__ = ["Day", "Instant", "Moment", "convert_to_ms", "format_instant", "format_or_none"]

_NUMBER: Final = re.compile(r"[-+]?[\d_.]+(?:[eE][-+]?\d+)?")

#: A time as the API shows it.
Instant = Annotated[str, Field(json_schema_extra={"format": "date-time"}, examples=["2026-03-01T08:00:00Z"])]


def _refuse_number(raw: object) -> object:
    """Refuse a bare number: pydantic would take it for seconds or milliseconds since 1970, by its size."""
    if isinstance(raw, str) and _NUMBER.fullmatch(raw):
        raise ValueError("write it in ISO 8601, as 2026-03-01T08:00:00Z or, for a day, 2026-03-01")
    return raw


#: A time as a caller gives it: ISO 8601 with a zone.
Moment = Annotated[AwareDatetime, BeforeValidator(_refuse_number)]
#: A day as a caller gives it.
Day = Annotated[date, BeforeValidator(_refuse_number)]


def format_or_none(at: int | None) -> str | None:
    """Format epoch ms as ISO 8601; None for an unknown time."""
    return None if at is None else format_instant(at)


def convert_to_ms(moment: datetime | None) -> int | None:
    """Convert a caller's time to epoch ms."""
    return None if moment is None else round(moment.timestamp() * 1000)
