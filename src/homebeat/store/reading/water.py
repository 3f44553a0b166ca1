"""Computes hourly water use from a meter's cumulative index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from homebeat.domain.durations import HOUR_MS

if TYPE_CHECKING:
    from homebeat.stream.batch import F64, I64

_LITRES: Final = 1_000.0


def compute_hourly_litres(at: I64, volume_m3: F64, start: int, hours: int, gap_ms: int) -> F64:
    """Compute litres used in each hour; NaN where readings are missing.

    What was used between two readings is spread evenly over the time between them. An hour has a value when such spans cover all
    of it. A span does not count when it is longer than `gap_ms`, or when the index fell: a replaced or faulty meter.

    Args:
        at: Event times, epoch ms, rising, int64[n].
        volume_m3: The index at those times, float64[n].
        start: Begin of the first hour, epoch ms.
        hours: How many hours.
        gap_ms: The longest span between two readings that counts, ms.

    Returns:
        float64[hours].
    """
    used = np.zeros(hours)
    covered = np.zeros(hours)
    edges = start + HOUR_MS * np.arange(hours + 1, dtype=np.int64)
    for begin, end, litres in zip(at[:-1], at[1:], np.diff(volume_m3) * _LITRES, strict=True):
        if not 0 < end - begin <= gap_ms or litres < 0:
            continue
        first = max(int((begin - start) // HOUR_MS), 0)
        last = min(int((end - 1 - start) // HOUR_MS), hours - 1)
        for hour in range(first, last + 1):
            overlap = min(end, edges[hour + 1]) - max(begin, edges[hour])
            used[hour] += litres * overlap / (end - begin)
            covered[hour] += overlap
    return np.where(covered >= HOUR_MS, used, np.nan)
