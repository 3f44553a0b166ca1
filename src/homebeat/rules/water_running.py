"""`water_running`: a leak, or a tap left on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import numpy as np

from homebeat.domain.alert import Desk, Priority, Reason
from homebeat.rules.frame import Axis, Frame
from homebeat.rules.meter import believed, shows_hours
from homebeat.rules.rule import Judgement, Rule, ms, never_due, verdicts
from homebeat.stream.batch import FAR, NEVER
from homebeat.stream.evidence import Evidence


@dataclass(frozen=True)
class WaterRunning(Rule):
    """Some use in every hour for `window`, without one dry hour.

    Means: a dripping cistern, a leak, a tap left on; and that use no longer tells whether the person is up.
    Needs: a meter that reports at least every three hours. Wrong when: a busy household, a humidifier.
    Defaults: 36 h: 0.11 notices a home-month on real homes, a leak of 1 L/h found after 36 h (docs/detection.md); medium, for
    property management.
    """

    code: ClassVar[str] = "water_running"
    axis: ClassVar[Axis] = Axis.METER
    desk: ClassVar[Desk] = Desk.PROPERTY
    priority: ClassVar[Priority] = Priority.MEDIUM
    woken_by: ClassVar[Evidence] = Evidence.WATER

    window: timedelta = timedelta(hours=36)

    def judge(self, frame: Frame) -> Judgement:
        dry = frame.water.dry_at[frame.rows]
        firing = frame.total_at - np.maximum(dry, 0) >= ms(self.window)
        known = believed(frame) & shows_hours(frame)
        return Judgement(verdicts(frame, firing=firing, known=known), dry, never_due(frame))

    def rests_until(self, frame: Frame) -> int:
        run = frame.total_at - np.maximum(frame.water.dry_at[frame.rows], 0)
        return NEVER if (run >= ms(self.window)).any() else FAR

    def reason(self, frame: Frame, i: int, since: int) -> Reason:
        run = int(frame.total_at[i] - frame.water.dry_at[frame.rows][i])
        return Reason("water_running", {"run_s": run // 1000, "litres": float(frame.litres(24 * 3_600_000)[i])})
