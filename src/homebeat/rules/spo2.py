"""`spo2`: blood oxygen below the limit for long enough."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from homebeat.domain.alert import Desk, Priority, Reason
from homebeat.domain.consent import Purpose
from homebeat.domain.metric import Metric
from homebeat.rules.frame import Axis, Frame
from homebeat.rules.rule import Judgement, Rule, to_ms
from homebeat.rules.vital import has_outside, is_outside, judge_value
from homebeat.stream.batch import FAR, NEVER, Batch, Bool


@dataclass(frozen=True)
class Spo2(Rule):
    """Oxygen saturation below `low` in every reading for `hold`.

    Means: see how the person is. Needs: a worn band that measured it. Wrong when: motion, cold hands; wrist sensors are off by
    2 to 4 points, so one low reading says nothing.
    Defaults: 88 % for 15 minutes: the usual limit of 90 less the sensor's error; medium.
    """

    code: ClassVar[str] = "spo2"
    axis: ClassVar[Axis] = Axis.DEVICE
    judges_by: ClassVar[frozenset[Purpose]] = frozenset({Purpose.BAND})
    desk: ClassVar[Desk] = Desk.CARE
    priority: ClassVar[Priority] = Priority.MEDIUM

    low: float = 88.0
    hold: timedelta = timedelta(minutes=15)

    def judge(self, frame: Frame) -> Judgement:
        return judge_value(frame, Metric.SPO2_PCT, low=self.low, high=float("inf"), worn_only=True)

    def find_idle_until(self, frame: Frame) -> int:
        return NEVER if has_outside(frame, Metric.SPO2_PCT, self.low, float("inf")) else FAR

    def may_change_on(self, readings: Batch) -> Bool:
        return is_outside(readings, Metric.SPO2_PCT, self.low, float("inf"))

    def make_reason(self, frame: Frame, i: int, since: int) -> Reason:
        value = float(frame.get_latest(Metric.SPO2_PCT)[1][i])
        return Reason("spo2_low", {"value": value, "limit": self.low, "hold_s": to_ms(self.hold) // 1000})

    @property
    def hold_for(self) -> timedelta:
        return self.hold

    @property
    def clear_after(self) -> timedelta:
        return timedelta(minutes=5)
