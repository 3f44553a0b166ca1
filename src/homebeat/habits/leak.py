"""Water that never stops: a tap left on or a leak, told from a busy home by what is usual there.

Published practice is "no hour without use in 24 h" (or 36, or 48). A home's own longest run of hours with use tells which of
these fits it, and a leak shows its own flow whenever nobody draws: some hours in a row near the lowest rate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from homebeat.habits.policy import B1, F64, I64

SHORTEST_WAIT_H = 24
LONGEST_WAIT_H = 48
_MARGIN_H = 4
_LEARN_DAYS = 56
_LEAST_DAYS = 14
_UNLEARNED_WAIT_H = 36
_LEAST_LITRES_AN_HOUR = 0.7
_STEADY_H = 3
_PAUSE_H = 3
_LEAST_PAUSES = 36
_BAND_LITRES = 1.0
_BAND_SHARE = 0.15


@dataclass(frozen=True, slots=True, eq=False)
class ContinuousUse:
    """Judgement on m meters, each now.

    Attributes:
        running_h: int64[m], hours in a row with use, up to 48; hours not heard of neither add nor break.
        lowest_lph: float64[m], smallest hourly use in the last `wait` hours of the run: the flow of the leak, NaN without a run.
        steady_h: int64[m], longest stretch of those hours near the lowest.
        firing: bool[m], running at least its wait, and steady.
    """

    running_h: I64
    lowest_lph: F64
    steady_h: I64
    firing: B1


def continuous_use(hourly_litres: F64, wait_h: NDArray[np.integer]) -> ContinuousUse:
    """Judge whether water has run without a pause.

    Args:
        hourly_litres: float64[m, 48], use of each of the last 48 whole hours, oldest first; NaN where the meter was not heard.
        wait_h: int[m], hours of use without a pause to wait for, from `wait_hours`.
    """
    known = np.isfinite(hourly_litres)
    dry = known & (hourly_litres < _LEAST_LITRES_AN_HOUR)
    width = hourly_litres.shape[1]
    any_dry = dry.any(axis=1)
    since = np.where(any_dry, width - dry[:, ::-1].argmax(axis=1), 0)
    hour = np.arange(width)
    in_run = known & (hour >= since[:, None])
    running = in_run.sum(axis=1)
    looked_at = in_run & (np.cumsum(in_run[:, ::-1], axis=1)[:, ::-1] <= wait_h[:, None])
    lowest = np.where(looked_at, hourly_litres, np.inf).min(axis=1)
    near = looked_at & (
        np.where(known, hourly_litres, np.inf) <= (lowest + np.maximum(_BAND_LITRES, _BAND_SHARE * lowest))[:, None]
    )
    steady = _longest_stretch(near)
    firing = (running >= wait_h) & (steady >= _STEADY_H)
    return ContinuousUse(running, np.where(np.isfinite(lowest), lowest, np.nan), steady, firing)


def _longest_stretch(mask: B1) -> I64:
    count = np.zeros(len(mask), np.int64)
    best = np.zeros(len(mask), np.int64)
    for column in mask.T:
        count = (count + 1) * column
        np.maximum(best, count, out=best)
    return best


def base_flow(hourly_litres: F64) -> F64:
    """Litres an hour that run day and night, to be taken off before a rise counts as a sign of life.

    The smallest use over any three hours in a row of the last 48: somebody sleeps or goes out for three hours once in two days, a
    leak does not. Shorter memories and longer pauses took real small uses for a leak and cost an hour of delay and more.

    Args:
        hourly_litres: float64[m, 48], as for `continuous_use`.

    Returns:
        float64[m]; 0 where fewer than 36 such stretches were heard.
    """
    stretches = np.lib.stride_tricks.sliding_window_view(hourly_litres, _PAUSE_H, axis=1).mean(axis=2)
    heard = np.isfinite(stretches)
    lowest = np.where(heard, stretches, np.inf).min(axis=1)
    return np.asarray(np.where(heard.sum(axis=1) >= _LEAST_PAUSES, lowest, 0.0))


def hourly_from_ring(cumulative_litres: F64) -> F64:
    """Whole-hour use from a ring of half-hour totals: float64[m, 97], oldest first, NaN where unknown, to float64[m, 48].

    The totals are linear between readings no further apart than two hours, so that a reading a minute late does not look like a
    dry hour.
    """
    return np.asarray(np.diff(cumulative_litres[:, ::2], axis=1))


def wait_hours(hourly_litres: F64) -> int:
    """Hours of use without a pause that this home should wait for, learned weekly.

    Args:
        hourly_litres: float64[n], use of each hour of the last weeks, oldest first, NaN where not heard; the last 56 days are
            read.

    Returns:
        Own longest run so far and four hours more, from 24 to 48; 36 under two weeks of history.
    """
    recent = hourly_litres[-_LEARN_DAYS * 24 :]
    heard = recent[np.isfinite(recent)]
    if len(heard) < _LEAST_DAYS * 24:
        return _UNLEARNED_WAIT_H
    dry = np.flatnonzero(heard < _LEAST_LITRES_AN_HOUR)
    edges = np.concatenate([[-1], dry, [len(heard)]])
    longest = int(np.diff(edges).max()) - 1
    return int(np.clip(longest + _MARGIN_H, SHORTEST_WAIT_H, LONGEST_WAIT_H))
