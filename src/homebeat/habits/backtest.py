"""What a table of limits would have done in the last weeks of the same residents: alarms counted, collapses injected."""

from __future__ import annotations

import numpy as np

from homebeat.habits.allocate import GAP_LENGTHS, OUT_HALF_HOURS, STEP_MINUTES
from homebeat.habits.hazard import count_reached
from homebeat.habits.policy import F32, I64, SLOTS, STEPS

_AGE_MINUTES = GAP_LENGTHS[:OUT_HALF_HOURS] * STEP_MINUTES
_LONGEST_TENTHS = 24 * 6
_ONE_IN_TWENTY = 0.05


def count_gaps_a_month(recent: F32) -> F32:
    """Count the gaps in 30 days that outlived 0, 0.5, ... 24 h, by start slot: float32[m, 48, 49].

    Args:
        recent: float32[m, 48, 48], gaps of the back-test span by start slot and elapsed half hour.
    """
    days = (recent @ GAP_LENGTHS).sum(axis=1) / STEPS
    out = np.zeros((*recent.shape[:2], STEPS + 1), np.float32)
    out[:, :, :-1] = count_reached(recent) / np.maximum(days, 1.0)[:, None, None] * 30
    return out


def spread_collapses(recent: F32) -> F32:
    """Spread injected collapses over start slots and ages of the gap in half hours, evenly in time.

    Only gaps up to five hours take part: longer ones are sleep or an outing.

    Args:
        recent: float32[m, 48, 48], as `count_gaps_a_month`.

    Returns:
        float32[m, 48, 10]; each resident's shares sum to 1, or to 0 where there are no such gaps.
    """
    short = recent[:, :, :OUT_HALF_HOURS]
    held = count_reached(short) - 0.5 * short
    return np.asarray(held / np.maximum(held.sum(axis=(1, 2)), 1e-9)[:, None, None])


def compute_delays_h(share: F32, tables: F32) -> tuple[F32, F32]:
    """Compute the delay from an injected collapse to the alarm.

    Args:
        share: float32[m, 48, 10], from `spread_collapses`.
        tables: float32[m, k, 48], minutes.

    Returns:
        Mean and 95th percentile (to ten minutes), hours, float32[m, k] each. Where no collapse could be injected: the mean and
        the largest limit.
    """
    m = len(share)
    # share of collapses at a younger age of the gap, and the sum of their ages
    younger, ages = np.zeros((2, m, SLOTS, OUT_HALF_HOURS + 1), np.float32)
    np.cumsum(share, axis=2, out=younger[:, :, 1:])
    np.cumsum(share * _AGE_MINUTES, axis=2, out=ages[:, :, 1:])
    cells = (np.arange(m * SLOTS) * (OUT_HALF_HOURS + 1)).reshape(m, 1, SLOTS)

    def first_ages(minutes: F32) -> I64:
        """The cell of `younger` that holds the ages under so many minutes."""
        at = np.clip(minutes * (1 / STEP_MINUTES) + 0.5, 0.0, OUT_HALF_HOURS + 0.0)
        return np.asarray(cells + at.astype(np.int64))

    waits = first_ages(tables)
    mean = (tables * np.take(younger, waits) - np.take(ages, waits)).sum(axis=2) / 60
    low, high = np.zeros((2, *tables.shape[:2]), np.int64)
    high += _LONGEST_TENTHS
    for _ in range(_LONGEST_TENTHS.bit_length()):
        middle = (low + high) // 2
        longer = np.take(younger, first_ages(tables - (10 * middle[:, :, None]).astype(np.float32))).sum(axis=2)
        low, high = np.where(longer > _ONE_IN_TWENTY, middle + 1, low), np.where(longer > _ONE_IN_TWENTY, high, middle)
    nobody = (younger[:, :, -1].sum(axis=1) == 0)[:, None]
    return np.where(nobody, tables.mean(axis=2) / 60, mean), np.where(nobody, tables.max(axis=2) / 60, high / 6)
