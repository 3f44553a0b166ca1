"""Spend a false-alarm budget where it buys the most minutes.

A limit per half hour of the day is a choice per slot: the mean wait of somebody who collapses grows with `exposure[slot] *
limit`, the false alarms with `a_month[slot] * outliving[slot, limit]`. Both are sums over slots, so at a price of so many hours
for one alarm each slot is chosen alone, and sweeping the price walks the whole curve. A fixed quantile for all slots, as in
published rules, spends the same everywhere.
"""

from __future__ import annotations

import numpy as np

from homebeat.habits.hazard import SOFTEN, STEPS, circle_kernel
from homebeat.habits.policy import DAY_S, F64, SLOTS
from homebeat.habits.quiet import OUT_S, QuietGaps

PRICES_H = np.geomspace(0.05, 60.0, 24)
_STEP_MINUTES = 30
_NIGHT_SHARE = 0.1
_EVEN_SHARE = 0.02
_NEAR = circle_kernel(1.0)
_SOFTEN_TWICE = SOFTEN @ SOFTEN
_NEAR_MEAN = _NEAR / _NEAR.sum(axis=1, keepdims=True)


def exposure(gaps: QuietGaps, weight: F64) -> F64:
    """Where a collapse would fall: the share of waking time at home spent in gaps that began in each slot, float64[48], sum 1.

    Gaps over five hours are sleep or an outing; they count a tenth, not nothing: people do fall at night.
    """
    held = weight * np.minimum(gaps.quiet_s, OUT_S) * np.where(gaps.quiet_s <= OUT_S, 1.0 + _NIGHT_SHARE, _NIGHT_SHARE)
    share = _NEAR @ np.bincount(gaps.slot, held, SLOTS)
    share = share / max(share.sum(), 1e-9)
    return np.asarray((1 - _EVEN_SHARE) * share + _EVEN_SHARE / SLOTS)


def starts_a_month(gaps: QuietGaps, weight: F64) -> F64:
    """Gaps that begin in each slot in 30 days on the quiet clock, float64[48]."""
    kept = ~gaps.absent
    days = (weight * gaps.quiet_s)[kept].sum() / DAY_S
    begun = np.bincount(gaps.slot[kept], weight[kept], SLOTS)
    return np.asarray(_NEAR_MEAN @ begun / max(days, 1e-9) * 30)


def tables_by_price(share: F64, a_month: F64, outliving: F64, floor_minutes: int, longest_minutes: int) -> F64:
    """The best table at each price: float64[24, 48] minutes, slightly smoothed round the clock."""
    minutes = np.arange(STEPS + 1) * float(_STEP_MINUTES)
    allowed = (minutes >= floor_minutes) & (minutes <= longest_minutes)
    minutes = minutes[allowed]
    # A gap of a whole day is an absence at any limit, so only what it adds over the last column is a false alarm.
    false = a_month[:, None] * (outliving[:, allowed] - outliving[:, -1:])
    cost = PRICES_H[:, None, None] * false
    cost += share[:, None] * (minutes / 60)
    table = minutes[cost.argmin(axis=2)] @ _SOFTEN_TWICE
    return np.asarray(np.clip(table, floor_minutes, longest_minutes))


def foretold(tables: F64, a_month: F64, outliving: F64) -> F64:
    """False alarms in 30 days the model foretells for each table, float64[len(tables)]."""
    at = tables / _STEP_MINUTES
    low = np.minimum(at.astype(np.int64), STEPS - 1)
    slot = np.arange(SLOTS)
    left = outliving[slot, low] + (at - low) * (outliving[slot, low + 1] - outliving[slot, low])
    return np.asarray((a_month * np.maximum(left - outliving[:, -1], 0.0)).sum(axis=1))


def table_for(budget: float, tables: F64, alarms: F64) -> F64:
    """The table that spends `budget`, between the two neighbouring prices: float64[48] minutes."""
    falling = np.minimum.accumulate(alarms)
    over = int(np.count_nonzero(falling > budget))
    if over == 0:
        return np.asarray(tables[0])
    if over == len(tables):
        return np.asarray(tables[-1])
    above, below = falling[over - 1], falling[over]
    part = (above - budget) / max(above - below, 1e-9)
    return np.asarray(tables[over - 1] + part * (tables[over] - tables[over - 1]))
