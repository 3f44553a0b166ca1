"""`heart_rate`: pulse outside the limits for long enough."""

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
class HeartRate(Rule):
    """Pulse below `low` or above `high` in every reading for `hold`.

    Means: see how the person is; it is no diagnosis. Needs: a worn band that measured a pulse. After "not worn" a band may
    measure the table: pulses are judged again once it says that it is worn, or counts steps.
    Wrong when: exercise, a loose strap, a personal normal outside the limits (set limits for the area or person).
    Defaults: 40 and 130 bpm for 10 minutes; high. That is wider than the 50 and 120 of consumer guides. Large-scale wrist data
    cross those daily (resting range 40-109 in Quer 2020).
    """

    code: ClassVar[str] = "heart_rate"
    axis: ClassVar[Axis] = Axis.DEVICE
    judges_by: ClassVar[frozenset[Purpose]] = frozenset({Purpose.BAND})
    desk: ClassVar[Desk] = Desk.CARE
    priority: ClassVar[Priority] = Priority.HIGH

    low: float = 40.0
    high: float = 130.0
    hold: timedelta = timedelta(minutes=10)

    def __post_init__(self) -> None:
        if self.low >= self.high:
            raise ValueError(f"low ({self.low}) must be less than high ({self.high})")

    def judge(self, frame: Frame) -> Judgement:
        return judge_value(frame, Metric.HEART_RATE_BPM, low=self.low, high=self.high, worn_only=True)

    def find_idle_until(self, frame: Frame) -> int:
        return NEVER if has_outside(frame, Metric.HEART_RATE_BPM, self.low, self.high) else FAR

    def may_change_on(self, readings: Batch) -> Bool:
        return is_outside(readings, Metric.HEART_RATE_BPM, self.low, self.high)

    def make_reason(self, frame: Frame, i: int, since: int) -> Reason:
        value = float(frame.get_latest(Metric.HEART_RATE_BPM)[1][i])
        high = value > self.high
        return Reason(
            "heart_rate_high" if high else "heart_rate_low",
            {"value": value, "limit": self.high if high else self.low, "hold_s": to_ms(self.hold) // 1000},
        )

    @property
    def hold_for(self) -> timedelta:
        return self.hold

    @property
    def clear_after(self) -> timedelta:
        return timedelta(minutes=5)
