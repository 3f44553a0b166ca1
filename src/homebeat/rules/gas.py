"""`gas`: A gas detector sounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.domain.metric import Metric
from homebeat.rules.device_alarm import DeviceAlarm


@dataclass(frozen=True)
class Gas(DeviceAlarm):
    """A gas detector raises its alarm.

    Means: gas or carbon monoxide may be escaping. Needs: one `alarm: gas` reading. Wrong when: solvents, an old sensor.
    Defaults: critical.
    """

    code: ClassVar[str] = "gas"
    alarm: ClassVar[Metric] = Metric.ALARM_GAS
