"""When quiet hours end, by the wall clock of the home."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from homebeat.domain.alert import Priority
from homebeat.domain.quiet_hours import QuietHours

NIGHT = QuietHours(22 * 60, 7 * 60)
BERLIN = "Europe/Berlin"


def at(text: str, zone: str = BERLIN) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


@pytest.mark.parametrize(
    "now, end",
    [
        ("2026-03-01T21:59:59", None),
        ("2026-03-01T22:00", "2026-03-02T07:00"),
        ("2026-03-01T23:30", "2026-03-02T07:00"),
        ("2026-03-02T06:59", "2026-03-02T07:00"),
        ("2026-03-02T07:00", None),
        ("2026-03-28T23:00", "2026-03-29T07:00"),  # an hour shorter: summer begins
        ("2026-10-24T23:00", "2026-10-25T07:00"),  # an hour longer
    ],
)
def test_over_midnight_and_over_summer_time(now: str, end: str | None) -> None:
    assert NIGHT.find_end(at(now), BERLIN, Priority.LOW) == (None if end is None else at(end))


def test_the_night_in_which_the_clocks_change_is_as_long_as_it_is() -> None:
    short, long = at("2026-03-28T22:00"), at("2026-10-24T22:00")
    ends = [NIGHT.find_end(one, BERLIN, Priority.MEDIUM) for one in (short, long)]
    assert [(end - begun) / 3_600_000 for end, begun in zip(ends, (short, long), strict=True) if end is not None] == [8, 10]


def test_a_rest_at_noon_is_of_one_day() -> None:
    noon = QuietHours(13 * 60, 15 * 60)
    assert noon.find_end(at("2026-03-01T14:00"), BERLIN, Priority.LOW) == at("2026-03-01T15:00")
    assert noon.find_end(at("2026-03-01T15:00"), BERLIN, Priority.LOW) is None
    assert noon.find_end(at("2026-03-01T01:00"), BERLIN, Priority.LOW) is None


@pytest.mark.parametrize("priority", [Priority.CRITICAL, Priority.HIGH])
def test_what_is_urgent_never_waits_whatever_somebody_has_asked_for(priority: Priority) -> None:
    greedy = QuietHours(22 * 60, 7 * 60, tuple(Priority))
    assert greedy.find_end(at("2026-03-01T23:00"), BERLIN, priority) is None


def test_only_what_was_asked_for_waits() -> None:
    only_low = QuietHours(22 * 60, 7 * 60, (Priority.LOW,))
    assert only_low.find_end(at("2026-03-01T23:00"), BERLIN, Priority.MEDIUM) is None
    assert only_low.find_end(at("2026-03-01T23:00"), BERLIN, Priority.LOW) is not None


@pytest.mark.parametrize("zone", ["", "Nowhere/At_All", "../etc", "Asia"])
def test_a_zone_that_is_not_known_counts_as_utc(zone: str) -> None:
    assert NIGHT.find_end(at("2026-03-01T23:00", "UTC"), zone, Priority.LOW) == at("2026-03-02T07:00", "UTC")
