"""`water_dripping`: a leak too slow to show as a flow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Final

import numpy as np

from homebeat.domain.alert import Desk, Priority, Reason
from homebeat.domain.consent import Purpose
from homebeat.domain.durations import DAY_MS
from homebeat.habits.drip import DAYS
from homebeat.rules.frame import Axis, Frame
from homebeat.rules.meter import is_believed
from homebeat.rules.rule import Judgement, Rule, make_never_due, make_verdicts
from homebeat.stream.batch import FAR, NEVER
from homebeat.stream.evidence import Evidence

#: A leak that shows in every hour is `water_running`'s.
_RUNNING_H: Final = 24


@dataclass(frozen=True)
class WaterDripping(Rule):
    """For ten days the meter has never stood still for longer than the time between two pulses of a drip.

    Means: a dripping tap or cistern of about 0.1 to 1 L an hour. While it shows, a single litre by itself is no sign of life.
    Needs: a meter whose totals are at most three hours apart, on eight of the last ten days.
    Wrong when: somebody is up at all hours, every night; a device that draws a litre by itself.
    Defaults: on three of ten days the longest pause between two lone pulses is the same, give or take 1.2 h. No pause of the
    ten days was longer than that, or none was longer than 3.3 h. Over when a day shows a longer pause; then silent for `repeats`
    (28 days). Measured on real homes: docs/detection.md. Medium, for property management.
    """

    code: ClassVar[str] = "water_dripping"
    axis: ClassVar[Axis] = Axis.METER
    judges_by: ClassVar[frozenset[Purpose]] = frozenset({Purpose.WATER})
    desk: ClassVar[Desk] = Desk.PROPERTY
    priority: ClassVar[Priority] = Priority.MEDIUM
    triggers: ClassVar[Evidence] = Evidence.WATER

    repeats: timedelta = timedelta(days=28)

    @property
    def repeats_after(self) -> timedelta:
        return self.repeats

    def find_idle_until(self, frame: Frame) -> int:
        return NEVER if frame.state.drips.every[frame.rows].any() else FAR

    def judge(self, frame: Frame) -> Judgement:
        drips = frame.state.drips
        firing = (drips.every[frame.rows] > 0) & (frame.state.hours.run[frame.rows] < _RUNNING_H)
        days = drips.day[frame.rows].astype(np.int64)
        known = drips.is_known(frame.rows) & is_believed(frame)
        return Judgement(make_verdicts(frame, firing=firing, known=known), (days - DAYS) * DAY_MS, make_never_due(frame))

    def make_reason(self, frame: Frame, i: int, since: int) -> Reason:
        drips, row = frame.state.drips, slice(frame.start + i, frame.start + i + 1)
        days = int((drips.longest[:, row] > 0).sum())
        return Reason("water_dripping", {"every_s": round(float(drips.get_interval_h(row)[0]) * 3600), "days": days})
