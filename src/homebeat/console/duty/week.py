"""One week of a rota: which day has which shifts, who has them, and where nobody is on duty.

What was stands in the table of shifts, as it was; what is to come follows from the rota as it holds now.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from homebeat.domain.errors import Incomplete
from homebeat.domain.ids import ResponderId
from homebeat.domain.rota import Gap, Rota, Shift, expand_shifts, find_gaps_in
from homebeat.domain.wall_clock import find_instant

_WEEK: Final = timedelta(days=7)
#: So far from today a page shows weeks.
MOST_WEEKS: Final = 60


@dataclass(frozen=True, slots=True)
class Week:
    """A week of a rota, from Monday on.

    Attributes:
        shifts: In order; of one day and name several where somebody else took it over while it ran.
        gaps: From now on.
        names: Of the shifts, in the order of their beginnings: the columns of a table.
    """

    monday: date
    shifts: Sequence[Shift]
    gaps: Sequence[Gap]
    names: Sequence[str]

    @property
    def days(self) -> list[date]:
        """Monday to Sunday."""
        return [self.monday + timedelta(days=no) for no in range(7)]

    def list_of(self, day: date, name: str) -> list[Shift]:
        """List the shifts of one cell of the table."""
        return [shift for shift in self.shifts if shift.key == (day, name)]


def find_monday(text: str, zone: ZoneInfo, now: int) -> date:
    """Find the Monday of the week that an address names by one of its days; without one, of this week on the clock of `zone`.

    Raises:
        Incomplete: It is no day, or too far away.
    """
    today = datetime.fromtimestamp(now / 1000, zone).date()
    try:
        day = date.fromisoformat(text) if text else today
    except ValueError:
        raise Incomplete(f"{text!r} is not a day such as 2026-03-02") from None
    if abs(day - today) > MOST_WEEKS * _WEEK:
        raise Incomplete(f"a week within {MOST_WEEKS} weeks from now")
    return day - timedelta(days=day.weekday())


def find_span(monday: date, rota: Rota) -> tuple[int, int]:
    """Find a week on the clock of a rota, epoch ms."""
    return find_instant(monday, 0, rota.zone), find_instant(monday + _WEEK, 0, rota.zone)


def make_week(rota: Rota, monday: date, past: Iterable[Shift], retired: Collection[ResponderId], now: int) -> Week:
    """Make a week.

    Args:
        rota: As it holds now.
        monday: Its first day.
        past: The shifts of the week that are over, as they were.
        retired: They have no shift, whatever the rota says.
        now: Epoch ms.
    """
    start, end = find_span(monday, rota)
    ahead = [shift for shift in expand_shifts(rota, start, end) if shift.ends_at > now]
    living = [replace(shift, who=None) if shift.who in retired else shift for shift in ahead]
    first, last = monday, monday + _WEEK
    shifts = [shift for shift in (*past, *living) if first <= shift.day < last]
    gaps = find_gaps_in(rota, living, max(start, now), end) if now < end else ()
    names: dict[str, int] = {}
    for shift in shifts:
        minutes = (shift.starts_at - find_instant(shift.day, 0, rota.zone)) // 60_000
        names[shift.name] = min(names.get(shift.name, minutes), minutes)
    shifts.sort(key=lambda shift: (shift.starts_at, shift.ends_at, shift.name))
    return Week(monday, shifts, gaps, sorted(names, key=lambda name: (names[name], name)))


def group_gaps(week: Week, rota: Rota) -> Mapping[date, Sequence[Gap]]:
    """Group the gaps by the day on which each begins, on the clock of the rota."""
    found: dict[date, list[Gap]] = {}
    for gap in week.gaps:
        found.setdefault(datetime.fromtimestamp(gap.starts_at / 1000, rota.zone).date(), []).append(gap)
    return found
