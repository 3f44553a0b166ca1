"""`night_use_drift`: up more often at night than is usual for this person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.domain.alert import Reason
from homebeat.domain.consent import Purpose
from homebeat.rules.slow_change import SlowChange
from homebeat.stream.features.days import Drift


@dataclass(frozen=True)
class NightUseDrift(SlowChange):
    """Up more often at night than is usual for this person.

    Means: a bladder infection, a heart that tires, pain, poor sleep: somebody should ask. It counts the hours from midnight to
    five with a sign of life. They are compared with the four weeks of nights that end a fortnight ago.
    Needs: four of the five hours watched, and 14 such nights of those four weeks; unknown before, so for the first four weeks.
    Residents who share a meter share the value, and each gets the alert.
    Wrong when: there are guests, a new pet, or a heat readings.
    Defaults: one-sided CUSUM, 0.9 own standard deviations a night forgiven; fires at 4.05; then silent for 14 days; low, in the
    daily digest. By docs/detection.md 0.10 a month, and +1.5 a night found within 14 nights in 80 %.
    """

    code: ClassVar[str] = "night_use_drift"
    judges_by: ClassVar[frozenset[Purpose]] = frozenset({Purpose.WATER})
    looks_for: ClassVar[tuple[Drift, ...]] = (Drift.NIGHT_USE,)

    def explain(self, drift: Drift, usual: float, now: float) -> Reason:
        return Reason("night_use_drift", {"usual": round(usual, 1), "now": round(now, 1)})
