"""`volume_drift`: the home uses less water than is usual, or more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from homebeat.domain.alert import Reason
from homebeat.domain.consent import Purpose
from homebeat.rules.slow_change import SlowChange
from homebeat.stream.features.days import Drift

DAYS_A_WEEK: Final = 7


@dataclass(frozen=True)
class VolumeDrift(SlowChange):
    """The home uses less water than is usual, or more.

    Means: with less, somebody drinks, washes, cooks less; with more, a leak that nobody sees, an illness, somebody moved in.
    It adds up the litres of all meters of the home, from four in the morning to four. They are compared with the own mean of
    the four weeks that end a fortnight ago.
    Needs: totals at most three hours apart about four o'clock, and 14 such days of those four weeks; else unknown.
    It is the home's value, and each resident gets the alert.
    Wrong when: guests come (a week of them fires once, and their leaving does not), a garden in summer, a new machine.
    Defaults: one-sided CUSUM either way, 0.4 own standard deviations (at least 15 % each) a day forgiven for a fall and 0.9 for
    a rise; fires at 5; then silent for 14 days; low, in the daily digest, with the litres of the last week and of a usual one.
    """

    code: ClassVar[str] = "volume_drift"
    judges_by: ClassVar[frozenset[Purpose]] = frozenset({Purpose.WATER})
    looks_for: ClassVar[tuple[Drift, ...]] = (Drift.VOLUME_FALLS, Drift.VOLUME_RISES)
    recent: ClassVar[int] = DAYS_A_WEEK

    def explain(self, drift: Drift, usual: float, now: float) -> Reason:
        code = "volume_falls" if drift is Drift.VOLUME_FALLS else "volume_rises"
        return Reason(code, {"usual": round(usual * DAYS_A_WEEK), "now": round(now * DAYS_A_WEEK)})
