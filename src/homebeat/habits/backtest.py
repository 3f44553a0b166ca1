"""What a table would have done on the residents' own last weeks: alarms counted, collapses injected."""

from __future__ import annotations

import numpy as np

from homebeat.habits.allocate import OUT_HALF_HOURS, STEP_MINUTES
from homebeat.habits.hazard import reached
from homebeat.habits.policy import F64, STEPS

_AGE_MINUTES = (np.arange(OUT_HALF_HOURS) + 0.5) * STEP_MINUTES
_DELAY_BIN_MINUTES = 10
_DELAY_BINS = 24 * 6 + 1
_LASTED = np.arange(STEPS) + 0.5


def counted_a_month(recent: F64) -> F64:
    """Gaps in 30 days that outlived 0, 0.5, ... 24 h, by start slot: float64[m, 48, 49]."""
    days = (recent @ _LASTED).sum(axis=1) / STEPS
    out = np.zeros((*recent.shape[:2], STEPS + 1))
    out[:, :, :-1] = reached(recent) / np.maximum(days, 1.0)[:, None, None] * 30
    return out


def collapses(recent: F64) -> F64:
    """Share of injected collapses by start slot and age of the gap in half hours: float64[m, 48, 10]; sums to 1, or 0.

    At a uniformly random moment of all gaps up to five hours: longer ones are sleep or an outing.
    """
    short = recent[:, :, :OUT_HALF_HOURS]
    held = reached(short) - 0.5 * short
    return np.asarray(held / np.maximum(held.sum(axis=(1, 2)), 1e-9)[:, None, None])


def delays_h(share: F64, tables: F64) -> tuple[F64, F64]:
    """Mean and 95th percentile, hours, from an injected collapse to the alarm: two float64[m, k].

    Args:
        share: float64[m, 48, 10], from `collapses`.
        tables: float64[m, k, 48], minutes.
    """
    m, k, _ = tables.shape
    delay = np.maximum(tables[..., None] - _AGE_MINUTES, 0.0)
    spread = np.broadcast_to(share[:, None], delay.shape)
    mean = (delay * spread).sum(axis=(2, 3)) / 60
    bins = np.minimum(delay / _DELAY_BIN_MINUTES, _DELAY_BINS - 1).astype(np.int64)
    bins += (np.arange(m * k) * _DELAY_BINS).reshape(m, k, 1, 1)
    below = np.bincount(bins.ravel(), spread.ravel(), m * k * _DELAY_BINS).reshape(m, k, _DELAY_BINS).cumsum(axis=2)
    high = ((below < 0.95).sum(axis=2) + 0.5) * _DELAY_BIN_MINUTES / 60
    nobody = share.sum(axis=(1, 2))[:, None] == 0
    return np.where(nobody, tables.mean(axis=2) / 60, mean), np.where(nobody, tables.max(axis=2) / 60, high)
