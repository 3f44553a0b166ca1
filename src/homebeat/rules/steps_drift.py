"""`steps_drift`: walks less than is usual for this person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.domain.alert import Reason
from homebeat.domain.consent import Purpose
from homebeat.rules.slow_change import SlowChange
from homebeat.stream.features.days import Drift


@dataclass(frozen=True)
class StepsDrift(SlowChange):
    """Walks less than is usual for this person.

    Means: pain, weakness, fear of falling. Steps from four in the morning to four, as shares of the own mean of the four weeks
    that end a fortnight ago.
    Needs: a band of this person alone, certainly worn in ten hours of the day, and 14 such days of those four weeks.
    Wrong when: bad weather, a walking frame or a stick held by the arm of the band, a new band that counts otherwise.
    Defaults: one-sided CUSUM, 0.75 own standard deviations (at least 10 % each) a day forgiven; fires at 4.5; then silent for
    14 days; low, in the daily digest. Thresholds carried over from night use, unmeasured.
    """

    code: ClassVar[str] = "steps_drift"
    judges_by: ClassVar[frozenset[Purpose]] = frozenset({Purpose.BAND})
    looks_for: ClassVar[tuple[Drift, ...]] = (Drift.STEPS_FALL,)

    def explain(self, drift: Drift, usual: float, now: float) -> Reason:
        return Reason("steps_drift", {"usual": round(usual), "now": round(now)})
