"""Made-up elders with a band and a water meter, at home known: the learner's other half.

Their statistics are assumptions, stated here. Up at 07:00 and in bed at 22:30, each half an hour more or less by the day and an
hour by the person; a movement or a use every 12 to 35 minutes while up (the person's own mean), a nap without any of 40 to 150
minutes on most days, one to three trips to the toilet a night. The band lies on its charger on 3 days in 10: then only water
tells, a use every 50 to 90 minutes. Outings stop the quiet clock and are left out.
"""

from __future__ import annotations

import numpy as np

from benchmarks.detection.evaluate import DAY_S
from benchmarks.detection.signs import Gaps


def elder(seed: int, days: int = 240) -> Gaps:
    """One elder's gaps, local time standing in for UTC."""
    rng = np.random.default_rng(seed)
    up, down = 7 + rng.uniform(-1, 1), 22.5 + rng.uniform(-1, 1)
    worn_h, bare_h, trips = rng.uniform(0.2, 0.58), rng.uniform(0.8, 1.5), rng.integers(1, 4)
    moments = []
    for day in range(days):
        rise, bed = up + rng.normal(0, 0.5), down + rng.normal(0, 0.5)
        mean = bare_h if rng.random() < 0.3 else worn_h
        nap, long = rng.uniform(12.5, 16), rng.uniform(0.66, 2.5) * (rng.random() < 0.8)
        awake = rise + np.cumsum(rng.exponential(mean, 200))
        awake = awake[(awake < bed) & ~((awake > nap) & (awake < nap + long))]
        night = bed + rng.uniform(0, 24 + up - down, rng.binomial(trips + 1, 0.7))
        moments.append(day * 24 + np.concatenate([[rise], awake, [bed], night]))
    at = np.unique((np.concatenate(moments) * 3600).astype(np.int64)) + 4 * DAY_S
    return Gaps(at[:-1], at[1:], at[:-1], np.diff(at), np.ones(len(at) - 1, np.bool_))
