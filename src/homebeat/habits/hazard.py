"""How likely a gap that began at this time of day is to outlive each length.

A discrete-time hazard over 48 half hours of the day by 48 half hours of elapsed quiet. Each cell is shrunk towards a model with
two curves, hazard = rate(clock) x fading(elapsed), which is the expected-uses-missed idea (a rate integrated over the gap) with
the fading of a person asleep or out added; the cell's own neighbourhood of start times (the gap model) takes over as it fills.
The margins of the two curves are fitted by iterative proportional fitting (Deming and Stephan 1940), which keeps the number of
gaps that end at each length exact, so that the false alarms it foretells are about those that come.

Products run resident by resident (stacked `matmul`), so that nobody's limits depend on whom they were learned with. Single
precision: what is learned is rounded to minutes, and half the memory is nearly twice the speed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from homebeat.habits.policy import B1, F32, F64, I64, SLOTS, STEPS
from homebeat.habits.quiet import QuietGaps

_START, _STEP = np.arange(SLOTS)[:, None], np.arange(STEPS)
_CLOCK = (_START + _STEP) % SLOTS
#: Flat place in [start, elapsed] of each cell of [clock, elapsed].
_BY_CLOCK = (_START - _STEP) % SLOTS * STEPS + _STEP
_NEIGHBOUR_SLOTS = 2.0
_CELL_STRENGTH = 5.0
_CURVE_STRENGTH = 2.0
_ROUNDS = 3
_LIKELIEST = 0.98
#: Two signs lie up to half an hour nearer or farther apart than their half hours do. Half of the gaps are shorter where signs
#: come at any time, none where a meter reads on the hour; a quarter serves both.
_SHORTER_SHARE = 0.25


def circle_kernel(width: float) -> F32:
    """Gaussian weights between half hours of the day, float32[48, 48]; midnight is no border."""
    apart = np.abs((_START - np.arange(SLOTS) + SLOTS / 2) % SLOTS - SLOTS / 2)
    weights: F64 = np.exp(-0.5 * (apart / width) ** 2)
    return weights.astype(np.float32)


_NEIGHBOURS = circle_kernel(_NEIGHBOUR_SLOTS)
_ONES: F32 = np.eye(SLOTS, dtype=np.float32)
SOFTEN: F32 = ((2 * _ONES + np.roll(_ONES, 1, axis=0) + np.roll(_ONES, -1, axis=0)) / 4).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Gaps of m residents under a day, counted by start slot and elapsed half hour: all float32[m, 48, 48].

    Attributes:
        ended: weighted by age, those a sign of life was seen to end.
        begun: weighted by age, all.
        recent: not weighted, those that ended in the back-test span.
    """

    ended: F32
    begun: F32
    recent: F32


def counted(gaps: QuietGaps, weight: F64, recent: B1, residents: int) -> Counts:
    """Count the gaps under a day; longer ones are absences: nobody was there and nobody said so."""
    cell = by_start_and_length(gaps)

    def cells(each: F64) -> F32:
        return by_step(tallied(cell, residents, each).astype(np.float32))

    return Counts(cells(weight * gaps.ended), cells(weight), cells(recent.astype(np.float64)))


def by_start_and_length(gaps: QuietGaps) -> I64:
    """The cell of each gap for `tallied`: one for each resident, start slot and length, a day and longer in the last."""
    return (gaps.row * SLOTS + gaps.start) * (STEPS + 1) + np.minimum(gaps.length, STEPS)


def tallied(cell: I64, residents: int, each: F64 | None = None) -> F64:
    """Gaps under a day, or the sum of `each` over them, by start slot and length: [m, 48, 48]."""
    flat = np.bincount(cell, each, residents * SLOTS * (STEPS + 1))
    return np.asarray(flat.reshape(residents, SLOTS, STEPS + 1)[:, :, :STEPS])


def by_step(by_length: F32) -> F32:
    """From gaps of 0, 1, ... half hours to gaps that ended in each elapsed half hour: float32[..., 48]."""
    out = (1 - _SHORTER_SHARE) * by_length
    out[..., :-1] += _SHORTER_SHARE * by_length[..., 1:]
    return np.asarray(out)


def reached(by_elapsed: F32) -> F32:
    """Gaps that reached each elapsed half hour, of those that ended in each."""
    return np.asarray(by_elapsed[..., ::-1].cumsum(axis=-1)[..., ::-1])


def two_curves(ended: F32, at_risk: F32) -> F32:
    """The model every cell leans on: rate by clock times fading by elapsed quiet, float32[m, 48, 48]."""
    m = len(ended)
    overall = (ended.sum(axis=(1, 2)) / np.maximum(at_risk.sum(axis=(1, 2)), 1.0))[:, None]
    by_clock = np.take(ended.reshape(m, -1), _BY_CLOCK, axis=1).sum(axis=2)
    by_step = ended.sum(axis=1)
    risk = np.take(at_risk.reshape(m, -1), _BY_CLOCK, axis=1)
    fading = np.repeat(overall, STEPS, axis=1)
    rate = np.ones((m, SLOTS), np.float32)
    for _ in range(_ROUNDS):
        expected = (risk @ fading[:, :, None])[:, :, 0]
        rate = _softened((by_clock + _CURVE_STRENGTH) / (expected + _CURVE_STRENGTH))
        borne = (rate[:, None, :] @ risk)[:, 0, :]
        fading = (by_step + _CURVE_STRENGTH * overall) / (borne + _CURVE_STRENGTH)
    return np.asarray(np.take(rate, _CLOCK, axis=1) * fading[:, None, :])


def _softened(rate: F32) -> F32:
    return np.asarray((2 * rate + np.roll(rate, 1, axis=-1) + np.roll(rate, -1, axis=-1)) / 4)


def outliving(counts: Counts) -> F32:
    """Share of gaps that outlive 0, 0.5, ... 24 h, by start slot: float32[m, 48, 49], falling along the last axis."""
    at_risk = reached(counts.begun)
    leant_on = two_curves(counts.ended, at_risk)
    hazard = (_NEIGHBOURS @ counts.ended + _CELL_STRENGTH * leant_on) / (_NEIGHBOURS @ at_risk + _CELL_STRENGTH)
    out = np.ones((len(hazard), SLOTS, STEPS + 1), np.float32)
    np.cumprod(1.0 - np.minimum(hazard, _LIKELIEST), axis=2, out=out[:, :, 1:])
    return out
