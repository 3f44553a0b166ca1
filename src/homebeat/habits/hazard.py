"""How likely a gap that began at this time of day is to outlive each length.

A discrete-time hazard over 48 half hours of the day by 48 half hours of elapsed quiet. Each cell is shrunk towards a model with
two curves, hazard = rate(clock) x fading(elapsed), which is the expected-uses-missed idea (a rate integrated over the gap) with
the fading of a person asleep or out added; the cell's own neighbourhood of start times (the gap model) takes over as it fills.
The margins of the two curves are fitted by iterative proportional fitting (Deming and Stephan 1940), which keeps the number of
gaps that end at each length exact, so that the false alarms it foretells are about those that come.
"""

from __future__ import annotations

import numpy as np

from homebeat.habits.policy import DAY_S, F64, SLOT_S, SLOTS
from homebeat.habits.quiet import QuietGaps

STEPS = 48
_CLOCK = (np.arange(SLOTS)[:, None] + np.arange(STEPS)) % SLOTS
_CLOCK_FLAT = _CLOCK.ravel()
_NEIGHBOUR_SLOTS = 2.0
_CELL_STRENGTH = 5.0
_CURVE_STRENGTH = 2.0
_ROUNDS = 8
_LIKELIEST = 0.98


def circle_kernel(width: float) -> F64:
    """Gaussian weights between half hours of the day, float64[48, 48]; midnight is no border."""
    apart = np.abs((np.arange(SLOTS)[:, None] - np.arange(SLOTS) + SLOTS / 2) % SLOTS - SLOTS / 2)
    return np.asarray(np.exp(-0.5 * (apart / width) ** 2))


_NEIGHBOURS = circle_kernel(_NEIGHBOUR_SLOTS)
SOFTEN = (2 * np.eye(SLOTS) + np.roll(np.eye(SLOTS), 1, axis=0) + np.roll(np.eye(SLOTS), -1, axis=0)) / 4


def ended_and_at_risk(gaps: QuietGaps, weight: F64) -> tuple[F64, F64]:
    """Weighted gaps that ended in, and that reached, each cell: two float64[48, 48] by start slot and elapsed half hour."""
    kept = ~gaps.absent
    step = np.minimum(gaps.quiet_s / SLOT_S, STEPS - 1).astype(np.int64)
    cell = gaps.slot * STEPS + step
    size = SLOTS * STEPS
    seen = kept & gaps.ended
    ended = np.bincount(cell[seen], weight[seen], size).reshape(SLOTS, STEPS)
    last = np.bincount(cell[kept], weight[kept], size).reshape(SLOTS, STEPS)
    return ended.astype(np.float64), last.astype(np.float64)[:, ::-1].cumsum(axis=1)[:, ::-1]


def two_curves(ended: F64, at_risk: F64) -> F64:
    """The model every cell leans on: rate by clock times fading by elapsed quiet, float64[48, 48]."""
    overall = ended.sum() / max(at_risk.sum(), 1.0)
    fading = np.full(STEPS, overall)
    rate = np.ones(SLOTS)
    by_clock = np.bincount(_CLOCK_FLAT, ended.ravel(), SLOTS)
    by_step = ended.sum(axis=0)
    for _ in range(_ROUNDS):
        expected = np.bincount(_CLOCK_FLAT, (at_risk * fading).ravel(), SLOTS)
        rate = SOFTEN @ ((by_clock + _CURVE_STRENGTH) / (expected + _CURVE_STRENGTH))
        fading = (by_step + _CURVE_STRENGTH * overall) / (np.einsum("ij,ij->j", at_risk, rate[_CLOCK]) + _CURVE_STRENGTH)
    return np.asarray(rate[_CLOCK] * fading)


def outliving(ended: F64, at_risk: F64) -> F64:
    """Share of gaps that outlive 0, 0.5, ... 24 h, by start slot: float64[48, 49], falling along the second axis."""
    leant_on = two_curves(ended, at_risk)
    hazard = (_NEIGHBOURS @ ended + _CELL_STRENGTH * leant_on) / (_NEIGHBOURS @ at_risk + _CELL_STRENGTH)
    left = np.cumprod(1.0 - np.minimum(hazard, _LIKELIEST), axis=1)
    return np.concatenate([np.ones((SLOTS, 1)), left], axis=1)


def fading_weight(gaps: QuietGaps, until: int, half_life_days: float) -> F64:
    """What each gap counts for: 1 today, half after the half-life. float64[n]."""
    return np.asarray(0.5 ** ((until - gaps.end) / DAY_S / half_life_days))
