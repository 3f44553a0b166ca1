"""What a table would have done on the residents' own last weeks: alarms counted, collapses injected."""

from __future__ import annotations

import numpy as np

from homebeat.habits.allocate import LASTED, OUT_HALF_HOURS, STEP_MINUTES
from homebeat.habits.hazard import reached
from homebeat.habits.policy import F32, I64, SLOTS, STEPS

_AGE_MINUTES = LASTED[:OUT_HALF_HOURS] * STEP_MINUTES
_LONGEST_TENTHS = 24 * 6
_ONE_IN_TWENTY = 0.05


def counted_a_month(recent: F32) -> F32:
    """Gaps in 30 days that outlived 0, 0.5, ... 24 h, by start slot: float32[m, 48, 49]."""
    days = (recent @ LASTED).sum(axis=1) / STEPS
    out = np.zeros((*recent.shape[:2], STEPS + 1), np.float32)
    out[:, :, :-1] = reached(recent) / np.maximum(days, 1.0)[:, None, None] * 30
    return out


def collapses(recent: F32) -> F32:
    """Share of injected collapses by start slot and age of the gap in half hours: float32[m, 48, 10]; sums to 1, or 0.

    At a uniformly random moment of all gaps up to five hours: longer ones are sleep or an outing.
    """
    short = recent[:, :, :OUT_HALF_HOURS]
    held = reached(short) - 0.5 * short
    return np.asarray(held / np.maximum(held.sum(axis=(1, 2)), 1e-9)[:, None, None])


def delays_h(share: F32, tables: F32) -> tuple[F32, F32]:
    """Mean and 95th percentile, hours, from an injected collapse to the alarm: two float32[m, k].

    Args:
        share: float32[m, 48, 10], from `collapses`.
        tables: float32[m, k, 48], minutes.

    Returns:
        Mean and 95th percentile, the latter to ten minutes; mean and largest limit for whom no collapse could be injected.
    """
    m = len(share)
    # Share of collapses at a younger age of the gap, and the sum of their ages.
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
