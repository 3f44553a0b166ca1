"""Rates, floods, chattering and sources, with figures worked out by hand."""

from __future__ import annotations

import numpy as np

from homebeat.evidence.gather import Surroundings
from homebeat.evidence.load import count_peak, find_floods, merge_spans
from homebeat.evidence.report import DayLoad, LoadSource
from tests.unit.evidence.history import DAY, HOUR, MINUTE, START, course, report


def times(*minutes: float) -> np.typing.NDArray[np.int64]:
    return np.array([round(m * MINUTE) for m in minutes], np.int64)


def test_the_peak_is_within_any_ten_minutes() -> None:
    assert count_peak(times(0, 9, 10, 11, 19.9)) == 3, "9, 10 and 11; at 19.9 the one at 9 is too old"
    assert count_peak(times(0, 10)) == 1, "ten minutes later the first no longer counts"
    assert count_peak(times()) == 0


def test_a_flood_begins_with_the_tenth_alert_and_ends_ten_minutes_after_the_first_of_the_last_ten() -> None:
    assert find_floods(times(*range(10))) == [(9 * MINUTE, 10 * MINUTE)]
    assert find_floods(times(*range(9))) == []
    # the eleventh at 9.5: from the ninth minute on there are ten, until the second leaves at 11
    assert find_floods(times(*range(10), 9.5)) == [(9 * MINUTE, 11 * MINUTE)]
    assert find_floods(times(*range(0, 20, 2))) == [], "ten in 18 minutes are none"


def test_floods_are_of_one_area_and_their_time_is_counted_once() -> None:
    burst = [course(START + i * MINUTE, area=area) for area in ("lane", "hill") for i in range(10)]
    apart = [course(START + DAY + i * MINUTE, area=("lane", "hill")[i % 2]) for i in range(10)]
    found = report(*burst, *apart).load
    assert (found.floods, found.peak) == (2, 20)
    assert found.flood_share == round(1 / (31 * 24 * 60), 4) == 0.0
    long = report(*(course(START + i * MINUTE) for i in range(31 * 24))).load
    # from the tenth alert, at 9 min, to ten minutes after the tenth from the end, at 744 min: 735 of 44,640 minutes
    assert (long.floods, long.flood_share) == (1, round(735 / 44_640, 4))


def test_spans_are_merged() -> None:
    assert merge_spans([(5, 9), (1, 3), (3, 4), (8, 10), (7, 7)]) == [(1, 4), (5, 10)]


def test_three_reopenings_within_an_hour_chatter() -> None:
    found = report(
        course(reopened=(0, 30 * MINUTE, HOUR)),
        course(reopened=(0, 30 * MINUTE, HOUR + 1)),
        course(reopened=(0, MINUTE)),
        course(reopened=(0, 3 * HOUR, 3 * HOUR + 1, 3 * HOUR + 2)),
    ).load
    assert (found.chattering, found.chattering_share) == (2, 0.5)


def test_rates_are_by_day_and_by_resident_month() -> None:
    found = report(*(course(START + i * HOUR) for i in range(62))).load
    assert (found.per_day, found.per_resident_month) == (2.0, 1.55)
    assert report(course(), around=Surroundings("Asia/Shanghai")).load.per_resident_month is None


def test_days_are_those_of_the_zone() -> None:
    found = report(course(START), course(START + DAY - 1), course(START + DAY)).load.days
    assert found[:3] == [DayLoad("2026-03-01", 2), DayLoad("2026-03-02", 1), DayLoad("2026-03-03", 0)]
    assert (len(found), found[-1].day) == (31, "2026-03-31")


def test_the_ten_sources_with_most_alerts() -> None:
    many = [course(START + i * HOUR, source=f"household:h{n:02}") for n in range(12) for i in range(1 + (n == 7) * 4)]
    found = report(*many, course(source="device:stray"), course(source="device:stray")).load
    assert found.sources == 13
    assert found.top[:2] == [LoadSource("household:h07", 5, 0.2778), LoadSource("device:stray", 2, 0.1111)]
    assert [one.source for one in found.top[2:]] == [f"household:h{n:02}" for n in (0, 1, 2, 3, 4, 5, 6, 8)]
