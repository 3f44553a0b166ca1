"""`fall`: The band says that its wearer fell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.domain.metric import Metric
from homebeat.rules.device_alarm import DeviceAlarm


@dataclass(frozen=True)
class Fall(DeviceAlarm):
    """A band reports a fall of its wearer.

    Means: the person may lie on the floor.
    Needs: one `alarm: fall` reading. Wrong when: the arm hit a table, the band was dropped: published algorithms raise 3 to 85
    false alarms a day on real wearers (Bagala 2012), so the reason says that it is the device's word.
    Defaults: critical, lasts 10 minutes after arrival.
    """

    code: ClassVar[str] = "fall"
    alarm: ClassVar[Metric] = Metric.ALARM_FALL
