"""`unreadable_alarm`: A message that could not be read shows a word of need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.domain.metric import Metric
from homebeat.rules.device_alarm import DeviceAlarm


@dataclass(frozen=True)
class UnreadableAlarm(DeviceAlarm):
    """A band, button or detector sent a message that could not be read, with a word of need in it: it may be an SOS.

    Means: take it for an SOS until somebody has spoken to the person; then have the device, or its gateway, repaired.
    Needs: a message that was refused whole or in part and shows such a word; or one of an unknown name that shows one. Such
    words are sos, help, fall, alarm, smoke, gas and more, English or Chinese, in any usual encoding. What says that there is
    no alarm does not count, and nothing that a water meter sends. The message is in quarantine and on the alert's card.
    Wrong when: firmware uses such a word for something else in a message that cannot be read.
    Defaults: critical, lasts 10 minutes after arrival; another such message renews it.
    """

    code: ClassVar[str] = "unreadable_alarm"
    alarm: ClassVar[Metric] = Metric.ALARM_UNREADABLE
