"""Leak or habit: found when there, silent when not, unknown when not seen."""

from __future__ import annotations

import numpy as np
import pytest

from homebeat.habits.leak import (
    compute_base_flow,
    compute_strong_waits,
    compute_waits,
    find_steady_flow,
    is_learned,
    is_life,
    is_split,
    was_leak,
)

WEEKS = 8


def day_of_use() -> np.ndarray:
    return np.array([0] * 6 + [12, 8, 3, 0, 5, 2, 9, 4, 0, 0, 3, 6, 11, 7, 2, 5, 1, 0], float)


def two_days(*hours: np.ndarray) -> np.ndarray:
    """float64[48, m]."""
    return np.stack([np.tile(h, 2) for h in hours], axis=1)


def test_a_leak_shows_its_own_flow_and_a_busy_house_does_not() -> None:
    busy = np.tile([9.0, 2.0, 40.0], 8)
    flow = find_steady_flow(two_days(day_of_use() + 1.0, busy), np.array([26, 26]))
    assert flow.is_steady.tolist() == [True, False]
    assert flow.lowest_lph.tolist() == [1.0, 2.0]
    assert flow.looked_at_h.tolist() == [26, 26]


def test_one_quiet_stretch_is_not_enough() -> None:
    once = np.tile([30.0, 60.0, 90.0, 120.0], 12)
    once[20:23] = 5.0
    flow = find_steady_flow(once[:, None], np.array([36]))
    assert flow.in_a_row.tolist() == [True]
    assert not flow.is_steady[0], "three hours of thirty-six"


def test_hours_not_heard_of_are_not_looked_at() -> None:
    leak = np.full((48, 1), 4.0)
    leak[30:40] = np.nan
    flow = find_steady_flow(leak, np.array([24]))
    assert (flow.looked_at_h[0], flow.near_h[0]) == (24, 24)
    leak[:] = np.nan
    leak[[40, 41, 43, 44, 46, 47]] = 4.0
    assert not find_steady_flow(leak, np.array([24])).in_a_row[0], "a stretch ends where nothing was heard"
    assert find_steady_flow(leak, np.array([2])).in_a_row[0], "all that was looked at"
    assert not find_steady_flow(np.full((48, 1), np.nan), np.array([24])).is_steady[0]


def test_the_counts_of_a_slow_leak_may_fall_unevenly() -> None:
    pulses = np.tile([1.0, 2.0], 24)[:, None]
    assert find_steady_flow(pulses, np.array([24])).is_steady[0]
    coarse = np.tile([10.0, 20.0], 24)[:, None]
    assert not find_steady_flow(coarse, np.array([24])).is_steady[0]
    assert find_steady_flow(coarse, np.array([24]), np.array([10])).is_steady[0]


def test_what_was_a_leak_teaches_nothing() -> None:
    visitors = np.tile([30.0, 2.0, 55.0, 8.0, 20.0, 3.0], 4)
    assert was_leak(find_steady_flow(two_days(day_of_use() + 2.0, visitors), np.array([48, 30]))).tolist() == [True, False]
    assert not was_leak(find_steady_flow(two_days(day_of_use() + 2.0), np.array([20])))[0], "too short to tell"


def test_the_wait_is_the_homes_own() -> None:
    longest = np.zeros((WEEKS, 4), int)
    longest[3] = [10, 30, 60, 30]
    heard = np.full((WEEKS, 4), 100)
    heard[:, 3] = 20
    assert compute_waits(longest, heard).tolist() == [24, 34, 48, 36]
    assert compute_waits(longest, heard, shortest_h=12, most_h=40, unlearned_h=20).tolist() == [14, 34, 40, 20]
    assert is_learned(heard).tolist() == [True, True, True, False]


