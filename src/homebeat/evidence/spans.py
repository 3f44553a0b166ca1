"""Finds from when to when a report counts: days of a time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final

from homebeat.domain.errors import Incomplete
from homebeat.evidence.shifts import find_zone

#: A year, and a month to compare it with.
LONGEST: Final = timedelta(days=400)
#: Days outside can be of no alert, and a calendar may not reach them in every time zone.
_DAYS: Final = (date(2000, 1, 1), date(2999, 12, 31))


def find_span(first: date | None, until: date | None, timezone: str, now: int) -> tuple[int, int]:
    """Find the span of a report, epoch ms; it ends now at the latest.

    Args:
        first: The first day; None for the first of the month that ends with `until`, or of last month.
        until: The day after the last one; None for the end of the month of `first`, or of last month.
        timezone: Whose days these are.
        now: Epoch ms.

    Raises:
        Incomplete: The span is empty, begins in the future, or is too long.
    """
    if any(day is not None and not _DAYS[0] <= day <= _DAYS[1] for day in (first, until)):
        raise Incomplete(f"a report is about days from {_DAYS[0]} to {_DAYS[1]}")
    today = datetime.fromtimestamp(now / 1000, find_zone(timezone) or UTC).date()
    if first is None:
        first = (today.replace(day=1) if until is None else until) - timedelta(days=1)
        first = first.replace(day=1)
    if until is None:
        until = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
    if first >= until:
        raise Incomplete(f"a report ends after it begins: {until} is not after {first}; `until` is the day after the last one")
    if until - first > LONGEST:
        raise Incomplete(f"a report is about {LONGEST.days} days at most")
    start = _find_midnight(first, timezone)
    if start >= now:
        raise Incomplete(f"{first} is still to come: nothing can be said of it yet")
    return start, min(_find_midnight(until, timezone), now)


def _find_midnight(day: date, timezone: str) -> int:
    return round(datetime(day.year, day.month, day.day, tzinfo=find_zone(timezone) or UTC).timestamp() * 1000)
