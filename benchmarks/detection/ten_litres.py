"""The cities' wording taken literally: under 10 litres in the trailing 12 hours. Needs litres, not gaps: scored on its own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.detection.evaluate import ABSENCE_S, COLD_DAYS, DAY_S, Tally, place_collapses, score_limits
from benchmarks.detection.homes import Meter
from benchmarks.detection.signs import Gaps

LITRES = 10.0
WINDOW_S = 12 * 3600
STEP_S = 600
F64 = NDArray[np.float64]


def judge_ten_litres(meter: Meter, gaps: Gaps) -> Tally:
    """False alarms are the moments the trailing sum falls under the line; in a gap of a day and more they count apart."""
    days = score_limits(gaps, np.full(len(gaps), np.inf)).days
    since = gaps.start[0] + COLD_DAYS * DAY_S
    at = np.arange(since, gaps.end[-1], STEP_S)
    low = _compute_use(meter, at - float(WINDOW_S), at.astype(np.float64)) < LITRES
    onset = at[1:][low[1:] & ~low[:-1]]
    within = np.clip(np.searchsorted(gaps.start, onset, side="right") - 1, 0, len(gaps) - 1)
    absent = (gaps.end - gaps.start)[within] >= ABSENCE_S
    index, age = place_collapses(gaps)
    moment = gaps.start[index] + age
    kept = moment >= since
    delay = _compute_delays_s(meter, moment[kept].astype(np.float64)) / 3600
    hour = gaps.local[index[kept]] // 3600 % 24
    return Tally(days, int((~absent).sum()), int(absent.sum()), delay, delay[hour < 5])


def _compute_use(meter: Meter, begin: F64, end: F64) -> F64:
    return np.asarray(np.interp(end, meter.at, meter.litres) - np.interp(begin, meter.at, meter.litres))


def _compute_delays_s(meter: Meter, moment: F64) -> F64:
    """Nothing is used from `moment` on: the first time the window holds under ten litres."""
    wait = np.arange(0, WINDOW_S + STEP_S, STEP_S)
    begin = moment[:, None] + wait - WINDOW_S
    held = np.interp(np.minimum(begin, moment[:, None]), meter.at, meter.litres)
    low = np.interp(moment, meter.at, meter.litres)[:, None] - held < LITRES
    return np.asarray(wait[low.argmax(axis=1)], np.float64)
