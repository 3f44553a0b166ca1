"""Published methods and the reference's own two, each written anew from its description.

The sources give: Cuddihy et al. 2007 (alert line over 48 slots), Wilhelm and Wahl 2024 (score against a box-plot threshold
within an hour of the clock time), the cities' fixed hours, and b2 and b3 of the project's notes. A method here is a function of
the past.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.detection.evaluate import DAY_S, Limits, Method
from benchmarks.detection.signs import Gaps

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
SLOT_S = 1800
SLOTS = 48
FINE_S = 600
PRIOR_S = 12 * 3600.0
HORIZON_DAYS = 4


def make_fixed(hours: float) -> Method:
    """The same number for everybody."""

    def learn(past: Gaps, at: int) -> Limits:
        del past, at
        return lambda gaps: np.full(len(gaps), hours * 3600.0)

    return learn


def _compute_idle(past: Gaps, at: int, days: int) -> tuple[F64, NDArray[np.bool_]]:
    """Seconds since the last sign, every ten minutes of the last days: float64[d, 144] by local clock, and is-weekend[d]."""
    last = (past.local[-1] + at - past.start[-1]) // DAY_S
    grid = (last - days) * DAY_S + FINE_S * (1 + np.arange(days * DAY_S // FINE_S))
    index = np.searchsorted(past.local, grid) - 1
    idle = np.where(index >= 0, grid - past.local[np.maximum(index, 0)], np.nan).reshape(days, -1)
    whole = np.isfinite(idle).all(axis=1)
    weekend = (np.arange(last - days, last) + 3) % 7 >= 5
    return idle[whole], weekend[whole]


def _find_crossing(gaps: Gaps, line: F64) -> F64:
    """Seconds until each gap's age exceeds the line of the clock: line float64[n, s] or [1, s], one value a step."""
    steps = line.shape[1]
    step = DAY_S // steps
    of_day = gaps.local % DAY_S
    first = of_day // step
    k = np.arange(steps * HORIZON_DAYS)
    begins = (first[:, None] + k) * step - of_day[:, None]
    rows = line if len(line) == len(gaps) else np.repeat(line, len(gaps), axis=0)
    value = np.take_along_axis(rows, (first[:, None] + k) % steps, axis=1)
    crossed = value < begins + step
    at = np.maximum(np.maximum(begins, value), 0)
    found = crossed.any(axis=1)
    return np.asarray(np.where(found, at[np.arange(len(gaps)), crossed.argmax(axis=1)], HORIZON_DAYS * DAY_S))


def make_cuddihy(days: int = 60) -> Method:
    """Cuddihy 2007: the 97th percentile of inactivity so far, largest near by, 30 % buffer, 40 % of a weighted mean."""

    def learn(past: Gaps, at: int) -> Limits:
        if len(past) < 2:
            return make_fixed(12)(past, at)
        idle, _ = _compute_idle(past, at, days)
        if len(idle) < 2:
            return make_fixed(12)(past, at)
        m = np.quantile(idle.reshape(len(idle), SLOTS, -1).max(axis=2), 0.97, axis=0)
        around = np.stack([np.roll(m, shift) for shift in (-2, -1, 0, 1, 2)])
        weighted = np.average(around, axis=0, weights=[1, 2, 3, 2, 1])
        line = around.max(axis=0) + 0.3 * m + 0.4 * weighted
        return lambda gaps: _find_crossing(gaps, np.asarray(line[None, :]))

    return learn


def make_wilhelm_wahl(factor: float = 1.1, days: int = 30) -> Method:
    """Wilhelm and Wahl 2024 with one certain sensor: the score is the time since the last use; weekdays and weekends apart."""

    def learn(past: Gaps, at: int) -> Limits:
        if len(past) < 2:
            return make_fixed(12)(past, at)
        idle, weekend = _compute_idle(past, at, days)
        if min(weekend.sum(), (~weekend).sum()) < 2:
            return make_fixed(12)(past, at)
        lines = np.stack([factor * _compute_box_top(_find_largest_within_hour(idle[weekend == kind])) for kind in (False, True)])

        def limits(gaps: Gaps) -> F64:
            kind = ((gaps.local // DAY_S + 3) % 7 >= 5).astype(np.int64)
            return _find_crossing(gaps, lines[kind])

        return limits

    return learn


def _find_largest_within_hour(idle: F64) -> F64:
    flat = idle.ravel()
    reach = 3600 // FINE_S
    padded = np.pad(flat, reach, mode="edge")
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).max(axis=1).reshape(idle.shape))


def _compute_box_top(score: F64) -> F64:
    low, high = np.quantile(score, [0.25, 0.75], axis=0)
    return np.asarray(np.minimum(score.max(axis=0), high + 1.5 * (high - low)))


def make_gap_quantile(quantile: float, factor: float, least: int = 25) -> Method:
    """b2: a quantile of the gaps that began within 1 to 6 h of this time of day (until `least` are found), times a factor."""

    def learn(past: Gaps, at: int) -> Limits:
        length = past.end - past.start
        here = length < DAY_S
        length, of_day = length[here], (past.local % DAY_S)[here]
        if at - (past.start[0] if len(past) else at) < 27 * DAY_S or len(length) < least:
            return make_fixed(12)(past, at)
        centre = (np.arange(SLOTS) + 0.5) * SLOT_S
        away = np.abs((of_day - centre[:, None] + DAY_S / 2) % DAY_S - DAY_S / 2)
        reach = np.clip(np.sort(away, axis=1)[:, least - 1], 3600, 6 * 3600)
        table = np.array([np.quantile(length[row <= width], quantile) for row, width in zip(away, reach, strict=True)]) * factor
        return lambda gaps: np.asarray(table[gaps.local % DAY_S // SLOT_S])

    return learn


def make_missed_uses(wish: float, tail: float = 0.9) -> Method:
    """b3: the learned rate of uses, integrated over the gap; threshold from an exponential tail at a wished rate a month."""

    def learn(past: Gaps, at: int) -> Limits:
        seen = at - (past.start[0] if len(past) else at)
        if seen < 27 * DAY_S or len(past) < 50:
            return make_fixed(12)(past, at)
        counts = np.bincount(past.local % DAY_S // SLOT_S, minlength=SLOTS).astype(float)
        smooth = (np.roll(counts, 1) + 2 * counts + np.roll(counts, -1)) / 4 + 0.5
        rate = smooth / seen * DAY_S / SLOT_S
        edge = np.concatenate([[0.0], np.cumsum(np.tile(rate, HORIZON_DAYS + 1) * SLOT_S)])
        clock = np.arange(len(edge)) * float(SLOT_S)
        length = past.end - past.start
        of_day = past.local % DAY_S
        short = length < DAY_S
        missed = (np.interp(of_day + length, clock, edge) - np.interp(of_day, clock, edge))[short]
        level = np.quantile(missed, tail)
        excess = float((missed[missed > level] - level).mean())
        a_month = (1 - tail) * len(missed) / seen * DAY_S * 30
        threshold = level + excess * max(np.log(a_month / wish), 0.0)

        def limits(gaps: Gaps) -> F64:
            begun = (gaps.local % DAY_S).astype(float)
            return np.asarray(np.interp(np.interp(begun, clock, edge) + threshold, edge, clock) - begun)

        return limits

    return learn
