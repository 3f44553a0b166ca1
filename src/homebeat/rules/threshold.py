"""`threshold`: any metric above or below a number, from settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from homebeat.domain.alert import Desk, Priority, Reason
from homebeat.domain.consent import Purpose, find_withheld
from homebeat.domain.metric import METRIC_BY_NAME, Metric
from homebeat.rules.frame import Axis, Frame
from homebeat.rules.rule import Judgement, Rule, to_ms
from homebeat.rules.vital import has_outside, is_outside, judge_value
from homebeat.stream.batch import FAR, NEVER, Batch, Bool
from homebeat.stream.evidence import Evidence


@dataclass(frozen=True)
class Threshold(Rule):
    """A metric of any device outside the numbers that the operator chose.

    Means: what the operator meant by it. Needs: a metric that homebeat knows, measured within three report intervals.
    Wrong when: the numbers are. Defaults: off; body temperature above 38.5 degrees for 30 minutes as a pattern; medium.

    Raises:
        ValueError: The metric is not known, is an alarm, or the bounds leave nothing between them.
    """

    code: ClassVar[str] = "threshold"
    axis: ClassVar[Axis] = Axis.DEVICE
    desk: ClassVar[Desk] = Desk.CARE
    priority: ClassVar[Priority] = Priority.MEDIUM
    on_by_default: ClassVar[bool] = False
    triggers: ClassVar[Evidence] = Evidence.VALUE | Evidence.WATER

    metric: str = "body_temperature_c"
    below: float = float("-inf")
    above: float = 38.5
    hold: timedelta = timedelta(minutes=30)

    def __post_init__(self) -> None:
        if self.metric not in METRIC_BY_NAME or METRIC_BY_NAME[self.metric].is_alarm:
            raise ValueError(f"metric: {self.metric!r} is not a metric that can have a threshold")
        if self.below >= self.above:
            raise ValueError(f"below ({self.below}) must be less than above ({self.above})")

    @property
    def watched(self) -> Metric:
        """The metric that is compared."""
        return METRIC_BY_NAME[self.metric]

    def list_extra_metrics(self) -> tuple[Metric, ...]:
        return (self.watched,)

    def list_purposes(self) -> frozenset[Purpose]:
        purpose = find_withheld(METRIC_BY_NAME[self.metric])
        return frozenset() if purpose is None else frozenset({purpose})

    def judge(self, frame: Frame) -> Judgement:
        return judge_value(frame, self.watched, low=self.below, high=self.above, worn_only=False)

    def find_idle_until(self, frame: Frame) -> int:
        return NEVER if has_outside(frame, self.watched, self.below, self.above) else FAR

    def may_change_on(self, readings: Batch) -> Bool:
        return is_outside(readings, self.watched, self.below, self.above)

    def make_reason(self, frame: Frame, i: int, since: int) -> Reason:
        value = float(frame.get_latest(self.watched)[1][i])
        high = value > self.above
        return Reason(
            "threshold_above" if high else "threshold_below",
            {
                "metric": self.metric,
                "value": value,
                "limit": self.above if high else self.below,
                "hold_s": to_ms(self.hold) // 1000,
            },
        )

    @property
    def hold_for(self) -> timedelta:
        return self.hold
