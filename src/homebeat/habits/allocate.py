"""Spend a false-alarm budget where it buys the most minutes.

A limit per half hour of the day is a choice per slot: the mean wait of somebody who collapses grows with `exposure[slot] *
limit`, the false alarms with `a_month[slot] * outliving[slot, limit]`. Both are sums over slots, so at a price of so many hours
for one alarm each slot is chosen alone, and sweeping the price walks the whole curve. A fixed quantile for all slots, as in
published rules, spends the same everywhere.
"""

from __future__ import annotations

import numpy as np

from homebeat.habits.hazard import SOFTEN, circle_kernel
from homebeat.habits.policy import F32, F64, I64, SLOTS, STEPS

PRICES_H = np.geomspace(0.05, 60.0, 24, dtype=np.float32)
OUT_HALF_HOURS = 10
STEP_MINUTES = 30
_NIGHT_SHARE = 0.1
_EVEN_SHARE = 0.02
_NEAR = circle_kernel(1.0)
_NEAR_MEAN = _NEAR / _NEAR.sum(axis=1, keepdims=True)
_SOFTEN_TWICE = SOFTEN @ SOFTEN
LASTED = np.arange(STEPS, dtype=np.float32) + np.float32(0.5)
# Gaps over five hours are sleep or an outing; they count a tenth, not nothing: people do fall at night.
_HELD = np.minimum(LASTED, OUT_HALF_HOURS) * np.where(LASTED <= OUT_HALF_HOURS, 1.0 + _NIGHT_SHARE, _NIGHT_SHARE).astype(
    np.float32
)


def exposure(begun: F32) -> F32:
    """Where a collapse would fall: the share of waking time at home spent in gaps that began in each slot, float32[m, 48]."""
    share = _by_slot(_NEAR, begun @ _HELD)
    share = share / np.maximum(share.sum(axis=1, keepdims=True), 1e-9)
    return np.asarray((1 - _EVEN_SHARE) * share + _EVEN_SHARE / SLOTS)


def starts_a_month(begun: F32) -> F32:
    """Gaps that begin in each slot in 30 days on the quiet clock, float32[m, 48]."""
    days = (begun @ LASTED).sum(axis=1) / STEPS
    return np.asarray(_by_slot(_NEAR_MEAN, begun.sum(axis=2)) / np.maximum(days, 1e-9)[:, None] * 30)


def _by_slot(weights: F32, values: F32) -> F32:
    return np.asarray((weights @ values[:, :, None])[:, :, 0])


def tables_by_price(share: F32, false_a_month: F32, floor_minutes: I64, longest_minutes: I64) -> F32:
    """The best table at each price, slightly smoothed round the clock: float32[m, 24, 48] minutes.

    Args:
        share: float32[m, 48], from `exposure`.
        false_a_month: float32[m, 48, 49], false alarms in 30 days at limits of 0, 30, ... minutes.
        floor_minutes: int64[m], no limit is shorter.
        longest_minutes: int64[m], none is longer.
    """
    minutes = np.arange(STEPS + 1, dtype=np.float32) * STEP_MINUTES
    barred = (minutes < floor_minutes[:, None]) | (minutes > longest_minutes[:, None])
    wait = np.where(barred[:, None, :], np.inf, share[:, :, None] * (minutes / 60))
    # columns nobody may have
    open_ = np.flatnonzero(~barred.all(axis=0))
    first, last = int(open_[0]), int(open_[-1]) + 1
    wait, false = wait[:, :, first:last].copy(), false_a_month[:, :, first:last].copy()
    best = np.empty((len(share), len(PRICES_H), SLOTS), np.float32)
    cost = np.empty_like(wait)
    for i, price in enumerate(PRICES_H):
        np.multiply(false, price, out=cost)
        cost += wait
        best[:, i] = cost.argmin(axis=2)
    table = (best + np.float32(first)) * STEP_MINUTES @ _SOFTEN_TWICE
    bounds = (one[:, None, None].astype(np.float32) for one in (floor_minutes, longest_minutes))
    return np.asarray(np.clip(table, *bounds))


def at_tables(false_a_month: F32, tables: F32) -> F32:
    """False alarms in 30 days under each table, between columns linear: float32[m, k] for tables float32[m, k, 48]."""
    at = tables / STEP_MINUTES
    low = np.minimum(at.astype(np.int64), STEPS - 1)
    width = STEPS + 1
    cell = (np.arange(len(tables))[:, None, None] * SLOTS + np.arange(SLOTS)) * width + low
    flat = false_a_month.reshape(-1)
    below = flat[cell]
    return np.asarray((below + (at - low).astype(np.float32) * (flat[cell + 1] - below)).sum(axis=2))


def tables_for(budgets: F64, tables: F32, alarms: F32) -> F32:
    """The tables that spend each budget, between the two neighbouring prices: float32[m, k, 48] for budgets float64[m, k]."""
    falling = np.minimum.accumulate(alarms, axis=1)
    over = (falling[:, None, :] > budgets[:, :, None]).sum(axis=2)
    above = np.clip(over - 1, 0, len(PRICES_H) - 1)
    below = np.clip(over, 0, len(PRICES_H) - 1)
    high, low = np.take_along_axis(falling, above, axis=1), np.take_along_axis(falling, below, axis=1)
    part = np.where(above == below, 0.0, (high - budgets) / np.maximum(high - low, 1e-9))[:, :, None].astype(np.float32)
    row = np.arange(len(tables))[:, None]
    return np.asarray(tables[row, above] + part * (tables[row, below] - tables[row, above]))
