"""`resting_heart_rate_drift`: the pulse at rest is higher than is usual for this person, two or three nights in a row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from homebeat.domain.alert import Reason
from homebeat.domain.consent import Purpose
from homebeat.habits.drift import BASELINE_DAYS, JUDGED_NIGHTS
from homebeat.rules.slow_change import DaysOf, SlowChange
from homebeat.stream.features.days import Drift


@dataclass(frozen=True)
class RestingHeartRateDrift(SlowChange):
    """The pulse at rest is higher than is usual for this person, two or three nights in a row.

    Means: an infection coming, often before it is felt. It takes the mean pulse from midnight to six, of reports in which no
    step was counted. That is compared with the 28 nights before, of which the newest five count most.
    Needs: a band that is worn at night (six such readings), on the last two nights and 14 of the 28 before; else unknown.
    Wrong when: a late meal, alcohol, a hot night, a new medicine.
    Defaults: the rises of these nights, less 2 beats a minute each, add up to 10.5 and to 3.2 own standard deviations; then
    silent for 14 days; low, in the daily digest. Tested on made-up sleepers only, docs/detection.md.
    """

    code: ClassVar[str] = "resting_heart_rate_drift"
    judges_by: ClassVar[frozenset[Purpose]] = frozenset({Purpose.BAND})
    looks_for: ClassVar[tuple[Drift, ...]] = (Drift.PULSE,)
    recent: ClassVar[int] = 2

    def compute_usual(self, of: DaysOf, day: int) -> float:
        last = day + 1 - JUDGED_NIGHTS
        before = of(range(last - BASELINE_DAYS, last))
        return float(np.median(before[np.isfinite(before)]))

    def explain(self, drift: Drift, usual: float, now: float) -> Reason:
        return Reason("resting_heart_rate_drift", {"usual": round(usual, 1), "now": round(now, 1)})
