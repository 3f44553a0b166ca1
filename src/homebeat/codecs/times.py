"""Reads device times, and refuses or corrects those that cannot be true."""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Final

from homebeat.codecs.wire import Limits, Mark

#: Nearly every time is written as a minute, and seconds of UTC without a fraction: in ms, by how they are written.
_MINUTE: Final = len("2026-03-01T08:00")
_SECONDS: Final = {f":{second:02d}Z": second * 1000 for second in range(60)}
_COMMON: Final = len("2026-03-01T08:00:00Z")
_LONGEST_ISO: Final = 40
_MIDNIGHT_H: Final = 24
_SIXTY: Final = 60
#: About 30,000 years: beyond any limit, and small enough for every sum of milliseconds to be exact.
_FARTHEST_S: Final = 1e12


#: The forms of ISO 8601 that name a moment: a day of a month, of a week or of a year, then hours with minutes and seconds or
#: without, the last of them with a fraction, then the zone. RFC 3339 writes small letters and a space as well.
_FORM: Final = re.compile(
    r"(?P<year>\d{4})(?:-?W(?P<week>\d\d)(?:-?(?P<weekday>\d))?|-?(?P<month>\d\d)-?(?P<day>\d\d)|-?(?P<yearday>\d{3}))"
    r"[Tt _]"
    r"(?P<hour>\d\d)(?::?(?P<minute>\d\d)(?::?(?P<second>\d\d))?)?(?P<fraction>[.,]\d*)?"
    r" ?(?:(?P<utc>[Zz])|(?P<sign>[-+\u2212])(?P<ahead_h>\d\d)(?::?(?P<ahead_m>\d\d)(?::?(?P<ahead_s>\d\d))?)?)",
    re.ASCII,
)


def parse_iso_ms(text: str) -> int | None:
    """Parse an ISO 8601 time that names its zone, to epoch ms; None for any other text. The same on every version of Python.

    A time without a zone is refused: a wrong guess would shift a night by hours. 24:00 is the midnight that ends the day. A leap
    second (:60) is the first of the next minute.
    """
    if len(text) == _COMMON and (second := _SECONDS.get(text[_MINUTE:])) is not None:
        minute = _find_minute(text[:_MINUTE])
        if minute is not None:
            return minute + second
    if len(text) > _LONGEST_ISO:
        return None
    # nearly every time has this form, and Python's own parser is much faster; what one of its versions refuses is parsed below
    if len(text) >= _COMMON and text[13] == ":" and text[16] == ":":
        try:
            moment = datetime.fromisoformat(text)
            return None if moment.tzinfo is None else round(moment.timestamp() * 1000)
        except (ValueError, OverflowError):
            pass
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    try:
        return _compute_ms(found)
    except (ValueError, OverflowError):
        return None


@lru_cache(maxsize=1_000)
def _find_minute(text: str) -> int | None:
    """Find when a minute of UTC begins: many devices speak within one, and a calendar is slow."""
    if text[-3] != ":":
        return None
    try:
        return round(datetime.fromisoformat(f"{text}Z").timestamp() * 1000)
    except (ValueError, OverflowError):
        return None


def _compute_ms(form: re.Match[str]) -> int:
    """Compute epoch ms; the fraction is cut off at microseconds.

    Raises:
        ValueError, OverflowError: No day of the calendar, or no time of a day.
    """
    hour, minute, second = int(form["hour"]), int(form["minute"] or 0), int(form["second"] or 0)
    # a fraction is of the last part that is written
    unit_s = 1 if form["second"] else 60 if form["minute"] else 3600
    digits = (form["fraction"] or "")[1:]
    fraction = Fraction(int(digits), 10 ** len(digits)) if digits else 0
    ends_day = hour == _MIDNIGHT_H and not (minute or second or fraction)
    if (hour >= _MIDNIGHT_H and not ends_day) or minute >= _SIXTY or second > _SIXTY:
        raise ValueError("no time of a day")
    micros = int(fraction * unit_s * 1_000_000)
    moment = datetime.combine(_compute_day(form), time.min, UTC) + timedelta(
        hours=hour, minutes=minute, seconds=second, microseconds=micros
    )
    if form["sign"]:
        ahead = timedelta(hours=int(form["ahead_h"]), minutes=int(form["ahead_m"] or 0), seconds=int(form["ahead_s"] or 0))
        if ahead >= timedelta(days=1):
            raise ValueError("no zone is a day ahead")
        moment -= ahead if form["sign"] == "+" else -ahead
    return round(moment.timestamp() * 1000)


def _compute_day(form: re.Match[str]) -> date:
    year = int(form["year"])
    if form["week"]:
        return date.fromisocalendar(year, int(form["week"]), int(form["weekday"] or 1))
    if form["month"]:
        return date(year, int(form["month"]), int(form["day"]))
    found = date(year, 1, 1) + timedelta(days=int(form["yearday"]) - 1)
    if found.year != year:
        raise ValueError("no day of this year")
    return found


def read_device_ms(value: object) -> int | None:
    """Read a device's `at`, to epoch ms: a number of milliseconds or an ISO text with a zone; None when it is neither.

    A ten-digit number (epoch seconds) is taken as milliseconds, so it lies in 1970 and `place_time` refuses it.
    """
    if isinstance(value, str):
        return parse_iso_ms(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return int(value)


def convert_to_ms(seconds: float) -> int:
    """Convert a device's seconds to ms. What is too large for any calendar, or no number, becomes a time that is refused."""
    if not abs(seconds) < _FARTHEST_S:
        seconds = math.copysign(_FARTHEST_S, seconds)
    return round(seconds * 1000)


def place_time(at: int, received_at: int, limits: Limits, *, listed: bool) -> tuple[int, Mark] | None:
    """Place a reading on the time axis: (event time in epoch ms, mark), or None when its time is refused as absurd.

    Args:
        at: The device's time, epoch ms.
        received_at: Arrival, epoch ms.
        limits: How far a device's clock may be off.
        listed: Whether the reading came in a list (back-fill): there arrival tells nothing about the event time.
    """
    oldest = received_at - (limits.backfill_ms if listed else limits.behind_ms)
    if oldest <= at <= received_at + limits.future_ms:
        return at, Mark.NONE
    return None if listed else (received_at, Mark.CLOCK_CORRECTED)
