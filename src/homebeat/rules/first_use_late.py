"""`first_use_late`: the first sign of life of the day comes later and later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.domain.alert import Reason
from homebeat.domain.consent import Purpose
from homebeat.rules.slow_change import SlowChange
from homebeat.stream.features.days import Drift


@dataclass(frozen=True)
class FirstUseLate(SlowChange):
    """The first sign of life of the day comes later and later.

    Means: low mood, illness, a day without a beginning. The first sign after four in the morning, by half hours, against the
    four weeks of days that end a fortnight ago. Slow change, not today's quiet, which is for `no_sign_of_life`.
    Needs: a morning that was watched from four on but for an hour, and 14 such days of those four weeks; else unknown. An hourly
    meter shows it to the hour. Residents who share a meter share the value, and each gets the alert.
    Wrong when: winter mornings, holidays, a new routine.
    Defaults: one-sided CUSUM, 0.5 own standard deviations (at least half an hour each) a day forgiven; fires at 5; then silent
    for 14 days; low, in the daily digest. By docs/detection.md mornings 2 h later are found within 14 days in 65 to 80 %, for
    0.15 to 0.24 lines a home-month.
    """

    code: ClassVar[str] = "first_use_late"
    judges_by: ClassVar[frozenset[Purpose]] = frozenset({Purpose.WATER})
    looks_for: ClassVar[tuple[Drift, ...]] = (Drift.FIRST_USE_LATE,)

    def explain(self, drift: Drift, usual: float, now: float) -> Reason:
        return Reason("first_use_late", {"usual_minute": round(usual * 60), "now_minute": round(now * 60)})
