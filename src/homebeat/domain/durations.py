"""Units of time, and durations as people write them in settings and fleet files: ISO 8601, `PT12H`, `P1DT6H`, `PT90S`.

Years and months are refused: their length depends on when they begin, and a limit on a person's silence must not.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

#: By which a `timedelta` is divided to make milliseconds of it.
MS: Final = timedelta(milliseconds=1)
#: Milliseconds, for times and durations that are plain numbers.
MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS

_FORM: Final = re.compile(
    r"P(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d{1,6})?)S)?)?",
    re.ASCII,
)
_LONGEST_TEXT: Final = 40


def parse_duration(text: str) -> timedelta:
    """Read an ISO 8601 duration of weeks, days, hours, minutes and seconds.

    Raises:
        ValueError: It is not one; the message shows the form.
    """
    found = _FORM.fullmatch(text) if len(text) <= _LONGEST_TEXT else None
    parts = {name: float(number) for name, number in found.groupdict().items() if number} if found else {}
    if not parts:
        raise ValueError(f"{text[:_LONGEST_TEXT]!r} is not a duration; write PT12H, PT15M, PT90S or P1DT6H")
    try:
        return timedelta(**parts)
    except OverflowError:
        raise ValueError(f"{text!r} is longer than any life") from None


def format_duration(duration: timedelta) -> str:
    """Write a duration so that `parse_duration` reads the same back.

    Raises:
        ValueError: It is negative, which no limit is.
    """
    if duration < timedelta(0):
        raise ValueError("a duration is not negative")
    minutes, seconds = divmod(duration.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    whole = f"{seconds}.{duration.microseconds:06d}".rstrip("0") if duration.microseconds else str(seconds)
    days = f"{duration.days}D" if duration.days else ""
    clock = "".join(f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M")) if n)
    clock += f"{whole}S" if whole != "0" else ""
    if not days and not clock:
        return "PT0S"
    return f"P{days}" + (f"T{clock}" if clock else "")
