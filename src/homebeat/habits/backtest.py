"""What a table would have done on the resident's own last weeks: alarms counted, collapses injected."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from homebeat.habits.policy import DAY_S, F64, SLOTS
from homebeat.habits.quiet import OUT_S, QuietGaps

_AGE_STEP_S = 600
_AGES = OUT_S // _AGE_STEP_S
_DELAY_BIN_MINUTES = 10
_DELAY_BINS = 24 * 6 + 1


@dataclass(frozen=True, slots=True, eq=False)
class OwnPast:
    """The last weeks, boiled down for quick counting.

    Attributes:
        slot, quiet_minutes: int64[n], float64[n], the gaps under a day.
        days: days on the quiet clock.
        collapses: float64[48, 30], share of injected collapses by start slot and age of the gap in ten minutes; sum 1 or 0.
    """

    slot: np.ndarray[tuple[int], np.dtype[np.int64]]
    quiet_minutes: F64
    days: float
    collapses: F64


def own_past(gaps: QuietGaps, until: int, days: int) -> OwnPast:
    """The gaps that ended in the last `days` before `until` (epoch seconds UTC)."""
    kept = ~gaps.absent & (gaps.end > until - days * DAY_S)
    slot, quiet = gaps.slot[kept], gaps.quiet_s[kept]
    return OwnPast(slot, quiet / 60, float(quiet.sum() / DAY_S), _injected(slot, quiet))


def _injected(slot: np.ndarray[tuple[int], np.dtype[np.int64]], quiet: F64) -> F64:
    """Collapses at a uniformly random moment of all gaps up to five hours: longer ones are sleep or an outing."""
    kept = quiet <= OUT_S
    lived = np.minimum(quiet[kept] / _AGE_STEP_S, _AGES)
    whole = lived.astype(np.int64)
    size = SLOTS * (_AGES + 1)
    reach = np.bincount(slot[kept] * (_AGES + 1) + whole, minlength=size).reshape(SLOTS, _AGES + 1)
    part = np.bincount(slot[kept] * (_AGES + 1) + whole, lived - whole, size).reshape(SLOTS, _AGES + 1)
    full = reach[:, ::-1].cumsum(axis=1)[:, ::-1] - reach
    held = (full + part)[:, :_AGES]
    return np.asarray(held / max(held.sum(), 1e-9))


def alarms_a_month(past: OwnPast, tables: F64) -> F64:
    """False alarms counted in 30 days under each table: float64[k] for tables float64[k, 48] in minutes."""
    outlived = past.quiet_minutes > tables[:, past.slot]
    return np.asarray(outlived.sum(axis=1) / max(past.days, 1.0) * 30)


def delays_h(past: OwnPast, tables: F64) -> tuple[F64, F64]:
    """Mean and 95th percentile, hours, from an injected collapse to the alarm, for each table: two float64[k]."""
    age = (np.arange(_AGES) + 0.5) * (_AGE_STEP_S / 60)
    share = past.collapses.ravel()
    if share.sum() == 0:
        longest = tables.max(axis=1) / 60
        return tables.mean(axis=1) / 60, longest
    mean, high = np.empty(len(tables)), np.empty(len(tables))
    for i, table in enumerate(tables):
        delay = np.maximum(table[:, None] - age, 0.0).ravel()
        mean[i] = delay @ share / 60
        bins = np.minimum(delay / _DELAY_BIN_MINUTES, _DELAY_BINS - 1).astype(np.int64)
        below = np.cumsum(np.bincount(bins, share, _DELAY_BINS))
        high[i] = (np.searchsorted(below, 0.95) + 0.5) * _DELAY_BIN_MINUTES / 60
    return mean, high
