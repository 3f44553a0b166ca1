"""Gaps on the clock that stops."""

from __future__ import annotations

import numpy as np

from homebeat.habits.backtest import alarms_a_month, delays_h, own_past
from homebeat.habits.policy import DAY_S, History
from homebeat.habits.quiet import quiet_gaps

HOUR = 3600


def history(hours: list[float], runs: list[tuple[float, float]] | None = None) -> History:
    life = (np.array(hours) * HOUR).astype(np.int64)
    spans = None if runs is None else (np.array(runs) * HOUR).astype(np.int64)
    return History(life, np.zeros(len(life), np.int64), 0, int(life[-1]) + 1, spans)


def test_gaps_are_wall_time_where_the_clock_never_stops() -> None:
    gaps = quiet_gaps(history([1, 2, 5]), 0)
    assert gaps.quiet_s.tolist() == [HOUR, 3 * HOUR]
    assert gaps.slot.tolist() == [2, 4]
    assert gaps.ended.all()


def test_time_off_the_clock_is_not_quiet() -> None:
    gaps = quiet_gaps(history([1, 10], [(0, 3), (7, 24)]), 0)
    assert gaps.quiet_s.tolist() == [5 * HOUR]
    assert gaps.ended.tolist() == [True]


def test_a_gap_that_ends_in_a_hole_only_lasted_at_least_so_long() -> None:
    gaps = quiet_gaps(history([1, 10], [(0, 4), (10, 24)]), 0)
    assert gaps.quiet_s.tolist() == [3 * HOUR]
    assert gaps.ended.tolist() == [False]


def test_a_day_away_undeclared_is_an_absence() -> None:
    assert quiet_gaps(history([1, 25.5]), 0).absent.tolist() == [True]
    assert quiet_gaps(history([1, 25.5], [(0, 3), (25, 48)]), 0).absent.tolist() == [False]


def test_a_clock_that_never_ran_teaches_nothing() -> None:
    assert len(quiet_gaps(history([1, 2, 3], []), 0).quiet_s) == 0


def test_the_backtest_counts_by_hand() -> None:
    gaps = quiet_gaps(history([0, 1, 2, 10, 11, 24]), 0)
    past = own_past(gaps, DAY_S, 56)
    tables = np.array([[7 * 60.0] * 48, [14 * 60.0] * 48])
    assert alarms_a_month(past, tables).tolist() == [60.0, 0.0]
    mean, high = delays_h(past, tables)
    assert np.allclose(mean, [6.5, 13.5]), "a collapse falls half an hour into a gap of one hour"
    assert (high >= mean).all()
