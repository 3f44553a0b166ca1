"""Slow change against a person's own baseline: judged when a day is closed, read once a day in the digest, never an alarm."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import numpy as np

from homebeat.domain.alert import Desk, Priority, Reason
from homebeat.domain.durations import DAY_MS
from homebeat.rules.frame import Axis, Frame
from homebeat.rules.rule import Judgement, Rule, make_never_due, make_verdicts
from homebeat.stream.batch import F64, FAR, NEVER, U8
from homebeat.stream.daily import list_usual_days, read_daily_values
from homebeat.stream.evidence import Evidence
from homebeat.stream.features.days import Drift

DaysOf = Callable[[Sequence[int]], F64]


@dataclass(frozen=True)
class SlowChange(Rule):
    """Shared by the rules over closed days.

    Attributes:
        looks_for: The changes that fire it.
        recent: How many days count as "now" in the reason.
    """

    axis: ClassVar[Axis] = Axis.RESIDENT
    desk: ClassVar[Desk] = Desk.CARE
    priority: ClassVar[Priority] = Priority.LOW
    digest: ClassVar[bool] = True
    triggers: ClassVar[Evidence] = Evidence.DAY
    looks_for: ClassVar[tuple[Drift, ...]]
    recent: ClassVar[int] = 5

    repeats: timedelta = timedelta(days=14)

    @property
    def repeats_after(self) -> timedelta:
        return self.repeats

    def judge(self, frame: Frame) -> Judgement:
        days, rows = frame.state.days, frame.rows
        mine = np.uint8(sum(1 << drift for drift in self.looks_for))
        ends = days.ends[rows]
        # the day that was closed last ended one day before the end of the running day
        since = np.where(ends > NEVER, ends, DAY_MS) - DAY_MS
        fired, known = (days.fired[rows] & mine) != 0, (days.known[rows] & mine) != 0
        return Judgement(make_verdicts(frame, firing=fired, known=known), since, make_never_due(frame))

    def find_idle_until(self, frame: Frame) -> int:
        fired: U8 = frame.state.days.fired[frame.rows]
        return NEVER if (fired & np.uint8(sum(1 << drift for drift in self.looks_for))).any() else FAR

    def make_reason(self, frame: Frame, i: int, since: int) -> Reason:
        state, row = frame.state, frame.start + i
        day, zone = int(state.days.closed[row]), state.roster.zones[state.roster.zone[row]]
        drift = next((d for d in self.looks_for if int(state.days.fired[row]) >> d & 1), self.looks_for[0])

        def of(days: Sequence[int]) -> F64:
            values: F64 = read_daily_values(state, drift, np.array([row], np.int32), zone, days)[0]
            return values

        usual = self.compute_usual(of, day)
        return self.explain(drift, usual, _compute_mean(of(range(day - self.recent + 1, day + 1)), usual))

    def compute_usual(self, of: DaysOf, day: int) -> float:
        """Compute what is usual for this resident when `day` is judged."""
        return _compute_mean(of(list_usual_days(day)), 0.0)

    @abstractmethod
    def explain(self, drift: Drift, usual: float, now: float) -> Reason:
        """Make the reason from what is usual and from the mean of the last known days."""


def _compute_mean(values: F64, otherwise: float) -> float:
    """The mean of known values. A day that was known when it was closed may have been disregarded since."""
    seen = values[np.isfinite(values)]
    return float(seen.mean()) if len(seen) else otherwise
