"""Calendars as RFC 5545 has them: read back by its own grammar."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from homebeat.domain.calendar import CalendarEvent, write_calendar

NOW = 1_772_337_600_000
#: RFC 5545, 3.1: name, parameters, value. No control character but a tab, no bare line end.
LINE = re.compile(r"([A-Z0-9-]+)((?:;[A-Z0-9-]+=[^\x00-\x1f\";:,]*)*):([^\x00-\x08\x0a-\x1f\x7f]*)")
TEXT = re.compile(r"(?:[^\\;,\x00-\x1f\x7f]|\\[\\;,nN]|\t)*")
UTC = re.compile(r"\d{8}T\d{6}Z")
#: What an event must have, once (3.6.1).
ONCE = {"UID", "DTSTAMP", "DTSTART"}


def unfold(content: bytes) -> list[str]:
    """Each line ends with CRLF, and is no longer than 75 bytes; a line that goes on begins with a blank."""
    assert content.endswith(b"\r\n")
    physical = content[:-2].split(b"\r\n")
    assert all(len(line) <= 75 for line in physical)
    assert not any(b"\r" in line or b"\n" in line for line in physical)
    for line in physical:
        line.decode("utf-8")  # no character is cut
    return content.decode("utf-8").replace("\r\n ", "")[:-2].split("\r\n")


def parse(content: bytes) -> tuple[dict[str, str], list[dict[str, str]], list[str]]:
    """The properties of the calendar, those of each event, and the names of all components."""
    stack: list[tuple[str, dict[str, str]]] = []
    events: list[dict[str, str]] = []
    components: list[str] = []
    calendar: dict[str, str] = {}
    for line in unfold(content):
        found = LINE.fullmatch(line)
        assert found, line
        name, value = found[1], found[3]
        if name == "BEGIN":
            assert bool(stack) == (value != "VCALENDAR")
            stack.append((value, {}))
            components.append(value)
        elif name == "END":
            ended, properties = stack.pop()
            assert ended == value
            if ended == "VEVENT":
                assert properties.keys() >= ONCE
                events.append(properties)
            elif ended == "VCALENDAR":
                calendar = properties
        else:
            assert name not in stack[-1][1], f"{name} twice"
            if name in {"SUMMARY", "LOCATION", "UID", "X-WR-CALNAME"}:
                assert TEXT.fullmatch(value)
                value = re.sub(r"\\(.)", r"\1", value)
            stack[-1][1][name] = value
    assert not stack
    return calendar, events, components


def test_a_shift_is_an_event() -> None:
    event = CalendarEvent("desk.2026-03-01.night@homebeat", NOW, NOW + 43_200_000, "On duty: night, desk", "Plum Lane; 北区")
    calendar, events, components = parse(write_calendar("Duty, of Wang", [event], NOW - 1))
    assert (calendar["VERSION"], calendar["PRODID"], calendar["X-WR-CALNAME"]) == (
        "2.0", "-//homebeat//duty//EN", "Duty, of Wang",
    )  # fmt: skip
    assert events == [
        {
            "UID": "desk.2026-03-01.night@homebeat",
            "DTSTAMP": "20260301T035959Z",
            "DTSTART": "20260301T040000Z",
            "DTEND": "20260301T160000Z",
            "SUMMARY": "On duty: night, desk",
            "LOCATION": "Plum Lane; 北区",
        }
    ]
    assert components == ["VCALENDAR", "VEVENT"]


def test_a_calendar_without_shifts_has_a_component_all_the_same() -> None:
    calendar, events, components = parse(write_calendar("Duty", [], NOW))
    assert calendar
    assert (events, components) == ([], ["VCALENDAR", "VTIMEZONE", "STANDARD"])


@given(st.lists(st.tuples(st.text(), st.text(max_size=200), st.text())), st.text())
def test_any_text_is_carried_and_breaks_no_line(texts: list[tuple[str, str, str]], name: str) -> None:
    events = [CalendarEvent(uid, NOW, NOW + 1_000, summary, location) for uid, summary, location in map(clean, texts)]
    calendar, found, _ = parse(write_calendar(clean((name,))[0], events, NOW))
    assert [(each["UID"], each["SUMMARY"], each.get("LOCATION", "")) for each in found] == [
        (event.uid, event.summary, event.location) for event in events
    ]
    assert calendar["X-WR-CALNAME"] == clean((name,))[0]
    assert all(UTC.fullmatch(each[at]) for each in found for at in ("DTSTAMP", "DTSTART", "DTEND"))


def test_a_line_break_in_a_text_begins_no_property() -> None:
    event = CalendarEvent("a\r\nb", NOW, NOW + 1_000, "x\nATTENDEE:mailto:eve@example.org", "\x00\x7f")
    (found,) = parse(write_calendar("\r\n", [event], NOW))[1]
    assert found["SUMMARY"] == "x ATTENDEE:mailto:eve@example.org"
    assert "ATTENDEE" not in found


def clean(texts: tuple[str, ...]) -> tuple[str, ...]:
    """What may stand in a text: no control character, and no half of a character."""
    return tuple("".join(c for c in text if ord(c) >= 32 and ord(c) != 127 and not 0xD800 <= ord(c) < 0xE000) for text in texts)
