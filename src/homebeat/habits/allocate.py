"""Spend a false-alarm budget where it shortens the wait of a resident who needs help the most.

There is one limit for each half hour (slot) of the day. In each slot, two costs grow or fall with the limit:

* the mean wait of somebody who collapses: `exposure[slot] * limit`;
* the false alarms: `starts a month[slot] * survival[slot, limit]`.

Both are sums over slots. So at a given price (hours of waiting that one false alarm is worth) each slot is chosen alone.
One table for each price gives the whole curve. Published rules use one fixed quantile for all slots, which ignores the exposure.

Shapes: m residents, 48 slots, 24 prices, k points of a curve.
"""

from __future__ import annotations

import numpy as np

from homebeat.habits.hazard import SMOOTHING, make_circle_kernel
from homebeat.habits.policy import F32, F64, I64, SLOTS, STEPS

PRICES_H = np.geomspace(0.05, 60.0, 24, dtype=np.float32)
OUT_HALF_HOURS = 10
STEP_MINUTES = 30
_NIGHT_SHARE = 0.1
_EVEN_SHARE = 0.02
_NEAR = make_circle_kernel(1.0)
_NEAR_MEAN = _NEAR / _NEAR.sum(axis=1, keepdims=True)
_SMOOTHING_TWICE = SMOOTHING @ SMOOTHING
GAP_LENGTHS = np.arange(STEPS, dtype=np.float32) + np.float32(0.5)
# Gaps over five hours are sleep or an outing. They count a tenth and not nothing: people fall at night too.
_EXPOSED_LENGTHS = np.minimum(GAP_LENGTHS, OUT_HALF_HOURS) * np.where(
    GAP_LENGTHS <= OUT_HALF_HOURS, 1.0 + _NIGHT_SHARE, _NIGHT_SHARE
).astype(np.float32)


def compute_exposure(begun: F32) -> F32:
    """The share of waking time at home that is spent in gaps that began in each slot: where a collapse would fall.

    Args:
        begun: float32[m, 48, 48], gaps by start slot and length.

    Returns:
        float32[m, 48]; each row sums to 1.
    """
    share = _weigh_slots(_NEAR, begun @ _EXPOSED_LENGTHS)
    share = share / np.maximum(share.sum(axis=1, keepdims=True), 1e-9)
    return np.asarray((1 - _EVEN_SHARE) * share + _EVEN_SHARE / SLOTS)


def count_starts_a_month(begun: F32) -> F32:
    """Count the gaps that begin in each slot in 30 days on the quiet clock, float32[m, 48]; `begun` as `compute_exposure`."""
    days = (begun @ GAP_LENGTHS).sum(axis=1) / STEPS
    return np.asarray(_weigh_slots(_NEAR_MEAN, begun.sum(axis=2)) / np.maximum(days, 1e-9)[:, None] * 30)


def _weigh_slots(weights: F32, values: F32) -> F32:
    return np.asarray((weights @ values[:, :, None])[:, :, 0])


def choose_tables_by_price(share: F32, false_a_month: F32, floor_minutes: I64, longest_minutes: I64) -> F32:
    """Choose the best table at each price, slightly smoothed round the clock: float32[m, 24, 48], minutes.

    Args:
        share: float32[m, 48], from `compute_exposure`.
        false_a_month: float32[m, 48, 49], false alarms in 30 days at limits of 0, 30, ... minutes.
        floor_minutes: int64[m], no limit is shorter.
        longest_minutes: int64[m], none is longer.
    """
    minutes = np.arange(STEPS + 1, dtype=np.float32) * STEP_MINUTES
    barred = (minutes < floor_minutes[:, None]) | (minutes > longest_minutes[:, None])
    wait = np.where(barred[:, None, :], np.inf, share[:, :, None] * (minutes / 60))
    # limits that no resident of this call may have
    open_ = np.flatnonzero(~barred.all(axis=0))
    first, last = int(open_[0]), int(open_[-1]) + 1
    wait, false = wait[:, :, first:last].copy(), false_a_month[:, :, first:last].copy()
    best = np.empty((len(share), len(PRICES_H), SLOTS), np.float32)
    cost = np.empty_like(wait)
    for i, price in enumerate(PRICES_H):
        np.multiply(false, price, out=cost)
        cost += wait
        best[:, i] = cost.argmin(axis=2)
    table = (best + np.float32(first)) * STEP_MINUTES @ _SMOOTHING_TWICE
    bounds = (one[:, None, None].astype(np.float32) for one in (floor_minutes, longest_minutes))
    return np.asarray(np.clip(table, *bounds))


def count_alarms(false_a_month: F32, tables: F32) -> F32:
    """Count the false alarms in 30 days under each table, linear between columns.

    Args:
        false_a_month: float32[m, 48, 49], as `choose_tables_by_price`.
        tables: float32[m, k, 48], minutes.

    Returns:
        float32[m, k].
    """
    at = tables / STEP_MINUTES
    low = np.minimum(at.astype(np.int64), STEPS - 1)
    width = STEPS + 1
    cell = (np.arange(len(tables))[:, None, None] * SLOTS + np.arange(SLOTS)) * width + low
    flat = false_a_month.reshape(-1)
    below = flat[cell]
    return np.asarray((below + (at - low).astype(np.float32) * (flat[cell + 1] - below)).sum(axis=2))


def choose_tables(budgets: F64, tables: F32, alarms: F32) -> F32:
    """Choose the tables that spend each budget, by interpolation between the two neighbouring prices.

    Args:
        budgets: float64[m, k], false alarms in 30 days.
        tables: float32[m, 24, 48], minutes, from `choose_tables_by_price`.
        alarms: float32[m, 24], what each of them costs, from `count_alarms`.

    Returns:
        float32[m, k, 48], minutes.
    """
    falling = np.minimum.accumulate(alarms, axis=1)
    over = (falling[:, None, :] > budgets[:, :, None]).sum(axis=2)
    above = np.clip(over - 1, 0, len(PRICES_H) - 1)
    below = np.clip(over, 0, len(PRICES_H) - 1)
    high, low = np.take_along_axis(falling, above, axis=1), np.take_along_axis(falling, below, axis=1)
    part = np.where(above == below, 0.0, (high - budgets) / np.maximum(high - low, 1e-9))[:, :, None].astype(np.float32)
    row = np.arange(len(tables))[:, None]
    return np.asarray(tables[row, above] + part * (tables[row, below] - tables[row, above]))
