"""Who must answer when: rotas, and the shifts that follow from them.

A rota is a weekly pattern of an area in the area's own zone, with dated exceptions. A shift that goes over midnight belongs to
the day on which it begins. Wall clock times become instants by one rule, so that neighbouring shifts never leave a hole or an
overlap on the nights when the clocks change: a time that the clocks skip is the instant at which they do, and a time that comes
twice is the first of the two.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final

from homebeat.domain.durations import MS
from homebeat.domain.fleet import ResponderKind
from homebeat.domain.ids import AreaId, ResponderId, RotaId
from homebeat.domain.wall_clock import find_instant

#: Of a wall clock, minutes. `to: "24:00"` is the end of the day.
DAY_MINUTES: Final = 24 * 60
#: No zone is further from UTC than this, so a local day lies within the UTC days beside it.
_MOST_AHEAD: Final = timedelta(hours=38)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class DutyDay(StrEnum):
    """Days of a pattern. Every day is either a workday or a rest day, so that a pattern of both leaves no day out."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"
    WORKDAY = "workday"  # Monday to Friday but holidays, and weekends on which people work instead
    REST_DAY = "rest_day"  # all others


EVERY_DAY: Final = frozenset({DutyDay.WORKDAY, DutyDay.REST_DAY})
_WEEKDAYS: Final = tuple(DutyDay)[:7]


@dataclass(frozen=True, slots=True)
class Holidays:
    """Public holidays, and the weekends on which people work in their place.

    Attributes:
        off: Days on which people do not work.
        work: Saturdays and Sundays on which they do.
        years: The years of which all this is known. In other years every weekday is an ordinary one.
    """

    off: frozenset[date] = frozenset()
    work: frozenset[date] = frozenset()
    years: frozenset[int] = frozenset()

    def list_kinds(self, day: date) -> frozenset[DutyDay]:
        """List what a day is: its weekday, and a workday or a rest day."""
        weekday = _WEEKDAYS[day.weekday()]
        works = day in self.work or (weekday not in {DutyDay.SAT, DutyDay.SUN} and day not in self.off)
        return frozenset({weekday, DutyDay.WORKDAY if works else DutyDay.REST_DAY})


@dataclass(frozen=True, slots=True)
class DutyHours:
    """Hours of some days, by the wall clock.

    Attributes:
        starts: Minutes after midnight, 0 to 1439.
        ends: Minutes after midnight, 1 to 1440; not later than `starts`: on the next day.
    """

    days: frozenset[DutyDay]
    starts: int
    ends: int

    def find_span(self, day: date, zone: zoneinfo.ZoneInfo) -> tuple[int, int]:
        """Find the span that begins on `day`, epoch ms."""
        ends_on = day + timedelta(days=self.ends <= self.starts)
        return find_instant(day, self.starts, zone), find_instant(ends_on, self.ends, zone)


@dataclass(frozen=True, slots=True)
class ShiftPattern:
    """A shift of the weekly pattern.

    Attributes:
        name: Unique in its rota; exceptions name it.
        who: Takes the shift; of several, each for a week in turn.
    """

    name: str
    hours: DutyHours
    who: tuple[ResponderId, ...]


#: A shift: the day on which it begins, and its name.
ShiftKey = tuple[date, str]


@dataclass(frozen=True, slots=True)
class Rota:
    """Who is on duty in an area, week by week.

    Attributes:
        kind: What they are on duty as.
        starts_on: The first day. The first in `ShiftPattern.who` takes the week in which it lies.
        hours: When somebody must be on duty; empty for always.
        exceptions: Who takes a shift in place of the pattern; None for nobody.
        holidays: Decide what workdays and rest days are.
        calendar: The name of these holidays in the settings; empty for none.
    """

    id: RotaId
    area: AreaId
    kind: ResponderKind
    timezone: str
    starts_on: date
    shifts: tuple[ShiftPattern, ...]
    hours: tuple[DutyHours, ...] = ()
    exceptions: Mapping[ShiftKey, ResponderId | None] = field(default_factory=dict)
    holidays: Holidays = field(default_factory=Holidays)
    calendar: str = ""

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """Its zone."""
        return zoneinfo.ZoneInfo(self.timezone)

    def needs_holidays(self) -> bool:
        """Whether it makes a difference which days are holidays."""
        every = [self.hours] if self.hours else []
        days = [shift.hours.days for shift in self.shifts] + [hours.days for each in every for hours in each]
        return any(len(each & EVERY_DAY) == 1 for each in days)


@dataclass(frozen=True, slots=True)
class Shift:
    """One span of duty, epoch ms; `ends_at` is no longer part of it.

    Attributes:
        day: On which it begins, in the zone of its rota.
        who: None for nobody: the shift stands in the rota, and is not taken.
    """

    rota: RotaId
    day: date
    name: str
    starts_at: int
    ends_at: int
    who: ResponderId | None

    @property
    def key(self) -> ShiftKey:
        """What exceptions name it by."""
        return self.day, self.name

    def covers(self, at: int) -> bool:
        """Whether somebody has it at `at` (epoch ms)."""
        return self.who is not None and self.starts_at <= at < self.ends_at


@dataclass(frozen=True, slots=True)
class Gap:
    """A span in which nobody is on duty and somebody must be, epoch ms."""

    starts_at: int
    ends_at: int