@pytest.mark.parametrize(
    "newest, split",
    [
        pytest.param([1.0, 0.0], True, id="the pulse comes later"),
        pytest.param([2.0, 0.0], True, id="the pulse came before"),
        pytest.param([1.0, 0.6], True, id="totals of half past, the first hour"),
        pytest.param([1.0, 0.6, 0.4], True, id="and the second"),
        pytest.param([1.0, 0.6, 0.0], False, id="more than a count is missing"),
        pytest.param([1.0, 0.0, 0.0], False, id="nothing runs"),
        pytest.param([1.5, 0.0], False, id="somebody drew water just before"),
        pytest.param([30.0, 0.3], False, id="much, just before"),
        pytest.param([30.0, 0.5, 0.5], False, id="much before two"),
        pytest.param([0.0, *[1.0] * 10, 0.0], False, id="once in twelve hours"),
        pytest.param([1.0, 0.6, 0.4, 0.9], False, id="an hour with use"),
        pytest.param([np.nan, 0.0], False, id="after an hour that was not heard"),
    ],
)
def test_a_pulse_may_fall_to_another_hour(newest: list[float], split: bool) -> None:
    hours = np.array([1.0] * (12 - len(newest)) + newest)[:, None]
    assert is_split(hours).tolist() == [split]


def test_what_the_run_does_not_hold_is_not_asked() -> None:
    assert is_split(np.array([np.nan] * 10 + [1.0, 0.0])[:, None]).tolist() == [True]
    assert is_split(np.array([np.nan] * 11 + [0.0])[:, None]).tolist() == [False]


def test_an_hour_without_use_is_neither_the_flow_nor_near_it() -> None:
    split = np.tile([3.0, 3.0, 3.0, 0.0, 6.0, 3.0], 8)[:, None]
    flow = find_steady_flow(split, np.array([24]))
    assert (flow.lowest_lph[0], flow.near_h[0], flow.looked_at_h[0]) == (3.0, 16, 24)
    assert np.isnan(find_steady_flow(np.zeros((48, 1)), np.array([24])).lowest_lph[0])


def test_a_strong_flow_is_waited_for_half_as_long_again_as_is_usual() -> None:
    heard = np.full((WEEKS, 4), 100)
    heard[:, 3] = 20
    assert compute_strong_waits(np.array([0, 7, 11, 3]), heard).tolist() == [10, 11, 17, 49], "of a home not known yet never"


def test_only_what_runs_day_and_night_is_base_flow() -> None:
    usual = np.tile(day_of_use(), 2)
    short = np.full(48, np.nan)
    short[-20:] = 5.0
    assert compute_base_flow(np.stack([usual, usual + 2.0, short], axis=1)).tolist() == [0.0, 2.0, 0.0]


def test_over_a_base_flow_only_what_a_leak_cannot_show_is_life() -> None:
    """Whatever a steady leak counts, in whatever intervals, with the base flow that it shows: never life."""
    chance = np.random.default_rng(5)
    for rate in np.arange(0.1, 30.0, 0.37):
        for resolution in (1, 10):
            ends = np.cumsum(chance.choice([1 / 60, 0.5, 0.9, 1.0, 1.1, 2.0], 400))
            counted = np.floor((ends * rate + chance.random()) / resolution) * resolution
            hourly = np.diff(np.interp(np.arange(60.0), ends, counted))[-48:]
            base = compute_base_flow(hourly[:, None])[0]
            rise, hours = np.diff(counted), np.diff(ends)
            if base > 0:
                shown = is_life(rise, np.full(len(rise), base), hours, np.full(len(rise), resolution))
                assert not shown.any(), (rate, resolution, base)


def test_a_use_on_top_of_a_leak_is_life() -> None:
    litres, one = np.array([5.0, 6.0, 11.0, 3.0]), np.ones(4)
    assert is_life(litres, np.full(4, 5.0), one, np.ones(4, int)).tolist() == [False, False, True, False]
    assert is_life(litres, np.zeros(4), one, np.ones(4, int)).all(), "without a base flow every count is"
    assert is_life(np.array([0.9999, 9.0]), np.zeros(2), np.ones(2), np.array([1, 10])).tolist() == [True, False]
