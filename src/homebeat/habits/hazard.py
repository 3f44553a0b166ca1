"""How likely a gap that began at this time of day is to outlive each length.

The model is a discrete-time hazard over 48 half hours of the day by 48 half hours of elapsed quiet. Each cell is shrunk towards
a model with two curves: hazard = rate(clock) x fading(elapsed). This is the idea of expected uses that were missed (a rate
integrated over the gap); the fading adds people who are asleep or out. The cell's own neighbourhood of start times takes over
as it fills. The two curves are fitted by iterative proportional fitting (Deming and Stephan 1940). It keeps the number of gaps
that end at each length exact, so the predicted false alarms agree with those that come.

Products run resident by resident (stacked `matmul`), so nobody's limits depend on whom they were learned with. Values are single
precision: limits are rounded to minutes, and half the memory is nearly twice the speed.

Shapes: m residents, 48 slots of the day, 48 elapsed half hours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from homebeat.habits.policy import B1, F32, F64, I64, SLOTS, STEPS
from homebeat.habits.quiet import QuietGaps

_START, _STEP = np.arange(SLOTS)[:, None], np.arange(STEPS)
_CLOCK = (_START + _STEP) % SLOTS
#: Flat index into [start, elapsed] of each cell of [clock, elapsed].
_BY_CLOCK = (_START - _STEP) % SLOTS * STEPS + _STEP
_NEIGHBOUR_SLOTS = 2.0
_CELL_STRENGTH = 5.0
_CURVE_STRENGTH = 2.0
_ROUNDS = 3
_LIKELIEST = 0.98
#: Two signs lie up to half an hour nearer or farther apart than their half hours do. Where signs come at any time, half of the
#: gaps are shorter; where a meter reads on the hour, none. A quarter serves both.
_SHORTER_SHARE = 0.25


def make_circle_kernel(width: float) -> F32:
    """Make Gaussian weights between half hours of the day, float32[48, 48]; midnight is no border. `width`: half hours."""
    apart = np.abs((_START - np.arange(SLOTS) + SLOTS / 2) % SLOTS - SLOTS / 2)
    weights: F64 = np.exp(-0.5 * (apart / width) ** 2)
    return weights.astype(np.float32)


_NEIGHBOURS = make_circle_kernel(_NEIGHBOUR_SLOTS)
_ONES: F32 = np.eye(SLOTS, dtype=np.float32)
SMOOTHING: F32 = ((2 * _ONES + np.roll(_ONES, 1, axis=0) + np.roll(_ONES, -1, axis=0)) / 4).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Gaps of m residents under a day, counted by start slot and elapsed half hour: all float32[m, 48, 48].

    Attributes:
        ended: weighted by age; gaps that a sign of life was seen to end.
        begun: weighted by age; all gaps.
        recent: not weighted; gaps that ended in the back-test span.
    """

    ended: F32
    begun: F32
    recent: F32


def count_gaps(gaps: QuietGaps, weight: F64, recent: B1, residents: int) -> Counts:
    """Count the gaps under a day. Longer ones are absences that nobody declared.

    Args:
        gaps: n gaps.
        weight: float64[n], what each counts for.
        recent: bool[n], it ended in the back-test span.
        residents: m.
    """
    cell = number_cells(gaps)

    def cells(each: F64) -> F32:
        return count_by_step(tally(cell, residents, each).astype(np.float32))

    return Counts(cells(weight * gaps.ended), cells(weight), cells(recent.astype(np.float64)))


def number_cells(gaps: QuietGaps) -> I64:
    """Number the cell of each gap for `tally`, int64[n]: resident, start slot, length. A day and longer is the last length."""
    return (gaps.row * SLOTS + gaps.start) * (STEPS + 1) + np.minimum(gaps.length, STEPS)


def tally(cell: I64, residents: int, each: F64 | None = None) -> F64:
    """Count the gaps under a day by start slot and length, float64[m, 48, 48].

    Args:
        cell: int64[n], from `number_cells`.
        residents: m.
        each: float64[n], what each gap counts for; 1 where not given.
    """
    flat = np.bincount(cell, each, residents * SLOTS * (STEPS + 1))
    return np.asarray(flat.reshape(residents, SLOTS, STEPS + 1)[:, :, :STEPS])


def count_by_step(by_length: F32) -> F32:
    """Turn counts of gaps of 0, 1, ... half hours into counts of gaps that ended in each elapsed half hour, float32[..., 48]."""
    out = (1 - _SHORTER_SHARE) * by_length
    out[..., :-1] += _SHORTER_SHARE * by_length[..., 1:]
    return np.asarray(out)


def count_reached(by_elapsed: F32) -> F32:
    """Count the gaps that reached each elapsed half hour, from those that ended in each: float32[..., 48]."""
    return np.asarray(by_elapsed[..., ::-1].cumsum(axis=-1)[..., ::-1])


def fit_two_curves(ended: F32, at_risk: F32) -> F32:
    """Fit the model that every cell is shrunk towards: rate by clock times fading by elapsed quiet.

    Args:
        ended: float32[m, 48, 48], gaps that ended, by start slot and elapsed half hour.
        at_risk: float32[m, 48, 48], gaps that reached it.

    Returns:
        The hazard, float32[m, 48, 48].
    """
    m = len(ended)
    overall = (ended.sum(axis=(1, 2)) / np.maximum(at_risk.sum(axis=(1, 2)), 1.0))[:, None]
    by_clock = np.take(ended.reshape(m, -1), _BY_CLOCK, axis=1).sum(axis=2)
    by_step = ended.sum(axis=1)
    risk = np.take(at_risk.reshape(m, -1), _BY_CLOCK, axis=1)
    fading = np.repeat(overall, STEPS, axis=1)
    rate = np.ones((m, SLOTS), np.float32)
    for _ in range(_ROUNDS):
        expected = (risk @ fading[:, :, None])[:, :, 0]
        rate = _soften((by_clock + _CURVE_STRENGTH) / (expected + _CURVE_STRENGTH))
        borne = (rate[:, None, :] @ risk)[:, 0, :]
        fading = (by_step + _CURVE_STRENGTH * overall) / (borne + _CURVE_STRENGTH)
    return np.asarray(np.take(rate, _CLOCK, axis=1) * fading[:, None, :])


def _soften(rate: F32) -> F32:
    return np.asarray((2 * rate + np.roll(rate, 1, axis=-1) + np.roll(rate, -1, axis=-1)) / 4)


def estimate_survival(counts: Counts) -> F32:
    """Estimate the share of gaps that outlive 0, 0.5, ... 24 h, by start slot: float32[m, 48, 49], falling on the last axis."""
    at_risk = count_reached(counts.begun)
    leant_on = fit_two_curves(counts.ended, at_risk)
    hazard = (_NEIGHBOURS @ counts.ended + _CELL_STRENGTH * leant_on) / (_NEIGHBOURS @ at_risk + _CELL_STRENGTH)
    out = np.ones((len(hazard), SLOTS, STEPS + 1), np.float32)
    np.cumprod(1.0 - np.minimum(hazard, _LIKELIEST), axis=2, out=out[:, :, 1:])
    return out
