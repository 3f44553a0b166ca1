"""`device_battery_low`: a battery needs charging or changing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from homebeat.domain.alert import Reason
from homebeat.domain.fleet import DeviceKind
from homebeat.domain.metric import Metric
from homebeat.rules.frame import Axis, Frame
from homebeat.rules.rule import Judgement, Rule, Verdict, make_never_due, make_verdicts
from homebeat.stream.batch import F32, FAR, I64, NEVER
from homebeat.stream.roster import get_kind_index

_WRISTBAND: Final = get_kind_index(DeviceKind.WRISTBAND)


@dataclass(frozen=True)
class DeviceBatteryLow(Rule):
    """The battery is at or below `percent`; over when it is above `clear_above`, so that it does not flap between the two.

    Means: the device will soon fall silent. Needs: `battery_pct`, or `battery_low` of a device that says no more.
    Wrong when: cold lowers the reading for a night.
    That of a band waits while an absence of its wearer is declared.
    Defaults: 15 %, clear above 20 %: days of notice on common bands; low.
    """

    code: ClassVar[str] = "device_battery_low"
    axis: ClassVar[Axis] = Axis.DEVICE

    percent: float = 15.0
    clear_above: float = 20.0

    def __post_init__(self) -> None:
        if self.percent > self.clear_above:
            raise ValueError(f"percent ({self.percent}) must not be above clear_above ({self.clear_above})")

    def judge(self, frame: Frame) -> Judgement:
        at, value = self._find_charge(frame)
        known = at > NEVER
        # a band that lies at home while its wearer is on a holiday can be charged by nobody; what stands stays as it is
        bands = np.flatnonzero(known & (value <= self.percent) & (frame.kind == _WRISTBAND) & (frame.standing_since == NEVER))
        known[bands] = ~frame.is_declared_away(bands)
        verdict = make_verdicts(frame, firing=value <= self.percent, known=known)
        between = (value > self.percent) & (value <= self.clear_above) & (frame.standing_since > NEVER)
        return Judgement(np.where(between, np.int8(Verdict.UNKNOWN), verdict), at, make_never_due(frame))

    def find_idle_until(self, frame: Frame) -> int:
        return NEVER if (self._find_charge(frame)[1] <= self.percent).any() else FAR

    @staticmethod
    def _find_charge(frame: Frame) -> tuple[I64, F32]:
        """Find when each device last spoke of its battery, epoch ms, and its charge: of one that says only "low", none or all."""
        at, value = frame.get_latest(Metric.BATTERY_PCT)
        said_at, low = frame.get_latest(Metric.BATTERY_LOW)
        by_flag = said_at > at
        if not by_flag.any():
            return at, value  # nearly always: nothing is copied
        return np.where(by_flag, said_at, at), np.where(by_flag, np.where(low > 0, np.float32(0), np.float32(100)), value)

    def make_reason(self, frame: Frame, i: int, since: int) -> Reason:
        if frame.get_latest(Metric.BATTERY_LOW)[0][i] > frame.get_latest(Metric.BATTERY_PCT)[0][i]:
            return Reason("device_battery_flag")
        return Reason(
            "device_battery_low", {"battery_pct": float(frame.get_latest(Metric.BATTERY_PCT)[1][i]), "limit": self.percent}
        )
