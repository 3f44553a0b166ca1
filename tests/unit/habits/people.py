"""Made-up residents for the tests of habits: regular, at whole minutes, from a seeded generator."""

from __future__ import annotations

import numpy as np

from homebeat.habits.policy import DAY_S, History

MONDAY = 1_772_409_600  # 2026-03-02T00:00:00Z


def regular(days: int, *, seed: int = 0, offset_s: int = 0, at_home_known: bool = False, every_h: float = 1.2) -> History:
    """Up about seven, in bed about half past ten, a sign of life every hour or so between; one at night on most nights."""
    rng = np.random.default_rng(seed)
    signs = []
    for day in range(days):
        up, bed = 7 + rng.normal(0, 0.3), 22.5 + rng.normal(0, 0.3)
        awake = up + np.cumsum(rng.exponential(every_h, 60))
        signs.append(
            day * DAY_S + np.concatenate([[up], awake[awake < bed], [bed], bed + rng.uniform(0, 8, rng.integers(0, 2))]) * 3600
        )
    local = np.unique(np.concatenate(signs)).astype(np.int64) + MONDAY
    life = local - offset_s
    return History(life, np.full(len(life), offset_s), int(MONDAY - offset_s), int(life[-1]) + 1, None, at_home_known)
