"""Water that never stops: found when there, silent when not, unknown when not heard."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from homebeat.habits.leak import base_flow, steady_flow, waits, was_leak

F64 = NDArray[np.float64]
DAY = np.array([0] * 6 + [12, 8, 3, 0, 5, 2, 9, 4, 0, 0, 3, 6, 11, 7, 2, 5, 1, 0], float)
USUAL = np.tile(DAY, 2)


def homes(*litres: F64) -> F64:
    return np.stack(litres, axis=1)


def test_a_leak_shows_its_flow_and_a_busy_house_none() -> None:
    leaking, unheard = USUAL + 1.0, USUAL + 1.0
    unheard[30:33] = np.nan
    flow = steady_flow(homes(leaking, unheard, np.tile([9.0, 2.0, 40.0], 16)), np.full(3, 24))
    assert flow.is_steady.tolist() == [True, True, False]
    assert flow.lowest_lph.tolist() == [1.0, 1.0, 2.0]


def test_what_ran_evenly_was_a_leak_and_what_ran_unevenly_a_habit() -> None:
    flow = steady_flow(homes(np.full(48, 1.0), np.tile([9.0, 2.0, 40.0], 16)), np.full(2, 48))
    assert was_leak(flow).tolist() == [True, False]


def test_a_meter_never_heard_is_not_a_leak() -> None:
    flow = steady_flow(np.full((48, 1), np.nan), np.array([24]))
    assert not flow.is_steady.any()
    assert np.isnan(flow.lowest_lph).all()


def test_the_wait_is_the_homes_own() -> None:
    heard = np.full((8, 4), 168)
    heard[:, 2] = 10
    longest = np.zeros((8, 4), np.int64)
    longest[3] = [9, 30, 30, 60]
    assert waits(longest, heard).tolist() == [24, 34, 36, 48], "never under 24, own and four, not learned yet, never over 48"


def test_only_what_runs_day_and_night_is_base_flow() -> None:
    short = np.full(48, np.nan)
    short[-20:] = 5.0
    assert base_flow(homes(USUAL, USUAL + 2.0, short)).tolist() == [0.0, 2.0, 0.0]
