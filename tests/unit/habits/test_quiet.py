"""Gaps on the clock that stops."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from homebeat.habits.backtest import compute_delays_h, count_gaps_a_month, spread_collapses
from homebeat.habits.hazard import count_by_step
from homebeat.habits.quiet import QuietGaps, find_quiet_gaps

HOURS = 48


def gaps_of(hours: list[float], stood: tuple[float, float] | None = None) -> QuietGaps:
    """Signs and the span the clock stood, by the hour of two days; gaps come newest first."""
    half_hour = np.arange(2 * HOURS)[::-1]
    ran = np.ones(2 * HOURS, np.bool_) if stood is None else (half_hour < 2 * stood[0]) | (half_hour >= 2 * stood[1])
    life = np.isin(half_hour, (np.array(hours) * 2).astype(int))
    return find_quiet_gaps(life[None], ran[None], half_hour % 48)


def test_gaps_are_wall_time_where_the_clock_never_stops() -> None:
    gaps = gaps_of([1, 2, 5])
    assert gaps.length.tolist() == [6, 2]
    assert gaps.start.tolist() == [4, 2]
    assert gaps.age.tolist() == [2 * HOURS - 11, 2 * HOURS - 5]
    assert gaps.ended.all()


def test_several_signs_in_a_half_hour_are_one() -> None:
    assert gaps_of([1, 1.2, 1.4, 2]).length.tolist() == [2]


def test_time_off_the_clock_is_not_quiet() -> None:
    gaps = gaps_of([1, 10], stood=(3, 7))
    assert gaps.length.tolist() == [10]
    assert gaps.ended.tolist() == [True]


def test_a_gap_that_ends_in_a_hole_only_lasted_at_least_so_long() -> None:
    gaps = gaps_of([1, 10], stood=(4, 10))
    assert gaps.length.tolist() == [6]
    assert gaps.ended.tolist() == [False]


@pytest.mark.parametrize("stood, is_ended", [((9.5, 10), True), ((9, 9.5), True), ((9, 10), False)])
def test_one_half_hour_left_out_before_the_sign_hides_no_end(stood: tuple[float, float], is_ended: bool) -> None:
    assert gaps_of([1, 10], stood).ended.tolist() == [is_ended]


def test_between_neighbouring_signs_nothing_older_is_looked_at() -> None:
    assert gaps_of([1, 9, 9.5], stood=(9.5, 10)).ended.tolist() == [True, True]


def test_a_gap_all_off_the_clock_teaches_nothing() -> None:
    assert len(gaps_of([1, 10], stood=(1, 10)).length) == 0
    assert len(gaps_of([1, 2, 3], stood=(0, 48)).length) == 0


def test_gaps_of_two_residents_are_not_mixed() -> None:
    life = np.zeros((2, 6), np.bool_)
    life[0, [0, 3]] = life[1, [1, 5]] = True
    gaps = find_quiet_gaps(life, np.ones((2, 6), np.bool_), np.arange(6)[::-1])
    assert gaps.row.tolist() == [0, 1]
    assert gaps.length.tolist() == [3, 4]


def counts(*gaps: tuple[int, int]) -> NDArray[np.float32]:
    """[start slot, length] of gaps that ended at just that length."""
    out = np.zeros((1, 48, 48), np.float32)
    for start, length in gaps:
        out[0, start, length] += 1
    return out


def test_the_backtest_counts_by_hand() -> None:
    recent = counts((0, 1), (2, 1), (4, 15), (20, 30))
    month = count_gaps_a_month(recent).sum(axis=1)[0]
    a_gap = 30 / ((1.5 + 1.5 + 15.5 + 30.5) / 48)
    assert np.allclose(month[[1, 2, 15, 16, 30, 31]], np.array([4, 2, 2, 1, 1, 0]) * a_gap)
    mean, high = compute_delays_h(spread_collapses(recent), np.repeat(np.array([[[420.0], [840.0]]], np.float32), 48, axis=2))
    # of gaps of an hour and a half, the only ones under five hours, two thirds of the time lie in their first half hour
    assert np.allclose(mean, [[7 - 5 / 12, 14 - 5 / 12]])
    assert (high >= mean).all()


def test_a_quarter_of_gaps_are_taken_to_be_shorter_than_their_half_hours_say() -> None:
    assert count_by_step(np.array([0.0, 0.0, 4.0, 0.0])).tolist() == [0.0, 1.0, 3.0, 0.0]
