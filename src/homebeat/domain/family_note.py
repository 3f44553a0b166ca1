"""What a contact can ask to hear although nothing has happened: that life was seen today, and how the week was.

A note says what was seen, and nothing of what was not: that none comes proves nothing, and is no alarm.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from homebeat.domain.durations import DAY_MS
from homebeat.domain.ids import ContactId
from homebeat.domain.instants import format_instant
from homebeat.domain.wall_clock import find_instant, find_zone

#: The events of such messages.
DAILY: Final = "family.daily"
WEEKLY: Final = "family.weekly"
FAMILY_NOTES: Final = frozenset({DAILY, WEEKLY})
#: Hours of the home's wall clock. People who are up at two have not begun a new day.
DAY_BEGINS_H: Final = 4
#: From when to when a daily note is written: whoever gets it in the afternoon learns nothing of the morning.
DAILY_HOURS: Final = range(7, 12)
#: The same for a weekly one, on Mondays.
WEEKLY_HOURS: Final = range(9, 20)
WEEK_DAYS: Final = 7
#: So long after it a sign of life is in no note any more.
SIGNS_KEPT_MS: Final = (WEEK_DAYS + 2) * DAY_MS
#: So long it is kept that a note was sent: a family can ask about a message of last month.
NOTES_KEPT_MS: Final = 35 * DAY_MS
_MONDAY: Final = 0
_EPOCH: Final = date(1970, 1, 1)
#: Stands in a list of days for one on which nothing was seen.
_UNSEEN: Final = "-"


@dataclass(frozen=True, slots=True)
class SignOfDay:
    """To which part of which day a sign of life belongs.

    Attributes:
        day: The date of the home's wall clock, days since 1970-01-01.
        is_night: Between midnight and four.
    """

    day: int
    is_night: bool


@dataclass(frozen=True, slots=True)
class SignsSeen:
    """When there were signs of life lately, in spans of one length.

    Attributes:
        bits: Bit k is the span that ended k spans before `until`: whether a sign of life fell into it.
        spans: How many spans are known; of what lies before them nothing is.
        span_ms: The length of each, in ms.
        until: The end of the newest span, epoch ms.
        newest: The newest sign of life, epoch ms.
        before: The newest one that was given before; None for none.
    """

    bits: int
    spans: int
    span_ms: int
    until: int
    newest: int
    before: int | None = None

    def find_firsts(self, zone: str) -> dict[SignOfDay, int]:
        """Find the first sign of each part of a day by the wall clock of a zone, epoch ms: to the span, and never too early.

        Parts that were over before the last look are left out, and those of whose begin nothing is known.
        """
        found: dict[SignOfDay, int] = {}
        known_from, day = self.until - self.spans * self.span_ms, find_sign_of_day(self.newest, zone).day
        for part in (SignOfDay(day - ago, is_night) for ago in (0, 1) for is_night in (False, True)):
            hours = (0, DAY_BEGINS_H) if part.is_night else (DAY_BEGINS_H, 24)
            begin, end = (find_instant(find_date(part.day), hour * 60, find_zone(zone)) for hour in hours)
            if begin < known_from or (self.before is not None and end <= self.before):
                continue
            # of a span that lies in two parts it is not known to which its sign belongs
            ages = (self.until - begin) // self.span_ms
            if (self.until - begin) % self.span_ms and self.bits >> max(ages, 0) & 1:
                continue
            seen = self.bits & ((1 << max(ages, 0)) - 1)
            at = min(self.newest, self.until - (seen.bit_length() - 1) * self.span_ms - 1)
            if seen and begin <= at < end:
                found[part] = at
        return found


def find_sign_of_day(at: int, zone: str) -> SignOfDay:
    """Find to which part of which day an instant (epoch ms) belongs by the wall clock of a zone."""
    wall = _read_clock(at, zone)
    return SignOfDay((wall.date() - _EPOCH).days, wall.hour < DAY_BEGINS_H)


def find_daily(now: int, zone: str) -> int | None:
    """Find the day for which a daily note may be written at `now` (epoch ms), days since 1970-01-01; None for none."""
    wall = _read_clock(now, zone)
    return (wall.date() - _EPOCH).days if wall.hour in DAILY_HOURS else None


def find_weekly(now: int, zone: str) -> int | None:
    """Find the Monday on which a weekly note may be written at `now` (epoch ms); None for none."""
    wall = _read_clock(now, zone)
    return (wall.date() - _EPOCH).days if wall.weekday() == _MONDAY and wall.hour in WEEKLY_HOURS else None


def find_day_end(day: int, zone: str) -> int:
    """Find when a day ends by the wall clock of a zone, epoch ms."""
    return find_instant(find_date(day) + timedelta(days=1), 0, find_zone(zone))


def find_date(day: int) -> date:
    """Find the date of a day since 1970-01-01."""
    return _EPOCH + timedelta(days=day)


def name_cause(kind: str, contact: ContactId, day: int) -> str:
    """Name the cause of a note: one a day, or a week, for each contact, whoever writes it."""
    return hashlib.sha256(f"{kind} {contact} {day}".encode()).hexdigest()


def make_daily_payload(first_at: int, day: int, zone: str) -> dict[str, str | int]:
    """Make what a daily note carries. It is not sent any more when the day is over."""
    return {"first_use_at": format_instant(first_at), "timezone": zone, "expires_at": format_instant(find_day_end(day, zone))}


@dataclass(frozen=True, slots=True)
class WeekSeen:
    """What was seen of a home in the seven days before a Monday.

    Attributes:
        first_at: The first sign of life of each day from four on, epoch ms; a day without one is left out.
        nights: In how many nights something was used between midnight and four.
        still_open: How many alerts are open that are no matter of the care desk.
    """

    first_at: Mapping[int, int]
    nights: int
    still_open: int

    def make_payload(self, monday: int, zone: str) -> dict[str, str | int]:
        """Make what a weekly note carries: the first use of each day, oldest first, apart by blanks."""
        days = range(monday - WEEK_DAYS, monday)
        return {
            "from": find_date(days[0]).isoformat(),
            "first_uses": " ".join(format_instant(self.first_at[day]) if day in self.first_at else _UNSEEN for day in days),
            "days_seen": sum(day in self.first_at for day in days),
            "nights": self.nights,
            "open": self.still_open,
            "timezone": zone,
            "expires_at": format_instant(find_day_end(monday, zone)),
        }


def read_first_uses(payload: Mapping[str, str | int]) -> Sequence[tuple[date, int | None]]:
    """Read the days of a weekly note again: each date with its first use, epoch ms; None where none was seen.

    A note that cannot be read has none.
    """
    try:
        begin = date.fromisoformat(str(payload.get("from", "")))
        return [
            (begin + timedelta(days=no), None if text == _UNSEEN else read_instant(text))
            for no, text in enumerate(str(payload.get("first_uses", "")).split())
        ]
    except ValueError:
        return ()


def read_instant(text: object) -> int | None:
    """Read an instant of a note, epoch ms; None for what is none."""
    try:
        return round(datetime.fromisoformat(str(text)).timestamp() * 1000)
    except ValueError:
        return None


def _read_clock(at: int, zone: str) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(find_zone(zone))
