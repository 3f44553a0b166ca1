"""Shared by the rules over device alarms: the device reports the alarm, and homebeat reports it at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Final

import numpy as np

from homebeat.domain.alert import Desk, Priority, Reason
from homebeat.domain.metric import Metric
from homebeat.rules.frame import Axis, Frame
from homebeat.rules.rule import Judgement, Rule, add_wait, make_verdicts, to_ms
from homebeat.stream.batch import FAR, NEVER
from homebeat.stream.evidence import Evidence

#: A difference between the device's time and the arrival that a reason mentions.
_WORTH_TELLING_MS: Final = 120_000


@dataclass(frozen=True)
class DeviceAlarm(Rule):
    """Fires from an alarm's arrival until the device takes it back or `lasts` has passed. The alert stays until answered."""

    alarm: ClassVar[Metric]
    axis: ClassVar[Axis] = Axis.DEVICE
    desk: ClassVar[Desk] = Desk.CARE
    priority: ClassVar[Priority] = Priority.CRITICAL
    renews: ClassVar[bool] = True
    urgent: ClassVar[bool] = True
    triggers: ClassVar[Evidence] = Evidence.ALARM

    lasts: timedelta = timedelta(minutes=10)

    def judge(self, frame: Frame) -> Judgement:
        at, arrived = frame.get_alarm(self.alarm)
        raised = (arrived > NEVER) & ~frame.is_taken_back(self.alarm)
        lasts = to_ms(self.lasts)
        firing = raised & (frame.now - np.where(raised, arrived, 0) < lasts)
        # a device that reports, and raised no alarm, shows that there is none
        known = (frame.heard_at > NEVER) | raised
        return Judgement(make_verdicts(frame, firing=firing, known=known), at, add_wait(arrived, lasts, firing), news_at=arrived)

    def find_idle_until(self, frame: Frame) -> int:
        arrived = frame.find_newest_alarm(self.alarm)
        return FAR if arrived == NEVER or frame.now - arrived >= to_ms(self.lasts) else NEVER

    def make_reason(self, frame: Frame, i: int, since: int) -> Reason:
        return Reason(self.code, {"since_at": int(frame.get_alarm(self.alarm)[0][i])} | self._describe_arrival(frame, i))

    def _describe_arrival(self, frame: Frame, i: int) -> dict[str, float | int | str]:
        """Describe what people must know of the alarm beyond its kind: it came late or early, or untimed, or as a test."""
        at, arrived = (int(column[i]) for column in frame.get_alarm(self.alarm))
        tested: dict[str, float | int | str] = {"tested": 1} if frame.is_tested(self.alarm)[i] else {}
        if frame.is_untimed(self.alarm)[i]:
            return {"received_at": arrived, "untimed": 1, **tested}
        return {"received_at": arrived, **tested} if abs(arrived - at) >= _WORTH_TELLING_MS else tested

    def explain_clearing(self, frame: Frame, i: int) -> tuple[int, Reason]:
        if frame.is_taken_back(self.alarm)[i]:
            # a cancel can have a device time a little before the alert's own instant: that is no contradiction
            return frame.now, Reason("help_cancelled", {"at": int(frame.taken_back_at[i])})
        return super().explain_clearing(frame, i)
