"""A timer among a person's movements, against a slow program that looks at every expected beat."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homebeat.habits.beat import LEAST_SHARE, PAUSE_S, SHARP_S, Bursts, count_beats, find_beat, is_on_beat

HOUR = 3_600
DAY = 24 * HOUR
DAYS = 6


def bursts_of(firings: list[float]) -> Bursts:
    """One movement each, gathered as a device's row gathers them, the newest 128."""
    spans: list[list[float]] = []
    for at in sorted(firings):
        if spans and at - spans[-1][1] < PAUSE_S:
            spans[-1][1] = at
        else:
            spans.append([at, at])
    spans = spans[-128:]
    return Bursts(np.array([s for s, _ in spans]), np.array([e for _, e in spans]), np.ones(len(spans)))


def person(chance: random.Random, days: int = DAYS) -> list[float]:
    """Up from seven to ten: three movements an hour, and once or twice at night."""
    day = [day * DAY + 7 * HOUR + chance.random() * 15 * HOUR for day in range(days) for _ in range(45)]
    return day + [day * DAY + chance.random() * 7 * HOUR for day in range(days) for _ in range(2)]


def ghost(every_s: float, days: int = DAYS, begins: float = 1_440) -> list[float]:
    return [begins + k * every_s for k in range(int(days * DAY / every_s))]


def share_that_came(bursts: Bursts, newest: float, period: float) -> float:
    """Of the expected beats at which nobody was moving already, those that came."""
    expected = came = 0
    at = newest
    while at >= bursts.start[0] - SHARP_S:
        moving = any(s + SHARP_S < at < e + PAUSE_S for s, e, _ in zip(*bursts, strict=True))
        if not moving:
            expected += 1
            came += any(abs(s - at) <= SHARP_S for s in bursts.start)
        at -= period
    return came / expected


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.sampled_from((HOUR, 90 * 60, 2 * HOUR, 3 * HOUR, 4 * HOUR, 3_700, 5_000)))
def test_a_timer_is_found_among_movements(seed: int, every_s: int) -> None:
    """After her last movement the timer goes on for a day."""
    bursts = bursts_of(person(random.Random(seed), DAYS - 1) + ghost(every_s))
    found = find_beat(bursts, DAY)
    assert found is not None
    assert found.period_s == pytest.approx(every_s, abs=2) or found.period_s == pytest.approx(2 * every_s, abs=2)
    assert share_that_came(bursts, float(bursts.start[-1]), found.period_s) >= LEAST_SHARE


@settings(max_examples=60)
@given(st.integers(0, 10**6))
def test_a_person_is_no_timer(seed: int) -> None:
    chance = random.Random(seed)
    firings = person(chance, 10)
    for upto in range(len(firings) // 2, len(firings), 40):
        assert find_beat(bursts_of(sorted(firings)[:upto]), DAY) is None


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.sampled_from((DAY, HOUR)))
def test_a_person_of_habits_is_no_timer(seed: int, every_s: int) -> None:
    """Kettle at seven, door at eight, back at noon, bed at ten: every day, give or take five minutes."""
    chance = random.Random(seed)
    hours = (7, 8, 12, 13, 18, 20, 22)
    firings = [day * DAY + hour * HOUR + chance.gauss(0, 300) for day in range(18) for hour in hours]
    assert all(find_beat(bursts_of(firings[:upto]), every_s) is None for upto in range(20, len(firings)))


def test_pills_twice_a_day_at_the_minute_are_a_persons() -> None:
    assert find_beat(bursts_of([day * DAY + hour * HOUR for day in range(18) for hour in (8, 20)]), DAY) is None


def test_who_moves_every_few_minutes_all_day_and_night_is_no_timer() -> None:
    chance = random.Random(5)
    assert find_beat(bursts_of([chance.random() * DAYS * DAY for _ in range(200 * DAYS)]), DAY) is None


@pytest.mark.parametrize(("asleep_h", "beats"), [(0, True), (1, False)])
def test_a_device_that_reports_each_hour_beats_only_if_every_report_of_five_nights_says_so(asleep_h: int, *, beats: bool) -> None:
    hours = [h for h in range(6 * 24) if h % 24 >= asleep_h]
    assert (find_beat(bursts_of([float(h * HOUR) for h in hours]), HOUR) is not None) == beats


def test_counts_above_the_timers_own_are_a_persons() -> None:
    bursts = bursts_of([float(h * HOUR) for h in range(6 * 24)])
    counted = np.where(np.arange(len(bursts.start)) % 24 < 9, 2.0, 7.0)
    found = find_beat(bursts._replace(counted=counted), HOUR)
    assert found is not None
    assert found.most == 3


def test_it_has_stopped_when_beats_do_not_come() -> None:
    every = 4 * HOUR
    before, after = ghost(every, 4), [4 * DAY + k * 5_000.0 for k in range(20)]
    anchor = before[-1]
    assert count_beats(bursts_of([*before, *after[:5]]), anchor, every, DAY) > 0
    assert count_beats(bursts_of([*before, *after]), anchor, every, DAY) == 0


def test_a_firing_near_an_expected_beat_is_the_beat() -> None:
    at, anchor, hour = np.array([0.0, 3_600 + 89, 3_600 + 91, 7_200 - 89, 1_800]), np.zeros(5), np.full(5, 3_600.0)
    assert is_on_beat(at, anchor, hour).tolist() == [True, True, False, True, False]
    assert not is_on_beat(at, anchor, np.zeros(5)).any()
