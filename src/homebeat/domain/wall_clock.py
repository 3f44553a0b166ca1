"""Time zones, and from the wall clock of one to instants."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final

from homebeat.domain.durations import MS

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=1024)
def find_zone(name: str) -> zoneinfo.ZoneInfo:
    """Find a time zone, such as `Asia/Shanghai`; UTC where this machine knows none of that name."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return zoneinfo.ZoneInfo("UTC")


@lru_cache(maxsize=65_536)
def find_instant(day: date, minutes: int, zone: zoneinfo.ZoneInfo) -> int:
    """Find the instant at which the wall clock of a zone shows a time, epoch ms.

    The rotas of a city ask for the same few instants a thousand times.

    Args:
        day: The date that the clock shows.
        minutes: After midnight, 0 to 1440.
        zone: Whose clock.

    Returns:
        Of a time that comes twice, the first. Of one that is skipped, the instant at which the clocks jump over it.
    """
    wall = datetime.combine(day, time.min) + timedelta(minutes=minutes)
    before, after = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if before.astimezone(zone).replace(tzinfo=None) == wall:
        return (before - _EPOCH) // MS
    # skipped: the clocks jump between the instants that the offsets after and before give
    early, late = after, before
    offset = early.astimezone(zone).utcoffset()
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) // 2
        early, late = (middle, late) if middle.astimezone(zone).utcoffset() == offset else (early, middle)
    jump = late.replace(microsecond=0)
    return (jump - _EPOCH) // MS
