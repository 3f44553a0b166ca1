"""`device_tamper`: a device says that somebody opened it, or took it off its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.domain.alert import Desk, Priority
from homebeat.domain.metric import Metric
from homebeat.rules.device_alarm import DeviceAlarm


@dataclass(frozen=True)
class DeviceTamper(DeviceAlarm):
    """A detector, button or meter was opened, or taken off its place.

    Means: what it watches may not be watched any more: a smoke detector in a drawer warns of no fire.
    Needs: one `alarm: tamper` reading. Wrong when: its battery is being changed. Defaults: medium, for the technician.
    """

    code: ClassVar[str] = "device_tamper"
    alarm: ClassVar[Metric] = Metric.ALARM_TAMPER
    desk: ClassVar[Desk] = Desk.DEVICES
    priority: ClassVar[Priority] = Priority.MEDIUM
