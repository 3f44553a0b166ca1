"""To which day a sign of life belongs, when a note may be written, and what it carries; over a change of clocks too."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from homebeat.domain.family_note import (
    SignOfDay,
    SignsSeen,
    WeekSeen,
    find_daily,
    find_date,
    find_day_end,
    find_sign_of_day,
    find_weekly,
    make_daily_payload,
    read_first_uses,
)

SHANGHAI, BERLIN = "Asia/Shanghai", "Europe/Berlin"


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def day(text: str) -> int:
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


@pytest.mark.parametrize(
    "when, zone, is_night",
    [
        ("2026-03-01T06:52:00+08:00", SHANGHAI, False),
        ("2026-03-01T03:59:59+08:00", SHANGHAI, True),
        ("2026-03-01T04:00:00+08:00", SHANGHAI, False),
        ("2026-03-01T23:59:59+08:00", SHANGHAI, False),
        ("2026-03-01T03:00:00+00:00", "no/zone", True),
    ],
)
def test_a_day_begins_at_four(when: str, zone: str, is_night: bool) -> None:
    assert find_sign_of_day(at(when), zone) == SignOfDay(day("2026-03-01"), is_night)


def test_notes_are_written_in_the_morning_of_the_home() -> None:
    assert find_daily(at("2026-03-01T06:59:00+08:00"), SHANGHAI) is None
    assert find_daily(at("2026-03-01T07:00:00+08:00"), SHANGHAI) == day("2026-03-01")
    assert find_daily(at("2026-03-01T12:00:00+08:00"), SHANGHAI) is None
    assert find_weekly(at("2026-03-01T10:00:00+08:00"), SHANGHAI) is None, "a Sunday"
    assert find_weekly(at("2026-03-02T10:00:00+08:00"), SHANGHAI) == day("2026-03-02")
    assert find_daily(at("2026-03-29T05:00:00+00:00"), BERLIN) == day("2026-03-29"), "seven, in summer time since the night"
    assert find_daily(at("2026-10-25T05:59:00+00:00"), BERLIN) is None


def test_a_note_ends_with_its_day() -> None:
    payload = make_daily_payload(at("2026-10-25T06:52:00+01:00"), day("2026-10-25"), BERLIN)
    assert payload["expires_at"] == "2026-10-25T23:00:00Z"
    assert find_day_end(day("2026-03-29"), BERLIN) == at("2026-03-29T22:00:00+00:00")


def test_a_week_is_read_as_it_was_written() -> None:
    monday = day("2026-03-02")
    seen = {monday - 7: at("2026-02-23T06:52:00+08:00"), monday - 1: at("2026-03-01T07:10:00+08:00")}
    payload = WeekSeen(seen, 2, 1).make_payload(monday, SHANGHAI)
    found = read_first_uses(payload)
    assert [one for _, one in found] == [seen[monday - 7], None, None, None, None, None, seen[monday - 1]]
    assert [found[0][0], found[-1][0]] == [find_date(monday - 7), date(2026, 3, 1)]
    assert (payload["days_seen"], payload["nights"], payload["open"]) == (2, 2, 1)
    assert read_first_uses({"from": "soon", "first_uses": "-"}) == ()
    assert datetime.fromtimestamp(seen[monday - 7] / 1000, UTC).hour == 22


TEN = 600_000


def see(*clocks: str, zone: str = "+08:00", until: str = "2026-03-02T08:10:00", before: str | None = None) -> SignsSeen:
    """Signs of life at these times, the newest first, in 32 hours of ten minutes."""
    end = at(until + zone)
    times = [at(clock + zone) for clock in clocks]
    bits = sum(1 << age for age in {(end - 1 - time) // TEN for time in times})
    return SignsSeen(bits, 192, TEN, end, times[0], None if before is None else at(before + zone))


def test_the_first_of_many_signs_in_one_look_is_found_in_each_part_and_never_too_early() -> None:
    today, before = day("2026-03-02"), day("2026-03-01")
    signs = see("2026-03-02T08:04:00", "2026-03-02T06:12:30", "2026-03-02T02:00:00", "2026-03-01T20:00:00")
    assert signs.find_firsts(SHANGHAI) == {
        SignOfDay(today, False): at("2026-03-02T06:20:00+08:00") - 1,
        SignOfDay(today, True): at("2026-03-02T02:10:00+08:00") - 1,
        SignOfDay(before, False): at("2026-03-01T20:10:00+08:00") - 1,
    }


def test_a_first_sign_that_is_seen_at_once_is_exact_and_parts_that_were_looked_at_are_left_out() -> None:
    signs = see("2026-03-02T08:04:00", "2026-03-02T02:00:00", "2026-03-01T20:00:00", before="2026-03-02T04:30:00")
    assert signs.find_firsts(SHANGHAI) == {SignOfDay(day("2026-03-02"), False): at("2026-03-02T08:04:00+08:00")}


def test_what_is_not_proven_to_be_the_first_is_none() -> None:
    """Days that began before anything is known, and a span that lies in two parts: quarter to six from Greenwich."""
    long_ago = see("2026-03-01T05:00:00", until="2026-03-02T12:10:00")
    assert long_ago.find_firsts(SHANGHAI) == {}
    nepal = see("2026-03-02T06:00:00", "2026-03-02T04:02:00", zone="+05:45", until="2026-03-02T06:05:00")
    assert nepal.find_firsts("Asia/Kathmandu") == {}
