"""`sos`: Somebody pressed the SOS button."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.domain.metric import Metric
from homebeat.rules.device_alarm import DeviceAlarm


@dataclass(frozen=True)
class Sos(DeviceAlarm):
    """Somebody asks for help with the button of a band or on the wall.

    Means: help is wanted now, wherever the person is; being away changes nothing.
    Needs: one `alarm: sos` reading. Wrong when: pressed by mistake (the wearer can cancel).
    Defaults: critical, lasts 10 minutes after arrival; pressing again renews it, whatever the device's clock says.
    """

    code: ClassVar[str] = "sos"
    alarm: ClassVar[Metric] = Metric.ALARM_SOS