def expand_shifts(rota: Rota, starts_at: int, ends_at: int) -> tuple[Shift, ...]:
    """List the shifts that lie in a span (epoch ms), at least in part, in order; also those that nobody has."""
    found = [
        _make_shift(rota, pattern, day, span)
        for pattern in rota.shifts
        for day, span in _list_spans(rota, pattern.hours, starts_at, ends_at)
    ]
    return tuple(sorted(found, key=lambda shift: (shift.starts_at, shift.ends_at, shift.name)))


def find_on_duty(rota: Rota, at: int) -> tuple[Shift, ...]:
    """Find the shifts that somebody has at `at` (epoch ms); several where shifts overlap, none in a gap."""
    return tuple(shift for shift in expand_shifts(rota, at, at + 1) if shift.covers(at))


def find_next(rota: Rota, at: int, within: timedelta = timedelta(days=14)) -> Shift | None:
    """Find the first shift that somebody has and that begins after `at` (epoch ms); None where there is none `within`."""
    shifts = expand_shifts(rota, at + 1, at + 1 + within // MS)
    return next((shift for shift in shifts if shift.who is not None and shift.starts_at > at), None)


def find_gaps(rota: Rota, starts_at: int, ends_at: int) -> tuple[Gap, ...]:
    """Find where in a span (epoch ms) somebody must be on duty, and nobody is."""
    return find_gaps_in(rota, expand_shifts(rota, starts_at, ends_at), starts_at, ends_at)


def find_gaps_in(rota: Rota, shifts: Iterable[Shift], starts_at: int, ends_at: int) -> tuple[Gap, ...]:
    """As `find_gaps`, of the shifts of the rota in this span as they are known."""
    must = _merge(_cut(list_hours(rota, starts_at, ends_at), starts_at, ends_at))
    covered = _merge(_cut(((shift.starts_at, shift.ends_at) for shift in shifts if shift.who is not None), starts_at, ends_at))
    return tuple(Gap(*span) for span in _subtract(must, covered))


def leave_out(gap: Gap, spans: Iterable[tuple[int, int]]) -> tuple[Gap, ...]:
    """List what is left of a gap without these spans (epoch ms), in order."""
    return tuple(Gap(*part) for part in _subtract([(gap.starts_at, gap.ends_at)], _merge(spans)))


def list_hours(rota: Rota, starts_at: int, ends_at: int) -> list[tuple[int, int]]:
    """List the spans in which somebody must be on duty, epoch ms; not before the rota begins."""
    begins = find_instant(rota.starts_on, 0, rota.zone)
    if not rota.hours:
        return [(max(starts_at, begins), ends_at)] if begins < ends_at else []
    return [span for hours in rota.hours for _, span in _list_spans(rota, hours, starts_at, ends_at)]


def find_missing_years(rota: Rota, starts_at: int, ends_at: int) -> list[int]:
    """Find the years of a span (epoch ms) whose holidays are not known although the rota goes by them."""
    if not rota.needs_holidays():
        return []
    first, last = (datetime.fromtimestamp(at / 1000, rota.zone).year for at in (starts_at, ends_at))
    return [year for year in range(first, last + 1) if year not in rota.holidays.years]


def _make_shift(rota: Rota, pattern: ShiftPattern, day: date, span: tuple[int, int]) -> Shift:
    who = rota.exceptions.get((day, pattern.name), _find_turn(pattern, rota.starts_on, day))
    return Shift(rota.id, day, pattern.name, *span, who)


def _find_turn(pattern: ShiftPattern, starts_on: date, day: date) -> ResponderId | None:
    """Find whose week it is; weeks begin on Monday."""
    if not pattern.who:
        return None
    weeks = (_find_monday(day) - _find_monday(starts_on)).days // 7
    return pattern.who[weeks % len(pattern.who)]


def _find_monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _list_spans(rota: Rota, hours: DutyHours, starts_at: int, ends_at: int) -> tuple[tuple[date, tuple[int, int]], ...]:
    """List the spans of these hours that lie in a span, with their days. A span that the clocks skip whole is none."""
    first = max(rota.starts_on, (_EPOCH + starts_at * MS - _MOST_AHEAD - timedelta(days=1)).date())
    last = (_EPOCH + ends_at * MS + _MOST_AHEAD).date()
    spans = _list_days(hours, rota.holidays, rota.timezone, first, last)
    return tuple((day, span) for day, span in spans if span[0] < ends_at and span[1] > starts_at)


@lru_cache(maxsize=256)
def _list_days(
    hours: DutyHours, holidays: Holidays, timezone: str, first: date, last: date
) -> tuple[tuple[date, tuple[int, int]], ...]:
    """List the spans of these hours from one day to another. The rotas of a city share a few hours, and ask at once."""
    zone, days = zoneinfo.ZoneInfo(timezone), (first + timedelta(days=no) for no in range((last - first).days + 1))
    spans = ((day, hours.find_span(day, zone)) for day in days if hours.days & holidays.list_kinds(day))
    return tuple((day, span) for day, span in spans if span[0] < span[1])


def _cut(spans: Iterable[tuple[int, int]], starts_at: int, ends_at: int) -> list[tuple[int, int]]:
    cut = ((max(start, starts_at), min(end, ends_at)) for start, end in spans)
    return [span for span in cut if span[0] < span[1]]


def _merge(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _subtract(spans: Sequence[tuple[int, int]], taken: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield what is left of `spans` without `taken`; both are in order, and within each nothing overlaps."""
    for start, end in spans:
        at = start
        for begins, ends in taken:
            if ends <= at or begins >= end:
                continue
            if begins > at:
                yield at, begins
            at = max(at, ends)
        if at < end:
            yield at, end
