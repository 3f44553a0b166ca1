"""`smoke`: A smoke detector sounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.domain.metric import Metric
from homebeat.rules.device_alarm import DeviceAlarm


@dataclass(frozen=True)
class Smoke(DeviceAlarm):
    """A smoke detector raises its alarm.

    Means: fire, or burnt food; the fire brigade's order of action, not the care desk's habit.
    Needs: one `alarm: smoke` reading. Wrong when: cooking, steam. Defaults: critical.
    """

    code: ClassVar[str] = "smoke"
    alarm: ClassVar[Metric] = Metric.ALARM_SMOKE
