"""Writes calendars as RFC 5545 has them (iCalendar), so that anybody's calendar can follow their shifts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

#: Of one line, without its end (RFC 5545, 3.1).
_LONGEST_LINE: Final = 75
_PRODUCT: Final = "-//homebeat//duty//EN"
#: A calendar has one component at least: of one without events it is the zone in which all times stand.
_ZONE: Final = (
    "BEGIN:VTIMEZONE",
    "TZID:UTC",
    "BEGIN:STANDARD",
    "DTSTART:19700101T000000",
    "TZOFFSETFROM:+0000",
    "TZOFFSETTO:+0000",
    "END:STANDARD",
    "END:VTIMEZONE",
)


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """One event.

    Attributes:
        uid: Unique for good: a calendar knows by it which event has changed.
        starts_at: Epoch ms.
        ends_at: Epoch ms.
    """

    uid: str
    starts_at: int
    ends_at: int
    summary: str
    location: str = ""


def write_calendar(name: str, events: Sequence[CalendarEvent], now: int) -> bytes:
    """Write a calendar.

    Args:
        name: Of the calendar, as its reader sees it.
        events: In order.
        now: When it is written, epoch ms.
    """
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{_PRODUCT}", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"]
    lines += [f"X-WR-CALNAME:{_escape(name)}", "REFRESH-INTERVAL;VALUE=DURATION:PT1H", "X-PUBLISHED-TTL:PT1H"]
    for event in events:
        lines += _list_lines(event, now)
    lines += [] if events else _ZONE
    lines.append("END:VCALENDAR")
    return b"".join(_fold(lines))


def _list_lines(event: CalendarEvent, now: int) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{_escape(event.uid)}"
    yield f"DTSTAMP:{_format_utc(now)}"
    yield f"DTSTART:{_format_utc(event.starts_at)}"
    yield f"DTEND:{_format_utc(event.ends_at)}"
    yield f"SUMMARY:{_escape(event.summary)}"
    if event.location:
        yield f"LOCATION:{_escape(event.location)}"
    yield "END:VEVENT"


def _format_utc(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y%m%dT%H%M%SZ")


def _escape(text: str) -> str:
    plain = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    # a control character has no place in a text, and a line break would begin a property
    return "".join(" " if ord(char) < ord(" ") or ord(char) == 127 else char for char in plain)


def _fold(lines: Iterable[str]) -> Iterator[bytes]:
    """Fold lines at 75 bytes, and never within a character."""
    for line in lines:
        part = b""
        for char in line:
            encoded = char.encode()
            if len(part) + len(encoded) > _LONGEST_LINE:
                yield part + b"\r\n"
                part = b" "
            part += encoded
        yield part + b"\r\n"
