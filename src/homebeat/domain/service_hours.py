"""Hours that volunteers gave: one entry for each visit, corrections beside them, and sums by person and month."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from homebeat.domain.durations import MINUTE_MS
from homebeat.domain.errors import Incomplete
from homebeat.domain.ids import ResponderId

_MONTH: Final = re.compile(r"2[0-9]{3}-(0[1-9]|1[0-2])")
#: Nobody is given more at once: ten years.
MOST_MONTHS: Final = 120


@dataclass(frozen=True, slots=True)
class ServiceEntry:
    """One visit of a volunteer, from setting off to its end; epoch ms. It is entered once, and never changed."""

    visit: str
    responder: ResponderId
    started_at: int
    ended_at: int


@dataclass(frozen=True, slots=True)
class HoursCorrection:
    """What somebody has added to the hours of a month, or taken off.

    Attributes:
        month: As `2026-03`.
        minutes: Below 0 to take some off.
        reason: Why; sealed where it is stored.
    """

    responder: ResponderId
    month: str
    minutes: int
    reason: str
    actor: str
    at: int


@dataclass(frozen=True, slots=True)
class MonthHours:
    """The hours of one volunteer in one month.

    Attributes:
        minutes: Of the visits, in whole minutes for each.
        corrections: In the order in which they were entered; none replaces another.
    """

    responder: ResponderId
    month: str
    visits: int
    minutes: int
    corrections: tuple[HoursCorrection, ...] = ()

    @property
    def total_minutes(self) -> int:
        """What counts: the visits with all corrections."""
        return self.minutes + sum(one.minutes for one in self.corrections)


def read_month(text: str) -> date:
    """Read a month such as `2026-03`: its first day.

    Raises:
        Incomplete: It is none.
    """
    if not _MONTH.fullmatch(text):
        raise Incomplete(f"{text!r} is not a month; write 2026-03")
    return date.fromisoformat(f"{text}-01")


def find_month_span(first: str, last: str, zone: str) -> tuple[int, int]:
    """Find when a span of months begins and ends, epoch ms: from the first to the last one, in a time zone.

    Raises:
        Incomplete: One of them is no month, the last lies before the first, or they are more than `MOST_MONTHS`.
    """
    begin, end = read_month(first), read_month(last)
    if end < begin:
        raise Incomplete("the last month lies before the first one")
    if (end.year - begin.year) * 12 + end.month - begin.month >= MOST_MONTHS:
        raise Incomplete(f"these are more than {MOST_MONTHS} months: ask for a part of them")
    after = date(end.year + end.month // 12, end.month % 12 + 1, 1)
    return _convert(begin, zone), _convert(after, zone)


def _convert(day: date, zone: str) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).timestamp() * 1000)


def find_month(at: int, zone: str) -> str:
    """Find the month in which a time (epoch ms) lies in a time zone: `2026-03`."""
    return f"{datetime.fromtimestamp(at / 1000, ZoneInfo(zone)):%Y-%m}"


def sum_hours(entries: Iterable[ServiceEntry], corrections: Sequence[HoursCorrection], zone: str) -> list[MonthHours]:
    """Sum hours by person and month, in their order. A visit belongs to the month in which it began in that zone."""
    counted: dict[tuple[ResponderId, str], list[int]] = {}
    for entry in entries:
        sums = counted.setdefault((entry.responder, find_month(entry.started_at, zone)), [0, 0])
        sums[0] += 1
        sums[1] += max(0, entry.ended_at - entry.started_at) // MINUTE_MS
    for one in corrections:
        counted.setdefault((one.responder, one.month), [0, 0])
    return [
        MonthHours(*who, visits, minutes, tuple(one for one in corrections if (one.responder, one.month) == who))
        for who, (visits, minutes) in sorted(counted.items())
    ]
